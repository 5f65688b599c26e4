"""Changes of a sheet's template: each gives a new one, checked, so that undo is a list of templates.

Items are named by their ids; those in a column too, as far as it makes sense. Lengths are millimetres on the paper.
What cannot be is refused: an item off the paper, a sheet without its main map, a second one, a map that is not there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from gis.cartography.sheets.items import (
    PAPERS,
    Box,
    ColumnItem,
    Item,
    MapItem,
    Margins,
    Orientation,
    Paper,
    TextItem,
    all_items,
    identified,
)
from gis.cartography.sheets.templates import SheetTemplate
from gis.errors import Refusal

Edge = Literal["left", "center", "right", "top", "middle", "bottom"]
Way = Literal["horizontal", "vertical"]
EDGES: tuple[Edge, ...] = ("left", "center", "right", "top", "middle", "bottom")

SMALLEST = 2.0  # mm: nothing is made smaller by hand, so that it can be taken hold of again
SMALLEST_MAP = 20.0
_THINNEST = 0.05
_ROUND = 3  # decimals of a box: a thousandth of a millimetre, so that undone and redone arithmetic stays readable
_SLACK = 1e-6
_STEP = 5.0  # mm: how far a copy lies from what it was made of


# Looking ----------------------------------------------------------------------------------------------------------


def item_of(template: SheetTemplate, id: str) -> Item:
    """The item of that id, in a column or not. Refusal ``sheets.no_item``."""
    for item in all_items(template.items):
        if item.id == id:
            return item
    raise Refusal("sheets.no_item", item=id)


def column_of(template: SheetTemplate, id: str) -> ColumnItem | None:
    """The column an item stands in, None where it stands by itself."""
    for item in template.items:
        if isinstance(item, ColumnItem) and any(child.id == id for child in item.items):
            return item
    return None


def boxes_of(template: SheetTemplate, ids: Iterable[str]) -> dict[str, Box]:
    """The boxes of those of the items that have one of their own, in the sheet's order."""
    wanted = set(ids)
    return {item.id: item.box for item in template.items if item.id in wanted and item.box is not None}


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds them all; there is at least one."""
    found = list(boxes)
    x, y = min(box.x for box in found), min(box.y for box in found)
    return Box(x, y, max(box.right for box in found) - x, max(box.bottom for box in found) - y)


def paper_box(paper: Paper) -> Box:
    """The whole paper."""
    return Box(0.0, 0.0, paper.width, paper.height)


def printed_box(template: SheetTemplate) -> Box:
    """The paper within its margins."""
    paper, rim = template.paper, template.margins
    return Box(rim.left, rim.top, paper.width - rim.left - rim.right, paper.height - rim.top - rim.bottom)


def smallest(item: Item) -> float:
    """The least width and height of an item, mm."""
    return SMALLEST_MAP if isinstance(item, MapItem) else SMALLEST


# Adding and taking away ---------------------------------------------------------------------------------------------


def added(template: SheetTemplate, item: Item, column: str = "") -> tuple[SheetTemplate, str]:
    """The template with one more item, uppermost or last in the column of that id; and the new item's id.

    Raises Refusal ``sheets.second_main``, ``sheets.off_paper``, ``sheets.no_item``, ``sheets.not_in_column``.
    """
    taken = {one.id for one in all_items(template.items)}
    made = replace(item, id="") if item.id in taken else item
    if column:
        holder = item_of(template, column)
        if not isinstance(holder, ColumnItem) or isinstance(item, MapItem | ColumnItem):
            raise Refusal("sheets.not_in_column", item=item.id or type(item).__name__)
        items = _mapped(template.items, {column: replace(holder, items=(*holder.items, replace(made, box=None)))})
    else:
        items = (*template.items, made)
    changed_ = checked(replace(template, items=identified(items)))
    new = next(one.id for one in all_items(changed_.items) if one.id not in taken)
    return changed_, new


def removed(template: SheetTemplate, ids: Iterable[str]) -> SheetTemplate:
    """Without these items; scales, legends and frames that were about a map taken away are about the main one.

    Raises Refusal ``sheets.main_needed``.
    """
    gone = set(ids)
    if template.map_item.id in gone:
        raise Refusal("sheets.main_needed")
    kept: list[Item] = []
    for item in template.items:
        if item.id in gone:
            continue
        if isinstance(item, ColumnItem):
            left = tuple(child for child in item.items if child.id not in gone)
            below = sum(child.id not in gone for child in item.items[item.split :]) if item.split else 0
            item = replace(item, items=left, split=len(left) - below if below else 0)
        kept.append(item)
    return checked(replace(template, items=tuple(_without_maps(item, gone) for item in kept)))


def _without_maps(item: Item, gone: set[str]) -> Item:
    if isinstance(item, ColumnItem):
        return replace(item, items=tuple(_without_maps(child, gone) for child in item.items))
    for key in ("of", "frame_of"):
        if getattr(item, key, "") in gone:
            item = _with(item, key, "")
    return item


def duplicated(
    template: SheetTemplate, ids: Iterable[str], dx: float = _STEP, dy: float = _STEP
) -> tuple[SheetTemplate, tuple[str, ...]]:
    """The template with a copy of each item that has a place of its own, and the copies' ids.

    A copy of the main map is an inset, since a sheet has one main map.
    """
    wanted = set(ids)
    return pasted(template, [item for item in template.items if item.id in wanted], dx, dy)


def pasted(
    template: SheetTemplate, items: Sequence[Item], dx: float = _STEP, dy: float = _STEP
) -> tuple[SheetTemplate, tuple[str, ...]]:
    """The template with these items of this sheet or another on top, as far off as given or as the paper allows.

    What they say of a map that is not here they say of the main one.
    """
    maps = {item.id for item in template.items if isinstance(item, MapItem)}
    page = paper_box(template.paper)
    new: list[str] = []
    for item in items:
        made = _anonymous(item)
        if isinstance(made, MapItem) and made.role == "main":
            made = replace(made, role="inset")
        for key in ("of", "frame_of"):
            if getattr(made, key, "") and getattr(made, key) not in maps:
                made = _with(made, key, "")
        if made.box is None:
            made = replace(made, box=_middle(page, 60.0, 30.0))
        assert made.box is not None
        box = made.box
        fitted_ = replace(box, width=min(box.width, page.width), height=min(box.height, page.height))
        off = (dx if box.right + dx <= page.right else -dx, dy if box.bottom + dy <= page.bottom else -dy)
        template, id = added(template, replace(made, box=kept_on(page, _shifted(fitted_, *off))))
        new.append(id)
    return template, tuple(new)


def _anonymous(item: Item) -> Item:
    if isinstance(item, ColumnItem):
        return replace(item, id="", items=tuple(_anonymous(child) for child in item.items))
    return replace(item, id="")


# Moving -------------------------------------------------------------------------------------------------------------


def moved(template: SheetTemplate, ids: Iterable[str], dx: float, dy: float) -> SheetTemplate:
    """The items together moved by so much; at the edge of the paper they stop."""
    boxes = boxes_of(template, ids)
    if not boxes:
        return template
    group, page = around(boxes.values()), paper_box(template.paper)
    dx = min(max(dx, page.x - group.x), page.right - group.right)
    dy = min(max(dy, page.y - group.y), page.bottom - group.bottom)
    return _placed(template, {id: _shifted(box, dx, dy) for id, box in boxes.items()})


def resized(template: SheetTemplate, id: str, box: Box) -> SheetTemplate:
    """The item in that box. Raises Refusal ``sheets.off_paper``, ``sheets.too_small``, ``sheets.no_item``."""
    if column_of(template, id) is not None:
        raise Refusal("sheets.in_column", item=id)
    item_of(template, id)
    return _placed(template, {id: box})


def aligned(template: SheetTemplate, ids: Iterable[str], edge: Edge) -> SheetTemplate:
    """The items' edges or centres brought onto one line: that of all of them together, or of the margins for one."""
    boxes = boxes_of(template, ids)
    if not boxes:
        return template
    frame = around(boxes.values()) if len(boxes) > 1 else printed_box(template)

    def at(box: Box) -> Box:
        match edge:
            case "left":
                return replace(box, x=frame.x)
            case "center":
                return replace(box, x=frame.x + (frame.width - box.width) / 2)
            case "right":
                return replace(box, x=frame.right - box.width)
            case "top":
                return replace(box, y=frame.y)
            case "middle":
                return replace(box, y=frame.y + (frame.height - box.height) / 2)
            case _:
                return replace(box, y=frame.bottom - box.height)

    page = paper_box(template.paper)
    return _placed(template, {id: kept_on(page, at(box)) for id, box in boxes.items()})


