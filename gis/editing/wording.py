"""Refusals and labels of the editing room, with the words of the data in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gis.catalogue import Catalogue, FeatureClass, Field
from gis.errors import Refusal

_SHOWN = 60  # letters of an offending value that a message shows


def refusal(code: str, cls: FeatureClass, field: Field | None = None, **args: Any) -> Refusal:
    """A Refusal ``edit.<code>`` that knows class and field by name and label; a ``value`` is shortened for display."""
    if "value" in args:
        args["value"] = shown(args["value"])
    if field is not None:
        args |= {"field": field.name, "field_zh": field.label.zh, "field_en": field.label.en}
    return Refusal(
        f"edit.{code}", where_zh="", where_en="", cls=cls.name, cls_zh=cls.label.zh, cls_en=cls.label.en, **args
    )


def first(problems: Mapping[int, Refusal], rows: int) -> Refusal:
    """The problem of the lowest row, saying which row it is where there are several; ``row`` counts from 1."""
    row = min(problems)
    problem = problems[row]
    if rows > 1:
        problem.arguments |= {"row": row + 1, "where_zh": f"第 {row + 1} 行：", "where_en": f"Row {row + 1}: "}
    problem.arguments["problems"] = len(problems)
    return problem


def shown(value: object) -> str:
    """A value as a message shows it: printable and short."""
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, int) and value.bit_length() > 1000:
        return "…"  # Python does not write integers of thousands of digits
    text = "".join(letter if letter.isprintable() else "�" for letter in str(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def label_args(cls: FeatureClass, count: int, fields: Iterable[Field] = ()) -> dict[str, Any]:
    """The arguments of a history label: class, number of rows and the fields set, in both languages."""
    args: dict[str, Any] = {"cls": cls.name, "cls_zh": cls.label.zh, "cls_en": cls.label.en, "count": count}
    if named := list(fields):
        args["fields_zh"] = "、".join(f.label.zh for f in named)
        args["fields_en"] = ", ".join(f.label.en for f in named)
    return args


def counted(catalogue: Catalogue, counts: Mapping[str, int]) -> dict[str, Any]:
    """Numbers of rows by class as message arguments: ``counts``, ``counts_zh``, ``counts_en``."""
    return {
        "counts": dict(counts),
        "counts_zh": "、".join(f"{catalogue[name].label.zh} {n}" for name, n in counts.items()),
        "counts_en": ", ".join(f"{catalogue[name].label.en} {n}" for name, n in counts.items()),
    }
