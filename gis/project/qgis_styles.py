"""Styles for QGIS: a style and its class as one QML document, with forms, aliases and code lists; and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from gis.cartography.legend import variant_label
from gis.cartography.qml.label_writing import write_labels
from gis.cartography.qml.reading import read_qml
from gis.cartography.qml.writing import write_symbology
from gis.cartography.symbols import LayerStyle
from gis.catalogue import FeatureClass
from gis.errors import Language, Refusal
from gis.query import filter_of_qgis, qgis_expression
from gis.storage import styles


def qml_of(style: LayerStyle, cls: FeatureClass, language: Language = "zh") -> str:
    """The style of a class as a QML document. Raises Refusal ``query.*`` for a wrong rule."""
    labels = [variant_label(cls, style, place, language) for place in range(len(style.variants))]

    def look(root: Element) -> None:
        write_symbology(root, style, labels, lambda where: qgis_expression(where, cls))
        write_labels(root, style)

    return styles.qml(cls, language, look)


def style_of_qml(text: str, cls: FeatureClass, source: Path) -> tuple[LayerStyle, tuple[str, ...]]:
    """The style for a class out of a QML document, as far as it goes, and the names of what was passed over.

    Raises Refusal ``style.no_style_file``, ``style.too_many``, ``style.wrong``.
    """
    read = read_qml(text, LayerStyle.from_class(cls), lambda expression: filter_of_qgis(expression, cls))
    if read is None:
        raise Refusal("style.no_style_file", file=str(source))
    style, passed_over = read
    fitting, missing = _without_missing(style, cls)
    return fitting, (*passed_over, *missing)


def _without_missing(style: LayerStyle, cls: FeatureClass) -> tuple[LayerStyle, tuple[str, ...]]:
    """The style without what needs fields which the class does not have, and the names of these."""
    missing: list[str] = []

    def lacks(*names: str | None) -> bool:
        unknown = [name for name in names if name and not cls.has_field(name)]
        missing.extend(unknown)
        return bool(unknown)

    if lacks(style.by):
        base = replace(style.variants[min(1, len(style.variants) - 1)], value=None, upper=None, label="", visible=True)
        style = replace(style, mode="single", by=None, variants=(base,))
    if lacks(style.rotate_by):
        style = replace(style, rotate_by=None)
    if style.size_by and lacks(style.size_by.field):
        style = replace(style, size_by=None)
    if lacks(style.heat.weight_by):
        style = replace(style, heat=replace(style.heat, weight_by=None))
    if lacks(*style.label_fields):
        style = replace(style, label_field=LayerStyle.from_class(cls).label_field, labels={})
    return style, tuple(f"“{name}”" for name in dict.fromkeys(missing))
