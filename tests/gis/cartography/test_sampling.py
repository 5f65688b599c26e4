from __future__ import annotations

import numpy as np
import shapely

from gis.cartography.sampling import sampled
from tests.gis.cartography.layers import Table, layer


def test_a_sample_has_the_same_features_and_not_all_of_them() -> None:
    rng = np.random.default_rng(2)
    lines = [shapely.LineString(rng.uniform(0, 1000, 2) + rng.normal(0, 5, (4, 2))) for _ in range(1000)]
    whole = layer("road", lines)
    some = sampled(whole, 100)
    assert len(some) == 100
    for position in range(0, 100, 9):
        id = int(some.base.ids[position])
        assert np.array_equal(some.base.rings(position)[0], shapely.get_coordinates(lines[id - 1]))
        assert list(some.base.find(np.array([id]))) == [position]
    assert some.base.coords is whole.base.coords
    x = some.base.bounds[:, 0]
    assert np.histogram(x, 4, (0, 1000))[0].min() > 10  # evenly spread
    assert sampled(whole, 1000) is whole


def test_deleted_features_do_not_come_back() -> None:
    rows = {i: (shapely.Point(i, i), {}) for i in range(1, 401)}
    table = Table("point", rows)
    arrays = layer("wifi_hotspot", [rows[i][0] for i in rows])
    for id in range(1, 300):
        del rows[id]
    rows[500] = (shapely.Point(9, 9), {})
    arrays = arrays.patch(table, np.array([*range(1, 300), 500]))
    some = sampled(arrays, 40)
    found = np.concatenate([part.ids[at] for part, at in some.visible((-1e9, -1e9, 1e9, 1e9))])
    assert set(found) <= rows.keys()
    assert 30 <= len(found) <= 42
