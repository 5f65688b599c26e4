"""Every kind of symbol against its reference picture, and what pictures must be true to: scale, place and sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from PySide6.QtGui import QImage, QPainter

from desktop.canvas.frames import Layer, Pictures, Request
from desktop.canvas.painting import paint_layer
from gis.cartography import kernels
from gis.cartography.palette import Palette
from gis.cartography.symbols import SizeBy, Variant, Wedge
from gis.cartography.view import View
from tests.desktop.canvas.symbol_cases import CITY, REFERENCE, STREET, Case, cases, layer_of, style_of

CASES = cases()
# Faint outlines in a heap are joined by the kernels and added up by QPainter; sprites of a crowd stand on whole pixels.
ROUGH = {"specks": 0.03, "clusters": 0.05, "clusters_dark": 0.05, "thin": 0.04}


def _channels(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels).view(np.uint8).reshape(*pixels.shape, 4)[..., :3].astype(np.int64)


def _reference(name: str) -> np.ndarray:
    image = QImage(str(REFERENCE / f"{name}.png")).convertToFormat(QImage.Format.Format_RGB32)
    assert not image.isNull(), f"no reference picture {name}: see symbol_cases.py"
    shape = (image.height(), image.width())
    return _channels(np.frombuffer(image.constBits(), np.uint32).reshape(shape))


def _differing(one: np.ndarray, other: np.ndarray, levels: int) -> float:
    """The share of pixels that differ by more than ``levels`` in a channel."""
    return float((np.abs(one - other).max(axis=2) > levels).mean())


@pytest.mark.parametrize("name", CASES)
def test_the_kernels_draw_the_reference(name: str) -> None:
    assert _differing(_channels(CASES[name].picture("kernels")), _reference(name), 24) < 0.004


@pytest.mark.parametrize("name", CASES)
def test_the_painter_draws_the_reference(name: str) -> None:
    drawn, reference = _channels(CASES[name].picture("painter")), _reference(name)
    assert _differing(drawn, reference, 64) < ROUGH.get(name, 0.012)


def test_every_reference_has_its_case_and_stays_small() -> None:
    files = {path.stem: path for path in REFERENCE.glob("*.png")}
    assert set(files) == set(CASES)
    assert sum(path.stat().st_size for path in files.values()) < 400_000


# ------------------------------------------------------------------------------------------------------- true to scale
@pytest.mark.parametrize("regime", ["kernels", "painter"])
def test_a_wedge_of_100_metres_is_378_pixels_at_1_to_1000(regime) -> None:
    wedge = Wedge("azimuth", "width", "range", color_share=1.0)
    style = style_of("point", Variant(None, "#000000", size=0.1), rotate_by="azimuth", wedge=wedge)
    arrays = layer_of(style, [shapely.Point(0, 0)], azimuth=[90.0], width=[60.0], range=[100.0])
    per_mm = 96 / 25.4
    view = View.around(50.0, 0.0, 1 / per_mm, 460, 420, per_mm)
    assert view.scale_denominator == pytest.approx(1000)
    dark = _channels(Case(arrays, view).picture(regime)).max(axis=2) < 128
    columns, rows = np.flatnonzero(dark.any(axis=0)), np.flatnonzero(dark.any(axis=1))
    x, y = view.to_pixels(0.0, 0.0)
    assert columns[-1] + 1 - x == pytest.approx(100 * per_mm, abs=1.0)
    # Its arc is as wide as a chord of 60 degrees, which is the range again.
    assert rows[-1] + 1 - rows[0] == pytest.approx(100 * per_mm, abs=2.0)
    assert y == pytest.approx((rows[0] + rows[-1] + 1) / 2, abs=1.0)
    assert dark.sum() == pytest.approx(np.pi * (100 * per_mm) ** 2 / 6, rel=0.01)


@pytest.mark.parametrize("width", [10.0, 65.0, 180.0, 250.0, 330.0, 360.0])
@pytest.mark.parametrize("azimuth", [0.0, 77.0, 200.0, 315.0])
def test_wedges_cover_their_share_of_the_circle(width: float, azimuth: float) -> None:
    wedge = Wedge("azimuth", "width", "range", color_share=1.0)
    style = style_of("point", Variant(None, "#000000", size=0.1), wedge=wedge)
    arrays = layer_of(style, [shapely.Point(80, 60)], azimuth=[azimuth], width=[width], range=[50.0])
    for regime in ("kernels", "painter"):
        black = 1 - _channels(Case(arrays).picture(regime)).max(axis=2) / 247
        assert black.sum() == pytest.approx(np.pi * 50**2 * width / 360, rel=0.005, abs=16), regime


def test_below_the_smallest_range_the_mark_stands_alone() -> None:
    wedge = Wedge("azimuth", None, "range", from_px=12)
    style = style_of("point", Variant(None, "#000000", size=2.0), wedge=wedge)
    arrays = layer_of(style, [shapely.Point(80, 60)], azimuth=[0.0], range=[11.0])
    plain = layer_of(replace(style, wedge=None), [shapely.Point(80, 60)])
    assert np.array_equal(Case(arrays).picture("kernels"), Case(plain).picture("kernels"))


@pytest.mark.parametrize("regime", ["kernels", "painter"])
@pytest.mark.parametrize(("value", "diameter"), [(0.0, 10.0), (25.0, 21.8), (100.0, 40.0)])
def test_marks_are_as_large_as_their_value_says(regime, value: float, diameter: float) -> None:
    by = SizeBy("n", 0.0, 100.0, 1.0, 4.0)
    style = style_of("point", Variant(None, "#000000", size=10.0), unit="m", size_by=by)
    picture = Case(layer_of(style, [shapely.Point(80.5, 60.5)], n=[value])).picture(regime)
    black = 1 - np.clip(_channels(picture).max(axis=2) / 240, 0, 1)
    # Levels of size are less than a fifteenth apart; the area grows with the value.
    assert 2 * np.sqrt(black.sum() / np.pi) == pytest.approx(diameter, rel=0.06)


@pytest.mark.parametrize("regime", ["kernels", "painter"])
def test_lines_in_metres_are_true_to_scale_and_fainter_below_a_pixel(regime) -> None:
    def ink(width: float) -> float:
        style = style_of("line", Variant(None, "#000000", width=width), unit="m")
        line = shapely.LineString([(-20, 60.5), (180, 60.5)])
        picture = _channels(Case(layer_of(style, [line])).picture(regime)).max(axis=2)
        return float((1 - picture[:, 80] / 247).sum())

    assert ink(12.0) == pytest.approx(12.0, abs=0.3)
    assert ink(3.0) == pytest.approx(3.0, abs=0.3)
    assert ink(0.5) == pytest.approx(0.5, abs=0.1)


# ------------------------------------------------------------------------------------------------- stable while panning
@pytest.mark.parametrize(
    "name",
    ["patterned", "dashed", "cased", "clusters", "heat", "heat_weighed", "heat_lines", "heat_areas", "thin", "shade",
     "sectors", "cameras", "specks", "widths", "sized"],
)  # fmt: skip
@pytest.mark.parametrize("shift", [(-23, 17), (40, -31)])
def test_the_picture_is_the_same_after_a_pan_by_whole_pixels(name: str, shift: tuple[int, int]) -> None:
    case = CASES[name]
    one, other = case.picture("kernels"), replace(case, view=case.view.panned(*shift)).picture("kernels")
    dx, dy = shift
    h, w = one.shape
    still = one[max(-dy, 0) : h - max(dy, 0), max(-dx, 0) : w - max(dx, 0)]
    moved = other[max(dy, 0) : h - max(-dy, 0), max(dx, 0) : w - max(-dx, 0)]
    # Places are rounded in the last digit, so that a level may differ.
    assert _differing(_channels(still), _channels(moved), 2) < 0.0005


def test_a_long_dashed_line_does_not_shimmer() -> None:
    style = style_of("line", Variant(None, "#000000", width=0.6, dash=(6.0, 3.0)))
    arrays = layer_of(style, [shapely.LineString([(-5e5, -3e5), (-3e5, 100.0), (4e5, 80.0), (5e5, 3e5)])])
    # In a place of the third stretch, many thousand dashes from the line's beginning.
    view = View(-50.0, 140.0, 1.0, 160, 120)
    one, other = Case(arrays, view).picture("kernels"), Case(arrays, view.panned(-40, 0)).picture("kernels")
    assert (one != one[0, 0]).sum() > 100
    assert _differing(_channels(one[:, 40:]), _channels(other[:, :-40]), 24) < 0.001


# -------------------------------------------------------------------------------------------------------- icons, frames
def _icon_layer(svg: str, **changes):
    variant = Variant(None, "#0072B2", "square", size=8.0, svg=svg, **changes)
    return layer_of(style_of("point", variant), [shapely.Point(80, 60)])


def test_an_icon_takes_the_colour_of_its_variant() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
        '<rect width="10" height="10" fill="currentColor"/></svg>'
    )
    for regime in ("kernels", "painter"):
        assert tuple(_channels(Case(_icon_layer(svg)).picture(regime))[60, 80][::-1]) == (0x00, 0x72, 0xB2)


def test_a_broken_icon_falls_back_to_the_shape_and_is_told() -> None:
    broken = _icon_layer("<svg><path")
    plain = layer_of(style_of("point", Variant(None, "#0072B2", "square", size=8.0)), [shapely.Point(80, 60)])
    assert np.array_equal(Case(broken).picture("kernels"), Case(plain).picture("kernels"))
    assert np.array_equal(Case(broken).picture("painter"), Case(plain).picture("painter"))
    frame = Pictures().frame(Request(1, STREET, (Layer(broken, broken.style),)))
    assert [getattr(problem, "code", "") for problem in frame.problems] == ["canvas.icon"]


def test_an_icon_too_small_to_read_is_its_shape() -> None:
    small = CASES["icons"].arrays.style.variants[1]
    style = style_of("point", replace(small, size=1.5))
    plain = style_of("point", replace(small, size=1.5, svg=None))
    at = [shapely.Point(80, 60)]
    assert np.array_equal(Case(layer_of(style, at)).picture("kernels"), Case(layer_of(plain, at)).picture("kernels"))


def test_variants_that_are_not_visible_are_not_drawn() -> None:
    variants = (Variant(None, "#000000"), Variant("a", "#0072B2", visible=False), Variant("b", "#D55E00"))
    arrays = layer_of(style_of("point", *variants), [shapely.Point(40, 60), shapely.Point(120, 60)], kind=["a", "b"])
    for regime in ("kernels", "painter"):
        picture = Case(arrays).picture(regime)
        assert (picture[:, :80] == picture[0, 0]).all()
        assert (picture[:, 80:] != picture[0, 0]).any()


def test_marks_too_large_for_sprites_are_painted() -> None:
    style = style_of("point", Variant(None, "#000000", size=300.0), unit="m")
    view = replace(STREET, width=400, height=400, top=400.0)
    picture = _channels(Case(layer_of(style, [shapely.Point(200, 200)]), view).picture("kernels")).max(axis=2)
    assert (picture < 60).sum() == pytest.approx(np.pi * 150**2, rel=0.01)


def test_clusters_wait_for_the_kernels_and_then_count_all() -> None:
    case = CASES["clusters"]
    frame = Pictures().frame(Request(1, CITY, (Layer(case.arrays, case.arrays.style),)))
    assert kernels.READY.is_set()
    assert np.array_equal(frame.pixels, case.picture("kernels"))


def test_patterns_and_wedges_stay_vector_on_paper(tmp_path) -> None:
    import pikepdf
    from PySide6.QtGui import QPdfWriter

    path = tmp_path / "symbols.pdf"
    writer = QPdfWriter(str(path))
    painter = QPainter(writer)
    for name in ("patterned", "sectors", "icons", "sized", "cased"):
        case = CASES[name]
        paint_layer(painter, case.arrays, case.arrays.style, case.view, Palette.for_print())
    painter.end()
    with pikepdf.open(path) as pdf:
        objects = pdf.pages[0].resources.get("/XObject", {})
        assert not [x for x in objects.values() if x.get("/Subtype") == "/Image"]


def test_a_faded_layer_of_wedges_fades_as_a_whole() -> None:
    case = replace(CASES["sectors"], opacity=0.5)
    drawn, painted = _channels(case.picture("kernels")), _channels(case.picture("painter"))
    assert _differing(drawn, painted, 64) < 0.012


def test_a_click_on_a_circle_tells_how_many_it_stands_for() -> None:
    from desktop.canvas.hits import hits
    from gis.cartography.declutter import marks

    arrays, view = CASES["clusters"].arrays, CITY
    shown = marks(arrays, arrays.style, view)
    largest = int(shown.count.argmax())
    x, y = shown.at[largest]
    hit = hits([(arrays, arrays.style)], view, float(x), float(y))[0]
    assert (hit.count, hit.id) == (int(shown.count[largest]), int(shown.ids[largest]))
    heated = replace(arrays.style, crowd="heat")
    assert hits([(arrays, heated)], view, float(x), float(y)) == []


def test_layers_that_share_their_room_are_drawn_again_only_where_it_changed(monkeypatch) -> None:
    from desktop.canvas import frames

    drawn: list[str] = []
    real = frames.layer_picture
    monkeypatch.setattr(frames, "layer_picture", lambda a, s, *rest: drawn.append(s.cls) or real(a, s, *rest))
    rng = np.random.default_rng(1)

    def crowd(cls: str, n: int, size: float) -> Layer:
        style = replace(style_of("point", Variant(None, "#0072B2", size=size)), cls=cls)
        return Layer(layer_of(style, [shapely.Point(*p) for p in rng.uniform(0, 12_000, (n, 2))]), style)

    few, many = crowd("few", 5, 6.0), crowd("many", 2000, 2.0)
    pictures = Pictures()
    pictures.frame(Request(1, CITY, (many, few)))
    pictures.frame(Request(2, CITY, (replace(many, opacity=0.5), few)))
    assert drawn == ["many", "few"]
    # More of the many change nothing of the few, which are larger; others of the few make way among the many.
    pictures.frame(Request(3, CITY, (crowd("many", 2001, 2.0), few)))
    assert drawn == ["many", "few", "many"]
    pictures.frame(Request(4, CITY, (many, crowd("few", 6, 6.0))))
    assert sorted(drawn[3:]) == ["few", "many"]


def test_sprites_that_were_not_used_for_long_are_forgotten(monkeypatch) -> None:
    from desktop.canvas import marks

    store = marks._Kept()
    monkeypatch.setattr(marks, "MOST_BYTES", 40_000)
    painted: list[int] = []

    def paint(side: int) -> np.ndarray:
        painted.append(side)
        return np.zeros((side, side), np.uint32)

    for side in (50, 51, 50, 52, 53, 50):
        store.sprite(paint, (side,))
    assert painted == [50, 51, 52, 53]  # the first was used again and again
    store.sprite(paint, (51,))
    assert painted[-1] == 51
    assert store._bytes <= 40_000
