"""Polygons whose boundary touches or crosses itself a little, put right without changing what they cover."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

#: Of the area: what mending may change. More means that nobody can tell what was meant.
LITTLE = 1e-3
_POLYGONAL = (3, 6)


def mended(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """(shapes, rows that were mended): invalid polygons by what they enclose, where that changes their area little.

    A spur, a ring that touches itself and slivers of a digitised border go; a figure of eight stays as it was, and so
    does all that is no polygon. Others, and None, are passed through; the array given is not changed.
    """
    kinds = shapely.get_type_id(shapes)
    bad = np.flatnonzero(np.isin(kinds, _POLYGONAL) & ~shapely.is_empty(shapes) & ~shapely.is_valid(shapes))
    if not len(bad):
        return shapes, bad
    finite = np.isfinite(shapely.bounds(shapes[bad])).all(axis=1)
    bad = bad[finite]
    made = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    before, after = shapely.area(shapes[bad]), shapely.area(made)
    good = (np.abs(after - before) <= LITTLE * after) & (after > 0.0) & np.isin(shapely.get_type_id(made), _POLYGONAL)
    result = shapes.copy()
    result[bad[good]] = made[good]
    return result, bad[good]
