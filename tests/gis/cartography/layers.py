"""Small layers made of arrays, for tests of drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from gis.cartography.arrays import LayerArrays
from gis.cartography.symbols import LayerStyle
from gis.catalogue import load_catalogue
from gis.geometry.columns import BBox, Columns, Shapes


def shapes_of(kind: str, geometries: Sequence[Any], ids: Sequence[int] | None = None) -> Shapes:
    """Shapely geometries as flat arrays."""
    coords, ring_offsets, feature_offsets, bounds = [], [0], [0], []
    for geometry in geometries:
        rings = 0
        for part in shapely.get_parts(geometry):
            runs = shapely.get_rings(part) if kind == "polygon" else [part]
            for run in runs:
                coords.append(shapely.get_coordinates(run))
                ring_offsets.append(ring_offsets[-1] + len(coords[-1]))
                rings += 1
        feature_offsets.append(feature_offsets[-1] + rings)
        bounds.append(geometry.bounds if not geometry.is_empty else (np.nan,) * 4)
    n = len(geometries)
    return Shapes(
        kind,
        np.arange(1, n + 1) if ids is None else np.asarray(ids, np.int64),
        np.vstack(coords) if coords else np.zeros((0, 2)),
        np.array(ring_offsets),
        np.array(feature_offsets),
        np.array(bounds).reshape(n, 4),
    )


def layer(cls: str, geometries: Sequence[Any], style: LayerStyle | None = None, **fields: Any) -> LayerArrays:
    """A layer of a catalogue class with ids 1, 2, …"""
    style = style or replace(LayerStyle.from_class(load_catalogue()[cls]), max_scale=0.0)
    shapes = shapes_of(style.kind, geometries)
    columns = Columns(cls, shapes.ids, {name: np.asarray(values) for name, values in fields.items()})
    return LayerArrays.of(shapes, columns, style)


class Table:
    """A reader over rows kept in a dictionary: id -> (geometry, fields)."""

    def __init__(self, kind: str, rows: dict[int, tuple[Any, dict[str, Any]]]) -> None:
        self.kind, self.rows = kind, rows

    def _chosen(self, ids: Any) -> list[int]:
        return sorted(self.rows if ids is None else {int(i) for i in ids} & self.rows.keys())

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        chosen = self._chosen(ids)
        return shapes_of(self.kind, [self.rows[i][0] for i in chosen], chosen)

    def columns(
        self, cls: str, fields: Sequence[str] | None = None, *, ids: Any = None, geometry: bool = True
    ) -> Columns:
        chosen = self._chosen(ids)[::-1]  # another order than the shapes have
        made = {}
        for name in fields or ():
            values = [self.rows[i][1].get(name) for i in chosen]
            numbers = name in ("azimuth", "height_m", "range_m", "hfov")
            made[name] = np.array(values, np.float64) if numbers else np.array([*values, None], object)[:-1]
        return Columns(cls, np.array(chosen, np.int64), made)

    def matching(self, cls: str, where: str, ids: Any = None) -> np.ndarray:
        """Rules here are ``field = value`` and ``field < number``."""
        self.asked = [*getattr(self, "asked", []), where]
        name, sign, wanted = where.split(" ", 2)
        met = []
        for i in self._chosen(ids):
            value = self.rows[i][1].get(name)
            if value is not None and (str(value) == wanted if sign == "=" else float(value) < float(wanted)):
                met.append(i)
        return np.array(met, np.int64)
