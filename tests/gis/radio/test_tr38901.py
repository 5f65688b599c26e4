"""TR 38.901 against figures worked out by hand, against figures of others, and against what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.radio.tr38901 import (
    SCENARIOS,
    entry_loss_db,
    entry_sigma_db,
    los_probability,
    outside,
    path_loss_db,
    shadowing_db,
)
from tests.gis.radio.vectors import vectors

scenarios = st.sampled_from(SCENARIOS)
frequencies = st.floats(700.0, 30_000.0)
distances = st.floats(10.0, 4000.0)


@pytest.mark.parametrize(
    ("scenario", "los", "slant", "base", "expected"),
    [
        ("UMa", True, 100.0, 25.0, 82.8814),  # 28 + 22·2 + 20 lg 3.5 (10.8814)
        ("UMi", False, 100.0, 10.0, 104.5886),  # 22.4 + 35.3·2 + 21.3 lg 3.5 (11.5886)
        ("InH", True, 10.0, 3.0, 60.5814),  # 32.4 + 17.3 + 10.8814
        ("InH", False, 10.0, 3.0, 69.1473),  # 17.3 + 38.3 + 24.9 lg 3.5 (13.5473)
    ],
)
def test_by_hand(scenario, los, slant, base, expected) -> None:
    flat = float(np.sqrt(slant**2 - (base - 1.5) ** 2))
    assert float(path_loss_db(scenario, los, 3500.0, flat, base)) == pytest.approx(expected, abs=1e-4)


def test_path_loss_of_others() -> None:
    checked = 0
    for row in vectors("ns3_vectors/tr38901_pathloss.csv"):
        around = {"street_width_m": 25.0, "building_height_m": 7.0} if "W=25" in row["note"] else {}
        loss = path_loss_db(
            row["model"].split("-")[1],
            row["condition"] == "LOS",
            float(row["f_GHz"]) * 1000.0,
            float(row["d2D_m"]),
            float(row["h_bs_m"]),
            float(row["h_ut_m"]),
            **around,
        )
        assert float(loss) == pytest.approx(float(row["pathloss_dB"]), abs=0.001), row
        checked += 1
    assert checked > 30


def test_los_probability_of_others() -> None:
    rows = vectors("ns3_vectors/tr38901_los_probability.csv")
    for row in rows:
        share = los_probability(row["scenario"], float(row["d2D_m"]), float(row["h_ut_m"]))
        assert float(share) == pytest.approx(float(row["p_los"]), abs=1e-6), row
    assert rows


def test_los_probability_by_hand() -> None:
    assert float(los_probability("UMa", 18.0)) == 1.0
    # 18/63 + e^-1 (1 - 18/63)
    assert float(los_probability("UMa", 63.0)) == pytest.approx(2 / 7 + np.exp(-1.0) * 5 / 7)
    assert float(los_probability("RMa", 1010.0)) == pytest.approx(np.exp(-1.0))
    assert float(los_probability("InH", 1.0)) == 1.0
    assert float(los_probability("InH", 39.1)) == pytest.approx(0.32 * np.exp(-1.0))
    assert float(los_probability("InH", 75.8, open_office=True)) == pytest.approx(0.54 * np.exp(-26.8 / 211.7))
    # h_BS 30, h_UT 1.5: ln(1/0.98)/30*18.5/28.5 + ln(1/0.82)/30*6.5/28.5
    rate = -np.log(0.98) / 30 * 18.5 / 28.5 - np.log(0.82) / 30 * 6.5 / 28.5
    assert float(los_probability("SMa", 300.0, 1.5, 30.0)) == pytest.approx(np.exp(-300.0 * rate))
    assert los_probability("SMa", 300.0, vegetation="dense") < los_probability("SMa", 300.0)


def test_shadowing_follows_the_table() -> None:
    # the breakpoint of RMa: 2π·35·1.5·3.5e9/3e8 = 3848 m
    assert shadowing_db("RMa", True, 3500.0, [3000.0, 4000.0], 35.0).tolist() == [4.0, 6.0]
    assert float(shadowing_db("UMi", False, 3500.0, 100.0, 10.0)) == 7.82


def test_entry_into_buildings() -> None:
    # low: 5 - 10 lg(0.3·10^-0.27 + 0.7·10^-1.9) at 3.5 GHz; glass 2.7 dB, concrete 19 dB
    assert float(entry_loss_db(3500.0, depth_m=0.0)) == pytest.approx(
        5.0 - 10.0 * np.log10(0.3 * 10**-0.27 + 0.7 * 10**-1.9)
    )
    assert float(entry_loss_db(3500.0, depth_m=10.0)) - float(entry_loss_db(3500.0, depth_m=0.0)) == pytest.approx(5.0)
    assert float(entry_loss_db(3500.0)) - float(entry_loss_db(3500.0, rural=True)) == pytest.approx(2.5)
    assert float(entry_loss_db(3500.0, "high")) > float(entry_loss_db(3500.0, "low"))
    assert (entry_sigma_db("low"), entry_sigma_db("high")) == (4.4, 6.5)


@given(scenarios, st.booleans(), frequencies, distances)
def test_loss_grows_with_distance_and_frequency(scenario, los, frequency, distance) -> None:
    base = 10.0 if scenario == "UMi" else 3.0 if scenario == "InH" else 30.0

    def loss(f: float, d: float) -> float:
        return float(path_loss_db(scenario, los, f, d, base))

    assert loss(frequency, distance * 1.05) > loss(frequency, distance)
    assert loss(frequency * 1.05, distance) > loss(frequency, distance)


@given(scenarios, frequencies, distances)
def test_what_is_hidden_is_never_stronger(scenario, frequency, distance) -> None:
    if scenario == "SMa":  # the table leaves this out there
        return
    seen, hidden = (float(path_loss_db(scenario, los, frequency, distance, 25.0)) for los in (True, False))
    assert hidden >= seen


@given(scenarios, st.floats(0.1, 20_000.0), st.floats(1.0, 22.5))
def test_a_probability_is_one(scenario, distance, height) -> None:
    assert 0.0 <= float(los_probability(scenario, distance, height)) <= 1.0


def test_what_the_scenario_was_not_made_for_is_told() -> None:
    told = outside("UMa", [3500.0, 300.0], [25.0, 120.0], 1.5)
    assert told["frequency"].tolist() == [False, True]
    assert told["base"].tolist() == [False, True]
    assert outside("RMa", 700.0, 35.0, 20.0)["terminal"].all()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("Moon", True, 3500.0, 100.0, 25.0), "radio.no_scenario"),
        (("UMa", True, 0.0, 100.0, 25.0), "radio.bad_frequency"),
        (("UMa", True, 3500.0, -1.0, 25.0), "radio.bad_distance"),
        (("UMa", True, 3500.0, 100.0, 0.0), "radio.bad_height"),
        (("UMa", True, 3500.0, 100.0, 25.0, float("nan")), "radio.bad_height"),
    ],
)
def test_nonsense_is_refused(arguments, code) -> None:
    with pytest.raises(Refusal) as refused:
        path_loss_db(*arguments)
    assert refused.value.code == code
