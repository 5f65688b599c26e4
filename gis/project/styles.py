"""The styles which users gave to classes: kept in the project file, checked when read, the catalogue's for the rest."""

from __future__ import annotations

import logging
from typing import Any

from gis.cartography.symbols import LayerStyle
from gis.catalogue import Catalogue, FeatureClass
from gis.errors import Refusal
from gis.project.session import Session
from gis.query import compile_filter

log = logging.getLogger(__name__)
KIND = "style"  # of documents; their names are those of the classes
_KINDS = {"point": "point", "line": "line", "polygon": "polygon", "multipolygon": "polygon"}


def saved_styles(session: Session) -> dict[str, LayerStyle]:
    """The saved styles by class; one that cannot be used is left out (see ``broken_styles``) and logged."""
    sound, broken = _read(session)
    for cls, refusal in broken.items():
        log.warning("the saved style of %s is passed over: %s", cls, refusal)
    return sound


def broken_styles(session: Session) -> dict[str, Refusal]:
    """Why saved styles are passed over, by class; for a notice."""
    return _read(session)[1]


def style_of(session: Session, cls: str) -> LayerStyle:
    """How a class is drawn: the saved style, else the catalogue's. Refusal ``catalogue.no_class``."""
    return saved_styles(session).get(cls) or LayerStyle.from_class(session.catalogue[cls])


def styles_of(session: Session) -> dict[str, LayerStyle]:
    """How every class with a place is drawn, by class, in the catalogue's order (the ground first)."""
    saved = saved_styles(session)
    return {c.name: saved.get(c.name) or LayerStyle.from_class(c) for c in session.catalogue if c.spatial}


def save_style(session: Session, style: LayerStyle) -> None:
    """Draw a class so from now on, here and where the project is opened next.

    Raises what `checked` raises, and ``storage.opened_readonly``.
    """
    session.put_document(KIND, style.cls, checked(style, session.catalogue).to_dict())


def reset_style(session: Session, cls: str) -> None:
    """Draw a class as the catalogue says; Refusal ``catalogue.no_class``, ``storage.opened_readonly``."""
    session.remove_document(KIND, session.catalogue[cls].name)


def checked(style: LayerStyle, catalogue: Catalogue) -> LayerStyle:
    """The style, when every field and rule of it fits its class.

    Raises Refusal ``style.other_kind``, ``style.no_field``, ``catalogue.no_class``, or ``query.*`` for a rule.
    """
    cls = catalogue[style.cls]
    if _KINDS.get(cls.geometry) != style.kind:
        raise Refusal("style.other_kind", cls=cls.name, kind=style.kind)
    for place, name in _fields(style):
        if not cls.has_field(name):
            raise Refusal("style.no_field", cls=cls.name, place=place, field=name)
    for where in style.rules:
        if where.strip():
            compile_filter(where, cls)
    return style


def _fields(style: LayerStyle) -> list[tuple[str, str]]:
    """Every field a style names, with the place where it does."""
    found = [("by", style.by), ("rotate_by", style.rotate_by), ("heat.weight_by", style.heat.weight_by)]
    found += [("label_field", name) for name in style.label_fields]
    if style.size_by is not None:
        found.append(("size_by.field", style.size_by.field))
    if style.wedge is not None:
        found += [(f"wedge.{name}", getattr(style.wedge, name)) for name in ("azimuth", "width", "range")]
    return [(place, name) for place, name in found if name]


def _read(session: Session) -> tuple[dict[str, LayerStyle], dict[str, Refusal]]:
    sound: dict[str, LayerStyle] = {}
    broken: dict[str, Refusal] = {}
    for name, body in session.documents(KIND).items():
        if name not in session.catalogue:
            continue  # of a class which this catalogue does not have: it may come back with a newer one
        try:
            sound[name] = _fitting(body, session.catalogue[name], session.catalogue)
        except Refusal as refusal:
            broken[name] = refusal
    return sound, broken


def _fitting(body: Any, cls: FeatureClass, catalogue: Catalogue) -> LayerStyle:
    style = LayerStyle.from_dict(body)
    if style.cls != cls.name:
        raise Refusal("style.other_class", cls=cls.name, other=style.cls)
    return checked(style, catalogue)
