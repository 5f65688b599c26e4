"""A layer's style in the words of QGIS 3 (QML): renderer, symbols, scales; labels in ``label_writing``.

The elements and names are those which QGIS 3.22 writes and later ones read. What QGIS cannot do is left out: sizes
that grow with the scale, marks that make way for each other. QGIS draws a feature by every rule that it meets, Yantu by
the first: each rule's filter therefore excludes those before it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement

from gis.cartography.clusters import CELL_MM
from gis.cartography.icons import colored, icon_text
from gis.cartography.patterns import DOT_SHARE
from gis.cartography.symbols import DASH_MM, LayerStyle, Variant, core_width
from gis.errors import Refusal

SHAPES = {"cross": "cross_fill"}  # the other shapes are called in QGIS as they are here
ANGLES = {"hatch": (45,), "back_hatch": (135,), "cross": (45, 135), "horizontal": (0,), "vertical": (90,)}
UNITS = {"mm": "MM", "m": "RenderMetersInMapUnits"}
FARTHEST = 1e15  # stands for "no bound" in a range
_KINDS = {"point": "marker", "line": "line", "polygon": "fill"}
_HALO = "#FFFFFF"

Translate = Callable[[str], str]  # a filter expression in QGIS's words


def write_symbology(root: Element, style: LayerStyle, labels: Sequence[str], translate: Translate) -> None:
    """Add scales and renderer of a style below ``root``. ``labels``: the legend's text of each variant."""
    root.set("hasScaleBasedVisibilityFlag", "1" if style.max_scale or style.min_scale else "0")
    if style.max_scale or style.min_scale:
        root.set("minScale", number(style.max_scale))  # in QGIS "minScale" is the one furthest out
        root.set("maxScale", number(style.min_scale))
    _renderer(root, style, labels, translate)


def rule_filters(style: LayerStyle, translate: Translate) -> list[str]:
    """For each variant the QGIS filter of what it draws and no other does; "ELSE" for the base."""
    made = ["ELSE"]
    if style.mode == "rules":
        before: list[str] = []
        for rule in style.rules:
            own = translate(rule) if rule.strip() else "FALSE"
            made.append(f"({own}) AND NOT coalesce(({') OR ('.join(before)}), FALSE)" if before else own)
            before.append(own)
    elif style.mode == "breaks":
        uppers = [variant.upper for variant in style.variants]
        for place in range(1, len(uppers)):
            lower, upper = uppers[place - 1] if place > 1 else None, uppers[place]
            bounds = [f'"{style.by}" > {number(lower)}'] if lower is not None else []
            bounds += [f'"{style.by}" <= {number(upper)}'] if upper is not None else []
            made.append(" AND ".join(bounds) or f'"{style.by}" IS NOT NULL')
    else:
        made += [f'"{style.by}" = {quoted(variant.value or "")}' for variant in style.variants[1:]]
    return made


def quoted(text: str) -> str:
    """A text in a QGIS expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def number(value: float) -> str:
    """A number as QGIS reads it."""
    return f"{value:.12g}"


def rgba(color: str, opacity: float = 1.0) -> str:
    """A colour as QGIS 3 writes it."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def key(*words: object) -> str:
    """A stable key for a rule: the same style gives the same file."""
    return "{" + str(uuid5(NAMESPACE_URL, "yantu:" + "|".join(map(str, words)))) + "}"


# -- renderers -----------------------------------------------------------------------------------------------------


def _renderer(parent: Element, style: LayerStyle, labels: Sequence[str], translate: Translate) -> None:
    told_apart = len(style.variants) > 1 and (style.mode == "rules" or (style.mode != "single" and style.by))
    if style.crowd == "heat" and style.kind == "point":
        _heat(parent, style)
    elif style.crowd == "cluster" and style.kind == "point":
        outer = SubElement(
            parent, "renderer-v2", type="pointCluster", tolerance=number(CELL_MM), toleranceUnit="MM", symbollevels="0",
            enableorderby="0",
        )  # fmt: skip
        _renderer(outer, replace(style, crowd="all"), labels, translate)
        _cluster_symbol(outer, style)
    elif not told_apart:
        renderer = _started(parent, "singleSymbol", style)
        _symbols(renderer, style, [style.variants[0]])
    elif style.mode == "rules" or any(v.max_scale for v in style.variants):
        _rules(parent, style, labels, translate)
    elif style.mode == "breaks":
        _ranges(parent, style, labels)
    else:
        _categories(parent, style, labels)


