"""Which reader a file wants, by its ending and its first letters."""

from __future__ import annotations

from pathlib import Path

from gis.errors import Refusal
from gis.exchange.delimited import read_delimited
from gis.exchange.geojson import read_geojson
from gis.exchange.raw import RawTable
from gis.progress import Progress

_DELIMITED = frozenset({".csv", ".tsv", ".txt"})
_GEOJSON = frozenset({".geojson", ".json", ".geojsonl", ".ndjson"})
READABLE = tuple(sorted(_DELIMITED | _GEOJSON))


def read_raw(path: Path, *, encoding: str | None = None, progress: Progress | None = None) -> tuple[str, RawTable]:
    """(format name, table) of a file Yantu can import; Refusal ``import.unknown_format`` for another."""
    if path.is_dir():
        raise Refusal("import.is_folder", path=str(path))
    ending = path.suffix.casefold()
    if ending in _GEOJSON:
        return "geojson", read_geojson(path, encoding=encoding, progress=progress)
    if ending in _DELIMITED:
        return "delimited", read_delimited(path, encoding=encoding, progress=progress)
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    raise Refusal("import.unknown_format", path=path.name, known=" ".join(READABLE))
