"""What Qt's PDF leaves wanting, mended with pikepdf: text map, exact page size, georeference, dates."""

from __future__ import annotations

import datetime
import re
import unicodedata
from decimal import Decimal
from pathlib import Path

import pikepdf
import pyproj
from pikepdf import Array, Dictionary, Name, Pdf, String

from desktop.sheets.map_frame import corner_points
from gis.cartography.sheets.specification import SheetSpec

_POINTS_MM = 72.0 / 25.4
_HEX = re.compile(rb"<([0-9A-Fa-f]{4})>")
# CJK Radicals Supplement, which have no NFKC form: radical -> letter (after Unicode's EquivalentUnifiedIdeograph.txt).
_SUPPLEMENT = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺍⺎⺏⺐⺑⺒⺓⺔⺖⺗⺘⺙⺛⺝⺞⺠⺡⺢⺣⺤⺥⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺶⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⺕⺦⺳",
    "厂乛乚乙亻冂几刀刂卜㔾小兀尣尢尣巳幺彑忄㣺扌攵旡月歺民氵氺灬爫爪牛犭王疋目示礻竹糹纟罓罒羊羊耂肀聿月臼艹艹艹虎衤覀西见角訁讠贝车辶辶辶阝钅長镸长门丨阝雨青韦页风飞食飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀彐丬㓁",
)


def repair(path: Path, spec: SheetSpec, date: datetime.date) -> None:
    """Mend the one-page PDF at ``path`` in place."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        mend_text_maps(pdf)
        _set_exact_size(pdf, spec)
        _add_georeference(pdf, spec)
        _describe(pdf, spec, date)
        pdf.save(path, min_version="1.7", deterministic_id=True, compress_streams=True,
                 object_stream_mode=pikepdf.ObjectStreamMode.generate)  # fmt: skip


def plain_letter(letter: str) -> str:
    """The letter itself for a Kangxi or supplement radical (U+2E80–2FDF) that only looks like it; a space for a tab."""
    if letter == "\t":
        return " "
    if letter == "\u2f3e":
        return "户"  # NFKC gives 戶; simplified fonts share the glyph with 户
    if "\u2f00" <= letter <= "\u2fdf":
        return unicodedata.normalize("NFKC", letter)
    if "\u2e80" <= letter <= "\u2eff":
        return unicodedata.normalize("NFKC", letter.translate(_SUPPLEMENT))
    return letter


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
                    row, n = _mended_row(row)
                    mended += n
                rows.append(row)
            thing.ToUnicode.write(b"\n".join(rows))
    return mended


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


def _set_exact_size(pdf: Pdf, spec: SheetSpec) -> None:
    """The page as large as the paper; Qt rounds it to whole points and counts from the top of that page."""
    page = pdf.pages[0]
    width, height = spec.paper.width * _POINTS_MM, spec.paper.height * _POINTS_MM
    shift = height - float(page.mediabox[3])
    page.contents_add(pdf.make_stream(f"q 1 0 0 1 0 {shift:.5f} cm\n".encode()), prepend=True)
    page.contents_add(pdf.make_stream(b"\nQ"))
    for box in ("/MediaBox", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        if box in page.obj or box == "/MediaBox":
            page.obj[box] = Array([0, 0, round(width, 4), round(height, 4)])


def _add_georeference(pdf: Pdf, spec: SheetSpec) -> None:
    """A geospatial viewport over the map: ISO 32000-2 §12.9 (viewport) and §12.10 (geospatial measure)."""
    corners = corner_points(spec.map_item)
    height = spec.paper.height
    points = [(p.x() * _POINTS_MM, (height - p.y()) * _POINTS_MM) for p in corners]
    x0, y0 = points[0]
    x1, y1 = points[2]
    crs = pyproj.CRS(spec.crs)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    xmin, ymin, xmax, ymax = spec.extent
    ground = [(xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)]
    degrees = []
    for x, y in ground:
        lon, lat = to_degrees.transform(x, y)
        degrees += [Decimal(f"{lat:.9f}"), Decimal(f"{lon:.9f}")]  # pikepdf would cut a float to about 5 cm
    unit_square = [0, 0, 1, 0, 1, 1, 0, 1]
    system = Dictionary(Type=Name.PROJCS, WKT=String(crs.to_wkt("WKT1_ESRI")))
    if (code := crs.to_epsg()) is not None:
        system.EPSG = code
    measure = Dictionary(
        Type=Name.Measure,
        Subtype=Name.GEO,
        Bounds=Array(unit_square),
        GCS=pdf.make_indirect(system),
        GPTS=Array(degrees),
        LPTS=Array(unit_square),
        PDU=Array([Name.M, Name.SQM, Name.DEG]),
    )
    viewport = Dictionary(
        Type=Name.Viewport,
        Name=String(spec.fields.get("title") or spec.template),
        BBox=Array([round(v, 4) for v in (x0, y0, x1, y1)]),
        Measure=pdf.make_indirect(measure),
    )
    pdf.pages[0].obj["/VP"] = Array([viewport])


def _describe(pdf: Pdf, spec: SheetSpec, date: datetime.date) -> None:
    """Title, author and dates; Qt's own metadata stream with its clock goes."""
    if "/Metadata" in pdf.Root:
        del pdf.Root["/Metadata"]
    if "/ID" in pdf.trailer:  # drawn by lot; a new one is made from the contents
        del pdf.trailer["/ID"]
    stamp = f"D:{date:%Y%m%d}000000Z"
    pdf.docinfo = pdf.make_indirect(
        Dictionary(
            Title=String(spec.fields.get("title", "")),
            Author=String(spec.fields.get("maker", "")),
            Subject=String(spec.fields.get("subtitle", "")),
            Creator=String("Yantu 盐图"),
            CreationDate=String(stamp),
            ModDate=String(stamp),
        )
    )
    pdf.Root["/Lang"] = String("zh-CN" if spec.language == "zh" else "en")
    pdf.Root["/ViewerPreferences"] = Dictionary(DisplayDocTitle=True, PrintScaling=Name("/None"))
