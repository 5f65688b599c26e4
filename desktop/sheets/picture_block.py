"""Pictures, rules and frames on a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer

from desktop.sheets.typography import INKS, broken, paint_lines
from gis.cartography.sheets.items import Box, FrameItem, LineItem
from gis.errors import Language

_MOST_PIXELS = 60_000_000


class _Placed:
    """What stands in a box of its own and takes whatever height a column gives it."""

    def compact(self, width: float) -> float:
        return self.height(width)

    def least(self, width: float) -> float:
        return self.height(width)

    def height(self, width: float) -> float:
        raise NotImplementedError


@dataclass(frozen=True)
class PictureBlock(_Placed):
    """A PNG, JPEG or SVG, whole and in proportion ("inside") or cut to its box ("fill").

    A file that is missing or no picture is told in its place; no file asked for leaves nothing.
    """

    path: Path | None
    fit: str
    language: Language

    def height(self, width: float) -> float:
        if self.path is None:
            return 0.0
        size = picture_size(self.path)
        return width * 0.3 if size is None else min(width * size.height() / size.width(), width * 1.5)

    def fitted(self, width: float, height: float) -> PictureBlock:
        return self

    def paint(self, painter: QPainter, box: Box) -> None:
        if self.path is None:
            return
        frame = QRectF(box.x, box.y, box.width, box.height)
        size = picture_size(self.path)
        if size is None:
            self._say_missing(painter, box, frame)
            return
        across, down = frame.width() / size.width(), frame.height() / size.height()
        scale = max(across, down) if self.fit == "fill" else min(across, down)
        target = QRectF(0, 0, size.width() * scale, size.height() * scale)
        target.moveCenter(frame.center())
        painter.setClipRect(frame, Qt.ClipOperation.IntersectClip)
        if self.path.suffix.lower() == ".svg":
            QSvgRenderer(str(self.path)).render(painter, target)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, _image(self.path))

    def _say_missing(self, painter: QPainter, box: Box, frame: QRectF) -> None:
        assert self.path is not None
        painter.setPen(QPen(INKS["line"], 0.2, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)
        said = f"图片缺失：{self.path.name}" if self.language == "zh" else f"Picture missing: {self.path.name}"
        size = min(2.6, box.height / 3)
        lines = broken(said, size, box.width - 2.0, False, max(1, int(box.height / (size * 1.5))))
        paint_lines(painter, lines, box.x + 1.0, box.y + 0.6, size, box.width - 2.0, ink=INKS["soft"], align="center")


def picture_size(path: Path) -> QSizeF | None:
    """The size of a picture in its own units; None for what is missing or cannot be read."""
    if not path.is_file():
        return None
    if path.suffix.lower() == ".svg":
        try:
            ElementTree.parse(path)  # Qt warns aloud of what is no XML
        except (ElementTree.ParseError, OSError, ValueError):
            return None
        renderer = QSvgRenderer(str(path))
        size = renderer.viewBoxF().size() if renderer.isValid() else QSizeF()
        if size.isEmpty() and renderer.isValid():
            size = QSizeF(renderer.defaultSize())
    else:
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        found = reader.size()
        if reader.transformation().value & 4:  # turned by a quarter
            found.transpose()
        size = QSizeF(found) if found.isValid() and found.width() * found.height() <= _MOST_PIXELS else QSizeF()
    return None if size.isEmpty() else size


def _image(path: Path) -> QImage:
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    return reader.read()


@dataclass(frozen=True)
class LineBlock(_Placed):
    """A rule along the longer side of its box, through its middle."""

    item: LineItem

    def height(self, width: float) -> float:
        return max(self.item.width, 0.1) * 2

    def fitted(self, width: float, height: float) -> LineBlock:
        return self

    def paint(self, painter: QPainter, box: Box) -> None:
        pen = QPen(INKS[self.item.ink], self.item.width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        x, y = box.x + box.width / 2, box.y + box.height / 2
        along = QLineF(box.x, y, box.right, y) if box.width >= box.height else QLineF(x, box.y, x, box.bottom)
        painter.drawLine(along)


@dataclass(frozen=True)
class FrameBlock(_Placed):
    """A rectangle, filled or not."""

    item: FrameItem

    def height(self, width: float) -> float:
        return width * 0.5

    def fitted(self, width: float, height: float) -> FrameBlock:
        return self

    def paint(self, painter: QPainter, box: Box) -> None:
        fill = QColor(self.item.fill) if self.item.fill else QColor()
        painter.setBrush(fill if fill.isValid() else Qt.BrushStyle.NoBrush)
        if self.item.width > 0:
            pen = QPen(INKS["ink"], self.item.width)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        half = self.item.width / 2
        painter.drawRect(QRectF(box.x + half, box.y + half, box.width - 2 * half, box.height - 2 * half))
