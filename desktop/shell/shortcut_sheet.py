"""F1: all shortcuts on one sheet, with what the mouse and a few keys do everywhere."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.shell.actions import Actions
from desktop.shell.theme import theme
from desktop.shell.words import mark, tr, worded, words

_COLUMNS = 3
_EVERYWHERE = (
    (mark("Escape"), mark("One step back: the vertex, the sketch, the tool, the selection")),
    (mark("Space and drag, or the middle button"), mark("Move the map with any tool")),
    (mark("Wheel"), mark("Zoom about the mouse")),
    (mark("Tab"), mark("Exact entry while drawing")),
    (mark("Alt"), mark("Let go of what an end stands on; no snapping")),
    (mark("Right button"), mark("What can be done here")),
)


class ShortcutSheet(QDialog):
    """Not modal; follows language and keys."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Keyboard shortcuts")
        page = QWidget()
        page.setProperty("role", "page")
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(32)
        self.columns = [QLabel() for _ in range(_COLUMNS)]
        for label in self.columns:
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setWordWrap(True)
            row.addWidget(label, 1)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        change, close = QPushButton(), QPushButton()
        worded(change, "setText", "Change them…")
        worded(close, "setText", "Close")
        close.setDefault(True)
        change.clicked.connect(self._change)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(change)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(16)
        column.addWidget(scroll, 1)
        column.addLayout(buttons)
        self.resize(980, 620)
        words().changed.connect(self._say)
        actions.keys_changed.connect(self._say)
        self._say()

    def _say(self) -> None:
        groups = [(tr("Everywhere"), [(tr(keys), tr(text)) for keys, text in _EVERYWHERE])]
        for name, actions in self._actions.families():
            native = QKeySequence.SequenceFormat.NativeText
            lines = [(a.shortcut().toString(native), a.text().rstrip("…")) for a in actions]
            groups.append((tr(name), [line for line in lines if line[0]]))
        share = sum(len(lines) + 2 for _, lines in groups) / _COLUMNS
        texts, place, filled = [""] * _COLUMNS, 0, 0
        for name, lines in groups:
            if filled and filled + len(lines) / 2 > share and place < _COLUMNS - 1:
                place, filled = place + 1, 0
            texts[place] += _group(name, lines)
            filled += len(lines) + 2
        for label, text in zip(self.columns, texts, strict=True):
            label.setText(text)

    def _change(self) -> None:
        self._actions["settings"].trigger()
        self.accept()


def _group(name: str, lines: list[tuple[str, str]]) -> str:
    soft = theme().colors["text_soft"]
    rows = "".join(
        f'<tr><td style="padding:2px 16px 2px 0;color:{soft}">{escape(keys)}</td>'
        f'<td style="padding:2px 0">{escape(text)}</td></tr>'
        for keys, text in lines
    )
    return f'<h4 style="margin:0 0 4px 0">{escape(name)}</h4><table style="margin-bottom:14px">{rows}</table>'
