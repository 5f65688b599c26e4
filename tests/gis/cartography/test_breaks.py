from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography.breaks import (
    METHODS,
    classify,
    frequent,
    size_by,
    style_of_one,
    style_with_breaks,
    style_with_categories,
    style_with_rules,
)
from gis.cartography.palette import _oklab, rgb
from gis.cartography.ramps import ramps, spread
from gis.cartography.symbols import LayerStyle
from gis.catalogue import load_catalogue

CATALOGUE = load_catalogue()
CABLE = LayerStyle.from_class(CATALOGUE["cable"])
AREA = LayerStyle.from_class(CATALOGUE["area"])
COMPUTED = [m for m in METHODS if m != "manual"]
columns = st.lists(
    st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float) | st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    max_size=60,
)


@settings(max_examples=120, deadline=None)
@given(columns, st.sampled_from(COMPUTED), st.integers(1, 9))
def test_classes_are_few_rising_and_hold_every_value(values: list[float], method, k: int) -> None:
    bounds = classify(np.array(values, np.float64), method, k)
    finite = [v for v in values if np.isfinite(v)]
    if not finite:
        assert bounds == ()
        return
    assert list(bounds) == sorted(set(bounds))
    assert bounds[-1] >= max(finite)
    assert 1 <= len(bounds) <= (k if method != "pretty" else 2 * k + 2)


@pytest.mark.parametrize("method", COMPUTED)
def test_odd_columns_are_no_trouble(method) -> None:
    assert classify([], method) == ()
    assert classify(np.array([None, "x", float("nan")], object), method) == ()
    assert classify([7.0] * 50, method) == (7.0,)
    assert classify([1, 2, 2, 3], method, 5) == (1.0, 2.0, 3.0)
    assert classify(["1", "2", None, 3], method, 5) == (1.0, 2.0, 3.0)
    assert classify([0, -3, -7, -1, -2, -9], method, 3)[-1] >= 0
    assert classify([1e300, 1.0, 2.0], method, 2) == (1.0, 2.0)


def test_the_methods_do_what_they_are_called() -> None:
    values = np.arange(1, 101, dtype=float)
    assert classify(values, "equal", 4) == pytest.approx((25.75, 50.5, 75.25, 100.0), abs=0.1)
    assert np.bincount(np.digitize(values, classify(values, "quantile", 4), right=True)).tolist() == [25, 25, 25, 25]
    clumps = np.concatenate([np.full(20, 1.0), np.full(3, 5.0), [5.2], np.full(9, 40.0), [41.0]])
    assert classify(clumps, "natural", 3) == (1.0, 5.2, 41.0)
    decades = 10.0 ** np.linspace(0, 4, 200)
    assert classify(decades, "log", 4) == pytest.approx((10, 100, 1000, 10000), rel=0.02)
    normal = np.random.default_rng(3).normal(100, 10, 5000)
    assert classify(normal, "std", 6)[:5] == pytest.approx((80, 90, 100, 110, 120), abs=1)
    assert classify(values, "pretty", 5) == (20, 40, 60, 80, 100)
    assert classify(values, "manual", given=(30, 10, 10, float("nan"))) == (10, 30, 100)


def test_natural_breaks_of_many_values_are_those_of_a_sample_and_always_the_same() -> None:
    values = np.random.default_rng(1).lognormal(3, 1, 60_000)
    bounds = classify(values, "natural", 5)
    assert bounds == classify(values, "natural", 5)
    assert len(bounds) == 5
    assert bounds[-1] >= values.max()


def test_bounds_are_short_to_read() -> None:
    values = np.random.default_rng(2).uniform(0, 1000, 500)
    assert all(len(f"{b:g}") <= 5 for b in classify(values, "equal", 5))


def test_a_style_of_classes_puts_every_value_in_one() -> None:
    style = style_with_breaks(CABLE, "fibre_count", (12, 48, 288), "viridis")
    assert style.mode == "breaks"
    assert [v.upper for v in style.variants] == [None, 12, 48, None]
    assert style.index(np.array([5, 12, 13, 288, 999, np.nan]), 6).tolist() == [1, 1, 2, 3, 3, 0]
    assert len({v.color for v in style.variants}) == 4
    assert set(style.labels) == {""}
    assert style.variants[1].width == CABLE.variants[0].width
    area = style_with_breaks(AREA, "population", (10, 20), "blues")
    assert area.opacity >= 0.7
    assert area.variants[1].fill == ramps()["blues"].of(2)[0]
    assert style_with_breaks(CABLE, "fibre_count", ()).index(np.array([1.0]), 1).tolist() == [0]


def test_categories_are_the_code_list_or_the_most_frequent_words() -> None:
    style = style_with_categories(CABLE, CATALOGUE["cable"], "status")
    assert [v.value for v in style.variants[1:]] == [c.value for c in CATALOGUE["cable"].field("status").codes]
    words = np.array([f"单位{i % 40}" for i in range(400)] + ["单位7", None, ""], object)
    counts = frequent(words)
    assert len(counts) == 30
    assert next(iter(counts)) == "单位7"
    assert counts["单位7"] == 11
    style = style_with_categories(CABLE, CATALOGUE["cable"], "remark", counts=counts)
    assert len(style.variants) == 31
    assert frequent(np.array([2.0, 2.0, np.nan, np.nan, np.nan, 1.5])) == {"2": 2, "1.5": 1}


def test_rules_and_going_back_to_one_symbol() -> None:
    style = style_with_rules(CABLE, [("大", "fibre_count > 48"), ("", "fibre_count > 12")], others=False)
    assert style.rules == ("fibre_count > 48", "fibre_count > 12")
    assert not style.variants[0].visible
    assert [v.label for v in style.variants[1:]] == ["大", ""]
    one = style_of_one(style)
    assert len(one.variants) == 1
    assert one.variants[0].visible
    assert one.mode == "single"


def test_sizes_leave_out_the_extremes() -> None:
    values = np.concatenate([np.linspace(0, 100, 500), [1e6]])
    rule = size_by("households", values)
    assert rule is not None
    assert rule.low == 0
    assert 95 <= rule.high <= 110
    assert size_by("households", np.full(9, 3.0)) is None
    assert size_by("households", np.array([np.nan])) is None


@pytest.mark.parametrize("key", list(ramps()))
def test_ramps_order_by_lightness(key: str) -> None:
    """Colour-blind readers, and black-and-white prints, tell classes apart by lightness."""
    ramp = ramps()[key]
    light = np.array([_oklab(rgb(c))[0] for c in ramp.colors])
    assert ramp.label.zh
    assert ramp.label.en
    if ramp.kind == "sequential":
        assert (np.diff(light) < -0.01).all()
    elif ramp.kind == "diverging":
        middle = len(light) // 2
        assert (np.diff(light[: middle + 1]) > 0).all()
        assert (np.diff(light[middle:]) < 0).all()
    else:
        assert len(set(ramp.of(4 * len(ramp.colors)))) == 4 * len(ramp.colors)


def test_ramps_give_as_many_colours_as_asked() -> None:
    for ramp in ramps().values():
        for count in (1, 2, 5, 20):
            assert len(ramp.of(count)) == count
    viridis = ramps()["viridis"]
    assert viridis.of(2) == (viridis.colors[0], viridis.colors[-1])
    assert viridis.reversed().of(2) == (viridis.colors[-1], viridis.colors[0])
    assert spread(["#000000", "#FFFFFF"], 3)[1] == "#808080"
