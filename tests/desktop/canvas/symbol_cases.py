"""Small maps of every kind of symbol, drawn by the kernels or by QPainter, for the reference pictures.

``python -m tests.desktop.canvas.symbol_cases`` renews ``reference/*.png`` (those whose names are given, or all) and
lays a contact sheet of them, three times as large, where ``--sheet FILE`` says: look at it before committing.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter

from desktop.canvas.highlight import image_on
from desktop.canvas.layer_picture import lay_pictures, layer_picture
from desktop.canvas.painting import paint_layer
from gis.cartography import kernels
from gis.cartography.arrays import LayerArrays
from gis.cartography.palette import Palette, argb
from gis.cartography.symbols import Heat, LayerStyle, SizeBy, Variant, Wedge
from gis.cartography.view import View
from gis.geometry.columns import Columns
from tests.gis.cartography.layers import shapes_of

REFERENCE = Path(__file__).parent / "reference"
WIDTH, HEIGHT = 160, 120
SCREEN = 96 / 25.4
STREET = View(0.0, float(HEIGHT), 1.0, WIDTH, HEIGHT)  # 1:3,780, one metre a pixel
Regime = Literal["kernels", "painter"]


@dataclass(frozen=True)
class Case:
    """One small map."""

    arrays: LayerArrays
    view: View = STREET
    dark: bool = False
    opacity: float = 1.0

    def picture(self, regime: Regime) -> np.ndarray:
        """The map in one of the two regimes, uint32 (h, w) on the palette's paper."""
        palette = Palette.of(self.dark)
        pixels = np.full((int(self.view.height), int(self.view.width)), argb(palette.paper), np.uint32)
        style = self.arrays.style
        if regime == "kernels":
            made = layer_picture(self.arrays, style, self.view, self.dark, lambda: True)
            lay_pictures(pixels, [(made, self.opacity)])
            return pixels
        layer = np.zeros_like(pixels)
        ground, above = image_on(pixels), image_on(layer)  # a painter does not keep its picture alive
        painter = QPainter(above)
        paint_layer(painter, self.arrays, style, self.view, palette)
        painter.end()
        painter = QPainter(ground)
        painter.setOpacity(self.opacity)
        painter.drawImage(0, 0, above)
        painter.end()
        return pixels


def style_of(kind: str, *variants: Variant, **changes: Any) -> LayerStyle:
    """A style whose sizes do not grow with the scale; its variants by their values in the field ``kind``."""
    by = "kind" if len(variants) > 1 else None
    return LayerStyle("x", kind, "wireless", variants, by=by, growth=((1.0, 1.0),), **changes)  # type: ignore[arg-type]


def layer_of(style: LayerStyle, geometries: list[Any], **fields: Any) -> LayerArrays:
    """The layer of geometries with the columns of ``fields``."""
    shapes = shapes_of(style.kind, geometries)
    made = {name: np.asarray(v, object if isinstance(v[0], str) else np.float64) for name, v in fields.items()}
    return LayerArrays.of(shapes, Columns("x", shapes.ids, made), style)


def _row(n: int) -> list[Any]:
    return _grid(n, 1)


def _grid(columns: int, rows: int) -> list[Any]:
    """Points in the middle of pixels: sprites are stamped on whole pixels, QPainter paints between them."""
    return [
        shapely.Point(int(WIDTH * (i + 0.5) / columns) + 0.5, int(HEIGHT * (j + 0.5) / rows) + 0.5)
        for j in range(rows)
        for i in range(columns)
    ]


def shapes() -> LayerArrays:
    names = ["circle", "square", "triangle", "diamond", "pentagon", "hexagon", "star", "cross"]
    colors = ["#0072B2", "#D55E00", "#009E73", "#A8437F"] * 2
    variants = [Variant(None, "#000000")]
    variants += [Variant(n, c, shape=n, size=6.0) for n, c in zip(names, colors, strict=True)]
    return layer_of(style_of("point", *variants, crowd="all"), _grid(4, 2), kind=names)


def icons() -> LayerArrays:
    from gis.cartography.icons import icon_names

    names = list(icon_names())[:24]
    colors = ["#0072B2", "#D55E00", "#00785A", "#A8437F", "#5B6470"]
    variants = [Variant(None, "#000000")]
    variants += [Variant(n, colors[i % 5], svg=n, size=6.2) for i, n in enumerate(names)]
    return layer_of(style_of("point", *variants, crowd="all"), _grid(6, 4)[: len(names)], kind=names)


