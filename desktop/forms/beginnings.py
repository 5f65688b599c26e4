"""With which values new features begin: a chosen template, those of the last one, and the next code."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.shell.workspace import Workspace
from gis.catalogue import FeatureClass
from gis.editing.intents import Create, Intent
from gis.project.templates import Template, fitting, next_code, repeatable


class Beginnings(QObject):
    """Remembers, for this project and as long as it is open, what drawn features of each class begin with."""

    changed = Signal(str)  # class

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._chosen: dict[str, Template] = {}
        self._repeated: dict[str, set[str]] = {}
        self._last: dict[str, int] = {}
        workspace.session_changed.connect(self._forget)

    def template(self, cls: str) -> Template | None:
        """The template with which features of the class begin."""
        return self._chosen.get(cls)

    def choose(self, cls: str, template: Template | None) -> None:
        """Begin with a template from now on, or with none."""
        if template is None:
            self._chosen.pop(cls, None)
        else:
            self._chosen[cls] = template
        self.changed.emit(cls)

    def repeatable(self, cls: FeatureClass) -> list[str]:
        """The fields that may be taken from the last feature; refs are taken only when named one by one."""
        return [field.name for field in cls.fields if repeatable(field)]

    def repeated(self, cls: str) -> set[str]:
        """The fields that are taken from the last feature."""
        return set(self._repeated.get(cls, ()))

    def repeat(self, cls: FeatureClass, on: bool, field: str | None = None) -> None:
        """Take a field from the last feature, or no longer; without a field all that are no refs."""
        names = self._repeated.setdefault(cls.name, set())
        every = {name for name in self.repeatable(cls) if cls.field(name).type != "ref"}
        some = {field} if field is not None else every
        self._repeated[cls.name] = names | some if on else names - (some if field is not None else names)
        self.changed.emit(cls.name)

    def repeats_all(self, cls: FeatureClass) -> bool:
        """Whether all fields that are no refs are taken from the last feature."""
        every = {name for name in self.repeatable(cls) if cls.field(name).type != "ref"}
        return every <= self.repeated(cls.name)

    def values(self, cls: FeatureClass) -> dict[str, Any]:
        """What a feature of the class begins with: the template's values, those of the last before these."""
        template, last = self._chosen.get(cls.name), self._last_row(cls.name)
        repeated = {name: last.get(name) for name in self._repeated.get(cls.name, ())}
        return {**(template.values if template is not None else {}), **fitting(cls, repeated)}

    def begun(self, intent: Intent) -> Intent:
        """A drawn feature with the values it begins with; what the drawing itself has found out stays."""
        session = self._workspace.session
        if session is None or not isinstance(intent, Create) or len(intent.rows) != 1:
            return intent
        cls = session.catalogue[intent.cls]
        values, row = self.values(cls), dict(intent.rows[0])
        # The tool gives a required code without default any value of its list: it knows no better.
        guessed = {f.name for f in cls.fields if f.required and f.codes and f.default is None}
        merged = {**values, **{name: v for name, v in row.items() if not (name in guessed and name in values)}}
        code = self._next_code(cls) if not row.get("code") else None
        if code:
            merged["code"] = code
        return Create(intent.cls, [merged]) if merged != row else intent

    def made(self, created: dict[str, Any]) -> None:
        """These features have been made: the last of each class is the one the next follows."""
        for name, ids in created.items():
            self._last[name] = int(ids[-1])

    def _next_code(self, cls: FeatureClass) -> str | None:
        """Who has given the last feature a code is numbering."""
        last = self._last_row(cls.name).get("code")
        return next_code(self._workspace.session, cls.name, str(last)) if last else None

    def _last_row(self, cls: str) -> dict[str, Any]:
        id = self._last.get(cls)
        return (self._workspace.session.row(cls, id) or {}) if id is not None else {}

    def _forget(self) -> None:
        self._chosen.clear()
        self._repeated.clear()
        self._last.clear()