def distributed(template: SheetTemplate, ids: Iterable[str], way: Way) -> SheetTemplate:
    """Three or more items with the same gap between neighbours; the outermost stay where they are."""
    boxes = boxes_of(template, ids)
    if len(boxes) < 3:
        return template
    across = way == "horizontal"
    order = sorted(boxes, key=lambda id: boxes[id].x + boxes[id].width / 2 if across else _middle_y(boxes[id]))
    start = boxes[order[0]].x if across else boxes[order[0]].y
    end = boxes[order[-1]].right if across else boxes[order[-1]].bottom
    taken = sum(boxes[id].width if across else boxes[id].height for id in order)
    gap = (end - start - taken) / (len(order) - 1)
    made, at = {}, start
    for id in order:
        box = boxes[id]
        made[id] = replace(box, x=at) if across else replace(box, y=at)
        at += (box.width if across else box.height) + gap
    page = paper_box(template.paper)
    return _placed(template, {id: kept_on(page, box) for id, box in made.items()})


def _middle_y(box: Box) -> float:
    return box.y + box.height / 2


# Order ---------------------------------------------------------------------------------------------------------------


def raised(template: SheetTemplate, ids: Iterable[str], to_top: bool = False) -> SheetTemplate:
    """The items one step nearer to the eye, or above all others; in a column one place further down."""
    return _reordered(template, set(ids), 1, to_top)


