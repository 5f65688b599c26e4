"""The labelling of a QGIS style as label rules."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree.ElementTree import Element

from gis.cartography.qml.label_writing import label_expression
from gis.cartography.qml.symbol_reading import FIELD, MILLIMETRES, number_of
from gis.cartography.symbols import LabelRule, LayerStyle

EMPTY = re.compile(r"\s*(?:true)?\s*\Z", re.IGNORECASE)  # a filter that everything meets


def with_labels_read(style: LayerStyle, root: Element, passed_over: list[str]) -> LayerStyle:
    """The style with the labels of a QML document; what cannot be taken is added to ``passed_over``."""
    labeling = root.find("labeling")
    if root.get("labelsEnabled") == "0":
        return replace(style, labels={})
    if labeling is None:
        return style
    pairs: list[tuple[str | None, Element | None]]
    if labeling.get("type") == "simple":
        pairs = [("", labeling.find("settings"))]
    else:
        pairs = [
            (_code(rule.get("filter", ""), style, passed_over), rule.find("settings")) for rule in labeling.iter("rule")
        ]
    made: dict[str, LabelRule] = {}
    field: str | None = None
    for code, settings in pairs:
        text = None if settings is None else settings.find("text-style")
        if settings is None or text is None or code is None:
            continue
        said = _label_field(text, style.label_field, passed_over)
        if said is not None:
            field = field or said
            made[code] = _label_rule(settings, text)
    return style if field is None else replace(style, label_field=field, labels=made)


def _code(expression: str, style: LayerStyle, passed_over: list[str]) -> str | None:
    """For which code a rule is, "" for all others; None where it asks something else."""
    if EMPTY.match(expression) or expression.strip().upper() == "ELSE":
        return ""
    found = re.fullmatch(r"""\s*"?(\w+)"?\s*=\s*'([^']*)'\s*""", expression)
    if found and found[1] == style.by:
        return found[2]
    passed_over.append(f"labeling: {expression[:60]}")
    return None


def _label_field(text: Element, usual: str | None, passed_over: list[str]) -> str | None:
    said = text.get("fieldName", "")
    if text.get("isExpression") != "1":
        return said or None
    found = FIELD.match(said)
    if found:
        return found[1]
    if usual and label_expression(usual)[0] == said:
        return usual
    template = _template(said)
    if template is None:
        passed_over.append(f"fieldName: {said[:60]}")
    return template


def _template(expression: str) -> str | None:
    """The template of which ``label_expression`` made an expression."""
    inner = re.fullmatch(r"array_to_string\(array_filter\(array\((.*)\), @element IS NOT NULL\), ' '\)", expression)
    words = []
    for word in (inner[1] if inner else expression).split(", "):
        made = ""
        for part in word.split(" || "):
            if found := re.fullmatch(r'"(\w+)"', part):
                made += "{" + found[1] + "}"
            elif (text := re.fullmatch(r"'((?:[^']|'')*)'", part)) and "{" not in text[1]:
                made += text[1].replace("''", "'")
            else:
                return None
        words.append(made)
    return " ".join(words) if any("{" in word for word in words) else None


def _label_rule(settings: Element, text: Element) -> LabelRule:
    rendering, placement, buffer = settings.find("rendering"), settings.find("placement"), text.find("text-buffer")
    scaled = rendering is not None and rendering.get("scaleVisibility") == "1"
    unit = MILLIMETRES.get(text.get("fontSizeUnit", "Point"), MILLIMETRES["Point"])
    size = min(max(number_of(text.get("fontSize"), 10.0) * unit, 0.5), 100.0)
    halo = 0.0
    if buffer is not None and buffer.get("bufferDraw") == "1":
        halo = min(
            number_of(buffer.get("bufferSize")) * MILLIMETRES.get(buffer.get("bufferSizeUnits", "MM"), 1.0), 20.0
        )
    return LabelRule(
        max_scale=number_of(rendering.get("scaleMax")) if scaled and rendering is not None else 1e9,
        min_scale=number_of(rendering.get("scaleMin")) if scaled and rendering is not None else 0.0,
        size=round(size, 3), halo=round(halo, 3), bold=number_of(text.get("fontWeight"), 50) >= 63,
        priority=10 * number_of(placement.get("priority") if placement is not None else None, 5.0),
    )  # fmt: skip
