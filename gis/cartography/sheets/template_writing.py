"""Writes a template as the TOML that ``read_template`` reads: what is read back is equal to what was written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from gis.cartography.sheets.items import Box, ColumnItem, Item, MapItem, kind_of
from gis.cartography.sheets.templates import WORDS, SheetTemplate
from gis.catalogue import Label

_PLAIN = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def template_text(template: SheetTemplate) -> str:
    """The text of a template file, without its name, which is the file's."""
    paper = template.paper
    lines = [
        f"label = {_label(template.label)}",
        f"description = {_label(template.description)}",
        f"paper = {_text(paper.name)}",
        f"orientation = {_text('landscape' if paper.width > paper.height else 'portrait')}",
        f"publication = {_text(template.publication)}",
        f"subject = {_text(template.subject)}",
        f"margins = {_value(list(dataclasses.astuple(template.margins)))}",
        f"layers = {_value(list(template.layers))}",
    ]
    if template.generalise_m:
        lines.append(f"generalise_m = {_value(template.generalise_m)}")
    if template.grey:
        lines.append("grey = true")
    lines += ["", "[words]"]
    lines += [f"{key} = {_label(template.words[key])}" for key in WORDS if key in template.words]
    for item in template.items:
        lines += ["", "[[item]]", *_item(item)]
        if isinstance(item, ColumnItem):
            for child in item.items:
                lines += ["[[item.items]]", *_item(child)]
    return "\n".join(lines) + "\n"


def _item(item: Item) -> list[str]:
    """The lines of one item: what is not as it would be anyway."""
    made = [f"kind = {_text(kind_of(item))}"]
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.name == "items" or (field.default is not dataclasses.MISSING and value == field.default):
            continue
        if isinstance(item, MapItem) and field.name == "layers" and not value:
            continue
        made.append(f"{field.name} = {_value(value)}")
    return made


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Box):
        return _value([value.x, value.y, value.width, value.height])
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_text(str(text))}" for key, text in value.items()) + "}"
    return "[" + ", ".join(_value(one) for one in value) + "]"


def _label(label: Label) -> str:
    return f"{{zh = {_text(label.zh)}, en = {_text(label.en)}}}"


def _text(text: str) -> str:
    """A basic string of TOML: control characters by their codes."""
    made = "".join(
        _PLAIN.get(letter) or (f"\\u{ord(letter):04X}" if ord(letter) < 32 or ord(letter) == 127 else letter)
        for letter in text
    )
    return f'"{made}"'
