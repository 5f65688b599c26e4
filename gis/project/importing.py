"""One import, from file to one undo step: read, sort by class, place, map, stage against the project, apply.

`read_file`, `stage_file` and `apply_staged` take a file for one class. `read_parts`, `stage_parts` and `apply_plan` do
the same for a file whose rows belong to several classes; a file of one class is a plan of one part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gis.editing import Batch, Intent
from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Mapping, guess_mapping
from gis.exchange.placement import Datum, Placement, guess_placement
from gis.exchange.raw import Dialect, Evidence, RawTable, Reject
from gis.exchange.staging import WAYS, Staged
from gis.progress import Progress
from gis.project.expressions_of_files import calculator
from gis.project.session import Session
from gis.project.staging_store import stage_rows

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decides about an import; None leaves it to the evidence.

    ``mapping`` is for the one class asked for, ``recipe`` (gis.exchange) for any, with the column that sorts rows into
    classes; ``mapping`` wins. ``shift``: a shift of `gis.geometry.shifts` between the file's system and the project's.
    ``swapped``: latitude or northing stands first.
    """

    dialect: Dialect = field(default_factory=Dialect)
    crs: str | None = None
    datum: str | None = None
    shift: Any = None
    x: str | None = None
    y: str | None = None
    swapped: bool | None = None
    mapping: Mapping | None = None
    recipe: Any = None
    match: tuple[str, ...] = ("code", "distance")
    tolerance_m: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a file for one class, understood, before they are compared with the project."""

    path: Path
    format: str
    cls: str
    raw: RawTable
    placement: Placement
    mapping: Mapping
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True, slots=True)
class FileReading:
    """A whole file understood: one Reading for each class its rows belong to, in the order they are written.

    ``unsorted``: rows that belong to none and, where there are several parts, rows that could not be read at all.
    """

    path: Path
    format: str
    raw: RawTable
    parts: tuple[Reading, ...]
    unsorted: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What the rows of one class become."""

    reading: Reading
    staged: Staged


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
        """``read new changed same conflict rejected`` of the whole file, which add up."""
        lost = len(self.source.unsorted)
        total = {"read": lost, "new": 0, "changed": 0, "same": 0, "conflict": 0, "rejected": lost}
        for part in self.parts:
            for name, count in part.staged.counts().items():
                total[name] += count
        return total

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """Every rejected row, by line."""
        parts = [reject for part in self.parts for reject in part.staged.rejects]
        return tuple(sorted([*self.source.unsorted, *parts], key=lambda reject: reject.line))

    @property
    def conflicts(self) -> tuple[Reject, ...]:
        """Every row in conflict, by line."""
        return tuple(sorted((r for part in self.parts for r in part.staged.conflicts), key=lambda r: r.line))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How the file was read, each thing once."""
        found = {(e.what, e.value, e.reason): e for part in self.parts for e in part.staged.evidence}
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written. ``seq``: the journal's entry, None where nothing changed. ``left``: rows that the user's
    decisions leave alone; ``photos``: how many files came along, ``photo_rejects``: which did not, by line."""

    seq: int | None
    new: int = 0
    changed: int = 0
    left: int = 0
    photos: int = 0
    photo_rejects: tuple[Reject, ...] = ()


def read_file(
    session: Session, path: Path, cls: str, choices: Choices | None = None, progress: Progress | None = None
) -> Reading:
    """Read a file for a class: encoding, columns, position and mapping, each guessed or as chosen.

    Raises Refusals ``import.*`` for what cannot be read, and ``catalogue.no_class``.
    """
    choices = choices or Choices()
    form, raw = read_raw(path, choices.dialect, prefer=session.catalogue.find(cls).geometry, progress=progress)
    return understand(session, path, form, raw, cls, choices)


