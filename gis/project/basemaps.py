"""The base maps of a project: kept in its file, topmost first; a file beside the project by its relative path.

A base map whose file is gone stays in the list, marked: the drive may be plugged in again. Keys of online services
are the user's and never in a project.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from gis.basemaps.addresses import without_key
from gis.basemaps.basemap import BaseMapSpec, spec_key
from gis.errors import Refusal
from gis.project.session import Session

log = logging.getLogger(__name__)
KIND = "basemap"  # of documents; their names are the keys of the base maps
DIMMED = ("mbtiles", "pmtiles", "xyz_folder", "xyz", "wmts", "raster")  # kinds that may be too bright in the dark


@dataclass(frozen=True)
class SavedBaseMap:
    """One line of the list. ``spec.source`` is absolute; ``dim``: shown darker where the window is dark."""

    spec: BaseMapSpec
    visible: bool = True
    opacity: float = 1.0
    dim: bool = True

    @property
    def key(self) -> str:
        """Its name in the project."""
        return self.spec.key

    @property
    def missing(self) -> bool:
        """Whether its file or folder is not there now."""
        return not self.spec.online and not Path(self.spec.source).exists()


def saved(session: Session) -> list[SavedBaseMap]:
    """The base maps of a project, topmost first; one that cannot be understood is left out and logged."""
    return _read(session)[0]


def broken(session: Session) -> dict[str, Refusal]:
    """Why saved base maps are left out, by key; they can be removed."""
    return _read(session)[1]


def save(session: Session, maps: Sequence[SavedBaseMap]) -> None:
    """Make this the list of base maps, topmost first. Refusal ``storage.opened_readonly``."""
    known = session.documents(KIND)
    folder = session.path.resolve().parent
    bodies = {made.key: _body(made, place, folder) for place, made in enumerate(maps)}
    for key, body in bodies.items():
        if known.get(key) != body:
            session.put_document(KIND, key, body)
    unreadable = broken(session)
    for key in known.keys() - bodies.keys() - unreadable.keys():
        session.remove_document(KIND, key)


def add(session: Session, made: SavedBaseMap) -> SavedBaseMap:
    """Put a base map on top of the list; the same source with the same options takes the place of the old one."""
    made = replace(made, spec=own(made.spec))
    save(session, [made, *(other for other in saved(session) if other.key != made.key)])
    return made


def remove(session: Session, key: str) -> None:
    """Take a base map off the list; its file stays where it is. One that is not there is no error."""
    session.remove_document(KIND, key)


def found(session: Session, name: str) -> SavedBaseMap:
    """The base map with this key or name; Refusal ``ground.no_basemap``."""
    maps = saved(session)
    for made in maps:
        if name in (made.key, made.spec.name):
            return made
    raise Refusal("ground.no_basemap", name=name, known="、".join(made.spec.name for made in maps) or "–")


def own(spec: BaseMapSpec) -> BaseMapSpec:
    """The entry with a key of its own for its source and the way it is drawn, and no user's key in its address."""
    source = without_key(spec.source)[0] if spec.online else str(Path(spec.source).absolute())
    drawn = {name: spec.options[name] for name in ("mode", "tint") if spec.options.get(name)}
    return replace(spec, source=source, key=spec_key(spec.kind, source, drawn))


def credit(attribution: str, spec: BaseMapSpec) -> str:
    """Whom a base map comes from, with its approval number (审图号) where it has one."""
    number = str(spec.options.get("approval") or "").strip()
    return "  ".join(part for part in (attribution.strip(), f"审图号：{number}" if number else "") if part)


def _body(made: SavedBaseMap, place: int, folder: Path) -> dict[str, Any]:
    told = made.spec.to_dict()
    del told["key"]
    if not made.spec.online:
        path = Path(made.spec.source)
        try:
            told["source"] = f"./{path.resolve().relative_to(folder).as_posix()}"
        except (ValueError, OSError):
            told["source"] = str(path)
    return {"basemap": told, "place": place, "visible": made.visible, "opacity": made.opacity, "dim": made.dim}


def _read(session: Session) -> tuple[list[SavedBaseMap], dict[str, Refusal]]:
    folder = session.path.resolve().parent
    sound: list[tuple[float, str, SavedBaseMap]] = []
    wrong: dict[str, Refusal] = {}
    for key, body in session.documents(KIND).items():
        try:
            made = _made(key, body, folder)
        except Refusal as refusal:
            log.warning("a saved base map is passed over: %s", refusal)
            wrong[key] = refusal
            continue
        sound.append((_number(body.get("place"), math.inf), key, made))
    sound.sort(key=lambda line: line[:2])
    return [made for _, _, made in sound], wrong


def _made(key: str, body: Any, folder: Path) -> SavedBaseMap:
    told = body.get("basemap") if isinstance(body, Mapping) else None
    spec = BaseMapSpec.from_dict(told)
    source = spec.source
    if not spec.online and source.startswith("./"):
        source = str(folder.joinpath(*PurePosixPath(source).parts))
    opacity = min(max(_number(body.get("opacity"), 1.0), 0.0), 1.0)
    visible, dim = body.get("visible", True) is not False, body.get("dim", True) is not False
    return SavedBaseMap(replace(spec, key=key, source=source), visible, opacity, dim)


def _number(value: Any, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return default
    return float(value)