def lowered(template: SheetTemplate, ids: Iterable[str], to_bottom: bool = False) -> SheetTemplate:
    """The items one step farther from the eye, or below all others; in a column one place further up."""
    return _reordered(template, set(ids), -1, to_bottom)


def _reordered(template: SheetTemplate, ids: set[str], step: int, whole: bool) -> SheetTemplate:
    items = tuple(
        replace(item, items=_stepped(item.items, ids, step, whole)) if isinstance(item, ColumnItem) else item
        for item in template.items
    )
    return replace(template, items=_stepped(items, ids, step, whole))


def _stepped(items: tuple[Item, ...], ids: set[str], step: int, whole: bool) -> tuple[Item, ...]:
    if whole:
        chosen = tuple(item for item in items if item.id in ids)
        rest = tuple(item for item in items if item.id not in ids)
        return (*rest, *chosen) if step > 0 else (*chosen, *rest)
    made = list(items)
    places = range(len(made) - 2, -1, -1) if step > 0 else range(1, len(made))
    for i in places:
        j = i + step
        if made[i].id in ids and made[j].id not in ids:
            made[i], made[j] = made[j], made[i]
    return tuple(made)


# Columns -------------------------------------------------------------------------------------------------------------


def taken_out(template: SheetTemplate, id: str, box: Box) -> SheetTemplate:
    """An item of a column put by itself into that box, above the column. Refusal ``sheets.no_item``."""
    column = column_of(template, id)
    if column is None:
        raise Refusal("sheets.no_item", item=id)
    child = item_of(template, id)
    free = replace(child, box=_fit(paper_box(template.paper), box, smallest(child)))
    without = replace(
        column,
        items=tuple(one for one in column.items if one.id != id),
        split=max(0, column.split - (1 if column.items.index(child) < column.split else 0)),
    )
    items = list(_mapped(template.items, {column.id: without}))
    place = next(i for i, item in enumerate(items) if item.id == column.id)
    items.insert(place + 1, free)
    if not without.items:
        items.pop(place)
    return checked(replace(template, items=tuple(items)))


