"""The checks of an open project: over all of it, over what has just changed, and the mending of what they find.

The list of issues is kept from run to run. An edit puts its rows into a queue; `catch_up` looks at them and at what
hangs together with them, and leaves the list as a run over everything would. What is ignored, and which rules are in
force with which limits, are documents of the kind "check" in the project file; the list lies beside the file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.checks import Issue, Limits, Rule, known_rules, run_checks
from gis.errors import Cancelled, Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.project.check_reading import CheckReader, Scope, gathered, surroundings, titles_of
from gis.project.checked import Checked, Moment, kept, read_checked, write_checked
from gis.project.events import Changed
from gis.project.history import RowChange
from gis.project.mending import Mended, mend
from gis.project.session import Session

log = logging.getLogger(__name__)
KIND = "check"  # of documents
IGNORED, RULES = "ignored", "rules"  # their names
MOST = 50_000  # rows that are caught up with; after more, only a run over everything helps
_KEPT_BELOW = 5_000  # issues; a longer list is written after a run over everything only


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why an issue is not to be shown, who said so, and when (UTC, ISO 8601)."""

    reason: str
    author: str
    at: str


class Checking:
    """The checks of one session; thread-safe. ``on_change`` is called after the list has changed, in the thread that
    did it. Only one check runs at a time: another waits, `catch_up` comes back later."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.on_change: Callable[[], None] | None = None
        self._issues: dict[str, Issue] = {}
        self._titles: dict[tuple[str, int], str] = {}
        self._queue: list[tuple[Scope, int | None]] = []  # the rows of an edit, and its number in the journal
        self._queued = 0
        self._full: Moment | None = None
        self._outdated = False
        self._state = Lock()
        self._work = Lock()
        self._unsubscribe = session.subscribe(self._heard)

    def close(self) -> None:
        """Listen no longer."""
        self._unsubscribe()
        self.on_change = None

    # What is known --------------------------------------------------------------------------------------------------
    @property
    def issues(self) -> tuple[Issue, ...]:
        """The issues that are known, ignored ones too, in the order of the rules."""
        with self._state:
            found = list(self._issues.values())
        place = {name: i for i, name in enumerate(known_rules())}
        return tuple(sorted(found, key=lambda issue: (place.get(issue.rule, len(place)), issue.key)))

    def within(self, outline: BaseGeometry | None) -> tuple[Issue, ...]:
        """The issues that lie in a shape, ignored ones too; all of them without one."""
        found = [issue for issue in self.issues if outline is None or issue.place is not None]
        if outline is None or not found:
            return tuple(found)
        shapely.prepare(outline)
        inside = shapely.intersects(outline, shapely.points([issue.place for issue in found]))
        return tuple(issue for issue, yes in zip(found, inside.tolist(), strict=True) if yes)

    def title(self, cls: str, id: int) -> str:
        """The code or name of a feature of an issue when it was found; "" when it has none."""
        return self._titles.get((cls, id), "")

    @property
    def last(self) -> Moment | None:
        """When everything was looked at last."""
        return self._full

    @property
    def outdated(self) -> bool:
        """Whether more was changed, or by others, than could be followed: the list may be wrong until the next run."""
        return self._outdated

    @property
    def waiting(self) -> bool:
        """Whether edits are yet to be looked at."""
        return self._queued > 0

    # Rules ----------------------------------------------------------------------------------------------------------
    def rules(self) -> dict[str, Rule]:
        """All rules as they hold in this project."""
        chosen = self.session.documents(KIND).get(RULES)
        return {name: _adapted(rule, chosen) for name, rule in known_rules().items()}

    def set_rule(
        self, name: str, *, enabled: bool | None = None, limits: Mapping[str, float] | None = None, reset: bool = False
    ) -> None:
        """Switch a rule on or off in this project, change its numbers, or let it be as it comes.

        Raises Refusal ``checks.no_rule``, ``checks.wrong_limit``, ``storage.opened_readonly``.
        """
        rule = self.known(name)
        document = dict(self.session.documents(KIND).get(RULES) or {})
        entry = {} if reset else dict(document.get(name) or {})
        if enabled is not None:
            entry["enabled"] = enabled
        for limit, value in (limits or {}).items():
            if not _fits(rule.limits.values.get(limit), value):
                raise Refusal("checks.wrong_limit", rule=name, limit=limit, value=value)
            entry["limits"] = {**entry.get("limits", {}), limit: float(value)}
        document[name] = entry
        self.session.put_document(KIND, RULES, {name: entry for name, entry in document.items() if entry})
        if not _adapted(rule, document).enabled:
            with self._state:
                self._issues = {key: issue for key, issue in self._issues.items() if issue.rule != name}
        self._tell()

    def known(self, name: str) -> Rule:
        """The rule of that name as it comes with the program; Refusal ``checks.no_rule``."""
        known = known_rules()
        if name not in known:
            raise Refusal("checks.no_rule", rule=name, known=" ".join(known))
        return known[name]

    # Ignoring -------------------------------------------------------------------------------------------------------
    def ignored(self) -> dict[str, Ignored]:
        """What is ignored, by the key of the issue; it is remembered when the issue is over, too."""
        made = {}
        for key, entry in dict(self.session.documents(KIND).get(IGNORED) or {}).items():
            if isinstance(entry, dict):
                made[key] = Ignored(*(str(entry.get(name, "")) for name in ("reason", "author", "at")))
        return made

    def ignore(self, keys: Iterable[str], reason: str) -> None:
        """Show these issues no longer. Raises Refusal ``checks.no_reason``, ``storage.opened_readonly``."""
        if not reason.strip():
            raise Refusal("checks.no_reason")
        entry = {"reason": reason.strip(), "author": self.session.author, "at": _now()}
        document = dict(self.session.documents(KIND).get(IGNORED) or {})
        self.session.put_document(KIND, IGNORED, document | dict.fromkeys(keys, entry))
        self._tell()

    def take_back(self, keys: Iterable[str]) -> None:
        """Show these issues again."""
        document = dict(self.session.documents(KIND).get(IGNORED) or {})
        gone = set(keys)
        self.session.put_document(KIND, IGNORED, {key: entry for key, entry in document.items() if key not in gone})
        self._tell()

    # Running --------------------------------------------------------------------------------------------------------
    def run(self, progress: Progress | None = None, *, rules: Sequence[str] | None = None) -> None:
        """Look at everything, with the rules in force or those named; 1,000,000 features take about half a minute.

        Raises Cancelled (the list stays as it was) and Refusal ``checks.no_rule``.
        """
        chosen = [self.known(name).name for name in rules] if rules is not None else None
        with self._work:
            begun, at = perf_counter(), _now()
            in_force = self.rules()
            wanted = [in_force[name] for name in chosen] if chosen else [r for r in in_force.values() if r.enabled]
            with self._state:  # what is edited from here on is looked at again
                queue, self._queue, queued, self._queued = self._queue, [], self._queued, 0
            try:
                with self.session.reading() as snapshot:
                    reader = CheckReader(snapshot)
                    found = list(run_checks(reader, wanted, progress=progress))
                    titles = titles_of(snapshot, found)
                    features = sum(snapshot.counts().values())
            except Cancelled:
                with self._state:
                    self._queue, self._queued = [*queue, *self._queue], self._queued + queued
                raise
            names = {rule.name for rule in wanted}
            with self._state:
                if chosen is None:
                    self._issues, self._titles = {}, {}
                    self._full = Moment(at, perf_counter() - begun, features)
                    self._outdated = False
                else:  # the other rules have yet to see what was waiting
                    self._queue, self._queued = [*queue, *self._queue], self._queued + queued
                self._issues = {key: it for key, it in self._issues.items() if it.rule not in names}
                self._issues |= {issue.key: kept(issue) for issue in found}
                self._titles |= titles
            self._keep()
        self._tell()

    def run_on(self, scope: Mapping[str, Any], progress: Progress | None = None) -> None:
        """Look at these features (class -> ids) and at what hangs together with them."""
        with self._work:
            self._look_at({cls: np.asarray(ids, np.int64) for cls, ids in scope.items() if len(ids)}, [], progress)
        self._tell()

    def run_in(self, box: BBox, progress: Progress | None = None) -> None:
        """Look at the features whose box meets ``box``, such as what is on the map."""
        with self.session.reading() as snapshot:
            scope = {cls.name: snapshot.ids_in(cls.name, box) for cls in snapshot.catalogue if cls.spatial}
        self.run_on(scope, progress)

    def catch_up(self, progress: Progress | None = None) -> bool:
        """Look at what was edited since; False when another check is at work and it is to be tried again later."""
        if not self._work.acquire(blocking=False):
            return False
        try:
            with self._state:
                queue, self._queue, queued, self._queued = self._queue, [], self._queued, 0
            if not queue:
                return True
            try:
                self._look_at(gathered(scope for scope, _ in queue), [seq for _, seq in queue], progress)
            except Cancelled:
                with self._state:
                    self._queue, self._queued = [*queue, *self._queue], self._queued + queued
                raise
            if len(self._issues) < _KEPT_BELOW:
                self._keep()
        finally:
            self._work.release()
        self._tell()
        return True

    def _look_at(self, changed: Scope, seqs: Sequence[int | None], progress: Progress | None) -> None:
        """Bring the list up to date for these rows, which were edited by these entries of the journal."""
        rules = [rule for rule in self.rules().values() if rule.enabled]
        entire = [rule for rule in rules if any(len(changed.get(cls, ())) for cls in rule.whole_on)]
        others = [rule for rule in rules if rule not in entire]
        told = bool(seqs) and None not in seqs
        details: list[RowChange] = []
        for seq in seqs:
            try:
                details += self.session.entry_details(seq, MOST) if seq is not None else ()
            except Refusal as refusal:  # a damaged geometry, of another program: what it referred to is not known
                log.warning("entry %s cannot be followed: %s", seq, refusal)
                self._outdated, told = True, False
        if told:  # what did not change cannot have broken or mended what depends on nothing else
            altered = {name for row in details for name in (*row.old, *row.new)}
            others = [rule for rule in others if not rule.fields or not altered.isdisjoint(rule.fields)]
        with self._state:
            known = list(self._issues.values())
        near = _with_partners(changed, known)
        with self.session.reading() as snapshot:
            reader = CheckReader(snapshot)
            wide = gathered([near, surroundings(snapshot, changed, details)])
            found = list(run_checks(reader, others, scope=near, around=wide, progress=progress))
            pairs = [issue for issue in found if len(issue.ids) > 1]
            twins = gathered([near, *({issue.cls: np.array(issue.ids, np.int64)} for issue in pairs)])
            names = {issue.rule for issue in pairs}
            again = [rule for rule in others if rule.name in names and not rule.around]
            if again:  # twins of twins: the list must name them as a run over everything does
                names = {rule.name for rule in again}
                found = [issue for issue in found if issue.rule not in names]
                found += run_checks(reader, again, scope=twins, progress=progress)
            found += run_checks(reader, entire, progress=progress)
            titles = titles_of(snapshot, found)
        over = {rule.name: wide if rule.around else twins if rule in again else near for rule in others}
        whole = {rule.name for rule in entire}
        sets = {id(scope): {cls: set(ids.tolist()) for cls, ids in scope.items()} for scope in (near, twins, wide)}
        with self._state:
            left = {}
            for key, issue in self._issues.items():
                if issue.rule in whole:
                    continue
                scope = over.get(issue.rule)
                if scope is not None and not sets[id(scope)].get(issue.cls, set()).isdisjoint(issue.ids):
                    continue
                left[key] = issue
            self._issues = left | {issue.key: kept(issue) for issue in found}
            self._titles |= titles

    def again(self, issues: Iterable[Issue], progress: Progress | None = None) -> dict[str, Issue]:
        """Those of ``issues`` that are still there, by key, as they are now and with their fixes."""
        asked = list(issues)
        in_force = self.rules()
        wanted = [in_force[name] for name in dict.fromkeys(i.rule for i in asked) if name in in_force]
        scope = gathered({issue.cls: np.array(issue.ids, np.int64)} for issue in asked)
        with self.session.reading() as snapshot:
            found = run_checks(CheckReader(snapshot), wanted, scope=scope, progress=progress)
            present = {issue.key: issue for issue in found}
        return {issue.key: present[issue.key] for issue in asked if issue.key in present}

    # Mending --------------------------------------------------------------------------------------------------------
    def fix(self, issue: Issue, code: str | None = None, progress: Progress | None = None) -> Mended:
        """Mend one issue by its first fix, or the one of that code; see `fix_alike`."""
        return self.fix_alike([issue], code, progress)

    def fix_alike(self, issues: Sequence[Issue], code: str | None = None, progress: Progress | None = None) -> Mended:
        """Mend issues as one undo step, each by its fix of that code (default: the first); what is refused is left.

        The issues are looked for anew, so that a fix made for yesterday's state does no harm today.
        """
        mended = mend(self.session, issues, self.again(issues, progress), code, progress)
        self.catch_up()
        return mended

    # Inside ---------------------------------------------------------------------------------------------------------
    def load(self) -> None:
        """Show what was found last time, with what was edited since in the queue. Call it once, in a worker."""
        kept_list = read_checked(self.session)
        if kept_list is None:
            return
        scopes, outdated = kept_list.since(self.session, MOST)
        with self._state:
            if self._full is not None:
                return  # a run was quicker
            self._issues = {issue.key: issue for issue in kept_list.issues} | self._issues
            self._titles = {**kept_list.titles, **self._titles}
            self._full, self._outdated = kept_list.moment, self._outdated or outdated
            self._queue = [*scopes, *self._queue]
            self._queued += sum(len(ids) for scope, _ in scopes for ids in scope.values())
        self._tell()

    def _keep(self) -> None:
        if self._full is None:  # a list of a few rules or features must not take the place of a whole one
            return
        with self._state:
            checked = Checked(self._full, tuple(self._issues.values()), dict(self._titles), outdated=self._outdated)
        write_checked(self.session, checked)

    def _heard(self, changed: Changed) -> None:
        """In the writing thread, after the commit and before the next one: the newest entry is that of the change."""
        rows = sum(len(ids) for ids in changed.ids.values())
        if changed.origin == "rebuilt":
            return
        if any(cls not in changed.ids for cls in changed.classes) or self._queued + rows > MOST:
            self._outdated = True
            self._tell()
            return
        entry = self.session.can_redo if changed.origin == "undo" else self.session.can_undo
        scope = {cls: np.asarray(ids, np.int64) for cls, ids in changed.ids.items()}
        with self._state:
            self._queue.append((scope, None if entry is None else entry.seq))
            self._queued += rows

    def _tell(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _adapted(rule: Rule, chosen: Any) -> Rule:
    """A rule with what the project says of it; what does not fit is passed over."""
    entry = chosen.get(rule.name) if isinstance(chosen, dict) else None
    if not isinstance(entry, dict):
        return rule
    given = entry.get("limits") if isinstance(entry.get("limits"), dict) else {}
    limits = {name: value for name, value in (given or {}).items() if _fits(rule.limits.values.get(name), value)}
    enabled = entry.get("enabled", rule.enabled)
    return replace(rule, limits=Limits({**rule.limits.values, **limits}), enabled=bool(enabled))


def _fits(old: Any, value: Any) -> bool:
    """Whether a value can take the place of a limit: numbers only, and no lists of classes."""
    if type(old) not in (int, float) or type(value) not in (int, float):
        return False
    return bool(0 <= value < float("inf"))


def _with_partners(changed: Scope, known: Sequence[Issue]) -> Scope:
    """The rows, and those that share an open issue with them."""
    sets = {cls: set(ids.tolist()) for cls, ids in changed.items()}
    partners = [
        {issue.cls: np.array(issue.ids, np.int64)}
        for issue in known
        if len(issue.ids) > 1 and not sets.get(issue.cls, set()).isdisjoint(issue.ids)
    ]
    return gathered([changed, *partners])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
