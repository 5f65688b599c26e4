"""Where a file's rows lie: which columns hold the coordinates, in which order, system and datum."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.raw import Evidence, RawTable
from gis.geometry.angles import parse_angles, parse_pairs
from gis.geometry.datum import bd09_to_wgs84, gcj02_to_wgs84
from gis.geometry.shifts import Shift

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
_LONGITUDE = ("lon", "lng", "long", "longitude", "经度", "东经", "trilong", "currentlongitude", "gpslongitude")
_LATITUDE = ("lat", "latitude", "纬度", "北纬", "trilat", "currentlatitude", "gpslatitude")
_EASTING = ("e", "east", "easting", "东坐标", "横坐标", "y坐标")
_NORTHING = ("n", "north", "northing", "北坐标", "纵坐标", "x坐标")
_X, _Y = ("x", "point x", "pointx", "coordx"), ("y", "point y", "pointy", "coordy")
_WKT = ("wkt", "geom", "geometry", "thegeom", "shape")
_PAIR = ("location", "coordinates", "coordinate", "坐标", "位置", "geopoint", "gps", "latlon", "latlng", "lonlat")
_WKT_START = re.compile(r"\s*(?:SRID=\d+;)?(?:POINT|LINESTRING|POLYGON|MULTI)", re.IGNORECASE)
_SAMPLE = 500
#: Zone 40 of the 3-degree Gauss–Krüger grid carries its number in front of the easting (DOMAIN §7).
_ZONE_40 = (4.0e7, 4.1e7)


@dataclass(frozen=True, slots=True)
class Placement:
    """How to find the position of every row. ``pair`` is one column with two numbers, ``x``/``y`` two columns."""

    kind: Literal["own", "columns", "pair", "wkt"]
    x: str | None = None
    y: str | None = None
    swapped: bool = False  # pair only: latitude or northing first
    crs: str = "EPSG:4326"
    datum: Datum = "wgs84"
    evidence: tuple[Evidence, ...] = ()
    shift: Shift | None = None
    others: tuple[str, ...] = ()  # further zones of the same grid, for rows that lie in those

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are used up by the position."""
        return frozenset(c for c in (self.x, self.y) if c is not None)


