"""Measuring with the mouse: figures that grow, points that are taken back, results that stay and can be copied."""

from __future__ import annotations

import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage

from desktop.canvas import MapCanvas
from desktop.shell.words import set_language
from desktop.tools.measurement import MU, Measurement, area_said, length_said
from gis.geometry.crs import project_crs
from gis.geometry.measure import ground_area, ground_length
from tests.desktop.canvas.town import BOTTOM, LEFT

LEFT_BUTTON = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
CORNERS = (QPoint(100, 100), QPoint(500, 100), QPoint(500, 400), QPoint(100, 400))


@pytest.fixture
def bare(canvas: MapCanvas, at_rest) -> MapCanvas:
    """The canvas at 1:2500 with nothing to hold on to."""
    canvas.set_layers([])
    canvas.set_scale(2500)
    canvas.set_center(LEFT + 1000, BOTTOM + 1000)
    at_rest()
    return canvas


def _click(qtbot, canvas: MapCanvas, at: QPoint, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseMove(canvas, at)
    qtbot.mouseClick(canvas, LEFT_BUTTON, modifier, at)


def _number(said: str) -> float:
    return float(said.split()[0].replace(",", ""))


def test_a_line_is_read_on_the_ellipsoid_while_it_grows(qtbot, bare) -> None:
    bare.set_tool("measure_line")
    for at in CORNERS[:3]:
        _click(qtbot, bare, at)
    world = [bare.view.to_world(at.x(), at.y()) for at in CORNERS[:3]]
    total = ground_length(shapely.LineString(world), bare.project_crs)[0]
    first, second, third = bare.tool.reading().split("\n")
    assert first == f"总长 {length_said(total)}"
    assert second == f"末段 {length_said(ground_length(shapely.LineString(world[1:]), bare.project_crs)[0])}"
    assert third.startswith("方位角 180.00°")
    assert "真方位" in third
    qtbot.mouseMove(bare, QPoint(100, 400))  # the leg to the cursor counts at once
    assert _number(bare.tool.reading().split("总长 ")[1]) > total


def test_escape_takes_back_one_point_then_all_that_was_kept(qtbot, bare) -> None:
    bare.set_tool("measure_line")
    for at in CORNERS[:3]:
        _click(qtbot, bare, at)
    qtbot.keyClick(bare, Qt.Key.Key_Escape)
    assert len(bare.tool.vertices) == 2
    qtbot.keyClick(bare, Qt.Key.Key_Return)
    assert (len(bare.measurements.done), bare.tool.vertices) == (1, [])
    _click(qtbot, bare, CORNERS[3])
    qtbot.keyClick(bare, Qt.Key.Key_Escape)
    assert len(bare.measurements.done) == 1
    qtbot.keyClick(bare, Qt.Key.Key_Escape)
    assert bare.measurements.done == []


def test_several_stay_whatever_the_tool_and_are_seen(qtbot, bare) -> None:
    empty = bare.grab().toImage()
    bare.set_tool("measure_line")
    for at in CORNERS[:2]:
        _click(qtbot, bare, at)
    qtbot.keyClick(bare, Qt.Key.Key_Return)
    bare.set_tool("measure_area")
    for at in CORNERS:
        _click(qtbot, bare, at)
    qtbot.mouseDClick(bare, LEFT_BUTTON, pos=CORNERS[3])
    line, area = bare.measurements.done
    assert (line.closed, area.closed, len(area.vertices)) == (False, True, 4)
    bare.set_tool("browse")
    assert _different(bare.grab().toImage(), empty) > 500
    bare.set_session(bare.session)
    assert bare.measurements.done == []


def _different(one: QImage, other: QImage) -> int:
    return sum(one.pixel(x, y) != other.pixel(x, y) for x in range(0, 800, 4) for y in range(0, 600, 4))


def test_an_area_with_its_perimeter_is_copied(qtbot, bare) -> None:
    bare.set_tool("measure_area")
    for at in CORNERS:
        _click(qtbot, bare, at)
    qtbot.keyClick(bare, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    polygon = shapely.Polygon([bare.view.to_world(at.x(), at.y()) for at in CORNERS])
    said = area_said(ground_area(polygon, bare.project_crs)[0])
    assert QGuiApplication.clipboard().text().startswith(f"{said}; 周长 ")
    bare.measurements.area_unit = "mu"
    qtbot.keyClick(bare, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "亩" in QGuiApplication.clipboard().text()


def test_it_holds_on_to_vertices_and_alt_lets_go(qtbot, canvas, at_rest, pixel) -> None:
    canvas.set_scale(1000)
    station = LEFT + 1000, BOTTOM + 1000
    canvas.set_center(*station)
    at_rest()
    canvas.set_tool("measure_line")
    beside = pixel(*station) + QPoint(4, 3)
    _click(qtbot, canvas, beside)
    assert canvas.tool.vertices == [station]
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    _click(qtbot, canvas, beside, ALT)
    assert canvas.tool.vertices == [canvas.view.to_world(beside.x(), beside.y())]


def test_a_drag_moves_the_map_and_measures_nothing(bare, drag) -> None:
    bare.set_tool("measure_line")
    before = bare.center
    drag(QPoint(300, 300), QPoint(360, 300))
    assert bare.center[0] < before[0]
    assert bare.tool.vertices == []


def test_an_outline_that_crosses_itself_says_so() -> None:
    crs = project_crs(4549)
    x, y = LEFT, BOTTOM
    bow = Measurement(((x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)), True, crs)
    assert bow.area is None
    square = Measurement(((x, y), (x + 100, y), (x + 100, y + 100), (x, y + 100)), True, crs)
    assert square.area == pytest.approx(10_000, rel=1e-3)
    assert square.legs() == pytest.approx([100] * 4, rel=1e-3)
    assert square.length == pytest.approx(sum(square.legs()))


def test_lengths_and_areas_in_words() -> None:
    assert [length_said(v) for v in (3.14159, 42.195, 1234.5, 42195.0)] == ["3.14 m", "42.2 m", "1.234 km", "42.20 km"]
    assert [length_said(1234.5, unit) for unit in ("m", "km")] == ["1,234.5 m", "1.234 km"]
    set_language("en")
    assert [area_said(v) for v in (12.34, 45_600, 3.2e6)] == ["12.3 m²", "4.56 ha", "3.200 km²"]
    assert [area_said(MU * 3, unit) for unit in ("mu", "m2", "km2")] == ["3.00 mu", "2,000.0 m²", "0.002 km²"]
