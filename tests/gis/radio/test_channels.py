"""Channels of WiFi: where they lie, what leaks, who disturbs whom, and plans that lower it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.geometry.columns import Columns
from gis.radio.analysis import Inputs, Wish, hotspots_on_air
from gis.radio.channel_choice import suggest
from gis.radio.channels import OnAir, figures, interference, neighbours
from gis.radio.curves import EXPECTED, HIDDEN, SIGHT, on_curve
from gis.radio.hotspots import wifi_carriers
from gis.radio.models import curves_of
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.services import noise_dbm
from gis.radio.walls import wall_loss_db
from gis.radio.wifi_bands import block_mhz, candidates, channel_mhz, permitted, spectral_share
from tests.gis.radio.cities import city

WISH = Wish("wifi")


def _at(band: str, channel: float, width: float) -> float:
    return float(block_mhz(np.array([band], object), np.array([channel]), np.array([width]))[0])


@pytest.mark.parametrize(
    ("band", "channel", "width", "middle"),
    [
        ("2.4", 1, 20, 2412.0), ("2.4", 13, 20, 2472.0), ("2.4", 14, 20, 2484.0), ("2.4", 1, 40, 2422.0),
        ("2.4", 13, 40, 2462.0), ("5", 36, 20, 5180.0), ("5", 36, 40, 5190.0), ("5", 40, 40, 5190.0),
        ("5", 48, 80, 5210.0), ("5", 42, 80, 5210.0), ("5", 52, 80, 5290.0), ("5", 64, 160, 5250.0),
        ("5", 149, 80, 5775.0), ("5", 165, 20, 5825.0), ("5", 100, 40, 5510.0), ("6", 1, 20, 5955.0),
        ("6", 5, 80, 5985.0),
    ],
)  # fmt: skip
def test_blocks_lie_where_the_standard_puts_them(band: str, channel: float, width: float, middle: float) -> None:
    assert _at(band, channel, width) == middle


def test_no_channel_lies_nowhere() -> None:
    assert np.isnan(_at("5", np.nan, 80.0))
    assert np.isnan(channel_mhz(np.array(["60"], object), np.array([1.0])))[0]


def test_what_leaks_is_the_area_under_the_mask() -> None:
    """The mask of 20 MHz summed in steps of 1 kHz: 0 dBr to 9, -20 at 11, -28 at 20, -40 at 30, none after 50 MHz."""
    at = np.arange(-60.0, 60.0, 0.001) + 0.0005
    mask = np.where(
        np.abs(at) > 50.0,
        0.0,
        10.0 ** (np.interp(np.abs(at), [9.0, 11.0, 20.0, 30.0], [0.0, -20.0, -28.0, -40.0]) / 10.0),
    )
    own = mask[np.abs(at) < 10.0].sum()
    for offset in (5.0, 20.0, 25.0, 50.0):
        leaked = mask[np.abs(at - offset) < 10.0].sum() / own
        assert float(spectral_share(offset, 20.0, 20.0)) == pytest.approx(leaked, rel=1e-3)
    # Neighbouring channels of the 1, 6, 11 scheme: 29.8 dB less
    assert 10.0 * np.log10(spectral_share(25.0, 20.0, 20.0)) == pytest.approx(-29.8, abs=0.05)
    assert spectral_share(0.0, 20.0, 20.0) == 1.0
    assert spectral_share(0.0, 20.0, 80.0) == 1.0
    assert float(spectral_share(0.0, 80.0, 20.0)) == pytest.approx(20.0 / 78.0, rel=0.02)
    assert spectral_share(300.0, 20.0, 20.0) == 0.0
    assert np.isnan(spectral_share(np.nan, 20.0, 20.0))


@given(st.floats(0.0, 300.0), st.sampled_from([20.0, 40.0, 80.0, 160.0]), st.sampled_from([20.0, 40.0, 80.0, 160.0]))
def test_leaks_fall_with_distance_and_are_the_same_on_both_sides(offset: float, sender: float, receiver: float) -> None:
    share = float(spectral_share(offset, sender, receiver))
    assert 0.0 <= share <= 1.0
    assert share == pytest.approx(float(spectral_share(-offset, sender, receiver)))
    assert float(spectral_share(offset + 5.0, sender, receiver)) <= share + 1e-9


def test_channels_of_china() -> None:
    assert candidates("2.4", 20.0, False).tolist() == [1.0, 6.0, 11.0]
    assert candidates("2.4", 20.0, False, preferred=False).tolist() == list(range(1, 14))
    assert candidates("2.4", 40.0, True).tolist() == [1.0, 13.0]
    assert candidates("5", 20.0, False).tolist() == [149.0, 153.0, 157.0, 161.0, 165.0]
    assert sorted(candidates("5", 80.0, True)) == [36.0, 52.0, 149.0]
    assert candidates("5", 80.0, False).tolist() == [149.0]
    assert candidates("5", 160.0, True).tolist() == [36.0]
    assert not len(candidates("6", 80.0, True))
    assert not permitted("5", 36.0, 20.0, indoor=False)
    assert permitted("5", 36.0, 20.0, indoor=True)
    assert not permitted("5", 165.0, 80.0, indoor=True)
    assert not permitted("2.4", 14.0, 20.0, indoor=True)
    assert permitted("6", 5.0, 20.0, indoor=False)
    assert permitted("5", np.nan, 20.0, indoor=False)


def _spots(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Hotspots of 20 dBm at "x"."""
    return [{"geom": shapely.Point(row.pop("x"), row.pop("y", 1000.0)), **row} for row in map(dict, rows)]


