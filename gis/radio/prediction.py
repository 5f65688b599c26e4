"""Best received level on a grid: for every pixel the strongest transmitter's, in dBm.

Losses are two straight lines over the logarithm of distance, whichever is higher: free space along the slant path
(ITU-R P.525), and the model's own a + b lg(d / 1 km) for the receiver's environment over level ground. Okumura–Hata,
COST 231 and every breakpoint model take this form.

The result is the same bit for bit at any number of threads: a tile belongs to one thread, which visits the transmitters
in their order, and a maximum does not depend on the order anyway.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.coverage.grid import Grid, Tile
from gis.errors import Cancelled
from gis.progress import Progress
from gis.radio.antennas import sector_db

NODATA = -9999.0
Floats = NDArray[np.float64]


class Transmitters(NamedTuple):  # a named tuple, not a dataclass, because kernels take it as it is
    """n transmitters, every field an array (n,) unless said otherwise.

    ``x``, ``y``: metres in the project's CRS; ``height_m`` above ground. ``power_dbm``: what would be received without
    path loss in the strongest direction (EIRP a resource element, pilot EIRP …). ``free_space_db``: loss at 1 km.
    ``intercept_db``, ``slope_db`` (n, environments): a and b of the model's line. ``radius_m``: nothing is kept beyond.
    Angles in radians: ``azimuth`` clockwise from north, tilts downwards; a beam of 2π and more is all-round, and
    ``v_beamwidth`` of 0 makes an isotropic antenna.
    """

    x: Floats
    y: Floats
    height_m: Floats
    power_dbm: Floats
    free_space_db: Floats
    intercept_db: Floats
    slope_db: Floats
    radius_m: Floats
    azimuth: Floats
    mechanical_tilt: Floats
    electrical_tilt: Floats
    h_beamwidth: Floats
    v_beamwidth: Floats

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.x)


class Setting(NamedTuple):
    """What holds for a whole prediction: receiver height, weakest level kept, and the antenna's caps in dB."""

    receiver_height_m: float
    floor_dbm: float
    back_lobe_db: float = 30.0
    side_lobe_db: float = 30.0


def reach_m(
    power_dbm: Floats, free_space_db: Floats, intercept_db: Floats, slope_db: Floats, floor_dbm: float
) -> Floats:
    """The distance in metres beyond which ``floor_dbm`` is reached in no environment."""
    allowed = power_dbm - floor_dbm
    lines = np.max((allowed[:, None] - intercept_db) / slope_db, axis=1)
    return np.asarray(1000.0 * 10.0 ** np.minimum(lines, (allowed - free_space_db) / 20.0))


def predict(
    grid: Grid,
    transmitters: Transmitters,
    setting: Setting,
    environment: Callable[[Tile], NDArray[np.uint8]] | None = None,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Tile, NDArray[np.float32]]]:
    """Tile after tile, in the grid's order, the best level as float32 (rows from the north); -9999 where none reaches.

    Tiles out of everybody's reach are left out: they hold nothing. ``environment(tile)`` gives the receiver's
    environment codes (columns of ``intercept_db``); without it all is environment 0. Memory stays at a few tiles
    whatever the grid. Raises Cancelled between tiles.
    """
    tiles = [(tile, near) for tile in grid.tiles() if len(near := within_reach(grid.tile_bbox(tile), transmitters))]
    count = threads or max(1, os.cpu_count() or 1)

    def work(tile: Tile, near: NDArray[np.int64]) -> NDArray[np.float32]:
        if progress is not None and progress.cancelled:
            raise Cancelled
        levels = np.full((tile.height, tile.width), NODATA, np.float32)
        codes = environment(tile) if environment is not None else np.zeros((1, 1), np.uint8)
        west, _, _, north = grid.tile_bbox(tile)
        _accumulate(levels, codes, west, north, grid.resolution_m, near, transmitters, setting)
        return levels

    waiting: deque[tuple[Tile, Future[NDArray[np.float32]]]] = deque()
    with ThreadPoolExecutor(count, thread_name_prefix="predict") as pool:
        try:
            for done, (tile, near) in enumerate(tiles):
                waiting.append((tile, pool.submit(work, tile, near)))
                if len(waiting) > 2 * count:
                    ready, future = waiting.popleft()
                    yield ready, future.result()
                if progress is not None:
                    progress.step(max(0, done - len(waiting)), len(tiles), "coverage.predicting")
            while waiting:
                ready, future = waiting.popleft()
                yield ready, future.result()
                if progress is not None:
                    progress.step(len(tiles) - len(waiting), len(tiles), "coverage.predicting")
        finally:
            for _, future in waiting:
                future.cancel()


