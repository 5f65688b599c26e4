"""Beside the list: what the chosen issue means, by which rule, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from desktop.shell.formatting import moment, number
from desktop.shell.scroll_page import ScrollPage
from desktop.shell.words import language, tr, worded, words
from gis.checks import Issue, Rule
from gis.errors import say
from gis.project.checking import Ignored

_FIXES = 3  # more than this no rule offers


class IssueDetail(ScrollPage):
    """``fix(code, alike)``: mend the chosen issues, or all alike; ``ignore(reason)``; ``take_back()``."""

    fix = Signal(str, bool)
    ignore = Signal(str)
    take_back = Signal()

    def __init__(self) -> None:
        super().__init__(top=4, spacing=6)
        self._chosen: Sequence[Issue] = ()
        self._rule: Rule | None = None
        self._alike: dict[str, int] = {}
        self._editable = False
        self._ignored: Ignored | None = None
        self.title = _label("heading")
        self.said = _label("")
        self.why = _label("soft")
        self._rows: list[tuple[QWidget, QPushButton, QPushButton]] = []
        self.column.addWidget(self.title)
        self.column.addWidget(self.said)
        self.column.addWidget(self.why)
        for i in range(_FIXES):
            row, one, all_ = QWidget(), QPushButton(), QPushButton()
            line = QBoxLayout(QBoxLayout.Direction.LeftToRight, row)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(6)
            for button in (one, all_):
                line.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            line.addStretch(1)
            one.clicked.connect(lambda _=False, i=i: self._fix(i, alike=False))
            all_.clicked.connect(lambda _=False, i=i: self._fix(i, alike=True))
            self._rows.append((row, one, all_))
            self.column.addWidget(row)
        self.reason = QLineEdit()
        worded(self.reason, "setPlaceholderText", "Why is this all right?")
        worded(self.reason, "setAccessibleName", "Reason to ignore it")
        self.ignore_button = QPushButton()
        self.take_back_button = QPushButton()
        worded(self.take_back_button, "setText", "Show it again")
        self._ignoring = QWidget()
        line = QHBoxLayout(self._ignoring)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.reason, 1)
        line.addWidget(self.ignore_button)
        self.column.addWidget(self._ignoring)
        self.column.addWidget(self.take_back_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)
        self.reason.textChanged.connect(self._typed)
        self.reason.returnPressed.connect(self._ignore)
        self.ignore_button.clicked.connect(self._ignore)
        self.take_back_button.clicked.connect(self.take_back)
        words().changed.connect(self._say)
        self._say()

    def show_issues(
        self, chosen: Sequence[Issue], rule: Rule | None, alike: dict[str, int], ignored: Ignored | None, editable: bool
    ) -> None:
        """Explain the first of ``chosen``; ``alike``: how many of the list can be mended by each of its fixes."""
        if [issue.key for issue in chosen] != [issue.key for issue in self._chosen]:
            self.reason.clear()
        self._chosen, self._rule, self._alike, self._ignored, self._editable = chosen, rule, alike, ignored, editable
        self._say()

    @property
    def fixes(self) -> list[str]:
        """The codes of the fixes that are offered."""
        return [fix.code for fix in self._chosen[0].fixes[:_FIXES]] if self._chosen else []

    def button(self, code: str, *, alike: bool = False) -> QPushButton:
        """The button of a fix."""
        return self._rows[self.fixes.index(code)][2 if alike else 1]

    # ----------------------------------------------------------------------------------------------------------------
    def _say(self, *_language: object) -> None:
        issue, rule = (self._chosen[0] if self._chosen else None), self._rule
        self.title.setVisible(issue is not None)
        if issue is None or rule is None:
            self.said.setText(tr("Choose an issue to see it on the map and what can be done about it."))
            for widget in (self.why, self._ignoring, self.take_back_button, *(row for row, _, _ in self._rows)):
                widget.hide()
            return
        self.title.setText(rule.title(language()))
        more = len(self._chosen) - 1
        self.said.setText(issue.text(language()) + (f"\n{tr('and {count} more', count=number(more))}" if more else ""))
        for i, (row, one, all_) in enumerate(self._rows):
            offered = i < len(self.fixes) and self._editable
            row.setVisible(offered)
            if offered:
                self._say_fix(self.fixes[i], one, all_)
        self._fit()
        self._ignoring.setVisible(self._ignored is None and self._editable)
        self.take_back_button.setVisible(self._ignored is not None and self._editable)
        count = len(self._chosen)
        self.ignore_button.setText(tr("Ignore") if count == 1 else tr("Ignore {count}", count=number(count)))
        self._typed()
        self.why.setText(_explained(issue, rule, self._ignored))
        self.why.show()

    def _say_fix(self, code: str, one: QPushButton, all_: QPushButton) -> None:
        count = len(self._chosen)
        what = say(code, language())
        one.setText(what if count == 1 else tr("{what} ({count})", what=what, count=number(count)))
        same = self._alike.get(code, 0)
        all_.setVisible(same > count)
        all_.setText(tr("All {count}", count=number(same)))
        all_.setAccessibleName(f"{what}: {all_.text()}")
        all_.setToolTip(tr("Mend all issues of this rule in the list in the same way, as one step"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Buttons that do not fit beside each other stand below each other."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.viewport().width() - 40
        for row, one, all_ in self._rows:
            wide = not all_.isHidden() and one.sizeHint().width() + all_.sizeHint().width() > room
            way = QBoxLayout.Direction.TopToBottom if wide else QBoxLayout.Direction.LeftToRight
            line = row.layout()
            if isinstance(line, QBoxLayout):
                line.setDirection(way)

    def _typed(self) -> None:
        self.ignore_button.setEnabled(bool(self.reason.text().strip()))

    def _fix(self, place: int, *, alike: bool) -> None:
        self.fix.emit(self.fixes[place], alike)

    def _ignore(self) -> None:
        if self.reason.text().strip():
            self.ignore.emit(self.reason.text().strip())


def _explained(issue: Issue, rule: Rule, ignored: Ignored | None) -> str:
    lines = []
    if ignored is not None:
        lines.append(tr("Ignored by {author}, {at}: {reason}", author=ignored.author, at=moment(ignored.at),
                        reason=ignored.reason))  # fmt: skip
    said = limits_text(rule)
    if said:
        lines.append(tr("Limit: {limits}", limits=said))
    if rule.source:
        lines.append(tr("Source: {source}", source=rule.source))
    return "\n".join(lines)


def limits_text(rule: Rule) -> str:
    """The numbers of a rule, with their units."""
    return tr("list|, ").join(f"{number(value)} {unit(name)}".rstrip() for name, value in numbers_of(rule).items())


def numbers_of(rule: Rule) -> dict[str, float]:
    """The limits of a rule that are plain numbers."""
    return {name: float(v) for name, v in rule.limits.values.items() if type(v) in (int, float)}


def unit(name: str) -> str:
    """What a limit counts."""
    return {
        "metres": "m", "square_metres": "m²", "kilometres": "km", "lowest_metres": tr("m at least"),
        "highest_metres": tr("m at most"), "share": tr("of the whole"), "fibres": tr("fibres at least"),
        "spare": tr("spare"),
    }.get(name, "")  # fmt: skip


def _label(role: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    if role:
        label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
