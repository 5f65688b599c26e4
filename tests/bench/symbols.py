"""Drawing symbols over made-up crowds (1600 × 1000): a million points as marks, clusters and heat; wedges; patterns.

Each figure is the whole picture of one layer from nothing, by the kernels, as a settled frame draws it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from tests.bench import Report, best

WIDTH, HEIGHT = 1600, 1000
MILLION = 1_000_000


def run(report: Report) -> None:
    """Measure all kinds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    from gis.cartography import kernels
    from gis.cartography.symbols import Heat, LayerStyle, SizeBy, Variant, Wedge

    application = QGuiApplication.instance() or QGuiApplication([])
    kernels.warm_up()
    point = LayerStyle("x", "point", "wireless", (Variant(None, "#D55E00"),))
    crowd = _points(MILLION)
    for crowded in ("thin", "cluster", "heat"):
        report.add(f"million_points_{crowded}", _drawn(crowd, replace(point, crowd=crowded)), "ms", target=100)
    sized = replace(point, size_by=SizeBy("value", 0, 100))
    report.add("million_points_sized", _drawn(crowd, sized), "ms", target=100)
    weighed = replace(point, crowd="heat", heat=Heat(weight_by="value"))
    report.add("million_points_heat_weighed", _drawn(crowd, weighed), "ms", target=100)
    few = _points(100_000)
    wedge = Wedge("azimuth", None, "value", from_px=1.0)
    same = replace(point, wedge=replace(wedge, range=None, default_range=300.0))
    report.add("wedges_100k_10px", _drawn(few, same), "ms", target=250)
    report.add("wedges_100k_street", _drawn(few, replace(point, wedge=wedge), resolution=3.0), "ms", target=200)
    lines = _lines(200_000)
    line = LayerStyle("x", "line", "fibre", (Variant(None, "#0072B2", width=0.2),))
    report.add("lines_200k_heat", _drawn(lines, replace(line, crowd="heat")), "ms", target=100)
    report.add("lines_200k_shade", _drawn(lines, line), "ms", target=100)
    hatched = Variant(None, "#0072B2", width=0.2, fill="#D9E8F2", pattern="hatch")
    polygon = LayerStyle("x", "polygon", "ground", (hatched,), opacity=0.6)
    report.add("polygons_100k_hatched", _drawn(_boxes(100_000, 60.0), polygon, 10.0), "ms", target=300)
    building = LayerStyle("x", "polygon", "ground", (Variant(None, "#B8B2A7", width=0.1, fill="#D9D4CA"),))
    report.add("buildings_400k_city", _drawn(_boxes(400_000, 15.0), building), "ms", target=100)
    del application


def _drawn(shapes: Any, style: Any, resolution: float = 30.0) -> float:
    """Milliseconds for one layer's picture laid on the ground, at so many metres a pixel."""
    from desktop.canvas.layer_picture import lay_pictures, layer_picture
    from gis.cartography.arrays import LayerArrays
    from gis.cartography.view import View
    from gis.geometry.columns import Columns

    rng = np.random.default_rng(2)
    n = len(shapes)
    values = {"value": rng.uniform(20, 100, n), "azimuth": rng.uniform(0, 360, n)}
    arrays = LayerArrays.of(shapes, Columns("x", shapes.ids, values), style)
    view = View.around(0.0, 0.0, resolution, WIDTH, HEIGHT).snapped()
    ground = np.full((HEIGHT, WIDTH), 0xFFF7F5F0, np.uint32)
    return best(lambda: lay_pictures(ground, [(layer_picture(arrays, style, view, False, lambda: True), 1.0)]), 5) * 1e3


def _places(n: int) -> Any:
    """A city's crowd on 48 × 30 km: dense centres and a thin countryside."""
    rng = np.random.default_rng(1)
    centres = rng.uniform((-18_000, -11_000), (18_000, 11_000), (60, 2))
    at = centres[rng.integers(0, 60, n)] + rng.normal(0, 1, (n, 2)) * rng.uniform(300, 3000, (n, 1))
    at[::10] = rng.uniform((-24_000, -15_000), (24_000, 15_000), (len(at[::10]), 2))
    return at


def _shapes(kind: str, coords: Any, per: int) -> Any:
    from gis.geometry.columns import Shapes

    n = len(coords)
    bounds = np.concatenate([coords.min(1), coords.max(1)], 1)
    return Shapes(kind, np.arange(1, n + 1), coords.reshape(-1, 2), np.arange(n + 1) * per, np.arange(n + 1), bounds)


def _points(n: int) -> Any:
    return _shapes("point", _places(n)[:, None], 1)


def _lines(n: int) -> Any:
    rng = np.random.default_rng(3)
    steps = np.concatenate([np.zeros((n, 1, 2)), rng.normal(0, 12.0, (n, 11, 2)).cumsum(1)], 1)
    return _shapes("line", _places(n)[:, None] + steps, 12)


def _boxes(n: int, side: float) -> Any:
    rng = np.random.default_rng(4)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * rng.uniform(0.5, 1.5, (n, 1, 1)) * side
    return _shapes("polygon", _places(n)[:, None] + corners, 5)
