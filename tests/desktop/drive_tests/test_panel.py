"""The drive-test panel: reading, errors by cell and on the map, calibration kept and used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.drive_tests.panel import DriveTestPanel
from desktop.drive_tests.points import DrivePoints, error_colors, level_colors
from desktop.shell.notices import notices
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import set_language
from gis.cartography.palette import Palette
from gis.cartography.view import View
from gis.coverage.classes import level_classes
from gis.geometry.crs import project_crs
from gis.project.tunings import tunings

PATIENCE_MS = 60_000


@pytest.fixture
def panel(window, at_rest) -> DriveTestPanel:
    """The panel as the Analyse mode opens it."""
    window.workspace.set_mode("analyse")
    window.actions_["drive.open"].trigger()
    at_rest()
    return window.rooms.panel("drive")


@pytest.fixture
def settle(panel, qtbot, at_rest):
    """Waits for what the panel has begun."""

    def wait() -> None:
        qtbot.waitUntil(lambda: panel._job is None, timeout=PATIENCE_MS)
        at_rest()

    return wait


@pytest.fixture
def drive(session, tmp_path) -> Path:
    """300 samples of the city's cells, with one of a stranger."""
    cells = session.columns("cell", ["code", "technology", "status"])
    code, place = cells.fields["code"][0], cells.geometry[0]
    rng = np.random.default_rng(2)
    away, turn = np.exp(rng.uniform(np.log(60), np.log(3000), 300)), rng.uniform(0, 6.28, 300)
    lon, lat = project_crs(session.srid).to_lonlat(place.x + away * np.cos(turn), place.y + away * np.sin(turn))
    level = -95.0 - 34.0 * np.log10(away / 1000.0) + rng.normal(0, 4, 300)
    rows = [f"{lon[i]:.7f},{lat[i]:.7f},{code},{level[i]:.1f}" for i in range(300)]
    path = tmp_path / "路测.csv"
    path.write_text("经度,纬度,小区编号,RSRP\n" + "\n".join([*rows, "120,33.3,Z-9,-90"]) + "\n", "utf-8")
    return path


@pytest.fixture
def compared(panel, drive, settle) -> DriveTestPanel:
    panel.open_files([drive])
    settle()
    assert panel.comparison is not None, panel.problem.text()
    return panel


def points_on(window) -> list[DrivePoints]:
    return [over for over in window.canvas.overs if isinstance(over, DrivePoints)]


def test_an_empty_panel_says_what_to_do(panel, window):
    assert panel.empty.isVisible()
    assert not panel._answer.isVisible()
    assert not panel.card.start.isVisible()
    assert not points_on(window)


def test_figures_cells_and_what_was_left_out_are_shown(compared, window):
    overall = compared.comparison.overall
    assert f"{overall.mean_absolute_db:.1f} dB" in [label.text() for label in compared.figures.values]
    assert "301" in compared.used.text()
    assert "没有这个小区" in compared.used.text()
    assert compared.table.topLevelItemCount() == 1
    assert points_on(window) == [compared.points]
    assert len(compared.points.x) == 300
    assert compared.reading.columns["code"].itemText(0) == "自动：小区编号"
    assert not notices().recent


def test_a_cell_is_picked_out_and_let_go(compared):
    item = compared.table.topLevelItem(0)
    compared.table._clicked(item, 0)
    assert compared.points.only.all()
    compared.table._clicked(item, 0)
    assert compared.points.only is None


def test_points_leave_the_map_with_the_panel_or_the_tick(compared, window):
    compared.on_map.setChecked(False)
    assert not points_on(window)
    compared.on_map.setChecked(True)
    assert points_on(window)
    window.workspace.set_mode("browse")
    assert not compared.isVisible()
    assert not points_on(window)
    window.actions_["drive.open"].trigger()
    assert compared.isVisible()
    assert points_on(window)


