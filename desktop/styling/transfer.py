"""Taking a style over to another class: what that class has no field for is left away."""

from __future__ import annotations

from dataclasses import replace

from desktop.styling.entries import plain
from gis.cartography.symbols import LayerStyle
from gis.catalogue import FeatureClass


def fits(style: LayerStyle | None, target: LayerStyle) -> bool:
    """Whether a style can be taken over: points to points, lines to lines, areas to areas."""
    return style is not None and style.kind == target.kind


def taken_over(style: LayerStyle, target: LayerStyle, cls: FeatureClass) -> LayerStyle:
    """``style`` for the class of ``target``. Where the field that tells features apart is missing, the base remains."""
    if style.cls == target.cls:
        return style
    variants, by, mode = style.variants, style.by, style.mode
    if (by is not None and not cls.has_field(by)) or mode == "rules":
        variants, by, mode = (plain(variants[0]),), None, "single"
    size_by = style.size_by if style.size_by and cls.has_field(style.size_by.field) else None
    weight = style.heat.weight_by if style.heat.weight_by and cls.has_field(style.heat.weight_by) else None
    wedge = style.wedge
    if wedge is not None and not all(cls.has_field(f) for f in (wedge.azimuth, wedge.width, wedge.range) if f):
        wedge = None
    named = bool(style.label_fields) and all(cls.has_field(name) for name in style.label_fields)
    label_field = style.label_field if named else target.label_field
    return replace(
        style, cls=target.cls, family=target.family, variants=variants, by=by, mode=mode, size_by=size_by,
        heat=replace(style.heat, weight_by=weight), wedge=wedge, label_field=label_field,
        rotate_by=style.rotate_by if style.rotate_by and cls.has_field(style.rotate_by) else None,
        labels=style.labels if label_field else {},
    )  # fmt: skip
