"""Everything a project file holds about its features, for comparing two states of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gis.catalogue import load_catalogue
from gis.storage import engine


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all feature tables, their R*Trees and the search index, as they stand in the file."""
    connection = engine.connect_reader(path, readonly=True)
    try:
        found = {}
        for cls in load_catalogue():
            found[cls.name] = connection.execute(f'SELECT * FROM "{cls.name}" ORDER BY id').fetchall()
            if cls.spatial:
                tree = f"idx_{cls.name}_geom"
                found[tree] = connection.execute(f'SELECT * FROM "{tree}" ORDER BY pkid').fetchall()
        found["search"] = connection.execute("SELECT rowid, * FROM search ORDER BY rowid").fetchall()
        return found
    finally:
        connection.close()
