"""The list of issues between two sessions: a JSON file beside the project, with the state of the journal it shows."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gis.checks import Fix, Issue, known_rules
from gis.errors import Refusal
from gis.project.check_reading import Scope, gathered
from gis.project.session import Session

log = logging.getLogger(__name__)
FILE = "checks.json"  # in the project's folder of attachments
_FORMAT = 1
_ENTRIES = 200  # so many edits are followed after opening


@dataclass(frozen=True, slots=True)
class Moment:
    """When everything was looked at (UTC, ISO 8601), how long that took, and how many features there were."""

    at: str
    seconds: float
    features: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A list of issues without what their fixes would do. ``newest`` and ``undoable``: the last entry of the journal,
    and the last in force, when it was written."""

    moment: Moment | None
    issues: tuple[Issue, ...]
    titles: Mapping[tuple[str, int], str] = field(default_factory=dict)
    newest: int = 0
    undoable: int = 0
    outdated: bool = False

    def since(self, session: Session, most: int) -> tuple[list[tuple[Scope, int | None]], bool]:
        """What was edited or undone since, entry by entry; and whether that is more than can be followed."""
        newest, undoable = _journal(session)
        if (newest, undoable) == (self.newest, self.undoable):
            return [], self.outdated
        entries = session.history(limit=_ENTRIES)
        first = min(self.undoable, undoable)
        if self.newest > newest or (entries and entries[-1].seq > first + 1 and len(entries) == _ENTRIES):
            return [], True
        followed: list[tuple[Scope, int | None]] = []
        rows = 0
        for entry in reversed(entries):
            if entry.seq <= first:
                continue
            rows += sum(entry.counts.values())
            if rows > most:
                return [], True
            details = session.entry_details(entry.seq)
            scope = gathered({row.cls: np.array([row.id], np.int64)} for row in details)
            followed.append((scope, entry.seq))
        return followed, self.outdated


def kept(issue: Issue) -> Issue:
    """An issue as the list keeps it: what its fixes would do is found anew when it is wanted."""
    fixes = tuple(Fix(fix.code, None) for fix in issue.fixes)
    return replace(issue, ids=tuple(int(id) for id in issue.ids), fixes=fixes)


def write_checked(session: Session, checked: Checked) -> None:
    """Keep a list beside the project; where that cannot be done, the next session has to run the checks again."""
    if session.readonly:
        return
    newest, undoable = _journal(session)
    codes = sorted({(cls, id) for cls, id in checked.titles})
    document = {
        "format": _FORMAT,
        "moment": None
        if checked.moment is None
        else [checked.moment.at, checked.moment.seconds, checked.moment.features],
        "journal": [newest, undoable],
        "outdated": checked.outdated,
        "issues": [
            [i.rule, i.severity, i.cls, list(i.ids), i.place, dict(i.args), [fix.code for fix in i.fixes], i.part]
            for i in checked.issues
        ],
        "titles": [[cls, id, checked.titles[cls, id]] for cls, id in codes],
    }
    try:
        path = session.attachments_folder() / FILE
        draft = path.with_name(f"{FILE}.{os.getpid()}.tmp")
        draft.write_text(json.dumps(document, ensure_ascii=False, default=_plain), "utf-8")
        draft.replace(path)
    except (OSError, Refusal) as error:
        log.warning("the list of issues is not kept: %s", error)


def read_checked(session: Session) -> Checked | None:
    """The list that was kept; None when there is none or it cannot be read."""
    path = Path(session.path).with_name(session.path.name + ".files") / FILE
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != _FORMAT:
            return None
        rules = known_rules()
        rows = [row for row in document["issues"] if row[0] in rules and row[2] in session.catalogue]
        issues = tuple(
            Issue(rule, severity, cls, tuple(ids), None if place is None else (place[0], place[1]), args,
                  tuple(Fix(code, None) for code in fixes), part)
            for rule, severity, cls, ids, place, args, fixes, part in rows
        )  # fmt: skip
        titles = {(cls, id): text for cls, id, text in document["titles"]}
        moment = None if document["moment"] is None else Moment(*document["moment"])
        newest, undoable = document["journal"]
        return Checked(moment, issues, titles, int(newest), int(undoable), bool(document["outdated"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        log.warning("the kept list of issues cannot be read: %s", error)
        return None


def _journal(session: Session) -> tuple[int, int]:
    newest = session.history(limit=1)
    undoable = session.can_undo
    return (newest[0].seq if newest else 0), (undoable.seq if undoable is not None else 0)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)
