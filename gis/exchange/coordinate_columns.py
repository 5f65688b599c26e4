"""Which columns of a file hold its positions: by their names, by the shape of their cells, or by their numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gis.exchange.grids import EASTING, NORTHING, NUMBERED
from gis.exchange.raw import Evidence, RawTable
from gis.geometry.angles import mangled, parse_angles, parse_pairs

_LONGITUDE = ("lon", "lng", "long", "longitude", "经度", "东经", "trilong", "currentlongitude", "gpslongitude")
_LATITUDE = ("lat", "latitude", "纬度", "北纬", "trilat", "currentlatitude", "gpslatitude")
_EASTING = ("e", "east", "easting", "东坐标", "横坐标", "y坐标", "东", "东距")
_NORTHING = ("n", "north", "northing", "北坐标", "纵坐标", "x坐标", "北", "北距")
_X, _Y = ("x", "point x", "pointx", "coordx"), ("y", "point y", "pointy", "coordy")
_WKT = ("wkt", "geom", "geometry", "thegeom", "shape")
_PAIR = (
    "location", "coordinates", "coordinate", "坐标", "位置", "geopoint", "gps", "latlon", "latlng", "lonlat", "lnglat",
    "经纬度", "gps坐标", "position", "latitudelongitude", "longitudelatitude",
)  # fmt: skip
#: Parts of longer names; what is left of both names must be the same: wgs84_lng and wgs84_lat, 起点经度 and 起点纬度.
_PARTS = (
    (("longitude", "经度", "lng", "lon"), ("latitude", "纬度", "lat", "lat")),
    (("easting", "东坐标", "横坐标"), ("northing", "北坐标", "纵坐标")),
)
_WKT_START = re.compile(
    r"\s*(?:SRID=\d+;)?(?:POINT|LINESTRING|POLYGON|MULTI(?:POINT|LINESTRING|POLYGON))\s*Z?M?\s*(?:\(|EMPTY)",
    re.IGNORECASE,
)
_SAMPLE = 500
_SURE = 0.9
_SHIFTED = {
    "gcj02": ("gcj", "火星", "高德", "腾讯", "amap", "mars"),
    "bd09": ("bd09", "百度", "baidu", "bdlng", "bdlon", "bdlat"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """The columns: one with well-known text or two numbers a cell, or two with one number each."""

    kind: Literal["columns", "pair", "wkt"]
    x: str
    y: str | None
    evidence: Evidence
    axes: Literal["geographic", "east", "plain"] = "plain"  # what the names say: lon/lat, east/north, nothing

    @property
    def names(self) -> str:
        """The columns' names."""
        return self.x if self.y is None else f"{self.x}, {self.y}"


def fold(name: str) -> str:
    """A column name without case, width, blanks and marks, for comparing."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_\-:/()（）\[\].°]+", "", folded)


def position_columns(raw: RawTable) -> Found | None:
    """The likeliest columns, with the reason; None when none can be a position."""
    head = raw.part(0, _SAMPLE * 4)
    head = replace(head, cells={name: head.cells[name] for name in head.columns})  # asked for again and again
    return _by_name(head) or _by_shape(head) or _by_part(head) or _by_range(head)


def datum_named(*columns: str | None) -> Literal["gcj02", "bd09"] | None:
    """The datum that columns' names give away: ``gcj02_lng``, ``百度经度``."""
    for name in columns:
        folded = fold(name) if name is not None else ""
        for datum, words in _SHIFTED.items():
            if any(word in folded for word in words):
                return "gcj02" if datum == "gcj02" else "bd09"
    return None


def sample_numbers(cells: NDArray[np.object_]) -> NDArray[np.float64]:
    """The numbers or angles of the first filled cells."""
    filled = [cell for cell in cells[: _SAMPLE * 4] if cell is not None][:_SAMPLE]
    return parse_angles(np.array(filled, dtype=object)) if filled else np.empty(0)


def _numeric(raw: RawTable, *names: str) -> bool:
    """Whether each of the columns holds a number, be it one that a spreadsheet has mangled: the rows then say so."""
    return all(
        np.isfinite(sample_numbers(raw.cells[name])).any() or any(cell and mangled(cell) for cell in raw.cells[name])
        for name in names
    )


