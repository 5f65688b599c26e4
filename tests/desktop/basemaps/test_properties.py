"""The properties of a base map: what is typed is in force with “Apply”, and seen on the map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop.basemaps.properties import PropertiesDialog
from desktop.shell.window import MainWindow
from gis.geometry.crs import project_crs
from gis.geometry.datum import wgs84_to_gcj02
from gis.project.basemaps import saved
from tests.gis.basemaps.making import plain, tile_at, write_mbtiles

CRS = project_crs(4549)
BLUE, ZOOM = (40, 40, 200), 12


@pytest.fixture
def dialog(qtbot, window: MainWindow, tmp_path: Path) -> PropertiesDialog:
    """Of a base map of one blue tile, which is seen whole."""
    column, row = (int(part) for part in tile_at(ZOOM))
    one = write_mbtiles(tmp_path / "one.mbtiles", {(ZOOM, column, row): plain(BLUE)}, name="one", format="png")
    window.basemaps.add_file(one)
    qtbot.waitUntil(lambda: len(window.basemaps.maps) == 1)
    x, y = CRS.from_lonlat(120.15, 33.35)
    window.canvas.show_place(float(x), float(y), 120_000)
    qtbot.waitUntil(lambda: not window.canvas.busy and len(blue(window)) > 500)
    made = PropertiesDialog(window, window.basemaps.maps[0])
    qtbot.addWidget(made)
    made.show()
    return made


def blue(window: MainWindow) -> np.ndarray:
    """The rows and columns of the tile's pixels."""
    picture = window.canvas.grab_picture()
    words = np.frombuffer(picture.constBits(), np.uint32).reshape(picture.height(), picture.bytesPerLine() // 4)
    return np.argwhere(((words & 0xFF) > 180) & ((words >> 16 & 0xFF) < 80))


def corner(window: MainWindow) -> np.ndarray:
    """Row and column of its upper left corner."""
    return blue(window).min(axis=0)


def test_another_datum_moves_the_picture(qtbot, window: MainWindow, dialog: PropertiesDialog) -> None:
    before, count = corner(window), len(blue(window))
    dialog.datum.setCurrentIndex(dialog.datum.findData("gcj02"))
    assert (corner(window) == before).all()  # not before it is applied
    dialog.apply.click()
    qtbot.waitUntil(lambda: not window.canvas.busy and bool((corner(window) != before).any()))
    # What a shifted map shows at a place lies back by the shift: in Yancheng about half a kilometre.
    lon, lat = 120.15, 33.35
    there = CRS.from_lonlat(*(float(v) for v in wgs84_to_gcj02(lon, lat)))
    here = CRS.from_lonlat(lon, lat)
    pixel = window.canvas.view.resolution / window.canvas.devicePixelRatioF()
    moved = np.array([float(there[1] - here[1]), float(here[0] - there[0])]) / pixel  # rows down, columns right
    assert 300 < np.hypot(*moved) * pixel < 700
    assert corner(window) - before == pytest.approx(moved, abs=2.0)
    assert len(blue(window)) == pytest.approx(count, rel=0.02)
    qtbot.waitUntil(lambda: [made.spec.datum for made in saved(window.session)] == ["gcj02"])
    dialog.datum.setCurrentIndex(dialog.datum.findData("wgs84"))
    dialog.apply.click()
    qtbot.waitUntil(lambda: not window.canvas.busy and bool((corner(window) == before).all()))


def test_name_source_and_zoom_levels(qtbot, window: MainWindow, dialog: PropertiesDialog) -> None:
    dialog.name.setText("  测试底图 ")
    dialog.attribution.setText("© 测绘院")
    dialog.approval.setText("GS（2026）0001号")
    dialog.low.setValue(14)
    dialog.high.setValue(11)  # the wrong way round
    dialog.apply.click()
    qtbot.waitUntil(lambda: "© 测绘院" in window.canvas.attribution)
    assert "GS（2026）0001号" in window.canvas.attribution
    told = [("测试底图", 11, 14)]
    kept = lambda: [(m.spec.name, m.spec.min_zoom, m.spec.max_zoom) for m in saved(window.session)]  # noqa: E731
    qtbot.waitUntil(lambda: kept() == told)
    dialog.name.clear()
    dialog.apply.click()
    assert window.basemaps.maps[0].spec.name == "测试底图"  # a map without a name could not be told apart
