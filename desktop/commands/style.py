"""``style``: how layers are drawn: listed, taken from files of Yantu and QGIS, written to them, reset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from desktop.commands.console import PROJECT, Console, verb
from gis.errors import Refusal


@click.command(short_help="List, import, export and reset the styles of layers. 图层样式。")
@PROJECT
@click.option("--class", "cls", help="A class by name or label; without it all of them.")
@click.option("--import", "source", type=click.Path(path_type=Path), help="A .yantu-style.json or a QGIS .qml")
@click.option(
    "--export", "target", type=click.Path(path_type=Path), help="A .yantu-style.json, for one class also .qml"
)
@click.option("--reset", is_flag=True, help="Draw as the catalogue says.")
@verb
def style(
    console: Console, project: Path, cls: str | None, source: Path | None, target: Path | None, reset: bool
) -> None:
    """List the styles; first take those of a file, or reset, where asked for; then write them to a file."""
    from gis.project import Session
    from gis.project import styles as saved

    if source is not None and reset:
        raise click.UsageError("--import | --reset")
    passed_over: tuple[str, ...] = ()
    refused: dict[str, Refusal] = {}
    with Session.open(project, readonly=source is None and not reset) as session:
        kind = session.catalogue.find(cls) if cls else None
        if kind is not None and not kind.spatial:
            raise Refusal("style.not_drawn", cls=kind.label.zh, cls_en=kind.label.en)
        names = [kind.name] if kind else [c.name for c in session.catalogue if c.spatial]
        if reset:
            for name in names:
                saved.reset_style(session, name)
        elif source is not None and (kind is not None or source.suffix.lower() == ".qml"):
            if kind is None:
                raise click.UsageError("--class")
            read = saved.read_style(source, kind)
            saved.save_style(session, read.style)
            passed_over = read.passed_over
        elif source is not None:
            sound, refused = saved.read_styles(source, session.catalogue)
            for made in sound.values():
                saved.save_style(session, made)
        drawn = saved.styles_of(session)
        own = set(saved.saved_styles(session))
        if target is not None and kind is not None:
            saved.export_style(drawn[kind.name], target)
        elif target is not None:
            saved.export_styles(drawn.values(), target)
        labels = {name: session.catalogue[name].label.text(console.language) for name in names}
    document: dict[str, Any] = {
        "styles": [
            {"class": name, "mode": drawn[name].mode, "by": drawn[name].by, "symbols": len(drawn[name].variants),
             "crowd": drawn[name].crowd, "own": name in own}
            for name in names
        ],
        "passed_over": list(passed_over),
        "refused": {name: refusal.message(console.language) for name, refusal in refused.items()},
        "files": [] if target is None else [str(target)],
    }  # fmt: skip
    if passed_over:
        console.remark(console.words("未能读懂：", "Not understood: ") + ", ".join(passed_over))
    for name, refusal in refused.items():
        console.remark(f"{name}: {refusal.message(console.language)}")
    mark = console.words("（自定义）", " (own)")
    console.result(
        document,
        *(
            f"{labels[s['class']]}  {s['mode']}{' ' + s['by'] if s['by'] else ''}  {s['symbols']}"
            f"{mark if s['own'] else ''}"
            for s in document["styles"]
        ),
    )