def _air(*rows: dict[str, Any], wish: Wish = WISH, buildings: Columns | None = None) -> OnAir:
    inputs = replace(city(_spots(*rows)), buildings=buildings)
    return hotspots_on_air(inputs, wish)[0]


def _loss(row: int, metres: float) -> float:
    return on_curve(curves_of("p1411", 2442.0, 4.0, 1.5).loss[row], metres * metres)


def test_interference_of_two_is_level_and_load_over_noise() -> None:
    air = _air({"x": 500.0}, {"x": 580.0})
    expected = 0.3 * 10.0 ** ((20.0 - _loss(EXPECTED, 80.0) - float(noise_dbm("wifi", 20.0))) / 10.0)
    assert interference(air).over_noise == pytest.approx([expected, expected])
    other = interference(air, np.array([6.0, 11.0]))
    assert other.over_noise == pytest.approx(np.full(2, expected * float(spectral_share(25.0, 20.0, 20.0))))
    assert interference(air, np.array([6.0, np.nan])).total == 0.0


def test_a_wide_channel_is_disturbed_by_all_within_it() -> None:
    air = _air(
        {"x": 500.0, "band": "5", "channel": 149, "width_mhz": 80}, {"x": 550.0, "band": "5", "channel": 161},
        {"x": 550.0, "y": 1001.0, "band": "2.4", "channel": 1},
    )  # fmt: skip
    found = interference(air)
    assert found.over_noise[0] > 0.0
    assert found.over_noise[2] == 0.0
    # The narrow one has a quarter of the noise and gets a quarter of the wide one's power.
    assert found.over_noise[1] == pytest.approx(found.over_noise[0] * 4.0 * float(spectral_share(30.0, 80.0, 20.0)))


def test_buildings_between_are_gone_through_or_round_and_indoors_loses_twice() -> None:
    block = Columns(
        "building", np.array([1]), {"height_m": np.array([12.0]), "floors": np.array([np.nan])},
        np.array([shapely.box(530, 900, 550, 1100)], object),
    )  # fmt: skip
    noise = float(noise_dbm("wifi", 20.0))

    def level(air: OnAir) -> float:
        return 10.0 * np.log10(float(air.at_first[0])) + noise

    assert level(_air({"x": 500.0}, {"x": 580.0}, buildings=block)) == pytest.approx(
        20.0 - min(_loss(HIDDEN, 80.0), _loss(SIGHT, 80.0) + wall_loss_db(2442.0))
    )
    assert level(_air({"x": 500.0}, {"x": 520.0}, buildings=block)) == pytest.approx(20.0 - _loss(SIGHT, 20.0))
    high = replace(block, fields={**block.fields, "height_m": np.array([3.0])})
    assert level(_air({"x": 500.0}, {"x": 580.0}, buildings=high)) == pytest.approx(20.0 - _loss(SIGHT, 80.0))
    within = _air({"x": 540.0, "indoor": 1}, {"x": 580.0}, buildings=block)
    entry = float(building_entry_loss_db(2437.0))
    assert level(within) == pytest.approx(20.0 - _loss(SIGHT, 40.0) - entry)
    both = _air({"x": 540.0, "indoor": 1}, {"x": 580.0, "indoor": 1}, buildings=block)
    assert level(both) == pytest.approx(20.0 - _loss(SIGHT, 40.0) - 2.0 * entry)


