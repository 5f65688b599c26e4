"""Drawing a city of a million features in a real canvas (1600×1000, offscreen): loading, redraws, dragging, the
wheel, edits, a bulk import.

"Redraw" is a settled picture from nothing: all layers, composition and labels. ``*_everything`` draws all layers at all
scales, as a GIS without scale limits would. Where QGIS is installed, it draws a copy of the same city just before, and
its times are the peers: in the styles the file keeps for it, with their scale limits; everything in its plain symbols.
Elsewhere the peers of ``*_everything`` are what QGIS 3.22 took for a city of this size on two quiet cores.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
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
PEER = {"full_everything": 6600.0, "inner_everything": 1700.0, "street_everything": 270.0}
INNER, STREET = 6.0, 0.4  # metres a pixel
IMPORTED = 100_000
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
    report.add("load_average", os.getloadavg()[0], "")
    peer = qgis(path) or PEER
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
    _redraws(report, canvas, peer)
    report.add("ten_million_segments", _segments(10_000_000), "ms", target=1000)
    for name, view in _views(canvas).items():
        _move(report, app, canvas, name, view, "drag", _dragging(canvas))
        _move(report, app, canvas, name, view, "wheel", _wheeling(app, canvas))
    _edits(report, app, canvas, session)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    report.add("peak_memory", peak, "MB", target=1500)
    _import(report, app, canvas, session)
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
    points = np.concatenate([a.base.bounds[:, :2] for a in canvas.scene.arrays.values() if len(a)])
    return _views_of(canvas.extent(), points, canvas.view.pixels_per_mm)


def _views_of(extent: Any, points: Any, pixels_per_mm: float) -> dict[str, Any]:
    from gis.cartography.view import View

    full = View.fitting(extent, WIDTH, HEIGHT, pixels_per_mm, 0.04)
    count, x, y = np.histogram2d(points[:, 0], points[:, 1], 400)
    i, j = np.unravel_index(count.argmax(), count.shape)
    at = ((x[i] + x[i + 1]) / 2, (y[j] + y[j + 1]) / 2)
    inner, street = (View.around(*at, r, WIDTH, HEIGHT, pixels_per_mm) for r in (INNER, STREET))
    return {"full": full, "inner": inner.snapped(), "street": street.snapped()}


def _redraws(report: Report, canvas: Any, peer: dict[str, float]) -> None:
    from desktop.canvas.frames import THREADS, Pictures, Request

    for name, view in _views(canvas).items():
        layers = canvas.scene.drawn_layers()
        everything = tuple(replace(layer, style=replace(layer.style, max_scale=0.0)) for layer in layers)
        with ThreadPoolExecutor(THREADS) as pool:
            for title, chosen in (("redraw_" + name, layers), (f"redraw_{name}_everything", everything)):
                Pictures(pool).frame(Request(0, view, chosen))  # sprites of marks and names are painted once
                took = best(lambda chosen=chosen, view=view: Pictures(pool).frame(Request(0, view, chosen)), 5) * 1e3
                report.add(title, took, "ms", target=TARGET[name], peer=peer.get(title.removeprefix("redraw_")))


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


def _move(report: Report, app: Any, canvas: Any, name: str, view: Any, how: str, step: Callable[[int], None]) -> None:
    """Some seconds at 60 events a second; how long the screen, the UI thread and the eye waited for something new."""
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
    drawn: list[float] = []
    canvas.installEventFilter(watch)
    heart, beats = _heart()
    hand.setInterval(16)

    def one() -> None:
        steps.append(0)
        step(len(steps))

    def seen(frame: Any) -> None:
        drawn.append(time.perf_counter())

    hand.timeout.connect(one)
    canvas.scene.drawn.connect(seen)
    hand.start()
    _until(app, lambda: len(steps) >= 200)
    heart.stop()
    hand.stop()
    canvas.removeEventFilter(watch)
    canvas.scene.drawn.disconnect(seen)
    gaps = np.diff(watch.painted) * 1e3
    report.add(f"{how}_{name}_frame_p95", float(np.percentile(gaps, 95)), "ms", target=33)
    report.add(f"{how}_{name}_frame_longest", float(gaps.max()), "ms")
    report.add(f"{how}_{name}_ui_blocked", float(np.diff(beats).max() * 1e3), "ms", target=50)
    fresh = np.median(np.diff(drawn)) * 1e3 if len(drawn) > 1 else float("inf")
    report.add(f"{how}_{name}_new_picture_every", float(fresh), "ms")
    _until(app, lambda: not _busy(canvas))


def _dragging(canvas: Any) -> Callable[[int], None]:
    def step(k: int) -> None:
        canvas.pan_by(7 if (k // 40) % 2 else -7, 4 if (k // 80) % 2 else -4)

    return step


def _wheeling(app: Any, canvas: Any) -> Callable[[int], None]:
    """Ten notches of the wheel in and ten out, a third of one at a time, at a place beside the middle."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent

    place = QPointF(WIDTH * 0.4, HEIGHT * 0.6)

    def step(k: int) -> None:
        turn = QPoint(0, 40 if (k // 30) % 2 else -40)
        event = QWheelEvent(
            place, canvas.mapToGlobal(place), QPoint(), turn, Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        app.sendEvent(canvas, event)

    return step


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


def _import(report: Report, app: Any, canvas: Any, session: Any) -> None:
    """100,000 new hotspots in one transaction: the map while it runs, and when the new features are on screen."""
    from threading import Thread

    import shapely

    from gis.editing.intents import Create

    views = _views(canvas)
    canvas.show_view(views["inner"])
    xmin, ymin, xmax, ymax = views["inner"].bbox
    rng = np.random.default_rng(2)
    points = shapely.points(rng.uniform(xmin, xmax, IMPORTED), rng.uniform(ymin, ymax, IMPORTED))
    rows = [{"code": f"BENCH-{i}", "name": f"WiFi {i}", "geom": point} for i, point in enumerate(points)]
    _until(app, lambda: not _busy(canvas))
    before = len(canvas.scene.arrays["wifi_hotspot"])
    committed: list[float] = []
    seen: list[tuple[float, int]] = []

    def write() -> None:
        session.perform(Create("wifi_hotspot", rows))

    def told(changed: Any) -> None:
        committed.append(time.perf_counter())

    def drawn(frame: Any) -> None:
        layer = next(layer for layer in canvas.scene.drawn_layers() if layer.style.cls == "wifi_hotspot")
        seen.append((time.perf_counter(), len(layer.arrays) - before))

    canvas.scene.drawn.connect(drawn)
    unsubscribe = session.subscribe(told)
    writer = Thread(target=write)
    heart, beats = _heart()
    started = time.perf_counter()
    writer.start()
    _until(app, lambda: len(canvas.scene.arrays["wifi_hotspot"]) >= before + IMPORTED and not _busy(canvas), 300)
    heart.stop()
    writer.join()
    unsubscribe()
    canvas.scene.drawn.disconnect(drawn)
    report.add("import_transaction", committed[0] - started, "s")
    first = next(at for at, new in seen if new > 0)
    whole = next(at for at, new in seen if new >= IMPORTED)
    report.add("import_first_new_features", (first - committed[0]) * 1e3, "ms", target=400)
    report.add("import_all_new_features", (whole - committed[0]) * 1e3, "ms")
    report.add("import_batches", len({new for _, new in seen if new > 0}), "", better="higher")
    report.add("import_ui_blocked", float(np.diff(beats).max() * 1e3), "ms", target=50)


def qgis(path: Path) -> dict[str, float] | None:
    """Milliseconds QGIS takes for the views of the city, or None where it is not installed.

    QGIS must not touch the live file within this process: it opens a copy in a process of its own.
    """
    import apsw

    from desktop.canvas.layers import default_layers
    from gis.project import Session

    python = shutil.which("python3", path="/usr/bin")
    if python is None or subprocess.run([python, "-c", "import qgis.core"], capture_output=True).returncode != 0:
        return None
    session = Session.open(path, author="bench")
    names = [state.name for state in default_layers(session.catalogue)]
    with session.reading() as snapshot:
        points = np.concatenate([snapshot.shapes(name).bounds[:, :2] for name in names])
        extent = snapshot.extent()
    session.close()
    views = {name: view.bbox for name, view in _views_of(extent, points, 96 / 25.4).items()}
    task: dict[str, Any] = {"width": WIDTH, "height": HEIGHT, "layers": names, "views": views}
    with tempfile.TemporaryDirectory() as folder:
        task["sheet"] = {"pdf": f"{folder}/sheet.pdf", "extent": extent}
        copy = Path(folder) / "city.sqlite"
        source = apsw.Connection(str(path))
        source.execute("VACUUM INTO ?", (str(copy),))
        source.close()
        made = subprocess.run(
            [python, str(Path(__file__).with_name("qgis_peer.py")), str(copy), json.dumps(task)],
            capture_output=True, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": ""},
        )  # fmt: skip
    if made.returncode != 0:
        print(made.stderr, file=sys.stderr)
        return None
    figures = json.loads(made.stdout.strip().splitlines()[-1])
    print(f"  QGIS {figures.pop('version')}: {json.dumps(figures)}", file=sys.stderr)
    return {name: float(value) for name, value in figures.items()}
