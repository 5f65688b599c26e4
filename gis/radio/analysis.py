"""One coverage analysis from rows to figures: plan, network, and statistics in a single pass over tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from gis.coverage.classes import Technology
from gis.coverage.classes import technology as technology_of
from gis.coverage.gaps import Sites, write_gaps
from gis.coverage.grid import Grid, Tile, fitting_resolution_m
from gis.coverage.people import Premises
from gis.coverage.raster import NODATA, LevelFile
from gis.coverage.regions import Regions
from gis.coverage.results import AreaRow, Note, area_rows, headline, urban_headline
from gis.coverage.statistics import Statistics
from gis.coverage.survey import Survey
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.radio.cells import ANY, ANY_OF, Choice, cell_plan
from gis.radio.channels import OnAir, figures, interference, on_air
from gis.radio.counting import (
    band_note,
    by_operator,
    questions_of,
    shared_sites,
    thresholds_of,
    with_zones,
    zones_of,
)
from gis.radio.crowds import CrowdCount, crowd_figures
from gis.radio.hotspots import hotspot_plan
from gis.radio.land import Sources, land_of, relief_resolution_m, too_coarse_for_sight
from gis.radio.models import AUTO, TUNED, Tuning, limit_m, model_for, propagation
from gis.radio.network import Answer, Network, Rules
from gis.radio.p1812 import settings as p1812_settings
from gis.radio.patterns import Pattern
from gis.radio.plan import Plan
from gis.radio.services import has_throughput, indoor_dbm
from gis.radio.surroundings import Air, Environments, Ground, knows_sight, sight_matters, uses_ground
from gis.radio.terrain import COVER_SCHEME
from gis.radio.walls import WallsAround, wall_note
from gis.radio.windows import Around, Transmitter

Kind = Literal["wifi", "cells"]
KINDS: tuple[Kind, ...] = ("wifi", "cells")
LOWEST_DBM, HIGHEST_DBM = -150.0, 0.0
BUILDING_FIELDS: Final = ("height_m", "floors")
ROAD_FIELDS: Final = ("road_class",)
PLACE_FIELDS: Final = ("code", "name", "kind")
#: What a run can write, each a GeoTIFF; "coverage" is the best level (or margin) and always there.
LAYERS: Final = (
    "coverage", "server", "second", "sinr", "overlap", "handover", "pollution", "probability", "indoor", "throughput",
    "uplink",
)  # fmt: skip
STANDARD_LAYERS: Final = ("coverage", "server", "sinr", "overlap", "probability")
GAPS_FILE: Final = "gaps.gpkg"
FLOOR_UNDER_DB: Final = 15.0  # how far under the threshold a transmitter is still heard: it disturbs others there


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks for. None leaves the choice to the program: all areas, any of 3G/4G/5G, all operators, a
    fitting resolution, the technology's own threshold, each technology's model and load.

    ``ground``: the project's buildings take part. ``terrain``, ``surface``, ``land_cover``: paths of GeoTIFFs with the
    bare ground, the ground with all that stands on it, and codes of land cover, of ``land_cover_scheme`` (a name of
    ``clutter.toml``). ``lapse_rate`` (ΔN, N-units/km) and ``refractivity`` (N₀): the air of ITU-R P.1812 (None: those
    of ``p1812.toml``).

    Statistics: ``thresholds`` further levels to count at (None: the steps of the technology's legend); ``confidence``
    probabilities 0…1; ``grid_m`` side of squares to count by; ``median_error_db`` the band's (None: by the model);
    ``smallest_gap_m2``; ``sharing_m`` distance of sites that could be shared. ``statuses``: of what takes part.

    Layers "handover" and "pollution": ``handover_db``, ``pollution_db`` below the best, ``pollution_servers`` and more
    of them from ``pollution_dbm`` on (of the level's unit; None: from the threshold); see ``network.Rules``.
    """

    kind: Kind
    area: str | None = None
    technology: str | None = None
    owner: str | None = None
    resolution_m: float | None = None
    threshold_dbm: float | None = None
    free_only: bool = True
    model: str = AUTO
    receiver_height_m: float | None = None
    load: float | None = None
    layers: tuple[str, ...] = STANDARD_LAYERS
    tunings: Mapping[str, Tuning] = field(default_factory=dict)
    ground: bool = True
    terrain: str | None = None
    surface: str | None = None
    land_cover: str | None = None
    thresholds: tuple[float, ...] | None = None
    confidence: tuple[float, ...] = (0.5, 0.75, 0.9)
    grid_m: float | None = None
    median_error_db: float | None = None
    smallest_gap_m2: float | None = None
    sharing_m: float | None = None
    statuses: tuple[str, ...] = ("in_service",)
    handover_db: float | None = None
    pollution_db: float | None = None
    pollution_servers: int | None = None
    pollution_dbm: float | None = None
    land_cover_scheme: str | None = None
    lapse_rate: float | None = None
    refractivity: float | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """One snapshot's rows: hotspots or cells (``hotspots.FIELDS``, ``cells.FIELDS``), areas (``regions.SUMMED_FIELDS``)
    and premises ("kind", "households"); the project's CRS as WKT. ``buildings``: polygons with ``BUILDING_FIELDS``.
    ``roads``: lines with "road_class". ``places``: points with ``PLACE_FIELDS``, those that are listed by name.
    ``patterns``: antennas by the name of their file."""

    transmitters: Columns
    areas: Columns
    premises: Columns
    crs_wkt: str
    buildings: Columns | None = None
    roads: Columns | None = None
    places: Columns | None = None
    patterns: Mapping[str, Pattern] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one analysis; the levels themselves are in the raster files.

    ``threshold_dbm`` is what the user set or the technology's own (None for "any": each its own);
    ``level_threshold`` is the value in the raster from which a pixel counts as covered. ``servers``: the ids that the
    numbers in the layer "server" stand for. ``layers``: the names of the files written. The outlines of the gaps are in
    ``GAPS_FILE`` beside them. ``wifi``: interference and crowds of hotspots (``channels.figures``,
    ``crowds.crowd_figures``); None for cells.
    """

    kind: Kind
    technology: str
    quantity: str
    unit: str
    threshold_dbm: float | None
    level_threshold: float
    grid: Grid
    sites: int
    rows: tuple[AreaRow, ...]
    headline: dict[str, Any] | None
    urban: dict[str, Any] | None
    notes: tuple[Note, ...]
    model: Note
    layers: tuple[str, ...]
    servers: tuple[int, ...]
    statistics: Statistics
    wifi: dict[str, Any] | None = None

    def summary(self) -> dict[str, Any]:
        """The form in which a run stores it (JSON)."""
        return {
            "areas": [asdict(row) for row in self.rows],
            "headline": self.headline,
            "urban": self.urban,
            "technology": self.technology,
            "quantity": self.quantity,
            "unit": self.unit,
            "threshold_dbm": self.threshold_dbm,
            "level_threshold": self.level_threshold,
            "resolution_m": self.grid.resolution_m,
            "bbox": list(self.grid.bbox),
            "pixels": [self.grid.width, self.grid.height],
            "sites": self.sites,
            "model": self.model.as_json(),
            "notes": [note.as_json() for note in self.notes],
            "layers": list(self.layers),
            "servers": list(self.servers),
            **self.statistics.as_json(),
            **({} if self.wifi is None else {"wifi": self.wifi}),
        }


def analyse(
    inputs: Inputs, wish: Wish, raster: Path, progress: Progress | None = None, elsewhere: Elsewhere | None = None
) -> Result:
    """Predict, write the levels to ``raster`` and each further layer beside it, and sum them by area.

    ``elsewhere`` puts the tiles together instead of this process (``gis.radio.distribution``), with equal results.
    Equal inputs give equal arrays and figures. Refusals: those of ``terrain.terrain``; coverage.no_area, .empty_extent,
    .bad_resolution, .too_fine, .no_technology; radio.no_hotspots, .no_cells, .all_impossible, .bad_threshold,
    .no_model, .no_tuning, .no_layer, and those of ``counting`` and ``squares``. Cancelled leaves a part of the files
    behind; the caller removes their folder.
    """
    technology, level_threshold = measure(wish)
    ready = prepare(inputs, wish, progress)
    plan, grid, regions = ready.plan, ready.grid, ready.regions
    network = ready.network()
    if elsewhere is None:
        network.set(plan.transmitters, progress)

    rules, owners, told = by_operator(plan, inputs.transmitters, wish)
    questions = questions_of(wish, technology, level_threshold, plan, owners)
    homes = premises_of(inputs.premises)
    survey = Survey(grid, regions, homes, questions, inputs.roads, inputs.places)
    crowds = CrowdCount(grid, homes, level_threshold) if wish.kind == "wifi" else None
    layers, zones = written_layers(wish, technology), zones_of(wish)
    with ExitStack() as open_files:
        tags = _tags(technology, level_threshold)
        files = {
            name: open_files.enter_context(
                LevelFile(raster if name == "coverage" else raster.with_name(f"{name}.tif"), grid, inputs.crs_wkt, tags)
            )
            for name in layers
        }
        for answer in (
            network.answers(rules, progress=progress)
            if elsewhere is None
            else elsewhere(inputs, ready, rules, progress)
        ):
            survey.add(
                answer.tile, answer.best_dbm, answer.probability, answer.server, answer.operators, _zones(answer, wish)
            )  # fmt: skip
            if crowds is not None:
                crowds.add(answer)
            # Beyond the area asked for the levels would end at the edge of its bounding box, which means nothing.
            inside = None if wish.area is None else _inside(grid, regions.polygons, answer.tile)
            for name, values in pictures(answer, plan, layers, zones.pollution_servers):
                files[name].add(answer.tile, values if inside is None else np.where(inside, values, np.float32(NODATA)))
        if progress is not None:
            progress.step(0, 0, "coverage.writing")
    if progress is not None:
        progress.step(0, 0, "coverage.summing")
    rows = area_rows(regions, survey.covered_m2, survey.populace(), sites_of(plan)) if len(regions) else []
    servers = tuple(transmitter.id for transmitter in plan.transmitters)
    sites = Sites(np.array(servers, np.int64), np.array([[one.x, one.y] for one in plan.transmitters]))
    statistics, outlines = survey.statistics(servers, sites, shared_sites(inputs.transmitters, wish, grid.bbox))
    write_gaps(raster.with_name(GAPS_FILE), statistics.gaps, outlines, inputs.crs_wkt)
    wifi = None
    if crowds is not None:
        air, asked = hotspots_on_air(inputs, wish)
        spots = inputs.transmitters
        codes = dict(zip(spots.ids.tolist(), spots.fields["code"], strict=True))
        wifi = {
            "interference": figures(air, interference(air, counted=asked), asked, codes),
            "crowds": crowd_figures(plan, crowds.crowds(plan, survey.settled.people()), codes),
        }
    # Printed sheets cut long lists at their end: how far the figures may be off comes first.
    first = [Note("radio.median"), band_note(questions), *_weighed(plan), Note("radio.probability_of_server")]
    notes = [*first, *zones.notes(layers, technology.unit), *told, *plan.notes]
    return Result(
        kind=wish.kind,
        technology=technology.name,
        quantity=technology.quantity,
        unit=technology.unit,
        threshold_dbm=wish.threshold_dbm if technology.name == ANY else level_threshold,
        level_threshold=level_threshold,
        grid=grid,
        sites=len(plan.transmitters),
        rows=tuple(rows),
        headline=headline(rows),
        urban=urban_headline(rows, regions.smallest_urban()),
        notes=tuple(notes),
        model=plan.model_note(),
        layers=layers,
        servers=servers,
        statistics=statistics,
        wifi=wifi,
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a prediction needs. ``everywhere``: all areas; ``regions``: those the wish asks for."""

    wish: Wish
    plan: Plan
    grid: Grid
    everywhere: Regions
    regions: Regions
    around: Around | None
    ground: Ground | None

    def network(self) -> Network:
        """A network that holds no transmitter yet; give it ``plan.transmitters``."""
        return Network(self.grid, receiver_height_m(self.wish), self.around)

    def marked(self, transmitters: Sequence[Transmitter]) -> tuple[Transmitter, ...]:
        """Further transmitters of the same wish, with the ground in their keys."""
        return tuple(transmitters) if self.ground is None else self.ground.marked(transmitters)


