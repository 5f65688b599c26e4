"""Sheets kept in a project, and the user's own templates.

A sheet is a template together with what it was asked to show: words, extent, scale, run and layers. It is a document
of the project ("sheet"), like styles and bookmarks: at once saved, and no step of the data's undo. A template of the
user is a file of the same form as those that come with Yantu, in ``sheets`` beside the settings, and can be used for
every project.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gis.cartography.sheets.items import PictureItem, all_items
from gis.cartography.sheets.specification import SheetLayer
from gis.cartography.sheets.template_writing import template_text
from gis.cartography.sheets.templates import (
    SheetTemplate,
    read_template,
    sheet_template,
    template_names,
    user_folder,
    user_template_names,
)
from gis.catalogue import Label
from gis.errors import Refusal
from gis.geometry.columns import BBox
from gis.project.session import Session
from gis.project.styles import styles_of

KIND = "sheet"  # of documents; their names are those of the sheets
LARGEST = 2_000_000  # bytes of a template file
_NAME_LIMIT = 60
_NOT_IN_NAMES = set('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A class that a sheet shows, from the ground up, with its opacity; its style is the project's."""

    cls: str
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a project. ``extent`` in the project's CRS, None = all that there is to show; ``denominator`` None =
    what fits; ``run`` the id of an analysis; ``layers`` None = those of the template.
    """

    name: str
    template: SheetTemplate
    words: Mapping[str, str] = field(default_factory=dict)
    extent: BBox | None = None
    denominator: float | None = None
    run: int | None = None
    layers: tuple[LayerChoice, ...] | None = None

    def asked(self, session: Any) -> dict[str, Any]:
        """The arguments of ``gis.cartography.sheets.contents.compose`` beside template, folder, language and date.

        Raises Refusal ``project.no_run`` where its analysis is gone.
        """
        return {
            "run": None if self.run is None else session.run(self.run),
            "extent": self.extent,
            "denominator": self.denominator,
            "words": dict(self.words),
            "layers": None if self.layers is None else sheet_layers(session, self.layers),
        }


def sheet_layers(session: Any, layers: Sequence[LayerChoice]) -> list[SheetLayer]:
    """These layers in the project's styles; classes the catalogue no longer has are left out."""
    styles = styles_of(session)
    return [SheetLayer(one.cls, styles[one.cls], one.opacity) for one in layers if one.cls in styles]


