"""Arrays that are dear to make, kept by key: in memory as far as they go, the rest in a temporary file."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from tempfile import TemporaryFile
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

_MOST_ON_DISK: Final = 8_000_000_000


class Kept:
    """Each array is made once, however many threads ask for it at a time.

    Beyond ``most`` bytes those unused longest move to a file that is gone when this is; beyond the file's limit, or
    where the disk is full, they are made again.
    """

    def __init__(self, most: int, on_disk: int = _MOST_ON_DISK) -> None:
        self.made = 0
        self._most, self._most_on_disk = most, on_disk
        self._bytes, self._written = 0, 0
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, Future[NDArray[Any]]] = OrderedDict()
        self._away: dict[Hashable, tuple[int, tuple[int, ...], np.dtype[Any]]] = {}
        self._file: IO[bytes] | None = None

    def get(self, key: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """The array of a key, made now if there is none; what ``make`` raises is raised to all that wait for it."""
        with self._lock:
            known = self._found.get(key)
            if known is not None:
                self._found.move_to_end(key)
            elif key in self._away:
                return self._read(key)
            else:
                mine = self._found[key] = Future()
        if known is not None:
            return known.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._found[key]
            mine.set_exception(error)
            raise
        mine.set_result(value)
        with self._lock:
            self.made += 1
            self._bytes += value.nbytes
            for old in list(self._found):
                if self._bytes <= self._most or old == key:
                    break
                if self._found[old].done():
                    gone = self._found.pop(old).result()
                    self._bytes -= gone.nbytes
                    self._write(old, gone)
        return value

    def _write(self, key: Hashable, value: NDArray[Any]) -> None:
        if self._written + value.nbytes > self._most_on_disk:
            return
        try:
            if self._file is None:
                self._file = TemporaryFile(prefix="yantu-ground-")  # noqa: SIM115 - as long as this lives
            self._file.seek(self._written)
            self._file.write(np.ascontiguousarray(value).data)
            self._file.flush()
        except OSError:
            self._most_on_disk = 0  # full: what is written stays readable
            return
        self._away[key] = (self._written, value.shape, value.dtype)
        self._written += value.nbytes

    def _read(self, key: Hashable) -> NDArray[Any]:
        assert self._file is not None
        start, shape, dtype = self._away[key]
        value = np.empty(shape, dtype)
        self._file.seek(start)
        self._file.readinto(value.data.cast("B"))  # type: ignore[attr-defined]
        return value
