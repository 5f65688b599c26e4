from __future__ import annotations

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from desktop.canvas import LayerState, MapCanvas
from desktop.canvas.furniture import length_text, scale_bar_length
from gis.cartography.view import View
from gis.editing.intents import Create, Delete, Move, Update
from tests.desktop.canvas.town import BOTTOM, LEFT, SIDE


def _ink(canvas: MapCanvas) -> np.ndarray:
    """The picture as numbers (h, w), to compare."""
    image = canvas.grab_picture()
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width()).copy()


def test_the_whole_town_is_shown_at_first(canvas: MapCanvas) -> None:
    xmin, ymin, xmax, ymax = canvas.view.bbox
    assert xmin < LEFT
    assert xmax > LEFT + SIDE
    assert ymin < BOTTOM
    assert ymax > BOTTOM + SIDE
    assert len(np.unique(_ink(canvas))) > 20


def test_the_wheel_zooms_about_the_cursor(canvas: MapCanvas, scroll, at_rest) -> None:
    at = QPoint(200, 150)
    before, scale = canvas.view.to_world(200, 150), canvas.scale_denominator
    scroll(at, 3)
    after = canvas.view.to_world(200, 150)
    assert np.allclose(before, after, atol=canvas.view.resolution)
    assert canvas.scale_denominator == pytest.approx(scale / 1.25**3)
    at_rest()


def test_dragging_moves_the_map_with_the_hand(canvas: MapCanvas, drag, at_rest) -> None:
    under = canvas.view.to_world(300, 300)
    drag(QPoint(300, 300), QPoint(380, 250))
    assert np.allclose(canvas.view.to_world(380, 250), under, atol=2 * canvas.view.resolution)
    drag(QPoint(380, 250), QPoint(300, 300), Qt.MouseButton.MiddleButton)
    assert np.allclose(canvas.view.to_world(300, 300), under, atol=2 * canvas.view.resolution)
    at_rest()


def test_the_picture_follows_at_once_and_is_the_same_after_coming_back(canvas: MapCanvas, at_rest) -> None:
    before = _ink(canvas)
    canvas.pan_by(60, 0)
    moved = canvas.grab().toImage()
    assert moved.pixelColor(400 + 60, 300) is not None
    at_rest()
    away = _ink(canvas)
    assert (away != before).any()
    canvas.pan_by(-60, 0)
    at_rest()
    assert (_ink(canvas) == before).all()


def test_space_drags_whatever_the_tool(canvas: MapCanvas, qtbot, drag) -> None:
    canvas.set_tool("select")
    center = canvas.center
    qtbot.keyPress(canvas, Qt.Key.Key_Space)
    drag(QPoint(300, 300), QPoint(340, 300))
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.center[0] == pytest.approx(center[0] - 40 * canvas.view.resolution, abs=2 * canvas.view.resolution)
    assert canvas.selection == {}


def test_keys_move_and_zoom(canvas: MapCanvas, qtbot, at_rest) -> None:
    x, y = canvas.center
    scale = canvas.scale_denominator
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert canvas.center[0] > x
    assert canvas.center[1] > y
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.scale_denominator < scale
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.scale_denominator == pytest.approx(scale)
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.center[0] == pytest.approx(LEFT + SIDE / 2, abs=canvas.view.resolution * 2)
    at_rest()


def test_previous_and_next_view(canvas: MapCanvas, qtbot) -> None:
    qtbot.wait(400)
    first = canvas.view
    canvas.set_scale(3000)
    qtbot.wait(400)
    second = canvas.view
    qtbot.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert canvas.view == first
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert canvas.view == second


def test_a_single_point_is_not_shown_larger_than_1_500(canvas: MapCanvas) -> None:
    canvas.zoom_to((LEFT, BOTTOM, LEFT, BOTTOM))
    assert canvas.scale_denominator == pytest.approx(500)
    assert np.allclose(canvas.center, (LEFT, BOTTOM), atol=1)


def test_the_cursor_and_the_view_are_told(canvas: MapCanvas, qtbot) -> None:
    with qtbot.waitSignal(canvas.cursorMoved) as told:
        qtbot.mouseMove(canvas, QPoint(123, 45))
    assert np.allclose(told.args, canvas.view.to_world(123, 45))
    with qtbot.waitSignal(canvas.viewChanged):
        canvas.set_center(LEFT, BOTTOM)
    with qtbot.waitSignal(canvas.pictureComplete, timeout=5000):
        canvas.zoom_full()


def test_copying_a_coordinate(canvas: MapCanvas, qtbot) -> None:
    with qtbot.waitSignal(canvas.coordinateCopied):
        said = canvas.copy_coordinate(520_000.0, 3_690_000.0)
    assert said.startswith("520000.00, 3690000.00; 120.2")
    assert QGuiApplication.clipboard().text() == said


def test_hidden_layers_leave_the_picture(canvas: MapCanvas, at_rest) -> None:
    before = _ink(canvas)
    canvas.set_layers([LayerState(s.name, s.name != "road", s.opacity) for s in canvas.layers()])
    at_rest()
    without = _ink(canvas)
    assert (without != before).any()
    canvas.set_layers([LayerState(s.name, True, s.opacity) for s in canvas.layers()])
    at_rest()
    assert (_ink(canvas) == before).all()


