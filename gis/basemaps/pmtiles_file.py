"""PMTiles version 3: tiles in one file, found by directories of Hilbert numbers (package pmtiles), read by mmap."""

from __future__ import annotations

import json
import mmap
import zlib
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from pmtiles.tile import (
    Compression,
    Entry,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)

from gis.basemaps.basemap import DEEPEST
from gis.basemaps.decoding import LARGEST_FILE, Format, unpacked
from gis.basemaps.files import header
from gis.basemaps.raster_tiles import TileFacts, plain_text, tile_size_of
from gis.errors import Refusal

MAGIC = b"PMTiles"
HEADER = 127  # bytes
DEPTH = 4  # directories below one another
MOST_DIRECTORY = 1 << 20  # bytes of a directory, unfolded
KEPT_DIRECTORIES = 16
_FORMATS: dict[TileType, Format] = {
    TileType.MVT: "pbf", TileType.PNG: "png", TileType.JPEG: "jpg", TileType.WEBP: "webp",
}  # fmt: skip


class PMTilesFile:
    """An open file; thread-safe."""

    def __init__(self, path: Path) -> None:
        if not header(path).startswith(MAGIC):
            raise Refusal("basemaps.unknown_format", path=path)
        self.path = path
        self._lock = Lock()
        try:
            with path.open("rb") as file:
                self._map: mmap.mmap | None = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise Refusal("basemaps.unreadable", path=path, reason=error) from error
        self._directory = lru_cache(KEPT_DIRECTORIES)(self._read_directory)
        try:
            self._header = self._read_header()
            self.facts = self._facts()
        except BaseException:
            self.close()
            raise

    def get(self, zoom: int, column: int, row: int) -> bytes | None:
        """The bytes of a tile; None if there is none. Refusal ``basemaps.damaged`` for a broken directory."""
        number = zxy_to_tileid(zoom, column, row)
        offset, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(DEPTH):
            entries = self._directory(offset, length)
            found: Entry | None = find_tile(entries, number) if entries else None
            if found is None:
                return None
            if found.run_length > 0:
                body = self._bytes(self._header["tile_data_offset"] + found.offset, found.length, LARGEST_FILE)
                return body or None
            offset, length = self._header["leaf_directory_offset"] + found.offset, found.length
        raise self._damaged("directory")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            opened, self._map = self._map, None
            if opened is not None:
                opened.close()

    def _read_header(self) -> dict[str, Any]:
        raw = self._bytes(0, HEADER, HEADER)
        if raw[7:8] != b"\x03":
            raise Refusal("basemaps.old_pmtiles", path=self.path, version=raw[7] if len(raw) > 7 else "?")
        try:
            made: dict[str, Any] = dict(deserialize_header(raw))
        except (ValueError, IndexError) as error:
            raise self._damaged(error) from error
        if made["internal_compression"] not in (Compression.GZIP, Compression.NONE):
            raise Refusal("basemaps.strange_tiles", path=self.path, format=made["internal_compression"].name.lower())
        return made

    def _facts(self) -> TileFacts:
        head = self._header
        form = _FORMATS.get(head["tile_type"])
        if form is None or head["tile_compression"] not in (Compression.NONE, Compression.GZIP, Compression.UNKNOWN):
            named = head["tile_type"] if form is None else head["tile_compression"]
            raise Refusal("basemaps.strange_tiles", path=self.path, format=named.name.lower())
        told = self._metadata()
        bounds = tuple(head[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat"))
        whole = -180.0 <= bounds[0] < bounds[2] <= 180.0 and -90.0 <= bounds[1] < bounds[3] <= 90.0
        low, high = head["min_zoom"], head["max_zoom"]
        if not 0 <= low <= high <= DEEPEST:
            raise self._damaged(f"zoom {low}–{high}")
        return TileFacts(
            plain_text(told.get("name"), 200) or self.path.stem, form, low, high,
            (bounds[0], bounds[1], bounds[2], bounds[3]) if whole else None,
            plain_text(told.get("attribution"), 500), 512 if form == "pbf" else self._tile_size(),
        )  # fmt: skip

    def _metadata(self) -> dict[str, Any]:
        """The JSON of the file; nothing of the map hangs on it, so a broken one is passed over."""
        try:
            raw = self._bytes(self._header["metadata_offset"], self._header["metadata_length"], LARGEST_FILE)
            made = json.loads(unpacked(raw, LARGEST_FILE)) if raw else {}
        except (Refusal, ValueError, RecursionError):
            return {}
        return made if isinstance(made, dict) else {}

    def _tile_size(self) -> int:
        """The size of the first tile."""
        offset, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(DEPTH):
            entries = self._directory(offset, length)
            if not entries:
                raise Refusal("basemaps.empty", path=self.path)
            if entries[0].run_length > 0:
                start = self._header["tile_data_offset"] + entries[0].offset
                return tile_size_of(self._bytes(start, entries[0].length, LARGEST_FILE))
            offset, length = self._header["leaf_directory_offset"] + entries[0].offset, entries[0].length
        raise self._damaged("directory")

    def _read_directory(self, offset: int, length: int) -> list[Entry]:
        raw = self._bytes(offset, length, MOST_DIRECTORY)
        try:
            if self._header["internal_compression"] == Compression.GZIP:
                raw = unpacked(raw, MOST_DIRECTORY)  # never unfolded without a limit, as the package would
            made: list[Entry] = deserialize_directory(_stored(raw))
        except (Refusal, EOFError, IndexError, ValueError, OverflowError, OSError, zlib.error, MemoryError) as error:
            raise self._damaged(error) from error
        return made

    def _bytes(self, offset: int, length: int, most: int) -> bytes:
        """A stretch of the file, which must lie in it."""
        with self._lock:
            if self._map is None:
                return b""
            if length > most or offset + length > len(self._map):
                raise self._damaged(f"{offset} + {length}")
            return self._map[offset : offset + length]

    def _damaged(self, reason: object) -> Refusal:
        return Refusal("basemaps.damaged", path=self.path, reason=str(reason)[:120] or type(reason).__name__)


def _stored(raw: bytes) -> bytes:
    """Bytes in a gzip member that does not pack them: the package's reader of directories takes nothing else."""
    packing = zlib.compressobj(0, wbits=31)
    return packing.compress(raw) + packing.flush()
