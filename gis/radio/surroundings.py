"""What a transmitter's surroundings are, by pixel: environment, sight, and losses that the loss tables leave out.

``Environments`` knows areas marked as urban. ``Ground`` knows terrain, buildings and land cover too: one sweep of rays
a transmitter (``visibility``, ``sweep``), shared by all that stand at one place and height.
"""

from __future__ import annotations

import math
import os
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import Affine

from gis.coverage.grid import Grid
from gis.coverage.results import Note
from gis.errors import Refusal
from gis.progress import Progress
from gis.radio.curves import EXPECTED, HIDDEN, ROWS, SIGHT
from gis.radio.free_space import free_space_loss_db
from gis.radio.kept import Kept
from gis.radio.land import Land
from gis.radio.models import ELSEWHERE, URBAN
from gis.radio.p1812 import link, range_notes
from gis.radio.profiles import Relief, out_of_building, ready
from gis.radio.sweep import sweep_diffraction, sweep_p1812
from gis.radio.terrain import cover_losses_db
from gis.radio.visibility import SEEN, sweep_sight
from gis.radio.windows import Box, Surroundings, Transmitter, box_of

# WORKAROUND: rasterize() builds a raster in memory and sets its transform a moment later; from several threads it warns
# that there is none (rasterio 1.4.4). The pixels are right: compared with those of one thread.
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning, module=r"rasterio\.features")

_STRIP = 512  # rows drawn at a time
_NO_LOSS = np.zeros((1, 1), np.float32)
_KEPT_BYTES: Final = 300_000_000  # of sight and losses by place, in memory
_QUICK: Final = 500_000  # pixels whose sight is found before it is handed out to threads
_SCALE: Final = 100.0  # losses are kept in hundredths of a dB, as levels are


@dataclass(frozen=True, slots=True)
class Air:
    """The air of ITU-R P.1812: ``lapse_rate`` ΔN in N-units/km, ``refractivity`` N₀ at sea level in N-units."""

    lapse_rate: float
    refractivity: float


class Environments:
    """The receiver's environment over a grid, one byte a pixel: URBAN within the polygons, ELSEWHERE around them."""

    def __init__(self, grid: Grid, urban: NDArray[np.object_]) -> None:
        self.rows = np.full((grid.height, grid.width), ELSEWHERE * ROWS + EXPECTED, np.uint8)
        polygons = np.asarray(urban, object)
        tree = shapely.STRtree(polygons)
        r = grid.resolution_m
        for top in range(0, grid.height, _STRIP):
            box = Box(top, 0, min(_STRIP, grid.height - top), grid.width)
            bbox = box.bbox(grid)
            near = np.sort(tree.query(shapely.box(*bbox), predicate="intersects"))
            pieces = [piece for piece in shapely.clip_by_rect(polygons[near], *bbox) if piece.area > 0.0]
            if pieces:
                rasterize(
                    pieces,
                    out=self.rows[top : top + box.height],
                    transform=Affine(r, 0.0, bbox[0], 0.0, -r, bbox[3]),
                    default_value=URBAN * ROWS + EXPECTED,
                )

    def __call__(self, transmitter: Transmitter, box: Box, grid: Grid) -> Surroundings:
        """The rows of one window; sight is not known, so the expected ones."""
        return Surroundings(self.rows[box.top : box.top + box.height, box.left : box.left + box.width], _NO_LOSS)


