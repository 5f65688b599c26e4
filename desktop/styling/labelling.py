"""Switching a layer's names on and off, and one rule for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gis.cartography.symbols import LabelRule, LayerStyle
from gis.catalogue import FeatureClass

_FROM_SCALE = 5_000.0
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


def with_rule(style: LayerStyle, **changes: Any) -> LayerStyle:
    """The same change to every rule; codes keep what else tells them apart."""
    rules = style.labels or {"": LabelRule(max_scale=_FROM_SCALE)}
    return replace(style, labels={key: replace(rule, **changes) for key, rule in rules.items()})


def round_up(scale: float) -> float:
    """The next round denominator: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** (len(str(int(scale))) - 1)
    return next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= scale - 1e-6)
