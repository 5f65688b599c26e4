"""Primary keys: random, so that two copies of a project edited apart never make the same one."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

KEY_LIMIT = 2**53  # the integers a float64, JSON and JavaScript carry without loss
KeySource = Callable[[int], NDArray[np.int64]]


def fresh_keys(n: int) -> NDArray[np.int64]:
    """``n`` different random keys in 1 … 2⁵³−1, int64 (n,), from the operating system's source of randomness."""
    keys = _random(n)
    while len(unique := np.unique(keys[keys > 0])) < n:  # about once in 10⁴ loads of a million rows
        keys = np.concatenate([unique, _random(n - len(unique))])
    return keys


def _random(n: int) -> NDArray[np.int64]:
    return (np.frombuffer(os.urandom(8 * n), np.uint64) >> np.uint64(11)).astype(np.int64)
