"""``report``: analyses, targets, inventory and the state of the data in one document."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from desktop.commands.console import PROJECT, Console, verb
from desktop.commands.dates import DATE
from desktop.commands.lists import listed


@click.command(short_help="Analyses and targets in one document. 评估报告。")
@PROJECT
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Ending .pdf, or .xlsx for the tables.")
@click.option("--run", "runs", type=int, multiple=True, help="An analysis; again for more; the newest of each without.")
@click.option("--area", metavar="CODE", help="Only the area with this division code. 区域编号。")
@click.option(
    "--sections", callback=listed, help="summary,targets,inventory,coverage,quality,changes,tables,definitions"
)
@click.option("--since", default="", metavar="YYYY-MM-DD", help="Also tell what was edited since. 变更起始日期。")
@click.option("--targets", metavar="NAME|FILE", help="Another set of targets. 目标文件。")
@click.option("--title", default="", help="报告名称")
@click.option("--maker", default="", help="编制单位")
@click.option("--mark", default="", help="密级或提示, for example 内部资料")
@DATE
@verb
def report(
    console: Console,
    project: Path,
    out: Path,
    runs: tuple[int, ...],
    area: str | None,
    sections: tuple[str, ...] | None,
    since: str,
    targets: str | None,
    title: str,
    maker: str,
    mark: str,
    date: datetime.date,
) -> None:
    """Write the report headless; the same project, wish and date give the same bytes."""
    from desktop.sheets.application import ensure_application
    from desktop.sheets.report.writing import write_report
    from gis.project import Session
    from gis.project.report import ReportWish
    from gis.project.targets import DEFAULT

    wish = ReportWish(area, runs or None, sections or (), since, title, maker, mark, targets or DEFAULT)
    with Session.open(project, readonly=True) as session, console.progress() as progress:
        ensure_application()
        files = write_report(session, wish, out, language=console.language, date=date, progress=progress)
    console.result({"files": [str(file) for file in files]}, *(str(file) for file in files))
