"""Fields set from where rows lie: the area around each, the nearest feature of a class, or what lies inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import FeatureClass
from gis.editing.columns import settable
from gis.errors import Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.project.bulk import CHUNK, Wanted
from gis.storage.snapshots import Snapshot

Relation = Literal["area", "nearest", "count", "sum"]
FARTHEST_M = 50_000.0


@dataclass(frozen=True, slots=True)
class FromPlace:
    """``field`` set to what lies there.

    "area": ``take`` of the area of ``level`` ("" for the smallest of any level) that holds the row's point on surface.
    "nearest": ``take`` of the nearest ``source`` feature within ``within`` metres.
    "count", "sum": the number of ``source`` features whose point on surface lies in the row's polygon, or the sum of
    their ``take``. A reference to the source's class is set to the feature itself, whatever ``take`` says.
    """

    field: str
    relation: Relation = "area"
    source: str = "area"
    take: str = "code"
    level: str = ""
    within: float = 100.0
    label: str = "edit.area_join"

    def arguments(self, cls: FeatureClass) -> dict[str, Any]:
        """Where from."""
        return {"relation": self.relation, "source": self.source, "take": self.take}

    def wanted(self, snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], progress: Progress) -> list[Wanted]:
        """Raises Refusal ``bulk.no_place``, ``bulk.not_polygons``, ``bulk.not_a_distance``, ``bulk.not_a_number``."""
        source = snapshot.catalogue[self.source]
        field = settable(cls, self.field)
        for kind in (cls, source):
            if not kind.spatial:
                raise Refusal("bulk.no_place", cls_zh=kind.label.zh, cls_en=kind.label.en)
        whole = field.type == "ref" and field.ref == source.name
        take = None if whole else self.take
        values: list[Any] | NDArray[np.float64]
        if self.relation in ("count", "sum"):
            values = self._inside(snapshot, cls, source, ids, progress)
        elif self.relation == "nearest":
            values = nearest(snapshot, cls, source, ids, take, self.within, progress)
        else:
            values = area_around(snapshot, cls, ids, take, self.level, progress)
        return [Wanted(field.name, values, {})]

    def _inside(
        self, snapshot: Snapshot, cls: FeatureClass, source: FeatureClass, ids: NDArray[np.int64], progress: Progress
    ) -> NDArray[np.float64]:
        if cls.geometry not in ("polygon", "multipolygon"):
            raise Refusal("bulk.not_polygons", cls_zh=cls.label.zh, cls_en=cls.label.en)
        number = source.field(self.take) if self.relation == "sum" else None
        if number is not None and number.type not in ("real", "integer"):
            raise Refusal("bulk.not_a_number", field_zh=number.label.zh, field_en=number.label.en)
        progress.step(0, 0, "bulk.reading")
        rows = snapshot.columns(source.name, [number.name] if number else [])
        there, points = _points(rows.geometry)
        weights = rows.fields[number.name][there] if number else np.ones(len(points))
        tree = shapely.STRtree(points)
        made = np.zeros(len(ids))
        for start in range(0, len(ids), CHUNK):
            progress.step(start, len(ids), "bulk.looking")
            shapes = snapshot.columns(cls.name, [], ids=ids[start : start + CHUNK]).geometry
            at, found = tree.query(shapes, predicate="intersects")
            np.add.at(made, start + at, np.nan_to_num(weights[found]))
        return made


def area_around(
    snapshot: Snapshot, cls: FeatureClass, ids: NDArray[np.int64], take: str | None, level: str, progress: Progress
) -> list[Any]:
    """``take`` (None: the id) of the area of a level around each row's point on surface; None where there is none.

    Where several hold it, the smallest counts.
    """
    area = snapshot.catalogue["area"]
    where, params = ('"level" = ?', (level,)) if level else (None, ())
    if level and level not in {code.value for code in area.field("level").codes}:
        raise Refusal("bulk.no_level", level=level, known=", ".join(c.value for c in area.field("level").codes))
    names = [] if take is None else [area.field(take).name]
    progress.step(0, 0, "bulk.reading")
    outlines = snapshot.columns("area", names, where=where, params=params)
    known, keys = _takes(outlines.ids, outlines.fields.get(names[0]) if names else None), outlines.geometry
    shapes = np.empty(0, object) if keys is None else keys
    # from large to small: what is written last counts
    order = np.argsort(-shapely.area(shapes), kind="stable")
    tree = shapely.STRtree(shapes[order])
    made: list[Any] = [None] * len(ids)
    for start in range(0, len(ids), CHUNK):
        progress.step(start, len(ids), "bulk.looking")
        there, points = _points(snapshot.columns(cls.name, [], ids=ids[start : start + CHUNK]).geometry)
        at, found = tree.query(points, predicate="intersects")
        for row, rank in sorted(zip(at.tolist(), found.tolist(), strict=True)):
            made[start + int(there[row])] = known[order[rank]]
    return made


def nearest(
    snapshot: Snapshot, cls: FeatureClass, source: FeatureClass, ids: NDArray[np.int64], take: str | None,
    within: float, progress: Progress,
) -> list[Any]:  # fmt: skip
    """``take`` (None: the id) of the nearest other feature of ``source`` within metres; None where there is none."""
    _, found = nearest_rows(snapshot, cls, source, ids, within, progress)
    names = [] if take is None else [source.field(take).name]
    picked = snapshot.columns(source.name, names, ids=np.unique(found[found != 0]), geometry=False)
    known = dict(zip(picked.ids.tolist(), _takes(picked.ids, picked.fields.get(names[0]) if names else None),
                     strict=True))  # fmt: skip
    return [known.get(key) for key in found.tolist()]


def nearest_rows(
    snapshot: Snapshot, cls: FeatureClass, source: FeatureClass, ids: NDArray[np.int64], within: float,
    progress: Progress,
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:  # fmt: skip
    """The shapes of the rows and the ids of the features of ``source`` nearest to them, 0 where none is near enough."""
    if not 0 < within <= FARTHEST_M:
        raise Refusal("bulk.not_a_distance", most=FARTHEST_M)
    progress.step(0, 0, "bulk.reading")
    shapes = snapshot.columns(cls.name, [], ids=ids).geometry
    assert shapes is not None
    others = snapshot.columns(source.name, [], bbox=_around(shapes, within))
    found = np.zeros(len(ids), np.int64)
    if others.geometry is None or not len(others):
        return shapes, found
    here = np.flatnonzero(~shapely.is_missing(shapes))
    tree = shapely.STRtree(others.geometry)
    for start in range(0, len(here), CHUNK):
        progress.step(start, len(here), "bulk.looking")
        chunk = here[start : start + CHUNK]
        at, near = tree.query_nearest(
            shapes[chunk], max_distance=within, all_matches=False, exclusive=cls.name == source.name
        )
        found[chunk[at]] = others.ids[near]
    return shapes, found


def _around(shapes: NDArray[np.object_], within: float) -> BBox:
    if not len(shapes) or shapely.is_missing(shapes).all():
        return (0.0, 0.0, 0.0, 0.0)
    x0, y0, x1, y1 = shapely.total_bounds(shapes).tolist()
    return (x0 - within, y0 - within, x1 + within, y1 + within)


def _points(shapes: NDArray[np.object_] | None) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Which rows have a shape, and a point on the surface of each of these."""
    if shapes is None:
        return np.zeros(0, np.int64), np.empty(0, object)
    there = np.flatnonzero(~shapely.is_missing(shapes))
    return there, shapely.point_on_surface(shapes[there])


def _takes(ids: NDArray[np.int64], column: NDArray[Any] | None) -> list[Any]:
    return list((ids if column is None else column).tolist())
