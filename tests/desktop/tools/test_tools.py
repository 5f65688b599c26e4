from __future__ import annotations

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt

from desktop.canvas import MapCanvas
from desktop.shell.words import set_language
from desktop.tools import TOOLS, make_tool
from gis.editing.intents import Batch, Create, Delete, Move, Reshape
from gis.errors import Refusal
from tests.desktop.canvas.town import BOTTOM, LEFT

CENTER = (LEFT + 1000, BOTTOM + 1000)
LEFT_BUTTON, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def close_up(canvas: MapCanvas, at_rest) -> MapCanvas:
    """The canvas at 1:2500 around the base station in the middle."""
    canvas.set_scale(2500)
    canvas.set_center(*CENTER)
    at_rest()
    return canvas


def _click(qtbot, canvas, at: QPoint, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseMove(canvas, at)
    qtbot.mouseClick(canvas, LEFT_BUTTON, modifier, at)


def _geometry(town, cls: str, i: int = 0):
    id = int(town.ids(cls)[i])
    return id, town.row(cls, id)["geom"]


# ------------------------------------------------------------------------------------------------------------ browse
def test_a_click_identifies_and_goes_deeper_through_the_stack(qtbot, close_up, town, pixel) -> None:
    told = []
    close_up.identified.connect(lambda cls, id: told.append(cls))
    for _ in range(3):
        _click(qtbot, close_up, pixel(*CENTER))
        qtbot.wait(10)
    assert told[0] == "base_station"
    assert len(set(told)) > 1
    assert list(close_up.selection) == [told[-1]]
    qtbot.keyClick(close_up, Qt.Key.Key_Escape)
    assert close_up.selection == {}


def test_a_click_on_nothing_clears(qtbot, close_up, pixel) -> None:
    close_up.set_selection({"base_station": [5]})
    close_up.set_layers([])
    _click(qtbot, close_up, QPoint(10, 10))
    assert close_up.selection == {}


def test_shift_drag_zooms_to_the_box(close_up, drag) -> None:
    a, b = QPoint(200, 200), QPoint(400, 350)
    wanted = close_up.view.to_world(300, 275)
    drag(a, b, modifier=SHIFT)
    assert np.allclose(close_up.center, wanted, atol=1.0)
    assert close_up.scale_denominator == pytest.approx(625, rel=0.02)


def test_double_click_zooms_in(qtbot, close_up) -> None:
    qtbot.mouseDClick(close_up, LEFT_BUTTON, pos=QPoint(400, 300))
    assert close_up.scale_denominator == pytest.approx(1250)


# ------------------------------------------------------------------------------------------------------------ select
def test_select_one_more_and_less(qtbot, close_up, town, pixel) -> None:
    close_up.set_tool("select")
    (a, first), (b, second) = _geometry(town, "building", 100), _geometry(town, "building", 101)
    close_up.set_center(first.centroid.x, first.centroid.y)
    _click(qtbot, close_up, pixel(first.centroid.x, first.centroid.y))
    assert {cls: list(ids) for cls, ids in close_up.selection.items()} == {"building": [a]}
    _click(qtbot, close_up, pixel(second.centroid.x, second.centroid.y), SHIFT)
    assert list(close_up.selection["building"]) == sorted([a, b])
    _click(qtbot, close_up, pixel(first.centroid.x, first.centroid.y), SHIFT)
    assert list(close_up.selection["building"]) == [b]


def test_a_box_selects_and_delete_wishes_them_away(qtbot, close_up, town, pixel, drag, wishes, at_rest) -> None:
    close_up.set_tool("select")
    drag(pixel(CENTER[0] - 60, CENTER[1] + 60), pixel(CENTER[0] + 60, CENTER[1] - 60))
    chosen = close_up.selection
    assert "base_station" in chosen
    assert "road" in chosen
    before = {cls: town.count(cls) for cls in chosen}
    only = {"base_station": chosen["base_station"], "building": town.ids("building")[:2]}
    close_up.set_selection(only)
    qtbot.keyClick(close_up, Qt.Key.Key_Delete)
    (wish,) = wishes
    assert isinstance(wish, Batch)
    assert all(isinstance(one, Delete) for one in wish.intents)
    assert town.count("base_station") == before["base_station"] - 1
    at_rest()
    assert len(close_up.scene.arrays["base_station"]) == 0


# -------------------------------------------------------------------------------------------------------------- move
def test_dragging_a_feature_moves_it(close_up, town, pixel, drag, wishes, at_rest) -> None:
    id, before = _geometry(town, "base_station")
    close_up.set_layers([s for s in close_up.layers() if s.name == "base_station"])
    close_up.set_tool("move")
    drag(pixel(before.x, before.y), pixel(before.x + 100, before.y + 50))
    (wish,) = wishes
    assert isinstance(wish, Move)
    assert (wish.cls, list(wish.ids)) == ("base_station", [id])
    after = town.row("base_station", id)["geom"]
    assert (after.x - before.x, after.y - before.y) == pytest.approx((100, 50), abs=2)
    at_rest()
    part, at = close_up.scene.arrays["base_station"].visible((-1e9, -1e9, 1e9, 1e9))[0]
    assert tuple(part.bounds[at[0], :2]) == pytest.approx((after.x, after.y))


def test_a_move_snaps_to_a_vertex(close_up, town, pixel, drag, wishes) -> None:
    id, before = _geometry(town, "base_station")
    _, node = _geometry(town, "fibre_node", 36)
    close_up.set_layers([s for s in close_up.layers() if s.name in ("base_station", "fibre_node")])
    close_up.set_tool("move")
    close_up.set_selection({"base_station": [id]})
    drag(pixel(before.x, before.y), pixel(node.x, node.y) + QPoint(3, 2))
    assert town.row("base_station", id)["geom"].equals(node)


def test_escape_puts_it_back(qtbot, close_up, town, pixel, wishes) -> None:
    close_up.set_tool("move")
    close_up.set_selection({"base_station": town.ids("base_station")})
    at = pixel(*CENTER)
    qtbot.mousePress(close_up, LEFT_BUTTON, pos=at)
    qtbot.mouseMove(close_up, at + QPoint(40, 0))
    qtbot.keyClick(close_up, Qt.Key.Key_Escape)
    qtbot.mouseRelease(close_up, LEFT_BUTTON, pos=at + QPoint(40, 0))
    assert wishes == []


# -------------------------------------------------------------------------------------------------------------- draw
def test_drawing_a_point(qtbot, close_up, town, wishes) -> None:
    close_up.set_tool(("draw", "wifi_hotspot"))
    _click(qtbot, close_up, QPoint(250, 210))
    (wish,) = wishes
    assert isinstance(wish, Create)
    assert wish.cls == "wifi_hotspot"
    x, y = close_up.view.to_world(250, 210)
    assert wish.rows[0]["geom"].distance(shapely.Point(x, y)) < close_up.view.resolution
    assert town.count("wifi_hotspot") == 1


def test_drawing_a_line_with_a_second_thought(qtbot, close_up, wishes) -> None:
    close_up.set_layers([])
    close_up.set_tool("draw:road")
    for at in (QPoint(100, 100), QPoint(200, 100), QPoint(300, 300)):
        _click(qtbot, close_up, at)
    qtbot.keyClick(close_up, Qt.Key.Key_Backspace)
    _click(qtbot, close_up, QPoint(200, 220))
    qtbot.keyClick(close_up, Qt.Key.Key_Return)
    (wish,) = wishes
    pixels = close_up.view.pixels(shapely.get_coordinates(wish.rows[0]["geom"]))
    assert np.allclose(pixels, [(100, 100), (200, 100), (200, 220)], atol=1)


def test_drawing_an_area_ends_with_a_double_click(qtbot, close_up, town, wishes) -> None:
    close_up.set_layers([])
    close_up.set_tool(("draw", "area"))
    for at in (QPoint(100, 100), QPoint(300, 100), QPoint(300, 250)):
        _click(qtbot, close_up, at)
    qtbot.mouseDClick(close_up, LEFT_BUTTON, pos=QPoint(300, 250))
    (wish,) = wishes
    assert wish.rows[0]["geom"].geom_type == "MultiPolygon"
    assert wish.rows[0]["geom"].area == pytest.approx(200 * 150 / 2 * close_up.view.resolution**2, rel=0.02)


def test_an_outline_that_crosses_itself_stays_to_be_mended(qtbot, close_up, wishes) -> None:
    close_up.set_layers([])
    close_up.set_tool(("draw", "building"))
    for at in (QPoint(100, 100), QPoint(300, 300), QPoint(300, 100), QPoint(100, 300)):
        _click(qtbot, close_up, at)
    qtbot.keyClick(close_up, Qt.Key.Key_Return)
    assert wishes == []
    assert close_up.tool._bar.said.text().startswith(Refusal("canvas.crossing").message("zh"))
    qtbot.keyClick(close_up, Qt.Key.Key_Backspace)
    qtbot.keyClick(close_up, Qt.Key.Key_Return)
    assert wishes[0].rows[0]["geom"].is_valid


def test_a_cable_drawn_from_node_to_node_knows_its_ends(qtbot, close_up, town, pixel, wishes) -> None:
    close_up.set_layers([s for s in close_up.layers() if s.name == "fibre_node"])
    close_up.set_tool(("draw", "cable"))
    (a, first), (b, second) = _geometry(town, "fibre_node", 35), _geometry(town, "fibre_node", 36)
    _click(qtbot, close_up, pixel(first.x, first.y))
    _click(qtbot, close_up, QPoint(333, 222))
    _click(qtbot, close_up, pixel(second.x, second.y))
    qtbot.keyClick(close_up, Qt.Key.Key_Return)
    row = town.row("cable", int(town.ids("cable")[-1])) if town.count("cable") == 21 else None
    assert (wishes[0].rows[0]["from_node"], wishes[0].rows[0]["to_node"]) == (a, b)
    assert row is not None


def test_too_few_vertices_make_nothing_and_escape_drops(qtbot, close_up, wishes) -> None:
    close_up.set_tool(("draw", "road"))
    _click(qtbot, close_up, QPoint(100, 100))
    qtbot.keyClick(close_up, Qt.Key.Key_Return)
    assert close_up.tool._bar.said.text().startswith(Refusal("drawing.too_few").message("zh"))
    assert close_up.tool.busy
    qtbot.keyClick(close_up, Qt.Key.Key_Escape)
    assert not close_up.tool.busy
    assert wishes == []


def test_a_new_line_begins_exactly_on_the_node(qtbot, close_up, town, pixel, wishes) -> None:
    _, node = _geometry(town, "fibre_node", 36)
    close_up.set_layers([s for s in close_up.layers() if s.name == "fibre_node"])
    close_up.set_tool(("draw", "road"))
    _click(qtbot, close_up, pixel(node.x, node.y) + QPoint(4, -3))
    _click(qtbot, close_up, QPoint(30, 30))
    qtbot.keyClick(close_up, Qt.Key.Key_Enter)
    assert wishes[0].rows[0]["geom"].coords[0] == (node.x, node.y)


# ----------------------------------------------------------------------------------------------------------- reshape
@pytest.fixture
def house(close_up, town, at_rest) -> int:
    """One house, alone on the map, in the middle, selected for reshaping."""
    id, geometry = _geometry(town, "building", 100)
    close_up.set_layers([s for s in close_up.layers() if s.name == "building"])
    close_up.set_center(geometry.centroid.x, geometry.centroid.y)
    close_up.set_scale(500)
    close_up.set_selection({"building": [id]})
    close_up.set_tool("reshape")
    at_rest()
    return id


def test_dragging_a_corner(close_up, town, pixel, drag, wishes, house) -> None:
    before = town.row("building", house)["geom"]
    x, y = before.exterior.coords[0]
    drag(pixel(x, y), pixel(x + 10, y - 6))
    (wish,) = wishes
    assert isinstance(wish, Reshape)
    after = town.row("building", house)["geom"]
    assert len(after.exterior.coords) == len(before.exterior.coords)
    assert after.exterior.coords[0] == after.exterior.coords[-1]
    assert after.exterior.coords[0] == pytest.approx((x + 10, y - 6), abs=0.5)


def test_adding_and_removing_a_vertex(qtbot, close_up, town, pixel, wishes, house, at_rest) -> None:
    before = town.row("building", house)["geom"]
    (x0, y0), (x1, y1) = before.exterior.coords[0], before.exterior.coords[1]
    qtbot.mouseDClick(close_up, LEFT_BUTTON, pos=pixel((x0 + x1) / 2, (y0 + y1) / 2))
    assert len(town.row("building", house)["geom"].exterior.coords) == 6
    at_rest()
    qtbot.keyClick(close_up, Qt.Key.Key_Delete)
    assert len(wishes) == 2
    assert town.row("building", house)["geom"].equals(before)


def test_a_triangle_keeps_its_corners(qtbot, close_up, town, house, wishes, pixel, at_rest) -> None:
    for _ in range(2):
        corner = town.row("building", house)["geom"].exterior.coords[0]
        qtbot.mousePress(close_up, LEFT_BUTTON, pos=pixel(*corner))
        qtbot.mouseRelease(close_up, LEFT_BUTTON, pos=pixel(*corner))
        qtbot.keyClick(close_up, Qt.Key.Key_Delete)
        at_rest()
    assert len(wishes) == 1
    assert len(town.row("building", house)["geom"].exterior.coords) == 4


# ------------------------------------------------------------------------------------------------------------- words
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [*TOOLS, "draw:road", "draw:camera"])
def test_every_tool_says_what_to_do(canvas, name: str, language) -> None:
    set_language(language)
    hint = make_tool(canvas, name).hint
    assert hint
    assert any("\u4e00" <= letter <= "\u9fff" for letter in hint) == (language == "zh")
