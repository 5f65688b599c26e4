"""A file compared with a project: answers what staging asks from one snapshot, and reads no more than that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.errors import Cancelled
from gis.exchange.landing import middles
from gis.exchange.mapping import Mapping
from gis.exchange.placement import Placement
from gis.exchange.raw import RawTable
from gis.exchange.staging import WAYS, Staged, stage
from gis.exchange.transforms import Evaluate
from gis.geometry.columns import BBox, Columns
from gis.progress import Progress
from gis.project.session import Session
from gis.storage.snapshots import Snapshot

_PIECE = 50_000


def stage_rows(
    session: Session,
    raw: RawTable,
    cls: FeatureClass,
    mapping: Mapping,
    placement: Placement | None,
    *,
    by: Sequence[str] = WAYS,
    tolerance_m: float = 1.0,
    evaluate: Evaluate | None = None,
    peers: Sequence[Staged] = (),
    progress: Progress | None = None,
) -> Staged:
    """Every row's outcome beside what the project holds at this moment; nothing is written. As `stage`."""
    with session.reading() as snapshot:
        return stage(
            raw, cls, mapping, placement, session.crs.to_string(), SnapshotExisting(snapshot, progress),
            bounds=session.bounds, by=by, tolerance_m=tolerance_m, evaluate=evaluate, peers=peers, progress=progress,
        )  # fmt: skip


def staging_order(classes: Sequence[FeatureClass]) -> list[FeatureClass]:
    """The classes of one file in the order in which they are staged and written: those that others refer to first."""
    left = list(classes)
    made: list[FeatureClass] = []
    while left:
        waiting = {cls.name for cls in left}
        ready = [cls for cls in left if not any(f.ref in waiting - {cls.name} for f in cls.refs)]
        made += ready or left[:1]
        left = [cls for cls in left if cls not in made]
    return made


class SnapshotExisting:
    """`gis.exchange.existing.Existing` as it stands in a snapshot; one thread at a time.

    Raises Cancelled between two pieces.
    """

    def __init__(self, snapshot: Snapshot, progress: Progress | None = None) -> None:
        self._snapshot = snapshot
        self._progress = progress or Progress()

    def kind(self, cls: str) -> FeatureClass:
        """A class of the catalogue."""
        return self._snapshot.catalogue[cls]

    def count(self, cls: str) -> int:
        """How many features a class has."""
        return self._snapshot.count(cls)

    def pieces(self, cls: str, fields: Sequence[str]) -> Iterator[Columns]:
        """All features of a class, without geometry, many at a time."""
        ids = self._snapshot.ids(cls)
        for start in range(0, len(ids), _PIECE):
            if self._progress.cancelled:
                raise Cancelled
            yield self._snapshot.columns(cls, fields, ids=ids[start : start + _PIECE], geometry=False)

    def centres(self, cls: str, bbox: BBox) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(ids, middle of the bounds float64 (n, 2)) of the features that meet a box."""
        shapes = self._snapshot.shapes(cls, bbox=bbox)
        return shapes.ids, middles(shapes.bounds)

    def rows(self, cls: str, ids: NDArray[np.int64], fields: Sequence[str], *, geometry: bool) -> Columns:
        """The features of these ids, all of them existing, in this order; an id may stand twice."""
        wanted, at = np.unique(np.asarray(ids, np.int64), return_inverse=True)
        found = self._snapshot.columns(cls, list(fields), ids=wanted, geometry=geometry)
        shapes = None if found.geometry is None else found.geometry[at]
        return Columns(cls, found.ids[at], {name: column[at] for name, column in found.fields.items()}, shapes)

    def holding(self, cls: str, field: str, values: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """(ids, their values) of the features whose ``field`` holds one of some values."""
        name = self.kind(cls).field(field).name
        among = f'"{name}" IN (SELECT value FROM json_each(?))'
        wanted = json.dumps(list(values), ensure_ascii=False)
        found = self._snapshot.columns(cls, [name], where=among, params=(wanted,), geometry=False)
        return found.ids, found.fields[name]

    def present(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the ids a class has."""
        return np.isin(ids, self._snapshot.columns(cls, (), ids=ids, geometry=False).ids)