Elsewhere = Callable[[Inputs, Prepared, Rules, Progress | None], Iterator[Answer]]


def prepare(inputs: Inputs, wish: Wish, progress: Progress | None = None) -> Prepared:
    """Plan, grid and surroundings of a wish; refusals as of ``analyse``. ``progress`` also stops later sweeps."""
    plan = plan_of(inputs, wish)
    everywhere = Regions.of(inputs.areas)
    regions = everywhere.within(wish.area) if wish.area is not None else everywhere
    bbox = regions.bbox if len(regions) else _around(plan)
    grid = Grid.over(bbox, wish.resolution_m if wish.resolution_m is not None else _resolution_m(bbox, plan))
    notes = list(plan.notes)
    environments: Environments | None = None
    if wish.kind == "cells":
        urban = everywhere.polygons[everywhere.smallest_urban()]
        if not len(urban):
            notes.append(Note("radio.no_urban_areas"))
        environments = Environments(grid, urban)
    around: Around | None = environments
    ground: Ground | None = None
    transmitters = plan.transmitters
    sources = sources_of(inputs, wish)
    used = any(uses_ground(transmitter, sources.cover is not None) for transmitter in transmitters)
    if used and sources.buildings is not None and too_coarse_for_sight(grid, transmitters):
        notes.append(Note("radio.too_coarse_for_sight", {"resolution_m": relief_resolution_m(grid, transmitters)}))
        sources = replace(sources, buildings=None)
        if not sources:
            transmitters, used = tuple(replace(transmitter, sighted=False) for transmitter in transmitters), False
    if used:
        land = land_of(grid, inputs.crs_wkt, transmitters, sources, progress)
        around = ground = Ground(grid, land, receiver_height_m(wish), environments, progress, air=air_of(wish))
        transmitters = ground.marked(transmitters)
        notes += ground.notes(transmitters)
        walls = sources.buildings is not None and bool(land.standing.clutter.any())
        if wish.kind == "wifi" and walls and any(knows_sight(t) for t in transmitters):
            around = WallsAround(ground)
            notes.append(wall_note(transmitters))
    elif sources or (wish.kind == "cells" and "3gpp" not in plan.models):
        notes.append(Note("radio.ground_unused"))
    plan = replace(plan, transmitters=transmitters, notes=tuple(notes))
    return Prepared(wish, plan, grid, everywhere, regions, around, ground)


