"""The Analyse panel on the small city: asking, running, reading, the map, earlier runs, exports."""

from __future__ import annotations

import pytest
import rasterio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.panels import analysis as module
from desktop.panels.analysis import AnalysisPanel
from desktop.shell.notices import notices
from desktop.shell.words import chinese, set_language
from gis.coverage.classes import technology
from gis.editing.intents import Update
from gis.errors import Cancelled
from gis.radio.analysis import LAYERS


@pytest.fixture
def panel(window, at_rest) -> AnalysisPanel:
    """The panel as the window shows it."""
    window.workspace.set_mode("analyse")
    at_rest()
    return window.rooms.panel("analyse")


PATIENCE_MS = 60_000  # compiling a kernel for the first time, or drawing a sheet, on a busy machine


@pytest.fixture
def answer(panel, at_rest, qtbot):
    """Runs the analysis as asked for and waits for the answer."""

    def run() -> None:
        panel.start.click()
        qtbot.waitUntil(lambda: panel._job is None, timeout=PATIENCE_MS)
        at_rest()

    return run


@pytest.fixture
def answered(panel, answer) -> AnalysisPanel:
    """The panel with a WiFi run in view."""
    answer()
    assert panel.result.run is not None
    return panel


def shown_texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


OLD_KEYS = (
    "areas", "headline", "urban", "technology", "quantity", "unit", "threshold_dbm", "level_threshold",
    "resolution_m", "bbox", "pixels", "sites", "model", "notes",
)  # fmt: skip
OLD_PARAMS = ("kind", "area", "technology", "owner", "resolution_m", "threshold_dbm", "free_only")


def test_an_empty_panel_says_what_to_do(panel):
    assert panel._empty.isVisible()
    assert not panel.result.isVisible()
    assert panel.start.isEnabled()
    assert "分析" in panel._empty.text()


def test_questions_follow_the_kind(panel):
    assert panel.settings.kind == "wifi"
    assert not panel.settings.technology.isVisible()
    assert panel.settings.wish() == {
        "area": None,
        "technology": None,
        "owner": None,
        "resolution_m": None,
        "threshold_dbm": None,
        "free_only": True,
        "model": "auto",
        "ground": True,
        "layers": LAYERS,
    }
    panel.settings.set_kind("cells")
    assert panel.settings.technology.isVisible()
    assert not panel.settings.free_only.isVisible()
    assert panel.settings.wish()["technology"] == "any"
    assert not panel.settings.threshold.isEnabled()


@pytest.mark.parametrize("name", ["NR", "LTE", "UMTS", "GSM"])
def test_each_technology_brings_its_threshold(panel, name):
    settings = panel.settings
    settings.set_kind("cells")
    settings.technology.setCurrentIndex(settings.technology.findData(name))
    assert settings.threshold.value() == technology(name).threshold_dbm
    assert settings.wish()["threshold_dbm"] is None
    settings.threshold.setValue(-80.0)
    assert settings.wish()["threshold_dbm"] == -80.0


def test_areas_of_the_project_are_offered(panel):
    texts = [panel.settings.area.itemText(i) for i in range(panel.settings.area.count())]
    assert texts == ["全部区域", "亭湖区"]
    panel.settings.area.setCurrentIndex(1)
    assert panel.settings.wish()["area"] == "320902"


def test_a_run_is_answered_on_panel_and_map(window, answered):
    run = answered.result.run
    assert window.session.runs() == [run]
    row = run.summary["areas"][0]
    texts = shown_texts(answered.result)
    assert f"{row['area_share'] * 100:.1f}%" in texts
    assert "预测值" in texts
    assert "圆" in answered.result.notes.text()  # why it is a plain circle
    assert answered.result.areas.topLevelItem(0).text(0) == "亭湖区"
    assert [raster.path.name for raster in window.canvas.rasters()] == ["coverage.tif"]
    assert answered.runs.count() == 1
    assert not answered._work.isVisible()
    assert not notices().recent


