"""What is chosen, read and staged on the way of a file into the project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.exchange.decisions import Decided, Decisions, decided
from gis.exchange.mapping import Mapping
from gis.exchange.placement import Placement
from gis.exchange.raw import Dialect, Evidence, RawTable, Reject
from gis.exchange.recipes import Recipe
from gis.exchange.sorting import Sorting
from gis.exchange.staging import WAYS, Staged
from gis.geometry.shifts import Shift

#: One set of decisions for the whole file, or one for each class; None = the default.
DecidedBy = Decisions | Map[str, Decisions] | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decides about an import; None leaves it to the evidence.

    ``mapping`` is for the one class asked for, ``recipe`` for any, with the column that sorts rows into classes;
    ``mapping`` wins over the recipe's, and what is said here about the position wins over both. ``swapped``: latitude
    or northing stands first. ``sites``: whether cells whose site the file does not name get one (None: those of lists
    of the world's cells do). ``track``, ``clock_offset_s``: where photos without a position are looked for by their
    time (`gis.exchange.photos`).
    """

    dialect: Dialect = field(default_factory=Dialect)
    crs: str | None = None
    datum: str | None = None
    shift: Shift | None = None
    x: str | None = None
    y: str | None = None
    swapped: bool | None = None
    track: Path | None = None
    clock_offset_s: float | None = None
    mapping: Mapping | None = None
    recipe: Recipe | None = None
    match: tuple[str, ...] = WAYS
    tolerance_m: float = 1.0
    sites: bool | None = None

    @staticmethod
    def of_recipe(recipe: Recipe, **more: Any) -> Choices:
        """What a recipe says, with its dialect and its way to match; ``more`` wins."""
        made = Choices(recipe.dialect, recipe=recipe, match=recipe.match, tolerance_m=recipe.tolerance_m)
        return replace(made, **more)


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a file for one class, understood, before they are compared with the project.

    ``placement`` None: the rows have no position of their own, because the class has none or they stand on their owner.
    """

    path: Path
    format: str
    cls: str
    raw: RawTable
    placement: Placement | None
    mapping: Mapping
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True, slots=True)
class FileReading:
    """A whole file understood: one Reading for each class its rows belong to, in the order they are written.

    ``unsorted``: rows that belong to none and, where a column sorts them, rows that could not be read at all.
    ``recipe``: everything that was decided and found, to be used again.
    """

    path: Path
    format: str
    raw: RawTable
    parts: tuple[Reading, ...]
    recipe: Recipe
    unsorted: tuple[Reject, ...] = ()

    @staticmethod
    def of(reading: Reading) -> FileReading:
        """A file of one class."""
        return FileReading(reading.path, reading.format, reading.raw, (reading,), recipe_of((reading,)))


def recipe_of(parts: Sequence[Reading], sorting: Sorting | None = None) -> Recipe:
    """Everything that was decided and found, with what the user said about the position; at least one part."""
    choices = parts[0].choices
    said = {
        name: getattr(choices, name)
        for name in ("x", "y", "crs", "datum", "swapped", "shift")
        if getattr(choices, name) is not None
    }
    mappings = {part.cls: replace(part.mapping, **said) for part in parts}
    return Recipe(mappings, sorting, choices.dialect, tuple(choices.match), choices.tolerance_m)


@dataclass(frozen=True, slots=True)
class Part:
    """What the rows of one class become. ``made``: they stand in no file; others need them, as cells need a site."""

    reading: Reading
    staged: Staged
    made: bool = False


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What every row of a file becomes; `apply_plan` writes it as one undo step."""

    source: FileReading
    parts: tuple[Part, ...]

    @property
    def file(self) -> str:
        """The file's name."""
        return self.source.path.name

    def counts(self) -> dict[str, int]:
        """``read new changed same conflict rejected`` of the whole file, before decisions, which add up."""
        return self.total([part.staged for part in self.parts])

    def total(self, staged: Iterable[Staged | Decided]) -> dict[str, int]:
        """The counts of all rows of the file, also of those that belong to none."""
        lost = len(self.source.unsorted)
        total = {"read": lost, "new": 0, "changed": 0, "same": 0, "conflict": 0, "rejected": lost}
        for part in staged:
            for name, count in part.counts().items() if part.cls not in self.made else ():
                total[name] += count
        return total

    @property
    def made(self) -> frozenset[str]:
        """The classes of which features are made that stand in no file."""
        return frozenset(part.staged.cls for part in self.parts if part.made)

    def decided(self, decisions: DecidedBy = None) -> tuple[Decided, ...]:
        """What each part becomes under the user's decisions. Raises as `gis.exchange.decisions.decided`."""
        made: list[Decided] = []
        for part in self.parts:
            own = decisions.get(part.staged.cls) if isinstance(decisions, Map) else decisions
            made.append(decided(part.staged, own, made))
        return tuple(needed(one, made) if one.cls in self.made else one for one in made)

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """Every rejected row, by line."""
        return self.ordered(r for part in self.parts for r in part.staged.rejects)

    @property
    def conflicts(self) -> tuple[Reject, ...]:
        """Every row in conflict, by line."""
        return tuple(sorted((r for part in self.parts for r in part.staged.conflicts), key=lambda r: r.line))

    def ordered(self, rejects: Iterable[Reject]) -> tuple[Reject, ...]:
        """Rejected rows of the parts with those that belong to none, by line."""
        return tuple(sorted([*self.source.unsorted, *rejects], key=lambda reject: reject.line))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How the file was read, each thing once."""
        found = {(e.what, e.value, e.reason, *e.args.values()): e for part in self.parts for e in part.staged.evidence}
        return tuple(found.values())


def needed(made: Decided, others: Sequence[Decided]) -> Decided:
    """Of the features that were made for others, those to which a row refers that is written."""
    wanted: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for one in others:
        rows = np.concatenate([one.new, one.changed])
        wanted += [keys[rows] for keys in one.staged.refs.values()]
    ids = made.staged.reserved[made.new]
    return replace(made, new=made.new[(ids != 0) & np.isin(ids, np.concatenate(wanted))])


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written. ``seq``: the journal's entry, None where nothing changed. ``left``: rows that write nothing.

    ``photos``: how many photos and documents came along; ``photo_rejects``: which could not, by line. ``decided``: what
    became of each part. ``made``: class -> how many features were made beside the rows, because these need them.
    """

    seq: int | None
    new: int = 0
    changed: int = 0
    left: int = 0
    photos: int = 0
    photo_rejects: tuple[Reject, ...] = ()
    decided: tuple[Decided, ...] = ()
    made: Map[str, int] = field(default_factory=dict)
