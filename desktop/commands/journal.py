"""``history undo redo``: what was done, and taking it back."""

from __future__ import annotations

from pathlib import Path

import click

from desktop.commands.console import PROJECT, Console, verb


@click.command(short_help="Who did what, when. 历史记录。")
@PROJECT
@click.option("--id", "key", type=int, help="Only what touched this feature, with old and new values.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@verb
def history(console: Console, project: Path, key: int | None, limit: int) -> None:
    """The newest entries of the journal first."""
    from gis.errors import say
    from gis.project import Session

    with Session.open(project, readonly=True) as session:
        entries = []
        for entry in session.history(id=key, limit=limit):
            row = {
                "seq": entry.seq,
                "at": entry.at,
                "author": entry.author,
                "label": say(entry.label, console.language, **entry.label_args),
                "undone": entry.undone,
                "counts": dict(entry.counts),
            }
            if key is not None:
                row["changes"] = [
                    {"class": c.cls, "id": c.id, "op": c.op, "old": _plain(c.old), "new": _plain(c.new)}
                    for c in session.entry_details(entry.seq)
                    if c.id == key
                ]
            entries.append(row)
    mark = console.words("（已撤销）", " (undone)")
    lines = [f"{e['seq']:>6}  {e['at']}  {e['author']}  {e['label']}{mark if e['undone'] else ''}" for e in entries]
    console.result({"entries": entries}, *lines)


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Values as JSON can carry them; geometries as WKT."""
    return {k: getattr(v, "wkt", v) for k, v in values.items()}


@click.command(short_help="Take back the last actions. 撤销。")
@PROJECT
@click.argument("n", type=click.IntRange(1), default=1)
@verb
def undo(console: Console, project: Path, n: int) -> None:
    """Undo the last N actions, over restarts too."""
    from gis.project import Session

    with Session.open(project) as session:
        seqs = session.undo(n)
    console.result({"undone": seqs}, console.words(f"已撤销 {len(seqs)} 步", f"{len(seqs)} undone"))


@click.command(short_help="Do undone actions again. 重做。")
@PROJECT
@click.argument("n", type=click.IntRange(1), default=1)
@verb
def redo(console: Console, project: Path, n: int) -> None:
    """Redo the last N undone actions."""
    from gis.project import Session

    with Session.open(project) as session:
        seqs = session.redo(n)
    console.result({"redone": seqs}, console.words(f"已重做 {len(seqs)} 步", f"{len(seqs)} redone"))