def test_the_map_shows_what_is_asked_for(window, answered):
    covered = window.canvas.rasters()[0].bands
    assert all(band.covered for band in covered)
    answered.result.weaker.setChecked(True)
    assert len(window.canvas.rasters()[0].bands) == len(covered) + 1
    answered.result.on_map.setChecked(False)
    assert window.canvas.rasters() == []
    answered.result.on_map.setChecked(True)
    assert len(window.canvas.rasters()) == 1


def test_an_edit_makes_the_run_stale_and_undo_of_others_does_not(window, answered, at_rest, qtbot):
    assert not answered.result._stale_mark.isVisible()
    road = window.session.ids("road")[:1].tolist()
    window.workspace.perform(Update("road", road, {"name": "解放南路"}))
    at_rest()
    assert not answered.result._stale_mark.isVisible()
    hotspot = window.session.ids("wifi_hotspot")[:1].tolist()
    window.workspace.perform(Update("wifi_hotspot", hotspot, {"eirp_dbm": 10.0}))
    qtbot.waitUntil(answered.result._stale_mark.isVisible)
    at_rest()
    assert "已过期" in answered.runs.item(0).text()


def test_earlier_runs_open_again_with_their_questions(window, answered, answer):
    first = answered.result.run
    answered.settings.set_kind("cells")
    answered.settings.technology.setCurrentIndex(answered.settings.technology.findData("LTE"))
    answer()
    assert answered.result.run.kind == "cells"
    assert answered.runs.count() == 2
    answered._open_item(answered.runs.item(1))
    assert answered.result.run.id == first.id
    assert answered.settings.kind == "wifi"
    assert len(window.canvas.rasters()) == 1


def test_a_new_panel_opens_the_newest_run(window, answered, qtbot, at_rest):
    again = AnalysisPanel(window)
    qtbot.addWidget(again)
    at_rest()
    assert again.result.run == answered.result.run


def test_cancel_ends_the_work_and_keeps_nothing(window, panel, at_rest, monkeypatch, qtbot):
    def slow(session, kind, *, progress, **_wish):
        while not progress.cancelled:
            progress.step(1, 10, "coverage.predicting")
        raise Cancelled

    monkeypatch.setattr(module, "run_analysis", slow)
    panel.start.click()
    qtbot.waitUntil(lambda: panel.step.text() == "正在计算信号电平")
    assert panel.stop.isVisible()
    assert not panel.start.isEnabled()
    panel.stop.click()
    at_rest()
    assert not panel._work.isVisible()
    assert panel.start.isEnabled()
    assert panel.result.run is None
    assert not notices().recent


def test_a_refusal_reaches_the_user(window, panel, at_rest):
    panel.settings.owner.setCurrentIndex(panel.settings.owner.findData("unicom"))
    panel.start.click()
    at_rest()
    assert notices().recent[-1].subject.code == "radio.no_hotspots"
    assert panel.start.isEnabled()


def test_a_lost_result_is_said_and_not_drawn(window, answered):
    run = answered.result.run
    (window.session.attachments_folder() / run.files["coverage"]).unlink()
    answered.open_run(run)
    assert window.canvas.rasters() == []
    assert notices().recent[-1].subject.code == "coverage.no_raster"


def test_clicking_a_district_shows_it(window, answered):
    answered.result.areas.itemClicked.emit(answered.result.areas.topLevelItem(0), 0)
    assert list(window.workspace.selection) == ["area"]
    assert window.workspace.mode == "analyse"


@pytest.mark.parametrize(
    ("name", "ending"),
    [("levels", ".tif"), ("classes", ".tif"), ("areas", ".gpkg"), ("png", ".png"), ("html", ".html")],
)
def test_exports_are_written_and_announced(window, answered, qtbot, tmp_path, name, ending):
    target = tmp_path / f"结果{ending}"
    job = answered.export_as(name, target)
    qtbot.waitUntil(lambda: not job.running and bool(notices().recent), timeout=PATIENCE_MS)
    assert target.stat().st_size > 500
    assert notices().recent[-1].level == "success"
    if ending == ".tif":
        with rasterio.open(target) as file:
            assert file.crs.to_epsg() == window.session.srid


