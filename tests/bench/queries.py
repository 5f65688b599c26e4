"""Questions to a city of a million features; the peer is geopandas, which is handed its frames already in memory."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.geometry.nearness import distances
from gis.project import Session
from gis.project.conditions import Circumstances, matching
from tests.bench import Report, best, city, median

FEATURES = 1_000_000
NEIGHBOURS = 100_000


def run(report: Report) -> None:
    """Measure on a warm file cache."""
    with Session.open(city(FEATURES), readonly=True) as session, session.reading() as snapshot:
        cls = max(
            (c for c in session.catalogue if c.spatial and c.has_field("status")), key=lambda c: snapshot.count(c.name)
        )
        report.add("rows", snapshot.count(cls.name), "rows", better="higher")
        frame: gpd.GeoDataFrame = snapshot.frame(cls.name, ["code", "status", "name"])

        where = "status = 'in_service' and code like '%7'"
        peer = best(lambda: frame[(frame["status"] == "in_service") & frame["code"].str.endswith("7")])
        asked = median(lambda: matching(snapshot, where, cls), 7)
        report.add("attribute_filter", asked * 1e3, "ms", target=150, peer=peer * 1e3)

        xmin, ymin, xmax, ymax = session.extent() or (0.0, 0.0, 1.0, 1.0)
        for name, share, target in (("polygon", 0.1, 200.0), ("polygon_half", 0.5, None)):
            shape = _star((xmin + xmax) / 2, (ymin + ymax) / 2, share * min(xmax - xmin, ymax - ymin))
            drawn = Circumstances(drawn=shape)
            hits = len(matching(snapshot, "within(drawn)", cls, drawn))
            report.add(f"{name}_hits", hits, "rows", better="higher")
            frame.sindex  # noqa: B018 - geopandas builds its index on first use; that is not counted
            peer = best(lambda shape=shape: frame.iloc[frame.sindex.query(shape, predicate="covers")])
            asked = median(lambda drawn=drawn: matching(snapshot, "within(drawn)", cls, drawn), 5)
            report.add(name, asked * 1e3, "ms", target=target, peer=peer * 1e3)

        areas = snapshot.columns("area", ["code"], where="\"level\" = 'county'", limit=1)
        if len(areas):
            code = str(areas.fields["code"][0])
            report.add("area", median(lambda: matching(snapshot, f"within('{code}')", cls), 5) * 1e3, "ms")
        report.add(
            "near_500_m",
            best(lambda: matching(snapshot, "near(base_station, 500)", cls), 2) * 1e3,
            "ms",
        )
        report.add(
            "sorted_first_page",
            median(lambda: snapshot.ids(cls.name, None, (), '"name" DESC, "id"')[:200], 5) * 1e3,
            "ms",
            target=500,
        )
    _nearest(report)


def _star(x: float, y: float, size: float) -> shapely.Polygon:
    """A polygon of 400 vertices whose box is twice as large as itself."""
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    reach = size * (0.6 + 0.4 * np.cos(5 * angles))
    return shapely.Polygon(np.column_stack([x + reach * np.cos(angles), y + reach * np.sin(angles)]))


def _nearest(report: Report) -> None:
    rng = np.random.default_rng(3)
    mine, others = (shapely.points(rng.uniform(0, 50_000, (NEIGHBOURS, 2))) for _ in range(2))
    left, right = gpd.GeoDataFrame(geometry=mine, crs=4549), gpd.GeoDataFrame(geometry=others, crs=4549)
    peer = best(lambda: left.sjoin_nearest(right, distance_col="away"), 2)
    report.add("nearest_100k", best(lambda: distances(mine, others)), "s", target=2.0, peer=peer)
    starts = rng.uniform(0, 50_000, (NEIGHBOURS, 2))
    lines = shapely.linestrings(np.stack([starts, starts + rng.uniform(-200, 200, (NEIGHBOURS, 2))], axis=1))
    drawn = gpd.GeoDataFrame(geometry=lines, crs=4549)
    peer = best(lambda: left.sjoin_nearest(drawn, distance_col="away"), 1)
    report.add("distance_to_lines_100k", best(lambda: distances(mine, lines), 2), "s", target=2.0, peer=peer)
