"""A sheet as a picture: PNG and GeoTIFF at a density with their place on the Earth, and SVG in true millimetres."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from affine import Affine
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from desktop.sheets.page import paint_sheet
from desktop.sheets.pdf import RESOLUTION
from gis.cartography.sheets.specification import SheetSpec
from gis.progress import Progress


def sheet_image(spec: SheetSpec, source: Any, pixels_per_mm: float, progress: Progress | None = None) -> QImage:
    """The sheet as an opaque picture."""
    width, height = round(spec.paper.width * pixels_per_mm), round(spec.paper.height * pixels_per_mm)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    image.setDotsPerMeterX(round(pixels_per_mm * 1000))
    image.setDotsPerMeterY(round(pixels_per_mm * 1000))
    painter = QPainter(image)
    try:
        painter.scale(width / spec.paper.width, height / spec.paper.height)
        paint_sheet(painter, spec, source, progress)
    finally:  # cancelled half-way, a painter that outlives its image takes the program with it
        painter.end()
    return image


def ground_transform(spec: SheetSpec, pixels_per_mm: float) -> Affine:
    """From pixels (column, row; corners, not centres) to the project's CRS; the sheet around the map is included."""
    inner = spec.map_item.inner()
    xmin, _, _, ymax = spec.extent
    per_mm = spec.view().metres_per_mm
    width, height = round(spec.paper.width * pixels_per_mm), round(spec.paper.height * pixels_per_mm)
    dx, dy = spec.paper.width / width * per_mm, spec.paper.height / height * per_mm
    return Affine(dx, 0.0, xmin - inner.x * per_mm, 0.0, -dy, ymax + inner.y * per_mm)


def write_png(spec: SheetSpec, source: Any, target: Path, dpi: float, progress: Progress | None = None) -> QImage:
    """Write the sheet as PNG at ``dpi``."""
    image = sheet_image(spec, source, dpi / 25.4, progress)
    if not image.save(str(target), "PNG"):
        raise OSError(f"cannot write {target}")
    return image


def world_file(spec: SheetSpec, dpi: float) -> str:
    """The six lines of a world file: ESRI counts from the centre of the upper left pixel."""
    t = ground_transform(spec, dpi / 25.4)
    x, y = t.c + t.a / 2, t.f + t.e / 2
    return "".join(f"{value:.10f}\n" for value in (t.a, t.d, t.b, t.e, x, y))


def projection_file(spec: SheetSpec) -> str:
    """The CRS as ESRI WKT, for a .prj beside a picture."""
    return pyproj.CRS(spec.crs).to_wkt("WKT1_ESRI")


def write_geotiff(spec: SheetSpec, source: Any, target: Path, dpi: float, progress: Progress | None = None) -> None:
    """Write the sheet as an RGB GeoTIFF in the project's CRS."""
    image = sheet_image(spec, source, dpi / 25.4, progress).convertToFormat(QImage.Format.Format_RGB888)
    stride = image.bytesPerLine()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), stride)
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    with rasterio.open(
        target, "w", driver="GTiff", width=image.width(), height=image.height(), count=3, dtype="uint8",
        crs=spec.crs, transform=ground_transform(spec, dpi / 25.4), photometric="RGB", compress="deflate",
        predictor=2, tiled=True,
    ) as written:  # fmt: skip
        for band in range(3):
            written.write(pixels[:, :, band], band + 1)
        written.update_tags(TIFFTAG_XRESOLUTION=dpi, TIFFTAG_YRESOLUTION=dpi, TIFFTAG_RESOLUTIONUNIT=2)
        written.update_tags(TIFFTAG_DOCUMENTNAME=spec.fields.get("title", ""))


def write_svg(
    spec: SheetSpec, source: Any, target: Path, date: datetime.date, progress: Progress | None = None
) -> None:
    """Write the sheet as SVG whose size is in millimetres; text stays text."""
    unit = RESOLUTION / 25.4
    generator = QSvgGenerator()
    generator.setFileName(str(target))
    generator.setResolution(RESOLUTION)
    size = QSizeF(spec.paper.width * unit, spec.paper.height * unit)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(spec.fields.get("title", ""))
    generator.setDescription(f"{spec.fields.get('subtitle', '')} {date.isoformat()}".strip())
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError(f"cannot write {target}")
    try:
        painter.scale(unit, unit)
        paint_sheet(painter, spec, source, progress)
    finally:
        painter.end()
    text = target.read_text("utf-8")
    # Qt writes the size in rounded millimetres: the paper's own is exact.
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"',
                  f'<svg width="{spec.paper.width:g}mm" height="{spec.paper.height:g}mm"', text, count=1)  # fmt: skip
    target.write_text(text, "utf-8")
