"""The search box: finds features by code, name, address and remark, classes, and coordinates."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.navigation.coordinates import reading_text, system_text
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded
from desktop.shell.workspace import Workspace
from gis.geometry.crs import project_crs
from gis.geometry.places import Reading, readings


class SearchBox(QLineEdit):
    """Types ahead; Enter or a click goes to the feature. ``found`` carries (class, id), ``place`` a Reading."""

    found = Signal(str, object)  # an id has 53 bits, more than Qt's int
    place = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._asked = 0
        self.setProperty("role", "search")
        self.setClearButtonEnabled(True)
        self.addAction(icon("mdi6.magnify", "text_soft"), QLineEdit.ActionPosition.LeadingPosition)
        worded(self, "setPlaceholderText", "Search code, name, address")
        worded(self, "setAccessibleName", "Search code, name, address")
        self.popup = _Popup(self)
        self.list = self.popup.list
        self.list.itemClicked.connect(self._choose)
        self._wait = QTimer(self, singleShot=True, interval=120)
        self._wait.timeout.connect(self._search)
        self.textEdited.connect(lambda _text: self._wait.start())
        workspace.session_changed.connect(self._reset)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk through the list, Enter goes there, Escape closes it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._enter()
                return True
            if key == Qt.Key.Key_Escape:
                self.popup.hide() if self.popup.isVisible() else self.clear()
                return True
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.popup.isVisible():
                step = 1 if key == Qt.Key.Key_Down else -1
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + step)))
                return True
        elif event.type() == QEvent.Type.FocusOut:
            self.popup.hide()
        return super().eventFilter(watched, event)

    def _reset(self) -> None:
        self._asked += 1
        self.clear()
        self.popup.hide()

    def _search(self) -> None:
        text, session = self.text().strip(), self._workspace.session
        self._asked += 1
        if not text or session is None:
            self.popup.hide()
            return
        places = places_of(text, session)
        if places:
            self._show([], places)
            return
        asked = self._asked
        self._workspace.jobs.quiet(
            lambda progress: session.search(text, limit=30), lambda hits: self._hits(asked, hits)
        )

    def _hits(self, asked: int, hits: list[Any]) -> None:
        if asked == self._asked and self._workspace.session is not None:
            self._show(hits, [])

    def _show(self, hits: list[Any], places: list[Reading]) -> None:
        self.list.clear()
        for place in places:
            said = f"{reading_text(place, None)}   {system_text(place)}"
            item = QListWidgetItem(icon("mdi6.crosshairs-gps", "accent"), said)
            item.setData(Qt.ItemDataRole.UserRole, place)
            item.setToolTip(said)
            self.list.addItem(item)
        for hit in hits:
            item = QListWidgetItem(icon(class_icon(self._workspace.session, hit.cls), "text_soft"), hit_text(hit))
            item.setToolTip(self._workspace.session.catalogue[hit.cls].label.text(language()))
            item.setData(Qt.ItemDataRole.UserRole, (hit.cls, int(hit.id)))
            self.list.addItem(item)
        if not self.list.count():
            item = QListWidgetItem(icon("mdi6.magnify-close", "text_faint"), tr("Nothing found"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        else:
            self.list.setCurrentRow(0)
        self.popup.open_under(self)

    def _enter(self) -> None:
        if self._wait.isActive() or not self.popup.isVisible():
            self._wait.stop()
            self._search()
        elif self.list.currentItem() is not None:
            self._choose(self.list.currentItem())

    def _choose(self, item: QListWidgetItem) -> None:
        what = item.data(Qt.ItemDataRole.UserRole)
        if what is None:
            return
        self.popup.hide()
        if isinstance(what, Reading):
            self.place.emit(what)
        else:
            self.found.emit(*what)


class _Popup(QFrame):
    """The list under the box; it never takes the focus, so that typing goes on."""

    def __init__(self, box: QLineEdit) -> None:
        super().__init__(box, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("NoticeCard")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setIconSize(QSize(18, 18))
        self.list.setUniformItemSizes(True)
        worded(self.list, "setAccessibleName", "Search results")
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.list)

    def open_under(self, box: QLineEdit) -> None:
        """Stand below the box, as high as the list needs, at most twelve rows."""
        rows = min(12, self.list.count())
        self.setFixedSize(max(box.width(), 360), rows * max(28, self.list.sizeHintForRow(0)) + 12)
        self.move(box.mapToGlobal(QPoint(0, box.height() + 4)))
        self.show()


def hit_text(hit: Any) -> str:
    """A search hit on one line: code, name, and where the word was found."""
    words_ = [word for word in (hit.code, hit.name) if word]
    return "   ".join(words_) or f"#{hit.id}"


def class_icon(session: Any, cls: str) -> str:
    """The catalogue's icon of a class."""
    symbol = session.catalogue[cls].symbol
    return symbol.icon if symbol is not None and symbol.icon else "mdi6.table"


def places_of(text: str, session: Any) -> list[Reading]:
    """Every sensible reading of a text as a position of the project, the likeliest first."""
    return readings(text, project_crs(session.srid))
