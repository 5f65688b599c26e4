"""What Qt's PDF leaves wanting, mended with pikepdf: text map, page size, layers, georeference, bookmarks, dates."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, String

from desktop.sheets.pdf_georeference import Viewport, add_viewports
from desktop.sheets.pdf_layers import Groups, compose_page
from gis.cartography.sheets.items import Box
from gis.errors import Language

_POINTS_MM = 72.0 / 25.4
_ROW = re.compile(rb"[<>\[\]0-9A-Fa-f ]*")
_HEX = re.compile(rb"<([0-9A-Fa-f]{4})>")
# CJK Radicals Supplement, which have no NFKC form: radical -> letter (after Unicode's EquivalentUnifiedIdeograph.txt).
_SUPPLEMENT = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺍⺎⺏⺐⺑⺒⺓⺔⺖⺗⺘⺙⺛⺝⺞⺠⺡⺢⺣⺤⺥⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺶⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⺕⺦⺳",
    "厂乛乚乙亻冂几刀刂卜㔾小兀尣尢尣巳幺彑忄㣺扌攵旡月歺民氵氺灬爫爪牛犭王疋目示礻竹糹纟罓罒羊羊耂肀聿月臼艹艹艹虎衤覀西见角訁讠贝车辶辶辶阝钅長镸长门丨阝雨青韦页风飞食飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀彐丬㓁",
)
# Letters that share a glyph with a rarer one of a lower code point, which Qt takes: what is meant on a Chinese map.
_USUAL = str.maketrans("\u2003‒‵∕\u2329\u232a〜㬵㫚㬺㮣", "\u3000–｀／〈〉～胶曶幐槩")


@dataclass(slots=True)
class PageFacts:
    """A page as it was painted: its size in mm, the layers of its parts in order, its maps (the main one first)."""

    width: float
    height: float
    parts: list[str]
    viewports: tuple[Viewport, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself."""

    title: str
    author: str
    subject: str
    language: Language


@dataclass(frozen=True, slots=True)
class Link:
    """A place (mm from the upper left corner) on a page that leads to another page; both counted from 1."""

    page: int
    box: Box
    to: int


def repair(
    raw: Path, target: Path, pages: Sequence[PageFacts], about: About, date: datetime.date,
    outline: Sequence[tuple[str, int, int]] = (), links: Sequence[Link] = (), names: Mapping[str, str] | None = None,
    rare: Mapping[bool, Sequence[str]] | None = None,
) -> None:  # fmt: skip
    """Write the mended form of Qt's file ``raw`` to ``target``.

    ``names`` are those of the layers by key; ``rare``: letters beyond U+FFFF by weight, see ``LayeredPainter``.
    """
    with pikepdf.open(raw) as pdf:
        mend_text_maps(pdf)
        add_rare_letters(pdf, rare or {})
        groups = Groups(names or {})
        at, kept = 0, []
        for facts in pages:
            parts = [(key, pdf.pages[at + i]) for i, key in enumerate(facts.parts)]
            at += len(parts)
            kept.append(parts[0][1])
            if names:
                compose_page(pdf, parts, groups)
            _set_exact_size(pdf, kept[-1], facts)
            add_viewports(pdf, kept[-1], facts.viewports, facts.height)
        if len(kept) < at:
            _keep_pages(pdf, pages)
        groups.declare(pdf)
        _add_links(pdf, pages, links)
        _add_outline(pdf, outline)
        _describe(pdf, about, date)
        pdf.save(target, min_version="1.7", deterministic_id=True, compress_streams=True,
                 object_stream_mode=pikepdf.ObjectStreamMode.generate)  # fmt: skip


def _keep_pages(pdf: Pdf, pages: Sequence[PageFacts]) -> None:
    """Remove the pages whose contents were laid over the first of their sheet."""
    at = sum(len(facts.parts) for facts in pages)
    for facts in reversed(pages):
        at -= len(facts.parts)
        del pdf.pages[at + 1 : at + len(facts.parts)]


