"""Ground, buildings and land cover laid on the project's grid for radio: all of them optional, every gap told.

Heights come from a GeoTIFF through windows of a warped view (bilinear, or the mean where the file is finer than the
grid). What stands on the ground comes from a surface model, from buildings with heights, from a land cover map whose
classes ``resources/radio/clutter.toml`` gives representative heights (ITU-R P.1812-6 table 2), or from several: the
highest counts. Metres throughout; clutter above ground.
"""

from __future__ import annotations

import math
import tomllib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform
from rasterio.windows import Window
from scipy.ndimage import distance_transform_edt

from gis.catalogue.model import Label
from gis.coverage.grid import Grid
from gis.coverage.results import Note
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.radio.outlines import Outlines, built_mean
from gis.radio.p1812_path import COASTAL, INLAND, SEA
from gis.radio.p2108 import height_gain_loss_db
from gis.radio.profiles import Relief
from gis.resources import resource

# WORKAROUND: rasterize() sets its raster's transform late and warns from threads (rasterio 1.4.4); see radio.analysis.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning, module=r"rasterio\.features")

F32 = NDArray[np.float32]
DRIVER = "GTiff"  # none that leads to other files or places
_UNDECLARED = -32768.0  # what height files in int16 hold in holes, whether they say so or not
COVER_SCHEME: Final = "worldcover"  # whose codes a land cover map has unless told
_NAMED = 5  # codes named in a note before it says "…"


@dataclass(frozen=True, slots=True)
class Terrain:
    """The relief for kernels and what a reader of results has to know of it. ``cover``: codes uint8, None without."""

    relief: Relief
    notes: tuple[Note, ...]
    cover: NDArray[np.uint8] | None = None


