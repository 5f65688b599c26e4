"""ITU-R P.1812 against the shared reference logs, every row of them, and against figures and limits of our own."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.runtime import _nrt_python, rtsys
from scipy.stats import norm

from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.p1812 import (
    Prediction,
    link,
    losses_db,
    middle_latitude,
    predict_path,
    range_notes,
)
from gis.radio.p1812_mechanisms import Link, inverse_normal, location_sigma, time_factor
from gis.radio.p1812_path import ducting_percentage, inland_factor, median_radius, zone_lengths
from gis.radio.profiles import Profiles
from tests.gis.radio.vectors import FOLDER

SHARED = FOLDER / "p1812"
# Row of a log -> (part of the prediction, its value). The row of L_bd holds L_bda: see gis.radio.p1812.
ROWS = {
    ("dlt (km)", "Eq (78)"): ("path", "horizon_tx"),
    ("dlr (km)", "Eq (81a)"): ("path", "horizon_rx"),
    ("th_t (mrad)", "Eqs (76-78)"): ("path", "angle_tx"),
    ("th_r (mrad)", "Eqs (79-81)"): ("path", "angle_rx"),
    ("th (mrad)", "Eq (82)"): ("path", "angle"),
    ("d (km)", ""): ("path", "length"),
    ("hts (m)", ""): ("path", "tx"),
    ("hrs (m)", ""): ("path", "rx"),
    ("htc (m)", "Table 5"): ("path", "tx"),
    ("hrc (m)", "Table 5"): ("path", "rx"),
    ("w", "Table 5"): ("path", "sea_share"),
    ("dtm (km)", "Sec 3.6"): ("path", "longest_land"),
    ("dlm (km)", "Sec 3.6"): ("path", "longest_inland"),
    ("b0 (%)", "Eq (5)"): ("terms", "ducting_percent"),
    ("hst (m)", "Eq (85)"): ("path", "surface_tx"),
    ("hsr (m)", "Eq (86)"): ("path", "surface_rx"),
    ("hst (m)", "Eq (90a)"): ("path", "rough_tx"),
    ("hsr (m)", "Eq (90b)"): ("path", "rough_rx"),
    ("hstd (m)", "Eq (89)"): ("path", "diffraction_tx"),
    ("hsrd (m)", "Eq (89)"): ("path", "diffraction_rx"),
    ("hte (m)", "Eq (92a)"): ("path", "duct_tx"),
    ("hre (m)", "Eq (92b)"): ("path", "duct_rx"),
    ("hm (m)", "Eq (93)"): ("path", "roughness"),
    ("Fi", "Eq (40)"): ("terms", "time_factor"),
    ("Fj", "Eq (57)"): ("terms", "angle_factor"),
    ("Fk", "Eq (58)"): ("terms", "distance_factor"),
    ("Lbfs", "Eq (8)"): ("terms", "free_space"),
    ("Lb0p", "Eq (10)"): ("terms", "sight"),
    ("Lb0b", "Eq (11)"): ("terms", "sight_beta"),
    ("Lbulla (dB)", "Eq (21)"): ("ducted", "bullington"),
    ("Lbulls (dB)", "Eq (21)"): ("ducted", "smooth_bullington"),
    ("Ldsph (dB)", "Eq (27)"): ("ducted", "spherical"),
    ("Ld50 (dB)", "Eq (39)"): ("terms", "diffraction_median"),
    ("Ldb (dB)", "Eq (39)"): ("terms", "diffraction_beta"),
    ("Ldp (dB)", "Eq (41)"): ("terms", "diffraction"),
    ("Lbd50 (dB)", "Eq (42)"): ("terms", "diffracted_median"),
    ("Lbd (dB)", "Eq (43)"): ("terms", "diffracted_ducted"),
    ("Lminb0p (dB)", "Eq (59)"): ("terms", "least_sight"),
    ("Lba (dB)", "Eq (46)"): ("terms", "ducted"),
    ("Lminbap (dB)", "Eq (60)"): ("terms", "least_ducted"),
    ("Lbda (dB)", "Eq (61)"): ("terms", "diffracted_ducted"),
    ("Lbam (dB)", "Eq (62)"): ("terms", "modified"),
    ("Lbs (dB)", "Eq (44)"): ("terms", "scattered"),
    ("Lbc (dB)", "Eq (63)"): ("terms", "combined"),
    ("Lb (dB)", "Eq (69)"): ("terms", "loss"),
    ("Ep (dBuV/m)", "Eq (70)"): ("terms", "field"),
}
LOGS = sorted(path.name for path in SHARED.glob("validation_results/*_log.csv"))


def read_log(path: Path) -> dict[tuple[str, str], float]:
    """(name, reference) -> value of a result log."""
    values = {}
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.reader(file):
            cells = [cell.strip() for cell in row[2:] if cell.strip()] if len(row) > 2 else []
            if cells and not row[0].startswith(("#", "Ep (dBuV/m) w.r.t.")):
                values[row[0].strip(), row[1].strip()] = float(cells[0])
    return values


def read_profile(path: Path) -> tuple[np.ndarray, list[float]]:
    """Points (distance km, height, coverage code, clutter height, zone) and the reference losses in file order."""
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    first = next(i for i, row in enumerate(rows) if row and row[0].startswith("Number of Points"))
    count = int(rows[first][1])
    points = np.array([[float(cell) for cell in row[:5]] for row in rows[first + 1 : first + 1 + count]])
    start = next(i for i, row in enumerate(rows) if row and row[0].startswith("{Begin of Measurements}"))
    losses = []
    for row in rows[start + 1 :]:
        if not row or row[0].startswith("{"):
            break
        losses.append(float([cell for cell in row if cell.strip()][-1]))
    return points, losses


def predicted(log: dict[tuple[str, str], float], points: np.ndarray) -> Prediction:
    """The prediction with a log's own settings."""
    setting = {name: value for (name, reference), value in log.items() if not reference}
    tx, rx = ((setting[f"lam_{end} (deg)"], setting[f"phi_{end} (deg)"]) for end in "tr")
    latitude = middle_latitude(tx, rx, 1000.0 * points[-1, 0])
    assert latitude == pytest.approx(log["phi (deg)", "Eq (4)"], abs=1e-6)
    chosen = link(
        1000.0 * setting["f (GHz)"],
        setting["htg (m)"],
        setting["hrg (m)"],
        time_percent=setting["p (%)"],
        location_percent=setting["pL (%)"],
        vertical=setting["pol"] == 2,
        latitude_deg=latitude,
        lapse_rate=setting["DN"],
        refractivity=setting["N0"],
        coast_tx_km=setting["dct (km)"],
        coast_rx_km=setting["dcr (km)"],
        location_sigma_db=setting["sigmaL (dB)"],
    )
    assert median_radius(chosen.lapse_rate) == pytest.approx(log["ae (km)", "Eq (7a)"], abs=1e-5)
    return predict_path(chosen, 1000.0 * points[:, 0], points[:, 1], points[:, 3], points[:, 4])


