"""Where a file's rows lie: which columns hold the coordinates, in which order, system and datum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange import grids
from gis.exchange.coordinate_columns import Found, datum_named, position_columns
from gis.exchange.coordinate_columns import fold as fold
from gis.exchange.coordinate_numbers import (
    DEGREES_WGS84,
    from_minutes,
    guessed_system,
    in_minutes,
    like_degrees,
    northing_first,
    numbered_dress,
)
from gis.exchange.raw import Evidence, LazyCells, RawTable
from gis.geometry.angles import coarse, mangled, parse_angles, parse_pairs
from gis.geometry.crs import project_crs as project_system
from gis.geometry.datum import bd09_to_wgs84, gcj02_to_wgs84
from gis.geometry.shifts import Helmert7, Shift, Similarity4, checked_crs, old_datum

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
_SHIFTED = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
_MOST = 200_000  # rows the order and the system are judged by
#: What one unit of a rounded number's last digit may stand for: degrees and metres.
_COARSE = {True: 1e-4, False: 10.0}


@dataclass(frozen=True, slots=True)
class Placement:
    """How to find the position of every row.

    ``kind``: "own" = geometries the format carries, "columns" = two columns ``x`` and ``y``, "pair" = two numbers in
    ``x``, "wkt" = text in ``x``. ``swapped`` (own, pair): latitude or northing first; two columns are simply exchanged.
    ``crs`` is that of the numbers. ``others``: further zones of the same grid, for rows that lie in those: the zone
    whose number an easting bears, else the one that puts the row in the project's area. ``minutes``: the numbers are
    degrees and minutes as receivers write them, 12008.2083 for 120°08.2083′.
    """

    kind: Literal["own", "columns", "pair", "wkt"]
    x: str | None = None
    y: str | None = None
    swapped: bool = False
    crs: str = "EPSG:4326"
    datum: Datum = "wgs84"
    evidence: tuple[Evidence, ...] = ()
    shift: Shift | None = None
    others: tuple[str, ...] = ()
    minutes: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are used up by the position."""
        return frozenset(c for c in (self.x, self.y) if c is not None)


def guess_placement(
    raw: RawTable,
    project_crs: str,
    *,
    crs: str | None = None,
    datum: Datum | None = None,
    x: str | None = None,
    y: str | None = None,
    swapped: bool | None = None,
    shift: Shift | None = None,
) -> Placement:
    """The most likely position, each decision with its reason; what the user gives is taken as it is.

    ``swapped``: whether the first number (or ``x`` column) is latitude or northing, None = by the numbers.
    Raises Refusal ``import.no_position`` when no column can be a coordinate, ``import.no_column`` when a named one does
    not exist, ``import.crs_needed`` where nothing tells the system, ``import.unknown_crs``, ``import.needs_shift`` for
    Beijing 1954 and Xian 1980 without parameters, ``import.datum_needs_degrees``, ``import.shift_and_datum``,
    ``import.shift_needs_metres``.
    """
    if crs is not None:
        checked_crs(crs)
    axes = "plain"
    if raw.geometry is not None:
        found = Placement("own")
    else:
        for given in (x, y):
            if given is not None and given not in raw.columns:
                raise Refusal("import.no_column", column=given, known=", ".join(raw.columns))
        columns = _given(raw, x, y) or position_columns(raw)
        if columns is None:
            raise Refusal("import.no_position", known=", ".join(raw.columns))
        axes = columns.axes
        found = Placement(columns.kind, columns.x, columns.y, evidence=(columns.evidence,))
    first, second = _first_numbers(raw, found)
    before = found
    found = _ordered(found, first, second, swapped)
    if found.swapped or found.x != before.x:
        first, second = second, first
    if axes == "geographic" and crs is None and in_minutes(first, second):
        reason = Evidence("angles", "ddmm.mmmm", "import.degrees_and_minutes")
        found = replace(found, minutes=True, evidence=(*found.evidence, reason))
        first, second = from_minutes(first), from_minutes(second)
    found = _with_system(raw, found, first, second, crs, shift, project_crs, axes)
    return _with_datum(found, datum, raw.datum or datum_named(found.x, found.y))


