"""The styles which users gave to classes: kept in the project file, checked when read, the catalogue's for the rest."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gis.cartography.symbols import LayerStyle
from gis.catalogue import Catalogue, FeatureClass, load_catalogue
from gis.errors import Refusal
from gis.project.qgis_styles import qml_of, style_of_qml
from gis.project.session import Session
from gis.query import compile_filter

log = logging.getLogger(__name__)
KIND = "style"  # of documents; their names are those of the classes
FORMAT, VERSION = "yantu-style", 1
LARGEST = 20_000_000  # bytes of a style file; with many drawings of one's own it is still below a million
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
    """Draw a class so from now on, here, where the project is opened next, and in QGIS.

    Raises what `checked` raises, ``catalogue.no_class`` and ``storage.opened_readonly``.
    """
    cls = session.catalogue[style.cls]
    if cls.spatial and style == LayerStyle.from_class(cls):  # so that it follows a later catalogue
        reset_style(session, cls.name)
        return
    session.put_document(KIND, cls.name, checked(style, cls).to_dict())
    session.put_layer_style(cls.name, qml_of(style, cls))


def reset_style(session: Session, cls: str) -> None:
    """Draw a class as the catalogue says; Refusal ``catalogue.no_class``, ``storage.opened_readonly``."""
    session.remove_document(KIND, session.catalogue[cls].name)
    session.put_layer_style(cls, None)


def checked(style: LayerStyle, cls: FeatureClass) -> LayerStyle:
    """The style, when every field and rule of it fits its class.

    Raises Refusal ``style.other_class``, ``style.other_kind``, ``style.no_field``, or ``query.*`` for a rule.
    """
    if style.cls != cls.name:
        raise Refusal("style.other_class", cls=cls.name, other=style.cls)
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
            sound[name] = checked(LayerStyle.from_dict(body), session.catalogue[name])
        except Refusal as refusal:
            broken[name] = refusal
    return sound, broken


# -- files ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadStyle:
    """A style out of a file, and what of the file Yantu cannot draw: names of another program's properties."""

    style: LayerStyle
    passed_over: tuple[str, ...] = ()


def export_style(style: LayerStyle, path: Path | str) -> None:
    """Write one style to a file: for QGIS where it ends in ``.qml``, else in Yantu's own form.

    Raises Refusal ``style.cannot_write``.
    """
    target = Path(path)
    if target.suffix.lower() == ".qml":
        _write(target, qml_of(style, load_catalogue()[style.cls]))
    else:
        export_styles([style], target)


def export_styles(styles: Iterable[LayerStyle], path: Path | str) -> None:
    """Write a set of styles to one ``.yantu-style.json``. Refusal ``style.cannot_write``."""
    body = {"format": FORMAT, "version": VERSION, "styles": [style.to_dict() for style in styles]}
    _write(Path(path), json.dumps(body, ensure_ascii=False, indent=1) + "\n")


def import_style(path: Path | str, cls: FeatureClass) -> LayerStyle:
    """The style for a class out of a file; see `read_style`."""
    return read_style(path, cls).style


def read_style(path: Path | str, cls: FeatureClass) -> ReadStyle:
    """The style for a class out of a ``.yantu-style.json`` or a QGIS ``.qml``.

    Of a set the one of that class is taken; a single style of another class is taken where its kind of geometry and
    its fields fit. Raises Refusal ``style.cannot_read``, ``no_style_file``, ``newer_file``, ``not_inside``, ``wrong``,
    and what `checked` raises.
    """
    source = Path(path)
    text = _text(source)
    if source.suffix.lower() == ".qml" or text.lstrip().startswith(("<!DOCTYPE qgis", "<qgis")):
        style, passed_over = style_of_qml(text, cls, source)
        return ReadStyle(checked(style, cls), passed_over)
    bodies = _bodies(text, source)
    own = [body for body in bodies if isinstance(body, dict) and body.get("cls") == cls.name]
    if not own and len(bodies) != 1:
        raise Refusal("style.not_inside", file=str(source), cls=cls.label.zh, cls_en=cls.label.en)
    style = LayerStyle.from_dict((own or bodies)[0])
    return ReadStyle(checked(style if own else replace(style, cls=cls.name, family=cls.family), cls))


def read_styles(path: Path | str, catalogue: Catalogue) -> tuple[dict[str, LayerStyle], dict[str, Refusal]]:
    """All styles of a set by class, and why others cannot be used. Raises as `read_style` for the file as a whole."""
    sound: dict[str, LayerStyle] = {}
    broken: dict[str, Refusal] = {}
    source = Path(path)
    for i, body in enumerate(_bodies(_text(source), source)):
        name = str(body.get("cls", i)) if isinstance(body, dict) else str(i)
        try:
            sound[name] = checked(LayerStyle.from_dict(body), catalogue[name])
        except Refusal as refusal:
            broken[name] = refusal
    return sound, broken


def _text(source: Path) -> str:
    try:
        if source.stat().st_size > LARGEST:
            raise Refusal("style.no_style_file", file=str(source))
        return source.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Refusal("style.cannot_read", file=str(source), reason=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise Refusal("style.no_style_file", file=str(source)) from error


def _bodies(text: str, source: Path) -> list[Any]:
    """The styles of a file as plain data, not yet checked."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal("style.no_style_file", file=str(source)) from error
    if not isinstance(body, dict) or body.get("format") != FORMAT or not isinstance(body.get("styles"), list):
        raise Refusal("style.no_style_file", file=str(source))
    version = body.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise Refusal("style.newer_file", file=str(source), version=version)
    return list(body["styles"])


def _write(target: Path, text: str) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(text, "utf-8")
        os.replace(part, target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise Refusal("style.cannot_write", file=str(target), reason=error.strerror or str(error)) from error
