"""``import``: field files in."""

from __future__ import annotations

import json
from pathlib import Path

import click

from desktop.commands.console import PROJECT, Console, verb


@click.command("import", short_help="Bring a field file home. 导入数据。")
@PROJECT
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--class", "cls", required=True, help="The feature class, by name or label.")
@click.option("--mapping", type=click.Path(path_type=Path), help="A mapping file (JSON).")
@click.option("--save-mapping", type=click.Path(path_type=Path), help="Keep the mapping used.")
@click.option("--encoding", help="utf-8, gb18030, big5 …")
@click.option("--layer", help="The layer, sheet or member of the file; * for all layers.")
@click.option("--crs", help="EPSG:N of the file's coordinates.")
@click.option("--datum", type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]))
@click.option("--x", help="The column of longitude or easting.")
@click.option("--y", help="The column of latitude or northing.")
@click.option("--match", default="code,distance", show_default=True, help="How rows find the features they are.")
@click.option("--tolerance", default=1.0, show_default=True, type=click.FloatRange(0), help="Metres.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--report", "report_to", type=click.Path(path_type=Path), help="Write the report as JSON.")
@verb
def import_file(
    console: Console,
    project: Path,
    file: Path,
    cls: str,
    mapping: Path | None,
    save_mapping: Path | None,
    encoding: str | None,
    layer: str | None,
    crs: str | None,
    datum: str | None,
    x: str | None,
    y: str | None,
    match: str,
    tolerance: float,
    dry_run: bool,
    report_to: Path | None,
) -> None:
    """Import a field file as one undo step; every row is counted, every rejected row named."""
    from gis.exchange.mapping import read_mapping, write_mapping
    from gis.exchange.raw import Dialect
    from gis.project import Session
    from gis.project.import_report import report
    from gis.project.importing import Choices, apply_staged, read_file, stage_file

    with Session.open(project, readonly=dry_run) as session, console.progress() as progress:
        given = read_mapping(mapping, session.catalogue.find(cls)) if mapping else None
        ways = tuple(way.strip() for way in match.split(",") if way.strip())
        choices = Choices(
            Dialect(encoding, layer=layer), crs, datum, x=x, y=y, mapping=given, match=ways, tolerance_m=tolerance
        )
        reading = read_file(session, file, cls, choices, progress)
        staged = stage_file(session, reading, progress)
        document = {**report(reading, staged, console.language), "seq": None, "dry_run": dry_run}
        if save_mapping:
            write_mapping(staged.mapping, save_mapping)
        if report_to:
            report_to.write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")
        if not dry_run:
            document["seq"] = apply_staged(session, reading, staged, progress=progress)
            if report_to:
                report_to.write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")
    counts = staged.counts()
    lines = [
        console.words(
            "读取 {read}：新增 {new}，更新 {changed}，相同 {same}，冲突 {conflict}，拒绝 {rejected}",
            "Read {read}: {new} new, {changed} changed, {same} same, {conflict} in conflict, {rejected} rejected",
        ).format(**counts)
    ]
    row = console.words("  第 {line} 行：{reason}", "  line {line}: {reason}")
    lines.extend(row.format(**entry) for entry in [*document["rejects"], *document["conflicts"]][:20])
    console.result(document, *lines)
