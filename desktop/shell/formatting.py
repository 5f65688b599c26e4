"""How numbers, units, dates and places are written for the user; the one module that decides it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from desktop.shell.words import language, tr
from gis.catalogue import Field

_THIN = "\u202f"  # between a number and its unit


def number(value: float, decimals: int | None = None) -> str:
    """1,234.5: grouped, a point for decimals, no needless zeros; at most six decimals when none are asked for."""
    if isinstance(value, float) and not math.isfinite(value):
        return "—"
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def with_unit(value: float, unit: str, decimals: int | None = None) -> str:
    """A number and its unit, kept on one line; ``°`` and ``%`` stand close."""
    said = number(value, decimals)
    if not unit:
        return said
    return said + unit if unit in ("°", "%") else f"{said}{_THIN}{unit}"


def share(value: float, decimals: int = 1) -> str:
    """0…1 as a percentage."""
    return with_unit(value * 100, "%", decimals)


def length(metres: float) -> str:
    """12.3 m below a kilometre, 4.56 km above."""
    if abs(metres) < 1000:
        return with_unit(metres, "m", 1 if abs(metres) < 100 else 0)
    return with_unit(metres / 1000, "km", 2 if abs(metres) < 100_000 else 1)


def area(square_metres: float) -> str:
    """m² below a hectare, then hm² (公顷) up to 10 km², then km²."""
    if abs(square_metres) < 10_000:
        return with_unit(square_metres, "m²", 0)
    if abs(square_metres) < 10_000_000:
        return with_unit(square_metres / 10_000, tr("ha"), 2)
    return with_unit(square_metres / 1_000_000, "km²", 1)


def scale(denominator: float) -> str:
    """1:25,000."""
    return f"1:{number(float(round(denominator)))}"


def parse_scale(text: str) -> float | None:
    """The denominator in "1:25,000", "25000", "1/25000" or "2.5万"; None where there is none."""
    text = text.strip().replace("：", ":").replace("，", ",").replace(",", "").replace(" ", "")
    for mark in (":", "/"):
        text = text.rpartition(mark)[2]
    factor = 1.0
    if text.endswith("万"):
        text, factor = text[:-1], 10_000.0
    elif text[-1:] in ("k", "K"):
        text, factor = text[:-1], 1000.0
    try:
        value = float(text) * factor
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 1 else None


def projected(x: float, y: float, decimals: int = 1) -> str:
    """A place in the project's CRS, metres: easting then northing."""
    return tr("E {x}  N {y}", x=f"{x:,.{decimals}f}", y=f"{y:,.{decimals}f}")


def geographic(lon: float, lat: float) -> str:
    """A place on the ellipsoid, five decimals (about a metre)."""
    return f"{abs(lon):.5f}°{'E' if lon >= 0 else 'W'} {abs(lat):.5f}°{'N' if lat >= 0 else 'S'}"


def moment(stamp: str | float) -> str:
    """An ISO text or epoch seconds as local "today 14:05", "3 May 14:05" or with the year."""
    try:
        when = datetime.fromtimestamp(stamp) if isinstance(stamp, int | float) else datetime.fromisoformat(stamp)
    except (ValueError, OSError, OverflowError):
        return str(stamp)
    if when.tzinfo is not None:
        when = when.astimezone().replace(tzinfo=None)
    clock, now = when.strftime("%H:%M"), datetime.now()
    if when.date() == now.date():
        return tr("today {clock}", clock=clock)
    if language() == "zh":
        day = f"{when.month}月{when.day}日"
        return f"{day} {clock}" if when.year == now.year else f"{when.year}年{day} {clock}"
    day = f"{when.day} {when.strftime('%b')}"
    return f"{day} {clock}" if when.year == now.year else f"{day} {when.year} {clock}"


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 05 s."""
    if seconds < 10:
        return with_unit(seconds, "s", 1)
    if seconds < 60:
        return with_unit(seconds, "s", 0)
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def field_title(field: Field) -> str:
    """A field's label with its unit, as columns and lists name it."""
    label = field.label.text(language())
    return f"{label} ({field.unit_text(language())})" if field.unit else label


def value_text(field: Any, value: Any) -> str:
    """A stored value of a catalogue field as the user reads it; empty for null. Refs are shown as their key."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if field.type == "code":
        return field.code_label(value, language())
    if field.type == "boolean":
        return tr("Yes") if value else tr("No")
    if field.type == "integer":
        return with_unit(int(value), field.unit_text(language()))
    if field.type == "real":
        return with_unit(float(value), field.unit_text(language()))
    if field.type == "datetime":
        return moment(str(value))
    return str(value)