def test_the_shared_logs_are_there() -> None:
    if not SHARED.exists():
        pytest.skip(f"the shared reference values are not at {SHARED}")
    assert len(LOGS) == 27


@pytest.mark.parametrize("name", LOGS)
def test_every_row_of_the_shared_logs(name: str) -> None:
    log = read_log(SHARED / "validation_results" / name)
    stem, number = name.removesuffix("_log.csv").rsplit("_", 1)
    points, losses = read_profile(SHARED / "validation_profiles" / f"{stem}.csv")
    result = predicted(log, points)
    assert set(ROWS) <= set(log)
    for row, (part, value) in ROWS.items():
        assert getattr(getattr(result, part), value) == pytest.approx(log[row], abs=1e-6), row
    path = result.path
    assert path.tx - path.diffraction_tx == pytest.approx(log["htc (m)", "Eq (37a)"], abs=1e-6)
    assert path.rx - path.diffraction_rx == pytest.approx(log["hrc (m)", "Eq (37b)"], abs=1e-6)
    assert result.loss_db == pytest.approx(losses[int(number)], abs=1e-6)
    assert result.notes == ()


# Paths of our own, and every figure on paper.

FLAT = np.arange(0.0, 1001.0, 50.0)


def plain(**wishes: float) -> Link:
    """600 MHz from 50 m to 10 m, the defaults of the file."""
    return link(600.0, 50.0, 10.0, **wishes)  # type: ignore[arg-type]