def test_a_calibration_is_shown_kept_used_and_removed(compared, settle, qtbot, session):
    before = compared.comparison.overall.rms_db
    compared.card.start.click()
    settle()
    assert "留出检验" in compared.card.result.text()
    assert tunings(session) == {}  # nothing is kept before it is asked for
    compared.card.keep.click()
    qtbot.waitUntil(lambda: compared.comparison.model == "tuned" and compared._job is None, timeout=PATIENCE_MS)
    assert len(tunings(session)) == 1
    assert compared.comparison.overall.rms_db < before
    qtbot.waitUntil(lambda: compared.card._list.count() == 2, timeout=PATIENCE_MS)
    compared.card._list.itemAt(1).widget().button.click()
    qtbot.waitUntil(lambda: compared.card._list.count() == 0, timeout=PATIENCE_MS)
    assert tunings(session) == {}
    notices().recent.clear()


def test_another_model_is_compared_at_once(compared, settle):
    compared.model.setCurrentIndex(compared.model.findData("free_space"))
    compared.model.activated.emit(compared.model.currentIndex())
    settle()
    assert compared.comparison.model == "free_space"


def test_a_file_whose_columns_are_not_known_can_be_explained(panel, drive, settle, tmp_path):
    path = tmp_path / "strange.csv"
    path.write_text(drive.read_text("utf-8").replace("小区编号", "who").replace("RSRP", "how"), "utf-8")
    panel.open_files([path])
    settle()
    assert panel.comparison is None
    assert panel.problem.isVisible()
    assert "电平" in panel.problem.text()
    for role, name in (("level", "how"), ("code", "who")):
        combo = panel.reading.columns[role]
        combo.setCurrentIndex(combo.findData(name))
    panel.reading.changed.emit()
    settle()
    assert panel.comparison is not None
    assert not panel.problem.isVisible()


def test_a_file_that_is_none_says_why_in_the_panel(panel, settle, tmp_path):
    path = tmp_path / "note.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    panel.open_files([path])
    settle()
    assert panel.problem.isVisible()
    assert panel.problem.text()


def test_samples_are_saved_with_their_errors(compared, at_rest, tmp_path):
    compared.save_errors(tmp_path / "e.csv")
    at_rest()
    assert len((tmp_path / "e.csv").read_text("utf-8-sig").splitlines()) == 302
    notices().recent.clear()


def test_it_speaks_english_too(compared):
    set_language("en")
    assert "300 of 301 samples compared." in compared.used.text()
    assert compared.shown.itemText(1) == "Measured (rings)"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_the_width_of_the_inspector(compared, settle, language):
    compared.calibrate()
    settle()
    compared.reading.open()
    set_language(language)
    page = compared.findChild(ScrollPage)
    assert page.widget().minimumSizeHint().width() <= 312, {
        type(part).__name__: part.minimumSizeHint().width()
        for part in (
            compared.figures,
            compared.legend,
            compared.table,
            compared.card,
            compared.reading,
            compared._asked,
        )
    }


def test_colours_follow_error_and_class():
    errors = error_colors(np.array([-20.0, 0.0, 20.0]))
    assert len(set(errors)) == 3
    classes = level_classes("LTE")
    levels = level_colors(np.array([-60.0, -150.0]), np.array(["LTE", "LTE"], object))
    assert levels.tolist() == [classes[0].color, classes[-1].color]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_measured_and_predicted_never_look_alike(dark):
    """A ring has the ground in its middle, a disc its colour; an error is a square: its corner is filled."""
    at = {}
    for shown in ("measured", "predicted", "error"):
        picture = QImage(40, 40, QImage.Format.Format_ARGB32)
        palette = Palette.of(dark)
        picture.fill(QColor(palette.paper))
        one = np.array(["#225EA8"], object)
        points = DrivePoints(np.array([20.0]), np.array([-20.0]), one, one, one, shown=shown)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points.paint(painter, View(0.0, 0.0, 1.0, 40, 40), palette)
        painter.end()
        at[shown] = {"middle": picture.pixelColor(20, 20).name(), "corner": picture.pixelColor(16, 16).name()}
    assert at["measured"]["middle"] == QColor(palette.paper).name()
    assert at["predicted"]["middle"] == at["error"]["middle"] == "#225ea8"
    assert at["error"]["corner"] != at["predicted"]["corner"]
