"""Positions as people write them: every sensible reading of a text, and a position written in any of the systems.

A text like "120.16, 33.34" can be meant in WGS 84 or in the shifted coordinates of a web map, and "500000 3690000" in
any of a dozen grids; `readings` gives them all, the likeliest first, and never chooses in silence. The systems are
"lonlat" (WGS 84 and CGCS2000, which agree to centimetres), "gcj02", "bd09" and "EPSG:n" of projected systems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from gis.errors import Refusal
from gis.geometry.angles import dms_text, parse_angle
from gis.geometry.crs import ProjectCrs, epsg_code, gauss_kruger_3, project_crs
from gis.geometry.datum import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

Order = Literal["east first", "north first"]
System = Literal["project", "lonlat", "dms", "gcj02", "bd09", "zoned", "utm"]
SYSTEMS: tuple[System, ...] = ("project", "lonlat", "dms", "gcj02", "bd09", "zoned", "utm")
MOST = 8
_NEAR_DEGREES = 15.0  # unnamed positions farther from where the project's system may be used are no likely wish

_NAMED = (
    (re.compile(r"gcj[\s-]?02|gcj|火星坐标(?:系)?|高德|腾讯|amap", re.IGNORECASE), "gcj02", None),
    (re.compile(r"bd[\s-]?09(?:ll)?|百度|baidu", re.IGNORECASE), "bd09", None),
    (re.compile(r"\bgeo(?=:)|\blat(?:itude)?[\s,/]*lo?ng?(?:itude)?\b", re.IGNORECASE), "lonlat", "north first"),
    (re.compile(r"wgs[\s-]?84|cgcs[\s-]?2000|天地图|epsg:{1,2}(?:4326|4490)\b", re.IGNORECASE), "lonlat", None),
)
_EPSG = re.compile(r"\bepsg\s*:{0,2}\s*(\d{4,5})\b", re.IGNORECASE)
_UTM = re.compile(r"\butm\s*(?:zone\s*)?(\d{1,2})\s*([c-hj-np-x])?\b|^\s*(\d{1,2})\s?([c-hj-np-x])\s+(?=\d{5})", re.I)
_EAST, _NORTH = "EWew东西", "NSns北南"
_LETTERS = (re.compile("[NSEW东西南北]"), re.compile("[NEWnew东西北]"))
_AXIS = re.compile(r"^\s*(?:[xy]\s*[=:]?|[=:])\s*|\s*(?:m|米)\s*$", re.IGNORECASE)
_MARK = re.compile(r"^\s*[EN东北]\s*[=:]?\s*|\s*[EN东北]\s*$", re.IGNORECASE)
_SEXAGESIMAL = re.compile(r"[°º度'\"分:]|\d\s+\d")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d*)?\Z")
_COMMA = re.compile(r"[+-]?\d+,\d+\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a text. ``x``, ``y`` in the project's CRS; ``lon``, ``lat`` in WGS 84, degrees.

    ``system`` and ``order``: how the text was taken; ``named``: whether the text itself said in which system.
    """

    x: float
    y: float
    lon: float
    lat: float
    system: str
    order: Order
    named: bool = False


def readings(text: str, crs: ProjectCrs) -> list[Reading]:
    """Every sensible reading of a text as a position, the likeliest first; empty when it is none.

    Takes decimal degrees in either order, degrees with minutes and seconds in any dress, eastings and northings of the
    project, of its neighbouring zones, with zone number, of UTM, and a named system: "gcj02:", "BD-09", "EPSG:4548",
    "UTM 51N".
    """
    said = unicodedata.normalize("NFKC", text.replace("´", "'").replace("″", '"').replace("′", "'")).strip(" []()")
    if not said or len(said) > 200 or sum(letter.isdigit() for letter in said) < 2:
        return []
    system, order, rest = _named(said)
    found: list[Reading] = []
    for first, second in _halves(rest):
        if system is None or system in ("lonlat", "gcj02", "bd09"):
            found += _angular(first, second, system, order, crs)
        if system is None or system.startswith("EPSG:"):
            found += _metric(first, second, system, crs)
        if found:
            break
    return _distinct(found)[:MOST]


