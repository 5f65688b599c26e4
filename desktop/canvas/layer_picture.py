"""One layer's picture: drawn by the kernels where they are ready, else by QPainter; laid over a ground."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from desktop.canvas.highlight import image_on
from desktop.canvas.marks import calmed, icon_problems, stamps_of
from desktop.canvas.painting import paint_layer
from desktop.canvas.text import Writer
from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.declutter import Marks, marks
from gis.cartography.labels.candidates import candidates
from gis.cartography.labels.names import Names
from gis.cartography.palette import Palette
from gis.cartography.picture import Dropped, Stamps, draw_layer, wedge_picture
from gis.cartography.symbols import LayerStyle
from gis.cartography.view import View
from gis.cartography.wedges import wedges
from gis.errors import Refusal

Buffer = NDArray[np.uint32]
LARGEST_SPRITE = 200.0  # pixels across: larger marks are few, and painted
BY_PAINTER = 60_000  # visible features above which a layer waits for the kernels instead of using QPainter


@dataclass(frozen=True, slots=True, eq=False)
class LayerPicture:
    """``image``, and for a point layer drawn by the kernels its ``stamps``: they go straight onto the whole.

    ``problems``: what of it had to be drawn otherwise.
    """

    image: Buffer | None
    stamps: Stamps | None = None
    marks: Marks | None = None
    names: Names | None = None
    problems: tuple[Refusal, ...] = ()


def lay_pictures(pixels: Buffer, pictures: Sequence[tuple[LayerPicture | Buffer | None, float]]) -> None:
    """Lay pictures of layers over the ground ``pixels``, the lowest first, each with its opacity.

    Fields of view and sectors of all point layers lie below the first of their marks: they must not veil marks.
    """
    below = [(p.image, o) for p, o in pictures if isinstance(p, LayerPicture) and p.stamps and p.image is not None]
    for picture, opacity in pictures:
        if not isinstance(picture, LayerPicture):
            if picture is not None:
                lay(pixels, picture, opacity)
        elif picture.stamps is None:
            if picture.image is not None:
                lay(pixels, picture.image, opacity)
        else:
            while below:
                lay(pixels, *below.pop(0))
            if opacity >= 1.0:
                picture.stamps.lay(pixels)
            else:
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


def needs_kernels(arrays: LayerArrays, style: LayerStyle, view: View) -> bool:
    """Whether a layer cannot be drawn by QPainter in a time that is worth waiting for."""
    if style.crowd in ("cluster", "heat"):
        return True
    return len(arrays) > BY_PAINTER and sum(len(at) for _, at in arrays.visible(view.bbox)) > BY_PAINTER


def layer_picture(
    arrays: LayerArrays, style: LayerStyle, view: View, dark: bool, wanted: Callable[[], bool],
    shown: Marks | None = None,
) -> LayerPicture:  # fmt: skip
    """One layer's picture, its marks, and what of it could be named. ``shown``: the marks left to a point layer."""
    palette = Palette.of(dark)
    if not kernels.READY.is_set() and needs_kernels(arrays, style, view):
        while not kernels.READY.wait(0.05):
            if not wanted():
                raise Dropped
    if style.kind == "point" and shown is None:
        shown = marks(arrays, style, view)
    image: Buffer | None = None
    stamps: Stamps | None = None
    huge = shown is not None and len(shown.size) > 0 and float(shown.size.max()) > LARGEST_SPRITE
    if not kernels.READY.is_set() or huge:
        image = np.zeros((int(view.height), int(view.width)), np.uint32)
        ground = image_on(image)  # a painter does not keep its picture alive
        painter = QPainter(ground)
        try:
            paint_layer(painter, arrays, style, view, palette, wanted, shown=shown)
        finally:
            painter.end()
    elif shown is not None and style.crowd != "heat":
        below = wedges(arrays, style, view)
        image = None if below is None else wedge_picture(below, style, view, palette)
        stamps = stamps_of(style, calmed(shown, style, below), view, dark)
    else:
        image = draw_layer(arrays, style, view, palette, wanted)
    writer = Writer(palette, view.pixels_per_mm)
    alone = None if shown is None else shown.alone()
    names = candidates(arrays, style, view, writer, alone)
    return LayerPicture(image, stamps, shown, names, icon_problems(style) if style.kind == "point" else ())
