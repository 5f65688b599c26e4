"""Mends many issues as one undo step, leaving out what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gis.checks import Fix, Issue
from gis.editing import Batch, Delete, Intent, Update, plan
from gis.editing.intents import Reshape
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.facts import SnapshotFacts
from gis.project.session import Session


@dataclass(frozen=True, slots=True)
class Mended:
    """How many issues were mended in entry ``seq`` of the history; what was refused, by the key of the issue; how many
    were over already."""

    fixed: int
    refused: Mapping[str, Refusal]
    over: int
    seq: int | None


def mend(
    session: Session,
    issues: Sequence[Issue],
    present: Mapping[str, Issue],
    code: str | None = None,
    progress: Progress | None = None,
) -> Mended:
    """Carry out one fix of each of ``issues`` that is still ``present`` (by key, with its fixes), all in one Batch.

    ``code`` chooses the fix (default: the first). Raises Refusal ``storage.*`` when nothing can be written.
    """
    refused: dict[str, Refusal] = {}
    wanted: list[tuple[str, Intent]] = []
    over = 0
    for issue in issues:
        if issue.key not in present:
            over += 1
            continue
        fix = _chosen(present[issue.key].fixes, code)
        if fix is None or fix.intent is None:
            refused[issue.key] = Refusal("checks.no_fix")
        else:
            wanted.append((issue.key, fix.intent))
    with session.reading() as snapshot:
        accepted = _accepted(SnapshotFacts(snapshot, session.bounds), [], wanted, refused, progress or Progress())
    if not accepted:
        return Mended(0, refused, over, None)
    done = session.perform(_batch(accepted), progress)
    return Mended(len(accepted), refused, over, done.seq)


def _chosen(fixes: Sequence[Fix], code: str | None) -> Fix | None:
    return next((fix for fix in fixes if code is None or fix.code == code), None)


def _accepted(
    facts: SnapshotFacts,
    taken: list[tuple[str, Intent]],
    more: list[tuple[str, Intent]],
    refused: dict[str, Refusal],
    progress: Progress,
) -> list[tuple[str, Intent]]:
    """``taken`` and those of ``more`` that can be carried out together with it; halves are tried where all cannot."""
    progress.step(0)
    if not more:
        return taken
    try:
        plan(facts, _batch([*taken, *more]))
    except Refusal as refusal:
        if len(more) == 1:
            refused[more[0][0]] = refusal
            return taken
        half = len(more) // 2
        taken = _accepted(facts, taken, more[:half], refused, progress)
        return _accepted(facts, taken, more[half:], refused, progress)
    return [*taken, *more]


def _batch(wanted: Sequence[tuple[str, Intent]]) -> Batch:
    """One action; what is the same for many features is said once, a shape that two issues give only once."""
    deleted: dict[tuple[str, str], dict[int, None]] = {}
    updated: dict[tuple[str, str], tuple[dict[int, None], Update]] = {}
    shaped: set[tuple[str, int, bytes]] = set()
    intents: list[Intent] = []
    for _, intent in wanted:
        if isinstance(intent, Delete):
            deleted.setdefault((intent.cls, intent.attached), {}).update(dict.fromkeys(intent.ids))
        elif isinstance(intent, Update):
            ids, _ = updated.setdefault((intent.cls, repr(sorted(intent.values.items()))), ({}, intent))
            ids.update(dict.fromkeys(intent.ids))
        elif isinstance(intent, Reshape) and (intent.cls, intent.id, intent.geometry.wkb) in shaped:
            continue
        else:
            if isinstance(intent, Reshape):
                shaped.add((intent.cls, intent.id, intent.geometry.wkb))
            intents.append(intent)
    gone = {(cls, id) for (cls, _), ids in deleted.items() for id in ids}
    updates = [
        Update(it.cls, [id for id in ids if (it.cls, id) not in gone], it.values) for ids, it in updated.values()
    ]
    rest = [intent for intent in intents if not (isinstance(intent, Reshape) and (intent.cls, intent.id) in gone)]
    removals = [Delete(cls, list(ids), attached) for (cls, attached), ids in deleted.items()]  # type: ignore[arg-type]
    made = [*rest, *(update for update in updates if len(update.ids)), *removals]
    return Batch("checks.mended", {"count": len(wanted)}, made)
