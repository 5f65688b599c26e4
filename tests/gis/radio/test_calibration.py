"""The calibrated line finds the line that made the data, in spite of outliers and cells that differ."""

import numpy as np
import pytest

from gis.errors import Refusal
from gis.radio.calibration import averaged, calibrate, predicted_by
from gis.radio.drive_test import Links
from gis.radio.models import Tuning, curves_of


def drive(n=1200, cells=8, *, offsets=None, noise=6.0, slope=36.0, intercept=128.0, seed=1, low=80.0, high=2500.0):
    """A drive around ``cells`` masts in a row, 3 km apart; levels by a line, with each cell's offset and noise."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, cells, n)
    distance = np.exp(rng.uniform(np.log(low), np.log(high), n))
    turn = rng.uniform(0, 2 * np.pi, n)
    x, y = 3000.0 * cell + distance * np.cos(turn), distance * np.sin(turn)
    power, frequency = np.full(n, 30.0), np.where(cell % 2 == 0, 1800.0, 2600.0)
    antenna = -rng.uniform(0, 20, n)
    strange = np.zeros(cells) if offsets is None else np.asarray(offsets)
    loss = intercept + slope * np.log10(distance / 1000.0) + 20.0 * np.log10(frequency / 1000.0)
    level = power + antenna - loss + strange[cell] + rng.normal(0.0, noise, n)
    model = power + antenna - loss - 10.0
    return Links(np.arange(n), cell + 100, x, y, level, model, distance, antenna, power, frequency)


def test_the_line_is_found():
    made = calibrate(drive(), "LTE", offsets=False)
    assert made.tuning.slope_db == pytest.approx(36.0, abs=1.5)
    assert made.tuning.intercept_db == pytest.approx(128.0, abs=1.0)
    assert made.tuning.offsets_db == {}
    assert made.held_out.rms_db == pytest.approx(6.0, abs=0.5)
    assert abs(made.held_out.mean_db) < 0.5
    assert made.before.mean_db == pytest.approx(-10.0, abs=0.6)
    assert made.at_limit == ()
    assert made.tuning.sigma_db == pytest.approx(made.held_out.rms_db, abs=0.01)


def test_outliers_hardly_move_it():
    links = drive()
    wrong = links.level_dbm.copy()
    wrong[::10] -= 40.0  # every tenth sample in a tunnel
    spoilt = Links(*(wrong if name == "level_dbm" else getattr(links, name) for name in Links.__slots__))
    robust = calibrate(spoilt, "LTE", offsets=False).tuning
    clean = calibrate(links, "LTE", offsets=False).tuning
    assert abs(robust.intercept_db - clean.intercept_db) < 2.0  # plain least squares would be off by 4


def test_cells_that_differ_get_their_own_offset_and_the_held_out_error_falls():
    offsets = np.array([10.0, -10.0, 6.0, -6.0, 0.0, 4.0, -4.0, 0.0])
    made = calibrate(drive(offsets=offsets), "LTE")
    found = np.array([made.tuning.offsets_db[100 + i] for i in range(8)])
    np.testing.assert_allclose(found - found.mean(), offsets - offsets.mean(), atol=2.0)
    assert made.held_out.rms_db < made.held_out_plain.rms_db - 1.0


def test_equal_data_give_equal_calibrations():
    assert calibrate(drive(seed=5), "LTE") == calibrate(drive(seed=5), "LTE")


def test_few_samples_of_a_cell_do_not_give_it_an_offset():
    links = drive(cells=2)
    few = links.take((links.cell == 100) | (np.cumsum(links.cell == 101) <= 5))
    assert set(calibrate(few.take(np.argsort(few.rows)), "LTE").tuning.offsets_db) <= {100}


def test_waiting_at_a_light_counts_once():
    links = drive(n=400)
    stood = links.take(np.concatenate([np.arange(400), np.zeros(5000, np.int64)]))
    assert calibrate(stood, "LTE").tuning == calibrate(links, "LTE").tuning
    assert len(averaged(stood, 20.0)) == len(averaged(links, 20.0))


def test_too_few_places_are_refused():
    with pytest.raises(Refusal) as refused:
        calibrate(drive(n=30), "LTE")
    assert refused.value.code == "radio.drive_too_few"
    assert "30" in refused.value.message("zh")
    assert refused.value.hint("en")


def test_one_distance_is_refused():
    with pytest.raises(Refusal) as refused:
        calibrate(drive(low=500.0, high=800.0), "NR")
    assert refused.value.code == "radio.drive_one_distance"
    assert "NR" in refused.value.message("en")


def test_a_slope_outside_what_is_possible_ends_at_the_limit_and_is_told():
    made = calibrate(drive(slope=5.0, noise=1.0), "LTE")
    assert made.tuning.slope_db == pytest.approx(20.0, abs=0.05)
    assert "slope" in made.at_limit


def test_the_line_predicts_as_the_model_tuned_does():
    links = drive(n=300)
    tuning = Tuning(128.0, 36.0, 6.0)
    expected = []
    for i in range(300):
        table = curves_of("tuned", links.frequency_mhz[i], 1.5, 1.5, tuning).loss[0]
        at = np.interp(links.distance_m[i], _places(), table)
        expected.append(links.power_dbm[i] + links.antenna_db[i] - at)
    np.testing.assert_allclose(predicted_by(tuning, links), expected, atol=0.02)


def _places():
    from gis.radio.curves import places_m

    return places_m()
