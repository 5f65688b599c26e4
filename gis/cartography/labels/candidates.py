"""What of a layer could be named in a view, collected as columns: beside points, along lines, within areas."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gis.cartography.arrays import LayerArrays, Part, ragged
from gis.cartography.declutter import Marks
from gis.cartography.labels import along as labels_along
from gis.cartography.labels import chains as labels_chains
from gis.cartography.labels import crossed as labels_crossed
from gis.cartography.labels import placing as labels_placing
from gis.cartography.labels import within as labels_within
from gis.cartography.labels.along import PAD, TALL
from gis.cartography.labels.chains import chains
from gis.cartography.labels.compiled import READY, quickest
from gis.cartography.labels.crossed import crossed
from gis.cartography.labels.names import SHORTEST, Letters, Names, joined
from gis.cartography.labels.text import is_han, letters_of
from gis.cartography.symbols import LabelRule, LayerStyle
from gis.cartography.view import View

MOST = 4000  # candidates looked at in one layer
REPEATED = 0.5  # priority lost by a name's repetitions along a line
LONG = 4000.0  # pixels of extent that are worth one priority, of four at most

_F64 = NDArray[np.float64]
_I64 = NDArray[np.int64]


def candidates(
    arrays: LayerArrays, style: LayerStyle, view: View, writer: Letters, shown: Marks | None = None
) -> Names | None:
    """What of a layer may be named in ``view``, None = nothing. Points need the marks that are ``shown``."""
    scale = view.scale_denominator
    rules: list[LabelRule] = []
    rule_of = np.full(256, -1, np.int64)  # of each variant
    for i, variant in enumerate(style.variants):
        rule = style.label_rule(variant.value)
        if rule is not None and rule.min_scale <= scale < rule.max_scale:
            if rule not in rules:
                rules.append(rule)
            rule_of[i] = rules.index(rule)
    drawn = arrays.drawn(view.bbox, style, scale) if style.kind == "line" or (rules and style.kind == "polygon") else []
    lines = crossed(drawn, view) if style.kind == "line" else None
    if not rules or not arrays.named:
        return None if lines is None else Names.none(lines)
    found = _Found(view, writer, tuple(rules), rule_of)
    if style.kind == "point":
        return found.beside(arrays, shown) if shown is not None and len(shown.ids) else None
    made = []
    for part, positions in drawn:
        if style.kind == "line":
            made.append(found.along(part, positions, arrays.dead if part is arrays.base else None))
        else:
            made.append(found.inside(part, positions))
    names = joined([names for names in made if names is not None])
    if lines is None:
        return names
    return Names.none(lines) if names is None else replace(names, crossed=lines)


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """The texts of some features with the pixels of their letters."""

    texts: NDArray[np.object_]
    starts: _I64
    codes: NDArray[np.int32]
    advance: _F64
    tight: _F64  # pixels of each text in a row
    letter: _F64
    spaced: _F64


class _Found:
    """Collects the candidates of one layer."""

    def __init__(self, view: View, writer: Letters, rules: tuple[LabelRule, ...], rule_of: _I64) -> None:
        self.view, self.writer, self.rules, self.rule_of = view, writer, rules, rule_of
        self.letter = np.array([writer.size(rule) for rule in rules])
        self.weight = np.array([rule.priority for rule in rules])
        self.repeat = np.array([max(rule.repeat, SHORTEST) for rule in rules]) * view.pixels_per_mm

    def words(self, texts: NDArray[np.object_], rule: _I64) -> _Words:
        """The texts as letters."""
        codes, starts = letters_of(texts.tolist())
        lengths = np.diff(starts)
        bold = np.array([r.bold for r in self.rules])[rule]
        advance = np.zeros(len(codes), np.float64)
        of_bold = np.repeat(bold, lengths)
        for heavy in (False, True):
            chosen = of_bold == heavy
            if chosen.any():
                advance[chosen] = self.writer.advances(codes[chosen], heavy)
        letter = self.letter[rule]
        advance *= np.repeat(letter, lengths)
        spaced = np.array([r.spaced for r in self.rules])[rule] * letter
        tight = np.add.reduceat(advance, starts[:-1]) + spaced * (lengths - 1) if len(texts) else np.zeros(0)
        return _Words(texts, starts, codes, advance, tight, letter, spaced)

    def beside(self, arrays: LayerArrays, shown: Marks) -> Names | None:
        """Beside the marks of points."""
        made = []
        named = self.rule_of[shown.variant]
        for part in arrays.parts:
            if part.text is None or len(part) == 0:
                continue
            at = np.minimum(np.searchsorted(part.sorted_ids, shown.ids), len(part.sorted_ids) - 1)
            here = np.flatnonzero((part.sorted_ids[at] == shown.ids) & (named >= 0))
            texts = part.text[part.places[at[here]]]
            worded = _has_text(texts)
            here, texts = here[worded], texts[worded]
            if len(here) > MOST:  # of equal weight those of the larger ids: by no means those that happen to be in view
                first = np.lexsort((-shown.ids[here], -shown.size[here], -self.weight[named[here]]))[:MOST]
                here, texts = here[first], texts[first]
            if len(here) == 0:
                continue
            rule = named[here]
            words = self.words(texts, rule)
            bonus = np.minimum(shown.size[here] / LONG, 1.0)
            clear = shown.size[here] * 0.5 + 0.25 * self.view.pixels_per_mm
            places = np.zeros(len(here) + 1, np.int64)
            made.append(
                self._names(words, rule, bonus, shown.ids[here], shown.at[here], clear, places, places[:1], _NO_BOX)
            )
        return joined(made)

    def along(self, part: Part, positions: _I64, dead: NDArray[np.bool_] | None) -> Names | None:
        """On lines, and on chains of lines of one name."""
        if part.text is None:
            return None
        known = chains(part)
        linked, alone = known.of(positions[self.rule_of[part.variant[positions]] >= 0], dead)
        alone = self._worth(part, alone, 2.0)
        runs = part.first_ring[alone], part.last_ring[alone]
        ring = ragged(*runs)
        alone = np.repeat(alone, runs[1] - runs[0])
        begin, end = part.ring_offsets[ring], part.ring_offsets[ring + 1]
        pieces = self._lines(part, part.coords, begin, end, alone, part.bounds[alone])
        lead = known.members[known.first[linked]]
        begin, end = known.begin[linked], known.end[linked]
        whole = self._lines(part, known.coords, begin, end, lead, known.bounds[linked])
        return joined([names for names in (whole, pieces) if names is not None])

    def _lines(self, part: Part, coords: _F64, begin: _I64, end: _I64, owner: _I64, box: _F64) -> Names | None:
        """On the lines ``begin:end`` of ``coords`` with the texts of the features ``owner``."""
        if len(owner) == 0 or part.text is None:
            return None
        rule = self.rule_of[part.variant[owner]]
        words = self.words(part.text[owner], rule)
        lengths = np.diff(words.starts)
        upright = np.minimum.reduceat(is_han(words.codes), words.starts[:-1]).astype(np.uint8)
        upright[lengths < 2] = 0
        spread = np.array([r.spread for r in self.rules])[rule] * words.letter
        k = 1.0 / self.view.resolution
        line, rank, first_place, first_box, boxes = quickest(labels_along.along)(
            coords, begin, end, self.view.left, self.view.top, k, words.advance, words.starts, words.letter,
            words.spaced, spread, upright, self.repeat[rule], float(self.view.width), float(self.view.height),
        )  # fmt: skip
        if len(line) == 0:
            return None
        extent = np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) * k
        bonus = np.minimum(extent / LONG, 4.0)[line] - REPEATED * np.minimum(rank, 1)
        chosen = _Words(
            words.texts[line], words.starts, words.codes, words.advance, words.tight[line], words.letter[line],
            words.spaced[line],
        )  # fmt: skip
        clear = np.full(len(line), -1.0)
        middle = boxes[first_box[first_place[:-1]], :2]
        return self._names(
            chosen, rule[line], bonus, part.ids[owner[line]], middle, clear, first_place, first_box, boxes, True
        )

    def inside(self, part: Part, positions: _I64) -> Names | None:
        """Within areas."""
        view = self.view
        positions = self._worth(part, positions, 1.0)
        if len(positions) == 0 or part.text is None:
            return None
        rule = self.rule_of[part.variant[positions]]
        words = self.words(part.text[positions], rule)
        size = np.column_stack([words.tight + 2 * PAD * words.letter, 2 * TALL * words.letter])
        first, centres = quickest(labels_within.within)(
            part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds, positions, view.left,
            view.top, 1.0 / view.resolution, size, float(view.width), float(view.height),
        )  # fmt: skip
        if len(centres) == 0:
            return None
        owner = np.repeat(np.arange(len(positions)), np.diff(first))
        boxes = np.empty((len(centres), 6))
        boxes[:, :2] = centres
        boxes[:, 2:4] = size[owner] * 0.5
        boxes[:, 4:] = (1.0, 0.0)
        box = part.bounds[positions]
        extent = np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) / view.resolution
        bonus = np.minimum(extent / LONG, 4.0)
        middle = np.column_stack(view.to_pixels((box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2))
        clear = np.full(len(positions), -1.0)
        first_box = np.arange(len(boxes) + 1)
        return self._names(words, rule, bonus, part.ids[positions], middle, clear, first, first_box, boxes)

    def _worth(self, part: Part, positions: _I64, least: float) -> _I64:
        """Those with a rule and a text, as large as ``least`` letters at least; the ``MOST`` important ones."""
        if part.text is None:
            return positions[:0]
        rule = self.rule_of[part.variant[positions]]
        positions, rule = positions[rule >= 0], rule[rule >= 0]
        box = part.bounds[positions]
        extent = np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) / self.view.resolution
        large = extent >= least * self.letter[rule]
        positions, rule, extent = positions[large], rule[large], extent[large]
        worded = _has_text(part.text[positions])
        positions, rule, extent = positions[worded], rule[worded], extent[worded]
        if len(positions) > MOST:
            first = np.lexsort((part.ids[positions], -extent, -self.weight[rule]))[:MOST]
            positions = np.sort(positions[first])
        return positions

    def _names(
        self, words: _Words, rule: _I64, bonus: _F64, ids: _I64, at: _F64, clear: _F64, first_place: _I64,
        first_box: _I64, boxes: _F64, on_line: bool = False,
    ) -> Names:  # fmt: skip
        size = np.column_stack([words.tight + 2 * PAD * words.letter, 2 * TALL * words.letter])
        return Names(
            words.texts, self.rules, rule, self.weight[rule] + bonus, ids, np.ascontiguousarray(at), size, clear,
            self.letter, np.full(len(rule), not on_line), first_place, first_box, boxes,
        )  # fmt: skip


_NO_BOX: _F64 = np.zeros((0, 6))


def _has_text(texts: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.fromiter(map(bool, texts.tolist()), np.bool_, len(texts))


def compile_labels() -> None:
    """Call each kernel once with the types it is used with; from then on they are used."""
    if READY.is_set():
        return
    coords = np.array([[1.0, 7.0], [6.0, 7.0], [6.0, 2.0], [1.0, 7.0]])
    first, last, one = np.zeros(1, np.int64), np.ones(1, np.int64), np.ones(1)
    ends = np.array([0, 4], np.int64)
    byte, grid = np.ones(1, np.uint8), np.zeros((4, 4), np.uint8)
    labels_along.along(
        coords, first, ends[1:], 0.0, 8.0, 1.0, np.ones(2), np.array([0, 2]), one, one, one, byte, one, 8.0, 8.0
    )
    labels_within.within(
        coords, ends, first, last, np.array([[1.0, 2.0, 6.0, 7.0]]), first, 0.0, 8.0, 1.0, np.ones((1, 2)), 8.0, 8.0
    )
    _, turned, _ = labels_chains.walk(np.full(2, -1))
    labels_chains.copied(coords, first, last, turned, np.array([0, 2]))
    labels_placing.cover(grid, coords, np.ones(4), 0.0, 0.0, 2.0)
    labels_crossed.trace(grid, coords, ends, first, last, first, 0.0, 8.0, 1.0, 0.0, 0.0, 2.0)
    labels_placing.solve(
        first, np.zeros(2, np.int64), first, np.zeros((0, 6)), coords[:1], np.ones((1, 2)), one, one, byte, byte, first,
        one, 8.0, 8.0, 0.0, 0.0, 2.0, grid, grid, grid, grid,
    )  # fmt: skip
    READY.set()
