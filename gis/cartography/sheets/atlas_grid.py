"""The cells of a grid which hold anything, and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.geometry.columns import BBox, Shapes

MOST_CELLS = 250_000  # of the rectangle that is looked through


@dataclass(frozen=True, slots=True)
class Grid:
    """Squares of ``side`` metres on whole multiples of it; column 0 is the westmost, row 0 the northmost.

    A point on the line between two squares belongs to the eastern or northern one.
    """

    side: float
    west: float
    south: float
    columns: int
    rows: int

    @staticmethod
    def over(extent: BBox, side: float) -> Grid:
        """The squares that cover an extent. Raises Refusal ``atlas.small_cells`` for more than MOST_CELLS."""
        xmin, ymin, xmax, ymax = extent
        west, south = floor(xmin / side), floor(ymin / side)
        columns, rows = floor(xmax / side) - west + 1, floor(ymax / side) - south + 1
        if columns * rows > MOST_CELLS:
            least = ((xmax - xmin) * (ymax - ymin) / MOST_CELLS) ** 0.5 if columns and rows else side
            proposed = max(least, (xmax - xmin) / MOST_CELLS, (ymax - ymin) / MOST_CELLS)
            raise Refusal("atlas.small_cells", metres=f"{side:g}", least=f"{ceil(proposed / 100) * 100:,}")
        return Grid(side, west * side, south * side, columns, rows)

    def box(self, column: int, row: int) -> BBox:
        """The ground of one square."""
        x, y = self.west + column * self.side, self.south + (self.rows - 1 - row) * self.side
        return x, y, x + self.side, y + self.side

    def name(self, column: int, row: int) -> str:
        """ "C07": letters count the columns from the west, digits the rows from the north."""
        digits = max(2, len(str(self.rows)))
        return f"{column_letters(column)}{row + 1:0{digits}d}"

    def filled(self, layers: Iterable[tuple[Shapes, Callable[[NDArray[np.int64]], NDArray[np.object_]]]]) -> set[tuple[int, int]]:  # noqa: E501 # fmt: skip
        """(column, row) of every square which a feature reaches.

        ``layers``: the flat arrays of a class, and what gives the geometries of some of its features: they are asked
        for only where a box does not settle it.
        """
        found: set[tuple[int, int]] = set()
        for shapes, geometries in layers:
            if shapes.kind == "point":
                found |= self._cells(shapes.coords)
                continue
            low, high = self._places(shapes.bounds[:, :2]), self._places(shapes.bounds[:, 2:])
            inside = (low == high).all(axis=1)  # a box within one square
            found |= {(int(c), self.rows - 1 - int(r)) for c, r in np.unique(low[inside], axis=0)}
            if not inside.all():
                found |= self._crossed(geometries(shapes.ids[~inside]))
        return found

    def _places(self, xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Column from the west and row from the south."""
        places = np.floor((xy - np.array([self.west, self.south])) / self.side).astype(np.int64)
        inside: NDArray[np.int64] = np.clip(places, 0, np.array([self.columns - 1, self.rows - 1]))
        return inside

    def _cells(self, xy: NDArray[np.float64]) -> set[tuple[int, int]]:
        return {(int(c), self.rows - 1 - int(r)) for c, r in np.unique(self._places(xy), axis=0)}

    def _crossed(self, shapes: NDArray[np.object_]) -> set[tuple[int, int]]:
        """Squares whose inside a line or outline reaches."""
        bounds = shapely.bounds(shapes)
        low, high = self._places(bounds[:, :2]), self._places(bounds[:, 2:])
        found: set[tuple[int, int]] = set()
        for shape, (c0, r0), (c1, r1) in zip(shapes, low.tolist(), high.tolist(), strict=True):
            shapely.prepare(shape)
            columns, rows = np.meshgrid(np.arange(c0, c1 + 1), np.arange(r0, r1 + 1))
            x, y = self.west + columns.ravel() * self.side, self.south + rows.ravel() * self.side
            rim = self.side * 1e-9
            boxes = shapely.box(x + rim, y + rim, x + self.side - rim, y + self.side - rim)
            met = shapely.intersects(shape, boxes)
            found |= {
                (int(c), self.rows - 1 - int(r))
                for c, r in zip(columns.ravel()[met], rows.ravel()[met], strict=True)
            }  # fmt: skip
        return found


def column_letters(column: int) -> str:
    """A, B … Z, AA, AB …: column 0 is A."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
