"""Lines of one name that meet end to end, as one.

A street kept in pieces from crossing to crossing is named along all of it, also where no piece is as long as its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import Part
from gis.cartography.compiled import exact_kernel
from gis.cartography.labels.compiled import quickest
from gis.cartography.labels.text import hashes_of

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GRAIN = 1e-3  # metres within which two ends are one place


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """c chains: chain i has the coordinates ``begin[i]:end[i]`` of ``coords`` and the features
    ``members[first[i]:first[i + 1]]``; ``chain`` (n,) is that of each feature of the part, -1 = it stands alone.
    ``bounds`` (c, 4).
    """

    coords: F64
    begin: I64
    end: I64
    members: I64
    first: I64
    chain: I64
    bounds: F64

    def of(self, positions: I64, dead: NDArray[np.bool_] | None) -> tuple[I64, I64]:
        """The chains of some features, rising, and those that stand alone. A chain of which a feature is ``dead``
        (edited or deleted since) falls into its pieces."""
        found = self.chain[positions]
        if dead is not None and len(self.members):
            broken = np.logical_or.reduceat(dead[self.members], self.first[:-1])
            found = np.where((found >= 0) & broken[found], -1, found)
        return np.unique(found[found >= 0]), positions[found < 0]


_kept: dict[int, tuple[Any, Any, Chains]] = {}


def chains(part: Part) -> Chains:
    """The chains of a part of a line layer, found once for its texts and codes."""
    if part.text is None:
        raise ValueError("no texts are read")
    key = id(part.text)
    kept = _kept.get(key)
    if kept is not None and kept[0]() is part.text and kept[1]() is part.variant:
        return kept[2]
    made = _found(part)
    _kept[key] = ref(part.text, lambda _: _kept.pop(key, None)), ref(part.variant), made
    return made


def _found(part: Part) -> Chains:
    n = len(part)
    texts = [text or "" for text in part.text.tolist()] if part.text is not None else []
    _, name, count = np.unique(hashes_of(texts), return_inverse=True, return_counts=True)
    ring = np.minimum(part.first_ring, max(len(part.ring_offsets) - 2, 0))
    a, b = part.ring_offsets[ring], part.ring_offsets[ring + 1] - 1
    named = np.fromiter(map(bool, texts), np.bool_, n)
    able = np.flatnonzero(named & (count[name] > 1) & (part.last_ring - part.first_ring == 1) & (b > a))
    if len(able) == 0:
        none, empty = np.zeros(0, np.int64), np.zeros((0, 4))
        return Chains(np.zeros((0, 2)), none, none, none, np.zeros(1, np.int64), np.full(n, -1), empty)
    ends = part.coords[np.column_stack([a[able], b[able]]).reshape(-1)]
    place = np.round(ends / GRAIN).astype(np.int64)
    kind = np.repeat(name[able] * 256 + part.variant[able], 2)
    order = np.lexsort((np.arange(len(kind)), place[:, 1], place[:, 0], kind))
    same = (np.diff(kind[order]) == 0) & (np.diff(place[order], axis=0) == 0).all(axis=1)
    group = np.concatenate([[0], np.cumsum(~same)])
    size = np.bincount(group)
    met = np.full(len(kind), -1, np.int64)
    pair = np.flatnonzero(size[group] == 2)
    one, other = order[pair[::2]], order[pair[1::2]]
    met[one], met[other] = other, one
    walked, turned, first = quickest(walk)(met)
    members = able[walked]
    length = b[members] - a[members] + 1
    offsets = np.concatenate([[0], np.cumsum(length)])
    coords = quickest(copied)(part.coords, a[members], b[members], turned, offsets)
    several = np.flatnonzero(np.diff(first) > 1)
    chain = np.full(n, -1, np.int64)
    sizes = np.diff(first)[several]
    chosen = np.concatenate([np.arange(first[i], first[i + 1]) for i in several]) if len(several) else np.zeros(0, int)
    kept_members = members[chosen].astype(np.int64)
    chain[kept_members] = np.repeat(np.arange(len(several)), sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    box = part.bounds[kept_members]
    bounds = np.empty((len(several), 4))
    if len(several):
        bounds[:, :2] = np.minimum.reduceat(box[:, :2], starts[:-1])
        bounds[:, 2:] = np.maximum.reduceat(box[:, 2:], starts[:-1])
    return Chains(coords, offsets[first[several]], offsets[first[several + 1]], kept_members, starts, chain, bounds)


@exact_kernel
def walk(met: I64) -> tuple[I64, NDArray[np.bool_], I64]:
    """Lines in the order of their chains, whether each is walked backwards, and where each chain begins.

    Line i has the ends 2i and 2i + 1; ``met`` (2m,) is the end of another line that an end meets, -1 = none.
    """
    m = len(met) // 2
    order, turned, first = np.empty(m, np.int64), np.zeros(m, np.bool_), np.zeros(m + 1, np.int64)
    done = np.zeros(m, np.bool_)
    n, made = 0, 0
    for closed in range(2):  # rings have no end to begin at: they come last
        for i in range(m):
            if done[i]:
                continue
            if closed == 0 and met[2 * i] >= 0 and met[2 * i + 1] >= 0:
                continue
            end = 2 * i + 1 if met[2 * i] >= 0 and closed == 0 else 2 * i
            while end >= 0 and not done[end // 2]:
                line = end // 2
                done[line] = True
                order[n], turned[n] = line, end % 2 == 1
                n += 1
                end = met[end ^ 1]
            made += 1
            first[made] = n
    return order, turned, first[: made + 1]


@exact_kernel
def copied(coords: F64, a: I64, b: I64, turned: NDArray[np.bool_], offsets: I64) -> F64:
    """The vertices a … b of some lines, one line after the other, those that are ``turned`` from their end."""
    made = np.empty((offsets[-1], 2))
    for i in range(len(a)):
        for j in range(b[i] - a[i] + 1):
            v = b[i] - j if turned[i] else a[i] + j
            made[offsets[i] + j, 0], made[offsets[i] + j, 1] = coords[v, 0], coords[v, 1]
    return made
