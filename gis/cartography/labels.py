"""Names on the map: collects what could be named, then places what fits, the important first, without collisions.

Texts are measured by the caller (fonts are the desktop's affair); all places are pixels of the view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sin

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, Part
from gis.cartography.declutter import Marks
from gis.cartography.symbols import LabelRule, LayerStyle
from gis.cartography.view import View

CELL = 4  # pixels: the grain in which taken room is kept
MOST = 500  # candidates looked at in one layer
PLACE = 60.0  # priority from which a name is that of a place and may cover marks
SAME = 320.0  # pixels between two equal names
_SHARES = np.array([0.5, 0.33, 0.67, 0.2, 0.8])  # where along a line its name may stand
Measure = Callable[[str, LabelRule], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that could be written. ``places``: centres (x, y) to try in order, of a text box turned by ``angle``
    degrees clockwise; for a point they are the mark's own place, and ``clear`` the pixels to keep from it.
    """

    text: str
    rule: LabelRule
    priority: float
    places: tuple[tuple[float, float], ...]
    angle: float = 0.0
    clear: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A name to write, centred on (x, y) and turned by ``angle`` degrees clockwise."""

    text: str
    rule: LabelRule
    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0


def candidates(
    arrays: LayerArrays, style: LayerStyle, view: View, measure: Measure, shown: Marks | None = None,
    sizes: Sequence[float] = (),
) -> list[Candidate]:  # fmt: skip
    """What of a layer may be named in ``view``. Points need the marks ``shown`` and their ``sizes`` by variant."""
    scale = view.scale_denominator
    rules: list[LabelRule | None] = []
    for variant in style.variants:
        rule = style.label_rule(variant.value)
        rules.append(rule if rule is not None and rule.min_scale <= scale < rule.max_scale else None)
    if not any(rules):
        return []
    if style.kind == "point":
        return _beside_points(arrays, rules, shown, sizes) if shown is not None else []
    named = np.array([rule is not None for rule in rules])
    made: list[Candidate] = []
    for part, positions in arrays.drawn(view.bbox, style, scale):
        if part.text is None:
            continue
        positions = positions[named[part.variant[positions]]]
        box = part.bounds[positions]
        length = np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) / view.resolution
        positions = positions[length > 24]
        length = length[length > 24]
        if len(positions) > MOST:
            weight = np.array([0.0 if rule is None else rule.priority for rule in rules])[part.variant[positions]]
            positions = positions[np.lexsort((-length, -weight))[:MOST]]
        for p in positions:
            text = part.text[p]
            rule = rules[part.variant[p]]
            if text and rule is not None:
                place = _along if style.kind == "line" else _inside
                candidate = place(part, int(p), str(text), rule, view, measure)
                if candidate is not None:
                    made.append(candidate)
    return made


def _beside_points(
    arrays: LayerArrays, rules: list[LabelRule | None], shown: Marks | None, sizes: Sequence[float]
) -> list[Candidate]:
    made: list[Candidate] = []
    if shown is None or len(shown.ids) > 4 * MOST:
        return made
    for part in arrays.parts:
        if part.text is None or len(part) == 0:
            continue
        at = np.minimum(np.searchsorted(part.sorted_ids, shown.ids), len(part.sorted_ids) - 1)
        for i in np.flatnonzero(part.sorted_ids[at] == shown.ids)[::-1][:MOST]:
            text = part.text[part.places[at[i]]]
            variant = int(shown.variant[i])
            rule = rules[variant]
            if text and rule is not None:
                x, y = float(shown.at[i, 0]), float(shown.at[i, 1])
                made.append(Candidate(str(text), rule, rule.priority, ((x, y),), clear=sizes[variant] / 2 + 2))
    return made


def _along(part: Part, p: int, text: str, rule: LabelRule, view: View, measure: Measure) -> Candidate | None:
    """On the line, where it runs straight for the length of the text; on its visible stretch if it must be."""
    width, _ = measure(text, rule)
    for ring in part.rings(p):
        found = _straight(view.pixels(ring), width, view)
        if found is None and len(ring) > 1 and not _within(part.bounds[p], view):
            seen = shapely.get_parts(shapely.clip_by_rect(shapely.linestrings(ring), *view.bbox))
            if len(seen):
                longest = seen[int(np.argmax(shapely.length(seen)))]
                found = _straight(view.pixels(shapely.get_coordinates(longest)), width, view)
        if found is not None:
            total, places, angle = found
            return Candidate(text, rule, rule.priority + min(total / 4000.0, 4.0), places, angle)
    return None


def _straight(
    points: NDArray[np.float64], width: float, view: View
) -> tuple[float, tuple[tuple[float, float], ...], float] | None:
    """The line's length, centres for a text ``width`` pixels wide and its angle; None where it bends too much."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    total = float(along[-1])
    if total < width * 1.15:
        return None
    middle = np.clip(total * _SHARES, width / 2, total - width / 2)
    at = np.concatenate([middle - width / 2, middle, middle + width / 2])
    x = np.interp(at, along, points[:, 0]).reshape(3, -1)
    y = np.interp(at, along, points[:, 1]).reshape(3, -1)
    seen = (x[1] >= 0) & (x[1] <= view.width) & (y[1] >= 0) & (y[1] <= view.height)
    straight = np.hypot(x[2] - x[0], y[2] - y[0]) >= 0.94 * width
    turned = np.degrees(np.arctan2(y[2] - y[0], x[2] - x[0]))
    turned = np.where(turned > 90, turned - 180, np.where(turned <= -90, turned + 180, turned))
    fit = np.flatnonzero(seen & straight)
    if len(fit) == 0:
        return None
    angle = float(turned[fit[0]])
    places = tuple(
        (float(x[0, i] + x[2, i] + 2 * x[1, i]) / 4, float(y[0, i] + y[2, i] + 2 * y[1, i]) / 4)
        for i in fit
        if abs(turned[i] - angle) < 2
    )
    return total, places, angle


