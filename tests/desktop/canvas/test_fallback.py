"""Before the kernels are compiled, and where they cannot be kept, the map is there all the same: by QPainter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
import shapely

from desktop.canvas import frames, layer_picture
from desktop.canvas.frames import Frame, Layer, Pictures, Request
from gis.cartography import kernels
from gis.cartography.palette import Palette
from gis.cartography.view import View
from tests.gis.cartography.layers import layer

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
import json, os, sys, time
from PySide6.QtWidgets import QApplication
app = QApplication([])
from desktop.canvas import MapCanvas, frames, layer_picture
from gis.cartography import kernels
from gis.project import Session
layer_picture.BY_PAINTER, frames.SKETCH = int(sys.argv[2]), 8
told = []
def drawn(frame):
    told.append((frame.id, kernels.READY.is_set(), len(set(frame.pixels[::3, ::3].ravel().tolist()))))
session = Session.open(sys.argv[1], author="tester")
canvas = MapCanvas()
canvas.resize(400, 300)
canvas.show()
canvas.scene.drawn.connect(drawn)
canvas.set_session(session)
end = time.time() + 60
while time.time() < end and not (told and told[-1][2] > 20 and not canvas.loading):
    app.processEvents()
    time.sleep(0.002)
print(json.dumps(told), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("most", [60_000, 10], ids=["small layers", "large layers"])
@pytest.mark.parametrize("cache", ["empty", "unwritable"])
def test_the_first_picture_does_not_wait_for_the_kernels(town_file, tmp_path, monkeypatch, cache: str, most) -> None:
    file = tmp_path / "town.yantu"
    file.write_bytes(town_file.read_bytes())
    folder = tmp_path / "kernels"
    if cache == "unwritable":
        folder.write_text("a file where a folder should be")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder / "in"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    made = subprocess.run(
        [sys.executable, "-c", CHILD, str(file), str(most)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert made.returncode == 0, made.stderr
    id, ready, colors = json.loads(made.stdout.strip().splitlines()[-1])[-1]
    assert colors > 20
    assert not ready  # compiling takes many times as long
    assert id % 2 == (1 if most == 10 else 0)  # an early picture where a layer is shown in part


def test_a_part_of_a_large_layer_first_and_all_of_it_when_the_kernels_are_ready(monkeypatch) -> None:
    kernels.warm_up()
    monkeypatch.setattr(layer_picture, "BY_PAINTER", 100)
    monkeypatch.setattr(frames, "SKETCH", 30)
    boxes = [shapely.box(x * 8, y * 8, x * 8 + 4, y * 8 + 4) for x in range(12) for y in range(12)]
    arrays = layer("building", boxes)
    request = Request(2, View(0.0, 96.0, 1.0, 96, 96), (Layer(arrays, arrays.style),), labels=False)
    whole = Pictures().frame(request)
    ready = Event()
    monkeypatch.setattr(kernels, "READY", ready)
    early: list[Frame] = []

    def show(frame: Frame) -> None:
        early.append(frame)
        Thread(target=ready.set).start()

    final = Pictures().frame(request, early=show)
    assert [frame.id for frame in early] == [1]
    paper = frames._word(Palette.of(False).paper)
    inked = [float((frame.pixels != paper).mean()) for frame in (early[0], final)]
    assert 0.1 < inked[0] / inked[1] < 0.4
    assert np.array_equal(final.pixels, whole.pixels)
