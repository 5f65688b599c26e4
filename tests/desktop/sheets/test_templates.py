"""Every template on every kind of city, in both languages: nothing lies on something else, nothing leaves its place."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from desktop.sheets.application import ensure_application
from desktop.sheets.continuation import continued, rows_left, with_further_pages
from desktop.sheets.export import Reading, settled
from desktop.sheets.page import paint_item, paint_sheet, placed_blocks
from desktop.sheets.table_block import TableBlock
from desktop.sheets.typography import text_width
from gis.cartography.sheets.items import ColumnItem, MapItem
from gis.cartography.sheets.specification import SheetSpec
from gis.cartography.sheets.templates import sheet_template, template_names
from gis.project import Session
from gis.project.analysis import run_analysis
from tests.desktop.sheets.cases import CASES, LONG, city_of

DATE = datetime.date(2026, 3, 5)
SCALE = 2.5  # pixels a millimetre


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Session, object]]]:
    ensure_application()
    made: dict[str, tuple[Session, object]] = {}
    folder = tmp_path_factory.mktemp("cases")
    for case in CASES:
        session = city_of(case, folder / f"{case}.yantu")
        made[case] = (session, run_analysis(session, "wifi") if case in ("usual", "long") else None)
    _settled.clear()
    yield made
    for _, _, reading in _settled.values():
        reading.__exit__(None, None, None)
    _settled.clear()
    for session, _ in made.values():
        session.close()


_settled: dict[tuple[str, str, str], tuple[SheetSpec, Reading, Any]] = {}  # every sheet is settled once


def _words(case: str) -> dict[str, str]:
    if case != "long":
        return {"approval": "苏S(2026)012号", "maker": "测绘院"}
    return {
        "approval": "苏S(2026)012号", "title": LONG * 2, "subtitle": LONG * 3, "maker": LONG * 2, "mark": LONG,
        "notes": LONG * 20,
    }  # fmt: skip


def _spec(cities, name: str, case: str, language: str) -> tuple[SheetSpec, Reading]:
    key = (name, case, language)
    if key not in _settled:
        session, run = cities[case]
        reading = session.reading()
        snapshot = reading.__enter__()
        spec = settled(session, snapshot, name, run=run, language=language, date=DATE, words=_words(case))
        _settled[key] = (spec, Reading(session, snapshot), reading)
    return _settled[key][:2]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", template_names())
def test_blocks_lie_inside_the_margins_and_apart(cities, name: str, case: str, language: str) -> None:
    spec, _ = _spec(cities, name, case, language)
    boxes = [(item.id, item.box) for item in spec.items if isinstance(item, MapItem)]
    placed = placed_blocks(spec)
    boxes += [(item.id, box) for item, _, box in placed]
    left, top = spec.margins.left, spec.margins.top
    right, bottom = spec.paper.width - spec.margins.right, spec.paper.height - spec.margins.bottom
    for id, box in boxes:
        assert box.x >= left - 0.51, id
        assert box.y >= top - 1.01, id
        assert box.right <= right + 0.51, id
        assert box.bottom <= bottom + 0.51, id
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            apart = a.right <= b.x + 0.51 or b.right <= a.x + 0.51 or a.bottom <= b.y + 0.51 or b.bottom <= a.y + 0.51
            assert apart, (one, other)
    for item, block, box in placed:  # a block that cannot say all has been told how much room it has
        assert block.least(box.width) <= box.height + 1.0 or isinstance(block, TableBlock), item.id


@pytest.mark.parametrize("case", ["usual", "long"])
@pytest.mark.parametrize("name", template_names())
def test_ink_stays_in_its_box(cities, name: str, case: str) -> None:
    """Every item alone on white paper leaves ink inside its own box and nowhere else."""
    spec, source = _spec(cities, name, case, "zh")
    scale = SCALE * 210.0 / min(spec.paper.width, spec.paper.height)
    for item in spec.items:
        if isinstance(item, MapItem):
            continue
        image = QImage(round(spec.paper.width * scale), round(spec.paper.height * scale), QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        painter = QPainter(image)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(scale, scale)
        paint_item(painter, item, spec, source)
        painter.end()
        grey = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].min(-1)
        rows, columns = np.nonzero(grey < 200)
        if not len(rows):
            continue
        box, slack = item.box, 0.6 + 1.0 / scale
        assert columns.min() / scale >= box.x - slack, item.id
        assert columns.max() / scale <= box.right + slack, item.id
        assert rows.min() / scale >= box.y - slack - 0.6, item.id
        assert rows.max() / scale <= box.bottom + slack + 0.6, item.id


@pytest.mark.parametrize("case", ["usual", "many"])
@pytest.mark.parametrize("name", template_names())
def test_no_row_of_a_table_is_lost(cities, name: str, case: str) -> None:
    spec, _ = _spec(cities, name, case, "zh")
    wanted = {item.id: item for item in _tables(spec)}
    rows = {id: list(_body(spec.tables[id])) for id in wanted if id in spec.tables and not wanted[id].rows}
    seen: dict[str, list[tuple[str, ...]]] = {id: [] for id in rows}
    page: SheetSpec | None = spec
    pages = 0
    while page is not None:
        left = rows_left(page)
        for id in rows:
            if id in page.tables and any(item.id == id for item in _tables(page)):
                body = _body(page.tables[id])
                rest = len(_body(left[id])) if id in left else 0
                seen[id] += body[: len(body) - rest]
        page = continued(page)
        pages += 1
        assert pages < 200
    assert seen == rows
    if case == "usual" and name.startswith("inventory"):
        assert pages == 1


def _tables(spec: SheetSpec) -> list:
    from gis.cartography.sheets.items import TableItem, all_items

    return [item for item in all_items(spec.items) if isinstance(item, TableItem)]


def _body(table) -> tuple:
    return table.rows[:-1] if table.total else table.rows


def test_a_page_whose_table_goes_on_says_so(cities) -> None:
    spec, _ = _spec(cities, "cameras_a4", "many", "zh")
    pages = with_further_pages(spec)
    assert len(pages) > 2
    for page in pages[:-1]:
        assert any(table.goes_on for table in page.tables.values())
    assert not any(table.goes_on for table in pages[-1].tables.values())


def test_a_further_page_is_painted_without_a_map(cities) -> None:
    spec, source = _spec(cities, "cameras_a4", "many", "zh")
    further = continued(spec)
    assert further is not None
    assert not any(isinstance(item, MapItem) for item in further.items)
    image = QImage(420, 594, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.scale(2, 2)
    paint_sheet(painter, further, source)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(594, 420, 4)[..., 0]
    assert (pixels < 230).sum() > 3_000


@pytest.mark.parametrize("name", template_names())
def test_titles_of_the_usual_city_are_whole(cities, name: str) -> None:
    """No line of text is cut on a city with usual names, but for those of which a template tells it."""
    for language in ("zh", "en"):
        spec, _ = _spec(cities, name, "usual", language)
        for item, block, box in placed_blocks(spec):
            text = getattr(block, "text", "")
            if not text or getattr(block, "most", 1) != 1 or getattr(block, "heading", ""):
                continue
            smallest = text_width(text, block.size, getattr(block, "bold", False)) * 0.72
            assert smallest <= box.width + 1e-6, (item.id, text)


def test_columns_have_items(cities) -> None:
    for name in template_names():
        assert all(item.items for item in sheet_template(name).items if isinstance(item, ColumnItem)), name
