"""Makes a LayerStyle of plain data that may come from anywhere: every value is checked, none is trusted.

A style file is passed from hand to hand and kept in project files of other versions. What a later version added is
passed over, what an earlier one did not know has its default, and what could not be drawn is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from itertools import pairwise
from typing import Any, get_args

from gis.cartography.icons import LARGEST, icon_text
from gis.cartography.symbols import (
    MOST_VARIANTS,
    Crowd,
    Growth,
    Heat,
    Kind,
    LabelRule,
    LayerStyle,
    Mode,
    Pattern,
    SizeBy,
    Variant,
    Wedge,
)
from gis.catalogue.model import Family
from gis.errors import Refusal

Check = Callable[[Any, str], Any]
SHAPES = ("circle", "square", "triangle", "diamond", "hexagon", "star", "cross", "pentagon")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_PICTURE = re.compile(r"[\w-]{1,60}\Z")
_LONGEST = {"text": 200, "where": 2_000}
_MOST = {"dash": 16, "growth": 64, "ramp": 32, "labels": 300}
_FAR = 1e12  # scale denominators, class bounds and ranges beyond this mean nothing


def wrong(field: str, value: Any, reason: str) -> Refusal:
    """The refusal of one value; ``reason`` is written so that it reads in every language."""
    said = str(value)
    return Refusal("style.wrong", field=field, value=said if len(said) <= 60 else said[:57] + "…", reason=reason)


def text(limit: int) -> Check:
    """Checks a text of at most ``limit`` letters."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or len(value) > limit or "\x00" in value:
            raise wrong(field, value, f"“…” ≤ {limit}")
        return value

    return check