def turned() -> LayerArrays:
    camera = Variant(None, "#A8437F", shape="diamond", size=5.0)
    return layer_of(style_of("point", camera, crowd="all", rotate_by="azimuth"), _grid(4, 2),
                    azimuth=[0, 45, 90, 135, 180, 225, 270, np.nan])  # fmt: skip


def petals() -> LayerArrays:
    cell = Variant(None, "#D55E00", shape="triangle", size=6.0)
    at = [p for p in _row(2) for _ in range(3)]
    return layer_of(style_of("point", cell, crowd="all", rotate_by="azimuth"), at, azimuth=[0, 120, 240, 30, 150, 270])


def sized() -> LayerArrays:
    by = SizeBy("people", 0.0, 100.0, 0.5, 2.5)
    style = style_of("point", Variant(None, "#0072B2", size=4.0), crowd="all", size_by=by)
    return layer_of(style, _grid(4, 2), people=[0, 5, 15, 30, 50, 75, 100, np.nan])


def sized_linear() -> LayerArrays:
    by = SizeBy("people", 0.0, 100.0, 0.5, 2.5, by_area=False)
    style = style_of("point", Variant(None, "#009E73", shape="square", size=4.0), crowd="all", size_by=by)
    return layer_of(style, _grid(4, 2), people=[0, 5, 15, 30, 50, 75, 100, 200])


def metres() -> LayerArrays:
    style = style_of("point", Variant(None, "#D55E00", size=20.0), crowd="all", unit="m")
    return layer_of(style, _row(5))


def sectors() -> LayerArrays:
    wedge = Wedge("azimuth", "width", "range", color_share=0.3)
    variants = (Variant(None, "#D55E00", "triangle", 2.6), Variant("lte", "#0072B2", "triangle", 2.6))
    style = style_of("point", *variants, crowd="all", rotate_by="azimuth", wedge=wedge)
    at = [shapely.Point(55.5, 60.5)] * 3 + [shapely.Point(122.5, 78.5), shapely.Point(125.5, 30.5)]
    return layer_of(style, at, azimuth=[0, 120, 240, 200, 60], width=[65, 65, 65, 360, 250],
                    range=[45, 45, 50, 24, 26], kind=["nr", "lte", "nr", "lte", "nr"])  # fmt: skip


def cameras() -> LayerArrays:
    wedge = Wedge("azimuth", "fov", None, default_range=38.0, color_share=0.22, from_px=12)
    style = style_of("point", Variant(None, "#A8437F", "diamond", 3.0), crowd="all", rotate_by="azimuth", wedge=wedge)
    return layer_of(style, _grid(3, 2), azimuth=[20, 100, 180, 300, 340, np.nan], fov=[30, 90, np.nan, 120, 8, 60])


def _wave(y: float, n: int = 30) -> Any:
    x = np.linspace(-10, WIDTH + 10, n)
    return shapely.LineString(np.column_stack([x, y + 6 * np.sin(x / 14)]))


def cased() -> LayerArrays:
    variants = (
        Variant(None, "#000000"),
        Variant("a", "#FFD27A", width=1.4, casing="#8A5A00", casing_width=0.35),
        Variant("b", "#FFFFFF", width=0.8, dash=(4, 4), casing="#333333", casing_width=0.3),
        Variant("c", "#0072B2", width=0.6, casing="#FFFFFF", casing_width=0.5),
    )
    lines = [_wave(95), _wave(60), _wave(25), shapely.LineString([(40, 0), (60, 120)])]
    return layer_of(style_of("line", *variants), lines, kind=["a", "b", "c", "a"])


def cored() -> LayerArrays:
    style = style_of("line", Variant(None, "#8A6D3B", width=2.0), core="#FFFFFF")
    return layer_of(style, [_wave(80), shapely.LineString([(40, 0), (90, 120)]), _wave(30)])