def put_into(template: SheetTemplate, ids: Iterable[str], column: str) -> SheetTemplate:
    """The items at the end of a column, from top to bottom. Refusal ``sheets.not_in_column`` for maps and columns."""
    holder = item_of(template, column)
    wanted = set(ids) - {column}
    found = [item for item in template.items if item.id in wanted and item.box is not None]
    if not isinstance(holder, ColumnItem) or any(isinstance(item, MapItem | ColumnItem) for item in found):
        raise Refusal("sheets.not_in_column", item=", ".join(item.id for item in found))
    found.sort(key=lambda item: item.box.y if item.box is not None else 0.0)
    held = replace(holder, items=(*holder.items, *(replace(item, box=None) for item in found)))
    kept = tuple(held if item.id == column else item for item in template.items if item not in found)
    return checked(replace(template, items=kept))


# Properties ----------------------------------------------------------------------------------------------------------


def changed(template: SheetTemplate, id: str, /, **fields: Any) -> SheetTemplate:
    """The item with other values of its own fields.

    Raises Refusal ``sheets.no_property``, and what `checked` raises. Another ``id`` is carried through to the items
    that name it.
    """
    item = item_of(template, id)
    known = {field.name for field in dataclasses.fields(item)}
    for name in fields:
        if name not in known:
            raise Refusal("sheets.no_property", item=id, property=name)
    if isinstance(fields.get("box"), Box):
        fields["box"] = _rounded(fields["box"])
    made = replace(item, **fields)
    items = _mapped(template.items, {id: made})
    if made.id != id:
        items = tuple(_renamed(one, id, made.id) for one in items)
    if isinstance(made, MapItem) and made.role == "main" and made.id != template.map_item.id:
        # the one that was the main map gives way: a sheet has exactly one
        old = template.map_item
        items = _mapped(items, {old.id: replace(old, role=item.role if isinstance(item, MapItem) else "inset")})
    return checked(replace(template, items=items))


def _renamed(item: Item, old: str, new: str) -> Item:
    if isinstance(item, ColumnItem):
        return replace(item, items=tuple(_renamed(child, old, new) for child in item.items))
    for key in ("of", "frame_of"):
        if getattr(item, key, "") == old:
            item = _with(item, key, new)
    return item


def with_margins(template: SheetTemplate, margins: Margins) -> SheetTemplate:
    """Other margins; what lies at an edge of the old ones follows. Refusal ``sheets.no_room``."""
    made = replace(template, margins=margins)
    _with_room(made)
    return _laid(template, made)


def on_paper(template: SheetTemplate, name: str, orientation: Orientation) -> SheetTemplate:
    """The same sheet on another paper: boxes keep their share of what the margins leave, type keeps its size.

    Edges at a margin stay at it, and what was the same width stays so. Refusal ``sheets.no_paper``,
    ``sheets.no_room``.
    """
    made = replace(template, paper=Paper.of(name, orientation))
    _with_room(made)
    return _laid(template, made)


def orientation_of(paper: Paper) -> Orientation:
    """Whether the paper lies or stands."""
    return "landscape" if paper.width > paper.height else "portrait"


def paper_names() -> tuple[str, ...]:
    """The papers there are, largest first."""
    return tuple(PAPERS)


def _with_room(template: SheetTemplate) -> None:
    inside = printed_box(template)
    rim = template.margins
    if min(inside.width, inside.height) < 2 * SMALLEST_MAP or min(rim.left, rim.top, rim.right, rim.bottom) < 0:
        raise Refusal("sheets.no_room", least=2 * SMALLEST_MAP)


def _laid(old: SheetTemplate, new: SheetTemplate) -> SheetTemplate:
    before, after = printed_box(old), printed_box(new)

    def along(at: float, start: float, length: float, paper: float, to: float, to_length: float, whole: float) -> float:
        if at <= start:  # in the rim: the same distance from the edge of the paper, as far as the new rim is as wide
            return at * to / start if start > 0 else to
        if at >= start + length:
            rim = paper - start - length
            return whole - (paper - at) * (whole - to - to_length) / rim if rim > 0 else to + to_length
        return to + (at - start) / length * to_length

    def across(x: float) -> float:
        return along(x, before.x, before.width, old.paper.width, after.x, after.width, new.paper.width)

    def down(y: float) -> float:
        return along(y, before.y, before.height, old.paper.height, after.y, after.height, new.paper.height)

    page = paper_box(new.paper)
    items: list[Item] = []
    for item in new.items:
        if item.box is not None:
            x, y, right, bottom = across(item.box.x), down(item.box.y), across(item.box.right), down(item.box.bottom)
            item = replace(item, box=_fit(page, Box(x, y, right - x, bottom - y), smallest(item)))
        items.append(item)
    return checked(replace(new, items=tuple(items)))


