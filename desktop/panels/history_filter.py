"""What the history is narrowed to: words, author, class, period, what the map shows, the selected feature."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateEdit, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.project.history_search import HistoryFilter
from gis.project.history_words import utc_moment

_PERIODS = (
    ("", mark("Any time")),
    ("0", mark("Today")),
    ("6", mark("Last 7 days")),
    ("29", mark("Last 30 days")),
    ("between", mark("Between two days")),
)
_TYPED_MS = 250


class HistoryFilterBar(QWidget):
    """``changed`` when something else is wanted. What is rarely needed folds away below the words."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLineEdit()
        self.text.setClearButtonEnabled(True)
        worded(self.text, "setPlaceholderText", "Words, author or #number")
        worded(self.text, "setAccessibleName", "Search the history")
        self.only_selected = QCheckBox()
        worded(self.only_selected, "setText", "Only the selected feature")
        self.more = QToolButton()
        self.more.setIcon(icon("mdi6.filter-variant", "text_soft"))
        self.more.setCheckable(True)
        worded(self.more, "setToolTip", "More filters")
        worded(self.more, "setAccessibleName", "More filters")
        self.author, self.cls, self.period = QComboBox(), QComboBox(), QComboBox()
        for box, name in ((self.author, "Author"), (self.cls, "Feature class"), (self.period, "Period")):
            worded(box, "setAccessibleName", name)
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.activated.connect(self._tell)
        self.since, self.until = QDateEdit(QDate.currentDate()), QDateEdit(QDate.currentDate())
        for day, name in ((self.since, "First day"), (self.until, "Last day")):
            day.setCalendarPopup(True)
            day.setDisplayFormat("yyyy-MM-dd")
            worded(day, "setAccessibleName", name)
            day.hide()
            day.dateChanged.connect(self._tell)
        self.in_view = QCheckBox()
        worded(self.in_view, "setText", "On this part of the map")
        worded(self.in_view, "setToolTip", "Only edits of what lies, or lay, where the map shows now")
        self.lead = QHBoxLayout()  # the panel adds its buttons here
        self.lead.setSpacing(8)
        for widget in (self.text, self.more, self.only_selected):
            self.lead.addWidget(widget, 1 if widget is self.text else 0)
        self._rest = QWidget()
        rest = QHBoxLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setSpacing(8)
        for widget in (self.author, self.cls, self.period, self.since, self.until, self.in_view):
            rest.addWidget(widget)
        rest.addStretch(1)
        self._rest.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 4)
        column.setSpacing(6)
        column.addLayout(self.lead)
        column.addWidget(self._rest)
        self._wait = QTimer(self, singleShot=True, interval=_TYPED_MS)
        self._wait.timeout.connect(self._tell)
        self.text.textChanged.connect(self._wait.start)
        self.only_selected.toggled.connect(self._tell)
        self.in_view.toggled.connect(self._tell)
        self.more.toggled.connect(self._unfold)
        words().changed.connect(self._say)
        self._catalogue: Any = None
        self._say()

    def offer(self, authors: list[str], catalogue: Any) -> None:
        """Who and what can be chosen; choices that are still there stay."""
        self._catalogue = catalogue
        _fill(self.author, [("", tr("Any author")), *((name, name) for name in authors)])
        classes = [(cls.name, cls.label.text(language())) for cls in catalogue] if catalogue is not None else []
        _fill(self.cls, [("", tr("Any class")), *classes])

    def wanted(self, selection: dict[str, Any], bbox: Any) -> HistoryFilter | None:
        """The filter; None where only the selected feature is wanted and none is. ``bbox``: what the map shows."""
        cls: str | None = self.cls.currentData() or None
        id: int | None = None
        if self.only_selected.isChecked():
            single = next(((name, int(ids[0])) for name, ids in selection.items() if len(ids)), None)
            if single is None:
                return None
            cls, id = single
        since, until = self._days()
        return HistoryFilter(
            cls, id, self.author.currentData() or None, since, until, self.text.text(),
            bbox if self.in_view.isChecked() else None,
        )  # fmt: skip

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        boxes = any(box.currentData() for box in (self.author, self.cls, self.period))
        return bool(self.text.text()) or boxes or self.in_view.isChecked() or self.only_selected.isChecked()

    def clear(self) -> None:
        """Want everything again."""
        self.text.clear()
        for box in (self.author, self.cls, self.period):
            box.setCurrentIndex(0)
        for check in (self.in_view, self.only_selected):
            check.setChecked(False)
        self._tell()

    def _days(self) -> tuple[str | None, str | None]:
        period = self.period.currentData()
        if not period:
            return None, None
        if period == "between":
            first, last = sorted((self.since.date().toPython(), self.until.date().toPython()))
            return utc_moment(first.isoformat()), utc_moment(last.isoformat(), end=True)
        return utc_moment((date.today() - timedelta(days=int(period))).isoformat()), None

    def _unfold(self, open_: bool) -> None:
        self._rest.setVisible(open_)

    def _tell(self, *_what: object) -> None:
        between = self.period.currentData() == "between"
        self.since.setVisible(between)
        self.until.setVisible(between)
        self.changed.emit()

    def _say(self) -> None:
        _fill(self.period, [(key, tr(text)) for key, text in _PERIODS])
        authors = [self.author.itemData(i) for i in range(1, self.author.count())]
        self.offer(authors, self._catalogue)


def _fill(box: QComboBox, items: list[tuple[str, str]]) -> None:
    kept = box.currentData()
    box.clear()
    for key, text in items:
        box.addItem(text, key)
    box.setCurrentIndex(max(0, box.findData(kept)))