def test_who_pays_or_belongs_to_another_disturbs_but_is_not_judged() -> None:
    inputs = city(_spots({"x": 500.0}, {"x": 580.0, "free": 0}, {"x": 500.0, "y": 1080.0, "owner": "unicom"}))
    air, asked = hotspots_on_air(inputs, replace(WISH, owner="mobile"))
    assert (air.ids.tolist(), asked.tolist()) == ([1, 2, 3], [True, False, False])
    found = interference(air, counted=asked)
    assert found.over_noise[0] > 0.0
    assert found.over_noise[1:].tolist() == [0.0, 0.0]
    told = figures(air, found, asked)
    assert (told["hotspots"], told["above_noise"], told["in_conflict"]) == (1, 1, 1)
    assert told["pairs_in_conflict"] == 2  # with either neighbour
    assert [entry["id"] for entry in told["worst"]] == [1]


def test_only_an_areas_own_hotspots_are_asked_for() -> None:
    inputs = city(
        _spots({"x": 500.0}, {"x": 1500.0}),
        areas=[
            {"geom": shapely.box(0, 0, 1000, 2000), "code": "W"},
            {"geom": shapely.box(1000, 0, 2000, 2000), "code": "E"},
        ],
    )
    assert hotspots_on_air(inputs, replace(WISH, area="E"))[1].tolist() == [False, True]


def test_neighbours_are_near_pairs_once() -> None:
    first, second = neighbours(np.array([0.0, 100.0, 5000.0, 150.0]), np.zeros(4))
    assert list(zip(first.tolist(), second.tolist(), strict=True)) == [(0, 1), (0, 3), (1, 3)]
    assert not len(neighbours(np.zeros(1), np.zeros(1))[0])


def test_three_neighbours_get_three_channels() -> None:
    plan = suggest(_air({"x": 500.0}, {"x": 530.0}, {"x": 560.0}))
    assert sorted(plan.channel.tolist()) == [1.0, 6.0, 11.0]
    assert int(plan.changed.sum()) == 2, "one may stay where it is"
    assert plan.before.pairs == 3
    assert plan.after.pairs == 0
    assert plan.after.total < plan.before.total * 0.01


def test_understood_signals_keep_silent_from_farther_than_energy_beside() -> None:
    """At 30 m -51.7 dBm arrive: waited for on one channel; 10 MHz off it is half of that, 25 MHz off 30 dB less."""
    pairs = [interference(_air({"x": 500.0}, {"x": 530.0, "channel": channel})).pairs for channel in (6, 8, 9, 11)]
    assert pairs == [1, 1, 1, 0]
    assert interference(_air({"x": 500.0}, {"x": 580.0, "channel": 8})).pairs == 0, "understood by nobody, and weak"
    assert interference(_air({"x": 500.0}, {"x": 580.0})).pairs == 1


def test_those_that_must_not_change_stay() -> None:
    air = _air({"x": 500.0}, {"x": 530.0}, {"x": 560.0})
    plan = suggest(air, np.array([False, False, True]))
    assert plan.channel[:2].tolist() == [6.0, 6.0]
    assert plan.channel[2] in (1.0, 11.0)
    assert plan.changed.tolist() == [False, False, True]


def test_far_apart_and_already_good_nothing_is_changed() -> None:
    for rows in (
        ({"x": 0.0}, {"x": 1900.0}),
        ({"x": 500.0, "channel": 3},),
        ({"x": 500.0}, {"x": 650.0, "channel": 1}),
    ):
        plan = suggest(_air(*rows))
        assert not plan.changed.any()
        assert plan.before.total == plan.after.total


def test_a_forbidden_channel_is_left_even_where_nobody_disturbs() -> None:
    outdoors = {"band": "5", "channel": 36, "width_mhz": 20}
    plan = suggest(_air({"x": 500.0, **outdoors}, {"x": 1900.0, **outdoors, "indoor": 1}))
    assert plan.channel.tolist() == [149.0, 36.0]


def test_wide_ones_move_by_blocks_and_bands_without_rules_stay() -> None:
    wide = {"band": "5", "channel": 44, "width_mhz": 80, "indoor": 1}
    plan = suggest(_air({"x": 500.0, **wide}, {"x": 505.0, **wide}, {"x": 510.0, **wide}))
    assert {_at("5", channel, 80.0) for channel in plan.channel} == {5210.0, 5290.0, 5775.0}
    assert 44.0 in plan.channel.tolist(), "the one that stays keeps the name of its channel"
    six = {"band": "6", "channel": 5, "width_mhz": 80}
    assert not suggest(_air({"x": 500.0, **six}, {"x": 505.0, **six})).changed.any()


