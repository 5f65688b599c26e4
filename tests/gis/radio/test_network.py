"""Loss tables, windows and networks: against plain formulas, the same at any number of threads, only what changed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coverage.grid import Grid
from gis.errors import Cancelled
from gis.progress import Progress
from gis.radio.curves import HIDDEN, SIGHT, Curves, curves, on_curve, places_m, reach_m, stacked
from gis.radio.network import ALONE, NOBODY, Answer, Network, Rules
from gis.radio.patterns import isotropic, sector
from gis.radio.tr38901 import los_probability, path_loss_db
from gis.radio.windows import NOTHING, Box, Surroundings, Transmitter, box_of, window_of

GRID = Grid.over((0.0, 0.0, 12_000.0, 12_000.0), 20.0)  # two by two tiles, the outer ones small


def urban(frequency: float = 1800.0, base: float = 30.0) -> Curves:
    def loss(los: bool):
        return lambda d: path_loss_db("UMa", los, frequency, d, base)

    return curves(loss(True), loss(False), lambda d: los_probability("UMa", d), sigma_in_sight=4.0, sigma_hidden=6.0)


def plain(exponent: float = 3.5) -> Curves:
    return curves(lambda d: 40.0 + 10.0 * exponent * np.log10(d))


URBAN, PLAIN, SECTOR = urban(), plain(), sector(65.0, 8.0)


def cell(number: int, x: float, y: float, **other) -> Transmitter:
    made = {"azimuth": 0.0, "electrical_tilt": 4.0, "floor_dbm": -125.0, "limit_m": 4000.0, "site": number, **other}
    return Transmitter(number, x, y, 30.0, 29.2, made.pop("pattern", SECTOR), made.pop("curves", URBAN), **made)


def city(count: int = 60) -> list[Transmitter]:
    rng = np.random.default_rng(3)
    sites = rng.uniform(500.0, 11_500.0, (count // 3, 2))
    return [cell(i, *sites[i // 3].tolist(), azimuth=120.0 * (i % 3), site=i // 3, carrier=i % 2) for i in range(count)]


def rules(count: int, carriers: int = 2, **other) -> Rules:
    return Rules(np.full(count, -105.0), np.full(count, -125.0), np.eye(carriers), **other)


def whole(answers: list[Answer], name: str) -> np.ndarray:
    made = np.full((GRID.height, GRID.width), -9999.0, np.float64)
    for answer in answers:
        t = answer.tile
        made[t.top : t.top + t.height, t.left : t.left + t.width] = getattr(answer, name)
    return made


# Tables of loss -----------------------------------------------------------------------------------------------------
@given(st.floats(10.0, 5000.0), st.floats(500.0, 6000.0), st.floats(10.0, 60.0))
def test_the_table_is_the_model(distance, frequency, base) -> None:
    made = urban(frequency, base)
    for row, los in ((SIGHT, True), (HIDDEN, False)):
        exact = float(path_loss_db("UMa", los, frequency, distance, base))
        assert on_curve(made.loss[row], distance**2) == pytest.approx(exact, abs=0.01)


def test_the_expected_row_mixes_by_probability() -> None:
    share = float(los_probability("UMa", 200.0))
    seen, dark = (float(path_loss_db("UMa", los, 1800.0, 200.0, 30.0)) for los in (True, False))
    assert on_curve(URBAN.loss[0], 200.0**2) == pytest.approx(share * seen + (1 - share) * dark, abs=0.01)
    spread = np.sqrt(share * 16.0 + (1 - share) * 36.0 + share * (1 - share) * (dark - seen) ** 2)
    assert on_curve(URBAN.sigma[0], 200.0**2) == pytest.approx(spread, abs=0.02)


def test_a_table_is_held_at_its_ends() -> None:
    row = PLAIN.loss[0]
    assert on_curve(row, 0.0) == on_curve(row, 1.0) == pytest.approx(40.0)
    assert on_curve(row, 1e30) == pytest.approx(float(row[-1]))
    assert places_m()[-1] > 92_000.0


def test_reach_is_where_the_loss_is_used_up() -> None:
    assert reach_m(PLAIN.loss[0], 40.0 + 35.0 * 3.0) == pytest.approx(1000.0, rel=0.01)
    assert reach_m(PLAIN.loss[0], 10.0) == 0.0


def test_environments_stand_below_one_another() -> None:
    both = stacked([URBAN, PLAIN])
    assert both.loss.shape[0] == 6
    assert both.share.shape[0] == 2
    assert np.array_equal(both.loss[3], PLAIN.loss[0])


# One window ---------------------------------------------------------------------------------------------------------
def test_a_window_is_power_less_loss_plus_antenna() -> None:
    one = cell(1, 6000.0, 6000.0, azimuth=40.0)
    window = window_of(one, GRID, 1.5)
    west, _, _, north = window.box.bbox(GRID)
    rows, columns = np.nonzero(window.levels != NOTHING)
    pick = np.random.default_rng(0).integers(0, len(rows), 200)
    x, y = west + (columns[pick] + 0.5) * 20.0, north - (rows[pick] + 0.5) * 20.0
    dx, dy = x - 6000.0, y - 6000.0
    flat = np.hypot(dx, dy)
    share = los_probability("UMa", flat)
    loss = share * path_loss_db("UMa", True, 1800.0, flat, 30.0) + (1 - share) * path_loss_db(
        "UMa", False, 1800.0, flat, 30.0
    )
    gain = SECTOR.attenuation_db(
        np.degrees(np.arctan2(dx, dy)) - 40.0, np.degrees(np.arctan2(-28.5, flat)), electrical_tilt_deg=4.0
    )
    assert window.levels[rows[pick], columns[pick]] / 100.0 == pytest.approx(29.2 - loss + gain, abs=0.03)


def test_sight_and_losses_by_pixel_count() -> None:
    one = cell(1, 6000.0, 6000.0, pattern=isotropic(), sighted=True)
    box = box_of(one, GRID)
    rows = np.full((box.height, box.width), SIGHT, np.uint8)
    rows[:, box.width // 2 :] = HIDDEN
    extra = np.zeros((box.height, box.width), np.float32)
    extra[: box.height // 2] = 7.0
    levels = window_of(one, GRID, 1.5, lambda *_: Surroundings(rows, extra)).levels / 100.0
    i, j = box.height // 2 + 25, box.width // 2
    flat = np.hypot(25.5 * 20.0, 10.0)
    assert levels[i, j - 1] == pytest.approx(29.2 - float(path_loss_db("UMa", True, 1800.0, flat, 30.0)), abs=0.02)
    assert levels[i, j] == pytest.approx(29.2 - float(path_loss_db("UMa", False, 1800.0, flat, 30.0)), abs=0.02)
    assert levels[box.height - 1 - i, j] == pytest.approx(levels[i, j] - 7.0, abs=0.02)


@given(st.floats(0.0, 359.0), st.floats(0.0, 10.0))
def test_turning_the_antenna_never_beats_its_strongest_direction(azimuth, tilt) -> None:
    small = Grid.over((5000.0, 5000.0, 7000.0, 7000.0), 50.0)
    strongest = window_of(cell(1, 6000.0, 6000.0, pattern=isotropic()), small, 1.5).levels
    turned = window_of(cell(1, 6000.0, 6000.0, azimuth=azimuth, electrical_tilt=tilt), small, 1.5)
    box = box_of(cell(1, 6000.0, 6000.0), small)
    assert turned.box == box
    assert (turned.levels <= strongest).all()


def test_the_key_tells_what_levels_depend_on() -> None:
    one = cell(1, 6000.0, 6000.0)
    assert one.key == replace(one, id=2, load=0.9, carrier=3, site=8).key
    for change in ({"x": 6001.0}, {"azimuth": 1.0}, {"power_dbm": 30.0}, {"curves": PLAIN}, {"pattern": isotropic()}):
        assert replace(one, **change).key != one.key


def test_off_the_grid_there_is_nothing() -> None:
    assert window_of(cell(1, 90_000.0, 0.0), GRID, 1.5).levels.size == 0
    assert window_of(replace(cell(1, 6000.0, 6000.0), power_dbm=-200.0), GRID, 1.5).levels.size == 0


# Many together ------------------------------------------------------------------------------------------------------
def test_best_second_overlap_and_sinr_against_plain_arrays() -> None:
    cells = city(12)
    network = Network(GRID, 1.5)
    network.set(cells)
    answers = list(network.answers(rules(12)))
    stack = np.full((12, GRID.height, GRID.width), np.nan)
    for place, one in enumerate(cells):
        window = network.window(one)
        b = window.box
        part = stack[place, b.top : b.top + b.height, b.left : b.left + b.width]
        part[...] = np.where(window.levels == NOTHING, np.nan, window.levels / 100.0)
    heard = ~np.isnan(stack).all(axis=0)
    filled = np.where(np.isnan(stack), -np.inf, stack)
    server = filled.argmax(axis=0)
    best = filled.max(axis=0)
    assert np.array_equal(whole(answers, "server")[heard], server[heard])
    assert whole(answers, "best_dbm")[heard] == pytest.approx(best[heard], abs=1e-4)
    assert np.isin(whole(answers, "server")[~heard], (NOBODY, -9999)).all()  # nobody, or a tile left out
    sites = np.array([one.site for one in cells])
    others = np.where(sites[:, None, None] == sites[server], -np.inf, filled)
    second = others.max(axis=0)
    there = heard & np.isfinite(second)
    assert whole(answers, "second_dbm")[there] == pytest.approx(second[there], abs=1e-4)
    near = (filled >= best - 6.0 - 1e-9) & (filled >= -105.0)
    assert np.array_equal(whole(answers, "overlap")[heard], near.sum(axis=0)[heard])
    power = np.where(np.isnan(stack), 0.0, 10.0 ** (filled / 10.0))
    carrier = np.array([one.carrier for one in cells])
    same = carrier[:, None, None] == carrier[server]
    load = 0.5 * (power * same).sum(axis=0) - 0.5 * 10.0 ** (best / 10.0)
    sinr = best - 10.0 * np.log10(10.0**-12.5 + np.maximum(load, 0.0))
    assert whole(answers, "sinr_db")[heard] == pytest.approx(sinr[heard], abs=0.01)


def _stacked(network: Network, cells: list[Transmitter]) -> np.ndarray:
    """All windows on the whole grid, (cells, height, width), -inf where nothing is heard."""
    stack = np.full((len(cells), GRID.height, GRID.width), -np.inf)
    for place, one in enumerate(cells):
        window = network.window(one)
        b = window.box
        part = stack[place, b.top : b.top + b.height, b.left : b.left + b.width]
        part[...] = np.where(window.levels == NOTHING, -np.inf, window.levels / 100.0)
    return stack


@pytest.mark.parametrize("pilots_from", [None, -95.0], ids=["threshold", "own level"])
def test_handover_and_pilots_against_plain_arrays(pilots_from) -> None:
    """Twelve sites of three sectors, two carriers, two operators; every fourth cell is a second layer of its sector."""
    cells = [replace(one, azimuth=cells_azimuth(place)) for place, one in enumerate(city(36))]
    family = np.array([0 if one.site % 4 else 1 for one in cells])
    network = Network(GRID, 1.5)
    network.set(cells)
    level = None if pilots_from is None else np.full(len(cells), pilots_from)
    answers = list(
        network.answers(rules(36, family=family, handover_db=4.0, pollution_db=7.0, pollution_dbm=level))
    )  # fmt: skip
    stack = _stacked(network, cells)
    server, best = stack.argmax(axis=0), stack.max(axis=0)
    heard = np.isfinite(best)
    kin = family[:, None, None] == family[server]
    carrier = np.array([one.carrier for one in cells])
    near = kin & (carrier[:, None, None] == carrier[server]) & (stack >= best - 7.0 - 1e-9)
    near &= stack >= (-105.0 if pilots_from is None else pilots_from)
    assert np.array_equal(whole(answers, "pilots")[heard], near.sum(axis=0)[heard])
    assert near.sum(axis=0).max() >= 2
    site, azimuth = (np.array([getattr(one, name) for one in cells]) for name in ("site", "azimuth"))
    one_sector = (site[:, None, None] == site[server]) & (azimuth[:, None, None] == azimuth[server])
    rival = np.where(kin & ~one_sector & (stack >= -105.0), stack, -np.inf).max(axis=0)
    margin = whole(answers, "handover_db")
    there = heard & np.isfinite(rival)
    assert there.any()
    assert margin[there] == pytest.approx(4.0 - (best[there] - rival[there]), abs=1e-3)
    assert (margin[heard & ~there] == ALONE).all()
    assert (heard & ~there).any()


def cells_azimuth(place: int) -> float:
    """Of three cells of a site the third looks where the first does: another layer of one sector."""
    return (0.0, 120.0, 0.0)[place % 3]


def test_nobody_asks_for_zones_and_none_are_counted() -> None:
    network = Network(GRID, 1.5)
    network.set(city(3))
    (answer, *_) = network.answers(rules(3))
    assert answer.handover_db is None
    assert answer.pilots is None


def test_probability_weighs_sight_and_hidden_places() -> None:
    network = Network(GRID, 1.5)
    one = cell(0, 6000.0, 6000.0, pattern=isotropic())
    network.set([one])
    answers = list(network.answers(Rules(np.array([-90.0]), np.array([-125.0]), np.eye(1))))
    chance, level = whole(answers, "probability"), whole(answers, "best_dbm")
    i, j = 299, 330
    flat = np.hypot(30.5 * 20.0, 10.0)
    share = float(los_probability("UMa", flat))
    found = 0.0
    for los, part, sigma in ((True, share, 4.0), (False, 1.0 - share, 6.0)):
        median = 29.2 - float(path_loss_db("UMa", los, 1800.0, flat, 30.0))
        found += part * (0.5 * (1.0 + math.erf((median + 90.0) / sigma / math.sqrt(2.0))))
    assert 0.01 < found < 0.99
    assert chance[i, j] == pytest.approx(found, abs=0.005)
    assert (chance[level > -60.0] > 0.99).all()


def test_a_known_sight_spreads_by_its_own_sigma() -> None:
    one = cell(0, 6000.0, 6000.0, pattern=isotropic(), sighted=True)
    hidden = Surroundings(np.full((1, 1), HIDDEN, np.uint8), np.zeros((1, 1), np.float32))
    network = Network(GRID, 1.5, lambda *_: hidden)
    network.set([one])
    answers = list(network.answers(Rules(np.array([-100.0]), np.array([-125.0]), np.eye(1))))
    flat = np.hypot(30.5 * 20.0, 10.0)
    median = 29.2 - float(path_loss_db("UMa", False, 1800.0, flat, 30.0))
    exact = 0.5 * (1.0 + math.erf((median + 100.0) / 6.0 / math.sqrt(2.0)))
    assert whole(answers, "probability")[299, 330] == pytest.approx(exact, abs=0.005)


def test_bits_do_not_depend_on_threads_or_on_what_is_kept() -> None:
    cells = city()
    seen = []
    for options in ({"threads": 1}, {"threads": 2}, {"threads": 7}, {"threads": 2, "kept_bytes": 0}):
        network = Network(GRID, 1.5, **options)
        network.set(cells)
        seen.append(
            b"".join(
                getattr(answer, name).tobytes()
                for answer in network.answers(rules(len(cells)))
                for name in ("best_dbm", "server", "second_dbm", "second", "sinr_db", "overlap", "probability")
            )
        )
    assert len(set(seen)) == 1


def test_only_the_changed_cell_is_computed_and_only_its_tiles_change() -> None:
    cells = city()
    network = Network(GRID, 1.5)
    assert len(network.set(cells)) == 4
    assert network.computed == len(cells)
    before = {answer.tile: answer for answer in network.answers(rules(len(cells)))}
    corner = min(range(len(cells)), key=lambda place: cells[place].x + cells[place].y)
    turned = list(cells)
    turned[corner] = replace(cells[corner], azimuth=cells[corner].azimuth + 35.0, limit_m=900.0)
    cells[corner] = replace(cells[corner], limit_m=900.0)
    network.set(cells)
    before = {answer.tile: answer for answer in network.answers(rules(len(cells)))}
    done = network.computed
    tiles = network.set(turned)
    assert network.computed == done + 1
    after = {answer.tile: answer for answer in network.answers(rules(len(cells)))}
    for tile, answer in after.items():
        if tile not in tiles:
            assert np.array_equal(answer.best_dbm, before[tile].best_dbm)
            assert np.array_equal(answer.sinr_db, before[tile].sinr_db)
    assert any(not np.array_equal(after[t].best_dbm, before[t].best_dbm) for t in tiles)
    network.set(cells)
    assert network.computed == done + 1, "turned back, the window was still kept"


def test_a_change_of_load_computes_nothing() -> None:
    cells = city(6)
    network = Network(GRID, 1.5)
    network.set(cells)
    quiet = whole(list(network.answers(rules(6))), "sinr_db")
    assert network.set([replace(one, load=0.0) for one in cells])
    assert network.computed == 6
    free = whole(list(network.answers(rules(6))), "sinr_db")
    assert (free >= quiet).all()
    assert (free > quiet).any()


def test_partly_overlapping_carriers_disturb_partly() -> None:
    cells = [cell(0, 5000.0, 6000.0, carrier=0, azimuth=90.0), cell(1, 7000.0, 6000.0, carrier=1, azimuth=270.0)]
    found = []
    for leak in (0.0, 0.3, 1.0):
        network = Network(GRID, 1.5)
        network.set(cells)
        limits = Rules(np.full(2, -105.0), np.full(2, -125.0), np.array([[1.0, leak], [leak, 1.0]]))
        found.append(whole(list(network.answers(limits)), "sinr_db")[300, 299])
    assert found[0] > found[1] > found[2]


def test_cancelling_keeps_what_was_there() -> None:
    network = Network(GRID, 1.5)
    network.set(city(6))
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        network.set(city(9), progress)
    assert len(network.transmitters) == 6
    with pytest.raises(Cancelled):
        list(network.answers(rules(6), progress=progress))


def test_boxes_share_pixels() -> None:
    assert Box(0, 0, 10, 10).common(Box(5, 5, 10, 10)) == Box(5, 5, 5, 5)
    assert Box(0, 0, 10, 10).common(Box(10, 0, 5, 5)).pixels == 0
