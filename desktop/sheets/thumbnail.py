"""A small picture of the sheet, sharp at any density, with the shadow of paper."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.shell.theme import theme
from desktop.shell.words import tr, worded

_TALLEST, _LOWEST = 340, 200  # logical pixels: a portrait page leaves room for the settings, also in a low window


class Thumbnail(QWidget):
    """Shows the last image given, as large as the width allows; ``opened`` by a double click."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._faded = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        worded(self, "setAccessibleName", "Preview of the sheet")

    def show_image(self, image: QImage) -> None:
        """Show this picture from now on."""
        changed = image.size() != self._image.size()
        self._image, self._faded = image, False
        if changed:
            self.updateGeometry()
        self.update()

    def fade(self) -> None:
        """The picture no longer is what would be written."""
        self._faded = True
        self.update()

    @property
    def empty(self) -> bool:
        """Whether nothing was shown yet."""
        return self._image.isNull()

    def hasHeightForWidth(self) -> bool:
        """The height follows the paper's shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of the paper at that width."""
        if self._image.isNull():
            return round(width * 297 / 420)
        room = min(_TALLEST, max(self.window().height() // 3, _LOWEST))
        return min(round(width * self._image.height() / self._image.width()), room)

    def sizeHint(self) -> QSize:
        """The size at a usual inspector's width."""
        return QSize(288, self.heightForWidth(288))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Lay it out by hand."""
        self.opened.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page, centred, or a word while the first one is drawn."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        if self._image.isNull():
            painter.setPen(theme().color("text_faint"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Drawing the preview…"))
            return
        ratio = min((self.width() - 4) / self._image.width(), (self.height() - 4) / self._image.height())
        width, height = self._image.width() * ratio, self._image.height() * ratio
        page = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        shadow = QColor(theme().color("shadow"))
        shadow.setAlpha(40)
        painter.fillRect(page.translated(1.5, 1.5), shadow)
        density = self.devicePixelRatioF()
        small = self._image.scaled(
            round(width * density), round(height * density), Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
        painter.setOpacity(0.3 if self._faded else 1.0)
        painter.drawImage(page, small)
        painter.setOpacity(1.0)
        painter.setPen(theme().color("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(page)