def test_another_style_is_drawn(canvas: MapCanvas, town, at_rest) -> None:
    from gis.cartography.symbols import LayerStyle

    canvas.set_scale(3000)
    at_rest()
    red = LayerStyle.from_class(town.catalogue["building"]).changed(color="#FF0000", fill="#FF0000")
    canvas.set_layers([LayerState(s.name, True, 1.0, red if s.name == "building" else None) for s in canvas.layers()])
    at_rest()
    ink = _ink(canvas)
    assert (((ink >> 16) & 255 > 200) & ((ink >> 8) & 255 < 60)).sum() > 500


def test_an_edit_is_seen_and_redraws_its_layer_alone(canvas: MapCanvas, town, at_rest) -> None:
    canvas.set_scale(4000)
    at_rest()
    before, kept = _ink(canvas), dict(canvas.scene.arrays)
    station = int(town.ids("base_station")[0])
    town.perform(Move("base_station", [station], 200.0, 0.0))
    at_rest()
    assert (_ink(canvas) != before).any()
    changed = [name for name, arrays in canvas.scene.arrays.items() if arrays is not kept[name]]
    assert changed == ["base_station"]
    town.undo()
    at_rest()
    assert (_ink(canvas) == before).all()


def test_new_changed_and_deleted_features_come_and_go(canvas: MapCanvas, town, at_rest) -> None:
    there = shapely.Point(LEFT + 500, BOTTOM + 333)
    made = town.perform(Create("wifi_hotspot", [{"code": "W1", "name": "公园", "geom": there}])).created["wifi_hotspot"]
    at_rest()
    hit = canvas.hits(*canvas.view.to_pixels(there.x, there.y))[0]
    assert (hit.cls, hit.id, hit.text) == ("wifi_hotspot", made[0], "公园")
    town.perform(Update("wifi_hotspot", made, {"name": "广场"}))
    at_rest()
    assert canvas.hits(*canvas.view.to_pixels(there.x, there.y))[0].text == "广场"
    town.perform(Delete("wifi_hotspot", made))
    at_rest()
    assert "wifi_hotspot" not in [h.cls for h in canvas.hits(*canvas.view.to_pixels(there.x, there.y))]


def test_dark_and_light(canvas: MapCanvas, at_rest) -> None:
    light = _ink(canvas) & 255
    canvas.set_dark(True)
    at_rest()
    assert (_ink(canvas) & 255).mean() < 80 < 200 < light.mean()


def test_a_raster_lies_below_and_a_missing_one_is_told_once(canvas: MapCanvas, at_rest, tmp_path) -> None:
    from tests.gis.cartography.test_rasters import BANDS

    told: list = []
    canvas.failed.connect(told.append)
    before = _ink(canvas)
    canvas.add_raster(tmp_path / "missing.tif", BANDS)
    at_rest()
    canvas.pan_by(5, 5)
    at_rest()
    assert [problem.code for problem in told] == ["canvas.raster"]
    canvas.problems.clear()
    canvas.remove_raster()
    canvas.pan_by(-5, -5)
    at_rest()
    assert (_ink(canvas) == before).all()
    assert canvas.rasters() == []


def test_a_bug_in_drawing_is_told_once_and_the_map_lives_on(canvas: MapCanvas, qtbot, at_rest, monkeypatch) -> None:
    from desktop.canvas import frames

    def broken(*args: object) -> None:
        raise ValueError("no such pixel")

    with monkeypatch.context() as patch:
        patch.setattr(frames, "layer_picture", broken)
        canvas.pan_by(50, 0)
        qtbot.waitUntil(lambda: len(canvas.problems) == 1)
        canvas.pan_by(50, 0)
        qtbot.wait(100)
    assert [str(problem) for problem in canvas.problems] == ["no such pixel"]
    canvas.problems.clear()
    canvas.pan_by(-50, 0)
    at_rest()


def test_without_a_project_it_says_what_to_do(qtbot) -> None:
    canvas = MapCanvas()
    qtbot.addWidget(canvas, before_close_func=lambda widget: widget.stop())
    canvas.resize(500, 300)
    canvas.show()
    picture = canvas.grab().toImage()
    colors = {picture.pixel(x, y) for x in range(100, 400, 2) for y in range(100, 200, 2)}
    assert len(colors) > 5
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    canvas.stop()


def test_switching_the_project_forgets_the_old_one(canvas: MapCanvas, town, at_rest) -> None:
    canvas.set_selection({"road": [1]})
    canvas.set_session(None)
    at_rest_empty = canvas.scene.arrays
    assert at_rest_empty == {}
    assert canvas.selection == {}
    canvas.set_session(town)
    at_rest()
    assert len(canvas.scene.arrays["road"]) == 18


def test_scale_bar_lengths_are_round() -> None:
    for resolution in np.geomspace(1e-3, 1e4, 50):
        view = View.around(0, 0, float(resolution), 800, 600)
        length = scale_bar_length(view)
        assert 140 / 2.6 <= length / view.resolution <= 140.001
        assert f"{length:.0e}"[0] in "125"
    assert length_text(2000) == "2 km"
    assert length_text(0.5) == "50 cm"


def test_no_name_is_asked_for_below_the_furniture(canvas, at_rest, monkeypatch):
    """The boxes kept free are those of the plates, in the frame's pixels."""
    asked = []
    submit = canvas.scene._frames.submit
    monkeypatch.setattr(canvas.scene._frames, "submit", lambda request: (asked.append(request), submit(request)))
    canvas.pan_by(10, 0)
    at_rest()
    bar, north = asked[-1].reserved
    assert bar[0] < 16
    assert bar[3] > canvas.height() - 16
    assert north[1] < 16
    assert north[2] > canvas.width() - 16
