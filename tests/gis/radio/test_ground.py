"""Prediction over ground: shadows of known geometry, losses on the way, keys, threads, and what is told of it."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from gis.coverage.grid import Grid
from gis.editing.intents import Create
from gis.errors import Cancelled, Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.project import Session
from gis.project.analysis import run_analysis, run_file
from gis.radio.analysis import Inputs, Prepared, Wish, analyse, prepare
from gis.radio.curves import EXPECTED, HIDDEN, ROWS, SIGHT, curves, places_m
from gis.radio.free_space import free_space_loss_db
from gis.radio.kept import Kept
from gis.radio.land import Sources, land_of
from gis.radio.models import ELSEWHERE, URBAN
from gis.radio.network import Network
from gis.radio.p1812 import link
from gis.radio.surroundings import Ground
from gis.radio.sweep import sweep_diffraction, sweep_p1812
from gis.radio.terrain import cover_losses_db
from gis.radio.windows import Box, Transmitter, box_of, window_of
from tests.gis.radio.cities import WKT, city
from tests.gis.radio.reliefs import cropped

X, Y = 500_000.0, 3_690_000.0  # where the CRS has its middle
AREA = {"geom": shapely.box(X, Y, X + 2000, Y + 2000)}
MAST = {"geom": shapely.Point(X + 1001, Y + 1003), "h_beamwidth": 360.0}


def houses(*rows: tuple[shapely.Geometry, float]) -> Columns:
    fields = {"height_m": np.array([row[1] for row in rows], float), "floors": np.full(len(rows), np.nan)}
    return Columns("building", np.arange(len(rows)), fields, np.array([row[0] for row in rows], object))


HOUSE = shapely.box(X + 1100, Y + 950, X + 1120, Y + 1050)


def town(*buildings: tuple[shapely.Geometry, float], cells: Any = (MAST,), urban: int = 1) -> Inputs:
    made = city(list(cells), cls="cell", areas=[{**AREA, "urban": urban}])
    return replace(made, buildings=houses(*buildings) if buildings else None)


def wish(model: str = "3gpp", **other: Any) -> Wish:
    return Wish("cells", technology="LTE", model=model, **{"resolution_m": 10.0, **other})


def heights(path: Path, values: np.ndarray, *, size: float = 10.0, west: float = X, crs: str | None = WKT) -> str:
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype=values.dtype,
        crs=crs, transform=Affine(size, 0.0, west, 0.0, -size, Y + 2000),
    ) as file:  # fmt: skip
        file.write(values, 1)
    return str(path)


def rows_of(ready: Prepared) -> np.ndarray:
    """The rows of the loss tables over the whole grid for the first transmitter."""
    assert ready.ground is not None
    first = ready.plan.transmitters[0]
    box = box_of(first, ready.grid)
    out = np.full((ready.grid.height, ready.grid.width), 255, np.uint8)
    out[box.top : box.top + box.height, box.left : box.left + box.width] = ready.ground(first, box, ready.grid).rows
    return out


def at(ready: Prepared, east: float, north: float) -> tuple[int, int]:
    r = ready.grid.resolution_m
    return math.floor((ready.grid.north - Y - north) / r), math.floor((X + east - ready.grid.west) / r)


def told(ready: Prepared) -> set[str]:
    return {note.code for note in ready.plan.notes}


def test_a_building_throws_a_shadow_of_known_length() -> None:
    """A mast of 30 m, a roof of 20 m whose last pixel is 114 m off: a phone at 1.5 m sees it from 325 m on."""
    ready = prepare(town((HOUSE, 20.0)), wish())
    rows = rows_of(ready) % ROWS
    ends = 114.0 * (30.0 - 1.5) / (30.0 - 20.0)
    line = rows[at(ready, 0.0, 1003.0)[0]]
    hidden = np.flatnonzero(line == HIDDEN) * 10.0 + 5.0 - 1001.0  # metres east of the mast
    assert 109.0 <= hidden.min() <= 125.0
    assert hidden.max() == pytest.approx(ends, abs=10.0)
    assert len(hidden) == round((hidden.max() - hidden.min()) / 10.0) + 1  # without a gap
    for east, north in ((1050.0, 1003.0), (900.0, 1003.0), (1250.0, 1150.0), (1400.0, 1003.0)):
        assert rows[at(ready, east, north)] != HIDDEN
    # To the side the shadow ends at the line from the mast over the house's corner, (99, 47) m from it.
    column = rows[:, at(ready, 1251.0, 0.0)[1]]
    north = Y + 2000 - np.flatnonzero(column == HIDDEN) * 10.0 - 5.0 - (Y + 1003.0)
    assert north.max() == pytest.approx(250.0 * 47.0 / 99.0, abs=15.0)
    assert north.min() == pytest.approx(-250.0 * 53.0 / 99.0, abs=15.0)


def test_levels_in_the_shadow_are_those_of_the_hidden_row() -> None:
    ready = prepare(town((HOUSE, 20.0)), wish())
    first = ready.plan.transmitters[0]
    network = ready.network()
    network.set(ready.plan.transmitters)
    window = network.window(first)
    loss = first.curves.loss
    for east, row in ((1155.0, HIDDEN), (895.0, SIGHT)):
        i, j = at(ready, east, 1003.0)
        flat_m = math.hypot(east - 1001.0, 2.0)
        place = np.interp(flat_m, places_m(), loss[URBAN * ROWS + row])
        opposite = np.interp(flat_m, places_m(), loss[URBAN * ROWS + HIDDEN + SIGHT - row])
        level = window.levels[i - window.box.top, j - window.box.left] / 100.0
        tilt = _antenna_db(first, flat_m)
        assert level == pytest.approx(first.power_dbm - place + tilt, abs=0.05)
        assert abs(place - opposite) > 3.0


def _antenna_db(t: Transmitter, flat_m: float) -> float:
    """The antenna's gain towards a phone, from a network that knows no ground and has no loss but free space."""
    bare = replace(t, curves=curves(lambda d: np.zeros_like(d)), sighted=False, floor_dbm=-200.0, limit_m=2000.0)
    grid = Grid(t.x + flat_m - 0.5, t.y + 0.5, 1.0, 1, 1)
    return float(window_of(bare, grid, 1.5).levels[0, 0] / 100.0 - t.power_dbm)


