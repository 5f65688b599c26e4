"""Reads ``resources/catalogue/*.toml`` into a Catalogue; a wrong file is refused with file, key and reason."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

from gis.catalogue.model import (
    Catalogue,
    Code,
    Depends,
    End,
    Family,
    FeatureClass,
    Field,
    FieldType,
    GeometryKind,
    Label,
    Owner,
    Symbol,
    plain_text,
)
from gis.errors import Refusal
from gis.resources import resource

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}\Z")
_RESERVED = {"id", "geom", "rowid", "oid", "updated_at", "updated_by"}
_CLASS_KEYS = {
    "name", "label", "family", "geometry", "order", "common", "field", "symbol", "groups", "synonyms",
    "description", "visible", "link", "brief", "owner",
}  # fmt: skip
_FIELD_KEYS = {f.name for f in dataclasses.fields(Field)} - {"minimum", "maximum"} | {"range"}
_SYMBOL_KEYS = {f.name for f in dataclasses.fields(Symbol)}
_VARIANT_KEYS = {"shape", "color", "width", "dash", "size", "fill", "icon"}
SHAPES = frozenset({"circle", "square", "triangle", "diamond", "hexagon", "star", "cross", "pentagon"})


@cache
def load_catalogue(folder: Path | None = None) -> Catalogue:
    """The catalogue of a folder (default: the shipped one), checked as a whole.

    Raises Refusal ``catalogue.wrong`` with ``file``, ``key`` and ``reason``.
    """
    root = folder or resource("catalogue")
    if not root.is_dir():
        raise Refusal("catalogue.missing", folder=str(root))
    shared = _read(root / "_shared.toml")
    lists = {
        name: _codes(rows, _Place("_shared.toml", f"codes.{name}")) for name, rows in shared.get("codes", {}).items()
    }
    common: dict[str, Field] = {}
    for entry in shared.get("field", []):
        made = _field(entry, lists, _Place("_shared.toml", "field"))
        common[made.name] = made
    groups = {
        key: _label(value, _Place("_shared.toml", f"groups.{key}")) for key, value in shared.get("groups", {}).items()
    }
    classes = [
        _feature_class(path, lists, common, groups)
        for path in sorted(root.glob("*.toml"))
        if not path.name.startswith("_")
    ]
    _check_whole(classes)
    classes.sort(key=lambda cls: cls.order)
    return Catalogue(tuple(classes), int(shared.get("version", 1)))


class _Place:
    """Where in the catalogue we are, for the refusal."""

    def __init__(self, file: str, key: str) -> None:
        self.file = file
        self.key = key

    def at(self, key: str) -> _Place:
        return _Place(self.file, f"{self.key}.{key}" if self.key else key)

    def wrong(self, reason: str) -> Refusal:
        return Refusal("catalogue.wrong", file=self.file, key=self.key, reason=reason)


def _read(path: Path) -> dict[str, Any]:
    place = _Place(path.name, "")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise place.wrong("the file is missing") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise place.wrong(str(error)) from error


def _feature_class(
    path: Path, lists: Mapping[str, tuple[Code, ...]], common: Mapping[str, Field], groups: Mapping[str, Label]
) -> FeatureClass:
    data = _read(path)
    place = _Place(path.name, "")
    _only(data, _CLASS_KEYS, place)
    name = _name(data.get("name"), place.at("name"))
    if name != path.stem:
        raise place.at("name").wrong(f"is {name!r} but the file is called {path.name!r}")
    geometry = _one_of(data.get("geometry"), get_args(GeometryKind), place.at("geometry"))
    fields: list[Field] = []
    for wanted in data.get("common", list(common)):
        if wanted not in common:
            raise place.at("common").wrong(f"no common field is called {wanted!r}")
        fields.append(common[wanted])
    own = [_field(entry, lists, place.at(f"field[{i}]")) for i, entry in enumerate(data.get("field", []))]
    # Own fields stand after code, name and status, before the housekeeping ones, in forms and tables.
    heads = [f for f in fields if f.group == "main"]
    tails = [f for f in fields if f.group != "main"]
    fields = [*heads, *own, *tails]
    seen: set[str] = set()
    for f in fields:
        if f.name in seen:
            raise place.at("field").wrong(f"{f.name!r} stands twice")
        seen.add(f.name)
    own_groups = {key: _label(value, place.at(f"groups.{key}")) for key, value in data.get("groups", {}).items()}
    all_groups = {**groups, **own_groups}
    for f in fields:
        if f.group not in all_groups:
            raise place.at(f"field.{f.name}.group").wrong(f"no group is called {f.group!r}")
    symbol = _symbol(data["symbol"], seen, place.at("symbol")) if "symbol" in data else None
    if geometry != "none" and symbol is None:
        raise place.at("symbol").wrong("a class with a geometry needs a symbol")
    _check_relations(fields, place)
    order = data.get("order")
    if not isinstance(order, int):
        raise place.at("order").wrong("must be a whole number")
    return FeatureClass(
        name=name,
        label=_label(data.get("label"), place.at("label")),
        family=_one_of(data.get("family"), get_args(Family), place.at("family")),
        geometry=geometry,
        fields=tuple(fields),
        order=order,
        symbol=symbol,
        groups={key: label for key, label in all_groups.items() if any(f.group == key for f in fields)},
        synonyms=_words(data.get("synonyms", []), place.at("synonyms")),
        description=_label(data["description"], place.at("description")) if "description" in data else None,
        visible=bool(data.get("visible", True)),
        link=bool(data.get("link", False)),
        brief=_known(_words(data.get("brief", []), place.at("brief")), seen, place.at("brief")),
        owner=_owner(data["owner"], fields, place.at("owner")) if "owner" in data else None,
    )


def _field(entry: Any, lists: Mapping[str, tuple[Code, ...]], place: _Place) -> Field:
    if not isinstance(entry, dict):
        raise place.wrong("must be a table")
    name = _name(entry.get("name"), place.at("name"))
    if name in _RESERVED and not entry.get("stamp"):
        raise place.at("name").wrong(f"{name!r} is reserved")
    place = _Place(place.file, f"field.{name}")
    _only(entry, _FIELD_KEYS, place)
    kind = _one_of(entry.get("type"), get_args(FieldType), place.at("type"))
    codes: tuple[Code, ...] = ()
    if kind == "code":
        given = entry.get("codes")
        if isinstance(given, str):
            if given not in lists:
                raise place.at("codes").wrong(f"no shared code list is called {given!r}")
            codes = lists[given]
        else:
            codes = _codes(given, place.at("codes"))
    elif "codes" in entry:
        raise place.at("codes").wrong("only a field of type 'code' has codes")
    low, high = _range(entry.get("range"), kind, place.at("range"))
    if (kind == "ref") != ("ref" in entry):
        raise place.at("ref").wrong("a field of type 'ref' names its class, and no other does")
    if "end" in entry and kind != "ref":
        raise place.at("end").wrong("only a field of type 'ref' is the end of a line")
    default = entry.get("default")
    if default is not None:
        _check_default(default, kind, codes, place.at("default"))
    flags = {key: bool(entry.get(key, False)) for key in ("required", "unique", "indexed", "restricted", "owned",
                                                          "stamp", "search")}  # fmt: skip
    return Field(
        name=name,
        type=kind,
        label=_label(entry.get("label"), place.at("label")),
        unit=str(entry.get("unit", "")),
        minimum=low,
        maximum=high,
        codes=codes,
        ref=entry.get("ref"),
        end=_one_of(entry["end"], get_args(End), place.at("end")) if "end" in entry else None,
        default=default,
        synonyms=_words(entry.get("synonyms", []), place.at("synonyms")),
        group=str(entry.get("group", "main")),
        choices=_answers(entry["choices"], kind, codes, place.at("choices")) if "choices" in entry else (),
        depends=_depends(entry["depends"], kind, codes, place.at("depends")) if "depends" in entry else None,
        suggest=_suggest(entry["suggest"], kind, place.at("suggest")) if "suggest" in entry else None,
        fibre_of=str(entry["fibre_of"]) if "fibre_of" in entry else None,
        **flags,
    )


def _answers(given: Any, kind: str, codes: tuple[Code, ...], place: _Place) -> tuple[Any, ...]:
    if kind not in ("text", "integer", "real", "code"):
        raise place.wrong("only texts, numbers and codes have usual answers")
    if not isinstance(given, list) or not given:
        raise place.wrong("must be a list of answers")
    for answer in given:
        _check_default(answer, kind, codes, place)
    return tuple(given)


def _depends(given: Any, kind: str, codes: tuple[Code, ...], place: _Place) -> Depends:
    if not isinstance(given, dict):
        raise place.wrong("must be {field = …, allowed = {…}}")
    _only(given, {"field", "allowed"}, place)
    allowed = given.get("allowed")
    if not isinstance(allowed, dict) or not allowed:
        raise place.at("allowed").wrong("must be a table: a value of the other field, its answers")
    made = {key: _answers(answers, kind, codes, place.at(f"allowed.{key}")) for key, answers in allowed.items()}
    return Depends(_name(given.get("field"), place.at("field")), made)


def _suggest(given: Any, kind: str, place: _Place) -> tuple[str, str, str]:
    found = re.fullmatch(r"(\w+) ([*/]) (\w+)", str(given))
    if found is None or kind not in ("integer", "real"):
        raise place.wrong("must be 'field / field' or 'field * field', for a number")
    return found[1], found[2], found[3]


def _owner(given: Any, fields: Sequence[Field], place: _Place) -> Owner:
    kinds = {f.name: f.type for f in fields}
    if not (isinstance(given, dict) and set(given) == {"cls", "id"}):
        raise place.wrong("must be {cls = …, id = …}")
    if kinds.get(given["cls"]) != "text" or kinds.get(given["id"]) != "integer":
        raise place.wrong("names a field of type 'text' for the class and one of type 'integer' for the id")
    return Owner(given["cls"], given["id"])


def _check_relations(fields: Sequence[Field], place: _Place) -> None:
    """What a field says of its neighbours is true of them."""
    known = {f.name: f for f in fields}
    for f in fields:
        at = place.at(f"field.{f.name}")
        if f.depends is not None:
            other = known.get(f.depends.field)
            if other is None:
                raise at.at("depends.field").wrong(f"the class has no field {f.depends.field!r}")
            for value in f.depends.allowed if other.codes else ():
                if plain_text(value) not in {code.value for code in other.codes}:
                    raise at.at("depends.allowed").wrong(f"{value!r} is no code of {other.name!r}")
        if f.suggest is not None:
            for name in (f.suggest[0], f.suggest[2]):
                if name not in known or known[name].type not in ("integer", "real"):
                    raise at.at("suggest").wrong(f"the class has no number {name!r}")
        if f.fibre_of is not None and (f.fibre_of not in known or known[f.fibre_of].ref != "cable"):
            raise at.at("fibre_of").wrong(f"{f.fibre_of!r} is no ref to a cable")


def _known(names: tuple[str, ...], fields: set[str], place: _Place) -> tuple[str, ...]:
    for name in names:
        if name not in fields:
            raise place.wrong(f"the class has no field {name!r}")
    return names


def _range(given: Any, kind: str, place: _Place) -> tuple[float | None, float | None]:
    if given is None:
        return None, None
    if kind not in ("integer", "real"):
        raise place.wrong("only numbers have a range")
    if not (isinstance(given, list) and len(given) == 2 and all(isinstance(v, int | float) for v in given)):
        raise place.wrong("must be [lowest, highest]")
    if given[0] > given[1]:
        raise place.wrong("lowest is above highest")
    return float(given[0]), float(given[1])


def _check_default(default: Any, kind: str, codes: tuple[Code, ...], place: _Place) -> None:
    right = {
        "integer": isinstance(default, int) and not isinstance(default, bool),
        "real": isinstance(default, int | float) and not isinstance(default, bool),
        "boolean": isinstance(default, bool),
        "code": default in {code.value for code in codes},
    }.get(kind, isinstance(default, str))
    if not right:
        raise place.wrong(f"{default!r} does not fit type {kind!r}")


def _codes(rows: Any, place: _Place) -> tuple[Code, ...]:
    if not isinstance(rows, list) or not rows:
        raise place.wrong("must be a list of [value, zh, en]")
    made = []
    for row in rows:
        if not (isinstance(row, list) and len(row) in (3, 4) and all(isinstance(v, str) and v for v in row[:3])):
            raise place.wrong(f"{row!r} is not [value, zh, en] or [value, zh, en, [synonyms]]")
        made.append(Code(row[0], Label(row[1], row[2]), _words(row[3], place) if len(row) == 4 else ()))
    if len({code.value for code in made}) != len(made):
        raise place.wrong("a value stands twice")
    return tuple(made)


def _symbol(data: Any, fields: set[str], place: _Place) -> Symbol:
    if not isinstance(data, dict):
        raise place.wrong("must be a table")
    _only(data, _SYMBOL_KEYS, place)
    for key in ("color", "fill"):
        if key in data and not _COLOR.match(str(data[key])):
            raise place.at(key).wrong("must be '#RRGGBB'")
    if "color" not in data:
        raise place.at("color").wrong("is missing")
    if data.get("shape", "circle") not in SHAPES:
        raise place.at("shape").wrong(f"must be one of {', '.join(sorted(SHAPES))}")
    for key in ("by", "label_field", "rotate_by"):
        if key in data and data[key] not in fields:
            raise place.at(key).wrong(f"the class has no field {data[key]!r}")
    values = data.get("values", {})
    for value, variant in values.items():
        _only(variant, _VARIANT_KEYS, place.at(f"values.{value}"))
    made = dict(data)
    if "dash" in made:
        made["dash"] = tuple(float(v) for v in made["dash"])
    return Symbol(**made)


def _check_whole(classes: Sequence[FeatureClass]) -> None:
    names = {cls.name for cls in classes}
    if not names:
        raise _Place("", "").wrong("the catalogue has no class")
    for cls in classes:
        for f in cls.refs:
            if f.ref not in names:
                raise _Place(f"{cls.name}.toml", f"field.{f.name}.ref").wrong(f"no class is called {f.ref!r}")


def _label(value: Any, place: _Place) -> Label:
    if not (isinstance(value, dict) and set(value) == {"zh", "en"} and all(isinstance(v, str) and v.strip() for v in
                                                                           value.values())):  # fmt: skip
        raise place.wrong('must be {zh = "…", en = "…"}')
    return Label(value["zh"], value["en"])


def _name(value: Any, place: _Place) -> str:
    if not isinstance(value, str) or not _NAME.match(value):
        raise place.wrong(f"{value!r} is no name: small letters, digits and _ only, a letter first")
    return value


def _one_of(value: Any, allowed: Sequence[str], place: _Place) -> Any:
    if value not in allowed:
        raise place.wrong(f"{value!r} is not one of {', '.join(allowed)}")
    return value


def _words(value: Any, place: _Place) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
        raise place.wrong("must be a list of words")
    return tuple(value)


def _only(data: Mapping[str, Any], allowed: set[str], place: _Place) -> None:
    for key in data:
        if key not in allowed:
            raise place.at(key).wrong("is not a known key")
