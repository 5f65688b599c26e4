"""What if: coverage of a project whose cells are turned, moved, added or removed, before anybody accepts it.

Nothing here touches the project; ``Prospect.intent`` is the edit that would. The network and its windows stay in
memory, so that one changed antenna costs its own window and the tiles under it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.grid import Grid, Tile
from gis.coverage.people import CoveredPremises, Settled
from gis.coverage.regions import Regions
from gis.coverage.results import AreaRow, Note, area_rows, area_shares, headline, urban_headline
from gis.coverage.zonal import CoveredAreas
from gis.editing.intents import Batch, Create, Delete, Intent, Load, Reshape, UpdateMany
from gis.editing.keys import fresh_keys
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.project.analysis import TRANSMITTERS, inputs_of
from gis.project.runs import Run
from gis.radio.analysis import (
    Inputs,
    Wish,
    measure,
    pictures,
    plan_of,
    premises_of,
    prepare,
    reach_m,
    receiver_height_m,
    sites_of,
    written_layers,
)
from gis.radio.counting import zones_of
from gis.radio.draft import PLACE, Alteration, Draft
from gis.radio.plan import Plan
from gis.radio.probing import Heard, Profile, heard, path_profile
from gis.radio.windows import Box, Transmitter, box_of

if TYPE_CHECKING:
    from gis.project.session import Session

_SILENT_DBM = -10_000.0


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of the picture: ``layers`` by name, float32 (height, width), rows from the north, -9999 = nobody.

    ``bbox`` in the project's CRS, at whole pixels of the prospect's grid. ``inventory``: it shows the inventory's
    coverage, whatever was changed.
    """

    bbox: BBox
    tile: Tile
    layers: Mapping[str, NDArray[np.float32]]
    inventory: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of one state, as a run's summary holds them. ``sites``: those within the areas asked for."""

    rows: tuple[AreaRow, ...]
    headline: dict[str, Any] | None
    urban: dict[str, Any] | None
    sites: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The inventory's figures beside the prospect's. ``complete``: False while changes wait for ``refresh``."""

    before: Totals
    after: Totals
    complete: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """What is heard at a place, the best first."""

    x: float
    y: float
    heard: tuple[Heard, ...]


class Prospect:
    """Coverage in memory under changes. Any thread may call; work (`refresh`, `figures`, `probe`, `profile`) waits for
    other work, changes never wait for work.

    Making one reads the project and computes every window: run it as a job. Refusals: those of
    ``gis.radio.analysis.prepare``. ``wish.layers`` are the layers of the patches.
    """

    def __init__(self, session: Session, wish: Wish, progress: Progress | None = None) -> None:
        self.session, self.wish = session, wish
        inputs, self.version = inputs_of(session, wish, progress)
        self._inputs = _within_reach(inputs, wish)
        self._prepared = prepare(self._inputs, wish, progress)
        self.grid: Grid = self._prepared.grid
        self.technology, self.level_threshold = measure(wish)
        self.layers: tuple[str, ...] = written_layers(wish, self.technology)
        self.cls = TRANSMITTERS[wish.kind]
        self.draft = Draft(self._inputs.transmitters)
        self._changing, self._working = RLock(), RLock()
        self._dirty: set[int] = set()
        self._sites: dict[tuple[float, float], int] = {}
        self._network = self._prepared.network()
        plan = self._prepared.plan
        self._plan = replace(plan, transmitters=tuple(replace(one, site=self._site(one)) for one in plan.transmitters))
        self._inventory_plan = self._plan
        self._shown: dict[Tile, Box] = {}  # what of the pending pieces was given since they were touched
        self._pending: dict[Tile, Box] = {
            tile: _box(tile) for tile in self._network.set(self._plan.transmitters, progress)
        }
        self._ungiven = set(self._pending)  # pieces of the inventory's picture that were never given
        self._begun = False
        self._made: list[Patch] = []
        self._premises = premises_of(self._inputs.premises)
        self._covered: dict[Tile, NDArray[np.bool_]] = {}
        self._areas_m2: dict[Tile, NDArray[np.float64]] = {}
        self._settled: Settled | None = None
        self._inventory: dict[Tile, NDArray[np.bool_]] = {}  # what the inventory covers, until its figures are made
        self._before: Totals | None = None

    # -- what differs --------------------------------------------------------------------------------------------

    def change(self, id: int, **values: Any) -> None:
        """Set fields of a cell or hotspot by their catalogue's names, "x", "y" in metres, or "tilt", "eirp", "height".

        Refusals ``radio.draft_no_row``, ``radio.draft_no_field``, ``radio.draft_bad_value``. Shown by ``refresh``.
        """
        with self._changing:
            self.draft.change(id, values)
            self._dirty.add(id)

    def add(self, cell: Mapping[str, Any]) -> int:
        """A new cell or hotspot; "x" and "y" are needed, other fields take the catalogue's defaults. Its id, negative.

        "site": the base station it belongs to; without it accepting makes one where it stands. Refusals as ``change``,
        ``radio.draft_no_place``.
        """
        with self._changing:
            key = self.draft.add(cell)
            self._dirty.add(key)
            return key

    def remove(self, id: int) -> None:
        """Take a cell or hotspot out. Refusal ``radio.draft_no_row``."""
        with self._changing:
            self.draft.remove(id)
            self._dirty.add(id)

    def restore(self, id: int) -> None:
        """Undo all that was changed about one; one that was added goes."""
        with self._changing:
            self.draft.restore(id)
            self._dirty.add(id)

    def clear(self) -> None:
        """Back to the inventory."""
        with self._changing:
            self._dirty |= {*self.draft.changed, *self.draft.added, *self.draft.removed}
            self.draft.clear()

    def alterations(self) -> tuple[Alteration, ...]:
        """What differs from the inventory, with values before and after."""
        with self._changing:
            return self.draft.alterations()

    def state(self, id: int) -> dict[str, Any]:
        """One row as it would be, with "x" and "y". Refusal ``radio.draft_no_row``."""
        with self._changing:
            return self.draft.state(id)

    @property
    def transmitters(self) -> tuple[Transmitter, ...]:
        """Those that take part, as of the last refresh; removed ones are left out."""
        return _heard(self._plan)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader of the picture has to know, the models first: what took part, why it is smooth."""
        return (self._prepared.plan.model_note(), *self._prepared.plan.notes)

    @property
    def stale(self) -> bool:
        """Whether the project was edited since the prospect was made."""
        return self.session.is_stale(
            Run(None, self.wish.kind, "", {"ground": self.wish.ground}, self.version, 0, "", 0.0)
        )

    # -- what comes of it ----------------------------------------------------------------------------------------

    def refresh(self, view: BBox | None = None, progress: Progress | None = None) -> list[Patch]:
        """The pieces of the picture that may have changed since they were last given; with ``view`` only what of them
        lies in it, the rest waits.

        The first call gives the inventory's whole picture, whatever was changed meanwhile and whatever the view; unless
        ``fill`` has begun it: a call with a view leaves to that what no change touches.
        Cancelled: what was not given is given next time.
        """
        with self._working:
            if not self._begun:
                self._give(list(self._pending), None, progress)
                self._begun = True
            else:
                self._take_over(progress)
                tiles = list(self._pending) if view is None else [t for t in self._pending if t not in self._ungiven]
                self._give(tiles, view, progress, again=True)
            return self._handed_out()

    def fill(self, view: BBox, seconds: float, progress: Progress | None = None) -> list[Patch]:
        """Some more of the inventory's picture, what is nearest to the middle of ``view`` first.

        Ends after ``seconds`` or little later; something is given while ``filling``. Cancelled as ``refresh``.
        """
        until = monotonic() + seconds
        with self._working:
            self._begun = True
            x, y = 0.5 * (view[0] + view[2]), 0.5 * (view[1] + view[3])
            tiles = sorted(
                self._ungiven, key=lambda tile: (_away(self.grid.tile_bbox(tile), x, y), tile.top, tile.left)
            )
            at_once = os.cpu_count() or 1
            for first in range(0, len(tiles), at_once):
                self._give(tiles[first : first + at_once], None, progress)
                if monotonic() >= until:
                    break
            return self._handed_out()

    @property
    def filling(self) -> bool:
        """Whether ``fill`` has more of the inventory's picture to give."""
        return bool(self._ungiven)

    def _handed_out(self) -> list[Patch]:
        """What was made and not yet given: all of it, even where an earlier call was cancelled over it."""
        patches, self._made = self._made, []
        return patches

    def _give(
        self, tiles: Sequence[Tile], view: BBox | None, progress: Progress | None, *, again: bool = False
    ) -> None:
        """Make the pending pieces of these tiles as the network stands; ``again`` as of ``Network.answers``."""
        cut = {tile: self._wanted(tile, view) for tile in tiles}
        wanted = [tile for tile in self.grid.tiles() if tile in cut and cut[tile].pixels]
        pieces = [_piece(tile, cut[tile]) for tile in wanted]
        place = {piece: at for at, piece in enumerate(pieces)}
        answered: dict[Tile, tuple[Patch, NDArray[np.bool_]]] = {}
        for answer in self._network.answers(self._plan.rules, pieces, progress, again=again):
            tile = wanted[place[answer.tile]]
            layers = {
                name: np.asarray(values, np.float32)
                for name, values in pictures(answer, self._plan, self.layers, zones_of(self.wish).pollution_servers)
            }
            patch = Patch(self.grid.tile_bbox(answer.tile), answer.tile, layers, tile in self._ungiven)
            answered[tile] = patch, answer.best_dbm >= self.level_threshold
        for tile, piece in zip(wanted, pieces, strict=True):
            if tile in answered:
                patch, covered = answered[tile]
                self._count(tile, piece, covered)
                self._made.append(patch)
            elif tile in self._covered:  # nobody is heard there any more
                nothing = np.full((piece.height, piece.width), np.float32(-9999.0))
                self._count(tile, piece, np.zeros(nothing.shape, bool))
                self._made.append(Patch(self.grid.tile_bbox(piece), piece, dict.fromkeys(self.layers, nothing)))
            if tile in self._ungiven:
                self._ungiven.discard(tile)
                if tile in answered:
                    self._inventory[tile] = self._covered[tile].copy()
            self._given(tile, cut[tile])
        if not self._ungiven and self._before is None:
            areas: dict[Tile, NDArray[np.float64]] = {}
            self._before = self._totals(self._inventory, areas, self._inventory_plan)
            same = [tile for tile in areas if np.array_equal(self._inventory[tile], self._covered[tile])]
            self._areas_m2.update({tile: areas[tile] for tile in same})
            self._inventory = {}

    def figures(self, progress: Progress | None = None) -> Figures:
        """Covered area and people by area: of the inventory and of what was refreshed last."""
        with self._working:
            if self._before is None:
                self._give(list(self._ungiven), None, progress)
            assert self._before is not None
            after = self._totals(self._covered, self._areas_m2, self._plan)
            return Figures(self._before, after, not self._pending and not self._dirty)

    def probe(self, x: float, y: float) -> Probe:
        """Whoever is received at a place, as of the last refresh."""
        with self._working:
            return Probe(x, y, tuple(heard(self._network, self._plan, x, y)))

    def profile(self, id: int, x: float, y: float) -> Profile:
        """The way from a transmitter to a place. Refusals ``radio.draft_no_row``, those of ``path_profile``."""
        with self._working:
            for place, one in enumerate(self._plan.transmitters):
                if one.id == id:
                    ground = self._prepared.ground
                    frequency = float(self._plan.frequency_mhz[place])
                    return path_profile(
                        one, x, y, receiver_height_m(self.wish), frequency,
                        None if ground is None else ground.land.relief,
                    )  # fmt: skip
            self.draft.original(id)  # refuses
            raise AssertionError

    def intent(self) -> Batch:
        """The edit that writes what differs into the inventory as one undo step: ``session.perform(it)``.

        A base station all of whose cells move to one place moves itself. Added cells without a "site" get a base
        station, one for each place.
        """
        with self._changing:
            draft = self.draft
            intents: list[Intent] = []
            if draft.removed:
                intents.append(Delete(self.cls, sorted(draft.removed)))
            moved = self._moved_sites()
            for site, (x, y, _) in moved.items():
                intents.append(Reshape("base_station", site, shapely.Point(x, y)))
            taken = {key for _, _, cells in moved.values() for key in cells}
            for key, values in draft.changed.items():
                fields = {name: _one(value) for name, value in values.items() if name not in PLACE}
                state = draft.state(key)
                moves = key not in taken and any(name in values for name in PLACE)
                place = _one(shapely.Point(state["x"], state["y"])) if moves else None
                if fields or place is not None:
                    intents.append(UpdateMany(Columns(self.cls, np.array([key], np.int64), fields, place)))
            intents += self._additions()
            counts = {"changed": len(draft.changed), "added": len(draft.added), "removed": len(draft.removed)}
            return Batch("radio.what_if_accepted", counts, tuple(intents))

    # -- inside --------------------------------------------------------------------------------------------------

    def _take_over(self, progress: Progress | None) -> None:
        """Make the network follow the draft, and note which pieces of the picture that touches.

        Makes those of them that the inventory's picture still lacks, as they were.
        """
        with self._changing:
            dirty = set(self._dirty)
            if not dirty:
                return
            rows = self.draft.columns()
        before = self._plan
        plan = plan_of(replace(self._inputs, transmitters=rows), self.wish)
        known = {one.id: one for one in before.transmitters}
        plan = replace(plan, transmitters=tuple(self._same(one, known, dirty) for one in plan.transmitters))
        plan = _arranged(plan, before)
        boxes = [
            box_of(one, self.grid)
            for pair in zip(before.transmitters, plan.transmitters, strict=False)
            if pair[0] is not pair[1]
            for one in pair
        ]
        boxes += [box_of(one, self.grid) for one in plan.transmitters[len(before.transmitters) :]]
        late = [tile for tile in self._ungiven if any(_box(tile).common(box).pixels for box in boxes)]
        if late:
            self._give(late, None, progress, again=True)
        tiles = self._network.set(plan.transmitters, progress)
        with self._changing:
            self._dirty -= dirty
        self._plan = plan
        for tile in tiles:
            touched = _hull([_box(tile).common(box) for box in boxes])
            if touched.pixels:
                self._pending[tile] = _hull([touched, self._pending.get(tile, touched)])
                self._shown.pop(tile, None)

    def _site(self, one: Transmitter) -> int:
        """Sites are numbered in the order in which their places were first seen, so that numbers stay."""
        return self._sites.setdefault((one.x, one.y), len(self._sites))

    def _same(self, new: Transmitter, known: Mapping[int, Transmitter], dirty: set[int]) -> Transmitter:
        """The transmitter object that is known already where nothing about it differs: its key is not hashed again."""
        old, site = known.get(new.id), self._site(new)
        if old is None or new.id in dirty or old.power_dbm <= _SILENT_DBM:
            return self._prepared.marked([replace(new, site=site)])[0]
        if (old.carrier, old.load, old.site) == (new.carrier, new.load, site):
            return old
        return replace(old, carrier=new.carrier, load=new.load, site=site)

    def _wanted(self, tile: Tile, view: BBox | None) -> Box:
        """What of a pending piece is asked for now: all of it, or what a view shows of it and was not given yet."""
        whole = self._pending[tile]
        if view is None:
            return whole
        r = self.grid.resolution_m
        left, top = math.floor((view[0] - self.grid.west) / r), math.floor((self.grid.north - view[3]) / r)
        right, bottom = math.ceil((view[2] - self.grid.west) / r), math.ceil((self.grid.north - view[1]) / r)
        part = whole.common(Box(top, left, bottom - top, right - left))
        shown = self._shown.get(tile)
        return Box(0, 0, 0, 0) if shown is not None and part.common(shown) == part else part

    def _given(self, tile: Tile, part: Box) -> None:
        """A piece, or a part of it, went out."""
        if part == self._pending[tile]:
            del self._pending[tile]
            self._shown.pop(tile, None)
        else:
            self._shown[tile] = part

    def _count(self, tile: Tile, piece: Tile, covered: NDArray[np.bool_]) -> None:
        whole = self._covered.setdefault(tile, np.zeros((tile.height, tile.width), bool))
        top, left = piece.top - tile.top, piece.left - tile.left
        whole[top : top + piece.height, left : left + piece.width] = covered
        self._areas_m2.pop(tile, None)

    def _totals(
        self, covered_of: Mapping[Tile, NDArray[np.bool_]], areas_m2: dict[Tile, NDArray[np.float64]], plan: Plan
    ) -> Totals:
        """The figures of what is covered; ``areas_m2`` of the tiles are taken from what is known, and added to it."""
        regions = self._prepared.regions
        missing = [tile for tile in covered_of if tile not in areas_m2]
        for tile in missing:
            areas = CoveredAreas(self.grid, regions.polygons)
            areas.add(tile, covered_of[tile])
            areas_m2[tile] = areas.covered_m2
        covered_m2 = np.zeros(len(regions))
        covered = CoveredPremises(self.grid, self._premises)
        for tile in self.grid.tiles():  # always in this order: sums differ by rounding otherwise
            if tile in covered_of:
                covered_m2 += areas_m2[tile]
                covered.add(tile, covered_of[tile])
        if self._settled is None:
            self._settled = Settled(regions, self._premises)
        people = self._settled.populace(covered.covered, area_shares(regions, covered_m2))
        heard = replace(plan, transmitters=_heard(plan))
        sites = sites_of(heard) if heard.transmitters else np.empty((0, 2))
        rows = area_rows(regions, covered_m2, people, sites)
        whole = headline(rows)
        inside = len(sites) if whole is None else int(whole["sites"])
        return Totals(tuple(rows), whole, urban_headline(rows, regions.smallest_urban()), inside)

    def _moved_sites(self) -> dict[int, tuple[float, float, list[int]]]:
        """Base stations whose cells all stood on them and all go to one other place: (x, y, the cells)."""
        keys = [key for key, values in self.draft.changed.items() if any(name in values for name in PLACE)]
        if self.cls != "cell" or not keys:
            return {}
        owners = self.session.columns("cell", ["site"], ids=np.array(keys, np.int64), geometry=False).fields["site"]
        found: dict[int, tuple[float, float, list[int]]] = {}
        for site in np.unique(owners[owners != 0]).tolist():
            station = self.session.columns("base_station", [], ids=np.array([site], np.int64)).geometry
            cells = self.session.columns("cell", ["site"], where="site = ?", params=(site,))
            if station is None or not len(station) or cells.geometry is None:
                continue
            ids = cells.ids.tolist()
            places = {(s["x"], s["y"]) for s in (self.draft.state(key) for key in ids if key in keys)}
            if set(ids) <= set(keys) and len(places) == 1 and shapely.equals(cells.geometry, station[0]).all():
                found[site] = (*places.pop(), ids)
        return found

    def _additions(self) -> list[Intent]:
        intents: list[Intent] = []
        stations: dict[tuple[float, float], int] = {}
        for values in self.draft.added.values():
            row = {name: value for name, value in values.items() if name not in PLACE}
            point = shapely.Point(values["x"], values["y"])
            if self.cls == "cell" and not row.get("site"):
                place = (values["x"], values["y"])
                if place not in stations:
                    stations[place] = int(fresh_keys(1)[0])
                    fields = {"owner": _one(row.get("owner")), "status": _one(row.get("status"))}
                    station = Columns("base_station", np.array([stations[place]], np.int64), fields, _one(point))
                    intents.append(Load(station))
                row["site"] = stations[place]
            intents.append(Create(self.cls, [{**row, "geom": point}]))
        return intents


