"""What an import did or would do, for people and programs: counts that add up, every row not taken, how it was read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from gis.catalogue import Catalogue
from gis.errors import Language, Refusal, say
from gis.exchange.decisions import Decided
from gis.exchange.mapping import mapping_to_dict
from gis.exchange.raw import Evidence, Reject
from gis.exchange.shift_detection import DatumProposal
from gis.exchange.staging import Staged
from gis.project.import_plan import Applied, ImportPlan

COUNTS = ("read", "new", "changed", "same", "conflict", "rejected")
_PAGE = 2_000  # rows that a web page lists; the table and JSON have them all


def report_of(
    plan: ImportPlan,
    applied: Applied | None = None,
    language: Language = "zh",
    proposal: DatumProposal | None = None,
) -> dict[str, Any]:
    """The import as a JSON-able report; ``applied`` None: what it would do. ``proposal``: a better datum, to be told.

    ``read = new + changed + same + conflict + rejected``, after the user's decisions where it was applied, for the file
    and for each of ``classes``; ``rejects``, ``conflicts`` and ``photo_rejects`` name every row with its line and the
    reason; ``made``: class -> how many features are made because rows need them; ``evidence`` says how the file was
    read; ``applied``: new, changed, left, photos.
    """
    parts: Sequence[Staged | Decided] = [part.staged for part in plan.parts]
    if applied is not None and applied.decided:
        parts = applied.decided
    rejects = plan.ordered(reject for part in parts for reject in part.rejects)
    conflicts = sorted((r for part in parts for r in part.conflicts), key=lambda r: r.line)
    mappings = {
        part.reading.cls: mapping_to_dict(part.reading.mapping)["fields"] for part in plan.parts if not part.made
    }
    own = [part for part in plan.parts if not part.made]
    single = len(own) == 1
    beside = {one.cls: len(one.new) for one in (applied.decided if applied else plan.decided()) if one.cls in plan.made}
    return {
        "file": plan.file,
        "class": own[0].reading.cls if single else None,
        "format": plan.source.format,
        **plan.total(parts),
        "classes": {part.cls: part.counts() for part in parts if part.cls not in plan.made},
        "made": beside,
        "rejects": _listed(rejects, language),
        "conflicts": _listed(conflicts, language),
        "evidence": _told([*plan.evidence, *([] if proposal is None else [proposal_told(proposal)])], language),
        "mapping": {name: _source(source) for name, source in mappings[own[0].reading.cls].items()}
        if single
        else {cls: {name: _source(source) for name, source in fields.items()} for cls, fields in mappings.items()},
        "applied": None
        if applied is None
        else {"new": applied.new, "changed": applied.changed, "left": applied.left, "photos": applied.photos},
        "photo_rejects": _listed(applied.photo_rejects if applied else (), language),
        "seq": None if applied is None else applied.seq,
    }


def proposal_told(proposal: DatumProposal) -> Evidence:
    """A proposed datum, or constant step, as evidence with the figures that speak for it."""
    figures = {
        "offset": f"{proposal.offset_m:.0f}", "matched": f"{proposal.matched}", "before": f"{proposal.before_m:.0f}",
        "after": f"{proposal.after_m:.1f}", "east": f"{-proposal.dx_m:+.1f}", "north": f"{-proposal.dy_m:+.1f}",
    }  # fmt: skip
    if proposal.datum is not None:
        return Evidence("proposal", proposal.datum, "import.datum_proposed", {**figures, "datum": proposal.datum})
    return Evidence("proposal", f"{proposal.dx_m:+.1f}, {proposal.dy_m:+.1f}", "import.step_proposed", figures)


def write_report(document: dict[str, Any], catalogue: Catalogue, path: Path, language: Language = "zh") -> None:
    """Write a report of `report_of` by the file's ending: .json, .html or .xlsx, each whole or not at all.

    Raises Refusal ``import.report_kind``, ``import.not_written``.
    """
    makers = {".json": _json, ".html": _html, ".htm": _html, ".xlsx": _xlsx}
    maker = makers.get(path.suffix.casefold())
    if maker is None:
        raise Refusal("import.report_kind", suffix=path.suffix)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        maker(document, catalogue, draft, language)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Refusal("import.not_written", file=str(path), reason=error.strerror or str(error)) from error


def page(document: dict[str, Any], catalogue: Catalogue, language: Language = "zh") -> str:
    """A web page that needs nothing beside itself."""
    words = {name: both[0 if language == "zh" else 1] for name, both in _WORDS.items()}
    title = f"{document['file']} · {words['title']}"
    totals = "".join(f"<div class='total {n}'><b>{document[n]:,}</b>{escape(words[n])}</div>" for n in COUNTS)
    parts = [f"<h1>{escape(title)}</h1><p>{escape(_said(document, words))}</p><div class=totals>{totals}</div>"]
    for cls, count in document["made"].items():
        parts.append(f"<p>{words['beside']}: {escape(catalogue[cls].label.text(language))} {count:,}</p>")
    if len(document["classes"]) > 1:
        rows = [
            [escape(catalogue[cls].label.text(language)), *(f"{counts[name]:,}" for name in COUNTS)]
            for cls, counts in document["classes"].items()
        ]
        parts.append(f"<h2>{words['by_class']}</h2>")
        parts.append(_table([words["class"], *(words[name] for name in COUNTS)], rows, set(range(1, 7))))
    for name in ("rejects", "conflicts", "photo_rejects"):
        listed = [[str(entry["line"]), escape(entry["reason"])] for entry in document[name][:_PAGE]]
        if listed:
            parts.append(f"<h2>{words[name]}</h2>")
            if len(document[name]) > _PAGE:
                parts.append(f"<p>{words['more'].format(count=f'{_PAGE:,}')}</p>")
            parts.append(_table([words["line"], words["reason"]], listed, {0}))
    parts.append(f"<h2>{words['evidence']}</h2>")
    parts.append(_table([words["what"], words["value"], words["why"]], _evidence(document, words, escape), set()))
    parts.append(f"<h2>{words['mapping']}</h2>")
    parts.append(
        _table(
            [words["class"], words["field"], words["column"]],
            [[escape(cell) for cell in row] for row in _mapped(document, catalogue, language)],
            set(),
        )
    )
    return (
        f"<!doctype html><html lang='{'zh-CN' if language == 'zh' else 'en'}'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}</title><style>{_STYLE}</style>"
        f"</head><body>{''.join(parts)}</body></html>\n"
    )


# --------------------------------------------------------------------------------------------------------------------
def _listed(rejects: Iterable[Reject], language: Language) -> list[dict[str, Any]]:
    return [{"line": r.line, "reason": r.why.message(language), "code": r.why.code} for r in rejects]


def _told(evidence: Iterable[Evidence], language: Language) -> dict[str, dict[str, str]]:
    """What was found -> value, reason and text; what was found twice, as by two classes of one file, says both."""
    told: dict[str, dict[str, str]] = {}
    for e in evidence:
        text = say(e.reason, language, **e.args)
        known = told.setdefault(e.what, {"value": e.value, "reason": e.reason, "text": text})
        if known["text"] != text:
            known |= {"value": f"{known['value']}, {e.value}", "text": f"{known['text']}; {text}"}
    return told


def _source(entry: dict[str, Any]) -> Any:
    """A column's name or a constant where that is all, else everything that is said."""
    return next(iter(entry.values())) if len(entry) == 1 and ("column" in entry or "constant" in entry) else entry


