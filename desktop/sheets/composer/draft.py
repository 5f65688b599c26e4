"""The sheet in the composer's hand: changed by pure operations, with undo, redo and what is selected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.shell.notices import notify
from gis.cartography.sheets.items import Item, all_items
from gis.cartography.sheets.templates import SheetTemplate
from gis.errors import Refusal
from gis.project.sheets import Sheet

_GESTURE_S = 2.0  # changes of one kind in quick succession are one step
_STEPS = 200


@dataclass(frozen=True)
class _Step:
    sheet: Sheet
    selected: tuple[str, ...]


class Draft(QObject):
    """``changed`` after each change of the sheet, ``selected`` after each of the selection."""

    changed = Signal()
    selected = Signal()

    def __init__(self, sheet: Sheet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self.selection: tuple[str, ...] = ()
        self._kept = sheet
        self._past: list[_Step] = []
        self._future: list[_Step] = []
        self._gesture, self._at = "", 0.0

    # Reading --------------------------------------------------------------------------------------------------------
    @property
    def template(self) -> SheetTemplate:
        """The template as it stands."""
        return self.sheet.template

    @property
    def items(self) -> list[Item]:
        """All items, those of columns too."""
        return all_items(self.template.items)

    @property
    def chosen(self) -> list[Item]:
        """The selected items, in the sheet's order."""
        return [item for item in self.items if item.id in self.selection]

    @property
    def free(self) -> tuple[str, ...]:
        """The ids of the selected items that have places of their own."""
        return tuple(item.id for item in self.template.items if item.id in self.selection)

    @property
    def dirty(self) -> bool:
        """Whether it is other than it was kept."""
        return self.sheet != self._kept

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back."""
        return bool(self._future)

    # Changing -------------------------------------------------------------------------------------------------------
    def put(self, sheet: Sheet, gesture: str = "", select: Iterable[str] | None = None) -> None:
        """The sheet is this from now on; steps of the same ``gesture`` in quick succession are undone as one."""
        if sheet == self.sheet:
            if select is not None:
                self.select(select)
            return
        now = time.monotonic()
        if not (gesture and gesture == self._gesture and now - self._at < _GESTURE_S and self._past):
            self._past.append(_Step(self.sheet, self.selection))
            del self._past[:-_STEPS]
        self._future.clear()
        self._gesture, self._at = gesture, now
        self._set(sheet, self.selection if select is None else tuple(select))

    def edit(
        self,
        operation: Callable[..., SheetTemplate],
        *args: Any,
        gesture: str = "",
        select: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> bool:
        """Apply an operation of ``gis.cartography.sheets.editing``; a refusal is told. Whether it could be done."""
        try:
            template = operation(self.template, *args, **kwargs)
        except Refusal as refusal:
            notify(refusal)
            return False
        self.put(replace(self.sheet, template=template), gesture, select)
        return True

    def edit_new(self, operation: Callable[..., tuple[SheetTemplate, Any]], *args: Any) -> bool:
        """Apply an operation that also gives the id or ids of new items; they are then selected."""
        try:
            template, new = operation(self.template, *args)
        except Refusal as refusal:
            notify(refusal)
            return False
        self.put(replace(self.sheet, template=template), "", (new,) if isinstance(new, str) else new)
        return True

    def select(self, ids: Iterable[str]) -> None:
        """These items are selected, as far as they are there."""
        known = {item.id for item in self.items}
        made = tuple(id for id in dict.fromkeys(ids) if id in known)
        if made != self.selection:
            self.selection = made
            self._gesture = ""
            self.selected.emit()

    def undo(self) -> None:
        """Take the last step back."""
        if self._past:
            step = self._past.pop()
            self._future.append(_Step(self.sheet, self.selection))
            self._gesture = ""
            self._set(step.sheet, step.selected)

    def redo(self) -> None:
        """Do again what was taken back."""
        if self._future:
            step = self._future.pop()
            self._past.append(_Step(self.sheet, self.selection))
            self._gesture = ""
            self._set(step.sheet, step.selected)

    def kept(self, sheet: Sheet) -> None:
        """It was kept as ``sheet``: under another name perhaps, which is no step."""
        self._kept = self.sheet = sheet
        self.changed.emit()

    def _set(self, sheet: Sheet, selection: tuple[str, ...]) -> None:
        self.sheet = sheet
        known = {item.id for item in self.items}
        left = tuple(id for id in selection if id in known)
        moved = left != self.selection
        self.selection = left
        self.changed.emit()
        if moved:
            self.selected.emit()