def number(low: float, high: float) -> Check:
    """Checks a finite number between two bounds."""

    def check(value: Any, field: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise wrong(field, value, f"{low:g} … {high:g}")
        return float(value)

    return check


def choice(known: tuple[str, ...]) -> Check:
    """Checks one word of a list."""

    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or value not in known:
            raise wrong(field, value, " | ".join(known))
        return value

    return check


def switch(value: Any, field: str) -> bool:
    """Checks true or false."""
    if not isinstance(value, bool):
        raise wrong(field, value, "true | false")
    return value


def color(value: Any, field: str) -> str:
    """Checks "#RRGGBB"."""
    if not isinstance(value, str) or not _COLOR.match(value):
        raise wrong(field, value, "#RRGGBB")
    return value


def fill(value: Any, field: str) -> str:
    """Checks "#RRGGBB", or "" for none."""
    return "" if value == "" else color(value, field)


def picture(value: Any, field: str) -> str:
    """Checks the name of a picture, or makes the text of an SVG harmless."""
    if isinstance(value, str) and _PICTURE.match(value):
        return value
    try:
        return icon_text(text(LARGEST)(value, field))
    except Refusal as refusal:
        raise wrong(field, "<svg>", str(refusal.arguments.get("reason", "<svg …>"))) from refusal


def maybe(check: Check) -> Check:
    """Checks a value that may be null."""
    return lambda value, field: None if value is None else check(value, field)


def several(check: Check, most: int) -> Check:
    """Checks a list of at most ``most`` values."""

    def each(value: Any, field: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > most:
            raise wrong(field, value, f"[…] ≤ {most}")
        return tuple(check(v, f"{field}[{i}]") for i, v in enumerate(value))

    return each


def made(kind: type[Any], checks: Mapping[str, Check]) -> Check:
    """Checks an object with the fields of a dataclass and makes it; a missing field has its default."""

    def make(value: Any, field: str) -> Any:
        if not isinstance(value, Mapping):
            raise wrong(field, value, "{…}")
        place = f"{field}." if field else ""
        given = {name: check(value[name], place + name) for name, check in checks.items() if name in value}
        try:
            return kind(**given)
        except TypeError as error:
            needed = [f.name for f in fields(kind) if f.name not in given]
            raise wrong(place + needed[0], None, "?") from error

    return make


def _growth(value: Any, field: str) -> Growth:
    pairs = several(several(number(1e-6, _FAR), 2), _MOST["growth"])(value, field)
    if any(len(pair) != 2 for pair in pairs) or any(a[0] >= b[0] for a, b in pairwise(pairs)):
        raise wrong(field, value, "[[1:M ↑, ×], …]")
    return tuple((float(low), float(factor)) for low, factor in pairs)


def _labels(value: Any, field: str) -> dict[str, LabelRule]:
    if not isinstance(value, Mapping) or len(value) > _MOST["labels"]:
        raise wrong(field, value, "{…}")
    key = text(_LONGEST["text"])
    return {key(code, field): _label(rule, f"{field}.{code}") for code, rule in value.items()}


_word = text(_LONGEST["text"])
_scale = number(0, _FAR)
_share = number(0, 1)
_anything = number(-1e300, 1e300)
VARIANT: dict[str, Check] = {
    "value": maybe(_word),
    "color": color,
    "shape": choice(SHAPES),
    "size": number(0, 10_000),
    "width": number(0, 10_000),
    "dash": several(number(0, 1_000), _MOST["dash"]),
    "fill": maybe(fill),
    "icon": maybe(_word),
    "max_scale": _scale,
    "label": _word,
    "where": text(_LONGEST["where"]),
    "upper": maybe(_anything),
    "visible": switch,
    "svg": maybe(picture),
    "casing": maybe(color),
    "casing_width": number(0, 100),
    "pattern": maybe(choice(get_args(Pattern))),
    "pattern_spacing": number(0.1, 100),
}
SIZE_BY: dict[str, Check] = {
    "field": _word,
    "low": _anything,
    "high": _anything,
    "smallest": number(0, 100),
    "largest": number(0, 100),
    "by_area": switch,
}
HEAT: dict[str, Check] = {
    "radius": number(0.1, 100),
    "ramp": several(color, _MOST["ramp"]),
    "weight_by": maybe(_word),
}
WEDGE: dict[str, Check] = {
    "azimuth": _word,
    "width": maybe(_word),
    "range": maybe(_word),
    "default_width": number(0, 360),
    "default_range": number(0, 1e6),
    "color_share": _share,
    "from_px": number(0, 10_000),
}
LABEL: dict[str, Check] = {
    "max_scale": _scale,
    "min_scale": _scale,
    "size": number(0.1, 100),
    "priority": number(-1e6, 1e6),
    "bold": switch,
    "spaced": number(-1, 10),
    "soft": switch,
    "halo": number(0, 20),
    "spread": number(0, 100),
    "repeat": number(0, 100_000),
}
_label = made(LabelRule, LABEL)
STYLE: dict[str, Check] = {
    "cls": _word,
    "kind": choice(get_args(Kind)),
    "family": choice(get_args(Family)),
    "variants": several(made(Variant, VARIANT), 10 * MOST_VARIANTS),
    "by": maybe(_word),
    "opacity": _share,
    "max_scale": _scale,
    "rotate_by": maybe(_word),
    "label_field": maybe(_word),
    "core": maybe(color),
    "growth": _growth,
    "labels": _labels,
    "mode": choice(get_args(Mode)),
    "min_scale": _scale,
    "unit": choice(("mm", "m")),
    "size_by": maybe(made(SizeBy, SIZE_BY)),
    "crowd": choice(get_args(Crowd)),
    "heat": made(Heat, HEAT),
    "wedge": maybe(made(Wedge, WEDGE)),
}


def style_of(data: Any) -> LayerStyle:
    """The style which ``LayerStyle.to_dict`` wrote, or another program or hand.

    Raises Refusal ``style.wrong`` (field, value, reason), ``style.too_many``.
    """
    if isinstance(data, Mapping) and data.get("heat") is None:
        data = {key: value for key, value in data.items() if key != "heat"}
    style: LayerStyle = made(LayerStyle, STYLE)(data, "")
    if not style.variants:
        raise wrong("variants", "[]", "≥ 1")
    if style.heat.ramp and len(style.heat.ramp) >= 2:
        return style
    raise wrong("heat.ramp", list(style.heat.ramp), "≥ 2")
