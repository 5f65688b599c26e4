"""Label rules changed together, scales rounded, styles taken over: pure steps of the panel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.styling.colors import hex_color, swatches
from desktop.styling.labelling import ANY_SCALE, main_rule, round_up, with_labels_off, with_labels_on, with_rule
from desktop.styling.ranges import hidden_text, round_down, with_range
from desktop.styling.transfer import taken_over
from gis.cartography.symbols import LabelRule, LayerStyle, SizeBy
from gis.catalogue import load_catalogue

CATALOGUE = load_catalogue()


def style_of(name: str) -> LayerStyle:
    return LayerStyle.from_class(CATALOGUE[name])


def test_rules_of_codes_change_likewise_and_stay_apart():
    style = replace(
        style_of("road"),
        labels={"": LabelRule(5_000, size=2.0, priority=10), "motorway": LabelRule(100_000, size=3.0, priority=60)},
    )
    wider = with_rule(style, "max_scale", 10_000.0).labels
    assert (wider[""].max_scale, wider["motorway"].max_scale) == (10_000, 200_000)
    larger = with_rule(style, "size", 3.0).labels
    assert (larger[""].size, larger["motorway"].size) == (3.0, 4.5)
    nearer = with_rule(style, "priority", 12.0).labels
    assert (nearer[""].priority, nearer["motorway"].priority) == (12.0, 62.0)
    assert all(rule.bold for rule in with_rule(style, "bold", True).labels.values())
    always = with_rule(style, "max_scale", ANY_SCALE)
    assert {rule.max_scale for rule in always.labels.values()} == {ANY_SCALE}
    assert {rule.max_scale for rule in with_rule(always, "max_scale", 8_000.0).labels.values()} == {8_000.0}


def test_labels_come_back_as_the_catalogue_has_them():
    style = style_of("road")
    off = with_labels_off(style)
    assert not off.labels
    assert with_labels_on(off, style, CATALOGUE["road"], 1_000) == style
    far = with_labels_on(off, style, CATALOGUE["road"], 3_000_000)
    assert far is not None
    assert far.labels[""].max_scale >= 3_000_000
    assert main_rule(far) == far.labels[""]


@given(st.floats(1.0, 5e7))
def test_round_scales_hold_the_present_one_inside(scale):
    assert round_down(scale) <= scale
    assert round_up(scale) >= scale
    style = style_of("wifi_hotspot")
    for way in ("in", "out", "always"):
        assert not hidden_text(with_range(style, way, scale), scale)


def test_a_range_does_not_shut_the_layer_out():
    style = with_range(style_of("wifi_hotspot"), "out", 50_000)
    turned = with_range(style, "in", 8_000)
    assert turned.max_scale == 8_000
    assert turned.min_scale == 0


def test_a_style_taken_over_leaves_away_what_the_other_class_has_no_field_for():
    camera, hotspot = style_of("camera"), style_of("wifi_hotspot")
    styled = replace(camera, size_by=SizeBy("night_range_m", 0, 100), label_field="{name} {gb28181_id}")
    made = taken_over(styled, hotspot, CATALOGUE["wifi_hotspot"])
    assert (made.cls, made.family, made.mode) == ("wifi_hotspot", "wireless", "single")
    assert (made.by, made.rotate_by, made.size_by, made.wedge) == (None, None, None, None)
    assert made.label_field == hotspot.label_field
    assert made.variants[0].color == camera.variants[0].color
    kept = taken_over(camera, style_of("cell"), CATALOGUE["cell"])
    assert kept.rotate_by == "azimuth"


@pytest.mark.parametrize(
    ("typed", "color"),
    [
        ("#0b6", "#00BB66"),
        ("00BB66", "#00BB66"),
        (" ＃00bb66 ", "#00BB66"),
        ("#00bb6", None),
        ("red", None),
        ("", None),
    ],
)
def test_colors_as_people_type_them(typed, color):
    assert hex_color(typed) == color


def test_the_palette_holds_distinct_colors():
    assert len(set(swatches())) == len(swatches()) == 40
