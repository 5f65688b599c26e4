import numpy as np
import pytest
import shapely
from shapely import LineString, MultiLineString, MultiPolygon, Point, Polygon, box

from gis.catalogue import load_catalogue
from gis.editing.shapes import read_shapes, same_shape, shifted
from tests.gis.editing.memory import BOUNDS

CATALOGUE = load_catalogue()
X, Y = 500_000.0, 3_700_000.0


def at(*pairs):
    return [(X + dx, Y + dy) for dx, dy in pairs]


SQUARE = box(X, Y, X + 10, Y + 10)


def read(cls, shape):
    shapes, problems = read_shapes(CATALOGUE[cls], [shape], BOUNDS)
    assert (shapes[0] is None) == bool(problems or shape is None)
    return shapes[0], problems.get(0)


def test_promotes_and_unwraps():
    assert read("area", SQUARE)[0].equals(MultiPolygon([SQUARE]))
    assert read("area", MultiPolygon([SQUARE]))[0].geom_type == "MultiPolygon"
    assert read("building", MultiPolygon([SQUARE]))[0].geom_type == "Polygon"
    assert read("road", MultiLineString([at((0, 0), (1, 1))]))[0].geom_type == "LineString"
    assert read("camera", shapely.MultiPoint(at((0, 0))))[0].geom_type == "Point"


def test_drops_height():
    assert not read("road", LineString([(X, Y, 3.0), (X + 1, Y, 4.0)]))[0].has_z


def test_a_line_may_cross_itself():
    assert read("road", LineString(at((0, 0), (10, 10), (10, 0), (0, 10))))[1] is None


@pytest.mark.parametrize(
    ("cls", "shape", "code"),
    [
        ("camera", LineString(at((0, 0), (1, 1))), "edit.wrong_kind"),
        ("building", MultiPolygon([SQUARE, box(X + 20, Y, X + 30, Y + 10)]), "edit.wrong_kind"),
        ("road", SQUARE, "edit.wrong_kind"),
        ("area", shapely.GeometryCollection([SQUARE]), "edit.wrong_kind"),
        ("camera", Point(), "edit.empty_geometry"),
        ("area", MultiPolygon(), "edit.empty_geometry"),
        ("camera", "POINT (1 1)", "edit.not_a_geometry"),
        ("road", LineString(at((0, 0), (0, 0))), "edit.invalid_geometry"),
        ("building", Polygon(at((0, 0), (1, 1), (2, 2))), "edit.invalid_geometry"),
        ("camera", Point(Y, X), "edit.outside"),
        ("camera", Point(120.1, 33.4), "edit.outside"),
        ("road", LineString([(X, Y), (X, 9e6)]), "edit.outside"),
        ("camera", Point(X, float("inf")), "edit.not_finite"),
        ("road", LineString([(X, Y), (float("inf"), Y)]), "edit.not_finite"),
    ],
)
def test_refuses(cls, shape, code):
    problem = read(cls, shape)[1]
    assert problem.code == code
    for language in ("zh", "en"):
        assert "{" not in problem.message(language) + problem.hint(language)


def test_says_where_a_boundary_crosses_itself():
    problem = read("building", Polygon(at((0, 0), (10, 10), (10, 0), (0, 10))))[1]
    assert problem.code == "edit.invalid_geometry"
    assert (problem.arguments["x"], problem.arguments["y"]) == (X + 5, Y + 5)
    assert "自相交" in problem.message("zh")
    assert "crosses itself" in problem.message("en")


def test_every_bad_row_is_named_and_the_good_ones_are_kept():
    shapes, problems = read_shapes(CATALOGUE["camera"], [Point(X, Y), None, Point(0, 0), Point(X, Y + 1)], BOUNDS)
    assert list(problems) == [2]
    assert [shape is None for shape in shapes] == [False, True, True, False]


def test_shift_and_compare():
    one = np.array([Point(X, Y), None], dtype=object)
    two = shifted(one, 3.0, -4.0)
    assert two[0].equals(Point(X + 3, Y - 4))
    assert same_shape(one, two).tolist() == [False, True]
