"""What lies under the cursor or in a box, and which vertex to snap to: only among what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, Part, ragged
from gis.cartography.declutter import clusters_near
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.geometry.columns import BBox

NEAREST = 400  # lines and polygons around the cursor that are looked at closely
MOST = 40  # hits given back
_RANK = {"point": 0, "line": 1, "polygon": 2}
Shown = Sequence[tuple[LayerArrays, LayerStyle]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A feature near the cursor; ``distance`` in pixels, 0 inside a polygon; ``text`` its label where one is loaded.

    ``count``: how many features the mark under the cursor stands for, 1 for a single one.
    """

    cls: str
    id: int
    distance: float
    text: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Snap:
    """A vertex near the cursor."""

    cls: str
    id: int
    x: float
    y: float


def hits(shown: Shown, view: View, px: float, py: float, tolerance: float = 6.0) -> list[Hit]:
    """The features within ``tolerance`` pixels of (px, py): points first, then lines, then the smallest polygons.

    ``shown``: the visible layers in drawing order. Of equals the one drawn on top comes first.
    """
    x, y = view.to_world(px, py)
    found: list[tuple[tuple[float, ...], Hit]] = []
    for depth, (arrays, style) in enumerate(shown):
        if style.crowd == "heat":
            continue  # a surface shows no feature
        circles = clusters_near(arrays, style, view, px, py, 0.0)
        for i in range(len(circles.ids)):
            key = (_RANK["point"], 0.0, 0, -depth, 0.0)
            found.append((key, Hit(style.cls, int(circles.ids[i]), 0.0, "", int(circles.count[i]))))
        if len(circles.ids):
            continue
        sizes = np.array([v.size for v in style.variants]) * style.factor(view.scale_denominator) * view.pixels_per_mm
        reach = tolerance + (float(sizes.max()) / 2 if style.kind == "point" else 0.0)
        r = reach * view.resolution
        for part, positions in arrays.drawn((x - r, y - r, x + r, y + r), style, view.scale_denominator):
            if style.kind == "point":
                away = np.hypot(part.bounds[positions, 0] - x, part.bounds[positions, 1] - y) / view.resolution
                away = np.maximum(away - sizes[part.variant[positions]] / 2, 0.0)
                near = np.argsort(away, kind="stable")[:MOST]
                measured = [(int(positions[i]), float(away[i]), 0.0) for i in near if away[i] <= tolerance]
            else:
                measured = _measured(part, positions, style.kind, x, y, tolerance * view.resolution, view.resolution)
            for p, distance, area in measured:
                text = "" if part.text is None or part.text[p] is None else str(part.text[p])
                key = (_RANK[style.kind], area, round(distance), -depth, distance)
                found.append((key, Hit(style.cls, int(part.ids[p]), distance, text)))
    found.sort(key=lambda item: item[0])
    return [hit for _, hit in found[:MOST]]


def _measured(
    part: Part, positions: NDArray[np.int64], kind: str, x: float, y: float, r: float, resolution: float
) -> list[tuple[int, float, float]]:
    """(position, distance in pixels, area) of lines and polygons within ``r`` metres."""
    if len(positions) > NEAREST:
        box = part.bounds[positions]
        middle = np.hypot((box[:, 0] + box[:, 2]) / 2 - x, (box[:, 1] + box[:, 3]) / 2 - y)
        positions = positions[np.argsort(middle)[:NEAREST]]
    made = []
    for p in positions:
        rings = part.rings(int(p))
        inside = kind == "polygon" and sum(_crossings(ring, x, y) for ring in rings) % 2 == 1
        distance = 0.0 if inside else min((_distance(ring, x, y) for ring in rings), default=np.inf)
        if distance <= r:
            box = part.bounds[p]
            area = float((box[2] - box[0]) * (box[3] - box[1])) if kind == "polygon" else 0.0
            made.append((int(p), distance / resolution, area))
    return made