def _started(parent: Element, kind: str, style: LayerStyle) -> Element:
    # With symbol levels all casings lie below all cores, so that roads join at crossings.
    levels = "1" if style.kind == "line" and (style.core or any(v.casing for v in style.variants)) else "0"
    return SubElement(parent, "renderer-v2", type=kind, symbollevels=levels, enableorderby="0", forceraster="0")


def _rules(parent: Element, style: LayerStyle, labels: Sequence[str], translate: Translate) -> None:
    renderer = _started(parent, "RuleRenderer", style)
    rules = SubElement(renderer, "rules", key=key(style.cls, "rules"))
    filters = rule_filters(style, translate)
    for place in [*range(1, len(style.variants)), 0]:
        variant = style.variants[place]
        rule = SubElement(
            rules, "rule", key=key(style.cls, place), symbol=str(place), filter=filters[place], label=labels[place]
        )
        if style.mode == "rules" and place:
            rule.set("description", variant.where)
        if variant.max_scale:
            rule.set("scalemaxdenom", number(variant.max_scale))
        if not variant.visible:
            rule.set("checkstate", "0")
    _symbols(renderer, style, style.variants)


def _ranges(parent: Element, style: LayerStyle, labels: Sequence[str]) -> None:
    renderer = _started(parent, "graduatedSymbol", style)
    renderer.attrib |= {"attr": style.by or "", "graduatedMethod": "GraduatedColor"}
    ranges = SubElement(renderer, "ranges")
    lower = -FARTHEST
    for place, variant in enumerate(style.variants[1:], 1):
        upper = FARTHEST if variant.upper is None else variant.upper
        SubElement(
            ranges, "range", lower=number(lower), upper=number(upper), symbol=str(place), label=labels[place],
            render=_truth(variant.visible),
        )  # fmt: skip
        lower = upper
    _symbols(renderer, style, style.variants)


def _categories(parent: Element, style: LayerStyle, labels: Sequence[str]) -> None:
    renderer = _started(parent, "categorizedSymbol", style)
    renderer.set("attr", style.by or "")
    categories = SubElement(renderer, "categories")
    for place in [*range(1, len(style.variants)), 0]:  # an empty value: all others, and none
        variant = style.variants[place]
        SubElement(
            categories, "category", type="string", value=(variant.value or "") if place else "", symbol=str(place),
            label=labels[place], render=_truth(variant.visible),
        )  # fmt: skip
    _symbols(renderer, style, style.variants)


def _heat(parent: Element, style: LayerStyle) -> None:
    renderer = SubElement(
        parent, "renderer-v2", type="heatmapRenderer", radius=number(style.heat.radius), radius_unit="0",
        max_value="0", quality="1", symbollevels="0", enableorderby="0", forceraster="0",
    )  # fmt: skip
    if style.heat.weight_by:
        renderer.set("weight_expression", f'"{style.heat.weight_by}"')
    colors = style.heat.ramp
    ramp = SubElement(renderer, "colorramp", type="gradient", name="[source]")
    # Where nothing is the ground must be seen: the ramp begins transparent and fades in.
    stops = [f"{number(0.12 + 0.88 * i / (len(colors) - 1))};{rgba(color)}" for i, color in enumerate(colors[:-1])]
    add_options(ramp, {
        "color1": rgba(colors[0], 0.0), "color2": rgba(colors[-1]), "discrete": "0", "rampType": "gradient",
        "stops": ":".join(stops),
    })  # fmt: skip


def _cluster_symbol(renderer: Element, style: LayerStyle) -> None:
    base = style.variants[0]
    made = _begun(renderer, "marker", "centerSymbol", 1.0)
    add_layer(made, "SimpleMarker", {
        "name": "circle", "color": rgba(base.color), "size": "6", "size_unit": "MM", "outline_color": rgba(_HALO),
        "outline_width": "0.3", "outline_width_unit": "MM",
    })  # fmt: skip
    layer = add_layer(made, "FontMarker", {
        "chr": "0", "font": "Sans", "color": rgba(_HALO), "size": "2.6", "size_unit": "MM", "joinstyle": "bevel",
    })  # fmt: skip
    _follow(layer, char="@cluster_size")


# -- symbols -------------------------------------------------------------------------------------------------------


