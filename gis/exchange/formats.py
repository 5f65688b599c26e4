"""Which reader a file wants, by its ending and its first letters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gis.errors import Refusal
from gis.exchange.archives import unpacked
from gis.exchange.cass import looks_like_cass, read_cass
from gis.exchange.delimited import read_delimited
from gis.exchange.foreign import KINDS, read_foreign
from gis.exchange.geojson import read_geojson
from gis.exchange.networks import is_network, lengths_mended, read_network
from gis.exchange.nmea import read_nmea
from gis.exchange.photos import PHOTOS, photos_in, read_photos
from gis.exchange.radio_lists import understood
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.spreadsheets import read_spreadsheet
from gis.progress import Progress

_DELIMITED = frozenset({".csv", ".tsv", ".txt"})
_GEOJSON = frozenset({".geojson", ".json", ".geojsonl", ".ndjson"})
_SHEETS = frozenset({".xlsx", ".xlsm", ".ods", ".xls", ".et"})
_NMEA = frozenset({".nmea", ".nma", ".log"})
_ARCHIVES = frozenset({".zip", ".kmz"})
#: ``.gdb`` is a folder; it is dropped, not picked from a list of files.
READABLE = tuple(sorted(_DELIMITED | _GEOJSON | (_SHEETS - {".xls", ".et"}) | _NMEA | _ARCHIVES | PHOTOS
                        | {".dat"} | set(KINDS)))  # fmt: skip
_HEAD = 4096


def read_raw(
    path: Path,
    dialect: Dialect | None = None,
    *,
    prefer: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
) -> tuple[str, RawTable]:
    """(format name, table) of a file Yantu can import; Refusal ``import.unknown_format`` for another.

    ``prefer``: the kind of geometry whose layer is taken where none is named. ``rows``: only so many from the
    beginning, for a preview; formats that cannot stop early read all.
    """
    dialect = dialect or Dialect()
    encoding, layer = dialect.encoding, dialect.layer
    ending = path.suffix.casefold()
    if path.is_dir() and ending != ".gdb":
        return _folder(path, dialect, prefer, progress)
    if ending in _ARCHIVES:
        return _archive(path, dialect, prefer, progress)
    if ending in KINDS:
        return read_foreign(path, encoding=encoding, layer=layer, prefer=prefer, progress=progress)
    if ending in _SHEETS:
        return read_spreadsheet(path, layer=layer, progress=progress)
    if ending in PHOTOS:
        return "photos", read_photos(path, progress=progress)
    if ending in _GEOJSON:
        if is_network(_head(path)):
            return read_network(path, encoding=encoding, layer=layer, prefer=prefer)
        return "geojson", lengths_mended(read_geojson(path, encoding=encoding, progress=progress))
    if ending in _NMEA:
        return "nmea", read_nmea(path, encoding=encoding)
    if ending == ".dat":
        return "cass", read_cass(path, encoding=encoding)
    if ending in _DELIMITED:
        head = _head(path)
        if head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n").startswith((b"$G", b"$B")):
            return "nmea", read_nmea(path, encoding=encoding)
        if ending == ".txt" and looks_like_cass(head.decode("gb18030", errors="replace")):
            return "cass", read_cass(path, encoding=encoding)
        return "delimited", understood(read_delimited(path, dialect, rows=rows, progress=progress))
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    raise Refusal("import.unknown_format", path=path.name, known=" ".join(READABLE))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""  # the reader itself says why


def _folder(path: Path, dialect: Dialect, prefer: str | None, progress: Progress | None) -> tuple[str, RawTable]:
    """A folder that holds one Shapefile, or photos."""
    tables = [part for part in sorted(path.iterdir()) if part.suffix.casefold() == ".shp"]
    if len(tables) == 1:
        return read_raw(tables[0], dialect, prefer=prefer, progress=progress)
    if not tables and photos_in(path):
        return "photos", read_photos(path, progress=progress)
    raise Refusal("import.is_folder", path=str(path))


def _archive(path: Path, dialect: Dialect, prefer: str | None, progress: Progress | None) -> tuple[str, RawTable]:
    """The one file in an archive, or the one named by ``layer`` as ``member`` or ``member|layer``."""
    with unpacked(path, progress) as folder:
        inside = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if _is_source(p, folder)}
        if not inside:
            if photos_in(folder):
                return "photos", read_photos(folder, progress=progress)
            raise Refusal("import.nothing_inside", path=path.name)
        if path.suffix.casefold() == ".kmz":
            inside = {name: p for name, p in inside.items() if p.suffix.casefold() == ".kml"} or inside
            inside = dict(list(inside.items())[:1])  # a KMZ has one document; the first by name where there are more
        layer = dialect.layer
        member, _, inner = (layer or "").partition("|")
        if member in inside:
            chosen = member
        elif len(inside) == 1:
            chosen, inner = next(iter(inside)), layer or ""
        elif layer is None:
            raise Refusal("import.several_inside", path=path.name, known=", ".join(list(inside)[:12]))
        else:
            raise Refusal("import.no_layer", layer=layer, known=", ".join(list(inside)[:12]))
        return read_raw(inside[chosen], replace(dialect, layer=inner or None), prefer=prefer, progress=progress)


def _is_source(part: Path, folder: Path) -> bool:
    ending = part.suffix.casefold()
    if part.name.startswith((".", "__MACOSX")) or "__MACOSX" in part.parts:
        return False
    if any(parent.suffix.casefold() == ".gdb" for parent in part.relative_to(folder).parents):
        return False
    if part.is_dir():
        return ending == ".gdb"
    return ending in (set(READABLE) - PHOTOS - _ARCHIVES - {".txt", ".log", ".gdb"})
