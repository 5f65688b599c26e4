"""What legends paint beside their words: every kind of entry leaves ink where it belongs, and in its colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from desktop.sheets.legend_block import paint_symbol
from gis.cartography.legend import LegendEntry
from gis.cartography.palette import rgb
from gis.cartography.symbols import LayerStyle, Wedge
from gis.catalogue import load_catalogue

SCALE = 12  # pixels a millimetre
BOX = QRectF(2, 2, 8, 4)
CAMERA = replace(LayerStyle.from_class(load_catalogue()["camera"]), rotate_by=None, mode="single")
PLATE = LayerStyle.from_class(load_catalogue()["plate_reader"])


def painted(entry: LegendEntry) -> np.ndarray:
    image = QImage(12 * SCALE, 8 * SCALE, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SCALE, SCALE)
    paint_symbol(painter, entry, BOX)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)


def ink(pixels: np.ndarray) -> np.ndarray:
    return (pixels < 245).any(axis=2)


@pytest.mark.parametrize(
    "entry",
    [
        LegendEntry("", CAMERA),
        LegendEntry("", CAMERA, mark="cluster"),
        LegendEntry("", replace(CAMERA, wedge=Wedge("azimuth", "hfov")), mark="wedge"),
        LegendEntry("", PLATE, mark="wedge"),
        LegendEntry("", replace(CAMERA, crowd="heat")),
    ],
    ids=["symbol", "cluster", "wedge", "circle", "heat"],
)
def test_every_mark_is_seen_within_its_room(entry: LegendEntry) -> None:
    pixels = painted(entry)
    rows, columns = np.nonzero(ink(pixels))
    assert len(rows) > 40
    assert rows.min() >= 1.5 * SCALE
    assert rows.max() <= 6.5 * SCALE
    assert columns.min() >= 1.5 * SCALE
    assert columns.max() <= 10.5 * SCALE
    if entry.style is not None and entry.mark == "symbol" and entry.style.crowd != "heat":
        assert (np.abs(pixels - np.array(rgb(entry.style.variants[0].color))).max(axis=2) < 12).any()


def test_sizes_are_to_each_other_as_on_the_map() -> None:
    large = replace(CAMERA, variants=(replace(CAMERA.variants[0], shape="circle", size=50.0),))
    whole, half = (int(ink(painted(LegendEntry("", large, share=share))).sum()) for share in (1.0, 0.5))
    assert half / whole == pytest.approx(0.25, abs=0.08)