@cache
def clutter() -> dict[str, Any]:
    """The tree of ``resources/radio/clutter.toml``; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "clutter.toml").read_text("utf-8"))


def cover_schemes() -> dict[str, Label]:
    """The land cover maps whose codes are known: name -> what it is called."""
    return {name: Label(**entry["label"]) for name, entry in clutter()["schemes"].items()}


def terrain(
    grid: Grid,
    crs_wkt: str,
    *,
    heights: Path | None = None,
    surface: Path | None = None,
    buildings: Columns | None = None,
    cover: Path | None = None,
    scheme: str = COVER_SCHEME,
    level_m: float = 0.0,
    sea: Sequence[Any] | NDArray[np.object_] | None = None,
    zone: int = INLAND,
    progress: Progress | None = None,
) -> Terrain:
    """The terrain of ``grid``, whose CRS is ``crs_wkt``; without files and buildings it is level, bare ground.

    ``heights``: bare ground above sea; ``surface``: with all that stands on it (alone it is taken for the ground).
    ``buildings``: polygons with "height_m" and "floors". ``cover``: codes of ``scheme``, whose heights count without a
    surface only. ``level_m``: the ground where
    no file is given. ``sea``: polygons; land is then coastal or inland by P.1812's radio-climatic zones, otherwise it
    is ``zone`` everywhere. Refusals ``radio.no_height_file``, ``.bad_height_file``, ``.bad_cover_file``,
    ``.no_cover_scheme``, ``.no_heights``; Cancelled.
    """
    notes: list[Note] = []
    if scheme not in clutter()["schemes"]:
        raise Refusal("radio.no_cover_scheme", scheme=scheme, known=", ".join(clutter()["schemes"]))
    ground_file = heights or surface
    if ground_file is None:
        ground = np.full((grid.height, grid.width), level_m, np.float32)
        notes.append(Note("radio.flat_ground", {"height_m": level_m}))
    else:
        ground = _filled(_read_heights(grid, crs_wkt, ground_file, progress), notes)
    standing = np.zeros((grid.height, grid.width), np.float32)
    if heights is not None and surface is not None:
        top = _read_heights(grid, crs_wkt, surface, progress)
        np.maximum(standing, np.where(np.isfinite(top), top - ground, 0.0), out=standing)
    if buildings is not None:
        np.maximum(standing, building_heights(grid, buildings, notes, progress), out=standing)
    codes = None
    if cover is not None:
        codes = _read_cover(grid, crs_wkt, cover)
        tall = _cover_heights(codes, scheme, buildings is not None, notes)
        if surface is None:  # which has all that stands there
            np.maximum(standing, tall, out=standing)
    zones = np.full((1, 1), zone, np.uint8) if sea is None else _zones(grid, ground, sea)
    relief = Relief(float(grid.west), float(grid.north), float(grid.resolution_m), ground, standing, zones)
    return Terrain(relief, tuple(notes), codes)


def building_heights(
    grid: Grid, buildings: Columns, notes: list[Note] | None = None, progress: Progress | None = None
) -> F32:
    """Height of what is built in every pixel: the mean over the built part, where that is large enough; else 0.

    Buildings are laid on pixels of 5 m or less first (an eighth of the grid's at least), the taller over the lower.
    Those without a height get it from their floors or by assumption, and a Note.
    """
    rules = clutter()["buildings"]
    height, guessed = _known_heights(buildings, rules)
    if notes is not None and guessed:
        args = {"count": guessed, "storey_m": rules["storey_m"], "assumed_m": rules["assumed_m"]}
        notes.append(Note("radio.buildings_without_height", args))
    shapes = buildings.geometry if buildings.geometry is not None else np.empty(0, object)
    out = np.zeros((grid.height, grid.width), np.float32)
    outlines = Outlines.of(shapes, height)
    if not len(outlines):
        return out
    factor = min(int(rules["most_parts"]), max(1, math.ceil(grid.resolution_m / float(rules["finest_m"]))))
    least = float(rules["built_share"]) * factor * factor
    for tile in grid.tiles():
        if progress is not None:
            progress.step(tile.top * grid.width + tile.left, grid.height * grid.width, "radio.reading_terrain")
        laid = outlines.filled(grid, tile, factor)
        here = out[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
        if factor == 1:
            here[:] = laid
        else:
            built_mean(laid, factor, least, here)
    return out


def cover_losses_db(
    frequency_mhz: float, rx_height_m: float, scheme: str = COVER_SCHEME
) -> tuple[dict[int, float], tuple[Note, ...]]:
    """Loss in dB at a receiver among the clutter of each class, for models without any; by ITU-R P.2108-1 clause 3.1.

    A kind's own ``loss_db`` of the file goes first. The clause ends at 3 GHz: above, its value there and a Note.
    """
    schemes = clutter()["schemes"]
    if scheme not in schemes:
        raise Refusal("radio.no_cover_scheme", scheme=scheme, known=", ".join(schemes))
    kinds = clutter()["kinds"]
    held = min(max(frequency_mhz / 1000.0, 0.03), 3.0)
    losses = {
        int(code): float(kinds[kind].get("loss_db", height_gain_loss_db(held, rx_height_m, kinds[kind]["p2108"])))
        for code, kind in schemes[scheme]["classes"].items()
    }
    if held == frequency_mhz / 1000.0:
        return losses, ()
    words = {"what_zh": "频率", "what_en": "frequency", "what_en_capital": "Frequency", "unit": "MHz"}
    args = {**words, "value": frequency_mhz, "model": "ITU-R P.2108-1", "minimum": 30.0, "maximum": 3000.0}
    return losses, (Note("radio.beyond_range", args),)


def _known_heights(buildings: Columns, rules: dict[str, Any]) -> tuple[NDArray[np.float64], int]:
    """Heights of all buildings, and for how many they had to be guessed."""
    count = len(buildings)
    height = np.array(buildings.fields.get("height_m", np.full(count, np.nan)), np.float64)
    floors = np.array(buildings.fields.get("floors", np.full(count, np.nan)), np.float64)
    with np.errstate(invalid="ignore"):
        unknown = ~((height > 0.0) & (height <= rules["highest_m"]))
        by_floors = np.where((floors > 0.0) & (floors <= 300.0), floors * rules["storey_m"], rules["assumed_m"])
    return np.where(unknown, by_floors, height), int(unknown.sum())


def _read_heights(grid: Grid, crs_wkt: str, path: Path, progress: Progress | None) -> F32:
    limits = clutter()["heights"]
    out = np.full((grid.height, grid.width), np.nan, np.float32)
    if not path.exists():
        raise Refusal("radio.no_height_file", path=str(path))
    try:
        with rasterio.open(path, driver=DRIVER) as source:
            _fit(source, path, "radio.bad_height_file", "uif")
            finer = _resolution(source, crs_wkt) < 0.5 * grid.resolution_m
            nodata = source.nodata if source.nodata is not None else _UNDECLARED
            with WarpedVRT(
                source,
                crs=rasterio.CRS.from_wkt(crs_wkt),
                transform=Affine(*grid.transform),
                width=grid.width,
                height=grid.height,
                resampling=Resampling.average if finer else Resampling.bilinear,
                src_nodata=nodata,
                nodata=math.nan,
                dtype="float32",
            ) as view:
                for tile in grid.tiles():
                    if progress is not None:
                        done = tile.top * grid.width + tile.left
                        progress.step(done, grid.height * grid.width, "radio.reading_terrain")
                    window = Window(tile.left, tile.top, tile.width, tile.height)
                    out[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = view.read(
                        1, window=window
                    )
    except (RasterioError, CPLE_BaseError, ValueError) as error:
        raise Refusal("radio.bad_height_file", path=str(path), reason=str(error)) from error
    with np.errstate(invalid="ignore"):
        out[~((out >= limits["lowest_m"]) & (out <= limits["highest_m"]))] = np.nan
    return out


def _read_cover(grid: Grid, crs_wkt: str, path: Path) -> NDArray[np.uint8]:
    if not path.exists():
        raise Refusal("radio.bad_cover_file", path=str(path), reason="not found")
    try:
        with rasterio.open(path, driver=DRIVER) as source:
            _fit(source, path, "radio.bad_cover_file", "ui")
            finer = _resolution(source, crs_wkt) < 0.5 * grid.resolution_m
            with WarpedVRT(
                source,
                crs=rasterio.CRS.from_wkt(crs_wkt),
                transform=Affine(*grid.transform),
                width=grid.width,
                height=grid.height,
                resampling=Resampling.mode if finer else Resampling.nearest,
            ) as view:
                codes = view.read(1)
    except (RasterioError, CPLE_BaseError, ValueError) as error:
        raise Refusal("radio.bad_cover_file", path=str(path), reason=str(error)) from error
    return np.where((codes >= 0) & (codes <= 255), codes, 0).astype(np.uint8)


def _fit(source: Any, path: Path, code: str, kinds: str) -> None:
    """Refuse a raster without a place on Earth, or of another kind of numbers."""
    if source.crs is None or source.transform == Affine.identity():
        raise Refusal(code, path=str(path), reason="no CRS")
    if np.dtype(source.dtypes[0]).kind not in kinds:
        raise Refusal(code, path=str(path), reason=source.dtypes[0])


def _resolution(source: Any, crs_wkt: str) -> float:
    """The file's pixel in the project's metres."""
    there, _, _ = calculate_default_transform(
        source.crs, rasterio.CRS.from_wkt(crs_wkt), source.width, source.height, *source.bounds
    )
    return float(abs(there.a))


def _filled(heights: F32, notes: list[Note]) -> F32:
    """Holes take the height of the nearest known pixel, and a Note says how many there were."""
    holes = ~np.isfinite(heights)
    count = int(np.count_nonzero(holes))
    if not count:
        return heights
    if count == heights.size:
        raise Refusal("radio.no_heights")
    nearest = distance_transform_edt(holes, return_distances=False, return_indices=True)
    percent = round(100.0 * count / heights.size, 1)
    notes.append(Note("radio.holes_filled", {"count": count, "total": heights.size, "percent": percent}))
    return np.asarray(heights[tuple(nearest)])


def _cover_heights(codes: NDArray[np.uint8], scheme: str, buildings_known: bool, notes: list[Note]) -> F32:
    kinds, classes = clutter()["kinds"], clutter()["schemes"][scheme]["classes"]
    table = np.zeros(256, np.float32)
    listed = np.zeros(256, bool)
    listed[0] = True  # no data
    for code, kind in classes.items():
        listed[int(code)] = True
        if not (buildings_known and kinds[kind].get("built", False)):
            table[int(code)] = kinds[kind]["height_m"]
    counts = np.bincount(codes.ravel(), minlength=256)
    strange = np.nonzero((counts > 0) & ~listed)[0]
    if len(strange):
        named = ", ".join(map(str, strange[:_NAMED])) + (" …" if len(strange) > _NAMED else "")
        notes.append(Note("radio.unlisted_cover", {"count": int(counts[strange].sum()), "codes": named}))
    return table[codes]


def _zones(grid: Grid, ground: F32, sea: Sequence[Any] | NDArray[np.object_]) -> NDArray[np.uint8]:
    """Sea, coastal land (low and near the sea within the grid) and inland, uint8 of the grid's shape."""
    shape = (grid.height, grid.width)
    shapes = [piece for piece in sea if piece is not None and not piece.is_empty]
    if not shapes:
        return np.full((1, 1), INLAND, np.uint8)
    wet = rasterize(shapes, out_shape=shape, transform=Affine(*grid.transform), fill=0, dtype="uint8").astype(bool)
    if not wet.any():
        return np.full((1, 1), INLAND, np.uint8)
    coast = clutter()["coast"]
    away_km = distance_transform_edt(~wet) * (grid.resolution_m / 1000.0)
    coastal = (away_km <= coast["within_km"]) & (ground < coast["below_m"])
    return np.where(wet, SEA, np.where(coastal, COASTAL, INLAND)).astype(np.uint8)
