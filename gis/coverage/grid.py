"""The raster on which coverage is predicted: whole multiples of its resolution, cut into tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gis.errors import Refusal
from gis.geometry.columns import BBox

TILE = 512  # pixels a side: one tile is one unit of work and one block of the file
FINEST_M, COARSEST_M = 0.5, 2000.0
MOST_PIXELS = 400_000_000  # of the whole grid, empty tiles included: bounds the time of making overviews
_STEPS_M = (1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 250.0, 500.0, 1000.0)
_COMFORTABLE_PIXELS = 6_000_000  # predicted when nobody asks for more: some seconds of work
_COMFORTABLE_FILE = 120_000_000  # pixels of the grid, empty ones included, when nobody asks for more
_PIXELS_A_RADIUS = 40.0  # finer than this no figure changes any more


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows ``top``…``top + height`` and columns ``left``…``left + width`` of a grid."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up raster in the project's CRS.

    ``west`` and ``north`` are multiples of ``resolution_m``, so the pixels of two grids of one resolution coincide and
    a changed extent does not change a value.
    """

    west: float
    north: float
    resolution_m: float
    width: int
    height: int

    @classmethod
    def over(cls, bbox: BBox, resolution_m: float) -> Grid:
        """The smallest grid that covers ``bbox``.

        Raises Refusal ``coverage.bad_resolution``, ``coverage.empty_extent`` or ``coverage.too_fine``.
        """
        r = float(resolution_m)
        if not FINEST_M <= r <= COARSEST_M:
            raise Refusal("coverage.bad_resolution", resolution_m=resolution_m, minimum=FINEST_M, maximum=COARSEST_M)
        if not all(map(math.isfinite, bbox)) or bbox[2] <= bbox[0] or bbox[3] <= bbox[1]:
            raise Refusal("coverage.empty_extent")
        left, bottom = math.floor(bbox[0] / r), math.floor(bbox[1] / r)
        width, height = math.ceil(bbox[2] / r) - left, math.ceil(bbox[3] / r) - bottom
        if width * height > MOST_PIXELS:
            raise Refusal(
                "coverage.too_fine",
                resolution_m=resolution_m,
                pixels=f"{width * height:,}",
                advice_m=_round_up(r * math.sqrt(width * height / MOST_PIXELS)),
            )
        return cls(left * r, (bottom + height) * r, r, width, height)

    @property
    def bbox(self) -> BBox:
        """The grid's outer edges."""
        r = self.resolution_m
        return (self.west, self.north - self.height * r, self.west + self.width * r, self.north)

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """The affine coefficients (a, b, c, d, e, f) of pixel corner to coordinate."""
        return (self.resolution_m, 0.0, self.west, 0.0, -self.resolution_m, self.north)

    def tiles(self) -> Iterator[Tile]:
        """All tiles, row by row from the north-west; those at the east and south edge may be smaller."""
        for top in range(0, self.height, TILE):
            for left in range(0, self.width, TILE):
                yield Tile(top, left, min(TILE, self.height - top), min(TILE, self.width - left))

    def tile_bbox(self, tile: Tile) -> BBox:
        """The tile's outer edges."""
        r = self.resolution_m
        west, north = self.west + tile.left * r, self.north - tile.top * r
        return (west, north - tile.height * r, west + tile.width * r, north)


def fitting_resolution_m(bbox: BBox, radius_m: float, reached_m2: float) -> float:
    """The resolution the program chooses: a 40th of the typical range, or coarser until the work stays comfortable.

    ``reached_m2`` is the ground area that any transmitter can reach at all (at most the extent's own): hotspots far
    apart leave most of a city's grid empty, and empty tiles cost nothing.
    """
    extent = max(0.0, bbox[2] - bbox[0]) * max(0.0, bbox[3] - bbox[1])
    work = math.sqrt(min(extent, reached_m2) / _COMFORTABLE_PIXELS)
    file = math.sqrt(extent / _COMFORTABLE_FILE)
    return _round_up(max(_round_down(radius_m / _PIXELS_A_RADIUS), work, file))


def _round_up(metres: float) -> float:
    return next((step for step in _STEPS_M if step >= metres * 0.999), _STEPS_M[-1])


def _round_down(metres: float) -> float:
    return next((step for step in reversed(_STEPS_M) if step <= metres * 1.001), _STEPS_M[0])
