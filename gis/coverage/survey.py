"""All statistics of a run in one pass over its tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from gis.coverage.gaps import GapFinder, Sites
from gis.coverage.grid import Grid, Tile
from gis.coverage.people import Populace, Premises, Settled
from gis.coverage.places import PlaceLevels
from gis.coverage.regions import LEVELS, Regions
from gis.coverage.results import area_shares
from gis.coverage.roads import RoadPieces, road_pieces
from gis.coverage.spots import SpotValues
from gis.coverage.squares import SquareSums, shares
from gis.coverage.standing import standing_in
from gis.coverage.statistics import (
    AreaShares,
    AreaTotals,
    Band,
    Case,
    CaseKind,
    ExactNumber,
    Figures,
    Operators,
    RoadRow,
    Sharing,
    Squares,
    Statistics,
)
from gis.coverage.tallies import tally
from gis.coverage.zonal import ZonalSums
from gis.geometry.columns import Columns

Floats = NDArray[np.float64]
ZoneKind = Literal["handover", "pollution"]
MOST_OPERATORS = 3


@dataclass(frozen=True, slots=True)
class Question:
    """One case to count; see ``statistics.Case``."""

    kind: CaseKind
    value: float = 0.0
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """What is to be counted. ``threshold``: the main one; ``owners``: operator n of the answers is ``owners[n]``.

    ``zones``: kinds of places besides, each with the figure that it is told by.
    """

    threshold: float
    thresholds: tuple[float, ...]
    confidence: tuple[float, ...]
    error_db: float
    calibrated: bool = False
    owners: tuple[str, ...] = ()
    grid_m: float | None = None
    smallest_gap_m2: float = 10_000.0
    zones: tuple[tuple[ZoneKind, float], ...] = ()

    def cases(self) -> tuple[Question, ...]:
        """All cases, the main one first."""
        return (
            Question("threshold", self.threshold),
            Question("expected"),
            Question("low", self.error_db),
            Question("high", -self.error_db),
            *(Question("threshold", level) for level in sorted(set(self.thresholds) - {self.threshold}, reverse=True)),
            *(Question("confidence", share) for share in sorted(set(self.confidence))),
            *(Question("operators", float(number + 1)) for number in range(MOST_OPERATORS) if self.owners),
            *(Question("operator", float(place), owner) for place, owner in enumerate(self.owners)),
            *(Question(kind, value) for kind, value in self.zones),
        )


class Survey:
    """Collects everything while tiles arrive; ``statistics`` then counts it. Add every tile once, in the grid's order.

    Without areas the whole grid is the whole. ``premises``: all of them, those without households with 0.
    """

    def __init__(
        self,
        grid: Grid,
        regions: Regions,
        premises: Premises,
        questions: Questions,
        roads: Columns | None = None,
        places: Columns | None = None,
    ) -> None:
        self.grid, self.questions, self.cases = grid, questions, questions.cases()
        self.drawn = regions
        self.regions = regions if len(regions) else _everything(grid)
        self.settled = Settled(self.regions, premises)
        self._zones = ZonalSums(grid, self.regions.polygons, len(self.cases))
        self._homes = SpotValues(grid, premises.x, premises.y, len(self.cases))
        self._roads: RoadPieces = road_pieces(grid, roads)
        self._road_values = SpotValues(grid, self._roads.x, self._roads.y, len(self.cases))
        self._places = PlaceLevels(grid, places)
        self._squares = None if questions.grid_m is None else SquareSums(grid, questions.grid_m)
        self._gaps = GapFinder(grid)
        self._outer = self.regions.outermost()
        self._seen: set[tuple[int, int]] = set()
        area, piece = standing_in(self.regions.polygons, self._roads.x, self._roads.y)
        self._road_at = area, piece, tally(area, self._roads.length_m[piece], len(self.regions))

    def add(
        self,
        tile: Tile,
        level: NDArray[np.float32],
        probability: NDArray[np.float32],
        server: NDArray[np.int32],
        operators: NDArray[np.uint32] | None = None,
        zones: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> None:
        """Take one tile, arrays (height, width): level -9999 and server -1 where nobody is heard.

        ``zones``: where each kind of ``Questions.zones`` is.
        """
        stack = np.stack(
            [
                (zones or {})[case.kind].astype(np.float32)
                if case.kind in ("handover", "pollution")
                else self._answer(case, level, probability, operators)
                for case in self.cases
            ]
        )
        self._zones.add(tile, stack)
        self._homes.add(tile, stack)
        self._road_values.add(tile, stack)
        self._places.add(tile, level, probability, server)
        self._gaps.add(tile, stack[0] > 0.0)
        if self._squares is not None:
            self._squares.add(tile, self._inside(tile), stack[0], stack[1])
            self._seen.add((tile.top, tile.left))

    @property
    def covered_m2(self) -> Floats:
        """The covered area of the main case by drawn area."""
        return np.asarray(self._zones.sums_m2[0][: len(self.drawn)])

    def populace(self, place: int = 0) -> Populace:
        """The people of a case by area."""
        return self.settled.populace(self._homes.values[place], area_shares(self.regions, self._zones.sums_m2[place]))

    def statistics(
        self, servers: tuple[int, ...], sites: Sites, sharing: Sharing | None
    ) -> tuple[Statistics, NDArray[np.object_]]:
        """All figures, and the outlines of the gaps in their order. ``servers``: the id of each transmitter."""
        counted = [self._case(place, case) for place, case in enumerate(self.cases)]

        def of(*kinds: str) -> tuple[Case, ...]:
            return tuple(case for case in counted if case.kind in kinds)

        at_levels = tuple(sorted(of("threshold"), key=lambda case: -case.value))
        expected, low, high = counted[1:4]
        road_rows = self._road_rows(np.unique(self._road_at[1][np.isin(self._road_at[0], self._outer)]))
        gaps, outlines = self._gaps.gaps(
            self.drawn,
            self.settled,
            self._homes.values[0] == 0.0,
            self._roads,
            self._road_values.values[0] == 0.0,
            sites,
            self.questions.smallest_gap_m2,
        )
        found = Statistics(
            main=counted[0],
            thresholds=at_levels,
            confidence=of("confidence"),
            expected=expected,
            band=Band(self.questions.error_db, self.questions.calibrated, low, high),
            totals=self._totals(),
            operators=self._operators(of("operators"), of("operator")),
            zones=of("handover", "pollution"),
            roads=road_rows,
            places=self._places.places(self.questions.threshold, servers, self.regions),
            grid=self._count_squares(),
            gaps=gaps,
            sharing=sharing,
        )
        return found, outlines

    def _answer(
        self,
        case: Question,
        level: NDArray[np.float32],
        probability: NDArray[np.float32],
        operators: NDArray[np.uint32] | None,
    ) -> NDArray[np.float32]:
        """One case of one tile, 0…1."""
        if case.kind == "expected":
            return probability
        if case.kind == "threshold":
            return (level >= case.value).astype(np.float32)
        if case.kind in ("low", "high"):
            return (level >= self.questions.threshold + case.value).astype(np.float32)
        if case.kind == "confidence":
            return (probability >= np.float32(case.value)).astype(np.float32)
        if operators is None:
            return np.zeros(level.shape, np.float32)
        if case.kind == "operators":
            return (np.bitwise_count(operators) >= case.value).astype(np.float32)
        return (operators >> np.uint32(case.value) & np.uint32(1)).astype(np.float32)

    def _case(self, place: int, case: Question) -> Case:
        people = self.populace(place)
        homes = self._homes.values[place].astype(np.float64)
        area, piece, road_total = self._road_at
        area_m2 = np.asarray(shapely.area(self.regions.polygons), np.float64)
        covered_m2 = area_m2 * area_shares(self.regions, self._zones.sums_m2[place])
        households = self.settled.summed(self.settled.at.households * homes)
        premises = self.settled.summed(homes)
        road = tally(area, self._roads.length_m[piece] * self._road_values.values[place][piece], len(self.regions))
        columns = (covered_m2, people, households, premises, road)
        urban = self.regions.smallest_urban()
        drawn = len(self.drawn)
        share = people.share[:drawn]
        return Case(
            case.kind,
            case.value,
            case.owner,
            self._figures(self._outer, area_m2, road_total, *columns),
            self._figures(urban, area_m2, road_total, *columns) if len(urban) else None,
            AreaShares(
                tuple(self.drawn.ids.tolist()),
                tuple(np.round(covered_m2 / np.maximum(area_m2, 1e-9), 6)[:drawn].tolist()),
                tuple(None if np.isnan(part) else round(float(part), 6) for part in share),
                shares(households[:drawn], self.settled.households[:drawn]),
                shares(premises[:drawn], self.settled.premises[:drawn]),
                shares(columns[4][:drawn], road_total[:drawn]),
            ),
        )

    def _figures(
        self,
        places: NDArray[np.int64],
        area_m2: Floats,
        road_m: Floats,
        covered_m2: Floats,
        people: Populace,
        households: Floats,
        premises: Floats,
        road: Floats,
    ) -> Figures:
        """The sum of some areas, none of which lies in another."""

        def share(part: float, whole: float) -> float | None:
            return round(min(part / whole, 1.0), 6) if whole > 0.0 else None

        whole_m2, part_m2 = float(area_m2[places].sum()), float(covered_m2[places].sum())
        known = places[np.isfinite(self.regions.population[places]) & (people.total[places] > 0.0)]
        population, reached = float(people.total[known].sum()), float(people.covered[known].sum())
        all_homes, homes = float(self.settled.households[places].sum()), float(households[places].sum())
        doors, reached_doors = float(self.settled.premises[places].sum()), float(premises[places].sum())
        all_road, reached_road = float(road_m[places].sum()), float(road[places].sum())
        alone = people.share[places[0]] if len(places) == 1 else np.nan
        return Figures(
            round(whole_m2, 1),
            round(part_m2, 1),
            share(part_m2, whole_m2) or 0.0,
            round(population) if population else None,
            round(reached, 1) if population else None,
            share(reached, population) if population else None if np.isnan(alone) else round(float(alone), 6),
            round(all_homes, 1),
            round(homes, 1),
            share(homes, all_homes),
            round(doors),
            round(reached_doors, 1),
            share(reached_doors, doors),
            round(all_road, 1),
            round(reached_road, 1),
            share(reached_road, all_road),
        )

    def _totals(self) -> AreaTotals:
        n = len(self.drawn)
        return AreaTotals(
            tuple(self.drawn.ids.tolist()),
            tuple(np.round(shapely.area(self.drawn.polygons), 1).tolist()),
            tuple(None if np.isnan(people) else float(people) for people in self.drawn.population),
            tuple(np.round(self.settled.households[:n], 1).tolist()),
            tuple(int(count) for count in self.settled.premises[:n]),
            tuple(np.round(self._road_at[2][:n], 1).tolist()),
        )

    def _road_rows(self, pieces: NDArray[np.int64]) -> tuple[RoadRow, ...]:
        kind, length = self._roads.road_class[pieces], self._roads.length_m[pieces]
        covered, expected = self._road_values.values[0][pieces], self._road_values.values[1][pieces]
        rows = []
        for place, name in enumerate(self._roads.classes):
            here = kind == place
            whole = float(length[here].sum())
            if whole > 0.0:
                part = float((length[here] * covered[here]).sum())
                likely = float((length[here] * expected[here]).sum())
                rows.append(RoadRow(name, round(whole, 1), round(part, 1), round(part / whole, 6), round(likely, 1)))
        return tuple(sorted(rows, key=lambda row: (-row.length_m, row.road_class)))

    def _operators(self, at_least: Sequence[Case], each: Sequence[Case]) -> Operators | None:
        if not each:
            return None

        def steps(shares: list[float | None]) -> list[float | None]:
            """At least 0, 1, 2, 3 made into exactly 0, 1, 2 and the rest."""
            above = [1.0, *shares]
            return [
                None if this is None or more is None else round(max(0.0, this - more), 6)
                for this, more in zip(above, [*shares, 0.0], strict=True)
            ]

        area = steps([case.whole.area_share for case in at_least])
        people = steps([case.whole.population_share for case in at_least])
        road = steps([case.whole.road_share for case in at_least])
        exactly = tuple(ExactNumber(n, area[n] or 0.0, people[n], road[n]) for n in range(len(area)))
        return Operators(
            self.questions.owners, exactly, tuple(at_least), tuple(replace(case, value=0.0) for case in each)
        )

    def _count_squares(self) -> Squares | None:
        if self._squares is None:
            return None
        for tile in self.grid.tiles():
            if (tile.top, tile.left) not in self._seen:
                self._squares.add(tile, self._inside(tile))
        homes, roads = self._homes.spots, self._road_values.spots
        return self._squares.squares(
            (homes.row, homes.column, self.settled.at.households, self._homes.values[0]),
            (roads.row, roads.column, self._roads.length_m, self._road_values.values[0]),
        )

    def _inside(self, tile: Tile) -> NDArray[np.bool_]:
        """The pixels whose middle lies within the areas."""
        box, r = self.grid.tile_bbox(tile), self.grid.resolution_m
        pieces = [piece for piece in shapely.clip_by_rect(self.regions.polygons[self._outer], *box) if piece.area > 0.0]
        shape = (tile.height, tile.width)
        if not pieces:
            return np.zeros(shape, bool)
        drawn: NDArray[np.uint8] = rasterize(
            pieces, out_shape=shape, transform=Affine(r, 0.0, box[0], 0.0, -r, box[3]), dtype="uint8"
        )
        return np.asarray(drawn == 1)


def _everything(grid: Grid) -> Regions:
    """The grid itself as the one area."""
    text = np.array([None], object)
    return Regions(
        np.zeros(1, np.int64), text, text, np.array([LEVELS[0]], object), np.full(1, -1, np.int64), np.zeros(1, bool),
        np.full(1, np.nan), np.array([shapely.box(*grid.bbox)], object),
    )  # fmt: skip
