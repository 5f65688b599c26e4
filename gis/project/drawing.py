"""What drawing reads of a project: a snapshot, and which features meet the rules of a style."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.geometry.columns import BBox, Columns, Shapes
from gis.project.conditions import ready_filter
from gis.storage.snapshots import Snapshot


class DrawingReader:
    """A `gis.cartography.arrays.Reader` over one snapshot; for one thread, as long as the snapshot is open."""

    def __init__(self, snapshot: Snapshot, catalogue: Catalogue) -> None:
        self._snapshot = snapshot
        self.catalogue = catalogue

    def shapes(self, cls: str, *, bbox: BBox | None = None, ids: Any = None) -> Shapes:
        """Geometries as flat arrays."""
        return self._snapshot.shapes(cls, bbox=bbox, ids=ids)

    def columns(self, cls: str, fields: Sequence[str] | None = None, **narrowed: Any) -> Columns:
        """Rows as columns; ``narrowed`` as `Snapshot.columns`."""
        return self._snapshot.columns(cls, fields, **narrowed)

    def matching(self, cls: str, where: str, ids: Any = None) -> NDArray[np.int64]:
        """The ids, rising, of the features that meet a filter expression; of ``ids`` only those are looked at.

        Raises Refusal ``query.*`` for a wrong expression.
        """
        condition = ready_filter(self._snapshot, where, self.catalogue[cls])
        if ids is None:
            return self._snapshot.ids(cls, condition.sql, condition.parameters)
        chosen = json.dumps(np.asarray(ids, np.int64).tolist())
        narrowed = f"id IN (SELECT value FROM json_each(?)) AND {condition.sql}"
        return self._snapshot.ids(cls, narrowed, (chosen, *condition.parameters))

    def ids(self, cls: str) -> NDArray[np.int64]:
        """The ids of a class, rising."""
        return self._snapshot.ids(cls)

    def extent(self, cls: str | None = None) -> BBox | None:
        """The bounds of a class, or of everything; None when empty."""
        return self._snapshot.extent(cls)
