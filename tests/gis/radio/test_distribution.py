"""Tiles as tasks of other processes: equal bit for bit, cancelled at once, and nothing of dask without an address."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gis.coverage.raster import read_levels
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.analysis import Inputs, Wish, analyse
from gis.radio.distribution import scheduler, spread_over
from tests.gis.radio.cities import city, columns

WISH = Wish("cells", technology="LTE", resolution_m=5.0)


def inputs(count: int = 6) -> Inputs:
    spots = [(700.0 + 900.0 * (n % 3), 600.0 + 1400.0 * (n // 3), 75.0 * n) for n in range(count)]
    made = city(
        [{"geom": shapely.Point(x, y), "azimuth": turn, "eirp_dbm": 45.0} for x, y, turn in spots],
        cls="cell",
        areas=[{"geom": shapely.box(0, 0, 3000, 3000)}],
        premises=[{"geom": shapely.Point(500.0, 700.0)}, {"geom": shapely.Point(2900.0, 2900.0)}],
    )
    blocks = [{"geom": shapely.box(x, y, x + 60, y + 40)} for x in (500, 900, 1700) for y in (700, 1500)]
    return replace(made, buildings=columns("building", {"height_m": 30.0, "floors": 10.0}, blocks))


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    """Two processes that share nothing with this one."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


def test_other_processes_give_the_same_bits(workers: ProcessPoolExecutor, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    alone = analyse(inputs(), WISH, here / "coverage.tif")
    spread = analyse(inputs(), WISH, there / "coverage.tif", elsewhere=spread_over(workers))
    assert spread.summary() == alone.summary()
    assert (read_levels(here / "coverage.tif") > -9999.0).any()
    for name in alone.layers:
        assert np.array_equal(read_levels(here / f"{name}.tif"), read_levels(there / f"{name}.tif")), name


def test_a_refusal_of_a_worker_is_the_users(workers: ProcessPoolExecutor, tmp_path: Path) -> None:
    lost = replace(WISH, terrain=str(tmp_path / "lost.tif"))
    with pytest.raises(Refusal) as refused:
        analyse(inputs(), lost, tmp_path / "coverage.tif", elsewhere=spread_over(workers))
    assert refused.value.code == "radio.no_height_file"


class Never(Executor):
    """Takes tasks and never does one."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        self.futures.append(Future())
        return self.futures[-1]


class CancelledLater(Progress):
    """Is cancelled while the first task is waited for."""

    def step(self, done: float, total: float = 0.0, label: str = "") -> None:
        super().step(done, total, label)
        if label == "coverage.predicting":
            self.cancel()


def test_cancelled_it_waits_for_nobody_and_takes_tasks_back(tmp_path: Path) -> None:
    never = Never()
    with pytest.raises(Cancelled):
        analyse(inputs(), WISH, tmp_path / "coverage.tif", CancelledLater(), spread_over(never))
    assert never.futures
    assert all(future.cancelled() for future in never.futures[1:])


def test_without_dask_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Refusal) as refused, scheduler("tcp://127.0.0.1:1"):
        pass
    assert refused.value.code == "radio.no_dask"
    assert "distributed" in refused.value.hint("zh")


def test_nothing_of_dask_is_imported_without_an_address() -> None:
    code = "import sys, gis.radio.distribution; assert not {'dask', 'distributed'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_local_cluster_gives_the_same_bits(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    alone = analyse(inputs(), WISH, here / "coverage.tif")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        scheduler(cluster.scheduler_address) as elsewhere,
    ):
        spread = analyse(inputs(), WISH, there / "coverage.tif", elsewhere=elsewhere)
    assert spread.summary() == alone.summary()
    for name in alone.layers:
        assert np.array_equal(read_levels(here / f"{name}.tif"), read_levels(there / f"{name}.tif")), name
    with pytest.raises(Refusal) as refused, scheduler("tcp://127.0.0.1:1"):
        pass
    assert refused.value.code == "radio.no_scheduler"
