"""A file read, its rows sorted into classes, placed, mapped, and compared with the project; nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.exchange.class_guess import guess_class
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Mapping, guess_mapping
from gis.exchange.placement import Datum, Placement, guess_placement
from gis.exchange.radio_lists import cell_sources, of_china
from gis.exchange.raw import Evidence, RawTable
from gis.exchange.recipes import Recipe
from gis.exchange.sorting import Sorting, guess_sorting, parts_of
from gis.exchange.staging import WAYS, Staged
from gis.progress import Progress
from gis.project.expressions_of_files import calculator
from gis.project.import_plan import Choices, FileReading, ImportPlan, Part, Reading, recipe_of
from gis.project.import_sites import CELL, lacks_sites, told, with_sites
from gis.project.mappings import remembered
from gis.project.session import Session
from gis.project.staging_store import stage_rows, staging_order

_HOME = "China"  # how the areas of use of its own coordinate systems are called
DATUMS: tuple[Datum, ...] = get_args(Datum)


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
    single = cls or _only_class(choices.recipe)
    kind = None if single is None else session.catalogue.find(single)
    prefer = kind.geometry if kind is not None and kind.spatial else None
    form, raw = read_raw(
        path, choices.dialect, prefer=prefer, progress=progress, track=choices.track,
        clock_offset_s=choices.clock_offset_s,
    )  # fmt: skip
    return understand_parts(session, path, form, raw, cls, choices)


def understand_parts(
    session: Session, path: Path, form: str, raw: RawTable, cls: str | None, choices: Choices
) -> FileReading:
    """A table already read, understood for one class or for several; as `read_parts`.

    Without a class and a recipe: as a file with the same columns was read before, else sorted by a column whose words
    name classes, else for the one class that its name and columns speak for; the evidence says which.
    """
    if session.crs.area_of_use is not None and session.crs.area_of_use.name.startswith(_HOME):
        raw = of_china(raw)
    if cls is None and choices.recipe is None and choices.mapping is None:
        recipe = remembered(session, raw)
        if recipe is not None:
            raw = _with_evidence(raw, Evidence("recipe", path.name, "import.remembered"))
            choices = replace(choices, recipe=recipe, match=recipe.match, tolerance_m=recipe.tolerance_m)
    recipe = choices.recipe
    if cls is None:
        cls = choices.mapping.cls if choices.mapping is not None else _only_class(recipe)
    sorting = None
    if cls is None:
        sorting = recipe.sorting if recipe is not None else guess_sorting(raw, session.catalogue)
    if sorting is not None:
        why = Evidence("class", sorting.column, "import.sorted_by_column", {"column": sorting.column})
        return _sorted(session, path, form, _with_evidence(raw, why), sorting, choices)
    if cls is None:
        guess = guess_class(raw, session.catalogue, path.stem)
        if guess is None:
            raise Refusal("import.which_class", path=path.name)
        cls = guess.cls
        raw = _with_evidence(raw, Evidence("class", cls, f"import.class_by_{guess.by}"))
    return FileReading.of(understand(session, path, form, raw, cls, choices))


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
    """Compare a whole file with the project; cells get the sites that they need. Nothing is written."""
    parts: list[Part] = []
    for reading in source.parts:
        peers = [part.staged for part in parts]
        if not lacks_sites(reading):
            parts.append(Part(reading, _staged(session, reading, peers, progress)))
            continue
        sited = with_sites(session, reading)
        made = None if sited.sites is None else _staged(session, sited.sites, (), progress)
        staged = _staged(session, sited.cells, peers if made is None else [*peers, made], progress)
        made, staged = told(made, staged)
        if made is not None and sited.sites is not None:
            parts.append(Part(sited.sites, made, made=True))
        parts.append(Part(reading, staged))
    return ImportPlan(source, tuple(parts))


def _sorted(session: Session, path: Path, form: str, raw: RawTable, sorting: Sorting, choices: Choices) -> FileReading:
    """The rows of each class as a reading of their own; the position is found once, from all rows."""
    _check(choices)
    tables, lost = parts_of(raw, sorting)
    if not tables:
        raise Refusal("import.no_row_sorted", column=sorting.column, path=path.name)
    known: dict[object, Placement | None] = {}
    parts: list[Reading] = []
    for kind in staging_order([session.catalogue[name] for name in tables]):
        part = replace(tables[kind.name], unreadable=())
        placement, mapping = _understood(session, raw, part, kind, choices, known)
        parts.append(Reading(path, form, kind.name, part, placement, mapping, choices))
    made = recipe_of(parts, sorting)
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
    if given is None:
        given = guess_mapping(part, kind, used)
        if kind.name == CELL:
            given = replace(given, sources={**given.sources, **cell_sources(whole)})
    return placement, given


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


def _only_class(recipe: Recipe | None) -> str | None:
    """The class of a recipe that does not sort."""
    if recipe is None or recipe.sorting is not None or len(recipe.mappings) != 1:
        return None
    return next(iter(recipe.mappings))


def _with_evidence(raw: RawTable, told: Evidence) -> RawTable:
    return replace(raw, evidence=(*raw.evidence, told))
