"""The style panel's own controls: popups, pictures to choose from, calm spin boxes, labelled rows, folding parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import worded, words

LABEL_PX = 92
Draw = Callable[[QPainter, QRectF, Any], None]


def while_alive(widget: QWidget, callback: Callable[..., None]) -> Callable[..., None]:
    """``callback``, unless the widget is gone by then: the answer of a job may come after its panel was closed."""

    def call(*args: Any) -> None:
        if isValid(widget):
            callback(*args)

    return call


class CalmSpin(QDoubleSpinBox):
    """A number that a passing wheel does not change; ``turned(value)`` only when the user changed it."""

    turned = Signal(float)

    def __init__(self, low: float, high: float, step: float, decimals: int = 1, unit: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setDecimals(decimals)
        self.setSuffix(f" {unit}" if unit else "")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(64)
        self.lineEdit().setTextMargins(6, 0, 0, 0)
        self.valueChanged.connect(self.turned)

    def show_value(self, value: float) -> None:
        """Take a value without telling; what is just being typed is left as it stands when it says the same."""
        if abs(self.value() - value) > 0.5 * 10.0 ** -self.decimals():
            self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(False)

    def measure(self, unit: str, largest: float) -> None:
        """Count in another unit; setting the same one again would move the cursor of who is typing."""
        if self.suffix() != f" {unit}" or self.maximum() != largest:
            self.setMaximum(largest)
            self.setSuffix(f" {unit}")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only where the user has clicked into."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CalmBox(QComboBox):
    """A list that a passing wheel does not change; ``chosen(data)`` only when the user chose."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setMaxVisibleItems(16)
        self.activated.connect(lambda _row: self.chosen.emit(self.currentData()))

    def fill(self, choices: Sequence[tuple[str, Any]], chosen: Any) -> None:
        """Offer (text, data) and show the chosen one, without telling."""
        self.blockSignals(True)
        if [(self.itemText(i), self.itemData(i)) for i in range(self.count())] != list(choices):
            self.clear()
            for text, data in choices:
                self.addItem(text, data)
        self.setCurrentIndex(next((i for i, (_, data) in enumerate(choices) if data == chosen), -1))
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only where the user has clicked into."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Popup(QFrame):
    """A small window over the panel that closes by a click elsewhere or Escape."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(8, 8, 8, 8)
        self.column.setSpacing(8)

    def open_below(self, owner: QWidget, first: QWidget) -> None:
        """Appear under ``owner``, on the screen, with the keyboard in ``first``."""
        self.adjustSize()
        corner = owner.mapToGlobal(QPoint(0, owner.height() + 2))
        room = owner.screen().availableGeometry()
        x = max(room.left() + 8, min(corner.x(), room.right() - self.width() - 8))
        y = (
            corner.y()
            if corner.y() + self.height() <= room.bottom()
            else corner.y() - self.height() - owner.height() - 4
        )
        self.move(x, max(room.top() + 8, y))
        self.show()
        first.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised ground with a hairline."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("raised"))
        painter.setPen(theme().color("line_strong"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class PictureGrid(QWidget):
    """Cells with a picture each, chosen by mouse or by arrows and Enter; ``picked(key)``."""

    picked = Signal(object)

    def __init__(self, draw: Draw, columns: int, cell: tuple[int, int]) -> None:
        super().__init__()
        self._draw, self._columns, self._cell = draw, columns, cell
        self._cells: Sequence[tuple[Any, str]] = ()
        self.current = 0
        self._over = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def show_cells(self, cells: Sequence[tuple[Any, str]], chosen: Any) -> None:
        """Offer (key, name) cells."""
        self._cells = cells
        self.current = next((i for i, (key, _) in enumerate(cells) if key == chosen), 0)
        rows = -(-len(cells) // self._columns)
        self.setFixedSize(self._columns * self._cell[0], max(rows, 1) * self._cell[1])
        self._say()
        self.update()

    def keys(self) -> list[Any]:
        """What can be chosen."""
        return [key for key, _ in self._cells]

    def place(self, key: Any) -> QPoint:
        """The middle of a cell."""
        return self._rect(self.keys().index(key)).center().toPoint()

    def sizeHint(self) -> QSize:
        """All cells."""
        return self.size()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Enter and Space choose."""
        step = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Down: self._columns
        }.get(Qt.Key(event.key()))  # fmt: skip
        if step is not None and self._cells:
            if 0 <= self.current + step < len(self._cells):
                self.current += step
                self._say()
                self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cells:
            self.picked.emit(self._cells[self.current][0])
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what lies under the mouse, and its name."""
        over = self._at(event.position().toPoint())
        if over != self._over:
            self._over = over
            if over >= 0:
                QToolTip.showText(event.globalPosition().toPoint(), self._cells[over][1], self)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose."""
        at = self._at(event.position().toPoint())
        if at >= 0:
            self.current = at
            self.picked.emit(self._cells[at][0])

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cells; the chosen one framed."""
        look = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, (key, _) in enumerate(self._cells):
            rect = self._rect(i)
            if i in (self.current, self._over):
                painter.setPen(QPen(look.color("accent"), 1.5) if i == self.current else Qt.PenStyle.NoPen)
                painter.setBrush(look.color("accent_soft" if i == self.current else "sunken"))
                painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
            self._draw(painter, rect.adjusted(4, 4, -4, -4), key)
        painter.end()

    def _say(self) -> None:
        self.setAccessibleDescription(self._cells[self.current][1] if self._cells else "")

    def _rect(self, i: int) -> QRectF:
        width, height = self._cell
        return QRectF(i % self._columns * width, i // self._columns * height, width, height)

    def _at(self, place: QPoint) -> int:
        column, row = place.x() // self._cell[0], place.y() // self._cell[1]
        at = row * self._columns + column
        return at if 0 <= column < self._columns and 0 <= at < len(self._cells) else -1


class PictureButton(QToolButton):
    """Shows the chosen picture and opens a grid of all; ``chosen(key)``."""

    chosen = Signal(object)

    def __init__(self, draw: Draw, columns: int, cell: tuple[int, int]) -> None:
        super().__init__()
        self._draw = draw
        self._cells: Sequence[tuple[Any, str]] = ()
        self.key: Any = None
        self.popup = Popup(self)
        self.grid = PictureGrid(draw, columns, cell)
        self.grid.picked.connect(self._pick)
        self.popup.column.addWidget(self.grid)
        self.setFixedHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open)
        theme().changed.connect(self.update)

    def show_cells(self, cells: Sequence[tuple[Any, str]], chosen: Any) -> None:
        """Offer (key, name) cells and show the chosen one."""
        self._cells, self.key = cells, chosen
        name = next((name for key, name in cells if key == chosen), "")
        self.setToolTip(name)
        self.setAccessibleDescription(name)
        self.update()

    def open(self) -> None:
        """Show the grid."""
        self.grid.show_cells(self._cells, self.key)
        self.popup.open_below(self, self.grid)

    def _pick(self, key: Any) -> None:
        self.popup.hide()
        self.key = key
        self.update()
        self.chosen.emit(key)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A field with the picture and an arrow."""
        painter = QPainter(self)
        paint_field(self, painter)
        self._draw(painter, QRectF(self.rect()).adjusted(8, 5, -26, -5), self.key)
        painter.end()