# Checking ------------------------------------------------------------------------------------------------------------


def checked(template: SheetTemplate) -> SheetTemplate:
    """The template itself where it is sound.

    Raises Refusal ``sheets.second_main``, ``sheets.main_needed``, ``sheets.off_paper``, ``sheets.too_small``,
    ``sheets.same_id``, ``sheets.no_map``, ``sheets.text_needed``.
    """
    items = all_items(template.items)
    mains = sum(isinstance(item, MapItem) and item.role == "main" for item in items)
    if mains != 1:
        raise Refusal("sheets.second_main" if mains else "sheets.main_needed")
    ids = [item.id for item in items]
    if len(set(ids)) < len(ids) or not all(ids):
        raise Refusal("sheets.same_id", item=next((id for id in ids if not id or ids.count(id) > 1), ""))
    maps = {item.id for item in template.items if isinstance(item, MapItem)}
    page = paper_box(template.paper)
    for item in items:
        for key in ("of", "frame_of"):
            named = getattr(item, key, "")
            if named and (named not in maps or (key == "frame_of" and named == item.id)):
                raise Refusal("sheets.no_map", item=item.id, map=named)
        if isinstance(item, TextItem) and not {"zh", "en"} <= set(item.text):
            raise Refusal("sheets.text_needed", item=item.id)
    for item in template.items:
        if item.box is None:
            raise Refusal("sheets.off_paper", item=item.id)
        if not _inside(page, item.box):
            raise Refusal("sheets.off_paper", item=item.id)
        least = SMALLEST_MAP if isinstance(item, MapItem) else _THINNEST  # shipped rules are thinner than a hand makes
        if min(item.box.width, item.box.height) < least - _SLACK:
            raise Refusal("sheets.too_small", item=item.id, least=least)
    return template


def kept_on(page: Box, box: Box) -> Box:
    """The box moved, not resized, so far that it lies on the page."""
    x = min(max(box.x, page.x), page.right - box.width)
    y = min(max(box.y, page.y), page.bottom - box.height)
    return replace(box, x=x, y=y)


def _fit(page: Box, box: Box, least: float) -> Box:
    """The box on the page, made smaller where it must be, never smaller than ``least``."""
    width = min(max(box.width, min(least, box.width) if least == SMALLEST else least), page.width)
    height = min(max(box.height, min(least, box.height) if least == SMALLEST else least), page.height)
    return _rounded(kept_on(page, Box(box.x, box.y, width, height)))


def _inside(page: Box, box: Box) -> bool:
    slack = 10.0**-_ROUND
    return (
        box.x >= page.x - slack
        and box.y >= page.y - slack
        and box.right <= page.right + slack
        and box.bottom <= page.bottom + slack
    )


def _placed(template: SheetTemplate, boxes: dict[str, Box]) -> SheetTemplate:
    items = tuple(replace(item, box=_rounded(boxes[item.id])) if item.id in boxes else item for item in template.items)
    return checked(replace(template, items=items))


def _mapped(items: Sequence[Item], new: dict[str, Item]) -> tuple[Item, ...]:
    """The items with some replaced, in columns too."""
    made: list[Item] = []
    for item in items:
        if item.id in new:
            made.append(new[item.id])
        elif isinstance(item, ColumnItem):
            made.append(replace(item, items=_mapped(item.items, new)))
        else:
            made.append(item)
    return tuple(made)


def _with(item: Item, key: str, value: Any) -> Item:
    return replace(item, **{key: value})


def _shifted(box: Box, dx: float, dy: float) -> Box:
    return replace(box, x=box.x + dx, y=box.y + dy)


def _rounded(box: Box) -> Box:
    return Box(round(box.x, _ROUND), round(box.y, _ROUND), round(box.width, _ROUND), round(box.height, _ROUND))


def _middle(page: Box, width: float, height: float) -> Box:
    return Box(page.x + (page.width - width) / 2, page.y + (page.height - height) / 2, width, height)
