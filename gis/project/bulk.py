"""Many rows changed at once: what would become of each is proposed first, then written as one undo step.

An operation (`Calculation` here, `Replacement`, `FromPlace`, `Numbering` beside it) says which new values rows would
get. `propose` reads them against the class as an edit would and keeps the reason where one does not fit;
`carry_out` proposes again on what the file holds by then, and writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing import Batch, UpdateMany
from gis.editing.columns import read_fields, settable, unique_problems
from gis.editing.values import Problems, differ, nulls
from gis.editing.wording import label_args, refusal
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.progress import Progress
from gis.project.conditions import ready, ready_filter
from gis.project.facts import SnapshotFacts
from gis.project.session import Done, Session
from gis.query import Expression, compile_value
from gis.storage.snapshots import Snapshot

CHUNK = 5000
_SECONDS = 20.0  # for one chunk of a calculation
State = Literal["changed", "same", "refused"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows of a class: those of ``ids`` that meet ``where``; None sets no limit."""

    cls: str
    ids: Sequence[int] | NDArray[np.int64] | None = None
    where: str | None = None

    def rows(self, snapshot: Snapshot) -> NDArray[np.int64]:
        """The ids, rising. Raises Refusal ``query.*``."""
        cls = snapshot.catalogue[self.cls]
        condition = ready_filter(snapshot, self.where, cls) if self.where and self.where.strip() else None
        params = condition.parameters if condition else ()
        met = np.sort(snapshot.ids(cls.name, condition.sql if condition else None, params))
        if self.ids is None:
            return met
        return np.intersect1d(met, np.asarray(self.ids, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Wanted:
    """New values for one field, one for each row of the scope; ``own`` problems are those the operation met itself."""

    field: str
    values: Sequence[Any] | NDArray[Any]
    own: Mapping[int, Refusal]


class Operation(Protocol):
    """Says which values rows shall get. ``label``: a code of ``edit.*`` for the history."""

    @property
    def label(self) -> str:
        """The code of the history label."""

    def arguments(self, cls: FeatureClass) -> dict[str, Any]:
        """What the label says beside class, count and fields."""

    def wanted(self, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], progress: Progress) -> list[Wanted]:
        """The new values, field by field, for the ids in their order."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a proposal: stored values before and after, as given, and by row why one does not fit."""

    field: Field
    old: NDArray[Any]
    new: NDArray[Any]
    given: Sequence[Any] | NDArray[Any]
    problems: Problems
    changed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a proposal for showing: stored forms, null as None; ``new`` is as given where it is refused."""

    id: int
    field: Field
    old: Any
    new: Any
    state: State
    reason: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an operation would do to the rows ``ids``; ``version``: the state of the project it was made of."""

    cls: FeatureClass
    label: str
    arguments: dict[str, Any]
    ids: NDArray[np.int64]
    parts: tuple[Part, ...]
    version: int

    @property
    def changed(self) -> int:
        """Values that would become others."""
        return sum(int(part.changed.sum()) for part in self.parts)

    @property
    def refused(self) -> int:
        """Values that do not fit."""
        return sum(len(part.problems) for part in self.parts)

    @property
    def same(self) -> int:
        """Values that are so already."""
        return len(self.ids) * len(self.parts) - self.changed - self.refused

    def counts(self) -> dict[str, int]:
        """changed, same, refused: values."""
        return {"changed": self.changed, "same": self.same, "refused": self.refused}

    def rows(self, limit: int | None = None) -> list[Row]:
        """Refused ones first, then those that would change, then the same."""
        made: list[Row] = []
        for state in ("refused", "changed", "same"):
            for row in self._of(state):
                if limit is not None and len(made) >= limit:
                    return made
                made.append(row)
        return made

    def _of(self, state: State) -> Iterator[Row]:
        for part in self.parts:
            refused = np.zeros(len(self.ids), dtype=bool)
            refused[list(part.problems)] = True
            chosen = {"refused": refused, "changed": part.changed, "same": ~refused & ~part.changed}[state]
            for at in np.flatnonzero(chosen).tolist():
                new = part.given[at] if state == "refused" else part.new[at]
                yield Row(int(self.ids[at]), part.field, _plain(part.field, part.old[at]), _plain(part.field, new),
                          state, part.problems.get(at))  # fmt: skip

    def intent(self) -> Batch | None:
        """What fits and differs, as one step; None when there is nothing."""
        steps = tuple(
            UpdateMany(Columns(self.cls.name, self.ids[part.changed], {part.field.name: part.new[part.changed]}))
            for part in self.parts
            if part.changed.any()
        )
        if not steps:
            return None
        rows = int(np.logical_or.reduce([part.changed for part in self.parts]).sum())
        fields = [part.field for part in self.parts if part.changed.any()]
        return Batch(self.label, {**label_args(self.cls, rows, fields), **self.arguments}, steps)


def propose(session: Session, scope: Scope, operation: Operation, progress: Progress | None = None) -> Proposal:
    """What the operation would do. Raises Refusal ``bulk.*``, ``query.*``, ``edit.stamped``; nothing is written."""
    progress = progress or Progress()
    cls = session.catalogue[scope.cls]
    with session.reading() as snapshot:
        ids = scope.rows(snapshot)
        facts = SnapshotFacts(snapshot, session.bounds)
        parts: list[Part] = []
        for wish in operation.wanted(snapshot, cls, ids, progress):
            progress.step(0, 0, "bulk.checking")
            parts.append(_read(facts, snapshot, cls, ids, wish))
        return Proposal(cls, operation.label, operation.arguments(cls), ids, tuple(parts), snapshot.version)


def carry_out(
    session: Session,
    scope: Scope,
    operation: Operation,
    *,
    only_fitting: bool = False,
    progress: Progress | None = None,
) -> tuple[Proposal, Done | None]:
    """Propose on what the file holds now, and write it as one undo step.

    Raises Refusal ``bulk.some_refused`` where a value does not fit, unless ``only_fitting``: then those rows stay.
    """
    progress = progress or Progress()
    made = propose(session, scope, operation, progress)
    if made.refused and not only_fitting:
        reason = made.rows(1)[0].reason
        assert reason is not None
        raise Refusal("bulk.some_refused", refused=made.refused, changed=made.changed,
                      zh=reason.message("zh"), en=reason.message("en"))  # fmt: skip
    intent = made.intent()
    return made, None if intent is None else session.perform(intent, progress)


@dataclass(frozen=True, slots=True)
class Calculation:
    """Fields set to value expressions; all see the values before. A constant is an expression in quotes."""

    settings: tuple[tuple[str, str], ...]
    label: str = "edit.calculate"

    def arguments(self, cls: FeatureClass) -> dict[str, Any]:
        """The expressions."""
        return {"expression": "; ".join(text for _, text in self.settings)[:200]}

    def wanted(self, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], progress: Progress) -> list[Wanted]:
        """Each expression over the rows."""
        compiled = [
            (settable(cls, name).name, compile_value(text, cls, snapshot.catalogue)) for name, text in self.settings
        ]
        return [Wanted(name, calculated(snapshot, cls, made, ids, progress), {}) for name, made in compiled]


