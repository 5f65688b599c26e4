"""What differs from the inventory, a line an antenna: what it was and what it would be."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded, words
from desktop.what_if.trial import Trial

_ID = Qt.ItemDataRole.UserRole
_ROW_PX, _ROWS = 44, 6
_IMAGES = {"changed": "mdi6.pencil-outline", "added": "mdi6.plus", "removed": "mdi6.trash-can-outline"}


class ChangesList(QListWidget):
    """Choosing a line takes that antenna in hand."""

    def __init__(self, trial: Trial, catalogue: Any) -> None:
        super().__init__()
        self._trial, self._catalogue = trial, catalogue
        self.setIconSize(QSize(18, 18))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        worded(self, "setAccessibleName", "Changes")
        self.itemClicked.connect(self._clicked)
        self.itemActivated.connect(self._clicked)
        trial.changed.connect(self.show_changes)
        trial.state_changed.connect(self.show_changes)
        trial.chosen_changed.connect(self._mark_chosen)
        words().changed.connect(self.show_changes)
        self.show_changes()

    def show_changes(self) -> None:
        """Take over what the trial has."""
        found = self._trial.alterations()
        self.clear()
        for one in found:
            item = QListWidgetItem(icon(_IMAGES[one.kind], "text_soft"), self._line(one))
            item.setData(_ID, one.id)
            item.setSizeHint(QSize(0, _ROW_PX))
            item.setToolTip(item.text())
            self.addItem(item)
        self.setVisible(bool(found))
        self.setFixedHeight(4 + _ROW_PX * min(max(len(found), 1), _ROWS))
        self._mark_chosen()

    def _line(self, one: Any) -> str:
        name = self._trial.name(one.id)
        if one.kind == "removed":
            return f"{name}\n{tr('taken out')}"
        if one.kind == "added":
            state = self._trial.state(one.id) or {}
            turn = f" · {state['azimuth']:g}°" if state.get("azimuth") is not None else ""
            return f"{name}\n{tr('new')}{turn}"
        said = []
        if "x" in one.values or "y" in one.values:
            said.append(tr("moved"))
        cls = self._catalogue["cell" if self._trial.kind == "cells" else "wifi_hotspot"]
        for field, (old, new) in one.values.items():
            if field not in ("x", "y"):
                label = cls.field(field).label.text(language())
                said.append(f"{label} {_figure(old)} → {_figure(new)}")
        return f"{name}\n{' · '.join(said)}"

    def _clicked(self, item: QListWidgetItem) -> None:
        self._trial.choose(item.data(_ID))

    def _mark_chosen(self) -> None:
        for place in range(self.count()):
            if self.item(place).data(_ID) == self._trial.chosen:
                self.setCurrentRow(place)
                return
        self.setCurrentRow(-1)


def _figure(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:g}".replace("-", "−") if isinstance(value, int | float) else str(value)
