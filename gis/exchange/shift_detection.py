"""Finds out that a whole file lies beside what is known by one systematic shift, and which datum would explain it.

In GCJ-02 a place of the city stands about 490 m from where it is, in BD-09 about 1,180 m. Where the same things are in
the project, their distances to the file's rows show it: all displacements agree, and one datum's way back undoes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from gis.geometry.datum import bd09_to_wgs84, gcj02_to_wgs84
from gis.geometry.shifts import Similarity4, metres_between

Xy = NDArray[np.float64]

_CANDIDATES = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
MOST = 4000  # rows are compared
_MOST_KNOWN = 300_000  # with so many features; fewer would leave most rows without their partner
_MOST_STEPS = 4_000_000  # pairs of the histogram
_REACH_M = 2500.0  # displacements looked for
_LEAST_PAIRED, _LEAST = 3, 8  # rows that must agree
_SHARE = 0.3  # of the rows that can be compared
_SAME_M = 30.0  # about so well do two surveys of one thing agree
_NEAR_M = 60.0  # a shift below this may be anything
_CELL_M = 20.0  # of the histogram of displacements
_CHANCE = 6.0  # standard deviations above what chance gives
_LEAST_STEP = 20  # rows that a step which no datum explains must bring onto features
_RIVAL = 0.7  # of its pairs, by which another step makes it doubtful
_BETTER = 3.0  # how much nearer the rows must come


@dataclass(frozen=True, slots=True)
class DatumProposal:
    """A file's positions lie ``offset_m`` beside known features: ``before_m`` the median distance of ``matched`` pairs.

    Read in ``datum`` they would lie ``after_m`` away. ``datum`` None: none explains it, but a constant ``dx_m`` east
    and ``dy_m`` north, to be added, does.
    """

    datum: Literal["gcj02", "bd09"] | None
    offset_m: float
    matched: int
    before_m: float
    after_m: float
    dx_m: float = 0.0
    dy_m: float = 0.0

    def step(self, project_crs: str) -> Similarity4 | None:
        """The constant as a shift in the project's plane, whatever the file's system; None beside a datum."""
        if self.datum is not None:
            return None
        return Similarity4(self.dx_m, self.dy_m, target_crs=project_crs, source_crs=project_crs)


def propose_datum(lonlat: ArrayLike, existing: ArrayLike, *, paired: bool = False) -> DatumProposal | None:
    """A better datum for positions ``lonlat`` (n, 2), read as WGS 84, beside known ones ``existing`` (m, 2); degrees.

    ``paired``: row i of both is the same thing (known by its code). Without it the displacement is found that brings
    the most rows onto features, and only believed where chance cannot have done it. None where nothing is clearly
    better: where the rows already lie well, where too few agree, where displacements disagree.
    """
    rows, known = _clean(lonlat), _clean(existing)
    if paired:
        good = np.isfinite(rows).all(axis=1) & np.isfinite(known).all(axis=1)
        return _of_pairs(rows[good], known[good], _LEAST_PAIRED)
    rows = _thinned(rows[np.isfinite(rows).all(axis=1)])
    known = _thinned(np.unique(known[np.isfinite(known).all(axis=1)], axis=0), _MOST_KNOWN)
    if len(rows) < _LEAST or len(known) < _LEAST:
        return None
    return _of_places(rows, known)


def _of_pairs(rows: Xy, known: Xy, least: int) -> DatumProposal | None:
    """Among rows whose partners are known; a few wrong codes do not matter."""
    if len(rows) < least:
        return None
    away = metres_between(rows, known)
    before = _median_length(away)
    if before < _NEAR_M:
        return None
    options: list[tuple[float, Literal["gcj02", "bd09"] | None, Xy]] = []
    for datum, back in _CANDIDATES.items():
        left = metres_between(np.column_stack(back(rows[:, 0], rows[:, 1])), known)
        options.append((_median_length(left), "gcj02" if datum == "gcj02" else "bd09", left))
    after, chosen, left = min(options, key=lambda option: option[0])
    constant = np.median(away, axis=0)
    if after * _BETTER > before or after > max(_SAME_M, before / 10):
        # no datum explains it: perhaps the same step for all
        left = away - constant
        after, chosen = _median_length(left), None
        if after * _BETTER > before or after > max(_SAME_M, before / 10):
            return None
    agree = int((np.hypot(left[:, 0], left[:, 1]) <= max(_SAME_M, 3 * after)).sum())
    if agree < max(least, len(rows) * 0.5):
        return None
    dx, dy = (float(constant[0]), float(constant[1])) if chosen is None else (0.0, 0.0)
    return DatumProposal(chosen, float(np.hypot(*constant)), agree, before, after, dx, dy)


def _of_places(rows: Xy, known: Xy) -> DatumProposal | None:
    """By the displacement that brings most rows onto features.

    A datum is tried first, for it says all; then any constant step, by the histogram of displacements.
    """
    tree, scale = _tree(known)
    placed = _hits(tree, scale, rows)
    chance = _by_chance(tree, scale, rows)
    best: tuple[int, Literal["gcj02", "bd09"] | None, Xy] | None = None
    for datum, back in _CANDIDATES.items():
        moved = np.column_stack(back(rows[:, 0], rows[:, 1]))
        hits = _hits(tree, scale, moved)
        if best is None or hits > best[0]:
            best = hits, "gcj02" if datum == "gcj02" else "bd09", moved
    assert best is not None
    if not _clear(best[0], placed, chance, len(rows)):
        step = _commonest_step(tree, scale, rows)
        if step is None:
            return None
        moved = rows + step
        hits = _hits(tree, scale, moved)
        if hits < _LEAST_STEP or not _clear(hits, placed, chance, len(rows)):
            return None
        best = hits, None, moved
    distance, partner = tree.query(best[2] * scale, distance_upper_bound=_SAME_M)
    met = np.isfinite(distance)
    return _of_pairs(rows[met], known[partner[met]], _LEAST)


def _clear(hits: int, placed: int, chance: float, count: int) -> bool:
    """Whether so many rows on features are neither chance nor hardly more than there are as the file stands."""
    expected = chance * count
    spread = np.sqrt(max(expected * (1 - chance), 1.0))
    enough = max(_LEAST, _SHARE * count)
    return hits >= enough and hits > expected + _CHANCE * spread and hits > 2 * placed


def _tree(known: Xy) -> tuple[cKDTree, Xy]:
    """A search tree in metres about the middle of the known places, and the scale to these metres."""
    middle = known.mean(axis=0)
    scale = np.abs(metres_between(middle[None, :], middle[None, :] + 0.001)[0]) / 0.001
    return cKDTree(known * scale), scale


def _hits(tree: cKDTree, scale: Xy, rows: Xy) -> int:
    distance, _ = tree.query(rows * scale, distance_upper_bound=_SAME_M)
    return int(np.isfinite(distance).sum())


def _by_chance(tree: cKDTree, scale: Xy, rows: Xy) -> float:
    """The share of rows that fall on a feature under a step that means nothing: the mean of a ring of steps."""
    angles = np.arange(8) * np.pi / 4 + 0.3
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * _REACH_M / scale
    return float(np.mean([_hits(tree, scale, rows + step) for step in ring])) / len(rows)


def _commonest_step(tree: cKDTree, scale: Xy, rows: Xy) -> Xy | None:
    """The step (degrees) that most pairs of a row and a feature within reach have in common.

    None where another step is nearly as common: poles at even distances fit on their neighbours in both directions.
    """
    some = _thinned(rows, 800) * scale
    known = np.asarray(tree.data)
    pairs = tree.query_ball_point(some, _REACH_M, return_length=True)
    some = some[: max(20, int(np.searchsorted(np.cumsum(pairs), _MOST_STEPS)))]
    near = tree.query_ball_point(some, _REACH_M)
    steps = [known[partners] - some[i] for i, partners in enumerate(near) if partners]
    if not steps:
        return None
    cells = np.round(np.concatenate(steps) / _CELL_M).astype(np.int64)
    side = int(_REACH_M / _CELL_M) + 2
    grid = np.zeros((2 * side + 1, 2 * side + 1))
    np.add.at(grid, (cells[:, 0] + side, cells[:, 1] + side), 1)
    heap = grid.copy()  # a peak on the border of two cells counts as one
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            if dx or dy:
                heap += np.roll(np.roll(grid, dx, 0), dy, 1)
    at = np.unravel_index(int(np.argmax(heap)), heap.shape)
    apart = np.hypot(*np.meshgrid(*(np.arange(len(heap)) - i for i in at), indexing="ij")) > 4
    if heap[apart].max() > _RIVAL * heap[at]:
        return None
    peak = (np.array(at) - side) * _CELL_M
    every = np.concatenate(steps)
    close = every[(np.abs(every - peak) <= 1.5 * _CELL_M).all(axis=1)]
    found: Xy = (np.median(close, axis=0) if len(close) else peak) / scale
    return found


def _median_length(steps: Xy) -> float:
    return float(np.median(np.hypot(steps[:, 0], steps[:, 1])))


def _clean(lonlat: ArrayLike) -> Xy:
    made = np.asarray(lonlat, dtype=np.float64)
    return made.reshape(-1, 2) if made.size == 0 else made


def _thinned(points: Xy, most: int = MOST) -> Xy:
    """Evenly spread over the array, no more than ``most``."""
    return points if len(points) <= most else points[np.linspace(0, len(points) - 1, most).astype(np.int64)]
