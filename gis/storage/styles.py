"""Writes QGIS's ``layer_styles``: the catalogue's symbols, aliases, code lists and scales.

The table and the QML elements are those QGIS 3 writes itself (``QgsSpatiaLiteProvider`` and the 3.28 style format);
QGIS takes the row with ``useAsDefault`` when a layer is added. Symbols are in millimetres, as in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import apsw

from gis.catalogue import Catalogue, FeatureClass, Field, Symbol
from gis.errors import Language

# As QGIS creates it.
TABLE = """CREATE TABLE IF NOT EXISTS layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  f_table_catalog varchar(256),
  f_table_schema varchar(256),
  f_table_name varchar(256),
  f_geometry_column varchar(256),
  styleName text,
  styleQML text,
  styleSLD text,
  useAsDefault boolean,
  description text,
  owner varchar(30),
  ui text,
  update_time timestamp DEFAULT CURRENT_TIMESTAMP
)"""
OWNER = "yantu"
# What QGIS 3 asks of f_table_schema: its SpatiaLite provider for NULL, its OGR provider for an empty string. Each row
# is written for both, or a layer that is added by one of the two would come without its style.
_SCHEMAS = (None, "")
SAVED = "yantu.saved"  # of styles which users made in Yantu
_CATEGORIES = "Symbology|Labeling|Fields|Forms|Rendering"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_MARKS = {"cross": "cross_fill"}  # the other shapes are called in QGIS as they are here
_DASH_MM = 0.4  # the catalogue counts dashes in line widths of this
_KINDS = {"point": "marker", "line": "line", "polygon": "fill", "multipolygon": "fill"}
_GEOMETRY_TYPES = {"point": "0", "line": "1", "polygon": "2", "multipolygon": "2", "none": "4"}


def write(connection: apsw.Connection, catalogue: Catalogue, language: Language = "zh") -> None:
    """Make the table where it is missing and write our style of every class anew, inside the caller's transaction.

    Styles that users saved from QGIS stay, and stay the default where they were made so.
    """
    connection.execute(TABLE)
    connection.execute("DELETE FROM layer_styles WHERE owner = ?", (OWNER,))
    chosen = {name for (name,) in connection.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault")}
    connection.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
        " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', ?, ?, ?, ?, ?, '', ?, ?, ?)",
        (
            (
                schema,
                cls.name,
                "geom" if cls.spatial else "",
                cls.label.text(language),
                qml(cls, language),
                cls.name not in chosen,
                cls.label.text(language),
                OWNER,
            )
            for cls in catalogue
            for schema in _SCHEMAS
        ),
    )


def write_saved(connection: apsw.Connection, cls: FeatureClass, style: str | None) -> None:
    """Make a QML document the default style of a class in place of the catalogue's; None: the catalogue's again.

    A style which a user made the default from QGIS stays that. Inside the caller's transaction.
    """
    connection.execute(TABLE)
    connection.execute("DELETE FROM layer_styles WHERE owner = ? AND f_table_name = ?", (SAVED, cls.name))
    strange = connection.execute(
        "SELECT count(*) FROM layer_styles WHERE useAsDefault AND f_table_name = ? AND owner IS NOT ?",
        (cls.name, OWNER),
    ).fetchone()
    free = not (strange and strange[0])
    if style is not None:
        connection.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', ?, ?, 'geom', ?, ?, '', ?, ?, ?)",
            ((schema, cls.name, f"{cls.label.zh} *", style, free, cls.label.zh, SAVED) for schema in _SCHEMAS),
        )
    if free:
        connection.execute(
            "UPDATE layer_styles SET useAsDefault = ? WHERE owner = ? AND f_table_name = ?",
            (style is None, OWNER, cls.name),
        )


def qml(cls: FeatureClass, language: Language = "zh", look: Callable[[Element], None] | None = None) -> str:
    """The style of one class as a QML document. ``look`` adds scales, renderer and labels in place of the
    catalogue's symbol."""
    symbol = cls.symbol if cls.spatial else None
    root = Element("qgis", version="3.22.0", styleCategories=_CATEGORIES, labelsEnabled="0")
    if look is not None:
        look(root)
        symbol = None
    elif symbol is not None and symbol.max_scale:
        # In QGIS "minScale" is the one furthest out.
        root.attrib |= {"hasScaleBasedVisibilityFlag": "1", "minScale": _number(symbol.max_scale), "maxScale": "0"}
    else:
        root.set("hasScaleBasedVisibilityFlag", "0")
    if symbol is not None:
        _renderer(root, cls, symbol, language)
    _forms(root, cls, language)
    SubElement(root, "layerGeometryType").text = _GEOMETRY_TYPES[cls.geometry]
    indent(root)
    return _DOCTYPE + tostring(root, encoding="unicode")


