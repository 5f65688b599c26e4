"""A sheet as a picture: PNG, JPEG and GeoTIFF at a density with their place on the Earth, and SVG in true millimetres.

Text of an SVG stays text, with the families of each system to fall back on, so that it can be found and edited in
Inkscape and browsers; it looks as on the sheet where one of the families is installed.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from affine import Affine
from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSizeF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from rasterio.io import MemoryFile

from desktop.canvas.text import FAMILIES
from desktop.sheets.page import paint_sheet
from desktop.sheets.pdf import RESOLUTION
from gis.cartography.sheets.specification import SheetSpec
from gis.errors import Refusal
from gis.progress import Progress

MOST_PIXELS = 180_000_000  # 720 MB of memory: A0 at 300 dpi is 140 million
WORLD = {".png": ".pgw", ".jpg": ".jgw", ".tif": ".tfw"}  # the ending of the world file beside a picture
_JPEG_QUALITY = 92


def sheet_image(spec: SheetSpec, source: Any, pixels_per_mm: float, progress: Progress | None = None) -> QImage:
    """The sheet as an opaque picture. Raises Refusal ``sheets.too_many_pixels``."""
    check_size(spec, pixels_per_mm * 25.4)
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


def check_size(spec: SheetSpec, dpi: float) -> None:
    """Refuse a picture that an office computer's memory would not hold, and say what would do."""
    paper = spec.paper
    if not 1.0 <= dpi <= 10_000.0 or paper.width * paper.height * (dpi / 25.4) ** 2 > MOST_PIXELS:
        most = int(25.4 * (MOST_PIXELS / (paper.width * paper.height)) ** 0.5)
        raise Refusal("sheets.too_many_pixels", dpi=f"{dpi:g}", paper=paper.name, most=most)


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
    return _write(spec, source, target, dpi, progress, "PNG", -1)


def write_jpeg(spec: SheetSpec, source: Any, target: Path, dpi: float, progress: Progress | None = None) -> QImage:
    """Write the sheet as JPEG at ``dpi``."""
    return _write(spec, source, target, dpi, progress, "JPEG", _JPEG_QUALITY)


def _write(
    spec: SheetSpec, source: Any, target: Path, dpi: float, progress: Progress | None, kind: str, quality: int
) -> QImage:
    image = sheet_image(spec, source, dpi / 25.4, progress)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, kind, quality):
        raise OSError(f"cannot write {target}")
    target.write_bytes(buffer.data().data())  # Python tells why it cannot: a full disk, a missing right
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
    with MemoryFile() as file:  # GDAL does not tell when a full disk cuts a file short; Python does
        with file.open(
            driver="GTiff", width=image.width(), height=image.height(), count=3, dtype="uint8", crs=spec.crs,
            transform=ground_transform(spec, dpi / 25.4), photometric="RGB", compress="deflate", predictor=2,
            tiled=True,
        ) as written:  # fmt: skip
            for band in range(3):
                written.write(pixels[:, :, band], band + 1)
            written.update_tags(TIFFTAG_XRESOLUTION=dpi, TIFFTAG_YRESOLUTION=dpi, TIFFTAG_RESOLUTIONUNIT=2)
            written.update_tags(TIFFTAG_DOCUMENTNAME=spec.fields.get("title", ""))
        target.write_bytes(file.getbuffer())


def write_svg(
    spec: SheetSpec, source: Any, target: Path, date: datetime.date, progress: Progress | None = None
) -> None:
    """Write the sheet as SVG whose size is in millimetres; text stays text."""
    unit = RESOLUTION / 25.4
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
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
    text = bytes(buffer.data().data()).decode("utf-8")
    # Qt writes the size in rounded millimetres: the paper's own is exact.
    text = re.sub(r'<svg width="[^"]*" height="[^"]*"',
                  f'<svg width="{spec.paper.width:g}mm" height="{spec.paper.height:g}mm"', text, count=1)  # fmt: skip
    families = ", ".join(f"'{name}'" if " " in name else name for name in FAMILIES)
    text = re.sub(r'font-family="[^"]*"', f'font-family="{families}"', text)
    target.write_text(text, "utf-8")
