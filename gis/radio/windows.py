"""The level of one transmitter on its own window of the grid: computed once, kept until something about it changes.

A window is the square of pixels within the transmitter's reach, in hundredths of a dBm (int16): a level, its antenna
and its path loss with the row of the loss table that fits each pixel. Equal inputs give equal bits, whatever else is
computed.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.geometry.columns import BBox
from gis.radio.curves import EXPECTED, ROWS, Curves, on_curve, reach_m
from gis.radio.patterns import Pattern, pattern_db

Floats = NDArray[np.float64]
Levels = NDArray[np.int16]
NOTHING: Final = np.int16(-32768)
SCALE: Final = 100.0  # of levels: hundredths of a dB


@dataclass(frozen=True)
class Transmitter:
    """One cell or hotspot. ``power_dbm``: what its technology reports before path loss in the strongest direction.

    ``x``, ``y`` metres of the project's CRS, ``height_m`` above ground, angles in degrees (azimuth from north, tilts
    down). ``floor_dbm``: weaker levels are not kept. ``limit_m``: nor what lies further. ``carrier``: transmitters of
    one carrier disturb one another, with ``load`` (0…1) of their power. ``sighted``: sight is known by pixel (see
    ``Around``), so the reach is that of the row in sight. ``way``: what its tables leave to those who know the ground,
    "clutter" (at the receiver), "diffraction" or "p1812" (all but free space); "" = nothing. ``extras``: whatever else
    the levels depend on, for the key; the frequency in MHz first where the surroundings need it.
    """

    id: int
    x: float
    y: float
    height_m: float
    power_dbm: float
    pattern: Pattern
    curves: Curves
    azimuth: float = 0.0
    mechanical_tilt: float = 0.0
    electrical_tilt: float = 0.0
    floor_dbm: float = -130.0
    limit_m: float = 20_000.0
    carrier: int = 0
    load: float = 0.5
    site: int = 0
    sighted: bool = False
    extras: tuple[float, ...] = field(default=())
    way: str = ""

    @cached_property
    def radius_m(self) -> float:
        """How far the floor is reached in the strongest direction on the most favourable row that can occur."""
        allowed = self.power_dbm - self.floor_dbm
        rows = self.curves.loss if self.sighted else self.curves.loss[EXPECTED::ROWS]
        return min(self.limit_m, max(reach_m(row, allowed) for row in rows))

    @cached_property
    def key(self) -> str:
        """A hash of all that the levels depend on; load, carrier and id are not among it."""
        made = hashlib.blake2b(self.way.encode(), digest_size=16)
        for value in (
            self.x, self.y, self.height_m, self.power_dbm, self.azimuth, self.mechanical_tilt, self.electrical_tilt,
            self.floor_dbm, self.limit_m, self.sighted, self.pattern.cap_db, *self.extras,
        ):  # fmt: skip
            made.update(np.float64(value).tobytes())
        for table in (self.pattern.horizontal, self.pattern.weight, self.pattern.vertical, self.curves.loss):
            made.update(np.ascontiguousarray(table).tobytes())
        return made.hexdigest()


@dataclass(frozen=True, slots=True)
class Box:
    """Rows ``top``…``top + height`` and columns ``left``…``left + width`` of a grid."""

    top: int
    left: int
    height: int
    width: int

    def bbox(self, grid: Grid) -> BBox:
        """The outer edges in the project's CRS."""
        r = grid.resolution_m
        west, north = grid.west + self.left * r, grid.north - self.top * r
        return (west, north - self.height * r, west + self.width * r, north)

    def common(self, other: Box) -> Box:
        """The pixels that both share; of no height or width where there is none."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(self.top + self.height, other.top + other.height)
        right = min(self.left + self.width, other.left + other.width)
        return Box(top, left, max(0, bottom - top), max(0, right - left))

    @property
    def pixels(self) -> int:
        """How many pixels there are."""
        return self.height * self.width


@dataclass(frozen=True, slots=True)
class Window:
    """One transmitter's levels on its box: int16 (height, width) in hundredths of a dBm, NOTHING below its floor.

    ``rows``: the row of the loss table by pixel, uint8 of the same shape or (1, 1).
    """

    box: Box
    levels: Levels
    rows: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around, for one window: ``rows`` uint8 of the loss table by pixel, ``extra_db`` float32 on top of it.

    Either may be (1, 1): the same everywhere.
    """

    rows: NDArray[np.uint8]
    extra_db: NDArray[np.float32]


