"""What the mouse is doing on the page: moving items, an edge of one, a rubber band, the page, or a map's content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, Qt

from gis.cartography.sheets.items import Box
from gis.cartography.sheets.snapping import Guide, Handle

START_PX = 4.0  # how far the mouse goes before it is a drag
GRIP_PX = 8.0  # how near to an edge's handle

# The eight handles: which edges they hold, and where they lie on the box (shares of width and height).
HANDLES: Mapping[tuple[float, float], Handle] = {
    (0.0, 0.0): frozenset(("left", "top")),
    (0.5, 0.0): frozenset(("top",)),
    (1.0, 0.0): frozenset(("right", "top")),
    (1.0, 0.5): frozenset(("right",)),
    (1.0, 1.0): frozenset(("right", "bottom")),
    (0.5, 1.0): frozenset(("bottom",)),
    (0.0, 1.0): frozenset(("left", "bottom")),
    (0.0, 0.5): frozenset(("left",)),
}


@dataclass
class Pressed:
    """The mouse went down on an item or on nothing, and has not gone far."""

    at: QPointF  # widget
    id: str = ""
    toggled: bool = False  # the press already changed the selection
    handle: Handle = frozenset()


@dataclass
class Moving:
    """Items under the hand, drawn where they would come to lie."""

    start: QPointF  # mm
    boxes: Mapping[str, Box]
    dx: float = 0.0
    dy: float = 0.0
    guides: tuple[Guide, ...] = ()


@dataclass
class Resizing:
    """One item, some of whose edges are under the hand."""

    id: str
    start: QPointF  # mm
    old: Box
    handle: Handle
    box: Box = field(default=Box(0, 0, 0, 0))
    guides: tuple[Guide, ...] = ()


@dataclass
class Band:
    """A rubber band, widget coordinates; ``kept``: what was selected before and stays so."""

    start: QPointF
    end: QPointF
    kept: tuple[str, ...] = ()


@dataclass
class Panning:
    """The page moves on the pasteboard."""

    last: QPointF


@dataclass
class Content:
    """A map's content moves in its frame; ``by`` in mm of paper."""

    id: str
    start: QPointF
    by: QPointF = field(default_factory=QPointF)


def box_between(old: Box, handle: Handle, dx: float, dy: float, keep_ratio: bool) -> Box:
    """The box with the edges in the hand moved; with the old proportions where they are to be kept (corners only)."""
    left = old.x + (dx if "left" in handle else 0.0)
    top = old.y + (dy if "top" in handle else 0.0)
    right = old.right + (dx if "right" in handle else 0.0)
    bottom = old.bottom + (dy if "bottom" in handle else 0.0)
    if keep_ratio and len(handle) == 2 and old.width > 0 and old.height > 0:
        factor = max((right - left) / old.width, (bottom - top) / old.height, 0.05)
        width, height = old.width * factor, old.height * factor
        left, right = (right - width, right) if "left" in handle else (left, left + width)
        top, bottom = (bottom - height, bottom) if "top" in handle else (top, top + height)
    return Box(left, top, right - left, bottom - top)


def cursor_of(handle: Handle) -> Qt.CursorShape:
    """The cursor over a handle."""
    if len(handle) == 2:
        back = handle in (frozenset(("left", "top")), frozenset(("right", "bottom")))
        return Qt.CursorShape.SizeFDiagCursor if back else Qt.CursorShape.SizeBDiagCursor
    return Qt.CursorShape.SizeHorCursor if handle & {"left", "right"} else Qt.CursorShape.SizeVerCursor
