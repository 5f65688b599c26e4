"""Decodes whole columns of SpatiaLite geometry BLOBs into flat arrays and shapely geometries.

A BLOB is: 0x00, byte order (0x01 little-endian), srid int32, bounding box as four doubles (bytes 6 to 38), 0x7C, then
at byte 39 geometry type int32 and its body as in WKB, then 0xFE. Members of multi-part geometries start with 0x69 where
WKB has its byte-order mark (SpatiaLite, "BLOB-Geometry internal format"). Z and M are read over: ours are plane.

The whole column is walked at once with numpy: one round per ring, all features in step. That takes about 0.1 µs a
coordinate, needs no compiler at start-up, and a BLOB that lies about its lengths is found before it is followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.geometry.columns import Shapes

_SHORTEST = 52  # header, a count, no coordinates, end mark
_TYPES = np.array([base + dims for dims in (0, 1000, 2000, 3000) for base in range(1, 7)])
_STRIDE = np.array([16, 24, 24, 32])  # bytes a coordinate for XY, XYZ, XYM, XYZM
_SINGLE = {1: shapely.GeometryType.POINT, 2: shapely.GeometryType.LINESTRING, 3: shapely.GeometryType.POLYGON}
_MULTI = {
    4: shapely.GeometryType.MULTIPOINT,
    5: shapely.GeometryType.MULTILINESTRING,
    6: shapely.GeometryType.MULTIPOLYGON,
}


@dataclass(frozen=True, slots=True)
class Packed:
    """n BLOBs end to end. ``ids`` int64 (n,), ``lengths`` int64 (n,) in bytes, 0 = null, ``data`` all bytes."""

    ids: NDArray[np.int64]
    lengths: NDArray[np.int64]
    data: bytes

    @classmethod
    def of(cls, ids: NDArray[np.int64], blobs: list[bytes]) -> Packed:
        """The same from a list of BLOBs."""
        return cls(ids, np.fromiter(map(len, blobs), np.int64, len(blobs)), b"".join(blobs))


@dataclass(frozen=True, slots=True)
class Decoded:
    """Geometries of n features as flat arrays, with the parts of multi-part ones kept apart.

    ``types``: uint8 (n,), the WKB type 1 to 6. ``coords``: float64 (m, 2). Ring j owns coordinates
    ``rings[j]:rings[j+1]``, part k owns rings ``parts[k]:parts[k+1]``, feature i owns parts
    ``features[i]:features[i+1]``; offsets are int64. ``bounds``: float64 (n, 4), from the BLOB's header.
    Features without geometry are left out of ``ids``.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.uint8]
    coords: NDArray[np.float64]
    rings: NDArray[np.int64]
    parts: NDArray[np.int64]
    features: NDArray[np.int64]
    bounds: NDArray[np.float64]

    def shapes(self, kind: str) -> Shapes:
        """The form for drawing: rings by feature, parts forgotten."""
        return Shapes(kind, self.ids, self.coords, self.rings, self.parts[self.features], self.bounds)

    def select(self, chosen: NDArray[np.bool_]) -> Decoded:
        """The features where ``chosen`` (n,) is true."""
        part = np.repeat(chosen, np.diff(self.features))
        ring = np.repeat(part, np.diff(self.parts))
        coordinate = np.repeat(ring, np.diff(self.rings))
        return Decoded(
            self.ids[chosen],
            self.types[chosen],
            self.coords[coordinate],
            _offsets(np.diff(self.rings)[ring]),
            _offsets(np.diff(self.parts)[part]),
            _offsets(np.diff(self.features)[chosen]),
            self.bounds[chosen],
        )


