"""The map on the sheet: neat lines, grid with kilometres and corners in degrees, and the map true to scale inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.basemaps.paper import attributions
from desktop.canvas.layers import LayerState, RasterState
from desktop.canvas.paper_layers import GRID, SHEET, turn
from desktop.canvas.vector import MapSpec, paint_map
from desktop.sheets.map_marks import on_paper, paint_map_marks
from desktop.sheets.typography import INKS, paint_line, paint_upward, text_width
from gis.cartography.palette import Palette
from gis.cartography.sheets.graticule import DegreeLine, Graticule, degree_lines, degrees_minutes, graticule
from gis.cartography.sheets.items import Box, MapItem
from gis.cartography.sheets.raster import generalised
from gis.cartography.sheets.specification import CoverageShown, MapView, SheetSpec
from gis.errors import Language
from gis.geometry.columns import BBox

_GRID_MM = 38.0  # grid lines are at least so far apart
_LABEL = 2.4
_LEAST_BAND = 2.5  # mm between the neat lines: in less no label can be read
_SOURCES = 2.2
_GRID_INK = QColor(40, 52, 66, 170)
_VEIL = QColor(255, 255, 255, 205)


def paint_map_frame(painter: QPainter, item: MapItem, spec: SheetSpec, source: Any) -> None:
    """Paint one map of ``spec`` at its place; ``source`` is a session or snapshot."""
    inner = item.inner()
    view, extent = spec.views[item.id], spec.extent_of(item)
    window = QRectF(inner.x, inner.y, inner.width, inner.height)
    painter.save()
    painter.setClipRect(window)
    painter.fillRect(window, QColor("white"))
    _paint_content(painter, inner, view, extent, source)
    turn(painter, SHEET)
    if item.role == "main" and view.coverage is None and not view.legend:
        _say_empty(painter, inner, spec.language)
    _paint_sources(painter, inner, source)
    paint_map_marks(painter, item, spec)
    grid = graticule(extent, spec.crs, _GRID_MM, view.denominator)
    degrees = degree_lines(extent, spec.crs, _GRID_MM, view.denominator) if item.grid == "graticule" else ()
    for line in degrees:
        turn(painter, GRID)
        painter.setPen(QPen(_GRID_INK, 0.12))
        for part in line.parts:
            painter.drawPolyline([on_paper(inner, view, extent, x, y) for x, y in part.tolist()])
    if item.grid not in ("none", "graticule"):
        turn(painter, GRID)
        _paint_grid(painter, inner, item, view, extent, grid)
    painter.restore()
    turn(painter, SHEET)
    _paint_lines(painter, item, inner)
    if _labelled(item):
        turn(painter, GRID)
        if item.grid == "graticule":
            _paint_degrees(painter, item, inner, view, extent, degrees)
        else:
            _paint_labels(painter, item, inner, view, extent, grid)
        turn(painter, SHEET)


def _paint_content(painter: QPainter, inner: Box, view: MapView, extent: BBox, source: Any) -> None:
    with TemporaryDirectory(prefix="yantu-sheet-") as folder:
        rasters = [] if view.coverage is None else [_raster(view.coverage, Path(folder))]
        # The list is topmost first, a spec's layers lie from the ground up.
        layers = [LayerState(layer.cls, True, layer.opacity, layer.style) for layer in reversed(view.layers)]
        painter.save()
        painter.translate(inner.x, inner.y)
        paint_map(
            painter,
            source,
            MapSpec(
                bbox=extent,
                width=inner.width,
                height=inner.height,
                units_per_mm=1.0,
                layers=layers,
                rasters=rasters,
                palette=Palette.for_print(),
                grounds=getattr(source, "grounds", ()),
            ),
        )
        painter.restore()


def _say_empty(painter: QPainter, inner: Box, language: Language) -> None:
    said = "图幅范围内没有要素" if language == "zh" else "There is nothing inside this map's extent"
    middle = inner.y + inner.height / 2
    paint_line(painter, said, inner.x + inner.width / 2, middle - 2.2, 4.4, ink=INKS["soft"], align="center")


def _paint_sources(painter: QPainter, inner: Box, source: Any) -> None:
    """Whom the base maps come from, small, in the map's lower right corner on a light ground."""
    said = attributions(getattr(source, "grounds", ()))
    if not said:
        return
    size = min(_SOURCES, _SOURCES * inner.width * 0.8 / text_width(said, _SOURCES))
    width = text_width(said, size) + 2.4
    painter.fillRect(QRectF(inner.right - width, inner.bottom - size - 2.0, width, size + 2.0), _VEIL)
    paint_line(painter, said, inner.right - 1.2, inner.bottom - size - 1.0, size, ink=INKS["soft"], align="right")


