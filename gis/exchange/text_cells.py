"""Cells that stay in the bytes of a text file until a column of them is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.exchange.kernels import AS_IT_IS, JOINT, figures, gather
from gis.exchange.raw import LazyCells, plain_numbers

Objects = NDArray[np.object_]
_LONGEST_NUMBER = 1024


@dataclass(frozen=True, slots=True)
class Cutting:
    """How text is cut into cells: ``delimiter`` in UTF-8, ``runs`` of blanks instead, whether cells may be quoted."""

    delimiter: bytes
    runs: bool = False
    quoted: bool = True


class TextCells(LazyCells):
    """n rows of cells within ``data``, UTF-8 as uint8; ``bounds`` uint32 (n, w + 1) as `kernels` describes it.

    ``styles``: how numbers are written, one of ``kernels.AS_IT_IS`` … for each column. Nothing is cached.
    """

    def __init__(
        self,
        names: Sequence[str],
        data: NDArray[np.uint8],
        bounds: NDArray[np.uint32],
        cutting: Cutting,
        styles: Sequence[int] | None = None,
    ) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._data = data
        self._bounds = bounds
        self._cutting = cutting
        self._styles = tuple(styles) if styles is not None else (AS_IT_IS,) * len(names)

    def __getitem__(self, column: str) -> Objects:
        place = self._places[column]
        bounds = self._bounds
        count = len(bounds)
        cut = self._cutting
        size = int((bounds[:, place + 1] - bounds[:, place]).sum(dtype=np.int64)) + count
        room = np.empty(size, dtype=np.uint8)
        empty = np.empty(count, dtype=bool)
        used, plain = gather(
            self._data, bounds, place, len(cut.delimiter), cut.quoted, self._styles[place], room, empty
        )
        cells = np.empty(count, dtype=object)
        if not plain:
            cells[:] = [self._one(place, row) for row in range(count)]
        elif count:
            cells[:] = room[:used].tobytes().decode().split(chr(JOINT))
        cells[empty] = None
        return cells

    def _one(self, place: int, row: int) -> str:
        """One cell on its own, for a column in which the joint itself occurs."""
        cut = self._cutting
        bounds = self._bounds[row : row + 1]
        size = int(bounds[0, place + 1]) - int(bounds[0, place]) + 1
        room = np.empty(size, dtype=np.uint8)
        used, _ = gather(
            self._data, bounds, place, len(cut.delimiter), cut.quoted, self._styles[place], room, np.empty(1, bool)
        )
        return room[:used].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, column: object) -> bool:
        return column in self._places

    def part(self, start: int, stop: int) -> TextCells:
        return TextCells(tuple(self._places), self._data, self._bounds[start:stop], self._cutting, self._styles)

    def taken(self, rows: NDArray[np.int64]) -> TextCells:
        return TextCells(tuple(self._places), self._data, self._bounds[rows], self._cutting, self._styles)

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        place = self._places[column]
        cut = self._cutting
        numbers = np.empty(len(self._bounds))
        hard = np.empty(len(self._bounds), dtype=bool)
        room = np.empty(_LONGEST_NUMBER, dtype=np.uint8)
        if not figures(
            self._data, self._bounds, place, len(cut.delimiter), cut.quoted, self._styles[place], numbers, hard, room
        ):
            return None
        rows = np.flatnonzero(hard)
        if len(rows):
            numbers[rows] = [float(cell) for cell in self.taken(rows)[column]]
        return numbers


class MendedCells(LazyCells):
    """The columns of another table under new names, some of them replaced or added.

    ``names``: name here -> name in ``base``; ``own``: name -> object (n,), before those of the base.
    """

    def __init__(self, base: Mapping[str, Objects], names: Mapping[str, str], own: Mapping[str, Objects]) -> None:
        self._base = base
        self._names = dict(names)
        self._own = dict(own)

    def __getitem__(self, column: str) -> Objects:
        return self._own[column] if column in self._own else self._base[self._names[column]]

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from (name for name in self._own if name not in self._names)

    def __len__(self) -> int:
        return len({*self._names, *self._own})

    def __contains__(self, column: object) -> bool:
        return column in self._own or column in self._names

    def part(self, start: int, stop: int) -> MendedCells:
        own = {name: column[start:stop] for name, column in self._own.items()}
        if isinstance(self._base, LazyCells):
            return MendedCells(self._base.part(start, stop), self._names, own)
        return MendedCells({name: column[start:stop] for name, column in self._base.items()}, self._names, own)

    def taken(self, rows: NDArray[np.int64]) -> MendedCells:
        own = {name: column[rows] for name, column in self._own.items()}
        if isinstance(self._base, LazyCells):
            return MendedCells(self._base.taken(rows), self._names, own)
        return MendedCells({name: column[rows] for name, column in self._base.items()}, self._names, own)

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        if column not in self._own and isinstance(self._base, LazyCells):
            return self._base.numbers(self._names[column])
        return plain_numbers(self[column])
