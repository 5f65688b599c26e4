"""Exact zonal sums over a raster that arrives tile by tile: how much of each polygon is covered."""

from __future__ import annotations

from typing import Any

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


class ZonalSums:
    """Sums of several rasters at once by n polygons, each border pixel by the share of it inside (exactextract).

    ``polygons``: (n,) shapely areas in the grid's CRS. ``sums_m2``: (rasters, n), value × m². Each tile may be added
    once; one never added counts as 0. The sums depend on the order of tiles by rounding only, so add them in the grid's
    order.
    """

    def __init__(self, grid: Grid, polygons: NDArray[np.object_], rasters: int) -> None:
        self._grid = grid
        self._polygons = np.asarray(polygons, object)
        shapely.prepare(self._polygons)
        self._tree = shapely.STRtree(self._polygons)
        self.sums_m2: NDArray[np.float64] = np.zeros((rasters, len(self._polygons)))

    def add(self, tile: Tile, values: NDArray[Any]) -> None:
        """Count one tile: ``values`` (rasters, height, width), 0…1."""
        blocks, parts = [], []
        for top in range(0, tile.height, _BLOCK):
            for left in range(0, tile.width, _BLOCK):
                part = values[:, top : top + _BLOCK, left : left + _BLOCK]
                if part.any():
                    blocks.append(Tile(tile.top + top, tile.left + left, *part.shape[1:]))
                    parts.append(part)
        if not blocks:
            return
        pixel_m2 = self._grid.resolution_m**2
        boxes = shapely.box(*np.array([self._grid.tile_bbox(block) for block in blocks]).T)
        touching = self._tree.query(boxes, predicate="intersects").T
        inside = {(b, p) for b, p in self._tree.query(boxes, predicate="within").T.tolist()}
        partly: dict[int, list[int]] = {}
        whole: dict[int, list[int]] = {}
        for b, p in sorted(touching.tolist()):
            (whole if (b, p) in inside else partly).setdefault(b, []).append(p)
        for b, places in whole.items():
            self.sums_m2[:, places] += (parts[b].sum(axis=(1, 2), dtype=np.float64) * pixel_m2)[:, None]
        for b, places in partly.items():
            bbox = self._grid.tile_bbox(blocks[b])
            pieces = shapely.clip_by_rect(self._polygons[places], *bbox)
            self.sums_m2[:, places] += _summed_m2(parts[b], bbox, pieces, pixel_m2)


class CoveredAreas:
    """Sums the covered area of n polygons; overlapping transmitters count once, because the raster holds the union."""

    def __init__(self, grid: Grid, polygons: NDArray[np.object_]) -> None:
        self._sums = ZonalSums(grid, polygons, 1)

    @property
    def covered_m2(self) -> NDArray[np.float64]:
        """What is counted so far, (n,)."""
        return np.asarray(self._sums.sums_m2[0])

    def add(self, tile: Tile, covered: NDArray[np.bool_]) -> None:
        """Count the pixels of one tile that are True; the array has the tile's height and width."""
        self._sums.add(tile, covered[None])


def _summed_m2(values: NDArray[Any], bbox: BBox, pieces: NDArray[np.object_], pixel_m2: float) -> NDArray[np.float64]:
    """The sums of rasters (rasters, height, width) over polygons that lie within ``bbox``: (rasters, polygons)."""
    areas = np.asarray(shapely.area(pieces), np.float64)
    flat = values.reshape(len(values), -1)
    if (flat == flat[:, :1]).all():
        return np.asarray(flat[:, :1] * areas, np.float64)
    sums = np.zeros((len(values), len(pieces)))
    places = [place for place in range(len(pieces)) if areas[place] > 0.0]
    if not places:
        return sums
    raster = NumPyRasterSource(np.zeros(values.shape[1:], np.uint8), *bbox)
    features = JSONFeatureSource([_feature(pieces[place]) for place in places])
    for place, row in zip(places, exact_extract(raster, features, ["cell_id", "coverage"]), strict=True):
        found = row["properties"]
        cells = np.asarray(found["cell_id"], np.int64)
        sums[:, place] = flat[:, cells].astype(np.float64) @ np.asarray(found["coverage"], np.float64) * pixel_m2
    return sums


def _feature(piece: BaseGeometry) -> dict[str, object]:
    polygons = [part for part in getattr(piece, "geoms", [piece]) if part.geom_type in ("Polygon", "MultiPolygon")]
    return {"type": "Feature", "properties": {}, "geometry": mapping(shapely.union_all(polygons))}