def level_at(
    x: Floats,
    y: Floats,
    transmitters: Transmitters,
    setting: Setting,
    environment: NDArray[np.uint8] | None = None,
) -> NDArray[np.float32]:
    """The best level at single points, by the same kernel; -9999 where none reaches."""
    levels = np.full((len(x), 1), NODATA, np.float32)
    order = np.arange(transmitters.size)
    for i in range(len(x)):
        codes = np.zeros((1, 1), np.uint8) if environment is None else environment[i : i + 1, None]
        _accumulate(levels[i : i + 1], codes, x[i] - 0.5, y[i] + 0.5, 1.0, order, transmitters, setting)
    return levels[:, 0]


def within_reach(bbox: tuple[float, float, float, float], transmitters: Transmitters) -> NDArray[np.int64]:
    """The transmitters, by place, whose circle of reach touches the box."""
    dx = np.maximum(np.maximum(bbox[0] - transmitters.x, transmitters.x - bbox[2]), 0.0)
    dy = np.maximum(np.maximum(bbox[1] - transmitters.y, transmitters.y - bbox[3]), 0.0)
    return np.nonzero(dx * dx + dy * dy <= transmitters.radius_m**2)[0].astype(np.int64)


@njit(cache=True, nogil=True)
def _accumulate(
    levels: NDArray[np.float32],
    codes: NDArray[np.uint8],
    west: float,
    north: float,
    resolution: float,
    near: NDArray[np.int64],
    transmitters: Transmitters,
    setting: Setting,
) -> None:
    rows, columns = levels.shape
    one_code = codes.shape[0] * codes.shape[1] == 1
    for t in near:
        x, y, radius = transmitters.x[t], transmitters.y[t], transmitters.radius_m[t]
        rise = transmitters.height_m[t] - setting.receiver_height_m
        power, free_space = transmitters.power_dbm[t], transmitters.free_space_db[t]
        sine, cosine = math.sin(transmitters.azimuth[t]), math.cos(transmitters.azimuth[t])
        mechanical, electrical = transmitters.mechanical_tilt[t], transmitters.electrical_tilt[t]
        h_beam, v_beam = transmitters.h_beamwidth[t], transmitters.v_beamwidth[t]
        intercepts, slopes = transmitters.intercept_db[t], transmitters.slope_db[t]
        for i in range(
            max(0, math.floor((north - (y + radius)) / resolution)),
            min(rows, math.ceil((north - (y - radius)) / resolution)),
        ):
            dy = north - (i + 0.5) * resolution - y
            half2 = radius * radius - dy * dy
            if half2 < 0.0:
                continue
            half = math.sqrt(half2)
            for j in range(
                max(0, math.floor((x - half - west) / resolution)),
                min(columns, math.ceil((x + half - west) / resolution)),
            ):
                dx = west + (j + 0.5) * resolution - x
                flat2 = max(dx * dx + dy * dy, 1e-4)  # a centimetre at least, for the logarithm
                if flat2 > radius * radius:
                    continue
                code = codes[0, 0] if one_code else codes[i, j]
                decades = math.log10(flat2) - 6.0  # of d², over 1 km²: 10 of these are 20 lg d
                loss = intercepts[code] + 0.5 * slopes[code] * decades
                # lg(1 + q) ≤ q / ln 10: only where the slant path could matter is its own logarithm worth taking
                slant = rise * rise / flat2
                if free_space + 10.0 * decades + 4.3430 * slant > loss:
                    loss = max(loss, free_space + 10.0 * (decades + math.log10(1.0 + slant)))
                level = power - loss
                if level < setting.floor_dbm or level <= levels[i, j]:
                    continue  # the antenna only weakens it further
                if v_beam > 0.0:
                    level += sector_db(
                        dx * sine + dy * cosine,
                        dx * cosine - dy * sine,
                        -rise,
                        mechanical,
                        electrical,
                        h_beam,
                        v_beam,
                        setting.back_lobe_db,
                        setting.side_lobe_db,
                    )
                if level >= setting.floor_dbm and level > levels[i, j]:
                    levels[i, j] = level