def _add_links(pdf: Pdf, pages: Sequence[PageFacts], links: Sequence[Link]) -> None:
    """Places that lead to a page when clicked, without a border."""
    for link in links:
        page, height = pdf.pages[link.page - 1], pages[link.page - 1].height
        box = link.box
        rect = [v * _POINTS_MM for v in (box.x, height - box.bottom, box.right, height - box.y)]
        note = Dictionary(
            Type=Name.Annot, Subtype=Name.Link, Rect=Array([round(v, 3) for v in rect]), Border=Array([0, 0, 0]),
            Dest=Array([pdf.pages[link.to - 1].obj, Name.Fit]),
        )  # fmt: skip
        page.obj["/Annots"] = Array([*page.obj.get("/Annots", Array()), pdf.make_indirect(note)])


def _add_outline(pdf: Pdf, outline: Sequence[tuple[str, int, int]]) -> None:
    """Bookmarks: (title, page from 1, depth from 0), each below the last one of a lesser depth."""
    if not outline:
        return
    with pdf.open_outline() as tree:
        above: list[tuple[int, OutlineItem]] = []
        for title, page, depth in outline:
            while above and above[-1][0] >= depth:
                above.pop()
            item = OutlineItem(title, page - 1, "Fit")
            (above[-1][1].children if above else tree.root).append(item)
            above.append((depth, item))
    pdf.Root["/PageMode"] = Name.UseOutlines


def plain_letter(letter: str) -> str:
    """The usual letter for one that looks the same: a radical (U+2E80–2FDF), a rare twin, a tab for a space."""
    if letter == "\t":
        return " "
    if letter == "\u2f3e":
        return "户"  # NFKC gives 戶; simplified fonts share the glyph with 户
    if "\u2f00" <= letter <= "\u2fdf":
        return unicodedata.normalize("NFKC", letter)
    if "\u2e80" <= letter <= "\u2eff":
        return unicodedata.normalize("NFKC", letter.translate(_SUPPLEMENT))
    return letter.translate(_USUAL)


def mend_text_maps(pdf: Pdf) -> int:
    """Rewrite radicals in the fonts' ToUnicode maps to the letters they stand for; returns how many there were.

    WORKAROUND: where several code points share a glyph Qt takes the first, so 用 comes out as U+2F64, a space as a tab,
    and neither a search nor a copy finds the words.
    """
    mended = 0
    for thing in pdf.objects:
        if isinstance(thing, Dictionary) and thing.get("/Type") == Name.Font and "/ToUnicode" in thing:
            rows: list[bytes] = []
            mapping = False
            for row in thing.ToUnicode.read_bytes().split(b"\n"):
                if b"beginbf" in row or b"endbf" in row:
                    mapping = b"beginbf" in row
                elif mapping:
                    if not _ROW.fullmatch(row):  # WORKAROUND: Qt writes stray memory past 100 ranges
                        continue
                    row, n = _mended_row(row)
                    mended += n
                rows.append(row)
            thing.ToUnicode.write(b"\n".join(rows))
    return mended


def add_rare_letters(pdf: Pdf, rare: Mapping[bool, Sequence[str]]) -> None:
    """Map the glyphs that have no letter to the letters beyond U+FFFF, which Qt's text maps leave out.

    A font's glyphs are numbered in the order in which they were first painted, so the two lists go in pairs. A font in
    which they differ in length (part of the letters came from another font) is left as it is.
    """
    if not any(rare.values()):
        return
    for thing in pdf.objects:
        if isinstance(thing, Dictionary) and thing.get("/Type") == Name.Font and "/ToUnicode" in thing:
            letters = rare.get("bold" in str(thing.BaseFont).lower(), ())
            text = thing.ToUnicode.read_bytes()
            program = thing.DescendantFonts[0].FontDescriptor.get("/FontFile2")
            glyphs = 0 if program is None else _glyphs(program.read_bytes())
            free = sorted(set(range(1, glyphs)) - _mapped(text))
            if letters and len(free) == len(letters):
                rows = [
                    f"<{i:04X}> <{c.encode('utf-16-be').hex().upper()}>" for i, c in zip(free, letters, strict=True)
                ]
                blocks = [rows[i : i + 100] for i in range(0, len(rows), 100)]
                more = "".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar\n" for b in blocks)
                thing.ToUnicode.write(text.replace(b"endcmap", more.encode() + b"endcmap", 1))


