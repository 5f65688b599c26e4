"""A QGIS style (QML) as a LayerStyle, as far as it goes, with the names of what was passed over."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from gis.cartography.icons import icon_names, icon_text
from gis.cartography.qml import FARTHEST, SHAPES
from gis.cartography.symbols import (
    DASH_MM,
    MOST_VARIANTS,
    Heat,
    LabelRule,
    LayerStyle,
    Mode,
    Pattern,
    SizeBy,
    Variant,
)
from gis.errors import Refusal

FilterOf = Callable[[str], str | None]  # a QGIS expression as a filter, None where it cannot be said
_MM = {"MM": 1.0, "Point": 25.4 / 72, "Pixel": 25.4 / 96, "Inch": 25.4}
_METRES = ("RenderMetersInMapUnits", "MapUnit")
_DASHES = {
    "dash": (4.0, 2.0), "dot": (1.0, 2.0), "dash dot": (4.0, 2.0, 1.0, 2.0),
    "dash dot dot": (4.0, 2.0, 1.0, 2.0, 1.0, 2.0),
}  # fmt: skip
_SHAPES = {theirs: ours for ours, theirs in SHAPES.items()} | {
    "circle": "circle", "square": "square", "rectangle": "square", "triangle": "triangle", "diamond": "diamond",
    "equilateral_triangle": "triangle", "hexagon": "hexagon", "star": "star", "cross": "cross", "pentagon": "pentagon",
}  # fmt: skip
_KINDS = {"point": "marker", "line": "line", "polygon": "fill"}
_FIELD = re.compile(r'"?(\w+)"?\Z')
_COALESCED = re.compile(r'coalesce\(\s*"?(\w+)"?\s*,\s*[-\d.]+\s*\)\Z')
_NUMBER = r"\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*"
_SCALED = re.compile(
    rf'{_NUMBER}\*\s*(sqrt\()?\s*coalesce\(\s*scale_linear\(\s*"?(\w+)"?\s*,{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\)'
)
_EXCLUDING = ") AND NOT coalesce(("
_EMPTY = re.compile(r"\s*(?:true)?\s*\Z", re.IGNORECASE)


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
    reading.labels(root)
    if root.get("hasScaleBasedVisibilityFlag") == "1":
        reading.style = replace(
            reading.style, max_scale=_float(root.get("minScale")), min_scale=_float(root.get("maxScale"))
        )
    elif renderer is not None:
        reading.style = replace(reading.style, max_scale=0.0, min_scale=0.0)
    return reading.style, tuple(dict.fromkeys(reading.passed_over))


class _Reading:
    """The style as read so far, and what could not be taken."""

    def __init__(self, default: LayerStyle, filter_of: FilterOf) -> None:
        self.style = default
        self.default = default
        self.filter_of = filter_of
        self.opacity: float | None = None
        self.passed_over: list[str] = []

    # -- renderers

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
        found = _FIELD.match(attr.strip())
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
            upper = _float(each.get("upper"))
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
                max_scale=_float(rule.get("scalemaxdenom")), visible=rule.get("checkstate", "1") != "0",
            )  # fmt: skip
            if _float(rule.get("scalemindenom")) > 0:
                self.passed_over.append("rule: scalemindenom")
            expression = rule.get("filter", "")
            if _EMPTY.match(expression) or expression.strip().upper() == "ELSE":
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
        options = _options(renderer.find("colorramp"))
        stops = [stop.split(";", 1)[1] for stop in options.get("stops", "").split(":") if ";" in stop]
        ends = [options.get("color1", ""), *stops, options.get("color2", "")]
        colors = tuple(color for color, alpha in map(_color, ends) if color and alpha > 0)
        weight = _FIELD.match(renderer.get("weight_expression", ""))
        heat = Heat(
            radius=max(_float(renderer.get("radius"), 4.0), 0.1), ramp=colors if len(colors) >= 2 else Heat().ramp,
            weight_by=weight[1] if weight else None,
        )  # fmt: skip
        if renderer.get("radius_unit", "0") not in ("0", "MM"):
            self.passed_over.append("heatmapRenderer: radius_unit")
        self.style = replace(self.style, crowd="heat", heat=heat)

    def _look(self, symbols: dict[str, Element], name: str | None) -> Variant:
        symbol = symbols.get(name or "")
        return replace(self.default.variants[0], label="") if symbol is None else self.symbol(symbol)

    # -- symbols

    def symbol(self, symbol: Element) -> Variant:
        """How one symbol looks; what goes for the whole layer (opacity, units, fields) is set on the style."""
        base = self.default.variants[0]
        look = replace(
            base, value=None, label="", where="", upper=None, max_scale=0.0, visible=True, dash=(), svg=None,
            casing=None, pattern=None, fill=base.fill if self.style.kind == "point" else None,
        )  # fmt: skip
        if symbol.get("type") != _KINDS[self.style.kind]:
            self.passed_over.append(f"symbol: {symbol.get('type')}")
            return base
        opacity = _float(symbol.get("alpha"), 1.0)
        if self.style.kind != "polygon":
            self._fade(opacity)
        lines: list[tuple[str, float, tuple[float, ...]]] = []
        for layer in symbol.findall("layer"):
            if layer.get("enabled", "1") == "0":
                continue
            options = _options(layer)
            kind = layer.get("class", "")
            match kind, self.style.kind:
                case (("SimpleMarker" | "SvgMarker"), "point"):
                    look = self._mark(look, layer, kind, options)
                case "SimpleLine", _:
                    lines.append(self._line(layer, options))
                case "SimpleFill", "polygon":
                    look = self._fill(look, options, opacity)
                case "LinePatternFill", "polygon":
                    look = self._hatched(look, options)
                case "PointPatternFill", "polygon":
                    distance = self._length(options, "distance_x", 1.2)
                    look = replace(look, pattern="dots", pattern_spacing=min(max(distance, 0.1), 100.0))
                case "GeometryGenerator", "point":
                    self.passed_over.append("GeometryGenerator")
                case _:
                    self.passed_over.append(kind)
        return self._stroked(look, lines)

    def _fade(self, opacity: float) -> None:
        """The opacity of the whole layer is that of its first symbol."""
        opacity = round(min(max(opacity, 0.0), 1.0), 4)
        if self.opacity is None:
            self.opacity = opacity
            self.style = replace(self.style, opacity=opacity)
        elif abs(opacity - self.opacity) > 0.01:
            self.passed_over.append("symbol: alpha")

    def _mark(self, look: Variant, layer: Element, kind: str, options: dict[str, str]) -> Variant:
        color = _color(options.get("color", ""))[0] or look.color
        made = replace(look, color=color, fill=None, size=self._length(options, "size", look.size))
        followed = _followed(layer)
        turned = followed.pop("angle", None)
        if turned:
            found = _FIELD.match(turned) or _COALESCED.match(turned)
            if found:
                self.style = replace(self.style, rotate_by=found[1])
            else:
                self.passed_over.append("angle")
        self._sizes(followed.pop("size", None))
        self.passed_over += list(followed)
        if kind == "SvgMarker":
            return self._icon(made, options.get("name", ""))
        shape = _SHAPES.get(options.get("name", "circle"))
        if shape is None:
            self.passed_over.append(f"SimpleMarker: {options.get('name')}")
        return replace(made, shape=shape or "circle")

    def _icon(self, look: Variant, name: str) -> Variant:
        if name.startswith("base64:"):
            try:
                return replace(look, svg=icon_text(b64decode(name[7:], validate=True).decode()))
            except (Base64Error, UnicodeDecodeError, Refusal):
                self.passed_over.append("SvgMarker")
                return look
        stem = PurePosixPath(name.replace("\\", "/")).stem
        if stem in icon_names():
            return replace(look, svg=stem)
        self.passed_over.append(f"SvgMarker: {stem}")
        return look

    def _line(self, layer: Element, options: dict[str, str]) -> tuple[str, float, tuple[float, ...]]:
        followed = _followed(layer)
        self._sizes(followed.pop("outlineWidth", None))
        self.passed_over += list(followed)
        dash: tuple[float, ...] = ()
        if options.get("use_custom_dash") == "1":
            scale = _MM.get(options.get("customdash_unit", "MM"), 1.0)
            dash = tuple(_float(part) * scale / DASH_MM for part in options.get("customdash", "").split(";"))
        elif options.get("line_style", "solid") in _DASHES:
            dash = _DASHES[options["line_style"]]
        return _color(options.get("line_color", ""))[0] or "#000000", self._length(options, "line_width", 0.26), dash

    def _stroked(self, look: Variant, lines: list[tuple[str, float, tuple[float, ...]]]) -> Variant:
        if not lines:
            return look
        color, width, dash = lines[-1]
        made = replace(look, color=color, width=width, dash=dash)
        if len(lines) > 1 and lines[-2][1] > width:
            made = replace(made, casing=lines[-2][0], casing_width=round((lines[-2][1] - width) / 2, 6))
        if len(lines) > 2:
            self.passed_over.append("SimpleLine > 2")
        return made

    def _fill(self, look: Variant, options: dict[str, str], opacity: float) -> Variant:
        color, alpha = _color(options.get("color", ""))
        outline, _ = _color(options.get("outline_color", ""))
        style = options.get("style", "solid")
        filled = style == "solid" and color is not None and alpha > 0
        if filled:
            self._fade(alpha * opacity)
        elif style not in ("no", "solid"):
            self.passed_over.append(f"SimpleFill: {style}")
        line = options.get("outline_style", "solid")
        return replace(
            look, fill=color if filled else None, color=outline or color or look.color, dash=_DASHES.get(line, ()),
            width=0.0 if line == "no" else self._length(options, "outline_width", 0.26),
        )  # fmt: skip

    def _hatched(self, look: Variant, options: dict[str, str]) -> Variant:
        angle = round(_float(options.get("angle"))) % 180
        names: dict[int, Pattern] = {45: "hatch", 135: "back_hatch", 0: "horizontal", 90: "vertical"}
        nearest = min(names, key=lambda known: min(abs(known - angle), 180 - abs(known - angle)))
        if nearest != angle:
            self.passed_over.append(f"LinePatternFill: {angle}°")
        pattern = names[nearest]
        if look.pattern is not None and {look.pattern, pattern} == {"hatch", "back_hatch"}:
            pattern = "cross"
        return replace(
            look, pattern=pattern, pattern_spacing=min(max(self._length(options, "distance", 1.2), 0.1), 100.0)
        )

    def _length(self, options: dict[str, str], name: str, default: float) -> float:
        unit = options.get(f"{name}_unit", "MM")
        value = max(_float(options.get(name), default), 0.0)
        if unit in _METRES:
            self.style = replace(self.style, unit="m")
            return min(value, 10_000.0)
        return round(min(value * _MM.get(unit, 1.0), 10_000.0), 6)

    def _sizes(self, expression: str | None) -> None:
        if not expression:
            return
        found = _SCALED.match(expression)
        if found is None:
            self.passed_over.append(f"size: {expression[:60]}")
            return
        _, area, name, low, high, small, large = found.groups()
        root = 0.5 if area else 1.0
        self.style = replace(self.style, size_by=SizeBy(
            name, _float(low), _float(high), _float(small) ** root, _float(large) ** root, bool(area)
        ))  # fmt: skip

    # -- labels

    def labels(self, root: Element) -> None:
        labeling = root.find("labeling")
        if labeling is None or root.get("labelsEnabled") == "0":
            if root.get("labelsEnabled") == "0":
                self.style = replace(self.style, labels={})
            return
        made: dict[str, LabelRule] = {}
        field: str | None = None
        if labeling.get("type") == "simple":
            pairs: list[tuple[str | None, Element | None]] = [("", labeling.find("settings"))]
        else:
            pairs = [(self._code(rule.get("filter", "")), rule.find("settings")) for rule in labeling.iter("rule")]
        for code, settings in pairs:
            text = None if settings is None else settings.find("text-style")
            if settings is None or text is None or code is None:
                continue
            said = self._label_field(text)
            if said is None:
                continue
            field = field or said
            made[code] = _label_rule(settings, text)
        if field is not None:
            self.style = replace(self.style, label_field=field, labels=made)

    def _code(self, expression: str) -> str | None:
        if _EMPTY.match(expression) or expression.strip().upper() == "ELSE":
            return ""
        found = re.fullmatch(r"""\s*"?(\w+)"?\s*=\s*'([^']*)'\s*""", expression)
        if found and found[1] == self.style.by:
            return found[2]
        self.passed_over.append(f"labeling: {expression[:60]}")
        return None

    def _label_field(self, text: Element) -> str | None:
        said = text.get("fieldName", "")
        if text.get("isExpression") != "1":
            return said or None
        found = _FIELD.match(said)
        if found:
            return found[1]
        if self.default.label_field and said:
            from gis.cartography.qml_labels import label_expression

            if label_expression(self.default.label_field)[0] == said:
                return self.default.label_field
        template = _template(said)
        if template is None:
            self.passed_over.append(f"fieldName: {said[:60]}")
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
    unit = _MM.get(text.get("fontSizeUnit", "Point"), _MM["Point"])
    size = min(max(_float(text.get("fontSize"), 10.0) * unit, 0.5), 100.0)
    halo = 0.0
    if buffer is not None and buffer.get("bufferDraw") == "1":
        halo = min(_float(buffer.get("bufferSize")) * _MM.get(buffer.get("bufferSizeUnits", "MM"), 1.0), 20.0)
    return LabelRule(
        max_scale=_float(rendering.get("scaleMax")) if scaled and rendering is not None else 1e9,
        min_scale=_float(rendering.get("scaleMin")) if scaled and rendering is not None else 0.0,
        size=round(size, 3), halo=round(halo, 3), bold=_float(text.get("fontWeight"), 50) >= 63,
        priority=10 * _float(placement.get("priority") if placement is not None else None, 5.0),
    )  # fmt: skip


