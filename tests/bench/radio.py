"""Coverage: one sector, a town of a thousand cells, and WiFi over the whole city from project file to recorded run."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path

import numpy as np
import shapely

from gis.coverage.grid import Grid
from gis.project import Session
from gis.project.analysis import run_analysis
from gis.radio.analysis import Inputs, Wish, analyse
from gis.radio.free_space import free_space_loss_db
from gis.radio.hata import hata_line
from gis.radio.prediction import Setting, Transmitters, predict
from tests.bench import Report, best, city_copy
from tests.gis.radio.cities import city

SIGNAL_SERVER_HATA = 1.7  # CPU seconds a megapixel, measured by others on this class of machine
TOWN_M = 20_000.0
CELLS, PREMISES = 1_000, 50_000


def run(report: Report) -> None:
    """Kernels are compiled before they are measured; a user pays for that once per machine."""
    grid = Grid.over((0.0, 0.0, 30_000.0, 30_000.0), 30.0)
    sector, setting = _sector(), Setting(1.5, -200.0)
    megapixels = grid.width * grid.height / 1e6

    def predicted() -> None:
        for _ in predict(grid, sector, setting):
            pass

    predicted()
    report.add("one_sector_hata_1000x1000_at_30_m", best(predicted, 7) * 1e3, "ms", target=60)
    start = time.process_time()
    for _ in range(5):
        predicted()
    used = (time.process_time() - start) / 5 / megapixels
    report.add("cpu_a_megapixel_hata_with_sector", used, "s", peer=SIGNAL_SERVER_HATA)

    with tempfile.TemporaryDirectory() as folder:
        inputs, wish = _town(), Wish("cells", technology="LTE", resolution_m=20.0)

        def town() -> None:
            analyse(inputs, wish, Path(folder) / "town.tif")

        town()
        report.add("town_of_1000_cells_at_20_m_with_statistics", best(town, 3), "s", target=15)
        with Session.open(city_copy(20_000, Path(folder))) as session:
            run_analysis(session, "wifi")
            report.add("wifi_over_the_whole_city", best(lambda: run_analysis(session, "wifi"), 3), "s", target=20)
            report.add("cells_over_the_whole_city", best(lambda: run_analysis(session, "cells"), 3), "s", target=20)


def _sector() -> Transmitters:
    """A cell at 1800 MHz in the middle of the grid, tilted both ways, that reaches every pixel."""
    intercept, slope = hata_line(np.array([1800.0]), 30.0, 1.5)

    def one(value: float) -> np.ndarray:
        return np.array([value])

    return Transmitters(
        x=one(15_000.0),
        y=one(15_000.0),
        height_m=one(30.0),
        power_dbm=one(29.2),
        free_space_db=free_space_loss_db(one(1800.0), 1000.0),
        intercept_db=intercept[:, None],
        slope_db=slope[:, None],
        radius_m=one(25_000.0),
        azimuth=one(math.radians(40.0)),
        mechanical_tilt=one(math.radians(2.0)),
        electrical_tilt=one(math.radians(4.0)),
        h_beamwidth=one(math.radians(65.0)),
        v_beamwidth=one(math.radians(8.0)),
    )


def _town() -> Inputs:
    """Cells, homes and 25 communities scattered over 400 km² of urban land."""
    rng = np.random.default_rng(1)
    sites = rng.uniform(0.0, TOWN_M, (CELLS // 3 + 1, 2))
    cells = [
        {"geom": shapely.Point(sites[i // 3]), "azimuth": 120.0 * (i % 3), "electrical_tilt": 4.0} for i in range(CELLS)
    ]
    edges = np.linspace(0.0, TOWN_M, 6)
    areas = [
        {"code": f"{i}{j}", "level": "community", "geom": shapely.box(edges[i], edges[j], edges[i + 1], edges[j + 1])}
        for i in range(5)
        for j in range(5)
    ]
    homes = [{"geom": shapely.Point(place)} for place in rng.uniform(0.0, TOWN_M, (PREMISES, 2))]
    return city(cells, cls="cell", areas=areas, premises=homes)
