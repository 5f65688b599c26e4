"""Exact zonal sums over a raster that arrives tile by tile: how much of each polygon is covered."""

from __future__ import annotations

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from gis.coverage.grid import Grid, Tile
from gis.geometry.columns import BBox

_BLOCK = 128  # pixels a side: most blocks lie wholly inside or outside a polygon, and then counting is enough


class CoveredAreas:
    """Sums the covered area of n polygons, counting each border pixel by the share of it inside (exactextract).

    Overlapping transmitters count once, because the raster holds the union. ``polygons``: (n,) shapely areas in the
    grid's CRS. Each tile may be added once; one never added counts as uncovered. The sums depend on the order of tiles
    by rounding only, so add them in the grid's order.
    """

    def __init__(self, grid: Grid, polygons: NDArray[np.object_]) -> None:
        self._grid = grid
        self._polygons = np.asarray(polygons, object)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)
        self.covered_m2: NDArray[np.float64] = np.zeros(len(self._polygons))

    def add(self, tile: Tile, covered: NDArray[np.bool_]) -> None:
        """Count the pixels of one tile that are True; the array has the tile's height and width."""
        if not covered.any():
            return
        pixel_m2 = self._grid.resolution_m**2
        blocks = [
            Tile(tile.top + top, tile.left + left, *covered[top : top + _BLOCK, left : left + _BLOCK].shape)
            for top in range(0, tile.height, _BLOCK)
            for left in range(0, tile.width, _BLOCK)
            if covered[top : top + _BLOCK, left : left + _BLOCK].any()
        ]
        boxes = shapely.box(*np.array([self._grid.tile_bbox(block) for block in blocks]).T)
        touching = self._tree.query(boxes, predicate="intersects").T
        inside = {(b, p) for b, p in self._tree.query(boxes, predicate="within").T.tolist()}
        partly: dict[int, list[int]] = {}
        for b, p in sorted(touching.tolist()):
            if (b, p) in inside:
                self.covered_m2[p] += np.count_nonzero(self._cut(covered, tile, blocks[b])) * pixel_m2
            else:
                partly.setdefault(b, []).append(p)
        for b, places in partly.items():
            bbox = self._grid.tile_bbox(blocks[b])
            pieces = shapely.clip_by_rect(self._polygons[places], *bbox)
            self.covered_m2[places] += _covered_m2(self._cut(covered, tile, blocks[b]), bbox, pieces, pixel_m2)

    @staticmethod
    def _cut(covered: NDArray[np.bool_], tile: Tile, block: Tile) -> NDArray[np.bool_]:
        top, left = block.top - tile.top, block.left - tile.left
        return covered[top : top + block.height, left : left + block.width]


def _covered_m2(
    covered: NDArray[np.bool_], bbox: BBox, pieces: NDArray[np.object_], pixel_m2: float
) -> NDArray[np.float64]:
    """The covered area of polygons that lie within ``bbox``."""
    areas = np.asarray(shapely.area(pieces), np.float64)
    if covered.all():
        return areas
    sums = np.zeros(len(pieces))
    places = [place for place, piece in enumerate(pieces) if areas[place] > 0.0]
    if not places:
        return sums
    raster = NumPyRasterSource(covered.astype(np.uint8), *bbox)
    features = JSONFeatureSource([_feature(pieces[place]) for place in places])
    for place, row in zip(places, exact_extract(raster, features, ["sum"]), strict=True):
        sums[place] = row["properties"]["sum"] * pixel_m2
    return sums


def _feature(piece: BaseGeometry) -> dict[str, object]:
    polygons = [part for part in getattr(piece, "geoms", [piece]) if part.geom_type in ("Polygon", "MultiPolygon")]
    return {"type": "Feature", "properties": {}, "geometry": mapping(shapely.union_all(polygons))}