def place(raw: RawTable, placement: Placement, project_crs: str) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """(geometries in the project's CRS, reasons), one each a row; a reason is a message code, None where it is well."""
    if placement.kind in ("columns", "pair"):
        x, y, reasons = place_points(raw, placement, project_crs)
        good = np.isfinite(x)
        if good.all():
            return shapely.points(x, y), reasons
        made = np.full(len(raw), None, dtype=object)
        made[good] = shapely.points(x[good], y[good])
        return made, reasons
    reasons = np.full(len(raw), None, dtype=object)
    if placement.kind == "own":
        assert raw.geometry is not None
        geometries = raw.geometry.copy()
        good = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        reasons[~good] = "import.no_geometry"
    else:
        assert placement.x is not None
        texts = [_without_srid(cell) for cell in raw.cells[placement.x]]
        geometries = shapely.force_2d(shapely.from_wkt(texts, on_invalid="ignore"))
        good = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        for i in np.flatnonzero(~good).tolist():
            broken = texts[i] is not None and geometries[i] is None
            reasons[i] = "import.broken_geometry" if broken else "import.no_geometry"
    if good.any():
        steps = _Way(placement, project_crs)
        owners = np.repeat(np.arange(int(good.sum())), shapely.get_num_coordinates(geometries[good]))
        flat = shapely.get_coordinates(geometries[good])
        if placement.swapped:
            flat = flat[:, ::-1]
        moved = np.column_stack(steps.moved(flat[:, 0], flat[:, 1], owners))
        geometries[good] = shapely.set_coordinates(shapely.force_2d(geometries[good]), moved)
        lost = np.zeros(int(good.sum()), dtype=bool)
        lost[owners[~np.isfinite(moved).all(axis=1)]] = True
        reasons[np.flatnonzero(good)[lost]] = "import.out_of_range"
    return geometries, reasons