def _json(document: dict[str, Any], catalogue: Catalogue, path: Path, language: Language) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n", "utf-8")


def _html(document: dict[str, Any], catalogue: Catalogue, path: Path, language: Language) -> None:
    path.write_text(page(document, catalogue, language), "utf-8")


def _xlsx(document: dict[str, Any], catalogue: Catalogue, path: Path, language: Language) -> None:
    """A workbook of sheets: summary, rows not taken, how it was read. Rows go out as they come: memory stays flat."""
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    words = {name: both[0 if language == "zh" else 1] for name, both in _WORDS.items()}
    # What a file says is never a formula, a link or a number here: all of it is text.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(str(path), {"constant_memory": True, **plain})
    bold = book.add_format({"bold": True})

    def sheet(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]) -> None:
        made = book.add_worksheet(words[name][:31])
        for at, width in enumerate(widths):
            made.set_column(at, at, width)
        made.write_row(0, 0, [words[head] for head in heads], bold)
        made.freeze_panes(1, 0)
        for at, row in enumerate(rows, 1):
            if at == _MOST_ROWS:
                made.write_row(at, 0, ["…"])
                break
            made.write_row(at, 0, row)

    summary = [
        [words["file"], document["file"]], [words["format"], _value("format", document["format"], words)],
        *([words[name], document[name]] for name in COUNTS),
        *(
            [f"{words['beside']} · {catalogue[cls].label.text(language)}", count]
            for cls, count in document["made"].items()
        ),
        *([words[f"applied_{name}"], value] for name, value in (document["applied"] or {}).items()),
        *(
            [f"{catalogue[cls].label.text(language)} · {words[name]}", counts[name]]
            for cls, counts in document["classes"].items() if len(document["classes"]) > 1 for name in COUNTS
        ),
    ]  # fmt: skip
    lost = [
        [words[name], entry["line"], entry["reason"]]
        for name in ("rejects", "conflicts", "photo_rejects")
        for entry in document[name]
    ]
    try:
        sheet("title", ("what", "value"), summary, (28, 40))
        sheet("not_taken", ("what", "line", "reason"), lost, (18, 10, 80))
        sheet("evidence", ("what", "value", "why"), _evidence(document, words, str), (18, 30, 70))
        sheet("mapping", ("class", "field", "column"), _mapped(document, catalogue, language), (20, 24, 50))
        book.close()
    except FileCreateError as error:
        raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error


