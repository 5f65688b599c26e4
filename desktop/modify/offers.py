"""Every modification the window offers, and why it cannot be done now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from desktop.shell.words import mark

Needs = Literal["", "any", "lines", "shapes", "two", "parts"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One action. ``tool``: the tool it takes in hand, else it is done at once; ``needs``: of the selection."""

    id: str
    text: str
    icon: str
    shortcut: str = ""
    tool: str = ""
    needs: Needs = ""
    group: int = 0


OFFERS = (
    Offer("transform", mark("Turn and scale"), "mdi6.rotate-right", "T", "transform", "", 0),
    Offer("mirror", mark("Mirror"), "mdi6.flip-horizontal", "Shift+T", "mirror", "any", 0),
    Offer("split", mark("Split"), "mdi6.content-cut", "X", "split", "", 1),
    Offer("join", mark("Join"), "mdi6.call-merge", "J", "", "two", 1),
    Offer("reverse", mark("Reverse the direction"), "mdi6.swap-horizontal", "Shift+R", "", "lines", 1),
    Offer("extend", mark("Extend to"), "mdi6.arrow-expand-right", "E", "extend", "", 1),
    Offer("trim", mark("Trim at"), "mdi6.scissors-cutting", "Shift+E", "trim", "", 1),
    Offer("offset", mark("Parallel copy…"), "mdi6.format-line-spacing", "O", "offset", "lines", 1),
    Offer("simplify", mark("Simplify…"), "mdi6.chart-line", "", "simplify", "shapes", 2),
    Offer("smooth", mark("Smooth…"), "mdi6.chart-bell-curve-cumulative", "", "smooth", "shapes", 2),
    Offer("explode", mark("Explode the parts"), "mdi6.arrow-split-vertical", "", "", "parts", 2),
    Offer("cut_hole", mark("Cut a hole"), "mdi6.shape-square-plus", "", "cut_hole", "", 3),
    Offer("fill_hole", mark("Fill a hole"), "mdi6.format-color-fill", "", "fill_hole", "", 3),
    Offer("fill_gap", mark("Fill a gap between areas"), "mdi6.puzzle-outline", "", "fill_gap", "", 3),
    Offer("duplicate", mark("Duplicate"), "mdi6.content-duplicate", "Ctrl+D", "", "any", 4),
    Offer("cut", mark("Cut"), "mdi6.content-cut", "Ctrl+X", "", "any", 4),
    Offer("copy", mark("Copy"), "mdi6.content-copy", "Ctrl+C", "", "any", 4),
    Offer("paste", mark("Paste"), "mdi6.content-paste", "Ctrl+V", "", "", 4),
    Offer("paste_here", mark("Paste in place"), "mdi6.content-paste", "Ctrl+Shift+V", "", "", 4),
    Offer("paste_into", mark("Paste into another class…"), "mdi6.content-paste", "", "", "", 4),
)  # fmt: skip
ANYWHERE = ("copy",)  # changes nothing and can be done in every mode


def reason(offer: Offer, editable: bool, editing: bool, catalogue: Any, selection: Mapping[str, Any]) -> str:
    """Why it cannot be done now, an English text for ``tr``; empty when it can. ``editing``: in the Edit mode."""
    if catalogue is None:
        return mark("No project is open")
    if offer.id not in ANYWHERE:
        if not editable:
            return mark("This project is read only.")
        if not editing:
            return mark("In the Edit mode only")
    kinds = {cls: str(catalogue[cls].geometry) for cls, ids in selection.items() if len(ids)}
    kinds = {cls: kind for cls, kind in kinds.items() if kind != "none"}
    if offer.needs and not kinds:
        return mark("Select something on the map first")
    if offer.needs == "lines" and "line" not in kinds.values():
        return mark("Select a line first")
    if offer.needs == "shapes" and set(kinds.values()) == {"point"}:
        return mark("Select lines or areas first")
    if offer.needs == "two" and not any(kind != "point" and len(selection[cls]) > 1 for cls, kind in kinds.items()):
        return mark("Select two or more lines or areas of one class first")
    if offer.needs == "parts" and "multipolygon" not in kinds.values():
        return mark("Select an area that may have several parts first")
    return ""