def place_points(
    raw: RawTable, placement: Placement, project_crs: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Eastings and northings in the project's CRS of rows with one position each, NaN and a reason where there is none.

    As `place` for "columns" and "pair", without making shapes of the numbers.
    """
    first, second = _numbers(raw, placement)
    reasons = np.full(len(raw), None, dtype=object)
    good = np.isfinite(first) & np.isfinite(second)
    if placement.minutes:
        first, second = from_minutes(first), from_minutes(second)
    geographic = grids.is_geographic(placement.crs)
    if not good.all():
        reasons[~good] = _reasons(raw, placement, np.flatnonzero(~good))
    if geographic:
        with np.errstate(invalid="ignore"):
            wrong = good & ~((np.abs(first) <= 180) & (np.abs(second) <= 90))
        reasons[wrong] = "import.out_of_range"
        good &= ~wrong
    zero = good & (first == 0) & (second == 0)  # a receiver without a fix writes 0, 0
    reasons[zero] = "import.zero_position"
    good &= ~zero
    for row in _rounded(raw, placement, geographic, (first, second)).tolist():
        if good[row]:
            reasons[row], good[row] = "import.rounded_number", False
    x, y = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
    way = _Way(placement, project_crs)
    if good.all():
        x, y = way.moved(first, second)
    elif good.any():
        x[good], y[good] = way.moved(first[good], second[good])
    lost = good & ~(np.isfinite(x) & np.isfinite(y))
    reasons[lost] = "import.out_of_range"
    x[lost] = y[lost] = np.nan
    return x, y, reasons


class _Way:
    """From the file's coordinates to the project's: the zone, then the datum or the shift, then the projection."""

    def __init__(self, placement: Placement, project_crs: str) -> None:
        self.placement, self.project = placement, project_crs

    def moved(
        self, x: NDArray[np.float64], y: NDArray[np.float64], owners: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Positions (n,) in the project's CRS. ``owners``: which shape each belongs to; a shape stays in one zone."""
        zones = self.placement.others
        if not zones:
            return self._from(self.placement.crs, x, y)
        by_number = {
            zone.number: crs for crs in (self.placement.crs, *zones) if (zone := grids.zone_of(crs)) and zone.numbered
        }
        east, north = self._from(self.placement.crs, x, y)
        if by_number:
            numbers = grids.zone_numbers(x)
            for number, crs in by_number.items():
                if crs != self.placement.crs:
                    here = numbers == number
                    east[here], north[here] = self._from(crs, x[here], y[here])
            return east, north
        covers = project_system(self.project).covers
        outside = _any_of(~covers(east, north), owners)
        for crs in zones:
            if not outside.any():
                break
            e, n = self._from(crs, x[outside], y[outside])
            inside = np.flatnonzero(outside)[_all_of(covers(e, n), None if owners is None else owners[outside])]
            at = np.searchsorted(np.flatnonzero(outside), inside)
            east[inside], north[inside] = e[at], n[at]
            outside[inside] = False
        return east, north

    def _from(
        self, crs: str, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        shift = self.placement.shift
        if isinstance(shift, Helmert7):
            return shift.transformed(x, y, self.project, crs)
        if isinstance(shift, Similarity4):
            if shift.source_crs is not None:
                x, y = grids.transformer(crs, shift.source_crs).transform(x, y)
            x, y = shift.moved(x, y)
            crs = shift.target_crs or self.project
        else:
            datum = _SHIFTED.get(self.placement.datum)
            if datum is not None:
                x, y = datum(x, y)
        if crs == self.project:
            return np.array(x), np.array(y)
        made_x, made_y = grids.transformer(crs, self.project).transform(x, y)
        return np.asarray(made_x), np.asarray(made_y)


def _any_of(flags: NDArray[np.bool_], owners: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    """Flags of positions as those of the whole shapes they belong to: of all where one has it."""
    if owners is None or not len(owners):
        return flags.copy()
    hit = np.zeros(int(owners.max()) + 1, dtype=bool)
    hit[owners[flags]] = True
    return hit[owners]


def _all_of(flags: NDArray[np.bool_], owners: NDArray[np.int64] | None) -> NDArray[np.bool_]:
    return ~_any_of(~flags, owners)


# The numbers ----------------------------------------------------------------------------------------------------------
def _column(raw: RawTable, name: str) -> NDArray[np.float64]:
    quick = raw.numbers(name) if isinstance(raw.cells, LazyCells) else None
    return parse_angles(raw.cells[name]) if quick is None else quick


def _numbers(raw: RawTable, placement: Placement) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y as the file writes them, NaN where there is no number."""
    assert placement.x is not None
    if placement.kind == "pair":
        first, second = parse_pairs(raw.cells[placement.x])
        return (second, first) if placement.swapped else (first, second)
    assert placement.y is not None
    return _column(raw, placement.x), _column(raw, placement.y)


def _first_numbers(raw: RawTable, found: Placement) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and second numbers of the beginning of a file, those of rows that have both and are not 0, 0."""
    head = raw.part(0, _MOST)
    if found.kind in ("own", "wkt"):
        shapes = head.geometry
        if found.kind == "wkt" or shapes is None:
            assert found.x is not None
            shapes = shapely.from_wkt([_without_srid(cell) for cell in head.cells[found.x]], on_invalid="ignore")
        flat = shapely.bounds(shapes)[:, :2]
        first, second = flat[:, 0], flat[:, 1]
    else:
        first, second = _numbers(head, replace(found, swapped=False))
    good = np.isfinite(first) & np.isfinite(second) & ~((first == 0) & (second == 0))
    return first[good], second[good]


def _reasons(raw: RawTable, placement: Placement, rows: NDArray[np.int64]) -> list[str]:
    """Why rows have no position."""
    few = raw.taken(rows).cells
    columns = [few[name] for name in (placement.x, placement.y) if name is not None]
    made = []
    for cells in zip(*columns, strict=True):
        if any(cell is not None and mangled(cell) for cell in cells):
            made.append("import.mangled_number")
        else:
            made.append("import.no_geometry" if any(cell is None for cell in cells) else "import.no_number")
    return made


def _rounded(
    raw: RawTable, placement: Placement, geographic: bool, numbers: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.int64]:
    """Rows whose numbers a spreadsheet wrote as 4.62E+05, too coarse to be a place."""
    found: set[int] = set()
    if placement.kind != "columns":
        return np.empty(0, dtype=np.int64)
    step = _COARSE[geographic]
    for name, values in zip((placement.x, placement.y), numbers, strict=True):
        assert name is not None
        with np.errstate(invalid="ignore"):  # only a multiple of the step can have been written so
            rows = np.flatnonzero(np.abs(values / step - np.round(values / step)) < 1e-6)
        if len(rows):
            cells = raw.taken(rows).cells[name]
            found.update(
                row for row, cell in zip(rows.tolist(), cells, strict=True)
                if cell is not None and ("E" in cell or "e" in cell) and coarse(cell) > step
            )  # fmt: skip
    return np.array(sorted(found), dtype=np.int64)


# What they mean -------------------------------------------------------------------------------------------------------
def _given(raw: RawTable, x: str | None, y: str | None) -> Found | None:
    """The columns the user named: two, or one that holds pairs or well-known text."""
    if x is None:
        return None
    if y is None or y == x:
        cells = np.array([cell for cell in raw.part(0, 500).cells[x] if cell is not None], dtype=object)
        first, _ = parse_pairs(cells)
        kind: Literal["pair", "wkt"] = "pair" if np.isfinite(first).any() else "wkt"
        return Found(kind, x, None, Evidence("columns", x, "import.by_user"))
    return Found("columns", x, y, Evidence("columns", f"{x}, {y}", "import.by_user"))


def _ordered(
    found: Placement, first: NDArray[np.float64], second: NDArray[np.float64], swapped: bool | None
) -> Placement:
    """With the order of the two numbers: by the user, or as only one order can be (DOMAIN §7)."""
    by = "import.by_user"
    if swapped is None:
        if not len(first):
            return found
        swapped, by = northing_first(first, second), "import.second_number_is_x"
        if not swapped:
            return found
    evidence = (*found.evidence, Evidence("order", "y, x" if swapped else "x, y", by))
    if found.kind == "columns" and swapped:
        return replace(found, x=found.y, y=found.x, evidence=evidence)
    return replace(found, swapped=swapped and found.kind != "columns", evidence=evidence)


def _with_system(
    raw: RawTable,
    found: Placement,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    crs: str | None,
    shift: Shift | None,
    project_crs: str,
    axes: str,
) -> Placement:
    evidence = list(found.evidence)
    if shift is not None:
        evidence.append(Evidence("shift", shift.to_dict()["kind"], "import.by_user"))
    if isinstance(shift, Similarity4) and shift.source_crs is None:
        # whatever the file calls its system, the parameters lead from its numbers to a known plane
        if len(x) and float(np.median(np.abs(x))) <= 180 and float(np.median(np.abs(y))) <= 90 and like_degrees(x, y):
            raise Refusal("import.shift_needs_metres")
        dressed = _dressed(shift, x, y, project_crs)
        if dressed != shift:
            evidence[-1] = Evidence("shift", "similarity4", "import.zone_numbers_differ")
        return replace(found, crs=shift.target_crs or project_crs, shift=dressed, evidence=tuple(evidence))
    others: tuple[str, ...] = ()
    if crs is not None:
        chosen, reason = numbered_dress(crs, x), "import.by_user"
    elif found.kind in ("own", "wkt") and raw.crs is not None:
        chosen, reason = raw.crs, ""  # the reader has told why
        checked_crs(chosen)
    else:
        given = (shift.source_crs if shift is not None else None) or project_crs
        family = grids.family_of(given)
        chosen, reason, others = guessed_system(x, y, family, given, project_crs, found.kind)
        if axes == "geographic" and reason == "import.numbers_of_no_grid":  # degrees out of range: each row says so
            chosen, reason = DEGREES_WGS84 if shift is None else grids.DEGREES[family], "import.by_column_name"
    if reason:
        zone = grids.zone_of(chosen)
        args = {"zone": str(zone.number), "width": str(zone.width)} if zone is not None else {}
        evidence.append(Evidence("crs", ", ".join((chosen, *others)), reason, args))
    if shift is None and old_datum(chosen) is not None and old_datum(project_crs) != old_datum(chosen):
        raise Refusal("import.needs_shift", crs=checked_crs(chosen).name)
    return replace(found, crs=chosen, others=others, shift=shift, evidence=tuple(evidence))


def _dressed(shift: Similarity4, x: NDArray[np.float64], y: NDArray[np.float64], project_crs: str) -> Similarity4:
    """The shift for eastings with or without their zone's number, as the file has them.

    Control points and files are often written in different dress. Where as it stands it leads out of the project's
    area, the number is taken off or put before the eastings, or taken off the result, if that leads into it.
    """
    covers = project_system(project_crs).covers

    def hits(tried: Similarity4) -> bool:
        moved = tried.moved(x, y)
        crs = tried.target_crs or project_crs
        return bool(len(x)) and float(covers(*grids.transformer(crs, project_crs).transform(*moved)).mean()) > 0.5

    if not len(x) or hits(shift):
        return shift
    middle = grids.middle_of(project_crs)
    numbers = {float(n) for n in np.unique(grids.zone_numbers(x)) if n}
    before = [0.0, *(-n for n in numbers), round(middle / 3), round((middle + 3) / 6)]
    for number in before:
        dx, dy = shift.moved(number * 1e6, 0.0)
        put = replace(shift, dx=float(dx), dy=float(dy))
        east = float(np.median(put.moved(x, y)[0]))
        off = float(grids.zone_numbers(np.array([east]))[0])
        for tried in (put, replace(put, dx=put.dx - off * 1e6)):
            if hits(tried):
                return tried
    return shift


def _with_datum(found: Placement, datum: Datum | None, known: Datum | None) -> Placement:
    if found.shift is not None:
        if datum in _SHIFTED:
            raise Refusal("import.shift_and_datum", datum=datum)
        return replace(
            found, datum="cgcs2000", evidence=(*found.evidence, Evidence("datum", "cgcs2000", "import.datum_of_shift"))
        )
    if datum is not None:
        if datum in _SHIFTED and not grids.is_geographic(found.crs):
            raise Refusal("import.datum_needs_degrees", datum=datum, crs=found.crs)
        return replace(found, datum=datum, evidence=(*found.evidence, Evidence("datum", datum, "import.by_user")))
    if known is not None and grids.is_geographic(found.crs):
        why = "import.datum_of_kind" if found.kind == "own" else "import.datum_in_name"
        return replace(found, datum=known, evidence=(*found.evidence, Evidence("datum", known, why)))
    return replace(found, evidence=(*found.evidence, Evidence("datum", found.datum, "import.datum_assumed")))


def _without_srid(cell: str | None) -> str | None:
    return cell.split(";", 1)[1] if cell is not None and cell[:5].upper() == "SRID=" and ";" in cell else cell