def test_a_clear_short_path_is_free_space() -> None:
    # d = 1 km, rise 40 m: 92.4 + 20 lg 0.6 + 10 lg(1 + 0.0016) = 92.4 - 4.43697 + 0.00694
    result = predict_path(link(600.0, 300.0, 260.0), FLAT, np.zeros_like(FLAT))
    assert result.terms.free_space == pytest.approx(87.97, abs=0.005)
    assert result.loss_db == pytest.approx(87.97, abs=0.01)
    assert result.terms.field == pytest.approx(199.36 - 4.437 - result.loss_db, abs=0.001)


def test_the_horizons_of_an_edge() -> None:
    # 10 km, one edge of 100 m at 4 km, antennas at 10 m, ΔN = 45: a_e = 6371 · 157/112 = 8930.7768 km
    d, h = np.array([0.0, 2.0, 4.0, 7.0, 10.0]), np.array([0.0, 0.0, 100.0, 0.0, 0.0])
    result = predict_path(link(1000.0, 10.0, 10.0), 1000.0 * d, h)
    path = result.path
    assert (path.horizon_tx, path.horizon_rx) == (4.0, 6.0)
    # 90 m / 4 km - 4/(2 · 8.9307768) = 22.5 - 0.22394 mrad; 90/6 - 6/17.86155 = 15 - 0.33592
    assert path.angle_tx == pytest.approx(1000.0 * math.atan(0.02227606), abs=1e-4)
    assert path.angle_rx == pytest.approx(1000.0 * math.atan(0.01466408), abs=1e-4)
    assert path.angle == pytest.approx(10.0 / 8.9307768 + path.angle_tx + path.angle_rx, abs=1e-4)
    # Areas: 2·0 + 2·100 + 3·100 + 3·0 = 500 (83); v2 = 2·(100·(8+2)) + 3·(100·(7+8)) = 2000 + 4500 = 6500 (84)
    assert path.surface_tx == pytest.approx((2 * 500 * 10 - 6500) / 100)  # (85): 35
    assert path.surface_rx == pytest.approx((6500 - 500 * 10) / 100)  # (86): 15
    # The edge stands 90 m over the line: slopes 22.5 and 15, shares 0.6 and 0.4: 35 - 54, 15 - 36
    assert (path.diffraction_tx, path.diffraction_rx) == (pytest.approx(-19.0), pytest.approx(-21.0))
    assert (path.rough_tx, path.rough_rx) == (0.0, 0.0)
    assert (path.duct_tx, path.duct_rx) == (10.0, 10.0)
    assert path.roughness == 100.0


def test_troposcatter_on_paper() -> None:
    # 1 GHz: L_f = 0 - 2.5 · lg² 0.5 = -0.22656; 200 km flat: 20 lg 200 = 46.0206; N0 = 325: -48.75
    d = np.linspace(0.0, 200.0, 401)
    result = predict_path(link(1000.0, 10.0, 10.0, time_percent=50.0, refractivity=325.0), 1000.0 * d, np.zeros_like(d))
    assert result.terms.scattered == pytest.approx(
        190.1 - 0.22656 + 46.0206 + 0.573 * result.path.angle - 48.75, abs=1e-3
    )
    rare = predict_path(link(1000.0, 10.0, 10.0, time_percent=5.0, refractivity=325.0), 1000.0 * d, np.zeros_like(d))
    assert result.terms.scattered - rare.terms.scattered == pytest.approx(10.125, abs=1e-9)  # lg 10 to any power is 1


@pytest.mark.parametrize(
    ("x", "expected"), [(0.5, 0.0), (0.1, 1.28155), (0.01, 2.32635), (0.9, -1.28155), (0.99, -2.32635), (0.0, 4.75342)]
)
def test_inverse_normal_of_the_tables(x: float, expected: float) -> None:
    assert inverse_normal(x) == pytest.approx(expected, abs=5e-4)


@given(st.floats(1e-6, 1.0 - 1e-6))
def test_inverse_normal_is_that_of_the_statisticians(x: float) -> None:
    assert inverse_normal(x) == pytest.approx(norm.isf(x), abs=6e-4)


