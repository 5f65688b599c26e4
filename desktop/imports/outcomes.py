"""Which row of a file becomes what: vectors over all rows, so that a million of them filter and page at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.raw import RawTable, Reject
from gis.exchange.staged import Outcome, Staged

UNKNOWN = 255  # not staged yet


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """A raw table of n rows beside what staging made of it.

    An *entry* is one line of the preview: 0 ≤ e < n is the raw row e, e < 0 the unreadable row ``-e - 1``, which has
    no cells. ``staged_at`` int64 (n,): the row in ``staged``, -1 = none. ``outcome`` uint8 (n,). ``entries``: all
    entries by line.
    """

    raw: RawTable
    staged: Staged | None
    staged_at: NDArray[np.int64]
    outcome: NDArray[np.uint8]
    entries: NDArray[np.int64]
    _reasons: Mapping[int, Refusal] = field(default_factory=dict)  # by entry
    _alike: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)  # by the reason's code: conflicts

    @staticmethod
    def of(raw: RawTable, staged: Staged | None) -> Outcomes:
        """Bring both together; for a worker when there are many rows."""
        n = len(raw)
        staged_at = np.full(n, -1, np.int64)
        outcome = np.full(n, UNKNOWN, np.uint8)
        unreadable = raw.unreadable
        entries = np.arange(n, dtype=np.int64)
        if unreadable:
            lines = np.concatenate([raw.lines, np.array([r.line for r in unreadable], np.int64)])
            both = np.concatenate([entries, -1 - np.arange(len(unreadable), dtype=np.int64)])
            entries = both[np.argsort(lines, kind="stable")]
        reasons = {-1 - k: reject.why for k, reject in enumerate(unreadable)}
        alike: dict[str, list[int]] = {}
        if staged is not None:
            rows = staged.rows
            staged_at[rows] = np.arange(len(rows))
            outcome[rows] = staged.outcome
            lost = np.flatnonzero(staged_at < 0)
            outcome[lost] = Outcome.REJECTED
            told = {id(reject) for reject in unreadable}
            _explain(reasons, raw.lines, lost, [r for r in staged.rejects if id(r) not in told])
            conflicts = rows[staged.outcome == Outcome.CONFLICT].tolist()
            for row, reject in zip(conflicts, staged.conflicts, strict=True):
                reasons[row] = reject.why
                alike.setdefault(reject.why.code, []).append(row)
        grouped = {code: np.array(sorted(found), np.int64) for code, found in alike.items()}
        return Outcomes(raw, staged, staged_at, outcome, entries, reasons, grouped)

    def count(self, outcome: Outcome | None) -> int:
        """How many entries end so; None: all."""
        if outcome is None:
            return len(self.entries)
        made = int((self.outcome == outcome).sum())
        return made + len(self.raw.unreadable) if outcome == Outcome.REJECTED else made

    def chosen(self, outcome: Outcome | None) -> NDArray[np.int64]:
        """The entries that end so, by line; None: all."""
        if outcome is None:
            return self.entries
        ends = self.outcome[np.maximum(self.entries, 0)] == outcome
        ends[self.entries < 0] = outcome == Outcome.REJECTED
        return self.entries[ends]

    def outcome_of(self, entry: int) -> Outcome | None:
        """What becomes of an entry; None while it is not known."""
        if entry < 0:
            return Outcome.REJECTED
        value = int(self.outcome[entry])
        return None if value == UNKNOWN else Outcome(value)

    def reason(self, entry: int) -> Refusal | None:
        """Why an entry is rejected or left to the user."""
        return self._reasons.get(entry)

    def line(self, entry: int) -> int:
        """Where an entry begins in the file."""
        return int(self.raw.lines[entry]) if entry >= 0 else self.raw.unreadable[-entry - 1].line

    def staged_index(self, entry: int) -> int:
        """Its row in ``staged``, -1 = none."""
        return int(self.staged_at[entry]) if entry >= 0 else -1

    def entry_of(self, index: int) -> int:
        """The entry of a row of the map: a staged one or, behind these, a rejected one that has a place."""
        assert self.staged is not None
        over = index - len(self.staged)
        return int(self.staged.rows[index] if over < 0 else self.staged.lost[over])

    def drawn_index(self, entry: int) -> int:
        """The row of the map that an entry is, -1 = it is not drawn."""
        index, staged = self.staged_index(entry), self.staged
        if index >= 0 or staged is None or entry < 0:
            return index
        at = int(np.searchsorted(staged.lost, entry))
        return len(staged) + at if at < len(staged.lost) and staged.lost[at] == entry else -1

    def lost_place(self, entry: int) -> NDArray[np.float64] | None:
        """Where a rejected row lies (2,); None where that is not known."""
        at = self.drawn_index(entry) - (0 if self.staged is None else len(self.staged))
        return None if self.staged is None or at < 0 else self.staged.lost_places[at]

    def alike(self, entry: int) -> NDArray[np.int64]:
        """The conflicts, by line, of the same kind as this one; of any other row itself alone."""
        why = self.reason(entry)
        mine = why is not None and self.outcome_of(entry) is Outcome.CONFLICT
        return self._alike[why.code] if mine and why is not None else np.array([entry], np.int64)


def _explain(
    reasons: dict[int, Refusal],
    lines: NDArray[np.int64],
    rows: NDArray[np.int64],
    rejects: Sequence[Reject],
) -> None:
    """Give raw rows their reasons; rows and rejects meet by line, several of one line in their order."""
    if not len(rows) or not rejects:
        return
    told = np.fromiter((reject.line for reject in rejects), np.int64, len(rejects))
    if len(told) == len(rows) and (told == lines[rows]).all():  # nearly always; a million lists would take their time
        reasons.update(zip(rows.tolist(), (reject.why for reject in rejects), strict=True))
        return
    waiting: dict[int, list[Refusal]] = {}
    for reject in rejects:
        waiting.setdefault(reject.line, []).append(reject.why)
    for row, line in zip(rows.tolist(), lines[rows].tolist(), strict=True):
        left = waiting.get(line)
        if left:
            reasons[row] = left.pop(0) if len(left) > 1 else left[0]
