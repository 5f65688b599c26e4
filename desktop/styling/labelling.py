"""Switching a layer's names on and off, and one rule for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gis.cartography.symbols import LabelRule, LayerStyle
from gis.catalogue import FeatureClass

_FROM_SCALE = 5_000.0
ANY_SCALE = 1e9  # a farthest scale that is none
_NAMES = ("name", "code", "label", "title")


def labels_on(style: LayerStyle) -> bool:
    """Whether features are named at any scale."""
    return bool(style.label_field and style.labels)


def with_labels_off(style: LayerStyle) -> LayerStyle:
    """The style without names; the field is kept for next time."""
    return replace(style, labels={})


def with_labels_on(style: LayerStyle, default: LayerStyle, cls: FeatureClass, scale: float) -> LayerStyle | None:
    """The style with names, as the catalogue would have them; None where the class has no field fit for it.

    They show at the present ``scale`` too, or switching them on would seem to do nothing.
    """
    field = style.label_field or default.label_field or next((f for f in _NAMES if cls.has_field(f)), None)
    if field is None:
        texts = [f.name for f in cls.fields if f.type in ("text", "code", "integer", "real") and not f.restricted]
        if not texts:
            return None
        field = texts[0]
    labels = dict(default.labels) or {"": LabelRule(max_scale=_FROM_SCALE)}
    if scale > 0 and not any(rule.max_scale >= scale for rule in labels.values()):
        widest = max(labels.values(), key=lambda rule: rule.max_scale)
        labels = {**labels, "": replace(labels.get("", widest), max_scale=round_up(scale), min_scale=0.0)}
    return replace(style, label_field=field, labels=labels)


def main_rule(style: LayerStyle) -> LabelRule:
    """The rule that stands for all: that of features without one of their own."""
    if "" in style.labels:
        return style.labels[""]
    return next(iter(style.labels.values()), LabelRule(max_scale=_FROM_SCALE))


def with_rule(style: LayerStyle, name: str, value: Any) -> LayerStyle:
    """The style with one property of its main rule changed; rules of codes change likewise and stay apart.

    Sizes and farthest scales in proportion, priorities by as much: motorways are still named before lanes.
    """
    rules = style.labels or {"": LabelRule(max_scale=_FROM_SCALE)}
    main = main_rule(style)
    old = getattr(main, name)
    made = {}
    for key, rule in rules.items():
        own = getattr(rule, name)
        if rule is main or (name == "max_scale" and ANY_SCALE in (old, value)):
            own = value
        elif name in ("size", "max_scale") and old > 0:
            own = own * value / old if name == "size" else min(own * value / old, ANY_SCALE)
        elif name == "priority":
            own = own + value - old
        else:
            own = value
        made[key] = replace(rule, **{name: own})
    return replace(style, labels=made)


def round_up(scale: float) -> float:
    """The next round denominator: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** (len(str(int(scale))) - 1)
    return next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= scale)
