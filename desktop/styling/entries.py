"""What a style tells apart, in the user's words: one entry a variant, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.shell.formatting import number, with_unit
from desktop.shell.words import language, tr
from gis.cartography.symbols import LayerStyle, Variant
from gis.catalogue import FeatureClass

_NAMED_OTHERS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One variant: its place in ``style.variants`` and what it stands for."""

    place: int
    label: str
    visible: bool


def entries(style: LayerStyle, cls: FeatureClass) -> list[Entry]:
    """What the legend of a class lists, the base last; one entry only where nothing is told apart."""
    if not tells_apart(style):
        return [Entry(0, style.variants[0].label or cls.label.text(language()), style.variants[0].visible)]
    places = [*range(1, len(style.variants)), 0]
    return [Entry(i, variant_label(style, i, cls), style.variants[i].visible) for i in places]


def tells_apart(style: LayerStyle) -> bool:
    """Whether the style draws some features otherwise than others."""
    return style.mode != "single" and len(style.variants) > 1


def variant_label(style: LayerStyle, place: int, cls: FeatureClass) -> str:
    """What one variant stands for: its own label, a code's, an interval's, a rule's."""
    variant = style.variants[place]
    if variant.label:
        return variant.label
    if place == 0:
        return tr("No value") if style.mode == "breaks" else _others(style, cls) if tells_apart(style) else ""
    if style.mode == "breaks":
        return interval_text(style, place, cls)
    if style.mode == "rules":
        return variant.where or tr("No condition yet")
    return value_label(cls, style.by, variant.value)


def _others(style: LayerStyle, cls: FeatureClass) -> str:
    """A few codes without a symbol of their own are named, more are "other"."""
    codes = cls.field(style.by).codes if style.mode == "category" and style.by and cls.has_field(style.by) else ()
    own = {variant.value for variant in style.variants[1:]}
    rest = [code.label.text(language()) for code in codes if code.value not in own]
    return tr("list|, ").join(rest) if 0 < len(rest) <= _NAMED_OTHERS else tr("legend|Other")


def value_label(cls: FeatureClass, by: str | None, value: Any) -> str:
    """A value of a field as a legend says it."""
    if value is None or value == "":
        return tr("No value")
    field = cls.field(by) if by and cls.has_field(by) else None
    if field is None:
        return str(value)
    if field.type == "boolean":
        return tr("Yes") if str(value) in ("1", "1.0", "True", "true") else tr("No")
    return field.code_label(str(value), language()) or str(value)


def interval_text(style: LayerStyle, place: int, cls: FeatureClass) -> str:
    """The span of one class of values with the field's unit."""
    uppers = [variant.upper for variant in style.variants]
    upper = uppers[place]
    lower = uppers[place - 1] if place > 1 else None
    unit = cls.field(style.by).unit if style.by and cls.has_field(style.by) else ""
    if upper is None:
        return tr("all") if lower is None else f"> {with_unit(_shortened(lower), unit)}"
    if lower is None:
        return f"≤ {with_unit(_shortened(upper), unit)}"
    return f"{break_text(lower)} – {with_unit(_shortened(upper), unit)}"


def break_text(value: float) -> str:
    """A border between classes, as short as tells it from its neighbours."""
    return number(_shortened(value))


def _shortened(value: float) -> float:
    return float(f"{value:.4g}") if abs(value) < 10_000 else float(round(value))


def alone(style: LayerStyle, place: int) -> LayerStyle:
    """A style that draws everything as one variant is drawn: for swatches."""
    return replace(style, mode="single", by=None, variants=(replace(style.variants[place], value=None, visible=True),))


def with_variant(style: LayerStyle, place: int, **changes: Any) -> LayerStyle:
    """The style with one variant changed."""
    return with_variants(style, [place], **changes)


def with_variants(style: LayerStyle, places: Sequence[int], **changes: Any) -> LayerStyle:
    """The style with the same change to several variants."""
    variants = list(style.variants)
    for place in places:
        variants[place] = replace(variants[place], **changes)
    return replace(style, variants=tuple(variants))


def plain(variant: Variant) -> Variant:
    """The look of a variant without what it stands for."""
    return replace(variant, value=None, label="", where="", upper=None, visible=True, max_scale=0.0)
