"""The city's features as a page carries them: symbols, legend and fields as plain values, the many in packed blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from gis.cartography.arrays import places_of
from gis.cartography.legend import City, alone, variant_label
from gis.cartography.sheets.contents import TRANSMITTERS
from gis.cartography.symbols import LayerStyle
from gis.cartography.web.crowds import crowd
from gis.cartography.web.packing import Blocks
from gis.cartography.web.shapes import COARSE, label_places, mercator, middles, outlines
from gis.catalogue import FeatureClass, Field, Label
from gis.geometry.columns import BBox, Columns

PIXELS_MM = 96 / 25.4
_HIDDEN_GROUPS = {"duty"}  # who owns and maintains it is asked for in the table, not on a map
_SOUGHT = ("name", "code", "address", "ssid", "gb28181_id")  # fields in which the page's search looks


@dataclass(frozen=True, slots=True)
class Rows:
    """The features of one class that a page shows, with the style they are drawn in."""

    cls: FeatureClass
    style: LayerStyle
    shapes: NDArray[np.object_]
    variant: NDArray[np.int64]
    columns: Columns
    kept: NDArray[np.int64]  # places in ``columns``

    def __len__(self) -> int:
        return len(self.kept)

    def values(self, field: Field) -> list[Any]:
        """A field of the features as plain values, None = null."""
        column = self.columns.fields[field.name][self.kept]
        if column.dtype == object:
            return [None if v is None or v == "" else str(v) for v in column]
        whole = field.type in ("integer", "boolean")
        return [None if v != v else int(v) if whole else round(float(v), 6) for v in column.tolist()]


def rows_of(city: City, style: LayerStyle, *, bbox: BBox | None, outline: Any | None) -> Rows | None:
    """What of a class lies in the window, or None where there is nothing.

    Features which the style hides are left out, and so are restricted fields, references and stamps; a style that
    would tell what a restricted field holds is replaced by its base.
    """
    cls = city.catalogue[style.cls]
    style = _without_restricted(style, cls)
    wanted = [f.name for f in popup_fields(cls)]
    extra = [name for name in (style.by, style.label_field) if name and cls.has_field(name)]
    wanted += [name for name in extra if not cls.field(name).restricted]
    columns = city.columns(style.cls, list(dict.fromkeys(wanted)), bbox=bbox)
    keep = _kept(columns, outline)
    matches = [city.matching(style.cls, where) if where.strip() else keep[:0] for where in style.rules]
    values = {style.by: columns.fields[style.by][keep]} if style.by else {}
    places = places_of(style, columns.ids[keep], values, matches).astype(np.int64)
    seen = np.array([variant.visible for variant in style.variants])[places]
    keep, places = keep[seen], places[seen]
    if not len(keep) or columns.geometry is None:
        return None
    return Rows(cls, style, columns.geometry[keep], places, columns, keep)


def layer_data(
    rows: Rows, to_degrees: pyproj.Transformer, blocks: Blocks, *, whole: bool, sought: bool, visible: bool
) -> dict[str, Any]:
    """One class as the page reads it; shapes and values go to ``blocks``.

    ``whole``: every feature with its shape and fields, columns without a value left out; else counts in squares.
    ``sought``: features that are only counted can still be found by name and code.
    """
    style, cls = rows.style, rows.cls
    counts = np.bincount(rows.variant, minlength=len(style.variants))
    made: dict[str, Any] = {
        "cls": cls.name,
        "label": both(cls.label),
        "kind": style.kind,
        "visible": visible,
        "opacity": round(max(style.opacity, 0.1) if cls.name != "area" else style.opacity, 3),
        "scales": [style.min_scale, style.max_scale],
        "growth": [list(step) for step in style.growth] if style.unit == "mm" else [],
        "core": style.core,
        "total": len(rows),
        "whole": whole,
        "variants": [_variant(cls, style, i, int(count)) for i, count in enumerate(counts)],
    }
    fields = [f for f in popup_fields(cls) if whole or (sought and f.name in _SOUGHT)]
    given = [(f, rows.values(f)) for f in fields]
    given = [(f, values) for f, values in given if any(v is not None for v in values)]
    made["fields"] = [_field(f) for f, _ in given]
    made["sought"] = [i for name in _SOUGHT for i, (f, _) in enumerate(given) if f.name == name]
    made["values"] = blocks.add_values([values for _, values in given]) if whole or sought else None
    if whole:
        made["shape"] = _shape(rows, to_degrees, blocks)
        if style.label_field and style.kind == "polygon" and style.labels and style.label_field in rows.columns.fields:
            made["names"] = _names(rows, style.label_field, to_degrees, blocks)
        return made
    x, y = mercator(middles(rows.shapes, style.kind), to_degrees)
    squares = crowd(x, y, rows.variant)
    made["crowd"] = {
        "level": squares.level,
        "size": len(squares.count),
        "block": blocks.add_numbers(squares.row, squares.column, squares.variant, squares.count),
    }
    if sought:
        made["shape"] = {"size": len(rows), "block": blocks.add_numbers(rows.variant, x, y)}
    return made


def _shape(rows: Rows, to_degrees: pyproj.Transformer, blocks: Blocks) -> dict[str, Any]:
    if rows.style.kind == "point":
        x, y = mercator(middles(rows.shapes, "point"), to_degrees)
        return {"size": len(rows), "block": blocks.add_numbers(rows.variant, x, y)}
    drawn = outlines(rows.shapes, rows.style.kind, to_degrees)
    return {
        "size": len(rows),
        "parts": len(drawn.lengths),
        "corners": len(drawn.x),
        "shift": COARSE,
        "block": blocks.add_numbers(rows.variant, drawn.parts, drawn.lengths, drawn.x, drawn.y),
    }


def _names(rows: Rows, field: str, to_degrees: pyproj.Transformer, blocks: Blocks) -> dict[str, Any]:
    """Names written on the map, with the rule each follows: between which scales, how large."""
    style = rows.style
    rules = list(style.labels)
    texts = rows.columns.fields[field][rows.kept]
    codes = [style.variants[v].value or "" for v in rows.variant]
    if style.by is not None:
        codes = [str(v or "") for v in rows.columns.fields[style.by][rows.kept]]
    chosen = [i for i, text in enumerate(texts) if text and (codes[i] in rules or "" in rules)]
    x, y = mercator(label_places(rows.shapes[chosen]), to_degrees)
    rule = np.array([rules.index(codes[i]) if codes[i] in rules else rules.index("") for i in chosen], np.int64)
    return {
        "rules": [
            {
                "scales": [r.min_scale, r.max_scale], "size": round(r.size * PIXELS_MM, 1), "bold": r.bold,
                "spaced": r.spaced, "priority": r.priority,
            }
            for r in style.labels.values()
        ],
        "size": len(chosen),
        "texts": blocks.add_values([[str(texts[i]) for i in chosen]]),
        "block": blocks.add_numbers(rule, x, y),
    }  # fmt: skip


def both(label: Label) -> dict[str, str]:
    """A label in both languages."""
    return {"zh": label.zh, "en": label.en}


def popup_fields(cls: FeatureClass) -> list[Field]:
    """The fields which a map for the browser may show."""
    return [
        f for f in cls.fields if not (f.restricted or f.stamp or f.type == "ref" or f.group in _HIDDEN_GROUPS)
    ]  # fmt: skip


def _without_restricted(style: LayerStyle, cls: FeatureClass) -> LayerStyle:
    """The style, or its base alone where symbols and their names would tell what a restricted field holds."""
    secret = {f.name for f in cls.fields if f.restricted}
    words = {style.by, *(word for rule in style.rules for word in re.findall(r"\w+", rule))}
    words |= {f.name for f in cls.fields if f.label.zh in words or f.label.en in words or words & set(f.synonyms)}
    return alone(style, 0) if secret & words else style


def _kept(columns: Columns, outline: Any | None) -> NDArray[np.int64]:
    if columns.geometry is None:
        return np.zeros(0, np.int64)
    there = ~(shapely.is_missing(columns.geometry) | shapely.is_empty(columns.geometry))
    if outline is not None:
        shapely.prepare(outline)
        there &= shapely.intersects(outline, columns.geometry)
    return np.flatnonzero(there)


def _field(field: Field) -> dict[str, Any]:
    made: dict[str, Any] = {"name": field.name, "label": both(field.label), "type": field.type, "unit": field.unit}
    if field.codes:
        made["codes"] = {code.value: both(code.label) for code in field.codes}
    return made


def _variant(cls: FeatureClass, style: LayerStyle, i: int, count: int) -> dict[str, Any]:
    variant = style.variants[i]
    label = {lang: variant_label(cls, style, i, lang) for lang in ("zh", "en")} if i else None
    return {
        "label": label,
        "count": count,
        "color": variant.color,
        "fill": variant.fill,
        "shape": variant.shape,
        "size": round(max(variant.size * PIXELS_MM / 2 * 0.8, 3.0), 2),  # radius
        "width": round(variant.width * PIXELS_MM, 2),
        "dash": [round(d * 0.4 * PIXELS_MM, 1) for d in variant.dash],
        "casing": variant.casing,
        "max_scale": variant.max_scale,
    }


def default_classes(city: City, kind: str | None) -> Sequence[str]:
    """What a map shows when nothing is asked for: the ground and the analysed sites, or everything visible."""
    if kind in TRANSMITTERS:
        return ("area", "road", TRANSMITTERS[kind])
    return tuple(cls.name for cls in city.catalogue if cls.spatial and cls.visible)
