"""Primary keys: random, so that two copies of a project edited apart never make the same one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

KEY_LIMIT = 2**53  # the integers a float64, JSON and JavaScript carry without loss
KeySource = Callable[[int], NDArray[np.int64]]


def fresh_keys(n: int) -> NDArray[np.int64]:
    """``n`` different random keys in 1 … 2⁵³−1, int64 (n,), seeded by the operating system."""
    random = np.random.default_rng()
    keys = random.integers(1, KEY_LIMIT, n, dtype=np.int64)
    while len(unique := np.unique(keys)) < n:  # about once in 10⁵ loads of a million rows
        keys = np.concatenate([unique, random.integers(1, KEY_LIMIT, n - len(unique), dtype=np.int64)])
    return keys
