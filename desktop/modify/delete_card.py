"""The card that says what hangs on features to be deleted, and asks what is to become of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from desktop.shell.words import language, tr, words

if TYPE_CHECKING:
    from desktop.canvas.map_canvas import MapCanvas
    from gis.catalogue import Catalogue

WIDTH = 400


class DeleteCard(QFrame):
    """``detached``, ``cascaded`` or ``given_up`` is the answer; ``show_wanted(class)``: to be seen on the map."""

    detached = Signal()
    cascaded = Signal()
    given_up = Signal()
    show_wanted = Signal(str)

    def __init__(self, canvas: MapCanvas, catalogue: Catalogue, cls: str, counts: Mapping[str, int]) -> None:
        super().__init__(canvas)
        self.setObjectName("Popup")
        self.setFixedWidth(WIDTH)
        self._catalogue, self._cls = catalogue, cls
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        self._title, self._hint = QLabel(), QLabel()
        self._title.setProperty("role", "heading")
        self._hint.setProperty("role", "soft")
        for label in (self._title, self._hint):
            label.setWordWrap(True)
        column.addWidget(self._title)
        self._rows: list[tuple[str, int, QLabel, QPushButton]] = []
        for name, count in counts.items():
            row, said, link = QHBoxLayout(), QLabel(), QPushButton()
            link.setProperty("role", "link")
            link.setVisible(catalogue[name].spatial)
            link.clicked.connect(lambda _checked=False, name=name: self.show_wanted.emit(name))
            row.addWidget(said, 1)
            row.addWidget(link)
            column.addLayout(row)
            self._rows.append((name, count, said, link))
        column.addWidget(self._hint)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.cancel, self.cascade, self.detach = QPushButton(), QPushButton(), QPushButton()
        self.detach.setProperty("role", "primary")
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        buttons.addWidget(self.cascade)
        buttons.addWidget(self.detach)
        column.addLayout(buttons)
        self.cancel.clicked.connect(self.given_up)
        self.cascade.clicked.connect(self.cascaded)
        self.detach.clicked.connect(self.detached)
        words().changed.connect(self._say)
        self._say()

    def open(self) -> None:
        """Show it at the top of the map, the safest answer in reach."""
        self.adjustSize()
        room = self.parentWidget()
        self.move(max((room.width() - self.width()) // 2, 8), 24)
        self.show()
        self.raise_()
        self.cancel.setFocus()

    def close_for_good(self) -> None:
        """Take it off the map."""
        self.blockSignals(True)
        self.hide()
        self.parentWidget().setFocus()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def _say(self) -> None:
        label = self._catalogue[self._cls].label.text(language())
        self._title.setText(tr("Others hang on the {label} to be deleted", label=label))
        for name, count, said, link in self._rows:
            said.setText(f"{self._catalogue[name].label.text(language())}  {count}")
            link.setText(tr("Show on the map"))
        self._hint.setText(tr("Detach keeps them and lets them go; either can be undone."))
        self.cancel.setText(tr("Cancel"))
        self.cascade.setText(tr("Delete all"))
        self.detach.setText(tr("Detach"))
        self.setAccessibleName(self._title.text())
