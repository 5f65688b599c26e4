"""The settings, each in force at once; nothing to confirm."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.actions import Actions
from desktop.shell.settings import SettingsStore
from desktop.shell.shortcuts_page import ShortcutsPage
from desktop.shell.words import mark, tr, worded, words

_THEMES = (("system", mark("As the system")), ("light", mark("Light")), ("dark", mark("Dark")))


class SettingsDialog(QDialog):
    """Language, look, author, what is masked, where things lie. Not modal."""

    def __init__(self, store: SettingsStore, parent: QWidget, actions: Actions | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Settings")
        now = store.now
        self.language = QComboBox()
        self.language.addItem("中文", "zh")
        self.language.addItem("English", "en")
        self.language.setCurrentIndex(self.language.findData(now.language))
        self.look = QComboBox()
        self.author = QLineEdit(now.author)
        self.decimals = QComboBox()
        for decimals, example in enumerate(("1 m", "0.1 m", "0.01 m", "0.001 m")):
            self.decimals.addItem(example, decimals)
        self.decimals.setCurrentIndex(self.decimals.findData(now.decimals))
        self.reopen, self.restricted = QCheckBox(), QCheckBox()
        self.reopen.setChecked(now.reopen_last)
        self.restricted.setChecked(now.show_restricted)
        worded(self.reopen, "setText", "Open the last project on start")
        worded(self.restricted, "setText", "Show restricted fields (addresses of devices) in tables")
        where = QLabel(str(store.path))
        where.setProperty("role", "soft")
        where.setWordWrap(True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(16)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for text, field in (
            (mark("Language"), self.language),
            (mark("Look"), self.look),
            (mark("Author of edits"), self.author),
            (mark("Coordinates to"), self.decimals),
            (mark("On start"), self.reopen),
            (mark("Privacy"), self.restricted),
            (mark("Settings file"), where),
        ):
            label = QLabel()
            worded(label, "setText", text)
            worded(field, "setAccessibleName", text)
            form.addRow(label, field)
        close = QPushButton()
        worded(close, "setText", "Close")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(24)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        general = QWidget()
        inside = QVBoxLayout(general)
        inside.setContentsMargins(0, 16, 0, 0)
        inside.addLayout(form)
        inside.addStretch(1)
        self.pages.addTab(general, "")
        self.shortcuts = ShortcutsPage(actions) if actions is not None else None
        if self.shortcuts is not None:
            self.pages.addTab(self.shortcuts, "")
        column.addWidget(self.pages, 1)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self.setMinimumSize(560, 560)
        self._say()
        words().changed.connect(self._say)
        self.language.activated.connect(lambda _row: store.change(language=self.language.currentData()))
        self.look.activated.connect(lambda _row: store.change(theme=self.look.currentData()))
        self.decimals.activated.connect(lambda _row: store.change(decimals=self.decimals.currentData()))
        self.author.editingFinished.connect(self._author_typed)
        self.reopen.toggled.connect(lambda on: store.change(reopen_last=on))
        self.restricted.toggled.connect(lambda on: store.change(show_restricted=on))

    def _author_typed(self) -> None:
        name = self.author.text().strip()
        if name:
            self._store.change(author=name)
        else:
            self.author.setText(self._store.now.author)

    def _say(self) -> None:
        for place, text in enumerate((mark("General"), mark("Keyboard shortcuts"))[: self.pages.count()]):
            self.pages.setTabText(place, tr(text))
        self.look.clear()
        for value, text in _THEMES:
            self.look.addItem(tr(text), value)
        self.look.setCurrentIndex(self.look.findData(self._store.now.theme))
