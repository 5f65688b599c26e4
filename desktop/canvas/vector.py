"""The map without a window: as vectors on any painter (paper, PDF, SVG), or as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.canvas.frames import Layer, Pictures, Request
from desktop.canvas.highlight import image_on
from desktop.canvas.layers import GroundState, LayerState, RasterState, default_layers, rasters, styled
from desktop.canvas.loading import reading
from desktop.canvas.painting import paint_fans, paint_layer
from desktop.canvas.paper_layers import COVERAGE, GROUND, LABELS, class_layer, turn
from desktop.canvas.text import Writer
from gis.basemaps.waiting import settled_picture
from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.crowding import Crowding
from gis.cartography.declutter import Marks
from gis.cartography.labels.candidates import candidates
from gis.cartography.labels.names import Names, placed
from gis.cartography.palette import Palette
from gis.cartography.rasters import draw_raster
from gis.cartography.view import View
from gis.catalogue import Catalogue
from gis.geometry.columns import BBox
from gis.geometry.crs import ProjectCrs, project_crs
from gis.project.styles import saved_styles

SCREEN = 96 / 25.4  # pixels a millimetre
RASTER_PIXELS_MM = 6.0  # raster layers on paper: pixels a millimetre (about 150 dpi)


@dataclass(frozen=True, slots=True)
class MapSpec:
    """What is shown where. ``width``, ``height``: painter units (``units_per_mm`` of them a millimetre), or pixels.

    ``layers`` are topmost first; None = the catalogue's, in the styles of the project. ``labels``: whether names are
    written. ``grounds``: base maps, topmost first, drawn as pictures.
    """

    bbox: BBox
    width: float
    height: float
    units_per_mm: float = 1.0
    layers: Sequence[LayerState] | None = None
    rasters: Sequence[RasterState] = ()
    palette: Palette | None = None
    dark: bool = False
    labels: bool = True
    grounds: Sequence[GroundState] = ()

    def view(self) -> View:
        """The view which fits the box, centred, into the space."""
        xmin, ymin, xmax, ymax = self.bbox
        resolution = max((xmax - xmin) / self.width, (ymax - ymin) / self.height)
        x, y = (xmin + xmax) / 2, (ymin + ymax) / 2
        left, top = x - self.width * resolution / 2, y + self.height * resolution / 2
        return View(left, top, resolution, self.width, self.height, self.units_per_mm)


def paint_map(painter: QPainter, source: Any, spec: MapSpec, arrays: Mapping[str, LayerArrays] | None = None) -> View:
    """Paint the map at the painter's origin, all vector but for raster layers. Returns the view it was painted in.

    ``source``: a session or snapshot with a ``catalogue`` (or a Catalogue when all layers are given as ``arrays``).
    The map is clipped to its rectangle; the ground is not painted.
    """
    # Declutter and labels count in screen pixels, so the painter is scaled to them whatever its units.
    unit = spec.units_per_mm / SCREEN
    view = spec.view().enlarged(1 / unit)
    palette = spec.palette or Palette.of(spec.dark)
    loaded = _loaded(source, spec, view, arrays)
    painter.save()
    painter.setClipRect(QRectF(0, 0, spec.width, spec.height))
    painter.scale(unit, unit)
    if spec.grounds:
        turn(painter, GROUND)
        _paint_grounds(painter, spec, view, project_crs(source.srid))
    if spec.rasters:
        turn(painter, COVERAGE)
        _paint_rasters(painter, spec, view)
    writer = Writer(palette, view.pixels_per_mm)
    names: list[Names | None] = []
    avoid: list[Marks] = []
    shared = Crowding().shared([(layer.arrays, layer.style) for layer in loaded], view)
    fans = [layer for layer in loaded if layer.style.kind == "point" and layer.style.wedge is not None]
    for layer in loaded:
        while fans and layer.style.kind == "point":  # those of all layers below the first marks, as on screen
            below = fans.pop(0)
            turn(painter, class_layer(below.style.cls))
            painter.save()
            painter.setOpacity(_opacity(below))
            paint_fans(painter, below.arrays, below.style, view, palette)
            painter.restore()
        turn(painter, class_layer(layer.style.cls))
        painter.save()
        painter.setOpacity(_opacity(layer))
        left = shared.get(layer.style.cls)
        shown: Marks | None = paint_layer(painter, layer.arrays, layer.style, view, palette, shown=left, fans=False)
        painter.restore()
        if spec.labels:
            names.append(candidates(layer.arrays, layer.style, view, writer, shown and shown.alone()))
            if shown is not None:
                avoid.append(shown)
    turn(painter, LABELS)
    for label in placed(names, view, avoid):
        writer.paint(painter, label)
    painter.restore()
    return spec.view()


def _opacity(layer: Layer) -> float:
    return layer.opacity * (layer.style.opacity if layer.style.kind != "polygon" else 1.0)


def render_map(source: Any, spec: MapSpec, arrays: Mapping[str, LayerArrays] | None = None) -> QImage:
    """The map as a picture of ``spec.width`` × ``spec.height`` pixels with the same code as the screen."""
    kernels.warm_up()
    view = spec.view().whole()
    palette = spec.palette or Palette.of(spec.dark)
    layers = tuple(_loaded(source, spec, view, arrays))
    request = Request(
        0, view, layers, tuple(spec.rasters), dark=spec.dark, labels=spec.labels, paper=palette.paper,
        grounds=tuple(reversed(spec.grounds)), crs=project_crs(source.srid) if spec.grounds else None,
    )  # fmt: skip
    for state in spec.grounds:  # a frame does not wait for tiles on their way
        settled_picture(state.basemap, view, project_crs(source.srid), dark=spec.dark)
    pictures = Pictures()
    try:
        image = pictures.frame(request).image.copy()
    finally:
        pictures.stop()
    image.setDotsPerMeterX(round(view.pixels_per_mm * 1000))
    image.setDotsPerMeterY(round(view.pixels_per_mm * 1000))
    return image


def _loaded(source: Any, spec: MapSpec, view: View, arrays: Mapping[str, LayerArrays] | None) -> list[Layer]:
    """The visible layers in drawing order, read where they are not given."""
    catalogue = source if isinstance(source, Catalogue) else source.catalogue
    states = spec.layers if spec.layers is not None else default_layers(catalogue)
    saved = saved_styles(source) if hasattr(source, "documents") else {}
    wanted = [
        (state, style)
        for state, style in styled(states, catalogue, saved)
        if state.visible and style.shown_at(view.scale_denominator)
    ]
    made: list[Layer] = []
    missing = [style for state, style in wanted if arrays is None or state.name not in arrays]
    read: dict[str, LayerArrays] = {}
    if missing and not isinstance(source, Catalogue):
        with reading(source) as reader:
            read = {style.cls: LayerArrays.load(reader, style).with_labels(reader) for style in missing}
    for state, style in wanted:
        found = read.get(state.name) or (arrays or {}).get(state.name)
        if found is not None:
            made.append(Layer(found, style, state.opacity))
    return made


def _paint_grounds(painter: QPainter, spec: MapSpec, view: View, crs: ProjectCrs) -> None:
    """Lay the base maps as pictures of about 150 dpi on paper, the lowest first; what is on its way is waited for."""
    ratio = max(RASTER_PIXELS_MM / view.pixels_per_mm, 1.0)
    for state in reversed(spec.grounds):
        if not state.visible:
            continue
        made = settled_picture(state.basemap, view.enlarged(ratio).whole(), crs, dark=spec.dark)
        if made.pixels is not None:
            painter.save()
            painter.setOpacity(state.opacity)
            painter.drawImage(QRectF(0, 0, view.width, view.height), image_on(made.pixels))
            painter.restore()


def _paint_rasters(painter: QPainter, spec: MapSpec, view: View) -> None:
    for raster in rasters(spec.rasters):
        ratio = max(RASTER_PIXELS_MM / view.pixels_per_mm, 1.0)
        pixels = draw_raster(raster.path, raster.bands, view.enlarged(ratio).whole())
        if pixels is not None:
            painter.save()
            painter.setOpacity(raster.opacity)
            painter.drawImage(QRectF(0, 0, view.width, view.height), image_on(pixels))
            painter.restore()


def paint_ground(painter: QPainter, spec: MapSpec) -> None:
    """Fill the map's rectangle with the palette's paper."""
    palette = spec.palette or Palette.of(spec.dark)
    painter.fillRect(QRectF(0, 0, spec.width, spec.height), QColor(palette.paper))
