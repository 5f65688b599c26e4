"""``sample new info verify backup``: whole project files."""

from __future__ import annotations

from pathlib import Path

import click

from desktop.commands.console import PROJECT, REFUSED, Console, verb


@click.command(short_help="A sample city and its OUT.truth.json. 生成示例城市。")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--features", default=20_000, show_default=True, type=click.IntRange(1_000, 1_000_000))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@verb
def sample(console: Console, out: Path, features: int, seed: int) -> None:
    """Make a sample city of about so many features; its true answers lie beside it."""
    from datasets.sample import make

    with console.progress() as progress:
        truth = make(out, features, seed, progress)
    counts = truth["counts"]
    total = truth["spatial_features"]
    console.result(
        {"project": str(out), "truth": f"{out}.truth.json", "features": total, "classes": counts},
        console.words(f"已生成 {out}，共 {total:,} 个要素", f"Made {out} with {total:,} features"),
    )


@click.command(short_help="An empty city. 新建空项目。")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--crs", default="EPSG:4549", show_default=True, help="A projected, metric coordinate system.")
@click.option("--name", default="", help="The city's name.")
@verb
def new(console: Console, out: Path, crs: str, name: str) -> None:
    """Make an empty project."""
    from gis.project import Session

    with Session.create(out, crs=crs, name=name):
        pass
    console.result({"project": str(out), "crs": crs}, console.words(f"已新建 {out}", f"Made {out}"))


@click.command(short_help="Classes with counts, extent, CRS, health. 项目概况。")
@PROJECT
@verb
def info(console: Console, project: Path) -> None:
    """What a project holds."""
    from gis.project import Session

    with Session.open(project, readonly=True) as session:
        document = session.info()
        lines = [f"{document['name'] or project.name}  {document['crs']}  v{document['schema_version']}"]
        for cls in session.catalogue:
            count = document["classes"][cls.name]["count"]
            lines.append(f"{count:>10,}  {cls.name:<16} {cls.label.text(console.language)}")
    console.result(document, *lines)


@click.command(short_help="Integrity, spatial index, keys, journal. 检查文件。")
@PROJECT
@verb
def verify(console: Console, project: Path) -> None:
    """Check a file as a whole; exit status 1 when something is wrong."""
    from gis.errors import say
    from gis.project import Session

    with Session.open(project, readonly=True) as session, console.progress() as progress:
        problems = session.verify(progress)
    found = [{"code": p.code, "message": say(p.code, console.language, **p.args)} for p in problems]
    lines = [entry["message"] for entry in found] or [console.words("文件完好", "The file is sound")]
    console.result({"ok": not found, "problems": found}, *lines)
    if found:
        raise SystemExit(REFUSED)


@click.command(short_help="A safe copy while others work. 备份。")
@PROJECT
@click.argument("out", type=click.Path(path_type=Path))
@verb
def backup(console: Console, project: Path, out: Path) -> None:
    """Copy a project, also while it is being edited."""
    from gis.project import Session

    with Session.open(project, readonly=True) as session, console.progress() as progress:
        session.backup(out, progress)
    size = out.stat().st_size
    console.result(
        {"backup": str(out), "bytes": size},
        console.words(f"已备份到 {out}（{size / 1e6:.1f} MB）", f"Backed up to {out} ({size / 1e6:.1f} MB)"),
    )
