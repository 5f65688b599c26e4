"""The ``yantu`` command: the desktop without a verb, the same work headless with one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from desktop.commands import (
    analysis,
    basemap,
    bulk,
    check,
    drive,
    features,
    imports,
    journal,
    maps,
    picture,
    projects,
    report,
    style,
)
from desktop.commands.console import REFUSED, Console, default_language, verb
from gis.errors import Cancelled


class _VerbOrProject(click.Group):
    """A group in which a first word that is no verb is the project to open."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and ("." in args[0] or os.sep in args[0] or Path(args[0]).exists()):
            return "open", self.commands["open"], args
        return super().resolve_command(ctx, args)


@click.group(cls=_VerbOrProject, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yantu")
@click.pass_context
def yantu(ctx: click.Context) -> None:
    """盐图 Yantu: a city's digital infrastructure in one file. 一座城市的数字基础设施，一个文件。

    Without a verb: the desktop, on PROJECT or the sample city. 不带命令：打开桌面。
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(open_desktop, project=None, as_json=False, lang=None, quiet=False)


@click.command("open", hidden=True)
@click.argument("project", type=click.Path(path_type=Path), required=False)
@verb
def open_desktop(console: Console, project: Path | None) -> None:
    """Open the desktop; where there is no display, do the sample job headless."""
    if has_display():
        from desktop.__main__ import run_desktop

        sys.exit(run_desktop(project))
    from desktop.demonstration import demonstrate

    demonstrate(console, project)


def has_display() -> bool:
    """Whether a window can open here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


for command in (
    open_desktop,
    projects.sample,
    projects.new,
    projects.info,
    projects.verify,
    projects.backup,
    imports.import_file,
    features.export,
    features.query,
    features.expressions,
    features.sql,
    features.edit,
    bulk.renumber,
    journal.history,
    journal.undo,
    journal.redo,
    check.check,
    analysis.analyse,
    maps.draw_map,
    maps.sheets,
    report.report,
    drive.drive,
    basemap.basemap,
    picture.picture,
    style.style,
):
    yantu.add_command(command)


def main() -> None:
    """Entry point of the command; Ctrl+C leaves the project as it was."""
    try:
        yantu()
    except Cancelled:
        click.echo("已取消" if default_language() == "zh" else "Cancelled", err=True)
        sys.exit(REFUSED)
