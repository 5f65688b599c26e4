"""What a style tells apart, in the user's words: one entry a variant, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.shell.words import language, tr
from gis.cartography import legend
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
    places = [*range(1, len(style.variants)), 0] if tells_apart(style) else [0]
    return [Entry(i, variant_label(style, i, cls), style.variants[i].visible) for i in places]


def tells_apart(style: LayerStyle) -> bool:
    """Whether the style draws some features otherwise than others."""
    return len(style.variants) > 1 and (style.mode == "rules" or (style.mode != "single" and style.by is not None))


def variant_label(style: LayerStyle, place: int, cls: FeatureClass) -> str:
    """What one variant stands for, as the legend says it; also for a rule without a condition, and for a few others."""
    variant = style.variants[place]
    if style.mode == "rules" and place > 0 and not variant.label and not variant.where.strip():
        return tr("No condition yet")
    if place == 0 and not variant.label and tells_apart(style) and style.mode == "category":
        own = {other.value for other in style.variants[1:]}
        codes = cls.field(style.by).codes if style.by and cls.has_field(style.by) else ()
        rest = [code.label.text(language()) for code in codes if code.value not in own]
        if 0 < len(rest) <= _NAMED_OTHERS:
            return tr("list|, ").join(rest)
    return legend.variant_label(cls, style, place, language())


def with_variants(style: LayerStyle, places: Sequence[int], **changes: Any) -> LayerStyle:
    """The style with the same change to several variants."""
    variants = list(style.variants)
    for place in places:
        variants[place] = replace(variants[place], **changes)
    return replace(style, variants=tuple(variants))


def plain(variant: Variant) -> Variant:
    """The look of a variant without what it stands for."""
    return replace(variant, value=None, label="", where="", upper=None, visible=True, max_scale=0.0)
