"""The journal as people read it: who did what, when, with old and new values of every row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.catalogue import Catalogue
from gis.errors import Language, say
from gis.storage.blobs import Packed, decode, geometries
from gis.storage.journal import IN_FORCE, SUPERSEDED, JournalEntry
from gis.storage.journal import RowChange as StoredChange

_DECODED_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One edit. ``at`` is UTC, ISO 8601; ``counts``: rows touched by class.

    ``undone`` edits can be redone unless they are ``superseded``: another edit came after they were undone.
    """

    seq: int
    at: str
    author: str
    label: str
    label_args: dict[str, Any]
    undone: bool
    counts: dict[str, int]
    superseded: bool = False

    def text(self, language: Language = "zh") -> str:
        """What was done, in one line."""
        return say(self.label, language, **self.label_args)


@dataclass(frozen=True, slots=True)
class RowChange:
    """What an edit did to one row. ``op``: "insert", "update" or "delete".

    ``old`` and ``new`` map field names to plain values and "geom" to shapely geometries: all fields of an inserted or
    deleted row, only the changed ones of an updated row.
    """

    cls: str
    id: int
    op: str
    old: dict[str, Any]
    new: dict[str, Any]


def entry_of(stored: JournalEntry) -> Entry:
    """A journal entry as the window and the command show it."""
    return Entry(
        stored.seq, stored.at, stored.author, stored.label, stored.label_args, stored.undone != IN_FORCE,
        stored.counts, stored.undone == SUPERSEDED,
    )  # fmt: skip


def decoded(catalogue: Catalogue, stored: Iterable[StoredChange]) -> list[RowChange]:
    """Stored changes with booleans and geometries in place of their stored forms.

    Raises Refusal ``reading.bad_geometry``.
    """
    booleans = {cls.name: [f.name for f in cls.fields if f.type == "boolean"] for cls in catalogue}
    changes: list[RowChange] = []
    blobs: dict[str, list[tuple[dict[str, Any], int, bytes]]] = defaultdict(list)
    for change in stored:
        made = RowChange(change.cls, change.id, change.op, dict(change.old), dict(change.new))
        changes.append(made)
        for values in (made.old, made.new):
            values.pop("id", None)
            for name in booleans.get(change.cls, ()):
                if values.get(name) is not None:
                    values[name] = bool(values[name])
            if isinstance(values.get("geom"), bytes):
                blobs[change.cls].append((values, change.id, values["geom"]))
                if len(blobs[change.cls]) == _DECODED_AT_ONCE:
                    _fill_geometries(change.cls, blobs.pop(change.cls))
    for name, waiting in blobs.items():
        _fill_geometries(name, waiting)
    return changes


def _fill_geometries(cls: str, waiting: list[tuple[dict[str, Any], int, bytes]]) -> None:
    ids = np.array([key for _, key, _ in waiting], dtype=np.int64)
    shapes = geometries(decode(Packed.of(ids, [blob for _, _, blob in waiting]), cls), cls)
    for (values, _, _), shape in zip(waiting, shapes, strict=True):
        values["geom"] = shape
