"""Control points known in two coordinate systems, read from a text file as survey offices hand them out."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.geometry.angles import parse_angle
from gis.geometry.shifts import TARGET, Convention, Fit, fit_helmert, fit_similarity

LARGEST = 5_000_000  # bytes
_OLD = ("源", "原", "旧", "老", "source", "src", "old", "from", "54", "80", "local", "地方", "独立")
_NEW = ("目标", "新", "target", "dst", "new", "to", "2000", "cgcs", "wgs")
_NORTH = ("north", "northing", "lat", "纬", "北", "x坐标", "纵坐标")
_EAST = ("east", "easting", "lon", "lng", "经", "东", "y坐标", "横坐标")
_HEIGHT = ("height", "高", "elev", "h1", "h2", "大地高")


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One point: easting (longitude) and northing (latitude) in the source and in the target system."""

    name: str
    x: float
    y: float
    target_x: float
    target_y: float


@dataclass(frozen=True, slots=True)
class ControlPoints:
    """n points in both systems, x (easting, longitude) first: ``source`` and ``target`` (n, 2). ``lines``: int64 (n,).

    ``swapped``: whether the file's source and target pairs stood northing or latitude first.
    """

    names: tuple[str, ...]
    source: NDArray[np.float64]
    target: NDArray[np.float64]
    lines: NDArray[np.int64]
    swapped: tuple[bool, bool] = (False, False)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[ControlPoint]:
        for name, given, wanted in zip(self.names, self.source.tolist(), self.target.tolist(), strict=True):
            yield ControlPoint(name, *given, *wanted)

    def without(self, left_out: Sequence[int]) -> ControlPoints:
        """The points but those of these indices: a blunder is left out of a fit."""
        kept = np.setdiff1d(np.arange(len(self)), np.asarray(left_out, dtype=np.int64))
        names = tuple(self.names[i] for i in kept)
        return ControlPoints(names, self.source[kept], self.target[kept], self.lines[kept], self.swapped)

    def fit_similarity(self, target_crs: str | None = None) -> Fit:
        """Four parameters; see `gis.geometry.shifts.fit_similarity`."""
        return fit_similarity(self.source, self.target, self.names, target_crs=target_crs)

    def fit_helmert(self, source_crs: str, target_crs: str = TARGET, convention: Convention = "position_vector") -> Fit:
        """Seven parameters; see `gis.geometry.shifts.fit_helmert`."""
        return fit_helmert(
            self.source, self.target, self.names, source_crs=source_crs, target_crs=target_crs, convention=convention
        )


def read_control_points(path: Path | str) -> ControlPoints:
    """Points of a text file, UTF-8 or GB18030; see `control_points_in`.

    Raises Refusal ``import.no_file``, ``import.unreadable``, ``import.too_large`` beside those.
    """
    return control_points_in(_text(Path(path)))


