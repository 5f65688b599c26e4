"""Decoded tiles kept in memory, the least recently used thrown away first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from enum import Enum
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal

LIMIT = 128 << 20  # bytes, for all base maps together
SMALL = 256  # bytes reckoned for an entry without a picture


class Missing(Enum):
    """Why there is no picture of a tile: the source has none; it is on its way; it could not be had just now."""

    ABSENT = "absent"
    PENDING = "pending"
    FAILED = "failed"


Kept = NDArray[np.uint32] | Missing | Refusal


class TileMemory:
    """Pictures of tiles by owner and name; thread-safe."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.bytes = 0
        self._lock = Lock()
        self._kept: OrderedDict[tuple[int, Hashable], Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, owner: int, name: Hashable) -> Kept | None:
        """What is kept under a name, which becomes the youngest."""
        with self._lock:
            kept = self._kept.get((owner, name))
            if kept is not None:
                self._kept.move_to_end((owner, name))
            return kept

    def put(self, owner: int, name: Hashable, kept: Kept) -> None:
        """Keep a picture (or that there is none); the oldest go while there are more bytes than may be."""
        with self._lock:
            old = self._kept.pop((owner, name), None)
            if old is not None:
                self.bytes -= _size(old)
            self._kept[(owner, name)] = kept
            self.bytes += _size(kept)
            while self.bytes > self.limit and self._kept:
                self.bytes -= _size(self._kept.popitem(last=False)[1])

    def forget(self, owner: int, pictures: bool = True) -> None:
        """Drop what is kept of an owner; without ``pictures`` only what says that there is none."""
        with self._lock:
            gone = [
                name for name, kept in self._kept.items()
                if name[0] == owner and (pictures or not isinstance(kept, np.ndarray))
            ]  # fmt: skip
            for name in gone:
                self.bytes -= _size(self._kept.pop(name))


def _size(kept: Kept) -> int:
    return kept.nbytes + SMALL if isinstance(kept, np.ndarray) else SMALL


SHARED = TileMemory()
