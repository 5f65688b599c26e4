"""Rules about what stands on what: ends of lines on points, cells at their site, features in areas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString

from gis.catalogue import FeatureClass, Field
from gis.checks.city import City, looked_up, place_of
from gis.checks.issue import Fix, Issue
from gis.checks.rules import Rule, rule
from gis.editing.intents import Move, Reshape, Update
from gis.geometry.columns import Columns


@rule("end_off_point", "route_segment", "cable", around=True)
def end_off_point(city: City, it: Rule) -> Iterator[Issue]:
    """Line ends that do not stand on the point they name, or name a point that is no more."""
    within = it.limits.number("metres")
    bends: dict[str, dict[int, dict[int, shapely.Point]]] = {}  # class -> line -> end -> where it should stand
    found: list[tuple[FeatureClass, Field, int, LineString | None, tuple[float, float], float, bool]] = []
    for cls, f, rows, ends in _ends(city):
        targets = rows.fields[f.name]
        named = np.flatnonzero(targets != 0)
        points = city.rows(f.ref or "", targets[named], geometry=True)
        assert points.geometry is not None
        places = looked_up(points, targets[named], points.geometry, None)
        away = shapely.distance(places, shapely.points(ends[named]))
        for i in np.flatnonzero(~(away <= within)).tolist():  # NaN where there is no such point
            row, line = named[i], None if rows.geometry is None else rows.geometry[named[i]]
            id, there = int(rows.ids[row]), places[i] is not None and line is not None and not line.is_empty
            place = (float(ends[row][0]), float(ends[row][1]))
            if there:
                bends.setdefault(cls.name, {}).setdefault(id, {})[0 if f.end == "first" else -1] = places[i]
            found.append((cls, f, id, line, place, float(away[i]), there))
    for cls, f, id, line, place, metres, there in found:
        fixes: tuple[Fix, ...] = (Fix("checks.fix_detach", Update(cls.name, [id], {f.name: None})),)
        if there and line is not None:  # both ends at once: the second mending must not undo the first
            fixes = (Fix("checks.fix_end", Reshape(cls.name, id, _bent(line, bends[cls.name][id]))), *fixes)
        args = {"field_zh": f.label.zh, "field_en": f.label.en, "metres": _metres(metres)}
        where = place if np.isfinite(place).all() else None
        yield Issue(it.name, it.severity, cls.name, (id,), where, args, fixes, part=f.name)


@rule("end_free", "route_segment")
def end_free(city: City, it: Rule) -> Iterator[Issue]:
    """Route segments with an end that stands on nothing: nobody can get at the cable there."""
    within = it.limits.number("metres")
    for cls, f, rows, ends in _ends(city, "route_segment"):
        for row in np.flatnonzero(rows.fields[f.name] == 0).tolist():
            place = (float(ends[row][0]), float(ends[row][1]))
            if not np.isfinite(place).all():
                continue
            found = city.near(f.ref or "", place, within)
            id = int(rows.ids[row])
            fixes = tuple(
                Fix("checks.fix_hold", Update(cls.name, [id], {f.name: int(node)})) for node in found[:1].tolist()
            )
            args = {"field_zh": f.label.zh, "field_en": f.label.en}
            yield Issue(it.name, it.severity, cls.name, (id,), place, args, fixes, part=f.name)


@rule("cell_off_site", "cell", "base_station", around=True)
def cell_off_site(city: City, it: Rule) -> Iterator[Issue]:
    """Cells that stand far from their base station."""
    within = it.limits.number("metres")
    rows = city.subjects("cell", ["site"], geometry=True)
    sites = city.rows("base_station", rows.fields["site"], geometry=True)
    assert rows.geometry is not None
    assert sites.geometry is not None
    there = looked_up(sites, rows.fields["site"], sites.geometry, None)
    away = shapely.distance(rows.geometry, there)
    for i in np.flatnonzero(away > within).tolist():
        id, shift = int(rows.ids[i]), (there[i].x - rows.geometry[i].x, there[i].y - rows.geometry[i].y)
        fixes = (Fix("checks.fix_to_site", Move("cell", [id], *shift)),)
        yield Issue(
            it.name, it.severity, "cell", (id,), place_of(rows.geometry[i]), {"metres": _metres(away[i])}, fixes
        )


@rule("outside_areas", whole_on=("area",))
def outside_areas(city: City, it: Rule) -> Iterator[Issue]:
    """In-service features that lie in no area of the city: they count for nobody."""
    for name in it.limits.words("classes"):
        if not city.looks_at(name):
            continue
        rows = city.subjects(name, ["status"], geometry=True)
        assert rows.geometry is not None
        usable = _usable(city, city.touching("area", rows.geometry))
        if not len(usable) and not len(_usable(city, city.all_of("area").ids)):
            return
        whole = shapely.union_all(usable)
        shapely.prepare(whole)
        live = (rows.fields["status"] == "in_service") & ~shapely.is_missing(rows.geometry)
        out = np.flatnonzero(live)[~shapely.intersects(whole, rows.geometry[live])]
        for i in out.tolist():
            yield Issue(it.name, it.severity, name, (int(rows.ids[i]),), place_of(rows.geometry[i]))


@rule("lost_target", around=True)
def lost_target(city: City, it: Rule) -> Iterator[Issue]:
    """References to rows that are no more (files of other programs; our own edits cannot leave any)."""
    for cls in city.catalogue:
        if not city.looks_at(cls.name):
            continue
        for f in cls.refs:
            if f.end is not None:
                continue  # end_off_point tells
            rows = city.subjects(cls.name, [f.name])
            targets = rows.fields[f.name]
            known = city.rows(f.ref or "", targets).ids
            for i in np.flatnonzero((targets != 0) & ~np.isin(targets, known)).tolist():
                id = int(rows.ids[i])
                fixes = () if f.required else (Fix("checks.fix_empty", Update(cls.name, [id], {f.name: None})),)
                args = {"field_zh": f.label.zh, "field_en": f.label.en}
                yield Issue(it.name, it.severity, cls.name, (id,), None, args, fixes, part=f.name)


def _usable(city: City, ids: NDArray[np.int64]) -> NDArray[np.object_]:
    areas = city.rows("area", ids, geometry=True)
    assert areas.geometry is not None
    usable: NDArray[np.object_] = areas.geometry[~shapely.is_missing(areas.geometry) & shapely.is_valid(areas.geometry)]
    return usable


def _ends(city: City, *only: str) -> Iterator[tuple[FeatureClass, Field, Columns, NDArray[np.float64]]]:
    """For every end field of every line class: the rows and the places (n, 2) of that end, NaN without a geometry."""
    for cls in city.catalogue:
        if not cls.ends or not city.looks_at(cls.name) or (only and cls.name not in only):
            continue
        rows = city.subjects(cls.name, [f.name for f in cls.ends], geometry=True)
        assert rows.geometry is not None
        for f in cls.ends:
            point = shapely.get_point(rows.geometry, 0 if f.end == "first" else -1)
            yield cls, f, rows, np.column_stack([shapely.get_x(point), shapely.get_y(point)])


def _bent(line: LineString, ends: dict[int, shapely.Point]) -> LineString:
    xy = shapely.get_coordinates(line)
    for end, point in ends.items():
        xy[end] = (point.x, point.y)
    return LineString(xy)


def _metres(away: float) -> str:
    if not np.isfinite(away):
        return "–"
    return f"{away:.2f}" if away < 100 else f"{away:,.0f}"
