"""Every layer a run can write has a name, classes from high to low, colours, and a legend in both languages."""

import numpy as np
import pytest

from gis.coverage.classes import classify, level_classes
from gis.coverage.layers import layer_look
from gis.radio.analysis import LAYERS


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_can_be_shown(name: str) -> None:
    look = layer_look(name, "LTE", -105.0, servers=5)
    bounds = [entry.minimum for entry in look.classes]
    assert bounds == sorted(bounds, reverse=True)
    assert len(set(bounds)) == len(bounds)
    for language in ("zh", "en"):
        assert look.label.text(language)
        entries = look.entries(language)
        assert len(entries) == (len(look.classes) if look.keyed else 0)
        assert all(text and color.startswith("#") for color, text in entries)


def test_the_level_keeps_the_technologys_classes() -> None:
    assert layer_look("coverage", "LTE", -95.0).classes == level_classes("LTE", -95.0)


def test_a_legend_gives_the_bound_with_its_unit() -> None:
    assert layer_look("probability", "LTE", -105.0).entries("zh")[0][1] == "≥ 95 %  很可靠"
    sinr = layer_look("sinr", "LTE", -105.0).entries("en")
    assert sinr[4][1] == "≥ −6 dB  Edge"
    assert sinr[5][1] == "Not usable"
    assert layer_look("throughput", "NR", -105.0).entries("zh")[0][1] == "≥ 200 Mbit/s"


def test_every_server_has_its_class_and_neighbours_differ() -> None:
    look = layer_look("server", "LTE", -105.0, servers=12)
    made = classify(np.array([0.0, 1.0, 11.0, -9999.0]), look.classes)
    colors = [None if place == 0 else look.classes[place - 1].color for place in made]
    assert colors[3] is None
    assert len(set(colors[:3])) == 3
    assert colors[0] == look.classes[11].color


def test_too_few_pilots_have_no_class_of_their_own() -> None:
    look = layer_look("pollution", "LTE", -105.0, least_pilots=4)
    assert [entry.minimum for entry in look.classes] == [7.0, 6.0, 5.0, 4.0, 0.0]
    assert layer_look("pollution", "LTE", -105.0, least_pilots=2).classes[-2].minimum == 2.0
    assert look.entries("zh")[-1][1] == "无导频污染"


def test_zones_of_handover_are_told_by_their_margin() -> None:
    look = layer_look("handover", "LTE", -105.0)
    made = classify(np.array([1.0, 0.0, -2.0, -200.0, -9999.0]), look.classes)
    assert made.tolist() == [1, 1, 2, 3, 0]
