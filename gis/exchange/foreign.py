"""What libraries read: GeoPackage, Shapefile, KML, GPX, FlatGeobuf, MapInfo, File Geodatabase, SpatiaLite, OSM, DXF.

GDAL and ezdxf work in a child process with a limit of memory and time (``foreign_child``), never on a file of ours in
this process: inside it GDAL would drop SQLite's locks, and a broken file could take the window down.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import shapely

from gis.errors import Refusal
from gis.exchange.cells import text_column
from gis.exchange.confinement import done_by_child
from gis.exchange.kml_names import with_plain_names
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.exchange.shapefile import dbf_encoding, known_encoding
from gis.progress import Progress

MEMORY_BYTES = 6 << 30  # address space, of which the libraries alone map over a gigabyte
MOST_ANSWER = 1 << 30  # bytes of text the child may hand over
SECONDS = 300
_ALL = "*"
#: Drivers that would fetch from the network or open other files because of what a file says.
_KEPT_OUT = (
    "OGR_VRT,GDALG,HTTP,WFS,OAPIF,OGCAPI,CSW,Elasticsearch,Carto,AmigoCloud,PLSCENES,NGW,EEDA,MapML,ADBC,GeoRSS,"
    "PMTiles,MVT,PDF,OGR_PDS,Idrisi,GPSBabel,LVBAG,S57,SXF,VDV,EDIGEO,VFK,GTFS"
)
_WITHOUT = {"OGR_SKIP": _KEPT_OUT, "GDAL_SKIP": _KEPT_OUT}


@dataclass(frozen=True, slots=True)
class Kind:
    """One format: its name, first bytes (any of them, after a BOM and blanks; empty = not checked), and its ways."""

    name: str
    marks: tuple[bytes, ...] = ()
    together: bool = False  # layers are only folders of one picture: read all, with a column "layer"
    datum: Literal["gcj02"] | None = None
    usual: frozenset[str] = frozenset()  # columns GDAL always makes; left out where they say nothing
    reader: Literal["gdal", "dxf"] = "gdal"


#: What GDAL writes where a file says nothing.
_NOTHING = (None, "-1", "0", "false")
_OF_KML = frozenset(
    {"id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"}
)
_OF_GPX = frozenset(
    {"magvar", "geoidheight", "src", "url", "urlname", "type", "fix", "sat", "hdop", "vdop", "pdop", "ageofdgpsdata",
     "dgpsid", "number", "track_seg_id", *(f"link{n}_{part}" for n in (1, 2) for part in ("href", "text", "type"))}
)  # fmt: skip
_SQLITE = (b"SQLite format 3\0",)
_XML = (b"<",)
KINDS = {
    ".gpkg": Kind("geopackage", _SQLITE),
    ".sqlite": Kind("sqlite", _SQLITE),
    ".db": Kind("sqlite", _SQLITE),
    ".shp": Kind("shapefile", (b"\0\0\x27\x0a",)),
    ".kml": Kind("kml", _XML, together=True, usual=_OF_KML),
    ".ovkml": Kind("ovkml", _XML, together=True, datum="gcj02", usual=_OF_KML),
    ".gpx": Kind("gpx", _XML, usual=_OF_GPX),
    ".fgb": Kind("flatgeobuf", (b"fgb",)),
    ".tab": Kind("mapinfo", (b"!table", b"!Table", b"!TABLE")),
    ".mif": Kind("mapinfo", (b"Version", b"VERSION", b"version")),
    ".gdb": Kind("filegdb"),
    ".dxf": Kind("dxf", together=True, reader="dxf"),
    ".osm": Kind("osm", _XML),
    ".pbf": Kind("osm", (b"\0\0\0",)),
}
_FIRST_TAG = re.compile(rb"<[A-Za-z]")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_SCANNED = 4 << 20


def read_foreign(
    path: Path,
    *,
    encoding: str | None = None,
    layer: str | None = None,
    prefer: str | None = None,
    where: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
    seconds: float = SECONDS,
) -> tuple[str, RawTable]:
    """(format, one layer of a file); ``layer`` None takes the first that has features, "*" all, one below the other.

    ``prefer`` is a kind of geometry ("point", "line", "polygon") whose layer is taken first; ``where`` a filter in SQL;
    ``rows`` reads only so many of the beginning. ``lines`` is the feature's number in its layer.
    Raises Refusal ``import.broken_file``, ``import.no_layer``, ``import.no_features``,
    ``import.too_slow``, ``import.too_large``, ``import.wrong_ending``, ``import.missing_part``,
    ``import.unknown_encoding``.
    """
    kind = KINDS[path.suffix.casefold()]
    _look_first(path, kind)
    if encoding is not None:
        encoding = known_encoding(encoding)
    evidence: list[Evidence] = []
    if kind.name == "shapefile":
        found = dbf_encoding(path, encoding)
        if found is not None:
            evidence.append(found)
            encoding = found.value
    if layer is None and kind.together:
        layer = _ALL
    with TemporaryDirectory(prefix="yantu-") as name:
        out = Path(name)
        source, aliases = with_plain_names(path, out) if kind.marks == _XML else (_settled(path, kind, out), {})
        order: dict[str, Any] = {
            "path": str(source.resolve()), "out": name, "layer": layer, "encoding": encoding,
            "prefer": {"multipolygon": "polygon"}.get(prefer or "", prefer), "reader": kind.reader,
            "where": where, "rows": rows, "config": {"CPL_TMPDIR": name, "OGR_ENABLE_PARTIAL_REPROJECTION": "NO"},
            "memory": MEMORY_BYTES, "seconds": int(seconds) + 5,
        }  # fmt: skip
        answer = _answer(order, path, progress, seconds)
        if answer.get("code") == "encoding" and encoding is None:
            order["encoding"] = encoding = "gb18030"
            answer = _answer(order, path, progress, seconds)
            evidence.append(Evidence("encoding", encoding, "import.strict_gb18030"))
        if "error" in answer:
            raise _refusal(answer, path, encoding)
        evidence += [Evidence(**told) for told in answer.get("evidence", ())]
        answer["columns"] = {aliases.get(field, field): values for field, values in answer["columns"].items()}
        return kind.name, _table(answer, out, kind, evidence)


def _answer(order: dict[str, Any], path: Path, progress: Progress | None, seconds: float) -> dict[str, Any]:
    done_by_child("gis.exchange.foreign_child", order, path, seconds, progress, _WITHOUT)
    answer = None
    try:
        if (Path(order["out"]) / "answer.json").stat().st_size > MOST_ANSWER:
            raise Refusal("import.too_large", path=path.name)
        answer = json.loads((Path(order["out"]) / "answer.json").read_text("utf-8"))
    except (OSError, ValueError):
        pass  # it died before it could answer
    if not isinstance(answer, dict):
        raise Refusal("import.broken_file", path=path.name, reason=order["reader"])
    return answer


def _settled(path: Path, kind: Kind, folder: Path) -> Path:
    """The file, or a copy in ``folder`` with its journal: a receiver's GeoPackage has its last rows in ``-wal``, and
    opening it where it lies would write to it, or leave those rows out where that is not allowed."""
    journals = [Path(f"{path}{end}") for end in ("-wal", "-journal")] if kind.marks == _SQLITE else []
    journals = [part for part in journals if part.is_file() and part.stat().st_size]
    if not journals:
        return path
    try:
        for part in (path, *journals):
            shutil.copyfile(part, folder / part.name)
    except OSError as error:
        raise Refusal("import.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    return folder / path.name


def _look_first(path: Path, kind: Kind) -> None:
    if not path.exists():
        raise Refusal("import.no_file", path=str(path))
    if path.is_dir():
        return
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise Refusal("import.unreadable", path=str(path), reason=error.strerror or str(error)) from error
    if not head.strip():
        raise Refusal("import.empty", path=path.name)
    if kind.name == "filegdb":
        raise Refusal("import.wrong_ending", path=path.name, format=kind.name)
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if kind.marks and not utf16 and not (head.startswith(kind.marks) or plain.startswith(kind.marks)):
        raise Refusal("import.wrong_ending", path=path.name, format=kind.name)
    if kind.marks == _XML:
        no_entities(path)


def no_entities(path: Path) -> None:
    """XML that declares entities can grow without bounds; no file of these kinds needs them.

    A declaration can only stand before the first element, behind comments of any length.
    """
    with path.open("rb") as file:
        head = file.read(_SCANNED)
    plain = _COMMENT.sub(b"", head.replace(b"\0", b""))
    first = _FIRST_TAG.search(plain)
    prolog = plain if first is None else plain[: first.start()]
    hidden = len(head) == _SCANNED and (first is None or b"<!--" in prolog)
    if hidden or b"<!ENTITY" in prolog or (b"<!DOCTYPE" in prolog and b"[" in prolog.split(b"<!DOCTYPE", 1)[1]):
        raise Refusal("import.xml_entities", path=path.name)


def _refusal(answer: dict[str, Any], path: Path, encoding: str | None) -> Refusal:
    code, error = answer.get("code"), answer["error"]
    if code == "refusal":
        return Refusal(answer["refusal"], path=path.name, **answer["args"])
    if code == "memory":
        return Refusal("import.too_large", path=path.name)
    if code == "nothing":
        return Refusal("import.no_features", path=path.name)
    if code == "layer":
        return Refusal("import.no_layer", layer=error, known=", ".join(entry[0] for entry in answer["layers"]))
    if code == "encoding":
        return Refusal("import.wrong_encoding", path=path.name, encoding=encoding or "UTF-8", line="?")
    if ".shx" in error or "dbf" in error.casefold():
        return Refusal("import.missing_part", path=path.name, part=".shx" if ".shx" in error else ".dbf")
    return Refusal("import.broken_file", path=path.name, reason=" ".join(error.split())[:200] or "GDAL")


def _table(answer: dict[str, Any], out: Path, kind: Kind, evidence: list[Evidence]) -> RawTable:
    has = np.load(out / "has.npy", allow_pickle=False)
    numbers = np.load(out / "numbers.npy", allow_pickle=False)
    data = np.load(out / "wkb.npy", allow_pickle=False).tobytes()
    ends = np.cumsum(np.load(out / "sizes.npy", allow_pickle=False)).tolist()
    starts = [0, *ends[:-1]]
    blobs = np.empty(len(has), dtype=object)
    blobs[:] = [data[a:b] if there else None for a, b, there in zip(starts, ends, has.tolist(), strict=True)]
    geometry = shapely.from_wkb(blobs, on_invalid="ignore")
    broken = has & np.array([g is None for g in geometry], dtype=bool)
    unreadable = tuple(Reject(int(numbers[row]), Refusal("import.broken_geometry")) for row in np.flatnonzero(broken))
    keep = ~broken
    unreadable += tuple(Reject(line, Refusal(code, **args)) for line, code, args in answer.get("rejects", ()))
    cells = {name: text_column(values)[keep] for name, values in answer["columns"].items()}
    silent = [name for name in kind.usual & set(cells) if all(cell in _NOTHING for cell in cells[name])]
    cells = {name: column for name, column in cells.items() if name not in silent}
    names = tuple(cells)
    layers = tuple(entry[0] for entry in answer["layers"])
    if len(layers) > 1:
        known = ", ".join(f"{name} ({count})" for name, _, count in answer["layers"][:12])
        shown = "*" if answer["layer"] == _ALL else answer["layer"]
        reason = "import.all_layers" if answer["layer"] == _ALL else "import.one_of_layers"
        evidence.append(Evidence("layer", shown, reason, {"known": known}))
    if answer["crs"]:
        evidence.append(Evidence("crs", _short(answer["crs"]), "import.named_crs"))
    if answer["z"]:
        evidence.append(Evidence("heights", "–", "import.z_dropped"))
    if answer.get("curves"):
        evidence.append(Evidence("curves", str(answer["curves"]), "import.curves_as_lines"))
    spatial = bool(has.any())
    return RawTable(
        names,
        cells,
        numbers[keep],
        geometry[keep] if spatial else None,
        answer["crs"],
        tuple(evidence),
        unreadable,
        layers,
        answer["layer"],
        kind.datum,
    )


def _short(crs: str) -> str:
    return crs if len(crs) < 40 else crs.split('"')[1] if '"' in crs else crs[:40]
