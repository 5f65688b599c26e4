"""快捷键: every action with its keys, found by words or keys; press new ones, see who has them, or reset them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.actions import Actions
from desktop.shell.words import tr, worded, words

_ID = Qt.ItemDataRole.UserRole
_ALONE = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown)


class ShortcutsPage(QWidget):
    """Changes are in force at once."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.find = QLineEdit()
        self.find.setClearButtonEnabled(True)
        worded(self.find, "setPlaceholderText", "A command or keys")
        worded(self.find, "setAccessibleName", "A command or keys")
        self.find.textChanged.connect(self._narrow)
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setUniformRowHeights(True)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.currentItemChanged.connect(self._chosen)
        worded(self.list, "setAccessibleName", "Keyboard shortcuts")
        self.keys = QLineEdit()
        self.keys.setReadOnly(True)
        self.keys.installEventFilter(self)
        worded(self.keys, "setPlaceholderText", "Click here, then press the keys")
        worded(self.keys, "setAccessibleName", "New keys")
        self.taken = QLabel()
        self.taken.setProperty("role", "problem")
        self.taken.setWordWrap(True)
        self.set, self.none, self.reset, self.reset_all = (QPushButton() for _ in range(4))
        for button, text in (
            (self.set, "Set"), (self.none, "No keys"), (self.reset, "Reset this one"), (self.reset_all, "Reset all"),
        ):  # fmt: skip
            worded(button, "setText", text)
            button.setAutoDefault(False)
        self.set.clicked.connect(self._set)
        self.none.clicked.connect(lambda: self._actions.set_keys(self._id(), ""))
        self.reset.clicked.connect(lambda: self._actions.reset_keys(self._id()))
        self.reset_all.clicked.connect(lambda: self._actions.reset_keys())
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.keys, 1)
        for button in (self.set, self.none, self.reset):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.find)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        column.addWidget(self.taken)
        column.addWidget(self.reset_all, 0, Qt.AlignmentFlag.AlignLeft)
        self._pressed = ""
        actions.keys_changed.connect(self._tell_keys)
        words().changed.connect(self._fill)
        self._fill()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys pressed in the field are recorded, not done; Escape and Tab alone keep their meaning."""
        if watched is self.keys and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if watched is self.keys and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
            if plain and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                return False
            if event.key() not in _ALONE:
                self.record(QKeySequence(event.keyCombination()).toString())
            return True
        return super().eventFilter(watched, event)

    def record(self, keys: str) -> None:
        """Take these keys for the chosen action, to be set; say who has them."""
        self._pressed = keys
        self.keys.setText(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText))
        holder = self._actions.holder(keys, but=self._id()) if self._id() else None
        self.taken.setText(
            tr("“{what}” has these keys and would lose them.", what=self._actions[holder].text()) if holder else ""
        )
        self.set.setEnabled(bool(self._id() and keys))

    def choose(self, id: str) -> None:
        """Make an action the chosen one."""
        for item in self._items():
            if item.data(0, _ID) == id:
                self.list.setCurrentItem(item)

    # ----------------------------------------------------------------------------------------------------------------
    def _items(self) -> list[QTreeWidgetItem]:
        tops = [self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount())]
        return [top.child(i) for top in tops for i in range(top.childCount())]

    def _id(self) -> str:
        item = self.list.currentItem()
        return (item.data(0, _ID) or "") if item is not None else ""

    def _fill(self) -> None:
        kept = self._id()
        self.list.setHeaderLabels([tr("Command"), tr("Keys")])
        self.list.clear()
        for name, actions in self._actions.families():
            top = QTreeWidgetItem([tr(name), ""])
            top.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.list.addTopLevelItem(top)
            for action in actions:
                item = QTreeWidgetItem([action.text().rstrip("…"), ""])
                item.setIcon(0, action.icon())
                item.setData(0, _ID, action.objectName())
                top.addChild(item)
        self.list.expandAll()
        self._tell_keys()
        self.choose(kept)
        self._narrow(self.find.text())
        self._chosen()

    def _tell_keys(self) -> None:
        for item in self._items():
            id = item.data(0, _ID)
            item.setText(1, self._actions[id].shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            font = item.font(1)
            font.setBold(self._actions.keys(id) != self._actions.own_keys(id))
            item.setFont(1, font)
        self._chosen()

    def _narrow(self, text: str) -> None:
        wanted = text.strip().casefold()
        english = self._actions.texts()
        for i in range(self.list.topLevelItemCount()):
            top = self.list.topLevelItem(i)
            shown = 0
            for k in range(top.childCount()):
                item = top.child(k)
                said = f"{item.text(0)} {english[item.data(0, _ID)]} {item.text(1)}".casefold()
                item.setHidden(wanted not in said)
                shown += not item.isHidden()
            top.setHidden(not shown)

    def _chosen(self, *_items: Any) -> None:
        id = self._id()
        self._pressed = ""
        self.keys.clear()
        self.taken.clear()
        self.keys.setEnabled(bool(id))
        self.set.setEnabled(False)
        self.none.setEnabled(bool(id and self._actions.keys(id)))
        self.reset.setEnabled(bool(id and self._actions.keys(id) != self._actions.own_keys(id)))

    def _set(self) -> None:
        if self._id() and self._pressed:
            self._actions.set_keys(self._id(), self._pressed)
