"""A base map on a screen of higher density: its picture has the device's pixels and lies where it belongs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# A base map whose ground is blue inside a rectangle of project metres, and red outside.
STORY = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from PySide6.QtWidgets import QApplication
app = QApplication([])
from PySide6.QtCore import QElapsedTimer
from desktop.canvas import GroundState, MapCanvas
from gis.cartography import kernels
from gis.project import Session
kernels.warm_up()
BOX = (520900.0, 3690950.0, 521060.0, 3691070.0)
class Ground:
    key, attribution, on_news = "ground", "", None
    views = []
    def picture(self, view, crs, wanted, *, dark=False):
        self.views.append(view)
        x = view.left + (np.arange(int(view.width)) + 0.5) * view.resolution
        y = view.top - (np.arange(int(view.height)) + 0.5) * view.resolution
        inside = ((x > BOX[0]) & (x < BOX[2]))[None, :] & ((y > BOX[1]) & (y < BOX[3]))[:, None]
        pixels = np.where(inside, 0xFF0000FF, 0xFFFF0000).astype(np.uint32)
        return SimpleNamespace(pixels=pixels, complete=True, problems=())
    def close(self):
        pass
session = Session.open(Path(sys.argv[1]), readonly=True)
ground, canvas = Ground(), MapCanvas()
canvas.resize(640, 480)
canvas.set_session(session, [])
canvas.set_grounds([GroundState(ground)])
canvas.show()
clock = QElapsedTimer(); clock.start()
def rest():
    app.processEvents()
    while (canvas.busy or canvas.loading) and clock.elapsed() < 60000:
        app.processEvents()
rest()
canvas.show_place(521000.0, 3691000.0, 2000.0)
rest()
ratio, view = canvas.devicePixelRatioF(), ground.views[-1]
def box(image):
    ink = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width()) & 0xFFFFFF
    rows, columns = np.nonzero(ink == 0xFF)
    return [int(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
(left, top), (right, bottom) = canvas.view.to_pixels(BOX[0], BOX[3]), canvas.view.to_pixels(BOX[2], BOX[1])
shown = canvas.grab().toImage()
shown = shown.convertToFormat(shown.Format.Format_RGB32)
print(json.dumps({
    "ratio": ratio, "asked": [view.width, view.height], "resolution": [view.resolution, canvas.view.resolution],
    "frame": box(canvas.grab_picture()), "screen": box(shown),
    "wanted": [float(v) for v in (left, top, right, bottom)], "size": [shown.width(), shown.height()],
}))
canvas.stop()
session.close()
"""


@pytest.mark.parametrize("factor", ["1", "1.5", "2"])
def test_a_ground_is_as_fine_as_the_screen_and_lies_right(town_file: Path, factor: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": factor}
    ran = subprocess.run(
        [sys.executable, "-c", STORY, str(town_file)], env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told, ratio = json.loads(ran.stdout.strip().splitlines()[-1]), float(factor)
    assert told["ratio"] == pytest.approx(ratio)
    assert told["asked"] == told["size"] == [round(640 * ratio), round(480 * ratio)]
    assert told["resolution"][0] * ratio == pytest.approx(told["resolution"][1])
    wanted = [side * ratio for side in told["wanted"]]
    assert told["frame"] == pytest.approx(wanted, abs=1.0)  # to the pixel of the device
    assert told["screen"] == pytest.approx(wanted, abs=1.5)