def control_points_in(text: str) -> ControlPoints:
    """Points of a text: ``name, source x, source y, target x, target y`` a line; heights between them are ignored.

    A header may name the columns (源/目标, old/new; 北/东, x/y); without one the first pair is the source. Comma, tab,
    semicolon or blanks; degrees in any dress. A pair that stands northing or latitude first is
    turned round: known by its numbers, or by the other pair's where its own do not tell.
    Raises Refusal ``import.wrong_points`` with the line, ``import.too_few_points`` where there is none.
    """
    rows = _rows(text)
    header = rows[0][1] if rows and not any(_is_number(cell) for cell in rows[0][1][1:]) else None
    if header is not None:
        rows = rows[1:]
    if not rows:
        raise Refusal("import.too_few_points", count=0, least=2)
    columns = _columns_named(header) if header is not None else None
    names: list[str] = []
    pairs: list[tuple[float, float, float, float]] = []
    for line, cells in rows:
        at = columns or _columns_by_place(cells)
        if at is None or max(at) >= len(cells):
            raise Refusal("import.wrong_points", line=line)
        values = [parse_angle(cells[i]) for i in at]
        if not np.isfinite(values).all():
            raise Refusal("import.wrong_points", line=line)
        pairs.append((values[0], values[1], values[2], values[3]))
        first = next((i for i in range(len(cells)) if i not in at), None)
        names.append(cells[0] if first == 0 and cells[0] else str(len(names) + 1))
    given = np.array(pairs, dtype=np.float64)
    source, target = given[:, :2], given[:, 2:]
    turns = (None, None) if columns is not None and _says_order(header or ()) else (_turned(source), _turned(target))
    old, new = turns
    old = new if old is None else old
    new = old if new is None else new
    lines = np.array([line for line, _ in rows], dtype=np.int64)
    return ControlPoints(
        tuple(names),
        np.ascontiguousarray(source[:, ::-1] if old else source),
        np.ascontiguousarray(target[:, ::-1] if new else target),
        lines,
        (bool(old), bool(new)),
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise Refusal("import.too_large", path=path.name)
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except OSError as error:
        raise Refusal("import.unreadable", path=path.name, reason=error.strerror or str(error)) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    text = text.replace("，", ",").replace("；", ";").replace("\0", "")
    mark = max(",\t;", key=text.count)
    made = []
    if text.count(mark):
        for at, line in enumerate(text.splitlines(), 1):
            try:
                cells = next(csv.reader(io.StringIO(line), delimiter=mark), [])
            except csv.Error:
                raise Refusal("import.wrong_points", line=at) from None
            made.append((at, [cell.strip() for cell in cells]))
    else:
        made = [(at, line.split()) for at, line in enumerate(text.splitlines(), 1)]
    return [(at, cells) for at, cells in made if any(cells) and not cells[0].startswith(("#", "//"))]


def _is_number(cell: str) -> bool:
    return bool(cell) and bool(np.isfinite(parse_angle(cell)))


def _columns_by_place(cells: Sequence[str]) -> tuple[int, int, int, int] | None:
    """Of a row without a header: a name, or none, then two pairs or two triples with heights."""
    numbers = [i for i, cell in enumerate(cells) if _is_number(cell)]
    if len(numbers) in (5, 7):  # a point's name may be a number
        numbers = numbers[1:]
    if len(numbers) == 4:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    if len(numbers) == 6:
        return numbers[0], numbers[1], numbers[3], numbers[4]
    return None


def _columns_named(header: Sequence[str]) -> tuple[int, int, int, int] | None:
    """Source x, y and target x, y by the header's words; None where it does not say (the places count then)."""
    found: dict[tuple[str, str], int] = {}
    for i, cell in enumerate(header):
        word = unicodedata.normalize("NFKC", cell).casefold()
        if any(w in word for w in _HEIGHT):
            continue
        side = "new" if any(w in word for w in _NEW) else "old" if any(w in word for w in _OLD) else ""
        axis = _axis(word)
        if side and axis:
            found.setdefault((side, axis), i)
    if len(found) != 4:
        return None
    if {axis for _, axis in found} == {"east", "north"}:
        return found["old", "east"], found["old", "north"], found["new", "east"], found["new", "north"]
    if {axis for _, axis in found} == {"x", "y"}:
        return found["old", "x"], found["old", "y"], found["new", "x"], found["new", "y"]
    return None


def _axis(word: str) -> str:
    if any(w in word for w in _NORTH):
        return "north"
    if any(w in word for w in _EAST):
        return "east"
    letters = set(re.findall(r"(?<![a-z])([xyen])(?![a-z])", word))
    if len(letters) != 1:
        return ""
    return {"x": "x", "y": "y", "e": "east", "n": "north"}[letters.pop()]


def _says_order(header: Sequence[str]) -> bool:
    """Whether the header itself tells east from north; bare x and y do not: X is north on Chinese survey sheets."""
    axes = {_axis(unicodedata.normalize("NFKC", cell).casefold()) for cell in header}
    return {"east", "north"} <= axes


def _turned(pair: NDArray[np.float64]) -> bool | None:
    """Whether a pair stands northing or latitude first, by its numbers; None where they do not tell."""
    x, y = (float(v) for v in np.median(np.abs(pair), axis=0))

    def easting(v: float) -> bool:
        return 1e5 <= v <= 9e5 or 1.3e7 <= v < 4.6e7

    if 1.8e6 <= x <= 6e6 and easting(y):
        return True
    if 1.8e6 <= y <= 6e6 and easting(x):
        return False
    if 3 <= x <= 54 and 73 <= y <= 136:
        return True
    return False if 3 <= y <= 54 and 73 <= x <= 136 else None
