"""The questions of the Analyse panel: rarer settings, the proper minus, the calibrated model, roads by class."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from desktop.panels.analysis_figures import RunFigures
from desktop.panels.analysis_result import _asked
from desktop.panels.analysis_settings import TUNED, AnalysisSettings, LevelBox
from gis.catalogue import load_catalogue
from gis.radio.analysis import LAYERS


@pytest.fixture
def settings(qtbot) -> AnalysisSettings:
    made = AnalysisSettings(load_catalogue())
    qtbot.addWidget(made)
    return made


RUN = {
    "area": None, "technology": "LTE", "owner": None, "resolution_m": 20.0, "threshold_dbm": None, "free_only": True,
    "model": "3gpp", "ground": False, "layers": LAYERS, "receiver_height_m": 1.7, "load": 0.35,
    "thresholds": (-95.0, -85.0), "terrain": "/heights/dem.tif", "surface": None, "land_cover": "/heights/cover.tif",
}  # fmt: skip


def test_rarer_questions_are_asked_only_when_decided(settings):
    assert settings.more.wish() == {}
    settings.set_kind("cells")
    settings.technology.setCurrentIndex(settings.technology.findData("LTE"))
    settings.more.height_m.setValue(10.0)
    settings.more.load.setValue(0.0)  # no load at all is a decision too
    settings.more.thresholds.setText("−95, -85；x")
    settings.more.files["terrain"].setText(" /heights/dem.tif ")
    assert settings.wish()["receiver_height_m"] == 10.0
    assert settings.wish()["load"] == 0.0
    assert settings.wish()["thresholds"] == (-95.0, -85.0)
    assert settings.wish()["terrain"] == "/heights/dem.tif"
    assert "surface" not in settings.wish()
    assert "4" in settings.more.fold.text()
    settings.technology.setCurrentIndex(settings.technology.findData("any"))
    assert "thresholds" not in settings.wish()  # each technology has its own
    assert "3" in settings.more.fold.text()


def test_an_earlier_runs_questions_come_back_and_go_again(settings):
    settings.show_wish("cells", RUN)
    asked = settings.wish()
    assert {name: asked[name] for name in RUN if RUN[name] is not None} == {
        name: value for name, value in RUN.items() if value is not None
    }
    old = {name: RUN[name] for name in ("area", "technology", "owner", "resolution_m", "threshold_dbm", "free_only")}
    settings.show_wish("cells", old)
    assert settings.more.wish() == {}


@pytest.mark.parametrize("typed", ["-95", "−95", "−95 dBm", "-95 dBm"], ids=["hyphen", "minus", "unit", "both"])
def test_levels_have_a_minus_and_take_either(qtbot, typed):
    box = LevelBox()
    qtbot.addWidget(box)
    box.setRange(-151.0, 0.0)
    box.setDecimals(0)
    box.setSuffix(" dBm")
    box.lineEdit().setText(typed)
    box.interpretText()
    assert box.value() == -95.0
    assert box.text() == "−95 dBm"


def test_the_calibrated_model_needs_a_calibration(settings):
    place = settings.model.findData(TUNED)
    item = settings.model.model().item(place)
    settings.set_kind("cells")
    settings.technology.setCurrentIndex(settings.technology.findData("LTE"))
    assert not item.isEnabled()
    assert "尚未校准" in settings.model.itemText(place)
    settings.set_tuned(frozenset({"LTE"}))
    assert item.isEnabled()
    assert "校准" in settings.model.itemText(place)
    assert "(" not in item.text()
    settings.technology.setCurrentIndex(settings.technology.findData("NR"))
    assert not item.isEnabled()
    assert "该制式" in settings.model.itemText(place)
    settings.set_kind("wifi")
    assert not item.isEnabled()


def test_provenance_tells_what_was_decided_and_the_calibration(qtbot):
    tuning = {"intercept_db": 131.25, "slope_db": 35.2, "sigma_db": 7.9, "offsets_db": {"7": 2.0}}
    told = dict(_asked({**RUN, "tunings": {"LTE": tuning}}))
    text = " ".join(f"{name} {value}" for name, value in told.items())
    for part in ("35%", "−95, −85 dBm", "dem.tif", "cover.tif", "131.2", "35.2", "7.9", "1 个小区"):
        assert part in text.replace("\u202f", ""), part
    assert not any("surface" in name for name in told)
    assert dict(_asked({}))  # a run of an earlier version


def test_roads_stand_by_class(qtbot):
    figures = RunFigures(load_catalogue())
    qtbot.addWidget(figures)
    found = [
        {"road_class": name, "share": 0.5, "length_m": metres}
        for name, metres in (("residential", 9e5), ("motorway", 1e3), ("", 5e6), ("primary", 5e4))
    ]
    nothing = {"whole": {"area_share": 0.1, "population_share": None}}
    figures.show_summary({
        "confidence": [{"value": 0.5, **nothing}], "expected": None, "band": None, "operators": None, "roads": found,
        "places": None, "gaps": None,
    })  # fmt: skip
    texts = [label.text() for label in figures.findChildren(QLabel)]
    places = [
        next(i for i, text in enumerate(texts) if text.startswith(word)) for word in ("高速", "主干", "小区", "未知")
    ]
    assert places == sorted(places)


def test_further_levels_are_shown_with_their_figures(qtbot):
    figures = RunFigures(load_catalogue())
    qtbot.addWidget(figures)
    whole = {"area_share": 0.123, "population_share": 0.456}
    figures.show_summary({
        "confidence": [], "expected": None, "band": None, "operators": None, "roads": None, "places": None,
        "gaps": None, "unit": "dBm", "thresholds": [{"value": -85.0, "whole": whole}],
    })  # fmt: skip
    texts = [label.text() for label in figures.findChildren(QLabel)]
    place = texts.index("≥ −85 dBm")
    assert texts[place + 1 : place + 3] == ["12.3%", "45.6%"]
