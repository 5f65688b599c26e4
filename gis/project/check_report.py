"""The report of the checks: counts by rule, severity and area, and every issue; as a web page, a table or JSON."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from gis.checks import Issue, known_rules
from gis.checks.issue import SEVERITIES
from gis.errors import Language, Refusal, say
from gis.project.checking import Checking

_PAGE = 2_000  # issues that a web page lists; the table and JSON have them all
_LEVELS = ("county", "town", "city")  # of areas: the first that the project has


def write_report(checking: Checking, path: Path, language: Language, issues: Sequence[Issue] | None = None) -> None:
    """Write what is known, or only ``issues``, into ``path``, by its ending: .html, .csv (UTF-8 with a mark, for Excel)
    or .json.

    Raises Refusal ``checks.report_kind``, ``checks.no_report``.
    """
    makers = {".html": page, ".htm": page, ".csv": table, ".json": _json_text}
    maker = makers.get(path.suffix.lower())
    if maker is None:
        raise Refusal("checks.report_kind", suffix=path.suffix)
    text = maker(checking, language, issues)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8-sig" if path.suffix.lower() == ".csv" else "utf-8", newline="")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Refusal("checks.no_report", file=str(path), reason=error.strerror or str(error)) from error


def document(checking: Checking, language: Language, issues: Sequence[Issue] | None = None) -> dict[str, Any]:
    """Plain JSON: issues {key, rule, severity, class, ids, feature, place, lonlat, text, fixes, area, ignored}, counts
    by rule, severities, areas, and when everything was looked at. ``issues``: only these (default: all)."""
    chosen = list(checking.issues if issues is None else issues)
    ignored = checking.ignored()
    areas = areas_of(checking, chosen)
    rows = [
        {
            "key": issue.key, "rule": issue.rule, "severity": issue.severity, "class": issue.cls,
            "ids": list(issue.ids), "feature": checking.title(issue.cls, issue.ids[0]),
            "place": None if issue.place is None else [round(v, 3) for v in issue.place],
            "lonlat": lonlat, "text": issue.text(language), "fixes": [fix.code for fix in issue.fixes],
            "area": areas[i], "ignored": ignored[issue.key].reason if issue.key in ignored else None,
        }
        for i, (issue, lonlat) in enumerate(zip(chosen, _lonlats(checking, chosen), strict=True))
    ]  # fmt: skip
    open_ = [row for row in rows if row["ignored"] is None]
    last = checking.last
    return {
        "project": checking.session.path.stem,
        "checked_at": None if last is None else last.at,
        "features": None if last is None else last.features,
        "counts": _ordered(Counter(str(row["rule"]) for row in open_), list(known_rules())),
        "severities": _ordered(Counter(str(row["severity"]) for row in open_), list(SEVERITIES)),
        "areas": dict(Counter(str(row["area"] or "") for row in open_).most_common()),
        "issues": rows,
    }


def areas_of(checking: Checking, issues: Sequence[Issue]) -> list[str | None]:
    """The name of the county (else the town, else the city) in which each issue lies."""
    found: list[str | None] = [None] * len(issues)
    at = [i for i, issue in enumerate(issues) if issue.place is not None]
    rows = checking.session.columns("area", ["level", "name", "code"])
    if rows.geometry is None or not at:
        return found
    usable = ~shapely.is_missing(rows.geometry) & shapely.is_valid(rows.geometry)
    for level in _LEVELS:
        chosen = np.flatnonzero(usable & (rows.fields["level"] == level))
        if len(chosen):
            points = shapely.points([issues[i].place for i in at])
            inside, which = shapely.STRtree(rows.geometry[chosen]).query(points, predicate="intersects")
            for i, j in zip(inside.tolist(), chosen[which].tolist(), strict=True):
                found[at[i]] = found[at[i]] or str(rows.fields["name"][j] or rows.fields["code"][j] or "") or None
            break
    return found


def table(checking: Checking, language: Language, issues: Sequence[Issue] | None = None) -> str:
    """One line an issue, under headers in the language, for spreadsheets."""
    catalogue = checking.session.catalogue
    heads = {
        "zh": ["级别", "规则", "要素类", "编码", "问题", "区域", "经度", "纬度", "忽略原因", "要素 ID"],
        "en": ["Severity", "Rule", "Class", "Code", "Issue", "Area", "Longitude", "Latitude", "Ignored because", "Ids"],
    }
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads[language])
    rules = known_rules()
    for row in document(checking, language, issues)["issues"]:
        lon, lat = row["lonlat"] or ("", "")
        writer.writerow(
            _harmless(cell)
            for cell in (
                _SEVERITY[row["severity"]][language], rules[row["rule"]].title(language),
                catalogue[row["class"]].label.text(language), row["feature"], row["text"], row["area"] or "", lon, lat,
                row["ignored"] or "", " ".join(str(id) for id in row["ids"]),
            )
        )  # fmt: skip
    return out.getvalue()


def page(checking: Checking, language: Language, issues: Sequence[Issue] | None = None) -> str:
    """A web page that needs nothing beside itself."""
    found = document(checking, language, issues)
    zh = language == "zh"
    words = {name: both[0 if zh else 1] for name, both in _WORDS.items()}
    rules, catalogue = known_rules(), checking.session.catalogue
    by_rule = [
        [_badge(rules[name].severity, language), escape(rules[name].title(language)), f"{count:,}",
         escape(rules[name].source)]
        for name, count in found["counts"].items()
    ]  # fmt: skip
    by_area = [[escape(name or words["nowhere"]), f"{count:,}"] for name, count in found["areas"].items()]
    open_ = [row for row in found["issues"] if row["ignored"] is None]
    listed = [
        [_badge(row["severity"], language), escape(rules[row["rule"]].title(language)),
         escape(catalogue[row["class"]].label.text(language)), escape(row["feature"] or f"#{row['ids'][0]}"),
         escape(row["text"]), escape(row["area"] or ""), _lonlat(row["lonlat"])]
        for row in open_[:_PAGE]
    ]  # fmt: skip
    passed = [
        [escape(rules[row["rule"]].title(language)), escape(row["feature"] or f"#{row['ids'][0]}"),
         escape(row["text"]), escape(row["ignored"])]
        for row in found["issues"] if row["ignored"] is not None
    ]  # fmt: skip
    totals = "".join(
        f"<div class='total {name}'><b>{found['severities'].get(name, 0):,}</b>{_SEVERITY[name][language]}</div>"
        for name in SEVERITIES
    )
    title = f"{found['project']} · {words['title']}"
    when = str(found["checked_at"] or "–").replace("T", " ")[:16]
    said = words["head"].format(at=when, features=f"{found['features'] or 0:,}", issues=f"{len(open_):,}")
    parts = [
        f"<h1>{escape(title)}</h1><p>{escape(said)}</p><div class='totals'>{totals}</div>",
        f"<h2>{words['by_rule']}</h2>",
        _table([words["severity"], words["rule"], words["count"], words["source"]], by_rule, {2}),
        f"<h2>{words['by_area']}</h2>" + _table([words["area"], words["count"]], by_area, {1}),
        f"<h2>{words['issues']}</h2>",
        f"<p>{words['more'].format(count=f'{_PAGE:,}')}</p>" if len(open_) > _PAGE else "",
        _table([words[n] for n in ("severity", "rule", "class", "feature", "issue", "area", "lonlat")], listed, set()),
        f"<h2>{words['ignored']}</h2>" if passed else "",
        _table([words[n] for n in ("rule", "feature", "issue", "reason")], passed, set()) if passed else "",
    ]
    return (
        f"<!doctype html><html lang='{'zh-CN' if zh else 'en'}'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}</title><style>{_STYLE}</style>"
        f"</head><body>{''.join(parts)}</body></html>\n"
    )


def _json_text(checking: Checking, language: Language, issues: Sequence[Issue] | None = None) -> str:
    return json.dumps(document(checking, language, issues), ensure_ascii=False, indent=1, allow_nan=False)


def _lonlats(checking: Checking, issues: Sequence[Issue]) -> list[list[float] | None]:
    """Longitude and latitude of each place, 7 decimals (a centimetre); None where the projection has no answer."""
    transformer = pyproj.Transformer.from_crs(checking.session.crs, "EPSG:4326", always_xy=True)
    places = np.array([issue.place or (np.nan, np.nan) for issue in issues], float).reshape(-1, 2)
    lon, lat = transformer.transform(places[:, 0], places[:, 1])
    made = zip(np.asarray(lon).tolist(), np.asarray(lat).tolist(), strict=True)
    return [[round(x, 7), round(y, 7)] if np.isfinite([x, y]).all() else None for x, y in made]


def _ordered(counts: Mapping[str, int], order: Sequence[str]) -> dict[str, int]:
    return {name: counts[name] for name in order if counts.get(name)}


def _harmless(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _lonlat(place: Sequence[float] | None) -> str:
    return "" if place is None else f"{place[0]:.6f}, {place[1]:.6f}"


def _badge(severity: str, language: Language) -> str:
    return f"<span class='{severity}'>{_SEVERITY[severity][language]}</span>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[int]) -> str:
    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{' class=n' if i in numbers else ''}>{cell}</{tag}>" for i, cell in enumerate(row))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells([escape(h) for h in heads], 'th')}</tr></thead><tbody>{body}</tbody></table>"


_SEVERITY: dict[str, dict[Language, str]] = {
    name: {"zh": say(f"checks.severity_{name}", "zh"), "en": say(f"checks.severity_{name}", "en")}
    for name in SEVERITIES
}
_WORDS = {
    "title": ("检查报告", "Report of the checks"),
    "head": (
        "检查时间 {at}（UTC），共 {features} 个要素，发现 {issues} 个问题。",
        "Checked at {at} UTC: {features} features, {issues} issues.",
    ),
    "by_rule": ("按规则统计", "By rule"),
    "by_area": ("按区域统计", "By area"),
    "issues": ("问题清单", "Issues"),
    "ignored": ("已忽略的问题", "Ignored issues"),
    "more": (
        "只列出前 {count} 个，全部问题见 CSV 或 JSON 报告。",
        "The first {count} are listed; CSV and JSON have all.",
    ),
    "severity": ("级别", "Severity"),
    "rule": ("规则", "Rule"),
    "count": ("数量", "Count"),
    "source": ("依据", "Source"),
    "area": ("区域", "Area"),
    "class": ("要素类", "Class"),
    "feature": ("要素", "Feature"),
    "issue": ("问题", "Issue"),
    "lonlat": ("经纬度", "Longitude, latitude"),
    "reason": ("忽略原因", "Ignored because"),
    "nowhere": ("（无位置或不在任何区域）", "(no place, or in no area)"),
}
_STYLE = """
:root{color-scheme:light dark;--text:#18222d;--soft:#4c5866;--line:#d9dfe6;--ground:#fff;
--error:#b3261e;--warning:#8a5a00}
@media(prefers-color-scheme:dark){:root{--text:#e8edf2;--soft:#a9b4c0;--line:#2c3641;--ground:#12171d;--error:#ff8a80;
--warning:#e5b550}}
body{font:14px/1.6 "Noto Sans CJK SC","Microsoft YaHei UI","PingFang SC",sans-serif;color:var(--text);
background:var(--ground);max-width:1100px;margin:32px auto;padding:0 24px}
h1{font-size:24px;margin:0}h2{font-size:17px;margin:32px 0 8px}p{color:var(--soft);margin:4px 0 16px}
.totals{display:flex;gap:16px}.total{border:1px solid var(--line);border-radius:8px;padding:8px 24px;color:var(--soft)}
.total b{display:block;font-size:24px;color:var(--text)}.total.error b,.error{color:var(--error)}
.total.warning b,.warning{color:var(--warning)}.hint{color:var(--soft)}td .error,td .warning{font-weight:600}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:4px 12px 4px 0;vertical-align:top;
border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600}.n{text-align:right;
font-variant-numeric:tabular-nums}td span{white-space:nowrap}@media print{body{margin:0;max-width:none}}
"""
