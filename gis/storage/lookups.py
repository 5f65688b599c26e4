"""What a query is given that no SQL text can hold: arrays of ids, and numbers by id.

``carray(?)`` takes an array of ids, ``number_at(?, id)`` a ``NumbersById``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

import apsw
import numpy as np
from numpy.typing import NDArray


class NumbersById:
    """A number for each of some ids, for ``number_at`` in SQL; NaN and unknown ids give NULL.

    SQL knows it by ``handle``; it must be kept by whoever asks until the answer is there.
    """

    def __init__(self, ids: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        known = ~np.isnan(values)
        self.by_id: dict[int, float] = dict(zip(ids[known].tolist(), values[known].tolist(), strict=True))
        self.handle = next(_HANDLES)
        _KNOWN[self.handle] = self


_HANDLES = count(1)
_NOTHING = np.array([-(2**63)], np.int64)
_KNOWN: WeakValueDictionary[int, NumbersById] = WeakValueDictionary()


def bound(params: Sequence[Any]) -> tuple[Any, ...]:
    """The parameters as SQLite takes them."""
    return tuple(_bound(value) for value in params)


def _bound(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        # SQLite takes no empty array; ids are never the least number there is.
        return apsw.carray(np.ascontiguousarray(value if len(value) else _NOTHING, np.int64))
    return value.handle if isinstance(value, NumbersById) else value


def register(connection: apsw.Connection) -> None:
    """Teach a connection ``number_at``."""
    connection.create_scalar_function("number_at", _number_at, 2, deterministic=True)


def _number_at(*arguments: Any) -> float | None:
    handle, id = arguments
    known = _KNOWN.get(handle)
    return None if known is None else known.by_id.get(id)
