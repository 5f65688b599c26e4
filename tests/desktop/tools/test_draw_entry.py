"""Exact entry and constraints: what is typed, what it does to the sketch, and what is refused."""

from __future__ import annotations

from math import hypot

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt

from desktop.canvas import MapCanvas
from desktop.tools.entry_text import bearing_of, is_place, length_of, place_of, step_of
from gis.errors import Refusal
from gis.geometry.crs import project_crs
from tests.desktop.canvas.town import BOTTOM, LEFT
from tests.desktop.tools.test_draw_modes import CENTER, CTRL, SHIFT, bare, click, hover, streets

__all__ = ["bare", "click", "streets"]
CRS = project_crs(4549)


# -------------------------------------------------------------------------------------------------------- reading text
@pytest.mark.parametrize(
    ("text", "metres"), [("25", 25), (" 25.5 m", 25.5), ("1.2km", 1200), ("３０米", 30), ("50cm", 0.5), (".5", 0.5)]
)
def test_lengths(text: str, metres: float) -> None:
    assert length_of(text) == pytest.approx(metres)


@pytest.mark.parametrize("text", ["", "nan", "inf", "-5", "0", "abc", "1e400", "5 miles", "1;DROP", "2000000", "NaN m"])
def test_no_lengths(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        length_of(text)
    assert refused.value.code == "drawing.not_a_length"


@pytest.mark.parametrize(("text", "degrees"), [("90", 90), ("-45", 315), ("12°30′", 12.5), ("360", 0), ("４５", 45)])
def test_bearings(text: str, degrees: float) -> None:
    assert bearing_of(text) == pytest.approx(degrees)


@pytest.mark.parametrize("text", ["", "nan", "north", "400", "12,5,6"])
def test_no_bearings(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        bearing_of(text)
    assert refused.value.code == "drawing.not_a_bearing"


def test_steps() -> None:
    assert step_of("@10,5", (100, 200)) == (110, 205)
    assert step_of("@-10 5", (100, 200)) == (90, 205)
    assert step_of("＠１０，５", (100, 200)) == (110, 205)
    assert step_of("25<90", (100, 200)) == pytest.approx((125, 200))
    assert step_of("@25<0", (100, 200)) == pytest.approx((100, 225))
    assert step_of("500100, 3690050", (0, 0)) is None
    for text, code in (("@1", "not_a_step"), ("@a,b", "not_a_step"), ("@nan,1", "not_a_step"), ("x<90", "not_a_length"),
                       ("25<x", "not_a_bearing")):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            step_of(text, (0, 0))
        assert refused.value.code == f"drawing.{code}"
    with pytest.raises(Refusal) as refused:
        step_of("@1,1", None)
    assert refused.value.code == "drawing.no_vertex_yet"


def test_places_in_several_systems() -> None:
    place, reading = place_of("520100.5, 3690050", None, CRS)
    assert place == (520100.5, 3690050)
    assert reading.system == "EPSG:4549"
    lon, lat = (float(v) for v in CRS.to_lonlat(520_100, 3_690_050))
    assert place_of(f"{lon:.8f}, {lat:.8f}", None, CRS)[0] == pytest.approx((520_100, 3_690_050), abs=0.01)
    shifted, reading = place_of(f"gcj02: {lon:.8f}, {lat:.8f}", None, CRS)
    assert reading.system == "gcj02"
    assert 100 < hypot(shifted[0] - 520_100, shifted[1] - 3_690_050) < 900
    for text, code in (("abc", "not_a_place"), ("nan, nan", "not_a_place"), ("5", "not_a_place"),
                       ("epsg:4326 2.35, 48.85", "far_away")):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            place_of(text, None, CRS)
        assert refused.value.code == f"drawing.{code}"


def test_what_is_meant_as_a_place() -> None:
    assert all(is_place(text) for text in ("@1,2", "25<90", "500000 3690000", "500000,3690000", "120.1；33.2"))
    assert not any(is_place(text) for text in ("25", "25 m", "1.2km", "", "-5"))


# ----------------------------------------------------------------------------------------------------------- typing it
def type_in(qtbot, canvas: MapCanvas, first: str, more: str = "") -> None:
    """Keys on the map; what follows goes to the field that has opened."""
    qtbot.keyClicks(canvas, first)
    qtbot.keyClicks(_field(canvas), more)


def _field(canvas: MapCanvas):
    bar = canvas.tool._bar
    return next(edit for edit in (bar.distance, bar.bearing, bar.place) if edit.hasFocus())


def _enter(qtbot, canvas: MapCanvas) -> None:
    qtbot.keyClick(_field(canvas), Qt.Key.Key_Return)


@pytest.fixture
def drawing(qtbot, bare) -> MapCanvas:
    """A road is being drawn on an empty map."""
    bare.activateWindow()
    bare.setFocus()
    qtbot.waitUntil(bare.hasFocus)
    bare.set_tool(("draw", "road"))
    return bare


def test_a_line_typed_from_end_to_end(qtbot, drawing, wishes) -> None:
    type_in(qtbot, drawing, "5", "20500, 3690500")
    _enter(qtbot, drawing)
    assert drawing.hasFocus()
    type_in(qtbot, drawing, "@", "100,0")
    _enter(qtbot, drawing)
    type_in(qtbot, drawing, "5", "0<0")
    _enter(qtbot, drawing)
    qtbot.keyClick(drawing, Qt.Key.Key_Return)
    xy = shapely.get_coordinates(wishes[0].rows[0]["geom"])
    assert np.allclose(xy, [(520500, 3690500), (520600, 3690500), (520600, 3690550)])


def test_a_distance_goes_where_the_mouse_is(qtbot, drawing, click) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(400, 300))
    type_in(qtbot, drawing, "2", "5")
    assert drawing.tool.constraints.distance == 25
    assert hypot(*(np.array(drawing.tool.at) - drawing.tool.vertices[0])) == pytest.approx(25)
    _enter(qtbot, drawing)
    (a, b) = drawing.tool.vertices
    assert (b[0] - a[0], b[1] - a[1]) == pytest.approx((25, 0), abs=0.2)
    assert drawing.tool.constraints.distance is None


def test_distance_and_bearing_by_tab(qtbot, drawing, click) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(230, 300))
    qtbot.keyClick(drawing, Qt.Key.Key_Tab)
    bar = drawing.tool._bar
    assert bar.distance.hasFocus()
    qtbot.keyClicks(bar.distance, "40")
    qtbot.keyClick(bar.distance, Qt.Key.Key_Tab)
    assert bar.bearing.hasFocus()
    qtbot.keyClicks(bar.bearing, "135")
    qtbot.keyClick(bar.bearing, Qt.Key.Key_Return)
    (a, b) = drawing.tool.vertices
    assert (b[0] - a[0], b[1] - a[1]) == pytest.approx((40 * np.sqrt(0.5), -40 * np.sqrt(0.5)))


