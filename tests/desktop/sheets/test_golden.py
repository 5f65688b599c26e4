"""The shipped templates look as they did: pictures of a small made city are held against small ones kept beside.

What is compared is where ink is, item by item, on a grid of cells: fonts of another version move letters by parts of a
millimetre, an item that moves, vanishes, grows or is drawn over moves whole cells. ``python -m
tests.desktop.sheets.test_golden`` draws the pictures anew; look at them before they are kept.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from desktop.sheets.application import ensure_application
from desktop.sheets.export import Reading, settled
from desktop.sheets.pictures import sheet_image
from gis.cartography.sheets.items import Box, ColumnItem, LegendItem, MapItem
from gis.cartography.sheets.specification import SheetSpec
from gis.cartography.sheets.templates import template_names
from gis.project import Session
from gis.project.analysis import run_analysis
from tests.desktop.sheets.cases import city_of

KEPT = Path(__file__).parent / "golden"
DATE = datetime.date(2026, 3, 5)
WIDE = 250  # pixels across the longer side
CELL = 5  # pixels
FAINT = 6.0  # grey levels: a cell with less ink is empty


def grey(image: QImage) -> np.ndarray:
    """Ink (h, w), 0 = paper, 255 = black."""
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return 255.0 - rows[:, : image.width()].astype(float)


def cells(ink: np.ndarray, box: Box | None, scale: float) -> np.ndarray:
    """The mean ink of the cells within a box of millimetres; None = of the whole page."""
    if box is not None:
        ink = ink[
            round(box.y * scale) : round(box.bottom * scale) + 1, round(box.x * scale) : round(box.right * scale) + 1
        ]
    size = min(CELL, *ink.shape)
    height, width = ink.shape[0] // size * size, ink.shape[1] // size * size
    return ink[:height, :width].reshape(height // size, size, width // size, size).mean(axis=(1, 3))


def profiles_apart(kept: np.ndarray, now: np.ndarray, box: Box, scale: float) -> float:
    """How far ink is from where it was along either side of a box: 0 = the same, 1 = nothing in common."""
    window = (slice(round(box.y * scale), round(box.bottom * scale) + 1),
              slice(round(box.x * scale), round(box.right * scale) + 1))  # fmt: skip
    worst = 0.0
    for axis in (0, 1):
        a, b = (np.convolve(ink[window].sum(axis=axis), np.ones(5) / 5, "same") for ink in (kept, now))
        if a.sum() + b.sum() > 100.0:
            worst = max(worst, float(np.abs(a - b).sum() / (a.sum() + b.sum())))
    return worst


def differences(kept: np.ndarray, now: np.ndarray, spec: SheetSpec, scale: float) -> list[str]:
    """The items whose ink is not where it was, and "page" where there is ink that belongs to none."""
    if kept.shape != now.shape:
        return ["paper"]
    found = []
    outside = np.ones(kept.shape, bool)
    for item in spec.items:
        box = item.box
        outside[
            max(round(box.y * scale) - 2, 0) : round(box.bottom * scale) + 3,
            max(round(box.x * scale) - 2, 0) : round(box.right * scale) + 3,
        ] = False
        a, b = cells(kept, box, scale), cells(now, box, scale)
        inked = (a > FAINT) | (b > FAINT)
        apart = inked & (np.abs(a - b) > np.maximum(9.0, 0.55 * np.maximum(a, b)))
        total = abs(a.sum() - b.sum()) > 0.3 * max(a.sum(), b.sum()) + 8.0
        if total or profiles_apart(kept, now, box, scale) > 0.35 or apart.sum() > max(1.0, 0.2 * inked.sum()):
            found.append(item.id)
    if (now[outside] > 60).sum() > (kept[outside] > 60).sum() + 4:
        found.append("page")
    return found


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, object]]:
    ensure_application()
    with city_of("usual", tmp_path_factory.mktemp("golden") / "city.yantu") as session:
        yield session, run_analysis(session, "wifi")


def drawn(city: tuple[Session, object], name: str, change=lambda spec: spec) -> tuple[QImage, SheetSpec, float]:
    session, run = city
    with session.reading() as snapshot:
        words = {"approval": "苏S(2026)012号", "maker": "测绘院", "data_date": "2026年3月1日"}
        spec = settled(session, snapshot, name, run=run, date=DATE, words=words)
        scale = WIDE / max(spec.paper.width, spec.paper.height)
        return sheet_image(change(spec), Reading(session, snapshot), scale), spec, scale


@pytest.mark.parametrize("name", template_names())
def test_templates_look_as_they_did(city, name: str) -> None:
    image, spec, scale = drawn(city, name)
    kept = QImage(str(KEPT / f"{name}.png"))
    assert not kept.isNull(), "no picture is kept of this template"
    assert differences(grey(kept), grey(image), spec, scale) == []


def _without(spec: SheetSpec, kind: type) -> SheetSpec:
    items = [replace(i, items=tuple(c for c in i.items if not isinstance(c, kind))) if isinstance(i, ColumnItem) else i
             for i in spec.items]  # fmt: skip
    return replace(spec, items=tuple(i for i in items if not isinstance(i, kind)))


def _moved(spec: SheetSpec, id: str, dx: float, dy: float) -> SheetSpec:
    def shifted(item):
        return replace(item, box=Box(item.box.x + dx, item.box.y + dy, item.box.width, item.box.height))

    return replace(spec, items=tuple(shifted(i) if i.id == id else i for i in spec.items))


@pytest.mark.parametrize(
    ("name", "change", "seen"),
    [
        ("coverage_a4", lambda spec: _without(spec, LegendItem), None),
        ("inventory_a3", lambda spec: _moved(spec, "scale", 0, -12), "scale"),
        ("inventory_a3", lambda spec: _moved(spec, "scale", 0, -90), "scale"),
        ("targets_a3", lambda spec: _moved(spec, "card-2", -60, 0), "card-2"),
        ("targets_a3", lambda spec: replace(spec, cards={}), "card-5"),
        ("fibre_route_a4", lambda spec: replace(spec, tables={}), "chainage"),
        ("fibre_route_a4", lambda spec: _moved(spec, "title", 0, 9), "title"),
        ("atlas_page_a4", lambda spec: replace(spec, views={**spec.views, "map": replace(
            spec.view(), denominator=spec.denominator * 2)}), "map"),
    ],
    ids=["no-legend", "scale-12", "scale-90", "card", "no-cards", "no-table", "title", "other-scale"],
)  # fmt: skip
def test_what_moves_or_vanishes_is_seen(city, name: str, change, seen: str | None) -> None:
    image, spec, scale = drawn(city, name, change)
    found = differences(grey(QImage(str(KEPT / f"{name}.png"))), grey(image), spec, scale)
    assert found
    assert seen is None or seen in found


def test_the_pictures_are_small_and_of_templates_that_there_are() -> None:
    kept = list(KEPT.glob("*.png"))
    assert {path.stem for path in kept} == set(template_names())
    assert sum(path.stat().st_size for path in kept) < 300_000


def test_maps_are_among_what_is_compared(city) -> None:
    _, spec, _ = drawn(city, "coverage_a3")
    assert any(isinstance(item, MapItem) for item in spec.items)


if __name__ == "__main__":  # pragma: no cover
    import tempfile

    ensure_application()
    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, city_of("usual", Path(folder) / "city.yantu") as made:
        pair = (made, run_analysis(made, "wifi"))
        for template in template_names():
            drawn(pair, template)[0].convertToFormat(QImage.Format.Format_Grayscale8).save(
                str(KEPT / f"{template}.png")
            )
