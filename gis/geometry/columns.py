"""Features as columns: the form in which data crosses every border inside Yantu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

BBox = tuple[float, float, float, float]  # xmin, ymin, xmax, ymax in the project's CRS


@dataclass(frozen=True, slots=True)
class Columns:
    """n rows of one feature class, column by column.

    ``ids``: int64 (n,). ``fields``: name -> array (n,) with a fixed form for each field type:
    real, integer and boolean -> float64, NaN = null; ref -> int64, 0 = null; text, code, date ("YYYY-MM-DD") and
    datetime ("YYYY-MM-DDTHH:MM:SS") -> object, None = null. ``geometry``: object array of shapely geometries in the
    project's CRS, or None for a class without geometry or when it was not asked for.
    """

    cls: str
    ids: NDArray[np.int64]
    fields: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    geometry: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries of n features as flat arrays, for drawing and kernels; no object per feature.

    ``coords``: float64 (m, 2). Feature i owns rings ``feature_offsets[i]:feature_offsets[i+1]`` and ring j owns
    coordinates ``ring_offsets[j]:ring_offsets[j+1]``. A point is one ring of one coordinate, a line one ring, a
    polygon its rings (outer and holes alike, even-odd), a multipolygon all rings of all its parts.
    ``bounds``: float64 (n, 4). ``kind``: "point", "line" or "polygon".
    """

    kind: str
    ids: NDArray[np.int64]
    coords: NDArray[np.float64]
    ring_offsets: NDArray[np.int64]
    feature_offsets: NDArray[np.int64]
    bounds: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)