class Ground:
    """Surroundings over a land, for all transmitters of one run. Any number of threads may call it at once.

    Where the tables know sight, a hidden pixel takes the row HIDDEN; one that the antenna sees SIGHT where it is known
    what stands there, else EXPECTED. Transmitters whose ``way`` says so get their loss on the way or among clutter.
    A call raises Cancelled once ``progress`` is; Refusal ``radio.transmitter_outside`` beyond the land.
    """

    def __init__(
        self,
        grid: Grid,
        land: Land,
        receiver_height_m: float,
        environments: Environments | None = None,
        progress: Progress | None = None,
        kept_bytes: int = _KEPT_BYTES,
        air: Air | None = None,
    ) -> None:
        self.land, self._grid, self._receiver_m, self._environments = land, grid, receiver_height_m, environments
        self._hearing = None if progress is None else _Hearing(progress)
        self._air = air
        self._kept = Kept(kept_bytes)
        self._open = self._rows_in_sight()
        self._losses: dict[float, NDArray[np.float32]] = {}
        self._busy, self._lock = 0, threading.Lock()

    @property
    def swept(self) -> int:
        """How many sweeps were made so far."""
        return self._kept.made

    def marked(self, transmitters: Sequence[Transmitter]) -> tuple[Transmitter, ...]:
        """The transmitters with this land in their keys, as far as their levels depend on it."""
        mark = (self.land.fingerprint, self._receiver_m)
        air = () if self._air is None else (self._air.lapse_rate, self._air.refractivity)
        return tuple(
            replace(t, extras=(*t.extras, *mark, *(air if t.way == "p1812" else ())))
            if uses_ground(t, self.land.cover is not None)
            else t
            for t in transmitters
        )

    def notes(self, transmitters: Sequence[Transmitter]) -> tuple[Note, ...]:
        """What a reader of these transmitters' results has to know of the ground."""
        used = [t for t in transmitters if uses_ground(t, self.land.cover is not None)]
        notes = list(self.land.notes)
        if any(knows_sight(t) for t in used):
            percent = round(100.0 * float(np.mean(self._open % ROWS == EXPECTED)), 1)
            if percent > 0.0:
                notes.append(Note("radio.sight_unknown", {"percent": percent}))
        if any(t.way == "p1812" for t in used):
            t = max(used, key=lambda t: t.height_m)
            notes += range_notes(self._link(t), [self._grid.resolution_m])
        if self.land.cover is not None and any(t.way == "clutter" for t in used):
            notes.append(Note("radio.cover_loss"))
        if self.land.near.any():
            notes.append(Note("radio.outdoor_levels"))
        buried = sum(t.height_m <= roof for t, roof in zip(used, self._roofs(used), strict=True) if roof > 0.0)
        if buried:
            notes.append(Note("radio.antennas_in_buildings", {"count": int(buried)}))
        return tuple(notes)

    def __call__(self, transmitter: Transmitter, box: Box, grid: Grid) -> Surroundings:
        """The rows and losses of one window, or of a part of it."""
        rows = self._expected(box)
        if transmitter.way == "clutter" and self.land.cover is not None:
            codes = self._on_grid(self.land.cover, box)
            return Surroundings(rows, self._loss_of_code(transmitter.extras[0])[codes])
        if transmitter.way in ("diffraction", "p1812"):
            return Surroundings(rows, self._part(transmitter, box).astype(np.float32) / np.float32(_SCALE))
        if not knows_sight(transmitter):
            return Surroundings(rows, _NO_LOSS)
        return Surroundings(self.rows_of(self.sight(transmitter, box), box), _NO_LOSS)

    def sight(self, transmitter: Transmitter, box: Box, most: int = 0) -> NDArray[np.uint8]:
        """What an antenna sees of ``box``, by ``visibility.sweep_sight``; through up to ``most`` buildings."""
        return self._part(transmitter, box, most)

    def rows_of(self, sight: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
        """The row of the loss table at each pixel of ``box``."""
        here = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
        return np.where(sight == SEEN, self._open[here], (self._expected(box) + HIDDEN).astype(np.uint8))

    def _expected(self, box: Box) -> NDArray[np.uint8]:
        """The rows without sight; (1, 1) where no environments are known."""
        if self._environments is None:
            return np.full((1, 1), EXPECTED, np.uint8)
        return self._environments.rows[box.top : box.top + box.height, box.left : box.left + box.width]

    def _rows_in_sight(self) -> NDArray[np.uint8]:
        """The row of each pixel of the grid that is in geometric sight of an antenna."""
        everything = Box(0, 0, self._grid.height, self._grid.width)
        rows = np.full((self._grid.height, self._grid.width), EXPECTED, np.uint8)
        if self._environments is not None:
            rows = self._environments.rows.copy()
        surely = self._on_grid(self.land.near, everything) | self._on_grid(self.land.known, everything)
        surely = surely | (self._on_grid(self.land.not_far, everything) & (rows // ROWS != URBAN))
        rows[np.broadcast_to(surely, rows.shape)] += SIGHT
        return rows

    def _on_grid(self, of_land: NDArray[Any], box: Box) -> NDArray[Any]:
        """The values of a raster of the land at the middles of the pixels of ``box``; (1, 1) stays what it is."""
        if of_land.size == 1:
            return of_land
        return _on_box(of_land, self.land.relief, box, self._grid)

    def _part(self, transmitter: Transmitter, box: Box, most: int = 0) -> NDArray[Any]:
        """What the sweep of a transmitter found in ``box``: sight, or hundredths of a dB of loss."""
        whole = box_of(transmitter, self._grid)
        key = (
            transmitter.way, transmitter.x, transmitter.y, transmitter.height_m, transmitter.radius_m,
            transmitter.extras[0] if transmitter.way else most,
        )  # fmt: skip
        found = self._kept.get(key, lambda: self._swept(transmitter, whole, most))
        top, left = box.top - whole.top, box.left - whole.left
        if found.ndim == 1:
            found = np.unpackbits(found, count=whole.pixels).reshape(whole.height, whole.width)
        return found[top : top + box.height, left : left + box.width]

    def _swept(self, transmitter: Transmitter, whole: Box, most: int) -> NDArray[Any]:
        """The whole window's sight, packed to bits where no building is crossed, or its losses as int16."""
        relief, seen_from = self._relief_of(transmitter, whole)
        place = (transmitter.x, transmitter.y)
        # A pixel may lie within reach while its ray's point on the same line is a little beyond it.
        reach = transmitter.radius_m + 2.0 * relief.resolution_m
        with self._lock:
            self._busy += 1
            threads = max(1, (os.cpu_count() or 1) // self._busy)
        try:
            if not transmitter.way:
                sight = sweep_sight(
                    relief, place, transmitter.height_m, self._receiver_m,
                    most=most, reach_m=reach, threads=threads if whole.pixels > _QUICK else 1, progress=self._hearing,
                )  # fmt: skip
                return seen_from(sight).copy() if most else np.packbits(seen_from(sight) == SEEN)
            if transmitter.way == "diffraction":
                loss = sweep_diffraction(
                    relief, place, transmitter.height_m, self._receiver_m, transmitter.extras[0],
                    reach_m=reach, threads=threads, progress=self._hearing,
                )  # fmt: skip
                return _hundredths(seen_from(loss))
            loss = sweep_p1812(
                relief, place, self._link(transmitter), reach_m=reach, threads=threads, progress=self._hearing
            )
        finally:
            with self._lock:
                self._busy -= 1
        return _hundredths(seen_from(loss) - self._free_space(transmitter, whole))

    def _relief_of(self, transmitter: Transmitter, whole: Box) -> tuple[Relief, Callable[[NDArray[Any]], NDArray[Any]]]:
        """The part of the relief between a transmitter and its window, and how its rasters are read on the window."""
        relief = self.land.relief if transmitter.way else self.land.standing
        size, (rows, columns) = relief.resolution_m, relief.ground.shape
        west, south, east, north = whole.bbox(self._grid)
        west, east = min(west, transmitter.x), max(east, transmitter.x)
        south, north = min(south, transmitter.y), max(north, transmitter.y)
        left, right = math.floor((west - relief.west) / size) - 2, math.ceil((east - relief.west) / size) + 2
        top, bottom = math.floor((relief.north - north) / size) - 2, math.ceil((relief.north - south) / size) + 2
        if left + 2 < 0 or top + 2 < 0 or right - 2 > columns or bottom - 2 > rows:
            raise Refusal("radio.transmitter_outside")
        left, top, right, bottom = max(0, left), max(0, top), min(columns, right), min(rows, bottom)
        cut = np.s_[top:bottom, left:right]
        part = ready(
            Relief(
                relief.west + left * size,
                relief.north - top * size,
                size,
                relief.ground[cut],
                relief.clutter[cut],
                relief.zone if relief.zone.size == 1 else relief.zone[cut],
            )
        )
        part, _ = out_of_building(part, transmitter.x, transmitter.y, transmitter.height_m)

        def on_window(values: NDArray[Any]) -> NDArray[Any]:
            return _on_box(values, part, whole, self._grid)

        return part, on_window

    def _link(self, transmitter: Transmitter) -> Any:
        lapse, refractivity = (None, None) if self._air is None else (self._air.lapse_rate, self._air.refractivity)
        return link(
            transmitter.extras[0], transmitter.height_m, self._receiver_m, latitude_deg=self.land.latitude_deg,
            lapse_rate=lapse, refractivity=refractivity,
        )  # fmt: skip

    def _free_space(self, transmitter: Transmitter, whole: Box) -> NDArray[np.float32]:
        """What the tables of a profiled model hold: free space between antennas over level ground."""
        west, _, _, north = whole.bbox(self._grid)
        r = self._grid.resolution_m
        dx = west + (np.arange(whole.width) + 0.5) * r - transmitter.x
        dy = north - (np.arange(whole.height) + 0.5) * r - transmitter.y
        flat = np.maximum(np.hypot(dx, dy[:, None]), 1.0)
        slant = np.hypot(flat, abs(transmitter.height_m - self._receiver_m))
        return free_space_loss_db(transmitter.extras[0], slant).astype(np.float32)

    def _loss_of_code(self, frequency_mhz: float) -> NDArray[np.float32]:
        if frequency_mhz not in self._losses:
            table = np.zeros(256, np.float32)
            for code, loss in cover_losses_db(frequency_mhz, self._receiver_m, self.land.scheme)[0].items():
                table[code] = max(0.0, loss)
            self._losses[frequency_mhz] = table
        return self._losses[frequency_mhz]

    def _roofs(self, transmitters: Sequence[Transmitter]) -> NDArray[np.float64]:
        """What stands where each transmitter does, m above ground; 0 beyond the land."""
        relief = self.land.standing
        rows, columns = relief.clutter.shape
        column = np.floor([(t.x - relief.west) / relief.resolution_m for t in transmitters]).astype(np.int64)
        row = np.floor([(relief.north - t.y) / relief.resolution_m for t in transmitters]).astype(np.int64)
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        roofs = np.zeros(len(transmitters))
        roofs[inside] = relief.clutter[row[inside], column[inside]]
        return roofs


def _on_box(values: NDArray[Any], relief: Relief, box: Box, grid: Grid) -> NDArray[Any]:
    """The values of a raster like ``relief`` at the middles of the pixels of ``box``."""
    r, size = grid.resolution_m, relief.resolution_m
    west, _, _, north = box.bbox(grid)
    if size == r:
        top, left = round((relief.north - north) / r), round((west - relief.west) / r)
        return values[top : top + box.height, left : left + box.width]
    row = np.floor((relief.north - north + (np.arange(box.height) + 0.5) * r) / size).astype(np.int64)
    column = np.floor((west - relief.west + (np.arange(box.width) + 0.5) * r) / size).astype(np.int64)
    return np.asarray(values[np.ix_(row, column)])


def uses_ground(transmitter: Transmitter, cover: bool) -> bool:
    """Whether a transmitter's levels depend on a land; ``cover``: whether land cover is known of it."""
    return (cover if transmitter.way == "clutter" else bool(transmitter.way)) or knows_sight(transmitter)


def sight_matters(transmitter: Transmitter) -> bool:
    """Whether a transmitter's tables tell a receiver in sight from a hidden one."""
    loss = transmitter.curves.loss
    return not np.array_equal(loss[SIGHT::ROWS], loss[HIDDEN::ROWS])


def knows_sight(transmitter: Transmitter) -> bool:
    """Whether a transmitter's levels depend on the sight that a land gives."""
    return transmitter.sighted and not transmitter.way and sight_matters(transmitter)


def _hundredths(loss_db: NDArray[Any]) -> NDArray[np.int16]:
    """Losses as they are kept; what lies beyond the reach counts for nothing."""
    return np.asarray(np.clip(np.round(np.nan_to_num(loss_db) * _SCALE), -32767, 32767), np.int16)


class _Hearing(Progress):
    """Hears that the user has asked to stop, and tells nothing: the run counts transmitters, not rays."""

    def __init__(self, run: Progress) -> None:
        super().__init__()
        self._run = run

    def step(self, done: float, total: float = 0.0, label: str = "") -> None:
        """Nothing."""

    @property
    def cancelled(self) -> bool:
        """True once the user has asked to stop the run."""
        return self._run.cancelled
