"""Which fields of a class can tell its features apart, size, turn or name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QMenu

from desktop.shell.formatting import field_title
from desktop.shell.words import language, tr
from gis.catalogue import FeatureClass, Field

Choice = tuple[str, str | None]  # label, name


def numeric(field: Field) -> bool:
    """Measured or counted."""
    return field.type in ("integer", "real") and not field.restricted


def measured(field: Field) -> bool:
    """A quantity of which there can be more or less: no direction."""
    return numeric(field) and field.unit != "°"


def coded(field: Field) -> bool:
    """Few enough values for a symbol each."""
    return field.type in ("code", "boolean", "text", "integer") and not field.restricted and not field.stamp


def few(field: Field) -> bool:
    """Few values by nature: a code list, or yes and no."""
    return field.type in ("code", "boolean") and not field.restricted


def angular(field: Field) -> bool:
    """Degrees."""
    return numeric(field) and field.unit == "°"


def metric(field: Field) -> bool:
    """Metres."""
    return numeric(field) and field.unit in ("m", "km")


def nameable(field: Field) -> bool:
    """Can be written on the map."""
    return field.type in ("text", "code", "integer", "real", "date") and not field.restricted and not field.stamp


def choices(cls: FeatureClass, fits: Callable[[Field], bool], none: str | None = None) -> list[Choice]:
    """The fields that fit, code lists first; with ``none`` as the first choice where it may be left open."""
    found = sorted(
        (f for f in cls.fields if fits(f)),
        key=lambda f: ("code", "boolean").index(f.type) if f.type in ("code", "boolean") else 2,
    )
    made: list[Choice] = [] if none is None else [(tr(none), None)]
    return made + [(field_title(f), f.name) for f in found]


def first(cls: FeatureClass, fits: Callable[[Field], bool], *wished: str | None) -> str | None:
    """The first of the wished fields that fits, else the first that does at all."""
    names = [f.name for f in cls.fields if fits(f)]
    for name in wished:
        if name in names:
            return name
    return next((name for _, name in choices(cls, fits)), None)


def menu_places(menu: QMenu, cls: FeatureClass, fits: Callable[[Field], bool]) -> Iterator[tuple[Field, QMenu]]:
    """Each field that fits with the menu it belongs in: the main ones in ``menu`` itself, the others by their group."""
    inside = {"main": menu}
    for field in sorted((f for f in cls.fields if fits(f)), key=lambda f: f.group != "main"):
        if field.group not in inside:
            label = cls.groups.get(field.group)
            inside[field.group] = menu.addMenu(label.text(language()) if label else field.group)
        yield field, inside[field.group]