def _distance(ring: NDArray[np.float64], x: float, y: float) -> float:
    """Metres from (x, y) to a run of coordinates."""
    a = ring - (x, y)
    if len(a) == 1:
        return float(np.hypot(a[0, 0], a[0, 1]))
    start, along = a[:-1], np.diff(a, axis=0)
    length2 = np.einsum("ij,ij->i", along, along)
    t = np.clip(-np.einsum("ij,ij->i", start, along) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    nearest = start + along * t[:, None]
    return float(np.sqrt(np.einsum("ij,ij->i", nearest, nearest).min()))


def _crossings(ring: NDArray[np.float64], x: float, y: float) -> int:
    """How often a ray from (x, y) to the east crosses a ring."""
    (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
    spans = (y0 > y) != (y1 > y)
    if not spans.any():
        return 0
    at = x0[spans] + (y - y0[spans]) / (y1[spans] - y0[spans]) * (x1[spans] - x0[spans])
    return int((at > x).sum())


def inside_box(shown: Shown, view: View, bbox: BBox) -> dict[str, NDArray[np.int64]]:
    """The ids of what is drawn and touches a box, by class; the ground of a box's own polygon counts as touching."""
    made: dict[str, NDArray[np.int64]] = {}
    frame = shapely.box(*bbox)
    shapely.prepare(frame)
    for arrays, style in shown:
        ids = []
        for part, positions in arrays.drawn(bbox, style, view.scale_denominator):
            box = part.bounds[positions]
            whole = (box[:, 0] >= bbox[0]) & (box[:, 1] >= bbox[1]) & (box[:, 2] <= bbox[2]) & (box[:, 3] <= bbox[3])
            if style.kind != "point":
                for i in np.flatnonzero(~whole):
                    whole[i] = _touches(part.rings(int(positions[i])), style.kind, frame, bbox)
            ids.append(part.ids[positions[whole]])
        joined = np.sort(np.concatenate(ids)) if ids else np.zeros(0, np.int64)
        if len(joined):
            made[style.cls] = joined
    return made


def _touches(rings: list[NDArray[np.float64]], kind: str, frame: shapely.Polygon, bbox: BBox) -> bool:
    if any(bool(frame.intersects(shapely.linestrings(ring))) for ring in rings if len(ring) > 1):
        return True
    x, y = (bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2
    return kind == "polygon" and sum(_crossings(ring, x, y) for ring in rings) % 2 == 1


def snap(
    shown: Shown, view: View, px: float, py: float, tolerance: float = 9.0, skip: Iterable[tuple[str, int]] = ()
) -> Snap | None:
    """The nearest vertex of what is drawn within ``tolerance`` pixels, or None. ``skip``: features left out."""
    x, y = view.to_world(px, py)
    r = tolerance * view.resolution
    left_out = set(skip)
    best: Snap | None = None
    for arrays, style in shown:
        for part, positions in arrays.drawn((x - r, y - r, x + r, y + r), style, view.scale_denominator):
            vertices, owner = _vertices(part, positions, style.kind)
            away = np.hypot(vertices[:, 0] - x, vertices[:, 1] - y)
            for i in np.argsort(away, kind="stable")[: len(left_out) * 4 + 1]:
                if away[i] > r:
                    break
                if (style.cls, int(part.ids[owner[i]])) in left_out:
                    continue
                if best is None or away[i] < np.hypot(best.x - x, best.y - y):
                    vx, vy = float(vertices[i, 0]), float(vertices[i, 1])
                    best = Snap(style.cls, int(part.ids[owner[i]]), vx, vy)
                break
    return best


def _vertices(part: Part, positions: NDArray[np.int64], kind: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All vertices of some features, and the position each belongs to."""
    if kind == "point":
        return part.bounds[positions, :2], positions
    first, last = part.first_ring[positions], part.last_ring[positions]
    begin, end = part.ring_offsets[first], part.ring_offsets[last]
    return part.coords[ragged(begin, end)], np.repeat(positions, end - begin)
