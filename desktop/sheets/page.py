"""Paints one SheetSpec with a painter whose unit is a millimetre and whose origin is the paper's upper left corner."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QPainter

from desktop.sheets.blocks import Block, MarkBlock, NorthBlock, ScaleBlock, TextBlock
from desktop.sheets.card_block import CardBlock
from desktop.sheets.chart_block import ChartBlock
from desktop.sheets.legend_block import LegendBlock
from desktop.sheets.map_frame import paint_map_frame
from desktop.sheets.picture_block import FrameBlock, LineBlock, PictureBlock
from desktop.sheets.table_block import TableBlock
from gis.cartography.sheets.absent import Absent, absent
from gis.cartography.sheets.fields import filled, named_fields
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
    painting_order,
)
from gis.cartography.sheets.specification import SheetSpec
from gis.progress import Progress


def paint_sheet(painter: QPainter, spec: SheetSpec, source: Any, progress: Progress | None = None) -> None:
    """Paint the items in order, maps below all others. ``source``: a session or snapshot to read the layers from."""
    progress = progress or Progress()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    for item in painting_order(spec.items):
        progress.step(0, 0, "sheets.painting")
        paint_item(painter, item, spec, source)


def paint_item(painter: QPainter, item: Item, spec: SheetSpec, source: Any) -> None:
    """Paint one item of the sheet at its place."""
    if isinstance(item, MapItem):
        paint_map_frame(painter, item, spec, source)
    elif isinstance(item, ColumnItem):
        _paint_column(painter, item, spec)
    elif item.box is not None:
        painter.save()
        block_of(item, spec).paint(painter, item.box)
        painter.restore()


def block_of(item: Item, spec: SheetSpec) -> Block:
    """The painted form of an item other than a map or a column."""
    match item:
        case TextItem():
            return _text(item, spec)
        case LegendItem():
            return LegendBlock(spec.view(item.of).legend, item.size, max(item.columns, 1), spec.language)
        case TableItem():
            return TableBlock(
                spec.tables.get(item.id), item.size, spec.language, item.rows, absent=_absent(item.content, spec)
            )
        case ScaleItem():
            return ScaleBlock(spec.view(item.of).denominator, item.width, spec.language)
        case NorthItem():
            return NorthBlock(spec.language)
        case ChartItem():
            return ChartBlock(
                spec.charts.get(item.id), item.form, item.size, spec.language, spec.grey, _absent(item.content, spec)
            )
        case CardItem():
            return CardBlock(spec.cards.get(item.id), item.size, spec.grey)
        case PictureItem():
            return PictureBlock(spec.pictures.get(item.id), item.fit, spec.language)
        case LineItem():
            return LineBlock(item)
        case FrameItem():
            return FrameBlock(item)
        case MarkItem():
            return MarkBlock(spec.fields.get("mark", ""), item.size, spec.grey)
    raise TypeError(f"{type(item).__name__} is not painted by itself")


def _absent(content: str, spec: SheetSpec) -> Absent:
    return absent(content, spec.language, on_page=bool(spec.fields.get("page")))


def _text(item: TextItem, spec: SheetSpec) -> TextBlock:
    pattern = item.text[spec.language]
    named = [name for name in named_fields(pattern) if name in spec.fields]
    said = filled(pattern, spec.fields)
    if named and not any(spec.fields[name] for name in named):
        said = ""
    heading = item.heading[spec.language] if item.heading and said else ""
    return TextBlock(said, item.size, item.bold, item.align, item.ink, item.lines, heading)


def _paint_column(painter: QPainter, column: ColumnItem, spec: SheetSpec) -> None:
    assert column.box is not None
    for child, box in column_boxes(column, spec):
        painter.save()
        child.paint(painter, box)
        painter.restore()


def placed_blocks(spec: SheetSpec) -> list[tuple[Item, Block, Box]]:
    """What stands on the sheet beside its maps: each item with its painted form and the room it has."""
    made: list[tuple[Item, Block, Box]] = []
    for item in spec.items:
        if isinstance(item, ColumnItem):
            made += _column_places(item, spec)
        elif item.box is not None and not isinstance(item, MapItem):
            made.append((item, block_of(item, spec), item.box))
    return made


def column_boxes(column: ColumnItem, spec: SheetSpec) -> list[tuple[Block, Box]]:
    """The blocks of a column that say something, with the room each gets."""
    return [(block, box) for _, block, box in _column_places(column, spec)]


def _column_places(column: ColumnItem, spec: SheetSpec) -> list[tuple[Item, Block, Box]]:
    """The items of a column with the room each gets: natural heights, or squeezed alike where there is too little.

    First a table that no column could hold gives way, then type gets smaller; only when that is not enough is something
    left out, of texts before figures.
    """
    assert column.box is not None
    box = column.box
    items = [item for item in column.items if block_of(item, spec).height(box.width) > 0]
    blocks = [block_of(item, spec) for item in items]
    room = box.height - column.gap * max(len(blocks) - 1, 0)
    # Twice: what one block does not need of its share after it has got smaller is left to the others.
    blocks = [b.fitted(box.width, h) for b, h in zip(blocks, _heights(blocks, box.width, room), strict=True)]
    made: list[tuple[Item, Block, Box]] = []
    y = box.y
    for item, block, height in zip(items, blocks, _heights(blocks, box.width, room), strict=True):
        height = min(height, box.bottom - y)
        if height <= 0:
            break
        made.append((item, block, Box(box.x, y, box.width, height)))
        y += height + column.gap
    return made


def _heights(blocks: list[Block], width: float, room: float) -> list[float]:
    heights = [block.height(width) for block in blocks]
    compact = [block.compact(width) for block in blocks]
    least = [block.least(width) for block in blocks]
    endless = [
        low if isinstance(block, TableBlock) and small > room * 0.6 else height
        for block, height, small, low in zip(blocks, heights, compact, least, strict=True)
    ]
    words_least = [a if isinstance(block, TextBlock) else b for block, a, b in zip(blocks, least, compact, strict=True)]
    for lowest in (endless, compact, words_least, least):
        heights = _squeezed(heights, lowest, room)
    return heights


def _squeezed(heights: list[float], lowest: list[float], room: float) -> list[float]:
    """The heights, brought towards the lowest by the same share of their slack until they fit the room."""
    slack = [max(height - low, 0.0) for height, low in zip(heights, lowest, strict=True)]
    excess = sum(heights) - room
    if excess <= 0 or sum(slack) <= 0:
        return heights
    share = min(excess / sum(slack), 1.0)
    return [height - share * spare for height, spare in zip(heights, slack, strict=True)]
