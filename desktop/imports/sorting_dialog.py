"""A file of several classes: the column that tells them apart, and which class each of its words means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.shell.words import language, tr, worded, words
from desktop.styling.controls import CalmBox
from gis.catalogue import Catalogue
from gis.exchange.raw import RawTable
from gis.exchange.sorting import Sorting, class_of_word, guess_sorting, words_in

_SEEN = 100_000
_MOST = 60


class SortingDialog(QDialog):
    """``taken(Sorting or None)``: None = all rows are of one class."""

    taken = Signal(object)

    def __init__(self, raw: RawTable, catalogue: Catalogue, sorting: Sorting | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Several classes in one file")
        self._head, self._catalogue = raw.part(0, _SEEN), catalogue
        guess = guess_sorting(self._head, catalogue)
        self._classes: dict[str, str] = {}
        self.column = CalmBox()
        self.boxes: dict[str, CalmBox] = {}
        self._words: dict[QWidget, str] = {}
        self._known: dict[str, Mapping[str, str]] = {}
        for known in (guess, sorting):
            if known is not None:
                self._known[known.column] = known.classes
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setProperty("role", "soft")
        self.said = QLabel()
        self.said.setProperty("role", "soft")
        self.said.setWordWrap(True)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.one, self.close_, self.take = QPushButton(), QPushButton(), QPushButton()
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        worded(self.one, "setText", "All rows are one class")
        worded(self.close_, "setText", "Close")
        worded(self.take, "setText", "Use it")
        worded(self.hint, "setText", "Choose the column that says what each row is. Rows whose word belongs to no "
                                     "class are told as not taken.")  # fmt: skip
        label = QLabel()
        label.setProperty("role", "soft")
        worded(label, "setText", "file|Column")
        worded(self.column, "setAccessibleName", "file|Column")
        label.setBuddy(self.column)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(label)
        head.addWidget(self.column, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.one)
        foot.addStretch(1)
        foot.addWidget(self.close_)
        foot.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.hint)
        column.addLayout(head)
        column.addWidget(self.scroll, 1)
        column.addWidget(self.said)
        column.addLayout(foot)
        first = sorting or guess
        self.column.fill([("—", None), *((name, name) for name in raw.columns)], first.column if first else None)
        self.column.currentIndexChanged.connect(self._column_chosen)
        self.one.clicked.connect(self._drop)
        self.close_.clicked.connect(self.close)
        self.take.clicked.connect(self._agree)
        words().changed.connect(self._build)
        self._column_chosen()
        self.resize(560, 460)

    def sorting(self) -> Sorting | None:
        """What is set; None while no word has a class."""
        column = self.column.currentData()
        classes = {word: cls for word, cls in self._classes.items() if cls}
        return Sorting(str(column), classes) if column is not None and classes else None

    def _column_chosen(self, *_row: int) -> None:
        column = self.column.currentData()
        self._classes = dict(self._known.get(str(column), {}))
        if column is not None and str(column) not in self._known:
            for word, _ in words_in(self._head, str(column), _MOST):
                meant = class_of_word(word, self._catalogue)
                if meant is not None:
                    self._classes[word] = meant
        self._build()

    def _counts(self) -> Counter[str]:
        column = self.column.currentData()
        if column is None or column not in self._head.columns:
            return Counter()
        return Counter(str(cell) for cell in self._head.cells[column] if cell is not None)

    def _build(self, *_language: object) -> None:
        page = QWidget()
        page.setProperty("role", "page")
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        wanted = language()
        offered = [("—", None), *((cls.label.text(wanted), cls.name) for cls in self._catalogue if not cls.link)]
        self.boxes, self._words = {}, {}
        counts = self._counts()
        for row, (word, count) in enumerate(counts.most_common(_MOST)):
            label, box = QLabel(f"{word}  ×{count:,}"), CalmBox()
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setBuddy(box)
            box.setAccessibleName(tr("What “{word}” becomes", word=word))
            box.fill(offered, self._classes.get(word))
            box.currentIndexChanged.connect(self._chosen)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)
            self.boxes[word], self._words[box] = box, word
        grid.setRowStretch(len(counts) + 1, 1)
        self.scroll.setWidget(page)
        self._refresh()

    def _chosen(self, _row: int) -> None:
        box = self.sender()
        if isinstance(box, CalmBox):
            word, cls = self._words[box], box.currentData()
            if cls is None:
                self._classes.pop(word, None)
            else:
                self._classes[word] = str(cls)
            self._refresh()

    def _refresh(self) -> None:
        counts = self._counts()
        sorting = self.sorting()
        self.take.setEnabled(sorting is not None)
        if len(counts) > _MOST:
            self.said.setText(
                tr("{count} different words: this column hardly says what a row is.", count=f"{len(counts):,}")
            )
        elif sorting is not None:
            left = sum(count for word, count in counts.items() if word not in sorting.classes)
            self.said.setText(
                tr("{classes} classes; {left} of {rows} rows belong to none.", rows=f"{len(self._head):,}",
                   classes=len(set(sorting.classes.values())),
                   left=f"{left:,}")
            )  # fmt: skip
        else:
            self.said.setText("")

    def _agree(self) -> None:
        self.taken.emit(self.sorting())
        self.close()

    def _drop(self) -> None:
        self.taken.emit(None)
        self.close()
