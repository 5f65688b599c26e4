"""Which reader a file wants, by its ending and its first letters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gis.errors import Refusal
from gis.exchange.archives import Unpacked, unpacked
from gis.exchange.cass import looks_like_cass, read_cass
from gis.exchange.delimited import read_delimited
from gis.exchange.field_projects import PROJECTS, project_in, read_project
from gis.exchange.folders import read_chosen, sources_in
from gis.exchange.foreign import KINDS, read_foreign
from gis.exchange.geojson import read_geojson
from gis.exchange.kml import read_kml, read_kmz
from gis.exchange.known_tables import recognised
from gis.exchange.media import with_media
from gis.exchange.networks import is_network, lengths_mended, read_network
from gis.exchange.nmea import looks_like_nmea, read_nmea
from gis.exchange.photos import PHOTOS, photos_in, read_photos
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.spreadsheets import read_spreadsheet
from gis.progress import Progress

_DELIMITED = frozenset({".csv", ".tsv", ".txt"})
_GEOJSON = frozenset({".geojson", ".json", ".geojsonl", ".ndjson", ".jsonl"})
_SHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods", ".xls", ".et"})
_NMEA = frozenset({".nmea", ".nma", ".log"})
_KMZ = frozenset({".kmz", ".ovkmz"})
_ARCHIVES = frozenset({".zip"}) | _KMZ
#: Beside photos, what places those without a position.
TRACKS = _NMEA | {".gpx"}
#: ``.gdb`` is a folder; it is dropped, not picked from a list of files.
READABLE = tuple(sorted(_DELIMITED | _GEOJSON | _SHEETS | _NMEA | _ARCHIVES | PHOTOS | PROJECTS
                        | {".dat"} | set(KINDS)))  # fmt: skip
#: Files that come often, cannot be read, and for which there is a way round.
_ELSEWHERE = {
    ".dwg": "import.is_dwg", ".rar": "import.other_archive", ".7z": "import.other_archive",
    ".gz": "import.other_archive", ".tgz": "import.other_archive", ".tar": "import.other_archive",
    ".heic": "import.is_heic", ".heif": "import.is_heic", ".ovobj": "import.is_ovobj", ".mdb": "import.is_access",
    ".accdb": "import.is_access", ".shx": "import.part_of_shapefile", ".dbf": "import.part_of_shapefile",
    ".prj": "import.part_of_shapefile", ".cpg": "import.part_of_shapefile",
}  # fmt: skip
_HEAD = 4096


def read_raw(
    path: Path,
    dialect: Dialect | None = None,
    *,
    prefer: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
    track: Path | None = None,
    clock_offset_s: float | None = None,
) -> tuple[str, RawTable]:
    """(format name, table) of a file or folder Yantu can import; Refusal ``import.unknown_format`` for another.

    ``prefer``: the kind of geometry whose layer is taken where none is named. ``rows``: only so many from the
    beginning, for a preview; formats that cannot stop early read all. ``track`` and ``clock_offset_s``: for photos,
    as `photos.read_photos` has them.
    """
    dialect = dialect or Dialect()
    encoding, layer = dialect.encoding, dialect.layer
    ending = path.suffix.casefold()
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    if path.is_dir() and ending != ".gdb":
        return _folder(path, dialect, prefer, rows, progress, track, clock_offset_s)
    if ending in _KMZ:
        return read_kmz(path, encoding=encoding, layer=layer, rows=rows, progress=progress)
    if ending in _ARCHIVES:
        return _archive(path, dialect, prefer, rows, progress)
    if ending in PROJECTS:
        return read_project(path, layer=layer, prefer=prefer, rows=rows, progress=progress)
    if ending in (".kml", ".ovkml"):
        return read_kml(path, encoding=encoding, layer=layer, rows=rows, progress=progress)
    if ending in KINDS:
        form, raw = read_foreign(path, encoding=encoding, layer=layer, prefer=prefer, rows=rows, progress=progress)
        return form, with_media(raw, path.parent)
    if ending in _SHEETS:
        form, raw = read_spreadsheet(path, dialect, rows=rows, progress=progress)
        return form, recognised(raw, path, dialect)
    if ending in PHOTOS:
        return "photos", read_photos(path, track=track, clock_offset_s=clock_offset_s, progress=progress)
    if ending in _GEOJSON:
        if is_network(_head(path)):
            return read_network(path, encoding=encoding, layer=layer, prefer=prefer)
        return "geojson", lengths_mended(read_geojson(path, encoding=encoding, rows=rows, progress=progress))
    if ending in _NMEA:
        return "nmea", read_nmea(path, encoding=encoding)
    if ending == ".dat":
        return "cass", read_cass(path, encoding=encoding)
    if ending in _DELIMITED:
        head = _head(path)
        if looks_like_nmea(head):
            return "nmea", read_nmea(path, encoding=encoding)
        if ending == ".txt" and looks_like_cass(head.decode("gb18030", errors="replace")):
            return "cass", read_cass(path, encoding=encoding)
        return "delimited", recognised(read_delimited(path, dialect, rows=rows, progress=progress), path, dialect)
    raise Refusal(_ELSEWHERE.get(ending, "import.unknown_format"), path=path.name, known=" ".join(READABLE))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""  # the reader itself says why


def _folder(
    path: Path,
    dialect: Dialect,
    prefer: str | None,
    rows: int | None,
    progress: Progress | None,
    track: Path | None = None,
    clock_offset_s: float | None = None,
) -> tuple[str, RawTable]:
    """A field project, photos (with their tracks, if these are all the rest), or a data file of the folder."""
    project = project_in(path)
    if project is not None:
        return read_project(project, layer=dialect.layer, prefer=prefer, rows=rows, progress=progress)
    inside = sources_in(path, set(READABLE) - PHOTOS - PROJECTS - {".zip"})
    only_tracks = all(part.suffix.casefold() in TRACKS for part in inside.values())
    if only_tracks and dialect.layer not in inside and photos_in(path):
        tracks = (track,) if track is not None else tuple(inside.values())
        raw = read_photos(path, track=tracks, clock_offset_s=clock_offset_s, progress=progress)
        return "photos", replace(raw, layers=("photos", *inside), layer="photos") if inside else raw
    if not inside:
        raise Refusal("import.nothing_inside", path=path.name)

    def read(part: Path, dialect: Dialect, rows: int | None) -> tuple[str, RawTable]:
        return read_raw(part, dialect, prefer=prefer, rows=rows, progress=progress)

    return read_chosen(inside, dialect, prefer, read, rows)


def _archive(
    path: Path, dialect: Dialect, prefer: str | None, rows: int | None, progress: Progress | None
) -> tuple[str, RawTable]:
    """As the archive's files would be read from a folder; it is kept as long as the table lives."""
    held: Unpacked = unpacked(path, progress)
    try:
        form, raw = _folder(held.folder, dialect, prefer, rows, progress)
    except Refusal as refusal:
        held.remove()
        if refusal.arguments.get("path") == held.folder.name:
            refusal.arguments["path"] = path.name
        raise
    except BaseException:
        held.remove()
        raise
    return form, replace(raw, keeps=(held, raw.keeps))
