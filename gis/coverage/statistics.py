"""The figures of a coverage analysis: the same measures for every threshold, confidence and number of operators.

A *case* is one way of saying "covered": the level reaches a threshold, the threshold is reached with a probability of
at least 75 %, two operators are received … Every case is counted alike: by area, population, households, premises and
length of road, for the whole, for the urban area and for each area. Shares are 0…1; None = unknown. Lengths in metres,
areas in m².
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

CaseKind = Literal[
    "threshold", "confidence", "expected", "low", "high", "operators", "operator", "handover", "pollution"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """One case for the whole or for the urban area. Covered counts are fractions where probabilities are summed."""

    area_m2: float
    covered_m2: float
    area_share: float
    population: float | None
    population_covered: float | None
    population_share: float | None
    households: float
    households_covered: float
    households_share: float | None
    premises: int
    premises_covered: float
    premises_share: float | None
    road_m: float
    road_covered_m: float
    road_share: float | None


@dataclass(frozen=True, slots=True)
class AreaShares:
    """One case by area: columns in the order of the summary's "areas" (``id`` repeats their ids)."""

    id: tuple[int, ...]
    area_share: tuple[float, ...]
    population_share: tuple[float | None, ...]
    households_share: tuple[float | None, ...]
    premises_share: tuple[float | None, ...]
    road_share: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class AreaTotals:
    """What the shares by area are shares of, in the same order."""

    id: tuple[int, ...]
    area_m2: tuple[float, ...]
    population: tuple[float | None, ...]
    households: tuple[float, ...]
    premises: tuple[int, ...]
    road_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One way of saying "covered", counted.

    ``value``: the level (dBm, or dB of margin) of a "threshold"; the probability 0…1 of a "confidence"; the dB by which
    the threshold is moved for "low" and "high"; how many operators at least for "operators"; 0 for "expected" (every
    pixel counts by its probability) and for "operator" (that one ``owner`` alone); dB for "handover" (another sector is
    that near) and how many pilots at least for "pollution".
    """

    kind: CaseKind
    value: float
    owner: str | None
    whole: Figures
    urban: Figures | None
    areas: AreaShares


@dataclass(frozen=True, slots=True)
class Band:
    """How far the figures may be off: the median itself is wrong by ``error_db`` either way (one standard deviation).

    ``calibrated``: the model was fitted to measurements. ``low``: every level that much lower; ``high``: higher.
    """

    error_db: float
    calibrated: bool
    low: Case
    high: Case


@dataclass(frozen=True, slots=True)
class ExactNumber:
    """The share where exactly ``number`` operators are received (the last: that many or more)."""

    number: int
    area_share: float
    population_share: float | None
    road_share: float | None


@dataclass(frozen=True, slots=True)
class Operators:
    """``at_least``: cases for 1, 2, 3 operators; ``exactly``: 0, 1, 2, 3 and more; ``each``: one case an operator."""

    owners: tuple[str, ...]
    exactly: tuple[ExactNumber, ...]
    at_least: tuple[Case, ...]
    each: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class RoadRow:
    """Road of one class (code of the catalogue, "" = not known); ``expected_m``: length by probability."""

    road_class: str
    length_m: float
    covered_m: float
    share: float
    expected_m: float


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """Listed places of one kind (code of class premises), outdoors at their door."""

    kind: str
    count: int
    covered: int
    share: float


@dataclass(frozen=True, slots=True)
class Place:
    """One listed place. ``level``: None = nothing is received; ``server``: id of the best transmitter; ``area``: id of
    the smallest area it stands in."""

    id: int
    code: str | None
    name: str | None
    kind: str
    x: float
    y: float
    covered: bool
    level: float | None
    probability: float
    server: int | None
    area: int | None


@dataclass(frozen=True, slots=True)
class Places:
    """``listed``: those not covered first, then the weakest first; at most ``MOST_PLACES``, ``left_out`` more."""

    kinds: tuple[PlaceKind, ...]
    listed: tuple[Place, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Squares:
    """A grid of squares of ``size_m`` as columns; only squares that touch the areas. ``west``, ``south``: their corner.

    ``area_m2``: the part within the areas.
    """

    size_m: float
    west: tuple[float, ...]
    south: tuple[float, ...]
    area_m2: tuple[float, ...]
    area_share: tuple[float, ...]
    expected_share: tuple[float, ...]
    households: tuple[float, ...]
    households_share: tuple[float | None, ...]
    road_share: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A patch without coverage. ``rank`` from 1 by people; ``x``, ``y`` lie within it; ``bbox``: its outer edges.

    ``area``: id of the smallest area it lies in (by x, y), with its name. ``site``: id of the nearest transmitter,
    ``site_m`` from the patch's nearest edge, ``site_bearing`` degrees from x, y.
    """

    rank: int
    area_m2: float
    people: float
    households: float
    premises: int
    road_m: float
    x: float
    y: float
    bbox: tuple[float, float, float, float]
    area: int | None
    area_name: str | None
    site: int | None
    site_m: float | None
    site_bearing: float | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Patches without coverage of at least ``smallest_m2``, by people. Their outlines are in the run's "gaps" file
    (GeoPackage, layer "gaps", same ``rank``). ``found``: how many there are; ``ranked`` holds the first of them.
    ``pixel_m``: of the outlines, coarser than the run's resolution where its grid is very large."""

    smallest_m2: float
    found: int
    area_m2: float
    people: float
    ranked: tuple[Gap, ...]
    pixel_m: float


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A site that has another operator's within the distance: it could be shared. ``shared``: it stands with it."""

    site: int
    owner: str
    other: int
    other_owner: str
    distance_m: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Sharing:
    """Sites near another operator's. ``sites``: how many have an owner; ``near``: of these with another operator's
    within ``within_m``; ``together``: at the same place already (under 1 m). ``pairs``: nearest first."""

    within_m: float
    sites: int
    near: int
    together: int
    unknown: int  # sites without an owner, not counted
    pairs: tuple[Neighbours, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures of a run beyond its rows by area. ``main``: the case the run was asked for."""

    main: Case
    thresholds: tuple[Case, ...]  # strongest first
    confidence: tuple[Case, ...]
    expected: Case
    band: Band
    totals: AreaTotals
    operators: Operators | None
    zones: tuple[Case, ...]  # where phones change over and where pilots pollute, as far as asked for
    roads: tuple[RoadRow, ...]
    places: Places
    grid: Squares | None
    gaps: Gaps
    sharing: Sharing | None

    def as_json(self) -> dict[str, Any]:
        """The keys that a run's summary gets, one for each field."""
        return asdict(self)
