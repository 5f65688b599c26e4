"""Clusters, density surfaces and the grid that all point layers share: nothing is lost, units are true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography import heat, kernels
from gis.cartography.clusters import Grid, clustered, diameter, written
from gis.cartography.crowding import Crowding
from gis.cartography.declutter import marks
from gis.cartography.palette import Palette
from gis.cartography.symbols import Heat, LayerStyle, Variant
from gis.cartography.view import View
from gis.geometry.columns import Columns
from tests.gis.cartography.layers import shapes_of

VIEW = View(0.0, 40_000.0, 100.0, 400, 400)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    kernels.warm_up()


def _layer(geometries, style: LayerStyle, **fields):
    from gis.cartography.arrays import LayerArrays

    shapes = shapes_of(style.kind, geometries)
    return LayerArrays.of(shapes, Columns("x", shapes.ids, {k: np.asarray(v) for k, v in fields.items()}), style)


def _style(kind: str = "point", crowd: str = "cluster", cls: str = "x", **changes) -> LayerStyle:
    variant = Variant(None, "#0072B2", size=changes.pop("size", 2.4))
    return LayerStyle(cls, kind, "ground", (variant,), growth=((1.0, 1.0),), crowd=crowd, **changes)  # type: ignore[arg-type]


def _points(n: int, seed: int = 1, low: float = 0.0, high: float = 40_000.0) -> list[shapely.Point]:
    return [shapely.Point(*p) for p in np.random.default_rng(seed).uniform(low, high, (n, 2))]


# ---------------------------------------------------------------------------------------------------------- clusters
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 2000), st.floats(2.0, 200.0))
def test_no_feature_is_lost_by_clustering(seed: int, n: int, resolution: float) -> None:
    arrays = _layer(_points(n, seed), _style())
    view = View.fitting((0, 0, 40_000, 40_000), 300, 200).snapped()
    view = View.around(*view.center, resolution * 100, 300, 200).snapped()
    found = arrays.visible(Grid.of(view).bbox)
    inside = sum(len(p) for _, p in found)
    if found:
        made = clustered(found, view)
        assert made.count.sum() == inside
        assert (made.count > 0).all()


def test_everything_in_one_view_counts_up_to_all() -> None:
    arrays = _layer(_points(5000), _style())
    shown = marks(arrays, arrays.style, View.fitting((0, 0, 40_000, 40_000), 300, 300))
    assert shown.count.sum() == 5000
    assert (np.diff(shown.count) >= 0).all()  # the largest are drawn last


def test_a_single_point_keeps_its_place_and_its_mark() -> None:
    arrays = _layer([shapely.Point(20_000, 20_000)], _style())
    shown = marks(arrays, arrays.style, VIEW)
    assert shown.count.tolist() == [1]
    assert shown.at[0] == pytest.approx([200, 200])
    assert shown.size[0] == pytest.approx(2.4 * VIEW.pixels_per_mm)


def test_circles_never_touch() -> None:
    arrays = _layer(_points(20_000), _style())
    shown = marks(arrays, arrays.style, View.fitting((0, 0, 40_000, 40_000), 900, 900))
    several = shown.count > 1
    at, r = shown.at[several], shown.size[several] / 2
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) - r[:, None] - r[None]
    np.fill_diagonal(away, 1.0)
    assert away.min() > -1e-6


def test_clusters_are_the_same_while_panning() -> None:
    arrays = _layer(_points(4000), _style())
    one, other = VIEW, VIEW.panned(-57, 31)
    a, b = marks(arrays, arrays.style, one), marks(arrays, arrays.style, other)
    # The same circles in pixels of the first view, as far as both see them whole.
    moved = b.at + np.array([57, -31])
    for (x, y), count in zip(a.at, a.count, strict=True):
        if 60 < x < 340 and 0 < y < 360 and x - 57 > 0 and y + 31 < 400:
            near = np.hypot(*(moved - (x, y)).T)
            assert near.min() < 1e-6
            assert b.count[near.argmin()] == count


def test_near_enough_all_points_are_drawn_one_by_one() -> None:
    arrays = _layer([shapely.Point(50, 50)] * 3, _style())
    shown = marks(arrays, arrays.style, View.around(50, 50, 0.2, 300, 300))
    assert shown.count.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("count", "text"),
    [(2, "2"), (99_999, "99999"), (100_000, "100k"), (999_999, "999k"), (3_400_000, "3.4M"), (12_000_000, "12M")],
)
def test_counts_are_short(count: int, text: str) -> None:
    assert written(count) == text


def test_circles_grow_with_the_logarithm() -> None:
    sizes = [diameter(n, 1.0) for n in (2, 20, 200, 2000, 10_000, 10**6)]
    assert sizes == sorted(sizes)
    assert sizes[2] - sizes[1] == pytest.approx(sizes[1] - sizes[0])


# -------------------------------------------------------------------------------------------------------------- heat
def _integral(surface: heat.Surface, view: View) -> float:
    """What the surface adds up to over the ground, features."""
    return float(surface.density.sum(dtype=np.float64)) * (surface.size * view.resolution) ** 2 / 1e6


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3000), st.floats(0.5, 12.0))
def test_the_integral_is_the_number_of_features(seed: int, n: int, radius: float) -> None:
    style = _style(crowd="heat", heat=Heat(radius=radius))
    arrays = _layer(_points(n, seed, 10_000.0, 30_000.0), style)
    surface = heat.surface(arrays, style, VIEW)
    assert surface is not None
    assert _integral(surface, VIEW) == pytest.approx(n, rel=1e-4)


def test_weights_add_up_and_what_has_no_value_counts_nothing() -> None:
    style = _style(crowd="heat", heat=Heat(weight_by="people"))
    at = _points(500, 3, 10_000.0, 30_000.0)
    people = np.random.default_rng(2).uniform(0, 50, 500)
    people[::7] = np.nan
    surface = heat.surface(_layer(at, style, people=people), style, VIEW)
    assert surface is not None
    assert _integral(surface, VIEW) == pytest.approx(np.nansum(people), rel=1e-4)


def test_lines_add_up_to_their_kilometres() -> None:
    rng = np.random.default_rng(4)
    lines = [shapely.LineString(rng.uniform(8000, 32_000, (4, 2))) for _ in range(50)]
    style = _style("line", "heat")
    surface = heat.surface(_layer(lines, style), style, VIEW)
    assert surface is not None
    assert _integral(surface, VIEW) == pytest.approx(sum(line.length for line in lines) / 1000, rel=1e-3)


def test_a_line_that_leaves_the_view_counts_where_it_is() -> None:
    style = _style("line", "heat")
    crossing = _layer([shapely.LineString([(-1e7, 20_050), (1e7, 20_050)])], style)
    surface = heat.surface(crossing, style, VIEW)
    assert surface is not None
    columns = surface.density.sum(axis=0)[5:-5]
    assert columns.std() / columns.mean() < 0.02
    assert columns.mean() * (surface.size * VIEW.resolution) ** 2 / 1e6 == pytest.approx(
        surface.size * VIEW.resolution / 1000, rel=0.02
    )


def test_polygons_count_at_their_centroid() -> None:
    style = _style("polygon", "heat", heat=Heat(radius=2.0))
    ell = shapely.Polygon([(0, 0), (24_000, 0), (24_000, 3000), (3000, 3000), (3000, 24_000), (0, 24_000)])
    surface = heat.surface(_layer([ell], style), style, VIEW)
    assert surface is not None
    row, column = np.unravel_index(surface.density.argmax(), surface.density.shape)
    x = (column + 0.5) * surface.size + surface.x
    y = (row + 0.5) * surface.size + surface.y
    assert VIEW.to_world(x, y) == pytest.approx((ell.centroid.x, ell.centroid.y), abs=2.0 * surface.size * 100)


def test_the_ramp_ends_at_a_round_number_that_does_not_change_while_panning() -> None:
    style = _style(crowd="heat")
    arrays = _layer(_points(20_000), style)
    top = heat.top_density(arrays, style, VIEW.scale_denominator)
    assert heat.place_in_ramp(top * heat.MIDDLE, top) == 0.5
    assert top in {step * 10.0**n for step in heat.ROUND for n in range(-4, 6)}
    # 20,000 points on 1,600 km² are 12.5 for each; the crowded places have somewhat more.
    assert 12.5 < top <= 50


def test_density_is_that_of_evenly_spread_points() -> None:
    style = _style(crowd="heat")
    x, y = np.meshgrid(np.arange(50.0, 40_000, 250), np.arange(50.0, 40_000, 250))
    arrays = _layer([shapely.Point(*p) for p in zip(x.ravel(), y.ravel(), strict=True)], style)
    surface = heat.surface(arrays, style, VIEW)
    assert surface is not None
    inner = surface.density[20:-20, 20:-20]
    assert inner.mean() == pytest.approx(16.0, rel=0.01)  # one on each 250 × 250 m
    assert inner.std() < 1.5


def test_on_a_dark_ground_the_top_of_the_ramp_is_bright() -> None:
    light, dark = (heat.ramp(Heat(), Palette.of(d)) for d in (False, True))
    red_green = [int((words[255] >> 8) & 255) + int((words[255] >> 16) & 255) for words in (light, dark)]
    assert red_green[1] > red_green[0]
    assert light[0] == dark[0] == 0


# ----------------------------------------------------------------------------------------------------- shared declutter
def _city() -> list:
    return [
        _layer(_points(3000, 1), _style(crowd="thin", cls="lower")),
        _layer(_points(3000, 2), _style(crowd="thin", cls="upper")),
        _layer(_points(40, 3), _style(crowd="thin", cls="large", size=4.0)),
    ]


def test_all_layers_together_leave_room() -> None:
    layers = [(arrays, arrays.style) for arrays in _city()]
    alone = {style.cls: len(marks(arrays, style, VIEW).ids) for arrays, style in layers}
    shown = Crowding().shared(layers, VIEW)
    assert sum(len(m.ids) for m in shown.values()) < 0.7 * sum(alone.values())
    # The large marks all stay but where two of them share a cell; the others have their share each.
    assert len(shown["large"].ids) >= alone["large"] - 4
    assert len(shown["lower"].ids) > 0.25 * len(shown["upper"].ids)
    assert len(shown["upper"].ids) > len(shown["lower"].ids)


def test_what_is_left_is_the_same_while_panning() -> None:
    layers = [(arrays, arrays.style) for arrays in _city()]
    a, b = (Crowding().shared(layers, view) for view in (VIEW, VIEW.panned(-57, 31)))
    for cls in a:
        inside = (a[cls].at > (60, 5)).all(axis=1) & (a[cls].at < (395, 365)).all(axis=1)
        assert set(a[cls].ids[inside].tolist()) <= set(b[cls].ids.tolist())


def test_what_does_not_change_is_the_same_object() -> None:
    layers = [(arrays, arrays.style) for arrays in _city()]
    crowding = Crowding()
    first = crowding.shared(layers, VIEW)
    again = crowding.shared(layers, VIEW)
    assert all(first[cls] is again[cls] for cls in first)
    edited = [*layers[:-1], (_layer(_points(41, 3), layers[-1][1]), layers[-1][1])]
    after = crowding.shared(edited, VIEW)
    assert after["large"] is not first["large"]


def test_near_enough_layers_do_not_disturb_each_other() -> None:
    layers = [(arrays, arrays.style) for arrays in _city()]
    assert Crowding().shared(layers, View.around(20_000, 20_000, 1.0, 300, 300)) == {}


def test_layers_that_show_all_take_no_part() -> None:
    layers = [(arrays, arrays.style) for arrays in _city()]
    layers[0] = (layers[0][0], replace(layers[0][1], crowd="all"))
    assert set(Crowding().shared(layers, VIEW)) == {"upper", "large"}


# ------------------------------------------------------------------------------------------------------------- shades
def _hairs(n: int, left: float, right: float, seed: int) -> list[shapely.LineString]:
    rng = np.random.default_rng(seed)
    start = rng.uniform((left, 0), (right, 40_000), (n, 2))
    return [shapely.LineString([a, a + b]) for a, b in zip(start, rng.normal(0, 150, (n, 2)), strict=True)]


def test_where_there_are_more_lines_the_shade_is_darker_and_no_blot() -> None:
    from gis.cartography.picture import draw_layer

    style = replace(_style("line", "all"), variants=(Variant(None, "#000000", width=0.2),))
    # Three times as many on the right half, both far too many to be told apart.
    lines = _hairs(30_000, 0, 20_000, 1) + _hairs(90_000, 20_000, 40_000, 2)
    arrays = _layer(lines, style)
    view = View(0.0, 40_000.0, 200.0, 200, 200)
    picture = draw_layer(arrays, style, view, Palette.of(False))
    assert picture is not None
    alpha = (picture >> 24) / 255
    left, right = alpha[20:180, 10:90], alpha[20:180, 110:190]
    assert right.mean() > left.mean() + 0.15
    assert (right > 0.97).mean() < 0.2
    alone = draw_layer(_layer(lines[:100], style), style, view, Palette.of(False))
    assert alone is not None  # few lines are drawn as lines
    assert ((alone >> 24) / 255).max() > 0.5
