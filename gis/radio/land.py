"""What lies between transmitters and a grid: the relief of one run, where buildings are known, and what to tell of it.

The relief reaches as far as the transmitters that are heard in the grid. It has the grid's pixels, or whole multiples
of them where those would be too many.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.warp import transform
from scipy.ndimage import distance_transform_edt

from gis.coverage.grid import Grid
from gis.coverage.results import Note
from gis.coverage.standing import places_of
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.radio.models import PROFILED
from gis.radio.profiles import Relief
from gis.radio.terrain import COVER_SCHEME, clutter, terrain
from gis.radio.windows import Transmitter, box_of

MOST_PIXELS: Final = 60_000_000  # of the relief: half a gigabyte
_MOST_DISTANCES: Final = 4_000_000  # pixels on which distances to buildings are taken


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is of the ground, all optional. Paths of GeoTIFFs; ``buildings`` with "height_m" and "floors"."""

    heights: Path | None = None
    surface: Path | None = None
    cover: Path | None = None
    buildings: Columns | None = None
    scheme: str = COVER_SCHEME

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return any(part is not None for part in (self.heights, self.surface, self.cover, self.buildings))


@dataclass(frozen=True)
class Land:
    """The relief of a run with what was read for it.

    ``assumed``: where the relief's clutter is a land cover's representative height, not a thing that stands there (bool
    of its shape, or (1, 1)). ``near``, ``not_far``: where a known building is near, and not far. ``known``: where it is
    known whatever stands there. ``cover``: codes of ``scheme``, None without. ``latitude_deg`` of its middle.
    """

    relief: Relief
    assumed: NDArray[np.bool_]
    near: NDArray[np.bool_]
    not_far: NDArray[np.bool_]
    known: NDArray[np.bool_]
    cover: NDArray[np.uint8] | None
    scheme: str
    latitude_deg: float
    notes: tuple[Note, ...]

    @cached_property
    def standing(self) -> Relief:
        """The relief with what is known to stand there only: what hides a receiver."""
        if not self.assumed.any():
            return self.relief
        return self.relief._replace(clutter=np.where(self.assumed, np.float32(0.0), self.relief.clutter))

    @cached_property
    def fingerprint(self) -> float:
        """A number that tells one land from another, for keys of windows; exact in a float64."""
        made = hashlib.blake2b(digest_size=6)
        relief = self.relief
        made.update(np.array([relief.west, relief.north, relief.resolution_m, self.latitude_deg]).tobytes())
        for part in (relief.ground, relief.clutter, relief.zone, self.assumed, self.near, self.not_far, self.known):
            made.update(np.ascontiguousarray(part).tobytes())
        if self.cover is not None:
            made.update(np.ascontiguousarray(self.cover).tobytes() + self.scheme.encode())
        return float(int.from_bytes(made.digest(), "big"))


def land_of(
    grid: Grid,
    crs_wkt: str,
    transmitters: Sequence[Transmitter],
    sources: Sources,
    progress: Progress | None = None,
) -> Land:
    """The land that ``transmitters`` are heard over within ``grid``; level and bare where there are no sources.

    Refusals of ``terrain.terrain``; Cancelled.
    """
    wide, factor = _widened(grid, transmitters)
    notes: list[Note] = []
    if factor > 1:
        notes.append(Note("radio.ground_coarser", {"ground_m": wide.resolution_m, "resolution_m": grid.resolution_m}))
    buildings = sources.buildings
    if sources.surface is not None and sources.heights is None:
        notes.append(Note("radio.surface_as_ground"))
        buildings = None  # they stand on the surface already
    found = terrain(
        wide, crs_wkt, heights=sources.heights, surface=sources.surface, buildings=buildings,
        cover=sources.cover, scheme=sources.scheme, progress=progress,
    )  # fmt: skip
    notes += found.notes
    shape = found.relief.ground.shape
    assumed = known = near = not_far = np.zeros((1, 1), bool)
    rules = clutter()["known"]
    if buildings is not None:
        there = _centres(wide, buildings)
        near, not_far = (_within(there, rules[name] / wide.resolution_m) for name in ("near_m", "not_far_m"))
    if sources.surface is not None:
        known = np.ones((1, 1), bool)
    elif found.cover is not None:
        built, listed = _built(sources.scheme)
        known = (listed & ~built)[found.cover]
        if buildings is None:
            assumed = built[found.cover]
    middle = transform(
        rasterio.CRS.from_wkt(crs_wkt), "EPSG:4326",
        [wide.west + 0.5 * shape[1] * wide.resolution_m], [wide.north - 0.5 * shape[0] * wide.resolution_m],
    )  # fmt: skip
    return Land(
        found.relief, assumed, near, not_far, known, found.cover, sources.scheme, round(float(middle[1][0]), 3),
        (_used(sources, buildings), *notes) if sources else tuple(notes),
    )  # fmt: skip