def _few(variants: list[Variant]) -> list[Variant]:
    if len(variants) >= MOST_VARIANTS:
        raise Refusal("style.too_many", count=len(variants) + 1, most=MOST_VARIANTS)
    return variants


def _options(parent: Element | None) -> dict[str, str]:
    """The properties of a symbol layer, in the form of QGIS before or since 3.20."""
    if parent is None:
        return {}
    made = {prop.get("k", ""): prop.get("v", "") for prop in parent.findall("prop")}
    table = parent.find("Option")
    if table is not None:
        made |= {option.get("name", ""): option.get("value", "") for option in table.findall("Option")}
    return made


def _followed(layer: Element) -> dict[str, str]:
    """Which properties follow a field or an expression."""
    made = {}
    for table in layer.findall("data_defined_properties/Option/Option[@name='properties']/Option"):
        given = {option.get("name", ""): option.get("value", "") for option in table.findall("Option")}
        said = given.get("field") or given.get("expression")
        if given.get("active") == "true" and said:
            made[table.get("name", "")] = said
    return made


def _color(text: str) -> tuple[str | None, float]:
    """A colour "r,g,b,a" (QGIS 3.40 adds ",rgb:…") or "#RRGGBB", and its opacity."""
    parts = text.split(",")[:4]
    if len(parts) >= 3 and all(part.strip().isdigit() for part in parts):
        numbers = [min(int(part), 255) for part in parts]
        return "#{:02X}{:02X}{:02X}".format(*numbers[:3]), (numbers[3] if len(numbers) > 3 else 255) / 255
    if re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        return text.upper(), 1.0
    return None, 0.0


def _float(text: str | None, default: float = 0.0) -> float:
    try:
        value = float(text) if text is not None else default
    except ValueError:
        return default
    return value if abs(value) <= 1e300 else default
