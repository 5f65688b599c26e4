"""Behind buildings: a level is the stronger of going round them and going straight through their walls.

Going round is the row HIDDEN of the loss table. Going through is the row SIGHT with a loss for each building that rises
over the straight line: entering and leaving it by the median of ITU-R P.2109 (``resources/radio/wifi.toml``). The
building an antenna stands in and the one over the receiver are not crossed.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.coverage.results import Note
from gis.radio.curves import HIDDEN, ROWS, SIGHT, on_curve
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.profiles import Relief, height_at
from gis.radio.surroundings import Ground
from gis.radio.windows import Box, Surroundings, Transmitter
from gis.resources import resource


class WallsAround:
    """The surroundings of ``ground`` with the way through buildings. Any number of threads may call it at once."""

    def __init__(self, ground: Ground, receiver_height_m: float) -> None:
        self.ground, self._receiver_m = ground, receiver_height_m

    def __call__(self, transmitter: Transmitter, box: Box, grid: Grid) -> Surroundings:
        """The rows of one window; ``extra_db`` is negative where going through is stronger than going round."""
        there = self.ground(transmitter, box, grid)
        if transmitter.way or there.rows.size == 1:
            return there
        west, _, _, north = box.bbox(grid)
        extra = np.zeros(there.rows.shape, np.float32)
        _through(
            self.ground.land.standing, there.rows, west, north, grid.resolution_m, transmitter.x, transmitter.y,
            transmitter.height_m, self._receiver_m, transmitter.curves.loss, wall_loss_db(transmitter.extras[0]), extra,
        )  # fmt: skip
        return Surroundings(there.rows, extra)


def wall_loss_db(frequency_mhz: float) -> float:
    """The loss of one building crossed. Refusal ``radio.bad_frequency``."""
    return float(wifi()["walls"]["entries_a_building"] * building_entry_loss_db(frequency_mhz))


def wall_note(transmitters: Sequence[Transmitter]) -> Note:
    """What a reader of levels behind buildings has to know."""
    losses = [round(wall_loss_db(t.extras[0])) for t in transmitters if t.extras]
    low, high = min(losses), max(losses)
    return Note("radio.walls", {"loss": f"{low}" if low == high else f"{low}–{high}"})


@cache
def wifi() -> dict[str, Any]:
    """The tree of ``wifi.toml``; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "wifi.toml").read_text("utf-8"))


@njit(cache=True, nogil=True)
def buildings_crossed(
    relief: Relief, x: float, y: float, height: float, to_x: float, to_y: float, to_height: float, most: int
) -> int:
    """How many buildings rise over the straight line between two antennas (heights above ground, m), up to ``most``."""
    size = relief.resolution_m
    rows, columns = relief.clutter.shape
    column, row = (x - relief.west) / size - 0.5, (relief.north - y) / size - 0.5
    to_column, to_row = (to_x - relief.west) / size - 0.5, (relief.north - to_y) / size - 0.5
    start = height_at(relief.ground, column, row) + height
    end = height_at(relief.ground, to_column, to_row) + to_height
    steps = max(1, math.ceil(2.0 * max(abs(to_column - column), abs(to_row - row))))
    crossed, within, own = 0, False, True
    for k in range(steps + 1):
        t = k / steps
        i, j = math.floor(row + t * (to_row - row) + 0.5), math.floor(column + t * (to_column - column) + 0.5)
        if i < 0 or j < 0 or i >= rows or j >= columns:
            continue
        roof = relief.clutter[i, j]
        blocked = roof > 0.0 and relief.ground[i, j] + roof > start + t * (end - start)
        if within and not blocked and not own:
            crossed += 1
            if crossed >= most:
                return crossed
        if not blocked:
            own = False
        within = blocked
    return crossed


@njit(cache=True, nogil=True)
def _through(
    relief: Relief,
    kinds: NDArray[np.uint8],
    west: float,
    north: float,
    resolution: float,
    x: float,
    y: float,
    height: float,
    receiver: float,
    loss: NDArray[np.float32],
    wall: float,
    extra: NDArray[np.float32],
) -> None:
    for i in range(kinds.shape[0]):
        to_y = north - (i + 0.5) * resolution
        for j in range(kinds.shape[1]):
            kind = kinds[i, j]
            if kind % ROWS != HIDDEN:
                continue
            to_x = west + (j + 0.5) * resolution
            flat2 = (to_x - x) ** 2 + (to_y - y) ** 2
            spare = on_curve(loss[kind], flat2) - on_curve(loss[kind - HIDDEN + SIGHT], flat2)
            most = math.ceil(spare / wall)
            if most < 1:
                continue
            crossed = buildings_crossed(relief, x, y, height, to_x, to_y, receiver, most)
            if crossed:  # hidden behind no building: by the lie of the land, and there is no way through that
                extra[i, j] = min(0.0, crossed * wall - spare)
