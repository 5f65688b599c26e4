"""What an item moved or resized by hand holds on to: margins, the paper, edges and centres of others, a grid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gis.cartography.sheets.editing import SMALLEST, around, boxes_of, paper_box, printed_box, smallest
from gis.cartography.sheets.items import Box
from gis.cartography.sheets.templates import SheetTemplate

Source = Literal["margin", "paper", "item", "grid"]
Handle = frozenset[str]  # which edges are in the hand: of "left", "right", "top", "bottom"
_ORDER: dict[Source, int] = {"item": 0, "margin": 1, "paper": 2, "grid": 3}
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Guide:
    """A line to draw: vertical at x = ``at`` or horizontal at y = ``at``, from ``start`` to ``end``, mm."""

    vertical: bool
    at: float
    start: float
    end: float
    source: Source


@dataclass(frozen=True, slots=True)
class Snap:
    """Where the box comes to lie, and the lines it holds on to."""

    box: Box
    guides: tuple[Guide, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    at: float
    source: Source
    box: Box  # whose edge or centre it is


def snapped(
    template: SheetTemplate, ids: Iterable[str], dx: float, dy: float, *, tolerance: float = 2.0, grid: float = 0.0
) -> Snap:
    """Where the box around the items comes to lie when they are moved by (``dx``, ``dy``): held on to within
    ``tolerance`` mm what lies nearest, the grid of ``grid`` mm (0: none) only where nothing else does.

    Never off the paper. The items have places of their own.
    """
    moving = set(ids)
    group = around(boxes_of(template, moving).values())
    page = paper_box(template.paper)
    box = replace(group, x=group.x + dx, y=group.y + dy)
    across, down = _lines(template, moving)
    by_x, _ = _pull((box.x, box.x + box.width / 2, box.right), across, tolerance, grid)
    by_y, _ = _pull((box.y, box.y + box.height / 2, box.bottom), down, tolerance, grid)
    made = replace(
        box,
        x=min(max(box.x + by_x, page.x), page.right - box.width),
        y=min(max(box.y + by_y, page.y), page.bottom - box.height),
    )
    return Snap(made, _guides(made, across, down, (True, True, True), (True, True, True)))


def snapped_edges(
    template: SheetTemplate, id: str, box: Box, handle: Handle, *, tolerance: float = 2.0, grid: float = 0.0
) -> Snap:
    """Where the edges in the hand come to lie when an item is resized to ``box``; the others stay.

    Never off the paper and never smaller than the item may be.
    """
    across, down = _lines(template, {id})
    page = paper_box(template.paper)
    least = next((smallest(item) for item in template.items if item.id == id), SMALLEST)
    left, top, right, bottom = box.x, box.y, box.right, box.bottom
    if "left" in handle:
        left = min(max(left + _pull((left,), across, tolerance, grid)[0], page.x), right - least)
    if "right" in handle:
        right = max(min(right + _pull((right,), across, tolerance, grid)[0], page.right), left + least)
    if "top" in handle:
        top = min(max(top + _pull((top,), down, tolerance, grid)[0], page.y), bottom - least)
    if "bottom" in handle:
        bottom = max(min(bottom + _pull((bottom,), down, tolerance, grid)[0], page.bottom), top + least)
    made = Box(left, top, right - left, bottom - top)
    return Snap(
        made,
        _guides(
            made,
            across,
            down,
            ("left" in handle, False, "right" in handle),
            ("top" in handle, False, "bottom" in handle),
        ),
    )


def _lines(template: SheetTemplate, moving: set[str]) -> tuple[list[_Line], list[_Line]]:
    """The lines to hold on to: upright ones by their x, level ones by their y."""
    across: list[_Line] = []
    down: list[_Line] = []
    sources: list[tuple[Source, Box]] = [("margin", printed_box(template)), ("paper", paper_box(template.paper))]
    sources += [("item", item.box) for item in template.items if item.id not in moving and item.box is not None]
    for source, box in sources:
        across += [_Line(at, source, box) for at in (box.x, box.x + box.width / 2, box.right)]
        down += [_Line(at, source, box) for at in (box.y, box.y + box.height / 2, box.bottom)]
    return across, down


def _pull(edges: Sequence[float], lines: Sequence[_Line], tolerance: float, grid: float) -> tuple[float, _Line | None]:
    """By how much to shift so that one of the edges lies on a line; 0 where none is near."""
    best: tuple[float, int, float, _Line | None] | None = None
    for edge in edges:
        for line in lines:
            off = line.at - edge
            if abs(off) <= tolerance:
                found = (abs(off), _ORDER[line.source], off, line)
                if best is None or found[:2] < best[:2]:
                    best = found
    if best is not None:
        return best[2], best[3]
    if grid > 0 and edges:
        return round(edges[0] / grid) * grid - edges[0], None
    return 0.0, None


def _guides(
    box: Box, across: Sequence[_Line], down: Sequence[_Line],
    columns: tuple[bool, bool, bool], rows: tuple[bool, bool, bool],
) -> tuple[Guide, ...]:  # fmt: skip
    """One guide for each line that an edge or centre of the box now lies on."""
    made: dict[tuple[bool, float], Guide] = {}
    xs = (box.x, box.x + box.width / 2, box.right)
    ys = (box.y, box.y + box.height / 2, box.bottom)
    for vertical, edges, used, lines in ((True, xs, columns, across), (False, ys, rows, down)):
        for edge, on in zip(edges, used, strict=True):
            for line in lines:
                if not on or abs(line.at - edge) > _SAME:
                    continue
                low, high = (box.y, box.bottom) if vertical else (box.x, box.right)
                other = (line.box.y, line.box.bottom) if vertical else (line.box.x, line.box.right)
                key = (vertical, round(line.at, 3))
                old = made.get(key)
                start = min(low, other[0], *([old.start] if old else []))
                end = max(high, other[1], *([old.end] if old else []))
                source = line.source
                if old is not None and _ORDER[old.source] < _ORDER[source]:
                    source = old.source
                made[key] = Guide(vertical, line.at, start, end, source)
    return tuple(made.values())
