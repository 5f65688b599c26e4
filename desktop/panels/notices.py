"""What the program has said: cards over the map for a while, and the list of all of it in the bottom panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.formatting import moment
from desktop.shell.icons import icon
from desktop.shell.notices import Notice, notices
from desktop.shell.words import tr, worded, words

ICONS = {
    "info": ("mdi6.information-outline", "accent"),
    "success": ("mdi6.check-circle-outline", "good"),
    "warning": ("mdi6.alert-outline", "warn"),
    "error": ("mdi6.alert-octagon-outline", "bad"),
}
_STAY_MS = {"info": 5000, "success": 5000, "warning": 12_000, "error": 0}  # 0: until closed
_CARDS = 3


class NoticeCards(QWidget):
    """The cards at the lower left of ``host``; they never take the focus and never block the work."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._cards: list[NoticeCard] = []
        host.installEventFilter(self)
        notices().posted.connect(self.show_notice)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def cards(self) -> list[NoticeCard]:
        """The cards shown, oldest first."""
        return list(self._cards)

    def show_notice(self, notice: Notice) -> None:
        """Add a card; the same thing said again only renews the old one."""
        for card in self.cards():
            if card.notice.message() == notice.message():
                card.close_card()
        for card in self.cards()[: -(_CARDS - 1)]:
            card.close_card()
        card = NoticeCard(notice)
        card.setParent(self)
        card.closed = self._closed
        self._cards.append(card)
        card.show()
        self._place()
        self.show()
        self.raise_()

    def _closed(self, card: NoticeCard) -> None:
        self._cards.remove(card)
        card.hide()
        card.deleteLater()
        self.setVisible(bool(self._cards))
        self._place()

    def _place(self) -> None:
        host = self.parentWidget()
        if not self._cards or host is None:
            return
        width = min(432, host.width() - 32)
        top = 0
        for card in self._cards:
            height = max(card.layout().heightForWidth(width), 44)
            card.setGeometry(0, top, width, height)
            top += height + 8
        self.setGeometry(16, host.height() - top - 8, width, top)


class NoticeCard(QFrame):
    """One notice: what happened, what to do next, and for our own faults a report to copy."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice = notice
        self.closed = lambda _card: None
        self.setObjectName("NoticeCard")
        image, color = ICONS[notice.level]
        mark = QLabel()
        mark.setPixmap(icon(image, color).pixmap(20, 20))
        self._message, self._hint = QLabel(), QLabel()
        self._message.setWordWrap(True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint.setWordWrap(True)
        self._hint.setProperty("role", "soft")
        close = QToolButton()
        close.setIcon(icon("mdi6.close", "text_soft"))
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        worded(close, "setAccessibleName", "Close")
        close.clicked.connect(self.close_card)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(self._message)
        text.addWidget(self._hint)
        if notice.report:
            copy = QPushButton()
            copy.setProperty("role", "link")
            worded(copy, "setText", "Copy report")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(notice.report))
            text.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.close_card)
        if _STAY_MS[notice.level]:
            self._timer.start(_STAY_MS[notice.level])
        words().changed.connect(self._say)
        self._say()

    def close_card(self) -> None:
        """Take the card away; a second click, or a timer that was due already, finds it gone."""
        self._timer.stop()
        closed, self.closed = self.closed, lambda _card: None
        closed(self)

    def enterEvent(self, event: object) -> None:
        """A card under the mouse is being read: it stays."""
        self._timer.stop()

    def _say(self) -> None:
        self._message.setText(self.notice.message())
        self._hint.setText(self.notice.hint())
        self._hint.setVisible(bool(self.notice.hint()))
        self.setAccessibleName(self.notice.message())


class NoticesPanel(QWidget):
    """All notices of this run, newest on top."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setIconSize(QSize(18, 18))
        self.list.setWordWrap(True)
        worded(self.list, "setAccessibleName", "Notices")
        self._empty = QLabel()
        self._empty.setProperty("role", "soft")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        worded(self._empty, "setText", "No notices.")
        self.list.itemDoubleClicked.connect(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.addWidget(self.list)
        column.addWidget(self._empty)
        notices().posted.connect(self._add)
        words().changed.connect(self._rebuild)
        self._rebuild()

    def _copy(self, item: QListWidgetItem) -> None:
        if report := item.data(Qt.ItemDataRole.UserRole):
            QGuiApplication.clipboard().setText(report)

    def _rebuild(self) -> None:
        self.list.clear()
        for notice in notices().recent:
            self._add(notice)
        self._empty.setVisible(not self.list.count())
        self.list.setVisible(bool(self.list.count()))

    def _add(self, notice: Notice) -> None:
        image, color = ICONS[notice.level]
        hint = notice.hint()
        said = f"{notice.message()}  {hint}" if hint else notice.message()
        item = QListWidgetItem(icon(image, color), f"{moment(notice.at)}   {said}")
        if notice.report:
            item.setToolTip(tr("Double-click copies the report"))
            item.setData(Qt.ItemDataRole.UserRole, notice.report)
        self.list.insertItem(0, item)
        self.list.show()
        self._empty.hide()
