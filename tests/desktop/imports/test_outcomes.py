"""Vectors over the rows of a file: filters, reasons and pages, whatever lines lie together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt

from desktop.imports.outcomes import Outcomes
from desktop.imports.rows_model import CELLS, FATE, NOTE, PAGE, PAGES, PreviewModel
from desktop.imports.staged_layer import shapes_of, staged_arrays
from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.raw import RawTable, Reject
from gis.exchange.staged import Outcome, Staged
from gis.project import Session
from gis.project.importing import Choices, stage_file, understand


def table(count: int) -> RawTable:
    cells = {
        "code": np.array([f"C{i}" for i in range(count)], object),
        "lon": np.array(["120.1"] * count, object),
        "lat": np.array([f"{33.0 + i * 1e-5:.5f}" for i in range(count)], object),
        "height": np.array(["4"] * count, object),
    }
    return RawTable(tuple(cells), cells, np.arange(2, count + 2, dtype=np.int64))


@pytest.fixture
def mixed(session: Session, tmp_path: Any) -> tuple[RawTable, Staged]:
    """Six rows: 1 cannot be read in one cell, 4 repeats a code; two lines between were no rows at all."""
    raw = table(6)
    raw.cells["lat"][1] = "north"
    raw.cells["code"][4] = "C3"
    lines = np.array([2, 3, 5, 6, 8, 9], np.int64)
    broken = tuple(Reject(line, Refusal("import.too_many_cells", count=9, columns=4)) for line in (4, 7))
    raw = RawTable(raw.columns, raw.cells, lines, unreadable=broken)
    reading = understand(session, tmp_path / "x.csv", "delimited", raw, "wifi_hotspot", Choices())
    return raw, stage_file(session, reading)


def test_every_line_has_one_place_and_one_outcome(mixed: tuple[RawTable, Staged]) -> None:
    raw, staged = mixed
    made = Outcomes.of(raw, staged)
    assert [made.line(e) for e in made.entries.tolist()] == [2, 3, 4, 5, 6, 7, 8, 9]
    counts = staged.counts()
    assert {o.name.casefold(): made.count(o) for o in Outcome} == {k: v for k, v in counts.items() if k != "read"}
    assert made.count(None) == counts["read"] == sum(made.count(o) for o in Outcome)
    rejected = made.chosen(Outcome.REJECTED).tolist()
    assert [made.line(e) for e in rejected] == [3, 4, 7]
    assert [made.reason(e).code.partition(".")[2] for e in rejected] == ["no_number", *["too_many_cells"] * 2]
    (conflict,) = made.chosen(Outcome.CONFLICT).tolist()
    assert made.line(conflict) == 8
    assert made.reason(conflict) is not None
    assert made.alike(conflict).tolist() == [conflict]
    new = made.chosen(Outcome.NEW).tolist()
    assert [made.entry_of(made.staged_index(e)) for e in new] == new


def test_a_row_not_staged_yet_has_no_outcome() -> None:
    made = Outcomes.of(table(3), None)
    assert made.count(None) == 3
    assert made.outcome_of(1) is None
    assert made.staged_index(1) == -1


def test_several_rejected_rows_of_one_line_keep_their_reasons() -> None:
    raw = table(2)
    raw = RawTable(raw.columns, raw.cells, np.array([5, 5], np.int64))

    class Nothing:
        rows = np.empty(0, np.int64)
        outcome = np.empty(0, np.uint8)
        conflicts = ()
        rejects = (Reject(5, Refusal("import.no_number")), Reject(5, Refusal("import.no_geometry")))

    made = Outcomes.of(raw, Nothing())  # type: ignore[arg-type]
    assert [made.reason(e).code for e in (0, 1)] == ["import.no_number", "import.no_geometry"]


def test_only_what_is_looked_at_is_read(qtbot: Any) -> None:
    raw = table(100_000)
    asked: list[int] = []

    class Counting(RawTable):
        __slots__ = ()

        def taken(self, rows: Any) -> RawTable:
            asked.append(len(rows))
            return RawTable.taken(self, rows)

    counting = Counting(raw.columns, raw.cells, raw.lines)
    model = PreviewModel()
    model.show(Outcomes.of(counting, None))
    assert model.rowCount() == 100_000
    assert asked == []
    assert model.index(99_999, CELLS).data() == "C99999"
    assert model.index(99_998, 0).data() == "100,000"
    assert asked == [100_000 % PAGE]
    for page in range(PAGES + 3):
        model.index(page * PAGE, CELLS).data()
    assert len(model._pages) == PAGES
    assert model.place_of_line(70_002) == 70_000
    assert model.place_of_line(1_000_000) == -1
    assert model.headerData(CELLS, Qt.Orientation.Horizontal) == "code"
    assert model.index(5, FATE).data() == ""
    assert model.index(5, NOTE).data() == ""


def test_staged_rows_are_a_layer(mixed: tuple[RawTable, Staged]) -> None:
    _, staged = mixed
    arrays = staged_arrays(staged, "point")
    assert arrays is not None
    assert sorted(arrays.base.ids.tolist()) == [i + 1 for i in range(len(staged) + len(staged.lost))]
    places = arrays.style.variants
    by_id = dict(zip(arrays.base.ids.tolist(), arrays.base.variant.tolist(), strict=True))
    for i, outcome in enumerate(staged.outcome.tolist()):
        assert places[by_id[i + 1]].value == str(outcome)
    assert staged_arrays(staged, "none") is None


def test_shapes_of_parts_and_holes() -> None:
    outer, hole = [(0, 0), (9, 0), (9, 9), (0, 9)], [(2, 2), (3, 2), (3, 3)]
    polygon = shapely.Polygon(outer, [hole])
    both = np.array([polygon, shapely.MultiPolygon([polygon, shapely.box(20, 20, 21, 21)])], object)
    made = shapes_of(both, np.array([7, 8]), "polygon")
    assert made.feature_offsets.tolist() == [0, 2, 5]
    assert np.diff(made.ring_offsets).tolist() == [5, 4, 5, 4, 5]
    assert made.bounds[1].tolist() == [0, 0, 21, 21]
    lines = np.array([shapely.LineString([(0, 0), (1, 1), (2, 0)])], object)
    assert shapes_of(lines, np.array([1]), "line").ring_offsets.tolist() == [0, 3]


@pytest.mark.parametrize("cls", ["wifi_hotspot", "road"])
def test_rejected_rows_with_a_place_are_drawn_and_found(session: Any, tmp_path: Path, cls: str) -> None:
    path = tmp_path / "a.csv"
    rows = ["A,120.1,33.3,5", "B,120.1005,33.3,many", "C,,33.3,5", "D,10,10,many"]
    if cls == "road":
        lines = [
            "LINESTRING(120.1 33.3,120.101 33.3)",
            "LINESTRING(120.2 33.3,120.201 33.3)",
            "",
            "LINESTRING(1 1,2 2)",
        ]
        rows = [f'"{line}",{lanes}' for line, lanes in zip(lines, ("2", "many", "2", "many"), strict=True)]
    path.write_text("\n".join(["wkt,lanes" if cls == "road" else "code,lon,lat,eirp_dbm", *rows]), "utf-8")
    form, raw = read_raw(path)
    staged = stage_file(session, understand(session, path, form, raw, cls, Choices()))
    assert (len(staged), staged.lost.tolist()) == (1, [1])
    made = Outcomes.of(raw, staged)
    assert [made.drawn_index(entry) for entry in range(4)] == [0, 1, -1, -1]
    assert made.entry_of(1) == 1
    assert made.lost_place(1) is not None
    assert made.lost_place(0) is None
    arrays = staged_arrays(staged, session.catalogue[cls].geometry)
    assert arrays is not None
    by_id = dict(zip(arrays.base.ids.tolist(), arrays.base.variant.tolist(), strict=True))
    assert arrays.style.variants[by_id[2]].value == str(int(Outcome.REJECTED))
