"""Where a view lies in the coordinates of a source: exact at the nodes of a coarse mesh, bilinear in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from gis.basemaps.basemap import Datum, ViewLike
from gis.basemaps.kernels import NOWHERE
from gis.geometry.crs import ProjectCrs
from gis.geometry.datum import wgs84_to_gcj02

F64 = NDArray[np.float64]
Pair = tuple[F64, F64]
Way = Callable[[F64, F64], Pair]  # project coordinates -> those of the source; not finite where there are none

STEPS = (32, 16, 8, 4)  # pixels between nodes: a finer mesh only where the coarse one is not exact enough
CLOSE = 0.15  # pixels: how far the middle of a cell may lie from its exact place
LOOKS = 12  # cells a side whose middle is tried
WIDE = 1_500_000.0  # metres: a view so wide may reach where the projection folds back upon itself


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """``x``, ``y`` (rows, columns): source coordinates of the view's corners (i·step, j·step), NOWHERE if none;
    ``scale``: source units a pixel, the geometric mean of both directions in the middle of what is seen.
    """

    step: int
    x: F64
    y: F64
    scale: float

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """The source rectangle that is seen: xmin, ymin, xmax, ymax; None if none."""
        there = self.x < NOWHERE
        if not there.any():
            return None
        x, y = self.x[there], self.y[there]
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def mesh(view: ViewLike, way: Way, steps: tuple[int, ...] = STEPS) -> Mesh:
    """The mesh of a view: of the coarsest step that is exact to CLOSE pixels, or the finest."""
    made = _mesh(view, way, steps[0])
    for step in steps[1:]:
        if _error(view, way, made) <= CLOSE:
            break
        made = _mesh(view, way, step)
    return made


def lonlat_way(crs: ProjectCrs, datum: Datum, onward: Way, width_m: float) -> Way:
    """The way by longitude and latitude of the source's datum, then ``onward`` to its coordinates.

    A view wider than WIDE is checked by the way back: transverse Mercator answers far places with near ones.
    """

    def way(x: F64, y: F64) -> Pair:
        lon, lat = crs.to_lonlat(x, y)
        lost = ~(np.isfinite(lon) & np.isfinite(lat))
        if width_m > WIDE:
            back_x, back_y = crs.from_lonlat(lon, lat)
            with np.errstate(invalid="ignore"):
                lost |= ~(np.hypot(back_x - x, back_y - y) < width_m * 1e-3)
        if datum == "gcj02":
            lon, lat = wgs84_to_gcj02(np.where(lost, 0.0, lon), np.where(lost, 0.0, lat))
        u, v = onward(np.where(lost, 0.0, lon), np.where(lost, 0.0, lat))
        return np.where(lost, np.inf, u), np.where(lost, np.inf, v)

    return way


def _mesh(view: ViewLike, way: Way, step: int) -> Mesh:
    columns, rows = max(ceil(view.width / step), 1) + 1, max(ceil(view.height / step), 1) + 1
    px, py = np.meshgrid(np.arange(columns) * float(step), np.arange(rows) * float(step))
    x, y = way(view.left + px * view.resolution, view.top - py * view.resolution)
    lost = ~(np.isfinite(x) & np.isfinite(y))
    x, y = np.where(lost, NOWHERE, x), np.where(lost, NOWHERE, y)
    return Mesh(step, x, y, _scale(x, y, step))


def _scale(x: F64, y: F64, step: int) -> float:
    there = x < NOWHERE
    cells = there[:-1, :-1] & there[:-1, 1:] & there[1:, :-1]
    if not cells.any():
        return 0.0
    along = np.diff(x, axis=1)[:-1], np.diff(y, axis=1)[:-1]
    down = np.diff(x, axis=0)[:, :-1], np.diff(y, axis=0)[:, :-1]
    area = np.abs(along[0] * down[1] - along[1] * down[0])[cells]
    return float(np.sqrt(np.median(area))) / step


def _error(view: ViewLike, way: Way, made: Mesh) -> float:
    """Pixels by which the middle of the worst cell looked at lies off its exact place."""
    if made.scale == 0.0:
        return 0.0
    rows, columns = made.x.shape[0] - 1, made.x.shape[1] - 1
    j = np.unique(np.linspace(0, rows - 1, min(rows, LOOKS)).astype(np.int64))[:, None]
    i = np.unique(np.linspace(0, columns - 1, min(columns, LOOKS)).astype(np.int64))[None, :]
    middle_x = (made.x[j, i] + made.x[j, i + 1] + made.x[j + 1, i] + made.x[j + 1, i + 1]) / 4
    middle_y = (made.y[j, i] + made.y[j, i + 1] + made.y[j + 1, i] + made.y[j + 1, i + 1]) / 4
    px, py = np.broadcast_arrays((i + 0.5) * made.step, (j + 0.5) * made.step)
    x, y = way(view.left + px * view.resolution, view.top - py * view.resolution)
    whole = np.isfinite(x) & np.isfinite(y) & (middle_x < NOWHERE / 8)
    if not whole.any():
        return 0.0
    return float(np.hypot(x - middle_x, y - middle_y)[whole].max()) / made.scale