class Sheets:
    """The sheets of one project, by name."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def names(self) -> tuple[str, ...]:
        """What they are called, sorted; those that cannot be read too."""
        return tuple(sorted(self._session.documents(KIND)))

    def __contains__(self, name: object) -> bool:
        return name in self._session.documents(KIND)

    def read(self, name: str) -> Sheet:
        """The sheet of that name. Raises Refusal ``sheets.no_sheet``, ``sheets.wrong_template``."""
        body = self._session.documents(KIND).get(name)
        if not isinstance(body, dict):
            raise Refusal("sheets.no_sheet", sheet=name, known=", ".join(self.names()) or "–")
        return _sheet(name, body)

    def save(self, sheet: Sheet) -> Sheet:
        """Keep a sheet, replacing one of the same name; as it was kept.

        Raises Refusal ``sheets.sheet_name``, ``storage.opened_readonly``.
        """
        kept = replace(sheet, name=_said(sheet.name))
        self._session.put_document(KIND, kept.name, _body(kept))
        return kept

    def rename(self, old: str, new: str) -> Sheet:
        """Call a sheet otherwise. Raises Refusal ``sheets.name_taken`` and what `read` and `save` raise."""
        sheet, said = self.read(old), _said(new)
        if said == old:
            return sheet
        if said in self:
            raise Refusal("sheets.name_taken", name=said)
        kept = self.save(replace(sheet, name=said))
        self._session.remove_document(KIND, old)
        return kept

    def remove(self, name: str) -> None:
        """Forget a sheet; one that is not there is no error."""
        self._session.remove_document(KIND, name)

    def free_name(self, wanted: str) -> str:
        """``wanted``, or with a number behind it the first that no sheet has."""
        said, number, taken = _said(wanted), 1, set(self.names())
        made = said
        while made in taken:
            number += 1
            made = f"{said[: _NAME_LIMIT - 4]} {number}"
        return made


def _said(name: str) -> str:
    said = " ".join(name.split())
    if not said or len(said) > _NAME_LIMIT:
        raise Refusal("sheets.sheet_name", limit=_NAME_LIMIT)
    return said


def _body(sheet: Sheet) -> dict[str, Any]:
    return {
        "template": sheet.template.name,
        "text": template_text(sheet.template),
        "words": {key: text for key, text in sheet.words.items() if text},
        "extent": None if sheet.extent is None else list(sheet.extent),
        "denominator": sheet.denominator,
        "run": sheet.run,
        "layers": None if sheet.layers is None else [[one.cls, one.opacity] for one in sheet.layers],
    }


def _sheet(name: str, body: Mapping[str, Any]) -> Sheet:
    template = read_template(str(body.get("text", "")), str(body.get("template", name)), name)
    try:
        words = {str(key): str(text) for key, text in dict(body.get("words") or {}).items()}
        box = None if body.get("extent") is None else tuple(float(v) for v in body["extent"])
        if box is not None and len(box) != 4:
            raise ValueError("extent")
        scale = None if body.get("denominator") is None else float(body["denominator"])
        run = None if body.get("run") is None else int(body["run"])
        layers = body.get("layers")
        shown = None if layers is None else tuple(LayerChoice(str(cls), float(share)) for cls, share in layers)
    except (TypeError, ValueError, KeyError) as error:
        raise Refusal("sheets.wrong_template", file=name, key="", reason=str(error)) from error
    return Sheet(name, template, words, box, scale, run, shown)


def found(session: Session | None, name: str | Path) -> SheetTemplate | Sheet:
    """What a sheet's name means: a shipped template, one of the user, a sheet of the project, or a template file.

    Raises Refusal ``sheets.no_template``, ``sheets.wrong_template``.
    """
    plain = str(name)
    known = (*template_names(), *user_template_names())
    if session is not None and plain.replace("-", "_") not in known and plain not in known:
        sheets = Sheets(session)
        if plain in sheets:
            return sheets.read(plain)
    return sheet_template(name)


# The user's templates -----------------------------------------------------------------------------------------------


def save_template(template: SheetTemplate, name: str, label: Label | None = None) -> SheetTemplate:
    """Keep a template as the user's own, replacing one of the same name; pictures are named in full.

    Raises Refusal ``sheets.template_name``, ``sheets.cannot_write``.
    """
    said = " ".join(name.split())
    if not said or len(said) > _NAME_LIMIT or set(said) & _NOT_IN_NAMES or said.startswith("."):
        raise Refusal("sheets.template_name", name=said)
    if said.replace("-", "_") in template_names():
        raise Refusal("sheets.template_name", name=said)
    made = replace(template, name=said, label=label or Label(said, said))
    write_template(made, user_folder() / f"{said}.toml")
    return made


def remove_template(name: str) -> None:
    """Forget one of the user's own; one that is not there is no error. Refusal ``sheets.cannot_write``."""
    if name in user_template_names():
        path = user_folder() / f"{name}.toml"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise Refusal("sheets.cannot_write", file=str(path), reason=error.strerror or str(error)) from error


def write_template(template: SheetTemplate, path: Path | str) -> None:
    """Write a template to a file, whole or not at all. Refusal ``sheets.cannot_write``."""
    target = Path(path)
    part = target.with_name(f".{target.stem}-{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(template_text(template), "utf-8")
        os.replace(part, target)
    except OSError as error:
        raise Refusal("sheets.cannot_write", file=str(target), reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def open_template(path: Path | str) -> SheetTemplate:
    """The template of a file, wherever it lies; its pictures are then named in full.

    Raises Refusal ``sheets.cannot_read``, ``sheets.wrong_template`` with the place of what is wrong.
    """
    source = Path(path)
    try:
        if source.stat().st_size > LARGEST:
            raise Refusal("sheets.wrong_template", file=source.name, key="", reason=f"> {LARGEST:,} bytes")
        text = source.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal("sheets.wrong_template", file=source.name, key="", reason=str(error)) from error
    except OSError as error:
        raise Refusal("sheets.cannot_read", file=str(source), reason=error.strerror or str(error)) from error
    template = read_template(text, source.stem, source.name)
    near = {
        item.id: str((source.parent / item.file).resolve())
        for item in all_items(template.items)
        if isinstance(item, PictureItem) and item.file != "logo" and (source.parent / item.file).is_file()
    }
    if not near:
        return template
    items = tuple(
        replace(item, file=near[item.id]) if isinstance(item, PictureItem) and item.id in near else item
        for item in template.items
    )
    return replace(template, items=items)


def user_templates() -> tuple[dict[str, SheetTemplate], dict[str, Refusal]]:
    """The user's own templates by name, and why others cannot be used."""
    sound: dict[str, SheetTemplate] = {}
    broken: dict[str, Refusal] = {}
    for name in user_template_names():
        try:
            sound[name] = sheet_template(name)
        except Refusal as refusal:
            broken[name] = refusal
    return sound, broken
