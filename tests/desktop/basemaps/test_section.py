"""Base maps in the real window: added, seen at the right place, changed, still there after a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyproj
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent

from desktop.basemaps.add_dialog import AddBaseMapDialog
from desktop.basemaps.list_view import KEY, STATE
from desktop.shell.notices import notices
from desktop.shell.settings import SettingsStore
from desktop.shell.window import MainWindow
from gis.basemaps.tianditu import tianditu
from gis.geometry.crs import project_crs
from gis.project import Session
from gis.project.basemaps import saved
from tests.gis.basemaps.making import around, plain, reply, serving, tile_at, write_mbtiles, write_raster

CRS = project_crs(4549)
RED, BLUE = (200, 40, 40), (40, 40, 200)
ZOOM = 12


@pytest.fixture
def red(tmp_path: Path) -> Path:
    return tiles(tmp_path / "red.mbtiles", RED)


def tiles(path: Path, color: tuple[int, int, int]) -> Path:
    """A file of tiles of one colour around Yancheng."""
    made = {name: plain(color) for name in around(ZOOM, 4)}
    return write_mbtiles(path, made, name=path.stem, format="png", attribution=f"© {path.stem}")


@pytest.fixture
def look(qtbot, window: MainWindow) -> Callable[[], tuple[int, int, int]]:
    """Shows the middle of the tiles, far from the city's features, and says its colour."""
    x, y = CRS.from_lonlat(120.15, 33.35)
    window.canvas.show_place(float(x), float(y), 20_000)
    qtbot.waitUntil(lambda: not window.canvas.busy)

    def colour() -> tuple[int, int, int]:
        picture = window.canvas.grab_picture()
        pixel = QColor(picture.pixel(picture.width() // 2, picture.height() // 2))
        return pixel.red(), pixel.green(), pixel.blue()

    return colour


def close_to(a: tuple[int, int, int], b: tuple[int, int, int], by: int = 3) -> bool:
    return all(abs(p - q) <= by for p, q in zip(a, b, strict=True))


def add(window: MainWindow, qtbot, path: Path) -> str:
    before = len(window.basemaps.maps)
    window.basemaps.add_file(path)
    qtbot.waitUntil(lambda: len(window.basemaps.maps) == before + 1)
    return window.basemaps.maps[0].key


def test_a_file_is_added_by_the_dialog_and_lies_where_it_belongs(qtbot, window: MainWindow, red: Path, look):
    section = window.base_section
    assert section.empty.isVisibleTo(window)
    section.add_button.click()
    dialog = window.findChild(AddBaseMapDialog)
    assert not dialog.add.isEnabled()
    dialog.files.open(red)
    qtbot.waitUntil(lambda: dialog.add.isEnabled())
    assert dialog.files.name.text() == "red"
    assert "12" in dialog.files.facts.text()
    assert not dialog.files.look.isVisibleTo(dialog)
    dialog.add.click()
    qtbot.waitUntil(lambda: close_to(look(), RED))
    assert not section.empty.isVisibleTo(window)
    assert window.canvas.attribution == "© red"
    assert window.basemaps.state(window.basemaps.maps[0].key).kind == "ready"


def test_its_edge_falls_where_projection_puts_it(qtbot, window: MainWindow, tmp_path: Path, look):
    column, row = (int(part) for part in tile_at(ZOOM))
    one = write_mbtiles(tmp_path / "one.mbtiles", {(ZOOM, column, row): plain(BLUE)}, name="one", format="png")
    add(window, qtbot, one)
    # The edges of the tile by PROJ, in the pixels of the map.
    size = 2 * 20037508.342789244 / (1 << ZOOM)
    x, y = -20037508.342789244 + column * size, 20037508.342789244 - row * size
    lonlat = pyproj.Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    west, north = lonlat.transform(x, y)
    east, south = lonlat.transform(x + size, y - size)
    corners = [CRS.from_lonlat(lon, lat) for lon, lat in ((west, north), (east, south))]
    (x0, y1), (x1, y0) = ((float(a), float(b)) for a, b in corners)
    window.canvas.zoom_to((x0 - 1000, y0 - 1000, x1 + 1000, y1 + 1000))
    qtbot.waitUntil(lambda: not window.canvas.busy)

    def blue() -> np.ndarray:
        picture = window.canvas.grab_picture()
        words = np.frombuffer(picture.constBits(), np.uint32).reshape(picture.height(), picture.bytesPerLine() // 4)
        return np.argwhere(((words & 0xFF) > 180) & ((words >> 16 & 0xFF) < 80))

    qtbot.waitUntil(lambda: len(blue()) > 10_000 and not window.canvas.busy)
    ratio = window.canvas.devicePixelRatioF()
    (left, top), (right, bottom) = (
        [float(v) * ratio for v in window.canvas.view.to_pixels(float(px), float(py))] for px, py in corners
    )
    ys, xs = blue()[:, 0], blue()[:, 1]
    assert abs(xs.min() - left) < 8
    assert abs(xs.max() + 1 - right) < 8
    assert abs(ys.min() - top) < 8
    assert abs(ys.max() + 1 - bottom) < 8


def test_toggle_opacity_and_order(qtbot, window: MainWindow, tmp_path: Path, red: Path, look):
    paper = look()
    first = add(window, qtbot, red)
    second = add(window, qtbot, tiles(tmp_path / "blue.mbtiles", BLUE))
    qtbot.waitUntil(lambda: close_to(look(), BLUE))
    assert window.canvas.attribution == "© blue  © red"
    window.base_section.list.moved.emit(first, 0)
    assert [made.key for made in window.basemaps.maps] == [first, second]
    qtbot.waitUntil(lambda: close_to(look(), RED))
    window.base_section.list.toggled.emit(second)
    window.base_section.list.setCurrentIndex(window.base_section.model.index(0, 0))
    window.base_section.opacity.setValue(50)
    half = tuple(round((a + b) / 2) for a, b in zip(RED, paper, strict=True))
    qtbot.waitUntil(lambda: close_to(look(), half, 4))
    window.base_section.list.toggled.emit(first)
    qtbot.waitUntil(lambda: close_to(look(), paper))
    assert window.canvas.attribution == ""


def test_a_restart_brings_it_back(qtbot, window: MainWindow, red: Path, look, store: SettingsStore):
    key = add(window, qtbot, red)
    window.basemaps.change(key, opacity=0.5, dim=False)
    window.basemaps.change_spec(key, name="红色底图", datum="gcj02")
    path = window.session.path
    window.close()
    with Session.open(path, readonly=True) as session:
        (made,) = saved(session)
        assert (made.spec.name, made.spec.datum, made.opacity, made.dim) == ("红色底图", "gcj02", 0.5, False)
        body = session.documents("basemap")[key]
        assert body["basemap"]["source"] == "./red.mbtiles"
    session = Session.open(path)
    again = MainWindow(session, store)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.basemaps.state(key).kind == "ready")
    assert again.base_section.model.item(0).text() == "红色底图"
    again.close()


def test_removed_from_the_list_the_file_stays(qtbot, window: MainWindow, red: Path, look, at_rest):
    paper = look()
    key = add(window, qtbot, red)
    qtbot.waitUntil(lambda: close_to(look(), RED))
    window.base_section.list.setCurrentIndex(window.base_section.model.index(0, 0))
    window.base_section.list.setFocus()
    qtbot.keyClick(window.base_section.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: close_to(look(), paper))
    window.basemaps.flush()
    at_rest()
    assert saved(window.session) == []
    assert red.exists()
    assert window.basemaps.map(key) is None


def test_a_missing_file_is_said_and_found_again(
    qtbot, window: MainWindow, red: Path, look, monkeypatch: pytest.MonkeyPatch
):
    key = add(window, qtbot, red)
    qtbot.waitUntil(lambda: window.basemaps.state(key).kind == "ready")
    window.base_section.list.toggled.emit(key)
    moved = red.rename(red.with_name("moved.mbtiles"))
    window.basemaps.flush()
    qtbot.waitUntil(lambda: not window.workspace.writes.busy)
    window.basemaps.read()
    qtbot.waitUntil(lambda: len(window.basemaps.maps) == 1)
    window.base_section.list.toggled.emit(key)
    qtbot.waitUntil(lambda: window.basemaps.state(key).kind == "missing")
    assert window.base_section.model.item(0).data(STATE)
    texts = [action.text() for action in window.base_section.menu(key).actions()]
    assert "重新指定文件…" in texts
    monkeypatch.setattr("desktop.basemaps.add_dialog.ask_map_file", lambda _parent: moved)
    window.base_section.find_again(key)
    qtbot.waitUntil(lambda: close_to(look(), RED))
    assert notices().recent == type(notices().recent)([], maxlen=200)


def test_a_file_dropped_on_the_window_is_added(qtbot, window: MainWindow, red: Path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(red))])
    event = QDropEvent(
        QPointF(400, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: len(window.basemaps.maps) == 1)
    assert window.basemaps.maps[0].spec.kind == "mbtiles"


def test_a_height_model_offers_its_looks(qtbot, window: MainWindow, tmp_path: Path, look):
    heights = np.add.outer(np.arange(300, dtype=np.float32), np.arange(300, dtype=np.float32))
    dem = write_raster(tmp_path / "dem.tif", heights, pixel=40.0)
    window.base_section.open_add()
    dialog = window.findChild(AddBaseMapDialog)
    dialog.files.open(dem)
    qtbot.waitUntil(lambda: dialog.add.isEnabled())
    assert dialog.files.look.isVisibleTo(dialog)
    assert not dialog.files.datum.isVisibleTo(dialog)
    dialog.files.look.setCurrentIndex(2)
    dialog.add.click()
    made = window.basemaps.maps[0]
    assert made.spec.kind == "hillshade"
    assert made.spec.options["mode"] == "slope"
    assert made.dim is False
    qtbot.waitUntil(lambda: window.basemaps.state(made.key).kind == "ready")


def test_what_is_no_map_is_refused_in_the_dialog(qtbot, window: MainWindow, tmp_path: Path):
    (tmp_path / "notes.tif").write_text("no picture")
    window.base_section.open_add()
    dialog = window.findChild(AddBaseMapDialog)
    dialog.files.open(tmp_path / "notes.tif")
    qtbot.waitUntil(lambda: bool(dialog.files.problem.text()))
    assert not dialog.add.isEnabled()


def test_in_the_dark_it_is_dimmed_unless_told_otherwise(qtbot, window: MainWindow, red: Path, look):
    key = add(window, qtbot, red)
    window.canvas.set_dark(True)
    qtbot.waitUntil(lambda: close_to(look(), (124, 24, 24), 4))
    window.basemaps.change(key, dim=False)
    qtbot.waitUntil(lambda: close_to(look(), RED))


def test_work_offline_asks_nothing_and_online_shows_the_tile(qtbot, window: MainWindow, look):
    def green(path: str, handler) -> None:
        reply(handler, plain((30, 160, 60)))

    with serving(green) as (host, asked):
        from gis.basemaps.basemap import BaseMapSpec

        spec = BaseMapSpec("x", "xyz", f"{host}/{{z}}/{{x}}/{{y}}.png", "本地", max_zoom=14)
        assert window.settings.offline
        window.basemaps.add([spec])
        key = window.basemaps.maps[0].key
        qtbot.waitUntil(lambda: window.basemaps.state(key).kind == "offline")
        assert asked == []
        window.base_section.offline.click()
        assert not window.settings.offline
        assert not window.actions_["basemap.offline"].isChecked()
        qtbot.waitUntil(lambda: close_to(look(), (30, 160, 60)) and window.basemaps.state(key).kind == "ready")
        assert asked
        window.actions_["basemap.offline"].trigger()
        qtbot.waitUntil(lambda: window.basemaps.state(key).kind == "ready")  # of the kept tiles
        count = len(asked)
        window.canvas.show_place(*(float(v) for v in CRS.from_lonlat(119.4, 33.0)), 20_000)
        qtbot.waitUntil(lambda: window.basemaps.state(key).kind == "offline")
        assert len(asked) == count
        window.basemaps.clear_cache()
        qtbot.waitUntil(lambda: not window.workspace.jobs.busy)
        from desktop.basemaps.shown import cache_size

        assert cache_size() < 100_000
        assert len(asked) == count
        window.basemaps.remove(key)


def test_tianditu_without_a_key_says_so(qtbot, window: MainWindow):
    window.store.change(offline=False)
    window.basemaps.add([tianditu("vec")])
    key = window.basemaps.maps[0].key
    qtbot.waitUntil(lambda: window.basemaps.state(key).kind == "key")
    row = window.base_section.model.item(0)
    assert row.data(KEY) == key
    assert "密钥" in row.data(STATE)
    assert "填写密钥…" in [action.text() for action in window.base_section.menu(key).actions()]
    window.store.change(offline=True)
    window.basemaps.set_key("tianditu.gov.cn", "k" * 32)
    window.basemaps.flush()
    qtbot.waitUntil(lambda: not window.workspace.writes.busy)
    assert "k" * 32 not in str(window.session.documents("basemap"))
    assert window.settings.map_keys[0].service == "tianditu.gov.cn"


def test_a_test_shows_the_tile_or_why_there_is_none(qtbot, window: MainWindow, look):
    def by_key(path: str, handler) -> None:
        if "tk=good" in path:
            reply(handler, plain(BLUE))
        else:
            reply(handler, b"no", 403)

    with serving(by_key) as (host, asked):
        window.base_section.open_add()
        dialog = window.findChild(AddBaseMapDialog)
        page = dialog.online
        dialog.tabs.setCurrentWidget(page)
        page.offers.setCurrentIndex(page.offers.findData("xyz"))
        page.address.setText(f"{host}/{{z}}/{{x}}/{{y}}?tk=bad")
        page.address.editingFinished.emit()
        assert (page.address.text().endswith("tk={tk}"), page.key.text()) == (True, "bad")
        page.test.click()
        assert "离线" in page.said.text()
        assert asked == []
        page.offline.click()
        page.test.click()
        qtbot.waitUntil(lambda: "403" in page.said.text())
        assert page.picture.isHidden()
        page.key.setText("good")
        page.test.click()
        qtbot.waitUntil(lambda: not page.picture.isHidden())
        assert QColor(page.picture.pixmap().toImage().pixel(10, 10)).blue() == BLUE[2]
        page.name.setText("自建")
        dialog.add.click()
        (made,) = window.basemaps.maps
        assert made.spec.name == "自建"
        assert "good" not in made.spec.source
        qtbot.waitUntil(lambda: close_to(look(), BLUE))


def test_a_view_is_kept_for_offline_use(qtbot, window: MainWindow, look):
    from desktop.basemaps.keep_dialog import KeepDialog
    from gis.basemaps.basemap import BaseMapSpec

    def any_tile(path: str, handler) -> None:
        reply(handler, plain(BLUE))

    with serving(any_tile) as (host, asked):
        window.basemaps.add([BaseMapSpec("x", "xyz", f"{host}/{{z}}/{{x}}/{{y}}.png", "本地", max_zoom=14)])
        made = window.basemaps.maps[0]
        window.base_section.keep(made.key)
        dialog = window.findChild(KeepDialog)
        assert not dialog.start.isEnabled()  # offline
        assert asked == []
        window.store.change(offline=False)
        assert dialog.start.isEnabled()
        dialog.zoom.setCurrentIndex(dialog.zoom.findData(12))
        count = dialog.area.count
        assert f"{count}" in dialog.facts.text()
        job = dialog.begin()
        qtbot.waitUntil(lambda: not job.running)
        assert job.error is None
        zooms = {int(path.split("/")[1]) for path in asked}
        assert zooms >= set(range(13))
        window.store.change(offline=True)
        window.basemaps.remove(made.key)
