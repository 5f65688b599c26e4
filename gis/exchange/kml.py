"""KML, KMZ and Ovital's ovkml: balloons taken apart into columns, every document of a KMZ read, links told."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gis.errors import Refusal
from gis.exchange.archives import Unpacked, opened, unpacked
from gis.exchange.descriptions import attributes_in
from gis.exchange.foreign import read_foreign
from gis.exchange.media import with_media
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.progress import Progress

_MOST_DOCUMENTS = 500
_DESCRIPTION = "description"
_SCANNED = 1 << 20


def read_kml(
    path: Path,
    *,
    encoding: str | None = None,
    layer: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
) -> tuple[str, RawTable]:
    """Every placemark, its folder in the column "layer"; what its balloon says as columns beside ``description``.

    ``datum`` is GCJ-02 for ``.ovkml``. Raises the Refusals of `foreign.read_foreign`.
    """
    form, raw = read_foreign(path, encoding=encoding, layer=layer, rows=rows, progress=progress)
    raw = with_media(_with_attributes(raw), path.parent)
    links = _links(path)
    if links:
        raw = replace(raw, evidence=(*raw.evidence, Evidence("links", str(links), "import.links_not_followed")))
    return form, raw


def read_kmz(
    path: Path,
    *,
    encoding: str | None = None,
    layer: str | None = None,
    rows: int | None = None,
    progress: Progress | None = None,
) -> tuple[str, RawTable]:
    """All documents of a KMZ one below the other, the root (the first in the archive) on top; pictures stay at hand.

    Raises Refusal ``import.nothing_inside`` and those of archives and of `read_kml`.
    """
    with opened(path) as archive:
        order = _documents(archive)
    if not order:
        raise Refusal("import.nothing_inside", path=path.name)
    if len(order) > _MOST_DOCUMENTS:
        raise Refusal("import.too_large", path=path.name)
    held = unpacked(path, progress)
    try:
        return _documents_read(path, held, encoding, layer, rows, progress)
    except BaseException:
        held.remove()
        raise


def _documents_read(
    path: Path, held: Unpacked, encoding: str | None, layer: str | None, rows: int | None, progress: Progress | None
) -> tuple[str, RawTable]:
    ovital = path.suffix.casefold() == ".ovkmz"
    documents = [p for p in held.folder.rglob("*") if p.suffix.casefold() in (".kml", ".ovkml") and p.is_file()]
    documents.sort(key=lambda p: (len(p.relative_to(held.folder).parts), p.name.casefold() != "doc.kml", p.as_posix()))
    tables: list[RawTable] = []
    why: Refusal | None = None
    for document in documents:
        try:
            form, raw = read_kml(document, encoding=encoding, layer=layer, rows=rows, progress=progress)
        except Refusal as refusal:
            # A document of links alone holds nothing; of several, one may lack the layer asked for.
            if refusal.code not in ("import.no_features", "import.no_layer"):
                raise
            why = why or refusal
            continue
        tables.append(replace(raw, media_root=held.folder if raw.media else None))
        ovital = ovital or form == "ovkml"
    if not tables:
        raise why or Refusal("import.nothing_inside", path=path.name)
    raw = tables[0] if len(tables) == 1 else below(tables)
    if len(tables) > 1:
        told = Evidence("documents", str(len(tables)), "import.documents_together")
        raw = replace(raw, evidence=(*raw.evidence, told))
    return "ovkml" if ovital else "kml", replace(raw, keeps=held, datum="gcj02" if ovital else raw.datum)


def below(tables: Sequence[RawTable]) -> RawTable:
    """Tables of one system one below the other; columns in order of appearance; ``lines`` numbered on."""
    names = tuple(dict.fromkeys(name for table in tables for name in table.columns))
    cells = {
        name: np.concatenate([
            table.cells[name] if name in table.cells else np.full(len(table), None, dtype=object) for table in tables
        ])
        for name in names
    }  # fmt: skip
    lines, rejects, start = [], [], 0
    for table in tables:
        lines.append(table.lines + start)
        rejects += [Reject(reject.line + start, reject.why) for reject in table.unreadable]
        start += max([0, *table.lines.tolist(), *(reject.line for reject in table.unreadable)])
    shapes = [
        table.geometry if table.geometry is not None else np.full(len(table), None, dtype=object) for table in tables
    ]
    media = tuple(dict.fromkeys(name for table in tables for name in table.media))
    return replace(
        tables[0],
        columns=names,
        cells=cells,
        lines=np.concatenate(lines),
        geometry=np.concatenate(shapes),
        unreadable=tuple(rejects),
        layers=tuple(dict.fromkeys(layer for table in tables for layer in table.layers)),
        media=media,
        media_root=next((table.media_root for table in tables if table.media_root is not None), None),
    )


def _documents(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.casefold().endswith((".kml", ".ovkml"))]


def _with_attributes(raw: RawTable) -> RawTable:
    if _DESCRIPTION not in raw.cells:
        return raw
    found = {name: column for name, column in attributes_in(raw.cells[_DESCRIPTION]).items() if name not in raw.cells}
    if not found:
        return raw
    told = Evidence("attributes", ", ".join(found)[:120], "import.from_balloons")
    return replace(raw, columns=(*raw.columns, *found), cells={**raw.cells, **found}, evidence=(*raw.evidence, told))


def _links(path: Path) -> int:
    """How many links to other documents stand in a file's first megabyte; they are not followed."""
    with path.open("rb") as file:
        return file.read(_SCANNED).replace(b"\0", b"").count(b"<NetworkLink>")
