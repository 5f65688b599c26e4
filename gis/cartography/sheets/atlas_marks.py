"""What a sheet of an atlas has beside those of its template: its number, where the map goes on, the running totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from unicodedata import east_asian_width

from gis.cartography.sheets.atlas import PlannedPage, Way
from gis.cartography.sheets.atlas_totals import PageTotals, totals_table
from gis.cartography.sheets.items import Box, FrameItem, Item, TableItem, TextItem, all_items
from gis.cartography.sheets.specification import SheetSpec, Table
from gis.catalogue import Catalogue
from gis.errors import Language

_SIZE = 2.5  # mm, the em
_HIGH = 4.6
_LONGEST = 16  # letters of a name beside an arrow
_ARROWS: Mapping[Way, str] = {"north": "↑", "south": "↓", "west": "←", "east": "→"}


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place on the sheet (mm) that names another page."""

    box: Box
    page: int


def marked(spec: SheetSpec, planned: PlannedPage, titles: Mapping[int, str]) -> tuple[SheetSpec, list[Pointer]]:
    """The sheet with its page number and, at the rim of its map, the pages beside it; and where those stand.

    ``titles``: what the pages are called by number. A template whose own texts say the page number keeps its way.
    """
    fields = dict(spec.fields)
    for way, number in planned.neighbours.items():
        fields[way], fields[f"{way}_name"] = str(number), titles.get(number, "")
    texts = [item for item in all_items(spec.items) if isinstance(item, TextItem)]
    said = " ".join(item.text[spec.language] for item in texts)
    own = planned.page
    if "{page}" not in said:
        counted = page_words(own.number, own.count, spec.language)
        fields["imprint"] = "  ·  ".join(part for part in (fields.get("imprint", ""), counted) if part)
    marks: list[Item] = []
    pointers: list[Pointer] = []
    for way, number in planned.neighbours.items():
        if f"{{{way}}}" in said:
            continue
        text = neighbour_words(way, number, titles.get(number, ""), spec.language)
        box = _place(spec, way, text)
        marks.append(FrameItem(id=f"atlas-{way}-frame", box=box, fill="#FFFFFF", width=0.15))
        inside = Box(box.x, box.y + (_HIGH - _SIZE * 1.42) / 2, box.width, box.height)
        marks.append(TextItem(
            id=f"atlas-{way}", box=inside, text={"zh": text, "en": text}, size=_SIZE, align="center",
        ))  # fmt: skip
        pointers.append(Pointer(box, number))
    return replace(spec, items=(*spec.items, *marks), fields=fields), pointers


def with_totals(spec: SheetSpec, totals: PageTotals, catalogue: Catalogue) -> SheetSpec:
    """The sheet whose table of counts by class says how many there are on all pages so far, too.

    A table by area that has but one area to tell of gives way to it.
    """
    made = dict(spec.tables)
    names = {catalogue[name].label.text(spec.language): name for name in totals.here}
    for item in all_items(spec.items):
        if not isinstance(item, TableItem) or item.content not in ("counts", "areas"):
            continue
        found = made.get(item.id)
        if found is not None and all(row[0] in names for row in found.rows):
            made[item.id] = _running(found, totals, names, spec.language)
            continue
        # A coverage table without an area of the page stays away: counts are no substitute for shares.
        counts = item.content == "counts" or (found is None and not any(v.coverage for v in spec.views.values()))
        if counts and (found is None or len(found.rows) <= 2):
            table = totals_table(totals, catalogue, spec.language)
            if table is not None:
                made[item.id] = table
    return replace(spec, tables=made)


def _running(table: Table, totals: PageTotals, names: Mapping[str, str], language: Language) -> Table:
    head = "累计数量" if language == "zh" else "So far"
    rows = tuple((*row, f"{totals.so_far[names[row[0]]]:,}") for row in table.rows)
    return replace(table, head=(*table.head, head), rows=rows, numeric=(*table.numeric, True))


def page_words(number: int, count: int, language: Language) -> str:
    """ "第 3 页，共 155 页"."""
    return f"第 {number} 页，共 {count} 页" if language == "zh" else f"Page {number} of {count}"


def neighbour_words(way: Way, number: int, title: str, language: Language) -> str:
    """ "↑ 接第 12 页 青墩街道"."""
    short = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    said = f"接第 {number} 页 {short}" if language == "zh" else f"continues on page {number} {short}"
    return f"{said.strip()} {_ARROWS[way]}" if way == "east" else f"{_ARROWS[way]} {said.strip()}"


def _place(spec: SheetSpec, way: Way, text: str) -> Box:
    """Inside the main map, at the middle of the side that leads there."""
    inner = spec.map_item.inner()
    ems = sum(1.0 if east_asian_width(letter) in "WF" else 0.6 for letter in text)
    width = min(ems * _SIZE + 2.4, inner.width / 3)
    middle = inner.x + (inner.width - width) / 2
    centre = inner.y + (inner.height - _HIGH) / 2
    gap = 1.0
    match way:
        case "north":
            return Box(middle, inner.y + gap, width, _HIGH)
        case "south":
            return Box(middle, inner.bottom - gap - _HIGH, width, _HIGH)
        case "west":
            return Box(inner.x + gap, centre, width, _HIGH)
        case "east":
            return Box(inner.right - gap - width, centre, width, _HIGH)
