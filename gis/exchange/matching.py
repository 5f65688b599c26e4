"""Which existing feature each incoming row is: by code, then by distance; pure arrays, no storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.errors import Refusal

#: A row with the code of a feature that lies further away than this is not silently moved there.
CODE_FAR_M = 1000.0


@dataclass(frozen=True, slots=True)
class Match:
    """For n rows: ``target`` int64 (n,), 0 = none; ``by`` object (n,), "code", "distance" or None; ``conflict``:
    row -> why it is left to the user."""

    target: NDArray[np.int64]
    by: NDArray[np.object_]
    conflict: Mapping[int, Refusal]


def match(
    codes: NDArray[np.object_],
    geometry: NDArray[np.object_] | None,
    lines: NDArray[np.int64],
    existing_ids: NDArray[np.int64],
    existing_codes: NDArray[np.object_],
    existing_geometry: NDArray[np.object_] | None,
    *,
    by: tuple[str, ...] = ("code", "distance"),
    tolerance_m: float = 1.0,
) -> Match:
    """Match n rows with m features of the same class.

    A code in the file twice, two rows for one feature, several features within the tolerance, and a code whose
    feature lies over ``CODE_FAR_M`` away are conflicts. A row with a code is matched by distance only with a feature
    that has no code.
    """
    count = len(lines)
    target = np.zeros(count, dtype=np.int64)
    how = np.full(count, None, dtype=object)
    conflict = _repeats(codes, lines)
    position = _centres(geometry)
    others = _centres(existing_geometry)
    if "code" in by:
        known = {code: i for i, code in enumerate(existing_codes) if code is not None}
        for row, code in enumerate(codes):
            at = known.get(code) if code is not None and row not in conflict else None
            if at is None:
                continue
            target[row], how[row] = existing_ids[at], "code"
            if position is not None and others is not None:
                distance = float(np.hypot(*(position[row] - others[at])))
                if distance > CODE_FAR_M:
                    conflict[row] = Refusal("import.code_far", distance=f"{distance:.0f}")
    if "distance" in by and position is not None and others is not None and len(others):
        _by_distance(codes, existing_codes, existing_ids, position, others, tolerance_m, target, how, conflict)
    _mark_shared_targets(target, lines, conflict)
    return Match(target, how, conflict)


def _repeats(codes: NDArray[np.object_], lines: NDArray[np.int64]) -> dict[int, Refusal]:
    first: dict[str, int] = {}
    conflict: dict[int, Refusal] = {}
    for row, code in enumerate(codes):
        if code is None:
            continue
        earlier = first.setdefault(code, row)
        if earlier != row:
            conflict[row] = Refusal("import.twice_in_file", code=code, line=int(lines[earlier]))
    return conflict


def _by_distance(
    codes: NDArray[np.object_],
    existing_codes: NDArray[np.object_],
    existing_ids: NDArray[np.int64],
    position: NDArray[np.float64],
    others: NDArray[np.float64],
    tolerance_m: float,
    target: NDArray[np.int64],
    how: NDArray[np.object_],
    conflict: dict[int, Refusal],
) -> None:
    open_rows = [int(row) for row in np.flatnonzero(target == 0) if int(row) not in conflict]
    if not open_rows:
        return
    neighbours = cKDTree(others).query_ball_point(position[open_rows], tolerance_m)
    for row, near in zip(open_rows, neighbours, strict=True):
        # Two features with different codes are two things, however near; one without a code may be the same.
        near = [at for at in near if codes[row] is None or existing_codes[at] is None]
        if len(near) == 1:
            target[row], how[row] = existing_ids[near[0]], "distance"
        elif near:
            conflict[row] = Refusal("import.ambiguous", tolerance=f"{tolerance_m:g}")


def _mark_shared_targets(
    target: NDArray[np.int64],
    lines: NDArray[np.int64],
    conflict: dict[int, Refusal],
) -> None:
    first: dict[int, int] = {}
    for row in np.flatnonzero(target).tolist():
        if row in conflict:
            continue
        earlier = first.setdefault(int(target[row]), row)
        if earlier != row:
            conflict[row] = Refusal("import.two_rows_one_feature", line=int(lines[earlier]))


def _centres(geometry: NDArray[np.object_] | None) -> NDArray[np.float64] | None:
    """A position for each geometry, float64 (n, 2): the point itself, else the middle of its bounds."""
    if geometry is None:
        return None
    bounds = shapely.bounds(geometry)
    return np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
