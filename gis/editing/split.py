"""Plans cutting a feature in two or more, and keeps whole what runs through it."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from gis.catalogue import FeatureClass, Field
from gis.editing.create import plan_create
from gis.editing.ends import nearest
from gis.editing.facts import Facts
from gis.editing.intents import Change, Create, Insert, Plan, Split, Step
from gis.editing.keys import KeySource
from gis.editing.rows import copies, whole
from gis.editing.shapes import read_shapes
from gis.editing.split_cable import cable_pieces, cut_cable
from gis.editing.update import rows_of
from gis.editing.values import stored
from gis.editing.walks import CABLE, SEGMENT, WALK, cables_through, walks
from gis.editing.wording import first, label_args, refusal
from gis.geometry.columns import Columns
from gis.geometry.splitting import split_line, split_polygon

# What stands where a segment of each kind is cut and nothing stood before.
_NODE_KINDS = {"pole": "pole", "buried": "closure", "wall": "distribution_box", "indoor": "distribution_box"}
_NODE_KIND = "handhole"


def plan_split(facts: Facts, intent: Split, keys: KeySource) -> Plan:
    """Cut the feature; the pieces carry its attributes, and a segment's cables run through all of its pieces.

    Raises Refusal ``geometry.does_not_cut``, ``edit.split_point``, and for a cable what ``cable_pieces`` raises.
    """
    cls = facts.catalogue[intent.cls]
    if cls.geometry in ("point", "none"):
        raise refusal("split_point", cls)
    row = whole(facts, cls, rows_of(facts, cls, [intent.id]))
    assert row.geometry is not None
    shape = row.geometry[0]
    if cls.geometry != "line":
        pieces: list[Any] = _of_kind(facts, cls, split_polygon(shape, intent.cutter))
        return _plan(cls, pieces, [_kept(cls, intent.id, pieces[0], {}), copies(facts, cls, row, pieces[1:], keys, {})])
    if cls.name == CABLE:
        cut = cable_pieces(facts, intent.id, shape, intent.cutter)
        return _plan(cls, [cut.first, cut.second], cut_cable(facts, cls, row, cut, keys))
    pieces = _of_kind(facts, cls, split_line(shape, intent.cutter))
    steps: list[Step] = []
    nodes = _nodes(facts, cls, row, pieces, intent, keys, steps) if cls.ends else {}
    steps.append(_kept(cls, intent.id, pieces[0], {f.name: nodes[f.name][:1] for f in cls.ends}))
    later = copies(facts, cls, row, pieces[1:], keys, {f.name: nodes[f.name][1:] for f in cls.ends})
    steps.append(later)
    if cls.name == SEGMENT:
        steps += _walked(facts, intent.id, later.columns.ids, keys)
    return _plan(cls, pieces, steps)


def _plan(cls: FeatureClass, pieces: list[Any], steps: list[Step]) -> Plan:
    return Plan("edit.split", label_args(cls, 1) | {"pieces": len(pieces)}, tuple(steps))


def _of_kind(facts: Facts, cls: FeatureClass, pieces: list[Any]) -> list[BaseGeometry]:
    given = np.empty(len(pieces), object)
    given[:] = pieces
    shapes, problems = read_shapes(cls, given, facts.bounds)
    if problems:
        raise first(problems, len(pieces))
    return list(shapes)


def _kept(cls: FeatureClass, id: int, shape: BaseGeometry, values: dict[str, NDArray[Any]]) -> Change:
    geometry = np.empty(1, object)
    geometry[0] = shape
    return Change(Columns(cls.name, np.array([id], np.int64), values, geometry))


def _nodes(
    facts: Facts, cls: FeatureClass, row: Columns, pieces: list[Any], intent: Split, keys: KeySource, steps: list[Step]
) -> dict[str, NDArray[np.int64]]:
    """For each field of an end its value on every piece; points that must be made are added to ``steps``."""
    target = _main(cls, "last")
    cuts = [_at_cut(facts, target, row, piece, intent, keys, steps) for piece in pieces[:-1]]
    made = {}
    for field in cls.ends:
        own = int(row.fields[field.name][0])
        inner = cuts if field is _main(cls, field.end or "last") else [0] * len(cuts)
        made[field.name] = np.array([*inner, own] if field.end == "last" else [own, *inner], np.int64)
    return made


def _main(cls: FeatureClass, end: str) -> Field:
    """Of the refs of one end, the one by which pieces hold on to a cut."""
    return next(field for field in cls.ends if field.end == end)


def _at_cut(
    facts: Facts, field: Field, row: Columns, piece: LineString, intent: Split, keys: KeySource, steps: list[Step]
) -> int:
    place = shapely.get_coordinates(piece)[-1]
    found = nearest(facts, field.ref or "", (float(place[0]), float(place[1])))
    if found or intent.node is None:
        return found
    values: dict[str, Any] = {"geom": shapely.Point(place)}
    target = facts.catalogue[field.ref or ""]
    if target.has_field("kind"):
        kind = row.fields["kind"][0] if "kind" in row.fields else None
        values["kind"] = _NODE_KINDS.get(str(kind), _NODE_KIND)
    for name in ("status", "owner"):
        if target.has_field(name) and name in row.fields:
            values[name] = row.fields[name][0]
    made = plan_create(facts, Create(target.name, [values]), keys).steps
    steps += made
    (insert,) = made
    assert isinstance(insert, Insert)
    return int(insert.columns.ids[0])


def _walked(facts: Facts, segment: int, added: NDArray[np.int64], keys: KeySource) -> list[Step]:
    """The walks of the cables through a segment, over all of its pieces: the first keeps the old row."""
    steps: list[Step] = []
    more = len(added)
    cls = facts.catalogue[WALK]
    for cable, walk in walks(facts, cables_through(facts, np.array([segment], np.int64)).tolist()).items():
        shift = 0
        moved: dict[int, int] = {}
        made: list[tuple[int, int, bool]] = []
        for step in walk:
            position = step.position + shift
            if step.segment != segment:
                if shift:
                    moved[step.row] = position
                continue
            # Walked backwards, the last piece comes first and the old row, the first piece, last.
            if step.reversed:
                made += [(position + more - 1 - i, piece, True) for i, piece in enumerate(added.tolist())]
                moved[step.row] = position + more
            else:
                made += [(position + 1 + i, piece, False) for i, piece in enumerate(added.tolist())]
                if shift:
                    moved[step.row] = position
            shift += more
        if moved:
            rows = np.array(list(moved), np.int64)
            steps.append(Change(Columns(WALK, rows, {"position": np.array(list(moved.values()), np.float64)})))
        values = {
            "cable": [cable] * len(made),
            "position": [entry[0] for entry in made],
            "segment": [entry[1] for entry in made],
            "reversed": [int(entry[2]) for entry in made],
        }
        fields = {f.name: stored(f, values.get(f.name, [f.default] * len(made))) for f in cls.fields}
        steps.append(Insert(Columns(WALK, keys(len(made)), fields)))
    return steps
