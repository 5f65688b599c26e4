"""A file read, its rows sorted into classes, placed, mapped, and compared with the project; nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Mapping, guess_mapping
from gis.exchange.placement import Datum, Placement, guess_placement
from gis.exchange.raw import RawTable, Reject
from gis.exchange.recipes import Recipe
from gis.exchange.sorting import Sorting, guess_sorting
from gis.exchange.staging import WAYS, Staged
from gis.progress import Progress
from gis.project.expressions_of_files import calculator
from gis.project.import_plan import Choices, FileReading, ImportPlan, Part, Reading
from gis.project.session import Session
from gis.project.staging_store import stage_rows, staging_order

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")


def read_file(
    session: Session, path: Path, cls: str, choices: Choices | None = None, progress: Progress | None = None
) -> Reading:
    """Read a file for a class: encoding, columns, position and mapping, each guessed or as chosen.

    Raises Refusals ``import.*`` for what cannot be read, and ``catalogue.no_class``.
    """
    return read_parts(session, path, cls, choices, progress).parts[0]


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
    single = cls or (_only_class(choices.recipe) if choices.recipe is not None else None)
    kind = None if single is None else session.catalogue.find(single)
    prefer = kind.geometry if kind is not None and kind.spatial else None
    form, raw = read_raw(path, choices.dialect, prefer=prefer, progress=progress)
    return understand_parts(session, path, form, raw, cls, choices)


def understand_parts(
    session: Session, path: Path, form: str, raw: RawTable, cls: str | None, choices: Choices
) -> FileReading:
    """A table already read, understood for one class or for several; as `read_parts`."""
    recipe = choices.recipe
    if cls is None and recipe is not None:
        cls = _only_class(recipe)
    if cls is not None:
        return FileReading.of(understand(session, path, form, raw, cls, choices))
    sorting = recipe.sorting if recipe is not None else guess_sorting(raw, session.catalogue)
    if sorting is None:
        raise Refusal("import.which_class", path=path.name)
    return _sorted(session, path, form, raw, sorting, choices)


def understand(session: Session, path: Path, form: str, raw: RawTable, cls: str, choices: Choices) -> Reading:
    """A table already read, with position and mapping guessed or as chosen; quick enough to repeat at each choice."""
    _check(choices)
    kind = session.catalogue.find(cls)
    placement, mapping = _understood(session, raw, raw, kind, choices, {})
    return Reading(path, form, kind.name, raw, placement, mapping, choices)


def stage_file(session: Session, reading: Reading, progress: Progress | None = None) -> Staged:
    """Compare a reading with the project: every row's outcome. Nothing is written."""
    return _staged(session, reading, (), progress)


def stage_parts(session: Session, source: FileReading, progress: Progress | None = None) -> ImportPlan:
    """Compare a whole file with the project. Nothing is written."""
    parts: list[Part] = []
    for reading in source.parts:
        parts.append(Part(reading, _staged(session, reading, [part.staged for part in parts], progress)))
    return ImportPlan(source, tuple(parts))


def _sorted(session: Session, path: Path, form: str, raw: RawTable, sorting: Sorting, choices: Choices) -> FileReading:
    """The rows of each class as a reading of their own; the position is found once, from all rows."""
    _check(choices)
    rows = sorting.rows(raw)
    none = rows.pop("", np.empty(0, np.int64))
    known: dict[object, Placement | None] = {}
    parts: list[Reading] = []
    for kind in staging_order([session.catalogue[name] for name in rows]):
        part = replace(raw.taken(rows[kind.name]), unreadable=())
        placement, mapping = _understood(session, raw, part, kind, choices, known)
        parts.append(Reading(path, form, kind.name, part, placement, mapping, choices))
    if not parts:
        raise Refusal("import.no_row_sorted", column=sorting.column, path=path.name)
    cells = raw.cells[sorting.column][none]
    lost = [
        Reject(
            int(line), Refusal("import.no_class_for", value="" if cell is None else str(cell), column=sorting.column)
        )
        for line, cell in zip(raw.lines[none], cells, strict=True)
    ]
    made = Recipe(
        {part.cls: part.mapping for part in parts}, sorting, choices.dialect, choices.match, choices.tolerance_m
    )
    return FileReading(path, form, raw, tuple(parts), made, (*raw.unreadable, *lost))


def _understood(
    session: Session,
    whole: RawTable,
    part: RawTable,
    kind: FeatureClass,
    choices: Choices,
    known: dict[object, Placement | None],
) -> tuple[Placement | None, Mapping]:
    """Where the rows of a class lie and what fills its fields; ``known``: placements found before, by what was said."""
    given = choices.mapping
    if given is None and choices.recipe is not None:
        given = choices.recipe.mappings.get(kind.name)
    placement = None
    if kind.spatial:
        said = {
            name: getattr(choices, name) if getattr(choices, name) is not None else getattr(given, name, None)
            for name in ("crs", "datum", "x", "y", "swapped", "shift")
        }
        key = tuple(said.values())
        try:
            if key not in known:
                known[key] = guess_placement(
                    whole,
                    session.crs.to_string(),
                    crs=said["crs"],
                    datum=cast("Datum | None", said["datum"]),
                    x=said["x"],
                    y=said["y"],
                    swapped=said["swapped"],
                    shift=said["shift"],
                )
            placement = known[key]
        except Refusal as refusal:
            mapping = given or guess_mapping(part, kind)
            if refusal.code != "import.no_position" or not _stands_on_owner(kind, mapping):
                raise
            return None, mapping
    used = frozenset[str]() if placement is None else placement.columns
    return placement, given or guess_mapping(part, kind, used)


def _stands_on_owner(kind: FeatureClass, mapping: Mapping) -> bool:
    """Whether rows without a position stand where their owner stands: a sector at its site."""
    return kind.geometry == "point" and any(f.owned and f.name in mapping.sources for f in kind.refs)


def _staged(session: Session, reading: Reading, peers: list[Staged] | tuple[()], progress: Progress | None) -> Staged:
    computed = any(source.expression is not None for source in reading.mapping.sources.values())
    return stage_rows(
        session,
        reading.raw,
        session.catalogue[reading.cls],
        reading.mapping,
        reading.placement,
        by=reading.choices.match,
        tolerance_m=reading.choices.tolerance_m,
        evaluate=calculator(reading.raw, progress) if computed else None,
        peers=peers,
        progress=progress,
    )


def _check(choices: Choices) -> None:
    if choices.datum is not None and choices.datum not in DATUMS:
        raise Refusal("import.unknown_datum", datum=choices.datum)
    for way in choices.match:
        if way not in WAYS:
            raise Refusal("import.unknown_match", match=way)


def _only_class(recipe: Recipe) -> str | None:
    """The class of a recipe that does not sort."""
    return next(iter(recipe.mappings)) if recipe.sorting is None and len(recipe.mappings) == 1 else None
