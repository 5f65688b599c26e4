"""One feature through time: every version of it, and the way back to any of them as a new edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.catalogue import FeatureClass
from gis.editing import Batch, Intent, Load, Update, UpdateMany
from gis.editing.merge import same_value
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.project.history import Entry, RowChange
from gis.project.session import Session

STAMPS = ("updated_at", "updated_by")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """What a feature was after an edit. ``entry`` None: before the first edit that the journal knows.

    ``op``: "insert", "update", "delete" or "" (before the journal). ``row``: all its values and "geom"; None where it
    was deleted. ``changed``: the fields, and "geom", that the edit gave another value; ``before``: their old values.
    """

    entry: Entry | None
    op: str
    row: Row | None
    changed: tuple[str, ...] = ()
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A reference that cannot be restored because the row it pointed at is no longer there."""

    cls: str
    field: str
    target: int


@dataclass(frozen=True, slots=True)
class Restoring:
    """An edit that restores, None when nothing differs; ``lost`` references stay empty, ``along`` are rows that belong
    to the restored one and come back with it, by class."""

    intent: Intent | None
    lost: tuple[Lost, ...] = ()
    along: Mapping[str, int] | None = None


def versions(session: Session, cls: str, id: int) -> list[Version]:
    """The versions of a feature by edits in force, newest first; those of undone edits never counted.

    Raises Refusal ``history.never_was`` when neither the file nor the journal knows it.
    """
    current = _bare(session.row(cls, id))
    steps: list[tuple[Entry, RowChange]] = []
    for entry in session.history(cls=cls, id=id, limit=1_000_000):
        if not entry.undone:
            steps += [(entry, change) for change in session.entry_details(entry.seq, cls=cls, id=id)]
    if not steps and current is None:
        raise Refusal("history.never_was", cls=cls, id=id)
    rows = _rows_after(steps, current)
    found = [
        Version(entry, change.op, row, _changed(change), dict(change.old))
        for (entry, change), row in zip(steps, rows, strict=False)
    ]
    if not steps or steps[-1][1].op != "insert":
        found.append(Version(None, "", rows[-1]))
    return found


def row_after(session: Session, cls: str, id: int, seq: int) -> Row | None:
    """A feature as it was just after an edit in force; None where it was not there."""
    for version in versions(session, cls, id):
        if version.entry is None or version.entry.seq <= seq:
            return version.row
    return None


def _rows_after(steps: Sequence[tuple[Entry, RowChange]], current: Row | None) -> list[Row | None]:
    """The row after each step (newest first), and lastly before the oldest: from today's row back in time."""
    if current is None and steps and steps[0][1].op != "delete":
        return _forward(steps)  # another program has deleted it: only the way from its beginning is left
    rows: list[Row | None] = [current]
    for _, change in steps:
        after = rows[-1]
        if change.op == "insert":
            rows.append(None)
        else:
            rows.append({**(after or {}), **_bare(change.old)})  # type: ignore[dict-item]
    return rows


def _forward(steps: Sequence[tuple[Entry, RowChange]]) -> list[Row | None]:
    rows: list[Row | None] = [None]
    for _, change in reversed(steps):
        rows.append(None if change.op == "delete" else {**(rows[-1] or {}), **_bare(change.new)})  # type: ignore[dict-item]
    return rows[::-1]


def _bare(row: Mapping[str, Any] | None) -> Row | None:
    return None if row is None else {name: value for name, value in row.items() if name != "id"}


def _changed(change: RowChange) -> tuple[str, ...]:
    names = dict.fromkeys((*change.new, *change.old))
    return tuple(
        name
        for name in names
        if name not in STAMPS and name != "id" and not same_value(change.old.get(name), change.new.get(name))
    )


def restoring(session: Session, cls: str, id: int, version: Version) -> Restoring:
    """The edit that makes a feature what it was in a version (one with a row), whether it is there or deleted now."""
    kind = session.catalogue[cls]
    wanted = version.row or {}
    now = session.row(cls, id)
    if now is None:
        return undeleting(session, cls, id, version.row)
    differing = {
        name: value for name, value in wanted.items() if _settable(kind, name) and not same_value(value, now.get(name))
    }
    lost = _drop_lost(session, kind, differing, frozenset())
    for gone in lost:
        if now.get(gone.field) is None:
            differing.pop(gone.field)
    if not differing:
        return Restoring(None, tuple(lost))
    label = _label(kind, id, wanted) | {
        "when": version.entry.at.replace("T", " ").rstrip("Z") if version.entry else "—"
    }
    return Restoring(Batch("history.restore", label, [change_intent(cls, [id], [differing])]), tuple(lost))


def undeleting(session: Session, cls: str, id: int, row: Mapping[str, Any] | None = None) -> Restoring:
    """The edit that brings a deleted feature back under its old id (as ``row``, by default as it was last), with the
    rows that belonged to it and went along, and with what pointed at it and let go of it in the same edit.

    Raises Refusal ``history.never_was`` when no edit in force deleted it.
    """
    for entry in session.history(cls=cls, id=id, limit=1_000_000):
        if entry.undone:
            continue
        for change in session.entry_details(entry.seq, cls=cls, id=id):
            if change.op == "delete":
                return _again(session, session.catalogue[cls], id, row or change.old, entry)
    if row is not None:  # deleted by another program
        return _again(session, session.catalogue[cls], id, row, None)
    raise Refusal("history.never_was", cls=cls, id=id)