def understand(session: Session, path: Path, form: str, raw: RawTable, cls: str, choices: Choices) -> Reading:
    """A table already read, with position and mapping guessed or as chosen; quick enough to repeat at each choice."""
    kind = session.catalogue.find(cls)
    if not kind.spatial:
        raise Refusal("import.not_a_place", cls=kind.label.zh)
    if choices.datum is not None and choices.datum not in DATUMS:
        raise Refusal("import.unknown_datum", datum=choices.datum)
    for way in choices.match:
        if way not in WAYS:
            raise Refusal("import.unknown_match", match=way)
    given = choices.mapping
    placement = guess_placement(
        raw,
        session.crs.to_string(),
        crs=choices.crs or (given.crs if given else None),
        datum=cast("Datum | None", choices.datum or (given.datum if given else None)),
        x=choices.x or (given.x if given else None),
        y=choices.y or (given.y if given else None),
    )
    mapping = given or guess_mapping(raw, kind, placement.columns)
    return Reading(path, form, kind.name, raw, placement, mapping, choices)


def read_parts(
    session: Session,
    path: Path,
    cls: str | None = None,
    choices: Choices | None = None,
    progress: Progress | None = None,
) -> FileReading:
    """Read a file for one class, or (None) for the classes that its recipe or a column of it names.

    Raises Refusal ``import.which_class`` where neither says, and those of `read_file`.
    """
    choices = choices or Choices()
    prefer = None if cls is None else session.catalogue.find(cls).geometry
    form, raw = read_raw(path, choices.dialect, prefer=prefer, progress=progress)
    return understand_parts(session, path, form, raw, cls, choices)


def understand_parts(
    session: Session, path: Path, form: str, raw: RawTable, cls: str | None, choices: Choices
) -> FileReading:
    """A table already read, understood for one class or for several; as `read_parts`."""
    if cls is None:
        raise Refusal("import.which_class", path=path.name)
    return FileReading(path, form, raw, (understand(session, path, form, raw, cls, choices),))


def stage_file(session: Session, reading: Reading, progress: Progress | None = None) -> Staged:
    """Compare a reading with the project: every row's outcome. Nothing is written."""
    kind = session.catalogue[reading.cls]
    return stage_rows(
        session, reading.raw, kind, reading.mapping, reading.placement,
        by=reading.choices.match, tolerance_m=reading.choices.tolerance_m,
        evaluate=calculator(reading.raw, progress), progress=progress,
    )  # fmt: skip


def stage_parts(session: Session, source: FileReading, progress: Progress | None = None) -> ImportPlan:
    """Compare a whole file with the project. Nothing is written."""
    return ImportPlan(source, tuple(Part(r, stage_file(session, r, progress)) for r in source.parts))


def apply_staged(
    session: Session, reading: Reading, staged: Staged, decisions: Any = None, progress: Progress | None = None
) -> int | None:
    """Write new and changed rows as one undo step; the journal's seq, None where nothing changes. As `apply_plan`."""
    source = FileReading(reading.path, reading.format, reading.raw, (reading,))
    return apply_plan(session, ImportPlan(source, (Part(reading, staged),)), decisions, progress).seq


def apply_plan(session: Session, plan: ImportPlan, decisions: Any = None, progress: Progress | None = None) -> Applied:
    """Write what the plan and the user's decisions say, photos too, as one undo step.

    Cancelled, refused or killed, the project is as it was. Raises Refusal ``import.nothing_valid`` when every row was
    rejected.
    """
    counts = plan.counts()
    if counts["rejected"] == counts["read"]:
        raise Refusal("import.nothing_valid", file=plan.file, rejected=counts["rejected"])
    intents = [intent for part in plan.parts if (intent := part.staged.intent(plan.file)) is not None]
    if not intents:
        return Applied(None)
    label_args: dict[str, Any] = {"file": plan.file, "new": counts["new"], "changed": counts["changed"]}
    done = session.perform(Batch("import.file", label_args, _steps(intents)), progress)
    return Applied(done.seq, counts["new"], counts["changed"])


def _steps(intents: list[Intent]) -> list[Intent]:
    return [step for intent in intents for step in (intent.intents if isinstance(intent, Batch) else (intent,))]
