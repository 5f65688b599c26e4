"""Everything that was decided about a source, kept as a file: how to read it and what its rows and columns are."""

from __future__ import annotations

import json
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.exchange.mapping import Mapping, mapping_from_dict, mapping_to_dict, read_json
from gis.exchange.matching import WAYS
from gis.exchange.raw import Dialect
from gis.exchange.sorting import Sorting

FORMAT, VERSION = "yantu-import-recipe", 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """``mappings``: class -> Mapping, one for a plain file, several with a ``sorting``."""

    mappings: Map[str, Mapping]
    sorting: Sorting | None = None
    dialect: Dialect = field(default_factory=Dialect)
    match: tuple[str, ...] = WAYS
    tolerance_m: float = 1.0


def read_recipe(path: Path, catalogue: Catalogue) -> Recipe:
    """A recipe kept as JSON; a mapping file of one class is one too.

    Raises Refusal ``import.no_file``, ``import.wrong_mapping`` with key and reason, ``import.newer_recipe``.
    """
    return recipe_from_dict(read_json(path), catalogue, path.name)


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Keep a recipe as JSON, to be used again for the same source and shared as a file."""
    path.write_text(json.dumps(recipe_to_dict(recipe), ensure_ascii=False, indent=2) + "\n", "utf-8")


def recipe_to_dict(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain data for JSON."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "mappings": [mapping_to_dict(mapping) for mapping in recipe.mappings.values()],
        "match": list(recipe.match),
        "tolerance_m": recipe.tolerance_m,
    }
    if recipe.sorting is not None:
        document["sorting"] = {"column": recipe.sorting.column, "classes": dict(recipe.sorting.classes)}
    dialect = {key: getattr(recipe.dialect, key) for key in _DIALECT if getattr(recipe.dialect, key) is not None}
    if dialect:
        document["dialect"] = dialect
    return document


def recipe_from_dict(data: Any, catalogue: Catalogue, file: str = "") -> Recipe:
    """A recipe from plain data. Raises as `read_recipe`."""

    def wrong(key: str, reason: str) -> Refusal:
        return Refusal("import.wrong_mapping", path=file, key=key, reason=reason)

    if not isinstance(data, dict):
        raise wrong("", "must be a table")
    if "format" not in data and "fields" in data:  # a mapping file of one class
        name = data.get("class")
        if not isinstance(name, str) or name not in catalogue:
            raise wrong("class", f"{name!r} is no class of the catalogue")
        return Recipe({name: mapping_from_dict(data, catalogue[name], file)})
    if data.get("format") != FORMAT:
        raise wrong("format", f"must be {FORMAT!r}")
    version = data.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise wrong("version", "must be a whole number")
    if version > VERSION:
        raise Refusal("import.newer_recipe", path=file, version=version)
    entries = data.get("mappings")
    if not isinstance(entries, list) or not entries:
        raise wrong("mappings", "must be a list of mappings")
    mappings: dict[str, Mapping] = {}
    for entry in entries:
        name = entry.get("class") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name not in catalogue:
            raise wrong("mappings.class", f"{name!r} is no class of the catalogue")
        mappings[name] = mapping_from_dict(entry, catalogue[name], file)
    match = data.get("match", list(WAYS))
    if not isinstance(match, list) or not all(way in WAYS for way in match):
        raise wrong("match", f"must be a list of {', '.join(WAYS)}")
    tolerance = data.get("tolerance_m", 1.0)
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance <= 1e5:
        raise wrong("tolerance_m", "must be a number of metres")
    return Recipe(
        mappings,
        _sorting(data.get("sorting"), catalogue, wrong),
        _dialect(data.get("dialect"), wrong),
        tuple(match),
        float(tolerance),
    )


_DIALECT = ("encoding", "delimiter", "header_line", "decimal", "layer")


def _sorting(data: Any, catalogue: Catalogue, wrong: Any) -> Sorting | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("column"), str):
        raise wrong("sorting.column", "must be the name of a column")
    classes = data.get("classes")
    if not isinstance(classes, dict) or not all(isinstance(v, str) and v in catalogue for v in classes.values()):
        raise wrong("sorting.classes", "must name a class of the catalogue for every word")
    return Sorting(data["column"], classes)


def _dialect(data: Any, wrong: Any) -> Dialect:
    if data is None:
        return Dialect()
    if not isinstance(data, dict) or not set(data) <= set(_DIALECT):
        raise wrong("dialect", f"may say {', '.join(_DIALECT)}")
    for key in ("encoding", "delimiter", "layer"):
        if data.get(key) is not None and not isinstance(data[key], str):
            raise wrong(f"dialect.{key}", "must be text")
    line = data.get("header_line")
    if line is not None and (isinstance(line, bool) or not isinstance(line, int) or line < 0):
        raise wrong("dialect.header_line", "must be a line number, or 0")
    if data.get("decimal") not in (None, ".", ","):
        raise wrong("dialect.decimal", "must be . or ,")
    return Dialect(**{key: data.get(key) for key in _DIALECT})
