"""Where people live in the sample: the core, the county seats, the towns, and how many buildings each gets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.city import stream
from datasets.frame import Frame, names, shares, to_project

CORE, SEAT, TOWN = "core", "seat", "town"
_AREAS = 250  # features that do not grow with the city: areas and the roads between the county seats
ALL_TOWNS_FROM = 8_000  # features; below, only the places with buildings are joined by roads


@dataclass(frozen=True, slots=True)
class Settlement:
    """One built-up place. ``buildings`` may be 0: then it is only a crossing of country roads."""

    name: str
    kind: str
    county: int
    town: int
    x: float
    y: float
    buildings: int


@dataclass(frozen=True, slots=True)
class Shares:
    """How many buildings and premises the size has in all, and how many stand in villages along the roads."""

    buildings: int
    premises: int
    village_buildings: int


def core_position() -> NDArray[np.float64]:
    """The middle of the city proper in project coordinates."""
    return to_project(np.array([names()["centre"]]))[0]


def settle(frame: Frame, features: int, seed: int, scale: float = 1.0) -> tuple[list[Settlement], Shares]:
    """The settlements of a city of that size, core first; small cities fill few towns, large ones all.

    ``scale`` makes more or fewer buildings than usual for the size.
    """
    rng = stream(features, seed, "settlements")
    size = np.log10(np.clip(features, 1_000, 1_000_000) / 1_000) / 3.0  # 0 at 1,000, 1 at a million
    room = max(features - _AREAS, features // 4) * scale  # a small city has as many areas as a large one
    buildings, premises = round(room * (0.21 + 0.04 * size**2)), round(room * (0.25 + 0.05 * size**2))
    in_core = round(buildings * (0.60 - 0.28 * size))
    in_seats = round(buildings * (0.27 - 0.03 * size))
    in_towns = round(buildings * (0.04 + 0.17 * size)) if features >= ALL_TOWNS_FROM // 2 else 0
    core = core_position()
    distance = np.hypot(*(frame.town_xy - core).T)
    in_core_streets = np.array(
        [kind == "street" and far < 12_000 for kind, far in zip(frame.town_kinds, distance, strict=True)]
    )
    core_town = int(np.argmin(np.where(in_core_streets, distance, np.inf)))
    core_county = int(frame.town_county[core_town])
    made = [Settlement("市区", CORE, core_county, core_town, *core, in_core)]

    seats = [seat for seat in frame.county_seats if not in_core_streets[seat]]
    people = frame.county_numbers[[frame.town_county[seat] for seat in seats], 0].astype(float)
    for seat, n in zip(seats, shares(in_seats, people), strict=True):
        made.append(_settlement(frame, seat, SEAT, int(n)))

    taken = {*seats, *np.flatnonzero(in_core_streets)}
    seat_of = {int(frame.town_county[seat]): seat for seat in seats}
    others = []
    for town, kind in enumerate(frame.town_kinds):
        seat = seat_of.get(int(frame.town_county[town]))
        reach = {"street": 6_000, "zone": 7_000}.get(kind, 0)  # what a county seat has grown together with
        part_of_seat = seat is not None and np.hypot(*(frame.town_xy[town] - frame.town_xy[seat])) < reach
        if town not in taken and not part_of_seat:
            others.append(town)
    weight = np.array([{"town": 1.0, "street": 1.2, "zone": 0.55}.get(frame.town_kinds[t], 0.3) for t in others])
    weight *= rng.uniform(0.6, 1.5, len(others))
    filled = int(np.clip(in_towns / 22, 0, len(others)))
    order = np.argsort(-weight, kind="stable")
    counts = np.zeros(len(others), dtype=np.int64)
    counts[order[:filled]] = shares(in_towns, weight[order[:filled]])
    for town, n in zip(others, counts, strict=True):
        if n > 0 or features >= ALL_TOWNS_FROM:
            made.append(_settlement(frame, town, TOWN, int(n)))
    placed = sum(s.buildings for s in made)
    return made, Shares(buildings, premises, buildings - placed)


def _settlement(frame: Frame, town: int, kind: str, buildings: int) -> Settlement:
    x, y = frame.town_xy[town]
    return Settlement(frame.town_names[town], kind, int(frame.town_county[town]), town, float(x), float(y), buildings)
