"""Where the map was looked at before and after: the chain of views behind Alt+Left and Alt+Right."""

from __future__ import annotations

from gis.cartography.view import View

DEPTH = 100


class ViewHistory:
    """Views in the order they were settled on. Resizing the window does not count as a new one."""

    def __init__(self) -> None:
        self._past: list[View] = []
        self._future: list[View] = []

    def settle(self, view: View) -> None:
        """Remember a view on which the user has come to rest."""
        if self._past and _alike(self._past[-1], view):
            self._past[-1] = view
            return
        self._past.append(view)
        self._future.clear()
        del self._past[:-DEPTH]

    def back(self) -> View | None:
        """The view before, or None."""
        if len(self._past) < 2:
            return None
        self._future.append(self._past.pop())
        return self._past[-1]

    def forward(self) -> View | None:
        """The view from which one came back, or None."""
        if not self._future:
            return None
        self._past.append(self._future.pop())
        return self._past[-1]

    def clear(self) -> None:
        """Forget all."""
        self._past.clear()
        self._future.clear()


def _alike(a: View, b: View) -> bool:
    (ax, ay), (bx, by) = a.center, b.center
    return a.resolution == b.resolution and abs(ax - bx) <= 2 * a.resolution and abs(ay - by) <= 2 * a.resolution