def test_where_no_building_is_known_sight_stays_a_matter_of_chance() -> None:
    """Sight counts within 250 m of a known building, in the country too: beyond, buildings may be missing."""
    ready = prepare(town((HOUSE, 20.0)), wish())
    rows = rows_of(ready)
    assert rows[at(ready, 1000.0, 1200.0)] == URBAN * ROWS + SIGHT
    assert rows[at(ready, 1000.0, 1400.0)] == URBAN * ROWS + EXPECTED
    assert {"radio.ground_used", "radio.sight_unknown", "radio.outdoor_levels", "radio.flat_ground"} <= told(ready)
    country = rows_of(prepare(town((HOUSE, 20.0), urban=0), wish()))
    assert country[at(ready, 1000.0, 1200.0)] == ELSEWHERE * ROWS + SIGHT
    assert country[at(ready, 1000.0, 1400.0)] == ELSEWHERE * ROWS + EXPECTED
    # as the crow flies: the corner of a square around the house is further away
    assert rows[at(ready, 1310.0, 1200.0)] == URBAN * ROWS + EXPECTED


def test_a_hill_hides_and_bare_heights_alone_promise_no_sight(tmp_path: Path) -> None:
    ground = np.zeros((200, 200), np.float32)
    ground[:, 150] = 100.0
    ready = prepare(town(), wish(terrain=heights(tmp_path / "dem.tif", ground)))
    rows = rows_of(ready) % ROWS
    assert (rows[50:150, 152:] == HIDDEN).all()
    assert (rows[50:150, 20:149] == EXPECTED).all()
    assert "radio.flat_ground" not in told(ready)


def test_land_cover_that_is_not_built_up_lets_see(tmp_path: Path) -> None:
    cover = np.full((200, 200), 50, np.uint8)
    cover[:, 100:] = 30
    ready = prepare(town(), wish(land_cover=heights(tmp_path / "cover.tif", cover)))
    rows = rows_of(ready) % ROWS
    assert (rows[:, :95] == EXPECTED).all()  # a representative height hides nobody for certain
    assert (rows[:, 105:] == SIGHT).all()