def decode(packed: Packed, cls: str) -> Decoded:
    """The geometries of a column of class ``cls``; null BLOBs are left out.

    Raises Refusal ``reading.bad_geometry`` with ``cls`` and ``id`` for the first BLOB that is not what it claims to be.
    """
    given = packed.lengths > 0
    ids, lengths = packed.ids[given], packed.lengths[given]
    n = len(ids)
    if n == 0:
        zero = np.zeros(1, np.int64)
        return Decoded(ids, np.zeros(0, np.uint8), np.zeros((0, 2)), zero, zero, zero, np.zeros((0, 4)))
    # Reads near the end of a wrong BLOB stay inside the buffer thanks to this tail.
    data = np.frombuffer(packed.data + bytes(64), np.uint8)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    if ends[-1] != len(packed.data):
        raise ValueError("lengths do not add up to the data")
    walk = _Walk(cls, ids, data, starts, ends)
    walk.check_headers(lengths)
    walk.run()
    return walk.result()


def geometries(decoded: Decoded, cls: str) -> NDArray[np.object_]:
    """The same features as shapely geometries, in order.

    Raises Refusal ``reading.bad_geometry`` when GEOS cannot build one (a line of a single coordinate, say).
    """
    try:
        return _built(decoded)
    except (shapely.errors.GEOSException, ValueError) as error:
        low, high = 0, len(decoded.ids)  # the first bad one stands in low:high
        while high - low > 1:
            middle = (low + high) // 2
            chosen = np.zeros(len(decoded.ids), np.bool_)
            chosen[low:middle] = True
            try:
                _built(decoded.select(chosen))
                low = middle
            except (shapely.errors.GEOSException, ValueError):
                high = middle
        raise Refusal("reading.bad_geometry", cls=cls, id=int(decoded.ids[low])) from error


def _built(decoded: Decoded) -> NDArray[np.object_]:
    kinds = np.unique(decoded.types)
    if len(kinds) == 1:
        return _uniform(decoded, int(kinds[0]))
    made = np.empty(len(decoded.ids), object)
    for kind in kinds:
        chosen = decoded.types == kind
        made[chosen] = _uniform(decoded.select(chosen), int(kind))
    return made


def join(pieces: list[Decoded]) -> Decoded:
    """Several decoded columns end to end."""
    if len(pieces) == 1:
        return pieces[0]
    return Decoded(
        np.concatenate([p.ids for p in pieces]),
        np.concatenate([p.types for p in pieces]),
        np.concatenate([p.coords for p in pieces]),
        _offsets(np.concatenate([np.diff(p.rings) for p in pieces])),
        _offsets(np.concatenate([np.diff(p.parts) for p in pieces])),
        _offsets(np.concatenate([np.diff(p.features) for p in pieces])),
        np.concatenate([p.bounds for p in pieces]),
    )


