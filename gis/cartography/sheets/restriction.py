"""A city of which only what belongs to one page is seen: for legends, tables and, where asked, the map of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass
from gis.geometry.columns import BBox, Columns, Shapes
from gis.geometry.measure import plane_length

AREA_SHARE = 0.8  # borders of two levels drawn by different hands do not lie on each other
RIM_M = 0.5  # lines and outlines that only touch a page's border do not belong to it


class Restricted:
    """The interface of a session or snapshot over the features of one ``region`` (a polygon in the project's CRS).

    Points belong to it when they lie in it or on its border; lines and outlines when they reach into it; areas when
    nearly all of them does, so that a town's page has its communities but not its county. Rows without geometry belong
    to it with what they refer to. ``own``: class -> ids that are named one by one instead. Everything that is not about
    features, and raw SQL, is passed on.
    """

    def __init__(self, city: Any, region: Any, own: Mapping[str, Sequence[int]] | None = None) -> None:
        self._city = city
        self.region = region
        shapely.prepare(region)
        core = shapely.buffer(region, -RIM_M)
        self._core = region if shapely.is_empty(core) else core
        shapely.prepare(self._core)
        self._ids: dict[str, NDArray[np.int64]] = {
            cls: np.unique(np.asarray(list(ids), np.int64)) for cls, ids in (own or {}).items()
        }
        self._named = frozenset(self._ids)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._city, name)

    @property
    def catalogue(self) -> Catalogue:
        """The classes."""
        found: Catalogue = self._city.catalogue
        return found

    @property
    def whole(self) -> Any:
        """The city that this is a part of: overviews and maps of a place of their own show it."""
        return self._city

    def lengths(self, cls: str, lines: NDArray[np.object_]) -> NDArray[np.float64]:
        """Metres of each line that lie on the page; of a class named one by one the whole of it."""
        return plane_length(lines) if cls in self._named else lengths_within(self.region, lines)

    def own(self, cls: str) -> NDArray[np.int64] | None:
        """The ids of a class that belong to the page, rising; None where that says nothing (rows without a place)."""
        if cls not in self._ids:
            kind = self.catalogue[cls]
            found = self._spatial(kind) if kind.spatial else self._referring(kind)
            if found is None:
                return None
            self._ids[cls] = found
        return self._ids[cls]

    def _spatial(self, kind: FeatureClass) -> NDArray[np.int64]:
        xmin, ymin, xmax, ymax = (float(v) for v in self.region.bounds)
        near: Columns = self._city.columns(kind.name, [], bbox=(xmin, ymin, xmax, ymax))
        assert near.geometry is not None
        return np.asarray(near.ids[within(self.region, self._core, kind, near.geometry)], np.int64)

    def _referring(self, kind: FeatureClass) -> NDArray[np.int64] | None:
        """Rows that refer to a feature of the page; None where the class refers to no feature with a place."""
        refs = [f for f in kind.fields if f.type == "ref" and f.ref and self.catalogue[f.ref].spatial]
        if not refs:
            return None
        rows: Columns = self._city.columns(kind.name, [f.name for f in refs], geometry=False)
        chosen = np.zeros(len(rows), np.bool_)
        for f in refs:
            targets = self.own(f.ref or "")
            if targets is not None:
                chosen |= np.isin(rows.fields[f.name], targets)
        return np.asarray(rows.ids[chosen], np.int64)

    def _narrowed(self, cls: str, ids: Any) -> Any:
        own = self.own(cls)
        if own is None:
            return ids
        return own if ids is None else np.intersect1d(np.asarray(ids, np.int64), own)

    def columns(self, cls: str, fields: Sequence[str] | None = None, *, ids: Any = None, **narrowed: Any) -> Columns:
        """Rows of the page; arguments as ``Snapshot.columns``."""
        found: Columns = self._city.columns(cls, fields, ids=self._narrowed(cls, ids), **narrowed)
        return found

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        """Geometries of the page's features."""
        found: Shapes = self._city.shapes(cls, bbox=bbox, ids=self._narrowed(cls, ids))
        return found

    def matching(self, cls: str, where: str, ids: Any = None) -> NDArray[np.int64]:
        """Those of the page that meet a filter expression, rising."""
        found: NDArray[np.int64] = self._city.matching(cls, where, self._narrowed(cls, ids))
        return found

    def ids(
        self, cls: str, where: str | None = None, params: Sequence[Any] = (), order: str | None = None
    ) -> NDArray[np.int64]:
        """The ids of the page's rows that meet ``where``, in the order of ``order``."""
        found: NDArray[np.int64] = self._city.ids(cls, where, params, order)
        own = self.own(cls)
        return found if own is None else found[np.isin(found, own)]

    def ids_in(self, cls: str, bbox: BBox) -> NDArray[np.int64]:
        """The ids of the page's features whose box meets ``bbox``."""
        found: NDArray[np.int64] = self._city.ids_in(cls, bbox)
        own = self.own(cls)
        return found if own is None else found[np.isin(found, own)]

    def count(self, cls: str) -> int:
        """How many rows of a class belong to the page."""
        own = self.own(cls)
        return int(self._city.count(cls)) if own is None else len(own)

    def counts(self) -> dict[str, int]:
        """How many rows of each class belong to the page."""
        return {kind.name: self.count(kind.name) for kind in self.catalogue}

    def extent(self, cls: str | None = None) -> BBox | None:
        """The bounds of the city: overviews beside the page show all of it."""
        found: BBox | None = self._city.extent(cls)
        return found


def lengths_shown(city: Any, cls: str, lines: NDArray[np.object_], frame: BBox) -> NDArray[np.float64]:
    """Metres of each line inside the ground of an atlas page, or of a city that is no part, inside ``frame``."""
    if isinstance(city, Restricted):
        return city.lengths(cls, lines)
    return lengths_within(shapely.box(*frame), lines)


def lengths_within(region: Any, lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Metres of each line inside a region (a polygon); a line that runs along its border counts."""
    made: NDArray[np.float64] = plane_length(lines)
    if not shapely.is_valid(region):
        region = shapely.make_valid(region)
    shapely.prepare(region)
    across = ~shapely.contains(region, lines)
    if across.any():
        made[across] = plane_length(shapely.intersection(lines[across], region))
    return made


def within(region: Any, core: Any, kind: FeatureClass, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which geometries of a class belong to a region whose ``core`` is the region less its rim."""
    given = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    found = np.zeros(len(shapes), np.bool_)
    if kind.geometry == "point":
        found[given] = shapely.intersects(region, shapes[given])
    elif kind.name == "area":
        found[given] = lies_within(region, shapes[given])
    else:
        found[given] = shapely.intersects(core, shapes[given])
    return found


def lies_within(region: Any, areas: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which areas lie in a region (or each in that of its place) but for what borders are off."""
    shared = shapely.area(shapely.intersection(sound(region), sound(areas)))
    found: NDArray[np.bool_] = shared >= AREA_SHARE * shapely.area(areas)
    return found


def sound(shapes: Any) -> Any:
    """The same shapes without rings that cross themselves, on which overlays fail."""
    valid = shapely.is_valid(shapes)
    return shapes if np.all(valid) else np.where(valid, shapes, shapely.make_valid(shapes))


class RestrictedRun:
    """A recorded analysis of which only the rows of some areas are told: those with a code of ``codes``."""

    def __init__(self, run: Any, codes: Sequence[str]) -> None:
        self._run = run
        kept = set(codes)
        rows = [row for row in run.summary.get("areas", []) if str(row.get("code") or "") in kept]
        # The headline speaks of the whole city, not of this page.
        self.summary: dict[str, Any] = {**run.summary, "areas": rows, "headline": None}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)
