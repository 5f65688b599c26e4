"""What planning may ask about the project: a protocol, so that planning stays pure and is tested with plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.geometry.columns import BBox, Columns

Referrer = tuple[str, str, NDArray[np.int64]]  # class, ref field, ids of the rows that point


class Facts(Protocol):
    """One consistent state of a project, as far as editing needs it."""

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""

    @property
    def bounds(self) -> BBox:
        """Where coordinates of the project's CRS can sensibly lie, metres."""

    def columns(self, cls: str, fields: Sequence[str], ids: NDArray[np.int64], *, geometry: bool = False) -> Columns:
        """The rows of ``ids`` that exist, in any order."""

    def exists(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each id whether the class has that row."""

    def taken(self, cls: str, field: str, values: Iterable[Any]) -> Mapping[Any, int]:
        """For each value that a row already holds in ``field``, that row's id."""

    def near(self, cls: str, place: tuple[float, float], within: float) -> NDArray[np.int64]:
        """The rows of a point class that stand no further than ``within`` metres from a place, in any order."""

    def referrers(self, cls: str, ids: NDArray[np.int64]) -> list[Referrer]:
        """Rows of any class whose ref fields point at ``ids`` of ``cls``, and rows that belong to these (see
        `gis.catalogue.FeatureClass.owner`); classes without such rows are left out."""
