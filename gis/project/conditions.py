"""Filters and values of users made ready for a snapshot: what they ask about other features is worked out.

``gis.query`` compiles what was typed to SQL in which ids and numbers by id still stand as questions (``Related``,
``Measured``); here they are answered from whole columns, once, and put in their place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.geometry import nearness
from gis.query import Condition, Expression, compile_filter, compile_value
from gis.query.parts import Measured, Others, Related
from gis.storage.lookups import NumbersById
from gis.storage.snapshots import Snapshot

_NO_IDS = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an expression may ask for by ``selection`` and ``drawn``: ids by class, and a shape in the project's CRS."""

    selection: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    drawn: Any | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """SQL with ``?`` marks and what fills them, ready for ``Snapshot``; arrays of ids and numbers among them."""

    sql: str
    parameters: tuple[Any, ...]


def ready_filter(
    snapshot: Snapshot, expression: str, cls: FeatureClass, circumstances: Circumstances | None = None
) -> Ready:
    """A filter that a user typed, ready for ``snapshot``.

    Raises Refusal ``query.*``: what ``gis.query.compile_filter`` raises, ``query.no_area``, ``query.nothing_given``.
    """
    return ready(snapshot, compile_filter(expression, cls, snapshot.catalogue), cls, circumstances)


def ready_value(
    snapshot: Snapshot, expression: str, cls: FeatureClass, circumstances: Circumstances | None = None
) -> Ready:
    """A value for every row that a user typed, ready for ``snapshot``; raises as ``ready_filter`` does."""
    return ready(snapshot, compile_value(expression, cls, snapshot.catalogue), cls, circumstances)


def ready(
    snapshot: Snapshot,
    compiled: Condition | Expression,
    cls: FeatureClass,
    circumstances: Circumstances | None = None,
) -> Ready:
    """What was compiled over ``cls``, ready for ``snapshot``; raises as ``ready_filter`` does."""
    made = [_answer(snapshot, value, cls, circumstances or Circumstances()) for value in compiled.parameters]
    return Ready(compiled.sql, tuple(made))


def matching(
    snapshot: Snapshot, expression: str, cls: FeatureClass, circumstances: Circumstances | None = None
) -> NDArray[np.int64]:
    """The ids, rising, of the features that meet a filter; an empty filter is met by all."""
    if not expression.strip():
        return np.sort(snapshot.ids(cls.name))
    made = ready_filter(snapshot, expression, cls, circumstances)
    return np.sort(snapshot.ids(cls.name, made.sql, made.parameters))


def _answer(snapshot: Snapshot, value: Any, cls: FeatureClass, given: Circumstances) -> Any:
    if isinstance(value, Related):
        return _related(snapshot, value, cls, given)
    if isinstance(value, Measured):
        return _measured(snapshot, value, cls, given)
    return value


def _related(snapshot: Snapshot, asked: Related, cls: FeatureClass, given: Circumstances) -> NDArray[np.int64]:
    """The ids of ``cls`` that are in that relation to the others."""
    _, shapes = _others(snapshot, asked.others, given)
    if asked.others.areas and asked.relation == "within":
        shapes = _column([shapely.union_all(shapes)])  # what crosses the border between two named areas is within both
    if not len(shapes):
        return _NO_IDS
    xmin, ymin, xmax, ymax = (float(v) for v in shapely.total_bounds(shapes))
    if np.isnan(xmin):
        return _NO_IDS
    reach = asked.distance_m
    if cls.geometry == "point" and len(shapes) == 1 and asked.relation != "near":
        points = snapshot.shapes(cls.name, bbox=(xmin, ymin, xmax, ymax))  # no object for each point: half the time
        return points.ids[nearness.points_meeting(points.coords, shapes[0])]
    columns = snapshot.columns(cls.name, [], bbox=(xmin - reach, ymin - reach, xmax + reach, ymax + reach))
    if columns.geometry is None or not len(columns):
        return _NO_IDS
    if asked.relation == "near":
        met = nearness.near(columns.geometry, shapes, reach)
    else:
        met = nearness.meeting(columns.geometry, shapes, asked.relation)
    return columns.ids[met]


