"""Models as tables: the right formula for each choice, ranges told, nothing better than free space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.radio.curves import EXPECTED, HIDDEN, ROWS, SIGHT, on_curve
from gis.radio.free_space import free_space_loss_db
from gis.radio.hata import cost231_hata_loss_db
from gis.radio.models import (
    ELSEWHERE,
    URBAN,
    Tuning,
    curves_of,
    limit_m,
    model_edition,
    model_for,
    model_label,
    model_names,
    outside_range,
)
from gis.radio.site_general import street
from gis.radio.tr38901 import path_loss_db

NAMED = [name for name in model_names() if name != "auto"]
TUNING = Tuning(128.0, 37.6, 9.0)


def row(environment: int, sight: int) -> int:
    return environment * ROWS + sight


def test_auto_takes_the_technologys_model() -> None:
    assert [model_for("auto", kind) for kind in ("GSM", "UMTS", "LTE", "NR")] == ["hata", "hata", "3gpp", "3gpp"]
    assert model_for("free_space", "LTE") == "free_space"
    with pytest.raises(Refusal, match=r"radio\.no_model"):
        model_for("magic", "LTE")


@pytest.mark.parametrize("name", NAMED)
def test_every_model_says_what_it_is(name: str) -> None:
    assert model_label(name, "zh")
    assert model_label(name, "en")
    assert model_edition(name, "zh")
    assert model_edition(name, "en")
    assert limit_m(name) > 0.0
    made = curves_of(name, 1800.0, 30.0, 1.5, TUNING)
    assert made.loss.shape[0] == made.sigma.shape[0] == 2 * ROWS
    assert made.share.shape[0] == 2
    assert np.isfinite(made.loss).all()
    assert (made.sigma >= 0.0).all()


def test_3gpp_picks_its_scenario_by_place_and_height() -> None:
    d = 700.0
    tall, low = curves_of("3gpp", 2600.0, 30.0, 1.5), curves_of("3gpp", 2600.0, 10.0, 1.5)
    for made, base, urban in ((tall, 30.0, "UMa"), (low, 10.0, "UMi")):
        for environment, scenario in ((URBAN, urban), (ELSEWHERE, "RMa")):
            for sight, los in ((SIGHT, True), (HIDDEN, False)):
                exact = float(path_loss_db(scenario, los, 2600.0, d, base))
                assert on_curve(made.loss[row(environment, sight)], d * d) == pytest.approx(exact, abs=0.01)


def test_hata_above_1500_is_cost_231() -> None:
    made = curves_of("hata", 1800.0, 30.0, 1.5)
    for environment, place in ((URBAN, "urban"), (ELSEWHERE, "suburban")):
        exact = float(cost231_hata_loss_db(1800.0, 3000.0, 30.0, 1.5, place))
        assert on_curve(made.loss[row(environment, EXPECTED)], 3000.0**2) == pytest.approx(exact, abs=0.001)
    assert on_curve(made.sigma[0], 1e6) == 8.0


def test_p1411_by_height() -> None:
    for base, above in ((8.0, False), (30.0, True)):
        made = curves_of("p1411", 3500.0, base, 1.5)
        slant = np.hypot(400.0, base - 1.5)
        exact = float(street("high_rise", above_roofs=above).loss_db(3500.0, slant))
        assert on_curve(made.loss[HIDDEN], 400.0**2) == pytest.approx(exact, abs=0.001)


def test_the_calibrated_line() -> None:
    made = curves_of("tuned", 2000.0, 30.0, 1.5, TUNING)
    exact = 128.0 + 37.6 * np.log10(2.0) + 20.0 * np.log10(2.0)
    assert on_curve(made.loss[0], 2000.0**2) == pytest.approx(exact, abs=0.001)
    with pytest.raises(Refusal, match=r"radio\.no_tuning"):
        curves_of("tuned", 2000.0, 30.0, 1.5)


@given(
    st.sampled_from([n for n in NAMED if n != "3gpp"]),
    st.floats(500.0, 4000.0),
    st.floats(5.0, 60.0),
    st.floats(10.0, 4e3),
)
def test_nothing_is_better_than_free_space(name, frequency, base, distance) -> None:
    made = curves_of(name, frequency, base, 1.5, TUNING)
    free = float(free_space_loss_db(frequency, np.hypot(distance, base - 1.5)))
    assert min(on_curve(line, distance**2) for line in made.loss) >= free - 0.01


def test_equal_arguments_share_one_table() -> None:
    assert curves_of("3gpp", 1800.0, 30.0, 1.5) is curves_of("3gpp", 1800, 30, 1.5)


def test_what_lies_outside_is_told_by_transmitter() -> None:
    frequency, base = np.array([900.0, 3500.0, 1800.0]), np.array([30.0, 30.0, 12.0])
    told = outside_range("hata", frequency, base, 1.5)
    assert told["frequency"].tolist() == [False, True, False]
    assert told["base"].tolist() == [False, False, True]
    assert not outside_range("3gpp", frequency, base, 1.5)["frequency"].any()
    assert not outside_range("3gpp", frequency, base, 1.5)["base"].any()
    assert not outside_range("free_space", frequency, base, 1.5)["base"].any()
