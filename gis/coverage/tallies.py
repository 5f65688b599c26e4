"""Sums by number: what lies in place 0, 1, 2 …"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def tally(places: NDArray[Any], weights: NDArray[Any] | float, n: int) -> NDArray[np.float64]:
    """The weights that go to each of the places 0…n−1, float64 (n,)."""
    spread = np.broadcast_to(np.asarray(weights, np.float64), places.shape)
    return np.asarray(np.bincount(places, spread, n), np.float64)
