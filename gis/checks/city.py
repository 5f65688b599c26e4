"""What the rules see of a project: whole columns, each read once, or only the features that are to be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.catalogue import Catalogue, FeatureClass
from gis.geometry.columns import BBox, Columns

Ids = NDArray[np.int64]
_NONE = np.zeros(0, np.int64)
_MANY = 500  # from so many questions to the spatial index on, reading the class is quicker


class Reader(Protocol):
    """What checking needs of a snapshot."""

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""

    def columns(
        self, cls: str, fields: Sequence[str] | None = None, *, ids: Any = None, geometry: bool = True
    ) -> Columns:
        """Rows as columns, in the order of their ids."""

    def ids_in(self, cls: str, bbox: BBox) -> Ids:
        """The features whose box touches a rectangle."""

    def holding(self, cls: str, field: str, values: Sequence[Any], *, loosely: bool = False) -> Ids:
        """The rows, by rising id, that hold one of ``values`` in a reference or text; ``loosely``: whatever the case
        and width of its letters."""


class City:
    """A project as the rules read it. ``scope``: class -> the ids to look at; None = everything.

    `subjects` are the rows to look at, `all_of` every row of a class, `rows` those of given ids.
    """

    def __init__(self, reader: Reader, scope: Mapping[str, Ids] | None = None) -> None:
        self._reader = reader
        self._scope = scope
        self._columns: dict[str, NDArray[Any]] = {}
        self._ids: dict[str, Ids] = {}
        self._trees: dict[str, tuple[Ids, cKDTree] | None] = {}

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""
        return self._reader.catalogue

    @property
    def whole(self) -> bool:
        """Whether everything is looked at."""
        return self._scope is None

    def spatial(self) -> list[FeatureClass]:
        """The classes with a geometry of which something is looked at."""
        return [cls for cls in self.catalogue if cls.spatial and self.looks_at(cls.name)]

    def looks_at(self, cls: str) -> bool:
        """Whether any row of a class may be looked at."""
        return self._scope is None or len(self._scope.get(cls, _NONE)) > 0

    def subjects(self, cls: str, fields: Sequence[str] = (), *, geometry: bool = False) -> Columns:
        """The rows of a class to look at, by rising id."""
        if self._scope is None:
            return self.all_of(cls, fields, geometry=geometry)
        return self.rows(cls, self._scope.get(cls, _NONE), fields, geometry=geometry)

    def rows(self, cls: str, ids: Ids, fields: Sequence[str] = (), *, geometry: bool = False) -> Columns:
        """The rows of those of ``ids`` that exist, by rising id."""
        wanted = np.unique(ids[ids != 0])
        if self._scope is None:
            everything = self.all_of(cls, fields, geometry=geometry)
            chosen = np.isin(everything.ids, wanted, assume_unique=True)
            shapes = everything.geometry[chosen] if everything.geometry is not None else None
            columns = {name: column[chosen] for name, column in everything.fields.items()}
            return Columns(cls, everything.ids[chosen], columns, shapes)
        if not len(wanted):
            return Columns(cls, _NONE, {f: self._empty(cls, f) for f in fields}, np.zeros(0, object))
        return self._reader.columns(cls, list(fields), ids=wanted, geometry=geometry)

    def all_of(self, cls: str, fields: Sequence[str] = (), *, geometry: bool = False) -> Columns:
        """Every row of a class, by rising id; each column is read once."""
        missing = [name for name in fields if f"{cls}.{name}" not in self._columns]
        shapes_missing = geometry and f"{cls}." not in self._columns
        if missing or shapes_missing or cls not in self._ids:
            read = self._reader.columns(cls, missing, geometry=shapes_missing)
            self._ids[cls] = read.ids
            self._columns |= {f"{cls}.{name}": column for name, column in read.fields.items()}
            if shapes_missing:
                assert read.geometry is not None
                self._columns[f"{cls}."] = read.geometry
        columns = {name: self._columns[f"{cls}.{name}"] for name in fields}
        return Columns(cls, self._ids[cls], columns, self._columns[f"{cls}."] if geometry else None)

    def close_pairs(self, cls: str, within: float) -> list[tuple[int, int, float]]:
        """Pairs of points of a class, of which at least one is looked at, no further apart than ``within`` metres:
        (lower id, higher id, metres), rising."""
        subjects = self.subjects(cls, geometry=True)
        assert subjects.geometry is not None
        if not len(subjects):
            return []
        if self.whole:
            here = ~shapely.is_missing(subjects.geometry) & ~shapely.is_empty(subjects.geometry)
            ids, xy = subjects.ids[here], shapely.get_coordinates(subjects.geometry[here])
            pairs = cKDTree(xy).query_pairs(within, output_type="ndarray") if len(xy) else np.zeros((0, 2), int)
            away = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) if len(pairs) else np.zeros(0)
            made = {_pair(int(ids[a]), int(ids[b]), float(d)) for (a, b), d in zip(pairs, away, strict=True)}
            return sorted(made)
        found = set()
        for id, point in zip(subjects.ids.tolist(), subjects.geometry, strict=True):
            if point is None or point.is_empty:
                continue
            box = (point.x - within, point.y - within, point.x + within, point.y + within)
            others = self._reader.columns(cls, [], ids=self._reader.ids_in(cls, box), geometry=True)
            assert others.geometry is not None
            away = shapely.distance(others.geometry, point)
            for other, d in zip(others.ids.tolist(), away.tolist(), strict=True):
                if other != id and d <= within:
                    found.add(_pair(id, other, d))
        return sorted(found)

    def holding(self, cls: str, field: str, values: Any) -> Ids:
        """The rows, by rising id, that hold one of ``values`` in a reference or text."""
        if self.whole:
            rows = self.all_of(cls, [field])
            if rows.fields[field].dtype == object:
                wanted = set(values)
                held: Ids = rows.ids[np.fromiter((v in wanted for v in rows.fields[field]), bool, len(rows))]
                return held
            found: Ids = rows.ids[np.isin(rows.fields[field], values)]
            return found
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        return self._reader.holding(cls, field, listed) if listed else _NONE

    def like(self, cls: str, field: str, values: Sequence[str]) -> Ids:
        """The rows whose text is one of ``values`` but for the case and width of its letters."""
        return self._reader.holding(cls, field, values, loosely=True)

    def touching(self, cls: str, shapes: NDArray[Any]) -> Ids:
        """Features of a class whose box meets the box of one of ``shapes``; all of them for many shapes."""
        if self.whole or len(shapes) > _MANY:
            return self.all_of(cls).ids
        boxes = [box for box in shapely.bounds(shapes).tolist() if np.isfinite(box).all()]
        found = [self._reader.ids_in(cls, (box[0], box[1], box[2], box[3])) for box in boxes]
        return np.unique(np.concatenate(found)) if found else _NONE

    def near(self, cls: str, place: tuple[float, float], within: float) -> Ids:
        """Features of a class whose box comes within ``within`` metres of a place."""
        x, y = place
        return self._reader.ids_in(cls, (x - within, y - within, x + within, y + within))

    def _empty(self, cls: str, field: str) -> NDArray[Any]:
        kind = self.catalogue[cls].field(field).type
        return np.zeros(0, np.int64 if kind == "ref" else float if kind in ("real", "integer", "boolean") else object)


def _pair(a: int, b: int, away: float) -> tuple[int, int, float]:
    return (a, b, away) if a < b else (b, a, away)


def looked_up(rows: Columns, ids: Ids, column: NDArray[Any], empty: Any) -> NDArray[Any]:
    """The values of a column of ``rows`` (rising ids) for each of ``ids``; ``empty`` where there is no such row."""
    made = np.full(len(ids), empty, dtype=column.dtype if column.dtype != object else object)
    if len(rows.ids):
        at = np.searchsorted(rows.ids, ids)
        at[at == len(rows.ids)] = 0
        known = rows.ids[at] == ids
        made[known] = column[at[known]]
    return made


def place_of(shape: Any) -> tuple[float, float] | None:
    """A place on a shape to look at; None without one."""
    if shape is None or shape.is_empty:
        return None
    point = shape if shape.geom_type == "Point" else shape.representative_point() if shape.is_valid else None
    x, y = (point.x, point.y) if point is not None else shapely.get_coordinates(shape)[0].tolist()
    return float(x), float(y)
