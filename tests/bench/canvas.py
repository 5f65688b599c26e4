"""Drawing a city of a million features in a real canvas (1600×1000, offscreen): loading, redraws, dragging, edits.

"Redraw" is a settled picture from nothing: all layers, composition and labels. ``*_everything`` draws all layers at all
scales, as a GIS without scale limits would; the peer there is QGIS 3.22 on two quiet cores (6,600, 1,700, 270 ms).
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench import Report, best, city, city_copy

FEATURES = 1_000_000
WIDTH, HEIGHT = 1600, 1000
PEER = {"full": 6600.0, "inner": 1700.0, "street": 270.0}
TARGET = {"full": 250.0, "inner": 120.0, "street": 20.0}


def run(report: Report) -> None:
    """Measure over the generated city."""
    city(FEATURES)
    with tempfile.TemporaryDirectory() as folder:
        measure(report, city_copy(FEATURES, Path(folder)))


def measure(report: Report, path: Path) -> None:
    """Measure over the project file ``path``, which is changed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop.canvas import MapCanvas
    from gis.cartography import kernels
    from gis.project import Session

    app = QApplication.instance() or QApplication([])
    kernels.warm_up()
    session = Session.open(path, author="bench")
    canvas = MapCanvas()
    canvas.resize(WIDTH, HEIGHT)
    canvas.show()
    heart, beats = _heart()
    started = time.perf_counter()
    canvas.set_session(session)
    _until(app, lambda: canvas.extent() is not None and canvas.scene.complete(canvas.view) and not _busy(canvas))
    report.add("first_complete_picture", time.perf_counter() - started, "s", target=2.5)
    _until(app, lambda: canvas.scene.loaded_share >= 1.0 and not _busy(canvas))
    report.add("all_layers_read", time.perf_counter() - started, "s")
    _until(app, lambda: not canvas.loading and not _busy(canvas))
    report.add("all_labels_read", time.perf_counter() - started, "s")
    heart.stop()
    report.add("reading_ui_blocked", float(np.diff(beats).max() * 1e3), "ms", target=50)
    _redraws(report, canvas)
    report.add("ten_million_segments", _segments(10_000_000), "ms", target=1000)
    for name, view in _views(canvas).items():
        _drag(report, app, canvas, name, view)
    _edits(report, app, canvas, session)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    report.add("peak_memory", peak, "MB", target=1500)
    canvas.stop()
    session.close()


def _until(app: Any, done: Callable[[], bool], limit: float = 60.0) -> None:
    """Run the event loop until ``done()``."""
    end = time.perf_counter() + limit
    while not done():
        if time.perf_counter() > end:
            raise TimeoutError("the canvas did not come to rest")
        app.processEvents()
        time.sleep(0.0005)


def _heart() -> tuple[Any, list[float]]:
    """A timer that beats in the UI thread every 5 ms, and when it did."""
    from PySide6.QtCore import QTimer

    beats: list[float] = []
    heart = QTimer()
    heart.setInterval(5)
    heart.timeout.connect(lambda: beats.append(time.perf_counter()))
    heart.start()
    return heart, beats


def _busy(canvas: Any) -> bool:
    return bool(canvas.busy)


def _views(canvas: Any) -> dict[str, Any]:
    """The whole, the inner city and a street, where buildings or other features stand densest."""
    from gis.cartography.view import View

    extent = canvas.extent()
    full = View.fitting(extent, WIDTH, HEIGHT, canvas.view.pixels_per_mm, 0.04)
    points = np.concatenate([a.base.bounds[:, :2] for a in canvas.scene.arrays.values() if len(a)])
    count, x, y = np.histogram2d(points[:, 0], points[:, 1], 400)
    i, j = np.unravel_index(count.argmax(), count.shape)
    at = ((x[i] + x[i + 1]) / 2, (y[j] + y[j + 1]) / 2)
    inner, street = (View.around(*at, r, WIDTH, HEIGHT, canvas.view.pixels_per_mm) for r in (6.0, 0.4))
    return {"full": full, "inner": inner.snapped(), "street": street.snapped()}


