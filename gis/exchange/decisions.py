"""What the user decides about staged rows, and what then becomes of each; nothing is written yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gis.editing import Intent
from gis.errors import Refusal
from gis.exchange.comparing import GEOM
from gis.exchange.raw import Reject
from gis.exchange.staged import Outcome, Staged, addition, altered_bits, renewal

#: "all": every row or nothing. "valid": new and changed rows, and conflicts that are decided. "update", "add": only the
#: changed, only the new. "geometry", "attributes": only this of the changed.
Mode = Literal["all", "valid", "update", "add", "geometry", "attributes"]
MODES: tuple[Mode, ...] = get_args(Mode)
Action = Literal["add", "update", "skip"]
_DEEPEST = 1000


@dataclass(frozen=True, slots=True)
class RowDecision:
    """What becomes of one row, whatever the mode.

    "update" sets it on ``target``, one of its candidates (0: the likeliest); a row that only rivals another of the file
    then takes that one's place. ``keep``: fields, or "geom", that stay as the project has them.
    """

    action: Action
    target: int = 0
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions about one class of a file. ``keep``: fields, or "geom", that stay as the project has them in every
    row. ``rows``: line of the file -> its own decision; of several rows of one line it is meant for all."""

    mode: Mode = "valid"
    keep: frozenset[str] = frozenset()
    rows: Mapping[int, RowDecision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Staged rows with the decisions carried out; indices count the rows of ``staged``.

    ``outcome`` uint8 (n,): what each row is now, REJECTED where a decision cannot be followed (the reason stands in
    ``rejects``). ``new`` int64: the rows to add, those to which others of them refer first. ``changed`` int64 (m,): the
    rows to set on the features ``targets`` (m,), but for the bits of ``keep`` (m,). ``gone``: reserved id of a row that
    is not added -> its line; ``renamed``: reserved id of a row that is set on a feature -> that feature's. ``lost``:
    row -> why what was decided for it cannot be followed.
    """

    staged: Staged
    outcome: NDArray[np.uint8]
    new: NDArray[np.int64]
    changed: NDArray[np.int64]
    targets: NDArray[np.int64]
    keep: NDArray[np.uint64]
    rejects: tuple[Reject, ...]
    conflicts: tuple[Reject, ...]
    gone: Mapping[int, int] = field(default_factory=dict)
    renamed: Mapping[int, int] = field(default_factory=dict)
    lost: Mapping[int, Refusal] = field(default_factory=dict)

    @property
    def cls(self) -> str:
        """The class's name."""
        return self.staged.cls

    def counts(self) -> dict[str, int]:
        """``read new changed same conflict rejected`` after the decisions, which add up; "new" and "changed" count
        also the rows that the mode leaves alone."""
        made = {o.name.casefold(): int((self.outcome == o).sum()) for o in Outcome if o is not Outcome.REJECTED}
        return {"read": self.staged.read, **made, "rejected": len(self.rejects)}

    def applied_counts(self) -> dict[str, int]:
        """``new changed left``: rows added, rows set on a feature, and all others, which write nothing."""
        new, changed = len(self.new), len(self.changed)
        return {"new": new, "changed": changed, "left": self.staged.read - new - changed}

    def parts(self, size: int = 50_000) -> Iterator[Intent]:
        """What is to be written, in bounded memory: intents of at most ``size`` rows, made one after the other; first
        the new rows, to which the changed ones may refer."""
        for start in range(0, len(self.new), size):
            yield addition(self.staged, self.new[start : start + size], self.renamed)
        for start in range(0, len(self.changed), size):
            some = slice(start, start + size)
            made = renewal(self.staged, self.changed[some], self.targets[some], self.keep[some], self.renamed)
            if made is not None:
                yield made


def decided(staged: Staged, decisions: Decisions | None = None, peers: Sequence[Decided] = ()) -> Decided:
    """What becomes of every row under the decisions; ``peers`` are the classes of the same plan decided before, to
    whose rows this one's may refer.

    Raises Refusal ``import.unknown_mode``; ``import.not_all`` where the mode is "all" and a row is rejected or in
    conflict undecided; ``import.no_candidate`` where a decision names a feature that is none of the row's candidates.
    """
    decisions = decisions or Decisions()
    if decisions.mode not in MODES:
        raise Refusal("import.unknown_mode", mode=decisions.mode, known=", ".join(MODES))
    work = _Work(staged, decisions, peers)
    work.follow_mode()
    work.follow_rows()
    work.settle()
    return work.result()


class _Work:
    """The rows on their way from staged to decided."""

    def __init__(self, staged: Staged, decisions: Decisions, peers: Sequence[Decided]) -> None:
        self.staged = staged
        self.decisions = decisions
        self.outcome = staged.outcome.copy()
        self.targets = staged.targets.copy()
        self.write = np.zeros(len(staged), dtype=bool)
        self.keep = np.full(len(staged), self.mask(decisions.keep), np.uint64)
        self.own: dict[int, RowDecision] = {}
        self.lost: dict[int, Refusal] = {}
        self.gone = {key: line for peer in peers for key, line in peer.gone.items()}
        self.renamed = {key: other for peer in peers for key, other in peer.renamed.items()}

    def mask(self, names: frozenset[str]) -> np.uint64:
        """The bits of some fields."""
        return np.uint64(sum(1 << k for k, name in enumerate(self.staged.names) if name in names))

    def follow_mode(self) -> None:
        """What the mode says of all rows alike."""
        mode = self.decisions.mode
        if mode != "update" and mode not in ("geometry", "attributes"):
            self.write |= self.outcome == Outcome.NEW
        if mode != "add":
            self.write |= self.outcome == Outcome.CHANGED
        geom = self.mask(frozenset({GEOM}))
        if mode == "geometry":
            self.keep |= ~geom
        elif mode == "attributes":
            self.keep |= geom

    def follow_rows(self) -> None:
        """The decisions for single rows."""
        if not self.decisions.rows:
            return
        wanted = np.fromiter(self.decisions.rows, np.int64, len(self.decisions.rows))
        for index in np.flatnonzero(np.isin(self.staged.lines, wanted)).tolist():
            decision = self.decisions.rows[int(self.staged.lines[index])]
            self.own[index] = decision
            if decision.action == "skip":
                self.write[index] = False
                continue
            self.write[index] = True
            self.keep[index] = self.mask(self.decisions.keep | decision.keep)
            target = self.target_of(index, decision)
            self.targets[index] = target
            self.outcome[index] = Outcome.CHANGED if target else Outcome.NEW

    def target_of(self, index: int, decision: RowDecision) -> int:
        """The feature that a row shall be, 0 = a new one."""
        if decision.action == "add":
            return 0
        own = int(self.staged.targets[index])
        possible = [int(key) for key in self.staged.candidates.get(index, ())]
        known = [own, *possible] if own else possible
        if decision.target and decision.target not in known:
            raise Refusal("import.no_candidate", line=int(self.staged.lines[index]), id=decision.target)
        return decision.target or (known[0] if known else 0)

    def settle(self) -> None:
        """One feature and one code are given once: decided rows before others, then by line."""
        staged = self.staged
        if self.own:
            for index in self.own:
                rival = staged.rivals.get(index)
                if rival is not None and self.write[index] and self.write[rival] and rival not in self.own:
                    self.displace(rival, index)
            self.once_each()
        self.check_new()
        self.follow_parents()

    def displace(self, index: int, winner: int) -> None:
        """A row gives way to one that was decided for."""
        self.write[index] = False
        self.outcome[index] = Outcome.CONFLICT
        self.lost[index] = Refusal("import.another_line_taken", line=int(self.staged.lines[winner]))

    def once_each(self) -> None:
        """No feature is set by two rows, and no code given to two: decided rows go before others, then by line."""
        rivals = self.staged.rivals
        concerned = np.array(sorted({*self.own, *(rivals[index] for index in self.own if index in rivals)}), np.int64)
        contested = self.targets[list(self.own)]
        chosen = np.flatnonzero(self.write & np.isin(self.targets, contested[contested != 0]))
        self.one_of_each(chosen, self.targets[chosen].tolist())
        codes = self.staged.mine(concerned).fields.get("code")
        if codes is not None:
            self.one_of_each(concerned, codes.tolist())

    def one_of_each(self, indices: NDArray[np.int64], wanted: list[Any]) -> None:
        """Of rows that want the same thing, the first has it, and the others give way; None is wanted by nobody."""
        first: dict[Any, int] = {}
        rows = zip(indices.tolist(), wanted, strict=True)
        for index, thing in sorted(rows, key=lambda row: (row[0] not in self.own, row[0])):
            if thing is not None and self.write[index]:
                winner = first.setdefault(thing, index)
                if winner != index:
                    self.displace(index, winner)

    def check_new(self) -> None:
        """Rows that the user wants added or put elsewhere must be able to stand there."""
        staged = self.staged
        code = self.mask(frozenset({"code"}))
        for index in sorted(self.own):
            if not self.write[index]:
                continue
            target, holder = int(self.targets[index]), staged.holder(index)
            hindrance = None if target else staged.hindrances.get(index)
            if hindrance is not None:
                self.reject(index, hindrance)
            elif holder and holder != target and not (target and self.keep[index] & code):
                self.reject(index, Refusal("import.code_held", code=self.code_of(index)))

    def code_of(self, index: int) -> str:
        """The code that a row gives."""
        return str(self.staged.mine(np.array([index], np.int64)).fields["code"][0])

    def reject(self, index: int, why: Refusal) -> None:
        """A decision that cannot be followed."""
        self.write[index] = False
        self.outcome[index] = Outcome.REJECTED
        self.lost[index] = why

    def follow_parents(self) -> None:
        """A row that refers to a row of the file which is not added goes with it, or follows it to its feature."""
        staged = self.staged
        waiting = {int(staged.reserved[index]): index for index in np.flatnonzero(staged.reserved).tolist()}
        while True:
            for key, index in list(waiting.items()):
                if self.write[index] and self.outcome[index] == Outcome.NEW:
                    continue
                del waiting[key]
                if self.targets[index]:
                    self.renamed[key] = int(self.targets[index])
                else:
                    self.gone[key] = int(staged.lines[index])
            lost = False
            lonely = np.array(list(self.gone), np.int64)
            for name, keys in staged.refs.items() if len(lonely) else ():
                for index in np.flatnonzero(np.isin(keys, lonely) & self.write).tolist():
                    self.reject(index, Refusal("import.parent_left", field=name, line=self.gone[int(keys[index])]))
                    lost = True
            if not lost:
                return

    def result(self) -> Decided:
        """The rows to write, and why the others are not."""
        staged = self.staged
        index = np.flatnonzero(self.outcome == Outcome.CONFLICT)
        before = dict(zip(np.flatnonzero(staged.outcome == Outcome.CONFLICT).tolist(), staged.conflicts, strict=True))
        conflicts = tuple(
            Reject(int(staged.lines[i]), self.lost[i]) if i in self.lost else before[i] for i in index.tolist()
        )
        rejected = np.flatnonzero(self.outcome == Outcome.REJECTED).tolist()
        more = [Reject(int(staged.lines[i]), self.lost[i]) for i in rejected]
        rejects = staged.rejects
        if more:
            rejects = tuple(sorted([*rejects, *more], key=lambda reject: reject.line))
        if self.decisions.mode == "all":
            skipped = {i for i, decision in self.own.items() if decision.action == "skip"}
            undecided = sum(1 for i in index.tolist() if i not in skipped and i not in self.lost)
            if rejects or undecided:
                raise Refusal("import.not_all", rejected=len(rejects), conflict=undecided)
        new = _parents_first(staged, np.flatnonzero(self.write & (self.outcome == Outcome.NEW)))
        changed = np.flatnonzero(self.write & (self.outcome == Outcome.CHANGED))
        targets, keep = self.targets[changed], self.keep[changed]
        # Where everything that differs is kept, nothing is written, and a candidate may turn out to be the same.
        bits = altered_bits(staged, changed, targets)
        same = bits == 0
        self.outcome[changed[same]] = Outcome.SAME
        writes = (bits & ~keep) != 0
        return Decided(staged, self.outcome, new, changed[writes], targets[writes], keep[writes], rejects, conflicts,
                       self.gone, self.renamed, self.lost)  # fmt: skip


def _parents_first(staged: Staged, new: NDArray[np.int64]) -> NDArray[np.int64]:
    """The new rows in their order, but for those that refer to other new rows: these come after them."""
    own = [f.name for f in staged.kind.refs if f.ref == staged.cls and f.name in staged.refs]
    if not own or not staged.reserved[new].any():
        return new
    order = np.argsort(staged.reserved[new], kind="stable")
    known = staged.reserved[new][order]
    depth = np.zeros(len(new), np.int64)
    above = []
    for name in own:
        keys = staged.refs[name][new]
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        above.append(np.where((keys != 0) & (known[at] == keys), order[at], -1))
    for _ in range(len(new)):  # as often as one row stands below another; rows in a ring never come to rest
        deeper = depth.copy()
        for parent in above:
            deeper = np.maximum(deeper, np.where(parent >= 0, depth[parent] + 1, 0))
        if (deeper == depth).all() or deeper.max() > _DEEPEST:
            break
        depth = deeper
    ordered: NDArray[np.int64] = new[np.argsort(depth, kind="stable")]
    return ordered
