"""QField and Mergin Maps: a folder with a QGIS project, its data files and its photos, read as one file of layers."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import numpy as np

from gis.errors import Refusal
from gis.exchange.archives import checked, chunks, opened
from gis.exchange.delimited import read_delimited
from gis.exchange.foreign import KINDS, no_entities, read_foreign
from gis.exchange.media import media_columns
from gis.exchange.raw import Dialect, Evidence, RawTable
from gis.progress import Progress

PROJECTS = frozenset({".qgs", ".qgz"})
_MOST_XML = 256 << 20
_TABLE = re.compile(r"""dbname='((?:[^'\\]|\\.)*)'.*?table="([^"]+)\"""")


@dataclass(frozen=True, slots=True)
class Layer:
    """One vector layer of a project as its author set it up.

    ``file`` is relative to the project's folder, ``inner`` the layer in it. ``aliases``: field -> the name the surveyor
    saw. ``labels``: field -> {stored value: what the surveyor chose}. ``media``: field -> folder its ways start from.
    """

    name: str
    file: str
    inner: str | None = None
    where: str | None = None
    geometry: str = ""
    encoding: str | None = None
    aliases: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)


def project_in(folder: Path) -> Path | None:
    """The project file of a field project's folder or of the one folder inside it; None where there is none."""
    for depth in ("*", "*/*"):
        found = sorted(p for p in folder.glob(depth) if p.suffix.casefold() in PROJECTS and p.is_file())
        found = [p for p in found if not p.name.startswith(".")]
        if found:
            return found[0]
    return None


def read_project(
    path: Path,
    *,
    layer: str | None = None,
    prefer: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
) -> tuple[str, RawTable]:
    """("field project", one layer) of a ``.qgs`` or ``.qgz`` file; layers are called as the project calls them.

    Columns have their aliases for names, numbered choices their labels; photo columns are ``media`` below the
    project's folder. Layers that are not in the folder are told in the evidence. Raises Refusal ``import.no_layer``,
    ``import.nothing_inside`` and those of the data file.
    """
    listed = list(layers_of(path))
    folder = path.parent
    here = [entry for entry in listed if _inside(folder, entry.file) is not None]
    missing = [entry.name for entry in listed if entry not in here]
    if not here:
        raise Refusal("import.project_without_data", path=path.name, known=", ".join(missing[:12]) or "–")
    names = tuple(entry.name for entry in here)
    if layer is not None and layer not in names:
        raise Refusal("import.no_layer", layer=layer, known=", ".join(names[:12]))
    wanted = {"multipolygon": "polygon"}.get(prefer or "", prefer)
    tried = [entry for entry in here if layer in (None, entry.name)]
    tried.sort(key=lambda entry: entry.geometry != wanted)  # stable: the project's order within each
    why: Refusal | None = None
    for entry in tried:
        try:
            raw = _read(folder, entry, rows, progress)
        except Refusal as refusal:
            if layer is not None or len(tried) == 1:
                raise
            why = why or refusal
            continue
        if len(raw) or layer is not None:
            break
    else:
        raise why or Refusal("import.no_features", path=path.name)
    evidence = [
        Evidence("project", path.name, "import.field_project"),
        *(e for e in raw.evidence if e.what != "layer"),
    ]
    if len(names) > 1:
        evidence.append(Evidence("layer", entry.name, "import.one_of_layers", {"known": ", ".join(names[:12])}))
    if missing:
        evidence.append(Evidence("missing", ", ".join(missing)[:120], "import.layers_elsewhere"))
    return "field project", replace(raw, evidence=tuple(evidence), layers=names, layer=entry.name)


def layers_of(path: Path) -> Iterator[Layer]:
    """The vector layers of a project file, in its order, whose data are in files.

    Raises Refusal ``import.broken_file``, ``import.xml_entities``, ``import.archive_bomb``.
    """
    try:
        root = ElementTree.fromstring(_xml(path))
    except ElementTree.ParseError as error:
        raise Refusal("import.broken_file", path=path.name, reason=str(error)) from None
    for node in root.iter("maplayer"):
        if node.get("type", "vector") != "vector":
            continue
        provider = node.find("provider")
        kind = (provider.text or "") if provider is not None else ""
        source = node.findtext("datasource") or ""
        found = _source(source, kind)
        if found is None:
            continue  # a picture or table of a server: nothing a surveyor collected lies in it
        file, inner, where = found
        encoding = provider.get("encoding") if provider is not None else None
        yield Layer(
            node.findtext("layername") or Path(file).stem,
            file,
            inner,
            where,
            {"point": "point", "line": "line", "polygon": "polygon"}.get((node.get("geometry") or "").casefold(), ""),
            encoding if Path(file).suffix.casefold() == ".shp" and encoding not in ("", "System") else None,
            {a.get("field", ""): a.get("name", "") for a in node.iterfind("aliases/alias") if a.get("name")},
            *_widgets(node),
        )