def _glyphs(program: bytes) -> int:
    """How many glyphs a TrueType font program has: its table "maxp" (OpenType, "Font tables")."""
    tables = int.from_bytes(program[4:6], "big")
    for i in range(12, 12 + 16 * tables, 16):
        if program[i : i + 4] == b"maxp":
            at = int.from_bytes(program[i + 8 : i + 12], "big")
            return int.from_bytes(program[at + 4 : at + 6], "big")
    return 0


def _mapped(text: bytes) -> set[int]:
    """The glyphs to which a text map gives a letter."""
    made: set[int] = set()
    for block in re.findall(rb"beginbfrange\n(.*?)endbfrange", text, re.DOTALL):
        for row in block.splitlines():
            first, last = (int(found, 16) for found in _HEX.findall(row)[:2])
            made.update(range(first, last + 1))
    return made


def _mended_row(row: bytes) -> tuple[bytes, int]:
    """One row of a text map: <glyph> <letter>, <first> <last> <letter> or <first> <last> [<letter> …]."""
    parts = list(_HEX.finditer(row))
    numbers = [int(part[1], 16) for part in parts]
    if len(parts) < 2:
        return row, 0
    if b"[" in row or len(parts) == 2:
        given = numbers[2:] if b"[" in row else numbers[1:]
    else:
        first, last, start = numbers[:3]
        given = [start + i for i in range(last - first + 1)]
    letters = [plain_letter(chr(number)) for number in given]
    n = sum(chr(old) != new for old, new in zip(given, letters, strict=True))
    if not n:
        return row, 0
    targets = [b"<" + letter.encode("utf-16-be").hex().upper().encode() + b">" for letter in letters]
    if len(parts) == 2:
        return parts[0][0] + b" " + targets[0], n
    return parts[0][0] + b" " + parts[1][0] + b" [" + b" ".join(targets) + b"]", n


def _set_exact_size(pdf: Pdf, page: pikepdf.Page, facts: PageFacts) -> None:
    """The page as large as the paper; Qt rounds it to whole points and counts from the top of that page."""
    width, height = facts.width * _POINTS_MM, facts.height * _POINTS_MM
    shift = height - float(page.mediabox[3])
    page.contents_add(pdf.make_stream(f"q 1 0 0 1 0 {shift:.5f} cm\n".encode()), prepend=True)
    page.contents_add(pdf.make_stream(b"\nQ"))
    for box in ("/MediaBox", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        if box in page.obj or box == "/MediaBox":
            page.obj[box] = Array([0, 0, round(width, 4), round(height, 4)])


def _describe(pdf: Pdf, about: About, date: datetime.date) -> None:
    """Title, author and dates; Qt's own metadata stream with its clock goes."""
    if "/Metadata" in pdf.Root:
        del pdf.Root["/Metadata"]
    if "/ID" in pdf.trailer:  # drawn by lot; a new one is made from the contents
        del pdf.trailer["/ID"]
    stamp = f"D:{date:%Y%m%d}000000Z"
    pdf.docinfo = pdf.make_indirect(
        Dictionary(
            Title=String(about.title),
            Author=String(about.author),
            Subject=String(about.subject),
            Creator=String("Yantu 盐图"),
            CreationDate=String(stamp),
            ModDate=String(stamp),
        )
    )
    pdf.Root["/Lang"] = String("zh-CN" if about.language == "zh" else "en")
    pdf.Root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True, PrintScaling=Name("/None"))
