"""The interface's words: English in the code, Chinese in ``resources/translations/*.toml``, switched while running.

Each room of the desktop has its own file, ``resources/translations/<room>.toml``, with one line a text::

    "Open project…" = "打开项目…"

The English text is the key. Where one English word needs two Chinese ones, put a context and "|" before it
(``tr("map|Move")``): English shows what stands after the bar. ``{names}`` are filled as by ``str.format``.

To hear of a switch connect a method of the widget itself, ``words().changed.connect(self._say)``: Qt forgets it
together with the widget. A lambda would outlive it, and speak to a widget that is gone.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from gis.errors import Language
from gis.resources import resource


class Words(QObject):
    """Announces the language; ``changed(language)`` is emitted after a switch, in the UI thread."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.language: Language = "zh"
        self._qt: QTranslator | None = None

    def set_language(self, language: Language) -> None:
        """Show everything in ``language`` from now on, Qt's own dialogs included."""
        self._translate_qt(language)
        if language == self.language:
            return
        self.language = language
        QLocale.setDefault(QLocale(QLocale.Language.Chinese if language == "zh" else QLocale.Language.English))
        self.changed.emit(language)

    def _translate_qt(self, language: Language) -> None:
        app = QCoreApplication.instance()
        if app is None or (language == "zh") == (self._qt is not None):
            return
        if self._qt is not None:
            app.removeTranslator(self._qt)
            self._qt = None
        else:
            translator = QTranslator(app)
            if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                app.installTranslator(translator)
                self._qt = translator


@cache
def words() -> Words:
    """The one Words of the program."""
    return Words()


def language() -> Language:
    """The language the interface is in."""
    return words().language


def set_language(wanted: Language) -> None:
    """Switch the interface's language."""
    words().set_language(wanted)


def tr(text: str, /, **args: Any) -> str:
    """``text`` in the current language, its ``{names}`` filled. A text without Chinese stays English."""
    said = text.rpartition("|")[2]
    if words().language == "zh":
        said = chinese().get(text, said)
    return said.format(**args) if args else said


def mark(text: str) -> str:
    """``text`` unchanged: says that it is said through ``tr`` later (for constants at module level)."""
    return text


@cache
def chinese() -> dict[str, str]:
    """All Chinese texts of the interface, by their English ones."""
    texts: dict[str, str] = {}
    for path in sorted(resource("translations").glob("*.toml")):
        texts.update(tomllib.loads(path.read_text("utf-8")))
    return texts


class _Wording(QObject):
    """Keeps one text of its owner in the current language; lives and dies with the owner."""

    def __init__(self, owner: QObject, setter: str, text: str, args: dict[str, Any]) -> None:
        super().__init__(owner)
        self._setter, self._text, self._args = setter, text, args
        self.say()
        words().changed.connect(self.say)

    def say(self) -> None:
        """Set the text anew."""
        getattr(self.parent(), self._setter)(tr(self._text, **self._args))


def worded(owner: QObject, setter: str, text: str, /, **args: Any) -> None:
    """Call ``owner.<setter>(tr(text, **args))`` now and whenever the language changes.

    ``worded(button, "setText", "Apply")`` is all a fixed text needs; texts that change are set again by their owner
    on ``words().changed``.
    """
    _Wording(owner, setter, text, args)
