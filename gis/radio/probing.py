"""What is heard at one place: transmitters with level, distance, bearing, loss and sight, and the path to each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.radio.curves import HIDDEN, ROWS, SIGHT
from gis.radio.network import Network
from gis.radio.patterns import pattern_db
from gis.radio.plan import Plan
from gis.radio.profiles import Relief, cut_profiles
from gis.radio.windows import NOTHING, SCALE, Transmitter, box_of

Floats = NDArray[np.float64]
Sight = Literal["seen", "hidden", "unknown"]
EARTH_KM: Final = 6371.0 * 4.0 / 3.0  # of standard refraction, ITU-R P.452-16 clause 3.2
_LIGHT: Final = 299.792458  # m · MHz
_STEPS: Final = 200  # of a profile over level ground


@dataclass(frozen=True, slots=True)
class Heard:
    """One transmitter at a place. ``level_dbm`` as its technology reports it, ``margin_db`` over its threshold.

    ``bearing`` from the transmitter, clockwise from grid north; ``loss_db`` between the antennas' strongest directions
    and the place, ``antenna_db`` ≤ 0 what the antenna takes off towards it. ``serves``: it is the best of all here.
    """

    id: int
    technology: str
    level_dbm: float
    margin_db: float
    distance_m: float
    bearing: float
    loss_db: float
    antenna_db: float
    sight: Sight
    serves: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """The way from an antenna to a place, n points at equal steps; heights in m above sea.

    ``ray_m``: the straight line between both antennas, lowered by the bulge of the Earth under standard refraction, so
    that ``ground_m`` is true. ``roof_m``: what stands on the ground, with it. ``fresnel_m``: radius of the first
    Fresnel zone around the ray. ``blocked``: the ray runs below the roof; ``grazed``: less than 0.6 of the zone is free
    above it. ``known``: False where neither terrain nor buildings took part and the ground is level and bare.
    """

    distance_m: Floats
    ground_m: Floats
    roof_m: Floats
    ray_m: Floats
    fresnel_m: Floats
    blocked: NDArray[np.bool_]
    grazed: NDArray[np.bool_]
    known: bool

    @property
    def clearance(self) -> float:
        """The least height of the ray over all obstacles between the ends, in radii of the zone there; inf without."""
        free = self.ray_m[1:-1] - self.roof_m[1:-1]
        return float(np.min(free / np.maximum(self.fresnel_m[1:-1], 1e-6))) if len(free) else math.inf


def heard(network: Network, plan: Plan, x: float, y: float) -> list[Heard]:
    """Whoever is received at a place, the best first; empty beyond the grid."""
    grid, r = network.grid, network.grid.resolution_m
    column, row = math.floor((x - grid.west) / r), math.floor((grid.north - y) / r)
    if not (0 <= row < grid.height and 0 <= column < grid.width):
        return []
    found = []
    for place, one in enumerate(network.transmitters):
        box = box_of(one, grid)
        i, j = row - box.top, column - box.left
        if not (0 <= i < box.height and 0 <= j < box.width):
            continue
        window = network.window(one)
        if window.levels[i, j] == NOTHING:
            continue
        kind = int(window.rows[0, 0] if window.rows.size == 1 else window.rows[i, j]) % ROWS
        level = float(window.levels[i, j]) / SCALE
        # The level is that of the pixel, so what made it is told of the pixel's middle.
        at_x, at_y = grid.west + (column + 0.5) * r, grid.north - (row + 0.5) * r
        antenna = _antenna_db(one, at_x, at_y, network.receiver_height_m)
        found.append(
            Heard(
                id=one.id,
                technology=str(plan.technology[place]),
                level_dbm=round(level + float(plan.shift_db[place]), 2),
                margin_db=round(level - float(plan.rules.threshold_dbm[place]), 2),
                distance_m=math.hypot(x - one.x, y - one.y),
                bearing=math.degrees(math.atan2(x - one.x, y - one.y)) % 360.0,
                loss_db=round(one.power_dbm + antenna - level, 2),
                antenna_db=round(antenna, 2),
                sight="seen" if kind == SIGHT else "hidden" if kind == HIDDEN else "unknown",
                serves=False,
            )
        )
    found.sort(key=lambda one: -one.margin_db if plan.shift_db.any() else -one.level_dbm)
    return [_serving(one) if place == 0 else one for place, one in enumerate(found)]


def path_profile(
    one: Transmitter, x: float, y: float, receiver_height_m: float, frequency_mhz: float, relief: Relief | None = None
) -> Profile:
    """The path from a transmitter to a place, over ``relief`` or level, bare ground.

    Refusals ``radio.bad_distance`` upon the transmitter, ``radio.places_outside``.
    """
    length = math.hypot(x - one.x, y - one.y)
    if length <= 0.0:
        raise Refusal("radio.bad_distance", value=0.0)
    if relief is None:
        distance = np.linspace(0.0, length, _STEPS)
        ground, roof = np.zeros(_STEPS), np.zeros(_STEPS)
    else:
        cut = cut_profiles(relief, (one.x, one.y), [x], [y])
        distance, ground = cut.distance_km * 1000.0, np.asarray(cut.ground_m, np.float64)
        standing = np.asarray(cut.clutter_m, np.float64).copy()
        standing[0] = standing[-1] = 0.0  # both ends are antennas in the open
        roof = ground + standing
    far = length - distance
    start, end = ground[0] + one.height_m, ground[-1] + receiver_height_m
    bulge = distance * far / (2.0 * EARTH_KM * 1000.0)
    ray = start + (end - start) * distance / length - bulge
    fresnel = np.sqrt(np.maximum(_LIGHT / frequency_mhz * distance * far / length, 0.0))
    between = np.ones(len(distance), bool)
    between[[0, -1]] = False
    blocked = between & (roof > ray)
    return Profile(
        distance, ground, roof, ray, fresnel, blocked, between & (roof > ray - 0.6 * fresnel), relief is not None
    )


def _antenna_db(one: Transmitter, x: float, y: float, receiver_height_m: float) -> float:
    turn = math.radians(one.azimuth)
    dx, dy = x - one.x, y - one.y
    sine, cosine = math.sin(turn), math.cos(turn)
    pattern = one.pattern
    return float(
        pattern_db(
            dx * sine + dy * cosine, dx * cosine - dy * sine, receiver_height_m - one.height_m,
            math.radians(one.mechanical_tilt), math.radians(one.electrical_tilt - pattern.electrical_tilt_deg),
            pattern.horizontal, pattern.weight, pattern.vertical, pattern.cap_db,
        )
    )  # fmt: skip


def _serving(one: Heard) -> Heard:
    return Heard(
        one.id, one.technology, one.level_dbm, one.margin_db, one.distance_m, one.bearing, one.loss_db, one.antenna_db,
        one.sight, True,
    )  # fmt: skip
