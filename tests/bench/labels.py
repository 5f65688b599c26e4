"""Names in a city of a million features, measured alone (1600×1000): collecting, placing and stamping.

Views as in the canvas benchmark: a street, the inner city, the whole. ``*_everything`` names whatever has a text at all
scales, far more than any rule would.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tests.bench import Report, best, city

FEATURES = 1_000_000
WIDTH, HEIGHT = 1600, 1000
TARGET = {"street": 5.0, "inner": 15.0, "full": 15.0}


def run(report: Report) -> None:
    """Measure over the generated city."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from gis.cartography import kernels
    from gis.project import Session

    app = QApplication.instance() or QApplication([])
    assert app is not None
    kernels.warm_up()
    session = Session.open(city(FEATURES), author="bench")
    layers = _layers(session)
    for name, view in _views(layers).items():
        _measure(report, name, view, layers, TARGET[name])
        everything = [
            (arrays, replace(style, max_scale=0.0, labels={"": replace(rule, max_scale=1e12, min_scale=0.0)}))
            for arrays, style in layers
            for rule in [next(iter(style.labels.values()))]
        ]
        _measure(report, f"{name}_everything", view, everything, None)
    session.close()


def _layers(session: Any) -> list[Any]:
    from desktop.canvas.loading import reading
    from gis.cartography.arrays import LayerArrays
    from gis.cartography.symbols import LayerStyle

    made = []
    with reading(session) as reader:
        for cls in session.catalogue.classes:
            if cls.spatial and cls.visible:
                style = LayerStyle.from_class(cls)
                if style.labels:
                    made.append((LayerArrays.load(reader, style).with_labels(reader), style))
    return made


def _views(layers: list[Any]) -> dict[str, Any]:
    """The densest street and its inner city, and the whole."""
    from gis.cartography.view import View

    points = np.concatenate([arrays.base.bounds[:, :2] for arrays, _ in layers])
    count, x, y = np.histogram2d(points[:, 0], points[:, 1], 400)
    i, j = np.unravel_index(count.argmax(), count.shape)
    at = ((x[i] + x[i + 1]) / 2, (y[j] + y[j + 1]) / 2)
    extent = (points[:, 0].min(), points[:, 1].min(), points[:, 0].max(), points[:, 1].max())
    made = {name: View.around(*at, r, WIDTH, HEIGHT).snapped() for name, r in (("street", 0.4), ("inner", 6.0))}
    return {**made, "full": View.fitting(extent, WIDTH, HEIGHT, margin=0.04)}


def _measure(report: Report, name: str, view: Any, layers: list[Any], target: float | None) -> None:
    from desktop.canvas.text import Writer
    from gis.cartography.declutter import marks
    from gis.cartography.labels.candidates import candidates
    from gis.cartography.labels.names import placed
    from gis.cartography.palette import Palette

    writer = Writer(Palette.of(False), view.pixels_per_mm)
    shown = [
        marks(arrays, style, view) if style.kind == "point" and style.shown_at(view.scale_denominator) else None
        for arrays, style in layers
    ]

    def collect() -> list[Any]:
        return [candidates(*layer, view, writer, seen) for layer, seen in zip(layers, shown, strict=True)]

    def place() -> list[Any]:
        return placed(collect(), view, [seen for seen in shown if seen is not None])

    report.add(f"{name}_collect", best(collect, 5) * 1e3, "ms")
    report.add(f"{name}_place", best(place, 5) * 1e3, "ms")
    report.add(f"{name}_all", best(_stamped(place, writer), 5) * 1e3, "ms", target=target)
    report.add(f"{name}_candidates", sum(len(names) for names in collect() if names is not None), "", better="higher")
    report.add(f"{name}_placed", len(place()), "", better="higher")


def _stamped(place: Callable[[], list[Any]], writer: Any) -> Callable[[], None]:
    """Placing and stamping on a picture; the sprites stand after the first time."""
    from PySide6.QtGui import QImage, QPainter

    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)

    def work() -> None:
        painter = QPainter(image)
        for label in place():
            writer.stamp(painter, label)
        painter.end()

    return work
