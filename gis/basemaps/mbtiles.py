"""MBTiles: tiles in one SQLite file (MBTiles specification 1.3); rows are counted from the south."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from gis.basemaps.basemap import DEEPEST
from gis.basemaps.decoding import LARGEST_FILE, sniffed
from gis.basemaps.files import SQLITE, header
from gis.basemaps.raster_tiles import TileFacts, bounds_of, plain_text, tile_size_of
from gis.errors import Refusal

PATIENCE = 3.0  # seconds a query may take: the tables of a hostile file may be views without end
_STEPS = 20_000  # of SQLite's machine between two looks at the clock


class MBTilesFile:
    """An open file; thread-safe. Opened read-only and immutable: nothing is locked, nothing is written beside it."""

    def __init__(self, path: Path) -> None:
        if not header(path).startswith(SQLITE):
            raise Refusal("basemaps.unknown_format", path=path)
        self.path = path
        self._lock = Lock()
        self._until = 0.0
        try:
            self._connection: sqlite3.Connection | None = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise Refusal("basemaps.damaged", path=path, reason=error) from error
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_FILE)
        self._connection.set_progress_handler(lambda: int(time.monotonic() > self._until), _STEPS)
        self._ask("PRAGMA trusted_schema = OFF")
        try:
            self.facts = self._facts()
        except BaseException:
            self.close()
            raise

    def get(self, zoom: int, column: int, row: int) -> bytes | None:
        """The bytes of a tile, rows counted from the north; None if there is none."""
        flipped = (1 << zoom) - 1 - row
        found = self._ask(
            "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ? LIMIT 1",
            (zoom, column, flipped),
        )
        body = found[0][0] if found else None
        return body if isinstance(body, bytes) and body else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _facts(self) -> TileFacts:
        names = {str(row[0]).lower() for row in self._ask("SELECT name FROM sqlite_master LIMIT 1000")}
        if "tiles" not in names:
            raise Refusal("basemaps.unknown_format", path=self.path)
        told: dict[str, str] = {}
        if "metadata" in names:
            for name, value in self._ask("SELECT name, value FROM metadata LIMIT 1000"):
                told[str(name).lower()] = str(value)[:10_000]
        first = self._ask("SELECT zoom_level, tile_data FROM tiles LIMIT 1")
        if not first or not isinstance(first[0][1], bytes):
            raise Refusal("basemaps.empty", path=self.path)
        form = sniffed(first[0][1])
        if form is None and told.get("format") == "pbf":
            form = "pbf"
        if form is None:
            raise Refusal("basemaps.strange_tiles", path=self.path, format=told.get("format", "?")[:20])
        low, high = self._zooms(told, int(first[0][0]))
        return TileFacts(
            plain_text(told.get("name"), 200) or self.path.stem, form, low, high, bounds_of(told.get("bounds")),
            plain_text(told.get("attribution"), 500), tile_size_of(first[0][1]) if form != "pbf" else 512,
        )  # fmt: skip

    def _zooms(self, told: dict[str, str], some: int) -> tuple[int, int]:
        """The levels there are. The index answers at once; a file without one is believed."""
        try:
            low, high = self._ask("SELECT min(zoom_level), max(zoom_level) FROM tiles")[0]
        except Refusal:
            try:
                low, high = int(told["minzoom"]), int(told["maxzoom"])
            except (KeyError, ValueError):
                low = high = some
        return min(max(int(low), 0), DEEPEST), min(max(int(high), 0), DEEPEST)

    def _ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            if self._connection is None:
                return []
            self._until = time.monotonic() + PATIENCE
            try:
                return self._connection.execute(sql, values).fetchall()
            except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
                raise Refusal("basemaps.damaged", path=self.path, reason=str(error)[:120]) from error
