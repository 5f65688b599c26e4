"""Rules about geometries: missing, invalid, without extent, standing twice, overlapping."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from gis.checks.city import City, place_of
from gis.checks.issue import Fix, Issue
from gis.checks.rules import Rule, rule
from gis.editing.intents import Delete, Reshape

_KINDS = {"point": {0}, "line": {1}, "polygon": {3}, "multipolygon": {3, 6}}


@rule("shape_missing")
def shape_missing(city: City, it: Rule) -> Iterator[Issue]:
    """Features without a geometry: they are on no map and in no analysis."""
    for cls in city.spatial():
        rows = city.subjects(cls.name, geometry=True)
        assert rows.geometry is not None
        lost = shapely.is_missing(rows.geometry) | shapely.is_empty(rows.geometry)
        for id in rows.ids[lost].tolist():
            fixes = (Fix("checks.fix_delete", Delete(cls.name, [id])),)
            yield Issue(it.name, it.severity, cls.name, (id,), None, {}, fixes)


@rule("shape_invalid")
def shape_invalid(city: City, it: Rule) -> Iterator[Issue]:
    """Geometries that are not valid by OGC Simple Features: self-crossing borders, holes outside."""
    for cls in city.spatial():
        if cls.geometry == "point":
            continue
        rows = city.subjects(cls.name, geometry=True)
        assert rows.geometry is not None
        here = ~shapely.is_missing(rows.geometry)
        for i in np.flatnonzero(here & ~shapely.is_valid(rows.geometry)).tolist():
            shape, id = rows.geometry[i], int(rows.ids[i])
            mended = shapely.make_valid(shape)
            fits = shapely.get_type_id(mended) in _KINDS[cls.geometry] and not mended.is_empty
            fixes = (Fix("checks.fix_valid", Reshape(cls.name, id, mended)),) if fits else ()
            yield Issue(it.name, it.severity, cls.name, (id,), place_of(shape), {}, fixes)


@rule("no_extent")
def no_extent(city: City, it: Rule) -> Iterator[Issue]:
    """Lines shorter and areas smaller than the limits: left over from a slip of the hand."""
    shortest, smallest = it.limits.number("metres"), it.limits.number("square_metres")
    for cls in city.spatial():
        if cls.geometry == "point":
            continue
        rows = city.subjects(cls.name, geometry=True)
        assert rows.geometry is not None
        line = cls.geometry == "line"
        size = shapely.length(rows.geometry) if line else shapely.area(rows.geometry)
        small = ~shapely.is_missing(rows.geometry) & (size < (shortest if line else smallest))
        for i in np.flatnonzero(small).tolist():
            id = int(rows.ids[i])
            fixes = (Fix("checks.fix_delete", Delete(cls.name, [id])),)
            yield Issue(it.name, it.severity, cls.name, (id,), place_of(rows.geometry[i]), {}, fixes)


@rule("same_place")
def same_place(city: City, it: Rule) -> Iterator[Issue]:
    """Two points of one class in one place: most often the same thing entered twice."""
    within = it.limits.number("metres")
    for name in it.limits.words("classes"):
        if not city.looks_at(name):
            continue
        pairs = city.close_pairs(name, within)
        ids = np.unique([id for a, b, _ in pairs for id in (a, b)]).astype(np.int64)
        rows = city.rows(name, ids, geometry=True)
        assert rows.geometry is not None
        places = dict(zip(rows.ids.tolist(), rows.geometry, strict=True))
        for a, b, _ in pairs:
            fixes = (Fix("checks.fix_delete_second", Delete(name, [b])),)
            yield Issue(it.name, it.severity, name, (a, b), place_of(places[a]), {}, fixes)


@rule("same_line")
def same_line(city: City, it: Rule) -> Iterator[Issue]:
    """Two lines of one class with the same course, in either direction."""
    for name in it.limits.words("classes"):
        if not city.looks_at(name):
            continue
        rows = city.subjects(name, geometry=True)
        if not city.whole:  # a twin lies where its subject lies
            assert rows.geometry is not None
            around = [city.near(name, place, 1.0) for shape in rows.geometry if (place := _begin(shape)) is not None]
            rows = city.rows(name, np.unique(np.concatenate([rows.ids, *around])), geometry=True)
        assert rows.geometry is not None
        first: dict[bytes, int] = {}
        normal = shapely.to_wkb(shapely.normalize(rows.geometry))
        for i, (id, course) in enumerate(zip(rows.ids.tolist(), normal, strict=True)):
            if course is None:
                continue
            other = first.setdefault(course, id)
            if other != id:
                fixes = (Fix("checks.fix_delete_second", Delete(name, [id])),)
                yield Issue(it.name, it.severity, name, (other, id), place_of(rows.geometry[i]), {}, fixes)


@rule("areas_overlap", "area")
def areas_overlap(city: City, it: Rule) -> Iterator[Issue]:
    """Areas of one level that share more than a sliver of ground: people there would be counted twice."""
    least, share = it.limits.number("square_metres"), it.limits.number("share")
    rows = city.all_of("area", ["level"], geometry=True)
    assert rows.geometry is not None
    looked = set(city.subjects("area").ids.tolist())
    usable = ~shapely.is_missing(rows.geometry) & shapely.is_valid(rows.geometry)
    for level in sorted({str(v) for v in rows.fields["level"][usable]}):
        at = np.flatnonzero(usable & (rows.fields["level"] == level))
        shapes = rows.geometry[at]
        a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        for i, j in zip(a[a < b].tolist(), b[a < b].tolist(), strict=True):
            first, second = int(rows.ids[at[i]]), int(rows.ids[at[j]])
            if first not in looked and second not in looked:
                continue
            common = shapely.intersection(shapes[i], shapes[j])
            if common.area > max(least, share * min(shapes[i].area, shapes[j].area)):
                args = {"area": round(common.area)}
                yield Issue(it.name, it.severity, "area", (first, second), place_of(common), args)


def _begin(shape: shapely.LineString | None) -> tuple[float, float] | None:
    if shape is None or shape.is_empty:
        return None
    x, y = shapely.get_coordinates(shape)[0].tolist()
    return x, y