def test_only_free_space_gets_the_loss_of_land_cover_at_the_receiver(tmp_path: Path) -> None:
    cover = np.full((200, 200), 30, np.uint8)
    cover[:, 100:] = 50
    path = heights(tmp_path / "cover.tif", cover)
    ready = prepare(town(), wish("free_space", land_cover=path))
    assert ready.ground is not None
    extra = ready.ground(ready.plan.transmitters[0], Box(0, 0, 200, 200), ready.grid).extra_db
    losses = cover_losses_db(1800.0, 1.5)[0]
    assert losses[50] > losses[30] + 5.0
    assert (extra[:, :100] == np.float32(max(0.0, losses[30]))).all()
    assert (extra[:, 100:] == np.float32(losses[50])).all()
    assert "radio.cover_loss" in told(ready)
    assert "radio.ground_unused" in told(prepare(town(), wish("hata", land_cover=path)))


def test_a_model_of_distance_only_reads_no_ground() -> None:
    ready = prepare(town((HOUSE, 20.0)), wish("hata"))
    assert ready.ground is None
    assert "radio.ground_unused" in told(ready)
    without = prepare(town((HOUSE, 20.0)), wish(ground=False))
    assert without.ground is None
    assert "radio.expected_sight" in told(without)
    assert "radio.expected_sight" not in told(prepare(town((HOUSE, 20.0)), wish()))


@pytest.mark.parametrize("model", ["diffraction", "p1812"])
def test_losses_on_the_way_are_those_of_the_sweep(model: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    ground = rng.uniform(0.0, 40.0, (200, 200)).astype(np.float32)
    ready = prepare(town((HOUSE, 20.0)), wish(model, terrain=heights(tmp_path / "dem.tif", ground)))
    first = ready.plan.transmitters[0]
    assert ready.ground is not None
    box = box_of(first, ready.grid)
    found = ready.ground(first, box, ready.grid).extra_db
    land = ready.ground.land
    part, top, left = cropped(land.relief, first.x, first.y, first.radius_m + 20.0)
    place, reach = (first.x, first.y), first.radius_m + 20.0
    assert (top, left) == (0, 0)
    if model == "diffraction":
        expected = sweep_diffraction(part, place, 30.0, 1.5, 1800.0, reach_m=reach)
    else:
        chosen = link(1800.0, 30.0, 1.5, latitude_deg=land.latitude_deg)
        x = ready.grid.west + (np.arange(200) + 0.5) * 10.0 - first.x
        y = ready.grid.north - (np.arange(200) + 0.5) * 10.0 - first.y
        free = free_space_loss_db(1800.0, np.hypot(np.hypot(x, y[:, None]), 28.5))
        expected = sweep_p1812(part, place, chosen, reach_m=reach) - free
    assert found.shape == expected.shape == (200, 200)
    assert np.abs(found - expected).max() <= 0.0051
    assert found.max() > 20.0


def test_the_probability_of_p1812_has_the_spread_of_its_places() -> None:
    curves = prepare(town(), wish("p1812")).plan.transmitters[0].curves
    sigma = (0.52 + 0.024 * 1.8) * 100.0**0.28
    assert curves.sigma[URBAN * ROWS, 0] == pytest.approx(sigma, rel=1e-6)
    assert curves.sigma[ELSEWHERE * ROWS, 0] == pytest.approx(0.85 * sigma, rel=1e-6)


@pytest.mark.parametrize("model", ["3gpp", "diffraction", "p1812"])
def test_the_same_bits_at_any_number_of_threads_and_for_every_part(model: str) -> None:
    rng = np.random.default_rng(4)
    corners = rng.uniform(0.0, 1950.0, (60, 2))
    blocks = [
        (shapely.box(X + x, Y + y, X + x + 40, Y + y + 40), float(h))
        for (x, y), h in zip(corners, rng.uniform(5, 40, 60), strict=True)
    ]
    cells = [
        {"geom": shapely.Point(X + x, Y + y), "azimuth": a}
        for x, y in rng.uniform(0, 2000, (4, 2))
        for a in (0.0, 120.0)
    ]
    results = []
    for threads in (1, 2, 5):
        ready = prepare(town(*blocks, cells=cells), wish(model, resolution_m=20.0))
        network = Network(ready.grid, 1.5, ready.around, threads=threads)
        network.set(ready.plan.transmitters)
        results.append([network.window(t).levels for t in ready.plan.transmitters])
        assert ready.ground is not None
        assert ready.ground.swept == 4  # one a place, whatever the azimuths
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other, strict=True))
    parts = Network(ready.grid, 1.5, ready.around, kept_bytes=0)
    parts.set(ready.plan.transmitters)
    first = ready.plan.transmitters[0]
    box = Box(30, 20, 17, 40).common(box_of(first, ready.grid))
    whole = box_of(first, ready.grid)
    cut = parts._part(first, box).levels
    assert np.array_equal(cut, results[0][0][box.top - whole.top :, box.left - whole.left :][: box.height, : box.width])


