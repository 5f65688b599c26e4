"""Tables of survey forms: ODK Central, Aggregate and Briefcase, KoboToolbox, Ona.

Columns lose the names of their groups, ``n/a`` is empty, and one geo question becomes the geometry: ``lat lon alt acc``
in one cell, four columns of it, or a trace or shape of such points parted by semicolons. The order is always latitude
first and the datum WGS 84: https://docs.getodk.org/form-question-types/#location-widgets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.exchange.text_cells import MendedCells
from gis.geometry.angles import parse_angles

Objects = NDArray[np.object_]
#: Columns that only these programs write; all of one set must be there.
_SIGNS = (
    ("ODK", {"key", "submissiondate"}), ("ODK", {"key", "meta-instanceid"}), ("ODK", {"key", "metainstanceid"}),
    ("ODK", {"key", "meta:instanceid"}), ("Kobo / Ona", {"_uuid", "_submission_time"}),
    ("Kobo / Ona", {"_uuid", "_id"}), ("Kobo / Ona", {"meta/instanceid", "_uuid"}), ("Kobo / Ona", {"formhub/uuid"}),
)  # fmt: skip
_NUMBER = r"[+-]?\d{1,6}(?:\.\d+)?"
_POINT = re.compile(rf"([+-]?\d{{1,2}}\.\d+)\s+([+-]?\d{{1,3}}\.\d+)(?:\s+({_NUMBER}))?(?:\s+({_NUMBER}))?", re.ASCII)
_VERTEX = re.compile(rf"([+-]?\d{{1,2}}(?:\.\d+)?)\s+([+-]?\d{{1,3}}(?:\.\d+)?)(?:\s+{_NUMBER}){{0,2}}", re.ASCII)
_PARTED = (("-latitude", "-longitude", "-altitude", "-accuracy"), (":latitude", ":longitude", ":altitude", ":accuracy"),
           ("_latitude", "_longitude", "_altitude", "_precision"))  # fmt: skip
_SAMPLE = 500
_NOTHING = frozenset({"n/a", "N/A"})


@dataclass(frozen=True, slots=True)
class _Question:
    """One geo question: its name without groups, and the column or the columns that hold it."""

    name: str
    columns: tuple[str, ...]
    kind: str  # "cell" or "parted"


def form_of(columns: Sequence[str]) -> str | None:
    """The program a table of answers comes from, by its columns; None where it is none."""
    names = {name.casefold() for name in columns}
    return next((program for program, signs in _SIGNS if signs <= names), None)


def understood_form(raw: RawTable, question: str | None = None) -> RawTable:
    """A form's table with plain names and the geometry of one geo question: the one named, else the one filled most.

    ``layers`` are the geo questions where there are several. A cell that is no position makes its row unreadable.
    Raises Refusal ``import.no_layer``.
    """
    program = form_of(raw.columns)
    if program is None or raw.geometry is not None:
        return raw
    evidence = [*raw.evidence, Evidence("kind", program, "import.known_header")]
    own = {name: _without_nothing(raw.cells[name]) for name in raw.columns}
    questions = _questions(raw.columns, own)
    raw = replace(raw, cells=own, evidence=tuple(evidence))
    if questions:
        chosen = _chosen(questions, own, question, known_layers=bool(raw.layers))
        raw = _placed(raw, own, chosen, questions)
    return _plainly_named(raw)


def _without_nothing(cells: Objects) -> Objects:
    empty = np.fromiter((cell in _NOTHING for cell in cells), dtype=bool, count=len(cells))
    if empty.any():
        cells = cells.copy()
        cells[empty] = None
    return cells


def _questions(columns: Sequence[str], cells: dict[str, Objects]) -> list[_Question]:
    found: list[_Question] = []
    folded = {name.casefold(): name for name in columns}
    for name in columns:
        for endings in _PARTED:
            if not name.casefold().endswith(endings[0]):
                continue
            stem = name[: -len(endings[0])]
            parts = tuple(folded.get(stem.casefold() + ending, "") for ending in endings)
            # Kobo repeats a question ``group/place`` as ``_place_latitude``; the one cell is kept instead
            if parts[1] and not any(_leaf(q.columns[0]) == stem.removeprefix("_") for q in found):
                found.append(_Question(_leaf(stem.removeprefix("_")), parts, "parted"))
        sample = [cell for cell in cells[name][: _SAMPLE * 4] if cell is not None][:_SAMPLE]
        if sample and sum(_is_position(cell) for cell in sample) > len(sample) / 2:
            found.append(_Question(_leaf(name), (name,), "cell"))
    return found


def _is_position(cell: str) -> bool:
    if ";" in cell:
        return all(_VERTEX.fullmatch(part.strip()) for part in cell.split(";") if part.strip())
    return _POINT.fullmatch(cell) is not None


def _leaf(name: str) -> str:
    """The question's own name, without the groups it stands in."""
    leaf = re.split(r"[/:]", name)[-1]
    return leaf.rsplit("-", 1)[-1] or name


