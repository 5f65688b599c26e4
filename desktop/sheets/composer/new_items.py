"""What a new item of each kind is like, and where on the sheet it begins."""

from __future__ import annotations

from dataclasses import replace

from gis.cartography.sheets.editing import printed_box
from gis.cartography.sheets.items import (
    Box,
    CardItem,
    ChartItem,
    ColumnItem,
    FrameItem,
    Item,
    LegendItem,
    LineItem,
    MapItem,
    MarkItem,
    NorthItem,
    PictureItem,
    ScaleItem,
    TableItem,
    TextItem,
)
from gis.cartography.sheets.templates import SheetTemplate
from gis.project.sheet_cards import card_indicators

# kind -> (width, height) in mm on A4; larger paper takes larger ones
_SIZES = {
    "map": (60.0, 60.0), "text": (80.0, 8.0), "legend": (60.0, 60.0), "scale": (64.0, 16.0), "north": (12.0, 17.0),
    "table": (80.0, 55.0), "chart": (80.0, 55.0), "card": (48.0, 30.0), "picture": (30.0, 30.0), "mark": (50.0, 8.0),
    "line": (80.0, 2.0), "frame": (80.0, 50.0), "column": (70.0, 90.0),
}  # fmt: skip


def new_item(kind: str, template: SheetTemplate) -> Item:
    """An item of that kind in the middle of the paper, with contents that tell something on this sheet."""
    content = "areas" if template.subject == "coverage" else "counts"
    made: Item
    match kind:
        case "map":
            made = MapItem(role="overview", grid="none", band=1.0, frame_of=template.map_item.id)
        case "text":
            made = TextItem(text={"zh": "文字", "en": "Text"}, size=4.0, lines=2)
        case "legend":
            made = LegendItem()
        case "scale":
            made = ScaleItem()
        case "north":
            made = NorthItem()
        case "table":
            made = TableItem(content=content)
        case "chart":
            made = ChartItem(content=content)
        case "card":
            made = CardItem(indicator="" if template.subject == "coverage" else card_indicators()[0][0])
        case "picture":
            made = PictureItem()
        case "mark":
            made = MarkItem()
        case "line":
            made = LineItem()
        case "frame":
            made = FrameItem(fill="#F3F5F8", width=0.2)
        case _:
            made = ColumnItem(items=(LegendItem(),))
    return replace(made, box=_place(kind, template))


def _place(kind: str, template: SheetTemplate) -> Box:
    """The middle of the paper, a little further down for each item that begins there already."""
    inside = printed_box(template)
    factor = min(max(min(template.paper.width, template.paper.height) / 210.0, 1.0), 2.0)
    width, height = _SIZES[kind]
    width = min(width * factor, inside.width)
    height = height if kind == "line" else min(height * factor, inside.height)
    taken = {(round(item.box.x, 1), round(item.box.y, 1)) for item in template.items if item.box is not None}
    x, y = round(inside.x + (inside.width - width) / 2), round(inside.y + (inside.height - height) / 2)
    step = 0.0
    while (round(x + step, 1), round(y + step, 1)) in taken:
        step += 5.0
    return Box(min(x + step, inside.right - width), min(y + step, inside.bottom - height), width, height)
