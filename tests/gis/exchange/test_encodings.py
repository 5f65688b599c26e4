"""Encodings told apart by how the text reads, and shown to the user best first."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.errors import Refusal
from gis.exchange.encodings import ranked, read_text, read_utf8
from gis.exchange.letters import plausibility

TEXTS = {
    "simplified": ("编号,名称,经度\nA,解放南路热点,120.1\n", "gb18030"),
    "traditional in Big5": ("編號,名稱,經度\nA,解放南路監視器,120.1\n", "big5"),
    "traditional in GBK": ("編號,名稱,經度\nA,解放南路監視器,120.1\n", "gb18030"),
    "two words in Big5": ("編號,X,Y\n1,2,3\n", "big5"),
    "rare names": ("姓名,X\n曌昱,1\n镕堃,2\n", "gb18030"),
    "beyond GBK": ("地名,X\n㙍上村𠔝,1\n", "gb18030"),
    "western": ("code,name\n1,Zürich Bahnhofstraße\n2,Genève\n", "cp1252"),
    "a degree sign alone": ("code,lat\nA,33°21'\n", "cp1252"),
    "degrees in Chinese": ("编号,纬度\nA,33°21′12″\n", "gb18030"),
    "wide without a mark": ("编号,名称\nA,盐城\n", "utf-16-le"),
    "wide the other way": ("编号,名称\nA,盐城\n", "utf-16-be"),
    "Russian": ("код,имя\n1,Москва улица\n2,Киев дорога\n", "cp1251"),
    "ASCII": ("code,name\n1,x\n", "utf-8"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_the_text_is_read_as_it_was_written(tmp_path: Path, case: str) -> None:
    text, encoding = TEXTS[case]
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    read = read_text(path)
    assert (read.text, read.encoding) == (text, encoding)
    best = ranked(path)[0]
    assert (best.encoding, best.undecodable, best.text) == (encoding, 0, text)


def test_one_broken_byte_does_not_make_another_encoding_best(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号,名称,经度,纬度\n".encode("gb18030") * 20 + b"A,\xff\n")
    best = ranked(path)[0]
    assert (best.encoding, best.undecodable) == ("gb18030", 1)
    with pytest.raises(Refusal) as refused:
        read_utf8(path, "gb18030")
    assert refused.value.arguments["line"] == 21


def test_a_mark_says_it_all(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes("编号,名称\n".encode(encoding))
        read = read_utf8(path)
        assert (read.data.decode(), read.encoding) == ("编号,名称\n", encoding)
        assert ranked(path)[0].encoding == encoding.removesuffix("-sig")


def test_the_lines_that_tell_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("code,remark\n" + "A,-\n" * 5000 + "B,盐城\n").encode("gb18030"))
    assert ranked(path, 4000)[0].text == "code,remark\nB,盐城\n"


@pytest.mark.parametrize("size", [1 << 12, (1 << 12) + 1, (1 << 12) + 2, (1 << 12) + 3], ids=str)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_head_is_cut_between_letters(tmp_path: Path, encoding: str, size: int) -> None:
    path = tmp_path / "a.csv"
    text = "编号,名称\n" * 2000
    path.write_bytes(text.encode(encoding))
    head = read_utf8(path, encoding, most=size)
    assert not head.whole
    assert text.startswith(head.data.decode())
    assert size / 3 < len(head.data) <= size * 2


def test_letters_of_a_wrong_guess_are_rare() -> None:
    written = "解放南路监控点位，杆高6米"
    assert plausibility(written) > 0.9
    assert plausibility("臺北市中正區忠孝東路".encode("big5").decode("gb18030")) < 0.5
    assert plausibility(written.encode().decode("cp1252", "replace")) < 0.3
    assert plausibility("code,lon") == 1.0


def test_a_picture_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0")
    with pytest.raises(Refusal) as refused:
        read_utf8(path)
    assert refused.value.code == "import.binary"
    assert ranked(path)
