"""A sheet as pages for a meeting (.pptx): the map as a picture, all words, tables and charts as PowerPoint's own.

The first page has title, map, legend, figures and, where it is short enough, the table; further tables and charts get
pages of their own. The speaker's notes tell where the figures come from. The same sheet gives the same bytes.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QPainter

from desktop.sheets.legend_block import LegendBlock
from desktop.sheets.map_frame import paint_map_frame
from gis.cartography.sheets.items import Box, ChartItem, all_items
from gis.cartography.sheets.specification import Card, Chart, SheetSpec, Table
from gis.progress import Progress

FONT = "Microsoft YaHei"  # where it is missing PowerPoint and LibreOffice take the system's Chinese sans serif
_WIDTH, _HEIGHT, _RIM = 13.333, 7.5, 0.45  # inches: 16:9
_DPI = 220.0  # of the pictures on the page
_MAP = (_RIM, 1.2, 8.1, 5.65)  # x, y, width, height of the room for the map, inches
_LEGEND_MM = 80.0  # how wide the legend is set before it is scaled to its place
_ROWS = 14  # of a table on a page of its own
_SHORT = 11  # rows of a table beside the map
_INK, _SOFT, _MARK = RGBColor(0x16, 0x19, 0x1D), RGBColor(0x4E, 0x56, 0x60), RGBColor(0x9B, 0x1C, 0x1C)
_MET, _MISSED = RGBColor(0x1B, 0x6E, 0x4B), RGBColor(0x9B, 0x1C, 0x1C)
_FORMS = {
    "bar": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "pie": XL_CHART_TYPE.PIE,
}


def write_slides(
    spec: SheetSpec, source: Any, target: Path, date: datetime.date, progress: Progress | None = None
) -> int:
    """Write the sheet to ``target``; returns the number of pages. ``source``: a session or snapshot. Raises OSError."""
    progress = progress or Progress()
    show = Presentation()
    show.slide_width, show.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    progress.step(0, 0, "sheets.painting")
    tables = [table for table in spec.tables.values() if table.rows]
    beside = next((table for table in tables if len(table.rows) <= _SHORT and not spec.cards), None)
    page = _page(show, spec, spec.fields.get("title", ""))
    image = _map_image(spec, source, progress)
    height = _picture(page, image, *_MAP, _alternative(spec))
    _fill_side(page, spec, beside, _RIM + height * image.width() / image.height() + 0.4)
    progress.step(0, 0, "sheets.writing")
    forms = {item.id: item.form for item in all_items(spec.items) if isinstance(item, ChartItem)}
    for id, chart in spec.charts.items():
        _chart(_page(show, spec, chart.title), chart, forms.get(id, "bar"))
    for table in tables:
        if table is beside:
            continue
        body = list(table.rows[:-1] if table.total else table.rows)
        parts = max(ceil(len(body) / _ROWS), 1)
        for i in range(parts):
            rows = body[i * _ROWS : (i + 1) * _ROWS] + ([table.rows[-1]] if table.total and i == parts - 1 else [])
            title = table.title if parts == 1 else f"{table.title} ({i + 1}/{parts})"
            room = (_RIM, 1.25, _WIDTH - 2 * _RIM, 5.5)
            _table(_page(show, spec, title), table, rows, table.total and i == parts - 1, room, 13)
    _describe(show, spec, date)
    buffer = io.BytesIO()
    show.save(buffer)
    target.write_bytes(_settled(buffer.getvalue(), date))
    return len(show.slides)


def _page(show: Any, spec: SheetSpec, title: str) -> Any:
    """A page with its title, the mark, the foot and notes."""
    page = show.slides.add_slide(show.slide_layouts[5])
    page.shapes.title.left, page.shapes.title.top = Inches(_RIM), Inches(0.28)
    page.shapes.title.width, page.shapes.title.height = Inches(9.6), Inches(0.55)
    size = 26 if len(title) < 34 else 20
    _write(page.shapes.title.text_frame, title, size, bold=True)
    fields = spec.fields
    if fields.get("subtitle"):
        _text(page, fields["subtitle"], _RIM, 0.78, 9.6, 0.34, 12, color=_SOFT)
    if fields.get("mark"):
        frame = _text(page, fields["mark"], _WIDTH - _RIM - 2.6, 0.34, 2.6, 0.4, 12, color=_MARK, align=PP_ALIGN.CENTER)
        frame.line.color.rgb, frame.line.width = _MARK, Pt(1)
    said = [fields.get("crs", ""), fields.get("imprint", "")]
    if spec.publication == "public":  # the number must be seen wherever the map is
        said.insert(
            0,
            f"审图号：{fields.get('approval', '')}"
            if spec.language == "zh"
            else f"Approval no. {fields.get('approval', '')}",
        )
    _text(page, "  ·  ".join(part for part in said if part), _RIM, 7.0, _WIDTH - 2 * _RIM, 0.3, 9, color=_SOFT)
    page.notes_slide.notes_text_frame.text = _plain(_provenance(spec))
    return page


def _provenance(spec: SheetSpec) -> str:
    """What the speaker is asked: how the figures came about, of when, in which system, at which scale."""
    zh, fields = spec.language == "zh", spec.fields
    rows = [
        ("来源与口径" if zh else "Source and definition", fields.get("definition", "")),
        ("备注" if zh else "Notes", fields.get("notes", "")),
        ("数据截至" if zh else "Data as of", fields.get("data_date", "")),
        ("制图日期" if zh else "Printed", fields.get("printed_on", "")),
        ("制图" if zh else "Made by", fields.get("maker", "")),
        ("坐标系" if zh else "Coordinate system", fields.get("crs", "")),
        ("图幅比例尺" if zh else "Scale of the sheet", f"1:{spec.denominator:,.0f}"),
        ("审图号" if zh else "Approval number", fields.get("approval", "")),
    ]
    colon = "：" if zh else ": "
    told = [f"{name}{colon}{value}" for name, value in rows if value]
    told += [card.source for card in spec.cards.values() if card.source]
    return "\n".join(told)


def _map_image(spec: SheetSpec, source: Any, progress: Progress) -> QImage:
    """The maps of the sheet that lie in the main one's frame, at the density of the page."""
    box = spec.map_item.box
    assert box is not None
    dots = min(_MAP[2] / box.width, _MAP[3] / box.height) * _DPI  # a millimetre of the sheet
    image = QImage(round(box.width * dots), round(box.height * dots), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    try:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(dots, dots)
        painter.translate(-box.x, -box.y)
        for item in spec.maps:
            progress.step(0, 0, "sheets.painting")
            paint_map_frame(painter, item, spec, source)
    finally:
        painter.end()
    return image


def _legend_image(spec: SheetSpec) -> QImage | None:
    block = LegendBlock(spec.view().legend, 3.4, 2, spec.language)
    height = block.height(_LEGEND_MM)
    if height <= 0:
        return None
    dots = 10.0
    image = QImage(round(_LEGEND_MM * dots), round((height + 1) * dots), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    try:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(dots, dots)
        block.paint(painter, Box(0, 0, _LEGEND_MM, height))
    finally:
        painter.end()
    return image


def _fill_side(page: Any, spec: SheetSpec, table: Table | None, x: float) -> None:
    """Figures, legend and table below one another at the right of the map, from ``x`` on."""
    _, y, _, height = _MAP
    width, bottom = _WIDTH - _RIM - x, y + height
    for card in list(spec.cards.values())[:3]:
        y += _card(page, card, x, y, width) + 0.1
    # A table asks for 0.27 inches a row; the legend takes what is left.
    below = 0.0 if table is None else 0.45 + 0.27 * (len(table.rows) + 1)
    legend = _legend_image(spec)
    if legend is not None:
        room = max(bottom - y - below - 0.15, 1.2)
        y += _picture(page, legend, x, y, width, room, "图例" if spec.language == "zh" else "Legend") + 0.15
    if table is not None:
        _text(page, table.title, x, y, width, 0.3, 12, bold=True)
        _table(page, table, table.rows, table.total, (x, y + 0.34, width, max(bottom - y - 0.34, 1.0)), 9)


def _card(page: Any, card: Card, x: float, y: float, width: float) -> float:
    _text(page, card.title, x, y, width, 0.28, 11, color=_SOFT)
    color = _INK if card.met is None else (_MET if card.met else _MISSED)
    _text(page, card.value, x, y + 0.24, width, 0.5, 26, bold=True, color=color)
    said = "  ".join(part for part in (card.target, card.gap) if part)
    if said:
        _text(page, said, x, y + 0.74, width, 0.28, 11)
    return 1.05


def _picture(page: Any, image: QImage, x: float, y: float, width: float, height: float, told: str) -> float:
    """Put a picture as large as it fits at the upper left of the room; returns the height it takes, inches."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    ratio = min(width / image.width(), height / image.height())
    made = page.shapes.add_picture(
        io.BytesIO(buffer.data().data()), Inches(x), Inches(y), Inches(image.width() * ratio),
        Inches(image.height() * ratio),
    )  # fmt: skip
    made._element.nvPicPr.cNvPr.set("descr", _plain(told))
    return image.height() * ratio


def _alternative(spec: SheetSpec) -> str:
    what = "地图" if spec.language == "zh" else "Map"
    return f"{what}: {spec.fields.get('title', '')}, 1:{spec.denominator:,.0f}"


def _table(
    page: Any, table: Table, rows: Sequence[Sequence[str]], total: bool, room: tuple[float, float, float, float],
    size: float,
) -> None:  # fmt: skip
    x, y, width, height = room
    row_height = min(height / (len(rows) + 1), size * 0.031)
    shape = page.shapes.add_table(
        len(rows) + 1, len(table.head), Inches(x), Inches(y), Inches(width), Inches(row_height * (len(rows) + 1))
    )  # fmt: skip
    made = shape.table
    made.last_row = total
    size = min(size, row_height * 72 / 1.55)
    lengths = [
        max(sum(2 if ord(letter) > 0x2E7F else 1 for letter in row[i]) for row in (table.head, *rows)) + 2
        for i in range(len(table.head))
    ]
    for i, length in enumerate(lengths):
        made.columns[i].width = Inches(width * length / sum(lengths))
    for j, row in enumerate((table.head, *rows)):
        made.rows[j].height = Inches(row_height)
        for i, said in enumerate(row):
            cell = made.cell(j, i)
            cell.margin_top = cell.margin_bottom = Inches(0.01)
            cell.margin_left = cell.margin_right = Inches(0.05)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.fill.solid()
            last = total and j == len(rows)
            shade = 0xE4 if j == 0 or last else (0xFF if j % 2 else 0xF6)
            cell.fill.fore_color.rgb = RGBColor(shade, shade, shade if shade == 0xFF else min(shade + 4, 255))
            align = PP_ALIGN.RIGHT if table.numeric[i] else PP_ALIGN.LEFT
            _write(cell.text_frame, said, size, bold=j == 0 or last, align=align)
    if table.note:
        _text(page, table.note, x, y + row_height * (len(rows) + 1) + 0.05, width, 0.3, 9, color=_SOFT)


def _chart(page: Any, chart: Chart, form: str) -> None:
    data = CategoryChartData()
    data.categories = [_plain(name) for name in chart.categories]
    for series in chart.series:
        data.add_series(_plain(series.name), series.values)
    room = (Inches(_RIM), Inches(1.25), Inches(_WIDTH - 2 * _RIM), Inches(5.4))
    made = page.shapes.add_chart(_FORMS[form], *room, data).chart
    made.font.size, made.font.name = Pt(12), FONT
    made.has_title = False
    made.has_legend = len(chart.series) > 1 or form == "pie"
    if made.has_legend:
        made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    for series, drawn in zip(chart.series, made.plots[0].series, strict=True):
        if re.fullmatch(r"#[0-9A-Fa-f]{6}", series.color) and form != "pie":
            fill = drawn.format.line.color if form == "line" else _solid(drawn.format.fill)
            fill.rgb = RGBColor.from_string(series.color[1:].upper())
    if form != "pie" and chart.unit:
        made.value_axis.has_title = True
        _write(made.value_axis.axis_title.text_frame, chart.unit, 12)
    said = [f"▬ {chart.target:g} {chart.unit}".strip()] if chart.target is not None else []
    said += [chart.note] if chart.note else []
    if said:
        _text(page, "  ".join(said), _RIM, 6.66, _WIDTH - 2 * _RIM, 0.3, 11, color=_SOFT)


def _solid(fill: Any) -> Any:
    fill.solid()
    return fill.fore_color


def _text(
    page: Any, text: str, x: float, y: float, width: float, height: float, size: float, *, bold: bool = False,
    color: RGBColor = _INK, align: Any = PP_ALIGN.LEFT,
) -> Any:  # fmt: skip
    box = page.shapes.add_textbox(Inches(x), Inches(y), Inches(width), Inches(height))
    _write(box.text_frame, text, size, bold=bold, color=color, align=align)
    return box


def _write(
    frame: Any, text: str, size: float, *, bold: bool = False, color: RGBColor = _INK, align: Any = PP_ALIGN.LEFT
) -> None:
    """Set the words of a frame in the sheet's font, for Latin and Chinese letters alike."""
    frame.text = _plain(text)
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = 0
    for paragraph in frame.paragraphs:
        paragraph.alignment = align
        for run in paragraph.runs:
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
            run.font.color.rgb = color
            run.font._element.append(run.font._element.makeelement(qn("a:ea"), {"typeface": FONT}))


def _plain(text: str) -> str:
    """The text without letters that XML forbids."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", " ", text)


def _describe(show: Any, spec: SheetSpec, date: datetime.date) -> None:
    day = datetime.datetime(date.year, date.month, date.day)
    facts = show.core_properties
    facts.title, facts.subject = _plain(spec.fields.get("title", "")), _plain(spec.fields.get("subtitle", ""))
    facts.author = facts.last_modified_by = _plain(spec.fields.get("maker", "")) or "Yantu 盐图"
    facts.created = facts.modified = facts.last_printed = day
    facts.revision, facts.comments, facts.keywords, facts.category = 1, "", "", ""
    facts.language = "zh-CN" if spec.language == "zh" else "en"


def _settled(package: bytes, date: datetime.date) -> bytes:
    """The package with one date in all its parts, those of the charts' workbooks too."""
    made = io.BytesIO()
    stamp = (max(date.year, 1980), date.month, date.day, 0, 0, 0)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in _parts(package):
            if name.endswith(".xlsx"):
                content = _settled(content, date)
            elif name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{date}T00:00:00Z".encode(), content)
            part = zipfile.ZipInfo(name, stamp)
            part.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(part, content)
    return made.getvalue()


def _parts(package: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(package)) as read:
        for name in read.namelist():
            yield name, read.read(name)
