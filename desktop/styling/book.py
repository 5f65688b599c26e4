"""The styles in force of the open project: every change shows at once, is saved at once and can be taken back."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.shell.notices import notify
from desktop.shell.words import tr
from desktop.shell.workspace import Workspace
from gis.cartography.symbols import LayerStyle
from gis.progress import Progress
from gis.project.styles import broken_styles, reset_style, save_style, saved_styles

_SAVE_MS = 300
_ONE_GESTURE_S = 1.5  # changes of the same kind within it are one step back
_STEPS = 100


class StyleBook(QObject):
    """One style a class; ``changed(class)`` after every change. Lives in the UI thread, writes on the writers' thread.

    ``copied`` is the style on Yantu's own clipboard, ``session`` the project that is styled.
    """

    changed = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.jobs = workspace.jobs
        self.session: Any = None
        self._styles: dict[str, LayerStyle] = {}
        self._defaults: dict[str, LayerStyle] = {}
        self._back: dict[str, list[LayerStyle]] = {}
        self._forth: dict[str, list[LayerStyle]] = {}
        self._gesture: tuple[str, str, float] = ("", "", 0.0)
        self._unsaved: dict[str, LayerStyle] = {}
        self._writing: dict[tuple[Path, str], LayerStyle] = {}  # handed over, not yet in the file
        self._told = False
        self.copied: LayerStyle | None = None
        self._due = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._due.timeout.connect(self.flush)
        workspace.session_leaving.connect(self.flush)
        workspace.session_changed.connect(self._take_session)
        self._take_session()

    def style(self, cls: str) -> LayerStyle:
        """How a class is drawn now."""
        return self._styles.get(cls) or self.default(cls)

    def default(self, cls: str) -> LayerStyle:
        """The catalogue's style of a class."""
        if cls not in self._defaults:
            self._defaults[cls] = LayerStyle.from_class(self.session.catalogue[cls])
        return self._defaults[cls]

    def own(self, cls: str) -> bool:
        """Whether the class is drawn otherwise than the catalogue says."""
        return cls in self._styles

    def put(self, style: LayerStyle, gesture: str = "") -> None:
        """Draw a class so from now on. Changes with the same ``gesture`` in quick turn are taken back together."""
        cls, old = style.cls, self.style(style.cls)
        if style == old:
            return
        now = time.monotonic()
        known, kind, at = self._gesture
        if not (gesture and (known, kind) == (cls, gesture) and now - at < _ONE_GESTURE_S and self._back.get(cls)):
            steps = self._back.setdefault(cls, [])
            steps.append(old)
            del steps[:-_STEPS]
        self._gesture = (cls, gesture, now)
        self._forth.pop(cls, None)
        self._set(style)

    def reset(self, cls: str) -> None:
        """Draw a class as the catalogue says; can be taken back like any change."""
        self.put(self.default(cls))

    def can_undo(self, cls: str) -> bool:
        """Whether there is a change to take back."""
        return bool(self._back.get(cls))

    def can_redo(self, cls: str) -> bool:
        """Whether a change was taken back."""
        return bool(self._forth.get(cls))

    def undo(self, cls: str) -> None:
        """Take back the last change of a class."""
        self._step(cls, self._back, self._forth)

    def redo(self, cls: str) -> None:
        """Make the change again that was taken back last."""
        self._step(cls, self._forth, self._back)

    def flush(self) -> None:
        """Hand what is not yet saved to the writing thread."""
        self._due.stop()
        session, unsaved = self.session, self._unsaved
        self._unsaved = {}
        if session is None or session.readonly or not unsaved:
            return
        made = {(session.path, cls): style for cls, style in unsaved.items()}
        self._writing.update(made)
        work = partial(_write, session, [(style, style != self.default(cls)) for cls, style in unsaved.items()])
        self._workspace.writes.quiet(work, lambda _done: self._written(made), partial(self._refused, made))

    def _written(self, made: dict[tuple[Path, str], LayerStyle]) -> None:
        for place, style in made.items():
            if self._writing.get(place) is style:
                del self._writing[place]

    def _refused(self, made: dict[tuple[Path, str], LayerStyle], error: Exception) -> None:
        self._written(made)
        notify(error)

    def _step(self, cls: str, source: dict[str, list[LayerStyle]], target: dict[str, list[LayerStyle]]) -> None:
        if source.get(cls):
            target.setdefault(cls, []).append(self.style(cls))
            self._gesture = ("", "", 0.0)
            self._set(source[cls].pop())

    def _set(self, style: LayerStyle) -> None:
        cls = style.cls
        if style == self.default(cls):
            self._styles.pop(cls, None)
        else:
            self._styles[cls] = style
        if self.session.readonly:
            if not self._told:
                self._told = True
                notify(tr("This project is read only: the new look lasts until it is closed."), "info")
        else:
            self._unsaved[cls] = style
            self._due.start()
        self.changed.emit(cls)

    def _take_session(self) -> None:
        self.session = session = self._workspace.session
        self._styles, self._defaults, self._back, self._forth, self._unsaved = {}, {}, {}, {}, {}
        self._gesture, self._told = ("", "", 0.0), False
        if session is not None:
            self._styles = dict(saved_styles(session))
            for (path, cls), style in self._writing.items():  # the same project, opened again before all was written
                if path == session.path:
                    self._styles[cls] = style
                    if style == self.default(cls):
                        del self._styles[cls]
            for refusal in broken_styles(session).values():
                notify(refusal)


def _write(session: Any, styles: list[tuple[LayerStyle, bool]], _progress: Progress) -> None:
    for style, own in styles:
        if own:
            save_style(session, style)
        else:
            reset_style(session, style.cls)