def fold(name: str) -> str:
    """A column name without case, width, blanks and marks, for comparing."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_\-:/()（）\[\].°]+", "", folded)


def guess_placement(
    raw: RawTable,
    project_crs: str,
    *,
    crs: str | None = None,
    datum: Datum | None = None,
    x: str | None = None,
    y: str | None = None,
) -> Placement:
    """The most likely position columns, with reasons; what the user gives is taken as it is.

    Raises Refusal ``import.no_position`` when no column can be a coordinate, ``import.no_column`` when a named
    one does not exist.
    """
    if raw.geometry is not None:
        found = _own_system(raw, crs, project_crs)
        return _with_datum(found, datum, raw.datum)
    for given in (x, y):
        if given is not None and given not in raw.columns:
            raise Refusal("import.no_column", column=given, known=", ".join(raw.columns))
    if x is not None and y is not None:
        found = Placement("columns", x, y, evidence=(Evidence("columns", f"{x}, {y}", "import.by_user"),))
    else:
        guessed = _by_name(raw) or _by_shape(raw) or _by_range(raw)
        if guessed is None:
            raise Refusal("import.no_position", known=", ".join(raw.columns))
        found = guessed
    if found.kind != "wkt":
        found = _system(raw, found, project_crs)
    if crs is not None:
        found = replace(found, crs=crs, evidence=(*found.evidence, Evidence("crs", crs, "import.by_user")))
    return _with_datum(found, datum, raw.datum)


def place(raw: RawTable, placement: Placement, project_crs: str) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """(geometries in the project's CRS, reasons), one each a row; a reason is a message code, None where it is well."""
    count = len(raw)
    reasons = np.full(count, None, dtype=object)
    if placement.kind == "own":
        assert raw.geometry is not None
        geometries = raw.geometry.copy()
        if placement.swapped:
            geometries = shapely.transform(geometries, lambda xy: xy[:, ::-1])
        reasons[[g is None or g.is_empty for g in geometries]] = "import.no_geometry"
    elif placement.kind == "wkt":
        assert placement.x is not None
        texts = [_without_srid(cell) for cell in raw.cells[placement.x]]
        geometries = shapely.force_2d(shapely.from_wkt(texts, on_invalid="ignore"))
        for i, text in enumerate(texts):
            if geometries[i] is None:
                reasons[i] = "import.no_geometry" if text is None else "import.broken_geometry"
    else:
        first, second, empty = _numbers(raw, placement)
        geometries = np.full(count, None, dtype=object)
        good = np.isfinite(first) & np.isfinite(second)
        reasons[~good] = np.where(empty[~good], "import.no_geometry", "import.no_number")
        if _is_geographic(placement.crs):
            wrong = good & ~((np.abs(first) <= 180) & (np.abs(second) <= 90))
            reasons[wrong] = "import.out_of_range"
            zero = good & (first == 0) & (second == 0)  # a receiver without a fix writes 0, 0
            reasons[zero] = "import.zero_position"
            good &= ~wrong & ~zero
        geometries[good] = shapely.points(first[good], second[good])
    good = np.array([reason is None for reason in reasons], dtype=bool)
    if good.any():
        geometries[good] = _to_project(geometries[good], placement, project_crs)
        bounds = shapely.bounds(geometries[good])
        lost = np.flatnonzero(good)[~np.isfinite(bounds).all(axis=1)]
        reasons[lost] = "import.out_of_range"
    return geometries, reasons


def _to_project(geometries: NDArray[np.object_], placement: Placement, project_crs: str) -> NDArray[np.object_]:
    transformer = pyproj.Transformer.from_crs(placement.crs, project_crs, always_xy=True)
    shift = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(placement.datum)

    def moved(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        east, north = coordinates[:, 0], coordinates[:, 1]
        if shift is not None:
            east, north = shift(east, north)
        return np.column_stack(transformer.transform(east, north))

    made: NDArray[np.object_] = shapely.transform(geometries, moved)
    return made


def _numbers(raw: RawTable, placement: Placement) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    assert placement.x is not None
    if placement.kind == "pair":
        cells = raw.cells[placement.x]
        first, second = parse_pairs(cells)
        empty = np.array([cell is None for cell in cells], dtype=bool)
        return (second, first, empty) if placement.swapped else (first, second, empty)
    assert placement.y is not None
    cells, others = raw.cells[placement.x], raw.cells[placement.y]
    empty = np.array([a is None or b is None for a, b in zip(cells, others, strict=True)], dtype=bool)
    return parse_angles(cells), parse_angles(others), empty


def _by_name(raw: RawTable) -> Placement | None:
    folded = {fold(name): name for name in reversed(raw.columns)}

    def called(names: tuple[str, ...]) -> str | None:
        return next((folded[fold(n)] for n in names if fold(n) in folded), None)

    for xs, ys in ((_LONGITUDE, _LATITUDE), (_EASTING, _NORTHING), (_X, _Y)):
        x, y = called(xs), called(ys)
        if x and y and _numeric_share(raw, x) > 0 and _numeric_share(raw, y) > 0:
            evidence = Evidence("columns", f"{x}, {y}", "import.by_column_name")
            return Placement("columns", x, y, evidence=(evidence,))
    return None


def _by_shape(raw: RawTable) -> Placement | None:
    """A column of WKT or of number pairs; a fitting name is tried before the others."""

    def rank(name: str) -> bool:
        return fold(name) not in {fold(n) for n in (*_WKT, *_PAIR)}

    for name in sorted(raw.columns, key=rank):
        cells = [cell for cell in raw.cells[name][:_SAMPLE] if cell is not None]
        if not cells:
            continue
        if sum(bool(_WKT_START.match(cell)) for cell in cells) > len(cells) / 2:
            return Placement("wkt", name, evidence=(Evidence("columns", name, "import.well_known_text"),))
        first, _ = parse_pairs(np.array(cells, dtype=object))
        if np.isfinite(first).sum() > len(cells) / 2 and not rank(name):
            return Placement("pair", name, evidence=(Evidence("columns", name, "import.number_pairs"),))
    return None


def _by_range(raw: RawTable) -> Placement | None:
    """Two columns whose numbers can only be longitude and latitude of China, or easting and northing of the grid."""
    spans: dict[str, tuple[float, float]] = {}
    for name in raw.columns:
        if _numeric_share(raw, name) > 0.5:
            values = parse_angles(raw.cells[name][:_SAMPLE])
            values = values[np.isfinite(values)]
            fractional = np.any(values != np.round(values))
            if fractional:
                spans[name] = (float(values.min()), float(values.max()))
    for x_range, y_range in (((73, 135), (3, 54)), ((1e5, 9e5), (2e6, 6e6)), ((2.5e7, 4.6e7), (2e6, 6e6))):
        xs = [n for n, (low, high) in spans.items() if x_range[0] <= low and high <= x_range[1]]
        ys = [n for n, (low, high) in spans.items() if y_range[0] <= low and high <= y_range[1]]
        if len(xs) == 1 and len(ys) == 1:
            evidence = Evidence("columns", f"{xs[0]}, {ys[0]}", "import.by_number_range")
            return Placement("columns", xs[0], ys[0], evidence=(evidence,))
    return None


def _system(raw: RawTable, found: Placement, project_crs: str) -> Placement:
    """Order and CRS from the numbers (DOMAIN §7)."""
    first, second, _ = _numbers(raw, found)
    good = np.isfinite(first) & np.isfinite(second) & ~((first == 0) & (second == 0))
    if not good.any():
        return found
    x, y = float(np.median(first[good])), float(np.median(second[good]))
    swapped = False
    if 2e6 <= abs(x) <= 6e6 and (1e5 <= abs(y) <= 9e5 or _ZONE_40[0] <= y < _ZONE_40[1]):
        swapped = True  # northing stands first, as in most Chinese survey files
    elif abs(x) <= 90 < abs(y) <= 180 or (found.kind == "pair" and 3 <= x <= 54 and 73 <= y <= 135):
        swapped = True
    if swapped:
        x, y = y, x
    evidence = list(found.evidence)
    if swapped:
        evidence.append(Evidence("order", "y, x", "import.second_number_is_x"))
    if abs(x) <= 180 and abs(y) <= 90:
        crs, reason = "EPSG:4326", "import.degrees"
    elif _ZONE_40[0] <= x < _ZONE_40[1] and 2e6 <= y <= 6e6:
        crs, reason = "EPSG:4528", "import.zone_prefix_40"
    else:
        crs, reason = project_crs, "import.project_metres"
    evidence.append(Evidence("crs", crs, reason))
    if found.kind == "columns" and swapped:
        return replace(found, x=found.y, y=found.x, crs=crs, evidence=tuple(evidence))
    return replace(found, swapped=swapped, crs=crs, evidence=tuple(evidence))


def _own_system(raw: RawTable, crs: str | None, project_crs: str) -> Placement:
    """The system of geometries a file carries: as said, as named in the file, or by the range of the numbers.

    Raises Refusal ``import.crs_needed`` where neither is possible, ``import.old_datum`` for Beijing 1954 and
    Xian 1980, to which no exact path is known without local parameters.
    """
    if crs is not None:
        _is_geographic(crs)
        return Placement("own", crs=crs, evidence=(Evidence("crs", crs, "import.by_user"),))
    if raw.crs is not None:
        _refuse_old_datum(raw.crs)
        return Placement("own", crs=raw.crs)
    assert raw.geometry is not None
    box = shapely.bounds(raw.geometry)
    box = box[np.isfinite(box).all(axis=1)]
    if not len(box):
        return Placement("own", crs=project_crs)
    x, y = float(np.median(box[:, 0])), float(np.median(box[:, 1]))
    swapped = 2e6 <= x <= 6e6 and (1e5 <= y <= 9e5 or _ZONE_40[0] <= y < _ZONE_40[1])
    if swapped:
        x, y = y, x
    if 73 <= x <= 135 and 3 <= y <= 54:
        found, reason = "EPSG:4326", "import.degrees"
    elif _ZONE_40[0] <= x < _ZONE_40[1] and 2e6 <= y <= 6e6:
        found, reason = "EPSG:4528", "import.zone_prefix_40"
    elif 1e5 <= x <= 9e5 and 2e6 <= y <= 6e6:
        found, reason = project_crs, "import.project_metres"
    else:
        raise Refusal("import.crs_needed", x=f"{x:,.1f}", y=f"{y:,.1f}")
    evidence = [Evidence("crs", found, reason)]
    if swapped:
        evidence.insert(0, Evidence("order", "y, x", "import.second_number_is_x"))
    return Placement("own", swapped=swapped, crs=found, evidence=tuple(evidence))


def _refuse_old_datum(crs: str) -> None:
    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise Refusal("import.unknown_crs", crs=crs[:80]) from None
    datum = system.geodetic_crs.datum if system.geodetic_crs is not None else None
    name = datum.name.casefold().replace("_", " ") if datum is not None else ""
    if "beijing" in name or "xian" in name or "xi'an" in name:
        raise Refusal("import.old_datum", crs=system.name)


def _with_datum(found: Placement, datum: Datum | None, known: Datum | None) -> Placement:
    if datum is None and known is not None:
        return replace(found, datum=known, evidence=(*found.evidence, Evidence("datum", known, "import.datum_of_kind")))
    if datum is None:
        return replace(found, evidence=(*found.evidence, Evidence("datum", found.datum, "import.datum_assumed")))
    if datum in ("gcj02", "bd09") and not _is_geographic(found.crs):
        raise Refusal("import.datum_needs_degrees", datum=datum, crs=found.crs)
    return replace(found, datum=datum, evidence=(*found.evidence, Evidence("datum", datum, "import.by_user")))


def _is_geographic(crs: str) -> bool:
    try:
        return bool(pyproj.CRS.from_user_input(crs).is_geographic)
    except pyproj.exceptions.CRSError:
        raise Refusal("import.unknown_crs", crs=crs) from None


def _numeric_share(raw: RawTable, name: str) -> float:
    cells = [cell for cell in raw.cells[name][:_SAMPLE] if cell is not None]
    if not cells:
        return 0.0
    return float(np.isfinite(parse_angles(np.array(cells, dtype=object))).mean())


def _without_srid(cell: str | None) -> str | None:
    return cell.split(";", 1)[1] if cell is not None and cell[:5].upper() == "SRID=" and ";" in cell else cell
