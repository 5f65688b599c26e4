"""What the panel counts is what the map draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from desktop.styling.categories import _by_count, _with_missing
from desktop.styling.rules import with_rules
from desktop.styling.values import class_counts, histogram, method_of, telling_field, value_counts, variant_counts
from gis.cartography.arrays import LayerArrays
from gis.cartography.breaks import classify, style_with_breaks, style_with_categories, style_with_rules
from gis.cartography.ramps import ramps
from gis.cartography.symbols import LayerStyle
from gis.editing.intents import Update
from gis.project.drawing import DrawingReader


@pytest.fixture
def hotspots(session):
    ids = session.ids("wifi_hotspot").tolist()
    session.perform(Update("wifi_hotspot", tuple(ids[:3]), {"height_m": None}))
    session.perform(Update("wifi_hotspot", tuple(ids[3:5]), {"venue": "it's “here”"}))
    return session.catalogue["wifi_hotspot"]


def drawn(session, style):
    """How many features of each variant the map's own arrays hold."""
    with session.reading() as snapshot:
        arrays = LayerArrays.load(DrawingReader(snapshot, session.catalogue), style)
    return np.bincount(arrays.base.variant, minlength=len(style.variants)).tolist()


def test_categories_classes_and_rules_are_counted_as_they_are_drawn(session, hotspots):
    plain = LayerStyle.from_class(hotspots)
    by_band = style_with_categories(plain, hotspots, "band")
    by_free = style_with_categories(plain, hotspots, "free")
    by_venue = style_with_categories(plain, hotspots, "venue", counts=value_counts(session, "wifi_hotspot", "venue"))
    values = histogram(session, "wifi_hotspot", "height_m")
    by_height = style_with_breaks(plain, "height_m", classify(values.values, "equal", 4))
    rules = [("", "height_m > 4"), ("", ""), ("", "free"), ("", "height_m > 1")]
    by_rule = style_with_rules(plain, rules)
    for style in (plain, by_band, by_free, by_venue, by_height, by_rule):
        assert variant_counts(session, style) == drawn(session, style), style.mode
        assert sum(variant_counts(session, style)) == 40
    assert values.empty == 3
    assert class_counts(values, by_height) == drawn(session, by_height)


def test_rules_made_of_values_and_classes_draw_the_same(session, hotspots):
    plain = LayerStyle.from_class(hotspots)
    values = histogram(session, "wifi_hotspot", "height_m").values
    for style in (
        style_with_breaks(plain, "height_m", classify(values, "natural", 3)),
        style_with_categories(plain, hotspots, "free"),
        style_with_categories(plain, hotspots, "band"),
        style_with_categories(plain, hotspots, "venue", counts=value_counts(session, "wifi_hotspot", "venue")),
    ):
        assert drawn(session, with_rules(style, hotspots)) == drawn(session, style)


def test_missing_values_are_added_and_the_frequent_come_first(session, hotspots):
    plain = LayerStyle.from_class(hotspots)
    counts = value_counts(session, "wifi_hotspot", "height_m")
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    style = replace(style_with_categories(plain, hotspots, "height_m", counts=dict([*counts.items()][-2:])))
    whole = _with_missing(style, counts, ramps()["okabe_ito"])
    assert {variant.value for variant in whole.variants[1:]} == set(counts)
    assert whole.variants[: len(style.variants)] == style.variants
    assert _with_missing(whole, counts, ramps()["okabe_ito"]) == whole
    told = [counts[variant.value] for variant in _by_count(whole, counts, ramps()["okabe_ito"]).variants[1:]]
    assert told == sorted(told, reverse=True)


def test_the_first_field_that_tells_features_apart_is_proposed(session, hotspots):
    field, values = telling_field(session, "wifi_hotspot", ["channel", "height_m", "eirp_dbm"])
    assert field == "height_m"
    assert len(values.values) == 37
    assert telling_field(session, "wifi_hotspot", ["channel"])[0] == "channel"  # all empty, but there is no other


def test_the_method_of_saved_classes_is_recognised(session, hotspots):
    values = histogram(session, "wifi_hotspot", "height_m")
    assert method_of(values, classify(values.values, "equal", 3)[:-1]) == "equal"
    assert method_of(values, (3.123, 6.5)) == "manual"
