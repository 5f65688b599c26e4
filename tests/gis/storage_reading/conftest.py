"""A small city with every kind of geometry, made through the store and opened once for the tests of reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.catalogue import load_catalogue
from gis.geometry.columns import Columns
from gis.storage.snapshots import Snapshot
from gis.storage.store import Store

PREMISES = 2500
AREA, NODE, CABLE, EMPTY_ROAD = 900_001, 800_001, 700_001, 600_003


def words(values: list[str | None]) -> np.ndarray:
    """Texts in the form of ``Columns``."""
    made = np.empty(len(values), object)
    made[:] = values
    return made


def city() -> list[Columns]:
    """One area of two parts with a hole, homes on a grid of 10 m from (500000, 3700000), a few of everything else."""
    holed = shapely.Polygon(
        [(5e5, 3.7e6), (5.005e5, 3.7e6), (5.005e5, 3.7005e6), (5e5, 3.7005e6)],
        [[(500100, 3700100), (500200, 3700100), (500200, 3700200), (500100, 3700200)]],
    )
    area = shapely.MultiPolygon([holed, shapely.box(501000, 3.7e6, 501100, 3700100)])
    at = np.arange(PREMISES)
    homes = shapely.points(5e5 + 10.0 * (at % 50), 3.7e6 + 10.0 * (at // 50))
    roads = [shapely.LineString([(5e5, y), (500250, y + 7), (500500, 3.7e6)]) for y in (3.7e6, 3700020)]
    roads.append(None)  # a road known by name only
    tables = {
        "area": (
            [AREA],
            {
                "code": words(["320903"]),
                "name": words(["盐都区"]),
                "level": words(["county"]),
                "urban": np.array([1.0]),
                "population": np.array([np.nan]),
            },
            [area],
        ),
        "building": ([500_001], {"height_m": np.array([12.5])}, [shapely.box(5e5, 3.7e6, 500012, 3700020)]),
        "road": ([600_001, 600_002, EMPTY_ROAD], {"name": words(["人民路", "Jiefang Road", "开放大道"])}, roads),
        "fibre_node": ([NODE], {"code": words(["FDB-01"]), "kind": words(["box"])}, [shapely.Point(5e5, 3.7e6)]),
        "cable": (
            [CABLE],
            {
                "code": words(["GL-7"]),
                "from_node": np.array([NODE]),
                "to_node": np.array([0]),
                "fibre_count": np.array([24.0]),
            },
            roads[:1],
        ),
        "premises": (
            at + 1,
            {
                "code": words([f"P{i:05d}" for i in at]),
                "name": words([f"人民路{i}号" for i in at]),
                "address": words(["江苏省盐城市盐都区"] * PREMISES),
                "households": (at % 7).astype(np.float64),
                "served_by": np.where(at % 2 == 0, NODE, 0),
                "installed_on": words(["2024-05-06", None] * (PREMISES // 2)),
            },
            homes,
        ),
        "statistic": (
            [300_001],
            {
                "area": np.array([AREA]),
                "period": words(["2025"]),
                "indicator": words(["penetration"]),
                "value": np.array([96.5]),
            },
            None,
        ),
    }
    return [
        Columns(cls, np.asarray(ids, np.int64), fields, None if geometry is None else np.array(geometry, object))
        for cls, (ids, fields, geometry) in tables.items()
    ]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city as a file. Tests must not write to it."""
    path = tmp_path_factory.mktemp("reading") / "city.sqlite"
    with Store.create(path, load_catalogue(), name="阅读") as store:
        store.load_bulk(city())
    return path


@pytest.fixture(scope="session")
def store(project: Path) -> Iterator[Store]:
    """The city, open."""
    with Store.open(project, load_catalogue()) as opened:
        yield opened


@pytest.fixture
def snapshot(store: Store) -> Iterator[Snapshot]:
    """One look at the city."""
    with store.reading() as reading:
        yield reading
