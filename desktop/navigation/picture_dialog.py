"""How large the picture of the map shall be, what stands on it, and whether it goes to a file or the clipboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
)

from desktop.navigation.picture import MOST_PIXELS, ViewPicture, copy_view, export_view, picture_of
from desktop.shell.formatting import number, scale
from desktop.shell.words import mark, tr, worded

# text, factor of the screen's logical pixels or dots an inch
SIZES = (
    (mark("As on the screen"), 1.0, 0.0),
    (mark("2 × as fine"), 2.0, 0.0),
    (mark("3 × as fine"), 3.0, 0.0),
    (mark("For print, 200 dpi"), 0.0, 200.0),
    (mark("For print, 300 dpi"), 0.0, 300.0),
)


class PictureDialog(QDialog):
    """Follows the map while it is open: what is saved is what is in view then."""

    def __init__(self, window: Any, canvas: Any) -> None:
        super().__init__(window)
        self._window, self._canvas = window, canvas
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Map picture"))
        self.sizes = QComboBox()
        for text, _factor, _dpi in SIZES:
            self.sizes.addItem(tr(text))
        self.sizes.setCurrentIndex(1)
        self.furniture, self.sources = QCheckBox(), QCheckBox()
        worded(self.furniture, "setText", "Scale bar and north mark")
        worded(self.sources, "setText", "Source of the base maps")
        self.furniture.setChecked(True)
        self.sources.setChecked(True)
        self.sources.setVisible(bool(canvas.attribution))
        self.facts = QLabel()
        self.facts.setProperty("role", "soft")
        self.facts.setWordWrap(True)
        self.save, self.copy, self.close_ = QPushButton(), QPushButton(), QPushButton()
        self.save.setProperty("role", "primary")
        worded(self.save, "setText", "Save…")
        worded(self.copy, "setText", "Copy")
        worded(self.close_, "setText", "Close")
        self._lay_out()
        self.sizes.currentIndexChanged.connect(self._say)
        canvas.viewChanged.connect(self._say)
        self.save.clicked.connect(self._ask)
        self.copy.clicked.connect(self._copy)
        self.close_.clicked.connect(self.close)
        self._say()

    def _lay_out(self) -> None:
        said = QLabel()
        worded(said, "setText", "Resolution")
        said.setBuddy(self.sizes)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.addWidget(said, 0, 0)
        grid.addWidget(self.sizes, 0, 1)
        grid.addWidget(self.furniture, 1, 1)
        grid.addWidget(self.sources, 2, 1)
        grid.addWidget(self.facts, 3, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(self.close_)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addLayout(grid)
        column.addLayout(row)
        self.setMinimumWidth(400)

    @property
    def ratio(self) -> float:
        """Pixels of the picture a logical pixel of the map."""
        _text, factor, dpi = SIZES[self.sizes.currentIndex()]
        return factor or dpi / (self._canvas.view.pixels_per_mm * 25.4)

    def picture(self) -> ViewPicture:
        """What would be saved now."""
        return picture_of(self._canvas, self.ratio, self.furniture.isChecked(), self.sources.isChecked())

    def save_to(self, target: Path) -> Any:
        """Draw and write in the background; the dialog has done its work."""
        if not target.suffix:
            target = target.with_suffix(".png")
        job = export_view(self._window, self._canvas, self.picture(), target)
        self.close()
        return job

    def _ask(self) -> None:
        folder = Path(self._window.session.path).parent
        proposed = folder / f"{Path(self._window.session.path).stem}.png"
        chosen, _filter = QFileDialog.getSaveFileName(
            self, tr("Save the picture"), str(proposed), tr("Pictures (*.png *.jpg *.jpeg)")
        )
        if chosen:
            self.save_to(Path(chosen))

    def _copy(self) -> None:
        copy_view(self._window, self._canvas, self.picture())
        self.close()

    def _say(self) -> None:
        width, height = (round(side * self.ratio) for side in (self._canvas.width(), self._canvas.height()))
        fits = width * height <= MOST_PIXELS
        pixel = self._canvas.view.resolution / self.ratio
        self.facts.setText(
            tr(
                "{width} × {height} pixels, {pixel} m a pixel, {scale}; world file and CRS are written beside it.",
                width=number(width), height=number(height), pixel=f"{pixel:.3g}",
                scale=scale(self._canvas.scale_denominator),
            )
            if fits
            else tr("{width} × {height} pixels are too many.", width=number(width), height=number(height))
        )  # fmt: skip
        self.save.setEnabled(fits)
        self.copy.setEnabled(fits)
