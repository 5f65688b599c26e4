"""A QGIS style (QML) as a LayerStyle, as far as it goes, with the names of what was passed over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gis.cartography.qml.label_reading import EMPTY, with_labels_read
from gis.cartography.qml.symbol_reading import FIELD, Symbols, color_of, number_of, options_of
from gis.cartography.qml.writing import FARTHEST
from gis.cartography.symbols import MOST_VARIANTS, Heat, LayerStyle, Mode, Variant
from gis.errors import Refusal

FilterOf = Callable[[str], str | None]  # a QGIS expression as a filter, None where it cannot be said
_EXCLUDING = ") AND NOT coalesce(("


def read_qml(text: str, default: LayerStyle, filter_of: FilterOf) -> tuple[LayerStyle, tuple[str, ...]] | None:
    """The style of ``default``'s class out of a QML document; None where it is none.

    What the document does not say stays as in ``default``. Raises Refusal ``style.too_many``.
    """
    if "<!ENTITY" in text:  # entities may name other files, and grow to any size
        return None
    try:
        root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>\[]*>", "", text, count=1))
    except ElementTree.ParseError:
        return None
    if root.tag != "qgis":
        return None
    reading = _Reading(default, filter_of)
    renderer = root.find("renderer-v2")
    if renderer is not None:
        reading.renderer(renderer)
    reading.style = with_labels_read(reading.style, root, reading.passed_over)
    if root.get("hasScaleBasedVisibilityFlag") == "1":
        reading.style = replace(
            reading.style, max_scale=number_of(root.get("minScale")), min_scale=number_of(root.get("maxScale"))
        )
    elif renderer is not None:
        reading.style = replace(reading.style, max_scale=0.0, min_scale=0.0)
    return reading.style, tuple(dict.fromkeys(reading.passed_over))


class _Reading(Symbols):
    """The style as read so far, and what could not be taken."""

    def __init__(self, default: LayerStyle, filter_of: FilterOf) -> None:
        super().__init__(default)
        self.filter_of = filter_of

    def renderer(self, renderer: Element) -> None:
        kind = renderer.get("type", "")
        plain: dict[str, Any] = {
            "crowd": "thin" if self.style.kind == "point" else self.style.crowd, "core": None, "size_by": None,
            "rotate_by": None, "wedge": None, "unit": "mm", "growth": (),
        }  # fmt: skip
        if kind in ("singleSymbol", "categorizedSymbol", "graduatedSymbol", "RuleRenderer"):
            self.style = replace(self.style, **plain)
        symbols = {symbol.get("name", ""): symbol for symbol in renderer.findall("symbols/symbol")}
        match kind:
            case "singleSymbol":
                looks = [self.symbol(symbol) for symbol in symbols.values()][:1]
                self.style = replace(self.style, mode="single", by=None, variants=tuple(looks) or self.style.variants)
            case "categorizedSymbol":
                self._categories(renderer, symbols)
            case "graduatedSymbol":
                self._ranges(renderer, symbols)
            case "RuleRenderer":
                self._rules(renderer, symbols)
            case "heatmapRenderer":
                self._heat(renderer)
            case "pointCluster":
                inner = renderer.find("renderer-v2")
                if inner is not None:
                    self.renderer(inner)
                self.style = replace(self.style, crowd="cluster")
            case _:
                self.passed_over.append(f"renderer-v2: {kind}")

    def _field(self, attr: str) -> str | None:
        found = FIELD.match(attr.strip())
        if found is None:
            self.passed_over.append(f"attr: {attr[:60]}")
        return found[1] if found else None

    def _categories(self, renderer: Element, symbols: dict[str, Element]) -> None:
        by = self._field(renderer.get("attr", ""))
        base, made = None, []
        for category in renderer.findall("categories/category"):
            look = self._look(symbols, category.get("symbol"))
            visible = category.get("render", "true") != "false"
            value = category.get("value", "")
            look = replace(look, label=category.get("label", ""), visible=visible)
            if value in ("", "NULL"):
                base = look
            else:
                made.append(replace(look, value=value))
        base = base or replace(self.default.variants[0], visible=False)  # QGIS draws no others where none are listed
        if by is None:
            self.style = replace(self.style, mode="single", by=None, variants=(replace(base, label="", visible=True),))
        else:
            self.style = replace(self.style, mode="category", by=by, variants=(base, *_few(made)))

    def _ranges(self, renderer: Element, symbols: dict[str, Element]) -> None:
        by = self._field(renderer.get("attr", ""))
        made = []
        for each in renderer.findall("ranges/range"):
            upper = number_of(each.get("upper"))
            look = self._look(symbols, each.get("symbol"))
            visible = each.get("render", "true") != "false"
            bound = None if upper >= FARTHEST else upper
            made.append(replace(look, upper=bound, visible=visible, label=each.get("label", "")))
        made.sort(key=lambda v: (v.upper is None, v.upper or 0.0))
        base = replace(made[0] if made else self.default.variants[0], upper=None, label="", visible=False)
        if by is None or not made:
            self.style = replace(self.style, mode="single", by=None, variants=(replace(base, visible=True),))
        else:
            self.style = replace(self.style, mode="breaks", by=by, variants=(base, *_few(made)))

    def _rules(self, renderer: Element, symbols: dict[str, Element]) -> None:
        rules = renderer.find("rules")
        base, made = None, []
        nested = rules is not None and any(rule.find("rule") is not None for rule in rules)
        if nested:
            self.passed_over.append("rule: rule in rule")
        for rule in rules.findall("rule") if rules is not None else ():
            look = replace(
                self._look(symbols, rule.get("symbol")), label=rule.get("label", ""),
                max_scale=number_of(rule.get("scalemaxdenom")), visible=rule.get("checkstate", "1") != "0",
            )  # fmt: skip
            if number_of(rule.get("scalemindenom")) > 0:
                self.passed_over.append("rule: scalemindenom")
            expression = rule.get("filter", "")
            if EMPTY.match(expression) or expression.strip().upper() == "ELSE":
                base = look
                continue
            where = self._where(expression, rule.get("description", ""))
            if where is None:
                self.passed_over.append(f"filter: {expression[:80]}")
                continue
            made.append(replace(look, where=where))
        base = base or replace(self.default.variants[0], visible=False)
        mode: Mode = "rules" if made else "single"
        self.style = replace(self.style, mode=mode, by=None, variants=(base, *_few(made)))
        self._codes_again()

    def _where(self, expression: str, description: str) -> str | None:
        """The filter of a rule; of ours without what excludes the rules before it, which is understood here."""
        if _EXCLUDING in expression:
            expression = expression.split(_EXCLUDING, 1)[0].removeprefix("(")
        found = self.filter_of(expression)
        written = self.filter_of(description) if description else None
        return description if found is not None and written is not None else found

    def _codes_again(self) -> None:
        """Rules that all ask one field for one code are categories: so Yantu writes those with scales of their own."""
        asked = [re.fullmatch(r"\(?\s*(\w+)\s*=\s*'([^']*)'\s*\)?", v.where) for v in self.style.variants[1:]]
        found = [match for match in asked if match]
        if self.style.mode == "rules" and len(found) == len(asked) and len({match[1] for match in found}) == 1:
            variants = tuple(
                replace(v, where="", value=match[2]) for v, match in zip(self.style.variants[1:], found, strict=True)
            )
            self.style = replace(
                self.style, mode="category", by=found[0][1], variants=(self.style.variants[0], *variants)
            )

    def _heat(self, renderer: Element) -> None:
        options = options_of(renderer.find("colorramp"))
        stops = [stop.split(";", 1)[1] for stop in options.get("stops", "").split(":") if ";" in stop]
        ends = [options.get("color1", ""), *stops, options.get("color2", "")]
        colors = tuple(color for color, alpha in map(color_of, ends) if color and alpha > 0)
        weight = FIELD.match(renderer.get("weight_expression", ""))
        heat = Heat(
            radius=max(number_of(renderer.get("radius"), 4.0), 0.1), ramp=colors if len(colors) >= 2 else Heat().ramp,
            weight_by=weight[1] if weight else None,
        )  # fmt: skip
        if renderer.get("radius_unit", "0") not in ("0", "MM"):
            self.passed_over.append("heatmapRenderer: radius_unit")
        self.style = replace(self.style, crowd="heat", heat=heat)

    def _look(self, symbols: dict[str, Element], name: str | None) -> Variant:
        symbol = symbols.get(name or "")
        return replace(self.default.variants[0], label="") if symbol is None else self.symbol(symbol)


def _few(variants: list[Variant]) -> list[Variant]:
    if len(variants) >= MOST_VARIANTS:
        raise Refusal("style.too_many", count=len(variants) + 1, most=MOST_VARIANTS)
    return variants