def test_a_fixed_bearing_holds_for_the_mouse(qtbot, drawing, click) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(300, 300))
    qtbot.keyClick(drawing, Qt.Key.Key_Tab)
    bar = drawing.tool._bar
    qtbot.keyClick(bar.distance, Qt.Key.Key_Tab)
    qtbot.keyClicks(bar.bearing, "90")
    click(drawing, QPoint(350, 240))
    (a, b) = drawing.tool.vertices
    assert b[1] == pytest.approx(a[1])
    assert b[0] - a[0] == pytest.approx(150 * drawing.view.resolution, abs=1e-6)


def test_a_locked_distance_holds_for_all_that_follow(qtbot, drawing, click) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(300, 300))
    type_in(qtbot, drawing, "3", "0")
    drawing.tool._bar.distance_lock.click()
    for at in (QPoint(300, 300), QPoint(350, 100), QPoint(100, 120)):
        click(drawing, at)
    legs = np.hypot(*np.diff(np.array(drawing.tool.vertices), axis=0).T)
    assert legs == pytest.approx([30, 30, 30])
    drawing.tool._bar.distance_lock.click()
    click(drawing, QPoint(400, 400))
    assert hypot(*np.subtract(*drawing.tool.vertices[-2:])) > 31


def test_escape_frees_what_was_typed_before_it_takes_a_vertex(qtbot, drawing, click) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(300, 300))
    type_in(qtbot, drawing, "3", "0")
    qtbot.keyClick(_field(drawing), Qt.Key.Key_Escape)
    assert drawing.hasFocus()
    assert drawing.tool.constraints.distance is None
    assert len(drawing.tool.vertices) == 1
    qtbot.keyClick(drawing, Qt.Key.Key_Escape)
    assert drawing.tool.vertices == []


@pytest.mark.parametrize("text", ["nan", "abc", "-5", "0", "1e999", "@1", "nan,nan"])
def test_bad_figures_are_said_beside_and_change_nothing(qtbot, drawing, click, text: str) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(300, 300))
    qtbot.keyClick(drawing, Qt.Key.Key_Tab)
    bar = drawing.tool._bar
    qtbot.keyClicks(bar.distance, text)
    qtbot.keyClick(bar.distance, Qt.Key.Key_Return)
    assert bar.said.isVisible()
    assert bar.said.text()
    assert bar.distance.text() == text
    assert len(drawing.tool.vertices) == 1
    assert drawing.problems == []
    qtbot.keyClick(bar.distance, Qt.Key.Key_Backspace)
    assert not bar.said.isVisible() or text == "0"


