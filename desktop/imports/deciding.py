"""What the user decides about staged rows, and what that comes to, worked out beside the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from desktop.imports.preparation import Prepared
from desktop.imports.verdicts import DecisionsOf, with_rows
from desktop.jobs import Job
from gis.errors import Refusal
from gis.exchange.decisions import Decided, Decisions, Mode, RowDecision
from gis.progress import Progress


class Deciding(QObject):
    """The decisions by class. ``refused``: why they cannot be carried out as a whole. Only the newest ones count."""

    chosen = Signal()  # other decisions hold; what they come to is yet to be told
    came = Signal()  # what they come to is known
    failed = Signal(object)  # the exception

    def __init__(self, jobs: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._prepared: Prepared | None = None
        self.mode: Mode = "valid"
        self.decisions: dict[str, Decisions] = {}
        self.came_to: tuple[Decided, ...] = ()
        self.refused: Refusal | None = None

    @property
    def busy(self) -> bool:
        """Whether it is being worked out what the decisions come to."""
        return self._job is not None

    def begin(self) -> None:
        """Another file: nothing is decided about its rows."""
        self.decisions = {}

    def forget(self) -> None:
        """What is known of the rows holds no longer; the decisions wait for what will be."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._prepared, self.came_to, self.refused = None, (), None

    def take(self, prepared: Prepared) -> None:
        """Decide about these rows, as far as what was decided before is still possible."""
        self._prepared = prepared
        self.decisions = still_possible(self.decisions, prepared, self.mode)

    def choose_mode(self, mode: Mode) -> None:
        """Take rows in this way, in every class."""
        self.mode = mode
        self.set({cls: replace(made, mode=mode) for cls, made in self.decisions.items()})

    def keep_column(self, cls: str, field: str, theirs: bool) -> None:
        """Keep the project's values in a whole column, or take the file's."""
        made = self.decisions[cls]
        keep = made.keep | {field} if theirs else made.keep - {field}
        self.set({**self.decisions, cls: replace(made, keep=keep)})

    def decide_rows(self, cls: str, lines: Sequence[int], made: RowDecision | None) -> None:
        """Decide about some rows; None takes a decision back."""
        self.set({**self.decisions, cls: with_rows(self.decisions[cls], lines, made)})

    def set(self, decisions: dict[str, Decisions]) -> None:
        """Let these decisions hold, class by class."""
        self.decisions = decisions
        self.chosen.emit()
        self.work_out()

    def work_out(self) -> None:
        """Find what the decisions come to."""
        prepared, decisions = self._prepared, self.decisions
        if prepared is None:
            return
        if self._job is not None:
            self._job.cancel()

        def work(_progress: Progress) -> tuple[Decided, ...] | Refusal:
            try:
                return prepared.plan.decided(decisions)
            except Refusal as refusal:
                return refusal

        def done(result: tuple[Decided, ...] | Refusal) -> None:
            if isValid(self) and self._job is job:
                self._job = None
                self.refused = result if isinstance(result, Refusal) else None
                self.came_to = result if isinstance(result, tuple) else ()
                self.came.emit()

        job = self._jobs.quiet(work, done, self._stuck, of_project=False)
        self._job = job

    def _stuck(self, error: Exception) -> None:
        self._job = None
        self.failed.emit(error)

    def to_write(self) -> tuple[int, int]:
        """How many rows will be added and updated, without what is made beside them."""
        beside = self._prepared.plan.made if self._prepared is not None else frozenset[str]()
        counts = [made.applied_counts() for made in self.came_to if made.cls not in beside]
        return sum(c["new"] for c in counts), sum(c["changed"] for c in counts)


def still_possible(decisions: DecisionsOf, prepared: Prepared, mode: Mode) -> dict[str, Decisions]:
    """The decisions for each part, without those for features that are no candidates of their rows any more."""
    made = {}
    for part in prepared.plan.parts:
        staged, old = part.staged, decisions.get(part.staged.cls, Decisions(mode))
        rows = dict(old.rows)
        for index in np.flatnonzero(np.isin(staged.lines, np.fromiter(rows, np.int64, len(rows)))).tolist():
            line = int(staged.lines[index])
            target = rows[line].target if line in rows else 0
            known = (int(staged.targets[index]), *(int(id) for id in staged.candidates.get(index, ())))
            if target and target not in known:
                del rows[line]
        made[staged.cls] = replace(old, rows=rows)
    return made