def _again(session: Session, kind: FeatureClass, id: int, row: Mapping[str, Any], entry: Entry | None) -> Restoring:
    """Insert a row anew and, from the entry that deleted it, what went with it."""
    back: dict[tuple[str, int], Mapping[str, Any]] = {(kind.name, id): row}
    updates: list[Intent] = []
    if entry is not None:
        changes = session.entry_details(entry.seq)
        deleted = {(c.cls, c.id): c.old for c in changes if c.op == "delete"}
        _gather(session, back, deleted)
        for change in changes:
            if change.op == "update":
                updates += _holding_on(session, change, frozenset(back))
    lost: list[Lost] = []
    intents: list[Intent] = []
    for (name, key), old in back.items():
        cls = session.catalogue[name]
        values = {field: value for field, value in old.items() if _settable(cls, field) and value is not None}
        lost += _drop_lost(session, cls, values, frozenset(back))
        intents.append(insert_intent(cls, key, values))
    along: dict[str, int] = {}
    for name, _ in list(back)[1:]:
        along[name] = along.get(name, 0) + 1
    batch = Batch("history.restore_deleted", _label(kind, id, row), [*intents, *updates])
    return Restoring(batch, tuple(lost), along)


def _gather(
    session: Session, back: dict[tuple[str, int], Mapping[str, Any]], deleted: Mapping[tuple[str, int], Any]
) -> None:
    """Add the deleted rows that belong to those which come back, owners before what they own."""
    grown = True
    while grown:
        grown = False
        for (name, key), old in deleted.items():
            if (name, key) in back:
                continue
            cls = session.catalogue[name]
            owners = [(f.ref, old.get(f.name)) for f in cls.refs if (f.owned or cls.link) and old.get(f.name)]
            if cls.owner is not None:
                owners.append((old.get(cls.owner.cls), old.get(cls.owner.id)))
            there = all(owner in back or _exists(session, *owner) for owner in owners)
            if there and any(owner in back for owner in owners):
                back[name, key] = old
                grown = True


def _holding_on(session: Session, change: RowChange, back: frozenset[tuple[str, int]]) -> list[Intent]:
    """What let go of a row that comes back holds on to it again, unless it has found something else since."""
    cls = session.catalogue[change.cls]
    fields = [f.name for f in cls.refs if (f.ref, change.old.get(f.name)) in back and not change.new.get(f.name)]
    now = session.row(change.cls, change.id) if fields else None
    if now is None:
        return []
    values = {name: change.old[name] for name in fields if now.get(name) is None}
    return [Update(change.cls, [change.id], values)] if values else []


def _drop_lost(
    session: Session, kind: FeatureClass, values: dict[str, Any], back: frozenset[tuple[str, int]]
) -> list[Lost]:
    """Empty the references that lead nowhere, and say which they were."""
    lost: list[Lost] = []
    for field in kind.refs:
        target = values.get(field.name)
        if target and (field.ref, target) not in back and not _exists(session, field.ref, target):
            lost.append(Lost(kind.name, field.name, int(target)))
            values[field.name] = None
    return lost


def _exists(session: Session, cls: str | None, id: Any) -> bool:
    if cls is None or cls not in session.catalogue or not id:
        return False
    return bool(len(session.columns(cls, (), ids=[int(id)], geometry=False)))


def _settable(kind: FeatureClass, name: str) -> bool:
    if name == "geom":
        return kind.spatial
    return name not in STAMPS and kind.has_field(name) and not kind.field(name).stamp


def change_intent(cls: str, ids: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> UpdateMany:
    """Set values, and shapes under "geom", on rows that all name the same fields."""
    shapes = [row["geom"] for row in rows] if "geom" in rows[0] else None
    return UpdateMany(_columns(cls, ids, [{k: v for k, v in row.items() if k != "geom"} for row in rows], shapes))


def _columns(cls: str, ids: Sequence[int], rows: Sequence[Mapping[str, Any]], shapes: Sequence[Any] | None) -> Columns:
    fields = {name: _objects([row[name] for row in rows]) for name in rows[0]}
    return Columns(cls, np.array(ids, np.int64), fields, None if shapes is None else _objects(shapes))


def _objects(values: Sequence[Any]) -> Any:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def insert_intent(kind: FeatureClass, id: int, row: Mapping[str, Any]) -> Load:
    """A row again, under the id it had."""
    values = {name: value for name, value in row.items() if _settable(kind, name) and value is not None}
    shape = values.pop("geom", None)
    return Load(_columns(kind.name, [id], [values], None if shape is None else [shape]))


def _label(kind: FeatureClass, id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    title = row.get("code") or row.get("name") or f"#{id}"
    return {"cls": kind.name, "cls_zh": kind.label.zh, "cls_en": kind.label.en, "title": str(title), "count": 1}
