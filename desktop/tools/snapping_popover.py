"""What the cursor holds on to, chosen in a small window below the magnet; in force at once, kept in the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.icons import icon
from desktop.shell.settings import SnapSettings
from desktop.shell.words import language, mark, tr, worded, words
from desktop.tools.snapping import NAMES
from gis.cartography.snapping import KINDS

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow

WIDTH, LIST_HEIGHT = 324, 176
_LAYERS = {
    "all": mark("All visible layers"), "current": mark("Only the layer being edited"), "chosen": mark("Chosen layers"),
}  # fmt: skip
_STEPS = (15, 30, 45, 90)
_MOST = {"px": 60.0, "m": 1000.0}


class SnappingRoom(QObject):
    """Carries the user's choice to the map, and opens the popover; one for each window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._store = window, window.store
        self._canvas: Any = None
        self.popover: SnappingPopover | None = None
        self._store.changed.connect(self._changed)
        window.workspace.class_changed.connect(self._class_changed)
        words().changed.connect(self._say)

    def attach(self, canvas: Any) -> None:
        """Work on this map from now on."""
        self._canvas = canvas
        self._class_changed(self._window.workspace.current_class)
        self._changed()

    def toggle(self) -> None:
        """Snapping on or off."""
        now = self._store.now.snapping
        self._store.change(snapping=replace(now, on=not now.on))
        on = tr("Snapping is on") if not now.on else tr("Snapping is off")
        self._window.status.show_hint(on)

    def open(self) -> None:
        """The small window, below the tools."""
        if self._canvas is None:
            return
        if self.popover is None:
            self.popover = SnappingPopover(self._window)
        self.popover.open_at(self._canvas.mapToGlobal(QPoint(12, 8)))

    def _class_changed(self, name: str) -> None:
        self._canvas.snapping.current = name

    def _changed(self, *_settings: object) -> None:
        now = self._store.now.snapping
        if self._canvas is not None:
            self._canvas.snapping.settings = now
            self._canvas.update()
        self._say()

    def _say(self, *_language: object) -> None:
        on = self._store.now.snapping.on
        action = self._window.actions_["snap.settings"]
        action.setIcon(icon("mdi6.magnet-on" if on else "mdi6.magnet", "accent" if on else "text_soft"))
        state = tr("Snapping is on") if on else tr("Snapping is off")
        action.setToolTip(f"{tr('Snapping…').rstrip('…')}  (Shift+S)\n{state}  (S)")


class SnappingPopover(QFrame):
    """On or off, kinds, layers, tolerance, and the steps of angles."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("Popup")
        self.setFixedWidth(WIDTH)
        self._window, self._store, self._filling = window, window.store, False
        worded(self, "setAccessibleName", "Snapping")
        self.on = QCheckBox()
        worded(self.on, "setText", "Snap while drawing and editing (S)")
        self.kinds = {kind: QCheckBox() for kind in KINDS}
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for place, (kind, box) in enumerate(self.kinds.items()):
            worded(box, "setText", NAMES[kind])
            grid.addWidget(box, place // 2, place % 2)
        self.layers, self.chosen = QComboBox(), QScrollArea()
        self.chosen.setFixedHeight(LIST_HEIGHT)
        self.chosen.setWidgetResizable(True)
        self.chosen.setFrameShape(QFrame.Shape.NoFrame)
        self.classes: dict[str, QCheckBox] = {}
        worded(self.layers, "setAccessibleName", "Layers to snap to")
        worded(self.chosen, "setAccessibleName", "Chosen layers")
        self.tolerance, self.unit, self.step = QDoubleSpinBox(), QComboBox(), QComboBox()
        self.tolerance.setFixedWidth(92)
        self.tolerance.setRange(0.1, _MOST["px"])
        self.tolerance.setDecimals(1)
        worded(self.tolerance, "setAccessibleName", "Snapping distance")
        worded(self.unit, "setAccessibleName", "Unit of the snapping distance")
        worded(self.step, "setAccessibleName", "Steps of the angle while Shift is held")
        for step in _STEPS:
            self.step.addItem(f"{step}°", step)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.on)
        column.addWidget(_heading("Snap to"))
        column.addLayout(grid)
        column.addWidget(self.layers)
        column.addWidget(self.chosen)
        column.addLayout(_row("Snap within", self.tolerance, self.unit))
        column.addLayout(_row("Angle steps (Shift)", self.step))
        note = QLabel()
        note.setProperty("role", "soft")
        note.setWordWrap(True)
        worded(note, "setText", "Hold Ctrl to let go for a moment.")
        column.addWidget(note)
        for box in (self.on, *self.kinds.values()):
            box.toggled.connect(self._keep)
        for combo in (self.layers, self.unit, self.step):
            combo.activated.connect(self._keep)
        self.tolerance.valueChanged.connect(self._keep)

    def open_at(self, corner: QPoint) -> None:
        """Appear with the upper left corner there."""
        self._fill()
        self.adjustSize()
        self.move(corner)
        self.show()
        self.on.setFocus()

    def _fill(self) -> None:
        now = self._store.now.snapping
        self._filling = True
        self.on.setChecked(now.on)
        for kind, box in self.kinds.items():
            box.setChecked(kind in now.kinds)
        for combo, entries, chosen in (
            (self.layers, _LAYERS, now.layers), (self.unit, {"px": mark("pixels"), "m": mark("metres")}, now.unit),
        ):  # fmt: skip
            combo.clear()
            for value, text in entries.items():
                combo.addItem(tr(text), value)
            combo.setCurrentIndex(combo.findData(chosen))
        self.step.setCurrentIndex(self.step.findData(now.polar_step))
        self.tolerance.setMaximum(_MOST[now.unit])
        self.tolerance.setValue(now.tolerance)
        page, self.classes = QWidget(), {}
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        session = self._window.workspace.session
        for cls in session.catalogue.classes if session is not None else ():
            if cls.spatial:
                box = self.classes[cls.name] = QCheckBox(cls.label.text(language()))
                box.setChecked(cls.name in now.chosen)
                box.toggled.connect(self._keep)
                column.addWidget(box)
        column.addStretch(1)
        self.chosen.setWidget(page)
        self.chosen.setVisible(now.layers == "chosen")
        self._filling = False

    def _keep(self, *_changed: object) -> None:
        if self._filling:
            return
        unit = self.unit.currentData()
        self.tolerance.setMaximum(_MOST[unit])
        picked = tuple(name for name, box in self.classes.items() if box.isChecked())
        made = SnapSettings(
            on=self.on.isChecked(), kinds=tuple(kind for kind, box in self.kinds.items() if box.isChecked()),
            layers=self.layers.currentData(), chosen=picked, tolerance=self.tolerance.value(), unit=unit,
            polar_step=self.step.currentData(),
        )  # fmt: skip
        self.chosen.setVisible(made.layers == "chosen")
        self.adjustSize()
        self._store.change(snapping=made)


def _heading(text: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", "section")
    worded(label, "setText", text)
    return label


def _row(text: str, *widgets: Any) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    label = QLabel()
    worded(label, "setText", text)
    row.addWidget(label, 1)
    for widget in widgets:
        row.addWidget(widget)
    return row