Around = Callable[[Transmitter, Box, Grid], Surroundings]
OPEN = Surroundings(np.full((1, 1), EXPECTED, np.uint8), np.zeros((1, 1), np.float32))


def box_of(transmitter: Transmitter, grid: Grid) -> Box:
    """The part of the grid within the transmitter's reach; of no height or width where it has none."""
    r, reach = grid.resolution_m, transmitter.radius_m
    left = max(0, math.floor((transmitter.x - reach - grid.west) / r))
    right = min(grid.width, math.ceil((transmitter.x + reach - grid.west) / r))
    top = max(0, math.floor((grid.north - transmitter.y - reach) / r))
    bottom = min(grid.height, math.ceil((grid.north - transmitter.y + reach) / r))
    return Box(top, left, max(0, bottom - top), max(0, right - left))


def window_of(
    transmitter: Transmitter,
    grid: Grid,
    receiver_height_m: float,
    around: Around | None = None,
    box: Box | None = None,
) -> Window:
    """Compute one window, or only its part in ``box``.

    ``around`` gives sight, environment and losses on the way; without it the expected row counts.
    """
    box = box_of(transmitter, grid) if box is None else box
    levels = np.full((box.height, box.width), NOTHING, np.int16)
    if not levels.size:
        return Window(box, levels, OPEN.rows)
    there = OPEN if around is None else around(transmitter, box, grid)
    west, _, _, north = box.bbox(grid)
    pattern = transmitter.pattern
    _fill(
        levels, west, north, grid.resolution_m, transmitter.x, transmitter.y,
        transmitter.height_m - receiver_height_m, transmitter.power_dbm, transmitter.radius_m, transmitter.floor_dbm,
        math.radians(transmitter.azimuth), math.radians(transmitter.mechanical_tilt),
        math.radians(transmitter.electrical_tilt - pattern.electrical_tilt_deg),
        pattern.horizontal, pattern.weight, pattern.vertical, pattern.cap_db,
        transmitter.curves.loss, there.rows, there.extra_db,
    )  # fmt: skip
    return Window(box, levels, there.rows)


@njit(cache=True, nogil=True)
def _fill(
    levels: Levels,
    west: float,
    north: float,
    resolution: float,
    x: float,
    y: float,
    rise: float,
    power: float,
    radius: float,
    floor: float,
    azimuth: float,
    mechanical: float,
    electrical: float,
    horizontal: Floats,
    weight: Floats,
    vertical: Floats,
    cap: float,
    loss: NDArray[np.float32],
    rows: NDArray[np.uint8],
    extra: NDArray[np.float32],
) -> None:
    sine, cosine = math.sin(azimuth), math.cos(azimuth)
    one_row = rows.size == 1
    one_extra = extra.size == 1
    row, more = rows[0, 0], extra[0, 0]
    for i in range(levels.shape[0]):
        dy = north - (i + 0.5) * resolution - y
        if dy * dy > radius * radius:
            continue
        for j in range(levels.shape[1]):
            dx = west + (j + 0.5) * resolution - x
            flat2 = dx * dx + dy * dy
            if flat2 > radius * radius:
                continue
            if not one_row:
                row = rows[i, j]
            if not one_extra:
                more = extra[i, j]
            level = power - on_curve(loss[row], flat2) - more
            if level < floor:
                continue  # the antenna only weakens it further
            level += pattern_db(
                dx * sine + dy * cosine, dx * cosine - dy * sine, -rise,
                mechanical, electrical, horizontal, weight, vertical, cap,
            )  # fmt: skip
            if level >= floor:
                levels[i, j] = np.int16(min(max(round(level * SCALE), -32767), 32767))
