"""Values with which new features begin: presets of a class, shipped or the user's own, and the next free code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gis.catalogue import FeatureClass, Label
from gis.catalogue.model import Field
from gis.editing.values import read_value
from gis.errors import Refusal
from gis.project.session import Session
from gis.resources import resource

KIND = "template"  # of documents; their names are "class/name"
_NAME_LIMIT = 60
_TRIED = 200  # numbers looked at in one question
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>\d{1,12})(?P<tail>\D*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A preset of a class. ``values`` in stored form; ``own``: made by the user, kept in the project."""

    cls: str
    label: Label
    values: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False


def templates_of(session: Session, cls: str) -> tuple[Template, ...]:
    """The presets of a class: those shipped, then the user's own by name. Values that no longer fit are left out."""
    kind = session.catalogue[cls]
    own = [
        Template(cls, Label(name, name), fitting(kind, body.get("values")), own=True)
        for key, body in session.documents(KIND).items()
        if isinstance(body, dict) and (name := key.partition("/")[2]) and key.partition("/")[0] == cls
    ]
    return (*shipped(kind), *own)


def shipped(cls: FeatureClass) -> tuple[Template, ...]:
    """The presets of ``resources/templates/<class>.toml``."""
    path = resource("templates", f"{cls.name}.toml")
    if not path.is_file():
        return ()
    entries = tomllib.loads(path.read_text("utf-8"))["template"]
    return tuple(
        Template(cls.name, Label(entry["label"]["zh"], entry["label"]["en"]), fitting(cls, entry["values"]))
        for entry in entries
    )


def fitting(cls: FeatureClass, values: Any) -> dict[str, Any]:
    """Of given values those that may begin a feature of the class, in stored form."""
    made: dict[str, Any] = {}
    for name, value in values.items() if isinstance(values, dict) else ():
        if not cls.has_field(str(name)) or not repeatable(cls.field(name)):
            continue
        try:
            made[name] = read_value(cls, cls.field(name), value)
        except Refusal:
            continue
    return {name: value for name, value in made.items() if value is not None}


def repeatable(kind: Field) -> bool:
    """Whether a field may be the same in several features: no code, name, stamp, end or owner."""
    return not (kind.unique or kind.stamp or kind.owned or kind.end or kind.name == "name")


def save_template(session: Session, cls: str, name: str, values: Mapping[str, Any]) -> Template:
    """Keep a preset in the project, replacing one of the same name. Raises Refusal ``form.template_name``."""
    kind = session.catalogue[cls]
    said = " ".join(name.split())
    if not said or len(said) > _NAME_LIMIT:
        raise Refusal("form.template_name", limit=_NAME_LIMIT)
    kept = fitting(kind, dict(values))
    session.put_document(KIND, f"{cls}/{said}", {"values": kept})
    return Template(cls, Label(said, said), kept, own=True)


def remove_template(session: Session, template: Template) -> None:
    """Forget one of the user's own."""
    session.remove_document(KIND, f"{template.cls}/{template.label.zh}")


def next_code(session: Session, cls: str, after: str | None = None) -> str | None:
    """The next free code by the pattern of ``after`` (None: of the last code in order): JK000010 -> JK000011.

    None where the class has no code or the last one has no number. Keeps the number's width.
    """
    kind = session.catalogue[cls]
    if not kind.has_field("code"):
        return None
    if after is None:
        _, rows = session.sql(f'SELECT code FROM "{kind.name}" WHERE code IS NOT NULL ORDER BY code DESC LIMIT 1')
        after = str(rows[0][0]) if rows else None
    found = _NUMBERED.match(after or "")
    if found is None:
        return None
    number, width = int(found["number"]) + 1, len(found["number"])
    while True:
        tried = [f"{found['stem']}{n:0{width}d}{found['tail']}" for n in range(number, number + _TRIED)]
        marks = ", ".join("?" * len(tried))
        _, rows = session.sql(f'SELECT code FROM "{kind.name}" WHERE code IN ({marks})', tried)
        taken = {row[0] for row in rows}
        free = next((code for code in tried if code not in taken), None)
        if free is not None:
            return free
        number += _TRIED