def test_a_smaller_area_has_the_same_levels(tmp_path: Path) -> None:
    """Cells beyond the area are heard in it over all that lies between."""
    inputs = town((HOUSE, 20.0), (shapely.box(X + 300, Y + 900, X + 340, Y + 1100), 35.0))
    analyse(inputs, wish(layers=("coverage",)), tmp_path / "all.tif")
    small = replace(inputs, areas=city([], areas=[{"geom": shapely.box(X + 1400, Y + 800, X + 1700, Y + 1300)}]).areas)
    analyse(small, wish(layers=("coverage",)), tmp_path / "small.tif")
    with rasterio.open(tmp_path / "all.tif") as a, rasterio.open(tmp_path / "small.tif") as b:
        whole, part = a.read(1), b.read(1)
    assert np.array_equal(part, whole[70:120, 140:170])


def test_keys_know_the_ground() -> None:
    keys = [prepare(town(*b), wish()).plan.transmitters[0].key for b in ([], [(HOUSE, 20.0)], [(HOUSE, 25.0)])]
    assert len(set(keys)) == 3
    assert keys[1] == prepare(town((HOUSE, 20.0)), wish()).plan.transmitters[0].key
    alone = [prepare(town((HOUSE, 20.0)), wish("hata", ground=ground)).plan.transmitters[0] for ground in (True, False)]
    assert alone[0].extras == (1800.0,)
    assert alone[1].extras == ()


def test_an_antenna_under_its_own_roof_does_not_shade_the_city() -> None:
    own = shapely.box(X + 980, Y + 980, X + 1030, Y + 1030)
    ready = prepare(town((own, 45.0)), wish())
    rows = rows_of(ready) % ROWS
    assert not (rows == HIDDEN).any()
    assert "radio.antennas_in_buildings" in told(ready)
    assert json.loads(json.dumps([note.as_json() for note in ready.plan.notes]))


def test_a_surface_alone_is_the_ground_and_buildings_do_not_stand_on_it_twice(tmp_path: Path) -> None:
    top = np.zeros((200, 200), np.float32)
    top[95:105, 110:112] = 20.0
    path = heights(tmp_path / "dsm.tif", top)
    ready = prepare(town((HOUSE, 20.0)), wish(surface=path))
    assert ready.ground is not None
    assert (ready.ground.land.relief.clutter == 0.0).all()
    assert "radio.surface_as_ground" in told(ready)
    assert HIDDEN in rows_of(ready) % ROWS


def test_too_fine_a_ground_is_taken_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = rows_of(prepare(town((HOUSE, 20.0)), wish()))
    monkeypatch.setattr("gis.radio.land.MOST_PIXELS", 15_000)
    ready = prepare(town((HOUSE, 20.0)), wish())
    coarse = rows_of(ready)
    assert ready.ground is not None
    assert ready.ground.land.relief.resolution_m == 20.0
    assert "radio.ground_coarser" in told(ready)
    assert coarse.shape == fine.shape
    assert np.mean(coarse == fine) > 0.97
    assert HIDDEN in coarse % ROWS


def test_in_coarse_pixels_buildings_promise_no_sight(tmp_path: Path) -> None:
    """They would vanish and leave the whole city in sight; terrain still hides, and diffraction takes their heights."""
    ready = prepare(town((HOUSE, 20.0)), wish(resolution_m=50.0))
    bare = prepare(town(), wish(resolution_m=50.0))
    assert ready.ground is None
    assert "radio.too_coarse_for_sight" in told(ready)
    assert "radio.too_coarse_for_sight" not in told(bare)
    first, other = ready.plan.transmitters[0], bare.plan.transmitters[0]
    assert np.array_equal(ready.network().window(first).levels, bare.network().window(other).levels)
    dem = heights(tmp_path / "dem.tif", np.zeros((200, 200), np.float32))
    hilly = prepare(town((HOUSE, 20.0)), wish(resolution_m=50.0, terrain=dem))
    assert set(np.unique(rows_of(hilly) % ROWS)) == {EXPECTED}
    assert prepare(town((HOUSE, 20.0)), wish("p1812", resolution_m=50.0)).ground is not None


