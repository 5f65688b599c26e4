"""The beginning of a file as several encodings read it: the eye tells what no rule can."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.formatting import share
from desktop.shell.theme import theme
from desktop.shell.words import tr, worded, words
from gis.exchange.encodings import Guess, ranked

_LINES, _BYTES = 40, 64 << 10


class LookDialog(QDialog):
    """``taken(encoding, header line or None)`` when the user agrees."""

    taken = Signal(str, object)

    def __init__(self, path: Path, encoding: str | None, header: int | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "The beginning of {file}", file=path.name)
        self._guesses = {guess.encoding: guess for guess in ranked(path)}
        self._head = _head(path)
        self._header = header
        self.names = QListWidget()
        worded(self.names, "setAccessibleName", "Encodings")
        self.names.setFixedWidth(200)
        self.names.setSpacing(4)
        self.lines = QListWidget()
        worded(self.lines, "setAccessibleName", "The first lines")
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.lines.setUniformItemSizes(True)
        hint = QLabel()
        hint.setWordWrap(True)
        hint.setProperty("role", "soft")
        worded(hint, "setText", "Choose the encoding in which the Chinese reads well, then the line with the names of "
                                "the columns.")  # fmt: skip
        self.header_said = QLabel()
        self.header_said.setProperty("role", "soft")
        self.take, self.close_ = QPushButton(), QPushButton()
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        worded(self.take, "setText", "Read it so")
        worded(self.close_, "setText", "Close")
        middle = QHBoxLayout()
        middle.setSpacing(12)
        middle.addWidget(self.names)
        middle.addWidget(self.lines, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.header_said, 1)
        foot.addWidget(self.close_)
        foot.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(hint)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        self.resize(820, 480)
        self._fill(encoding)
        self.names.currentRowChanged.connect(self._show_lines)
        self.lines.currentRowChanged.connect(self._line_chosen)
        self.take.clicked.connect(self._agree)
        self.close_.clicked.connect(self.close)
        words().changed.connect(self._say)
        self._show_lines()

    @property
    def encoding(self) -> str:
        """The encoding looked at."""
        return str(self.names.currentItem().data(Qt.ItemDataRole.UserRole))

    @property
    def header(self) -> int | None:
        """The line chosen as header; None where none was."""
        return self._header

    def _fill(self, encoding: str | None) -> None:
        for name, guess in self._guesses.items():
            item = QListWidgetItem(f"{name}\n{_doubt(guess)}")
            item.setData(Qt.ItemDataRole.UserRole, name)
            if guess.undecodable:
                item.setForeground(theme().color("text_faint"))
            self.names.addItem(item)
        wanted = (encoding or "").removesuffix("-sig")
        names = list(self._guesses)
        self.names.setCurrentRow(names.index(wanted) if wanted in names else 0)

    def _show_lines(self, *_row: object) -> None:
        self.lines.blockSignals(True)
        self.lines.clear()
        first = self._head.decode(self.encoding, "replace").lstrip("\ufeff").splitlines()[:_LINES]
        for number, line in enumerate(first, 1):
            self.lines.addItem(f"{number:>3}  {_shown(line)}")
        if all(line.isascii() for line in first):  # what tells the encodings apart comes later in the file
            known = set(first)
            for line in self._guesses[self.encoding].text.splitlines():
                if line not in known and not line.isascii():
                    item = QListWidgetItem(f"  …  {_shown(line)}")
                    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                    self.lines.addItem(item)
        if self._header:
            self.lines.setCurrentRow(self._header - 1)
        self.lines.blockSignals(False)
        self._say()

    def _line_chosen(self, row: int) -> None:
        if 0 <= row < _LINES and not self.lines.item(row).text().startswith("  …"):
            self._header = row + 1
            self._say()

    def _say(self, *_language: object) -> None:
        self.header_said.setText(
            tr("Header: line {line}", line=self._header) if self._header else tr("Header: as found")
        )

    def _agree(self) -> None:
        self.taken.emit(self.encoding, self._header)
        self.close()


def _doubt(guess: Guess) -> str:
    broken = guess.undecodable
    said = tr("{count} letters unreadable", count=f"{broken:,}") if broken else tr("every letter readable")
    return f"{said}\n{tr('reads {share} like a text', share=share(guess.plausible, 0))}"


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BYTES)
    except OSError:
        return b""  # the reader itself says why


def _shown(line: str) -> str:
    return line.replace("\t", " → ")[:400]
