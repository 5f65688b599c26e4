"""Made-up ground for tests of radio: hills, a town, a plain."""

import math

import numpy as np

from gis.radio.profiles import Relief, ready


def relief(
    rows: int = 60,
    columns: int = 60,
    *,
    amplitude: float = 80.0,
    built: float = 0.0,
    zones: bool = False,
    seed: int = 1,
) -> Relief:
    """Smooth hills, and buildings of 5 to 40 m on a share of the 30 m pixels; north-west corner (500000, 3700000)."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    ground = np.zeros((rows, columns))
    for _ in range(12):
        waves, phase = rng.uniform(-6, 6, 2), rng.uniform(0, 6.28)
        ground += rng.uniform(0.2, 1.0) * np.sin(6.28 * (waves[0] * x / columns + waves[1] * y / rows) + phase)
    ground = amplitude * (ground - ground.min()) / max(1e-9, float(np.ptp(ground)))
    clutter = np.where(rng.random((rows, columns)) < built, rng.uniform(5, 40, (rows, columns)), 0.0)
    zone = rng.choice([1, 3, 4], (rows, columns)) if zones else np.full((1, 1), 4)
    return Relief(
        500_000.0, 3_700_000.0, 30.0, ground.astype(np.float32), clutter.astype(np.float32), zone.astype(np.uint8)
    )


def cropped(relief: Relief, x: float, y: float, reach_m: float) -> tuple[Relief, int, int]:
    """The part of a relief within ``reach_m`` of a place on all four sides, its first row and first column.

    It is two pixels wider, so that a sweep with that reach has the same rays as over the whole.
    """
    rows, columns = relief.ground.shape
    size = relief.resolution_m
    reach_m += 2.0 * size
    left = max(0, math.floor((x - reach_m - relief.west) / size))
    right = min(columns, max(left + 1, math.ceil((x + reach_m - relief.west) / size)))
    top = max(0, math.floor((relief.north - y - reach_m) / size))
    bottom = min(rows, max(top + 1, math.ceil((relief.north - y + reach_m) / size)))
    one_zone = relief.zone.size == 1
    part = Relief(
        relief.west + left * size,
        relief.north - top * size,
        size,
        relief.ground[top:bottom, left:right],
        relief.clutter[top:bottom, left:right],
        relief.zone if one_zone else relief.zone[top:bottom, left:right],
    )
    return ready(part), top, left