def test_files_that_do_not_fit_are_refused_or_told(tmp_path: Path) -> None:
    ground = np.zeros((200, 200), np.float32)
    ground[10:20, 10:20] = -32768.0
    ready = prepare(town(), wish(terrain=heights(tmp_path / "holes.tif", ground)))
    assert "radio.holes_filled" in told(ready)
    for name, other, code in (
        ("nowhere", {"crs": None}, "bad_height_file"),
        ("elsewhere", {"west": X + 500_000.0}, "no_heights"),
    ):
        path = heights(tmp_path / f"{name}.tif", ground, **other)  # type: ignore[arg-type]
        with pytest.raises(Refusal, match=rf"radio\.{code}"):
            prepare(town(), wish(terrain=path))
    with pytest.raises(Refusal, match=r"radio\.no_height_file"):
        prepare(town(), wish(surface=str(tmp_path / "none.tif")))
    with pytest.raises(Refusal, match=r"radio\.all_impossible"):
        prepare(town((HOUSE, 20.0), cells=[{**MAST, "antenna_height_m": -3.0}]), wish())


def test_a_place_beyond_the_land_is_refused() -> None:
    ready = prepare(town((HOUSE, 20.0)), wish())
    away = replace(ready.plan.transmitters[0], x=X - 500.0)
    with pytest.raises(Refusal, match=r"radio\.transmitter_outside"):
        ready.network().window(away)


def test_a_run_stops_within_a_sweep() -> None:
    progress = Progress()
    ready = prepare(town((HOUSE, 20.0)), wish("p1812"), progress)
    progress.cancel()
    with pytest.raises(Cancelled):
        ready.network().window(ready.plan.transmitters[0])
    fresh = prepare(town((HOUSE, 20.0)), wish("p1812"))
    assert fresh.network().window(fresh.plan.transmitters[0]).levels.max() > -32768