def _measured(snapshot: Snapshot, asked: Measured, cls: FeatureClass, given: Circumstances) -> NumbersById:
    """A number for each row of ``cls``."""
    mine = snapshot.columns(cls.name, [])
    assert mine.geometry is not None
    ids, shapes = _others(snapshot, asked.others, given)
    if asked.measure == "distance":
        same = asked.others.cls == cls.name and asked.others.where is None
        return NumbersById(mine.ids, nearness.distances(mine.geometry, shapes, same=same))
    outer, inner = nearness.containing(mine.geometry, shapes)
    if asked.measure == "count":
        return NumbersById(mine.ids, np.bincount(outer, minlength=len(mine)).astype(np.float64))
    values = _values(snapshot, asked, ids, given)[inner]
    return NumbersById(mine.ids, _gathered(asked.measure, outer, values, len(mine)))


def _gathered(how: str, rows: NDArray[np.int64], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """(n,) the sum, mean, least or greatest of the values of each row; NaN where there is none (a sum is then 0)."""
    known = ~np.isnan(values)
    rows, values = rows[known], values[known]
    if how in ("sum", "mean"):
        total = np.bincount(rows, values, minlength=n).astype(np.float64)
        if how == "sum":
            return total
        with np.errstate(invalid="ignore"):
            return np.asarray(total / np.bincount(rows, minlength=n))
    made = np.full(n, np.inf if how == "min" else -np.inf)
    (np.minimum if how == "min" else np.maximum).at(made, rows, values)
    made[np.isinf(made)] = np.nan
    return made


def _values(snapshot: Snapshot, asked: Measured, ids: NDArray[np.int64], given: Circumstances) -> NDArray[np.float64]:
    """The value of each of the others, in the order of ``ids``; NaN where there is none or it is no number."""
    assert asked.value is not None
    other = snapshot.catalogue[asked.others.cls]
    made = ready(snapshot, asked.value, other, given)
    sql = f'SELECT "id", {made.sql} FROM "{other.name}" WHERE "id" IN (SELECT "value" FROM carray(?)) ORDER BY "id"'
    _, rows = snapshot.sql(sql, (*made.parameters, ids), limit=len(ids), time_limit_s=120.0)
    order = np.argsort(ids)
    values = np.array([v if isinstance(v, int | float) else np.nan for _, v in rows], np.float64)
    placed = np.full(len(ids), np.nan)
    placed[order] = values
    return placed


def _others(snapshot: Snapshot, others: Others, given: Circumstances) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """The features that are asked about: ids (−1 for a drawn shape) and geometries."""
    if others.areas:
        return _areas(snapshot, others.areas)
    if others.given == "drawn":
        if given.drawn is None:
            raise Refusal("query.nothing_given", zh="绘制的图形", en="drawn shape")
        return np.array([-1], np.int64), _column([given.drawn])
    if others.given == "selection":
        return _selected(snapshot, given)
    cls = snapshot.catalogue[others.cls]
    made = ready(snapshot, others.where, cls, given) if others.where is not None else None
    columns = snapshot.columns(cls.name, [], where=made.sql if made else None, params=made.parameters if made else ())
    return columns.ids, columns.geometry if columns.geometry is not None else np.zeros(0, object)


def _areas(snapshot: Snapshot, names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    found = snapshot.columns("area", ["code", "name"], where='"code" IN (SELECT value FROM json_each(?)) OR "name" IN'
                             " (SELECT value FROM json_each(?))", params=(_json(names), _json(names)))  # fmt: skip
    known = {str(v) for key in ("code", "name") for v in found.fields[key] if v is not None}
    for name in names:
        if name not in known:
            raise Refusal("query.no_area", area=name)
    assert found.geometry is not None
    return found.ids, found.geometry


def _json(names: Sequence[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _selected(snapshot: Snapshot, given: Circumstances) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    ids: list[NDArray[np.int64]] = []
    shapes: list[NDArray[np.object_]] = []
    for name, chosen in given.selection.items():
        if len(chosen) and snapshot.catalogue[name].spatial:
            columns = snapshot.columns(name, [], ids=chosen)
            assert columns.geometry is not None
            ids.append(columns.ids)
            shapes.append(columns.geometry)
    if not ids:
        raise Refusal("query.nothing_given", zh="选中的要素", en="selection")
    return np.concatenate(ids), np.concatenate(shapes)


def _column(shapes: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return made
