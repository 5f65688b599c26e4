"""A town of a few hundred features in a real project file, for stories with the mouse."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely

from gis.editing.intents import Create
from gis.project import Session

LEFT, BOTTOM, SIDE = 520_000.0, 3_690_000.0, 2_000.0


def make_town(path: Path) -> Session:
    """A square town of 2 km: an area, a grid of streets, houses along them, nodes, cameras and a base station."""
    session = Session.create(path, name="town", author="tester")
    session.perform(Create("area", [{"code": "1", "name": "试验区", "level": "county", "geom": shapely.MultiPolygon(
        [shapely.box(LEFT, BOTTOM, LEFT + SIDE, BOTTOM + SIDE)])}]))  # fmt: skip
    roads, houses, nodes, cables = [], [], [], []
    for i in range(9):
        at = 100 + i * 225.0
        kind = "primary" if i == 4 else "tertiary" if i % 2 else "residential"
        name = f"{'解放建军人民迎宾开放'[i % 5 * 2 : i % 5 * 2 + 2]}路" if kind == "primary" else f"街{i}"
        east = [(LEFT + 50, BOTTOM + at), (LEFT + SIDE - 50, BOTTOM + at)]
        north = [(LEFT + at, BOTTOM + 50), (LEFT + at, BOTTOM + SIDE - 50)]
        roads += [{"name": name, "road_class": kind, "geom": shapely.LineString(line)} for line in (east, north)]
        for k in range(8):
            x, y = LEFT + 120 + k * 225.0, BOTTOM + at
            for step in range(4):
                box = shapely.box(x + step * 48, y + 16, x + step * 48 + 30, y + 34)
                houses.append({"height_m": 12.0, "geom": box})
            nodes.append({"code": f"GJ-{i}{k}", "kind": "cabinet" if k % 4 == 0 else "distribution_box",
                          "geom": shapely.Point(x, y + 8)})  # fmt: skip
    for a, b in pairwise(nodes[:21]):
        line = shapely.LineString([a["geom"], b["geom"]])
        cables.append({"code": f"C-{len(cables)}", "level": "distribution", "fibre_count": 24, "geom": line})
    rng = np.random.default_rng(1)
    spots = rng.uniform(150, SIDE - 150, (24, 2)) + np.array([LEFT, BOTTOM])
    cameras = [{"code": f"K{i}", "name": f"枪机{i}", "azimuth": float(i * 15), "geom": shapely.Point(*spot)}
               for i, spot in enumerate(spots)]  # fmt: skip
    for cls, rows in (("road", roads), ("building", houses), ("fibre_node", nodes), ("camera", cameras)):
        session.perform(Create(cls, rows))
    session.perform(Create("cable", cables))
    tower = {"code": "BS1", "name": "中心站", "geom": shapely.Point(LEFT + 1000, BOTTOM + 1000)}
    session.perform(Create("base_station", [tower]))
    return session
