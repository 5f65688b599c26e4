"""Suggested channels before they are taken over: what changes, what it is good for, and one button."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from desktop.shell.formatting import number
from desktop.shell.icons import icon
from desktop.shell.words import tr, worded, words
from gis.project.channel_plan import ChannelChange, ChannelPlan, channel_intent

_ID = Qt.ItemDataRole.UserRole
_LEAST_DB = -20.0
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def decibel_text(value: float | None) -> str:
    """Interference over noise; "–" where there is none. What lies far below the noise is not told to the tenth."""
    if value is None:
        return "–"
    return f"< −{-_LEAST_DB:g} dB" if value < _LEAST_DB else f"{value:+.1f} dB".replace("-", "−")


class ChannelPreview(QDialog):
    """Non-modal; nothing is written before the button is pressed, and then as one undo step."""

    def __init__(self, window: Any, plan: ChannelPlan) -> None:
        super().__init__(window)
        self._window, self.plan = window, plan
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(640, 560 if plan.changes else 200)
        self._figures = QGridLayout()
        self._figures.setHorizontalSpacing(24)
        self._figures.setVerticalSpacing(4)
        self._figures.setColumnStretch(0, 1)
        self.said = QLabel()
        self.said.setProperty("role", "soft")
        self.said.setWordWrap(True)
        self.rows = QTreeWidget()
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setAllColumnsShowFocus(True)
        self.rows.setColumnCount(6)
        worded(self.rows, "setAccessibleName", "Suggested channels")
        header = self.rows.header()
        header.setStretchLastSection(False)
        header.setStyleSheet("QHeaderView::section { padding: 0 4px; }")  # over the figures, not beside them
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 148), (2, 72), (3, 88), (4, 96), (5, 96)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        self.rows.itemClicked.connect(self._go)
        self.rows.itemActivated.connect(self._go)
        self.accept_button, self.close_button = QPushButton(), QPushButton()
        self.accept_button.setProperty("role", "primary")
        self.accept_button.setIcon(icon("mdi6.check", "on_accent"))
        self.accept_button.clicked.connect(self.take_over)
        worded(self.close_button, "setText", "Close")
        self.close_button.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.accept_button)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(16, 16, 16, 16)
        column_.setSpacing(12)
        column_.addLayout(self._figures)
        column_.addWidget(self.said)
        column_.addWidget(self.rows, 1000)
        column_.addStretch(1)  # where there are no rows
        column_.addLayout(buttons)
        words().changed.connect(self._say)
        self._say()

    def take_over(self) -> None:
        """Write the suggested channels, as long as nobody changed them meanwhile."""
        self.accept_button.setEnabled(False)
        session, plan = self._window.session, self.plan
        self._window.jobs.quiet(lambda _progress: channel_intent(session, plan), self._perform, self._failed)

    # ----------------------------------------------------------------------------------------------------------------
    def _perform(self, intent: Any) -> None:
        self._window.workspace.perform(intent, self._done, self._failed)

    def _done(self, _done: Any) -> None:
        count = number(len(self.plan.changes))
        self._window.notify(tr("{count} hotspots have new channels; Undo takes them back.", count=count), "success")
        self.close()

    def _failed(self, error: Exception) -> None:
        self._window.notify(error)
        self.accept_button.setEnabled(True)

    def _go(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        self._window.workspace.go_to("wifi_hotspot", item.data(0, _ID))

    def _say(self) -> None:
        plan, writable = self.plan, self._window.workspace.editable
        self.setWindowTitle(tr("Suggested channels"))
        while (item := self._figures.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        before, after = plan.before, plan.after
        lines = [
            (tr("Pairs that keep one another silent"), before["pairs_in_conflict"], after["pairs_in_conflict"]),
            (tr("Hotspots with more interference than noise"), before["above_noise"], after["above_noise"]),
        ]
        if plan.not_permitted:
            lines.append((tr("On channels not permitted there"), plan.not_permitted, plan.still_not_permitted))
        for place, text in enumerate((tr("channel|Now"), tr("As suggested")), 1):
            self._cell(text, 0, place, "faint")
        for down, (name, now, then) in enumerate(lines, 1):
            self._cell(name, down, 0, "soft")
            self._cell(number(now), down, 1)
            self._cell(number(then), down, 2)
        self.said.setText(self._about())
        self.rows.setVisible(bool(plan.changes))
        self.rows.setHeaderLabels(
            [
                tr("Hotspot"),
                tr("Band"),
                tr("channel|Now"),
                tr("channel|Suggested"),
                tr("interference|Before"),
                tr("interference|After"),
            ]
        )
        for column in range(2, 6):
            self.rows.headerItem().setTextAlignment(column, _RIGHT)
        self.rows.clear()
        self.rows.addTopLevelItems([_row(change) for change in plan.changes])
        count = number(len(plan.changes))
        self.accept_button.setText(tr("Change {count} channels", count=count))
        self.accept_button.setVisible(bool(plan.changes))
        self.accept_button.setEnabled(writable)
        self.accept_button.setToolTip("" if writable else tr("This project is read only."))

    def _about(self) -> str:
        if not self.plan.changes:
            return tr("The channels are good as they are: no change would be worth it.")
        said = tr("Interference over noise where the hotspot stands, before and after. Widths and bands stay.")
        if self.plan.not_permitted:
            rule = tr("Not permitted there: 5150–5350 MHz is for indoors only, a wide channel must lie in the band.")
            said += f"\n* {rule}"
        if self.plan.placed:
            placed = number(self.plan.placed)
            said += " " + tr("{count} hotspots told no channel; they are not among the figures.", count=placed)
        return said

    def _cell(self, text: str, row: int, column: int, role: str | None = None) -> None:
        cell = QLabel(text)
        if role is not None:
            cell.setProperty("role", role)
        if column:
            cell.setAlignment(_RIGHT)
        self._figures.addWidget(cell, row, column)


def _row(change: ChannelChange) -> QTreeWidgetItem:
    item = QTreeWidgetItem(
        [
            change.code or str(change.id),
            f"{change.band} GHz · {change.width_mhz:g} MHz",
            "–" if change.now is None else f"{change.now}" if change.permitted else f"* {change.now}",
            str(change.suggested),
            decibel_text(change.before_db),
            decibel_text(change.after_db),
        ]
    )
    item.setData(0, _ID, change.id)
    for column in range(2, 6):
        item.setTextAlignment(column, _RIGHT)
    return item
