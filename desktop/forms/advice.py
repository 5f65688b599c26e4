"""What a form remarks beside a field, from the catalogue and the other fields: never imposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from desktop.shell.formatting import value_text
from desktop.shell.theme import theme
from desktop.shell.words import language, tr
from gis.catalogue import Field
from gis.catalogue.colours import fibre_colours

ValuesOf = Callable[[str, int], Mapping[str, Any]]  # (class, id) -> stored values


def advice(field: Field, row: Mapping[str, Any], values_of: ValuesOf, editable: bool) -> str:
    """Rich text for one field, empty when there is nothing to say. ``row``: what stands in the form."""
    said = [_colour(field, row, values_of)]
    if editable:
        said += [_suggestion(field, row), _unusual(field, row)]
    return "<br>".join(part for part in said if part)


def _suggestion(field: Field, row: Mapping[str, Any]) -> str:
    suggested = field.suggested(row)
    if suggested is None or suggested == row.get(field.name):
        return ""
    return link_to(field.name, f"{suggested:.15g}", tr("Calculated: {value}", value=value_text(field, suggested)))


def link_to(field: str, value: str, text: str) -> str:
    """A link that puts a value into a field."""
    color = theme().colors["accent"]
    return f'<a href="{escape(field)}={escape(value)}" style="color:{color}">{escape(text)}</a>'


def _unusual(field: Field, row: Mapping[str, Any]) -> str:
    value, usual = row.get(field.name), field.usual(row)
    if value is None or not usual or any(value == answer for answer in usual):
        return ""
    return escape(tr("Not one of the usual values"))


def _colour(field: Field, row: Mapping[str, Any], values_of: ValuesOf) -> str:
    fibre = row.get(field.name)
    cable = row.get(field.fibre_of) if field.fibre_of else None
    if not cable or not fibre:
        return ""
    known = values_of("cable", int(cable))
    count, per_tube = known.get("fibre_count"), known.get("fibres_per_tube")
    if not count or not per_tube:
        return ""
    found = fibre_colours(int(fibre), int(per_tube), known.get("colour_scheme"), int(count))
    if found is None:
        return escape(tr("The cable has {count} fibres", count=int(count)))
    tube, shell, core = found
    lang = language()
    return escape(tr("Tube {tube} {shell}, fibre {core}", tube=tube, shell=shell.text(lang), core=core.text(lang)))
