"""Names on the map: what could be written, as columns, and the placing of what fits, the important first.

Letters are measured by the caller (fonts are the desktop's affair); all places are pixels of the view. What is tried,
and in which order, depends on features, scale and grids tied to the world, not on the window: names stay where they
are while the map is moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, degrees
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gis.cartography.declutter import Marks
from gis.cartography.labels.along import PAD
from gis.cartography.labels.compiled import quickest
from gis.cartography.labels.placing import Grid, cover, solve
from gis.cartography.labels.text import hashes_of
from gis.cartography.symbols import LabelRule
from gis.cartography.view import View
from gis.geometry.columns import BBox

BOLD = 35.0  # priority from which a name may cover marks where it cannot avoid them
APART = 0.6  # of a rule's repeat distance: nearer than that no name is written twice
LARGE = 3.7  # mm across (14 pixels on a usual screen): no name covers a mark larger than that, nor a cluster
SHORTEST = 10.0  # mm: no rule repeats a name nearer than that

_F64 = NDArray[np.float64]
_I64 = NDArray[np.int64]


class Letters(Protocol):
    """What a writer knows of letters."""

    def size(self, rule: LabelRule) -> float:
        """The letter height of a rule, in pixels."""

    def advances(self, codes: NDArray[np.int32], bold: bool) -> NDArray[np.float32]:
        """How far each letter moves the next one on, in letter heights."""


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """n names of one layer that could be written. ``size``: their boxes in a straight row (n, 2); ``clear``: pixels to
    keep from the point ``at`` (n, 2) beside which they stand, -1 for those with places of their own (see
    ``placing.solve``), whose middle ``at`` is then.
    """

    texts: NDArray[np.object_]
    rules: tuple[LabelRule, ...]
    rule: _I64
    priority: _F64
    ids: _I64
    at: _F64
    size: _F64
    clear: _F64
    letter: _F64  # pixels of letter height, of each rule
    soft: NDArray[np.bool_]  # whether it should not lie on lines
    first_place: _I64
    first_box: _I64
    boxes: _F64
    crossed: NDArray[np.uint8] | None = None  # the cells of the `Grid` which the layer's lines cross

    @staticmethod
    def none(crossed: NDArray[np.uint8]) -> Names:
        """No names, but lines which others should not lie on."""
        whole, real, pairs = np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 2))
        start = np.zeros(1, np.int64)
        return Names(
            np.zeros(0, object), (), whole, real, whole, pairs, pairs, real, real, real > 0, start, start,
            np.zeros((0, 6)), crossed,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A name to write, centred on (x, y) and turned by ``angle`` degrees clockwise; or letter by letter, each at its
    (x, y, angle) in ``letters``. ``boxes``: the room it takes (see ``placing``).
    """

    text: str
    rule: LabelRule
    x: float
    y: float
    width: float
    height: float
    angle: float
    letters: tuple[tuple[float, float, float], ...]
    boxes: _F64


def joined(parts: Sequence[Names]) -> Names | None:
    """The names of several parts or layers in one."""
    if len(parts) < 2:
        return parts[0] if parts else None
    rules = tuple(rule for names in parts for rule in names.rules)
    before = np.cumsum([0, *(len(names.rules) for names in parts)])
    rule = np.concatenate([names.rule + n for names, n in zip(parts, before[:-1], strict=True)])
    first_place, first_box = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    places = room = 0
    for names in parts:
        first_place.append(names.first_place[1:] + places)
        first_box.append(names.first_box[1:] + room)
        places, room = places + len(names.first_box) - 1, room + len(names.boxes)
    whole = {
        name: np.concatenate([getattr(names, name) for names in parts])
        for name in ("texts", "priority", "ids", "at", "size", "clear", "letter", "soft", "boxes")
    }
    return Names(
        rules=rules, rule=rule, first_place=np.concatenate(first_place), first_box=np.concatenate(first_box), **whole
    )


def placed(
    wanted: Iterable[Names | None], view: View, marks: Iterable[Marks] = (), reserved: Iterable[BBox] = ()
) -> list[Placed]:
    """The names that fit, no two overlapping, the most important first. ``marks`` are left free; only names from the
    priority ``BOLD`` on may cover small ones, where they fit nowhere else; clusters and ``LARGE`` marks never.
    Names of points and areas lie on as few lines as they can. ``reserved``: boxes (left, top, right, bottom) of pixels
    in which other things are written.
    """
    given = [names for names in wanted if names is not None]
    names = joined([names for names in given if len(names)])
    if names is None:
        return []
    grid = Grid.of(view)
    taken, shut, marked, crossed = grid.free(), grid.free(), grid.free(), grid.free()
    for shown in marks:
        whole = (shown.count > 1) | (shown.size > LARGE * view.pixels_per_mm)
        for cells, some in ((shut, whole), (marked, ~whole)):
            at = np.ascontiguousarray(shown.at[some], np.float64)
            quickest(cover)(cells, at, shown.size[some] * 0.5 - 0.5, *grid.about)
    for box in reserved:
        grid.close(shut, box)
    for layer in given:
        if layer.crossed is not None:
            np.maximum(crossed, layer.crossed, out=crossed)
    letter = names.letter[names.rule]
    bold = np.array([rule.priority >= BOLD for rule in names.rules], np.uint8)[names.rule]
    _, name = np.unique(hashes_of(names.texts.tolist()), return_inverse=True)
    apart = np.array([max(rule.repeat, SHORTEST) for rule in names.rules])[names.rule] * APART * view.pixels_per_mm
    order = np.lexsort((np.arange(len(names)), names.ids, -names.priority))
    chosen, middle = quickest(solve)(
        order, names.first_place, names.first_box, names.boxes, names.at, names.size, names.clear, PAD * letter, bold,
        names.soft.astype(np.uint8), np.ascontiguousarray(name.reshape(-1), np.int64), apart, float(view.width),
        float(view.height), *grid.about, taken, shut, marked, crossed,
    )  # fmt: skip
    return [_placed(names, int(i), int(chosen[i]), middle[i]) for i in order[chosen[order] >= 0]]


def _placed(names: Names, i: int, place: int, middle: Any) -> Placed:
    text, rule = names.texts[i], names.rules[names.rule[i]]
    x, y = float(middle[0]), float(middle[1])
    width, height = float(names.size[i, 0]), float(names.size[i, 1])
    if names.clear[i] >= 0:
        box = np.array([[x, y, width / 2, height / 2, 1.0, 0.0]])
        return Placed(text, rule, x, y, width, height, 0.0, (), box)
    boxes = names.boxes[names.first_box[place] : names.first_box[place + 1]]
    rows = boxes.tolist()
    if len(rows) == 1:
        return Placed(text, rule, x, y, width, height, degrees(atan2(rows[0][5], rows[0][4])), (), boxes)
    letters = tuple((row[0], row[1], degrees(atan2(row[5], row[4]))) for row in rows)
    return Placed(text, rule, x, y, width, height, 0.0, letters, boxes)
