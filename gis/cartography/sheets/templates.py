"""Templates of sheets: which items a kind of sheet has and where they stand, read from ``resources/sheets/*.toml``.

A user's own template is a file of the same form; its path is given instead of a name.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from gis.cartography.sheets.items import (
    KINDS,
    Align,
    Box,
    ChartForm,
    Fit,
    Grid,
    Ink,
    Item,
    MapItem,
    Margins,
    Orientation,
    Paper,
    Publication,
    Role,
    TextItem,
    all_items,
    identified,
)
from gis.catalogue import Label
from gis.errors import Refusal
from gis.resources import resource

Subject = Literal["coverage", "inventory"]

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "grid": get_args(Grid),
    "align": get_args(Align),
    "ink": get_args(Ink),
    "role": get_args(Role),
    "form": get_args(ChartForm),
    "fit": get_args(Fit),
}
_WORDS = ("id", "of", "frame_of", "place", "content", "file", "indicator", "fill")
_KEYS = {
    "label", "description", "paper", "orientation", "publication", "subject", "margins", "layers", "generalise_m",
    "words", "item", "grey",
}  # fmt: skip
_KIND_ORDER = ("coverage", "inventory", "fibre", "cameras", "targets", "atlas")
_PAPER_ORDER = ("_a3", "_a4", "_a1")
WORDS = ("title", "subtitle", "mark", "notes")


@dataclass(frozen=True, slots=True)
class SheetTemplate:
    """A kind of sheet. ``layers`` are class names; ``words`` the default title, subtitle, mark and notes, with fields.

    ``generalise_m``: a public sheet shows levels in squares of this side, never the places of devices. ``grey``: for
    black-and-white printers. ``folder``: where its pictures lie beside it, None for one that is no file.
    """

    name: str
    label: Label
    description: Label
    paper: Paper
    margins: Margins
    publication: Publication
    subject: Subject
    layers: tuple[str, ...]
    items: tuple[Item, ...]
    words: Mapping[str, Label]
    generalise_m: float = 0.0
    grey: bool = False
    folder: Path | None = field(default=None, compare=False)

    @property
    def map_item(self) -> MapItem:
        """The main map."""
        return next(item for item in self.items if isinstance(item, MapItem) and item.role == "main")


def template_names() -> tuple[str, ...]:
    """The names of the shipped templates, those asked for most first."""
    return tuple(sorted((path.stem for path in resource("sheets").glob("*.toml")), key=_usual_order))


def _usual_order(name: str) -> tuple[int, int, str]:
    kind = next((i for i, word in enumerate(_KIND_ORDER) if name.startswith(word)), len(_KIND_ORDER))
    paper = next((i for i, word in enumerate(_PAPER_ORDER) if word in name), len(_PAPER_ORDER))
    return kind, paper, name


def user_folder() -> Path:
    """Where the user's own templates lie, one ``.toml`` each: ``sheets`` in the folder of the settings."""
    if given := os.environ.get("YANTU_CONFIG"):
        return Path(given) / "sheets"
    from platformdirs import user_config_path

    return user_config_path("yantu", appauthor=False) / "sheets"


def user_template_names() -> tuple[str, ...]:
    """The names of the user's own templates, sorted; a shipped name is never one of them."""
    shipped = set(template_names())
    return tuple(sorted(path.stem for path in user_folder().glob("*.toml") if path.stem not in shipped))


def sheet_template(name: str | Path | SheetTemplate) -> SheetTemplate:
    """The shipped template of that name ("-" counts as "_"), else the user's, or the template file of that path.

    A template is given back as it is. Raises Refusal ``sheets.no_template``, ``sheets.wrong_template``.
    """
    if isinstance(name, SheetTemplate):
        return name
    path = Path(name)
    if path.suffix != ".toml":
        path = resource("sheets", f"{str(name).replace('-', '_')}.toml")
        if not path.is_file() and str(name) in user_template_names():
            path = user_folder() / f"{name}.toml"
    if not path.is_file():
        known = ", ".join((*template_names(), *user_template_names()))
        raise Refusal("sheets.no_template", template=str(name), known=known)
    return _template(path, path.stat().st_mtime_ns)


@cache
def _template(path: Path, stamp: int) -> SheetTemplate:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("sheets.wrong_template", file=path.name, key="", reason=str(error)) from error
    return dataclasses.replace(read_template(text, path.stem, path.name), folder=path.parent)


