"""What changed in a project, and who is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.geometry.columns import BBox

Origin = Literal["edit", "undo", "redo", "import", "outside", "rebuilt"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows that were added, altered or removed by one commit.

    A class of ``classes`` that ``ids`` does not name is to be read anew as a whole ("outside" and "rebuilt" do not know
    the rows). ``bbox`` holds the features where they lie and, as far as known, where they lay; None = anywhere.
    """

    classes: tuple[str, ...] = ()
    ids: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    bbox: BBox | None = None
    version: int = 0
    origin: Origin = "edit"
    label: str = ""
    label_args: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Changed], None]


class Announcer:
    """Tells listeners of every change, in the thread that made it, one change after the other."""

    def __init__(self) -> None:
        self._listeners: dict[object, Listener] = {}
        self._lock = Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` from now on; the returned function ends it and may be called twice."""
        ticket = object()
        with self._lock:
            self._listeners[ticket] = listener

        def unsubscribe() -> None:
            with self._lock:
                self._listeners.pop(ticket, None)

        return unsubscribe

    def announce(self, changed: Changed) -> None:
        """Tell everybody. The change is committed: a listener that fails is logged and hides it from nobody."""
        with self._lock:
            listeners = list(self._listeners.values())
        for listener in listeners:
            try:
                listener(changed)
            except Exception:
                _log.exception("a listener failed on %s", changed.label)