def sources_of(inputs: Inputs, wish: Wish) -> Sources:
    """What of the ground takes part."""
    heights, surface, cover = (
        None if path is None else Path(path) for path in (wish.terrain, wish.surface, wish.land_cover)
    )
    buildings = inputs.buildings if wish.ground and inputs.buildings else None
    return Sources(heights, surface, cover, buildings, wish.land_cover_scheme or COVER_SCHEME)


def air_of(wish: Wish) -> Air:
    """ΔN and N₀ of a wish."""
    usual = p1812_settings()["defaults"]
    lapse, refractivity = (
        float(usual[name] if getattr(wish, name) is None else getattr(wish, name))
        for name in ("lapse_rate", "refractivity")
    )
    return Air(lapse, refractivity)


def measure(wish: Wish) -> tuple[Technology, float]:
    """The technology and the raster's threshold: dBm, or 0 dB of margin for "any". Refusal ``radio.bad_threshold``."""
    if wish.threshold_dbm is not None and not LOWEST_DBM <= wish.threshold_dbm <= HIGHEST_DBM:
        raise Refusal("radio.bad_threshold", threshold_dbm=wish.threshold_dbm, minimum=LOWEST_DBM, maximum=HIGHEST_DBM)
    technology = technology_of("wifi" if wish.kind == "wifi" else wish.technology or ANY)
    if technology.name == ANY or wish.threshold_dbm is None:
        return technology, technology.threshold_dbm
    return technology, float(wish.threshold_dbm)


