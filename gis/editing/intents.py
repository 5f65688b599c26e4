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
    """New rows in bulk, as columns; ``columns.ids`` of 0 are replaced by fresh keys.

    ``read``: values and geometries are what `read_column` and `read_shapes` made of them and fit, as those of a staged
    import; references, required and unique values are looked at all the same.
    """

    columns: Columns
    read: bool = False


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
    """Shift whole features by (dx, dy) metres. ``detach``: ends that leave the point they stand on let go of it."""

    cls: str
    ids: Sequence[int]
    dx: float
    dy: float
    detach: bool = False


@dataclass(frozen=True, slots=True)
class Reshape:
    """Give one feature a new geometry. ``detach``: as of Move."""

    cls: str
    id: int
    geometry: BaseGeometry
    detach: bool = False


@dataclass(frozen=True, slots=True)
class Transform:
    """Turn, scale or mirror whole features by a matrix (a, b, d, e, xoff, yoff) of ``gis.geometry.placing``.

    Fields of bearings turn along. ``detach``: as of Move.
    """

    cls: str
    ids: Sequence[int]
    matrix: tuple[float, float, float, float, float, float]
    detach: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """Cut one line or polygon. ``cutter``: points beside a line, or lines or polygons across the feature.

    The first piece of a line, the largest of a polygon, keeps the row. Where the class's lines stand on points, a cut
    holds on to the point that is there; "new" makes one where there is none, None leaves the new ends free.
    """

    cls: str
    id: int
    cutter: BaseGeometry
    node: Literal["new"] | None = "new"


@dataclass(frozen=True, slots=True)
class Join:
    """Make one of several lines that follow one another, or of several polygons; the first id keeps its row."""

    cls: str
    ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Reverse:
    """Turn lines round; what says which end is which turns with them."""

    cls: str
    ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Paste:
    """New rows made of copies: like Create, but unique values that are taken get a new one, and fields which the
    class lacks are left out. Rows as of Create."""

    cls: str
    rows: Sequence[Mapping[str, Any]]


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


Intent = (
    Create | Load | Update | UpdateMany | Move | Reshape | Transform | Split | Join | Reverse | Paste | Delete | Batch
)


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
