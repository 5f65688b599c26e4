"""Measured levels: cells are found by code or physical id, errors are those worked out by hand."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.grid import Grid
from gis.geometry.columns import Columns
from gis.radio import drive_test as dt
from gis.radio.curves import EXPECTED, HIDDEN, curves
from gis.radio.patterns import isotropic, sector
from gis.radio.windows import Surroundings, Transmitter, window_of


def cells(rows):
    """(id, code, technology, pci, MHz, x, y)."""
    fields = {
        "code": np.array([r[1] for r in rows] + [None], object)[:-1],
        "name": np.array([None] * len(rows) + [1], object)[:-1],
        "technology": np.array([r[2] for r in rows] + [None], object)[:-1],
        "pci": np.array([r[3] for r in rows], float),
        "frequency_mhz": np.array([r[4] for r in rows], float),
    }
    return Columns("cell", np.array([r[0] for r in rows]), fields, shapely.points([(r[5], r[6]) for r in rows]))


def samples(n=1, **given_):
    made = {
        "x": np.zeros(n), "y": np.zeros(n), "level_dbm": np.full(n, -90.0),
        "technology": np.full(n, None, object), "code": np.full(n, None, object), "pci": np.full(n, np.nan),
        "frequency_mhz": np.full(n, np.nan), "lines": np.arange(2, n + 2), "why": np.full(n, None, object),
        "cell": np.zeros(n, np.int64),
    }  # fmt: skip
    for name, value in given_.items():
        made[name] = np.asarray(value, made[name].dtype)
    return dt.Samples(**made)


CITY = cells(
    [
        (1, "A-1", "LTE", 7, 1815.0, 0.0, 0.0),
        (2, "A-2", "NR", 7, 2565.0, 0.0, 0.0),
        (3, "B-1", "LTE", 7, 1815.0, 3000.0, 0.0),
        (4, "C-1", "LTE", 9, 1815.0, 100.0, 0.0),
        (5, "C-2", "LTE", 9, 2585.0, 100.0, 0.0),
    ]
)


def test_a_cell_is_found_by_its_code_in_any_case_and_with_blanks():
    found = dt.matched(samples(3, code=[dt.folded(" a-1 "), dt.folded("B -1"), dt.folded("Z")]), CITY)
    assert found.cell.tolist() == [1, 3, 0]
    assert found.why.tolist() == [None, None, dt.UNKNOWN_CELL]
    assert found.technology.tolist() == ["LTE", "LTE", None]


def test_a_code_of_another_technology_is_not_believed():
    found = dt.matched(samples(1, code=["a-1"], technology=["NR"]), CITY)
    assert found.cell.tolist() == [0]


@pytest.mark.parametrize(
    ("x", "technology", "cell", "why"),
    [
        pytest.param(200.0, "LTE", 1, None, id="nearest-of-two"),
        pytest.param(2900.0, "LTE", 3, None, id="the-other"),
        pytest.param(1400.0, "LTE", 0, dt.AMBIGUOUS, id="between-both"),
        pytest.param(200.0, None, 0, dt.AMBIGUOUS, id="two-technologies-on-one-mast"),
        pytest.param(200.0, "NR", 2, None, id="technology-decides"),
        pytest.param(-7000.0, "LTE", 0, dt.TOO_FAR, id="too-far"),
        pytest.param(0.0, "GSM", 0, dt.UNKNOWN_CELL, id="no-such-technology"),
    ],
)
def test_a_physical_id_means_the_nearest_cell_if_that_is_clear(x, technology, cell, why):
    found = dt.matched(samples(1, x=[x], pci=[7], technology=[technology]), CITY)
    assert found.cell.tolist() == [cell]
    assert found.why.tolist() == [why]


def test_a_frequency_tells_carriers_of_one_mast_apart():
    told = dt.matched(samples(2, pci=[9, 9], frequency_mhz=[1820.0, np.nan]), CITY)
    assert told.cell.tolist() == [4, 0]
    assert told.why.tolist() == [None, dt.AMBIGUOUS]


def test_without_any_cell_nothing_is_guessed():
    found = dt.matched(samples(1), CITY)
    assert found.why.tolist() == [dt.NO_CELL]
    assert found.barred() == {dt.NO_CELL: 1}


def test_levels_that_a_phone_cannot_report_are_barred():
    found = dt.in_range(samples(4, level_dbm=[-30.0, -130.0, np.nan, -130.0], technology=["LTE", "GSM", None, "LTE"]))
    assert found.why.tolist() == [dt.OUT_OF_RANGE, dt.OUT_OF_RANGE, dt.NO_LEVEL, None]


def test_channel_numbers_of_the_standards():
    # TS 36.101 5.7.3: F = F_low + 0.1 (N − N_offset)
    assert dt.earfcn_mhz(np.array([0.0, 1300.0, 37900.0, 99999.0]))[:3].tolist() == [2110.0, 1815.0, 2585.0]
    assert math.isnan(dt.earfcn_mhz(np.array([99999.0]))[0])
    # TS 38.104 5.4.2.1: 5 kHz steps below 3 GHz, 15 kHz above
    assert dt.nr_arfcn_mhz(np.array([513000.0, 633333.0])).tolist() == [2565.0, 3499.995]


def mast(**changes):
    line = curves(
        lambda d: 100.0 + 30.0 * np.log10(np.maximum(d, 1.0) / 1000.0), lambda d: 120.0 + 0 * d, lambda d: 1.0 + 0 * d
    )
    base = {"id": 1, "x": 0.0, "y": 0.0, "height_m": 30.0, "power_dbm": 20.0, "pattern": isotropic(), "curves": line}
    return Transmitter(**{**base, **changes})


def test_a_level_at_a_place_is_power_less_loss():
    level, gain, away = dt.levels_at(mast(), np.array([1000.0, 0.0]), np.array([0.0, 100.0]), 1.5)
    np.testing.assert_allclose(level, [20.0 - 100.0, 20.0 - 70.0], atol=0.002)
    np.testing.assert_allclose(gain, 0.0)
    np.testing.assert_allclose(away, [1000.0, 100.0])


def test_places_at_pixel_centres_have_the_levels_of_the_map():
    grid = Grid.over((-500.0, -500.0, 500.0, 500.0), 50.0)
    antenna = sector(65.0, 8.0, back_lobe_db=30.0, side_lobe_db=30.0)
    transmitter = mast(pattern=antenna, azimuth=40.0, electrical_tilt=6.0, floor_dbm=-250.0)
    seen = np.random.default_rng(4).random((grid.height, grid.width)) < 0.5
    rows = np.where(seen, EXPECTED, HIDDEN).astype(np.uint8)

    def around(_transmitter, box, _grid):
        here = rows[box.top : box.top + box.height, box.left : box.left + box.width]
        return Surroundings(here, np.full((1, 1), 2.0, np.float32))

    window = window_of(transmitter, grid, 1.5, around)
    i, j = np.mgrid[0 : grid.height, 0 : grid.width]
    x, y = grid.west + (j + 0.5) * 50.0, grid.north - (i + 0.5) * 50.0
    level, _, _ = dt.levels_at(transmitter, x.ravel(), y.ravel(), 1.5, around, grid)
    np.testing.assert_allclose(level, window.levels.ravel() / 100.0, atol=0.0051)


def test_errors_by_hand():
    figures = dt.error_figures(np.array([-80.0, -90.0, -100.0]), np.array([-78.0, -94.0, -95.0]))
    assert figures is not None  # errors 2, -4, 5
    assert (figures.count, figures.mean_db) == (3, 1.0)
    assert figures.mean_absolute_db == pytest.approx(11.0 / 3.0)
    assert figures.sigma_db == pytest.approx(math.sqrt((1.0 + 25.0 + 16.0) / 2.0))
    assert figures.rms_db == pytest.approx(math.sqrt(45.0 / 3.0))
    assert figures.correlation == pytest.approx(np.corrcoef([-80, -90, -100], [-78, -94, -95])[0, 1])
    assert dt.error_figures(np.zeros(0), np.zeros(0)) is None
    same = dt.error_figures(np.array([-80.0, -80.0, -80.0]), np.array([-78.0, -94.0, -95.0]))
    assert same is not None
    assert same.correlation is None


@given(st.lists(st.tuples(st.floats(-150, -40), st.floats(-150, -40)), min_size=2, max_size=40))
def test_bias_and_spread_make_up_the_whole_error(pairs):
    measured, predicted = np.array(pairs).T
    figures = dt.error_figures(measured, predicted)
    n = len(pairs)
    assert figures.rms_db**2 == pytest.approx(figures.mean_db**2 + figures.sigma_db**2 * (n - 1) / n, abs=1e-6)
    assert abs(figures.mean_db) <= figures.mean_absolute_db + 1e-9 <= figures.rms_db + 2e-9


def test_links_by_cell_and_what_has_no_prediction():
    place = samples(4, x=[100.0, 200.0, 100.0, 90_000.0], cell=[1, 1, 2, 1], level_dbm=[-50.0, -60.0, -70.0, -80.0])
    links, why = dt.links_of(place, {1: (mast(), 1000.0, 5.0)}, 1.5)
    assert why.tolist() == [None, None, dt.NOT_PREDICTED, dt.NOT_HEARD]
    assert links.rows.tolist() == [0, 1]
    assert links.power_dbm.tolist() == [15.0, 15.0]  # by its data, without what a calibration added
    np.testing.assert_allclose(links.error_db, [20.0 - 70.0 + 50.0, 20.0 - 79.03 + 60.0], atol=0.01)
    by_cell = dt.errors_by_cell(links)
    assert list(by_cell) == [1]
    assert by_cell[1].count == 2
