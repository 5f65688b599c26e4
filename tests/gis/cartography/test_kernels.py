from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.cartography import compiled, kernels
from gis.cartography.declutter import CELL, marks
from gis.cartography.palette import Palette
from gis.cartography.picture import Dropped, draw_layer
from gis.cartography.symbols import LayerStyle, Variant
from gis.cartography.view import View
from tests.gis.cartography.layers import layer

SIDE = 60
VIEW = View(0.0, float(SIDE), 1.0, SIDE, SIDE)
LIGHT = Palette.of(False)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    kernels.warm_up()


def _style(kind: str, **changes) -> LayerStyle:
    variant = Variant(None, "#000000", width=1.0, **changes)
    return LayerStyle("x", kind, "ground", (variant,), growth=((1.0, 1.0),))  # type: ignore[arg-type]


def _alpha(picture: np.ndarray | None) -> np.ndarray:
    assert picture is not None
    return (picture >> 24) / 255.0


def _fill(*geometries) -> np.ndarray:
    style = replace(_style("polygon", fill="#FF0000"), opacity=1.0)
    style = replace(style, variants=(replace(style.variants[0], width=0.0),))
    arrays = layer("building", geometries, style)
    part = arrays.base
    mask = np.zeros((SIDE, SIDE), np.uint8)
    kernels.fill(mask, part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds,
                 np.arange(len(part)), 0.0, float(SIDE), 1.0)  # fmt: skip
    return mask / 255.0


def _stroke(line, width: float, dash=(), k: float = 1.0) -> np.ndarray:
    part = layer("road", [line], _style("line")).base
    mask = np.zeros((SIDE, SIDE), np.uint8)
    kernels.stroke(mask, part.coords, part.ring_offsets, part.first_ring, part.last_ring, part.bounds, np.arange(1),
                   0.0, SIDE / k, k, width, np.array(dash, np.float64), 0.0)  # fmt: skip
    return mask / 255.0


def _even_odd(corners) -> float:
    """The area inside the frame that a ring, self-crossing or not, covers by the even-odd rule: crossings counted at
    16 places a pixel. (make_valid follows another rule where edges overlap.)"""
    middles = (np.arange(SIDE * 4) + 0.5) / 4
    x, y = np.meshgrid(middles, middles)
    odd = np.zeros(x.shape, bool)
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y1 != y2:
            odd ^= ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    return odd.sum() / 16


place = st.floats(-20, 80)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(place, place), min_size=3, max_size=8, unique=True))
def test_fill_covers_what_the_polygon_covers(corners) -> None:
    polygon = shapely.Polygon(corners)
    covered = _fill(polygon)
    assert covered.sum() == pytest.approx(_even_odd(corners), abs=3.0 + 0.01 * polygon.length)


def test_fill_is_exact_pixel_by_pixel() -> None:
    covered = _fill(shapely.box(10.25, 20.0, 12.5, 22.5))
    row = covered[SIDE - 21]
    assert row[9:14] == pytest.approx([0, 0.75, 1, 0.5, 0], abs=0.02)
    assert covered[SIDE - 23][11] == pytest.approx(0.5, abs=0.02)


def test_holes_stay_open_and_neighbours_leave_no_seam() -> None:
    ring = shapely.Polygon(shapely.box(5, 5, 45, 45).exterior, [shapely.box(15, 15, 35, 35).exterior])
    assert _fill(ring)[SIDE - 25][25] == 0
    joined = _fill(shapely.box(5, 5, 20.4, 30), shapely.box(20.4, 5, 40, 30))
    assert joined[SIDE - 20][10:38].min() > 0.99


def test_polygons_below_a_pixel_leave_a_trace() -> None:
    covered = _fill(shapely.box(30.2, 30.2, 30.7, 30.7))
    assert covered.sum() == pytest.approx(0.25, abs=0.02)


@settings(max_examples=120, deadline=None)
@given(st.tuples(place, place), st.tuples(place, place), st.floats(1.0, 9.0))
def test_a_stroke_covers_its_buffer(a, b, width: float) -> None:
    line = shapely.LineString([a, b])
    assume(line.length > 1)  # shorter ones become dots
    covered = _stroke(line, width)
    body = line.buffer(width / 2, quad_segs=16)
    x, y = np.meshgrid(np.arange(SIDE) + 0.5, SIDE - np.arange(SIDE) - 0.5)
    away = shapely.distance(line, shapely.points(x, y))
    assert (covered[away < width / 2 - 0.55] > 0.98).all()
    assert (covered[away > width / 2 + 0.55] == 0).all()
    seen = shapely.intersection(body, shapely.box(0, 0, SIDE, SIDE)).area
    assert covered.sum() == pytest.approx(seen, abs=2.0 + 0.1 * body.length)


def test_thin_lines_are_fainter_not_thinner() -> None:
    line = shapely.LineString([(5, 30.5), (55, 30.5)])
    full, faint = _stroke(line, 1.0), _stroke(line, 0.5)
    assert full[SIDE - 31][30] == pytest.approx(1.0, abs=0.02)
    assert faint[SIDE - 31][30] == pytest.approx(0.5, abs=0.02)


