"""A Qt application for drawing where no window was opened."""

from __future__ import annotations

import os
import sys

from PySide6.QtGui import QGuiApplication

_kept: list[QGuiApplication] = []  # Qt's application dies with its Python object


def ensure_application() -> QGuiApplication:
    """The running application, or a new one that needs no display; call it in the main thread first."""
    app = QGuiApplication.instance()
    if isinstance(app, QGuiApplication):
        return app
    if sys.platform.startswith("linux") and not os.environ.get("QT_QPA_PLATFORM"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _kept.append(QGuiApplication(sys.argv[:1] or ["yantu"]))
    return _kept[0]
