"""Folders and unpacked archives: which files in them hold data, and which of several is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import shapely

from gis.errors import Refusal
from gis.exchange.raw import Dialect, Evidence, RawTable

MOST_ENTRIES = 100_000
_MOST_TRIED = 12
_SHOWN = 12
#: Read only where nothing else lies in the folder: most are notes about the data.
_NOTES = frozenset({".txt", ".log", ".dat"})
_ASIDE = ("__macosx", "$recycle.bin")
Read = Callable[[Path, Dialect, int | None], tuple[str, RawTable]]


def sources_in(folder: Path, endings: Iterable[str]) -> dict[str, Path]:
    """Relative name -> file (or ``.gdb`` folder) with one of the endings, by name; links are not followed.

    Raises Refusal ``import.folder_too_large`` for one that cannot be a delivery of field data.
    """
    wanted = frozenset(endings)
    found: dict[str, Path] = {}
    seen = 0
    for base, folders, files in os.walk(folder):
        seen += len(files) + len(folders)
        if seen > MOST_ENTRIES:
            raise Refusal("import.folder_too_large", path=folder.name, most=MOST_ENTRIES)
        here = Path(base)
        if ".gdb" in wanted:
            found |= {_relative(here / name, folder): here / name for name in folders if _ending(name) == ".gdb"}
        folders[:] = sorted(
            name for name in folders if _ending(name) != ".gdb" and not name.casefold().startswith((".", *_ASIDE))
        )
        for name in files:
            part = here / name
            aside = name.startswith((".", "~$")) or name.casefold() == "thumbs.db"
            if _ending(name) in wanted and not aside and not part.is_symlink():
                found[_relative(part, folder)] = part
    data = {name: part for name, part in found.items() if _ending(name) not in _NOTES or _is_survey(part)}
    return dict(sorted((data or found).items()))


def read_chosen(
    inside: dict[str, Path], dialect: Dialect, prefer: str | None, read: Read, rows: int | None
) -> tuple[str, RawTable]:
    """The file named by ``dialect.layer`` (``member`` or ``member|layer``), or the first with geometry as preferred.

    ``layers`` of the answer name all files. Raises Refusal ``import.no_layer``; the first file's own where none reads.
    """
    member, _, inner = (dialect.layer or "").partition("|")
    if member not in inside:
        if len(inside) == 1:
            member, inner = next(iter(inside)), dialect.layer or ""
        elif dialect.layer is None:
            member = _fitting(inside, dialect, prefer, read)
        else:
            raise Refusal("import.no_layer", layer=dialect.layer, known=_known(inside))
    form, raw = read(inside[member], replace(dialect, layer=inner or None), rows)
    if len(inside) == 1:
        return form, raw
    several = len(raw.layers) > 1
    layers: list[str] = []
    for name in inside:
        layers += [f"{name}|{layer}" for layer in raw.layers] if several and name == member else [name]
    evidence = (Evidence("file", member, "import.one_of_files", {"known": _known(inside)}), *raw.evidence)
    layer = f"{member}|{raw.layer}" if several else member
    return form, replace(raw, layers=tuple(layers), layer=layer, evidence=evidence)


def kind_of(raw: RawTable) -> str | None:
    """ "point", "line" or "polygon" of the first geometry a table carries itself; None where it has none."""
    for geometry in () if raw.geometry is None else raw.geometry:
        if geometry is not None:
            return ("point", "line", "polygon")[int(shapely.get_dimensions(geometry)) % 3]
    return None


def _fitting(inside: dict[str, Path], dialect: Dialect, prefer: str | None, read: Read) -> str:
    wanted = {"multipolygon": "polygon"}.get(prefer or "", prefer)
    readable: list[str] = []
    why: Refusal | None = None
    for name in list(inside)[:_MOST_TRIED]:
        try:
            _, raw = read(inside[name], dialect, 1)
        except Refusal as refusal:
            why = why or refusal
            continue
        if wanted is None or kind_of(raw) == wanted:
            return name
        readable.append(name)
    if not readable and why is not None:
        raise why
    return readable[0]


def _known(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (" …" if len(listed) > _SHOWN else "")


def _relative(part: Path, folder: Path) -> str:
    return part.relative_to(folder).as_posix()


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].casefold()


def _is_survey(part: Path) -> bool:
    """Whether a ``.dat`` is a file of its own and not the table of a MapInfo layer."""
    return _ending(part.name) == ".dat" and not any(part.with_suffix(e).exists() for e in (".tab", ".TAB", ".Tab"))
