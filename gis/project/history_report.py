"""The history as a report for the file: who did what, when and to how many, as HTML to print or CSV to reckon with."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, TextIO

from gis.errors import Language, Refusal
from gis.progress import Progress
from gis.project.history import Entry
from gis.project.history_search import HistoryFilter
from gis.project.history_words import changed_values, local_time
from gis.project.session import Session

ROWS = 200  # of one edit whose values are written; the rest is counted
_PAGE = 500
_STYLE = """
body{font:14px/1.5 "Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif;margin:32px;color:#1d2530}
h1{font-size:22px;margin:0 0 4px}p{color:#55606e;margin:0 0 16px}
table{border-collapse:collapse;width:100%}th{text-align:left;color:#55606e;font-weight:600}
th,td{padding:6px 12px 6px 0;border-bottom:1px solid #dfe4ea;vertical-align:top}
td.n{white-space:nowrap}tr.off td{color:#6b7684;text-decoration:line-through}
ul{margin:4px 0 0;padding-left:18px;color:#3b4653}del{color:#9b2c2c}ins{color:#1f6f43;text-decoration:none}
thead{display:table-header-group}tr{break-inside:avoid}
"""
_WORDS = {
    "zh": ("编辑历史", "编号", "时间", "作者", "操作", "数量", "状态", "已撤销", "有效", "要素类", "要素", "字段",
           "修改前", "修改后"),
    "en": ("Edit history", "No.", "When", "Who", "What", "Rows", "State", "undone", "in force", "Class", "Feature",
           "Field", "Before", "After"),
}  # fmt: skip


def write_report(
    session: Session,
    path: Path,
    wanted: HistoryFilter | None = None,
    *,
    language: Language = "zh",
    values: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write the edits that are wanted, newest first, to ``path`` (.html or .csv); the number of edits written.

    ``values``: with old and new values of the first 200 rows of each. The file appears only when it is whole. Raises
    Refusal ``history.report_format``, ``history.report_failed``.
    """
    write = {".html": _html, ".htm": _html, ".csv": _csv}.get(path.suffix.lower())
    if write is None:
        raise Refusal("history.report_format", name=path.name)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
    counted: Counter[str] = Counter()
    try:
        # The byte-order mark lets spreadsheets see that a CSV is UTF-8.
        with fresh.open("w", encoding="utf-8-sig" if write is _csv else "utf-8", newline="") as file:
            entries = _counting(_entries(session, wanted or HistoryFilter(), progress or Progress()), counted)
            write(file, session, entries, language, values)
        fresh.replace(path)
    except OSError as error:
        raise Refusal("history.report_failed", file=str(path), reason=error.strerror or str(error)) from error
    finally:
        fresh.unlink(missing_ok=True)
    return counted["entries"]


def _entries(session: Session, wanted: HistoryFilter, progress: Progress) -> Iterator[Entry]:
    search = session.search_history(wanted)
    done = 0
    while not search.ended:
        for entry in search.page(_PAGE, progress):
            progress.step(done, 0, "history.reporting")
            done += 1
            yield entry


def _counting(entries: Iterator[Entry], counted: Counter[str]) -> Iterator[Entry]:
    for entry in entries:
        counted["entries"] += 1
        yield entry


def _counts(session: Session, entry: Entry, language: Language) -> str:
    names = {cls.name: cls.label.text(language) for cls in session.catalogue}
    return ", ".join(f"{names.get(name, name)} {count}" for name, count in entry.counts.items())


def _rows(session: Session, entry: Entry, language: Language) -> Iterator[tuple[str, str, list[tuple[str, str, str]]]]:
    """Class, title and changed values of the first rows of an edit."""
    for change in session.entry_details(entry.seq, ROWS):
        cls = session.catalogue[change.cls]
        known: dict[str, Any] = {**change.old, **change.new}
        title = known.get("code") or known.get("name") or f"#{change.id}"
        yield cls.label.text(language), str(title), changed_values(cls, change.old, change.new, language)


def _html(file: TextIO, session: Session, entries: Iterator[Entry], language: Language, values: bool) -> None:
    words = _WORDS[language]
    name = session.path.stem
    file.write(f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(words[0])}</title>')
    file.write(f"<style>{_STYLE}</style><h1>{escape(words[0])}</h1><p>{escape(name)}</p><table><thead><tr>")
    file.write("".join(f"<th>{escape(word)}</th>" for word in words[1:6]) + "</tr></thead><tbody>")
    for entry in entries:
        what = escape(entry.text(language))
        if values:
            what += "".join(
                f"<ul><li>{escape(cls)} {escape(title)}<ul>"
                + "".join(
                    f"<li>{escape(label)}: <del>{escape(old) or '—'}</del> → <ins>{escape(new) or '—'}</ins></li>"
                    for label, old, new in changed
                )
                + "</ul></li></ul>"
                for cls, title, changed in _rows(session, entry, language)
            )
            rest = sum(entry.counts.values()) - ROWS
            what += f"<p>+ {rest}</p>" if rest > 0 else ""
        cells = (str(entry.seq), local_time(entry.at), entry.author)
        file.write('<tr class="off">' if entry.undone else "<tr>")
        file.write("".join(f'<td class="n">{escape(cell)}</td>' for cell in cells))
        file.write(f"<td>{what}</td><td>{escape(_counts(session, entry, language))}</td></tr>\n")
    file.write("</tbody></table></html>\n")


def _csv(file: TextIO, session: Session, entries: Iterator[Entry], language: Language, values: bool) -> None:
    words = _WORDS[language]
    write = csv.writer(file).writerow
    write([*words[1:7], *(words[9:] if values else ())])
    for entry in entries:
        state = words[7] if entry.undone else words[8]
        row = [
            entry.seq, local_time(entry.at), _safe(entry.author), _safe(entry.text(language)),
            _counts(session, entry, language), state,
        ]  # fmt: skip
        if not values:
            write(row)
            continue
        for cls, title, changed in _rows(session, entry, language):
            for label, old, new in changed:
                write([*row, cls, _safe(title), label, _safe(old), _safe(new)])


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t", "\r") else text
