"""The bridge from a project's events to one Qt signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal


class ProjectEvents(QObject):
    """Says ``changed(Changed)`` in the UI thread whatever thread wrote to the project."""

    changed = Signal(object)
    _heard = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unsubscribe: Callable[[], None] | None = None
        # Queued even inside one thread: whoever performs an intent has finished before the screen reacts.
        self._heard.connect(self.changed, Qt.ConnectionType.QueuedConnection)

    def attach(self, session: Any) -> None:
        """Listen to this session, and to no other."""
        self.detach()
        self._unsubscribe = session.subscribe(self._heard.emit)

    def detach(self) -> None:
        """Stop listening."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
