"""The questions of the Analyse panel: rarer settings, the proper minus, the calibrated model, roads by class."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

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


def test_zones_squares_sharing_air_and_codes_are_asked(settings):
    settings.set_kind("cells")
    chosen = {
        "grid_m": 500.0, "sharing_m": 200.0, "handover_db": 4.5, "pollution_db": 0.0, "pollution_servers": 3,
        "lapse_rate": 50.0, "refractivity": 340,
    }  # fmt: skip
    for name, value in chosen.items():
        settings.more.numbers[name].setValue(value)
    settings.more.files["land_cover"].setText("/heights/cover.tif")
    settings.more.scheme.setCurrentIndex(settings.more.scheme.findData("globeland30"))
    asked = settings.more.wish()
    assert asked == {**chosen, "land_cover": "/heights/cover.tif", "land_cover_scheme": "globeland30"}
    settings.show_wish("cells", {**RUN, **asked})
    assert {name: settings.more.wish()[name] for name in asked} == asked
    settings.set_kind("wifi")  # hotspots have no handover and no operators beside one another
    assert set(settings.more.wish()) & set(chosen) == {"grid_m", "lapse_rate", "refractivity"}
    settings.more.files["land_cover"].setText("")
    assert "land_cover_scheme" not in settings.more.wish()


def test_what_the_program_would_choose_stands_in_the_field(settings):
    assert settings.more.numbers["handover_db"].text() == "自动（3 dB）"
    assert settings.more.numbers["pollution_servers"].text() == "自动（4）"
    assert settings.more.numbers["refractivity"].text() == "自动（325 N）"


def test_squares_and_sites_to_share_are_figures_that_show_their_place(qtbot):
    figures = RunFigures(load_catalogue())
    qtbot.addWidget(figures)
    squares = {
        "size_m": 500.0, "west": [0.0, 500.0, 1000.0], "south": [0.0, 0.0, 0.0], "area_m2": [250_000.0] * 3,
        "area_share": [1.0, 0.6, 0.1], "expected_share": [1.0, 0.6, 0.1], "households": [10.0, 40.0, 200.0],
        "households_share": [1.0, 0.5, 0.25], "road_share": [None] * 3,
    }  # fmt: skip
    pair = {"site": 1, "owner": "mobile", "other": 2, "other_owner": "unicom", "distance_m": 60.0, "x": 5e5, "y": 1e6}
    sharing = {
        "within_m": 100.0, "sites": 8, "near": 4, "together": 2, "unknown": 0,
        "pairs": [{**pair, "distance_m": 0.0}, pair],
    }  # fmt: skip
    zone = {"kind": "handover", "value": 3.0, "whole": {"area_share": 0.2, "population_share": 0.3}}
    figures.show_summary({
        "confidence": [], "expected": None, "band": None, "operators": None, "roads": None, "places": None,
        "gaps": None, "unit": "dBm", "zones": [zone], "grid": squares, "sharing": sharing,
    })  # fmt: skip
    texts = [label.text().replace("\u202f", " ") for label in figures.findChildren(QLabel)]
    for words in (
        ("切换带（相差 ≤ 3 dB）", "20.0%", "30.0%"), ("覆盖 95% 及以上", "1", "10"), ("覆盖 50% – 80%", "1", "40"),
        ("覆盖 0% – 50%", "1", "200"), ("100 m 内有他方站点", "4", "50.0%"), ("已在同一处", "2", "25.0%"),
    ):  # fmt: skip
        place = texts.index(words[0])
        assert tuple(texts[place : place + 3]) == words
    links = [button for button in figures.findChildren(QPushButton) if button.text()]
    assert [link.text() for link in links] == ["1.00, 0.00 km", "0.50, 0.00 km", "移动 – 联通"]
    with qtbot.waitSignal(figures.place_chosen) as shown:
        links[0].click()
    assert shown.args[0] == (1000.0, 0.0, 1500.0, 500.0)