def _renderer(root: Element, cls: FeatureClass, symbol: Symbol, language: Language) -> None:
    single = symbol.by is None or not symbol.values
    renderer = SubElement(
        root, "renderer-v2", type="singleSymbol" if single else "categorizedSymbol", symbollevels="0", enableorderby="0"
    )
    looks: list[Mapping[str, Any]] = [{}]
    if not single and symbol.by is not None:
        renderer.set("attr", symbol.by)
        categories = SubElement(renderer, "categories")
        for code in cls.field(symbol.by).codes:
            looks.append(symbol.values.get(code.value, {}))
            _category(categories, code.value, str(len(looks) - 1), code.label.text(language))
        _category(categories, "", "0", "其他" if language == "zh" else "Other")  # no code, or one we do not know
    symbols = SubElement(renderer, "symbols")
    for place, look in enumerate(looks):
        _symbol(symbols, str(place), cls, symbol, look)


def _category(categories: Element, value: str, symbol: str, label: str) -> None:
    SubElement(categories, "category", type="string", value=value, symbol=symbol, label=label, render="true")


def _symbol(symbols: Element, name: str, cls: FeatureClass, symbol: Symbol, look: Mapping[str, Any]) -> None:
    kind = _KINDS[cls.geometry]
    color = str(look.get("color", symbol.color))
    width = _number(look.get("width", symbol.width))
    alpha = "1" if kind == "fill" else _number(symbol.opacity)  # of an area only the fill is thin
    made = SubElement(symbols, "symbol", type=kind, name=name, alpha=alpha, clip_to_extent="1", force_rhr="0")
    if kind == "marker":
        shape = str(look.get("shape", symbol.shape))
        options = {
            "name": _MARKS.get(shape, shape),
            "color": _rgba(str(look.get("fill") or color)),
            "size": _number(look.get("size", symbol.size)),
            "size_unit": "MM",
            "outline_color": _rgba("#FFFFFF"),
            "outline_width": "0.2",
            "outline_width_unit": "MM",
            "joinstyle": "bevel",
        }
        layer = _layer(made, "SimpleMarker", options)
        if symbol.rotate_by is not None:
            _follow(layer, "angle", symbol.rotate_by)
    elif kind == "line":
        dash = [float(part) * _DASH_MM for part in look.get("dash", symbol.dash)]
        options = {
            "line_color": _rgba(color),
            "line_width": width,
            "line_width_unit": "MM",
            "capstyle": "flat" if dash else "round",
            "joinstyle": "round",
            "use_custom_dash": "1" if dash else "0",
            "customdash": ";".join(map(_number, dash)) or "5;2",
            "customdash_unit": "MM",
        }
        _layer(made, "SimpleLine", options)
    else:
        fill = look.get("fill", symbol.fill)
        options = {
            "color": _rgba(str(fill or color), symbol.opacity),
            "style": "solid" if fill else "no",
            "outline_color": _rgba(color),
            "outline_style": "dash" if look.get("dash", symbol.dash) else "solid",
            "outline_width": width,
            "outline_width_unit": "MM",
            "joinstyle": "miter",
        }
        _layer(made, "SimpleFill", options)


def _layer(symbol: Element, kind: str, options: Mapping[str, str]) -> Element:
    layer = SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    table = _map(layer)
    for key, value in options.items():
        _option(table, key, value)
    return layer


