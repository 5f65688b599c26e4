"""Which column of a file fills which field: guessed from the catalogue, changed by the user, kept as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.errors import Refusal
from gis.exchange.placement import fold
from gis.exchange.raw import RawTable
from gis.exchange.transforms import Source as Source
from gis.exchange.transforms import cells_of as cells_of
from gis.exchange.transforms import values_of
from gis.exchange.units import UNIT_IN_NAME, unit_in_cells, unit_in_name
from gis.exchange.value_shapes import code_names, lists_like, shaped_like
from gis.geometry.shifts import Shift, shift_from_dict

_SAMPLE, _HEAD = 300, 5000
_TAIL = 3  # letters of a Chinese word that may end a longer name
#: Half of the filled cells must make sense before a column is taken for a typed field.
_FIT = 0.5
_POSITION: dict[str, type] = {"x": str, "y": str, "crs": str, "datum": str, "swapped": bool}
_SOURCE_KEYS = frozenset({"column", "constant", "values", "unit", "split", "part", "join", "glue", "expression"})


@dataclass(frozen=True, slots=True)
class Mapping:
    """Field name -> Source, for one class. What is not named stays empty, or at the catalogue's
    default where the field is required.

    ``x``, ``y``, ``crs``, ``datum``, ``swapped`` and ``shift`` are what was decided about the position, None = found by
    itself. ``remark`` is what its maker says about it.
    """

    cls: str
    sources: Map[str, Source]
    x: str | None = None
    y: str | None = None
    crs: str | None = None
    datum: str | None = None
    swapped: bool | None = None
    shift: Shift | None = None
    remark: str = ""


def guess_mapping(raw: RawTable, cls: FeatureClass, used: frozenset[str] = frozenset()) -> Mapping:
    """The likeliest mapping; ``used`` are the columns that hold the position.

    A field takes a column called like itself, its labels, one of its synonyms or, later, one whose name ends so; and
    only where at least half of the filled cells can be read as that field. What is then left goes by what cells look
    like: identifiers of 20 digits, hardware addresses, words of one code list. A unit in a column's name or behind its
    numbers is told by ``Source.unit``, words that can only mean one entry of a list by ``Source.values``.
    """
    head = raw.part(0, _HEAD)
    cells = {name: _filled(head.cells[name]) for name in raw.columns if name not in used}
    free = {name: fold(name) for name in cells}
    sources: dict[str, Source] = {}

    def take(f: Field, columns: Iterable[str]) -> None:
        """Give the field the first of the columns that makes sense as it."""
        if f.name in sources or f.stamp:
            return
        for column in list(columns):
            source = _source(head, column, cells[column], cls, f)
            if source is not None:
                sources[f.name] = source
                del free[column]
                return

    for names_of in (_own_names, _synonyms):
        for f in cls.fields:
            for wanted in names_of(f):
                take(f, [c for c, folded in free.items() if wanted in (folded, _without_unit(c, f))])
    for f in cls.fields:  # a column whose name ends with the field's: 热点名称, "hotspot name"
        if f.type != "ref":
            take(f, [c for c, folded in free.items() if folded.endswith(_own_names(f))])
    for f in cls.fields:
        if f.type != "ref" and not f.unique:
            take(f, [c for c in free if _ends_with(c, f.synonyms)])
    for f in cls.fields:
        take(f, [c for c in free if shaped_like(f, cells[c])])
    for column in list(free):
        fitting = [f for f in cls.fields if f.name not in sources and lists_like(cls, f, cells[column])]
        if len(fitting) == 1:
            take(fitting[0], [column])
    return Mapping(cls.name, sources)


def write_mapping(mapping: Mapping, path: Path) -> None:
    """Keep a mapping as JSON, to be used again for the same source and shared as a file."""
    path.write_text(json.dumps(mapping_to_dict(mapping), ensure_ascii=False, indent=2), "utf-8")


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises Refusal ``import.no_file``, ``import.wrong_mapping``."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise Refusal("import.no_file", path=str(path)) from None
    except OSError as error:
        raise Refusal("import.unreadable", path=path.name, reason=error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8
        raise Refusal("import.wrong_mapping", path=path.name, key="", reason=str(error)[:200]) from None


def mapping_to_dict(mapping: Mapping) -> dict[str, Any]:
    """A mapping as plain data for JSON; only what is said, nothing that stands at its default."""
    fields = {name: _source_to_dict(source) for name, source in mapping.sources.items()}
    document: dict[str, Any] = {"class": mapping.cls, "fields": fields}
    for key in _POSITION:
        if getattr(mapping, key) is not None:
            document[key] = getattr(mapping, key)
    if mapping.shift is not None:
        document["shift"] = mapping.shift.to_dict()
    if mapping.remark:
        document["remark"] = mapping.remark
    return document


def mapping_from_dict(data: Any, cls: FeatureClass, file: str = "") -> Mapping:
    """A mapping from plain data.

    ``{"class", "fields": {NAME: COLUMN | {"column"|"constant"|"expression", "values", "unit", "split", "part", "join",
    "glue"}}, "x", "y", "crs", "datum", "swapped", "shift", "remark"}``; a field given as text is a column.
    Raises Refusal ``import.wrong_mapping`` with the key and the reason, ``import.wrong_shift``.
    """

    def wrong(key: str, reason: str) -> Refusal:
        return Refusal("import.wrong_mapping", path=file, key=key, reason=reason)

    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
        raise wrong("fields", "must be a table of field names")
    if data.get("class", cls.name) != cls.name:
        raise wrong("class", f"is for {data['class']!r}, not {cls.name!r}")
    sources = {}
    for name, entry in data["fields"].items():
        if not cls.has_field(name):
            raise wrong(f"fields.{name}", f"{cls.name} has no such field")
        try:
            sources[name] = _source_from_dict(entry)
        except ValueError as error:
            raise wrong(f"fields.{name}", str(error)) from None
    given: dict[str, Any] = {}
    for key, kind in _POSITION.items():
        value = data.get(key)
        if value is not None and not isinstance(value, kind):
            raise wrong(key, f"must be {'yes or no' if kind is bool else 'text'}")
        given[key] = value
    shift = None if data.get("shift") is None else shift_from_dict(data["shift"])
    remark = data.get("remark", "")
    if not isinstance(remark, str):
        raise wrong("remark", "must be text")
    return Mapping(cls.name, sources, **given, shift=shift, remark=remark)


def _source_to_dict(source: Source) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if source.expression is not None:
        entry["expression"] = source.expression
    elif source.column is not None:
        entry["column"] = source.column
    elif not source.join:
        entry["constant"] = source.constant
    if source.values:
        entry["values"] = dict(source.values)
    if source.unit is not None:
        entry["unit"] = source.unit
    if source.split is not None:
        entry["split"] = source.split
        entry["part"] = source.part
    if source.join:
        entry["join"] = list(source.join)
        entry["glue"] = source.glue
    return entry


def _source_from_dict(entry: Any) -> Source:
    """Raises ValueError with what is wrong."""
    if isinstance(entry, str):
        entry = {"column": entry}
    if not isinstance(entry, dict) or not set(entry) <= _SOURCE_KEYS:
        raise ValueError('must be {"column": …} or {"constant": …}')
    for key in ("column", "expression", "unit", "split", "glue"):
        if entry.get(key) is not None and not isinstance(entry[key], str):
            raise ValueError(f"{key} must be text")
    constant = entry.get("constant")
    if constant is not None and not isinstance(constant, str | int | float | bool):
        raise ValueError("constant must be one value")
    values = entry.get("values", {})
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise ValueError("values must be a table of texts")
    join = entry.get("join", [])
    if not isinstance(join, list) or not all(isinstance(name, str) for name in join):
        raise ValueError("join must be a list of columns")
    part = entry.get("part", 1)
    if isinstance(part, bool) or not isinstance(part, int) or part == 0:
        raise ValueError("part must be a whole number, not 0")
    return Source(
        entry.get("column"), constant, values, entry.get("unit"), entry.get("split") or None, part, tuple(join),
        entry.get("glue", " "), entry.get("expression"),
    )  # fmt: skip


def _own_names(f: Field) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(name) for name in (f.name, f.label.zh, f.label.en)))


def _ends_with(column: str, words: Iterable[str]) -> bool:
    """Whether the last words of a column's name are one of these: ``tags_camera:direction``, 安装方向角."""
    parts = re.split(r"[\s_:/.\-]+", column)
    tails = {fold("".join(parts[i:])) for i in range(1, len(parts))}
    whole = fold(column)
    return any(
        word in tails if word.isascii() else len(word) >= _TAIL and whole.endswith(word) for word in map(fold, words)
    )


def _synonyms(f: Field) -> tuple[str, ...]:
    return tuple(fold(name) for name in f.synonyms)


def _without_unit(column: str, f: Field) -> str:
    """The folded name of a column without the unit in it: 挂高(cm)."""
    return fold(column[: -len(found[0])]) if (found := UNIT_IN_NAME.search(column)) and unit_in_name(column, f) else ""


def _filled(cells: NDArray[Any]) -> NDArray[np.object_]:
    return np.array([cell for cell in cells if cell is not None][:_SAMPLE], dtype=object)


def _source(head: RawTable, column: str, cells: NDArray[np.object_], cls: FeatureClass, f: Field) -> Source | None:
    """The column as the field's source, where enough of its filled cells make sense as that."""
    if not len(cells):
        return None
    if f.type == "ref":  # codes or names of other features, which only the project knows
        return Source(column)
    unit = unit_in_name(column, f) or unit_in_cells(cells, f)
    values = code_names(cls, f, head.cells[column]) if f.codes else {}
    source = Source(column, values=values, unit=unit)
    sample = RawTable((column,), {column: cells}, np.arange(len(cells)))
    _, problems = values_of(sample, cls, f, source)
    return source if 1 - len(problems) / len(cells) >= _FIT else None