@pytest.mark.parametrize(("on_disk", "made"), [(10**9, 2), (0, 3)], ids=["file", "made again"])
def test_what_is_kept_in_memory_has_a_limit(on_disk: int, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = prepare(town((HOUSE, 20.0)), wish("diffraction"))
    assert ready.ground is not None
    small = Ground(ready.grid, ready.ground.land, 1.5, kept_bytes=1)
    monkeypatch.setattr(small._kept, "_most_on_disk", on_disk)
    first = ready.plan.transmitters[0]
    other = replace(first, y=first.y + 40.0)
    box = box_of(first, ready.grid)
    before = small(first, box, ready.grid).extra_db
    beside = small(other, box, ready.grid).extra_db
    assert np.array_equal(before, small(first, box, ready.grid).extra_db)
    assert not np.array_equal(before, beside)
    assert small.swept == made


def test_a_full_disk_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gis.radio.kept.TemporaryFile", full)
    kept = Kept(8)
    for _ in range(2):
        for n in range(3):
            assert kept.get(n, lambda n=n: np.full(4, n, np.int16)).tolist() == [n] * 4  # type: ignore[misc]
    assert kept.made == 6


def test_hotspots_see_over_ground_too() -> None:
    spot = city([{"geom": shapely.Point(X + 1000, Y + 1000)}], areas=[AREA])
    house = houses((shapely.box(X + 1020, Y + 980, X + 1030, Y + 1020), 12.0))
    ready = prepare(replace(spot, buildings=house), Wish("wifi", resolution_m=2.0))
    assert ready.ground is not None
    rows = rows_of(ready)
    assert rows[at(ready, 1045.0, 1000.0)] % ROWS == HIDDEN
    assert rows[at(ready, 960.0, 1000.0)] % ROWS == SIGHT
    assert "radio.plain_circle" not in told(ready)


def test_a_run_writes_its_shadow(tmp_path: Path) -> None:
    inputs = town((HOUSE, 20.0))
    result = analyse(inputs, wish(), tmp_path / "with.tif")
    analyse(inputs, wish(ground=False), tmp_path / "without.tif")
    with rasterio.open(tmp_path / "with.tif") as a, rasterio.open(tmp_path / "without.tif") as b:
        known, unknown = a.read(1), b.read(1)
    assert {"radio.ground_used", "radio.outdoor_levels"} <= {note.code for note in result.notes}
    assert known[99, 116] < unknown[99, 116] - 3.0
    assert known[99, 90] > unknown[99, 90] + 0.5
    assert known[99, 10] == unknown[99, 10]


def test_land_without_sources_is_level() -> None:
    land = land_of(Grid.over((X, Y, X + 400, Y + 400), 20.0), WKT, (), Sources())
    assert [note.code for note in land.notes] == ["radio.flat_ground"]
    assert land.latitude_deg == pytest.approx(33.34, abs=0.02)
    assert not Sources()


def test_a_run_of_a_project_reads_its_buildings(tmp_path: Path) -> None:
    """Those between a far mast and the area asked for too, and none when the wish says so."""
    with Session.create(tmp_path / "city.yantu") as session:
        area = {"code": "1", "name": "甲", "level": "town", "geom": shapely.MultiPolygon([AREA["geom"]])}
        session.perform(Create("area", [area]))
        mast = shapely.Point(X + 3000, Y + 1003)
        site = session.perform(Create("base_station", [{"code": "B", "geom": mast}])).created["base_station"][0]
        cell = {"code": "C", "site": site, "technology": "LTE", "frequency_mhz": 1800.0, "azimuth": 270.0}
        session.perform(Create("cell", [{**cell, "geom": mast}]))
        wall = shapely.box(X + 2500, Y + 500, X + 2530, Y + 1500)
        session.perform(Create("building", [{"height_m": 60.0, "geom": shapely.MultiPolygon([wall])}]))
        runs = [
            run_analysis(session, "cells", area="1", resolution_m=20.0, **other) for other in ({}, {"ground": False})
        ]
        levels = []
        for run in runs:
            with rasterio.open(run_file(session, run)) as file:
                levels.append(file.read(1))
    codes = [{note["code"] for note in run.summary["notes"]} for run in runs]
    assert "radio.ground_used" in codes[0]
    assert "radio.ground_used" not in codes[1]
    middle = (50, 75)  # 1,500 m from the mast, behind the wall: certainly hidden, without it perhaps
    assert levels[0][middle] < levels[1][middle] - 0.5


def test_the_air_of_p1812_can_be_set_and_is_in_the_keys(tmp_path: Path) -> None:
    """A larger lapse rate bends rays more: behind a ridge less is lost; what is kept by key is never mistaken."""
    ground = np.zeros((200, 200), np.float32)
    ground[:, 120:124] = 45.0
    dem = heights(tmp_path / "dem.tif", ground)
    losses, keys = [], []
    for lapse in (None, 45.0, 120.0):
        ready = prepare(town(), wish("p1812", terrain=dem, lapse_rate=lapse))
        first = ready.plan.transmitters[0]
        assert ready.ground is not None
        losses.append(ready.ground(first, box_of(first, ready.grid), ready.grid).extra_db)
        keys.append(first.key)
    assert keys[0] == keys[1] != keys[2]
    assert np.array_equal(losses[0], losses[1])  # the usual one
    assert (losses[2] <= losses[0] + 0.011).all()
    assert (losses[2] < losses[0] - 0.005).any()
    chosen = link(1800.0, 30.0, 1.5, latitude_deg=33.3, lapse_rate=120.0)
    assert chosen.lapse_rate == 120.0
    other = prepare(town(), wish("p1812", terrain=dem, refractivity=400.0))
    assert other.plan.transmitters[0].key not in keys


def test_the_codes_of_land_cover_follow_the_scheme_asked_for(tmp_path: Path) -> None:
    """Code 80 is water in WorldCover and built up in GlobeLand30: losses among clutter differ."""
    cover = heights(tmp_path / "cover.tif", np.full((200, 200), 80, np.uint8))
    found = {}
    for scheme in (None, "worldcover", "globeland30"):
        ready = prepare(town(), wish("free_space", land_cover=cover, land_cover_scheme=scheme))
        first = ready.plan.transmitters[0]
        assert ready.ground is not None
        found[scheme] = float(ready.ground(first, box_of(first, ready.grid), ready.grid).extra_db.max())
    assert found[None] == found["worldcover"] != found["globeland30"]
    for scheme, code in (("worldcover", 80), ("globeland30", 80)):
        assert found[scheme] == pytest.approx(cover_losses_db(1800.0, 1.5, scheme)[0][code], abs=0.001)
