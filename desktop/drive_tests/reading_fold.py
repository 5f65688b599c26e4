"""How a drive-test file is read: which columns hold level and cell, which technology and datum; each can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.shell.icons import icon
from desktop.shell.words import mark, tr, worded, words
from gis.project.drive_tests import DriveChoices

_ROLES = (
    ("level", mark("drive|Level")),
    ("code", mark("drive|Cell code")),
    ("pci", mark("PCI")),
    ("bssid", mark("BSSID")),
    ("ssid", mark("drive|Network name")),
    ("technology", mark("Technology")),
)
_DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")


class ReadingFold(QWidget):
    """``changed``: the user chose; ``choices()`` says what."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, str] = {}
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setProperty("role", "fold")
        self.fold.setToolButtonStyle(self.fold.toolButtonStyle().ToolButtonTextBesideIcon)
        worded(self.fold, "setText", "How the file is read")
        self._body = QWidget()
        form = QFormLayout(self._body)
        form.setContentsMargins(20, 0, 0, 0)
        form.setSpacing(6)
        self.columns: dict[str, QComboBox] = {}
        for role, text in _ROLES:
            label, combo = QLabel(), QComboBox()
            worded(label, "setText", text)
            worded(combo, "setAccessibleName", text)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.activated.connect(self._chosen)
            form.addRow(label, combo)
            self.columns[role] = combo
        self.datum, datum_label = QComboBox(), QLabel()
        worded(datum_label, "setText", "Datum")
        worded(self.datum, "setAccessibleName", "Datum")
        self.datum.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.datum.activated.connect(self._chosen)
        form.addRow(datum_label, self.datum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.fold)
        column.addWidget(self._body)
        self.fold.toggled.connect(self._unfold)
        self._unfold(False)
        words().changed.connect(self._say)
        self.set_columns(())

    def set_columns(self, names: Sequence[str]) -> None:
        """Offer these columns; what was chosen before is forgotten."""
        for combo in self.columns.values():
            combo.clear()
            combo.addItem("", None)
            for name in names:
                combo.addItem(name, name)
        self.datum.clear()
        self.datum.addItem("", None)
        for name in _DATUMS:
            self.datum.addItem(name.upper(), name)
        self._found = {}
        self._say()

    def show_found(self, found: dict[str, str]) -> None:
        """Say which columns were taken by themselves."""
        self._found = found
        self._say()

    def choices(self) -> DriveChoices:
        """What the user chose."""
        chosen = tuple(
            (role, str(combo.currentData())) for role, combo in self.columns.items() if combo.currentData() is not None
        )
        return DriveChoices(columns=chosen, datum=self.datum.currentData())

    def open(self) -> None:
        """Show what can be chosen."""
        self.fold.setChecked(True)

    def _chosen(self, _place: int) -> None:
        self.changed.emit()

    def _unfold(self, open_: bool) -> None:
        self.fold.setIcon(icon("mdi6.chevron-down" if open_ else "mdi6.chevron-right", "text_soft"))
        self._body.setVisible(open_)

    def _say(self) -> None:
        for role, combo in self.columns.items():
            found = self._found.get(role)
            combo.setItemText(0, tr("automatic: {what}", what=found) if found else tr("drive|automatic"))
        self.datum.setItemText(0, tr("drive|automatic"))