def test_the_bar_shows_where_the_mouse_is(drawing, click) -> None:
    click(drawing, QPoint(200, 300))
    hover(drawing, QPoint(300, 300))
    bar = drawing.tool._bar
    assert float(bar.distance.text()) == pytest.approx(100 * drawing.view.resolution, abs=0.01)
    assert float(bar.bearing.text()) == pytest.approx(90, abs=0.01)
    x, y = (float(part) for part in bar.place.text().split(", "))
    assert (x, y) == pytest.approx(drawing.view.to_world(300, 300), abs=0.01)


def test_a_radius_and_a_rectangle_are_typed(qtbot, drawing, wishes, click) -> None:
    drawing.set_tool(("draw", "building"))
    drawing.tool.set_mode("circle")
    click(drawing, QPoint(300, 300))
    hover(drawing, QPoint(310, 300))
    type_in(qtbot, drawing, "1", "2.5")
    _enter(qtbot, drawing)
    assert wishes[0].rows[0]["geom"].area == pytest.approx(np.pi * 12.5**2, rel=0.001)
    drawing.tool.set_mode("rectangle")
    click(drawing, QPoint(300, 300))
    type_in(qtbot, drawing, "@", "20,-10")
    _enter(qtbot, drawing)
    assert wishes[1].rows[0]["geom"].area == pytest.approx(200)


# --------------------------------------------------------------------------------------------------------- constraints
@pytest.mark.parametrize("step", [15, 30, 45, 90])
def test_shift_holds_to_steps(drawing, click, step: int) -> None:
    from dataclasses import replace

    drawing.snapping.settings = replace(drawing.snapping.settings, polar_step=step)
    click(drawing, QPoint(300, 300))
    for at in (QPoint(420, 190), QPoint(200, 333), QPoint(310, 100)):
        hover(drawing, at, SHIFT)
        (x, y), (x0, y0) = drawing.tool.at, drawing.tool.vertices[0]
        bearing = np.degrees(np.arctan2(x - x0, y - y0))
        assert abs(bearing / step - round(bearing / step)) < 1e-6


def test_steps_also_count_from_the_last_leg(drawing, click) -> None:
    from dataclasses import replace

    drawing.snapping.settings = replace(drawing.snapping.settings, polar_step=90)
    click(drawing, QPoint(300, 300))
    click(drawing, QPoint(400, 270))
    hover(drawing, QPoint(427, 362), SHIFT)
    a, b, c = *drawing.tool.vertices, drawing.tool.at
    assert (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) == pytest.approx(0, abs=1e-6)


def test_p_is_at_right_angles_to_the_last_leg_and_lets_go_after_a_vertex(qtbot, drawing, click) -> None:
    click(drawing, QPoint(300, 300))
    click(drawing, QPoint(400, 270))
    hover(drawing, QPoint(430, 400))
    qtbot.keyClick(drawing, Qt.Key.Key_P)
    assert "⟂" in drawing.tool._bar.relation.text()
    a, b, c = *drawing.tool.vertices, drawing.tool.at
    assert (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) == pytest.approx(0, abs=1e-6)
    click(drawing, QPoint(430, 400))
    assert drawing.tool.constraints.relation == ""


def test_l_is_parallel_to_the_hovered_road(qtbot, streets, click, pixel) -> None:
    streets.activateWindow()
    streets.setFocus()
    streets.set_tool(("draw", "cable"))
    click(streets, pixel(LEFT + 930, BOTTOM + 1030), CTRL)
    hover(streets, pixel(LEFT + 960, BOTTOM + 1000))
    qtbot.keyClick(streets, Qt.Key.Key_L)
    hover(streets, pixel(LEFT + 990, BOTTOM + 1060), CTRL)
    assert streets.tool.at[1] == pytest.approx(streets.tool.vertices[0][1])
    qtbot.keyClick(streets, Qt.Key.Key_Escape)
    assert streets.tool.constraints.relation == ""
    assert len(streets.tool.vertices) == 1


def test_a_constraint_meets_what_is_snapped_to(streets, click, pixel) -> None:
    """Drawn with Shift towards a road, the leg ends on the road, in its direction."""
    streets.set_tool(("draw", "cable"))
    click(streets, pixel(LEFT + 940, BOTTOM + 960), CTRL)
    hover(streets, pixel(LEFT + 943, BOTTOM + 999), SHIFT)
    x, y = streets.tool.at
    assert y == pytest.approx(CENTER[1], abs=1e-6)
    assert x == pytest.approx(streets.tool.vertices[0][0], abs=1e-6)
