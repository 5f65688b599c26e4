"""Diffraction over a surface model, and P.1812, at every pixel of 1,000 × 1,000 from one transmitter; profiles; a town
of 1,000 cells and 20,000 buildings in which every pixel's sight is looked for."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely

from gis.geometry.columns import Columns
from gis.radio.analysis import Wish, prepare
from gis.radio.p1812 import link, losses_db
from gis.radio.profiles import cut_profiles
from gis.radio.sweep import sweep_diffraction, sweep_p1812
from gis.radio.visibility import sweep_sight
from gis.radio.windows import window_of
from tests.bench import Report, best
from tests.gis.radio.cities import city
from tests.gis.radio.reliefs import relief

# CPU seconds a megapixel, measured by others on this class of machine; none of them is installed here.
SPLAT_HD_ITM = 4.8
COVLIB_P1812 = 156.0
SIDE = 1000


def run(report: Report) -> None:
    """A town on hills and a bare plain: where horizons are many, and where the whole path matters. Kernels are warm."""
    chosen = link(900.0, 30.0, 1.5, time_percent=10.0)
    for name, land in (
        ("town", relief(SIDE, SIDE, amplitude=60.0, built=0.1)),
        ("plain", relief(SIDE, SIDE, amplitude=4.0)),
    ):
        tx = (land.west + 15_007.0, land.north - 14_996.0)
        _, cpu = _measured(lambda land=land, tx=tx: sweep_sight(land, tx, 30.0, 1.5))  # type: ignore[misc]
        report.add(f"sight_{name}_cpu_a_megapixel", cpu, "s")
        seconds, cpu = _measured(lambda land=land, tx=tx: sweep_diffraction(land, tx, 30.0, 1.5, 900.0))  # type: ignore[misc]
        report.add(f"delta_bullington_{name}_1000x1000", seconds, "s", target=0.8)
        report.add(f"delta_bullington_{name}_cpu_a_megapixel", cpu, "s", peer=SPLAT_HD_ITM)
        seconds, cpu = _measured(lambda land=land, tx=tx: sweep_p1812(land, tx, chosen))  # type: ignore[misc]
        report.add(f"p1812_{name}_1000x1000", seconds, "s", target=5.0)
        report.add(f"p1812_{name}_cpu_a_megapixel", cpu, "s", peer=COVLIB_P1812)

    rng = np.random.default_rng(1)
    x = land.west + rng.uniform(0.0, 30_000.0, 10_000)
    y = land.north - rng.uniform(0.0, 30_000.0, 10_000)
    profiles = cut_profiles(land, tx, x, y)
    report.add("cut_10000_profiles", best(lambda: cut_profiles(land, tx, x, y)), "s")
    seconds, cpu = _measured(lambda: losses_db(profiles, chosen))
    report.add("p1812_walk_cpu_a_megapixel", cpu * SIDE * SIDE / 10_000, "s", peer=COVLIB_P1812)
    _town(report)


def _town(report: Report) -> None:
    """Windows of 20 km × 20 km at 20 m, 334 masts of three sectors; and one antenna that is turned, then moved."""
    rng = np.random.default_rng(1)
    side, count = 20_000.0, 20_000
    sites = rng.uniform(0.0, side, (334, 2))
    cells = [
        {"geom": shapely.Point(sites[i // 3]), "azimuth": 120.0 * (i % 3), "electrical_tilt": 4.0} for i in range(1000)
    ]
    corners, sizes = rng.uniform(0.0, side, (count, 2)), rng.uniform(8.0, 40.0, (count, 2))
    fields = {"height_m": rng.uniform(5.0, 50.0, count), "floors": np.full(count, np.nan)}
    walls = shapely.box(*corners.T, *(corners + sizes).T)
    inputs = city(cells, cls="cell", areas=[{"geom": shapely.box(0.0, 0.0, side, side)}])
    inputs = replace(inputs, buildings=Columns("building", np.arange(count), fields, walls))
    wish = Wish("cells", technology="LTE", resolution_m=20.0)

    def predicted() -> None:
        ready = prepare(inputs, wish)
        network = ready.network()
        network.set(ready.plan.transmitters)
        for _ in network.answers(ready.plan.rules):
            pass

    predicted()
    report.add("town_of_1000_cells_over_20000_buildings_at_20_m", best(predicted, 2), "s", target=30)
    ready = prepare(inputs, wish)
    shifts = itertools.count(1)

    def moved() -> None:
        first = ready.plan.transmitters[500]
        window_of(replace(first, x=first.x + next(shifts)), ready.grid, 1.5, ready.around)

    report.add("sight_of_one_moved_antenna", best(moved, 5) * 1e3, "ms", target=500)


def _measured(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds, CPU seconds) of the shortest of three runs after one that compiles."""
    work()
    used = []
    for _ in range(3):
        start = time.process_time()
        used.append((best(work, 1), time.process_time() - start))
    return min(wall for wall, _ in used), min(cpu for _, cpu in used)
