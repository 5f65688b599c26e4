"""The rows of an inventory with changes that nobody has accepted yet: changed, added and removed transmitters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, load_catalogue
from gis.errors import Refusal
from gis.geometry.columns import Columns

PLACE: Final = ("x", "y")
_SHORT: Final = {
    "cell": {"tilt": "electrical_tilt", "eirp": "eirp_dbm", "height": "antenna_height_m"},
    "wifi_hotspot": {"eirp": "eirp_dbm", "height": "height_m"},
}


@dataclass(frozen=True, slots=True)
class Alteration:
    """One transmitter that differs from the inventory. ``values``: field (or "x", "y") -> (before, after).

    ``id`` is negative for one that was added; ``code`` as in the inventory.
    """

    id: int
    code: str | None
    kind: Literal["changed", "added", "removed"]
    values: Mapping[str, tuple[Any, Any]]


class Draft:
    """Changes over the rows of one class; ``rows`` have points and are never written to. For one thread at a time."""

    def __init__(self, rows: Columns) -> None:
        assert rows.geometry is not None
        self.rows = rows
        self.changed: dict[int, dict[str, Any]] = {}
        self.added: dict[int, dict[str, Any]] = {}
        self.removed: set[int] = set()
        self._cls: FeatureClass = load_catalogue()[rows.cls]
        self._place = {int(key): place for place, key in enumerate(rows.ids)}
        self._next = -1

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.added or self.removed)

    def change(self, key: int, values: Mapping[str, Any]) -> None:
        """Set fields, "x", "y" (metres) or their short names ("tilt", "eirp", "height") of one row.

        A value that is what the inventory says is no change. Refusals ``radio.draft_no_row``, ``radio.draft_no_field``,
        ``radio.draft_bad_value``.
        """
        read = self._read(values)
        if key in self.added:
            self.added[key].update(read)
            return
        before = self.original(key)
        kept = {**self.changed.get(key, {}), **read}
        kept = {name: value for name, value in kept.items() if value != before.get(name)}
        self.changed.pop(key, None)
        self.removed.discard(key)
        if kept:
            self.changed[key] = kept

    def add(self, values: Mapping[str, Any]) -> int:
        """A new row; fields that are not given take the catalogue's defaults. Its key, negative.

        Refusals as of ``change``; ``radio.draft_no_place`` without "x" and "y".
        """
        read = self._read(values)
        if not all(isinstance(read.get(name), float) for name in PLACE):
            raise Refusal("radio.draft_no_place")
        key, self._next = self._next, self._next - 1
        self.added[key] = {field.name: field.default for field in self._cls.fields if field.default is not None} | read
        return key

    def remove(self, key: int) -> None:
        """Take one row out. Refusal ``radio.draft_no_row``."""
        if key in self.added:
            del self.added[key]
            return
        self.original(key)
        self.changed.pop(key, None)
        self.removed.add(key)

    def restore(self, key: int) -> None:
        """Make one row again what the inventory says; one that was added goes."""
        self.added.pop(key, None)
        self.changed.pop(key, None)
        self.removed.discard(key)

    def clear(self) -> None:
        """Nothing differs any more."""
        self.changed, self.added, self.removed = {}, {}, set()

    def original(self, key: int) -> dict[str, Any]:
        """One row as the inventory has it, with "x" and "y"; null is None. Refusal ``radio.draft_no_row``."""
        place = self._place.get(key)
        if place is None:
            raise Refusal("radio.draft_no_row", id=key)
        assert self.rows.geometry is not None
        point = self.rows.geometry[place]
        row = {name: _plain(values[place]) for name, values in self.rows.fields.items()}
        there = point is not None and not point.is_empty
        return {**row, "x": float(point.x) if there else None, "y": float(point.y) if there else None}

    def state(self, key: int) -> dict[str, Any]:
        """One row as it would be, with "x" and "y". Refusal ``radio.draft_no_row``."""
        if key in self.added:
            return dict.fromkeys(self.rows.fields) | self.added[key]
        return self.original(key) | self.changed.get(key, {})

    def alterations(self) -> tuple[Alteration, ...]:
        """What differs: changed, added, removed, each in the order in which it came."""
        found = [
            Alteration(
                key,
                self.original(key)["code"],
                "changed",
                {name: (self.original(key).get(name), value) for name, value in values.items()},
            )
            for key, values in self.changed.items()
        ]
        found += [
            Alteration(key, values.get("code"), "added", {name: (None, value) for name, value in values.items()})
            for key, values in self.added.items()
        ]
        return (*found, *(Alteration(key, self.original(key)["code"], "removed", {}) for key in sorted(self.removed)))

    def columns(self) -> Columns:
        """The rows as they would be: those of the inventory in their order, then the added ones."""
        rows = self.rows
        assert rows.geometry is not None
        fields = {name: values.copy() for name, values in rows.fields.items()}
        shapes = rows.geometry.copy()
        for key, values in self.changed.items():
            place = self._place[key]
            for name, value in values.items():
                if name in fields:
                    fields[name][place] = _stored(value, fields[name])
            if any(name in values for name in PLACE):
                state = self.state(key)
                shapes[place] = shapely.Point(state["x"], state["y"])
        kept = np.array([int(key) not in self.removed for key in rows.ids], bool)
        ids, shapes = rows.ids[kept], shapes[kept]
        fields = {name: values[kept] for name, values in fields.items()}
        if self.added:
            more = list(self.added.values())
            ids = np.concatenate([ids, np.array(list(self.added), np.int64)])
            shapes = np.concatenate([shapes, shapely.points([[row["x"], row["y"]] for row in more])])
            for name, column in fields.items():
                new = np.empty(len(more), column.dtype)
                new[:] = [_stored(row.get(name), column) for row in more]
                fields[name] = np.concatenate([column, new])
        return Columns(rows.cls, ids, fields, shapes)

    def _read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        short = _SHORT.get(self._cls.name, {})
        read: dict[str, Any] = {}
        for given, value in values.items():
            name = short.get(given, given)
            if name in PLACE:
                if not isinstance(value, int | float) or not math.isfinite(value):
                    raise Refusal("radio.draft_bad_value", field_zh=name, field_en=name, value=str(value))
                read[name] = float(value)
                continue
            if not self._cls.has_field(name):
                raise Refusal("radio.draft_no_field", field=given)
            field = self._cls.field(name)
            if isinstance(value, int | float) and not isinstance(value, bool) and field.type in ("real", "integer"):
                value = float(value)
                low = -math.inf if field.minimum is None else field.minimum
                high = math.inf if field.maximum is None else field.maximum
                if not (math.isfinite(value) and low <= value <= high):
                    label = field.label
                    raise Refusal("radio.draft_bad_value", field_zh=label.zh, field_en=label.en, value=f"{value:g}")
            read[name] = value
        return read


def _plain(value: Any) -> Any:
    """A stored value as Python has it: NaN is None."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _stored(value: Any, like: NDArray[Any]) -> Any:
    if value is None and like.dtype.kind == "f":
        return np.nan
    return value
