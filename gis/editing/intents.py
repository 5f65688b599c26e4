"""What a user can wish for: plain data, no behaviour. `plan` turns a wish into a Plan or refuses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.geometry.columns import Columns

Attached = Literal["refuse", "detach", "cascade"]


@dataclass(frozen=True, slots=True)
class Create:
    """New rows. Each row maps field names to values; the key "geom" holds the shapely geometry (project CRS)."""

    cls: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Load:
    """New rows in bulk, as columns; ``columns.ids`` of 0 are replaced by fresh keys."""

    columns: Columns


@dataclass(frozen=True, slots=True)
class Update:
    """The same new attribute values for every id."""

    cls: str
    ids: Sequence[int]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UpdateMany:
    """Own new values for each id, as columns; only the columns and, if given, geometries named change."""

    columns: Columns


@dataclass(frozen=True, slots=True)
class Move:
    """Shift whole features by (dx, dy) metres."""

    cls: str
    ids: Sequence[int]
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class Reshape:
    """Give one feature a new geometry."""

    cls: str
    id: int
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove features. Rows they own go with them; what else refers to them decides by ``attached``."""

    cls: str
    ids: Sequence[int]
    attached: Attached = "refuse"


@dataclass(frozen=True, slots=True)
class Batch:
    """Several intents as one action and one undo step; ``label`` is a message code."""

    label: str
    label_args: Mapping[str, Any]
    intents: Sequence[Intent]


Intent = Create | Load | Update | UpdateMany | Move | Reshape | Delete | Batch


@dataclass(frozen=True, slots=True)
class Insert:
    """Step of a Plan: rows to add, complete, with fresh ids."""

    columns: Columns


@dataclass(frozen=True, slots=True)
class Change:
    """Step of a Plan: columns (and geometries, if given) to set on existing ids."""

    columns: Columns


@dataclass(frozen=True, slots=True)
class Remove:
    """Step of a Plan: ids to delete."""

    cls: str
    ids: NDArray[np.int64]


Step = Insert | Change | Remove


@dataclass(frozen=True, slots=True)
class Plan:
    """What the writer will do, in order, in one transaction. ``label`` is a message code of ``resources/messages``."""

    label: str
    label_args: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