def test_ducting_of_the_time() -> None:
    # No inland path: τ = 0, μ1 = (10^(-d_tm/16) + 10^-2.48)^0.2; all over the sea: (1 + 0.00331)^0.2 -> 1
    assert inland_factor(0.0) == 0.0
    assert ducting_percentage(50.0, 0.0, 0.0) == pytest.approx(10 ** (-0.75 + 1.67), abs=1e-9)
    assert ducting_percentage(80.0, 0.0, 0.0) == pytest.approx(4.17, abs=1e-9)
    # Long inland path: τ = 1, μ1 = 10^-0.85 = 0.141254; at 33.4°: μ4 = μ1^-0.34716 = 1.97279, 10^1.169 = 14.75707
    assert ducting_percentage(33.4, 500.0, 500.0) == pytest.approx(14.75707 * 0.141254 * 1.97279, rel=1e-4)
    assert ducting_percentage(-33.4, 500.0, 500.0) == ducting_percentage(33.4, 500.0, 500.0)


def test_time_factor() -> None:
    assert time_factor(1.0, 3.0) == 1.0
    assert time_factor(3.0, 3.0) == pytest.approx(1.0)
    assert time_factor(50.0, 3.0) == pytest.approx(0.0, abs=1e-6)
    assert time_factor(10.0, 3.0) == pytest.approx(1.28155 / 1.88079, abs=1e-3)


def test_zones_meet_midway_between_points() -> None:
    d = np.array([0.0, 1.0, 2.0, 4.0, 6.0, 10.0])
    zone = np.array([4, 4, 3, 1, 1, 4], np.uint8)
    sea, land, inland = zone_lengths(d, zone, 0, 6)
    assert sea == pytest.approx(0.5)  # from 3 to 8 of 10 km
    assert land == pytest.approx(3.0)  # 0 to 3; the other land stretch is 8 to 10
    assert inland == pytest.approx(2.0)  # 8 to 10


def test_places_vary() -> None:
    # (0.52 + 0.024 · 0.6) · 100^0.28 = 0.5344 · 3.63078 = 1.94029
    assert location_sigma(0.6, 100.0, 1.5, 15.0) == pytest.approx(1.94029, abs=1e-4)
    assert location_sigma(0.6, 100.0, 20.0, 15.0) == pytest.approx(0.5 * 1.94029, abs=1e-4)
    assert location_sigma(0.6, 100.0, 25.0, 15.0) == 0.0
    flat = np.zeros_like(FLAT)
    median, many = (
        predict_path(plain(location_percent=share, location_sigma_db=5.5), FLAT, flat) for share in (50.0, 95.0)
    )
    assert many.terms.combined == median.terms.combined
    assert many.terms.location == pytest.approx(1.645 * 5.5, abs=0.01)


def test_entry_adds_its_mean_and_its_spread() -> None:
    inside = plain(location_percent=90.0, location_sigma_db=4.0, entry_loss_db=14.0, entry_sigma_db=3.0)
    result = predict_path(inside, FLAT, np.zeros_like(FLAT))
    assert result.terms.location == pytest.approx(14.0 + 1.28155 * 5.0, abs=2e-3)
    assert result.loss_db == pytest.approx(result.terms.combined + result.terms.location)


def test_places_do_not_vary_at_sea() -> None:
    chosen = plain(location_percent=95.0, location_sigma_db=5.5)
    zone = np.full(len(FLAT), 4)
    zone[-3:] = 1
    assert predict_path(chosen, FLAT, np.zeros_like(FLAT), None, zone).terms.location == 0.0


def test_a_sea_path_ducts_more_than_a_land_path() -> None:
    d = np.linspace(0.0, 150.0, 301)
    chosen = link(2000.0, 20.0, 10.0, time_percent=1.0, coast_tx_km=0.0, coast_rx_km=0.0)
    sea, land = (predict_path(chosen, 1000.0 * d, np.zeros_like(d), None, zone) for zone in ("sea", "inland"))
    assert sea.path.sea_share == pytest.approx(1.0)
    assert sea.terms.ducting_percent > 3.0 * land.terms.ducting_percent
    assert sea.loss_db < land.loss_db - 10.0
    coast = predict_path(chosen, 1000.0 * d, np.zeros_like(d), None, "coastal")
    assert coast.path.longest_land == pytest.approx(150.0)
    assert coast.path.longest_inland == 0.0


def test_smooth_earth_without_its_profile() -> None:
    d = np.linspace(0.0, 120.0, 6001)
    sampled, closed = (
        predict_path(link(300.0, 30.0, 10.0, closed_smooth=way), 1000.0 * d, np.zeros_like(d)) for way in (False, True)
    )
    assert closed.median.smooth_bullington != sampled.median.smooth_bullington
    assert closed.median.smooth_bullington == pytest.approx(sampled.median.smooth_bullington, abs=1e-3)