def dashed() -> LayerArrays:
    variants = [Variant(None, "#000000")]
    for i, dash in enumerate([(4.0, 2.0), (1.0, 2.0), (8.0, 2.0, 1.0, 2.0), (3.0,)]):
        variants.append(Variant(str(i), "#0072B2", width=0.3 + 0.25 * i, dash=dash))
    return layer_of(style_of("line", *variants), [_wave(100 - 27 * i) for i in range(4)], kind=["0", "1", "2", "3"])


def widths() -> LayerArrays:
    by = SizeBy("cores", 0, 288, 0.2, 4.0, by_area=False)
    style = style_of("line", Variant(None, "#0072B2", width=0.6), size_by=by)
    return layer_of(style, [_wave(105 - 18 * i) for i in range(6)], cores=[0, 12, 48, 96, 144, 288])


def line_metres() -> LayerArrays:
    variants = (Variant(None, "#000000"), *(Variant(str(w), "#5B6470", width=w) for w in (0.25, 1.0, 4.0, 15.0)))
    return layer_of(style_of("line", *variants, unit="m"), [_wave(100 - 25 * i) for i in range(4)],
                    kind=["0.25", "1.0", "4.0", "15.0"])  # fmt: skip


_PATTERNS = ("hatch", "back_hatch", "cross", "horizontal", "vertical", "dots")


