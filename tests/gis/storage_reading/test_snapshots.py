"""What a snapshot reads: forms, filters, windows, frames."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_array_equal

from gis.errors import Refusal
from gis.storage import reading
from gis.storage.snapshots import Snapshot
from gis.storage.store import Store
from tests.gis.storage_reading.conftest import AREA, CABLE, EMPTY_ROAD, NODE, PREMISES, city


def test_everything_written_is_read_again(snapshot: Snapshot) -> None:
    for written in city():
        read = snapshot.columns(written.cls, list(written.fields))
        assert_array_equal(read.ids, written.ids)
        for name, values in written.fields.items():
            assert read.fields[name].dtype == (object if values.dtype == object else values.dtype), name
            assert_array_equal(read.fields[name], values, err_msg=f"{written.cls}.{name}")
        if written.geometry is None:
            assert read.geometry is None
            continue
        given = ~shapely.is_missing(written.geometry)
        assert_array_equal(shapely.is_missing(read.geometry), ~given)
        assert shapely.equals(read.geometry[given], written.geometry[given]).all()


def test_forms_are_those_of_columns(snapshot: Snapshot) -> None:
    area = snapshot.columns("area")
    assert area.fields["urban"].tolist() == [1.0]
    assert np.isnan(area.fields["population"][0])
    assert area.fields["parent"].dtype == np.int64
    assert area.fields["parent"].tolist() == [0]
    assert area.fields["remark"].tolist() == [None]
    homes = snapshot.columns("premises", ("installed_on", "updated_at"), limit=2)
    assert homes.fields["installed_on"].tolist() == ["2024-05-06", None]
    assert all(isinstance(stamp, str) for stamp in homes.fields["updated_at"])


def test_filters_narrow_together_and_keep_rows_aligned(snapshot: Snapshot) -> None:
    found = snapshot.columns(
        "premises", ("code", "households"), bbox=(5e5, 3.7e6, 500100, 3700100), where="households = ?", params=(3,),
        ids=range(1, 400),
    )  # fmt: skip
    at = found.ids - 1
    assert len(found) > 0
    assert (found.fields["households"] == 3).all()
    assert found.fields["code"].tolist() == [f"P{i:05d}" for i in at]
    assert_array_equal(shapely.get_x(found.geometry), 5e5 + 10.0 * (at % 50))
    expected = [i for i in range(399) if i % 7 == 3 and i % 50 <= 10 and i // 50 <= 10]
    assert at.tolist() == expected


def test_unknown_and_repeated_ids_are_passed_over(snapshot: Snapshot) -> None:
    found = snapshot.columns("premises", ("code",), ids=[7, 7, 2**52, 3])
    assert found.ids.tolist() == [3, 7]
    assert len(snapshot.columns("premises", ids=[])) == 0


@pytest.mark.parametrize("limit", [0, 1, 17])
def test_limit(snapshot: Snapshot, limit: int) -> None:
    assert len(snapshot.columns("premises", ("code",), limit=limit)) == limit
    assert len(snapshot.columns("premises", ("code",), where="households = 1", limit=limit)) == limit


def test_small_chunks_give_the_same(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = snapshot.columns("premises")
    some = snapshot.columns("premises", ids=whole.ids[5:500])
    flat = snapshot.shapes("premises")
    monkeypatch.setattr(reading, "ROWS", 7)
    again = snapshot.columns("premises")
    assert_array_equal(again.ids, whole.ids)
    for name, values in whole.fields.items():
        assert_array_equal(again.fields[name], values)
    assert shapely.equals(again.geometry, whole.geometry).all()
    assert_array_equal(snapshot.columns("premises", ids=whole.ids[5:500]).fields["code"], some.fields["code"])
    assert_array_equal(snapshot.shapes("premises").coords, flat.coords)


def test_window_is_exact_where_the_spatial_index_is_rounded(snapshot: Snapshot) -> None:
    """The R*Tree's 32-bit bounds are half a metre wide here; a window 0.1 m beside a home must not hold it."""
    assert snapshot.ids_in("premises", (499999.0, 3699999.0, 500000.0, 3700000.0)).tolist() == [1]
    assert snapshot.ids_in("premises", (500000.1, 3700000.1, 500009.9, 3700009.9)).tolist() == []
    around = snapshot.ids_in("premises", (500005, 3700005, 500025, 3700015))
    assert around.tolist() == [52, 53]


