from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter, QPdfWriter

from desktop.canvas import LayerState, MapSpec, paint_map, render_map
from desktop.canvas.vector import paint_ground
from gis.cartography import kernels
from gis.cartography.palette import Palette
from tests.desktop.canvas.town import BOTTOM, LEFT, SIDE

BOX = (LEFT, BOTTOM, LEFT + SIDE, BOTTOM + SIDE)
MIDDLE = (LEFT + 700, BOTTOM + 700, LEFT + 1300, BOTTOM + 1300)


def _numbers(image: QImage) -> np.ndarray:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.width(), 4)[..., :3].astype(int)


def _painted(town, spec: MapSpec) -> np.ndarray:
    image = QImage(int(spec.width), int(spec.height), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_ground(painter, spec)
    paint_map(painter, town, spec)
    painter.end()
    return _numbers(image)


@pytest.mark.parametrize("box", [BOX, MIDDLE], ids=["town", "street"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_kernels_and_painter_draw_the_same_map(town, box, dark: bool) -> None:
    spec = MapSpec(box, 600, 600, 96 / 25.4, dark=dark)
    drawn, painted = _numbers(render_map(town, spec)), _painted(town, spec)
    difference = np.abs(drawn - painted).max(axis=2)
    assert (difference > 60).mean() < 0.012
    assert difference.mean() < 2.5


def test_without_kernels_the_screen_uses_the_painter(town) -> None:
    from desktop.canvas.frames import Layer, Pictures, Request
    from gis.cartography.arrays import LayerArrays
    from gis.cartography.symbols import LayerStyle

    style = LayerStyle.from_class(town.catalogue["road"])
    with town.reading() as snapshot:
        layers = (Layer(LayerArrays.load(snapshot, style), style),)
    request = Request(1, MapSpec(BOX, 500, 500, 96 / 25.4).view().whole(), layers)
    with_kernels = Pictures().frame(request).pixels
    kernels.READY.clear()
    try:
        without = Pictures().frame(request).pixels
    finally:
        kernels.READY.set()
    paper = with_kernels[0, 0]
    assert (without != paper).sum() == pytest.approx((with_kernels != paper).sum(), rel=0.1)


def test_only_what_changed_is_drawn_again(town, monkeypatch) -> None:
    from desktop.canvas import frames
    from desktop.canvas.frames import Layer, Pictures, Request
    from gis.cartography.arrays import LayerArrays
    from gis.cartography.symbols import LayerStyle

    drawn: list[str] = []
    real = frames.layer_picture
    monkeypatch.setattr(frames, "layer_picture", lambda a, s, *rest: drawn.append(s.cls) or real(a, s, *rest))
    with town.reading() as snapshot:
        styles = [LayerStyle.from_class(town.catalogue[name]) for name in ("area", "road", "camera")]
        layers = [Layer(LayerArrays.load(snapshot, style), style) for style in styles]
        again = LayerArrays.load(snapshot, styles[1])
    pictures = Pictures()
    request = Request(1, MapSpec(BOX, 300, 300, 96 / 25.4).view().whole(), tuple(layers))
    pictures.frame(request)
    pictures.frame(replace(request, id=2, layers=tuple(replace(layer, opacity=0.5) for layer in layers)))
    assert drawn == ["area", "road", "camera"]
    pictures.frame(replace(request, id=3, selection={"camera": np.array([1])}))
    assert drawn == ["area", "road", "camera"]
    pictures.frame(replace(request, id=4, layers=(layers[0], Layer(again, styles[1]), layers[2])))
    assert drawn == ["area", "road", "camera", "road"]


def test_paper_stays_vector_and_searchable(town, tmp_path: Path) -> None:
    import pikepdf

    path = tmp_path / "map.pdf"
    writer = QPdfWriter(str(path))
    writer.setResolution(600)
    painter = QPainter(writer)
    painter.scale(600 / 25.4, 600 / 25.4)
    paint_map(painter, town, MapSpec(MIDDLE, 150, 150, palette=Palette.for_print()))
    painter.end()
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        assert not [x for x in page.resources.get("/XObject", {}).values() if x.get("/Subtype") == "/Image"]
        assert len(page.resources["/Font"]) >= 1
        content = page.Contents.read_bytes()
    assert len(re.findall(rb"\bl\b", content)) > 200


def test_svg_holds_the_layers_asked_for(town) -> None:
    from PySide6.QtSvg import QSvgGenerator

    def svg(layers) -> bytes:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        painter = QPainter(generator)
        paint_map(painter, town, MapSpec(BOX, 150, 150, layers=layers))
        painter.end()
        return bytes(data)

    assert svg([LayerState("road")]).count(b"<path") < svg([LayerState("camera"), LayerState("road")]).count(b"<path")


def test_the_scale_on_paper_is_that_of_the_millimetres(town) -> None:
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    view = paint_map(painter, town, MapSpec(BOX, 200, 200, layers=[]))
    painter.end()
    assert view.scale_denominator == pytest.approx(10_000)
