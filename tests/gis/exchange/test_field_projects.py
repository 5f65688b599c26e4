"""QField and Mergin folders: the project's names, choices and photos; data that are not there; ways that lead outside."""

# ruff: noqa: E501 - the files are written out here as they are

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely

from gis.errors import Refusal
from gis.exchange.formats import read_raw
from gis.exchange.raw import Dialect, RawTable
from tests.gis.exchange.test_formats import frame

WIDGETS = """<fieldConfiguration>
<field name="photo"><editWidget type="ExternalResource"><config><Option type="Map">
  <Option name="DefaultRoot" type="QString" value="{root}"/><Option name="RelativeStorage" type="int" value="{relative}"/>
</Option></config></editWidget></field>
<field name="kind"><editWidget type="ValueMap"><config><Option type="Map"><Option name="map" type="List">
  <Option type="Map"><Option name="水泥杆" type="QString" value="1"/></Option>
  <Option type="Map"><Option name="木杆" type="QString" value="2"/></Option>
</Option></Option></config></editWidget></field>
<field name="state"><editWidget type="ValueMap"><config><Option type="Map"><Option name="map" type="Map">
  <Option name="Good" type="QString" value="good"/></Option></Option></config></editWidget></field>
</fieldConfiguration><aliases><alias index="0" field="bh" name="编号"/><alias index="1" field="photo" name=""/></aliases>"""


def layer(
    source: str, name: str, geometry: str = "Point", provider: str = "ogr", more: str = "", kind: str = "vector"
) -> str:
    return (
        f'<maplayer type="{kind}" geometry="{geometry}"><datasource>{source}</datasource><layername>{name}</layername>'
        f'<provider encoding="UTF-8">{provider}</provider>{more}</maplayer>'
    )


def project(path: Path, *layers: str) -> Path:
    text = (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f"<qgis version='3.34'><projectlayers>{''.join(layers)}</projectlayers></qgis>"
    )
    if path.suffix == ".qgz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.qgs", text)
    else:
        path.write_text(text, "utf-8")
    return path


def survey(folder: Path, root: str = "", relative: int = 1, ending: str = ".qgs") -> Path:
    folder.mkdir(exist_ok=True)
    poles = geopandas.GeoDataFrame(
        {
            "bh": ["P1", "P2", "P3"], "kind": [1, 2, 7], "state": ["good", None, "good"],
            "photo": ["DCIM/p1.jpg", None, "DCIM/p3.jpg"],
        },
        geometry=[shapely.Point(510_000 + i, 3_690_000) for i in range(3)], crs="EPSG:4549",
    )  # fmt: skip
    poles.to_file(folder / "data.gpkg", layer="poles")
    frame("line").to_file(folder / "data.gpkg", layer="ducts")
    (folder / "DCIM").mkdir(exist_ok=True)
    (folder / "DCIM/p1.jpg").write_bytes(b"\xff\xd8")
    return project(
        folder / f"survey{ending}",
        layer("https://tiles.example/{z}", "底图", "", "wms", kind="raster"),
        layer("./data.gpkg|layername=poles", "电杆", more=WIDGETS.format(root=root, relative=relative)),
        layer("./data.gpkg|layername=ducts", "管道", "Line"),
        layer('dbname=\'x\' host=db table="public"."t"', "服务器", provider="postgres"),
        layer("./gone.gpkg|layername=x", "缺失"),
    )


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


@pytest.mark.parametrize("ending", [".qgs", ".qgz"])
def test_a_project_is_read_as_its_author_set_it_up(tmp_path: Path, ending: str) -> None:
    path = survey(tmp_path / "p", ending=ending)
    form, raw = read_raw(path)
    assert (form, raw.layers, raw.layer) == ("field project", ("电杆", "管道"), "电杆")
    assert raw.columns == ("编号", "kind", "state", "photo")
    assert raw.cells["编号"].tolist() == ["P1", "P2", "P3"]
    assert raw.cells["kind"].tolist() == ["水泥杆", "木杆", "7"]
    assert raw.cells["state"].tolist() == ["good", None, "good"]
    assert (raw.media, raw.media_root) == (("photo",), path.parent)
    assert evidence(raw)["missing"] == "缺失"
    assert raw.crs == "EPSG:4549"
    assert read_raw(path.parent)[1].columns == raw.columns
    assert read_raw(path, prefer="line")[1].layer == "管道"
    assert len(read_raw(path, Dialect(layer="管道"))[1]) == 3
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(layer="缺失"))
    assert refused.value.code == "import.no_layer"


@pytest.mark.parametrize(
    ("root", "relative", "cell"),
    [
        ("photos", 2, "photos/DCIM/p1.jpg"),
        ("photos", 1, "DCIM/p1.jpg"),
        ("../x", 2, "DCIM/p1.jpg"),
        ("@home", 2, "DCIM/p1.jpg"),
    ],
    ids=["default-folder", "project-folder", "outside", "formula"],
)
def test_where_photos_start_from(tmp_path: Path, root: str, relative: int, cell: str) -> None:
    assert read_raw(survey(tmp_path / "p", root, relative))[1].cells["photo"].tolist()[0] == cell