rough = st.lists(st.floats(0.0, 200.0), min_size=3, max_size=40)


@settings(max_examples=60)
@given(rough, st.floats(30.0, 6000.0), st.floats(1.0, 50.0), st.floats(1.0, 50.0))
def test_loss_not_exceeded_grows_with_time(values: list[float], f: float, one: float, other: float) -> None:
    d = 500.0 * np.arange(len(values))
    low, high = (predict_path(link(f, 30.0, 5.0, time_percent=p), d, values).loss_db for p in sorted((one, other)))
    assert high >= low - 1e-6


@settings(max_examples=60)
@given(rough, st.floats(30.0, 6000.0), st.floats(1.0, 99.0), st.floats(1.0, 99.0))
def test_loss_not_exceeded_grows_with_places(values: list[float], f: float, one: float, other: float) -> None:
    d = 500.0 * np.arange(len(values))
    low, high = (predict_path(link(f, 30.0, 5.0, location_percent=p), d, values).loss_db for p in sorted((one, other)))
    assert high >= low - 1e-9


@settings(max_examples=60)
@given(rough, st.floats(30.0, 6000.0), st.floats(1.0, 300.0), st.floats(1.0, 300.0), st.floats(1.0, 50.0))
def test_a_path_back_loses_the_same(values: list[float], f: float, tx: float, rx: float, p: float) -> None:
    d, h = 500.0 * np.arange(len(values)), np.array(values)
    there = predict_path(link(f, tx, rx, time_percent=p, location_sigma_db=0.0), d, h)
    back = predict_path(link(f, rx, tx, time_percent=p, location_sigma_db=0.0), d, h[::-1])
    assert there.loss_db == pytest.approx(back.loss_db, abs=0.02)  # equal obstacles: another of them may stand for all


@settings(max_examples=60)
@given(rough, st.floats(30.0, 6000.0), st.floats(0.0, 40.0), st.floats(0.0, 40.0))
def test_higher_clutter_never_helps(values: list[float], f: float, one: float, other: float) -> None:
    d = 500.0 * np.arange(len(values))
    low, high = (
        predict_path(link(f, 30.0, 5.0), d, values, np.full(len(d), r)).terms.diffraction for r in sorted((one, other))
    )
    assert high >= low - 1e-9


def bundle(count: int) -> Profiles:
    """So many rough profiles of different lengths, two points and more."""
    rng = np.random.default_rng(4)
    lengths = rng.integers(2, 60, count)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    total = int(offsets[-1])
    d = np.concatenate([0.2 * np.arange(n) for n in lengths])
    return Profiles(
        d,
        rng.uniform(0, 60, total),
        rng.uniform(0, 20, total),
        rng.choice([1, 3, 4], total).astype(np.uint8),
        offsets,
        0,
    )


def test_many_profiles_are_each_one() -> None:
    many, chosen = bundle(5000), plain()
    losses = losses_db(many, chosen, threads=1)
    for threads in (2, 5):
        assert np.array_equal(losses_db(many, chosen, threads=threads), losses)
    for k in (*range(40), 2047, 2048, 4999):
        own = slice(many.offsets[k], many.offsets[k + 1])
        d, h, r, zone = (column[own] for column in many[:4])
        if len(d) >= 3:
            assert losses[k] == predict_path(chosen, 1000.0 * d, h, r, zone).loss_db
        else:
            slant = math.hypot(d[-1], (h[0] + 50.0 - h[-1] - 10.0) / 1000.0)
            assert losses[k] == pytest.approx(92.4 + 20 * math.log10(0.6) + 20 * math.log10(slant))


def test_a_kernel_allocates_nothing_for_a_profile() -> None:
    few, many, chosen = bundle(10), bundle(2000), plain()
    _nrt_python.memsys_enable_stats()
    counts = []
    for profiles in (few, few, many):
        before = rtsys.get_allocation_stats().alloc
        losses_db(profiles, chosen, threads=1)
        counts.append(rtsys.get_allocation_stats().alloc - before)
    assert counts[2] <= counts[1] + 2


