"""Stories of changing what is there in the whole window: menu, keys, clipboard, and the card that asks on deleting."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from shapely import LineString, MultiPolygon, Point, box

from desktop.modify.clipboard import MIME
from desktop.modify.offers import OFFERS
from desktop.shell.notices import notices
from desktop.shell.words import set_language
from gis.editing.intents import Create
from gis.errors import say

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def editing(window, at_rest):
    """The window in Edit mode, close to the middle of the hotspots."""
    window.workspace.set_mode("edit")
    window.rooms.enter_mode("edit")
    window.canvas.set_scale(2000)
    window.canvas.set_center(500_300, 3_690_100)
    window.canvas.setFocus()
    at_rest()
    return window


def _label(window) -> str:
    entry = window.session.can_undo
    return say(entry.label, "en", **dict(entry.label_args))


def _codes() -> list[str]:
    return [getattr(notice.subject, "code", "") for notice in notices().recent]


def _select(window, cls: str, ids, at_rest) -> None:
    window.workspace.select({cls: ids})
    at_rest()


# ------------------------------------------------------------------------------------------------------ what is offered
def test_every_modification_has_menu_palette_and_a_reason(editing) -> None:
    menu = [action.objectName() for action in editing.commands.modify.menu.actions() if action.objectName()]
    assert menu == [f"modify.{offer.id}" for offer in OFFERS]
    assert editing.commands.menus["edit.modify"] is editing.commands.modify.menu
    join = editing.actions_["modify.join"]
    assert not join.isEnabled()
    assert "请先在地图上选择要素" in join.toolTip()
    set_language("en")
    assert "Select something on the map first" in join.toolTip()
    editing.workspace.set_mode("browse")
    assert "In the Edit mode only" in editing.actions_["modify.split"].toolTip()


@pytest.mark.parametrize("offer", [offer for offer in OFFERS if offer.tool], ids=lambda offer: offer.id)
def test_each_tool_is_taken_up_and_escape_leads_back(qtbot, editing, at_rest, offer) -> None:
    _select(editing, "road", editing.session.ids("road"), at_rest)
    editing.actions_[f"modify.{offer.id}"].trigger()
    assert editing.canvas.tool.name == offer.tool
    target = getattr(editing.canvas.tool, "_card", None) or editing.canvas
    for _ in range(4):
        if editing.canvas.tool.name == "select":
            break
        qtbot.keyClick(target, Qt.Key.Key_Escape)
    assert editing.canvas.tool.name == "select"
    assert editing.actions_["tool.select"].isChecked()


def test_a_right_click_on_a_selected_feature_offers_to_modify(editing, at_rest) -> None:
    from desktop.navigation.map_menu import map_menu

    id = int(editing.session.ids("wifi_hotspot")[5])
    place = editing.session.row("wifi_hotspot", id)["geom"]
    editing.canvas.set_center(place.x, place.y)
    _select(editing, "wifi_hotspot", [id], at_rest)
    px, py = editing.canvas.view.to_pixels(place.x, place.y)
    at = editing.canvas.gestures.pointer(QPoint(round(px), round(py)).toPointF())
    menu = map_menu(editing.navigation, at)
    assert "修改" in [action.text() for action in menu.actions()]
    menu.deleteLater()


# ------------------------------------------------------------------------------------------------------------ clipboard
def test_copy_and_paste_under_the_cursor(qtbot, editing, at_rest) -> None:
    session, canvas = editing.session, editing.canvas
    ids = session.ids("wifi_hotspot")[:3]
    _select(editing, "wifi_hotspot", ids, at_rest)
    qtbot.keyClick(canvas, Qt.Key.Key_C, CTRL)
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.hasFormat(MIME)
    text = json.loads(mime.text())
    assert [f["properties"]["class"] for f in text["features"]] == ["wifi_hotspot"] * 3
    lon, lat = text["features"][0]["geometry"]["coordinates"]
    assert (118 < lon < 122, 32 < lat < 35) == (True, True)
    qtbot.mouseMove(canvas, QPoint(200, 150))
    qtbot.keyClick(canvas, Qt.Key.Key_V, CTRL)
    at_rest()
    assert session.count("wifi_hotspot") == 43
    new = editing.workspace.selection["wifi_hotspot"]
    assert len(new) == 3
    assert not np.isin(new, ids).any()
    shapes = session.columns("wifi_hotspot", ["code"], ids=new, geometry=True)
    assert len(set(shapes.fields["code"])) == 3
    b = shapely.total_bounds(shapes.geometry)
    wanted = canvas.view.to_world(canvas.gestures.place.x(), canvas.gestures.place.y())
    assert ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) == pytest.approx(wanted, abs=0.01)
    editing.workspace.undo()
    at_rest()
    assert session.count("wifi_hotspot") == 40


def test_paste_in_place_and_cut(qtbot, editing, at_rest) -> None:
    session = editing.session
    id = int(session.ids("wifi_hotspot")[0])
    was = session.row("wifi_hotspot", id)
    _select(editing, "wifi_hotspot", [id], at_rest)
    qtbot.keyClick(editing.canvas, Qt.Key.Key_X, CTRL)
    at_rest()
    assert session.count("wifi_hotspot") == 39
    qtbot.keyClick(editing.canvas, Qt.Key.Key_V, CTRL | SHIFT)
    at_rest()
    (new,) = editing.workspace.selection["wifi_hotspot"]
    row = session.row("wifi_hotspot", int(new))
    assert (row["code"], row["name"], row["free"], row["band"]) == (was["code"], was["name"], was["free"], was["band"])
    assert row["geom"].equals(was["geom"])


def test_without_a_selection_the_coordinate_is_copied(qtbot, editing) -> None:
    with qtbot.waitSignal(editing.canvas.coordinateCopied):
        qtbot.keyClick(editing.canvas, Qt.Key.Key_C, CTRL)


def test_duplicating_several_classes_is_one_step(qtbot, editing, at_rest) -> None:
    session = editing.session
    editing.workspace.select({"wifi_hotspot": session.ids("wifi_hotspot")[:2], "road": session.ids("road")})
    at_rest()
    qtbot.keyClick(editing.canvas, Qt.Key.Key_D, CTRL)
    at_rest()
    assert (session.count("wifi_hotspot"), session.count("road")) == (42, 2)
    assert _label(editing) == "Duplicate 3 features"
    editing.workspace.undo()
    at_rest()
    assert (session.count("wifi_hotspot"), session.count("road")) == (40, 1)


def test_geojson_from_elsewhere_asks_for_the_class(qtbot, editing, at_rest) -> None:
    feature = {"type": "Feature", "properties": {"名称": "新点", "height_m": 4.5},
               "geometry": {"type": "Point", "coordinates": [120.004, 33.35]}}  # fmt: skip
    QGuiApplication.clipboard().setText(json.dumps(feature, ensure_ascii=False))
    qtbot.keyClick(editing.canvas, Qt.Key.Key_V, CTRL)
    menu = editing.findChild(QMenu, "PasteInto")
    label = editing.session.catalogue["wifi_hotspot"].label.zh
    next(action for action in menu.actions() if action.text() == label).trigger()
    menu.close()
    at_rest()
    (new,) = editing.workspace.selection["wifi_hotspot"]
    row = editing.session.row("wifi_hotspot", int(new))
    assert (row["name"], row["height_m"]) == ("新点", 4.5)
    lon, lat = editing.canvas.project_crs.to_lonlat(row["geom"].x, row["geom"].y)
    assert (float(lon), float(lat)) == pytest.approx((120.004, 33.35), abs=1e-8)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "modify.nothing_to_paste"),
        ("好天气", "modify.nothing_to_paste"),
        ('{"type": "Feature", "geometry": {"type": "Point", "coordinates": ["a", 3]}}', "modify.bad_geojson"),
        ('{"type": "FeatureCollection", "features": [', "modify.bad_geojson"),
        ('{"type": "Feature", "properties": {"class": "wifi_hotspot", "height_m": "tall"}, '
         '"geometry": {"type": "Point", "coordinates": [120.0, 33.3]}}', "edit.not_a_number"),
        ('{"type": "Feature", "properties": {"class": "road", "road_class": "tertiary"}, '
         '"geometry": {"type": "LineString", "coordinates": [[10.0, 3.3], [10.1, 3.4]]}}', "edit.outside"),
    ],
)  # fmt: skip
def test_what_cannot_be_pasted_is_refused_and_changes_nothing(qtbot, editing, at_rest, text, code) -> None:
    QGuiApplication.clipboard().setText(text)
    version = editing.session.version
    qtbot.keyClick(editing.canvas, Qt.Key.Key_V, CTRL)
    at_rest()
    assert _codes()[-1:] == [code]
    assert editing.session.version == version


def test_ten_thousand_vertices_are_pasted(qtbot, editing, at_rest) -> None:
    turn = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
    ring = np.column_stack([120.004 + 0.002 * np.cos(turn), 33.35 + 0.002 * np.sin(turn)]).tolist()
    feature = {"type": "Feature", "properties": {"class": "building"},
               "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}  # fmt: skip
    QGuiApplication.clipboard().setText(json.dumps(feature))
    qtbot.keyClick(editing.canvas, Qt.Key.Key_V, CTRL)
    at_rest()
    assert editing.session.count("building") == 1


def test_pasting_into_another_class_keeps_what_both_know(qtbot, editing, at_rest) -> None:
    id = int(editing.session.ids("wifi_hotspot")[0])
    was = editing.session.row("wifi_hotspot", id)["name"]
    _select(editing, "wifi_hotspot", [id], at_rest)
    qtbot.keyClick(editing.canvas, Qt.Key.Key_C, CTRL)
    editing.actions_["modify.paste_into"].trigger()
    menu = editing.findChild(QMenu, "PasteInto")
    label = editing.session.catalogue["camera"].label.zh
    next(action for action in menu.actions() if action.text() == label).trigger()
    menu.close()
    at_rest()
    assert editing.session.count("camera") == 1
    (new,) = editing.workspace.selection["camera"]
    assert editing.session.row("camera", int(new))["name"] == was


# ------------------------------------------------------------------------------------------------------- one-shot acts
def test_join_reverse_and_explode(qtbot, editing, at_rest) -> None:
    session = editing.session
    lines = [LineString([(500_000, 3_690_300), (500_100, 3_690_300)]),
             LineString([(500_100, 3_690_300), (500_200, 3_690_340)])]  # fmt: skip
    ids = session.perform(Create("road", [{"road_class": "tertiary", "geom": line} for line in lines])).created["road"]
    at_rest()
    _select(editing, "road", ids, at_rest)
    qtbot.keyClick(editing.canvas, Qt.Key.Key_J)
    at_rest()
    assert session.count("road") == 2
    (kept,) = editing.workspace.selection["road"]
    joined = session.row("road", int(kept))["geom"]
    assert joined.length == pytest.approx(lines[0].length + lines[1].length)
    qtbot.keyClick(editing.canvas, Qt.Key.Key_R, SHIFT)
    at_rest()
    assert session.row("road", int(kept))["geom"].equals_exact(joined.reverse())
    editing.workspace.undo(2)
    at_rest()
    assert session.count("road") == 3
    two = MultiPolygon([box(500_000, 3_690_500, 500_050, 3_690_550), box(500_100, 3_690_500, 500_150, 3_690_550)])
    (area,) = session.perform(
        Create("area", [{"code": "Z", "name": "两块", "level": "town", "geom": two}])
    ).created["area"]  # fmt: skip
    at_rest()
    _select(editing, "area", [area], at_rest)
    editing.actions_["modify.explode"].trigger()
    at_rest()
    assert session.count("area") == 3
    assert _label(editing) == "Explode into 2 features"
    assert len(session.row("area", int(area))["geom"].geoms) == 1


def test_lines_that_do_not_meet_are_not_joined(qtbot, editing, at_rest) -> None:
    session = editing.session
    far = {"road_class": "tertiary", "geom": LineString([(500_000, 3_690_300), (500_100, 3_690_300)])}
    session.perform(Create("road", [far]))
    at_rest()
    _select(editing, "road", session.ids("road"), at_rest)
    qtbot.keyClick(editing.canvas, Qt.Key.Key_J)
    at_rest()
    assert _codes()[-1] == "geometry.gap"
    assert session.count("road") == 2


# ------------------------------------------------------------------------------------------------------------- deleting
@pytest.fixture
def station(editing, at_rest):
    """A point on which a cable's end stands, selected."""
    session = editing.session
    a, b = (int(i) for i in session.ids("fibre_node"))
    ends = [session.row("fibre_node", i)["geom"] for i in (a, b)]
    row = {"code": "C-1", "level": "distribution", "fibre_count": 24, "from_node": a, "to_node": b,
           "geom": LineString([(p.x, p.y) for p in ends])}  # fmt: skip
    session.perform(Create("cable", [row]))
    at_rest()
    _select(editing, "fibre_node", [a], at_rest)
    return a