def relief_resolution_m(grid: Grid, transmitters: Sequence[Transmitter]) -> float:
    """The pixel of the relief that ``land_of`` will make."""
    return _widened(grid, transmitters)[0].resolution_m


def too_coarse_for_sight(grid: Grid, transmitters: Sequence[Transmitter]) -> bool:
    """Whether buildings vanish in the relief's pixels, so that sight over it would be everywhere.

    Diffraction and P.1812 take them as heights of clutter and have no such limit.
    """
    if any(t.way in PROFILED for t in transmitters):
        return False
    return bool(relief_resolution_m(grid, transmitters) > clutter()["known"]["coarsest_m"])


def _widened(grid: Grid, transmitters: Sequence[Transmitter]) -> tuple[Grid, int]:
    """The grid of the relief and how many pixels of ``grid`` one of its pixels is wide."""
    heard = [t for t in transmitters if box_of(t, grid).pixels]
    west, south, east, north = grid.bbox
    r = grid.resolution_m
    if heard:
        west, east = min(west, min(t.x for t in heard) - r), max(east, max(t.x for t in heard) + r)
        south, north = min(south, min(t.y for t in heard) - r), max(north, max(t.y for t in heard) + r)
    pixels = (east - west) * (north - south) / (r * r)
    factor = max(1, math.ceil(math.sqrt(pixels / MOST_PIXELS)))
    return Grid.over((west, south, east, north), r * factor), factor


def _used(sources: Sources, buildings: Columns | None) -> Note:
    """What took part, in words."""
    count = 0 if buildings is None else len(buildings)
    parts = [(f"建筑 {count:,} 栋", f"{count:,} buildings")] if count else []
    for path, zh, en in (
        (sources.heights, "地形", "terrain"),
        (sources.surface, "地表", "surface"),
        (sources.cover, "土地覆盖", "land cover"),
    ):
        if path is not None:
            parts.append((f"{zh} {path.name}", f"{en} {path.name}"))
    return Note(
        "radio.ground_used",
        {"parts_zh": "、".join(zh for zh, _ in parts), "parts_en": ", ".join(en for _, en in parts)},
    )


def _centres(grid: Grid, buildings: Columns) -> NDArray[np.bool_]:
    """The pixels in which a building has its middle."""
    there = np.zeros((grid.height, grid.width), bool)
    shapes = buildings.geometry if buildings.geometry is not None else np.empty(0, object)
    places = places_of(shapes, shapely.centroid)
    places = places[np.isfinite(places).all(axis=1)]
    column = np.floor((places[:, 0] - grid.west) / grid.resolution_m).astype(np.int64)
    row = np.floor((grid.north - places[:, 1]) / grid.resolution_m).astype(np.int64)
    inside = (row >= 0) & (row < grid.height) & (column >= 0) & (column < grid.width)
    there[row[inside], column[inside]] = True
    return there


def _within(there: NDArray[np.bool_], pixels: float) -> NDArray[np.bool_]:
    """The pixels no further than so many pixels from one that is set; on large rasters to a few pixels."""
    step = max(1, math.ceil(math.sqrt(there.size / _MOST_DISTANCES)))
    height, width = (-(-side // step) for side in there.shape)
    padded = np.zeros((height * step, width * step), bool)
    padded[: there.shape[0], : there.shape[1]] = there
    coarse: NDArray[np.bool_] = np.asarray(padded.reshape(height, step, width, step).any(axis=(1, 3)))
    if not coarse.any():
        return np.zeros(there.shape, bool)
    near = distance_transform_edt(~coarse) <= max(1.0, pixels / step)
    return np.asarray(np.repeat(np.repeat(near, step, axis=0), step, axis=1)[: there.shape[0], : there.shape[1]])


def _built(scheme: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """By code: whether the class is built up, and whether it is listed at all."""
    tree = clutter()
    built, listed = np.zeros(256, bool), np.zeros(256, bool)
    for code, kind in tree["schemes"][scheme]["classes"].items():
        listed[int(code)] = True
        built[int(code)] = bool(tree["kinds"][kind].get("built", False))
    return built, listed