class _Walk:
    """The cursor of every feature through its own BLOB, all moved in step."""

    def __init__(
        self,
        cls: str,
        ids: NDArray[np.int64],
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> None:
        self.cls, self.ids, self.data, self.starts, self.ends = cls, ids, data, starts, ends
        self.words = sliding_window_view(data, 4)
        self.types = np.zeros(0, np.int64)
        self.owner: list[NDArray[np.int64]] = []  # feature of each ring found, round by round
        self.place: list[NDArray[np.int64]] = []  # its first byte
        self.count: list[NDArray[np.int64]] = []  # its coordinates
        self.opens: list[NDArray[np.bool_]] = []  # whether it opens a part

    def check_headers(self, lengths: NDArray[np.int64]) -> None:
        self._refuse(lengths < _SHORTEST)
        data, starts = self.data, self.starts
        right = data[starts] == 0
        right &= data[starts + 1] == 1
        right &= data[starts + 38] == 0x7C
        right &= data[self.ends - 1] == 0xFE
        self._refuse(~right)
        self.types = self._u32(starts + 39)
        self._refuse(~np.isin(self.types, _TYPES))

    def run(self) -> None:
        """Find every ring. Each round opens the next part where one is due and reads one ring of each feature."""
        base = self.types % 1000
        stride = _STRIDE[self.types // 1000]
        multi = base > 3
        active = np.arange(len(self.ids))
        parts_left = np.where(multi, self._u32(self.starts + 43), 1)
        rings_left = np.zeros(len(active), np.int64)
        at = np.where(multi, self.starts + 47, self.starts + 39)
        last = self.ends - 1
        while len(active):
            opening = rings_left == 0
            if opening.any():
                at, parts_left, rings_left = self._open(active, opening, at, parts_left, rings_left)
            point = base[active] % 3 == 1
            count = np.where(point, 1, self._u32(at))
            first = np.where(point, at, at + 4)
            empty = rings_left == 0  # a polygon of no rings
            count[empty], first[empty] = 0, at[empty]
            after = first + count * stride[active]
            self._refuse(after > last[active], active)
            self.owner.append(active)
            self.place.append(first)
            self.count.append(count)
            self.opens.append(opening)
            rings_left = np.maximum(rings_left - 1, 0)
            going = (rings_left > 0) | (parts_left > 0)
            self._refuse(~going & (after != last[active]), active)
            active, at = active[going], after[going]
            parts_left, rings_left = parts_left[going], rings_left[going]

    def _open(
        self,
        active: NDArray[np.int64],
        opening: NDArray[np.bool_],
        at: NDArray[np.int64],
        parts_left: NDArray[np.int64],
        rings_left: NDArray[np.int64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Step over the head of the next part of the features that are between parts."""
        whole = self.types[active]
        multi = opening & (whole % 1000 > 3)
        self._refuse(multi & ((parts_left == 0) | (self.data[at] != 0x69)), active)
        at = at + multi
        wanted = np.where(multi, whole - 3, whole)
        self._refuse(opening & (self._u32(at) != wanted), active)
        polygon = opening & (whole % 1000 % 3 == 0)
        rings = np.where(polygon, self._u32(at + 4), 1)
        at = at + np.where(opening, 4, 0) + np.where(polygon, 4, 0)
        self._refuse(at > self.ends[active] - 1, active)
        return at, parts_left - opening, np.where(opening, rings, rings_left)

    def result(self) -> Decoded:
        owner = np.concatenate(self.owner)
        order = np.argsort(owner, kind="stable") if len(self.owner) > 1 else slice(None)
        owner = owner[order]
        place = np.concatenate(self.place)[order]
        count = np.concatenate(self.count)[order]
        opens = np.concatenate(self.opens)[order]
        base = (self.types % 1000).astype(np.uint8)
        rings = _offsets(count)
        stride = _STRIDE[self.types // 1000][owner]
        # Byte of every coordinate: its ring's first byte plus its own number in the ring times the stride.
        step = np.repeat(stride, count)
        byte = np.repeat(place - rings[:-1] * stride, count) + np.arange(rings[-1]) * step
        coords = sliding_window_view(self.data, 16)[byte].view("<f8")
        bounds = sliding_window_view(self.data, 32)[self.starts + 6].view("<f8")
        return Decoded(
            self.ids,
            base,
            coords,
            rings,
            np.append(np.flatnonzero(opens), len(owner)),
            _offsets(np.bincount(owner[opens], minlength=len(self.ids))),
            bounds,
        )

    def _u32(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        read: NDArray[np.int64] = self.words[np.minimum(at, len(self.words) - 1)].view("<u4").ravel().astype(np.int64)
        return read

    def _refuse(self, wrong: NDArray[np.bool_], active: NDArray[np.int64] | None = None) -> None:
        if wrong.any():
            first = int(np.argmax(wrong))
            feature = first if active is None else int(active[first])
            raise Refusal("reading.bad_geometry", cls=self.cls, id=int(self.ids[feature]))


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    made = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=made[1:])
    return made


def _uniform(d: Decoded, kind: int) -> NDArray[np.object_]:
    made: NDArray[np.object_]
    match kind:
        case 1:
            made = shapely.points(d.coords)
        case 2:
            made = shapely.from_ragged_array(_SINGLE[2], d.coords, (d.rings,))
        case 3:
            made = shapely.from_ragged_array(_SINGLE[3], d.coords, (d.rings, d.parts))
        case 4:
            made = shapely.from_ragged_array(_MULTI[4], d.coords, (d.features,))
        case 5:
            made = shapely.from_ragged_array(_MULTI[5], d.coords, (d.rings, d.features))
        case _:
            made = shapely.from_ragged_array(_MULTI[6], d.coords, (d.rings, d.parts, d.features))
    return made
