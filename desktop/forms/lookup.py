"""What a form asks about rows of other classes: their names, and which match a text."""

from __future__ import annotations

from typing import Any, Protocol


class Lookup(Protocol):
    """Answers from the open project; quick enough for the UI thread."""

    def title(self, cls: str, id: int) -> str:
        """The code, else the name, else the key of one row; empty when there is no such row."""

    def find(self, cls: str, text: str) -> list[tuple[int, str]]:
        """Up to 20 rows of a class that match a text: (id, title)."""

    def values(self, cls: str, id: int) -> dict[str, Any]:
        """The stored values of one row; empty when there is no such row."""


class SessionLookup:
    """Lookup over a Session."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def title(self, cls: str, id: int) -> str:
        """See Lookup."""
        row = self._session.row(cls, int(id))
        return title_of(row, id) if row else ""

    def find(self, cls: str, text: str) -> list[tuple[int, str]]:
        """See Lookup."""
        hits = [hit for hit in self._session.search(text, limit=200) if hit.cls == cls][:20]
        return [(int(hit.id), "  ".join(word for word in (hit.code, hit.name) if word) or str(hit.id)) for hit in hits]

    def values(self, cls: str, id: int) -> dict[str, Any]:
        """See Lookup."""
        return self._session.row(cls, int(id)) or {}


def title_of(row: dict[str, Any], id: int) -> str:
    """How one row is called in lists and links."""
    return str(row.get("code") or row.get("name") or f"#{id}")
