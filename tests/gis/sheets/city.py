"""A small city for tests of sheets: known places, so that what is drawn can be measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from gis.editing.intents import Load
from gis.geometry.columns import Columns
from gis.project import Session

WEST, SOUTH, SIDE = 515_000.0, 3_680_000.0, 12_000.0
COUNTIES = ("亭湖区", "盐都区", "大丰区", "射阳县")


def small_city(
    path: Path, counties: Sequence[str] = COUNTIES, hotspots: int = 60, first_name: str = "人民公园热点"
) -> Session:
    """A square city of four square counties with two roads and hotspots at seeded places; open for editing."""
    session = Session.create(path, name="测试市", author="测试员")
    half = SIDE / 2
    boxes = [shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)]
    boxes += [
        shapely.box(WEST + i % 2 * half, SOUTH + i // 2 * half, WEST + (i % 2 + 1) * half, SOUTH + (i // 2 + 1) * half)
        for i in range(len(counties))
    ]
    load(
        session, "area", [shapely.multipolygons([box]) for box in boxes],
        code=["320900", *(f"32090{i + 2}" for i in range(len(counties)))],
        name=["盐城市", *counties], level=["city", *["county"] * len(counties)],
        population=[400_000.0, *[100_000.0] * len(counties)], urban=[0.0, *[1.0] * len(counties)],
    )  # fmt: skip
    middle_x, middle_y = WEST + half, SOUTH + half
    load(
        session, "road",
        [
            shapely.LineString([(WEST, middle_y), (WEST + SIDE, middle_y)]),
            shapely.LineString([(middle_x, SOUTH), (middle_x, SOUTH + SIDE)]),
        ],
        name=["解放路", "建军路"], road_class=["trunk", "primary"],
    )  # fmt: skip
    if hotspots:
        places = np.random.default_rng(7).uniform(0, SIDE, (hotspots, 2)) + np.array([WEST, SOUTH])
        load(
            session, "wifi_hotspot", list(shapely.points(places)),
            code=[f"WIFI-{i:04d}" for i in range(hotspots)], name=[first_name, *["热点"] * (hotspots - 1)],
            bssid=["02:00:00:aa:bb:cc"] * hotspots, free=[1.0] * hotspots, eirp_dbm=[27.0] * hotspots,
        )  # fmt: skip
    return session


def load(session: Session, cls: str, shapes: Sequence[object], **fields: Sequence[object]) -> None:
    """Add features of a class; numbers are given as floats, everything else as text."""
    columns = {
        name: np.array(values, float if isinstance(values[0], float) else object) for name, values in fields.items()
    }
    geometry = np.empty(len(shapes), object)
    geometry[:] = shapes
    session.perform(Load(Columns(cls, np.zeros(len(shapes), np.int64), columns, geometry)))
