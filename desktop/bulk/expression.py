"""The editor of a value expression: completes fields, functions, code labels; says in words what is wrong and where."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.forms.fields import dress
from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import language, mark, tr, worded, words
from gis.catalogue import Catalogue, FeatureClass
from gis.errors import Refusal
from gis.query import Expression, compile_value, functions_for

_WORD = re.compile(r"[^\W\d]\w*$")
_GAP = "  —  "
TYPES = {
    "number": mark("a number"), "text": mark("a text"), "boolean": mark("yes or no"), "date": mark("a date"),
    "any": mark("a value"),
}  # fmt: skip


class _Edit(QPlainTextEdit):
    """Two lines high; Tab leaves it; a completer offers what the word under the cursor may become."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(64)
        self.completer = QCompleter(self)
        self.offers: list[str] = []
        self._lines = QStringListModel(self)
        self.completer.setModel(self._lines)
        self.completer.setWidget(self)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.completer.setMaxVisibleItems(10)
        self.completer.activated[str].connect(self._complete)

    def word(self) -> str:
        """The word that ends at the cursor; empty inside quotes."""
        before = self.toPlainText()[: self.textCursor().position()]
        found = _WORD.search(before)
        return found[0] if found and before.count("'") % 2 == 0 and before.count('"') % 2 == 0 else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes what the list offers; letters bring the list up."""
        popup = self.completer.popup()
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Escape)
        if popup.isVisible() and event.key() in keys:
            event.ignore()  # the popup answers
            return
        super().keyPressEvent(event)
        self.offer() if event.text().strip() else popup.hide()

    def offer(self) -> None:
        """Show the list where the word has one letter or more."""
        word = self.word()
        begins = word.casefold()
        ranked = sorted(self.offers, key=lambda line: not line.casefold().startswith(begins))  # what begins so first
        self._lines.setStringList(ranked)
        self.completer.setCompletionPrefix(word)
        if not word or not self.completer.completionCount():
            self.completer.popup().hide()
            return
        place = self.cursorRect()
        place.setWidth(360)
        self.completer.complete(place)
        self.completer.popup().setCurrentIndex(self.completer.completionModel().index(0, 0))

    def _complete(self, line: str) -> None:
        text = line.split(_GAP)[0]
        cursor = self.textCursor()
        for _ in self.word():
            cursor.deletePreviousChar()
        cursor.insertText(text)
        if text.endswith("()"):
            cursor.movePosition(QTextCursor.MoveOperation.Left)
        self.setTextCursor(cursor)


class ExpressionEditor(QWidget):
    """``changed`` with every letter. `compiled` is what stands there, None while it is empty or wrong."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._cls: FeatureClass | None = None
        self._catalogue: Catalogue | None = None
        self.edit = _Edit()
        worded(self.edit, "setPlaceholderText", "Expression, e.g. round(height_m * 1.1, 1)")
        worded(self.edit, "setAccessibleName", "Expression")
        self.insert = QToolButton()
        self.insert.setIcon(icon("mdi6.function-variant", "text_soft"))
        self.insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for setter in ("setToolTip", "setAccessibleName"):
            worded(self.insert, setter, "Insert a field, a function or a value")
        self._menu = QMenu(self.insert)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.insert.setMenu(self._menu)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.edit, 1)
        row.addWidget(self.insert, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.said)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self._typed)
        words().changed.connect(self._say)

    def set_class(self, cls: FeatureClass, catalogue: Catalogue | None = None) -> None:
        """Expressions over another class; what stands there stays and is read anew."""
        self._cls, self._catalogue = cls, catalogue
        self._say()

    def text(self) -> str:
        """What was typed."""
        return self.edit.toPlainText().strip()

    def set_text(self, text: str) -> None:
        """Show another expression."""
        self.edit.setPlainText(text)

    def compiled(self) -> Expression | None:
        """The expression, if it can be understood."""
        try:
            return (
                compile_value(self.text(), self._cls, self._catalogue)
                if self._cls is not None and self.text()
                else None
            )
        except Refusal:
            return None

    def _say(self, *_language: object) -> None:
        if self._cls is None:
            return
        lines = [f"{f.name}{_GAP}{f.label.text(language())}" for f in self._cls.fields if not f.restricted]
        chinese = language() == "zh"
        lines += [f"{f.name}(){_GAP}{f.zh if chinese else f.en}" for f in functions_for(self._cls.geometry)]
        for field in self._cls.fields:
            lines += [f"'{code.label.text(language())}'{_GAP}{field.label.text(language())}" for code in field.codes]
        self.edit.offers = lines
        self._check()

    def _typed(self) -> None:
        self._check()
        self.changed.emit()

    def _check(self) -> None:
        problem, made = self.problem(), self.compiled()
        dress(self.edit, "wrong", problem is not None)
        self.said.setProperty("role", "problem" if problem is not None else "soft")
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self._underline(problem)
        if problem is not None:
            self.said.setText(_short(problem))
        elif made is not None:
            self.said.setText(tr("Gives {type}", type=tr(TYPES[made.gives])))
        else:
            self.said.setText(tr("Texts stand in quotes; fields and functions go by either language."))

    def problem(self) -> Refusal | None:
        """What is wrong with what stands there."""
        if self._cls is None or not self.text():
            return None
        try:
            compile_value(self.text(), self._cls, self._catalogue)
        except Refusal as refusal:
            return refusal
        return None

    def _underline(self, problem: Refusal | None) -> None:
        marks: list[QTextEdit.ExtraSelection] = []
        at = problem.arguments.get("at") if problem is not None else None
        if isinstance(at, int):
            mark_ = QTextEdit.ExtraSelection()
            shape = QTextCharFormat()
            shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            shape.setUnderlineColor(theme().color("bad"))
            typed = self.edit.toPlainText()
            start = len(typed) - len(typed.lstrip()) + at - 1
            found = re.compile(r"\w+|.").match(typed, start)
            cursor = QTextCursor(self.edit.document())
            cursor.setPosition(min(start, len(typed)))
            cursor.setPosition(found.end() if found else len(typed), QTextCursor.MoveMode.KeepAnchor)
            mark_.cursor, mark_.format = cursor, shape
            marks.append(mark_)
        self.edit.setExtraSelections(marks)

    def _fill(self) -> None:
        menu = self._menu
        menu.clear()
        assert self._cls is not None
        fields, functions = menu.addMenu(tr("Fields")), menu.addMenu(tr("Functions"))
        functions.setToolTipsVisible(True)
        for field in self._cls.fields:
            if not field.restricted:
                fields.addAction(field.label.text(language()), partial(self.put, field.name))
        for f in functions_for(self._cls.geometry):
            said = f.zh if language() == "zh" else f.en
            functions.addAction(
                f"{f.name}()\t{said.split('：')[0].split(':')[0]}", partial(self.put, f"{f.name}()")
            ).setToolTip(said)
        for field in self._cls.fields:
            if field.codes:
                values = menu.addMenu(field.label.text(language()))
                for code in field.codes:
                    said = code.label.text(language())
                    values.addAction(said, partial(self.put, f"'{said}'"))

    def put(self, text: str) -> None:
        """Insert at the cursor; into the brackets of a function."""
        cursor = self.edit.textCursor()
        cursor.insertText(text)
        if text.endswith("()"):
            cursor.movePosition(QTextCursor.MoveOperation.Left)
        self.edit.setTextCursor(cursor)
        self.edit.setFocus()


def _short(problem: Refusal) -> str:
    """The message without the expression again, which stands right above it."""
    if problem.code == "query.wrong":
        return tr("Wrong at letter {at}: “{found}”", **{k: problem.arguments[k] for k in ("at", "found")})
    if problem.code == "query.unfinished":
        return tr("expression|Not finished yet")
    if problem.code in ("query.no_field", "query.no_function"):  # the list of what there is opens by itself
        return problem.message(language())
    return f"{problem.message(language())} {problem.hint(language())}"