def read_template(text: str, name: str, file: str = "") -> SheetTemplate:
    """A template from its text; ``file`` is what a refusal calls it. Raises Refusal ``sheets.wrong_template``."""
    place = _Place(file or name, "")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refusal("sheets.wrong_template", file=place.file, key="", reason=str(error)) from error
    for key in data:
        if key not in _KEYS:
            raise place.at(key).wrong("is not a known key")
    publication = place.at("publication").one_of(data.get("publication", "internal"), get_args(Publication))
    margins = place.at("margins").numbers(data.get("margins"), 4)
    items = identified([_item(entry, place.at(f"item[{i}]")) for i, entry in enumerate(data.get("item", []))])
    if sum(isinstance(item, MapItem) and item.role == "main" for item in items) != 1:
        raise place.at("item").wrong("a sheet has exactly one main map")
    maps = {item.id for item in items if isinstance(item, MapItem)}
    for item in all_items(items):
        for key in ("of", "frame_of"):
            if getattr(item, key, "") and getattr(item, key) not in maps:
                raise place.at(f"item.{item.id}.{key}").wrong(f"no map is called {getattr(item, key)!r}")
    if len({item.id for item in all_items(items)}) < len(all_items(items)):
        raise place.at("item").wrong("two items have the same id")
    for i, item in enumerate(items):
        if item.box is None:
            raise place.at(f"item[{i}].box").wrong("is missing")
    words = {key: place.at(f"words.{key}").label(value) for key, value in data.get("words", {}).items()}
    if unknown := set(words) - set(WORDS):
        raise place.at("words").wrong(f"has no {', '.join(sorted(unknown))}")
    label = place.at("label").label(data.get("label"))
    orientation: Orientation = place.at("orientation").one_of(data.get("orientation"), get_args(Orientation))
    return SheetTemplate(
        name=name,
        label=label,
        description=place.at("description").label(data["description"]) if "description" in data else label,
        paper=Paper.of(str(data.get("paper", "")), orientation),
        margins=Margins(*margins),
        publication=publication,
        subject=place.at("subject").one_of(data.get("subject"), get_args(Subject)),
        layers=tuple(str(name) for name in data.get("layers", [])),
        items=items,
        words=words,
        generalise_m=float(data.get("generalise_m", 0.0)),
        grey=bool(data.get("grey", False)),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a template we are, for the refusal."""

    file: str
    key: str

    def at(self, key: str) -> _Place:
        return _Place(self.file, f"{self.key}.{key}" if self.key else key)

    def wrong(self, reason: str) -> Refusal:
        return Refusal("sheets.wrong_template", file=self.file, key=self.key, reason=reason)

    def one_of(self, value: Any, allowed: tuple[str, ...]) -> Any:
        if value not in allowed:
            raise self.wrong(f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def numbers(self, value: Any, n: int) -> tuple[float, ...]:
        if not (isinstance(value, list) and len(value) == n and all(isinstance(v, int | float) for v in value)):
            raise self.wrong(f"must be {n} numbers (mm)")
        return tuple(float(v) for v in value)

    def label(self, value: Any) -> Label:
        if not (isinstance(value, dict) and set(value) == {"zh", "en"}):
            raise self.wrong('must be {zh = "…", en = "…"}')
        return Label(str(value["zh"]), str(value["en"]))


def _item(entry: Any, place: _Place) -> Item:
    if not isinstance(entry, dict):
        raise place.wrong("must be a table")
    kind = KINDS.get(str(entry.get("kind")))
    if kind is None:
        raise place.at("kind").wrong(f"is not one of {', '.join(KINDS)}")
    allowed = {f.name: f for f in dataclasses.fields(kind)}
    made: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "kind":
            continue
        if key not in allowed:
            raise place.at(key).wrong(f"is not a known key of {entry['kind']!r}")
        if key == "box":
            made[key] = Box(*place.at(key).numbers(value, 4))
        elif key in ("text", "heading"):
            label = place.at(key).label(value)
            made[key] = {"zh": label.zh, "en": label.en}
        elif key == "items":
            made[key] = tuple(_item(child, place.at(f"items[{i}]")) for i, child in enumerate(value))
        elif key in _CHOICES:
            made[key] = place.at(key).one_of(value, _CHOICES[key])
        elif key in _WORDS:
            if not isinstance(value, str):
                raise place.at(key).wrong("must be a text")
            made[key] = value
        elif key == "center":
            made[key] = place.at(key).numbers(value, 2)
        elif key == "layers":
            if not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
                raise place.at(key).wrong("must be a list of classes")
            made[key] = tuple(value)
        elif key in ("lines", "columns", "split", "bold", "rows"):
            if not isinstance(value, int):
                raise place.at(key).wrong("must be a whole number")
            made[key] = value
        else:
            made[key] = place.at(key).numbers([value], 1)[0]
    if kind is TextItem and "text" not in made:
        raise place.at("text").wrong("is missing")
    return kind(**made)
