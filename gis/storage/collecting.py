"""Lets a bulk read create its hundred thousands of objects without Python looking them through for cycles meanwhile.

Rows, strings and geometries hold no cycles, yet every 700 new ones start a search, and ever longer ones as they pile
up: two thirds of the time to make a million points.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0
_was_on = False


@contextmanager
def uncollected() -> Iterator[None]:
    """Within it the cyclic collector rests, in all threads; it wakes when the last one leaves. Thread-safe."""
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_on:
                gc.enable()
