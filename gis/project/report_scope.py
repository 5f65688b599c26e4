"""What a report is about: one snapshot of a city, the whole or one area of it, and the parts by which it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass
from gis.coverage.regions import LEVELS, SUMMED_FIELDS, Regions
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns
from gis.project.runs import Run
from gis.project.session import Session

OUTSIDE = -1


class Scope:
    """One snapshot read piece by piece; a class is read and laid over the parts once.

    ``whole``: place of the area it is about in ``regions``, None where several or no areas are the whole. ``parts``:
    places of the areas below it by which tables are told, by code; without ``by_parts`` nothing is laid over them
    (``part_of`` says OUTSIDE), which spares the whole city's geometry. ``shown``: the run that is told of before all
    others of its kind. Raises Refusal ``query.no_area``.
    """

    def __init__(
        self, session: Session, snapshot: Any, area: str | None = None, *, shown: Run | None = None,
        by_parts: bool = True,
    ) -> None:  # fmt: skip
        self.session, self.catalogue, self.area = session, session.catalogue, area
        self.shown, self.by_parts = shown, by_parts
        self._snapshot = snapshot
        self._located: dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]] = {}
        self._columns: dict[tuple[str, tuple[str, ...]], Columns] = {}
        areas = snapshot.columns("area", SUMMED_FIELDS)
        everything = Regions.of(areas)
        if area is not None and not (everything.code == area).any():
            raise Refusal("query.no_area", area=area)
        self.regions = everything if area is None else everything.within(area)
        outer = self.regions.outermost()
        self.whole: int | None = int(outer[0]) if len(outer) == 1 else None
        self.parts: NDArray[np.int64] = outer
        if self.whole is not None:
            below = self.regions.parts(self.whole)
            self.parts = below if len(below) else self._next_level(self.whole)

    def _next_level(self, whole: int) -> NDArray[np.int64]:
        """The areas of the next level where nothing says what belongs to what."""
        level = self.regions.level[whole]
        rest = LEVELS[LEVELS.index(level) + 1 :] if level in LEVELS else ()
        for known in rest:
            found = np.nonzero(self.regions.level == known)[0]
            if len(found):
                return found
        return np.zeros(0, np.int64)

    @property
    def place(self) -> str:
        """The name of what it is about; "" where the city has none."""
        return self.name(self.whole) if self.whole is not None else ""

    def name(self, place: int) -> str:
        """The name of an area, else its code."""
        return str(self.regions.name[place] or self.regions.code[place] or "")

    @property
    def extent(self) -> BBox | None:
        """The box of the area it is about; None for the whole city."""
        if self.area is None or self.whole is None:
            return None
        xmin, ymin, xmax, ymax = (float(v) for v in self.regions.polygons[self.whole].bounds)
        return xmin, ymin, xmax, ymax

    @property
    def part_names(self) -> list[str]:
        """The names of the parts."""
        return [self.name(int(place)) for place in self.parts]

    @property
    def counts(self) -> dict[str, int]:
        """Features of each class in the whole file."""
        return dict(self._snapshot.counts())

    def kinds(self) -> list[FeatureClass]:
        """The classes of the inventory that lie somewhere, in the catalogue's order."""
        return sorted((c for c in self.catalogue if c.spatial and c.family != "ground"), key=lambda c: c.order)

    def columns(self, cls: str, fields: Sequence[str] = ()) -> Columns:
        """The features of a class within the scope; all of them where it is the whole city."""
        key = (cls, tuple(fields))
        if key not in self._columns:
            found = self._read(cls, fields, geometry=False)
            if self.area is not None and self.catalogue[cls].spatial:
                inside = self.located(cls)[1]
                found = _taken(found, np.flatnonzero(inside))
            self._columns[key] = found
        return self._columns[key]

    def part_of(self, cls: str) -> NDArray[np.int64]:
        """For each feature of ``columns(cls)`` the part (index into ``parts``) it lies in, or OUTSIDE."""
        if not self.by_parts and self.area is None:
            return np.full(len(self.columns(cls)), OUTSIDE, np.int64)
        part, inside = self.located(cls)
        return part if self.area is None else part[inside]

    def lengths(self, cls: str) -> NDArray[np.float64]:
        """Length in metres on the plane of each feature of ``columns(cls)``."""
        shapes = self._read(cls, (), geometry=True).geometry
        assert shapes is not None
        made = np.nan_to_num(np.asarray(shapely.length(shapes), np.float64))
        return made if self.area is None else made[self.located(cls)[1]]

    def located(self, cls: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The part each feature that is read lies in, and whether it lies within the whole; a line by its middle."""
        if cls not in self._located:
            found = self._read(cls, (), geometry=True)
            assert found.geometry is not None
            points = _points(found.geometry)
            part = np.full(len(found), OUTSIDE, np.int64)
            tree = shapely.STRtree(points)
            outlines = self.regions.polygons[self.parts]
            if len(outlines) and len(points):
                which, point = tree.query(outlines, predicate="intersects")
                # On a border the area of the lower code has it: written last.
                part[point[::-1]] = which[::-1]
            inside = np.ones(len(found), bool)
            if self.area is not None and self.whole is not None:
                inside = np.zeros(len(found), bool)
                inside[tree.query(self.regions.polygons[self.whole], predicate="intersects")] = True
            self._located[cls] = part, inside
        return self._located[cls]

    def newest(self, cls: str) -> str:
        """When a feature of the class was written last (UTC, ISO 8601); "" for none."""
        _, rows = self._snapshot.sql(f'SELECT max("updated_at") FROM "{self.catalogue[cls].name}"')
        return str(rows[0][0] or "") if rows else ""

    def runs(self, ids: Sequence[int] | None = None) -> list[Run]:
        """The coverage runs of the report: those of the ids, else the newest of each kind, technology and area that
        concern the scope; in the order in which they were made. Raises Refusal for an unknown id."""
        if ids is not None:
            return [self.session.run(id) for id in dict.fromkeys(ids)]
        newest: dict[tuple[str, str, str], Run] = {}
        for run in sorted(self.session.runs(), key=lambda run: run.id or 0):
            if run.kind in ("wifi", "cells") and self.concerns(run):
                technology = str(run.summary.get("technology"))
                newest[run.kind, technology, str(run.params.get("area") or "")] = run
        return list(newest.values())

    def concerns(self, run: Run) -> bool:
        """Whether a run tells about the scope: of the whole city, of this area or of one within it."""
        area = run.params.get("area")
        codes = {str(code) for code in self.regions.code}
        return area is None or self.area is None or str(area) in codes

    def of_run(self, run: Run) -> int | None:
        """Place of the scope's area among the rows of a run; None where the run has none of it."""
        wanted = int(self.regions.ids[self.whole]) if self.whole is not None else None
        return next((i for i, row in enumerate(run.summary.get("areas", ())) if row["id"] == wanted), None)

    def _read(self, cls: str, fields: Sequence[str], *, geometry: bool) -> Columns:
        """The features of the file; of a part of the city only those near it, the same ones each time."""
        near = {"bbox": self.extent} if self.extent is not None and self.catalogue[cls].spatial else {}
        made: Columns = self._snapshot.columns(cls, list(fields), geometry=geometry, **near)
        return made


def _points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A point for each shape: itself, the middle of a line, a point within an area."""
    made = np.array(shapes, dtype=object)
    kinds = shapely.get_type_id(made)
    lines = np.isin(kinds, (1, 2))
    made[lines] = shapely.line_interpolate_point(made[lines], 0.5, normalized=True)
    areas = np.isin(kinds, (3, 4, 5, 6, 7))
    made[areas] = shapely.point_on_surface(made[areas])
    return made


def _taken(columns: Columns, places: NDArray[np.int64]) -> Columns:
    return Columns(columns.cls, columns.ids[places], {k: v[places] for k, v in columns.fields.items()})


def known_codes(catalogue: Catalogue, cls: str, field: str) -> list[str]:
    """The values of a code list, in its order."""
    return [code.value for code in catalogue[cls].field(field).codes]