def test_who_tells_no_channel_is_placed_last_and_not_among_the_figures() -> None:
    plan = suggest(_air({"x": 500.0, "channel": 1}, {"x": 520.0, "channel": 11}, {"x": 540.0, "channel": None}))
    assert plan.channel.tolist() == [1.0, 11.0, 6.0]
    assert plan.placed.tolist() == [False, False, True]
    assert plan.before.total == plan.after.total


_ROW = st.fixed_dictionaries(
    {
        "x": st.integers(0, 60).map(lambda n: 20.0 * n),
        "y": st.integers(0, 10).map(lambda n: 15.0 * n),
        "kind": st.sampled_from(
            [("2.4", 1, 20), ("2.4", 6, 20), ("2.4", 3, 20), ("2.4", 9, 40), ("2.4", None, 20), ("5", 36, 20),
             ("5", 149, 80), ("5", 157, 40), ("5", 44, 160), ("6", 5, 80)]
        ),
        "indoor": st.integers(0, 1),
        "eirp_dbm": st.sampled_from([10.0, 20.0, 27.0]),
        "locked": st.booleans(),
    }
)  # fmt: skip


def _inputs(rows: list[dict[str, Any]]) -> Inputs:
    spots = []
    for row in rows:
        band, channel, width = row["kind"]
        place = shapely.Point(row["x"], row["y"])
        told = {"band": band, "channel": channel, "width_mhz": width}
        spots.append({"geom": place, **told, "indoor": row["indoor"], "eirp_dbm": row["eirp_dbm"]})
    return city(spots)


@settings(max_examples=60, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=14), st.booleans())
def test_plans_never_worsen_keep_what_is_locked_and_use_allowed_channels(
    rows: list[dict[str, Any]], preferred: bool
) -> None:
    air, asked = hotspots_on_air(_inputs(rows), WISH)
    assert asked.all()
    free = ~np.array([row["locked"] for row in rows])
    plan = suggest(air, free, preferred=preferred)
    assert plan.after.total <= plan.before.total * (1.0 + 1e-9)
    told = ~np.isnan(air.channel)
    again = interference(air, np.where(told, plan.channel, np.nan))
    assert again.total == pytest.approx(plan.after.total)
    assert not plan.changed[~free].any()
    same = (plan.channel == air.channel) | (np.isnan(plan.channel) & np.isnan(air.channel))
    assert same[~plan.changed].all()
    assert not same[plan.changed].any()
    for i in np.flatnonzero(plan.changed):
        listed = candidates(str(air.band[i]), float(air.width_mhz[i]), bool(air.indoor[i]), preferred=preferred)
        assert plan.channel[i] in listed
    # A plan that has been taken over has nothing more to suggest to those that told their channel.
    after = replace(air, channel=plan.channel)
    repeated = suggest(after, free, preferred=preferred)
    assert repeated.after.total <= repeated.before.total * (1.0 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(_ROW, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_makes_no_difference(rows: list[dict[str, Any]], random: Any) -> None:
    inputs = _inputs(rows)
    spots = inputs.transmitters
    assert spots.geometry is not None
    order = np.array(random.sample(range(len(rows)), len(rows)))
    shuffled = Columns(
        spots.cls, spots.ids[order], {name: values[order] for name, values in spots.fields.items()},
        spots.geometry[order],
    )  # fmt: skip
    one = suggest(hotspots_on_air(inputs, WISH)[0])
    other = suggest(hotspots_on_air(replace(inputs, transmitters=shuffled), WISH)[0])
    assert np.array_equal(one.channel, other.channel, equal_nan=True)
    assert (one.before.total, one.after.total) == (other.before.total, other.after.total)


def test_carriers_of_hotspots_leak_by_their_spectrum() -> None:
    carrier, overlaps = wifi_carriers(np.array([2437.0, np.nan, 2437.0, 2462.0, np.nan]), np.full(5, 20.0))
    assert carrier.tolist() == [0, 2, 0, 1, 3]
    assert overlaps.shape == (4, 4)
    assert overlaps[0, 1] == overlaps[1, 0] == float(spectral_share(25.0, 20.0, 20.0))
    assert np.diag(overlaps).tolist() == [1.0] * 4
    assert (overlaps[2:, :2] == 0.0).all()
    _, mixed = wifi_carriers(np.array([5210.0, 5180.0]), np.array([80.0, 20.0]))
    # Carriers in order of frequency: 0 is the narrow one. All of its power falls into the wide one, a quarter back.
    assert mixed[1, 0] == pytest.approx(1.0, abs=0.01)
    assert mixed[0, 1] == pytest.approx(20.0 / 78.0, rel=0.1)