def _raster(coverage: CoverageShown, folder: Path) -> RasterState:
    path = coverage.path
    if coverage.cell_m:
        path = generalised(path, coverage.cell_m, folder / "levels.tif")
    return RasterState(path, coverage.classes, coverage.opacity)


def _paint_grid(painter: QPainter, inner: Box, item: MapItem, view: MapView, extent: BBox, grid: Graticule) -> None:
    xs, ys = _places(inner, view, extent, grid)
    painter.setPen(QPen(_GRID_INK, 0.12))
    if item.grid == "lines":
        painter.drawLines([QLineF(x, inner.y, x, inner.bottom) for x in xs])
        painter.drawLines([QLineF(inner.x, y, inner.right, y) for y in ys])
        return
    tick = 2.2
    painter.setPen(QPen(INKS["ink"], 0.15))
    painter.drawLines([QLineF(x, inner.y, x, inner.y + tick) for x in xs])
    painter.drawLines([QLineF(x, inner.bottom - tick, x, inner.bottom) for x in xs])
    painter.drawLines([QLineF(inner.x, y, inner.x + tick, y) for y in ys])
    painter.drawLines([QLineF(inner.right - tick, y, inner.right, y) for y in ys])
    if item.grid == "crosses":
        arm = 1.6
        painter.setPen(QPen(_GRID_INK, 0.2))
        for x in xs:
            for y in ys:
                if min(x - inner.x, inner.right - x, y - inner.y, inner.bottom - y) > tick + arm:
                    painter.drawLines([QLineF(x - arm, y, x + arm, y), QLineF(x, y - arm, x, y + arm)])


def _places(inner: Box, view: MapView, extent: BBox, grid: Graticule) -> tuple[list[float], list[float]]:
    """Grid lines on the paper: x of the eastings and y of the northings, mm."""
    xmin, ymin, _, _ = extent
    per_mm = view.metres_per_mm
    return (
        [inner.x + (tick.value - xmin) / per_mm for tick in grid.eastings],
        [inner.bottom - (tick.value - ymin) / per_mm for tick in grid.northings],
    )


def _labelled(item: MapItem) -> bool:
    """Whether the names of a grid stand between two neat lines; without them one fine line is enough."""
    return item.grid != "none" and item.band >= _LEAST_BAND


def _paint_lines(painter: QPainter, item: MapItem, inner: Box) -> None:
    assert item.box is not None
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(INKS["ink"], 0.2)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.drawRect(QRectF(inner.x, inner.y, inner.width, inner.height))
    if not _labelled(item):
        return
    pen.setWidthF(0.6)
    painter.setPen(pen)
    outer = item.box.inset(0.3)
    painter.drawRect(QRectF(outer.x, outer.y, outer.width, outer.height))