def test_joints_do_not_darken() -> None:
    points = [(5 + i, 30 + 5 * np.sin(i / 5)) for i in np.arange(0, 50, 0.7)]
    alpha = _alpha(draw_layer(layer("road", [shapely.LineString(points)], _style("line")), _style("line"), VIEW, LIGHT))
    assert alpha.max() <= 1.0
    assert 0.2 < np.median(alpha[alpha > 0]) <= 1.0


def test_dashes_leave_gaps_of_the_right_share() -> None:
    line = shapely.LineString([(2, 30), (58, 30)])
    share = _stroke(line, 2.0, (6.0, 6.0)).sum() / _stroke(line, 2.0).sum()
    assert 0.4 < share < 0.65


def test_a_dashed_line_across_the_country_is_cut_to_the_view() -> None:
    covered = _stroke(shapely.LineString([(-3e7, 30), (3e7, 30)]), 2.0, (6.0, 6.0))
    assert 0.4 < covered[SIDE - 30].mean() < 0.65


def test_lines_within_a_pixel_become_a_dot() -> None:
    assert _stroke(shapely.LineString([(30, 30), (30.1, 30.1)]), 1.0).max() > 0.3


def test_coordinates_far_outside_do_no_harm() -> None:
    ring = shapely.Polygon([(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)])
    assert _fill(ring).min() > 0.99
    assert _stroke(shapely.LineString([(-1e8, 31), (1e8, 30)]), 3.0).sum() == pytest.approx(180, rel=0.1)


def test_over_mixes_as_premultiplied_colours_do() -> None:
    under = np.full((1, 1), 0xFFFFFFFF, np.uint32)
    kernels.lay_over(under, np.full((1, 1), 0x80000000, np.uint32), 1.0)
    assert int(under[0, 0] & 0xFF) == pytest.approx(127, abs=1)
    under = np.full((1, 1), 0xFFFFFFFF, np.uint32)
    kernels.lay_over(under, np.full((1, 1), 0xFF000000, np.uint32), 0.25)
    assert int(under[0, 0] & 0xFF) == pytest.approx(191, abs=1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3000), st.booleans())
def test_every_point_shown_or_near_one_shown(seed: int, n: int, ready: bool) -> None:
    rng = np.random.default_rng(seed)
    at = rng.uniform(-10, 210, (n, 2))
    arrays = layer("wifi_hotspot", [shapely.Point(*p) for p in at])
    view = View(0.0, 200.0, 1.0, 200, 200)
    if not ready:
        kernels.READY.clear()
    try:
        shown = marks(arrays, arrays.style, view, (6.0,))
    finally:
        kernels.READY.set()
    inside = at[(at[:, 0] > 0) & (at[:, 0] < 200) & (at[:, 1] > 0) & (at[:, 1] < 200)]
    assert len(shown.at) <= (260 / CELL) ** 2
    if len(inside):
        pixels = view.pixels(inside)
        nearest = np.hypot(*(pixels[:, None] - shown.at[None]).transpose(2, 0, 1)).min(axis=1)
        assert nearest.max() <= CELL * 1.5


def test_the_choice_of_points_is_the_same_while_panning() -> None:
    rng = np.random.default_rng(4)
    arrays = layer("wifi_hotspot", [shapely.Point(*p) for p in rng.uniform(0, 400, (3000, 2))])
    a = View(0.0, 400.0, 1.0, 300, 300)
    b = a.panned(-37, -11)
    first, second = (marks(arrays, arrays.style, v, (6.0,)) for v in (a, b))
    both = (37 + 20, 20, 280, 300 - 11 - 20)  # pixels of a that lie well within b
    inner = {int(i) for i, (x, y) in zip(first.ids, first.at, strict=True)
             if both[0] < x < both[2] and 11 + both[1] < y < both[3]}  # fmt: skip
    assert inner <= {int(i) for i in second.ids}


def test_sectors_of_one_site_are_all_shown() -> None:
    arrays = layer("cell", [shapely.Point(50, 50)] * 3 + [shapely.Point(51, 50)],
                   technology=np.array(["NR"] * 4, object), azimuth=np.array([0.0, 120, 240, 0]))  # fmt: skip
    assert len(marks(arrays, arrays.style, View(0.0, 100.0, 1.0, 100, 100), (8.0,) * 5).ids) == 3


def test_a_picture_no_longer_wanted_is_dropped() -> None:
    arrays = layer("road", [shapely.LineString([(0, 0), (50, 50)])], _style("line"))
    with pytest.raises(Dropped):
        draw_layer(arrays, arrays.style, VIEW, LIGHT, wanted=lambda: False)


def test_nothing_in_view_is_no_picture() -> None:
    arrays = layer("road", [shapely.LineString([(900, 900), (950, 950)])], _style("line"))
    assert draw_layer(arrays, arrays.style, VIEW, LIGHT) is None


def test_the_cache_goes_elsewhere_when_the_source_is_read_only(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(compiled.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    assert compiled.cache_folder(tmp_path / "source") is None
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert compiled.cache_folder(blocked) == tmp_path / "yantu" / "kernels"
    monkeypatch.setattr(compiled.platformdirs, "user_cache_dir", lambda name: str(blocked / name))
    with pytest.raises(LookupError):
        compiled.cache_folder(blocked)
