"""Snapping the cursor among a million features, all layers and all kinds, at street and inner-city scale.

Cursors are spread over the densest kilometre (street) and ten kilometres (inner city); each figure is what one movement
of the mouse costs: ``_typical`` the median, ``_worst`` the slowest of all cursors, each taken as the best of three.
``_everything`` snaps to all layers whatever their scale limits.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from tests.bench import Report, best, city

FEATURES = 1_000_000
STREET, INNER = 0.4, 6.0  # metres a pixel
PIXELS, REACH = 12.0, 120.0
CURSORS = 200


def run(report: Report) -> None:
    """Measure over the generated city."""
    from gis.cartography.arrays import LayerArrays
    from gis.cartography.symbols import LayerStyle
    from gis.project import Session
    from gis.project.drawing import DrawingReader

    report.add("load_average", os.getloadavg()[0], "")
    with Session.open(city(FEATURES), readonly=True) as session, session.reading() as snapshot:
        reader = DrawingReader(snapshot, session.catalogue)
        shown = [
            (LayerArrays.load(reader, style), style)
            for style in (LayerStyle.from_class(cls) for cls in session.catalogue.classes if cls.spatial)
        ]
    report.add("features", float(sum(len(arrays) for arrays, _ in shown)), "")
    whole = [(arrays, replace(style, max_scale=0.0, min_scale=0.0)) for arrays, style in shown]
    heart = _densest(shown)
    for name, resolution, layers in (
        ("street", STREET, shown), ("inner", INNER, shown), ("inner_everything", INNER, whole),
    ):  # fmt: skip
        times = _times(layers, heart, resolution)
        report.add(f"{name}_typical", float(np.median(times)) * 1e3, "ms", target=5.0)
        report.add(f"{name}_worst", float(times.max()) * 1e3, "ms", target=5.0)


def _densest(shown: list[Any]) -> tuple[float, float]:
    """The middle of the square kilometre with most features."""
    middles = np.concatenate([(a.base.bounds[:, :2] + a.base.bounds[:, 2:]) / 2 for a, _ in shown if len(a.base)])
    cells, counts = np.unique((middles[np.isfinite(middles).all(axis=1)] // 1000).astype(np.int64), axis=0,
                              return_counts=True)  # fmt: skip
    x, y = cells[int(np.argmax(counts))]
    return float(x) * 1000 + 500, float(y) * 1000 + 500


def _times(shown: list[Any], heart: tuple[float, float], resolution: float) -> np.ndarray:
    from gis.cartography.snapping import Aim, snapped

    rng = np.random.default_rng(1)
    half = 1250 * resolution
    denominator = resolution * 96 / 25.4 * 1000
    cursors = rng.uniform(-half, half, (CURSORS, 2)) + np.array(heart)
    made = []
    for x, y in cursors.tolist():
        aim = Aim((x, y), PIXELS * resolution, reach=REACH * resolution, last=[(x - 90, y - 40), (x - 30, y - 55)])
        made.append(best(lambda aim=aim: snapped(shown, denominator, aim), 3))
    return np.array(made)
