"""Which column of a file fills which field: guessed from the catalogue, changed by the user, kept as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.values import read_column
from gis.errors import Refusal
from gis.exchange.placement import fold
from gis.exchange.raw import RawTable

_SAMPLE = 300
#: Half of the filled cells must make sense before a column is taken for a typed field.
_FIT = 0.5


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field's values come from: a column, or one constant for all rows; ``values`` renames cells first."""

    column: str | None = None
    constant: Any = None
    values: Map[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Field name -> Source, for one class. What is not named stays at the catalogue's default."""

    cls: str
    sources: Map[str, Source]
    x: str | None = None
    y: str | None = None
    crs: str | None = None
    datum: str | None = None


def guess_mapping(raw: RawTable, cls: FeatureClass, used: frozenset[str] = frozenset()) -> Mapping:
    """The likeliest mapping; ``used`` are the columns that hold the position.

    A field takes a column called like itself, its labels, one of its synonyms or, last, one whose name ends so; and
    only where at least half of the filled cells can be read as that field.
    """
    free = {name: fold(name) for name in raw.columns if name not in used}
    sources: dict[str, Source] = {}
    for names_of in (_own_names, _synonyms):
        for f in cls.fields:
            if f.name in sources or f.type == "ref" or f.stamp:
                continue
            for wanted in names_of(f):
                column = next((c for c, folded in free.items() if folded == wanted and _fits(raw, c, cls, f)), None)
                if column is not None:
                    sources[f.name] = Source(column)
                    del free[column]
                    break
    for f in cls.fields:  # last, a column whose name ends with the field's: 热点名称, "hotspot name"
        if f.name in sources or f.type == "ref" or f.stamp:
            continue
        column = next(
            (c for c, folded in free.items() if folded.endswith(_own_names(f)) and _fits(raw, c, cls, f)), None
        )
        if column is not None:
            sources[f.name] = Source(column)
            del free[column]
    return Mapping(cls.name, sources)


def read_mapping(path: Path, cls: FeatureClass) -> Mapping:
    """A mapping kept as JSON.

    ``{"class", "fields": {NAME: {"column"|"constant", "values"}}, "x", "y", "crs", "datum"}``.
    Raises Refusal ``import.wrong_mapping`` with the key and the reason.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Refusal("import.wrong_mapping", path=path.name, key="", reason=str(error)) from None

    def wrong(key: str, reason: str) -> Refusal:
        return Refusal("import.wrong_mapping", path=path.name, key=key, reason=reason)

    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
        raise wrong("fields", "must be a table of field names")
    if data.get("class", cls.name) != cls.name:
        raise wrong("class", f"is for {data['class']!r}, not {cls.name!r}")
    sources = {}
    for name, entry in data["fields"].items():
        if not cls.has_field(name):
            raise wrong(f"fields.{name}", f"{cls.name} has no such field")
        if isinstance(entry, str):
            entry = {"column": entry}
        if not isinstance(entry, dict) or not set(entry) <= {"column", "constant", "values"}:
            raise wrong(f"fields.{name}", 'must be {"column": …} or {"constant": …}')
        sources[name] = Source(entry.get("column"), entry.get("constant"), entry.get("values", {}))
    return Mapping(cls.name, sources, data.get("x"), data.get("y"), data.get("crs"), data.get("datum"))


def write_mapping(mapping: Mapping, path: Path) -> None:
    """Keep a mapping as JSON, to be used again for the same source and shared as a file."""
    fields = {}
    for name, source in mapping.sources.items():
        entry: dict[str, Any] = {}
        if source.column is not None:
            entry["column"] = source.column
        else:
            entry["constant"] = source.constant
        if source.values:
            entry["values"] = dict(source.values)
        fields[name] = entry
    document = {"class": mapping.cls, "fields": fields}
    for key in ("x", "y", "crs", "datum"):
        if getattr(mapping, key) is not None:
            document[key] = getattr(mapping, key)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")


def cells_of(raw: RawTable, source: Source) -> NDArray[np.object_]:
    """The cells one Source stands for, object (n,). Raises Refusal ``import.no_column``."""
    if source.column is None:
        return np.full(len(raw), source.constant, dtype=object)
    if source.column not in raw.cells:
        raise Refusal("import.no_column", column=source.column, known=", ".join(raw.columns))
    cells = raw.cells[source.column]
    if not source.values:
        return cells
    renamed = np.empty(len(cells), dtype=object)
    renamed[:] = [None if cell is None else source.values.get(cell, cell) for cell in cells]
    return renamed


def _own_names(f: Field) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(name) for name in (f.name, f.label.zh, f.label.en)))


def _synonyms(f: Field) -> tuple[str, ...]:
    return tuple(fold(name) for name in f.synonyms)


def _fits(raw: RawTable, column: str, cls: FeatureClass, f: Field) -> bool:
    cells = np.array([cell for cell in raw.cells[column][: _SAMPLE * 4] if cell is not None][:_SAMPLE], dtype=object)
    if not len(cells):
        return False
    _, problems = read_column(cls, f, cells)
    return 1 - len(problems) / len(cells) >= _FIT
