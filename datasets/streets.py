"""Street grids of settlements: turned, bent and uneven lattices with graded streets, and the blocks between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from datasets.city import stream
from datasets.frame import names
from datasets.settlements import CORE, TOWN, Settlement

GRADES = ("motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service")
TRUNK, PRIMARY, SECONDARY, TERTIARY, RESIDENTIAL, SERVICE = 1, 2, 3, 4, 5, 6
HALF_WIDTH_M = np.array([16.0, 16.0, 14.0, 11.0, 8.0, 6.0, 4.0])  # from the centre line to the kerb, by grade
_PITCH_M = {CORE: (214.0, 186.0), "seat": (196.0, 170.0), TOWN: (172.0, 150.0)}
_PER_BLOCK = {CORE: 10.6, "seat": 10.6, TOWN: 7.9}  # buildings a block holds on average


@dataclass(frozen=True, slots=True)
class Grid:
    """The streets of one settlement. Vertices are numbered from 0; ``corners`` (k, 4) name each block's vertices in
    the order south-west, south-east, north-east, north-west; ``radius`` 0 in the middle, 1 at the edge of the town;
    ``local`` (k, 2) the block's middle in the turned axes, metres; ``river`` whether water runs through the block."""

    xy: NDArray[np.float64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    grade: NDArray[np.int64]
    street: NDArray[np.object_]
    corners: NDArray[np.int64]
    radius: NDArray[np.float64]
    local: NDArray[np.float64]
    river: NDArray[np.bool_]


def grid(place: Settlement, features: int, seed: int) -> Grid:
    """The grid that holds the settlement's buildings; one lone vertex where it has none."""
    rng = stream(features, seed, f"streets {place.name} {place.town}")
    blocks = int(np.ceil(place.buildings / _PER_BLOCK[place.kind]))
    if blocks == 0:
        return _crossing(place)
    reach = int(np.ceil(np.sqrt(blocks / np.pi) * 1.5)) + 2
    n = 2 * reach + 1
    pitch = _PITCH_M[place.kind]
    p = _lines(rng, n, reach, pitch[0])
    q = _lines(rng, n, reach, pitch[1])
    chosen, radius, middle_p, middle_q = _grown(rng, p, q, blocks)

    grade_ns = _line_grades(rng, n, reach, place.kind, blocks)
    grade_ew = _line_grades(rng, n, reach, place.kind, blocks)
    names_ns, names_ew = _line_names(rng, n, reach, place, grade_ns, grade_ew)
    number = np.arange(n * n).reshape(n, n)  # [i along p, j along q]

    # An edge is kept when a chosen block lies on either side of it.
    padded = np.pad(chosen, 1)
    sides_ns = padded[:-1, 1:-1].astype(int) + padded[1:, 1:-1]  # (n, n-1): the street i between j and j+1
    sides_ew = padded[1:-1, :-1].astype(int) + padded[1:-1, 1:]  # (n-1, n)
    i_ns, j_ns = np.nonzero(sides_ns)
    i_ew, j_ew = np.nonzero(sides_ew)
    a = np.concatenate([number[i_ns, j_ns], number[i_ew, j_ew]])
    b = np.concatenate([number[i_ns, j_ns + 1], number[i_ew + 1, j_ew]])
    grade = np.concatenate([grade_ns[i_ns], grade_ew[j_ew]])
    half_ns = (j_ns >= reach).astype(int)
    half_ew = (i_ew >= reach).astype(int)
    street = np.concatenate([names_ns[i_ns, half_ns], names_ew[j_ew, half_ew]])
    along = np.concatenate([np.abs(j_ns + 0.5 - reach), np.abs(i_ew + 0.5 - reach)])
    grade = np.where((grade == TRUNK) & (along > _ring(blocks)), SECONDARY, grade)  # a ring, no cross
    inner = np.concatenate([sides_ns[i_ns, j_ns], sides_ew[i_ew, j_ew]]) == 2

    water = _river(place, p, rng)
    wet = chosen & water(middle_p, middle_q, 60.0)
    crosses = np.concatenate(
        [
            water(p[i_ns], (q[j_ns] + q[j_ns + 1]) / 2, 90.0),
            water((p[i_ew] + p[i_ew + 1]) / 2, q[j_ew], 90.0),
        ]
    )
    chance = np.select([grade == RESIDENTIAL, grade == TERTIARY], [0.34, 0.12], 0.0)
    removed = (rng.random(len(a)) < chance) & inner
    removed |= crosses & (grade >= TERTIARY) & inner
    keep = _connected(n * n, a, b, ~removed)

    turn = np.radians(-7.0 if place.kind == CORE else rng.uniform(-16.0, 16.0))
    xy = _bent(rng, p, q, place, turn)
    corners_i, corners_j = np.nonzero(chosen)
    corners = np.stack(
        [
            number[corners_i, corners_j],
            number[corners_i + 1, corners_j],
            number[corners_i + 1, corners_j + 1],
            number[corners_i, corners_j + 1],
        ],
        axis=1,
    )
    used, renumbered = np.unique(np.concatenate([a[keep], b[keep], corners.ravel()]), return_inverse=True)
    edges = int(keep.sum())
    return Grid(
        xy=xy[used],
        a=renumbered[:edges],
        b=renumbered[edges : 2 * edges],
        grade=grade[keep],
        street=street[keep],
        corners=renumbered[2 * edges :].reshape(-1, 4),
        radius=radius[chosen],
        local=np.stack([middle_p[chosen], middle_q[chosen]], axis=1),
        river=wet[chosen],
    )


def _crossing(place: Settlement) -> Grid:
    none = np.empty(0, dtype=np.int64)
    return Grid(
        xy=np.array([[place.x, place.y]]),
        a=none,
        b=none,
        grade=none,
        street=np.empty(0, dtype=object),
        corners=np.empty((0, 4), dtype=np.int64),
        radius=np.empty(0),
        local=np.empty((0, 2)),
        river=np.empty(0, dtype=bool),
    )


def _lines(rng: np.random.Generator, n: int, reach: int, pitch: float) -> NDArray[np.float64]:
    at = np.concatenate([[0.0], np.cumsum(pitch * rng.uniform(0.8, 1.24, n - 1))])
    return at - at[reach]


def _grown(
    rng: np.random.Generator, p: NDArray[np.float64], q: NDArray[np.float64], blocks: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The blocks nearest to the middle by a measure that reaches out along the main axes, as towns grow."""
    middle_p, middle_q = np.meshgrid((p[:-1] + p[1:]) / 2, (q[:-1] + q[1:]) / 2, indexing="ij")
    angle = np.arctan2(middle_q, middle_p)
    phase = rng.uniform(0, 2 * np.pi, 3)
    lobes = 1 + 0.13 * np.sin(2 * angle + phase[0]) + 0.10 * np.sin(3 * angle + phase[1])
    lobes += 0.06 * np.sin(7 * angle + phase[2])
    along_axis = np.minimum(np.abs(middle_p), np.abs(middle_q))
    measure = np.hypot(middle_p / 1.1, middle_q) * lobes * (1 - 0.2 * np.exp(-along_axis / 260.0))
    limit = np.partition(measure.ravel(), blocks - 1)[blocks - 1]
    chosen = measure <= limit
    part, _ = label(chosen)
    chosen &= part == part[np.unravel_index(np.argmin(measure), measure.shape)]
    return chosen, measure / max(limit, 1.0), middle_p, middle_q


def _line_grades(rng: np.random.Generator, n: int, reach: int, kind: str, blocks: int) -> NDArray[np.int64]:
    k = np.arange(n) - reach
    small = np.where(rng.random(n) < 0.55, RESIDENTIAL, TERTIARY)
    if kind == TOWN:
        return np.where(k == 0, SECONDARY if blocks > 6 else TERTIARY, small)
    grade = np.where(k % 6 == 0, PRIMARY, np.where(k % 3 == 0, SECONDARY, small))
    if kind == CORE:  # a ring of expressways two thirds of the way out
        grade = np.where(np.abs(k) == _ring(blocks), TRUNK, grade)
    return grade


def _ring(blocks: int) -> int:
    return max(3, round(np.sqrt(blocks / np.pi) * 0.68 / 3) * 3)


def _line_names(
    rng: np.random.Generator,
    n: int,
    reach: int,
    place: Settlement,
    grade_ns: NDArray[np.int64],
    grade_ew: NDArray[np.int64],
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Names of the lines, (n, 2) each: the southern and northern, the western and eastern half."""
    words = names()
    stems = list(words["streets"]["stems"] if place.kind != TOWN else words["streets"]["town"])
    stems = [stems[i] for i in rng.permutation(len(stems))]
    if place.kind != TOWN:
        others = words["streets"]["town"]
        stems = stems + [first + second for first in "东西南北新" for second in others]
    free = iter(stems * (1 + 2 * n // len(stems)))
    tables = (words["core_north_south"], words["core_east_west"]) if place.kind == CORE else ({}, {})
    halves = (("南", "北"), ("西", "东"))
    made = []
    for table, half, grades in zip(tables, halves, (grade_ns, grade_ew), strict=True):
        column = np.empty((n, 2), dtype=object)
        for i in range(n):
            stem = table.get(str(i - reach)) or next(free)
            if stem.endswith("大道"):
                column[i] = stem
            elif grades[i] == TRUNK:
                column[i] = f"{stem}高架路"
            elif grades[i] in (PRIMARY, SECONDARY):
                column[i] = [f"{stem}{h}路" for h in half]
            else:
                column[i] = stem + ("路" if grades[i] == TERTIARY else rng.choice(["街", "巷", "路"]))
        made.append(column)
    return made[0], made[1]


def _river(
    place: Settlement, p: NDArray[np.float64], rng: np.random.Generator
) -> Callable[[NDArray[np.float64], NDArray[np.float64], float], NDArray[np.bool_]]:
    """A test whether positions in local axes lie within a distance of the settlement's river or canal."""
    span = max(float(np.ptp(p)), 600.0)
    offset = span * rng.uniform(0.06, 0.16) * rng.choice([-1.0, 1.0])
    swing, length, phase = span * 0.03, span * rng.uniform(0.5, 0.9), rng.uniform(0, 2 * np.pi)
    second = span * rng.uniform(0.14, 0.22) if place.kind == CORE else np.inf

    def near(at_p: NDArray[np.float64], at_q: NDArray[np.float64], metres: float) -> NDArray[np.bool_]:
        first = np.abs(at_p - offset - swing * np.sin(2 * np.pi * at_q / length + phase)) < metres
        other = np.abs(at_q - second - swing * np.sin(2 * np.pi * at_p / length)) < metres
        return first | other

    return near


def _bent(
    rng: np.random.Generator, p: NDArray[np.float64], q: NDArray[np.float64], place: Settlement, turn: float
) -> NDArray[np.float64]:
    """Positions of the lattice's vertices: bent by long waves, shaken a little, turned and moved to the place."""
    at_p, at_q = np.meshgrid(p, q, indexing="ij")
    waves = rng.uniform(1400.0, 2600.0, 4)
    phase = rng.uniform(0, 2 * np.pi, 4)
    swing = 34.0 if place.kind == CORE else 16.0
    bent_p = at_p + swing * np.sin(2 * np.pi * at_q / waves[0] + phase[0]) + 0.4 * swing * np.sin(at_p / waves[1] * 9)
    bent_q = at_q + swing * np.sin(2 * np.pi * at_p / waves[2] + phase[2]) + 0.4 * swing * np.sin(at_q / waves[3] * 9)
    bent_p = (bent_p + rng.normal(0, 3.5, at_p.shape)).ravel()
    bent_q = (bent_q + rng.normal(0, 3.5, at_q.shape)).ravel()
    return np.stack(
        [
            place.x + bent_p * np.cos(turn) - bent_q * np.sin(turn),
            place.y + bent_p * np.sin(turn) + bent_q * np.cos(turn),
        ],
        axis=1,
    )


def _connected(vertices: int, a: NDArray[np.int64], b: NDArray[np.int64], keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``keep`` with as many edges put back as it takes to reach every vertex from every other."""
    _, part = connected_components(
        coo_matrix((np.ones(keep.sum()), (a[keep], b[keep])), shape=(vertices, vertices)), directed=False
    )
    bridging = ~keep & (part[a] != part[b])
    return keep | bridging
