"""The files that were chosen or dropped, one below the other, with what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from desktop.shell.icons import icon
from desktop.shell.words import tr, worded, words

_PATH, _STATE, _SAID = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
_LOOKS = {"waiting": ("mdi6.file-outline", "text_soft"), "undone": ("mdi6.undo-variant", "text_soft"),
          "done": ("mdi6.check-circle", "good"),
          "refused": ("mdi6.alert-circle", "bad")}  # fmt: skip
_LINES = 5  # files in sight


class FileQueue(QListWidget):
    """``chosen(Path)`` when another file is to be looked at. Seen only where there are several; Del takes one out."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIconSize(QSize(16, 16))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setViewportMargins(8, 4, 8, 4)
        self._filling = False
        worded(self, "setAccessibleName", "Files to import")
        self.currentItemChanged.connect(self._moved)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.drop_current)
        words().changed.connect(self._say)
        self.hide()

    @property
    def paths(self) -> list[Path]:
        """All files, in order."""
        return [self.item(row).data(_PATH) for row in range(self.count())]

    @property
    def waiting(self) -> list[Path]:
        """The files not looked at yet: those below the current one, then those above it."""
        at, items = self.currentRow(), [self.item(row) for row in range(self.count())]
        return [i.data(_PATH) for i in (*items[at + 1 :], *items[: max(at, 0)]) if i.data(_STATE) == "waiting"]

    def add(self, paths: Iterable[Path]) -> Path | None:
        """Append files that are not there yet; the first of them, or the one given that is there already."""
        first: Path | None = None
        known = set(self.paths)
        for path in paths:
            first = first or path
            if path not in known:
                known.add(path)
                item = QListWidgetItem()
                item.setData(_PATH, path)
                item.setToolTip(str(path))
                self._mark(item, "waiting", "")
                self._filling = True
                self.addItem(item)
                self._filling = False
        self._shape()
        return first

    def show_path(self, path: Path) -> None:
        """Make a file the current one, without telling it."""
        self._filling = True
        for row in range(self.count()):
            if self.item(row).data(_PATH) == path:
                self.setCurrentRow(row)
        self._filling = False

    def tell(self, path: Path, state: str, said: str = "") -> None:
        """Say what became of a file: ``state`` "waiting", "done" or "refused"."""
        for row in range(self.count()):
            item = self.item(row)
            if item.data(_PATH) == path and not (item.data(_STATE) == "done" and state == "waiting"):
                self._mark(item, state, said)

    def drop_current(self) -> None:
        """Take the current file out of the list; the last one stays."""
        if self.count() > 1:
            self.takeItem(self.currentRow())
            self._shape()

    def _mark(self, item: QListWidgetItem, state: str, said: str) -> None:
        item.setData(_STATE, state)
        item.setData(_SAID, said)
        path = item.data(_PATH)
        item.setText(f"{path.name}   {said}" if said else path.name)
        name, color = _LOOKS[state]
        item.setIcon(icon(name, color))

    def _moved(self, item: QListWidgetItem | None) -> None:
        if item is not None and not self._filling:
            self.chosen.emit(item.data(_PATH))

    def _shape(self) -> None:
        self.setVisible(self.count() > 1)
        self.setFixedHeight(min(self.count(), _LINES) * 28 + 16)

    def _say(self, *_: object) -> None:
        self.setToolTip(tr("Del takes a file out of the list"))
