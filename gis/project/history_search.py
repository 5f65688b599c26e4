"""Entries of the journal that meet a question, page by page, so that 100,000 of them are never read at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.project.history import Entry, entry_of
from gis.storage.journal import JournalEntry, Narrowed
from gis.storage.store import Store

PAGE = 500
_SCAN = 2000  # entries read at once while most of them may not fit


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which edits are wanted. ``since`` and ``until`` (exclusive): UTC, ISO 8601. ``text``: stands in what was done, in
    either language, in the author's name or as the number. ``bbox``: touched something that lay there."""

    cls: str | None = None
    id: int | None = None
    author: str | None = None
    since: str | None = None
    until: str | None = None
    text: str = ""
    bbox: BBox | None = None


class HistorySearch:
    """Walks the journal from the newest entry back; one thread at a time.

    ``ended``: whether there is nothing further back. Where a feature lay at the time of an edit that only changed
    values is known from the later ones: going back in time, each edit that brought it to another place is met first.
    """

    def __init__(self, store: Store, wanted: HistoryFilter) -> None:
        self._store = store
        self._wanted = wanted
        self._text = wanted.text.strip().casefold()
        self._before: int | None = None
        self._there: set[tuple[str, int]] | None = None
        self.ended = False

    def page(self, size: int = PAGE, progress: Progress | None = None) -> list[Entry]:
        """The next entries that fit; fewer than ``size`` only at the end."""
        progress = progress or Progress()
        wanted = self._wanted
        narrowed = Narrowed(wanted.cls, wanted.id, None, wanted.author, wanted.since, wanted.until)
        plain = not self._text and wanted.bbox is None
        found: list[Entry] = []
        while len(found) < size and not self.ended:
            ask = size - len(found) if plain else _SCAN
            some = self._store.journal_entries(ask, replace(narrowed, before=self._before))
            self.ended = len(some) < ask
            for stored in some:
                progress.step(len(found), size, "history.searching")
                self._before = stored.seq
                if self._fits(stored):
                    found.append(entry_of(stored))
                    if len(found) == size:
                        self.ended = self.ended and stored is some[-1]
                        break
        return found

    def _fits(self, stored: JournalEntry) -> bool:
        # Where things lay is to be followed through every entry, also those whose text does not fit.
        touched = self._wanted.bbox is None or self._touches(stored, self._wanted.bbox)
        return touched and (not self._text or self._says(stored))

    def _says(self, stored: JournalEntry) -> bool:
        entry = entry_of(stored)
        said = (entry.text("zh"), entry.text("en"), entry.author, f"#{entry.seq}")
        return any(self._text in words.casefold() for words in said)

    def _touches(self, stored: JournalEntry, bbox: BBox) -> bool:
        if self._there is None:
            self._there = self._lying_in(bbox)
        there, met = self._there, False
        xmin, ymin, xmax, ymax = bbox
        for cls, id_, boxes in self._store.places_of(stored):
            inside = any(b[0] <= xmax and b[2] >= xmin and b[1] <= ymax and b[3] >= ymin for b in boxes)
            if inside:
                there.add((cls, id_))
            met = met or inside or (cls, id_) in there
        return met

    def _lying_in(self, bbox: BBox) -> set[tuple[str, int]]:
        with self._store.reading() as snapshot:
            return {
                (cls.name, id_)
                for cls in snapshot.catalogue
                if cls.spatial
                for id_ in np.asarray(snapshot.ids_in(cls.name, bbox)).tolist()
            }