def _within_reach(inputs: Inputs, wish: Wish) -> Inputs:
    """Without transmitters too far from the area to be heard in it: one change must not cost what a city's would."""
    points = inputs.transmitters.geometry
    if wish.area is None or points is None:
        return inputs
    west, south, east, north = Regions.of(inputs.areas).within(wish.area).bbox
    reach = reach_m(wish)
    x, y = shapely.get_x(points), shapely.get_y(points)
    near = (x >= west - reach) & (x <= east + reach) & (y >= south - reach) & (y <= north + reach)
    if not near.any():
        return inputs
    rows = inputs.transmitters
    fields = {name: values[near] for name, values in rows.fields.items()}
    return replace(inputs, transmitters=Columns(rows.cls, rows.ids[near], fields, points[near]))


def _arranged(plan: Plan, before: Plan) -> Plan:
    """The plan with every transmitter at the place it had before; those that are gone stay as silent ones, new ones
    come last."""
    place_of = {one.id: place for place, one in enumerate(plan.transmitters)}
    order = [place_of.pop(one.id, -1) for one in before.transmitters] + list(place_of.values())
    transmitters = tuple(
        plan.transmitters[new] if new >= 0 else _silent(before.transmitters[old]) for old, new in enumerate(order)
    )
    at = np.array(order, np.int64)
    gone = at < 0

    def laid(new: NDArray[Any], old: NDArray[Any]) -> NDArray[Any]:
        values = new[np.maximum(at, 0)].copy()
        values[gone] = old[np.flatnonzero(gone)]
        return values

    rules = replace(
        plan.rules,
        threshold_dbm=laid(plan.rules.threshold_dbm, before.rules.threshold_dbm),
        noise_dbm=laid(plan.rules.noise_dbm, before.rules.noise_dbm),
        operator=None,  # nobody asks here whose each is
        family=_laid_or_none(laid, plan.rules.family, before.rules.family),
        pollution_dbm=_laid_or_none(laid, plan.rules.pollution_dbm, before.rules.pollution_dbm),
    )
    each: dict[str, Any] = {
        name: laid(getattr(plan, name), getattr(before, name))
        for name in ("technology", "frequency_mhz", "bandwidth_mhz", "shift_db", "uplink_dbm", "rates")
    }
    return replace(plan, transmitters=transmitters, rules=rules, **each)


