"""Files as surveyors send them: encodings, delimiters, headers, broken rows, broken JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.raw import Dialect, RawTable

HEADER = "编号,名称,经度,纬度"
ROW = "H1,解放南路热点,120.14,33.35"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


@pytest.mark.parametrize(
    ("encoding", "seen"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_encodings(tmp_path: Path, encoding: str, seen: str) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", f"{HEADER}\n{ROW}\n", encoding))
    assert evidence(raw)["encoding"] == seen
    assert raw.cells["名称"].tolist() == ["解放南路热点"]


def test_the_user_may_say_another_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "編號,經度,緯度\nA,120.1,33.3\n", "big5")
    _, raw = read_raw(path, Dialect(encoding="big5"))
    assert raw.columns == ("編號", "經度", "緯度")
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(encoding="utf-8"))
    assert refused.value.code == "import.wrong_encoding"
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(encoding="klingon"))
    assert refused.value.code == "import.unknown_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    text = "\n".join(line.replace(",", delimiter) for line in (HEADER, ROW, ROW.replace("H1", "H2")))
    _, raw = read_raw(write(tmp_path / "a.txt", text))
    assert raw.columns == tuple(HEADER.split(","))
    assert raw.cells["编号"].tolist() == ["H1", "H2"]


def test_semicolons_with_decimal_commas(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", "code;lon;lat\nA;120,14;33,35\nB;120,15;33,36\n"))
    assert raw.cells["lon"].tolist() == ["120.14", "120.15"]


def test_lines_above_the_header_are_skipped(tmp_path: Path) -> None:
    text = "WigleWifi-1.4,appRelease=2.26,model=X\nMAC,SSID,CurrentLatitude,CurrentLongitude,Type\n"
    text += "a:b,net,33.35,120.14,WIFI\n" * 3
    _, raw = read_raw(write(tmp_path / "w.csv", text))
    assert raw.columns[:2] == ("MAC", "SSID")
    assert raw.lines.tolist() == [3, 4, 5]


def test_quoted_cells_over_several_lines_keep_their_line(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", 'code,remark,lon,lat\nA,"one\ntwo",1,2\n\nB,x,1,2\n'))
    assert raw.lines.tolist() == [2, 5]
    assert raw.cells["remark"][0] == "one\ntwo"


def test_no_row_is_dropped_in_silence(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", "code,lon,lat\nA,1,2\nB,1,2,3,4\nC,1\n"))
    assert raw.cells["code"].tolist() == ["A", "C"]
    assert raw.cells["lat"].tolist() == ["2", None]
    assert [(r.line, r.why.code) for r in raw.unreadable] == [(3, "import.too_many_cells")]


def test_repeated_and_blank_column_names(tmp_path: Path) -> None:
    _, raw = read_raw(write(tmp_path / "a.csv", "name,name,,lon,lat\na,b,c,1,2\n"))
    assert raw.columns == ("name", "name (2)", "column 3", "lon", "lat")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "import.empty"),
        (b"\n \n", "a.csv", "import.empty"),
        (b"\x00\x01\x02PK", "a.csv", "import.binary"),
        (b"1,x\n2,y\nx,3\ny,4\n", "a.csv", "import.no_header"),
        (b"hello\nworld\n", "a.csv", "import.no_columns"),
        (b'{"type": "FeatureCollection", "features": [', "a.geojson", "import.wrong_json"),
        (b'{"type": "Topology"}', "a.geojson", "import.no_features"),
        (b"3", "a.geojson", "import.no_features"),
        (b"[" * 100_000, "a.geojson", "import.wrong_json"),
        (b"x", "a.docx", "import.unknown_format"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, content: bytes, name: str, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        read_raw(path)
    assert refused.value.code == code
    assert refused.value.hint("zh")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "no.csv", "import.no_file"), (tmp_path, "import.nothing_inside")):
        with pytest.raises(Refusal) as refused:
            read_raw(path)
        assert refused.value.code == code


def test_geojson(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "id": 7, "properties": {"name": "甲", "free": True, "tags": {"a": 1}},
         "geometry": {"type": "Point", "coordinates": [120.1, 33.3, 5]}},
        {"type": "Feature", "properties": None, "geometry": None},
        {"type": "Feature", "properties": {"name": "乙"}, "geometry": {"type": "Point", "coordinates": ["a"]}},
        "nonsense",
    ]  # fmt: skip
    _, raw = read_raw(write(tmp_path / "a.geojson", json.dumps({"type": "FeatureCollection", "features": features})))
    assert len(raw) == 2
    assert raw.cells["name"].tolist() == ["甲", None]
    assert raw.cells["id"].tolist() == ["7", None]
    assert raw.cells["free"].tolist() == ["true", None]
    assert raw.geometry is not None
    assert raw.geometry[0].wkt == "POINT (120.1 33.3)"
    assert [r.line for r in raw.unreadable] == [3, 4]


def test_geojson_lines_and_named_crs(tmp_path: Path) -> None:
    feature = '{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}'
    _, raw = read_raw(write(tmp_path / "a.geojsonl", f"{feature}\n{feature}\nbroken\n"))
    assert (len(raw), len(raw.unreadable)) == (2, 1)
    named = {"type": "FeatureCollection", "features": [json.loads(feature)],
             "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}}  # fmt: skip
    _, raw = read_raw(write(tmp_path / "b.geojson", json.dumps(named)))
    assert raw.crs == "EPSG:4549"


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.geojson"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(data)
    with suppress(Refusal):
        _, raw = read_raw(path)
        assert len(raw.lines) == len(raw)


@given(st.data())
def test_a_truncated_or_flipped_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(("﻿" + HEADER + "\n" + "\n".join(ROW for _ in range(5))).encode("gb18030"))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_bytes(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    try:
        _, raw = read_raw(path)
    except Refusal:
        return
    assert len(raw) + len(raw.unreadable) <= 6