def _within(box: NDArray[np.float64], view: View) -> bool:
    xmin, ymin, xmax, ymax = view.bbox
    return bool(box[0] >= xmin and box[1] >= ymin and box[2] <= xmax and box[3] <= ymax)


def _inside(part: Part, p: int, text: str, rule: LabelRule, view: View, measure: Measure) -> Candidate | None:
    """In the middle of the polygon's largest ring, or of its visible piece where the middle is out of view."""
    width, height = measure(text, rule)
    rings = part.rings(p)
    if not rings:
        return None
    ring = max(rings, key=_size)
    if len(ring) < 4:
        return None
    low, high = ring.min(axis=0), ring.max(axis=0)
    if (high[0] - low[0]) / view.resolution < width * 0.8 or (high[1] - low[1]) / view.resolution < height:
        return None
    middle = _middle(ring)
    x, y = view.to_pixels(*middle)
    margin = width / 2
    if not (margin <= x <= view.width - margin and height <= y <= view.height - height):
        piece = shapely.clip_by_rect(shapely.make_valid(shapely.polygons(ring)), *view.bbox)
        if piece.is_empty or piece.area / view.resolution**2 < 3 * width * height:
            return None
        point = shapely.point_on_surface(piece)
        x, y = view.to_pixels(point.x, point.y)
    extent = min(hypot(*(high - low)) / view.resolution / 4000.0, 4.0)
    return Candidate(text, rule, rule.priority + extent, _around(ring, float(x), float(y), width, height, view))


def _around(
    ring: NDArray[np.float64], x: float, y: float, width: float, height: float, view: View
) -> tuple[tuple[float, float], ...]:
    """(x, y) and places near it that keep the whole name inside the ring: marks often stand in the very middle."""
    near = np.array([(x + i * 0.6 * width, y + j * 1.6 * height) for j in (0, 1, -1, 2, -2) for i in (0, 1, -1)][1:])
    ends = [np.column_stack(view.to_world(near[:, 0] + side * width / 2, near[:, 1])) for side in (-1, 1)]
    polygon = shapely.polygons(ring)
    inside = np.all([shapely.contains_xy(polygon, at[:, 0], at[:, 1]) for at in ends], axis=0)
    return ((x, y), *((float(u), float(v)) for u, v in near[inside]))