def _deleted(qtbot, window, at_rest):
    qtbot.keyClick(window.canvas, Qt.Key.Key_Delete)
    at_rest()
    card = window.commands.modify.card
    assert card is not None
    return card


def test_the_card_detaches(qtbot, editing, station, at_rest) -> None:
    card = _deleted(qtbot, editing, at_rest)
    assert card.isVisible()
    assert _codes() == []
    assert [(name, count) for name, count, *_ in card._rows] == [("cable", 1)]
    qtbot.mouseClick(card.detach, Qt.MouseButton.LeftButton)
    at_rest()
    assert editing.session.count("fibre_node") == 1
    cable = editing.session.row("cable", int(editing.session.ids("cable")[0]))
    assert cable["from_node"] is None
    assert editing.commands.modify.card is None
    editing.workspace.undo()
    at_rest()
    assert editing.session.count("fibre_node") == 2


def test_the_card_deletes_all(qtbot, editing, station, at_rest) -> None:
    card = _deleted(qtbot, editing, at_rest)
    qtbot.mouseClick(card.cascade, Qt.MouseButton.LeftButton)
    at_rest()
    assert (editing.session.count("fibre_node"), editing.session.count("cable")) == (1, 0)


def test_the_card_shows_what_hangs_on_it_and_escape_leaves_all(qtbot, editing, station, at_rest) -> None:
    card = _deleted(qtbot, editing, at_rest)
    name, _, _, link = card._rows[0]
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    at_rest()
    assert list(editing.workspace.selection) == [name]
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert editing.commands.modify.card is None
    assert (editing.session.count("fibre_node"), editing.session.count("cable")) == (2, 1)


