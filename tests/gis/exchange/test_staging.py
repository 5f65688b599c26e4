"""Staging: every row gets one outcome; counts add up; the same file brought again changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.catalogue import load_catalogue
from gis.editing import Load, UpdateMany
from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.mapping import guess_mapping, mapping_from_dict, read_json, write_mapping
from gis.exchange.placement import guess_placement
from gis.exchange.staging import Outcome, Staged, stage
from gis.geometry.columns import Columns
from tests.gis.exchange.staging_cases import staged as staged_table
from tests.gis.exchange.staging_cases import table, written

CLS = load_catalogue()["wifi_hotspot"]
CRS = "EPSG:4549"
BOUNDS = (300_000.0, 3_400_000.0, 700_000.0, 4_000_000.0)
TO_GRID = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
NOBODY = Columns("wifi_hotspot", np.empty(0, np.int64), {"code": np.empty(0, object)}, np.empty(0, object))


def staged(path: Path, existing: Columns = NOBODY, **options: object) -> Staged:
    _, raw = read_raw(path)
    placement = guess_placement(raw, CRS)
    mapping = guess_mapping(raw, CLS, placement.columns)
    return stage(raw, CLS, mapping, placement, CRS, existing, bounds=BOUNDS, **options)  # type: ignore[arg-type]


def write(path: Path, *rows: str, header: str = "编号,名称,经度,纬度,EIRP,是否免费") -> Path:
    path.write_text("\n".join((header, *rows)), "utf-8")
    return path


def existing(**columns: list[object]) -> Columns:
    places = columns.pop("place")
    geometry = np.empty(len(places), dtype=object)
    geometry[:] = [shapely.Point(*TO_GRID.transform(*place)) for place in places]
    fields: dict[str, object] = {}
    for name, values in columns.items():
        kind = CLS.field(name).type
        fields[name] = np.array(values, dtype=np.float64 if kind in ("real", "integer", "boolean") else object)
    return Columns("wifi_hotspot", np.arange(101, 101 + len(places)), fields, geometry)  # type: ignore[arg-type]


def test_rows_become_features_in_the_projects_crs(tmp_path: Path) -> None:
    found = staged(write(tmp_path / "a.csv", "H1,广场,120.14,33.35,23,是", "H2,公园,120°08′24″E,33°21′N,20,否"))
    assert found.counts() == {"read": 2, "new": 2, "changed": 0, "same": 0, "conflict": 0, "rejected": 0}
    assert found.columns.fields["eirp_dbm"].tolist() == [23.0, 20.0]
    assert found.columns.fields["free"].tolist() == [1.0, 0.0]
    assert found.columns.geometry is not None
    x, y = TO_GRID.transform([120.14, 120.14], [33.35, 33.35])
    np.testing.assert_allclose(shapely.get_coordinates(found.columns.geometry), np.column_stack([x, y]), atol=1e-6)


def test_every_bad_row_is_named_with_line_and_reason(tmp_path: Path) -> None:
    rows = [
        "H1,a,120.14,33.35,23,是",  # well
        "H2,b,,33.35,23,是",  # no longitude
        "H3,c,abc,33.35,23,是",  # no number
        "H4,d,120.14,133.35,23,是",  # no latitude
        "H5,e,0,0,23,是",  # no fix
        "H6,f,-73.9,40.7,23,是",  # another continent
        "H7,g,120.14,33.35,500,是",  # EIRP out of range
        "H8,h,120.14,33.35,23,maybe",  # no boolean
        "H9,i,120.15,33.35,strong,是",  # text in a number
        "H1,j,120.16,33.35,23,是",  # code again
        "HA,k,120.17,33.35,23,是,surplus",  # a cell too many
    ]
    found = staged(write(tmp_path / "a.csv", *rows))
    counts = found.counts()
    assert counts == {"read": 11, "new": 1, "changed": 0, "same": 0, "conflict": 1, "rejected": 9}
    assert [r.line for r in found.rejects] == [3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert [r.why.code for r in found.rejects] == [
        "import.no_geometry", "import.no_number", "import.out_of_range", "import.zero_position", "edit.outside",
        "edit.out_of_range", "edit.not_yes_or_no", "edit.not_a_number", "import.too_many_cells",
    ]  # fmt: skip
    assert [(r.line, r.why.code) for r in found.conflicts] == [(11, "import.twice_in_file")]
    for reject in (*found.rejects, *found.conflicts):
        assert reject.why.message("zh")
        assert reject.why.message("zh") != reject.why.message("en")


def test_matching_by_code_then_distance(tmp_path: Path) -> None:
    there = existing(
        place=[(120.14, 33.35), (120.15, 33.35), (120.16, 33.35), (120.20, 33.35)],
        code=["H1", "H2", None, "H4"],
        name=["广场", "公园", "车站", "码头"],
        eirp_dbm=[23, 20, 20, 20],
        free=[1, 1, 1, 1],
    )
    found = staged(
        write(
            tmp_path / "a.csv",
            "H1,广场,120.14,33.35,23,是",  # the same
            "H2,人民公园,120.15,33.35,,是",  # another name; the empty EIRP keeps the old one
            "H3,车站,120.160001,33.35,20,是",  # 0.1 m from a feature without a code
            "H4,码头,120.30,33.35,20,是",  # same code, 9 km away
            "H5,新,120.14,33.35,20,是",  # on top of H1, but another code
        ),
        there,
    )
    assert dict(zip(found.lines.tolist(), found.outcome.tolist(), strict=True)) == {
        2: Outcome.SAME, 3: Outcome.CHANGED, 4: Outcome.CHANGED, 5: Outcome.CONFLICT, 6: Outcome.NEW,
    }  # fmt: skip
    assert found.columns.ids.tolist() == [101, 102, 103, 0, 0]
    assert found.columns.fields["eirp_dbm"].tolist()[1] == 20
    assert found.conflicts[0].why.code == "import.code_far"
    assert [(type(step), len(step.columns)) for step in written(found)] == [(Load, 1), (UpdateMany, 2)]


def test_two_features_within_the_tolerance_are_left_to_the_user(tmp_path: Path) -> None:
    there = existing(place=[(120.14, 33.35), (120.14, 33.35)], code=[None, None], name=["a", "b"])
    found = staged(write(tmp_path / "a.csv", ",c,120.14,33.35,20,是"), there)
    assert [r.why.code for r in found.conflicts] == ["import.ambiguous"]
    assert written(found) == []


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "H1,广场,120.1412345,33.3512345,23,是", ",公园,120.15,33.35,20,否")
    first = staged(path)
    again = Columns(
        first.cls, np.array([7, 8]), first.columns.fields, first.columns.geometry
    )  # as it would lie in the project
    second = staged(path, again)
    assert second.counts() == {"read": 2, "new": 0, "changed": 0, "same": 2, "conflict": 0, "rejected": 0}
    assert written(second) == []


@pytest.mark.parametrize(
    ("header", "row", "crs"),
    [
        ("code,lon,lat", "A,120.14,33.35", "EPSG:4326"),
        ("code,lat,lon", "A,33.35,120.14", "EPSG:4326"),
        ("code,Location", 'A,"(33.35, 120.14)"', "EPSG:4326"),
        ("code,坐标", "A,120.14 33.35", "EPSG:4326"),
        ("code,wkt", "A,POINT (120.14 33.35)", "EPSG:4326"),
        ("code,东坐标,北坐标", "A,{x:.4f},{y:.4f}", CRS),
        ("code,x,y", "A,{y:.4f},{x:.4f}", CRS),  # survey files: northing first
        ("code,x,y", "A,{zone:.4f},{y:.4f}", "EPSG:4528"),
        ("code,p,q", "A,120.14,33.35", "EPSG:4326"),
    ],
)
def test_positions_are_found(tmp_path: Path, header: str, row: str, crs: str) -> None:
    x, y = TO_GRID.transform(120.14, 33.35)
    path = write(tmp_path / "a.csv", row.format(x=x, y=y, zone=x + 40_000_000), header=header)
    _, raw = read_raw(path)
    placement = guess_placement(raw, CRS)
    assert placement.crs == crs
    assert any(e.what == "columns" for e in placement.evidence)
    found = staged(path)
    assert found.counts()["new"] == 1, [r.why for r in found.rejects]
    assert found.columns.geometry is not None
    np.testing.assert_allclose(found.columns.geometry[0].coords[0], (x, y), atol=2e-3)


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", 490), ("bd09", 1180)])
def test_datum_shifts_move_the_right_way(tmp_path: Path, datum: str, shift: float) -> None:
    path = write(tmp_path / "a.csv", "A,120.14,33.35", header="code,lon,lat")
    _, raw = read_raw(path)
    mapping = guess_mapping(raw, CLS)
    made = []
    for kind in (None, datum):
        placement = guess_placement(raw, CRS, datum=kind)  # type: ignore[arg-type]
        found = stage(raw, CLS, mapping, placement, CRS, NOBODY, bounds=BOUNDS)
        assert found.columns.geometry is not None
        made.append(found.columns.geometry[0])
    assert made[0].distance(made[1]) == pytest.approx(shift, rel=0.1)


def test_a_datum_wants_degrees(tmp_path: Path) -> None:
    x, y = TO_GRID.transform(120.14, 33.35)
    _, raw = read_raw(write(tmp_path / "a.csv", f"A,{x},{y}", header="code,x,y"))
    with pytest.raises(Refusal) as refused:
        guess_placement(raw, CRS, datum="gcj02")
    assert refused.value.code == "import.datum_needs_degrees"


def test_no_position_is_refused(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", "A,red", header="code,colour"))
    for options, code in (({}, "import.no_position"), ({"x": "east"}, "import.no_column")):
        with pytest.raises(Refusal) as refused:
            guess_placement(raw, CRS, **options)  # type: ignore[arg-type]
        assert refused.value.code == code
        assert "colour" in refused.value.hint("zh")


def test_geometry_of_the_wrong_kind_is_rejected(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[120.1, 33.3], [120.2, 33.3]]}
    features = [{"type": "Feature", "properties": {}, "geometry": line}]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert [r.why.code for r in staged(path).rejects] == ["edit.wrong_kind"]


def test_a_column_is_mapped_only_when_its_values_fit(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "A,120.1,33.3,tall", header="编号,lon,lat,挂高")
    _, raw = read_raw(path)
    mapping = guess_mapping(raw, CLS, guess_placement(raw, CRS).columns)
    assert {name: source.column for name, source in mapping.sources.items()} == {"code": "编号"}


def test_a_column_whose_name_ends_like_a_field_is_taken_last(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "A,甲,120.1,33.3,b", header="编号,热点名称,lon,lat,Site name")
    _, raw = read_raw(path)
    mapping = guess_mapping(raw, CLS, guess_placement(raw, CRS).columns)
    assert mapping.sources["name"].column == "Site name"  # a synonym counts more than an ending
    path = write(tmp_path / "b.csv", "A,甲,120.1,33.3", header="编号,热点名称,lon,lat")
    _, raw = read_raw(path)
    assert guess_mapping(raw, CLS, guess_placement(raw, CRS).columns).sources["name"].column == "热点名称"


def test_mappings_are_kept_as_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "H1,广场,120.14,33.35,23,收费")
    wanted = tmp_path / "m.json"
    document = {"class": "wifi_hotspot", "fields": {"name": "名称", "owner": {"constant": "telecom"},
                "free": {"column": "是否免费", "values": {"收费": "否"}}}, "x": "经度", "y": "纬度"}  # fmt: skip
    wanted.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    mapping = mapping_from_dict(read_json(wanted), CLS)
    _, raw = read_raw(path)
    found = stage(raw, CLS, mapping, guess_placement(raw, CRS, x="经度", y="纬度"), CRS, NOBODY, bounds=BOUNDS)
    assert found.columns.fields["owner"].tolist() == ["telecom"]
    assert found.columns.fields["free"].tolist() == [0.0]
    write_mapping(mapping, tmp_path / "again.json")
    assert mapping_from_dict(read_json(tmp_path / "again.json"), CLS) == mapping


@pytest.mark.parametrize(
    "text", ["", "[]", '{"fields": 3}', '{"fields": {"colour": "x"}}', '{"fields": {"name": {"col": "x"}}}',
             '{"class": "camera", "fields": {}}']
)  # fmt: skip
def test_wrong_mapping_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal) as refused:
        mapping_from_dict(read_json(path), CLS)
    assert refused.value.code == "import.wrong_mapping"


spot = st.sampled_from([0.0, 0.01, 0.4, 0.9, 30.0])
hotspot = st.tuples(
    st.sampled_from([None, None, "A", "B", "C"]), st.sampled_from([None, "甲", "乙"]), st.sampled_from([None, "移动"]),
    spot, spot,
)  # fmt: skip


@given(st.lists(hotspot, max_size=9), st.sampled_from([("code", "distance"), ("code", "distance", "attributes")]))
def test_whatever_was_imported_is_no_news_when_it_comes_again(
    rows: list[tuple[object, ...]], by: tuple[str, ...]
) -> None:
    raw = table(*rows, header="code name owner x y")
    first = staged_table("wifi_hotspot", raw, by=by)
    assert first.counts()["changed"] == first.counts()["same"] == 0
    new = np.flatnonzero(first.outcome == Outcome.NEW)
    columns = first.chosen(new)
    written = Columns(columns.cls, np.arange(101, 101 + len(new)), columns.fields, columns.geometry)
    again = staged_table("wifi_hotspot", raw, written, by=by)
    counts = again.counts()
    assert counts["new"] == counts["changed"] == 0, (again.change_counts(), again.outcome)
    assert counts["same"] == len(new)
    assert counts["conflict"] == first.counts()["conflict"]


cell = st.one_of(st.just(""), st.floats(-200, 200).map(str), st.text("abc,;'\"°NE是否0123456789.\n", max_size=8))


@given(st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=12))
def test_counts_add_up_for_any_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str]]
) -> None:
    import csv

    path = tmp_path_factory.mktemp("any") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("编号", "经度", "纬度", "EIRP"))
        writer.writerow(("H1", "120.1", "33.3", "20"))
        writer.writerows(rows)
    found = staged(path)
    counts = found.counts()
    assert counts["read"] == sum(value for key, value in counts.items() if key != "read")
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert counts["read"] == len(rows) + 1 - blank
