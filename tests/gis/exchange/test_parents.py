"""Rows that belong to others find them by code or name, in the project or in the same file."""

from __future__ import annotations

import numpy as np
import shapely

from gis.editing import Load
from gis.exchange.decisions import Decisions, RowDecision, decided
from gis.exchange.mapping import Mapping
from gis.exchange.placement import Placement
from gis.exchange.raw import RawTable
from gis.exchange.staging import stage
from gis.exchange.transforms import Source
from tests.gis.exchange.staging_cases import BOUNDS, CATALOGUE, CRS, X, Y, features, outcomes, staged, table, written


def test_a_parent_is_found_by_code_then_by_a_name_that_only_one_has_then_by_its_id() -> None:
    sites = features(
        "base_station",
        {"id": 11, "code": "BS-1", "name": "北站", "at": (0, 0)},
        {"id": 12, "code": "BS-2", "name": "南站", "at": (9, 0)},
        {"id": 13, "code": "BS-3", "name": "南站", "at": (99, 0)},
    )
    words = ("BS-2", "北站", "南站", "13", "13.0", "西站", None)
    found = staged(
        "cell", table(*((f"C{i}", w, 0, i * 50) for i, w in enumerate(words)), header="code site x y"), sites
    )
    assert found.refs["site"].tolist() == [12, 11, 13, 13]
    assert [(r.line, r.why.code) for r in found.rejects] == [
        (4, "import.several_parents"), (7, "edit.no_such_target"), (8, "edit.required"),
    ]  # fmt: skip


def test_areas_in_areas_of_the_same_file_in_any_order() -> None:
    raw = table(("1101", "110", "town"), ("110", "11", "county"), ("11", None, "city"), ("12", "99", "city"),
                header="code parent level")  # fmt: skip
    shapes = np.array([shapely.box(X + i, Y, X + i + 1, Y + 1) for i in range(4)], dtype=object)
    raw = RawTable(raw.columns, raw.cells, raw.lines, shapes, CRS)
    mapping = Mapping("area", {name: Source(name) for name in raw.columns})
    nobody = features("area")
    found = stage(raw, CATALOGUE["area"], mapping, Placement("own", crs=CRS), CRS, nobody, bounds=BOUNDS)
    assert [(r.line, r.why.code) for r in found.rejects] == [(5, "edit.no_such_target")]
    town, county, city = found.part(0, 3).ids.tolist()
    assert town == 0  # nothing refers to it: the writer gives it a key
    assert found.columns.fields["parent"].tolist() == [county, city, 0]
    (load,) = written(found)
    assert isinstance(load, Load)


def test_a_row_whose_parent_could_not_be_read_is_told_its_line() -> None:
    raw = table(("BS-1", "many", 0, 0), ("BS-2", 30, 5, 5), header="code height_m x y")
    sites = staged("base_station", raw)
    cells = table(("C1", "BS-1", 0, 0), ("C2", "BS-9", 0, 0), ("C3", "BS-2", 5, 5), header="code site x y")
    found = staged("cell", cells, peers=[sites])
    assert [(r.line, r.why.code, r.why.arguments.get("line")) for r in found.rejects] == [
        (2, "import.parent_rejected", 2), (3, "edit.no_such_target", None),
    ]  # fmt: skip


def test_a_row_goes_with_the_row_it_belongs_to() -> None:
    raw = table(("S1", "N", None, 8), ("S2", "N", "S1", 8), ("S3", "N", "S2", "many"), ("S4", "N", "S3", 8),
                ("S5", "N", "S4", 8), header="code node input_splitter ratio")  # fmt: skip
    node = features("fibre_node", {"id": 5, "code": "N", "at": (0, 0)})
    found = staged("splitter", raw, node)
    assert outcomes(found) == {2: "new", 3: "new"}
    assert [(r.line, r.why.code) for r in found.rejects] == [
        (4, "edit.not_a_number"), (5, "import.parent_rejected"), (6, "import.parent_rejected"),
    ]  # fmt: skip
    done = decided(found, Decisions(rows={2: RowDecision("skip")}))
    assert done.applied_counts() == {"new": 0, "changed": 0, "left": 5}
    assert [(r.line, r.why.code) for r in done.rejects if r.line == 3] == [(3, "import.parent_left")]
    assert written(done) == []


def test_cells_stand_where_their_station_of_the_same_file_stands() -> None:
    sites = staged("base_station", table(("BS-1", 0, 0), ("BS-2", 500, 0), header="code x y"),
                   features("base_station", {"id": 7, "code": "BS-2", "at": (500, 0)}))  # fmt: skip
    raw = table(("C1", "BS-1"), ("C2", "BS-2"), ("C3", None), header="code site")
    cells = staged("cell", raw, peers=(sites,))
    new_site = int(sites.reserved[0])
    assert new_site > 0
    assert cells.refs["site"].tolist() == [new_site, 7]
    assert [(r.line, r.why.code) for r in cells.rejects] == [(4, "import.no_geometry")]
    assert sites.part(0, 2).ids.tolist() == [new_site, 7]
    left = decided(sites, Decisions(rows={2: RowDecision("skip")}))
    done = decided(cells, Decisions(), peers=(left,))
    assert done.counts() == {"read": 3, "new": 1, "changed": 0, "same": 0, "conflict": 0, "rejected": 2}


def test_children_follow_a_row_that_the_user_puts_on_a_feature() -> None:
    there = features("base_station", {"id": 7, "at": (0, 0)}, {"id": 8, "at": (0.4, 0)})
    sites = staged("base_station", table(("BS-1", 0.2, 0), header="code x y"), there)
    assert outcomes(sites) == {2: "conflict"}
    cells = staged("cell", table(("C1", "BS-1"), header="code site"), peers=(sites,))
    above = decided(sites, Decisions(rows={2: RowDecision("update", 8)}))
    done = decided(cells, peers=(above,))
    (load,) = written(done)
    assert isinstance(load, Load)
    assert load.columns.fields["site"].tolist() == [8]
    undecided = decided(cells, peers=(decided(sites),))
    assert written(undecided) == []