def _symbols(renderer: Element, style: LayerStyle, variants: Sequence[Variant]) -> None:
    symbols = SubElement(renderer, "symbols")
    for place, variant in enumerate(variants):
        # Of an area only the fill is thin.
        made = _begun(symbols, _KINDS[style.kind], str(place), 1.0 if style.kind == "polygon" else style.opacity)
        if style.kind == "point":
            _wedge(made, style, variant)
            _mark(made, style, variant)
        elif style.kind == "line":
            _line(made, style, variant)
        else:
            _area(made, style, variant, place)


def _begun(parent: Element, kind: str, name: str, alpha: float) -> Element:
    return SubElement(
        parent, "symbol", type=kind, name=name, alpha=number(alpha), clip_to_extent="1", force_rhr="0"
    )  # fmt: skip


def _mark(symbol: Element, style: LayerStyle, variant: Variant) -> None:
    options = {
        "size": number(variant.size), "size_unit": UNITS[style.unit], "outline_color": rgba(_HALO),
        "outline_width": "0.2", "outline_width_unit": "MM", "scale_method": "diameter",
    }  # fmt: skip
    picture = _picture(variant)
    if picture is not None:
        layer = add_layer(symbol, "SvgMarker", {"name": picture, "color": rgba(variant.color), **options})
    else:
        shape = SHAPES.get(variant.shape, variant.shape)
        options |= {"name": shape, "color": rgba(variant.fill or variant.color), "joinstyle": "bevel"}
        layer = add_layer(symbol, "SimpleMarker", options)
    following = {}
    if style.rotate_by:
        following["angle"] = f'coalesce("{style.rotate_by}", 0)'
    if style.size_by:
        following["size"] = sized(style, variant.size)
    _follow(layer, **following)


def _picture(variant: Variant) -> str | None:
    """The icon in the variant's colours, inside the file: QGIS knows neither our pictures nor our colours."""
    if not variant.svg:
        return None
    try:
        text = colored(icon_text(variant.svg), variant.color, _HALO)
    except Refusal:
        return None
    return "base64:" + b64encode(text.encode()).decode()


def sized(style: LayerStyle, length: float) -> str:
    """The QGIS expression of a size or width that follows a field."""
    rule = style.size_by
    assert rule is not None
    low, high = (rule.low, rule.high) if rule.low < rule.high else (rule.high, rule.low + 1e-9)
    small, large = (rule.smallest, rule.largest) if rule.low < rule.high else (rule.largest, rule.smallest)
    if rule.by_area:
        ends = f"{number(small**2)}, {number(large**2)}"
        scaled = f'scale_linear("{rule.field}", {number(low)}, {number(high)}, {ends})'
        return f"{number(length)} * sqrt(coalesce({scaled}, {number(rule.smallest**2)}))"
    scaled = f'scale_linear("{rule.field}", {number(low)}, {number(high)}, {number(small)}, {number(large)})'
    return f"{number(length)} * coalesce({scaled}, {number(rule.smallest)})"


def _wedge(symbol: Element, style: LayerStyle, variant: Variant) -> None:
    wedge = style.wedge
    if wedge is None:
        return
    width = f'coalesce("{wedge.width}", {number(wedge.default_width)})' if wedge.width else number(wedge.default_width)
    reach = f'coalesce("{wedge.range}", {number(wedge.default_range)})' if wedge.range else number(wedge.default_range)
    shape = (
        f"CASE WHEN {width} >= 360 THEN buffer($geometry, {reach}, 16)"
        f' WHEN "{wedge.azimuth}" IS NOT NULL THEN wedge_buffer($geometry, "{wedge.azimuth}", {width}, {reach}) END'
    )
    layer = add_layer(
        symbol, "GeometryGenerator", {"SymbolType": "Fill", "geometryModifier": shape, "units": "MapUnit"}
    )
    inner = _begun(layer, "fill", f"@{symbol.get('name')}@0", 1.0)
    add_layer(inner, "SimpleFill", {
        "color": rgba(variant.color, wedge.color_share), "style": "solid", "outline_color": rgba(variant.color, 0.75),
        "outline_style": "solid", "outline_width": "0.25", "outline_width_unit": "MM", "joinstyle": "miter",
    })  # fmt: skip


def _line(symbol: Element, style: LayerStyle, variant: Variant) -> None:
    """Casing below, line above: two layers of one symbol."""
    if variant.casing:
        rim = 2 * variant.casing_width if style.unit == "mm" else 0.2 * variant.width
        _stroke(symbol, style, variant.casing, variant.width + rim, (), "0", rim)
        _stroke(symbol, style, variant.color, variant.width, variant.dash, "1")
    elif style.core and variant.width >= (0.75 if style.unit == "mm" else 0.0):
        _stroke(symbol, style, variant.color, variant.width, variant.dash, "0")
        _stroke(symbol, style, style.core, core_width(variant.width, 1.0 if style.unit == "mm" else 0.0), (), "1")
    else:
        _stroke(symbol, style, variant.color, variant.width, variant.dash, "0")


