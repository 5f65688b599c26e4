"""Premises in the buildings: homes by stairway, offices, shops, works, schools; with households and addresses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.buildings import HOME, HOSPITAL, INDUSTRY, OFFICE, PUBLIC, RURAL, SCHOOL, SHOP, Buildings
from datasets.city import stream, texts
from datasets.frame import Frame

KINDS = ("home", "community", "office", "zone", "enterprise", "school", "hospital", "public")
K_HOME, K_COMMUNITY, K_OFFICE, K_ZONE, K_ENTERPRISE, K_SCHOOL, K_HOSPITAL, K_PUBLIC = range(8)
MOST_HOUSEHOLDS = 8  # of one premises: a stairway, or one part of a tower's


@dataclass(frozen=True, slots=True)
class Premises:
    """Arrays over premises in the order of their buildings. ``ports``: splitter outputs it takes, one a household;
    ``group``, ``place``, ``vertex`` and ``lane`` are its building's."""

    xy: NDArray[np.float64]
    kind: NDArray[np.int64]
    households: NDArray[np.int64]
    ports: NDArray[np.int64]
    building: NDArray[np.int64]
    group: NDArray[np.int64]
    place: NDArray[np.int64]
    vertex: NDArray[np.int64]
    lane: NDArray[np.int64]
    county: NDArray[np.int64]
    address: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.kind)


def build(frame: Frame, buildings: Buildings, wanted: int, features: int, seed: int) -> Premises:
    """Exactly ``wanted`` premises."""
    rng = stream(features, seed, "premises")
    counts = _counts(rng, buildings, wanted)
    building = np.repeat(np.arange(len(buildings)), counts)
    unit = np.arange(len(building)) - np.repeat(np.cumsum(counts) - counts, counts)
    n = len(building)
    use = buildings.use[building]
    # Doors stand in a row along the building's long side, a little inside of its front.
    share = (unit + 0.5) / counts[building] - 0.5
    heading = buildings.heading[building]
    along = share * buildings.size[building, 0] * 0.9
    across = -0.36 * buildings.size[building, 1]
    xy = buildings.xy[building] + np.stack(
        [along * np.cos(heading) - across * np.sin(heading), along * np.sin(heading) + across * np.cos(heading)], axis=1
    )
    xy = np.round(xy, 3)
    kind = _kinds(rng, use)
    floors = buildings.floors[building]
    stairway = np.where(floors <= 7, np.minimum(floors, rng.choice([3, 4, 5, 6], n)), MOST_HOUSEHOLDS)
    households = np.where(kind != K_HOME, 0, np.where(use == RURAL, 1, np.clip(stairway, 1, MOST_HOUSEHOLDS)))
    suffix = [
        "" if total == 1 else f"{k + 1}单元" if u == HOME else f"{k + 1}室"
        for total, k, u in zip(counts[building].tolist(), unit.tolist(), use.tolist(), strict=True)
    ]
    place = [
        address if u == RURAL else address + venue
        for address, venue, u in zip(
            buildings.address.tolist(), buildings.venue.tolist(), buildings.use.tolist(), strict=True
        )
    ]
    return Premises(
        xy=xy,
        kind=kind,
        households=households,
        ports=np.maximum(households, 1),
        building=building,
        group=buildings.group[building],
        place=buildings.place[building],
        vertex=buildings.vertex[building],
        lane=buildings.lane[building],
        county=frame.county_of(xy),
        address=texts(place[b] + s for b, s in zip(building.tolist(), suffix, strict=True)),
    )


def _counts(rng: np.random.Generator, buildings: Buildings, wanted: int) -> NDArray[np.int64]:
    """Premises in each building, ``wanted`` in all: more where a building is long, none in some sheds and halls."""
    n = len(buildings)
    length = buildings.size[:, 0]
    use = buildings.use
    mean = np.select(
        [use == HOME, use == OFFICE, use == SHOP, use == INDUSTRY, use == RURAL, (use == SCHOOL) | (use == HOSPITAL)],
        [np.clip(length / 18.0, 1.0, 3.0), 2.0, 1.5, 0.6, 1.0, 0.55],
        0.7,
    )
    counts = np.floor(mean + rng.random(n) * 0.999).astype(np.int64)
    while (short := wanted - int(counts.sum())) != 0:
        if short > 0:
            open_to = np.flatnonzero(((use == HOME) | (use == OFFICE) | (use == SHOP)) & (counts < 6))
            open_to = open_to if len(open_to) else np.arange(n)
            counts[rng.permutation(open_to)[:short]] += 1
        else:
            least = 1 if (counts > 1).any() else 0
            counts[rng.permutation(np.flatnonzero(counts > least))[:-short]] -= 1
    return counts


def _kinds(rng: np.random.Generator, use: NDArray[np.int64]) -> NDArray[np.int64]:
    draw = rng.random(len(use))
    return np.select(
        [use == OFFICE, use == SHOP, use == INDUSTRY, use == SCHOOL, use == HOSPITAL, use == PUBLIC, use == HOME],
        [
            np.full(len(use), K_OFFICE),
            np.where(draw < 0.3, K_OFFICE, K_PUBLIC),
            np.where(draw < 0.75, K_ENTERPRISE, K_ZONE),
            np.full(len(use), K_SCHOOL),
            np.full(len(use), K_HOSPITAL),
            np.full(len(use), K_PUBLIC),
            np.where(draw < 0.012, K_COMMUNITY, K_HOME),
        ],
        np.where(draw < 0.006, K_COMMUNITY, K_HOME),
    )
