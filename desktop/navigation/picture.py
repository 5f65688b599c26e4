"""The map as a picture file that lies in its right place in any GIS: PNG or JPEG with world file and CRS.

The picture is what a view shows, on more pixels where wanted; symbols and letters keep their size in millimetres.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from desktop.canvas.frames import Pictures, Request
from desktop.canvas.furniture import furniture_boxes, paint_attribution, paint_furniture
from desktop.shell.notices import notify
from desktop.shell.words import tr
from gis.basemaps.waiting import settled_picture
from gis.cartography.palette import Palette
from gis.cartography.picture import Dropped
from gis.cartography.view import View
from gis.errors import Cancelled, Refusal
from gis.geometry.crs import ProjectCrs
from gis.progress import Progress

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_WORLD = {".png": ".pgw", ".jpg": ".jgw", ".jpeg": ".jgw"}
MOST_PIXELS = 160_000_000  # 640 MB of memory
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished picture, and what could not be drawn on it."""

    image: QImage
    problems: tuple[Exception, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewPicture:
    """What a canvas shows, to be drawn in a worker. ``request`` is on device pixels, ``view`` on logical ones."""

    request: Request
    view: View
    ratio: float
    furniture: bool
    attribution: str

    @property
    def size(self) -> tuple[int, int]:
        """Pixels across and down."""
        return int(self.request.view.width), int(self.request.view.height)

    def draw(self, progress: Progress | None = None) -> Drawn:
        """Draw it; tiles on their way are waited for. Raises Refusal ``picture.too_large``, Cancelled."""
        check_size(*self.size)
        request, token = self.request, progress or Progress()
        wanted = lambda: not token.cancelled  # noqa: E731
        for state in request.grounds:
            if state.visible and request.crs is not None:  # a frame does not wait for tiles on their way
                settled_picture(state.basemap, request.view, request.crs, wanted, dark=request.dark)
        pictures = Pictures()
        try:
            frame = pictures.frame(request, wanted)
        except Dropped as dropped:
            raise Cancelled from dropped
        finally:
            pictures.stop()
        image = frame.image.copy()
        image = finished(image, self.view, self.ratio, request.dark, self.furniture, self.attribution)
        return Drawn(image, frame.problems)


def picture_of(canvas: Any, ratio: float = 1.0, furniture: bool = True, attribution: bool = True) -> ViewPicture:
    """What the canvas shows now on ``ratio`` times its logical pixels, without selection and tools."""
    scene = canvas.scene
    request = Request(
        0, canvas.view.enlarged(ratio).whole(), scene.drawn_layers(), tuple(scene.rasters()), {}, canvas.dark,
        grounds=tuple(reversed(scene.grounds())), crs=scene.project_crs,
        reserved=furniture_boxes(canvas.view, ratio) if furniture else (),
    )  # fmt: skip
    said = canvas.attribution if attribution else ""
    return ViewPicture(request, canvas.view, ratio, furniture, said)


def finished(image: QImage, view: View, ratio: float, dark: bool, furniture: bool, attribution: str) -> QImage:
    """The picture with its scale bar and north mark, whom the base maps come from, and its dots a metre."""
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    palette = Palette.of(dark)
    if furniture:
        paint_furniture(painter, view, palette)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_attribution(painter, view, palette, attribution)
    painter.end()
    dots = round(view.pixels_per_mm * ratio * 1000)
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    return image


def check_size(width: int, height: int) -> None:
    """Refuse a picture that would not fit into an office computer's memory: ``picture.too_large``."""
    if width * height > MOST_PIXELS:
        raise Refusal("picture.too_large", width=width, height=height, most=f"{MOST_PIXELS // 1_000_000}")


def write_picture(image: QImage, view: View, crs: ProjectCrs, target: Path) -> list[Path]:
    """Write the picture, its world file and its CRS (``.aux.xml``, as GDAL and QGIS read it) beside each other.

    ``view``: of the picture's own pixels. Raises Refusal ``picture.format``, ``picture.not_written``. The picture takes
    its place at the end: what was there before stays whole if anything fails.
    """
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise Refusal("picture.format", file=target.name, known=" ".join(FORMATS))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, FORMATS[suffix], _QUALITY if FORMATS[suffix] == "JPEG" else -1):
        raise Refusal("picture.not_written", file=str(target), reason=FORMATS[suffix])
    files = [target.with_suffix(_WORLD[suffix]), target.with_name(target.name + ".aux.xml"), target]
    contents = [world_file(view).encode(), aux_file(crs).encode(), bytes(buffer.data().data())]
    try:
        for file, content in zip(files, contents, strict=True):
            fresh = file.with_name(file.name + ".new")
            fresh.write_bytes(content)
            os.replace(fresh, file)
    except OSError as error:
        raise Refusal("picture.not_written", file=str(target), reason=str(error)) from error
    return [target, *files[:2]]


def world_file(view: View) -> str:
    """Pixel size and the middle of the upper left pixel, in the order ESRI has set for world files."""
    r = view.resolution
    lines = (r, 0.0, 0.0, -r, view.left + r / 2, view.top - r / 2)
    return "".join(f"{value:.12f}\n" for value in lines)


def aux_file(crs: ProjectCrs) -> str:
    """The CRS as GDAL keeps it beside a file. Many Chinese grids count northings first: the mapping says so."""
    north_first = crs.crs.axis_info[0].direction.lower() == "north"
    mapping = "2,1" if north_first else "1,2"
    wkt = escape(crs.crs.to_wkt("WKT2_2019"))
    return f'<PAMDataset>\n  <SRS dataAxisToSRSAxisMapping="{mapping}">{wkt}</SRS>\n</PAMDataset>\n'


def export_view(window: Any, canvas: Any, picture: ViewPicture, target: Path) -> Any:
    """Draw and write in a job; the notice at its end names the file."""
    crs = canvas.project_crs

    def work(progress: Progress) -> tuple[Drawn, list[Path]]:
        drawn = picture.draw(progress)
        return drawn, write_picture(drawn.image, picture.request.view, crs, target)

    def done(result: tuple[Drawn, list[Path]]) -> None:
        drawn, files = result
        for problem in drawn.problems:
            notify(problem)
        notify(tr("The picture was saved as {file}", file=str(files[0])), "success")

    return window.jobs.start(tr("Map picture"), work, done)


def copy_view(window: Any, canvas: Any, picture: ViewPicture | None = None) -> Any:
    """Draw in a job and put the picture on the clipboard."""
    wanted = picture or picture_of(canvas, canvas.devicePixelRatioF())

    def done(drawn: Drawn) -> None:
        for problem in drawn.problems:
            notify(problem)
        QGuiApplication.clipboard().setImage(drawn.image)
        window.status.show_hint(tr("The map was copied as a picture"))

    return window.jobs.start(tr("Map picture"), wanted.draw, done)
