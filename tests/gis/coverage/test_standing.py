"""Points in areas are found a part at a time with the same result as at once."""

import numpy as np
import shapely

from gis.coverage import standing
from gis.coverage.standing import places_of, standing_in


def test_parts_give_what_one_look_gives(monkeypatch) -> None:
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0.0, 100.0, (2, 1000))
    areas = np.array([shapely.Point(30, 30).buffer(25), shapely.box(50, 0, 100, 60), shapely.box(0, 0, 100, 100)])
    once = standing_in(areas, x, y)
    inside = shapely.intersects_xy(areas[:, None], x, y)
    expected = np.nonzero(inside)
    for found, wanted in zip(once, expected, strict=True):
        assert np.array_equal(found, wanted)
    monkeypatch.setattr(standing, "PART", 7)
    for found, wanted in zip(standing_in(areas, x, y), once, strict=True):
        assert np.array_equal(found, wanted)
    assert [len(part) for part in standing_in(areas, x[:0], y[:0])] == [0, 0]


def test_middles_of_parts(monkeypatch) -> None:
    shapes = np.array([shapely.box(i, 0, i + 2, 4) for i in range(20)])
    monkeypatch.setattr(standing, "PART", 6)
    assert np.allclose(places_of(shapes, shapely.centroid), [(i + 1.0, 2.0) for i in range(20)])
    assert places_of(shapes[:0], shapely.centroid).shape == (0, 2)
