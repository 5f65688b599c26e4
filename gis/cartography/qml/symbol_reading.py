"""Symbols of QGIS styles as variants: the look of one, and what of it could not be taken."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import replace
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from gis.cartography.icons import icon_names, icon_text
from gis.cartography.qml.writing import SHAPES
from gis.cartography.symbols import DASH_MM, LayerStyle, Pattern, SizeBy, Variant
from gis.errors import Refusal

MILLIMETRES = {"MM": 1.0, "Point": 25.4 / 72, "Pixel": 25.4 / 96, "Inch": 25.4}
FIELD = re.compile(r'"?(\w+)"?\Z')
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
_COALESCED = re.compile(r'coalesce\(\s*"?(\w+)"?\s*,\s*[-\d.]+\s*\)\Z')
_NUMBER = r"\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*"
_SCALED = re.compile(
    rf'{_NUMBER}\*\s*(sqrt\()?\s*coalesce\(\s*scale_linear\(\s*"?(\w+)"?\s*,{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\)'
)


class Symbols:
    """Reads symbols one after the other. ``style`` gathers what goes for the whole layer: opacity, unit, fields."""

    def __init__(self, default: LayerStyle) -> None:
        self.style = default
        self.default = default
        self.opacity: float | None = None
        self.passed_over: list[str] = []

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
        opacity = number_of(symbol.get("alpha"), 1.0)
        if self.style.kind != "polygon":
            self._fade(opacity)
        lines: list[tuple[str, float, tuple[float, ...]]] = []
        for layer in symbol.findall("layer"):
            if layer.get("enabled", "1") == "0":
                continue
            options = options_of(layer)
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
        color = color_of(options.get("color", ""))[0] or look.color
        made = replace(look, color=color, fill=None, size=self._length(options, "size", look.size))
        followed = followed_by(layer)
        turned = followed.pop("angle", None)
        if turned:
            found = FIELD.match(turned) or _COALESCED.match(turned)
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
        followed = followed_by(layer)
        self._sizes(followed.pop("outlineWidth", None))
        self.passed_over += list(followed)
        dash: tuple[float, ...] = ()
        if options.get("use_custom_dash") == "1":
            scale = MILLIMETRES.get(options.get("customdash_unit", "MM"), 1.0)
            dash = tuple(number_of(part) * scale / DASH_MM for part in options.get("customdash", "").split(";"))
        elif options.get("line_style", "solid") in _DASHES:
            dash = _DASHES[options["line_style"]]
        return color_of(options.get("line_color", ""))[0] or "#000000", self._length(options, "line_width", 0.26), dash

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
        color, alpha = color_of(options.get("color", ""))
        outline, _ = color_of(options.get("outline_color", ""))
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
        angle = round(number_of(options.get("angle"))) % 180
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
        value = max(number_of(options.get(name), default), 0.0)
        if unit in _METRES:
            self.style = replace(self.style, unit="m")
            return min(value, 10_000.0)
        return round(min(value * MILLIMETRES.get(unit, 1.0), 10_000.0), 6)

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
            name, number_of(low), number_of(high), number_of(small) ** root, number_of(large) ** root, bool(area)
        ))  # fmt: skip


def options_of(parent: Element | None) -> dict[str, str]:
    """The properties of a symbol layer, in the form of QGIS before or since 3.20."""
    if parent is None:
        return {}
    made = {prop.get("k", ""): prop.get("v", "") for prop in parent.findall("prop")}
    table = parent.find("Option")
    if table is not None:
        made |= {option.get("name", ""): option.get("value", "") for option in table.findall("Option")}
    return made


def followed_by(layer: Element) -> dict[str, str]:
    """Which properties follow a field or an expression."""
    made = {}
    for table in layer.findall("data_defined_properties/Option/Option[@name='properties']/Option"):
        given = {option.get("name", ""): option.get("value", "") for option in table.findall("Option")}
        said = given.get("field") or given.get("expression")
        if given.get("active") == "true" and said:
            made[table.get("name", "")] = said
    return made


def color_of(text: str) -> tuple[str | None, float]:
    """A colour "r,g,b,a" (QGIS 3.40 adds ",rgb:…") or "#RRGGBB", and its opacity."""
    parts = text.split(",")[:4]
    if len(parts) >= 3 and all(part.strip().isdigit() for part in parts):
        numbers = [min(int(part), 255) for part in parts]
        return "#{:02X}{:02X}{:02X}".format(*numbers[:3]), (numbers[3] if len(numbers) > 3 else 255) / 255
    if re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        return text.upper(), 1.0
    return None, 0.0


def number_of(text: str | None, default: float = 0.0) -> float:
    try:
        value = float(text) if text is not None else default
    except ValueError:
        return default
    return value if abs(value) <= 1e300 else default
