"""Landed rows come back as they were, in any slice and order, from memory or from a file."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gis.exchange import landing
from gis.exchange.landing import Landed
from gis.geometry.columns import Columns

texts = st.one_of(st.none(), st.sampled_from(["在用", "a", '"\\\n', "\U0001f4f7"]), st.text(max_size=4))


def columns(cells: list[str | None]) -> Columns:
    count = len(cells)
    words = np.empty(count, dtype=object)
    words[:] = cells
    numbers = np.where(np.arange(count) % 3 == 0, np.nan, np.arange(count) / 7)
    return Columns("camera", np.zeros(count, np.int64), {"name": words, "height_m": numbers, "ref": np.arange(count)})


@given(st.lists(st.lists(texts, max_size=12), min_size=1, max_size=4), hnp.arrays(np.int64, st.integers(0, 9)))
def test_rows_come_back_in_any_order(pieces: list[list[str | None]], order: np.ndarray) -> None:
    landed = Landed("camera")
    for cells in pieces:
        landed.append(columns(cells))
    flat = [cell for cells in pieces for cell in cells]
    assert len(landed) == len(flat)
    if not flat:
        return
    wanted = np.abs(order) % len(flat)
    found = landed.taken(wanted)
    assert found.fields["name"].tolist() == [flat[at] for at in wanted.tolist()]
    assert landed.field("name").tolist() == flat
    numbers = np.concatenate([columns(cells).fields["height_m"] for cells in pieces])
    np.testing.assert_array_equal(found.fields["height_m"], numbers[wanted])
    assert landed.taken(wanted, ["ref"]).fields.keys() == {"ref"}


def test_shapes_come_back_and_their_middles_are_known() -> None:
    shapes = np.array(
        [shapely.Point(1, 2), None, shapely.LineString([(0, 0), (4, 2)]), shapely.box(0, 0, 2, 2)], dtype=object
    )
    landed = Landed("camera")
    landed.append(Columns("camera", np.zeros(2, np.int64), {}, shapes[:2]))
    landed.append(Columns("camera", np.zeros(2, np.int64), {}, shapes[2:]))
    landed.append(Columns("camera", np.zeros(2, np.int64), {}), np.array([[5.0, 6.0], [np.nan, np.nan]]))
    found = landed.taken(np.arange(6))
    assert found.geometry is not None
    assert [None if g is None else g.wkt for g in found.geometry[:4]] == [None if g is None else g.wkt for g in shapes]
    assert found.geometry[4] == shapely.Point(5, 6)
    assert found.geometry[5] is None
    nan = [np.nan, np.nan]
    np.testing.assert_array_equal(landed.centres(), [[1, 2], nan, [2, 1], [1, 1], [5, 6], nan])


def test_a_large_table_goes_to_a_file_without_a_name(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_IN_MEMORY", 1000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    landed = Landed("camera")
    for start in range(0, 600, 200):
        landed.append(columns([f"相机{start + i}" for i in range(200)]))
    assert landed._file._rolled  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())  # whatever ends the program, nothing is left behind
    assert landed.taken(np.array([399, 400])).fields["name"].tolist() == ["相机399", "相机400"]


def test_nothing_landed_is_nothing() -> None:
    landed = Landed("camera")
    assert len(landed.taken(np.arange(0))) == 0
    assert len(landed.centres()) == len(landed.field("name")) == 0