def _stroke(
    symbol: Element, style: LayerStyle, color: str, width: float, dash: tuple[float, ...], level: str, rim: float = 0.0
) -> None:
    lengths = [part * DASH_MM for part in (dash if len(dash) % 2 == 0 else dash * 2)]
    layer = add_layer(symbol, "SimpleLine", {
        "line_color": rgba(color), "line_style": "solid", "line_width": number(width),
        "line_width_unit": UNITS[style.unit], "capstyle": "flat" if lengths else "round", "joinstyle": "round",
        "use_custom_dash": "1" if lengths else "0", "customdash": ";".join(map(number, lengths)) or "5;2",
        "customdash_unit": "MM",
    }, level)  # fmt: skip
    if style.size_by and style.kind == "line":
        _follow(layer, outlineWidth=sized(style, width - rim) + (f" + {number(rim)}" if rim else ""))


def _area(symbol: Element, style: LayerStyle, variant: Variant, place: int) -> None:
    cased = bool(variant.casing)
    add_layer(symbol, "SimpleFill", {
        "color": rgba(variant.fill or variant.color, style.opacity if variant.fill else 0.0),
        "style": "solid" if variant.fill else "no", "outline_color": rgba(variant.color),
        "outline_style": "no" if cased or variant.width <= 0 else "dash" if variant.dash else "solid",
        "outline_width": number(variant.width), "outline_width_unit": UNITS[style.unit], "joinstyle": "miter",
    })  # fmt: skip
    for angle in ANGLES.get(variant.pattern or "", ()):
        layer = add_layer(symbol, "LinePatternFill", {
            "angle": str(angle), "color": rgba(variant.color), "distance": number(variant.pattern_spacing),
            "distance_unit": "MM", "line_width": "0.2", "line_width_unit": "MM",
        })  # fmt: skip
        inner = _begun(layer, "line", f"@{place}@{len(symbol) - 1}", 1.0)
        add_layer(inner, "SimpleLine", {
            "line_color": rgba(variant.color), "line_width": number(min(max(variant.width, 0.18), 0.3)),
            "line_width_unit": "MM", "capstyle": "flat",
        })  # fmt: skip
    if variant.pattern == "dots":
        spacing = number(variant.pattern_spacing)
        layer = add_layer(symbol, "PointPatternFill", {
            "distance_x": spacing, "distance_x_unit": "MM", "distance_y": spacing, "distance_y_unit": "MM",
        })  # fmt: skip
        inner = _begun(layer, "marker", f"@{place}@{len(symbol) - 1}", 1.0)
        add_layer(inner, "SimpleMarker", {
            "name": "circle", "color": rgba(variant.color), "outline_style": "no",
            "size": number(DOT_SHARE * variant.pattern_spacing), "size_unit": "MM",
        })  # fmt: skip
    if cased:
        _line(symbol, style, variant)


# -- elements ------------------------------------------------------------------------------------------------------


def add_layer(symbol: Element, kind: str, options: dict[str, str], level: str = "0") -> Element:
    """Add a layer of a symbol with its properties."""
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": level})
    add_options(layer, options)
    return layer


def add_options(parent: Element, options: dict[str, str]) -> None:
    """Add a table of properties."""
    table = SubElement(parent, "Option", type="Map")
    for name, value in options.items():
        SubElement(table, "Option", name=name, type="QString", value=value)


def _follow(layer: Element, **expressions: str) -> None:
    """Let properties of a symbol layer follow expressions."""
    if not expressions:
        return
    collection = SubElement(SubElement(layer, "data_defined_properties"), "Option", type="Map")
    SubElement(collection, "Option", name="name", type="QString", value="")
    properties = SubElement(collection, "Option", name="properties", type="Map")
    for name, expression in expressions.items():
        one = SubElement(properties, "Option", name=name, type="Map")
        SubElement(one, "Option", name="active", type="bool", value="true")
        SubElement(one, "Option", name="expression", type="QString", value=expression)
        SubElement(one, "Option", name="type", type="int", value="3")
    SubElement(collection, "Option", name="type", type="QString", value="collection")


def _truth(value: bool) -> str:
    return "true" if value else "false"
