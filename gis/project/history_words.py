"""How the history says values and moments: labels of the catalogue, local time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gis.catalogue import FeatureClass
from gis.errors import Language, Refusal
from gis.project.history_versions import STAMPS

MASK = "••••"


def local_time(at: str) -> str:
    """A moment of the journal (UTC) by the clock of this machine: 2025-03-31 08:05."""
    try:
        return datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return at


def utc_moment(text: str, *, end: bool = False) -> str:
    """What a user typed as a date or moment of local time, in the journal's form; a date's ``end`` is the next day.

    Raises Refusal ``history.bad_date``.
    """
    from datetime import UTC, timedelta

    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal("history.bad_date", value=text) from None
    if end and len(text.strip()) <= 10:
        moment += timedelta(days=1)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed_values(
    cls: FeatureClass, old: Mapping[str, Any], new: Mapping[str, Any], language: Language
) -> list[tuple[str, str, str]]:
    """Label, old and new value of each field that an edit named, as people read them; restricted ones are masked."""
    said: list[tuple[str, str, str]] = []
    for name in dict.fromkeys([*old, *new]):
        if name == "geom":
            label = "几何" if language == "zh" else "Geometry"
            sides = (_shape(old.get(name), language), _shape(new.get(name), language))
        elif name in STAMPS or not cls.has_field(name):
            continue
        else:
            field = cls.field(name)
            label = field.label.text(language)
            sides = (_said(field, old.get(name), language), _said(field, new.get(name), language))
        if any(sides):
            said.append((label, *sides))
    return said


def _shape(shape: Any, language: Language) -> str:
    if shape is None:
        return ""
    if shape.geom_type == "Point":
        return f"{shape.x:.2f}, {shape.y:.2f}"
    count = len(shape.coords) if shape.geom_type == "LineString" else 0
    if count:
        return (
            f"{count} 个折点，{shape.length:.1f} m" if language == "zh" else f"{count} vertices, {shape.length:.1f} m"
        )
    return f"{shape.area:.0f} m²" if shape.area else f"{shape.length:.1f} m"


def _said(field: Any, value: Any, language: Language) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if field.restricted:
        return MASK
    if field.type == "code":
        return str(field.code_label(value, language))
    if field.type == "boolean":
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if field.type in ("real", "integer"):
        text = f"{float(value):.10g}"
        return f"{text} {field.unit_text(language)}" if field.unit else text
    return f"#{value}" if field.type == "ref" else str(value)