def plan_of(inputs: Inputs, wish: Wish) -> Plan:
    """The transmitters of a wish, with their rules and notes."""
    technology, level_threshold = measure(wish)
    floor = min(technology.floor_dbm, level_threshold - FLOOR_UNDER_DB, *thresholds_of(wish, technology))
    sighted = bool(sources_of(inputs, wish))
    choice = Choice(
        wish.model, receiver_height_m(wish), wish.load, sighted, wish.tunings, wish.statuses, inputs.patterns.get
    )
    if wish.kind == "wifi":
        return hotspot_plan(
            inputs.transmitters,
            choice,
            floor_dbm=floor,
            threshold_dbm=wish.threshold_dbm,
            free_only=wish.free_only,
            owner=wish.owner,
        )
    plan = cell_plan(
        inputs.transmitters,
        technology.name,
        choice,
        floor_dbm=floor,
        threshold_dbm=wish.threshold_dbm,
        owner=wish.owner,
    )
    return replace(plan, rules=with_zones(plan.rules, wish))


def hotspots_on_air(inputs: Inputs, wish: Wish) -> tuple[OnAir, NDArray[np.bool_]]:
    """All hotspots that disturb, whoever's and free or not, and which of them the wish asks for, by area too."""
    asked = [one.id for one in plan_of(inputs, wish).transmitters]
    sighted = wish.ground and inputs.buildings is not None
    air = on_air(
        plan_of(inputs, replace(wish, free_only=False, owner=None)),
        inputs.transmitters,
        inputs.buildings if sighted else None,
    )
    wanted = np.isin(air.ids, asked)
    if wish.area is not None:
        regions = Regions.of(inputs.areas).within(wish.area)
        outer = shapely.union_all(regions.polygons[regions.outermost()])
        shapely.prepare(outer)
        wanted &= shapely.intersects_xy(outer, air.x, air.y)
    return air, wanted