def paint_field(widget: QToolButton, painter: QPainter) -> None:
    """The ground of a button that looks like the other fields: a frame, and an arrow at the right."""
    from desktop.shell.icons import paint_icon

    look = theme()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    focus = widget.hasFocus()
    painter.setPen(
        QPen(look.color("accent" if focus else "line_strong" if widget.isEnabled() else "line"), 2 if focus else 1)
    )
    painter.setBrush(look.color("sunken" if widget.isDown() or not widget.isEnabled() else "surface"))
    inset = 1.0 if focus else 0.5
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset), 6, 6)
    arrow = QRectF(0, 0, 14, 14)
    arrow.moveCenter(QRectF(widget.rect()).center())
    arrow.moveRight(widget.width() - 7)
    paint_icon(painter, arrow, "mdi6.chevron-down", look.color("text_soft"))


class Rows(QGridLayout):
    """Label and control, row by row, in the panel's measures."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(8)
        self.setColumnMinimumWidth(0, LABEL_PX)
        self.setColumnStretch(1, 1)
        self._labels: dict[QWidget, QLabel] = {}

    def row(self, label: str, *controls: QWidget) -> QWidget:
        """Add a row; several controls share it. Gives back the widget to show and hide with `reveal`."""
        said = QLabel()
        said.setProperty("role", "soft")
        said.setWordWrap(True)
        said.setFixedWidth(LABEL_PX)
        worded(said, "setText", label)
        said.setBuddy(controls[0])
        for control in controls:
            if not control.accessibleName():
                worded(control, "setAccessibleName", label)
        holder = controls[0] if len(controls) == 1 else QWidget()
        if len(controls) > 1:
            inside = QHBoxLayout(holder)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(8)
            for control in controls:
                inside.addWidget(control, 1)
        place = self.rowCount()
        self.addWidget(said, place, 0)
        self.addWidget(holder, place, 1)
        self._labels[holder] = said
        return holder

    def wide(self, widget: QWidget) -> None:
        """Add a widget over the whole width."""
        self.addWidget(widget, self.rowCount(), 0, 1, 2)

    def reveal(self, holder: QWidget, shown: bool) -> None:
        """Show or hide a row with its label."""
        holder.setVisible(shown)
        self._labels[holder].setVisible(shown)


class Fold(QWidget):
    """A part of the panel under a heading that folds; folded, it says in few words what is set."""

    def __init__(self, title: str, body: QWidget, open_: bool = False) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setCheckable(True)
        self.button.setProperty("role", "fold")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setStyleSheet("QToolButton { font-weight: 600; } QToolButton:checked { background: transparent; }")
        worded(self.button, "setText", title)
        self.summary = QLabel()
        self.summary.setProperty("role", "faint")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._said = ""
        self.body = body
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(8)
        head.addWidget(self.button)
        head.addWidget(self.summary, 1)
        line = QFrame()
        line.setProperty("role", "rule")
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(line)
        column.addLayout(head)
        column.addWidget(body)
        self.button.toggled.connect(self._fold)
        words().changed.connect(self._room)
        self.button.setChecked(open_)
        self._fold(open_)

    def say(self, text: str) -> None:
        """What is set, in few words."""
        self._said = text
        self.summary.setText("" if self.button.isChecked() else text)
        self.summary.setToolTip(text)

    def _fold(self, open_: bool) -> None:
        self.button.setIcon(icon("mdi6.chevron-down" if open_ else "mdi6.chevron-right", "text_soft"))
        self.body.setVisible(open_)
        self.summary.setText("" if open_ else self._said)

    def _room(self) -> None:
        self.button.updateGeometry()
