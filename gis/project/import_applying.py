"""A staged import written as one undo step, with the photos that belong to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gis.editing import Intent, Load
from gis.editing.keys import fresh_keys
from gis.errors import Refusal
from gis.exchange.decisions import Decided, Decisions
from gis.exchange.raw import Reject
from gis.exchange.staging import Staged
from gis.progress import Progress
from gis.project.attachments import CLASS as ATTACHMENT
from gis.project.import_media import KeptMedia, keep_media
from gis.project.import_plan import Applied, DecidedBy, FileReading, ImportPlan, Part, Reading
from gis.project.session import Session

PIECE = 50_000  # rows that are in memory at once


def apply_staged(
    session: Session,
    reading: Reading,
    staged: Staged,
    decisions: Decisions | None = None,
    progress: Progress | None = None,
) -> int | None:
    """Write the rows of one class; the journal's seq, None where nothing changes. As `apply_plan`."""
    plan = ImportPlan(FileReading.of(reading), (Part(reading, staged),))
    return apply_plan(session, plan, decisions, progress).seq


def apply_plan(
    session: Session, plan: ImportPlan, decisions: DecidedBy = None, progress: Progress | None = None
) -> Applied:
    """Write what the plan and the user's decisions say, with photos, as one undo step in bounded memory.

    Cancelled, refused or killed, the project is as it was. Raises Refusal ``import.nothing_valid`` when every row was
    rejected, ``import.not_all`` and others of `gis.exchange.decisions.decided`, and those of `Session.perform_many`.
    """
    progress = progress or Progress()
    if session.readonly:
        raise Refusal("storage.opened_readonly", file=str(session.path))
    made = plan.decided(decisions)
    counts = plan.total(made)
    if counts["rejected"] == counts["read"]:
        raise Refusal("import.nothing_valid", file=plan.file, rejected=counts["rejected"])
    if plan.source.unsorted and any(_mode(decisions, d) == "all" for d in made):
        raise Refusal("import.not_all", rejected=counts["rejected"], conflict=counts["conflict"])
    own = [one for one in made if one.cls not in plan.made]
    new, changed = sum(len(d.new) for d in own), sum(len(d.changed) for d in own)
    beside = {one.cls: len(one.new) for one in made if one.cls in plan.made}
    left = counts["read"] - new - changed
    rows = [(part.reading, one, _mode(decisions, one)) for part, one in zip(plan.parts, made, strict=True)]
    with keep_media(session, rows, progress) as kept:
        photos = sum(map(len, kept))
        if not new + changed + photos:
            return Applied(None, left=left, photo_rejects=_rejects(kept), decided=made)
        expected: dict[str, int] = {ATTACHMENT: photos}
        for one in made:
            expected[one.cls] = len(one.new) + len(one.changed)
        done = session.perform_many(
            "import.file",
            {"file": plan.file, "new": new, "changed": changed},
            _intents(made, kept),
            expected,
            progress,
        )
    return Applied(done.seq, new, changed, left, photos, _rejects(kept), made, beside)


def _mode(decisions: DecidedBy, one: Decided) -> str:
    own = decisions if isinstance(decisions, Decisions) or decisions is None else decisions.get(one.cls)
    return (own or Decisions()).mode


def _intents(made: tuple[Decided, ...], kept: list[KeptMedia]) -> Iterator[Intent]:
    """Everything to be written, in the order of the parts; attachments last, when their owners' ids are known."""
    for one, media in zip(made, kept, strict=True):
        at = 0
        for intent in one.parts(PIECE):
            if not isinstance(intent, Load):
                yield intent
                continue
            columns = intent.columns
            if len(media):
                ids = columns.ids.copy()
                ids[ids == 0] = fresh_keys(int((ids == 0).sum()))
                media.owned(one.new[at : at + len(ids)], ids)
                columns = replace(columns, ids=ids)
            at += len(columns)
            yield Load(columns, read=True)
    for one, media in zip(made, kept, strict=True):
        yield from media.attachments(one.cls)


def _rejects(kept: list[KeptMedia]) -> tuple[Reject, ...]:
    return tuple(sorted((reject for media in kept for reject in media.rejects), key=lambda reject: reject.line))
