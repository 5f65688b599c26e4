"""KML and its kin: attributes in balloons, several documents in one archive, pictures, links."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from gis.errors import Refusal
from gis.exchange.descriptions import attributes_in
from gis.exchange.formats import read_raw
from gis.exchange.raw import Dialect, RawTable


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


def mark(name: str, description: str = "") -> str:
    return (
        f"<Placemark><name>{name}</name><description><![CDATA[{description}]]></description>"
        "<Point><coordinates>120.14,33.35</coordinates></Point></Placemark>"
    )


def kml(*marks: str) -> str:
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(marks)}</Document></kml>'


def kmz(path: Path, **documents: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in documents.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return path


def table(**rows: str) -> str:
    return "<html><table>" + "".join(f"<tr><td>{k}</td><td>{v}</td></tr>" for k, v in rows.items()) + "</table></html>"


def test_tables_in_balloons_become_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(kml(mark("A", table(编号="P-1", 高度="12")), mark("B", table(编号="P-2", 高度=""))), "utf-8")
    _, raw = read_raw(path)
    assert raw.cells["编号"].tolist() == ["P-1", "P-2"]
    assert raw.cells["高度"].tolist() == ["12", None]
    assert evidence(raw)["attributes"] == "编号, 高度"


DESCRIPTIONS = {
    "header-cells": ("<table><tr><th>code</th><td>A &amp; B</td></tr></table>", {"code": "A & B"}),
    "title-row": ("<table><tr><td colspan=2>Pole</td></tr><tr><td>code</td><td>A</td></tr></table>", {"code": "A"}),
    "lines": ("<b>编号</b>：P-1<br/>类型: 水泥杆<br>", {"编号": "P-1", "类型": "水泥杆"}),
    "prose": ("The best coffee of the town. Visit us any time", {}),
    "address": ("see https://example.org/a?b=1", {}),
    "unclosed": ("<table><tr><td>code<td>A<tr><td>x<td>y", {"code": "A", "x": "y"}),
    "picture": ('<img src="files/a.jpg"/>', {"photo": "files/a.jpg"}),
    "picture-elsewhere": ('<img src="https://example.org/a.jpg"/>', {}),
    "nested": ("<table><tr><td><table><tr><td>code</td><td>A</td></tr></table></td></tr></table>", {"code": "A"}),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions(name: str) -> None:
    text, expected = DESCRIPTIONS[name]
    found = attributes_in(np.array([text, None], dtype=object))
    assert {column: cells.tolist()[0] for column, cells in found.items()} == expected
    assert all(cells.tolist()[1] is None for cells in found.values())


def test_a_name_of_few_balloons_is_no_column() -> None:
    texts = np.array(["note: once", *["plain words"] * 5], dtype=object)
    assert attributes_in(texts) == {}


def test_own_columns_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(kml(mark("A", table(Name="other", code="1"))), "utf-8")
    _, raw = read_raw(tmp_path / "a.kml")
    assert raw.cells["Name"].tolist() == ["A"]
    assert raw.cells["code"].tolist() == ["1"]


def test_pictures_of_a_kmz_stay_at_hand(tmp_path: Path) -> None:
    path = kmz(tmp_path / "a.kmz", doc_kml=kml(mark("A", '<img src="files/a.jpg">')), files__a_jpg=b"\xff\xd8")
    _, raw = read_raw(path)
    assert raw.media == ("photo",)
    assert raw.media_root is not None
    assert (raw.media_root / raw.cells["photo"].tolist()[0]).read_bytes() == b"\xff\xd8"
    root = raw.media_root
    del raw
    assert not root.exists()


def test_all_documents_of_a_kmz(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>sub/b.kml</href></Link></NetworkLink>"
    path = kmz(
        tmp_path / "a.kmz", doc_kml=kml(mark("A"), mark("B"), link), sub__b_kml=kml(mark("C", table(code="7"))),
        sub__c_kml=kml(),
    )  # fmt: skip
    _, raw = read_raw(path)
    assert raw.cells["Name"].tolist() == ["A", "B", "C"]
    assert raw.cells["code"].tolist() == [None, None, "7"]
    assert raw.lines.tolist() == [1, 2, 3]
    assert evidence(raw)["documents"] == "2"


def test_links_are_told_and_not_followed(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>https://example.org/more.kml</href></Link></NetworkLink>"
    (tmp_path / "a.kml").write_text(kml(mark("A"), link), "utf-8")
    assert evidence(read_raw(tmp_path / "a.kml")[1])["links"] == "1"


@pytest.mark.parametrize(
    ("name", "member", "datum"),
    [("a.ovkmz", "doc_kml", "gcj02"), ("a.kmz", "doc_ovkml", "gcj02"), ("a.kmz", "doc_kml", None)],
    ids=["ovkmz", "ovkml-in-kmz", "kmz"],
)
def test_ovital(tmp_path: Path, name: str, member: str, datum: str | None) -> None:
    _, raw = read_raw(kmz(tmp_path / name, **{member: kml(mark("A"))}))
    assert raw.datum == datum


def test_archives_that_are_no_kmz(tmp_path: Path) -> None:
    for name, documents in (("none.kmz", {"readme_txt": "x"}), ("empty.kmz", {"doc_kml": kml()})):
        with pytest.raises(Refusal) as refused:
            read_raw(kmz(tmp_path / name, **documents))
        assert refused.value.code in ("import.nothing_inside", "import.no_features")


def test_a_kmz_inside_a_zip(tmp_path: Path) -> None:
    inner = kmz(tmp_path / "inner.kmz", doc_kml=kml(mark("A", '<img src="a.jpg">')), a_jpg=b"\xff\xd8")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "data/inner.kmz")
    _, raw = read_raw(tmp_path / "outer.zip")
    assert raw.cells["Name"].tolist() == ["A"]
    assert raw.media_root is not None
    assert (raw.media_root / "a.jpg").is_file()


def test_one_folder_of_a_kml(tmp_path: Path) -> None:
    text = kml(
        f"<Folder><name>井</name>{mark('A')}</Folder>", f"<Folder><name>杆</name>{mark('B')}{mark('C')}</Folder>"
    )
    (tmp_path / "a.kml").write_text(text, "utf-8")
    _, raw = read_raw(tmp_path / "a.kml", Dialect(layer="杆"))
    assert raw.cells["Name"].tolist() == ["B", "C"]


def test_columns_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(kml(mark("A"), mark("B")), "utf-8")
    assert read_raw(path)[1].columns == ("Name", "description", "layer")
    path.write_text(kml(mark("A").replace("<name>", "<visibility>1</visibility><name>"), mark("B")), "utf-8")
    assert "visibility" in read_raw(path)[1].columns


def test_each_placemark_of_all_folders_has_a_number_of_its_own(tmp_path: Path) -> None:
    folders = "".join(
        f"<Folder><name>F{i}</name><Placemark><name>P{i}</name><Point><coordinates>120.{i},33.{i}</coordinates></Point>"
        "</Placemark></Folder>" for i in range(1, 4)
    )  # fmt: skip
    path = tmp_path / "a.kml"
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>', "utf-8")
    assert read_raw(path, Dialect(layer="*"))[1].lines.tolist() == [1, 2, 3]
    assert read_raw(path)[1].lines.tolist() == [1, 2, 3]