@pytest.mark.parametrize("cls", ["premises", "road", "area", "building"])
def test_window_agrees_with_shapely(snapshot: Snapshot, cls: str) -> None:
    whole = snapshot.columns(cls, ())
    bounds = shapely.bounds(whole.geometry)
    rng = np.random.default_rng(4)
    for _ in range(40):
        x, y = rng.uniform(499900, 501200), rng.uniform(3699900, 3700600)
        w, h = rng.uniform(0, 300, 2)
        inside = (bounds[:, 0] <= x + w) & (bounds[:, 2] >= x) & (bounds[:, 1] <= y + h) & (bounds[:, 3] >= y)
        assert_array_equal(snapshot.ids_in(cls, (x, y, x + w, y + h)), whole.ids[inside])
        assert_array_equal(snapshot.shapes(cls, bbox=(x, y, x + w, y + h)).ids, whole.ids[inside])


def test_shapes_leave_out_what_has_no_geometry(snapshot: Snapshot) -> None:
    roads = snapshot.shapes("road")
    assert roads.kind == "line"
    assert EMPTY_ROAD not in roads.ids
    assert len(snapshot.columns("road")) == 3
    everything = (0.0, 0.0, 1e7, 1e7)
    assert_array_equal(snapshot.shapes("road", bbox=everything).ids, roads.ids)
    assert_array_equal(snapshot.columns("road", bbox=everything).ids, roads.ids)


def test_shapes_of_a_holed_area(snapshot: Snapshot) -> None:
    area = snapshot.shapes("area")
    assert area.kind == "polygon"
    assert np.diff(area.ring_offsets).tolist() == [5, 5, 5]
    assert area.feature_offsets.tolist() == [0, 3]
    assert area.bounds.tolist() == [[5e5, 3.7e6, 501100, 3700500]]


def test_an_empty_class(snapshot: Snapshot) -> None:
    assert snapshot.count("camera") == 0
    assert len(snapshot.columns("camera")) == 0
    assert snapshot.columns("camera").geometry.shape == (0,)
    assert len(snapshot.shapes("camera")) == 0
    assert snapshot.extent("camera") is None
    assert snapshot.ids_in("camera", (0, 0, 1e9, 1e9)).tolist() == []
    assert len(snapshot.frame("camera")) == 0


def test_counts_and_extent(snapshot: Snapshot) -> None:
    counts = snapshot.counts()
    assert counts["premises"] == PREMISES
    assert counts["statistic"] == 1
    xmin, ymin, xmax, ymax = snapshot.extent()
    assert xmin <= 5e5 <= xmin + 0.5
    assert ymin <= 3.7e6 <= ymin + 0.5
    assert xmax - 0.5 <= 501100 <= xmax
    assert ymax - 0.5 <= 3700500 <= ymax
    assert snapshot.extent("statistic") is None


def test_ids_in_an_order(snapshot: Snapshot) -> None:
    assert snapshot.ids("premises", "households = 6", order="code DESC")[:2].tolist() == [2499, 2492]
    assert snapshot.ids("premises").tolist() == list(range(1, PREMISES + 1))


def test_a_row(snapshot: Snapshot) -> None:
    row = snapshot.row("area", AREA)
    assert row["name"] == "盐都区"
    assert row["urban"] is True
    assert row["population"] is None
    assert row["geom"].area == pytest.approx(500 * 500 - 100 * 100 + 100 * 100)
    assert row["updated_at"]
    assert snapshot.row("cable", CABLE)["from_node"] == NODE
    assert snapshot.row("road", EMPTY_ROAD)["geom"] is None
    assert "geom" not in snapshot.row("statistic", 300_001)
    assert snapshot.row("road", 1) is None


def test_frames(snapshot: Snapshot) -> None:
    homes = snapshot.frame("premises", ("code", "served_by", "households"), limit=3)
    assert isinstance(homes, gpd.GeoDataFrame)
    assert homes.crs.to_epsg() == 4549
    assert list(homes.columns) == ["id", "code", "served_by", "households", "geometry"]
    assert homes["served_by"].tolist() == [NODE, pd.NA, NODE]
    assert homes["households"].dtype == "Int64"
    area = snapshot.frame("area", ("urban", "population", "parent"))
    assert area["urban"].tolist() == [True]
    assert area["population"].isna().all()
    table = snapshot.frame("statistic")
    assert not isinstance(table, gpd.GeoDataFrame)
    assert table["value"].tolist() == [96.5]


def test_what_does_not_exist_is_refused(snapshot: Snapshot) -> None:
    with pytest.raises(Refusal, match="no_class"):
        snapshot.columns("nothing")
    with pytest.raises(Refusal, match="no_field"):
        snapshot.columns("premises", ("nothing",))
    with pytest.raises(Refusal, match="no_class"):
        snapshot.count('premises"; DROP TABLE premises; --')


def test_a_snapshot_does_not_move(store: Store) -> None:
    with store.reading() as before:
        assert before.count("premises") == PREMISES
        assert before.version == store.version
