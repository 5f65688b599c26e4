"""Recipes remembered for sources: a file with the same columns as one before is read as that was."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from typing import Any

from gis.errors import Refusal
from gis.exchange.coordinate_columns import fold
from gis.exchange.mapping import Mapping
from gis.exchange.raw import RawTable
from gis.exchange.recipes import Recipe, recipe_from_dict, recipe_to_dict
from gis.exchange.sorting import Sorting
from gis.exchange.transforms import Source
from gis.project.session import Session

log = logging.getLogger(__name__)
KIND = "mapping"  # of documents; their names are signatures
MOST = 200  # kept; beyond, the one that was used longest ago goes


@dataclass(frozen=True, slots=True)
class Remembered:
    """One source that is remembered: its columns, the classes it became and when it was last used (ISO, local)."""

    signature: str
    title: str
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    used_at: str


def signature(raw: RawTable) -> str:
    """What tells a source from others: its columns in any order, width and case, and whether it carries geometries."""
    names = sorted({fold(name) for name in raw.columns} - {""})
    said = "\x1f".join(("shapes" if raw.geometry is not None else "table", *names))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def remembered(session: Session, raw: RawTable) -> Recipe | None:
    """What was decided about the last file with these columns, in this file's spelling; None where nothing is known.

    A recipe that no longer fits the catalogue is passed over.
    """
    body = session.documents(KIND).get(signature(raw))
    if not isinstance(body, dict):
        return None
    try:
        recipe = recipe_from_dict(body.get("recipe"), session.catalogue)
    except Refusal as refusal:
        log.warning("a remembered recipe is passed over: %s", refusal)
        return None
    return _spelt(recipe, raw)


def remember(session: Session, raw: RawTable, recipe: Recipe, title: str = "") -> None:
    """Decide so for the next file with these columns. Raises Refusal ``storage.opened_readonly``."""
    body = {
        "title": title,
        "columns": list(raw.columns),
        "used_at": dt.datetime.now().isoformat(timespec="seconds"),
        "recipe": recipe_to_dict(recipe),
    }
    session.put_document(KIND, signature(raw), body)
    for old in remembered_sources(session)[MOST:]:
        forget(session, old.signature)


def remembered_sources(session: Session) -> tuple[Remembered, ...]:
    """All sources that are remembered, the last used first."""
    made = []
    for name, body in session.documents(KIND).items():
        if isinstance(body, dict):
            mappings = (body.get("recipe") or {}).get("mappings") or ()
            classes = tuple(str(m["class"]) for m in mappings if isinstance(m, dict) and "class" in m)
            columns = tuple(str(column) for column in body.get("columns") or ())
            made.append(Remembered(name, str(body.get("title", "")), columns, classes, str(body.get("used_at", ""))))
    return tuple(sorted(made, key=lambda source: source.used_at, reverse=True))


def forget(session: Session, source: str | RawTable) -> None:
    """Forget a source, named by its signature or by a file of it; one that is not known is no error."""
    session.remove_document(KIND, source if isinstance(source, str) else signature(source))


def _spelt(recipe: Recipe, raw: RawTable) -> Recipe:
    """The recipe with this file's spelling of the columns."""
    spelling = {fold(name): name for name in reversed(raw.columns)}

    def own(name: str) -> str:
        return name if name in raw.columns else spelling.get(fold(name), name)

    def source(given: Source) -> Source:
        column = None if given.column is None else own(given.column)
        return replace(given, column=column, join=tuple(own(name) for name in given.join))

    def mapping(given: Mapping) -> Mapping:
        place: Map[str, Any] = {k: own(v) for k in ("x", "y") if (v := getattr(given, k)) is not None}
        return replace(given, sources={name: source(s) for name, s in given.sources.items()}, **place)

    sorting = recipe.sorting
    return replace(
        recipe,
        mappings={cls: mapping(m) for cls, m in recipe.mappings.items()},
        sorting=None if sorting is None else Sorting(own(sorting.column), sorting.classes),
    )
