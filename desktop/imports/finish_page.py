"""After the import: what was written, what was not and why, and what can be done about it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.imports.verdicts import DecisionsOf
from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.exchange.raw import Reject
from gis.project.importing import Applied, ImportPlan

_ROWS = (
    ("read", mark("Rows read")), ("new", mark("Features added")), ("changed", mark("Features updated")),
    ("same", mark("Rows that changed nothing")), ("left", mark("Rows left out as you decided")),
    ("conflict", mark("Rows in conflict, not taken")), ("rejected", mark("Rows rejected")),
)  # fmt: skip
_REASONS = 4  # shown of those why rows were not taken


class FinishPage(QWidget):
    """Emits what the user wants next. Counts add up: read = all lines below it."""

    undo_wanted = Signal()
    map_wanted = Signal()
    report_wanted = Signal()
    rejected_wanted = Signal()
    next_wanted = Signal()
    close_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._plan: ImportPlan | None = None
        self._applied: Applied | None = None
        self._decisions: DecisionsOf = {}
        self._next: Path | None = None
        self._undone = False
        self.mark = QLabel()
        self.title, self.said, self.reasons = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        for label in (self.said, self.reasons):
            label.setProperty("role", "soft")
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.counts: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        self.undo = _button("Undo this import", "mdi6.undo")
        self.show_map = _button("Show on the map", "mdi6.map-search-outline")
        self.report = _button("Save report…", "mdi6.file-document-outline")
        self.rejected = _button("Save the rows not taken…", "mdi6.file-alert-outline")
        self.next, self.close_ = QPushButton(), QPushButton()
        self.next.setProperty("role", "primary")
        worded(self.close_, "setText", "Close")
        for button, told in (
            (self.undo, self.undo_wanted), (self.show_map, self.map_wanted), (self.report, self.report_wanted),
            (self.rejected, self.rejected_wanted), (self.next, self.next_wanted), (self.close_, self.close_wanted),
        ):  # fmt: skip
            button.clicked.connect(told)
        self._build()
        words().changed.connect(self._say)

    def _build(self) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(600)
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 24, 32, 24)
        column.setSpacing(16)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.mark)
        head.addWidget(self.title, 1)
        column.addLayout(head)
        column.addWidget(self.said)
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(24)
        grid.setColumnStretch(0, 1)
        for row, (key, text) in enumerate(_ROWS):
            name, count = QLabel(), QLabel()
            worded(name, "setText", text)
            count.setAlignment(Qt.AlignmentFlag.AlignRight)
            if key == "read":
                name.setProperty("role", "heading")
                count.setProperty("role", "heading")
            grid.addWidget(name, row, 0)
            grid.addWidget(count, row, 1)
            self._names[key], self.counts[key] = name, count
        column.addLayout(grid)
        column.addWidget(self.reasons)
        acts = QGridLayout()
        acts.setSpacing(8)
        for place, button in enumerate((self.show_map, self.undo, self.report, self.rejected)):
            acts.addWidget(button, place // 2, place % 2)
        column.addLayout(acts)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_)
        foot.addWidget(self.next)
        column.addLayout(foot)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(2)

    def show_result(self, plan: ImportPlan, applied: Applied, decisions: DecisionsOf, next_file: Path | None) -> None:
        """Show what an import led to; ``next_file`` waits to be imported."""
        self._plan, self._applied, self._decisions = plan, applied, decisions
        self._next, self._undone = next_file, False
        self._say()

    def show_undone(self) -> None:
        """The import was taken back."""
        self._undone = True
        self._say()

    def clear(self) -> None:
        """Let go of everything."""
        self._plan = self._applied = None

    @property
    def not_taken(self) -> tuple[Reject, ...]:
        """The rows that were rejected or left in conflict, by line."""
        if self._plan is None or self._applied is None:
            return ()
        rejects = self._plan.ordered(r for made in self._applied.decided for r in made.rejects)
        return tuple(sorted((*rejects, *open_conflicts(self._applied, self._decisions)), key=lambda r: r.line))

    def _say(self, *_: object) -> None:
        plan, applied = self._plan, self._applied
        if plan is None or applied is None:
            return
        counts = tally(plan, applied, self._decisions)
        nothing = applied.seq is None
        name, color = ("mdi6.undo-variant", "text_soft") if self._undone else ("mdi6.check-circle", "good")
        self.mark.setPixmap(icon(name, color).pixmap(32, 32))
        title = tr("{file} is taken back") if self._undone else tr("{file} is imported")
        if nothing:
            title = tr("{file} changes nothing")
        self.title.setText(title.format(file=plan.file))
        said = (
            tr("The project is as it was before.") if self._undone else tr("It is one step: undo takes all of it back.")
        )
        if nothing:
            said = tr("Everything in the file is in the project already, or was left out.")
        if applied.made:
            said += " " + tr("{count} sites were made for cells without one.", count=number(sum(applied.made.values())))
        if applied.photos or applied.photo_rejects:
            said += " " + tr("{count} photos came along.", count=number(applied.photos))
        if applied.photo_rejects:
            said += " " + tr("{count} photos are missing or unreadable.", count=number(len(applied.photo_rejects)))
        self.said.setText(said)
        for key, label in self.counts.items():
            label.setText(number(counts[key]))
            shown = key in ("read", "new", "changed") or counts[key] > 0
            label.setVisible(shown)
            self._names[key].setVisible(shown)
        self.reasons.setText(_summed(self.not_taken))
        self.reasons.setVisible(bool(self.not_taken))
        self.undo.setVisible(not nothing and not self._undone)
        self.show_map.setVisible(not nothing and not self._undone)
        self.rejected.setVisible(bool(self.not_taken))
        self.next.setVisible(self._next is not None)
        if self._next is not None:
            self.next.setText(tr("Next: {file}", file=self._next.name))


def tally(plan: ImportPlan, applied: Applied, decisions: DecisionsOf) -> dict[str, int]:
    """``read new changed same left conflict rejected`` of what was written; the six after "read" add up to it."""
    counts = plan.total(applied.decided)
    made = {"new": applied.new, "changed": applied.changed, "same": counts["same"]}
    lost = {"conflict": len(open_conflicts(applied, decisions)), "rejected": counts["rejected"]}
    left = counts["read"] - sum(made.values()) - sum(lost.values())
    return {"read": counts["read"], **made, "left": left, **lost}


def open_conflicts(applied: Applied, decisions: DecisionsOf) -> list[Reject]:
    """The rows left in conflict which the user has not decided to leave out."""
    found = []
    for made in applied.decided:
        rows = decisions[made.cls].rows if made.cls in decisions else {}
        found += [r for r in made.conflicts if r.line not in rows or rows[r.line].action != "skip"]
    return found


def _summed(rejects: tuple[Reject, ...]) -> str:
    """The commonest reasons with how often and where they occur."""
    groups: dict[str, list[Reject]] = {}
    for reject in rejects:
        groups.setdefault(reject.why.code, []).append(reject)
    lines = []
    for group in sorted(groups.values(), key=len, reverse=True)[:_REASONS]:
        first = group[0]
        lines.append(
            tr("{count} × {reason} (line {line})", count=number(len(group)), reason=first.why.message(language()),
               line=number(first.line))
        )  # fmt: skip
    return "\n".join(lines)


def _button(text: str, name: str) -> QPushButton:
    button = QPushButton(icon(name), "")
    worded(button, "setText", text)
    return button
