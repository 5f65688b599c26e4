"""A page in the inspector that scrolls up and down when it is longer than the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget


class ScrollPage(QScrollArea):
    """Widgets are laid into ``column``; what it holds is never wider than the page."""

    def __init__(self, *, top: int = 12, spacing: int = 12) -> None:
        super().__init__()
        page = QWidget()
        page.setProperty("role", "page")
        self.column = QVBoxLayout(page)
        self.column.setContentsMargins(16, top, 16, 16)
        self.column.setSpacing(spacing)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(page)
