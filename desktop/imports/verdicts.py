"""What becomes of each row once the user has decided: its outcome, whether it is written, and what that changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from desktop.imports.outcomes import Outcomes
from desktop.panels.history_details import field_label, value_said
from desktop.shell.formatting import length
from desktop.shell.words import language, mark, tr
from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.exchange.decisions import Decided, Decisions, RowDecision
from gis.exchange.staged import Change, Outcome

OUTCOME_TEXTS = {
    Outcome.NEW: mark("outcome|New"),
    Outcome.CHANGED: mark("outcome|Changed"),
    Outcome.SAME: mark("outcome|Same"),
    Outcome.CONFLICT: mark("outcome|Conflict"),
    Outcome.REJECTED: mark("outcome|Rejected"),
}
TONES = {
    Outcome.NEW: "good",
    Outcome.CHANGED: "accent",
    Outcome.SAME: "text_faint",
    Outcome.CONFLICT: "warn",
    Outcome.REJECTED: "bad",
}
ACTION_TEXTS = {
    "add": mark("outcome|{outcome} → add"),
    "update": mark("outcome|{outcome} → update"),
    "skip": mark("outcome|{outcome} → skip"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome`` None = not known yet; ``taken``: it is written; ``action``: what the user has decided for the row."""

    outcome: Outcome | None
    taken: bool = False
    action: str = ""

    def said(self) -> str:
        """In one or two words."""
        if self.outcome is None:
            return ""
        said = tr(OUTCOME_TEXTS[self.outcome])
        return tr(ACTION_TEXTS[self.action], outcome=said) if self.action else said


class Verdicts:
    """The outcomes of one class's rows under the user's decisions. Cheap to make; every question is about one row.

    ``decided`` is what the decisions come to; None while that is being worked out or where they are refused as a whole.
    """

    def __init__(
        self, outcomes: Outcomes, cls: FeatureClass, decisions: Decisions, decided: Decided | None = None
    ) -> None:
        self.outcomes, self.cls, self.decisions = outcomes, cls, decisions
        staged = outcomes.staged
        self._written = np.zeros(0 if staged is None else len(staged), dtype=bool)
        self._lost: Mapping[int, Refusal] = {}  # by staged row: why a decision cannot be followed
        if decided is not None and staged is not None:
            self._written[decided.new] = True
            self._written[decided.changed] = True
            self._lost = decided.lost
        elif staged is not None:
            self._written = (staged.outcome == Outcome.NEW) | (staged.outcome == Outcome.CHANGED)

    def decision(self, entry: int) -> RowDecision | None:
        """What the user has decided for this row."""
        return self.decisions.rows.get(self.outcomes.line(entry))

    def of(self, entry: int) -> Verdict:
        """What becomes of a row."""
        outcome, index, made = self.outcomes.outcome_of(entry), self.outcomes.staged_index(entry), self.decision(entry)
        own = made.action if made is not None and index >= 0 and made.action != way_of(outcome, "") else ""
        return Verdict(outcome, index >= 0 and bool(self._written[index]), own)

    def lost(self, entry: int) -> Refusal | None:
        """Why the decision for a row cannot be followed."""
        return self._lost.get(self.outcomes.staged_index(entry))

    def target(self, entry: int) -> int:
        """The feature a row will be set on, or in doubt its likeliest one; 0 = none."""
        index, staged, made = self.outcomes.staged_index(entry), self.outcomes.staged, self.decision(entry)
        if index < 0 or staged is None or (made is not None and made.action == "add"):
            return 0
        own = int(staged.targets[index])
        possible = staged.candidates.get(index, ())
        return (made.target if made is not None else 0) or own or (int(possible[0]) if len(possible) else 0)

    def changes(self, entry: int) -> tuple[Change, ...]:
        """The fields in which a row differs from the feature it is set on, or may be; whatever is decided of them."""
        index, staged, target = self.outcomes.staged_index(entry), self.outcomes.staged, self.target(entry)
        return () if index < 0 or staged is None or not target else staged.changes(index, target)

    def stands(self, field: str, entry: int) -> bool:
        """Whether the file's value of a field, or "geom", will stand where the row is set on a feature."""
        decisions, made = self.decisions, self.decision(entry)
        if made is not None:
            return made.action == "update" and field not in decisions.keep | made.keep
        if self.outcomes.outcome_of(entry) is not Outcome.CHANGED or field in decisions.keep:
            return False
        unfit = {"geometry": field != "geom", "attributes": field == "geom", "add": True}
        return not unfit.get(decisions.mode, False)

    def note(self, entry: int) -> tuple[str, dict[str, str]]:
        """The reason, or which fields change; and by field what the project holds, where that is overwritten."""
        lost, why = self.lost(entry), self.outcomes.reason(entry)
        changes: list[Change] = []
        if lost is None and (why is None or self.decision(entry) is not None):
            changes = [c for c in self.changes(entry) if self.stands(c.field, entry)]
        names = "、" if language() == "zh" else ", "
        said = names.join(change_named(self.cls, c) for c in changes)
        if lost is not None or (why is not None and not said):
            said = (lost or why).message(language())  # type: ignore[union-attr]
        return said, {c.field: value_said(self.cls, c.field, c.theirs) or "—" for c in changes if c.field != "geom"}


def way_of(outcome: Outcome | None, else_: str = "skip") -> str:
    """What is done with a row unless the user decides otherwise."""
    return {Outcome.NEW: "add", Outcome.CHANGED: "update"}.get(outcome, else_) if outcome is not None else else_


def change_named(cls: FeatureClass, change: Change) -> str:
    """A changed field as lists name it; a move with its length."""
    if change.field != "geom":
        return field_label(cls, change.field)
    return tr("moved {distance}", distance=length(change.distance_m)) if change.distance_m else tr("Geometry")


DecisionsOf = Mapping[str, Decisions]  # by class


def with_rows(decisions: Decisions, lines: Iterable[int], made: RowDecision | None) -> Decisions:
    """The decisions with another one for the rows of some lines; None takes it back."""
    rows = dict(decisions.rows)
    for line in lines:
        if made is None:
            rows.pop(line, None)
        else:
            rows[line] = made
    return replace(decisions, rows=rows)
