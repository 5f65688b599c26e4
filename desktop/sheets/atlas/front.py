"""What stands in front of an atlas: the list of its pages with running totals, and the overview with their frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

import shapely
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from desktop.sheets.atlas.order import AtlasOrder
from desktop.sheets.page import paint_sheet
from desktop.sheets.typography import INKS, elided, paint_line, text_width
from gis.cartography.sheets.atlas import PlannedPage
from gis.cartography.sheets.items import Box, MapItem, NorthItem, Paper, ScaleItem, TextItem
from gis.cartography.sheets.specification import MapView, SheetSpec
from gis.errors import Language
from gis.geometry.columns import BBox

_ROW = 6.2  # mm
_TYPE = 3.0
_HEAD = 24.0  # mm for the title
_FRAME = QColor("#B42318")
_GAP = 9.0  # between columns


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the contents: a heading of several pages, or a page."""

    heading: str = ""
    page: PlannedPage | None = None
    denominator: float = 0.0
    here: int | None = None
    so_far: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a front page something leads to an atlas page: its number."""

    box: Box
    number: int


class Contents:
    """The list of pages on as many sheets of paper as it takes; no row is left out."""

    def __init__(self, order: AtlasOrder, rows: Sequence[Row], title: str, counted: str) -> None:
        self._order, self._rows, self._title, self._counted = order, list(rows), title, counted
        paper, rim = order.template.paper, order.template.margins
        self._box = Box(rim.left, rim.top, paper.width - rim.left - rim.right, paper.height - rim.top - rim.bottom)
        self._columns = max(1, int((self._box.width + _GAP) // (120.0 + _GAP)))
        self._lines = max(1, int((self._box.height - _HEAD - _ROW * 1.2) // _ROW))
        self._cells = self._poured()

    @property
    def paper(self) -> Paper:
        """That of the sheets."""
        return self._order.template.paper

    @property
    def sheets(self) -> int:
        """How many pages it takes."""
        return max(1, ceil(len(self._cells) / self._columns))

    def _poured(self) -> list[list[Row]]:
        """Columns of rows; a heading never stands alone at the foot, and is said again where its pages go on."""
        columns: list[list[Row]] = [[]]
        heading = ""
        for i, row in enumerate(self._rows):
            last = len(columns[-1])
            if row.heading:
                heading = row.heading
            if last >= self._lines or (row.heading and last >= self._lines - 1 and i + 1 < len(self._rows)):
                columns.append([])
                if heading and not row.heading:
                    again = f"{heading}（续）" if self._order.language == "zh" else f"{heading} (continued)"
                    columns[-1].append(Row(heading=again))
            columns[-1].append(row)
        # A single column is set as two halves where the paper has room for two.
        if len(columns) < self._columns and not any(row.heading for row in self._rows):
            each = ceil(len(self._rows) / self._columns) if len(self._rows) > 12 else len(self._rows)
            columns = [self._rows[k : k + each] for k in range(0, len(self._rows), max(each, 1))] or [[]]
        return columns

    def paint(self, painter: QPainter, sheet: int) -> list[Place]:
        """Paint one of its pages; where its rows lead."""
        zh = self._order.language == "zh"
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        said = "目录" if zh else "Contents"
        paint_line(painter, said, self._box.x, self._box.y + 1.0, 7.0, bold=True)
        left = self._box.x + text_width(said, 7.0, True) + 6.0
        room = self._box.right - left
        paint_line(painter, elided(self._title, 4.0, room), left, self._box.y + 3.4, 4.0, ink=INKS["soft"])
        width = (self._box.width - _GAP * (self._columns - 1)) / self._columns
        places: list[Place] = []
        for i, rows in enumerate(self._cells[sheet * self._columns : (sheet + 1) * self._columns]):
            x = self._box.x + i * (width + _GAP)
            places += self._paint_column(painter, rows, Box(x, self._box.y + _HEAD, width, self._box.height - _HEAD))
        return places

    def _paint_column(self, painter: QPainter, rows: Sequence[Row], box: Box) -> list[Place]:
        zh = self._order.language == "zh"
        totals = any(row.here is not None for row in self._rows)
        # page · name · code · scale · on the page · so far: right edges of the numbers, left edges of the words.
        edges = {"so_far": box.right, "here": box.right - 20.0, "scale": box.right - (37.0 if totals else 0.0)}
        code = max([text_width(row.page.page.code, _TYPE * 0.9) for row in self._rows if row.page], default=0.0)
        code = min(code, 26.0)
        name_at = box.x + 13.0
        code_at = edges["scale"] - 22.0 - code
        heads = [
            ("页" if zh else "Page", box.x + 9.0, "right"), ("图名" if zh else "Name", name_at, "left"),
            ("比例尺" if zh else "Scale", edges["scale"], "right"),
        ]  # fmt: skip
        if code:
            heads.append(("编号" if zh else "Code", code_at, "left"))
        if totals:
            heads += [(self._counted, edges["here"], "right"), ("累计" if zh else "So far", edges["so_far"], "right")]
        for text, x, align in heads:
            paint_line(painter, text, x, box.y - _ROW * 0.9, _TYPE * 0.86, ink=INKS["soft"], align=align)
        painter.setPen(QPen(INKS["ink"], 0.25))
        painter.drawLine(QPointF(box.x, box.y - 0.8), QPointF(box.right, box.y - 0.8))
        places: list[Place] = []
        for i, row in enumerate(rows):
            y = box.y + i * _ROW
            top = y + (_ROW - _TYPE) / 2 - 0.3
            if row.page is None:
                paint_line(painter, elided(row.heading, _TYPE, box.width, True), box.x, top + 0.4, _TYPE, bold=True)
                continue
            own = row.page.page
            paint_line(painter, str(own.number), box.x + 9.0, top, _TYPE, align="right")
            room = (code_at if code else edges["scale"] - 22.0) - name_at - 2.0
            paint_line(painter, elided(row.page.title, _TYPE, room), name_at, top, _TYPE)
            if code:
                paint_line(painter, elided(own.code, _TYPE * 0.9, code + 0.1), code_at, top, _TYPE * 0.9, ink=INKS["soft"])  # noqa: E501 # fmt: skip
            scale = f"1:{row.denominator:,.0f}" if row.denominator else ""
            paint_line(painter, scale, edges["scale"], top, _TYPE * 0.9, ink=INKS["soft"], align="right")
            if row.here is not None:
                paint_line(painter, f"{row.here:,}", edges["here"], top, _TYPE, align="right")
                paint_line(painter, f"{row.so_far:,}", edges["so_far"], top, _TYPE, align="right")
            painter.setPen(QPen(INKS["line"], 0.08))
            painter.drawLine(QPointF(box.x, y + _ROW - 0.7), QPointF(box.right, y + _ROW - 0.7))
            places.append(Place(Box(box.x, y, box.width, _ROW), own.number))
        return places


class IndexMap:
    """The overview: the ground of the whole atlas with a frame and number for every page."""

    def __init__(self, whole: SheetSpec, order: AtlasOrder, pages: Sequence[PlannedPage], title: str) -> None:
        self._order, self._pages = order, list(pages)
        self.spec = overview_spec(whole, order, pages, title)

    def paint(self, painter: QPainter, source: Any) -> list[Place]:
        """Paint the page; where its numbers lead."""
        paint_sheet(painter, self.spec, source)
        item = self.spec.map_item
        inner, view = item.inner(), self.spec.view()
        xmin, _, _, ymax = self.spec.extent
        per_mm = view.metres_per_mm

        def at(x: float, y: float) -> QPointF:
            return QPointF(inner.x + (x - xmin) / per_mm, inner.y + (ymax - y) / per_mm)

        painter.save()
        painter.setClipRect(QRectF(inner.x, inner.y, inner.width, inner.height))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(_FRAME, 0.25)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        shapes = [_frame(page) for page in self._pages]
        for shape in shapes:
            painter.drawPath(_path(shapely.simplify(shape, 0.1 * per_mm), at))
        places = []
        sizes = sorted(shape.area**0.5 / per_mm for shape in shapes)
        size = min(max(sizes[len(sizes) // 2] / 4.5, 1.9), 4.5)
        for page, shape in zip(self._pages, shapes, strict=True):
            middle = shapely.point_on_surface(shape)
            centre, said = at(middle.x, middle.y), str(page.number)
            width, height = text_width(said, size, True) + size * 0.5, size * 1.25
            plate = QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(255, 255, 255, 215))
            painter.drawRoundedRect(plate, size * 0.25, size * 0.25)
            paint_line(painter, said, centre.x(), centre.y() - size / 2, size, bold=True, ink=_FRAME, align="center")
            places.append(Place(Box(plate.x(), plate.y(), plate.width(), plate.height()), page.number))
        painter.restore()
        return places


def overview_spec(whole: SheetSpec, order: AtlasOrder, pages: Sequence[PlannedPage], title: str) -> SheetSpec:
    """A sheet with nothing but a map of where the pages lie, at the round scale that fits all of them."""
    from gis.cartography.sheets.specification import fitting_denominator

    paper, rim = order.template.paper, order.template.margins
    zh = order.language == "zh"
    foot = 20.0
    box = Box(rim.left, rim.top + 16.0, paper.width - rim.left - rim.right, paper.height - rim.top - rim.bottom - 36.0)
    head = f"图幅索引　{title}" if zh else f"Index map · {title}"
    main = MapItem(id="index", box=box, role="overview")  # a main map without a legend would say it is empty
    west, south, east, north = shapely.total_bounds([_frame(page) for page in pages])
    extent: BBox = (float(west), float(south), float(east), float(north))
    ground = tuple(layer for layer in whole.view().layers if layer.cls in ("area", "road"))
    ground = tuple(layer for layer in ground if layer.cls == "road" or order.wish.source != "areas")
    view = MapView(
        ((west + east) / 2, (south + north) / 2), fitting_denominator(extent, main.inner(), 0.03), _unnamed(ground)
    )  # fmt: skip
    return SheetSpec(
        template=whole.template, language=whole.language, paper=paper, margins=rim, publication=whole.publication,
        items=(
            TextItem(id="title", box=Box(rim.left, rim.top, box.width, 11.0), text={"zh": head, "en": head}, size=7.0,
                     bold=True),
            main,
            NorthItem(id="north", box=Box(rim.left, box.bottom + 2.0, 11.0, foot - 5.0)),
            ScaleItem(id="scale", box=Box(rim.left + 16.0, box.bottom + 1.0, 80.0, foot - 4.0), width=70.0),
            TextItem(id="crs", box=Box(rim.left + 100.0, box.bottom + 12.0, box.width - 100.0, 5.0), size=2.7,
                     text={"zh": "坐标系：{crs}", "en": "Coordinate system: {crs}"}, ink="soft", align="right"),
        ),
        crs=whole.crs, views={"index": view}, fields={**whole.fields, "title": head},
    )  # fmt: skip


def _unnamed(layers: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without the names of roads and areas, which the numbers would stand on."""
    from dataclasses import replace

    return tuple(replace(layer, style=replace(layer.style, labels={})) for layer in layers)