def reach_m(wish: Wish) -> float:
    """How far from an area a transmitter can still be heard in it: the largest distance of the models of a wish."""
    if wish.kind == "wifi":
        return limit_m(model_for(wish.model, "wifi"))
    technologies = ANY_OF if wish.technology in (None, ANY) else (technology_of(wish.technology or ANY).name,)
    # Technologies that are not calibrated get their usual model where some are.
    chosen = (wish.model, AUTO) if wish.model == TUNED and len(technologies) > 1 else (wish.model,)
    return max(limit_m(model_for(model, name)) for name in technologies for model in chosen)


def receiver_height_m(wish: Wish) -> float:
    """The height of the receiver above ground; a person holding a phone unless told."""
    return float(propagation()["receiver"]["height_m"] if wish.receiver_height_m is None else wish.receiver_height_m)


def written_layers(wish: Wish, technology: Technology) -> tuple[str, ...]:
    """The layers a run writes, "coverage" first; those that mean nothing for its technology are left out.

    Refusal ``radio.no_layer``.
    """
    for name in wish.layers:
        if name not in LAYERS:
            raise Refusal("radio.no_layer", layer=name, known=", ".join(LAYERS))
    left_out = set()
    if technology.name == ANY:
        left_out |= {"indoor", "throughput"}  # several technologies at once have no level and no table in common
    elif not has_throughput(technology.name):
        left_out.add("throughput")
    if wish.kind == "wifi":
        left_out |= {"uplink", "handover", "pollution"}
    return tuple(name for name in LAYERS if (name == "coverage" or name in wish.layers) and name not in left_out)