def _redraws(report: Report, canvas: Any) -> None:
    from desktop.canvas.frames import THREADS, Pictures, Request

    for name, view in _views(canvas).items():
        layers = canvas.scene.drawn_layers()
        everything = tuple(replace(layer, style=replace(layer.style, max_scale=0.0)) for layer in layers)
        with ThreadPoolExecutor(THREADS) as pool:
            for title, chosen in (("redraw_" + name, layers), (f"redraw_{name}_everything", everything)):
                Pictures(pool).frame(Request(0, view, chosen))  # sprites of marks and names are painted once
                took = best(lambda chosen=chosen, view=view: Pictures(pool).frame(Request(0, view, chosen)), 5) * 1e3
                report.add(title, took, "ms", target=TARGET[name], peer=PEER[name] if "every" in title else None)


def _segments(n: int) -> float:
    """Milliseconds to draw n segments of random walks over the whole picture."""
    from gis.cartography.arrays import LayerArrays
    from gis.cartography.palette import Palette
    from gis.cartography.picture import draw_layer
    from gis.cartography.symbols import LayerStyle
    from gis.cartography.view import View
    from gis.catalogue import load_catalogue
    from gis.geometry.columns import Shapes

    rng = np.random.default_rng(1)
    lines, per = n // 20, 21
    start = rng.uniform(0, (WIDTH, HEIGHT), (lines, 1, 2))
    coords = start + np.concatenate([np.zeros((lines, 1, 2)), rng.normal(0, 2.0, (lines, per - 1, 2)).cumsum(1)], 1)
    bounds = np.concatenate([coords.min(1), coords.max(1)], 1)
    shapes = Shapes("line", np.arange(1, lines + 1), coords.reshape(-1, 2), np.arange(lines + 1) * per,
                    np.arange(lines + 1), bounds)  # fmt: skip
    style = LayerStyle.from_class(load_catalogue()["route_segment"])
    arrays = LayerArrays.of(shapes, None, replace(style, max_scale=0.0, by=None))
    view = View(0.0, HEIGHT, 1.0, WIDTH, HEIGHT)
    return best(lambda: draw_layer(arrays, arrays.style, view, Palette.of(False)), 2) * 1e3


def _drag(report: Report, app: Any, canvas: Any, name: str, view: Any) -> None:
    """Pan and zoom for some seconds at 60 events a second; how long the screen and the UI thread waited."""
    from PySide6.QtCore import QEvent, QObject, QTimer

    class Watch(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.painted: list[float] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                self.painted.append(time.perf_counter())
            return False

    canvas.show_view(view)
    _until(app, lambda: not _busy(canvas))
    watch, steps, hand = Watch(), [], QTimer()
    canvas.installEventFilter(watch)
    heart, beats = _heart()
    hand.setInterval(16)

    def step() -> None:
        steps.append(0)
        k = len(steps)
        if k % 40 < 30:
            canvas.pan_by(7 if (k // 40) % 2 else -7, 4)
        else:
            canvas.zoom_by(1.05 if (k // 40) % 2 else 1 / 1.05)

    hand.timeout.connect(step)
    hand.start()
    frames_before = canvas.scene.requested
    _until(app, lambda: len(steps) >= 200)
    heart.stop()
    hand.stop()
    canvas.removeEventFilter(watch)
    gaps = np.diff(watch.painted) * 1e3
    report.add(f"drag_{name}_frame_p95", float(np.percentile(gaps, 95)), "ms", target=33)
    report.add(f"drag_{name}_ui_blocked", float(np.diff(beats).max() * 1e3), "ms", target=50)
    report.add(f"drag_{name}_requests", canvas.scene.requested - frames_before, "", better="higher")
    _until(app, lambda: not _busy(canvas))


def _edits(report: Report, app: Any, canvas: Any, session: Any) -> None:
    """From the release of the mouse (a Move intent) to the finished picture, at street scale and over the whole."""
    from gis.editing.intents import Move

    counts = {name: len(arrays) for name, arrays in canvas.scene.arrays.items()}
    points = [name for name in counts if session.catalogue[name].geometry == "point"]
    cls = max(points, key=lambda name: counts[name])
    for name, view in _views(canvas).items():
        canvas.show_view(view)
        _until(app, lambda: not _busy(canvas))
        seen_here = canvas.scene.arrays[cls].visible(canvas.view.bbox)
        took = []
        for id in seen_here[0][0].ids[seen_here[0][1][:9]]:
            started = time.perf_counter()
            session.perform(Move(cls, [int(id)], 1.0, 1.0))
            canvas_seen = canvas.scene.requested
            _until(app, lambda seen=canvas_seen: canvas.scene.requested > seen and not _busy(canvas))
            took.append((time.perf_counter() - started) * 1e3)
        report.add(f"edit_to_picture_{name}", float(np.median(took)), "ms", target=50)
