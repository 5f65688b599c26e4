"""A route with its stations: which line a route sheet is about, what stands along it, and where its kilometres lie.

Distances along the route are metres on the ground (ellipsoid), counted from the first vertex of the line, as the
length of a cable is elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.cartography.sheets.city import CityFile
from gis.cartography.sheets.specification import Station, Table
from gis.errors import Language
from gis.geometry.columns import BBox
from gis.geometry.crs import project_crs
from gis.geometry.measure import ground_length

BESIDE_M = 3.0  # a node within this distance stands on the route
_TICK_MM = 16.0  # stations on the map are at least so far apart
_LINES = ("cable", "route_segment", "road")


@dataclass(frozen=True, slots=True)
class Stop:
    """A node on the route, ``at`` metres from its beginning; ``laid``: how the route goes on from here."""

    at: float
    code: str
    kind: str
    laid: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A line with its name, ground length and stops; ``geometry`` in the project's CRS."""

    cls: str
    name: str
    geometry: Any
    length_m: float
    stops: tuple[Stop, ...]


def route_of(city: CityFile, wanted: str, extent: BBox | None, language: Language) -> Route | None:
    """The route called ``wanted`` (code or name), else the longest cable in the extent; None where there is none."""
    for cls in _LINES if wanted else ():
        found = city.columns(cls, ["code", "name"], where='"code" = ? OR "name" = ?', params=(wanted, wanted), limit=1)
        if len(found) and found.geometry is not None:
            return _route(city, cls, _name(found.fields, 0), found.geometry[0], language)
    if wanted:
        return None
    lines = city.columns("cable", ["code", "name"], where="\"level\" = 'backbone'", bbox=extent)
    if not len(lines):
        lines = city.columns("cable", ["code", "name"], bbox=extent)
    if not len(lines) or lines.geometry is None:
        return None
    longest = int(np.argmax(shapely.length(lines.geometry)))
    return _route(city, "cable", _name(lines.fields, longest), lines.geometry[longest], language)


def _name(fields: Any, i: int) -> str:
    code, name = str(fields["code"][i] or ""), str(fields["name"][i] or "")
    return f"{code} {name}".strip() if name != code else code


def _route(city: CityFile, cls: str, name: str, geometry: Any, language: Language) -> Route | None:
    line = shapely.line_merge(geometry) if geometry is not None and geometry.geom_type != "LineString" else geometry
    if line is not None and line.geom_type == "MultiLineString":
        line = max(line.geoms, key=lambda part: part.length)
    if line is None or line.is_empty or not line.length:
        return None
    length = _ground_length(line, city.crs)
    return Route(cls, name, line, length, _stops(city, line, length / line.length, language))


def _ground_length(line: Any, crs: pyproj.CRS) -> float:
    code = crs.to_epsg()
    return float(line.length) if code is None else float(ground_length(line, project_crs(code))[0])


def _stops(city: CityFile, line: Any, factor: float, language: Language) -> tuple[Stop, ...]:
    xmin, ymin, xmax, ymax = line.bounds
    near = (xmin - BESIDE_M, ymin - BESIDE_M, xmax + BESIDE_M, ymax + BESIDE_M)
    nodes = city.columns("fibre_node", ["code", "kind"], bbox=near)
    if not len(nodes) or nodes.geometry is None:
        return ()
    on = np.flatnonzero(shapely.distance(nodes.geometry, line) <= BESIDE_M)
    at = shapely.line_locate_point(line, nodes.geometry[on])
    order = np.argsort(at, kind="stable")
    on, at = on[order], at[order]
    laid = _laid(city, line, at, near, language)
    kind = city.catalogue["fibre_node"].field("kind")
    return tuple(
        Stop(float(at[i]) * factor, str(nodes.fields["code"][k] or ""),
             kind.code_label(nodes.fields["kind"][k], language), laid[i])
        for i, k in enumerate(on)
    )  # fmt: skip


def _laid(city: CityFile, line: Any, at: NDArray[np.float64], near: BBox, language: Language) -> list[str]:
    """How the route lies between each stop and the next: the kind of the segment in the middle."""
    segments = city.columns("route_segment", ["kind"], bbox=near)
    said = [""] * len(at)
    if len(at) < 2 or not len(segments) or segments.geometry is None:
        return said
    kind = city.catalogue["route_segment"].field("kind")
    middles = shapely.line_interpolate_point(line, (at[:-1] + at[1:]) / 2)
    where, which = shapely.STRtree(segments.geometry).query_nearest(middles, max_distance=BESIDE_M, all_matches=False)
    for i, k in zip(where, which, strict=True):
        if at[i + 1] - at[i] > 0.05:
            said[i] = kind.code_label(segments.fields["kind"][k], language)
    return said


def station_name(metres: float) -> str:
    """K12+345: whole metres after whole kilometres."""
    whole = round(metres)
    return f"K{whole // 1000}+{whole % 1000:03d}"


def chainage_table(route: Route, language: Language) -> Table:
    """The stops along a route: station, node, kind, how far to the next one and how the route lies there."""
    zh = language == "zh"
    rows = []
    for i, stop in enumerate(route.stops):
        onward = route.stops[i + 1].at - stop.at if i + 1 < len(route.stops) else None
        rows.append(
            (station_name(stop.at), stop.code, stop.kind, "–" if onward is None else f"{onward:,.1f}", stop.laid)
        )
    head = (
        ("桩号", "节点", "类型", "至下一点 m", "敷设方式")
        if zh
        else ("Station", "Node", "Kind", "To next m", "Laid as")
    )
    total = ("全长" if zh else "Length", "", "", f"{route.length_m:,.1f}", "")
    title = f"里程表：{route.name}" if zh else f"Chainage of {route.name}"
    note = "里程为椭球面长度，不含预留" if zh else "Ground lengths on the ellipsoid, without slack"
    if not rows:
        return Table(title, head, (), (False, False, False, True, False), note=note)
    return Table(title, head, (*rows, total), (False, False, False, True, False), total=True, note=note)


def stations(route: Route, extent: BBox, denominator: float) -> tuple[Station, ...]:
    """The round stations of a route inside a map, at 1, 2 or 5 times a power of ten metres, with its two ends."""
    if route.length_m <= 0:
        return ()
    wanted = _TICK_MM * denominator / 1000.0
    power = 10.0 ** floor(log10(wanted))
    step = max(next(s * power for s in (1.0, 2.0, 5.0, 10.0) if s * power >= wanted * (1 - 1e-9)), 1.0)
    metres = [i * step for i in range(1, ceil(route.length_m / step)) if route.length_m - i * step > step * 0.4]
    metres = [0.0, *metres, route.length_m]
    per_metre = route.geometry.length / route.length_m
    at = np.array(metres) * per_metre
    ends = route.geometry.length
    here = shapely.get_coordinates(shapely.line_interpolate_point(route.geometry, at))
    reach = min(1.0, ends / 10)
    before = shapely.get_coordinates(shapely.line_interpolate_point(route.geometry, np.maximum(at - reach, 0)))
    after = shapely.get_coordinates(shapely.line_interpolate_point(route.geometry, np.minimum(at + reach, ends)))
    bearing = np.degrees(np.arctan2(after[:, 0] - before[:, 0], after[:, 1] - before[:, 1])) % 360.0
    xmin, ymin, xmax, ymax = extent
    return tuple(
        Station(float(x), float(y), float(bearing[i]), station_name(metres[i]), i in (0, len(metres) - 1))
        for i, (x, y) in enumerate(here)
        if xmin <= x <= xmax and ymin <= y <= ymax
    )
