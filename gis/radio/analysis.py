"""One coverage analysis from rows to figures: transmitters, prediction, and statistics in a single pass over tiles."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import Affine

from gis.coverage.classes import Technology
from gis.coverage.classes import technology as technology_of
from gis.coverage.grid import Grid, Tile, fitting_resolution_m
from gis.coverage.people import CoveredPremises, Premises, populace
from gis.coverage.raster import NODATA, LevelFile
from gis.coverage.regions import Regions
from gis.coverage.results import AreaRow, Note, area_rows, area_shares, headline, urban_headline
from gis.coverage.zonal import CoveredAreas
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.radio.cells import ANY, ELSEWHERE, URBAN, cell_transmitters, environment_words, hata_model
from gis.radio.constants import constants
from gis.radio.hotspots import hotspot_transmitters, wifi_model
from gis.radio.prediction import Setting, Transmitters, predict, reach_m

# WORKAROUND: rasterize() builds a raster in memory and sets its transform a moment later; from several threads it warns
# that there is none (rasterio 1.4.4). The pixels are right: compared with those of one thread.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning, module=r"rasterio\.features")

Kind = Literal["wifi", "cells"]
KINDS: tuple[Kind, ...] = ("wifi", "cells")
LOWEST_DBM, HIGHEST_DBM = -150.0, 0.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks for. None leaves the choice to the program: all areas, any of 3G/4G/5G, all operators, a
    fitting resolution, the technology's own threshold."""

    kind: Kind
    area: str | None = None
    technology: str | None = None
    owner: str | None = None
    resolution_m: float | None = None
    threshold_dbm: float | None = None
    free_only: bool = True


@dataclass(frozen=True, slots=True)
class Inputs:
    """One snapshot's rows: hotspots or cells (``hotspots.FIELDS``, ``cells.FIELDS``), areas (``regions.SUMMED_FIELDS``)
    and premises ("kind", "households"); the project's CRS as WKT."""

    transmitters: Columns
    areas: Columns
    premises: Columns
    crs_wkt: str


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one analysis; the levels themselves are in the raster file.

    ``threshold_dbm`` is what the user set or the technology's own (None for "any": each its own);
    ``level_threshold`` is the value in the raster from which a pixel counts as covered.
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
        }


def analyse(inputs: Inputs, wish: Wish, raster: Path, progress: Progress | None = None) -> Result:
    """Predict, write the levels to ``raster`` and sum them by area. Equal inputs give equal arrays and figures.

    Refusals: coverage.no_area, .empty_extent, .bad_resolution, .too_fine, .no_technology; radio.no_hotspots, .no_cells,
    .all_impossible, .bad_threshold. Cancelled leaves a part of ``raster`` behind; the caller removes its folder.
    """
    technology, level_threshold = _measure(wish)
    setting = Setting(
        float(constants()["receiver_height_m"]),
        min(technology.floor_dbm, level_threshold - 10.0),
        float(constants()["antenna"]["back_lobe_db"]),
        float(constants()["antenna"]["side_lobe_db"]),
    )
    transmitters, notes = _transmitters(inputs, wish, technology, setting)
    everywhere = Regions.of(inputs.areas)
    regions = everywhere.within(wish.area) if wish.area is not None else everywhere
    reach = reach_m(
        transmitters.power_dbm,
        transmitters.free_space_db,
        transmitters.intercept_db,
        transmitters.slope_db,
        level_threshold,
    )
    bbox = regions.bbox if len(regions) else _around(transmitters)
    chosen_m = wish.resolution_m
    if chosen_m is None:
        chosen_m = fitting_resolution_m(
            bbox, float(np.median(reach)), float(np.sum((2.0 * transmitters.radius_m) ** 2))
        )
    grid = Grid.over(bbox, chosen_m)
    environment = None
    if wish.kind == "cells":
        environment = _environment(grid, everywhere, notes)

    premises = _premises(inputs.premises)
    covered_areas = CoveredAreas(grid, regions.polygons)
    covered_premises = CoveredPremises(grid, premises)
    with LevelFile(raster, grid, inputs.crs_wkt, _tags(technology, level_threshold)) as file:
        for tile, levels in predict(grid, transmitters, setting, environment, progress=progress):
            covered = levels >= level_threshold
            covered_areas.add(tile, covered)
            covered_premises.add(tile, covered)
            # Beyond the area asked for the levels would end at the edge of its bounding box, which means nothing.
            file.add(tile, levels if wish.area is None else _within(grid, regions.polygons, tile, levels))
        if progress is not None:
            progress.step(0, 0, "coverage.writing")
    if progress is not None:
        progress.step(0, 0, "coverage.summing")
    people = populace(regions, premises, covered_premises.covered, area_shares(regions, covered_areas.covered_m2))
    sites = _sites(transmitters)
    rows = area_rows(regions, covered_areas.covered_m2, people, sites)
    notes.append(Note("radio.median"))
    return Result(
        kind=wish.kind,
        technology=technology.name,
        quantity=technology.quantity,
        unit=technology.unit,
        threshold_dbm=wish.threshold_dbm if technology.name == ANY else level_threshold,
        level_threshold=level_threshold,
        grid=grid,
        sites=transmitters.size,
        rows=tuple(rows),
        headline=headline(rows),
        urban=urban_headline(rows, regions.smallest_urban()),
        notes=tuple(notes),
        model=wifi_model() if wish.kind == "wifi" else hata_model(),
    )


