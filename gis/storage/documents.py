"""What the user arranges and no feature is: layer styles, bookmarks, base maps, each a JSON value by kind and name.

Not journaled: it is how the city is looked at, not what stands in it.
"""

from __future__ import annotations

import json
from typing import Any

import apsw


def listed(connection: apsw.Connection, kind: str) -> dict[str, Any]:
    """The documents of a kind by name, in the order of their names; one that is no JSON is left out."""
    made = {}
    for name, body in connection.execute("SELECT name, body FROM document WHERE kind = ? ORDER BY name", (kind,)):
        try:
            made[str(name)] = json.loads(body)
        except ValueError:
            continue
    return made


def put(connection: apsw.Connection, kind: str, name: str, body: Any) -> None:
    """Keep a document; one of the same kind and name is replaced."""
    text = json.dumps(body, ensure_ascii=False)
    connection.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, name, text))


def remove(connection: apsw.Connection, kind: str, name: str) -> None:
    """Forget a document; one that is not there is no error."""
    connection.execute("DELETE FROM document WHERE kind = ? AND name = ?", (kind, name))