def _size(ring: NDArray[np.float64]) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])))


def _middle(ring: NDArray[np.float64]) -> tuple[float, float]:
    """The ring's centroid, or a point inside where the centroid falls outside."""
    polygon = shapely.polygons(ring)
    centroid = shapely.centroid(polygon)
    if not shapely.contains_xy(polygon, centroid.x, centroid.y):
        centroid = shapely.point_on_surface(shapely.make_valid(polygon))
    return float(centroid.x), float(centroid.y)


def placed(
    wanted: Iterable[Candidate], view: View, measure: Measure, marks: Iterable[NDArray[np.float64]] = ()
) -> list[Placed]:
    """The names that fit, no two overlapping; ``marks``: pixels (n, 2) that all but the most important leave free."""
    taken = np.zeros((int(view.height) // CELL + 2, int(view.width) // CELL + 2), np.bool_)
    marked = np.zeros_like(taken)
    for at in marks:
        rows, columns = (at[:, 1] // CELL).astype(np.int64), (at[:, 0] // CELL).astype(np.int64)
        ok = (rows >= 0) & (columns >= 0) & (rows < taken.shape[0]) & (columns < taken.shape[1])
        marked[rows[ok], columns[ok]] = True
    made: list[Placed] = []
    written: dict[str, list[tuple[float, float]]] = {}
    for candidate in sorted(wanted, key=lambda c: -c.priority):
        width, height = measure(candidate.text, candidate.rule)
        same = written.setdefault(candidate.text, [])
        for x, y in _tries(candidate, width, height):
            if any(abs(x - u) + abs(y - v) < SAME for u, v in same):
                continue
            cells = _cells(x, y, width, height, candidate.angle, taken.shape)
            if cells is None or any(taken[a:b, c:d].any() for a, b, c, d in cells):
                continue
            if candidate.rule.priority < PLACE and any(marked[a:b, c:d].any() for a, b, c, d in cells):
                continue
            for a, b, c, d in cells:
                taken[a:b, c:d] = True
            made.append(Placed(candidate.text, candidate.rule, x, y, width, height, candidate.angle))
            same.append((x, y))
            break
    return made


def _tries(candidate: Candidate, width: float, height: float) -> Iterable[tuple[float, float]]:
    if candidate.clear is None:
        return candidate.places
    (x, y), gap = candidate.places[0], candidate.clear
    return (
        (x + gap + width / 2, y), (x - gap - width / 2, y), (x, y + gap + height / 2), (x, y - gap - height / 2)
    )  # fmt: skip


def _cells(
    x: float, y: float, width: float, height: float, angle: float, shape: tuple[int, ...]
) -> list[tuple[int, int, int, int]] | None:
    """The rows and columns of the taken-room grid under a turned text box, or None when it leaves the view."""
    boxes: list[tuple[float, float, float, float]]
    if abs(angle) < 3:
        boxes = [(x - width / 2, y - height / 2, x + width / 2, y + height / 2)]
    else:
        n = max(int(width / height), 1)
        dx, dy = cos(radians(angle)), sin(radians(angle))
        half = height * 0.55
        boxes = []
        for i in range(n + 1):
            t = (i / n - 0.5) * (width - height)
            boxes.append((x + t * dx - half, y + t * dy - half, x + t * dx + half, y + t * dy + half))
    cells = []
    for x0, y0, x1, y1 in boxes:
        a, b, c, d = int(y0 // CELL), int(y1 // CELL) + 1, int(x0 // CELL), int(x1 // CELL) + 1
        if a < 0 or c < 0 or b > shape[0] - 1 or d > shape[1] - 1:
            return None
        cells.append((a, b, c, d))
    return cells
