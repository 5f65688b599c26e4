"""Rows of the inventory made fit for a model: gaps are filled and impossible rows left out, never in silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import Field, load_catalogue
from gis.coverage.results import Note
from gis.errors import Refusal
from gis.geometry.columns import Columns

_NAMED = 5  # rows named in a note before it says "…"


class Rows:
    """The rows of one class on their way into a model. What was assumed or left out is written to ``notes``.

    Rows without a point are never taken.
    """

    def __init__(self, columns: Columns, assumed: Mapping[str, Any], notes: list[Note]) -> None:
        assert columns.geometry is not None
        self._columns, self._assumed, self._notes = columns, assumed, notes
        self.points: NDArray[np.object_] = columns.geometry

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The features' ids."""
        return self._columns.ids

    def number(self, field: str) -> NDArray[np.float64]:
        """A numeric or boolean column, NaN = null."""
        return np.asarray(self._columns.fields[field], np.float64)

    def text(self, field: str) -> NDArray[np.object_]:
        """A text or code column, None = null."""
        return np.asarray(self._columns.fields[field], object)

    def assumed(self, field: str) -> NDArray[np.float64]:
        """A numeric column with its gaps filled, and a note of how many there were."""
        values = self.number(field)
        missing = np.isnan(values)
        self._note_assumed(field, int(missing.sum()))
        return np.where(missing, float(self._assumed.get(field, np.nan)), values)

    def assumed_text(self, field: str) -> NDArray[np.object_]:
        """A text column with its gaps filled, and a note of how many there were."""
        values = self.text(field)
        missing = np.array([value is None for value in values], bool)
        self._note_assumed(field, int(missing.sum()))
        return np.where(missing, self._assumed[field], values)

    def take(self, chosen: NDArray[np.bool_]) -> Rows:
        """The chosen rows that have a point."""
        chosen = chosen & ~(shapely.is_missing(self.points) | shapely.is_empty(self.points))
        columns = Columns(
            self._columns.cls,
            self._columns.ids[chosen],
            {name: values[chosen] for name, values in self._columns.fields.items()},
            self.points[chosen],
        )
        return Rows(columns, self._assumed, self._notes)

    def within(self, field: str, bounds: tuple[float, float], *, gaps: bool = True) -> Rows:
        """Without the rows whose value lies outside ``bounds``, and a note that names them; ``gaps``: nulls may stay.

        Refusal ``radio.all_impossible`` when none is left.
        """
        low, high = bounds
        values = self.number(field)
        bad = (values < low) | (values > high)
        if not gaps:
            bad |= np.isnan(values)
        if not bad.any():
            return self
        codes = [str(code or key) for code, key in zip(self.text("code")[bad], self._columns.ids[bad], strict=True)]
        if bad.all():
            raise Refusal(
                "radio.all_impossible",
                count=len(bad),
                code=codes[0],
                value=float(values[0]),
                minimum=low,
                maximum=high,
                **self._words(field),
            )
        named = ", ".join(codes[:_NAMED]) + (" …" if len(codes) > _NAMED else "")
        args = {"count": len(codes), "minimum": low, "maximum": high, "codes": named}
        self._notes.append(Note("radio.left_out", {**args, **self._words(field)}))
        return self.take(~bad)

    def _note_assumed(self, field: str, count: int) -> None:
        if count:
            args = {"count": count, "value": self._assumed[field], "unit": self._field(field).unit}
            self._notes.append(Note("radio.assumed", {**args, **self._words(field)}))

    def _field(self, name: str) -> Field:
        return load_catalogue()[self._columns.cls].field(name)

    def _words(self, name: str) -> dict[str, str]:
        label = self._field(name).label
        return {"field_zh": label.zh, "field_en": label.en}
