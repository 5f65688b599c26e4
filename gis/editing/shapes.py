"""Checks given geometries against a class's kind and the project's area, or says what is wrong and where.

All arrays are object arrays of shapely geometries in the project's CRS; None = no geometry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.catalogue import FeatureClass
from gis.editing.values import Problems
from gis.editing.wording import refusal
from gis.geometry.columns import BBox

_POINT, _LINE, _POLYGON, _MULTIPOLYGON = 0, 1, 3, 6
_WANTED = {"point": _POINT, "line": _LINE, "polygon": _POLYGON, "multipolygon": _MULTIPOLYGON}
_COLLECTION_OF = {4: _POINT, 5: _LINE, 6: _POLYGON}
_KINDS = {
    0: ("点", "a point"), 1: ("线", "a line"), 2: ("环", "a ring"), 3: ("面", "a polygon"),
    4: ("多点", "several points"), 5: ("多段线", "several lines"), 6: ("多部分面", "several polygons"),
    7: ("混合几何", "a mixed collection"),
}  # fmt: skip
_WANTED_WORDS = {
    "point": ("点", "a point"), "line": ("线", "a line"), "polygon": ("面", "a polygon"),
    "multipolygon": ("面", "a polygon"),
}  # fmt: skip
# GEOS's reasons (IsValidOp, TopologyValidationError) in words a surveyor uses
_REASONS = {
    "Self-intersection": ("边界自相交", "the boundary crosses itself"),
    "Ring Self-intersection": ("边界在一点上自接触", "the boundary touches itself"),
    "Hole lies outside shell": ("孔洞在外边界之外", "a hole lies outside"),
    "Holes are nested": ("孔洞相互嵌套", "holes lie inside each other"),
    "Nested holes": ("孔洞相互嵌套", "holes lie inside each other"),
    "Interior is disconnected": ("面内部不连通", "the inside falls apart"),
    "Nested shells": ("各部分相互嵌套", "parts lie inside each other"),
    "Duplicate Rings": ("同一边界重复出现", "a ring stands twice"),
    "Too few points in geometry component": ("不同的顶点太少", "it has too few different vertices"),
}  # fmt: skip
_REASON = re.compile(r"(?P<what>[^\[]+?)\s*(?:\[(?P<x>\S+) (?P<y>\S+?)\])?\Z")


def read_shapes(
    cls: FeatureClass, given: Sequence[BaseGeometry | None] | NDArray[Any], bounds: BBox
) -> tuple[NDArray[np.object_], Problems]:
    """Geometries of the class's kind in two dimensions, with what is wrong by row (those rows hold None).

    A polygon becomes a multipolygon where the class wants one, and a multi-geometry of one part that part.
    """
    shapes = np.empty(len(given), dtype=object)
    shapes[:] = given if isinstance(given, np.ndarray) else list(given)
    problems: Problems = {}

    strangers = ~(shapely.is_geometry(shapes) | np.fromiter((s is None for s in shapes), dtype=bool, count=len(shapes)))
    for row in np.flatnonzero(strangers).tolist():
        problems[row] = refusal("not_a_geometry", cls, value=shapes[row])
    shapes[strangers] = None

    hollow = shapely.is_empty(shapes)
    for row in np.flatnonzero(hollow).tolist():
        problems[row] = refusal("empty_geometry", cls)
    shapes[hollow] = None

    if shapely.has_z(shapes).any() or shapely.has_m(shapes).any():
        shapes = shapely.force_2d(shapes)
    shapes = _of_kind(cls, shapes, problems)
    _place(cls, shapes, bounds, problems)
    _validity(cls, shapes, problems)
    return shapes, problems


def shifted(shapes: NDArray[np.object_], dx: float, dy: float) -> NDArray[np.object_]:
    """The geometries moved by (dx, dy) metres."""
    moved: NDArray[np.object_] = shapely.transform(shapes, lambda xy: xy + np.array([dx, dy]))
    return moved


def same_shape(a: NDArray[np.object_], b: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which pairs of geometries are equal vertex by vertex; None equals None."""
    both_missing = shapely.is_missing(a) & shapely.is_missing(b)
    return np.asarray(shapely.equals_identical(a, b) | both_missing, dtype=bool)


def _of_kind(cls: FeatureClass, shapes: NDArray[np.object_], problems: Problems) -> NDArray[np.object_]:
    wanted = _WANTED[cls.geometry]
    kinds = shapely.get_type_id(shapes)
    if wanted == _MULTIPOLYGON:
        singles = kinds == _POLYGON
        if singles.any():
            shapes[singles] = shapely.multipolygons(shapes[singles], indices=np.arange(singles.sum()))
            kinds = shapely.get_type_id(shapes)
    else:
        for collection, part in _COLLECTION_OF.items():
            lone = (kinds == collection) & (shapely.get_num_geometries(shapes) == 1)
            if part == wanted and lone.any():
                shapes[lone] = shapely.get_geometry(shapes[lone], 0)
                kinds = shapely.get_type_id(shapes)
    wrong = (kinds != wanted) & (kinds != -1)
    for row in np.flatnonzero(wrong).tolist():
        got, want = _KINDS[int(kinds[row])], _WANTED_WORDS[cls.geometry]
        problems[row] = refusal("wrong_kind", cls, got_zh=got[0], got_en=got[1], want_zh=want[0], want_en=want[1])
    shapes[wrong] = None
    return shapes


def _place(cls: FeatureClass, shapes: NDArray[np.object_], bounds: BBox, problems: Problems) -> None:
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.isfinite(xy).all(axis=1)
    inside = (xy[:, 0] >= bounds[0]) & (xy[:, 0] <= bounds[2]) & (xy[:, 1] >= bounds[1]) & (xy[:, 1] <= bounds[3])
    bad_rows = set()
    for vertex in np.flatnonzero(~finite):
        row = int(owner[vertex])
        if row not in bad_rows:
            problems[row] = refusal("not_finite", cls)
        bad_rows.add(row)
    for vertex in np.flatnonzero(finite & ~inside):
        row = int(owner[vertex])
        if row not in bad_rows:
            x, y = (float(v) for v in xy[vertex])
            problems[row] = refusal("outside", cls, x=round(x, 3), y=round(y, 3))
        bad_rows.add(row)
    for row in bad_rows:
        shapes[row] = None


def _validity(cls: FeatureClass, shapes: NDArray[np.object_], problems: Problems) -> None:
    if cls.geometry == "point":
        return
    present = ~shapely.is_missing(shapes)
    invalid = np.flatnonzero(present & ~shapely.is_valid(shapes))
    for row, reason in zip(invalid.tolist(), shapely.is_valid_reason(shapes[invalid]), strict=True):
        found = _REASON.match(reason)
        what = found["what"] if found else reason
        x, y = (round(float(found[axis]), 3) for axis in "xy") if found and found["x"] else (None, None)
        zh, en = _REASONS.get(what, (what, what))
        if x is not None:
            zh, en = f"{zh}（{x}, {y}）", f"{en} ({x}, {y})"
        problems[row] = refusal("invalid_geometry", cls, reason_zh=zh, reason_en=en, x=x, y=y)
        shapes[row] = None
