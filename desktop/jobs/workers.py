"""A few threads that take work in turn and end when there is none.

WORKAROUND: Qt's thread pool cannot be used. Python gives a QRunnable a new thread state for each run and destroys it
afterwards; pyproj keeps its PROJ context in thread-local storage, and the second run on the same native thread crashes
the process (pyproj 3.7.2, PySide6 6.11). Threads made by Python keep one state for life.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Workers:
    """Runs callables, oldest first, on at most ``count`` threads; none is left over while there is nothing to do."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = 0
        self._idle = threading.Condition()

    def start(self, work: Callable[[], None]) -> None:
        """Run ``work`` as soon as a thread is free; it must not raise."""
        with self._idle:
            self._waiting.append(work)
            if self._running >= self._count:
                return
            self._running += 1
        threading.Thread(target=self._work, name="job", daemon=True).start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing runs or waits; False when it took too long."""
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, timeout_s)

    def _work(self) -> None:
        while True:
            with self._idle:
                if not self._waiting:
                    self._running -= 1
                    self._idle.notify_all()
                    return
                work = self._waiting.popleft()
            work()
            del work  # what it holds dies here, not when the next work comes