def _by_name(raw: RawTable) -> Found | None:
    folded = {fold(name): name for name in reversed(raw.columns)}

    def called(names: tuple[str, ...]) -> str | None:
        return next((folded[fold(n)] for n in names if fold(n) in folded), None)

    for xs, ys, axes in ((_LONGITUDE, _LATITUDE, "geographic"), (_EASTING, _NORTHING, "east"), (_X, _Y, "plain")):
        x, y = called(xs), called(ys)
        if x and y and x != y and _numeric(raw, x, y):
            reason = Evidence("columns", f"{x}, {y}", "import.by_column_name")
            return Found("columns", x, y, reason, axes)  # type: ignore[arg-type]
    return None


def _by_part(raw: RawTable) -> Found | None:
    """Two columns whose names are longitude and latitude, or easting and northing, with the same words around.

    Of several the one on no shifted datum, then the first.
    """
    found: list[Found] = []
    for xs, ys in _PARTS:
        for x_word, y_word in zip(xs, ys, strict=True):
            rests = {fold(name).replace(y_word, "", 1): name for name in raw.columns if y_word in fold(name)}
            for name in raw.columns:
                folded = fold(name)
                other = rests.get(folded.replace(x_word, "", 1)) if x_word in folded else None
                if other is not None and other != name and _numeric(raw, name, other):
                    reason = Evidence("columns", f"{name}, {other}", "import.by_column_name")
                    axes = "geographic" if xs is _PARTS[0][0] else "east"
                    found.append(Found("columns", name, other, reason, axes))  # type: ignore[arg-type]
    return min(found, key=lambda f: datum_named(f.x, f.y) is not None, default=None)


def _by_shape(raw: RawTable) -> Found | None:
    """A column of WKT or of number pairs; a fitting name is tried before the others.

    Without a fitting name pairs count only where nearly all cells are two numbers that can be a place in China.
    """
    named = {fold(n) for n in (*_WKT, *_PAIR)}

    def fits(name: str) -> bool:
        last = fold(re.split(r"[/:.\-]", name)[-1])  # ODK puts the group's name in front
        return fold(name) in named or last in named

    for name in sorted(raw.columns, key=lambda name: not fits(name)):
        cells = [cell for cell in raw.cells[name][:_SAMPLE] if cell is not None]
        if not cells:
            continue
        if sum(bool(_WKT_START.match(cell)) for cell in cells) > len(cells) / 2:
            return Found("wkt", name, None, Evidence("columns", name, "import.well_known_text"))
        first, second = parse_pairs(np.array(cells, dtype=object))
        paired = np.isfinite(first) & np.isfinite(second)
        if fits(name) and paired.sum() > len(cells) / 2:
            return Found("pair", name, None, Evidence("columns", name, "import.number_pairs"))
        if paired.mean() >= _SURE and len(cells) > 1 and _chinese(first[paired], second[paired]):
            return Found("pair", name, None, Evidence("columns", name, "import.number_pairs"))
    return None


def _chinese(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    def share(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
        degrees = (x >= 73) & (x <= 136) & (y >= 3) & (y <= 54)
        metres = (y >= NORTHING[0]) & (y <= NORTHING[1]) & (
            ((x >= EASTING[0]) & (x <= EASTING[1])) | ((x >= NUMBERED[0]) & (x < NUMBERED[1]))
        )  # fmt: skip
        return float((degrees | metres).mean())

    return max(share(first, second), share(second, first)) >= _SURE


def _by_range(raw: RawTable) -> Found | None:
    """Two columns whose numbers can only be longitude and latitude of China, or easting and northing of the grid."""
    spans: dict[str, tuple[float, float]] = {}
    for name in raw.columns:
        values = sample_numbers(raw.cells[name])
        good = values[np.isfinite(values) & (values != 0)]  # a receiver without a fix writes 0
        if len(good) > 0.5 * len(values) and np.any(good != np.round(good)):
            spans[name] = (float(np.quantile(good, 0.02)), float(np.quantile(good, 0.98)))
    for x_range, y_range in (((73.0, 136.0), (3.0, 54.0)), (EASTING, NORTHING), (NUMBERED, NORTHING)):
        xs = [n for n, (low, high) in spans.items() if x_range[0] <= low and high <= x_range[1]]
        ys = [n for n, (low, high) in spans.items() if y_range[0] <= low and high <= y_range[1]]
        if len(xs) == 1 and len(ys) == 1:
            reason = Evidence("columns", f"{xs[0]}, {ys[0]}", "import.by_number_range")
            return Found("columns", xs[0], ys[0], reason)
    return None
