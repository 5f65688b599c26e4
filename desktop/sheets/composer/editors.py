"""One editor for each kind of property: shows a value, says ``edited(value)`` when the user changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)

from desktop.shell.formatting import parse_scale, scale
from desktop.shell.icons import icon
from desktop.shell.words import language, tr, worded
from desktop.styling.colors import ColorButton
from desktop.styling.controls import CalmBox, CalmSpin
from gis.catalogue import Catalogue

SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
Choices = Callable[[], Sequence[tuple[str, Any]]]


class Editor(QWidget):
    """Base: one control in a row of its own width."""

    edited = Signal(object)

    def __init__(self, *controls: QWidget) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for i, control in enumerate(controls):
            row.addWidget(control, 1 if i == 0 else 0)
        self.control = controls[0]
        self.setFocusProxy(controls[0])

    def setAccessibleName(self, name: str) -> None:
        """The control's name."""
        super().setAccessibleName(name)
        self.control.setAccessibleName(name)

    def show_value(self, value: Any) -> None:
        """Take a value without telling."""
        raise NotImplementedError


class NumberEditor(Editor):
    """A length in mm, or a whole number where ``decimals`` is 0."""

    def __init__(self, low: float, high: float, step: float, decimals: int = 1, unit: str = "mm") -> None:
        self.spin = CalmSpin(low, high, step, decimals, unit)
        super().__init__(self.spin)
        self.spin.setKeyboardTracking(False)
        self.spin.turned.connect(lambda value: self.edited.emit(int(value) if decimals == 0 else float(value)))

    def show_value(self, value: Any) -> None:
        self.spin.show_value(float(value))


class LineEditor(Editor):
    """One line, taken when it is done."""

    def __init__(self) -> None:
        self.line = QLineEdit()
        super().__init__(self.line)
        self._value = ""
        self.line.editingFinished.connect(self._done)

    def show_value(self, value: Any) -> None:
        self._value = str(value)
        if self.line.text() != self._value:
            self.line.setText(self._value)

    def _done(self) -> None:
        if self.line.text().strip() != self._value:
            self.edited.emit(self.line.text().strip())


class ChoiceEditor(Editor):
    """One of several."""

    def __init__(self, choices: Choices) -> None:
        self.box = CalmBox()
        super().__init__(self.box)
        self._choices = choices
        self.box.chosen.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:
        offered = list(self._choices())
        if value not in [data for _, data in offered]:
            offered.append((str(value), value))
        self.box.fill(offered, value)


class SwitchEditor(Editor):
    """Yes or no."""

    def __init__(self) -> None:
        self.box = QCheckBox()
        super().__init__(self.box)
        self.box.toggled.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(bool(value))
        self.box.blockSignals(False)


class ColorEditor(Editor):
    """A colour or none."""

    def __init__(self) -> None:
        self.button = ColorButton(optional=True)
        super().__init__(self.button)
        self.button.chosen.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:
        self.button.show_color(value or None)


class ScaleEditor(Editor):
    """A scale; ``edited(0)`` for what fits."""

    def __init__(self) -> None:
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        super().__init__(self.box)
        self._value = 0.0
        self.box.activated.connect(lambda _row: self._take())
        self.box.lineEdit().editingFinished.connect(self._take)

    def show_value(self, value: Any) -> None:
        self._value = float(value or 0.0)
        self.box.blockSignals(True)
        offered = [tr("Fitting"), *(scale(one) for one in SCALES)]
        if [self.box.itemText(i) for i in range(self.box.count())] != offered:
            self.box.clear()
            self.box.addItems(offered)
        self.box.setEditText(scale(self._value) if self._value else tr("Fitting"))
        self.box.blockSignals(False)

    def _take(self) -> None:
        made = parse_scale(self.box.currentText()) or 0.0
        if abs(made - self._value) > 0.5:
            self._value = made
            self.edited.emit(made)
        else:
            self.show_value(self._value)


class FileEditor(Editor):
    """A picture's file, or the logo."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self.line = QLineEdit()
        self.pick, self.logo = QToolButton(), QToolButton()
        self.pick.setIcon(icon("mdi6.folder-open-outline"))
        self.logo.setIcon(icon("mdi6.seal"))
        for button, text in ((self.pick, "Choose a picture"), (self.logo, "Use the logo")):
            worded(button, "setToolTip", text)
            worded(button, "setAccessibleName", text)
        super().__init__(self.line, self.pick, self.logo)
        self._folder, self._value = folder, ""
        self.line.editingFinished.connect(lambda: self._take(self.line.text().strip()))
        self.pick.clicked.connect(self._ask)
        self.logo.clicked.connect(lambda: self._take("logo"))

    def show_value(self, value: Any) -> None:
        self._value = str(value)
        self.line.setText(self._value)
        self.line.setToolTip(self._value)

    def _take(self, value: str) -> None:
        if value and value != self._value:
            self.show_value(value)
            self.edited.emit(value)

    def _ask(self) -> None:
        kinds = f"{tr('Pictures')} (*.png *.jpg *.jpeg *.svg *.webp *.bmp)"
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a picture"), str(self._folder()), kinds)
        if chosen:
            self._take(chosen)


class LayersEditor(Editor):
    """The classes a map shows; none chosen means those of the sheet."""

    def __init__(self, catalogue: Catalogue, own: Callable[[], Sequence[str]]) -> None:
        self.button = QToolButton()
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        super().__init__(self.button)
        self._catalogue, self._own = catalogue, own
        self._value: tuple[str, ...] = ()
        self._menu = QMenu(self.button)
        self._menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self._menu)

    def show_value(self, value: Any) -> None:
        self._value = tuple(value)
        if not self._value:
            said = tr("As the sheet")
        elif len(self._value) <= 2:
            said = "、".join(self._catalogue[name].label.text(language()) for name in self._value)
        else:
            said = tr("{count} layers", count=len(self._value))
        self.button.setText(said)

    def _fill(self) -> None:
        self._menu.clear()
        self._menu.addAction(tr("As the sheet"), lambda: self._take(()))
        self._menu.addSeparator()
        shown = self._value or tuple(self._own())
        for cls in self._catalogue:
            if not cls.spatial:
                continue
            action = self._menu.addAction(cls.label.text(language()))
            action.setCheckable(True)
            action.setChecked(cls.name in shown)
            action.setData(cls.name)
            action.triggered.connect(self._toggled)

    def _toggled(self, _on: bool) -> None:
        name = self.sender().data()  # type: ignore[attr-defined]
        shown = list(self._value or self._own())
        made = [one for one in shown if one != name] if name in shown else [*shown, name]
        order = [cls.name for cls in self._catalogue]
        self._take(tuple(sorted(made, key=order.index)))

    def _take(self, value: tuple[str, ...]) -> None:
        self.show_value(value)
        self.edited.emit(value)


RANGES: Mapping[str, tuple[float, float, float]] = {  # property -> least, most, step, mm
    "size": (1.2, 60.0, 0.1), "band": (0.0, 20.0, 0.5), "width": (0.0, 400.0, 1.0), "gap": (0.0, 40.0, 0.5),
}  # fmt: skip
COUNTS: Mapping[str, tuple[int, int]] = {"lines": (1, 200), "columns": (1, 6), "rows": (0, 2000), "split": (0, 20)}
