"""Cities that try a template: nothing in it, names of any length, one feature, and far more rows than a page holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from gis.project import Session
from tests.gis.sheets.city import COUNTIES, SIDE, SOUTH, WEST, load, small_city

LONG = "盐城市高新技术产业开发区智慧科技城管理委员会新型基础设施建设推进办公室第三工作站"
CASES = ("empty", "one", "usual", "long", "many")


def city_of(case: str, path: Path) -> Session:
    """The city of a case, open for editing."""
    if case == "empty":
        return Session.create(path)
    if case == "one":
        session = Session.create(path, name="一个")
        load(session, "camera", [shapely.Point(WEST, SOUTH)], code=["JK1"], name=["唯一的监控点"])
        return session
    if case == "usual":
        session = small_city(path)
        _route(session, 12, "ZG-0001", "")
        _cameras(session, 40, "路口监控")
        _statistics(session)
        return session
    if case == "long":
        session = small_city(path, [f"{name}{LONG}" for name in COUNTIES], first_name=LONG)
        _route(session, 6, f"ZG-{LONG}", LONG)
        _cameras(session, 20, LONG)
        return session
    session = small_city(path, hotspots=5_000)
    _route(session, 400, "ZG-0001", "一号主干")
    _cameras(session, 900, "路口监控")
    _statistics(session)
    return session


def _route(session: Session, nodes: int, code: str, name: str) -> None:
    """A backbone cable across the city with nodes along it."""
    x = np.linspace(WEST + 500, WEST + SIDE - 500, nodes)
    y = SOUTH + SIDE / 2 + 800 * np.sin(np.linspace(0, 6, nodes))
    line = shapely.LineString(np.column_stack([x, y]))
    load(session, "cable", [line], code=[code], name=[name], level=["backbone"], fibre_count=[144.0])
    load(session, "route_segment", [line], code=["GD-1"], kind=["duct"])
    load(session, "fibre_node", list(shapely.points(x, y)), code=[f"RJ-{i:04d}{name[:20]}" for i in range(nodes)],
         kind=["manhole"] * nodes)  # fmt: skip


def _cameras(session: Session, n: int, name: str) -> None:
    places = np.random.default_rng(3).uniform(0, SIDE, (n, 2)) + np.array([WEST, SOUTH])
    kinds = ["road", "campus", "hospital", "square"]
    load(session, "camera", list(shapely.points(places)), code=[f"JK{i:05d}" for i in range(n)],
         name=[f"{name}{i}" for i in range(n)], site_kind=[kinds[i % 4] for i in range(n)],
         networked=[float(i % 3 > 0) for i in range(n)])  # fmt: skip


def _statistics(session: Session) -> None:
    areas = session.columns("area", ["code"], geometry=False)
    rows = [(float(id), period, 80.0 + 2.0 * k + i) for i, id in enumerate(areas.ids)
            for k, period in enumerate(("2024", "2025", "2026"))]  # fmt: skip
    from gis.editing.intents import Load
    from gis.geometry.columns import Columns

    columns = {
        "area": np.array([int(row[0]) for row in rows], np.int64),
        "period": np.array([row[1] for row in rows], object),
        "indicator": np.array(["household_broadband"] * len(rows), object),
        "value": np.array([row[2] for row in rows]),
        "unit": np.array(["%"] * len(rows), object),
    }
    session.perform(Load(Columns("statistic", np.zeros(len(rows), np.int64), columns, None)))
