"""Screens of higher density: a frame has the device's pixels, and marks their millimetres, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
import json, sys
from pathlib import Path
import numpy as np
from PySide6.QtWidgets import QApplication
app = QApplication([])
from PySide6.QtCore import QElapsedTimer
from desktop.canvas import LayerState, MapCanvas
from gis.cartography import kernels
from gis.project import Session
kernels.warm_up()
session = Session.open(Path(sys.argv[1]), readonly=True)
canvas = MapCanvas()
canvas.resize(640, 480)
canvas.set_session(session, [LayerState("base_station")])
canvas.show()
clock = QElapsedTimer(); clock.start()
def rest():
    app.processEvents()
    while (canvas.busy or canvas.loading) and clock.elapsed() < 60000:
        app.processEvents()
rest()
canvas.show_place(521000.0, 3691000.0, 1000.0)
rest()
picture = canvas.grab_picture()
ink = np.frombuffer(picture.constBits(), np.uint32).reshape(picture.height(), picture.width())
rows, columns = np.nonzero(ink != ink[0, 0])
ratio = canvas.devicePixelRatioF()
middle = ratio * 640 / 2, ratio * 480 / 2
near = (abs(columns - middle[0]) < 20 * ratio) & (rows <= middle[1])  # its name may be written beside and below
style = canvas.scene.drawn_layers()[0].style
print(json.dumps({
    "ratio": ratio, "size": [picture.width(), picture.height()],
    "above_mm": float(middle[1] - rows[near].min()) / (canvas.view.pixels_per_mm * ratio),
    "style_mm": float(style.variants[0].size * style.factor(1000.0)),
    "scale": canvas.scale_denominator,
}))
canvas.stop()
session.close()
"""

RIM_MM = 0.44


@pytest.mark.parametrize("factor", ["1", "1.25", "1.5", "2"])
def test_a_frame_is_as_fine_as_the_screen(town_file: Path, factor: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": factor}
    ran = subprocess.run(
        [sys.executable, "-c", STORY, str(town_file)], env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    assert told["ratio"] == pytest.approx(float(factor))
    assert told["size"] == [round(640 * float(factor)), round(480 * float(factor))]
    assert told["scale"] == pytest.approx(1000)
    # Half a mark lies above its place, with a rim of 0.44 mm; the rest is a device pixel of antialiasing and the grid.
    assert told["above_mm"] == pytest.approx(told["style_mm"] / 2 + RIM_MM, abs=1.0 / (96 / 25.4 * float(factor)))
