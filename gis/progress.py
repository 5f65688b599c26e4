"""A token that long work reports to and is cancelled by."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from gis.errors import Cancelled


class Progress:
    """Passed to every piece of work that may take over 0.4 s; thread-safe.

    ``listener(done, total, label)`` is called from the worker; ``total`` is 0 while unknown. ``label`` is a
    message code of ``resources/messages``.
    """

    def __init__(self, listener: Callable[[float, float, str], None] | None = None) -> None:
        self._listener = listener
        self._cancel = Event()

    def step(self, done: float, total: float = 0.0, label: str = "") -> None:
        """Report how far the work is. Raises Cancelled when the user has asked to stop."""
        if self._cancel.is_set():
            raise Cancelled
        if self._listener is not None:
            self._listener(done, total, label)

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """True once the user has asked to stop."""
        return self._cancel.is_set()