def pictures(
    answer: Answer, plan: Plan, layers: tuple[str, ...], least_pilots: int = 0
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The layers of one tile as float32; NODATA where nobody is received. Fewer than ``least_pilots`` pollute not."""
    heard = answer.server >= 0
    server = np.maximum(answer.server, 0)

    def where_heard(values: NDArray[Any]) -> NDArray[np.float32]:
        return np.where(heard, values, NODATA).astype(np.float32)

    for name in layers:
        if name == "coverage":
            yield name, answer.best_dbm
        elif name == "second":
            yield name, answer.second_dbm
        elif name == "sinr":
            yield name, answer.sinr_db
        elif name == "server":
            yield name, where_heard(answer.server)
        elif name == "overlap":
            yield name, where_heard(answer.overlap)
        elif name == "handover" and answer.handover_db is not None:
            yield name, where_heard(answer.handover_db)
        elif name == "pollution" and answer.pilots is not None:
            yield name, where_heard(np.where(answer.pilots >= least_pilots, answer.pilots, 0))
        elif name == "probability":
            yield name, where_heard(answer.probability)
        elif name == "indoor":
            frequencies, place = np.unique(plan.frequency_mhz, return_inverse=True)
            entry = -np.asarray(indoor_dbm(0.0, frequencies))
            yield name, where_heard(answer.best_dbm - entry[place][server])
        elif name == "throughput":
            yield name, where_heard(plan.throughput_mbps(server, answer.sinr_db))
        elif name == "uplink":
            yield name, where_heard(answer.best_dbm - plan.uplink_dbm[server])


def _zones(answer: Answer, wish: Wish) -> dict[str, NDArray[np.bool_]]:
    """Where the zones of a wish lie in one tile."""
    found = {}
    if answer.handover_db is not None and answer.pilots is not None:
        found["handover"] = np.asarray(answer.handover_db >= 0.0)
        found["pollution"] = np.asarray(answer.pilots >= zones_of(wish).pollution_servers)
    return found


def _inside(grid: Grid, polygons: NDArray[np.object_], tile: Tile) -> NDArray[np.bool_]:
    """The pixels that touch a polygon."""
    box = grid.tile_bbox(tile)
    pieces = [piece for piece in shapely.clip_by_rect(polygons, *box) if piece.area > 0.0]
    if not pieces:
        return np.zeros((tile.height, tile.width), bool)
    r = grid.resolution_m
    drawn: NDArray[np.uint8] = rasterize(
        pieces,
        out_shape=(tile.height, tile.width),
        transform=Affine(r, 0.0, box[0], 0.0, -r, box[3]),
        all_touched=True,
        dtype="uint8",
    )
    return np.asarray(drawn == 1)


def premises_of(columns: Columns) -> Premises:
    """All premises with the households that live there; a home without a figure counts one household."""
    assert columns.geometry is not None
    households = np.asarray(columns.fields["households"], np.float64)
    homes = np.asarray(columns.fields["kind"], object) == "home"
    households = np.where(np.isnan(households), np.where(homes, 1.0, 0.0), np.maximum(households, 0.0))
    used = ~(shapely.is_missing(columns.geometry) | shapely.is_empty(columns.geometry))
    points = columns.geometry[used]
    return Premises(
        np.asarray(shapely.get_x(points), np.float64), np.asarray(shapely.get_y(points), np.float64), households[used]
    )


def _weighed(plan: Plan) -> list[Note]:
    """Why shares by level and by probability differ, where levels are the mean of sight and no sight."""
    unknown = any(note.code == "radio.sight_unknown" for note in plan.notes)
    weighed = any(sight_matters(t) and (unknown or not t.sighted) for t in plan.transmitters)
    return [Note("radio.sight_weighed")] if weighed else []


def _resolution_m(bbox: BBox, plan: Plan) -> float:
    reach = np.array([transmitter.radius_m for transmitter in plan.transmitters])
    return fitting_resolution_m(bbox, float(np.median(reach)), float(np.sum((2.0 * reach) ** 2)))


def _around(plan: Plan) -> BBox:
    """Without areas: everything that any transmitter reaches."""
    x, y, r = (np.array([getattr(t, name) for t in plan.transmitters]) for name in ("x", "y", "radius_m"))
    return (float((x - r).min()), float((y - r).min()), float((x + r).max()), float((y + r).max()))


def sites_of(plan: Plan) -> NDArray[np.float64]:
    """Where transmitters stand, (m, 2): the cells of one mast are one site."""
    return np.unique(np.array([[t.x, t.y] for t in plan.transmitters]), axis=0)


def _tags(technology: Technology, threshold: float) -> dict[str, str]:
    return {
        "yantu_technology": technology.name,
        "yantu_quantity": technology.quantity,
        "yantu_unit": technology.unit,
        "yantu_threshold": f"{threshold:g}",
    }