def _measure(wish: Wish) -> tuple[Technology, float]:
    """The technology and the raster's threshold: dBm, or 0 dB of margin for "any"."""
    if wish.threshold_dbm is not None and not LOWEST_DBM <= wish.threshold_dbm <= HIGHEST_DBM:
        raise Refusal("radio.bad_threshold", threshold_dbm=wish.threshold_dbm, minimum=LOWEST_DBM, maximum=HIGHEST_DBM)
    technology = technology_of("wifi" if wish.kind == "wifi" else wish.technology or ANY)
    if technology.name == ANY or wish.threshold_dbm is None:
        return technology, technology.threshold_dbm
    return technology, float(wish.threshold_dbm)


def _transmitters(
    inputs: Inputs, wish: Wish, technology: Technology, setting: Setting
) -> tuple[Transmitters, list[Note]]:
    if wish.kind == "wifi":
        return hotspot_transmitters(
            inputs.transmitters, floor_dbm=setting.floor_dbm, free_only=wish.free_only, owner=wish.owner
        )
    return cell_transmitters(
        inputs.transmitters,
        technology.name,
        floor_dbm=setting.floor_dbm,
        threshold_dbm=wish.threshold_dbm,
        owner=wish.owner,
    )


def _within(grid: Grid, polygons: NDArray[np.object_], tile: Tile, levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The levels of pixels that touch a polygon; NODATA elsewhere."""
    box = grid.tile_bbox(tile)
    pieces = [piece for piece in shapely.clip_by_rect(polygons, *box) if piece.area > 0.0]
    if not pieces:
        return np.full_like(levels, NODATA)
    r = grid.resolution_m
    inside = rasterize(
        pieces,
        out_shape=(tile.height, tile.width),
        transform=Affine(r, 0.0, box[0], 0.0, -r, box[3]),
        all_touched=True,
        dtype="uint8",
    )
    return np.where(inside == 1, levels, np.float32(NODATA))


def _environment(grid: Grid, regions: Regions, notes: list[Note]) -> Callable[[Tile], NDArray[np.uint8]]:
    """The receiver's environment by tile: areas marked urban, and the rest."""
    urban = regions.polygons[regions.smallest_urban()]
    if not len(urban):
        notes.append(Note("radio.no_urban_areas", environment_words()))
    tree = shapely.STRtree(urban)
    nowhere = np.full((1, 1), ELSEWHERE, np.uint8)

    def codes(tile: Tile) -> NDArray[np.uint8]:
        box = grid.tile_bbox(tile)
        near = np.sort(tree.query(shapely.box(*box), predicate="intersects"))
        if not len(near):
            return nowhere
        pieces = [piece for piece in shapely.clip_by_rect(urban[near], *box) if piece.area > 0.0]
        if not pieces:
            return nowhere
        r = grid.resolution_m
        drawn: NDArray[np.uint8] = rasterize(
            pieces,
            out_shape=(tile.height, tile.width),
            transform=Affine(r, 0.0, box[0], 0.0, -r, box[3]),
            fill=ELSEWHERE,
            default_value=URBAN,
            dtype="uint8",
        )
        return drawn

    return codes


def _premises(columns: Columns) -> Premises:
    """The places where people live; a home without a figure counts one household."""
    assert columns.geometry is not None
    households = np.asarray(columns.fields["households"], np.float64)
    homes = np.asarray(columns.fields["kind"], object) == "home"
    households = np.where(np.isnan(households), np.where(homes, 1.0, 0.0), np.maximum(households, 0.0))
    used = (households > 0.0) & ~(shapely.is_missing(columns.geometry) | shapely.is_empty(columns.geometry))
    points = columns.geometry[used]
    return Premises(
        np.asarray(shapely.get_x(points), np.float64), np.asarray(shapely.get_y(points), np.float64), households[used]
    )


def _around(transmitters: Transmitters) -> BBox:
    """Without areas: everything that any transmitter reaches."""
    r = transmitters.radius_m
    return (
        float((transmitters.x - r).min()),
        float((transmitters.y - r).min()),
        float((transmitters.x + r).max()),
        float((transmitters.y + r).max()),
    )


def _sites(transmitters: Transmitters) -> NDArray[np.float64]:
    """Where transmitters stand, (m, 2): the cells of one mast are one site."""
    return np.unique(np.stack([transmitters.x, transmitters.y], axis=1), axis=0)


def _tags(technology: Technology, threshold: float) -> dict[str, str]:
    return {
        "yantu_technology": technology.name,
        "yantu_quantity": technology.quantity,
        "yantu_unit": technology.unit,
        "yantu_threshold": f"{threshold:g}",
    }