def _laid_or_none(
    laid: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]], new: NDArray[Any] | None, old: NDArray[Any] | None
) -> NDArray[Any] | None:
    return None if new is None or old is None else laid(new, old)


def _heard(plan: Plan) -> tuple[Transmitter, ...]:
    return tuple(one for one in plan.transmitters if one.power_dbm > _SILENT_DBM)


def _away(bbox: BBox, x: float, y: float) -> float:
    """The square of a box's distance from a place."""
    west, south, east, north = bbox
    return max(west - x, x - east, 0.0) ** 2 + max(south - y, y - north, 0.0) ** 2


def _silent(one: Transmitter) -> Transmitter:
    if one.power_dbm <= _SILENT_DBM:
        return one
    return replace(one, power_dbm=_SILENT_DBM, limit_m=0.0, carrier=0, load=0.0)


def _hull(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all that have pixels."""
    full = [box for box in boxes if box.pixels]
    if not full:
        return Box(0, 0, 0, 0)
    top, left = min(box.top for box in full), min(box.left for box in full)
    bottom, right = max(box.top + box.height for box in full), max(box.left + box.width for box in full)
    return Box(top, left, bottom - top, right - left)


def _box(tile: Tile) -> Box:
    return Box(tile.top, tile.left, tile.height, tile.width)


def _piece(tile: Tile, box: Box) -> Tile:
    assert _box(tile).common(box) == box
    return Tile(box.top, box.left, box.height, box.width)


def _one(value: Any) -> NDArray[np.object_]:
    column = np.empty(1, object)
    column[0] = value
    return column