def patterned() -> LayerArrays:
    variants = [Variant(None, "#000000")]
    colors = ("#0072B2", "#D55E00", "#009E73", "#A8437F", "#6B5B00", "#333333")
    variants += [
        Variant(p, c, width=0.3, pattern=p, pattern_spacing=1.6, fill="#EADFC8" if i % 2 else None)
        for i, (p, c) in enumerate(zip(_PATTERNS, colors, strict=True))
    ]
    boxes = []
    for i in range(6):
        x, y = 6 + 51 * (i % 3), 6 + 56 * (i // 3)
        outer = shapely.box(x, y, x + 46, y + 50) if i % 2 else shapely.Point(x + 23, y + 25).buffer(24)
        boxes.append(outer.difference(shapely.Point(x + 23, y + 25).buffer(7)) if i == 2 else outer)
    return layer_of(replace(style_of("polygon", *variants), opacity=0.8), boxes, kind=list(_PATTERNS))


def outlined() -> LayerArrays:
    variants = (
        Variant(None, "#000000"), Variant("a", "#D55E00", width=0.5, dash=(4, 2)),
        Variant("b", "#0072B2", width=0.6, fill="#9EC9E8", casing="#FFFFFF", casing_width=0.4),
    )  # fmt: skip
    style = replace(style_of("polygon", *variants), opacity=0.5)
    return layer_of(style, [shapely.box(8, 12, 90, 100), shapely.Point(105, 60).buffer(42)], kind=["a", "b"])


def specks() -> LayerArrays:
    rng = np.random.default_rng(3)
    at = rng.normal((80, 60), (30, 20), (700, 2))
    style = style_of("polygon", Variant(None, "#A64900", width=0.1, pattern="hatch", pattern_spacing=1.2))
    return layer_of(
        style, [shapely.box(x, y, x + s, y + s) for (x, y), s in zip(at, rng.uniform(0.3, 4, 700), strict=True)]
    )


CITY = View(0.0, 12_000.0, 100.0, WIDTH, HEIGHT)


def _crowd(n: int = 3000) -> np.ndarray:
    rng = np.random.default_rng(5)
    centres = rng.uniform((2000, 1500), (14_000, 10_500), (7, 2))
    spread = rng.uniform(200, 1400, 7)
    which = rng.choice(7, n, p=[0.35, 0.25, 0.15, 0.1, 0.08, 0.05, 0.02])
    return centres[which] + rng.normal(0, 1, (n, 2)) * spread[which, None]


def clusters() -> LayerArrays:
    style = style_of("point", Variant(None, "#D55E00", size=2.4), crowd="cluster")
    return layer_of(style, [shapely.Point(*p) for p in [*_crowd(), (800, 11_300), (15_300, 700)]])


def heat() -> LayerArrays:
    style = style_of("point", Variant(None, "#D55E00"), crowd="heat", heat=Heat(radius=4.0))
    return layer_of(style, [shapely.Point(*p) for p in _crowd()])


def heat_weighed() -> LayerArrays:
    ramp = ("#440154", "#31688E", "#35B779", "#FDE725")
    style = style_of("point", Variant(None, "#D55E00"), crowd="heat", heat=Heat(3.0, ramp, "people"))
    at = _crowd(400)
    return layer_of(style, [shapely.Point(*p) for p in at], people=np.hypot(*(at - at.mean(0)).T) / 1000)


def _hairs(n: int) -> list[Any]:
    rng = np.random.default_rng(7)
    made = []
    for x, y in _crowd(n):
        turn = rng.uniform(0, 6.3)
        steps = np.cumsum(rng.normal((60 * np.cos(turn), 60 * np.sin(turn)), 25, (4, 2)), axis=0)
        made.append(shapely.LineString(np.array([x, y]) + steps))
    return made


def heat_lines() -> LayerArrays:
    return layer_of(style_of("line", Variant(None, "#0072B2"), crowd="heat"), _hairs(2000))


def heat_areas() -> LayerArrays:
    style = style_of("polygon", Variant(None, "#0072B2", fill="#0072B2"), crowd="heat", heat=Heat(radius=2.5))
    return layer_of(style, [shapely.box(x, y, x + 60, y + 40) for x, y in _crowd(1500)])


def shade() -> LayerArrays:
    return layer_of(style_of("line", Variant(None, "#0072B2", width=0.2)), _hairs(24_000))


def thin() -> LayerArrays:
    variants = (Variant(None, "#D55E00", size=1.6), Variant("big", "#A64900", "triangle", size=3.0))
    at = _crowd(1500)
    kinds = ["big" if i % 60 == 0 else "small" for i in range(len(at))]
    return layer_of(style_of("point", *variants), [shapely.Point(*p) for p in at], kind=kinds)


MAKERS: dict[str, tuple[Callable[[], LayerArrays], View]] = {
    "shapes": (shapes, STREET), "icons": (icons, STREET), "turned": (turned, STREET), "petals": (petals, STREET),
    "sized": (sized, STREET), "sized_linear": (sized_linear, STREET), "metres": (metres, STREET),
    "sectors": (sectors, STREET), "cameras": (cameras, STREET), "cased": (cased, STREET), "cored": (cored, STREET),
    "dashed": (dashed, STREET), "widths": (widths, STREET), "line_metres": (line_metres, STREET),
    "patterned": (patterned, STREET), "outlined": (outlined, STREET), "specks": (specks, STREET),
    "clusters": (clusters, CITY), "heat": (heat, CITY), "heat_weighed": (heat_weighed, CITY),
    "heat_lines": (heat_lines, CITY), "heat_areas": (heat_areas, CITY), "shade": (shade, CITY), "thin": (thin, CITY),
}  # fmt: skip
DARK = ("icons", "sectors", "cored", "patterned", "clusters", "heat")


def cases() -> dict[str, Case]:
    """All small maps by name; some on the dark ground too."""
    made = {name: Case(maker(), view) for name, (maker, view) in MAKERS.items()}
    return made | {f"{name}_dark": replace(made[name], dark=True) for name in DARK}


def saved(picture: np.ndarray, path: Path) -> None:
    """Write a picture as a PNG."""
    h, w = picture.shape
    QImage(picture.data, w, h, w * 4, QImage.Format.Format_RGB32).save(str(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--only-sheet", action="store_true", help="leave the references as they are")
    options = parser.parse_args()
    kernels.warm_up()
    REFERENCE.mkdir(exist_ok=True)
    chosen = {name: case for name, case in cases().items() if not options.names or name in options.names}
    rows = []
    for name, case in chosen.items():
        drawn, painted = case.picture("kernels"), case.picture("painter")
        if not options.only_sheet:
            saved(drawn, REFERENCE / f"{name}.png")
        rows.append(np.concatenate([drawn, painted], axis=1))
    if options.sheet:
        columns = 3
        blank = np.full_like(rows[0], 0xFF888888)
        rows += [blank] * (-len(rows) % columns)
        lines = [np.concatenate(rows[i : i + columns], axis=1) for i in range(0, len(rows), columns)]
        whole = np.ascontiguousarray(np.concatenate(lines))
        h, w = whole.shape
        image = QImage(whole.data, w, h, w * 4, QImage.Format.Format_RGB32)
        image.scaled(w * 2, h * 2, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation).save(
            str(options.sheet)
        )


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication([])
    main()
