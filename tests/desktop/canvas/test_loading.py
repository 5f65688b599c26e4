"""Layers come in batches while they are read, and nothing of a project is read in the UI thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt

from desktop.canvas import LayerState, MapCanvas, loading
from desktop.canvas.loading import Loader
from desktop.canvas.scene import Scene
from gis.cartography.arrays import LayerArrays
from gis.cartography.symbols import Heat, LayerStyle, SizeBy, Variant, Wedge
from gis.cartography.view import View
from gis.editing.intents import Create, Move
from gis.project import Session
from gis.storage.snapshots import Snapshot
from tests.desktop.canvas.town import BOTTOM, LEFT, SIDE


class Told:
    """What a loader told, in order: (signal, class, arrays)."""

    def __init__(self, loader: Loader) -> None:
        self.all: list[tuple[str, str, LayerArrays]] = []
        self.idle = 0
        loader.glimpsed.connect(lambda _, cls, arrays: self.all.append(("glimpsed", cls, arrays)))
        loader.loaded.connect(lambda _, cls, arrays: self.all.append(("loaded", cls, arrays)))
        loader.idle.connect(self._at_rest)
        loader.failed.connect(lambda _, error: self.all.append(("failed", "", error)))

    def _at_rest(self) -> None:
        self.idle += 1

    def sizes(self, cls: str) -> list[tuple[str, int]]:
        return [(signal, len(arrays)) for signal, name, arrays in self.all if name == cls]


@pytest.fixture
def loader(qtbot) -> Iterator[Loader]:
    made = Loader()
    made.told = Told(made)
    yield made
    made.stop()


def _style(session: Session, cls: str) -> LayerStyle:
    return LayerStyle.from_class(session.catalogue[cls])


def _hotspots(n: int) -> Create:
    rng = np.random.default_rng(5)
    spots = rng.uniform(100, SIDE - 100, (n, 2)) + np.array([LEFT, BOTTOM])
    return Create("wifi_hotspot", [{"code": f"W{i}", "name": f"点{i}", "geom": shapely.Point(*spot)}
                                   for i, spot in enumerate(spots)])  # fmt: skip


def test_a_large_layer_is_seen_before_it_is_read_whole(loader: Loader, town: Session, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(loading, "LARGE", 200)
    monkeypatch.setattr(loading, "GLIMPSE", 40)
    loader.start(town, [_style(town, "building"), _style(town, "camera")])
    qtbot.waitUntil(lambda: loader.told.idle == 1)
    assert loader.told.sizes("building") == [("glimpsed", 42), ("loaded", 288)]  # every 288 // 40 = 7th
    assert {size for _, size in loader.told.sizes("camera")} == {24}
    assert "glimpsed" not in dict(loader.told.sizes("camera"))


def test_a_bulk_change_is_seen_in_batches(loader: Loader, town: Session, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(loading, "MANY", 50)
    monkeypatch.setattr(loading, "BATCHES", (10, 40))
    loader.start(town, [_style(town, "wifi_hotspot")])
    qtbot.waitUntil(lambda: loader.told.idle == 1)
    loader.told.all.clear()
    made = town.perform(_hotspots(120)).created["wifi_hotspot"]
    loader.change(town, "wifi_hotspot", np.array(made))
    qtbot.waitUntil(lambda: ("loaded", 120) in loader.told.sizes("wifi_hotspot"))
    assert loader.told.sizes("wifi_hotspot") == [("glimpsed", 10), ("glimpsed", 40), ("loaded", 120)]
    whole = loader.told.all[-1][2]
    assert whole.named
    assert whole.tail is None  # sorted as one


def test_a_style_wanted_before_its_layer_is_read_is_the_one_it_is_read_for(loader, town, qtbot) -> None:
    style = _style(town, "building")
    rule = Variant(None, "#FF0000", where="height_m > 3")
    wanted = replace(style, mode="rules", by=None, variants=(style.variants[0], rule))
    loader.start(town, [style])
    loader.restyle(town, wanted)
    qtbot.waitUntil(lambda: loader.told.idle == 1)
    arrays = loader.told.all[-1][2]
    assert arrays.style == wanted
    assert set(arrays.base.variant) == {1}  # every house is higher


def test_a_glimpse_is_drawn_but_the_picture_is_not_complete(qtbot, town: Session, monkeypatch) -> None:
    monkeypatch.setattr(loading, "LARGE", 200)
    monkeypatch.setattr(loading, "GLIMPSE", 40)
    gate = threading.Event()
    load = LayerArrays.load

    def slow(reader: Any, style: LayerStyle) -> LayerArrays:
        if style.cls == "building" and not isinstance(reader, loading._Some):
            gate.wait(10)
        return load(reader, style)

    monkeypatch.setattr(LayerArrays, "load", staticmethod(slow))
    scene = Scene()
    view = View.around(LEFT + SIDE / 2, BOTTOM + SIDE / 2, 0.5, 400, 300)
    try:
        scene.set_session(town, [LayerState("building")])
        qtbot.waitUntil(lambda: [len(layer.arrays) for layer in scene.drawn_layers()] == [42])
        assert not scene.complete(view)
        assert scene.loaded_share == 0
        gate.set()
        qtbot.waitUntil(lambda: scene.complete(view))
        assert [len(layer.arrays) for layer in scene.drawn_layers()] == [288]
    finally:
        gate.set()
        scene.stop()


@pytest.fixture
def reads(monkeypatch) -> list[tuple[str, str]]:
    """The looks at whole tables made in the UI thread: (question, class)."""
    found: list[tuple[str, str]] = []
    main = threading.main_thread()

    def watched(name: str) -> None:
        ask = getattr(Snapshot, name)

        def asked(self: Snapshot, *args: Any, **named: Any) -> Any:
            if threading.current_thread() is main:
                found.append((name, str(args[:1])))
            return ask(self, *args, **named)

        monkeypatch.setattr(Snapshot, name, asked)

    for name in ("shapes", "columns", "frame", "ids", "ids_in", "extent", "count", "counts", "search", "sql"):
        watched(name)
    return found


def test_nothing_scans_a_table_in_the_ui_thread(
    canvas: MapCanvas, town, at_rest, qtbot, drag, scroll, reads, monkeypatch
) -> None:
    monkeypatch.setattr(loading, "MANY", 50)
    monkeypatch.setattr(loading, "BATCHES", (10, 40))
    canvas.set_session(town)
    at_rest()
    canvas.zoom_full()
    canvas.set_scale(3000)
    drag(QPoint(300, 300), QPoint(380, 250))
    scroll(QPoint(200, 150), 3)
    at_rest()
    qtbot.mouseMove(canvas, QPoint(400, 300))
    for tool in ("browse", "select"):
        canvas.set_tool(tool)
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
        drag(QPoint(100, 100), QPoint(700, 500))
    canvas.snap(400, 300)
    canvas.inside_box(canvas.view.bbox)
    canvas.zoom_to_selection()
    style = _style(town, "building")
    rules = replace(
        style, mode="rules", by=None, variants=(style.variants[0], Variant(None, "#FF0000", where="id > 0"))
    )
    canvas.set_layers([LayerState(s.name, True, 0.5, rules if s.name == "building" else None) for s in canvas.layers()])
    at_rest()
    canvas.zoom_full()
    station = int(canvas.scene.arrays["base_station"].base.ids[0])
    doing = threading.Thread(target=lambda: town.perform(Move("base_station", [station], 20.0, 0.0)))
    doing.start()
    doing.join()
    importing = threading.Thread(target=lambda: town.perform(_hotspots(120)))
    importing.start()
    qtbot.waitUntil(lambda: len(canvas.scene.arrays["wifi_hotspot"]) == 120)
    importing.join()
    at_rest()
    assert reads == []


def test_the_watch_sees_what_it_should(town: Session, reads) -> None:
    town.count("road")
    assert reads == [("count", "('road',)")]


@pytest.mark.parametrize("kind", ["heat", "cluster", "all", "rules", "breaks", "sizes", "wedges", "widths", "shade"])
def test_every_kind_of_style_is_read_and_drawn(canvas: MapCanvas, town, at_rest, kind: str) -> None:
    def everywhere(cls: str) -> LayerStyle:
        style = _style(town, cls)
        return replace(style, max_scale=0.0, variants=tuple(replace(v, max_scale=0.0) for v in style.variants))

    camera, building, cable = (everywhere(cls) for cls in ("camera", "building", "cable"))
    base = building.variants[0]
    wanted = {
        "heat": replace(camera, crowd="heat", heat=Heat(weight_by="azimuth")),
        "cluster": replace(camera, crowd="cluster"),
        "all": replace(camera, crowd="all", unit="m", variants=(replace(camera.variants[0], size=90.0),)),
        "rules": replace(building, mode="rules", by=None, variants=(base, Variant(None, "#FF0000", fill="#FF0000",
                                                                                 where="height_m > 3"))),
        "breaks": replace(building, mode="breaks", by="height_m",
                          variants=(base, Variant(None, "#00AA00", fill="#00AA00", upper=20.0))),
        "sizes": replace(camera, size_by=SizeBy("azimuth", 0.0, 360.0, 0.5, 6.0)),
        "wedges": replace(camera, wedge=Wedge("azimuth", default_range=200.0)),
        "widths": replace(cable, size_by=SizeBy("fibre_count", 0.0, 30.0, 1.0, 9.0)),
        "shade": replace(cable, crowd="heat"),
    }[kind]  # fmt: skip
    canvas.set_scale(60_000 if kind == "cluster" else 14_000)
    plain = everywhere(wanted.cls)
    only = [LayerState(s.name, s.name == wanted.cls, 1.0, plain if s.name == wanted.cls else None)
            for s in canvas.layers()]  # fmt: skip
    canvas.set_layers(only)
    at_rest()
    before = canvas.grab_picture().copy()
    canvas.set_layers([replace(state, style=wanted if state.visible else None) for state in only])
    at_rest()
    drawn = canvas.scene.drawn_layers()[0]
    assert drawn.style == wanted
    assert set(wanted.numbers) <= set(drawn.arrays.base.numbers)
    assert canvas.grab_picture() != before
    canvas.set_layers(only)
    at_rest()
    assert canvas.grab_picture() == before