def _said(document: dict[str, Any], words: dict[str, str]) -> str:
    done = document["applied"]
    if done is None:
        return words["would"].format(format=_value("format", document["format"], words))
    return words["done"].format(
        format=_value("format", document["format"], words), **{name: f"{count:,}" for name, count in done.items()}
    )


def _evidence(document: dict[str, Any], words: dict[str, str], shown: Any) -> list[list[str]]:
    return [
        [shown(words.get(f"on_{what}", what)), shown(_value(what, str(one["value"]), words)), shown(one["text"])]
        for what, one in document["evidence"].items()
    ]


def _value(what: str, value: str, words: dict[str, str]) -> str:
    """What was found, in words where it is a name of the program's own."""
    known = {"delimiter": "mark", "format": "format", "header": "header", "datum": "datum", "proposal": "datum"}
    return words.get(f"{known.get(what, what)}_{value}", value)


def _mapped(document: dict[str, Any], catalogue: Catalogue, language: Language) -> list[list[str]]:
    classes = {document["class"]: document["mapping"]} if document["class"] else document["mapping"]
    return [
        [
            catalogue[cls].label.text(language),
            catalogue[cls].field(name).label.text(language),
            source if isinstance(source, str) else json.dumps(source, ensure_ascii=False, default=str),
        ]
        for cls, fields in classes.items()
        for name, source in fields.items()
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{' class=n' if i in numbers else ''}>{cell}</{tag}>" for i, cell in enumerate(row))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells([escape(h) for h in heads], 'th')}</tr></thead><tbody>{body}</tbody></table>"


_MOST_ROWS = 1_048_000  # a worksheet holds 1,048,576
_WORDS = {
    "title": ("导入报告", "Import report"),
    "file": ("文件", "File"),
    "format": ("格式", "Format"),
    "read": ("读取", "Read"),
    "new": ("新增", "New"),
    "changed": ("更新", "Changed"),
    "same": ("相同", "Same"),
    "conflict": ("冲突", "In conflict"),
    "rejected": ("拒绝", "Rejected"),
    "applied_new": ("已写入的新增", "Added"),
    "applied_changed": ("已写入的更新", "Updated"),
    "applied_left": ("未写入", "Left alone"),
    "applied_photos": ("照片和文件", "Photos and documents"),
    "would": (
        "格式：{format}。尚未写入，以下是将要发生的。",
        "Format: {format}. Nothing is written yet: this would happen.",
    ),
    "done": (
        "格式：{format}。已新增 {new}，更新 {changed}，未写入 {left}；照片和文件 {photos}。整次导入是一步，可撤销。",
        "Format: {format}. Added {new}, updated {changed}, left {left} alone; {photos} photos and documents. "
        "The import is one step that can be undone.",
    ),
    "beside": ("另建", "Made beside them"),
    "by_class": ("按类别", "By class"),
    "class": ("类别", "Class"),
    "not_taken": ("未导入的行", "Rows not taken"),
    "rejects": ("被拒绝的行", "Rejected rows"),
    "conflicts": ("有冲突的行", "Rows in conflict"),
    "photo_rejects": ("缺失的照片和文件", "Missing photos and documents"),
    "more": (
        "只列出前 {count} 行，全部见 XLSX 或 JSON 报告。",
        "The first {count} are listed; XLSX and JSON have all.",
    ),
    "line": ("行号", "Line"),
    "reason": ("原因", "Reason"),
    "evidence": ("读取依据", "How it was read"),
    "what": ("项目", "What"),
    "value": ("结果", "Value"),
    "why": ("依据", "Why"),
    "mapping": ("字段对应", "Fields and columns"),
    "field": ("字段", "Field"),
    "column": ("列", "Column"),
    "format_delimited": ("文本表格", "Text table"),
    "format_photos": ("照片", "Photos"),
    "format_field project": ("外业工程", "Field project"),
    "format_shapefile": ("Shapefile", "Shapefile"),
    "format_geopackage": ("GeoPackage", "GeoPackage"),
    "format_geojson": ("GeoJSON", "GeoJSON"),
    "format_filegdb": ("文件地理数据库", "File Geodatabase"),
    "format_mapinfo": ("MapInfo", "MapInfo"),
    "format_flatgeobuf": ("FlatGeobuf", "FlatGeobuf"),
    "format_sqlite": ("SQLite / SpatiaLite", "SQLite / SpatiaLite"),
    "format_overpass": ("Overpass（OSM）", "Overpass (OSM)"),
    "format_cass": ("CASS 坐标文件", "CASS points"),
    "format_nmea": ("NMEA 接收机记录", "NMEA receiver log"),
    "format_html": ("网页表格", "Table of a page"),
    **{
        f"format_{name}": (name.upper(), name.upper())
        for name in ("kml", "gpx", "dxf", "osm", "ofds", "xlsx", "xls", "xlsb", "ods")
    },
    "format_ovkml": ("奥维 KML", "Ovital KML"),
    "mark_comma": ("逗号", "comma"),
    "mark_tab": ("制表符", "tab"),
    "mark_semicolon": ("分号", "semicolon"),
    "mark_bar": ("竖线", "vertical bar"),
    "mark_full-width comma": ("全角逗号", "full-width comma"),
    "mark_blanks": ("空格", "blanks"),
    "header_0": ("无", "none"),
    "datum_wgs84": ("WGS84", "WGS84"),
    "datum_cgcs2000": ("CGCS2000", "CGCS2000"),
    "datum_gcj02": ("GCJ-02", "GCJ-02"),
    "datum_bd09": ("BD-09", "BD-09"),
    "on_proposal": ("基准建议", "Proposed datum"),
    "on_sites": ("站址", "Sites"),
    "on_kind": ("文件种类", "Kind of file"),
    "on_class": ("类别", "Class"),
    "on_recipe": ("导入方案", "Recipe"),
    "on_mended": ("修正的图形", "Mended shapes"),
    "on_encoding": ("编码", "Encoding"),
    "on_delimiter": ("分隔符", "Delimiter"),
    "on_decimal": ("小数点", "Decimal mark"),
    "on_header": ("标题行", "Header line"),
    "on_columns": ("坐标列", "Coordinate columns"),
    "on_order": ("坐标顺序", "Order of coordinates"),
    "on_crs": ("坐标系", "Coordinate system"),
    "on_datum": ("基准", "Datum"),
    "on_layer": ("图层", "Layer"),
    "on_format": ("格式", "Format"),
    "on_shift": ("转换参数", "Shift"),
    "on_angles": ("角度写法", "Notation of angles"),
    "on_media": ("照片列", "Photo columns"),
}
_STYLE = """
:root{color-scheme:light dark;--text:#18222d;--soft:#4c5866;--line:#d9dfe6;--ground:#fff;--bad:#b3261e;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--text:#e8edf2;--soft:#a9b4c0;--line:#2c3641;--ground:#12171d;--bad:#ff8a80;
--warn:#e5b550}}
body{font:14px/1.6 "Noto Sans CJK SC","Microsoft YaHei UI","PingFang SC",sans-serif;color:var(--text);
background:var(--ground);max-width:1000px;margin:32px auto;padding:0 24px}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:32px 0 8px}p{color:var(--soft);margin:4px 0 16px}
.totals{display:flex;flex-wrap:wrap;gap:12px}.total{border:1px solid var(--line);border-radius:8px;padding:8px 20px;
color:var(--soft)}.total b{display:block;font-size:24px;color:var(--text)}.total.rejected b{color:var(--bad)}
.total.conflict b{color:var(--warn)}table{border-collapse:collapse;width:100%}th,td{text-align:left;
padding:4px 12px 4px 0;vertical-align:top;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums;width:1%;white-space:nowrap}
@media print{body{margin:0;max-width:none}}
"""