def test_what_refers_to_others_is_deleted_before_them(editing, at_rest) -> None:
    session = editing.session
    editing.workspace.select({"base_station": session.ids("base_station"), "cell": session.ids("cell")})
    at_rest()
    editing.commands.delete_selection()
    at_rest()
    assert (session.count("base_station"), session.count("cell")) == (0, 0)
    assert editing.commands.modify.card is None


# ------------------------------------------------------------------------------------------------------------ refusals
def test_an_end_does_not_leave_its_node_unasked(qtbot, editing, station, at_rest) -> None:
    session = editing.session
    (cable,) = session.ids("cable")
    before = session.row("cable", int(cable))["geom"]
    _select(editing, "cable", [cable], at_rest)
    editing.actions_["tool.move"].trigger()
    for letter in "30,30":
        qtbot.keyClick(editing.canvas, letter)
    qtbot.keyClick(editing.canvas, Qt.Key.Key_Return)
    at_rest()
    assert _codes()[-1] == "edit.end_leaves"
    assert session.row("cable", int(cable))["geom"].equals(before)
    assert editing.canvas.tool._ghosts == []


def test_a_cell_is_turned_in_the_window(qtbot, editing, at_rest) -> None:
    session, canvas = editing.session, editing.canvas
    cell = int(session.ids("cell")[0])
    place = session.row("cell", cell)["geom"]
    assert isinstance(place, Point)
    canvas.set_center(place.x, place.y)
    _select(editing, "cell", [cell], at_rest)
    editing.actions_["tool.select"].trigger()
    at_rest()
    for letter in "45":
        qtbot.keyClick(canvas, letter)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    at_rest()
    assert session.row("cell", cell)["azimuth"] == 45
