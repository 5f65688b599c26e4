"""Delimited text cut into lazy cells: against Python's csv, odd quotes, headers, decimal marks, heads of big files."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.exchange import delimited, encodings
from gis.exchange.delimited import read_delimited
from gis.exchange.raw import Dialect, LazyCells, RawTable, plain_numbers


def table(folder: Path, text: str, dialect: Dialect | None = None, rows: int | None = None) -> RawTable:
    path = folder / "a.csv"
    path.write_bytes(text.encode())
    return read_delimited(path, dialect, rows=rows)


def evidence(raw: RawTable) -> dict[str, str]:
    return {e.what: e.value for e in raw.evidence}


def column(raw: RawTable, at: int = 0) -> list[str | None]:
    cells: list[str | None] = raw.cells[raw.columns[at]].tolist()
    return cells


# Cells ----------------------------------------------------------------------------------------------------------------
CELL = st.text(alphabet='ab 1,;"\n\r\té盐　\u00a0\x1e', max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_cells_and_lines_are_those_of_pythons_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], ending: str
) -> None:
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([["甲", "乙", "丙"], *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(made.getvalue().encode())
    raw = read_delimited(path, Dialect(encoding="utf-8", delimiter=",", header_line=1, decimal=None))
    reader = csv.reader(io.StringIO(made.getvalue(), newline=""))
    expected, lines = [], []
    begins = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            expected.append([cell.strip() or None for cell in row])
            lines.append(begins)
        begins = reader.line_num + 1
    kept = [list(row) for row in zip(*(column(raw, at) for at in range(3)), strict=True) if any(row)]
    assert kept == expected[1:]
    assert [line for line, row in zip(raw.lines, zip(*(column(raw, at) for at in range(3)), strict=True), strict=True)
            if any(row)] == lines[1:]  # fmt: skip


NUMBER = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1e7, 1e7).map(lambda x: f"{x:.7f}"),
    st.integers().map(str),
    st.text(alphabet="0123456789.eE+- ", max_size=9),
    st.just(""),
)


@given(st.lists(NUMBER, min_size=1, max_size=12))
def test_numbers_straight_from_the_bytes_are_those_of_the_cells(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text("code,number\n" + "".join(f'A,"{n}"\nA,{n}\n' for n in numbers))
    raw = read_delimited(path, Dialect(delimiter=",", header_line=1))
    quick, slow = raw.numbers("number"), plain_numbers(raw.cells["number"])
    assert (quick is None) == (slow is None)
    if quick is not None and slow is not None:
        np.testing.assert_array_equal(quick, slow)  # to the last bit


def test_parts_and_taken_rows_of_lazy_cells(tmp_path: Path) -> None:
    raw = table(tmp_path, "code,lon\n" + "".join(f"A{n},{n}.5\n" for n in range(9)))
    assert isinstance(raw.cells, LazyCells)
    assert column(raw.part(2, 5)) == ["A2", "A3", "A4"]
    assert raw.part(2, 5).lines.tolist() == [4, 5, 6]
    taken = raw.taken(np.array([7, 1]))
    assert column(taken) == ["A7", "A1"]
    numbers = taken.part(1, 2).numbers("lon")
    assert numbers is not None
    assert numbers.tolist() == [1.5]


def test_a_cell_may_hold_the_sign_that_joins_cells(tmp_path: Path) -> None:
    raw = table(tmp_path, "code,remark\nA,x\x1ey\nB,z\n")
    assert column(raw, 1) == ["x\x1ey", "z"]


def test_a_quote_within_a_cell_is_a_letter(tmp_path: Path) -> None:
    raw = table(tmp_path, 'code,size\nA,5"\nB,"6"" wide"\nC,"7" wide\n')
    assert column(raw, 1) == ['5"', '6" wide', "7 wide"]


@pytest.mark.parametrize(
    "broken",
    [
        'B,"open,1,2,3',
        'B,"open,1,2,3\nC,x,1,2,3\nD,y,1,2,3\nE,"z",1,2,3',
        'B,"open,1,2,3\nC,x,1,2,3\nD,y,1,2,3\nE,z",1,2,3',
    ],
    ids=["to the end", "closed by another's quote", "closed by a stray one"],
)
def test_an_open_quote_costs_one_row_only(tmp_path: Path, broken: str) -> None:
    tail = "\n".join(f"T{n},t,1,2,3" for n in range(5))
    raw = table(tmp_path, f"code,name,a,b,c\nA,a,1,2,3\n{broken}\n{tail}\n")
    assert [(r.line, r.why.code) for r in raw.unreadable] == [(3, "import.open_quote")]
    assert column(raw)[-5:] == [f"T{n}" for n in range(5)]
    assert len(raw) + len(raw.unreadable) == 6 + broken.count("\n") + 1
    assert raw.lines.tolist()[-1] == 8 + broken.count("\n")


def test_a_cell_over_the_limit_is_an_open_quote(tmp_path: Path) -> None:
    raw = table(tmp_path, 'code,remark\nA,"' + "x" * (1 << 20) + '"\nB,y\n')
    assert [r.line for r in raw.unreadable] == [2]
    assert column(raw) == ["B"]


def test_many_rows_with_too_many_cells_share_their_reason(tmp_path: Path) -> None:
    raw = table(tmp_path, "a,b\n" + "1,2\n" * 6000 + "1,2,3\n" * 5000)
    assert len(raw.unreadable) == 5000
    assert len({id(reject.why) for reject in raw.unreadable}) == 1


def test_blank_cells_beyond_the_header_are_no_cells(tmp_path: Path) -> None:
    raw = table(tmp_path, "a,b,c\n" + "1,2,3\n" * 5 + "4,5,6,\n7,8,9,,  ,\n")
    assert column(raw, 2) == ["3"] * 5 + ["6", "9"]
    assert raw.unreadable == ()


def test_thousands_of_columns(tmp_path: Path) -> None:
    width = 5000
    text = "\n".join(",".join(f"{letter}{n}" for n in range(width)) for letter in "abc")
    raw = table(tmp_path, text + "\n1,2\n")
    assert len(raw.columns) == 4096
    assert [r.why.code for r in raw.unreadable] == ["import.too_many_cells"] * 2
    assert raw.cells[raw.columns[1]].tolist() == ["2"]


# Heads ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_preview_reads_only_the_head(tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_HEAD", 1 << 12)
    path = tmp_path / "a.csv"
    path.write_bytes(
        ("编号,经度,纬度,备注\n" + "".join(f"甲{n},120.1,33.3,盐城\n" for n in range(20_000))).encode(encoding)
    )
    asked: list[int | None] = []
    read = delimited.read_utf8

    def watched(*args: object, most: int | None, **rest: object) -> encodings.Utf8:
        asked.append(most)
        return read(*args, most=most, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(delimited, "read_utf8", watched)
    raw = read_delimited(path, rows=50)
    assert column(raw) == [f"甲{n}" for n in range(50)]
    assert asked == [1 << 12]
    assert len(read_delimited(path, rows=1000)) == 1000
    assert all(most is not None and most < path.stat().st_size for most in asked)
    assert len(read_delimited(path, rows=30_000)) == 20_000
    whole = read_delimited(path)
    assert (len(whole), whole.columns) == (20_000, raw.columns)


def test_the_head_tells_gb18030_though_its_letters_come_late(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("code,lon,lat,remark\n" + "A,1,2,-\n" * 150_000 + "B,1,2,盐城热点\n" * 30_000).encode("gb18030"))
    assert evidence(read_delimited(path, rows=10))["encoding"] == "gb18030"


# Delimiters -----------------------------------------------------------------------------------------------------------
def test_blanks_part_the_cells_of_a_total_station(tmp_path: Path) -> None:
    text = "点号   X坐标      Y坐标   高程\nP1  3690123.456   500123.4  2.31 \n  P2  3690200.1\t500222.25  2.40\n"
    raw = table(tmp_path, text)
    assert raw.columns == ("点号", "X坐标", "Y坐标", "高程")
    assert column(raw) == ["P1", "P2"]
    numbers = raw.numbers("高程")
    assert numbers is not None
    assert numbers.tolist() == [2.31, 2.40]
    assert raw.unreadable == ()


def test_full_width_commas(tmp_path: Path) -> None:
    raw = table(tmp_path, "编号，经度，纬度\nA，120.1，33.2\nB，120.2，33.3\n")
    assert (raw.columns, column(raw, 2)) == (("编号", "经度", "纬度"), ["33.2", "33.3"])


def test_the_delimiter_named_in_the_first_line(tmp_path: Path) -> None:
    raw = table(tmp_path, "sep=;\na;b\n1,5;2,5\n")
    assert (raw.columns, column(raw), raw.lines.tolist()) == (("a", "b"), ["1.5"], [3])


@pytest.mark.parametrize("delimiter", ["#", "::", " "])
def test_any_delimiter_the_user_names(tmp_path: Path, delimiter: str) -> None:
    raw = table(tmp_path, "a,b,c\n1,2,3\n".replace(",", delimiter), Dialect(delimiter=delimiter))
    assert (raw.columns, column(raw, 1)) == (("a", "b", "c"), ["2"])


# Headers --------------------------------------------------------------------------------------------------------------
def test_a_table_without_names(tmp_path: Path) -> None:
    raw = table(tmp_path, "P1,3690000.5,500000.1\nP2,3690001.5,500001.1\n")
    assert raw.columns == ("column 1", "column 2", "column 3")
    assert raw.lines.tolist() == [1, 2]
    assert evidence(raw)["header"] == "0"


def test_the_user_names_the_header_line(tmp_path: Path) -> None:
    text = "盐城市热点\n编号,经度,纬度\n\n甲,乙,丙\nA,1,2\n"
    assert table(tmp_path, text).columns == ("编号", "经度", "纬度")
    raw = table(tmp_path, text, Dialect(header_line=4))
    assert (raw.columns, raw.lines.tolist()) == (("甲", "乙", "丙"), [5])
    raw = table(tmp_path, text, Dialect(header_line=0))
    assert (raw.columns, raw.lines.tolist()) == (("column 1", "column 2", "column 3"), [1, 2, 4, 5])
    for line in (3, 99):
        with pytest.raises(Refusal) as refused:
            table(tmp_path, text, Dialect(header_line=line))
        assert refused.value.code == "import.no_header_line"


def test_names_of_years_are_names(tmp_path: Path) -> None:
    raw = table(tmp_path, "区县,指标,2019,2020\n亭湖区,入户率,80.5,85\n盐都区,入户率,81.5,86\n")
    assert raw.columns == ("区县", "指标", "2019", "2020")


def test_names_in_two_lines(tmp_path: Path) -> None:
    text = "编号,起点,,终点,,备注\n,经度,纬度,经度,纬度,\nA,120.1,33.1,120.2,33.2,x\nB,120.3,33.1,120.4,33.2,y\n"
    raw = table(tmp_path, text)
    assert raw.columns == ("编号", "起点 经度", "起点 纬度", "终点 经度", "终点 纬度", "备注")
    assert raw.lines.tolist() == [3, 4]
    assert evidence(raw)["header"] == "1–2"


def test_a_row_longer_than_the_names_keeps_its_last_cell(tmp_path: Path) -> None:
    raw = table(tmp_path, "code,lon,lat\n" + "A,1,2,x\n" * 5)
    assert raw.columns == ("code", "lon", "lat", "column 4")
    assert column(raw, 3) == ["x"] * 5


# Numbers --------------------------------------------------------------------------------------------------------------
def test_decimal_commas(tmp_path: Path) -> None:
    raw = table(tmp_path, "code;lon;height;remark\nA,1;120,14;1.200,5;3,5 m\nB,2;120,15;12;–\n")
    assert evidence(raw)["decimal"] == ","
    assert (column(raw, 0), column(raw, 1)) == (["A,1", "B,2"], ["120.14", "120.15"])
    assert column(raw, 2) == ["1200.5", "12"]
    assert column(raw, 3) == ["3,5 m", "–"]
    numbers = raw.numbers("height")
    assert numbers is not None
    assert numbers.tolist() == [1200.5, 12]


def test_points_and_commas_in_one_column_are_left_as_they_are(tmp_path: Path) -> None:
    """33.351 beside 33,352: nobody can say whether the first is thirty-three thousand."""
    raw = table(tmp_path, "code;lat\nA;33,352\nB;33.351\n")
    assert column(raw, 1) == ["33,352", "33.351"]
    raw = table(tmp_path, "code;lat\nA;33,352\nB;33.351\n", Dialect(decimal=","))
    assert column(raw, 1) == ["33.352", "33.351"]


def test_a_number_that_may_be_grouped_does_not_hide_decimal_commas(tmp_path: Path) -> None:
    raw = table(tmp_path, "code;lat;height\nA;33,3501;6,5\nB;33,3502;7\nC;333.503;8\n")
    assert evidence(raw)["decimal"] == ","
    assert column(raw, 1) == ["33.3501", "33.3502", "333.503"]
    assert column(raw, 2) == ["6.5", "7", "8"]
    raw = table(tmp_path, "code;lat;height\nA;33,3501;6,5\nB;33,3502;7\nC;33.35;8\n")
    assert column(raw, 1) == ["33,3501", "33,3502", "33.35"]


def test_groups_of_thousands(tmp_path: Path) -> None:
    text = 'code,easting\nA,"500,123.45"\nB,"499,000"\n'
    assert column(table(tmp_path, text), 1) == ["500123.45", "499,000"]
    assert column(table(tmp_path, text, Dialect(decimal=".")), 1) == ["500123.45", "499000"]


# Refusals -------------------------------------------------------------------------------------------------------------
def test_a_broken_letter_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号,名称\n".encode() * 3 + b"A,\xff\xff\xff\n" + "编号,名称\n".encode())
    with pytest.raises(Refusal) as refused:
        read_delimited(path, Dialect(encoding="utf-8"))
    assert (refused.value.code, refused.value.arguments["line"]) == ("import.wrong_encoding", 4)


@pytest.mark.parametrize("encoding", ["hex", "klingon", "idna\0", "rot13"])
def test_what_is_no_encoding_of_texts(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(Refusal) as refused:
        table(tmp_path, "a,b\n1,2\n", Dialect(encoding=encoding))
    assert refused.value.code == "import.unknown_encoding"
