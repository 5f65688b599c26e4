"""The one route by which the program speaks to its user about what went wrong, or well.

``notify`` may be called from any thread and before there is a window: a Refusal becomes its message and hint in the
user's language; anything unforeseen is logged with its traceback and can be copied as a report.
"""

from __future__ import annotations

import logging
import platform
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import clear_frames
from types import TracebackType
from typing import Literal

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler, qVersion

from desktop.shell.words import language, tr
from gis.errors import Cancelled, Language, Refusal

Level = Literal["info", "success", "warning", "error"]
log = logging.getLogger("yantu")


@dataclass(frozen=True)
class Notice:
    """One thing said to the user. ``report`` is empty, or what a bug report needs."""

    subject: Exception | str
    level: Level
    report: str = ""
    at: float = field(default_factory=time.time)

    def message(self, wanted: Language | None = None) -> str:
        """What happened, one sentence."""
        if isinstance(self.subject, Refusal):
            return self.subject.message(wanted or language())
        if isinstance(self.subject, Exception):
            return tr("Something went wrong inside Yantu: {error}", error=_short(self.subject))
        return self.subject

    def hint(self, wanted: Language | None = None) -> str:
        """What the user can do next; may be empty."""
        if isinstance(self.subject, Refusal):
            return self.subject.hint(wanted or language())
        if isinstance(self.subject, Exception):
            return tr("Your data is safe: every finished edit is already saved. Please send us the report.")
        return ""


class Notices(QObject):
    """Keeps the last notices; ``posted(Notice)`` is emitted in the UI thread."""

    posted = Signal(object)
    _arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[Notice] = deque(maxlen=200)
        self._arrived.connect(self._keep)

    def post(self, notice: Notice) -> None:
        """Show this notice; any thread."""
        self._arrived.emit(notice)

    def _keep(self, notice: Notice) -> None:
        self.recent.append(notice)
        self.posted.emit(notice)


@cache
def notices() -> Notices:
    """The one Notices of the program; first asked for in the UI thread."""
    return Notices()


def notify(subject: Exception | str, level: Level | None = None) -> None:
    """Tell the user. Text is shown as it is (say it through ``tr``); ``level`` defaults to what fits the subject."""
    if isinstance(subject, Cancelled):
        return
    if isinstance(subject, Refusal):
        log.info("refused %s %s", subject.code, subject.arguments)
        notices().post(Notice(subject, level or "warning"))
    elif isinstance(subject, Exception):
        text = "".join(traceback.format_exception(subject))
        log.error("fault\n%s", text)
        notices().post(Notice(subject, level or "error", report=_report(text)))
    else:
        notices().post(Notice(subject, level or "info"))


def start_log(folder: Path) -> None:
    """Write the log to ``folder``/yantu.log (three files of 1 MB, in turn); without a log where it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(folder / "yantu.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)


def catch_everything() -> None:
    """Route exceptions nobody caught, in any thread, and Qt's own messages to the notices and the log."""
    notices()
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    qInstallMessageHandler(_qt_message)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if isinstance(error, Exception):
        notify(error)
        clear_frames(trace)  # a painter kept alive by the trace outlives its paint event and takes the program with it
    else:
        sys.__excepthook__(kind, error or kind(), trace)


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    log.log(_QT_LEVELS.get(kind, logging.WARNING), "Qt %s: %s", context.category or "", text)
    if kind == QtMsgType.QtFatalMsg:
        sys.__stderr__.write(text + "\n") if sys.__stderr__ else None


def _short(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _report(text: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        ours = version("yantu")
    except PackageNotFoundError:
        ours = "source"
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}, Qt {qVersion()}"
    return f"Yantu {ours}\n{system}\n{time.strftime('%Y-%m-%d %H:%M:%S')}\n\n{text}"
