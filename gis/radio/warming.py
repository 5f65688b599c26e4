"""Compiles the kernels of terrain, sweeps and P.1812, or fetches them from the cache: half a minute the first time."""

from __future__ import annotations

import numpy as np

from gis.radio.p1812 import link, losses_db, predict_path
from gis.radio.profiles import Relief, cut_profiles
from gis.radio.sweep import sweep_diffraction, sweep_p1812
from gis.radio.visibility import sweep_sight


def compile_sweeps() -> None:
    """Call each kernel once with the types it is used with. Holds no GIL while they run, but while they compile."""
    bare = np.zeros((3, 3), np.float32)
    land = Relief(0.0, 90.0, 30.0, bare, bare, np.full((1, 1), 4, np.uint8))
    tx, chosen = (44.0, 46.0), link(900.0, 30.0, 1.5)
    sweep_sight(land, tx, 30.0, 1.5, threads=1)
    sweep_diffraction(land, tx, 30.0, 1.5, 900.0, threads=1)
    sweep_p1812(land, tx, chosen, threads=1)
    losses_db(cut_profiles(land, tx, 80.0, 80.0), chosen, threads=1)
    predict_path(chosen, [0.0, 100.0, 200.0], [0.0, 0.0, 0.0])
