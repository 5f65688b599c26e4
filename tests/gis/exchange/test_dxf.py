"""Drawings: what surveyors draw in CAD and CASS, written with ezdxf or by hand, and what each entity becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import pytest
import shapely

from gis.errors import Refusal
from gis.exchange.dxf_letters import letters_of, readable
from gis.exchange.formats import read_raw
from gis.exchange.raw import Dialect, RawTable

E, N = 510_000.0, 3_690_000.0


def drawn(path: Path, draw: Callable[[Any, Any], None], version: str = "R2010", encoding: str | None = None) -> Path:
    document = ezdxf.new(version)
    if encoding is not None:
        document.encoding = encoding
    draw(document, document.modelspace())
    document.saveas(path, encoding=encoding)
    return path


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


def reasons(raw: RawTable) -> list[tuple[int, str]]:
    return [(r.line, r.why.code) for r in raw.unreadable]


def kinds(raw: RawTable) -> list[str]:
    assert raw.geometry is not None
    return [shape.geom_type for shape in raw.geometry]


def test_symbols_are_points_with_their_attributes(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        pole = document.blocks.new("电杆")
        pole.add_circle((0, 0), 0.3)
        pole.add_attdef("CODE", (0, 1))
        for number in range(3):
            insert = space.add_blockref("电杆", (E + number, N, 4.25), {"layer": "杆路", "rotation": 30})
            insert.add_attrib("CODE", f"P-{number}", (E, N))
            insert.add_attrib("layer", "第一", (E, N))

    _, raw = read_raw(drawn(tmp_path / "a.dxf", draw))
    assert kinds(raw) == ["Point"] * 3
    assert raw.cells["CODE"].tolist() == ["P-0", "P-1", "P-2"]
    assert raw.cells["layer_"].tolist() == ["第一"] * 3  # an attribute may not take the place of a column of ours
    assert raw.cells["block"].tolist() == ["电杆"] * 3
    assert raw.cells["layer"].tolist() == ["杆路"] * 3
    assert raw.cells["elevation"].tolist() == ["4.25"] * 3
    assert raw.cells["rotation"].tolist() == ["30"] * 3
    assert raw.crs is None


def test_a_block_that_is_a_plan_is_taken_apart(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        symbol = document.blocks.new("MANHOLE")
        symbol.add_circle((0, 0), 0.5)
        plan = document.blocks.new("PLAN")
        plan.add_line((E, N), (E + 100, N), {"layer": "DUCT"})
        plan.add_blockref("MANHOLE", (E + 50, N))
        space.add_blockref("PLAN", (0, 0))

    _, raw = read_raw(drawn(tmp_path / "a.dxf", draw))
    assert kinds(raw) == ["LineString", "Point"]
    assert raw.cells["block"].tolist() == [None, "MANHOLE"]
    assert raw.geometry is not None
    assert raw.geometry[1].equals_exact(shapely.Point(E + 50, N), 1e-9)
    assert evidence(raw)["blocks"] == "PLAN"


def test_rows_and_columns_of_an_insert(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        document.blocks.new("TREE").add_circle((0, 0), 1)
        space.add_blockref("TREE", (E, N), {"column_count": 3, "row_count": 2, "column_spacing": 5, "row_spacing": 7})
        crowd = {"column_count": 30_000, "row_count": 30_000, "column_spacing": 1, "row_spacing": 1}
        space.add_blockref("TREE", (E, N), crowd)

    _, raw = read_raw(drawn(tmp_path / "a.dxf", draw))
    assert len(raw) == 6
    assert raw.geometry is not None
    assert {(shape.x - E, shape.y - N) for shape in raw.geometry} == {(x, y) for x in (0, 5, 10) for y in (0, 7)}
    assert reasons(raw) == [(2, "import.too_many_copies")]


def shapes(document: Any, space: Any) -> None:
    space.add_lwpolyline([(E, N), (E + 10, N), (E + 10, N + 10), (E, N + 10)], close=True, dxfattribs={"elevation": 3})
    space.add_lwpolyline([(E, N, 1), (E + 10, N, 0)], format="xyb")  # a half circle
    space.add_circle((E, N), 2)
    space.add_arc((E, N), 5, 0, 90)
    space.add_ellipse((E, N), (4, 0), 0.5)
    space.add_spline([(E, N), (E + 5, N + 5), (E + 10, N)])
    space.add_polyline3d([(E, N, 1), (E + 3, N, 2)])
    space.add_point((E, N, 7))
    space.add_text("井%%d1", dxfattribs={"insert": (E, N)})
    space.add_mtext("{\\fSimSun;第一行}\\P第二行", dxfattribs={"insert": (E, N)})
    hatch = space.add_hatch()
    hatch.paths.add_polyline_path([(E, N), (E + 10, N), (E + 10, N + 10), (E, N + 10)], is_closed=True)
    hatch.paths.add_polyline_path([(E + 4, N + 4), (E + 6, N + 4), (E + 6, N + 6), (E + 4, N + 6)], is_closed=True)
    space.add_solid([(E, N), (E + 1, N), (E, N + 1), (E + 1, N + 1)])


EXPECTED = ["LineString"] * 7 + ["Point"] * 3 + ["Polygon"] * 2


def test_every_kind_of_shape(tmp_path: Path) -> None:
    _, raw = read_raw(drawn(tmp_path / "a.dxf", shapes))
    assert kinds(raw) == EXPECTED
    assert raw.geometry is not None
    lengths = shapely.length(raw.geometry)
    assert lengths[:4] == pytest.approx([40, 15.708, 12.566, 7.854], rel=2e-3)
    assert raw.geometry[10].area == pytest.approx(96)
    assert raw.geometry[11].area == pytest.approx(1)  # a SOLID's corners come in the order of a bow tie
    assert not shapely.has_z(raw.geometry).any()
    assert raw.cells["text"].tolist()[8:10] == ["井°1", "第一行\n第二行"]
    assert raw.cells["elevation"].tolist()[0] == "3"
    assert raw.cells["radius"].tolist()[2] == "2"
    assert evidence(raw)["curves"] == "5"
    assert len(set(raw.cells["handle"])) == len(raw)


def test_what_a_class_of_areas_or_points_wants(tmp_path: Path) -> None:
    path = drawn(tmp_path / "a.dxf", shapes)
    areas = kinds(read_raw(path, prefer="polygon")[1])
    assert areas == ["Polygon", "LineString", "Polygon", "LineString", "Polygon", *EXPECTED[5:]]
    _, points = read_raw(path, prefer="point")
    assert kinds(points)[2] == "Point"
    assert evidence(points)["circles"] == "1"


def test_one_layer_of_a_drawing(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        space.add_point((E, N), {"layer": "井"})
        space.add_line((E, N), (E, N + 1), {"layer": "管道"})

    path = drawn(tmp_path / "a.dxf", draw)
    assert read_raw(path)[1].layers == ("井", "管道")
    _, raw = read_raw(path, Dialect(layer="管道"))
    assert (kinds(raw), raw.layer, raw.lines.tolist()) == (["LineString"], "管道", [2])
    with pytest.raises(Refusal) as refused:
        read_raw(path, Dialect(layer="无"))
    assert refused.value.code == "import.no_layer"
    assert len(read_raw(path, rows=1)[1]) == 1


def test_what_is_no_shape_has_a_reason(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        space.add_point((E, N))
        picture = document.add_image_def("a.png", (10, 10))
        space.add_image(picture, (E, N), (10, 10))
        space.add_linear_dim((E, N + 5), (E, N), (E + 10, N)).render()
        document.blocks.new("BASE", dxfattribs={"flags": 4, "xref_path": "/etc/passwd"})
        space.add_blockref("BASE", (0, 0))
        document.layout("Layout1").add_text("图名")

    _, raw = read_raw(drawn(tmp_path / "a.dxf", draw))
    assert len(raw) == 1
    assert reasons(raw) == [(2, "import.not_a_shape"), (3, "import.not_a_shape"), (4, "import.is_xref")]
    assert int(evidence(raw)["paper"]) >= 1


def test_upside_down_entities_lie_where_they_are_seen(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        document.blocks.new("P").add_circle((0, 0), 1)
        space.add_blockref("P", (-E, N, 0), {"extrusion": (0, 0, -1)})
        space.add_lwpolyline([(-E, N), (-E - 1, N)], dxfattribs={"extrusion": (0, 0, -1)})

    _, raw = read_raw(drawn(tmp_path / "a.dxf", draw))
    assert raw.geometry is not None
    assert raw.geometry[0].equals_exact(shapely.Point(E, N), 1e-6)
    assert raw.geometry[1].equals_exact(shapely.LineString([(E, N), (E + 1, N)]), 1e-6)


def test_codes_of_cass(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        document.appids.new("SOUTH")
        space.add_point((E, N)).set_xdata("SOUTH", [(1000, "171101")])

    assert read_raw(drawn(tmp_path / "a.dxf", draw))[1].cells["cass_code"].tolist() == ["171101"]


def by_hand(page: str, text: bytes, version: str = "AC1015") -> bytes:
    head = f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n{version}\n9\n$DWGCODEPAGE\n3\n{page}\n0\nENDSEC\n".encode()
    return (
        head
        + b"0\nSECTION\n2\nENTITIES\n0\nTEXT\n8\n0\n10\n510000\n20\n3690000\n40\n2\n1\n"
        + text
        + b"\n0\nENDSEC\n0\nEOF\n"
    )


LETTERS = {
    "gbk-as-said": ("ANSI_936", "盐城通信井".encode("gbk"), "AC1015", "盐城通信井", "import.dxf_page"),
    "gbk-under-western": ("ANSI_1252", "盐城通信井".encode("gbk"), "AC1015", "盐城通信井", "import.dxf_page_wrong"),
    "western": ("ANSI_1252", "Straße Ä".encode("cp1252"), "AC1015", "Straße Ä", "import.dxf_page"),
    "utf8-of-2007": ("ANSI_936", "盐城".encode(), "AC1021", "盐城", "import.dxf_page"),
    "gbk-in-2007": ("ANSI_936", "盐城通信".encode("gbk"), "AC1021", "盐城通信", "import.dxf_page_wrong"),
    "big5": ("ANSI_950", "電信人孔".encode("big5"), "AC1015", "電信人孔", "import.dxf_page"),
    "escapes": ("ANSI_1252", rb"\U+76D0\M+5B3C7", "AC1015", "盐城", None),
}  # fmt: skip


@pytest.mark.parametrize("name", LETTERS)
def test_letters(tmp_path: Path, name: str) -> None:
    page, text, version, shown, reason = LETTERS[name]
    path = tmp_path / "a.dxf"
    path.write_bytes(by_hand(page, text, version))
    _, raw = read_raw(path)
    assert raw.cells["text"].tolist() == [shown]
    assert next((e.reason for e in raw.evidence if e.what == "encoding"), None) == reason


def test_the_users_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    path.write_bytes(by_hand("ANSI_936", "電信人孔".encode("big5")))
    assert read_raw(path, Dialect(encoding="big5"))[1].cells["text"].tolist() == ["電信人孔"]
    for encoding, code in (("utf-8", "import.wrong_encoding"), ("klingon", "import.unknown_encoding")):
        with pytest.raises(Refusal) as refused:
            read_raw(path, Dialect(encoding=encoding))
        assert refused.value.code == code


def test_escapes_that_are_no_letters() -> None:
    assert readable(r"\U+D800x") == "?x"
    assert readable("plain") == "plain"
    assert letters_of(b"0\nEOF\n", None) == ("utf-8", "")


def test_binary_drawings(tmp_path: Path) -> None:
    document = ezdxf.new("R2010")
    document.modelspace().add_text("井", dxfattribs={"insert": (E, N)})
    document.saveas(tmp_path / "a.dxf", fmt="bin")
    assert read_raw(tmp_path / "a.dxf")[1].cells["text"].tolist() == ["井"]


def test_blocks_that_hold_themselves_many_times_over(tmp_path: Path) -> None:
    def draw(document: Any, space: Any) -> None:
        inner = document.blocks.new("B0")
        inner.add_line((E, N), (E + 1, N))
        for level in range(1, 9):
            block = document.blocks.new(f"B{level}")
            for _ in range(30):  # 30⁸ lines in all
                block.add_blockref(f"B{level - 1}", (0, 0))
            block.add_line((E, N), (E + 1, N))
        space.add_blockref("B8", (0, 0))

    with pytest.raises(Refusal) as refused:
        read_raw(drawn(tmp_path / "a.dxf", draw))
    assert refused.value.code == "import.too_large"


def test_a_block_that_holds_itself(tmp_path: Path) -> None:
    text = (
        "0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n2\nA\n70\n0\n10\n0\n20\n0\n0\nLINE\n8\n0\n10\n510000\n20\n3690000\n11\n510001\n"
        "21\n3690000\n0\nINSERT\n8\n0\n2\nA\n10\n0\n20\n0\n0\nENDBLK\n0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\nINSERT\n8\n0\n"
        "2\nA\n10\n0\n20\n0\n0\nPOINT\n8\n0\n10\n510000\n20\n3690000\n0\nENDSEC\n0\nEOF\n"
    )
    (tmp_path / "a.dxf").write_text(text, "ascii")
    _, raw = read_raw(tmp_path / "a.dxf")
    assert (kinds(raw), reasons(raw)) == (["Point"], [(1, "import.block_in_itself")])
