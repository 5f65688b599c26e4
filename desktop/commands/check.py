"""``check``: what is wrong in a project, mended where asked, with a report."""

from __future__ import annotations

from pathlib import Path

import click

from desktop.commands.console import PROJECT, Console, verb


@click.command(short_help="What is wrong, and mending it. 检查与修复。")
@PROJECT
@click.option("--rule", "rules", multiple=True, metavar="R", help="Only this rule; may be repeated. 只用这条规则。")
@click.option("--area", metavar="CODE", help="Only issues in the area with this division code. 只看这个区域。")
@click.option("--fix", "mended", multiple=True, metavar="R", help="Mend the issues of this rule. 修复这条规则的问题。")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Also write .html, .csv or .json.")
@verb
def check(
    console: Console, project: Path, rules: tuple[str, ...], area: str | None, mended: tuple[str, ...],
    report: Path | None,
) -> None:  # fmt: skip
    """Run the rules over the whole project. Issues are no failure: the status is 0 with them, too."""
    from gis.project import Session
    from gis.project.asking import area_shape
    from gis.project.check_report import document, write_report
    from gis.project.checking import Checking

    with Session.open(project, readonly=not mended) as session:
        outline = None if area is None else area_shape(session, area)
        checking = Checking(session)
        fixed, refused = 0, []
        with console.progress() as progress:
            checking.run(progress, rules=[*rules, *mended] if rules else None)
            for rule in mended:
                asked = [i for i in checking.within(outline) if i.rule == checking.known(rule).name and i.fixes]
                done = checking.fix_alike(asked, progress=progress)
                fixed += done.fixed
                for key, refusal in done.refused.items():
                    refused.append({"key": key, "refusal": refusal.code, "message": refusal.message(console.language)})
        shown = [i for i in checking.within(outline) if not rules or i.rule in rules]
        found = document(checking, console.language, shown)
        if report is not None:
            write_report(checking, report, console.language, shown)
        titles = {name: rule.title(console.language) for name, rule in checking.rules().items()}
        checking.close()
    lines = [f"{count:>8,}  {titles[name]}（{name}）" for name, count in found["counts"].items()]
    if not lines:
        lines = [console.words("没有发现问题", "Nothing is wrong")]
    if mended:
        lines.append(
            console.words(f"已修复 {fixed} 个，{len(refused)} 个未处理", f"{fixed} mended, {len(refused)} left")
        )
    if report is not None:
        console.remark(console.words(f"报告已写入 {report}", f"The report stands in {report}"))
    console.result({**found, "fixed": fixed, "refused": refused}, *lines)