def calculated(
    snapshot: Snapshot, cls: FeatureClass, expression: Expression, ids: NDArray[np.int64], progress: Progress
) -> list[Any]:
    """The value of an expression for each of the ids (rising); a division by zero is null.

    Raises Refusal ``reading.sql_too_long`` and, where the database itself cannot calculate it, ``reading.sql_wrong``.
    """
    asked = ready(snapshot, expression, cls)
    text = f'SELECT "id", {asked.sql} FROM "{cls.name}" WHERE "id" IN (SELECT value FROM json_each(?)) ORDER BY "id"'
    made: list[Any] = []
    for start in range(0, len(ids), CHUNK):
        progress.step(start, len(ids), "bulk.calculating")
        chunk = json.dumps(ids[start : start + CHUNK].tolist())
        _, rows = snapshot.sql(text, (*asked.parameters, chunk), CHUNK, _SECONDS)
        made += [value for _, value in rows]
    return made


def sample(session: Session, scope: Scope, expression: str, limit: int = 20) -> tuple[str, list[tuple[int, Any]]]:
    """The type an expression gives and its value for the first rows of the scope: what the editor shows while typing.

    Raises Refusal ``query.*``.
    """
    cls = session.catalogue[scope.cls]
    made = compile_value(expression, cls, session.catalogue)
    with session.reading() as snapshot:
        ids = scope.rows(snapshot)[:limit]
        return made.gives, list(zip(ids.tolist(), calculated(snapshot, cls, made, ids, Progress()), strict=True))


def _read(facts: SnapshotFacts, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], wish: Wanted) -> Part:
    """One field read against its class: type, range, code list, reference, required, unique."""
    field = settable(cls, wish.field)
    made, problems = read_fields(facts, cls, {field.name: wish.values})
    problems.update(wish.own)
    new = made[field.name]
    old = snapshot.columns(cls.name, [field.name], ids=ids, geometry=False).fields[field.name]
    if field.required:
        for row in np.flatnonzero(nulls(field, new)).tolist():
            problems.setdefault(row, refusal("required", cls, field))
    if field.unique:
        _keep_unique(facts, cls, field, ids, old, new, problems)
    fits = np.ones(len(ids), dtype=bool)
    fits[list(problems)] = False
    return Part(field, old, new, wish.values, problems, fits & differ(field, new, old))


def _keep_unique(
    facts: SnapshotFacts, cls: FeatureClass, field: Field, ids: NDArray[np.int64], old: NDArray[Any],
    new: NDArray[Any], problems: Problems,
) -> None:  # fmt: skip
    """Clashes within and with the class; a refused row keeps what it has, which another may then not take."""
    wished = new.copy()
    wished[list(problems)] = None
    for row, problem in unique_problems(facts, cls, field, wished, ids).items():
        problems.setdefault(row, problem)
    kept = {old[row]: row for row in problems if old[row] is not None}
    takers: dict[Any, list[int]] = {}
    for row, value in enumerate(new.tolist()):
        if row not in problems and value is not None:
            takers.setdefault(value, []).append(row)
    while kept:
        value, keeper = kept.popitem()
        for row in takers.pop(value, ()):
            if row != keeper:
                problems[row] = refusal("taken", cls, field, value=value, id=int(ids[keeper]))
                if old[row] is not None:
                    kept[old[row]] = row


def _plain(field: Field, value: Any) -> Any:
    """A stored value for showing: null as None, whole numbers without a fraction, yes and no as such."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value != value or (field.type == "ref" and value == 0):
        return None
    if field.type == "boolean" and value in (0, 1):
        return bool(value)
    if isinstance(value, float) and value.is_integer() and field.type in ("integer", "boolean"):
        return int(value)
    return value
