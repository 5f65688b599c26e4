"""Behind buildings: a level is the stronger of going round them and going straight through their walls.

Going round is the row HIDDEN of the loss table. Going through is the row SIGHT with a loss for each building that rises
over the straight line: entering and leaving it by the median of ITU-R P.2109 (``resources/radio/wifi.toml``). The
building an antenna stands in and the one over the receiver are not crossed. Woods of a land cover stand like buildings.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.coverage.results import Note
from gis.radio.curves import HIDDEN, ROWS, SIGHT, on_curve
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.surroundings import Ground, knows_sight
from gis.radio.visibility import SEEN
from gis.radio.windows import Box, Surroundings, Transmitter
from gis.resources import resource

_MOST: Final = 250  # buildings that are told apart


class WallsAround:
    """The surroundings of ``ground`` with the way through buildings. Any number of threads may call it at once."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def __call__(self, transmitter: Transmitter, box: Box, grid: Grid) -> Surroundings:
        """The rows of one window; ``extra_db`` is negative where going through is stronger than going round.

        Those places keep the row HIDDEN, whose spread is more like that of levels behind walls.
        """
        if not knows_sight(transmitter):
            return self.ground(transmitter, box, grid)
        wall, loss = wall_loss_db(transmitter.extras[0]), transmitter.curves.loss
        sight = self.ground.sight(transmitter, box, _most(transmitter, wall))
        rows, extra = self.ground.rows_of(sight, box), np.zeros(sight.shape, np.float32)
        west, _, _, north = box.bbox(grid)
        _through(sight, rows, west - transmitter.x, north - transmitter.y, grid.resolution_m, loss, wall, extra)
        return Surroundings(rows, extra)


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


def _most(transmitter: Transmitter, wall: float) -> int:
    """Behind how many buildings a level through them is still heard and stronger than that round them; 1 at least."""
    seen, hidden = (transmitter.curves.loss[row::ROWS] for row in (SIGHT, HIDDEN))
    spare = np.minimum(hidden - seen, transmitter.power_dbm - transmitter.floor_dbm - seen)
    return min(_MOST, max(1, math.ceil(float(spare.max()) / wall) - 1))


@njit(cache=True, nogil=True)
def _through(
    sight: NDArray[np.uint8],
    rows: NDArray[np.uint8],
    west: float,
    north: float,
    resolution: float,
    loss: NDArray[np.float32],
    wall: float,
    extra: NDArray[np.float32],
) -> None:
    """Fill ``extra``; ``west`` and ``north`` are counted from the transmitter."""
    for i in range(rows.shape[0]):
        dy = north - (i + 0.5) * resolution
        for j in range(rows.shape[1]):
            row, crossed = rows[i, j], np.int64(sight[i, j]) - SEEN
            if row % ROWS != HIDDEN or not 1 <= crossed <= _MOST:
                continue
            dx = west + (j + 0.5) * resolution
            flat2 = dx * dx + dy * dy
            spare = on_curve(loss[row], flat2) - on_curve(loss[row - HIDDEN + SIGHT], flat2)
            extra[i, j] = min(0.0, crossed * wall - spare)
