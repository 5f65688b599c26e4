"""Where staged rows land: a temporary file of columns, so that a million rows are looked at a page at a time.

The file has no name (POSIX; elsewhere it goes with its handle), so nothing is left behind, however the program ends.
Small tables never leave memory. Numbers lie as they are, texts as JSON (words that repeat once a piece),
points as coordinates and other shapes as WKB.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.editing.values import few_words
from gis.geometry.columns import Columns

#: Rows of a piece: some 5 MB of text, decoded in 20 ms.
PIECE = 32_768
#: What a landed table may keep in memory before it moves to a file.
_IN_MEMORY = 32 * 2**20

_Form = Literal["numbers", "keys", "words", "texts", "points", "shapes"]


@dataclass(frozen=True, slots=True)
class _Place:
    form: _Form
    start: int
    sizes: tuple[int, int]  # bytes of the numbers, and of what follows them


class Landed:
    """n rows of one class, appended piece by piece and read in any slice; thread-safe.

    ``names`` are the fields; all pieces have the same. Rows keep the order in which they came.
    """

    def __init__(self, cls: str) -> None:
        self.cls = cls
        self.names: tuple[str, ...] = ()
        # Closed when the last reader lets go of it: there is no block it could be bound to.
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="yantu-staging-")  # noqa: SIM115
        self._lock = Lock()
        self._starts: list[int] = [0]
        self._pieces: list[tuple[dict[str, _Place], _Place | None]] = []
        self._last: tuple[int, dict[str, NDArray[Any]], NDArray[np.object_] | None] | None = None
        self._end = 0

    def __len__(self) -> int:
        return self._starts[-1]

    def append(self, columns: Columns, xy: NDArray[np.float64] | None = None) -> None:
        """Land more rows; their ids are not kept. ``xy`` float64 (n, 2): where points lie, NaN = nowhere, in place of
        their geometry."""
        if not len(columns):
            return
        with self._lock:
            self._file.seek(self._end)
            self.names = self.names or tuple(columns.fields)
            places = {name: self._write_field(columns.fields[name]) for name in self.names}
            geometry = None if columns.geometry is None else self._write_shapes(columns.geometry)
            if xy is not None:
                geometry = self._put("points", xy)
            self._pieces.append((places, geometry))
            self._starts.append(self._starts[-1] + len(columns))

    def taken(self, rows: NDArray[np.int64], names: Sequence[str] | None = None, *, geometry: bool = True) -> Columns:
        """The rows of these numbers (n,), in that order, with the fields ``names`` (None: all); ids are 0."""
        rows = np.asarray(rows, np.int64)
        wanted = self.names if names is None else tuple(names)
        where = np.searchsorted(self._starts, rows, side="right") - 1
        pieces = np.unique(where).tolist()
        fields: dict[str, NDArray[Any]] = {}
        shapes: NDArray[np.object_] | None = None
        for at in pieces:
            piece = self._piece(at, wanted, geometry)
            here = slice(None) if len(pieces) == 1 else np.flatnonzero(where == at)
            within = rows[here] - self._starts[at]
            if len(pieces) == 1:
                return Columns(self.cls, np.zeros(len(rows), np.int64), *_at(piece, within))
            for name, column in piece.fields.items():
                fields.setdefault(name, np.empty(len(rows), column.dtype))[here] = column[within]
            if piece.geometry is not None:
                shapes = np.full(len(rows), None, dtype=object) if shapes is None else shapes
                shapes[here] = piece.geometry[within]
        if not pieces:
            return self._nothing(wanted, geometry)
        return Columns(self.cls, np.zeros(len(rows), np.int64), fields, shapes)

    def _nothing(self, names: Sequence[str], geometry: bool) -> Columns:
        if self._pieces:
            first = self._piece(0, names, geometry)
            return Columns(self.cls, np.empty(0, np.int64), *_at(first, np.empty(0, np.int64)))
        return Columns(self.cls, np.empty(0, np.int64), {}, None)

    def field(self, name: str) -> NDArray[Any]:
        """One whole column, without reading the others."""
        columns = [self._read_field(places[name], size) for (places, _), size in self._sized()]
        return np.concatenate(columns) if columns else np.empty(0, object)

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """As `centres` for the rows of these numbers, of which many follow each other."""
        where = np.searchsorted(self._starts, rows, side="right") - 1
        found = np.empty((len(rows), 2))
        for at in np.unique(where).tolist():
            here = where == at
            size = self._starts[at + 1] - self._starts[at]
            found[here] = self._read_centres(self._pieces[at][1], size)[rows[here] - self._starts[at]]
        return found

    def centres(self) -> NDArray[np.float64]:
        """float64 (n, 2): the point, or the middle of a shape's bounds; NaN where a row has no geometry."""
        found = [self._read_centres(geometry, size) for (_, geometry), size in self._sized()]
        return np.concatenate(found) if found else np.empty((0, 2))

    # The file -------------------------------------------------------------------------------------------------------
    def _sized(self) -> Iterator[tuple[tuple[Mapping[str, _Place], _Place | None], int]]:
        yield from zip(self._pieces, np.diff(self._starts).tolist(), strict=True)

    def _piece(self, at: int, names: Sequence[str], geometry: bool) -> Columns:
        """The wanted columns of one piece; those of the last piece that was asked for are kept."""
        places, shapes = self._pieces[at]
        size = self._starts[at + 1] - self._starts[at]
        with self._lock:
            known, drawn = self._last[1:] if self._last is not None and self._last[0] == at else ({}, None)
        fields = {name: known[name] if name in known else self._read_field(places[name], size) for name in names}
        if geometry and drawn is None and shapes is not None:
            drawn = self._read_shapes(shapes, size)
        with self._lock:
            self._last = (at, {**known, **fields}, drawn)
        return Columns(self.cls, np.zeros(size, np.int64), fields, drawn if geometry else None)

    def _put(self, form: _Form, numbers: NDArray[Any], rest: bytes = b"") -> _Place:
        plain = np.ascontiguousarray(numbers).tobytes()
        place = _Place(form, self._end, (len(plain), len(rest)))
        self._file.write(plain)
        self._file.write(rest)
        self._end += len(plain) + len(rest)
        return place

    def _got(self, place: _Place) -> tuple[bytes, bytes]:
        with self._lock:
            self._file.seek(place.start)
            data = self._file.read(sum(place.sizes))
        return data[: place.sizes[0]], data[place.sizes[0] :]

    def _write_field(self, column: NDArray[Any]) -> _Place:
        if column.dtype.kind == "f":
            return self._put("numbers", column.astype(np.float64))
        if column.dtype.kind in "iu":
            return self._put("keys", column.astype(np.int64))
        import pandas as pd

        if few_words(column):
            codes, words = pd.factorize(column)
            return self._put("words", codes.astype(np.int32), _json(words.tolist()))
        return self._put("texts", np.empty(0, np.int8), _json(column.tolist()))

    def _read_field(self, place: _Place, size: int) -> NDArray[Any]:
        numbers, rest = self._got(place)
        if place.form == "numbers":
            return np.frombuffer(numbers, np.float64).copy()
        if place.form == "keys":
            return np.frombuffer(numbers, np.int64).copy()
        texts = json.loads(rest)
        if place.form == "words":
            words = np.empty(len(texts) + 1, dtype=object)  # the last is None, which -1 finds
            words[:-1] = texts
            return words[np.frombuffer(numbers, np.int32)]
        column = np.empty(size, dtype=object)
        column[:] = texts
        return column

    def _write_shapes(self, geometry: NDArray[np.object_]) -> _Place:
        types = shapely.get_type_id(geometry)
        if ((types == shapely.GeometryType.POINT) | (types == -1)).all():
            return self._put("points", np.column_stack([shapely.get_x(geometry), shapely.get_y(geometry)]))
        blobs = [b"" if blob is None else blob for blob in shapely.to_wkb(geometry).tolist()]
        bounds = shapely.bounds(geometry)
        lengths = np.fromiter(map(len, blobs), np.float64, len(blobs))
        return self._put("shapes", np.column_stack([lengths, middles(bounds)]), b"".join(blobs))

    def _read_shapes(self, place: _Place, size: int) -> NDArray[np.object_]:
        numbers, rest = self._got(place)
        geometry = np.full(size, None, dtype=object)
        if place.form == "points":
            xy = np.frombuffer(numbers, np.float64).reshape(-1, 2)
            there = ~np.isnan(xy[:, 0])
            geometry[there] = shapely.points(xy[there])
            return geometry
        lengths = np.frombuffer(numbers, np.float64).reshape(-1, 3)[:, 0].astype(np.int64)
        ends = np.cumsum(lengths)
        blobs = [rest[end - length : end] or None for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)]
        geometry[:] = shapely.from_wkb(blobs)
        return geometry

    def _read_centres(self, place: _Place | None, size: int) -> NDArray[np.float64]:
        if place is None:
            return np.full((size, 2), np.nan)
        numbers = np.frombuffer(self._got(place)[0], np.float64).reshape(size, -1)
        return numbers[:, -2:].copy()


def centres(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """A position for each geometry, float64 (n, 2): the point itself, else the middle of its bounds; NaN for None."""
    return middles(shapely.bounds(geometry))


def middles(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The middle (n, 2) of each box (n, 4)."""
    return np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])


def picked(columns: Columns, rows: NDArray[Any]) -> Columns:
    """Some rows of columns, by number or by mask."""
    return Columns(columns.cls, columns.ids[rows], *_at(columns, rows))


def _at(columns: Columns, rows: NDArray[Any]) -> tuple[dict[str, NDArray[Any]], NDArray[np.object_] | None]:
    geometry = None if columns.geometry is None else columns.geometry[rows]
    return {name: column[rows] for name, column in columns.fields.items()}, geometry


def _json(texts: list[Any]) -> bytes:
    # Lone surrogates are refused before a text gets here, and plain letters are a third shorter than escapes.
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
