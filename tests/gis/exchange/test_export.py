"""Exports: every format read back by another reader, headers and codes in words, restricted fields stay, the record."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import ezdxf
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.exceptions import FileCreateError

from datasets import sample
from gis.errors import Refusal
from gis.exchange.export_record import record_path, write_record
from gis.exchange.features import WRITABLE, Output, exported_fields, write_features
from gis.geometry.datum import gcj02_to_wgs84
from gis.project import Session


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    path = tmp_path_factory.mktemp("city") / "city.yantu"
    sample.make(path, 1500, 7)
    with Session.open(path, readonly=True) as session:
        yield session


def frame_of(city: Session, cls: str) -> gpd.GeoDataFrame:
    return city.frame(cls, exported_fields(city.catalogue[cls]))


@pytest.mark.parametrize("cls", ["wifi_hotspot", "cable", "area"])
@pytest.mark.parametrize("ending", [".gpkg", ".geojson", ".fgb", ".shp", ".kml"])
def test_geometries_come_back(city: Session, cls: str, ending: str, tmp_path: Path) -> None:
    frame = frame_of(city, cls)
    path = write_features(frame, city.catalogue[cls], tmp_path / f"o{ending}")
    back = pyogrio.read_dataframe(path)
    assert len(back) == len(frame)
    key = "Name" if ending == ".kml" else "code"
    assert set(back[key]) == set(frame["name" if ending == ".kml" else "code"])
    mine = frame.set_index("code")
    if ending != ".kml":
        away = back.to_crs(frame.crs).set_index("code").geometry.hausdorff_distance(mine.geometry, align=True)
        assert away.max() < 0.02
    else:
        assert back.to_crs(frame.crs).union_all().hausdorff_distance(frame.union_all()) < 0.02


@pytest.mark.parametrize("headers", ["names", "zh"])
def test_a_workbook_has_every_row_and_no_lost_digit(city: Session, headers: str, tmp_path: Path) -> None:
    frame = frame_of(city, "wifi_hotspot")
    kind = city.catalogue["wifi_hotspot"]
    path = write_features(frame, kind, tmp_path / "o.xlsx", output=Output(headers=headers, codes="zh"))  # type: ignore[arg-type]
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert len(rows) == len(frame) + 1
    head = rows[0]
    code = head.index("编号" if headers == "zh" else "code")
    status = head.index("状态" if headers == "zh" else "status")
    assert [row[code] for row in rows[1:]] == list(frame["code"])
    labels = {c.value: c.label.zh for c in kind.field("status").codes}
    assert [row[status] for row in rows[1:]] == [labels[v] for v in frame["status"]]
    assert [row[head.index("x")] for row in rows[1:]] == pytest.approx(list(frame.geometry.x))
    assert {str(row[head.index("id")]) for row in rows[1:]} == {str(v) for v in frame["id"]}


def test_a_formula_is_a_text(city: Session, tmp_path: Path) -> None:
    frame = frame_of(city, "camera").head(2).copy()
    frame["name"] = ['=HYPERLINK("http://x")', "@sum"]
    path = write_features(frame, city.catalogue["camera"], tmp_path / "o.xlsx")
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [row[rows[0].index("name")] for row in rows[1:]] == ['=HYPERLINK("http://x")', "@sum"]


def test_a_drawing_has_a_symbol_with_its_fields_for_each_point(city: Session, tmp_path: Path) -> None:
    frame = frame_of(city, "camera")
    path = write_features(frame, city.catalogue["camera"], tmp_path / "o.dxf")
    inserts = list(ezdxf.readfile(path).modelspace().query("INSERT"))
    told = {i.get_attrib_text("code"): (i.dxf.insert.x, i.dxf.insert.y, i.get_attrib_text("name")) for i in inserts}
    assert told == {
        code: (pytest.approx(shape.x), pytest.approx(shape.y), name or "")
        for code, shape, name in zip(frame["code"], frame.geometry, frame["name"], strict=True)
    }


def test_lines_of_a_drawing_keep_their_course_and_code(city: Session, tmp_path: Path) -> None:
    frame = frame_of(city, "cable")
    space = ezdxf.readfile(write_features(frame, city.catalogue["cable"], tmp_path / "o.dxf")).modelspace()
    lines = list(space.query("LWPOLYLINE"))
    assert len(lines) == len(frame.explode())
    assert {t.dxf.text for t in space.query("TEXT")} == set(frame["code"])
    total = sum(float(np.hypot(*np.diff(np.array(list(line.vertices())), axis=0).T).sum()) for line in lines)
    assert total == pytest.approx(frame.length.sum())
    assert ("YANTU", f"code={frame['code'].iloc[0]}") in {
        ("YANTU", tag.value) for line in lines for tag in line.get_xdata("YANTU")
    }


def test_a_shapefile_in_the_national_code_page(city: Session, tmp_path: Path) -> None:
    frame = frame_of(city, "area")
    path = write_features(frame, city.catalogue["area"], tmp_path / "o.shp", output=Output(encoding="GB18030"))
    assert set(pyogrio.read_dataframe(path)["name"]) == set(frame["name"])
    assert str(frame["name"].iloc[0]).encode("gb18030") in path.with_suffix(".dbf").read_bytes()


def test_the_datum_of_online_maps(city: Session, tmp_path: Path) -> None:
    frame = frame_of(city, "camera")
    kind = city.catalogue["camera"]
    shifted = pyogrio.read_dataframe(
        write_features(frame, kind, tmp_path / "o.gpkg", output=Output(datum="gcj02"))
    ).set_index("code")
    true = frame.to_crs("EPSG:4326").set_index("code")
    lon, lat = gcj02_to_wgs84(shifted.geometry.x, shifted.geometry.y)
    assert np.hypot(*(shifted.geometry.x - true.geometry.x, shifted.geometry.y - true.geometry.y)).min() > 1e-3
    assert lon == pytest.approx(true.geometry.x.reindex(shifted.index).to_numpy(), abs=1e-7)
    assert lat == pytest.approx(true.geometry.y.reindex(shifted.index).to_numpy(), abs=1e-7)


@pytest.mark.parametrize("ending", WRITABLE)
def test_restricted_fields_stay_at_home(city: Session, ending: str, tmp_path: Path) -> None:
    kind = next(c for c in city.catalogue if c.spatial and any(f.restricted and f.type == "text" for f in c.fields))
    field = next(f for f in kind.fields if f.restricted and f.type == "text")
    whole = city.frame(kind.name).head(5).copy()
    whole[field.name] = "GEHEIM-7391"
    kept = whole[["id", *exported_fields(kind), whole.geometry.name]]
    write_features(kept, kind, tmp_path / f"o{ending}", output=Output(headers="zh"))
    for path in tmp_path.iterdir():
        assert b"GEHEIM-7391" not in path.read_bytes()
        assert field.label.zh.encode() not in path.read_bytes() or field.label.zh in {
            f.label.zh for f in kind.fields if not f.restricted
        }
    named = whole[["id", *exported_fields(kind, [field.name]), whole.geometry.name]]
    write_features(named, kind, tmp_path / "named.csv")
    assert "GEHEIM-7391" in (tmp_path / "named.csv").read_text("utf-8-sig")


def test_the_record_says_what_was_written(city: Session, tmp_path: Path) -> None:
    frame = frame_of(city, "camera")
    kind = city.catalogue["camera"]
    path = write_features(frame, kind, tmp_path / "o.gpkg")
    at = datetime.datetime(2026, 3, 5, tzinfo=datetime.UTC)
    write_record(path, kind, frame, Output(), crs=city.crs.to_string(), source="c.yantu", where="networked", at=at)
    record = json.loads(record_path(path).read_text("utf-8"))
    assert record["count"] == len(frame)
    assert record["filter"] == "networked"
    assert record["crs"] == "EPSG:4549"
    assert record["created"] == "2026-03-05T00:00:00+00:00"
    west, south, east, north = record["extent_lonlat"]
    assert 118 < west < east < 122
    assert 32 < south < north < 35
    assert {f["name"] for f in record["fields"]} == set(exported_fields(kind))
    assert set(record["left_out"]) == {f.name for f in kind.fields if f.restricted}


@pytest.mark.parametrize(
    ("name", "output", "code"),
    [
        ("o.docx", Output(), "export.unknown_format"),
        ("o.gpkg", Output(crs="EPSG:999999"), "export.unknown_crs"),
        ("o.kml", Output(), "export.no_place"),
        ("o.dxf", Output(), "export.no_place"),
        ("nowhere/o.csv", Output(), "export.cannot_write"),
    ],
)
def test_what_is_refused(city: Session, name: str, output: Output, code: str, tmp_path: Path) -> None:
    cls = "splice" if code == "export.no_place" else "camera"
    with pytest.raises(Refusal) as refused:
        write_features(frame_of(city, cls), city.catalogue[cls], tmp_path / name, output=output)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_an_empty_class_is_written(city: Session, tmp_path: Path) -> None:
    kind = city.catalogue["camera"]
    for ending in WRITABLE:
        write_features(frame_of(city, "camera").head(0), kind, tmp_path / f"o{ending}")
    assert len(pd.read_csv(tmp_path / "o.csv")) == 0


def test_a_workbook_that_cannot_be_written_is_refused(
    city: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_book: object) -> None:
        raise FileCreateError(OSError(28, "No space left on device"))

    monkeypatch.setattr(xlsxwriter.Workbook, "close", full)
    with pytest.raises(Refusal) as refused:
        write_features(frame_of(city, "camera"), city.catalogue["camera"], tmp_path / "o.xlsx")
    assert refused.value.code == "export.cannot_write"
    assert list(tmp_path.iterdir()) == []
