"""The labels of a style in the words of QGIS 3: simple labelling, or one rule for each code with a rule of its own."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

from gis.cartography.palette import Palette, mixed
from gis.cartography.qml.writing import key, number, quoted, rgba
from gis.cartography.symbols import LabelRule, LayerStyle

_FONT = "Noto Sans CJK SC"
# QgsPalLayerSettings::Placement: around the point in a good order, along the line, across the area.
_PLACEMENTS = {"point": "6", "line": "3", "polygon": "4"}
_BRACES = re.compile(r"\{(\w+)\}")


def write_labels(root: Element, style: LayerStyle) -> None:
    """Add the labelling of a style below ``root``."""
    named = bool(style.label_field and style.labels)
    root.set("labelsEnabled", "1" if named else "0")
    if not named:
        return
    if set(style.labels) == {""}:
        made = SubElement(root, "labeling", type="simple")
        _settings(made, style, style.labels[""])
        return
    made = SubElement(root, "labeling", type="rule-based")
    rules = SubElement(made, "rules", key=key(style.cls, "labels"))
    for code in [*(code for code in style.labels if code), *([""] if "" in style.labels else [])]:
        rule = style.labels[code]
        filter_ = f'"{style.by}" = {quoted(code)}' if code and style.by else "ELSE"
        one = SubElement(rules, "rule", key=key(style.cls, "label", code), filter=filter_, description=code)
        one.attrib |= {"scalemindenom": number(rule.min_scale), "scalemaxdenom": number(rule.max_scale)}
        _settings(one, style, rule)


def label_expression(label: str) -> tuple[str, bool]:
    """What a label says, for QGIS, and whether that is an expression and not just a field."""
    if not _BRACES.search(label):
        return label, False
    words = []
    for piece in label.split():
        literals, fields = _BRACES.split(piece)[::2], _BRACES.findall(piece)
        parts = [quoted(literals[0])] if literals[0] else []
        for name, literal in zip(fields, literals[1:], strict=True):
            parts += [f'"{name}"', *([quoted(literal)] if literal else [])]
        words.append(" || ".join(parts))
    if len(words) == 1:
        return words[0], True
    return f"array_to_string(array_filter(array({', '.join(words)}), @element IS NOT NULL), ' ')", True


def _settings(parent: Element, style: LayerStyle, rule: LabelRule) -> None:
    palette = Palette.for_print()
    expression, computed = label_expression(style.label_field or "")
    settings = SubElement(parent, "settings", calloutType="simple")
    text = SubElement(
        settings, "text-style", fieldName=expression, isExpression="1" if computed else "0", fontFamily=_FONT,
        fontSize=number(rule.size), fontSizeUnit="MM", fontWeight="75" if rule.bold else "50",
        fontLetterSpacing=number(rule.spaced * rule.size), textOpacity="1", multilineHeight="1",
        textColor=rgba(mixed(palette.text, palette.paper, 0.35) if rule.soft else palette.text),
    )  # fmt: skip
    SubElement(
        text, "text-buffer", bufferDraw="1" if rule.halo > 0 else "0", bufferSize=number(rule.halo),
        bufferSizeUnits="MM", bufferColor=rgba(palette.halo), bufferOpacity="1", bufferJoinStyle="128",
        bufferNoFill="1",
    )  # fmt: skip
    SubElement(settings, "text-format", multilineAlign="3", wrapChar="", autoWrapLength="0")
    SubElement(
        settings, "placement", placement=_PLACEMENTS[style.kind],
        priority=str(min(max(round(rule.priority / 10), 0), 10)), dist="0.5", distUnits="MM",
        placementFlags="1" if style.kind == "line" else "10", repeatDistance=number(rule.repeat),
        repeatDistanceUnits="MM", fitInPolygonOnly="0", centroidWhole="0",
        predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR", maxCurvedCharAngleIn="25", maxCurvedCharAngleOut="-25",
    )  # fmt: skip
    SubElement(
        settings, "rendering", scaleVisibility="1", scaleMin=number(rule.min_scale), scaleMax=number(rule.max_scale),
        drawLabels="1", obstacle="1", obstacleFactor="1", displayAll="0", fontMinPixelSize="0",
        fontMaxPixelSize="10000", mergeLines="0", upsidedownLabels="0", limitNumLabels="0", maxNumLabels="2000",
    )  # fmt: skip
