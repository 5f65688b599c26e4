"""Find and replace in the text fields of many rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.columns import settable
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.bulk import Wanted
from gis.query.patterns import checked_replacement, pattern_of
from gis.storage.snapshots import Snapshot

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Replacement:
    """``find`` replaced by ``put`` in ``fields`` (none: all text fields but restricted and unique ones).

    ``regular``: ``find`` is a regular expression and ``put`` may name its groups (``\\1``). ``first``: only the first
    place in each value. ``whole``: the value must match as a whole.
    """

    find: str
    put: str
    fields: tuple[str, ...] = ()
    regular: bool = False
    match_case: bool = True
    whole: bool = False
    first: bool = False
    label: str = "edit.replace"

    def arguments(self, cls: FeatureClass) -> dict[str, Any]:
        """What was looked for and what took its place."""
        return {"find": self.find[:80], "put": self.put[:80]}

    def wanted(self, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], progress: Progress) -> list[Wanted]:
        """The texts after replacing. Raises Refusal ``bulk.nothing_to_find``, ``bulk.no_text``, ``bulk.pattern_*``."""
        if not self.find:
            raise Refusal("bulk.nothing_to_find")
        fields = [_text_field(cls, name) for name in self.fields] or text_fields(cls)
        if not fields:
            raise Refusal("bulk.no_text", cls_zh=cls.label.zh, cls_en=cls.label.en)
        pattern = pattern_of(self.find, regular=self.regular, match_case=self.match_case, whole=self.whole)
        put: Any = checked_replacement(pattern, self.put) if self.regular else lambda _match: self.put
        until = time.monotonic() + _SECONDS
        made: list[Wanted] = []
        for field in fields:
            column = snapshot.columns(cls.name, [field.name], ids=ids, geometry=False).fields[field.name]
            new: list[Any] = column.tolist()
            own: dict[int, Refusal] = {}
            known: dict[str, str] = {}  # the same text stands in many rows
            for row, text in enumerate(new):
                if row % 1000 == 0:
                    progress.step(row, len(new), "bulk.replacing")
                    if time.monotonic() > until:
                        raise Refusal("bulk.too_slow", seconds=_SECONDS)
                if not isinstance(text, str):
                    continue
                if text not in known:
                    try:
                        known[text] = pattern.replaced(text, put, 1 if self.first else 0)
                    except Refusal as problem:
                        own[row] = problem
                        continue
                new[row] = known[text]
            made.append(Wanted(field.name, new, own))
        return made


def text_fields(cls: FeatureClass) -> list[Field]:
    """The fields in which texts are replaced where none is named."""
    return [f for f in cls.fields if f.type == "text" and not (f.stamp or f.restricted or f.unique)]


def _text_field(cls: FeatureClass, name: str) -> Field:
    field = settable(cls, name)
    if field.type != "text":
        raise Refusal("bulk.not_a_text", field_zh=field.label.zh, field_en=field.label.en)
    return field