def test_a_zipped_project_keeps_its_photos_at_hand(tmp_path: Path) -> None:
    survey(tmp_path / "p")
    path = Path(shutil.make_archive(str(tmp_path / "q"), "zip", tmp_path, "p"))
    form, raw = read_raw(path)
    assert (form, len(raw)) == ("field project", 3)
    assert raw.media_root is not None
    assert (raw.media_root / "DCIM/p1.jpg").read_bytes() == b"\xff\xd8"
    root = raw.media_root
    part = raw.part(0, 1)
    del raw
    assert root.is_dir()  # the part still holds it
    del part
    assert not root.exists()


def test_the_filter_of_a_layer(tmp_path: Path) -> None:
    survey(tmp_path)
    path = project(tmp_path / "survey.qgs", layer("./data.gpkg|layername=poles|subset=&quot;bh&quot; = 'P2'", "电杆"))
    _, raw = read_raw(path)
    assert raw.cells["bh"].tolist() == ["P2"]
    assert evidence(raw)["filter"] == "\"bh\" = 'P2'"


@pytest.mark.parametrize(
    "source", ["../secret.gpkg", "/etc/secret.gpkg", "C:\\x\\secret.gpkg", "sub/../../secret.gpkg"]
)
def test_a_project_reads_nothing_outside_its_folder(tmp_path: Path, source: str) -> None:
    frame().to_file(tmp_path / "secret.gpkg")
    folder = tmp_path / "p"
    folder.mkdir()
    path = project(folder / "a.qgs", layer(source, "x"))
    with pytest.raises(Refusal) as refused:
        read_raw(path)
    assert refused.value.code == "import.project_without_data"
    frame().to_file(folder / "secret.gpkg")  # a file of that name in the folder is what the packager meant
    assert len(read_raw(path)[1]) == 3


def test_a_link_out_of_the_folder(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "secret.gpkg")
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "data.gpkg").symlink_to(tmp_path / "secret.gpkg")
    with pytest.raises(Refusal) as refused:
        read_raw(project(folder / "a.qgs", layer("data.gpkg", "x")))
    assert refused.value.code == "import.project_without_data"


def test_tables_of_text_and_spatialite(tmp_path: Path) -> None:
    (tmp_path / "点 1.csv").write_text("code,x,y\nA,510000,3690000\n", "utf-8")
    frame().to_file(tmp_path / "a.sqlite", driver="SQLite", layer="poles", SPATIALITE="NO")
    path = project(
        tmp_path / "a.qgs",
        layer("file:./%E7%82%B9%201.csv?type=csv&amp;xField=x", "表", provider="delimitedtext"),
        layer("dbname='./a.sqlite' table=\"poles\" (geometry)", "杆", provider="spatialite"),
    )
    assert read_raw(path, Dialect(layer="表"))[1].cells["code"].tolist() == ["A"]
    assert len(read_raw(path, Dialect(layer="杆"))[1]) == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "import.empty"),
        ("<qgis>", "import.broken_file"),
        ("<!DOCTYPE q [<!ENTITY a 'b'>]><qgis>&a;</qgis>", "import.xml_entities"),
        ("<qgis/>", "import.project_without_data"),
    ],
    ids=["empty", "cut", "entities", "no-layers"],
)
def test_broken_projects(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "a.qgs").write_text(text)
    with pytest.raises(Refusal) as refused:
        read_raw(tmp_path / "a.qgs")
    assert refused.value.code == code
    assert refused.value.hint("zh")


def test_rows_a_receiver_has_not_yet_written_into_its_file(tmp_path: Path) -> None:
    """A device switched off leaves its last rows in ``-wal``; they are read, and the delivered files stay as they are."""
    live, brought = tmp_path / "live", tmp_path / "brought"
    live.mkdir()
    brought.mkdir()
    frame().to_file(live / "data.gpkg", layer="poles")
    book = sqlite3.connect(live / "data.gpkg")
    book.execute("PRAGMA journal_mode=WAL")
    book.execute("PRAGMA wal_autocheckpoint=0")
    for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        book.execute(f'DROP TRIGGER "{name}"')
    book.execute("INSERT INTO poles (code, geom) SELECT 'A4', geom FROM poles LIMIT 1")
    book.commit()
    for part in live.iterdir():
        shutil.copy(part, brought / part.name)
    book.close()
    (brought / "data.gpkg-shm").unlink()
    before = {part.name: part.read_bytes() for part in brought.iterdir()}
    assert "data.gpkg-wal" in before
    _, raw = read_raw(brought / "data.gpkg")
    assert raw.cells["code"].tolist() == ["A1", "A2", "A3", "A4"]
    assert {part.name: part.read_bytes() for part in brought.iterdir()} == before
