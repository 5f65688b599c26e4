"""The symbol of one variant, or of several at once: colour, mark or line or fill, and what refines it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from desktop.shell.notices import notify
from desktop.shell.words import mark, tr, worded, words
from desktop.styling.colors import ColorButton
from desktop.styling.controls import CalmSpin, PictureButton, Rows
from desktop.styling.pictures import (
    DASHES,
    PATTERNS,
    Mark,
    mark_cells,
    paint_dash,
    paint_pattern,
    paint_sample,
)
from gis.cartography.symbols import LayerStyle, Variant
from gis.errors import Refusal

_LARGEST_SVG = 200_000  # bytes


class SymbolEditor(QWidget):
    """Shows the first of some variants; ``changed(properties, gesture)`` is meant for all of them."""

    changed = Signal(object, str)
    layer_changed = Signal(object, str)  # properties of the whole layer, gesture

    def __init__(self) -> None:
        super().__init__()
        self._style: LayerStyle | None = None
        self._variant = Variant(None, "#6B7280")
        self._own: str | None = None
        self.fill = ColorButton(optional=True)
        self.color, self.outline = ColorButton(), ColorButton()
        self.shape = PictureButton(self._paint_mark, 6, (40, 40))
        self.load = QPushButton()
        self.load.setProperty("role", "link")
        worded(self.load, "setText", "Own picture (SVG)…")
        self.shape.popup.column.addWidget(self.load)
        self.size = CalmSpin(0.3, 30.0, 0.2, 1, "mm")
        self.width_ = CalmSpin(0.05, 20.0, 0.05, 2, "mm")
        self.dash = PictureButton(paint_dash, 1, (190, 26))
        self.casing, self.core = ColorButton(optional=True), ColorButton(optional=True)
        self.casing_width = CalmSpin(0.05, 5.0, 0.05, 2, "mm")
        self.pattern = PictureButton(paint_pattern, 4, (52, 36))
        self.spacing = CalmSpin(0.4, 20.0, 0.2, 1, "mm")
        self.opacity = CalmSpin(0.0, 100.0, 5.0, 0, "%")
        rows = self._rows = Rows()
        self._holders = {
            "fill": rows.row(mark("Fill"), self.fill),
            "color": rows.row(mark("Colour"), self.color),
            "opacity": rows.row(mark("Fill opacity"), self.opacity),
            "outline": rows.row(mark("Outline"), self.outline),
            "shape": rows.row(mark("Mark"), self.shape),
            "size": rows.row(mark("symbol|Size"), self.size),
            "width": rows.row(mark("Line width"), self.width_),
            "dash": rows.row(mark("Line pattern"), self.dash),
            "core": rows.row(mark("Core"), self.core),
            "casing": rows.row(mark("Casing"), self.casing),
            "casing_width": rows.row(mark("Casing width"), self.casing_width),
            "pattern": rows.row(mark("Pattern"), self.pattern),
            "spacing": rows.row(mark("Spacing"), self.spacing),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(rows)
        self._connect()
        words().changed.connect(self._offer)

    def _connect(self) -> None:
        for button in (self.color, self.outline):
            button.chosen.connect(lambda color: self._tell("", color=color))
        self.fill.chosen.connect(lambda color: self._tell("", fill=color or None))
        self.casing.chosen.connect(lambda color: self._tell("", casing=color or None))
        self.shape.chosen.connect(lambda key: self._tell("", shape=key[0], svg=key[1]))
        self.dash.chosen.connect(lambda dash: self._tell("", dash=dash))
        self.pattern.chosen.connect(lambda pattern: self._tell("", pattern=pattern))
        self.size.turned.connect(lambda value: self._tell("size", size=value))
        self.width_.turned.connect(lambda value: self._tell("width", width=value))
        self.casing_width.turned.connect(lambda value: self._tell("casing_width", casing_width=value))
        self.spacing.turned.connect(lambda value: self._tell("spacing", pattern_spacing=value))
        self.opacity.turned.connect(lambda value: self.layer_changed.emit({"opacity": value / 100}, "opacity"))
        self.core.chosen.connect(lambda color: self.layer_changed.emit({"core": color or None}, ""))
        self.load.clicked.connect(self._ask_svg)

    def show_variants(self, style: LayerStyle, places: Sequence[int]) -> None:
        """Show how these variants are drawn."""
        self._style = style
        variant = self._variant = style.variants[places[0] if places else 0]
        kind, metres = style.kind, style.unit == "m"
        for spin, largest in ((self.size, 30.0), (self.width_, 20.0)):
            spin.measure("m" if metres else "mm", 5000.0 if metres else largest)
        self.color.show_color(variant.color, style.family)
        self.outline.show_color(variant.color, style.family)
        self.fill.show_color(variant.fill, style.family)
        self.casing.show_color(variant.casing, style.family)
        self.core.show_color(style.core, "ground")
        self.size.show_value(variant.size)
        self.width_.show_value(variant.width)
        self.casing_width.show_value(variant.casing_width)
        self.spacing.show_value(variant.pattern_spacing)
        self.opacity.show_value(style.opacity * 100)
        self._offer()
        shown = {
            "point": {"color", "shape", "size"},
            "line": {"color", "width", "dash", "casing"}
            | ({"casing_width"} if variant.casing else set())
            | ({"core"} if style.core else set()),
            "polygon": ({"opacity"} if variant.fill else set())
            | {"fill", "outline", "width", "dash", "pattern"}
            | ({"spacing"} if variant.pattern else set()),
        }[kind]
        for name, holder in self._holders.items():
            self._rows.reveal(holder, name in shown)

    def load_svg(self, path: Path) -> None:
        """Take a picture of the user's as the mark; what is no SVG is told and changes nothing."""
        try:
            text = path.read_bytes()[: _LARGEST_SVG + 1]
        except OSError as error:
            notify(Refusal("styling.unreadable", file=path.name, reason=str(error)))
            return
        if len(text) > _LARGEST_SVG:
            notify(Refusal("styling.large_picture", file=path.name, limit=_LARGEST_SVG // 1000))
            return
        if b"<svg" not in text or not QSvgRenderer(text).isValid():
            notify(Refusal("styling.no_picture", file=path.name))
            return
        self._own = text.decode("utf-8", "replace")
        self._tell("", svg=self._own)

    def _ask_svg(self) -> None:
        self.shape.popup.hide()
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Own picture (SVG)…"), "", "*.svg")
        if chosen:
            self.load_svg(Path(chosen))

    def _tell(self, gesture: str, **changes: Any) -> None:
        if self._style is not None:
            self.changed.emit(changes, gesture)

    def _offer(self) -> None:
        variant = self._variant
        marked: Mark = (variant.shape if variant.svg is None else "circle", variant.svg)
        self.shape.show_cells(mark_cells(variant.svg or self._own), marked)
        dashes = [(dash, tr(name)) for dash, name in DASHES]
        if variant.dash not in [dash for dash, _ in dashes]:
            dashes.append((variant.dash, tr("As it is")))
        self.dash.show_cells(dashes, variant.dash)
        self.pattern.show_cells([(key, tr(name)) for key, name in PATTERNS], variant.pattern)

    def _paint_mark(self, painter: QPainter, rect: QRectF, key: Mark | None) -> None:
        if key is not None and self._style is not None:
            look = Variant(None, self._variant.color, shape=key[0], svg=key[1], size=4.0)
            paint_sample(painter, rect, "point", self._style.family, look)
