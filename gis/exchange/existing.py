"""What staging may ask about the features that are there: a protocol, so that it stays pure and bounded in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass, load_catalogue
from gis.exchange.landing import centres
from gis.geometry.columns import BBox, Columns


class Existing(Protocol):
    """One consistent state of a project, as far as the comparison with a file needs it."""

    def kind(self, cls: str) -> FeatureClass:
        """A class of the catalogue."""

    def count(self, cls: str) -> int:
        """How many features a class has."""

    def pieces(self, cls: str, fields: Sequence[str]) -> Iterator[Columns]:
        """All features of a class, without geometry, many at a time."""

    def centres(self, cls: str, bbox: BBox) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(ids, middle of the bounds float64 (n, 2)) of the features that meet a box."""

    def rows(self, cls: str, ids: NDArray[np.int64], fields: Sequence[str], *, geometry: bool) -> Columns:
        """The features of these ids, all of them existing, in this order; an id may stand twice."""

    def holding(self, cls: str, field: str, values: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """(ids, their values) of the features whose ``field`` holds one of some values."""

    def present(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the ids a class has."""


class InMemory:
    """`Existing` over whole classes held as columns."""

    def __init__(self, *classes: Columns, catalogue: Catalogue | None = None) -> None:
        self._classes = {columns.cls: columns for columns in classes}
        self._catalogue = catalogue or load_catalogue()

    def kind(self, cls: str) -> FeatureClass:
        """A class of the catalogue."""
        return self._catalogue[cls]

    def _of(self, cls: str) -> Columns:
        return self._classes.get(cls, Columns(cls, np.empty(0, np.int64), {}, np.empty(0, object)))

    def count(self, cls: str) -> int:
        """How many features a class has."""
        return len(self._of(cls))

    def pieces(self, cls: str, fields: Sequence[str]) -> Iterator[Columns]:
        """All at once."""
        columns = self._of(cls)
        if len(columns):
            yield Columns(cls, columns.ids, {name: self._field(columns, name) for name in fields})

    def centres(self, cls: str, bbox: BBox) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Those whose middle lies in the box."""
        columns = self._of(cls)
        if columns.geometry is None or not len(columns):
            return np.empty(0, np.int64), np.empty((0, 2))
        xy = centres(columns.geometry)
        inside = (xy[:, 0] >= bbox[0]) & (xy[:, 0] <= bbox[2]) & (xy[:, 1] >= bbox[1]) & (xy[:, 1] <= bbox[3])
        return columns.ids[inside], xy[inside]

    def rows(self, cls: str, ids: NDArray[np.int64], fields: Sequence[str], *, geometry: bool) -> Columns:
        """The features of these ids, in this order."""
        columns = self._of(cls)
        order = np.argsort(columns.ids, kind="stable")
        at = order[np.searchsorted(columns.ids, ids, sorter=order)] if len(order) else np.empty(0, np.int64)
        known = {name: columns.fields[name][at] for name in fields if name in columns.fields}
        shapes = columns.geometry[at] if geometry and columns.geometry is not None else None
        return Columns(cls, np.asarray(ids, np.int64), known, shapes)

    def holding(self, cls: str, field: str, values: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """(ids, their values) of the features that hold one of some values."""
        columns = self._of(cls)
        held = self._field(columns, field)
        wanted = set(values)
        which = np.fromiter((value in wanted for value in held.tolist()), bool, len(held))
        return columns.ids[which], held[which]

    def present(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the ids a class has."""
        return np.isin(ids, self._of(cls).ids)

    @staticmethod
    def _field(columns: Columns, name: str) -> NDArray[Any]:
        found = columns.fields.get(name)
        return np.full(len(columns), None, dtype=object) if found is None else found


def around(xy: NDArray[np.float64], margin: float) -> BBox | None:
    """The box of some positions (n, 2) and a margin; None where there is none."""
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return None
    (left, low), (right, high) = xy.min(axis=0), xy.max(axis=0)
    return (float(left) - margin, float(low) - margin, float(right) + margin, float(high) + margin)
