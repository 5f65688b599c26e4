"""Choosing a colour: hues that go with the families and that the colour-blind tell apart, a hex field, any other."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QToolButton

from desktop.forms.fields import dress
from desktop.shell.theme import theme
from desktop.shell.words import tr, worded, words
from desktop.styling.controls import PictureGrid, Popup, paint_field
from gis.cartography.palette import Palette, mixed

# After Okabe and Ito, and the families' own hues of palette.toml; each from dark to light.
HUES = ("#0072B2", "#2AA1C9", "#009E73", "#C9A400", "#E07B00", "#D55E00", "#A8437F", "#6B7280")
_SHADES = (("#000000", 0.45), ("#000000", 0.2), ("#000000", 0.0), ("#FFFFFF", 0.4), ("#FFFFFF", 0.72))
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


def swatches() -> list[str]:
    """The colours offered, row by row: darkest first."""
    return [mixed(hue, other, share) for other, share in _SHADES for hue in HUES]


def hex_color(text: str) -> str | None:
    """ "#RRGGBB" from what was typed ("0b6", "#00BB66"); None where it is no colour."""
    found = _HEX.fullmatch(text.strip().replace("＃", "#"))
    if found is None:
        return None
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    return f"#{digits.upper()}"


class ColorButton(QToolButton):
    """Shows a colour and opens the palette; ``chosen("#RRGGBB")``, "" for none where that can be chosen."""

    chosen = Signal(str)

    def __init__(self, optional: bool = False) -> None:
        super().__init__()
        self.color = "#6B7280"
        self._family = "ground"
        self._dialog: QColorDialog | None = None
        self.popup = Popup(self)
        self.grid = PictureGrid(self._draw, len(HUES), (30, 26))
        worded(self.grid, "setAccessibleName", "Colours")
        self.hex = QLineEdit()
        self.hex.setMaxLength(9)
        worded(self.hex, "setAccessibleName", "Colour as #RRGGBB")
        self.other = QPushButton()
        self.other.setProperty("role", "link")
        worded(self.other, "setText", "Other colour…")
        self.none = QPushButton()
        self.none.setProperty("role", "link")
        worded(self.none, "setText", "None|No colour")
        self.none.setVisible(optional)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.hex, 1)
        row.addWidget(self.other)
        self.popup.column.addWidget(self.grid)
        self.popup.column.addLayout(row)
        self.popup.column.addWidget(self.none, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFixedHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open)
        self.grid.picked.connect(self._pick)
        self.none.clicked.connect(lambda: self._pick(""))
        self.hex.textEdited.connect(self._typed)
        self.hex.returnPressed.connect(self.popup.hide)
        self.other.clicked.connect(self._ask)
        theme().changed.connect(self.update)
        words().changed.connect(self.update)

    def show_color(self, color: str | None, family: str = "ground") -> None:
        """Take a colour without telling; ``family`` decides how it looks on a dark ground."""
        self.color, self._family = color or "", family
        self.setAccessibleDescription(self.color or tr("None|No colour"))
        self.update()

    def open(self) -> None:
        """Show the palette."""
        self.grid.show_cells([(color, color) for color in swatches()], self.color)
        self.hex.setText(self.color)
        dress(self.hex, "wrong", False)
        self.popup.open_below(self, self.grid)

    def sizeHint(self) -> QSize:
        """Room for the colour and its name."""
        return QSize(110, 32)

    def _pick(self, color: str) -> None:
        self.popup.hide()
        self._take(color)

    def _take(self, color: str) -> None:
        self.show_color(color, self._family)
        self.chosen.emit(color)

    def _typed(self, text: str) -> None:
        color = hex_color(text)
        dress(self.hex, "wrong", color is None)
        if color is not None and len(text.strip().lstrip("#＃")) == 6:  # three digits may be the first half of six
            self._take(color)

    def _ask(self) -> None:
        self.popup.hide()
        dialog = QColorDialog(QColor(self.color or "#6B7280"), self.window())
        dialog.setWindowTitle(tr("Other colour…"))
        dialog.colorSelected.connect(self._asked)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _asked(self, color: QColor) -> None:
        self._take(color.name().upper())

    def _draw(self, painter: QPainter, rect: QRectF, color: str) -> None:
        paint_color(painter, rect, color, self._family)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The colour and its name."""
        painter = QPainter(self)
        paint_field(self, painter)
        box = QRectF(8, 7, 26, self.height() - 14)
        paint_color(painter, box, self.color, self._family)
        painter.setPen(theme().color("text"))
        text = QRectF(box.right() + 8, 0, self.width() - box.right() - 30, self.height())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.color or tr("None|No colour"))
        painter.end()


def paint_color(painter: QPainter, rect: QRectF, color: str, family: str) -> None:
    """A patch of a colour as the map shows it; none is a stroke across an empty patch."""
    look = theme()
    painter.setPen(QPen(look.color("line_strong"), 1))
    painter.setBrush(QColor(Palette.of(look.dark).ink(color, family)) if color else look.color("surface"))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    if not color:
        painter.drawLine(rect.bottomLeft(), rect.topRight())
