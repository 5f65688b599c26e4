"""The entries of the history as a list that grows as it is scrolled: 100,000 of them never wait for one another."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate

from desktop.shell.formatting import moment
from desktop.shell.theme import theme
from desktop.shell.words import tr
from desktop.shell.workspace import Workspace, step_text

ENTRY, NOW = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
PAGE = 500


class HistoryModel(QAbstractListModel):
    """Entries newest first. ``loaded`` after each page; pages are read by a worker when the view wants more."""

    loaded = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._entries: list[Any] = []
        self._now: int | None = None
        self._search: Any = None
        self._asked = 0
        self._reading = False

    def ask(self, wanted: Any) -> None:
        """Begin anew with what meets this filter (None: show nothing), as far down as was read before."""
        self._asked += 1
        self._reading = False
        session = self._workspace.session
        if session is None or wanted is None:
            self._search = None
            self._take(self._asked, [], None, anew=True)
            return
        size = max(PAGE, len(self._entries))
        search = session.search_history(wanted)
        self._read(search, size, anew=True)

    def entry(self, row: int) -> Any:
        """The entry of a row, or None."""
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def row_of(self, seq: int | None) -> int:
        """The row of an entry; -1 when it is not shown."""
        return next((row for row, entry in enumerate(self._entries) if entry.seq == seq), -1)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Entries read so far."""
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The entry, whether it is where the project stands, or its words."""
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role == ENTRY:
            return entry
        if role == NOW:
            return entry.seq == self._now
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return step_text(entry)
        return None

    def canFetchMore(self, parent: QModelIndex) -> bool:
        """Whether there is more further back."""
        return not parent.isValid() and self._search is not None and not self._reading and not self._search.ended

    def fetchMore(self, parent: QModelIndex) -> None:
        """Read the next page."""
        if self.canFetchMore(parent):
            self._read(self._search, PAGE, anew=False)

    def _read(self, search: Any, size: int, *, anew: bool) -> None:
        session, asked = self._workspace.session, self._asked
        self._reading = True
        self._workspace.jobs.quiet(
            lambda progress: (search.page(size, progress), session.can_undo),
            lambda found: self._arrived(asked, search, *found, anew=anew),
        )

    def _arrived(self, asked: int, search: Any, entries: list[Any], now: Any, *, anew: bool) -> None:
        if asked != self._asked:
            return
        self._search, self._reading = search, False
        self._take(asked, entries, now.seq if now is not None else None, anew=anew)

    def _take(self, asked: int, entries: list[Any], now: int | None, *, anew: bool) -> None:
        if asked != self._asked:
            return
        if anew:
            self.beginResetModel()
            self._entries, self._now = entries, now
            self.endResetModel()
        elif entries:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
            self._entries += entries
            self.endInsertRows()
        self.loaded.emit()


class EntryLine(QStyledItemDelegate):
    """Two lines: what was done; who and when. A mark stands where the project is now; what was undone is faint."""

    def sizeHint(self, option: Any, index: Any) -> QSize:
        """Rows of equal height."""
        return QSize(200, 48)

    def paint(self, painter: QPainter, option: Any, index: Any) -> None:
        """See the class."""
        look, entry, rect = theme(), index.data(ENTRY), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            selected = option.state & QStyle.StateFlag.State_Selected
            painter.setBrush(look.color("accent_soft" if selected else "sunken"))
            painter.drawRoundedRect(QRectF(rect.adjusted(8, 1, -4, -1)), 6, 6)
        metrics = QFontMetrics(option.font)
        left, right = rect.left() + 20, rect.right() - 12
        if index.data(NOW):
            painter.setBrush(look.color("accent"))
            painter.drawRoundedRect(QRectF(rect.left() + 11, rect.top() + 8, 3, rect.height() - 16), 1.5, 1.5)
            said = tr("Now")
            right -= metrics.horizontalAdvance(said) + 8
            painter.setPen(look.color("accent"))
            painter.drawText(right + 8, rect.top() + 20, said)
        faint = "text_faint" if entry.undone else "text"
        painter.setPen(look.color(faint))
        note = tr(" (undone for good)") if entry.superseded else tr(" (undone)") if entry.undone else ""
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(left, rect.top() + 20, metrics.elidedText(step_text(entry) + note, elide, right - left))
        painter.setPen(look.color("text_faint" if entry.undone else "text_soft"))
        who = f"{entry.author}   {moment(entry.at)}"
        painter.drawText(left, rect.top() + 39, metrics.elidedText(who, elide, rect.right() - 12 - left))
        painter.restore()