def _paint_labels(painter: QPainter, item: MapItem, inner: Box, view: MapView, extent: BBox, grid: Graticule) -> None:
    assert item.box is not None
    xs, ys = _places(inner, view, extent, grid)
    size = min(_LABEL * max(item.band / 6.0, 1.0), (item.band - 0.6) * 0.5)
    gap = (item.band - 0.6 - size) / 2  # labels stand in the middle of the band
    names = _corner_names(view, grid)
    corner = max(text_width(name, size) for pair in names for name in pair) + 2.0  # kept free for the corners' degrees
    soft = INKS["soft"]
    for tick, x in zip(grid.eastings, xs, strict=True):
        said = f"{tick.label} km"
        half = text_width(said, size) / 2
        if x - half < inner.x + corner or x + half > inner.right - corner:
            continue
        for y in (item.box.y + 0.6 + gap, inner.bottom + gap):
            paint_line(painter, said, x, y, size, ink=soft, align="center")
    for tick, y in zip(grid.northings, ys, strict=True):
        said = f"{tick.label} km"
        half = text_width(said, size) / 2
        if y - half < inner.y + corner or y + half > inner.bottom - corner:
            continue
        for x in (item.box.x + 0.6 + gap, inner.right + gap):
            paint_upward(painter, said, x, y, size, soft, "center")
    _paint_corners(painter, item.box, inner, names, size, gap)


def _paint_degrees(
    painter: QPainter, item: MapItem, inner: Box, view: MapView, extent: BBox, lines: Sequence[DegreeLine]
) -> None:
    """The names of meridians and parallels where they leave the map; those that would stand on another are left out."""
    assert item.box is not None
    size = min(_LABEL * max(item.band / 6.0, 1.0), (item.band - 0.6) * 0.5)
    gap = (item.band - 0.6 - size) / 2
    soft = INKS["soft"]
    taken: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        half = text_width(line.label, size) / 2
        for side, place in line.ends:
            upright = side in ("left", "right")
            at = on_paper(inner, view, extent, place, place)
            middle = at.y() if upright else at.x()
            low, high = (inner.y, inner.bottom) if upright else (inner.x, inner.right)
            if middle - half < low or middle + half > high:
                continue
            others = taken.setdefault(side, [])
            if any(abs(middle - other) < half + room + 1.0 for other, room in others):
                continue
            others.append((middle, half))
            if upright:
                x = item.box.x + 0.6 + gap if side == "left" else inner.right + gap
                paint_upward(painter, line.label, x, middle, size, soft, "center")
            else:
                y = item.box.y + 0.6 + gap if side == "top" else inner.bottom + gap
                paint_line(painter, line.label, middle, y, size, ink=soft, align="center")


def _corner_names(view: MapView, grid: Graticule) -> list[tuple[str, str]]:
    """Longitude and latitude of each corner, as fine as the scale asks for."""
    seconds = view.denominator <= 50_000
    return [
        (degrees_minutes(lon, "E", "W", seconds), degrees_minutes(lat, "N", "S", seconds)) for lon, lat in grid.corners
    ]


def _paint_corners(
    painter: QPainter, outer: Box, inner: Box, names: list[tuple[str, str]], size: float, gap: float
) -> None:
    soft = INKS["soft"]
    top, bottom = outer.y + 0.6 + gap, inner.bottom + gap
    left, right = outer.x + 0.6 + gap, inner.right + gap
    for (lon, lat), at_right, at_top in zip(names, (False, True, True, False), (False, False, True, True), strict=True):
        x = inner.right if at_right else inner.x
        paint_line(painter, lon, x, top if at_top else bottom, size, ink=soft, align="right" if at_right else "left")
        y = inner.y if at_top else inner.bottom
        paint_upward(painter, lat, right if at_right else left, y, size, soft, "right" if at_top else "left")


def corner_points(item: MapItem) -> list[QPointF]:
    """Lower left, lower right, upper right and upper left of the map window on the paper, mm."""
    inner = item.inner()
    return [
        QPointF(inner.x, inner.bottom),
        QPointF(inner.right, inner.bottom),
        QPointF(inner.right, inner.y),
        QPointF(inner.x, inner.y),
    ]
