"""Further pages for tables that are too long for their place on a sheet: no row is lost at a page break."""

from __future__ import annotations

from dataclasses import replace

from desktop.sheets.page import placed_blocks
from desktop.sheets.table_block import TableBlock
from gis.cartography.sheets.items import Box, Item, MarkItem, TableItem, TextItem, all_items
from gis.cartography.sheets.specification import SheetSpec, Table

_GAP = 5.0  # mm between two tables
_MOST_PAGES = 2_000  # more than any table that is settled needs


def rows_left(spec: SheetSpec) -> dict[str, Table]:
    """What of each table did not fit, by item, ready for a further page; tables cut on purpose are not among them.

    A table that has no item on the page is one that waits for its own.
    """
    left: dict[str, Table] = {}
    seen: set[str] = set()
    for item, block, box in placed_blocks(spec):
        if not isinstance(item, TableItem) or not isinstance(block, TableBlock) or block.table is None:
            continue
        seen.add(item.id)
        if item.rows:
            continue
        body = block.table.rows[:-1] if block.table.total else block.table.rows
        shown = block.shown(box.width, box.height)
        if shown < len(body):
            rest = (*body[shown:], *(block.table.rows[-1:] if block.table.total else ()))
            left[item.id] = replace(block.table, rows=rest)
    known = {item.id for item in all_items(spec.items)}
    waiting = {id: table for id, table in spec.tables.items() if id not in known}
    squeezed_out = {
        item.id: spec.tables[item.id]
        for item in all_items(spec.items)
        if isinstance(item, TableItem) and item.id in spec.tables and item.id not in seen and spec.tables[item.id].rows
    }
    return {**left, **squeezed_out, **waiting}


def with_further_pages(spec: SheetSpec) -> list[SheetSpec]:
    """The sheet and the further pages its tables need; each but the last says that its table goes on."""
    made = [spec]
    while (left := rows_left(made[-1])) and len(made) < _MOST_PAGES:
        more = _further(made[-1], left)
        here = {item.id for item in all_items(made[-1].items)} & set(left)
        tables = {id: replace(table, goes_on=True) if id in here else table for id, table in made[-1].tables.items()}
        made[-1] = replace(made[-1], tables=tables)
        made.append(more)
    return made


def continued(spec: SheetSpec) -> SheetSpec | None:
    """A further page of the same paper with the rows that did not fit; None where all do. It has no map.

    Ask again with the answer: very long tables take several pages; ``with_further_pages`` does all that.
    """
    left = rows_left(spec)
    return _further(spec, left) if left else None


def _further(spec: SheetSpec, left: dict[str, Table]) -> SheetSpec:
    """The page with the first rows of ``left``; what does not fit waits among its tables."""
    zh = spec.language == "zh"
    margins, paper = spec.margins, spec.paper
    width = paper.width - margins.left - margins.right
    title, size = _title(spec), max(min(paper.width, paper.height) / 42.0, 4.5)
    small = round(size * 0.44, 1)
    mark = width * 0.26
    foot = paper.height - margins.bottom - small * 1.5
    top = margins.top + size * 1.5 + _GAP
    items: list[Item] = [
        TextItem(
            id="continued-title", box=Box(margins.left, margins.top, width - mark - _GAP, size * 1.5),
            text=_both(title), size=size, bold=True,
        ),
        MarkItem(
            id="continued-mark", box=Box(margins.left + width - mark, margins.top, mark, small * 2.4), size=small,
        ),
        TextItem(
            id="continued-imprint", box=Box(margins.left, foot, width, small * 1.5), text=_both("{imprint}"),
            size=small, ink="soft", align="right",
        ),
    ]  # fmt: skip
    shown: dict[str, Table] = {}
    room = foot - _GAP - top
    for id, table in left.items():
        more = "（续）" if zh else " (continued)"
        title = table.title if table.title.endswith(more) else table.title + more
        item = TableItem(id=id, content="continued", size=small)
        block = TableBlock(replace(table, title=title), small, spec.language)
        height = min(block.height(width), room)
        if shown and block.height(width) > room:
            break
        items.append(replace(item, box=Box(margins.left, top, width, height)))
        shown[id] = replace(table, title=title)
        top, room = top + height + _GAP, room - height - _GAP
        if room < small * 12:
            break
    waiting = {id: table for id, table in left.items() if id not in shown}
    return replace(
        spec, items=tuple(items), views={}, tables={**shown, **waiting}, charts={}, cards={}, pictures={},
    )  # fmt: skip


def _title(spec: SheetSpec) -> str:
    return "{title}（续）" if spec.language == "zh" else "{title} (continued)"


def _both(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}
