"""``edit --where`` and ``renumber``: many features changed at once, as one undo step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from desktop.commands.console import PROJECT, Console, verb
from gis.catalogue import FeatureClass, Field


def edit_many(
    console: Console,
    project: Path,
    cls: str,
    key: int | None,
    code: str | None,
    where: str | None,
    settings: tuple[str, ...],
    only_fitting: bool,
    dry_run: bool,
) -> None:
    """Set fields of the features that meet ``where``: FIELD=VALUE to a value, FIELD:=EXPRESSION to what it gives."""
    from gis.project import Session
    from gis.project.asking import id_of_code
    from gis.project.bulk import Calculation, Scope

    with Session.open(project, readonly=dry_run) as session:
        kind = session.catalogue.find(cls)
        if code is not None and key is None:
            key = id_of_code(session, kind, code)
        scope = Scope(kind.name, None if key is None else [key], where)
        wish = Calculation(tuple(_setting(kind, setting) for setting in settings))
        _do(console, session, scope, wish, only_fitting, dry_run)


def is_calculated(setting: str) -> bool:
    """Whether a --set has the form FIELD:=EXPRESSION."""
    return setting.partition("=")[0].endswith(":")


def _setting(cls: FeatureClass, setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not equals:
        raise click.UsageError(f"--set wants FIELD=VALUE or FIELD:=EXPRESSION, not {setting!r}")
    if name.endswith(":"):
        return name[:-1].strip(), value
    quoted = value.replace("'", "''")
    return name.strip(), f"'{quoted}'" if value else "null"


@click.command(short_help="Write codes anew by a template. 按模板重新编号。")
@PROJECT
@click.option("--class", "cls", required=True)
@click.option("--template", required=True, help="For example JK{area}{n:04} or {road}(西)P{n:003}")
@click.option("--where", help="Only features that meet this filter.")
@click.option("--field", default="code", show_default=True)
@click.option(
    "--order", default="code", show_default=True,
    help="code, along, west_east, north_south, nearest, or a field",
)  # fmt: skip
@click.option("--start", type=click.IntRange(0), default=1, show_default=True)
@click.option("--step", type=int, default=1, show_default=True)
@click.option("--through", is_flag=True, help="Numbers run through instead of beginning anew for each road, area …")
@click.option("--skip-taken", is_flag=True, help="Pass over codes that others have.")
@click.option("--only-fitting", is_flag=True, help="Leave alone what a new code does not fit.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@verb
def renumber(
    console: Console,
    project: Path,
    cls: str,
    template: str,
    where: str | None,
    field: str,
    order: str,
    start: int,
    step: int,
    through: bool,
    skip_taken: bool,
    only_fitting: bool,
    dry_run: bool,
) -> None:
    """Number features anew, as one undo step; codes stay unique."""
    from gis.project import Session
    from gis.project.bulk import Scope
    from gis.project.bulk_numbers import ORDERS, Numbering

    with Session.open(project, readonly=dry_run) as session:
        kind = session.catalogue.find(cls)
        named = order not in ORDERS or order == "field"
        wish = Numbering(
            template, field, "field" if named else order, order if named else "",  # type: ignore[arg-type]
            start, step, not through, skip_taken,
        )  # fmt: skip
        _do(console, session, Scope(kind.name, where=where), wish, only_fitting, dry_run)


def _do(console: Console, session: Any, scope: Any, wish: Any, only_fitting: bool, dry_run: bool) -> None:
    from gis.project.bulk import carry_out, propose

    with console.progress() as progress:
        if dry_run:
            made, done = propose(session, scope, wish, progress), None
        else:
            made, done = carry_out(session, scope, wish, only_fitting=only_fitting, progress=progress)
    shown = made.rows(20)
    document: dict[str, Any] = {**made.counts(), "seq": done.seq if done else None}
    if dry_run:
        document |= {"dry_run": True, "rows": [_as_json(console, row) for row in shown]}
    line = console.words(
        "改变 {changed}，相同 {same}，不合要求 {refused}", "{changed} changed, {same} same, {refused} refused"
    )
    lines = [line.format(**made.counts())]
    for row in shown if dry_run else []:
        old, new = _text(row.field, row.old, console), _text(row.field, row.new, console)
        reason = f"  ! {row.reason.message(console.language)}" if row.reason else ""
        lines.append(f"  {row.id}  {row.field.name}: {old} → {new}{reason}")
    console.result(document, *lines)


def _as_json(console: Console, row: Any) -> dict[str, Any]:
    hidden = row.field.restricted
    reason = row.reason.message(console.language) if row.reason and not hidden else row.reason and row.reason.code
    return {
        "id": row.id, "field": row.field.name, "old": None if hidden else row.old, "new": None if hidden else row.new,
        "state": row.state, "reason": reason,
    }  # fmt: skip


def _text(field: Field, value: Any, console: Console) -> str:
    if value is None:
        return "∅"
    return "••••" if field.restricted else field.code_label(value, console.language)
