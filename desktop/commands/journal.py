"""``history undo redo``: what was done, a report of it, and taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desktop.commands.console import PROJECT, Console, verb

if TYPE_CHECKING:
    from gis.project import Session
    from gis.project.history_conflicts import Way


@click.command(short_help="Who did what, when. 历史记录。")
@PROJECT
@click.option("--id", "key", type=int, help="Only what touched this feature, with old and new values.")
@click.option("--class", "cls", default=None, help="Only what touched this class.")
@click.option("--author", default=None, help="Only edits by this author.")
@click.option("--since", default=None, help="From this date or moment on (local time), as 2025-03-31.")
@click.option("--until", default=None, help="Up to this date (included) or moment.")
@click.option("--area", default=None, help="Only what touched something in the area of this code.")
@click.option("--text", default="", help="Only edits whose words hold this.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--report", "report_to", type=click.Path(path_type=Path), help="Write all of it as .html or .csv.")
@click.option("--values", is_flag=True, help="The report holds old and new values.")
@verb
def history(
    console: Console,
    project: Path,
    key: int | None,
    cls: str | None,
    author: str | None,
    since: str | None,
    until: str | None,
    area: str | None,
    text: str,
    limit: int,
    report_to: Path | None,
    values: bool,
) -> None:
    """The newest entries of the journal first."""
    from gis.project import Session
    from gis.project.history_report import write_report
    from gis.project.history_search import HistoryFilter
    from gis.project.history_words import utc_moment

    with Session.open(project, readonly=True) as session:
        wanted = HistoryFilter(
            None if cls is None else session.catalogue.find(cls).name,
            key,
            author,
            None if since is None else utc_moment(since),
            None if until is None else utc_moment(until, end=True),
            text,
            None if area is None else _box_of(session, area),
        )
        if report_to is not None:
            with console.progress() as progress:
                count = write_report(
                    session, report_to, wanted, language=console.language, values=values, progress=progress
                )
            said = console.words(f"已写出 {count} 条记录到 {report_to}", f"{count} edits written to {report_to}")
            console.result({"file": str(report_to), "entries": count}, said)
            return
        entries = [_document(console, session, entry, key) for entry in session.search_history(wanted).page(limit)]
    mark = console.words("（已撤销）", " (undone)")
    lines = [f"{e['seq']:>6}  {e['at']}  {e['author']}  {e['label']}{mark if e['undone'] else ''}" for e in entries]
    console.result({"entries": entries}, *lines)


def _document(console: Console, session: Session, entry: Any, key: int | None) -> dict[str, Any]:
    row = {
        "seq": entry.seq,
        "at": entry.at,
        "author": entry.author,
        "label": entry.text(console.language),
        "undone": entry.undone,
        "counts": dict(entry.counts),
    }
    if key is not None:
        row["changes"] = [
            {"class": c.cls, "id": c.id, "op": c.op, "old": _plain(c.old), "new": _plain(c.new)}
            for c in session.entry_details(entry.seq, id=key)
        ]
    return row


def _box_of(session: Session, code: str) -> tuple[float, float, float, float]:
    from gis.errors import Refusal

    found = session.columns("area", ["code"], where='"code" = ?', params=(code,))
    if not len(found) or found.geometry is None or found.geometry[0] is None:
        raise Refusal("query.no_area", area=code)
    xmin, ymin, xmax, ymax = found.geometry[0].bounds
    return float(xmin), float(ymin), float(xmax), float(ymax)


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Values as JSON can carry them; geometries as WKT."""
    return {k: getattr(v, "wkt", v) for k, v in values.items()}


_KEEP = click.option(
    "--keep",
    type=click.Choice(["mine", "theirs"]),
    help="Where another program changed the same rows: what undo gives (mine), or its values (theirs).",
)


@click.command(short_help="Take back the last actions. 撤销。")
@PROJECT
@click.argument("n", type=click.IntRange(1), default=1)
@_KEEP
@verb
def undo(console: Console, project: Path, n: int, keep: str | None) -> None:
    """Undo the last N actions, over restarts too."""
    seqs, merged = _step(console, project, n, "undo", keep)
    said = console.words(f"已撤销 {len(seqs)} 步", f"{len(seqs)} undone")
    console.result({"undone": seqs} | ({"merged": merged} if merged else {}), said)


@click.command(short_help="Do undone actions again. 重做。")
@PROJECT
@click.argument("n", type=click.IntRange(1), default=1)
@_KEEP
@verb
def redo(console: Console, project: Path, n: int, keep: str | None) -> None:
    """Redo the last N undone actions."""
    seqs, merged = _step(console, project, n, "redo", keep)
    said = console.words(f"已重做 {len(seqs)} 步", f"{len(seqs)} redone")
    console.result({"redone": seqs} | ({"merged": merged} if merged else {}), said)


def _step(console: Console, project: Path, n: int, way: Way, keep: Any) -> tuple[list[int], list[int]]:
    """The numbers of the edits undone or redone, and of the edit that settled a conflict, after which it ends."""
    from gis.errors import Refusal
    from gis.project import Session
    from gis.project.history_conflicts import collision, settle

    with Session.open(project) as session:
        seqs: list[int] = []
        for _ in range(n):
            try:
                seqs += session.undo() if way == "undo" else session.redo()
            except Refusal as refusal:
                if seqs and refusal.code in ("storage.nothing_to_undo", "storage.nothing_to_redo"):
                    break
                found = collision(session, way) if refusal.code == "storage.conflict" else None
                if found is None:
                    raise
                if keep is None:
                    raise _refusal(console, session, found) from refusal
                done = settle(session, found, {}, keep)
                return seqs, [done.seq] if done.seq is not None else []
        return seqs, []


def _refusal(console: Console, session: Session, found: Any) -> Exception:
    from gis.errors import Refusal

    rows = []
    for row in (*found.rows, *found.others)[:20]:
        cls = session.catalogue[row.cls]
        known = session.row(row.cls, row.id) or row.base or row.mine or {}
        fields = "、".join(
            cls.field(name).label.text(console.language) for name in row.merged.conflicts if cls.has_field(name)
        )
        title = known.get("code") or f"#{row.id}"
        rows.append(f"{cls.label.text(console.language)} {title}" + (f"（{fields}）" if fields else ""))
    return Refusal("history.conflicts", count=len(found.rows) or len(found.others), rows="；".join(rows))
