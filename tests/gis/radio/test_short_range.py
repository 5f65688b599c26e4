"""P.1411, P.1238, P.2108 and P.2109 against figures of others, by hand, and against what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.radio.p1411 import over_roofs_loss_db, street_los_loss_db
from gis.radio.p2108 import height_gain_loss_db, slant_loss_db, terrestrial_loss_db
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.site_general import room, street
from tests.gis.radio.vectors import vectors

CLUTTER = ("", "water", "open", "suburban", "urban", "woodland", "dense_urban")


def test_street_and_roofs_of_others_to_the_printed_digit() -> None:
    rows = vectors("ns3_vectors/p1411_los_nlos_rooftop.csv")
    for row in rows:
        at = tuple(float(row[key]) for key in ("f_MHz", "d_m", "h_b_m", "h_m_m"))
        if row["model"] == "P1411-LOS":
            lower, upper = street_los_loss_db(*at)
            loss = float(lower + upper) / 2.0
        else:
            loss = float(over_roofs_loss_db(*at))
        digits = len(row["pathloss_dB"].split(".")[1])
        assert loss == pytest.approx(float(row["pathloss_dB"]), abs=0.6 * 10.0**-digits), row
    assert rows


def test_the_street_breaks_where_it_should() -> None:
    # 4·4·1.5·f/c at 2.4 GHz is 192.1 m on the slant; there the bounds are 20 dB apart
    wave = 299_792_458.0 / 2.4e9
    border = 4.0 * 4.0 * 1.5 / wave
    flat = float(np.sqrt(border**2 - 2.5**2))
    lower, upper = street_los_loss_db(2400.0, flat, 4.0)
    assert float(lower) == pytest.approx(abs(20.0 * np.log10(wave**2 / (8.0 * np.pi * 6.0))), abs=1e-9)
    assert float(upper - lower) == pytest.approx(20.0)


@given(st.floats(800.0, 5000.0), st.floats(100.0, 3000.0), st.floats(4.0, 50.0), st.floats(1.0, 3.0))
def test_over_roofs_is_never_better_than_free_space(frequency, distance, base, terminal) -> None:
    free = 32.4 + 20.0 * np.log10(distance / 1000.0) + 20.0 * np.log10(frequency)
    assert float(over_roofs_loss_db(frequency, distance, base, terminal)) >= free - 1e-9


def test_site_general_by_hand() -> None:
    # 21.2 lg 100 + 29.2 + 21.1 lg 2.4 = 42.4 + 29.2 + 8.0225
    assert float(street("los").loss_db(2400.0, 100.0)) == pytest.approx(79.6225, abs=1e-3)
    # 43.9 lg 500 - 6.27 + 23 lg 3.5 = 118.4839 - 6.27 + 12.5136
    assert float(street("high_rise", above_roofs=True).loss_db(3500.0, 500.0)) == pytest.approx(124.7269, abs=1e-2)
    # 24.6 lg 10 + 29.53 + 23.8 lg 5.5 = 24.6 + 29.53 + 17.6204
    assert float(room("office", los=False).loss_db(5500.0, 10.0)) == pytest.approx(71.7507, abs=1e-2)


def test_site_general_tells_its_range() -> None:
    assert street("low_rise").outside([2400.0, 28_000.0]).tolist() == [True, False]
    with pytest.raises(Refusal, match="residential"):
        street("residential", above_roofs=True)


def test_terrestrial_and_slant_clutter_of_others() -> None:
    for model, part, keys in (
        (terrestrial_loss_db, "Terrestrial", ("f__ghz", "d__km", "p")),
        (slant_loss_db, "Aeronautical", ("f__ghz", "theta_deg", "p")),
    ):
        rows = vectors(f"ntia-p2108/{part}StatisticalModelTestData.csv")
        for row in rows:
            at = [float(row[key]) for key in keys]
            if row["rtn"] != "0":
                with pytest.raises(Refusal, match=r"radio\.outside_model"):
                    model(*at)
                continue
            printed = row[list(row)[-1]]
            assert round(float(model(*at)), 1) == pytest.approx(float(printed), abs=0.0501), row
        assert rows


def test_height_gain_of_others() -> None:
    rows = vectors("ntia-p2108/HeightGainTerminalCorrectionModelTestData.csv")
    for row in rows:
        at = {"street_width_m": float(row["w_s__meter"]), "clutter_height_m": float(row["R__meter"])}
        clutter = CLUTTER[int(row["clutter_type"])]
        if row["rtn"] != "0":
            with pytest.raises(Refusal):
                height_gain_loss_db(float(row["f__ghz"]), float(row["h__meter"]), clutter, **at)
            continue
        loss = float(height_gain_loss_db(float(row["f__ghz"]), float(row["h__meter"]), clutter, **at))
        assert loss == pytest.approx(float(row["A_h__db"]), abs=0.0501), row
    assert rows


def test_height_gain_by_hand() -> None:
    # open, 1 GHz, 2.5 m below 10 m: -21.8 lg 0.25 = 13.1248
    assert float(height_gain_loss_db(1.0, 2.5, "open")) == pytest.approx(13.1249, abs=1e-3)
    assert float(height_gain_loss_db(1.0, 30.0, "urban")) == 0.0


def test_entry_loss_by_hand() -> None:
    # 1 GHz, traditional, median: 10 lg(10^1.264 + 10^0.91 + 10^-0.3) = 14.31
    assert float(building_entry_loss_db(1000.0)) == pytest.approx(14.31, abs=0.005)
    # efficient: 10 lg(10^2.819 + 10^2.78 + 10^-0.3) = 31.01
    assert float(building_entry_loss_db(1000.0, "efficient")) == pytest.approx(31.01, abs=0.005)


@given(st.floats(80.0, 100_000.0), st.floats(0.02, 0.95))
def test_rarer_means_more_entry_loss(frequency, share) -> None:
    for building in ("traditional", "efficient"):
        assert building_entry_loss_db(frequency, building, share + 0.03) > building_entry_loss_db(
            frequency, building, share
        )


@given(st.floats(0.5, 67.0), st.floats(0.25, 10.0), st.floats(1.0, 98.0))
def test_clutter_grows_with_distance_and_rarity(frequency, distance, share) -> None:
    loss = float(terrestrial_loss_db(frequency, distance, share))
    assert float(terrestrial_loss_db(frequency, distance, share + 1.0)) > loss
    assert terrestrial_loss_db(frequency, distance * 1.5) >= terrestrial_loss_db(frequency, distance) - 1e-9


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_probability_lies_between(share) -> None:
    with pytest.raises(Refusal, match=r"radio\.bad_probability"):
        building_entry_loss_db(3500.0, probability=share)