def _follow(layer: Element, prop: str, field: str) -> None:
    """Let a property of the symbol follow a field of the feature."""
    collection = _map(SubElement(layer, "data_defined_properties"))
    _option(collection, "name", "")
    one = _map(_map(collection, "properties"), prop)
    _option(one, "active", "true", "bool")
    _option(one, "field", field)
    _option(one, "type", "2", "int")
    _option(collection, "type", "collection")


def _forms(root: Element, cls: FeatureClass, language: Language) -> None:
    """Edit widgets, aliases, constraints and defaults of every field."""
    configuration = SubElement(root, "fieldConfiguration")
    aliases = SubElement(root, "aliases")
    defaults = SubElement(root, "defaults")
    constraints = SubElement(root, "constraints")
    editable = SubElement(root, "editable")
    # The writer gives keys and stamps; typed by hand they would break the project's history.
    given = {"id": "编号（内部）", "updated_at": "更新时间", "updated_by": "更新人"}
    if language == "en":
        given = {"id": "Key", "updated_at": "Updated at", "updated_by": "Updated by"}
    for place, f in enumerate(cls.fields, 1):
        _widget(SubElement(configuration, "field", name=f.name), f, language)
        unit = f" ({f.unit})" if f.unit else ""
        SubElement(aliases, "alias", field=f.name, index=str(place), name=f.label.text(language) + unit)
        if f.default is not None:
            SubElement(defaults, "default", field=f.name, expression=_expression(f.default), applyOnUpdate="0")
        if f.required or f.unique:
            kinds = str(int(f.required) + 2 * int(f.unique))  # QgsFieldConstraints: 1 not null, 2 unique
            SubElement(
                constraints, "constraint", field=f.name, constraints=kinds, notnull_strength="2" if f.required else "0",
                unique_strength="2" if f.unique else "0", exp_strength="0",
            )  # fmt: skip
        SubElement(editable, "field", name=f.name, editable="0" if f.stamp else "1")
    for name, label in given.items():
        if not cls.has_field(name):
            SubElement(
                aliases, "alias", field=name, name=label, index="0" if name == "id" else str(len(cls.fields) + 1)
            )
            SubElement(editable, "field", name=name, editable="0")
    shown = "name" if cls.has_field("name") else cls.fields[0].name
    SubElement(root, "previewExpression").text = f'"{shown}"'


def _widget(field: Element, f: Field, language: Language) -> None:
    def widget(kind: str) -> Element:
        return _map(SubElement(SubElement(field, "editWidget", type=kind), "config"))

    match f.type:
        case "code":
            entries = SubElement(widget("ValueMap"), "Option", type="List", name="map")
            for code in f.codes:
                _option(_map(entries), code.label.text(language), code.value)
        case "boolean":
            config = widget("CheckBox")
            _option(config, "CheckedState", "1")
            _option(config, "UncheckedState", "0")
        case "integer" | "real" if f.minimum is not None and f.maximum is not None:
            config = widget("Range")
            kind = "int" if f.type == "integer" else "double"
            _option(config, "Min", _number(f.minimum), kind)
            _option(config, "Max", _number(f.maximum), kind)
            _option(config, "AllowNull", "true", "bool")
            _option(config, "Suffix", f" {f.unit}" if f.unit else "")
        case "date" | "datetime":
            config = widget("DateTime")
            _option(config, "field_format", "yyyy-MM-dd" if f.type == "date" else "yyyy-MM-ddTHH:mm:ss")
            _option(config, "allow_null", "true", "bool")
            _option(config, "calendar_popup", "true", "bool")
        case _:
            _option(widget("TextEdit"), "IsMultiline", "true" if f.name == "remark" else "false", "bool")


def _map(parent: Element, name: str | None = None) -> Element:
    made = SubElement(parent, "Option", type="Map")
    if name is not None:
        made.set("name", name)
    return made


def _option(table: Element, name: str, value: str, kind: str = "QString") -> None:
    SubElement(table, "Option", name=name, type=kind, value=value)


def _rgba(color: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def _number(value: float) -> str:
    return f"{value:.12g}"


def _expression(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return _number(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
