"""Text of a PDF comes out as it was written: all letters of the catalogue, the sample's names, punctuation, digits."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest

from desktop.sheets.export import export_sheet
from desktop.sheets.pdf import PaintedPage, write_pdf
from desktop.sheets.typography import paint_line
from gis.cartography.sheets.items import Paper
from gis.project import Session
from gis.resources import resource
from tests.desktop.sheets.reading import words
from tests.gis.sheets.city import small_city

DATE = datetime.date(2026, 3, 5)
PUNCTUATION = (
    "，。、；：？！“”‘’（）【】《》〈〉「」『』〔〕—…～·／％￥＋－＝＜＞｜＠＃＆＊０１２３４５６７８９ＡＢＣａｂｃ"
)
SIGNS = "–±×÷≥≤≈≠°′″℃㎡²³µΩ√∞→←↑↓①②③⑩№‰†"
# Letters of names that are rare, or share a glyph with a radical or a letter of Extension A.
NAMES = "盐城亭湖串场河滩涂垛圩堰港闸埝埭浦洳泖溱潼淤胶州曶㘵㙟䢺䓖麤黻龢钅亻氵"


def told(lines: Iterable[str], folder: Path) -> set[str]:
    """The letters that are read from a PDF in which these lines are set."""
    rows = list(lines)

    def paint(painter: object) -> None:
        for i, row in enumerate(rows):
            for j, letter in enumerate(row):  # apart, so that no reader joins them
                paint_line(painter, letter, 10 + j * 9, 10 + i * 6, 4, bold=i % 2 == 1)

    out = folder / "text.pdf"
    write_pdf(PaintedPage(Paper("", 900, 20 + len(rows) * 6), paint), None, out, DATE)
    return set(words(out))


@pytest.mark.parametrize("text", [PUNCTUATION, SIGNS, NAMES], ids=["punctuation", "signs", "names"])
def test_letters_come_back(qapp, tmp_path: Path, text: str) -> None:
    read = told([text, text], tmp_path)
    assert [letter for letter in text if letter not in read] == []


@pytest.mark.parametrize("room", ["catalogue", "messages", "translations", "cities"])
def test_every_letter_of_the_resources_comes_back(qapp, tmp_path: Path, room: str) -> None:
    folder = Path(str(resource(room)))
    text = "".join(path.read_text("utf-8") for path in sorted(folder.rglob("*.toml")))
    letters = sorted({c for c in text if c.isprintable() and not c.isspace() and unicodedata.category(c) != "So"})
    # As many letters as a large sheet has: a text map of more than 100 ranges is written wrongly by Qt.
    pages = [letters[i : i + 900] for i in range(0, len(letters), 900)]
    for page in pages:
        read = told(("".join(page[i : i + 90]) for i in range(0, len(page), 90)), tmp_path)
        assert [letter for letter in page if letter not in read and letter not in "•⋯"] == []


def test_names_on_the_map_come_back(tmp_path: Path) -> None:
    counties = ("㘵山区", "胶盐区", "龢丰区", "阜宁（县）")
    with small_city(tmp_path / "c.yantu", counties) as session:
        [out] = export_sheet(session, "inventory_a3", tmp_path / "c.pdf", date=DATE)
    said = "".join(words(out).split())
    for name in counties:
        assert name in said


def test_no_text_is_lost_with_the_layers(city: Session, tmp_path: Path) -> None:
    [out] = export_sheet(city, "inventory_a3", tmp_path / "c.pdf", date=DATE)
    said = words(out)
    for text in ("亭湖区", "大丰区", "WiFi热点", "图例", "1:60,000"):
        assert text in said


def test_letters_beyond_the_basic_plane_come_back(qapp, tmp_path: Path) -> None:
    """Names with letters of the national list (通用规范汉字表) that Unicode has in Extension B to E."""
    text = "盐𬇕河𬬻山𬭊𠙶𫭟𬒈城𬇹"
    read = told([text, text[::-1], text], tmp_path)
    assert [letter for letter in text if letter not in read] == []
    with small_city(tmp_path / "c.yantu", ["𬇕河区", "盐都区", "𫭟口县"]) as session:
        [out] = export_sheet(session, "inventory_a3", tmp_path / "c.pdf", date=DATE, words={"maker": "𠙶山局"})
    said = "".join(words(out).split())
    for name in ("𬇕河区", "𫭟口县", "𠙶山局"):
        assert name in said