def _frame(page: PlannedPage) -> Any:
    from gis.project.atlas import region_of

    return region_of(page)


def _path(shape: Any, at: Any) -> QPainterPath:
    path = QPainterPath()
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            points = [at(x, y) for x, y in ring.coords]
            if len(points) > 2:
                path.moveTo(points[0])
                for point in points[1:]:
                    path.lineTo(point)
                path.closeSubpath()
    return path


def contents_rows(order: AtlasOrder, pages: Sequence[PlannedPage], scales: dict[int, float]) -> list[Row]:
    """The lines of a list of pages: with a heading for each group where the pages of groups stand together."""
    groups = [page.group for page in pages]
    changes = sum(a != b for a, b in pairwise(groups))
    together = 0 < changes == len(set(groups)) - 1
    rows: list[Row] = []
    shown = None
    for page in pages:
        if together and page.group != shown:
            shown = page.group
            rows.append(Row(heading=group_title(page.group, order.language)))
        totals = order.totals_at(page.number)
        here = so_far = None
        if totals is not None:
            names = [name for name in totals.here if name not in ("area", "road", "building")] or list(totals.here)
            here, so_far = sum(totals.here[n] for n in names), sum(totals.so_far[n] for n in names)
        rows.append(Row(page=page, denominator=scales.get(page.number, 0.0), here=here, so_far=so_far))
    return rows


def group_title(group: str, language: Language) -> str:
    """What a group is called where its value is empty."""
    return group or ("其他" if language == "zh" else "Other")