def written(x: float, y: float, crs: ProjectCrs, system: System) -> str:
    """A position of the project written in a system, so that `readings` finds it again; "" where it has none."""
    lon, lat = (float(v) for v in crs.to_lonlat(x, y))
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return f"{x:.3f}, {y:.3f}" if system == "project" else ""
    if system == "project":
        return f"{x:.3f}, {y:.3f}"
    if system == "lonlat":
        return f"{lon:.7f}, {lat:.7f}"
    if system == "dms":
        return f"{dms_text(lat, 'NS')} {dms_text(lon, 'EW')}"
    if system in ("gcj02", "bd09"):
        shift, name = (wgs84_to_gcj02, "GCJ-02") if system == "gcj02" else (wgs84_to_bd09, "BD-09")
        east, north = shift(lon, lat)
        return f"{name}: {float(east):.7f}, {float(north):.7f}"
    if system == "utm":
        zone = min(int((lon + 180) // 6) + 1, 60)
        east, north = project_crs((32600 if lat >= 0 else 32700) + zone).from_lonlat(lon, lat)
        return f"UTM {zone}{'N' if lat >= 0 else 'S'} {float(east):.3f} {float(north):.3f}"
    zone = round(lon / 3)
    if not 25 <= zone <= 45:
        return ""
    east, north = project_crs(_with_zone(zone)).from_lonlat(lon, lat)
    return f"{float(east):.3f}, {float(north):.3f}"


def _named(text: str) -> tuple[str | None, Order | None, str]:
    """The system a text names, the order that goes with the name, and the text without it."""
    for pattern, system, order in _NAMED:
        found = pattern.search(text)
        if found:
            return system, order, _without(text, found)  # type: ignore[return-value]
    found = _EPSG.search(text)
    if found:
        try:
            code = epsg_code(found[1])
            project_crs(code)
        except Refusal:
            return None, None, ""  # a system nobody knows, or none of metres: no reading at all
        return f"EPSG:{code}", None, _without(text, found)
    found = _UTM.search(text)
    if found:
        zone, band = int(found[1] or found[3]), (found[2] or found[4] or "N").upper()
        if 1 <= zone <= 60:
            # S is the band from 32° to 40° north, in which Yancheng lies, and not the southern hemisphere.
            return f"EPSG:{(32600 if band >= 'N' else 32700) + zone}", None, _without(text, found)
    return None, None, text


def _without(text: str, found: re.Match[str]) -> str:
    return (text[: found.start()] + " " + text[found.end() :]).strip(" ():=,")


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """The ways to part a text into two numbers, the surest first."""
    parts = [part for part in re.split(r"[;、\n]", text) if part.strip()]
    if len(parts) == 2:
        yield parts[0], parts[1]
    for letters in _LETTERS:
        places = [found.start() for found in letters.finditer(text)]
        if len(places) == 2:
            cut = places[1] if not text[: places[0]].strip() else places[0] + 1
            yield text[:cut].strip(" ,"), text[cut:].strip(" ,")
            break
    parts = text.split(",")
    if len(parts) == 2:
        yield parts[0], parts[1]
    tokens = [token.strip(",") for token in re.split(r"\s+|,\s", text) if token.strip(",")]
    if len(tokens) in (2, 4, 6):
        half = len(tokens) // 2
        yield " ".join(tokens[:half]), " ".join(tokens[half:])


def _angular(first: str, second: str, system: str | None, order: Order | None, crs: ProjectCrs) -> Iterator[Reading]:
    """Readings as degrees."""
    a, b = parse_angle(first), parse_angle(second)
    if not (np.isfinite(a) and np.isfinite(b)):
        return
    axes = _axis(first), _axis(second)
    decimal = not any(_SEXAGESIMAL.search(half) for half in (first, second))
    orders: list[Order] = []
    for wanted, axis in (("east first", ("e", "n")), ("north first", ("n", "e"))):
        lon, lat = (a, b) if wanted == "east first" else (b, a)
        fits = all(had is None or had == should for had, should in zip(axes, axis, strict=True))
        if fits and order in (None, wanted) and abs(lon) <= 180 and abs(lat) <= 90:
            orders.append(wanted)  # type: ignore[arg-type]
    near = [o for o in orders if _near(*_pair(a, b, o), crs)]
    precise = system is not None or any(axes) or not decimal or "." in first + second
    if not near and not precise:
        return
    systems = (
        [system] if system is not None else ["lonlat", "gcj02", "bd09"] if decimal and not any(axes) else ["lonlat"]
    )
    for how in systems:
        for one in near or orders:
            lon, lat = _pair(a, b, one)
            if how in ("gcj02", "bd09"):
                moved = (gcj02_to_wgs84 if how == "gcj02" else bd09_to_wgs84)(lon, lat)
                if system is None and (float(moved[0]), float(moved[1])) == (lon, lat):
                    continue  # outside China these systems are WGS 84
                lon, lat = float(moved[0]), float(moved[1])
            x, y = (float(v) for v in crs.from_lonlat(lon, lat))
            if np.isfinite(x) and np.isfinite(y):
                yield Reading(x, y, lon, lat, how or "lonlat", one, system is not None)


def _metric(first: str, second: str, system: str | None, crs: ProjectCrs) -> Iterator[Reading]:
    """Readings as metres of a grid."""
    axes = _axis(first), _axis(second)
    found: list[tuple[tuple[bool, float], Reading]] = []
    west, south, east, north = crs.area_of_use
    middle_x, middle_y = (float(v) for v in crs.from_lonlat((west + east) / 2, (south + north) / 2))
    for (a, b), order in product(product(_metres(first), _metres(second)), ("east first", "north first")):
        should = ("e", "n") if order == "east first" else ("n", "e")
        if any(had is not None and had != wanted for had, wanted in zip(axes, should, strict=True)):
            continue
        e, n = _pair(a, b, order)  # type: ignore[arg-type]
        for code in [int(system[5:])] if system else _grids(e, n, crs):
            grid = project_crs(code)
            lon, lat = (float(v) for v in grid.to_lonlat(e, n))
            if not (np.isfinite(lon) and np.isfinite(lat)):
                continue
            if system is None and code != crs.srid and not _inside(lon, lat, grid, 1.0):
                continue
            x, y = (e, n) if code == crs.srid else (float(v) for v in crs.from_lonlat(lon, lat))
            if not (np.isfinite(x) and np.isfinite(y)):
                continue
            reading = Reading(x, y, lon, lat, f"EPSG:{code}", order, system is not None)  # type: ignore[arg-type]
            strange = not _inside(lon, lat, grid, 1.0) if system else not bool(crs.covers(x, y, 200_000.0))
            if system is None and strange and code == crs.srid:
                continue
            rank = (strange, 0.0 if code == crs.srid else float(np.hypot(x - middle_x, y - middle_y)))
            found.append((rank, reading))
    found.sort(key=lambda pair: pair[0])
    yield from (reading for (strange, _), reading in found if not strange or found[0][0][0])


def _grids(e: float, n: float, crs: ProjectCrs) -> list[int]:
    """The codes of the grids in which an easting and northing without a name may be meant, the project's first."""
    if not 0 <= n <= 1e7:
        return []
    codes = [crs.srid]
    if 1e7 <= e < 4.6e7:
        zone = int(e // 1e6)
        if 25 <= zone <= 45:
            codes.append(_with_zone(zone))
        elif 13 <= zone <= 23:
            codes.append(4491 + zone - 13)
    elif 1e5 <= e <= 9e5:
        middle = (crs.area_of_use[0] + crs.area_of_use[2]) / 2
        for longitude in (middle - 3, middle, middle + 3):
            if 75 <= longitude <= 135:
                codes.append(gauss_kruger_3(longitude))
                codes.append(4502 + min(int((longitude - 72) // 6), 10))  # CGCS2000 6-degree, central meridian 75 …
            if -180 <= longitude < 180:
                codes.append(32600 + int((longitude + 180) // 6) + 1)
    return list(dict.fromkeys(codes))


def _with_zone(zone: int) -> int:
    """The code of the CGCS2000 3-degree zone whose eastings begin with its number."""
    return 4513 + zone - 25


def _metres(text: str) -> list[float]:
    """The numbers a text may be, in metres: points and commas are used both ways."""
    plain = _MARK.sub("", _AXIS.sub("", text.strip()))
    made = []
    if _PLAIN.match(plain):
        made.append(float(plain))
    if _GROUPED.match(plain):
        made.append(float(plain.replace(",", "")))
    if _COMMA.match(plain):
        made.append(float(plain.replace(",", ".")))
    return [value for value in made if abs(value) > 180]


def _axis(text: str) -> str | None:
    """ "e" or "n" where a letter says which coordinate this is."""
    edges = (text.strip()[:1], text.strip()[-1:])
    if text.strip()[1:2] in ("纬", "经"):
        return "n" if text.strip()[1] == "纬" else "e"
    if any(edge in _EAST for edge in edges if edge):
        return "e"
    if any(edge in _NORTH for edge in edges if edge) and not text.strip().endswith("s"):  # s: seconds
        return "n"
    return None


def _pair(a: float, b: float, order: Order) -> tuple[float, float]:
    return (a, b) if order == "east first" else (b, a)


def _near(lon: float, lat: float, crs: ProjectCrs) -> bool:
    return _inside(lon, lat, crs, _NEAR_DEGREES)


def _inside(lon: float, lat: float, crs: ProjectCrs, margin: float) -> bool:
    west, south, east, north = crs.area_of_use
    return west - margin <= lon <= east + margin and south - margin <= lat <= north + margin


def _distinct(found: list[Reading]) -> list[Reading]:
    """Of readings that mean the same place only the first."""
    return list({(round(one.x, 2), round(one.y, 2)): one for one in reversed(found)}.values())[::-1]