def _xml(path: Path) -> bytes:
    if path.suffix.casefold() == ".qgz":
        with opened(path) as archive:
            data = _project_of(archive, path)
    else:
        no_entities(path)
        if path.stat().st_size > _MOST_XML:
            raise Refusal("import.too_large", path=path.name)
        data = path.read_bytes()
    if b"<!ENTITY" in data[: 1 << 20]:
        raise Refusal("import.xml_entities", path=path.name)
    if not data.strip():
        raise Refusal("import.empty", path=path.name)
    return data


def _project_of(archive: zipfile.ZipFile, path: Path) -> bytes:
    for info in checked(archive, path):
        if info.filename.casefold().endswith(".qgs"):
            if info.file_size > _MOST_XML:
                raise Refusal("import.archive_bomb", path=path.name)
            return b"".join(chunks(archive, info, path))
    raise Refusal("import.nothing_inside", path=path.name)


def _source(source: str, provider: str) -> tuple[str, str | None, str | None] | None:
    """(file, layer in it, filter) of a layer's data source; None for one that is no file."""
    if provider == "spatialite":
        found = _TABLE.search(source)
        return (found[1], found[2], None) if found else None
    if provider == "delimitedtext":
        parts = urlsplit(source)
        return unquote(parts.netloc + parts.path), None, None
    if provider not in ("ogr", ""):
        return None
    file, *options = source.split("|")
    named = dict(option.split("=", 1) for option in options if "=" in option)
    if not file or "://" in file or file.casefold().startswith(("pg:", "mysql:", "/vsi", "wfs:")):
        return None
    return file, named.get("layername"), named.get("subset") or None


def _widgets(node: ElementTree.Element) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    media: dict[str, str] = {}
    for entry in node.iterfind("fieldConfiguration/field"):
        name, widget = entry.get("name") or "", entry.find("editWidget")
        if widget is None:
            continue
        if widget.get("type") == "ExternalResource":
            options = {option.get("name"): option.get("value") or "" for option in widget.iter("Option")}
            # 1: ways start at the project, 2: at the default folder, which may be a formula and is then not followed
            own = options.get("DefaultRoot", "") if options.get("RelativeStorage") == "2" else ""
            media[name] = own if not own.startswith(("@", "'", "/")) and ".." not in own and ":" not in own else ""
        elif widget.get("type") == "ValueMap":
            pairs = {
                option.get("value") or "": option.get("name") or ""
                for option in widget.iter("Option")
                if option.get("type") not in ("Map", "List") and option.get("name")
            }
            if pairs and all(value.lstrip("-").isdigit() for value in pairs):  # words are what they say
                labels[name] = pairs
    return labels, media


def _inside(folder: Path, file: str) -> Path | None:
    """The data file in the project's folder, nowhere else; of an absolute way only its name is looked for."""
    plain = file.replace("\\", "/")
    absolute = plain.startswith("/") or re.match(r"[A-Za-z]:", plain) is not None
    parts = PurePosixPath(plain).parts
    if absolute or ".." in parts:
        parts = parts[-1:]
    found = folder.joinpath(*parts)
    if not found.exists() or found.is_symlink() or len(parts) > 20:
        return None
    return found if os.path.realpath(found).startswith(os.path.realpath(folder) + os.sep) else None


def _read(folder: Path, entry: Layer, rows: int | None, progress: Progress | None) -> RawTable:
    path = _inside(folder, entry.file)
    assert path is not None
    ending = path.suffix.casefold()
    if ending in (".csv", ".tsv", ".txt"):
        raw = read_delimited(path, Dialect(), rows=rows, progress=progress)
    elif ending in KINDS:
        _, raw = read_foreign(
            path, encoding=entry.encoding, layer=entry.inner, where=entry.where, rows=rows, progress=progress
        )
    else:
        raise Refusal("import.unknown_format", path=path.name, known=" ".join(sorted(KINDS)))
    evidence = list(raw.evidence)
    cells = dict(raw.cells)
    for name, pairs in entry.labels.items():
        if name in cells:
            cells[name] = np.array([pairs.get(cell, cell) for cell in cells[name]], dtype=object)
    media = {name for name in entry.media if name in cells} | set(media_columns(cells))
    for name in media:
        root = entry.media.get(name, "").strip("/")
        if root:
            cells[name] = np.array([cell and f"{root}/{cell}" for cell in cells[name]], dtype=object)
    shown = {name: name for name in cells}
    for name, alias in entry.aliases.items():
        if name in cells and alias not in shown.values():
            shown[name] = alias
    renamed = [f"{name} → {alias}" for name, alias in shown.items() if name != alias]
    if renamed:
        evidence.append(Evidence("names", ", ".join(renamed)[:200], "import.aliases_as_names"))
    if entry.where:
        evidence.append(Evidence("filter", entry.where[:120], "import.project_filter"))
    return replace(
        raw,
        columns=tuple(shown[name] for name in raw.columns),
        cells={shown[name]: column for name, column in cells.items()},
        evidence=tuple(evidence),
        media=tuple(shown[name] for name in raw.columns if name in media),
        media_root=folder if media else None,
    )