def test_a_bulk_is_cancelled_and_tells_its_progress() -> None:
    told: list[tuple[float, float]] = []
    losses_db(bundle(5000), plain(), progress=Progress(lambda done, total, label: told.append((done, total))))
    assert told[-1] == (3, 3)
    token = Progress()
    token.cancel()
    with pytest.raises(Cancelled):
        losses_db(bundle(5000), plain(), progress=token)


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        pytest.param({"frequency_mhz": 100_000.0}, "radio.out_of_range", id="100 GHz"),
        pytest.param({"frequency_mhz": 0.0}, "radio.out_of_range", id="no frequency"),
        pytest.param({"frequency_mhz": math.nan}, "radio.out_of_range", id="unknown frequency"),
        pytest.param({"tx_height_m": 0.0}, "radio.antenna_below_ground", id="zero height"),
        pytest.param({"rx_height_m": -2.0}, "radio.antenna_below_ground", id="below ground"),
        pytest.param({"tx_height_m": 1e6}, "radio.out_of_range", id="in space"),
        pytest.param({"time_percent": 99.0}, "radio.out_of_range", id="time"),
        pytest.param({"location_percent": 100.0}, "radio.out_of_range", id="places"),
        pytest.param({"lapse_rate": 157.0}, "radio.out_of_range", id="endless Earth"),
        pytest.param({"refractivity": 0.0}, "radio.out_of_range", id="no air"),
        pytest.param({"location_sigma_db": -1.0}, "radio.out_of_range", id="negative spread"),
    ],
)
def test_nonsense_settings_are_refused(wishes: dict[str, float], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        link(**{"frequency_mhz": 600.0, "tx_height_m": 30.0, "rx_height_m": 1.5, **wishes})  # type: ignore[arg-type]
    assert caught.value.code == code
    assert "{" not in caught.value.message("zh") + caught.value.message("en") + caught.value.hint("en")


def test_nonsense_profiles_are_refused() -> None:
    d, h = [0.0, 100.0, 200.0], [0.0, 0.0, 0.0]
    for arguments, code in (
        ((d[:2], h[:2]), "radio.short_profile"),
        ((d[::-1], h), "radio.unsorted_profile"),
        ((d, [0.0, math.nan, 0.0]), "radio.unknown_heights"),
        ((d, h, [0.0, -1.0, 0.0]), "radio.bad_clutter"),
        ((d, h, [0.0, 0.0]), "radio.uneven_profile"),
        ((d, h, None, [4, 2, 4]), "radio.bad_zone"),
        ((d, h, None, [4, 4]), "radio.uneven_profile"),
        ((d, h, None, "desert"), "radio.bad_zone"),
    ):
        with pytest.raises(Refusal) as caught:
            predict_path(plain(), *arguments)  # type: ignore[arg-type]
        assert caught.value.code == code


def test_beyond_the_range_is_told() -> None:
    assert range_notes(link(6000.0, 1.0, 3000.0), [250.0, 3e6]) == ()
    notes = range_notes(link(28_000.0, 0.5, 3500.0), [100.0, 4e6])
    assert [(note.code, note.args["what_en"], note.args["value"]) for note in notes] == [
        ("radio.beyond_range", "frequency", 28_000.0),
        ("radio.beyond_range", "antenna height", 0.5),
        ("radio.beyond_range", "antenna height", 3500.0),
        ("radio.beyond_range", "distance", 100.0),
        ("radio.beyond_range", "distance", 4e6),
    ]
    assert "extrapolated" in notes[0].text("en")
    assert "外推" in notes[0].text("zh")
    assert predict_path(plain(), [0.0, 50.0, 100.0], [0.0] * 3).notes[0].args["what_en"] == "distance"


def test_hostile_profiles_give_numbers() -> None:
    rng = np.random.default_rng(7)
    for _ in range(300):
        n = int(rng.integers(3, 12))
        d = np.cumsum(rng.choice([1e-3, 1.0, 1e3, 1e5], n))
        h = rng.choice([-400.0, 0.0, 1e-9, 8848.0], n)
        f, tx, rx = rng.choice([10.0, 600.0, 30_000.0]), rng.choice([0.1, 30.0, 2e4]), rng.choice([0.1, 1.5, 2e4])
        chosen = link(f, tx, rx, time_percent=rng.choice([1.0, 50.0]), vertical=bool(rng.integers(2)))
        result = predict_path(chosen, d, h, rng.choice([0.0, 500.0], n), rng.choice([1, 3, 4], n))
        assert math.isfinite(result.loss_db), (d, h, chosen)
