"""One import, from file to one undo step: read, place, map, stage against the project, apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from gis.errors import Language, Refusal
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Mapping, guess_mapping
from gis.exchange.placement import Datum, Placement, guess_placement
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.staging import Staged, stage
from gis.progress import Progress
from gis.project.session import Session

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decides about an import; None leaves it to the evidence."""

    dialect: Dialect = field(default_factory=Dialect)
    crs: str | None = None
    datum: str | None = None
    x: str | None = None
    y: str | None = None
    mapping: Mapping | None = None
    match: tuple[str, ...] = ("code", "distance")
    tolerance_m: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read and understood, before it is compared with the project."""

    path: Path
    format: str
    cls: str
    raw: RawTable
    placement: Placement
    mapping: Mapping
    choices: Choices = field(default_factory=Choices)


def read_file(
    session: Session, path: Path, cls: str, choices: Choices | None = None, progress: Progress | None = None
) -> Reading:
    """Read a file for a class: encoding, columns, position and mapping, each guessed or as chosen.

    Raises Refusals ``import.*`` for what cannot be read, and ``catalogue.no_class``.
    """
    choices = choices or Choices()
    form, raw = read_raw(
        path,
        choices.dialect,
        prefer=session.catalogue.find(cls).geometry,
        progress=progress,
    )
    return understand(session, path, form, raw, cls, choices)


def understand(session: Session, path: Path, form: str, raw: RawTable, cls: str, choices: Choices) -> Reading:
    """A table already read, with position and mapping guessed or as chosen; quick enough to repeat at each choice."""
    kind = session.catalogue.find(cls)
    if not kind.spatial:
        raise Refusal("import.not_a_place", cls=kind.label.zh)
    if choices.datum is not None and choices.datum not in DATUMS:
        raise Refusal("import.unknown_datum", datum=choices.datum)
    for way in choices.match:
        if way not in ("code", "distance"):
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


def stage_file(session: Session, reading: Reading, progress: Progress | None = None) -> Staged:
    """Compare a reading with the project: every row's outcome. Nothing is written."""
    kind = session.catalogue[reading.cls]
    names = sorted({*reading.mapping.sources, "code"} & {f.name for f in kind.fields})
    existing = session.columns(kind.name, names)
    return stage(
        reading.raw,
        kind,
        reading.mapping,
        reading.placement,
        session.crs.to_string(),
        existing,
        bounds=session.bounds,
        by=reading.choices.match,
        tolerance_m=reading.choices.tolerance_m,
        progress=progress,
    )


def apply_staged(session: Session, reading: Reading, staged: Staged, progress: Progress | None = None) -> int | None:
    """Write new and changed rows as one undo step; the journal's seq, None where nothing changes.

    Raises Refusal ``import.nothing_valid`` when every row was rejected.
    """
    counts = staged.counts()
    if counts["rejected"] == counts["read"]:
        raise Refusal("import.nothing_valid", file=reading.path.name, rejected=counts["rejected"])
    intent = staged.intent(reading.path.name)
    if intent is None:
        return None
    return session.perform(intent, progress).seq


def report(reading: Reading, staged: Staged, language: Language = "zh") -> dict[str, Any]:
    """The import as a JSON-able report; counts add up, every row not taken is named with its line and reason."""
    return {
        "file": reading.path.name,
        "class": reading.cls,
        "format": reading.format,
        **staged.counts(),
        "rejects": [{"line": r.line, "reason": r.why.message(language), "code": r.why.code} for r in staged.rejects],
        "conflicts": [
            {"line": r.line, "reason": r.why.message(language), "code": r.why.code} for r in staged.conflicts
        ],
        "evidence": {e.what: {"value": e.value, "reason": e.reason} for e in staged.evidence},
        "mapping": {name: source.column or source.constant for name, source in staged.mapping.sources.items()},
    }
