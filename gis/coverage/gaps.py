"""Gaps: connected patches without coverage within the areas, ranked by the people who live there.

A patch ends at the border of the smallest areas: where most of a city is one gap, a list of one says nothing.
Outlines follow pixel edges. Of a very large grid a coarser one is kept (2, 4, 8 … pixels a side); a coarse pixel counts
as covered when at least half of it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numba import njit
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.features import rasterize, shapes
from rasterio.transform import Affine

from gis.coverage.grid import TILE, Grid, Tile
from gis.coverage.people import Settled
from gis.coverage.regions import Regions
from gis.coverage.roads import RoadPieces
from gis.coverage.statistics import Gap, Gaps
from gis.coverage.tallies import tally
from gis.errors import Refusal

MOST_GAPS = 500
_MOST_PIXELS = 16_000_000


@dataclass(frozen=True, slots=True)
class Sites:
    """Where transmitters stand: ``ids`` (m,), ``xy`` (m, 2)."""

    ids: NDArray[np.int64]
    xy: NDArray[np.float64]


class GapFinder:
    """Keeps what is covered, tile by tile; ``gaps`` then finds what is not."""

    def __init__(self, grid: Grid) -> None:
        self.step = 1
        while (
            math.ceil(grid.width / self.step) * math.ceil(grid.height / self.step) > _MOST_PIXELS and self.step < TILE
        ):
            self.step *= 2
        self.pixel_m = grid.resolution_m * self.step
        self._grid = grid
        shape = (math.ceil(grid.height / self.step), math.ceil(grid.width / self.step))
        self._covered: NDArray[np.bool_] = np.zeros(shape, bool)

    def add(self, tile: Tile, covered: NDArray[np.bool_]) -> None:
        """Take one tile, bool (height, width)."""
        k = self.step
        if k > 1:
            down, across = -(-tile.height // k), -(-tile.width // k)
            padded = np.zeros((down * k, across * k), bool)
            padded[: tile.height, : tile.width] = covered
            covered = 2 * padded.reshape(down, k, across, k).sum(axis=(1, 3)) >= k * k
        top, left = tile.top // k, tile.left // k
        self._covered[top : top + covered.shape[0], left : left + covered.shape[1]] = covered

    def gaps(
        self,
        regions: Regions,
        settled: Settled,
        unreached: NDArray[np.bool_],
        roads: RoadPieces,
        road_unreached: NDArray[np.bool_],
        sites: Sites,
        smallest_m2: float,
    ) -> tuple[Gaps, NDArray[np.object_]]:
        """The gaps and their outlines, in the order of rank. ``unreached`` by premises, ``road_unreached`` by piece.

        People: those of the premises without coverage in the patch; where an area has people but no premises at all,
        the area's density over the patch.
        """
        nothing = Gaps(smallest_m2, 0, 0.0, 0.0, (), self.pixel_m), np.zeros(0, object)
        outer = regions.polygons[regions.outermost()]
        if not len(outer):
            return nothing
        transform = Affine(self.pixel_m, 0.0, self._grid.west, 0.0, -self.pixel_m, self._grid.north)
        shape = self._covered.shape
        inside = rasterize(list(outer), out_shape=shape, transform=transform, dtype="uint8")
        zones = rasterize(
            zip(regions.polygons, range(1, len(regions) + 1), strict=True),  # largest first: the smallest stays
            out_shape=shape,
            transform=transform,
            dtype="int32",
        )
        patches, count = _patches(np.where(self._covered | (inside == 0), np.int32(0), zones))
        n = count + 1
        area = tally(patches.ravel(), self.pixel_m**2, n)
        homes = self._patch_of(patches, settled.at.x, settled.at.y) * unreached
        here = self._patch_of(patches, roads.x, roads.y) * road_unreached
        people = tally(homes, settled.people(), n) + self._spread(regions, settled, patches, transform, n)
        households = tally(homes, settled.at.households, n)
        premises = tally(homes, 1.0, n)
        road = tally(here, roads.length_m, n)
        large = np.nonzero((area >= smallest_m2) & (np.arange(n) > 0))[0]
        if not len(large):
            return nothing
        order = np.lexsort((large, -area[large], -np.round(households[large], 3), -np.round(people[large], 3)))
        ranked = large[order][:MOST_GAPS]
        outlines = _outlines(patches, ranked, transform, n)
        rows = _rows(outlines, area[ranked], people[ranked], households[ranked], premises[ranked], road[ranked])
        found = Gaps(
            smallest_m2,
            len(large),
            round(float(area[large].sum()), 1),
            round(float(people[large].sum()), 1),
            tuple(_located(rows, outlines, regions, sites)),
            self.pixel_m,
        )
        return found, outlines

    def _patch_of(self, patches: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
        """The patch each place lies in, 0 = none."""
        column = np.floor((x - self._grid.west) / self.pixel_m).astype(np.int64)
        row = np.floor((self._grid.north - y) / self.pixel_m).astype(np.int64)
        inside = (row >= 0) & (row < patches.shape[0]) & (column >= 0) & (column < patches.shape[1])
        found = np.zeros(len(x), np.intp)
        found[inside] = patches[row[inside], column[inside]]
        return found

    def _spread(
        self, regions: Regions, settled: Settled, patches: NDArray[np.int32], transform: Affine, n: int
    ) -> NDArray[np.float64]:
        """The people, by patch, of areas that have no premises: their density."""
        bare = [
            place
            for place in range(len(regions))
            if settled.households[place] == 0.0 and regions.population[place] > 0.0 and not len(regions.parts(place))
        ]
        if not bare:
            return np.zeros(n)
        density = regions.population[bare] / np.maximum(shapely.area(regions.polygons[bare]), 1e-9)
        burnt = rasterize(
            zip(regions.polygons[bare], density, strict=True),
            out_shape=patches.shape,
            transform=transform,
            dtype="float64",
        )
        return tally(patches.ravel(), burnt.ravel(), n) * self.pixel_m**2


def write_gaps(path: Path, gaps: Gaps, outlines: NDArray[np.object_], crs_wkt: str) -> None:
    """The outlines with their figures as a GeoPackage, layer "gaps"; Refusal ``coverage.cannot_write``."""
    try:
        pyogrio.write_dataframe(gap_frame(gaps, outlines, crs_wkt), path, layer="gaps", driver="GPKG")
    except (OSError, pyogrio.errors.DataSourceError) as error:
        raise Refusal("coverage.cannot_write", path=str(path), reason=str(error)) from error


def read_gaps(path: Path) -> gpd.GeoDataFrame:
    """The outlines a run has written, by rank; Refusal ``coverage.no_raster`` when the file is missing or damaged."""
    try:
        return pyogrio.read_dataframe(path, layer="gaps").sort_values("rank", ignore_index=True)
    except (OSError, pyogrio.errors.DataSourceError, RasterioError) as error:
        raise Refusal("coverage.no_raster", path=str(path), reason=str(error)) from error


def gap_frame(gaps: Gaps, outlines: NDArray[np.object_], crs_wkt: str) -> gpd.GeoDataFrame:
    """One row a gap."""
    names = (
        "rank", "area_m2", "people", "households", "premises", "road_m", "area", "area_name", "site", "site_m",
    )  # fmt: skip
    columns = {name: [getattr(gap, name) for gap in gaps.ranked] for name in names}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(outlines), crs=crs_wkt), crs=crs_wkt)


@njit(cache=True, nogil=True)
def _patches(zones: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """(number of the patch of each pixel, how many there are): pixels of one zone that touch by an edge; 0 = none."""
    down, across = zones.shape
    patches = np.zeros((down, across), np.int32)
    waiting = np.empty((down * across, 2), np.int32)
    count = 0
    for row in range(down):
        for column in range(across):
            zone = zones[row, column]
            if zone == 0 or patches[row, column] > 0:
                continue
            count += 1
            patches[row, column] = count
            waiting[0, 0], waiting[0, 1], depth = row, column, 1
            while depth > 0:
                depth -= 1
                i, j = waiting[depth]
                for k in range(4):
                    y, x = i + (k == 0) - (k == 1), j + (k == 2) - (k == 3)
                    if 0 <= y < down and 0 <= x < across and zones[y, x] == zone and patches[y, x] == 0:
                        patches[y, x] = count
                        waiting[depth, 0], waiting[depth, 1] = y, x
                        depth += 1
    return patches, count


def _outlines(patches: NDArray[np.int32], ranked: NDArray[np.int64], transform: Affine, n: int) -> NDArray[np.object_]:
    rank_of = np.zeros(n, np.int32)
    rank_of[ranked] = np.arange(1, len(ranked) + 1)
    numbered = rank_of[patches]
    found: list[list[shapely.Geometry]] = [[] for _ in ranked]
    for outline, rank in shapes(numbered, mask=numbered > 0, connectivity=4, transform=transform):
        found[int(rank) - 1].append(shapely.geometry.shape(outline))
    return np.array([shapely.union_all(parts) for parts in found], object)


def _rows(
    outlines: NDArray[np.object_],
    area: NDArray[np.float64],
    people: NDArray[np.float64],
    households: NDArray[np.float64],
    premises: NDArray[np.float64],
    road: NDArray[np.float64],
) -> list[tuple[float, float, float, int, float]]:
    return [
        (
            round(float(area[i]), 1),
            round(float(people[i]), 1),
            round(float(households[i]), 1),
            int(premises[i]),
            round(float(road[i]), 1),
        )
        for i in range(len(outlines))
    ]


def _located(
    rows: list[tuple[float, float, float, int, float]],
    outlines: NDArray[np.object_],
    regions: Regions,
    sites: Sites,
) -> list[Gap]:
    middles = shapely.get_coordinates(shapely.point_on_surface(outlines))
    bounds = shapely.bounds(outlines)
    middle, area = shapely.STRtree(regions.polygons).query(shapely.points(middles), predicate="intersects")
    smallest = np.full(len(rows), -1)
    np.maximum.at(smallest, middle, area)  # largest areas come first
    nearest, distance = np.zeros(0, np.int64), np.zeros(0)
    if len(sites.ids):
        points = shapely.points(sites.xy)
        nearest = shapely.STRtree(points).query_nearest(outlines, all_matches=False)[1]
        distance = shapely.distance(outlines, points[nearest])
    gaps = []
    for i, row in enumerate(rows):
        x, y = map(float, middles[i])
        bearing: float | None = None
        if len(nearest):
            dx, dy = sites.xy[nearest[i]] - middles[i]
            bearing = round(math.degrees(math.atan2(dx, dy)) % 360.0, 1)
        place = int(smallest[i])
        gaps.append(
            Gap(
                i + 1,
                *row,
                round(x, 2),
                round(y, 2),
                (float(bounds[i, 0]), float(bounds[i, 1]), float(bounds[i, 2]), float(bounds[i, 3])),
                int(regions.ids[place]) if place >= 0 else None,
                regions.name[place] if place >= 0 else None,
                int(sites.ids[nearest[i]]) if len(nearest) else None,
                round(float(distance[i]), 1) if len(nearest) else None,
                bearing,
            )
        )
    return gaps
