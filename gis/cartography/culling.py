"""Finds the features of a layer that touch a rectangle without looking at each: blocks of neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.geometry.columns import BBox

BLOCK = 256
_EMPTY: NDArray[np.int64] = np.zeros(0, np.int64)


def z_order(bounds: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order (n,) which puts features with neighbouring centres next to each other (Morton curve, 16 bits)."""
    if len(bounds) == 0:
        return _EMPTY
    codes = np.zeros(len(bounds), np.uint32)
    for axis in (0, 1):
        centre = bounds[:, axis] + bounds[:, axis + 2]
        centre[~np.isfinite(centre)] = 0.0
        low, high = centre.min(), centre.max()
        cell = ((centre - low) * (65535.0 / max(high - low, 1e-9))).astype(np.uint32)
        cell = (cell | (cell << 8)) & np.uint32(0x00FF00FF)
        cell = (cell | (cell << 4)) & np.uint32(0x0F0F0F0F)
        cell = (cell | (cell << 2)) & np.uint32(0x33333333)
        cell = (cell | (cell << 1)) & np.uint32(0x55555555)
        codes |= cell << np.uint32(axis)
    return np.argsort(codes, kind="stable").astype(np.int64)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Boxes of every ``BLOCK`` features of ``bounds`` (n, 4), which are sorted by place.

    ``gaps``: whether there may be features without extent (NaN).
    """

    bounds: NDArray[np.float64]
    boxes: NDArray[np.float64]
    gaps: bool = True

    @staticmethod
    def of(bounds: NDArray[np.float64]) -> Blocks:
        """The index over sorted bounds. Features without extent (NaN) are never found."""
        n = len(bounds)
        if n == 0:
            return Blocks(bounds, np.zeros((0, 4)))
        starts = np.arange(0, n, BLOCK)
        boxes = np.empty((len(starts), 4))
        boxes[:, :2] = np.fmin.reduceat(bounds[:, :2], starts, axis=0)
        boxes[:, 2:] = np.fmax.reduceat(bounds[:, 2:], starts, axis=0)
        return Blocks(bounds, boxes, bool(np.isnan(bounds).any()))

    def touching(self, bbox: BBox) -> NDArray[np.int64]:
        """Rising positions of the features whose box touches ``bbox``, borders included."""
        xmin, ymin, xmax, ymax = bbox
        b = self.boxes
        hit = np.flatnonzero((b[:, 0] <= xmax) & (b[:, 2] >= xmin) & (b[:, 1] <= ymax) & (b[:, 3] >= ymin))
        if len(hit) == 0:
            return _EMPTY
        n = len(self.bounds)
        if len(hit) == len(b) and not self.gaps:
            within = (b[:, 0] >= xmin) & (b[:, 2] <= xmax) & (b[:, 1] >= ymin) & (b[:, 3] <= ymax)
            if within.all():  # the whole layer is in view
                return np.arange(n)
        positions = (hit[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        if positions[-1] >= n:
            positions = positions[: np.searchsorted(positions, n)]
        f = self.bounds if len(positions) == n else self.bounds[positions]
        inside = (f[:, 0] <= xmax) & (f[:, 2] >= xmin) & (f[:, 1] <= ymax) & (f[:, 3] >= ymin)
        found: NDArray[np.int64] = positions[inside]
        return found

    def extent(self) -> BBox | None:
        """The box of all features, or None where there is none."""
        if len(self.boxes) == 0 or not np.isfinite(self.boxes).any():
            return None
        low, high = np.nanmin(self.boxes[:, :2], axis=0), np.nanmax(self.boxes[:, 2:], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
