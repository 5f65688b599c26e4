"""One layer's picture: drawn by the kernels where they are ready, else by QPainter; laid over a ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from desktop.canvas.highlight import image_on
from desktop.canvas.marks import atlas_of
from desktop.canvas.painting import paint_layer
from desktop.canvas.text import Writer
from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.declutter import Marks, marks
from gis.cartography.labels import Candidate, candidates
from gis.cartography.palette import Palette
from gis.cartography.picture import Dropped, Stamps, draw_layer
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View

Buffer = NDArray[np.uint32]
BY_PAINTER = 60_000  # visible features above which a layer waits for the kernels instead of using QPainter


@dataclass(frozen=True, slots=True, eq=False)
class LayerPicture:
    """``image``, or for a point layer drawn by the kernels its ``stamps``: they go straight onto the whole."""

    image: Buffer | None
    stamps: Stamps | None = None
    marks: Marks | None = None
    names: tuple[Candidate, ...] = ()


def lay_picture(pixels: Buffer, picture: LayerPicture, opacity: float) -> None:
    """Lay a layer's picture over the ground ``pixels``."""
    if picture.image is not None:
        lay(pixels, picture.image, opacity)
    if picture.stamps is not None and opacity >= 1.0:
        picture.stamps.lay(pixels)
    elif picture.stamps is not None:
        image = np.zeros_like(pixels)
        picture.stamps.lay(image)
        lay(pixels, image, opacity)


def lay(pixels: Buffer, image: Buffer, opacity: float) -> None:
    """Lay a premultiplied picture over the ground ``pixels``."""
    if kernels.READY.is_set():
        kernels.lay_over(pixels, image, opacity)
        return
    ground = image_on(pixels)  # a painter does not keep its picture alive
    painter = QPainter(ground)
    painter.setOpacity(opacity)
    painter.drawImage(QPointF(0, 0), image_on(image))
    painter.end()


def layer_picture(
    arrays: LayerArrays, style: LayerStyle, view: View, dark: bool, wanted: Callable[[], bool]
) -> LayerPicture:
    """One layer's picture, its marks, and what of it could be named."""
    palette = Palette.of(dark)
    atlas = None
    shown: Marks | None = None
    sizes: tuple[float, ...] = ()
    if style.kind == "point":
        atlas = atlas_of(style, style.factor(view.scale_denominator), view.pixels_per_mm, dark)
        sizes = atlas.sizes
        shown = marks(arrays, style, view, sizes)
    if not kernels.READY.is_set() and len(arrays) > BY_PAINTER:
        while not kernels.READY.wait(0.05):
            if not wanted():
                raise Dropped
    image: Buffer | None = None
    stamps: Stamps | None = None
    if shown is not None and atlas is not None and kernels.READY.is_set():
        stamps = Stamps.of(shown, atlas)
    elif kernels.READY.is_set():
        image = draw_layer(arrays, style, view, palette, atlas, wanted)
    else:
        image = np.zeros((int(view.height), int(view.width)), np.uint32)
        ground = image_on(image)  # a painter does not keep its picture alive
        painter = QPainter(ground)
        try:
            paint_layer(painter, arrays, style, view, palette, wanted)
        finally:
            painter.end()
    writer = Writer(palette, view.pixels_per_mm)
    names = candidates(arrays, style, view, writer.measure, shown, sizes) if style.labels else []
    return LayerPicture(image, stamps, shown, tuple(names))
