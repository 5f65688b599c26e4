"""An undo or redo that does not fit any more: what each side made of every row, and the edit that settles it.

Another program has changed rows that an edit had touched. ``base`` is what the journal expects to find, ``mine`` what
undo (or redo) would make of it, ``theirs`` what stands there now. Settling is a new edit, which can be undone like any;
the edit that was to be undone stays in the journal, in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gis.editing import Batch, Delete, Intent, Merged, merge
from gis.editing.merge import same_value
from gis.errors import Refusal
from gis.project.history import Entry
from gis.project.history_versions import STAMPS, Row, change_intent, insert_intent, row_after
from gis.project.session import Done, Session

Way = Literal["undo", "redo"]
Side = Literal["mine", "theirs"]
Choice = Side | Mapping[str, Side]  # for a row as a whole, or field by field (mine where a field is not named)
Choices = Mapping[tuple[str, int], Choice]


@dataclass(frozen=True, slots=True)
class RowConflict:
    """One row: None where a side does not have it. ``merged.conflicts``: the fields about which the sides differ."""

    cls: str
    id: int
    base: Row | None
    mine: Row | None
    theirs: Row | None
    merged: Merged


@dataclass(frozen=True, slots=True)
class Collision:
    """An edit that cannot simply be undone or redone. ``rows``: those to be decided; ``others``: that merge cleanly."""

    entry: Entry
    way: Way
    rows: tuple[RowConflict, ...]
    others: tuple[RowConflict, ...]


def collision(session: Session, way: Way) -> Collision | None:
    """What stands against the next undo or redo; None when there is nothing to undo or redo."""
    entry = session.can_undo if way == "undo" else session.can_redo
    if entry is None:
        return None
    deciding: list[RowConflict] = []
    clean: list[RowConflict] = []
    changes = session.entry_details(entry.seq)
    with session.reading() as snapshot:
        for change in changes:
            old, new = (_side(change.old, change.op != "insert"), _side(change.new, change.op != "delete"))
            base, mine = (new, old) if way == "undo" else (old, new)
            found = snapshot.row(change.cls, change.id)
            theirs = None if found is None else {k: v for k, v in found.items() if k != "id" and k not in STAMPS}
            if change.op == "update" and theirs is not None:
                theirs = {name: theirs[name] for name in {**(base or {}), **(mine or {})} if name in theirs}
            row = RowConflict(change.cls, change.id, base, mine, theirs, merge(base, mine, theirs))
            (clean if row.merged.clean else deciding).append(row)
    return Collision(entry, way, tuple(deciding), tuple(clean))


def _side(values: Mapping[str, Any], there: bool) -> Row | None:
    return {name: value for name, value in values.items() if name not in STAMPS and name != "id"} if there else None


def settling(session: Session, found: Collision, choices: Choices, default: Side = "mine") -> Batch:
    """The edit that settles a collision; a row that ``choices`` does not name is settled by ``default``."""
    deletes: dict[str, list[int]] = {}
    inserts: list[Intent] = []
    changes: dict[tuple[str, tuple[str, ...]], tuple[list[int], list[Row]]] = {}
    for row in (*found.rows, *found.others):
        wanted = chosen(row, choices.get((row.cls, row.id), default))
        if wanted is None:
            if row.theirs is not None:
                deletes.setdefault(row.cls, []).append(row.id)
        elif row.theirs is None:
            whole = row_after(session, row.cls, row.id, found.entry.seq) or {}
            inserts.append(insert_intent(session.catalogue[row.cls], row.id, {**whole, **wanted}))
        else:
            differing = {name: value for name, value in wanted.items() if not same_value(value, row.theirs.get(name))}
            if differing:
                ids, rows = changes.setdefault((row.cls, tuple(sorted(differing))), ([], []))
                ids.append(row.id)
                rows.append(differing)
    intents: list[Intent] = [
        *inserts,
        *(change_intent(cls, ids, rows) for (cls, _), (ids, rows) in changes.items()),
        *(Delete(cls, ids) for cls, ids in deletes.items()),
    ]
    args = {"seq": found.entry.seq, "count": len(found.rows)}
    return Batch(f"history.merged_{found.way}", args, intents)


def chosen(row: RowConflict, choice: Choice) -> Row | None:
    """What a row becomes by a choice; None where it is not to be there."""
    if row.merged.whole_row or not row.merged.conflicts:
        if isinstance(choice, str) and row.merged.whole_row:
            return row.mine if choice == "mine" else row.theirs
        return row.merged.row
    made = dict(row.merged.row or {})
    for name, conflict in row.merged.conflicts.items():
        side = choice if isinstance(choice, str) else choice.get(name, "mine")
        made[name] = conflict.mine if side == "mine" else conflict.theirs
    return made


def settle(session: Session, found: Collision, choices: Choices, default: Side = "mine") -> Done:
    """Carry the settling edit out. Raises Refusal ``history.moved_on`` when another edit came in between."""
    entry = session.can_undo if found.way == "undo" else session.can_redo
    if entry is None or entry.seq != found.entry.seq:
        raise Refusal("history.moved_on", seq=found.entry.seq)
    return session.perform(settling(session, found, choices, default))
