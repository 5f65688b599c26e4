"""Fills that are told apart by colour, or on grey sheets by patterns drawn as lines, which every printer keeps."""

from __future__ import annotations

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

_STEP = 0.9  # mm between the lines of a pattern
_RIM = QColor("#222222")
# Ground and directions of the lines: \\ / - |
_PATTERNS = (
    ("#4A4A4A", ""), ("#FFFFFF", "/"), ("#B9B9B9", ""), ("#FFFFFF", "\\"), ("#FFFFFF", "/\\"), ("#E6E6E6", "-"),
    ("#FFFFFF", "|"), ("#8A8A8A", ""),
)  # fmt: skip


def fill_path(painter: QPainter, path: QPainterPath, i: int, color: str, grey: bool, rim: QColor | None = None) -> None:
    """Fill with ``color``, or with the pattern of place ``i``; ``rim``: a line around, black around patterns."""
    painter.setPen(Qt.PenStyle.NoPen if rim is None else QPen(rim, 0.2))
    if not grey:
        painter.setBrush(QColor(color))
        painter.drawPath(path)
        return
    ground, lines = _PATTERNS[i % len(_PATTERNS)]
    painter.setBrush(QColor(ground))
    painter.drawPath(path)
    if lines:
        painter.save()
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(_RIM, 0.2))
        box = path.boundingRect()
        reach = box.width() + box.height()
        for direction in lines:
            for k in range(int(reach / _STEP) + 1):
                at = k * _STEP
                match direction:
                    case "/":
                        line = QLineF(box.left() + at, box.top(), box.left() + at - box.height(), box.bottom())
                    case "\\":
                        line = QLineF(box.right() - at, box.top(), box.right() - at + box.height(), box.bottom())
                    case "-":
                        line = QLineF(box.left(), box.top() + at, box.right(), box.top() + at)
                    case _:
                        line = QLineF(box.left() + at, box.top(), box.left() + at, box.bottom())
                painter.drawLine(line)
        painter.restore()
    painter.setPen(QPen(_RIM, 0.15))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
