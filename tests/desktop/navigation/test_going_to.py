"""Going to a place that is typed: every notation, its reading shown, alternatives offered, a pin that fades."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.navigation import marker
from gis.geometry.crs import project_crs
from gis.geometry.places import SYSTEMS, written

CRS = project_crs(4549)
PLACE = (500_800.0, 3_690_400.0)
NOTES = {
    "project": "EPSG:4549 CGCS2000 / 3度带 CM 120E",
    "lonlat": "CGCS2000 / WGS 84",
    "dms": "CGCS2000 / WGS 84 · 纬度在前",
    "gcj02": "GCJ-02（高德、腾讯）",
    "bd09": "BD-09（百度）",
    "zoned": "EPSG:4528 CGCS2000 / 3度带 第40带",
    "utm": "EPSG:32651 WGS 84 / UTM 第51N带",
}


def offered(palette):
    from desktop.shell.command_palette import _NOTE

    return [palette.list.item(row).data(_NOTE) for row in range(palette.list.count())]


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_notation_is_understood_said_and_gone_to(qtbot, window, system):
    window.actions_["view.goto"].trigger()
    palette = window.palette_
    palette.line.setText(written(*PLACE, CRS, system))
    assert offered(palette)[0] == NOTES[system]
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.canvas.center == pytest.approx(PLACE, abs=window.canvas.view.resolution + 0.02)
    assert window.canvas.scale_denominator <= 5000.01
    pin = window.navigation.marker
    assert pin.place == pytest.approx(PLACE, abs=0.02)
    assert pin.text == NOTES[system]


def test_the_second_reading_can_be_chosen(qtbot, window):
    window.actions_["palette"].trigger()
    palette = window.palette_
    palette.line.setText("120.0086, 33.3393")
    assert offered(palette)[:3] == [NOTES["lonlat"], NOTES["gcj02"], NOTES["bd09"]]
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    x, y = CRS.from_lonlat(120.0086, 33.3393)
    away = ((window.canvas.center[0] - x) ** 2 + (window.canvas.center[1] - y) ** 2) ** 0.5
    assert 300 < away < 700  # what GCJ-02 is shifted by


def test_a_place_off_the_data_says_so(qtbot, window):
    window.actions_["view.goto"].trigger()
    window.palette_.line.setText("120.5, 34.5")
    assert "距数据" in window.palette_.list.item(0).text()
    qtbot.keyClick(window.palette_.line, Qt.Key.Key_Return)
    assert window.status.hint.text() == "该位置在项目数据范围之外"


def test_a_code_and_a_name_are_found_too(qtbot, window, at_rest):
    window.actions_["view.goto"].trigger()
    palette = window.palette_
    palette.line.setText("320902")
    qtbot.waitUntil(lambda: palette.list.count() == 1)
    assert "亭湖区" in palette.list.item(0).text()
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    at_rest()
    assert list(window.workspace.selection) == ["area"]
    box = window.canvas.view.bbox
    assert box[0] < 499_000 < 503_000 < box[2]


def test_the_search_box_goes_there_as_well(qtbot, window):
    window.search.setFocus()
    qtbot.keyClicks(window.search, written(*PLACE, CRS, "utm"))
    qtbot.waitUntil(window.search.popup.isVisible)
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert window.navigation.marker.place == pytest.approx(PLACE, abs=0.02)


def test_the_pin_fades_and_is_gone(qtbot, window, monkeypatch):
    monkeypatch.setattr(marker, "FADE_MS", 200)
    pin = window.navigation.marker
    pin._stay.setInterval(20)
    x, y = window.canvas.center
    before = window.canvas.grab().toImage()
    pin.show(x, y, "here")
    assert window.canvas.grab().toImage() != before
    qtbot.waitUntil(lambda: 0 < pin.strength < 1)
    qtbot.waitUntil(lambda: pin.place is None)
    assert window.canvas.grab().toImage() == before