def test_everything_is_said_in_both_languages(answered):
    chinese_title = answered.result.title.text()
    answered.result._more.setChecked(True)
    set_language("en")
    texts = shown_texts(answered) + answered.start.text() + answered.result.on_map.text()
    texts += "".join(action.text() for action in answered._menu.actions())
    texts = texts.replace("亭湖区", "")
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in texts), texts
    assert answered.result.title.text() != chinese_title
    for entry in module.EXPORTS:
        assert entry is None or entry[1] in chinese()


def test_the_keyboard_reaches_the_questions_and_the_answer(answered):
    for widget in (
        answered.settings.area,
        answered.settings.threshold,
        answered.start,
        answered.result.areas,
        answered.export,
        answered.runs,
    ):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    for widget in (answered.settings.area, answered.settings.threshold, answered.result.areas, answered.runs):
        assert widget.accessibleName()


def test_another_layer_is_drawn_with_its_own_legend(answered, qtbot):
    """Every layer the run has written can be chosen; the map shows its raster in its classes."""
    result = answered.result
    assert [result.layer.itemData(place) for place in range(result.layer.count())] == list(
        answered.result.run.summary["layers"]
    )
    assert result.layer.currentData() == "coverage"
    result.layer.setCurrentIndex(result.layer.findData("probability"))
    assert answered._drawn.name == "probability.tif"
    qtbot.waitUntil(lambda: "≥ 95 %" in shown_texts(result.legend))
    assert not result.weaker.isVisible()
    result.layer.setCurrentIndex(result.layer.findData("server"))
    assert answered._drawn.name == "server.tif"
    assert len(result.shown) == answered.result.run.summary["sites"]
    result.on_map.setChecked(False)
    assert answered._drawn is None
    assert not result.layer.isEnabled()


def test_a_run_of_an_earlier_version_opens(answered):
    """Runs recorded before there were layers and models show their level."""
    from dataclasses import replace

    old = answered.result.run
    summary = {key: value for key, value in old.summary.items() if key in OLD_KEYS}
    params = {key: value for key, value in old.params.items() if key in OLD_PARAMS}
    answered.open_run(replace(old, summary=summary, params=params))
    assert answered.result.layer.count() == 1
    assert not answered.result.layer.isVisible()
    assert answered.result.title.text()


def test_further_figures_unfold_and_a_gap_is_shown(answered, qtbot, window):
    """How sure the figures are, roads and places, and the gaps: a click goes there."""
    figures = answered.result.figures
    assert not figures._inside.isVisible()
    qtbot.mouseClick(figures.fold, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "概率不低于 90 %" in shown_texts(figures))
    gaps = answered.result.run.summary["gaps"]["ranked"]
    assert gaps
    buttons = [button for button in figures.findChildren(QPushButton) if button.isVisible()]
    assert len(buttons) == min(12, len(gaps))
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    west, south, east, north = window.canvas.view.bbox
    assert west <= gaps[0]["bbox"][0]
    assert east >= gaps[0]["bbox"][2]
    assert south <= gaps[0]["bbox"][1]
    assert north >= gaps[0]["bbox"][3]


def test_two_runs_are_compared_on_the_map_and_in_words(answered, answer, qtbot, window):
    """A second run with a lower threshold gains ground; choosing the first shows by how much, and where."""
    first = answered.result.run
    answered.settings.threshold.setValue(-85.0)
    answer()
    comparing = answered.comparing
    qtbot.waitUntil(comparing.other.isVisible)
    place = comparing.other.findData(first.id)
    assert place > 0
    comparing.other.setCurrentIndex(place)
    comparing.other.activated.emit(place)
    qtbot.waitUntil(lambda: comparing.found is not None, timeout=PATIENCE_MS)
    assert comparing.found.gained_m2 > 0.0
    assert comparing.found.lost_m2 == 0.0
    assert "新增覆盖" in comparing.said.text()
    assert answered._drawn == comparing.found.path
    qtbot.waitUntil(lambda: "≥ 10 dB" in shown_texts(answered.result.legend))
    comparing.other.setCurrentIndex(0)
    comparing.other.activated.emit(0)
    assert comparing.found is None
    assert answered._drawn.name == "coverage.tif"
