"""Three-way merge of two versions of a row, field by field, for undo conflicts and for working copies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

Row = Mapping[str, Any]  # field -> value, None = null; "geom" -> shapely geometry


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that both sides changed, each to something else."""

    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """``row``: the merged row, None when it is deleted; where ``conflicts`` has a field the row holds mine.

    ``whole_row``: one side deleted the row while the other changed it; then ``row`` is the changed one.
    """

    row: dict[str, Any] | None
    conflicts: Mapping[str, Conflict]
    whole_row: bool = False

    @property
    def clean(self) -> bool:
        """Whether nobody has to decide anything."""
        return not self.conflicts and not self.whole_row


def merge(base: Row | None, mine: Row | None, theirs: Row | None) -> Merged:
    """The row with the changes of both sides since ``base``; None stands for a row that is not there."""
    if mine is None or theirs is None:
        left = mine if theirs is None else theirs
        if left is None:
            return Merged(None, {})
        if base is None:  # only one side has it: that side made it
            return Merged(dict(left), {})
        changed = any(not same_value(base.get(name), left.get(name)) for name in {*base, *left})
        return Merged(dict(left), {}, whole_row=True) if changed else Merged(None, {})
    before = base or {}
    row: dict[str, Any] = {}
    conflicts: dict[str, Conflict] = {}
    for name in dict.fromkeys((*before, *mine, *theirs)):
        old, own, other = before.get(name), mine.get(name), theirs.get(name)
        if same_value(own, other) or same_value(old, other):
            row[name] = own
        elif same_value(old, own):
            row[name] = other
        else:
            row[name] = own
            conflicts[name] = Conflict(old, own, other)
    return Merged(row, conflicts)


def same_value(a: Any, b: Any) -> bool:
    """Whether two stored values are the same: NaN and None are null, geometries are equal vertex by vertex."""
    if isinstance(a, BaseGeometry) and isinstance(b, BaseGeometry):
        return bool(a.equals_exact(b, 0.0))
    if isinstance(a, BaseGeometry) or isinstance(b, BaseGeometry):
        return False
    return bool(_null_as_none(a) == _null_as_none(b))


def _null_as_none(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
