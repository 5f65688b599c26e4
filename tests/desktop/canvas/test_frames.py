"""Frames: the same pixels while panning, a new picture now and then whatever the user does, and nothing left behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely

from desktop.canvas import LayerState, MapCanvas
from desktop.canvas.frames import Frame, Frames, Pictures, Request
from gis.cartography import kernels
from gis.cartography.picture import Dropped
from gis.cartography.view import View
from gis.editing.intents import Create, Delete, Move
from tests.desktop.canvas.town import BOTTOM, LEFT, SIDE

MIDDLE = (LEFT + SIDE / 2, BOTTOM + SIDE / 2)


def _view(resolution: float, width: int = 400, height: int = 300) -> View:
    return View.around(*MIDDLE, resolution, width, height).snapped()


@pytest.mark.parametrize("resolution", [0.3, 1.1, 4.0, 40.0])
def test_pictures_are_stable_while_panning(canvas: MapCanvas, resolution: float) -> None:
    """What is in two pictures looks the same in both, pixel by pixel (names may make room for others)."""
    layers = canvas.scene.drawn_layers()
    view = _view(resolution)
    before = Pictures().frame(Request(2, view, layers, labels=False)).pixels
    assert len(np.unique(before)) > 3
    for dx, dy in ((37, 0), (0, -23), (-111, 64)):
        after = Pictures().frame(Request(2, view.panned(dx, dy).snapped(), layers, labels=False)).pixels
        h, w = before.shape
        old = before[max(-dy, 0) : h - max(dy, 0), max(-dx, 0) : w - max(dx, 0)]
        new = after[max(dy, 0) : h - max(-dy, 0), max(dx, 0) : w - max(-dx, 0)]
        rim = 12  # marks that are cut by one picture's edge
        assert (old == new)[rim:-rim, rim:-rim].mean() > 0.999


def test_threads_and_order_do_not_change_a_picture(canvas: MapCanvas) -> None:
    layers = canvas.scene.drawn_layers()
    alone = Pictures().frame(Request(2, _view(1.5), layers)).pixels
    with ThreadPoolExecutor(3) as pool:
        pictures = Pictures(pool)
        for _ in range(5):
            assert np.array_equal(pictures.frame(Request(2, _view(1.5), layers)).pixels, alone)
            pictures.frame(Request(2, _view(2.5), layers))
        pictures.stop()


def test_only_the_layer_concerned_is_drawn_anew(canvas: MapCanvas, town, at_rest, monkeypatch) -> None:
    from desktop.canvas import frames

    drawn: list[str] = []
    draw = frames.layer_picture

    def counted(arrays, style, *args: object) -> object:
        drawn.append(style.cls)
        return draw(arrays, style, *args)

    canvas.set_scale(3000)
    at_rest()
    monkeypatch.setattr(frames, "layer_picture", counted)
    station = int(town.ids("base_station")[0])
    town.perform(Move("base_station", [station], 30.0, 0.0))
    at_rest()
    assert set(drawn) == {"base_station"}
    drawn.clear()
    canvas.set_selection({"camera": town.ids("camera")[:3]})
    at_rest()
    canvas.set_layers([LayerState(s.name, s.visible, 0.5 if s.name == "road" else s.opacity) for s in canvas.layers()])
    at_rest()
    assert drawn == []


def test_many_frames_leave_nothing_behind(canvas: MapCanvas, town, at_rest, qtbot) -> None:
    def pictures() -> int:
        gc.collect()
        size = canvas.width() * canvas.height()
        return sum(1 for thing in gc.get_objects() if isinstance(thing, np.ndarray) and thing.size == size)

    def arrays() -> int:
        gc.collect()
        return sum(1 for thing in gc.get_objects() if type(thing).__name__ == "LayerArrays")

    def exercise(times: int) -> None:
        for i in range(times):
            canvas.pan_by(13 if i % 2 else -13, 7)
            canvas.zoom_by(1.3 if i % 2 else 1 / 1.3)
            if i % 5 == 0:
                there = shapely.Point(MIDDLE[0] + i, MIDDLE[1])
                made = town.perform(Create("wifi_hotspot", [{"code": f"X{i}", "name": "x", "geom": there}]))
                town.perform(Delete("wifi_hotspot", made.created["wifi_hotspot"]))
            qtbot.wait(2)
        canvas.zoom_full()
        at_rest()

    exercise(10)
    threads, kept, layers = threading.active_count(), pictures(), arrays()
    exercise(60)
    assert threading.active_count() <= threads
    assert pictures() <= kept + 2
    assert arrays() <= layers + 2


def test_a_stopped_canvas_leaves_no_thread(qtbot, town) -> None:
    before = {thread.ident for thread in threading.enumerate()}
    canvas = MapCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(300, 200)
    canvas.show()
    canvas.set_session(town)
    qtbot.wait(30)
    canvas.stop()
    left = [t.name for t in threading.enumerate() if t.ident not in before and t.name.startswith("map-")]
    assert [name for name in left if name != "map-kernels"] == []


class Slow(Pictures):
    """Takes 120 ms for a picture, and looks all the while whether it is still wanted."""

    def frame(self, request: Request, wanted: Callable[[], bool] = lambda: True, *more: object) -> Frame:
        end = time.perf_counter() + 0.12
        while time.perf_counter() < end:
            if not wanted():
                raise Dropped
            time.sleep(0.005)
        return super().frame(request, wanted)


def test_while_the_wheel_turns_a_slow_machine_shows_something_new_now_and_then(qtbot, monkeypatch) -> None:
    from desktop.canvas import frames as module

    kernels.warm_up()
    monkeypatch.setattr(module, "Pictures", Slow)
    frames = Frames()
    made: list[Frame] = []
    frames.finished.connect(made.append)
    try:
        for i in range(100):
            frames.submit(Request(2 * i + 2, _view(1.0 + i / 50, 60, 40), ()))
            qtbot.wait(16)
        during = len(made)
        qtbot.waitUntil(lambda: bool(made) and made[-1].id == 200)
    finally:
        frames.stop()
    assert during >= 3
    assert [frame.id for frame in made] == sorted({frame.id for frame in made})


def test_a_newer_scale_takes_over_at_once_where_pictures_come_quickly(qtbot, monkeypatch) -> None:
    from desktop.canvas import frames as module

    kernels.warm_up()
    monkeypatch.setattr(module, "Pictures", Slow)
    frames = Frames()
    made: list[Frame] = []
    frames.finished.connect(made.append)
    try:
        frames.submit(Request(2, _view(1.0, 60, 40), ()))
        qtbot.waitUntil(lambda: len(made) == 1)
        frames.submit(Request(4, _view(2.0, 60, 40), ()))
        qtbot.wait(20)
        frames.submit(Request(6, _view(3.0, 60, 40), ()))
        qtbot.waitUntil(lambda: made[-1].id == 6)
    finally:
        frames.stop()
    assert [frame.id for frame in made] == [2, 6]  # the outdated one was given up