def _chosen(
    questions: Sequence[_Question], cells: dict[str, Objects], wanted: str | None, known_layers: bool
) -> _Question:
    if wanted is not None and not known_layers:
        named = next((q for q in questions if wanted in (q.name, *q.columns)), None)
        if named is None:
            raise Refusal("import.no_layer", layer=wanted, known=", ".join(q.name for q in questions))
        return named
    filled = [sum(cell is not None for cell in cells[q.columns[0]]) for q in questions]
    return questions[int(np.argmax(filled))]


def _placed(raw: RawTable, cells: dict[str, Objects], chosen: _Question, questions: Sequence[_Question]) -> RawTable:
    count = len(raw)
    geometry = np.full(count, None, dtype=object)
    more: dict[str, Objects] = {}
    broken = np.zeros(count, dtype=bool)
    if chosen.kind == "parted":
        lat, lon = parse_angles(cells[chosen.columns[0]]), parse_angles(cells[chosen.columns[1]])
        good = np.isfinite(lat) & np.isfinite(lon)
        given = np.fromiter((cell is not None for cell in cells[chosen.columns[0]]), dtype=bool, count=count)
        geometry[good] = shapely.points(lon[good], lat[good])
        broken = given & ~good
        for name, column in zip(("altitude", "accuracy"), chosen.columns[2:], strict=True):
            if column:
                more[name] = cells[column]
    else:
        heights, errors = np.full(count, None, dtype=object), np.full(count, None, dtype=object)
        for row, cell in enumerate(cells[chosen.columns[0]]):
            if cell is not None:
                geometry[row] = _shape(cell)
                broken[row] = geometry[row] is None
                point = _POINT.fullmatch(cell)
                if point:
                    heights[row], errors[row] = point[3], point[4]
        more = {"altitude": heights, "accuracy": errors}
    used = {column for column in chosen.columns if column}
    used |= {n for n in raw.columns if n.casefold().startswith(f"_{chosen.name.casefold()}_")
             and n.casefold().endswith(_PARTED[2])}  # fmt: skip
    kept = {name: column for name, column in cells.items() if name not in used}
    taken = {name.casefold() for name in kept}
    kept |= {name: column for name, column in more.items()
             if name not in taken and any(cell is not None for cell in column)}  # fmt: skip
    reason = Refusal("import.broken_geometry")
    rejects = tuple(Reject(int(line), reason) for line in raw.lines[broken])
    several = len(questions) > 1
    evidence = (*raw.evidence, Evidence("position", chosen.name, "import.geo_question"))
    layers = tuple(q.name for q in questions) if several and not raw.layers else raw.layers
    raw = replace(
        raw, columns=tuple(kept), cells=kept, geometry=geometry, crs="EPSG:4326", evidence=evidence, layers=layers,
        layer=chosen.name if several and not raw.layer else raw.layer, unreadable=(*raw.unreadable, *rejects),
    )  # fmt: skip
    return raw.taken(np.flatnonzero(~broken)) if broken.any() else raw


def _shape(cell: str) -> shapely.Geometry | None:
    """The point, the line, or the polygon where a trace ends where it began; None for what is none."""
    if ";" not in cell:
        point = _VERTEX.fullmatch(cell.strip())
        return None if point is None else shapely.Point(float(point[2]), float(point[1]))
    vertices = []
    for part in cell.split(";"):
        if not part.strip():
            continue
        vertex = _VERTEX.fullmatch(part.strip())
        if vertex is None:
            return None
        vertices.append((float(vertex[2]), float(vertex[1])))
    if len(vertices) < 2:
        return None
    return (
        shapely.Polygon(vertices) if len(vertices) > 3 and vertices[0] == vertices[-1] else shapely.LineString(vertices)
    )


def _plainly_named(raw: RawTable) -> RawTable:
    """Columns called by their questions alone where that is clear; the choices of a question keep its name before."""
    leaves = {}
    known = set(raw.columns)
    for name in raw.columns:
        stem = name.rsplit("/", 1)[0]
        leaves[name] = f"{_leaf(stem)}/{name.rsplit('/', 1)[1]}" if "/" in name and stem in known else _leaf(name)
    counts: dict[str, int] = {}
    for leaf in leaves.values():
        counts[leaf.casefold()] = counts.get(leaf.casefold(), 0) + 1
    names = {leaf if counts[leaf.casefold()] == 1 else name: name for name, leaf in leaves.items()}
    return replace(raw, columns=tuple(names), cells=MendedCells(raw.cells, names, {}))
