"""``import``: field files in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desktop.commands.console import PROJECT, Console, verb
from gis.errors import Refusal

if TYPE_CHECKING:
    from gis.catalogue import FeatureClass
    from gis.exchange.decisions import Decisions
    from gis.geometry.shifts import Fit, Shift
    from gis.project import Session
    from gis.project.importing import Choices, ImportPlan

_SHOWN = 20  # rows not taken that are listed on the screen; the report has all


@click.command("import", short_help="Bring a field file home. 导入数据。")
@PROJECT
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--class", "cls", help="The feature class, by name or label; else the recipe, the file's columns say it.")
@click.option("--mapping", "--recipe", "recipe", type=click.Path(path_type=Path), help="A recipe or mapping (JSON).")
@click.option("--save-recipe", type=click.Path(path_type=Path), help="Keep everything that was decided.")
@click.option("--save-mapping", type=click.Path(path_type=Path), help="Keep only the mapping of a file of one class.")
@click.option("--remember", is_flag=True, help="Read the next file with these columns the same way.")
@click.option("--encoding", help="utf-8, gb18030, big5 …")
@click.option("--delimiter", help="The mark between cells; \\t for a tab.")
@click.option("--header-line", type=click.IntRange(0), help="The line with the names of the columns; 0: there is none.")
@click.option("--decimal", type=click.Choice([".", ","]), help="The decimal mark.")
@click.option("--layer", help="The layer, sheet or member of the file or folder; * for all layers.")
@click.option("--crs", help="EPSG:N of the file's coordinates.")
@click.option("--datum", type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]))
@click.option("--shift", help="dx,dy,dz,rx,ry,rz,ds or dx,dy,scale,rotation, or a file of them (JSON).")
@click.option("--control-points", type=click.Path(path_type=Path), help="Points known in both systems: fit a shift.")
@click.option("--x", help="The column of longitude or easting.")
@click.option("--y", help="The column of latitude or northing.")
@click.option("--swap/--no-swap", default=None, help="Latitude or northing stands first, or not.")
@click.option("--sites/--no-sites", default=None, help="Make base stations for cells that name none, or not.")
@click.option("--track", type=click.Path(path_type=Path), help="GPX or receiver log: places photos without a position.")
@click.option("--clock-offset", type=float, help="Seconds the camera's clock was ahead of China's time.")
@click.option("--match", help="How rows find the features they are.  [default: code,distance,attributes]")
@click.option("--tolerance", type=click.FloatRange(0), help="Metres.  [default: 1]")
@click.option(
    "--mode",
    type=click.Choice(["all", "valid", "update", "add", "geometry", "attributes"]),
    default="valid",
    show_default=True,
    help="all: every row or nothing; the others: only these rows, or only this of changed ones.",
)
@click.option("--keep", multiple=True, metavar="FIELD", help="A field (or geom) that stays as the project has it.")
@click.option("--resolve", metavar="conflicts=skip|add|update", help="What becomes of rows in conflict.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--report", "report_to", type=click.Path(path_type=Path), help="Write the report: .json, .html or .xlsx.")
@click.option("--rejected", "rejected_to", type=click.Path(path_type=Path), help="Rows not taken: .csv or .xlsx.")
@verb
def import_file(
    console: Console,
    project: Path,
    file: Path,
    cls: str | None,
    save_recipe: Path | None,
    save_mapping: Path | None,
    remember: bool,
    mode: Any,
    keep: tuple[str, ...],
    resolve: str | None,
    dry_run: bool,
    report_to: Path | None,
    rejected_to: Path | None,
    **given: Any,
) -> None:
    """Import a field file or folder as one undo step; every row is counted, every row not taken is named."""
    from gis.exchange.mapping import write_mapping
    from gis.exchange.recipes import write_recipe
    from gis.project import Session
    from gis.project.datum_proposals import proposed_datum_of
    from gis.project.import_rejects import save_rejected_rows
    from gis.project.import_report import report_of, write_report
    from gis.project.importing import Applied, apply_plan, read_parts, stage_parts
    from gis.project.mappings import remember as keep_recipe

    _check_endings(report_to, rejected_to)
    action = _action(resolve)
    with Session.open(project, readonly=dry_run) as session, console.progress() as progress:
        choices, fit = _choices(session, cls, **given)
        reading = read_parts(session, file, cls, choices, progress)
        plan = stage_parts(session, reading, progress)
        decisions = _decisions(session, plan, mode, keep, action)
        decided = plan.decided(decisions)
        proposal = proposed_datum_of(session, plan)

        def tell(applied: Applied | None) -> dict[str, Any]:
            shown = applied or Applied(None, decided=decided)
            document = report_of(plan, shown, console.language, proposal)
            if applied is None:
                document["applied"] = None
            document |= {"dry_run": dry_run, "rejected_rows": rejected}
            if fit is not None:
                document["fit"] = _told(fit)
            if report_to:
                write_report(document, session.catalogue, report_to, console.language)
            return document

        rejected = None
        if rejected_to:
            rejected = save_rejected_rows(plan, rejected_to, console.language, parts=decided)
        if save_recipe:
            write_recipe(reading.recipe, save_recipe)
        if save_mapping:
            if len(reading.parts) > 1:
                raise Refusal("import.several_mappings")
            write_mapping(reading.recipe.mappings[reading.parts[0].cls], save_mapping)
        document = tell(None)  # a report that cannot be written is refused before anything is imported
        if not dry_run:
            document = tell(apply_plan(session, plan, decisions, progress))
            if remember:
                keep_recipe(session, reading.raw, reading.recipe, file.name)
    _say(console, document, session, fit)


def _say(console: Console, document: dict[str, Any], session: Session, fit: Fit | None) -> None:
    """The document, or its counts and the first rows that were not taken."""
    lines = []
    if fit is not None:
        lines.append(
            console.words(f"控制点中误差 {fit.rms_m:.3f} m", f"Control points: {fit.rms_m:.3f} m root mean square")
        )
    counts = console.words(
        "读取 {read}：新增 {new}，更新 {changed}，相同 {same}，冲突 {conflict}，拒绝 {rejected}",
        "Read {read}: {new} new, {changed} changed, {same} same, {conflict} in conflict, {rejected} rejected",
    )
    lines.append(counts.format(**document))
    if len(document["classes"]) > 1:
        lines += [
            f"  {session.catalogue[name].label.text(console.language)}  {counts.format(**one)}"
            for name, one in document["classes"].items()
        ]
    beside = console.words("  另建 {class}：{count}", "  made beside them: {class}: {count}")
    lines += [
        beside.format_map({"class": session.catalogue[name].label.text(console.language), "count": count})
        for name, count in document["made"].items()
    ]
    row = console.words("  第 {line} 行：{reason}", "  line {line}: {reason}")
    lost = [*document["rejects"], *document["conflicts"], *document["photo_rejects"]]
    lines += [row.format(**entry) for entry in lost[:_SHOWN]]
    if len(lost) > _SHOWN:
        more = len(lost) - _SHOWN
        lines.append(
            console.words(f"  还有 {more:,} 行，见报告（--report）", f"  {more:,} more: see the report (--report)")
        )
    if "proposal" in document["evidence"]:
        lines.append(
            console.words("提示：{text}。", "Note: {text}.").format(text=document["evidence"]["proposal"]["text"])
        )
    done = document["applied"]
    if done is not None and document["seq"] is not None:
        lines.append(
            console.words(
                "已写入：新增 {new}，更新 {changed}，照片 {photos}；yantu undo 可撤销",
                "Written: {new} added, {changed} updated, {photos} photos; yantu undo takes it back",
            ).format(**done)
        )
    console.result(document, *lines)


def _choices(session: Session, cls: str | None, **given: Any) -> tuple[Choices, Fit | None]:
    """What the options say over what the recipe says, and how well control points agree."""
    from gis.exchange.raw import Dialect
    from gis.exchange.recipes import read_recipe
    from gis.project.importing import Choices

    recipe = read_recipe(given["recipe"], session.catalogue) if given["recipe"] else None
    if recipe is not None and cls is not None:
        wanted = session.catalogue.find(cls).name
        if wanted not in recipe.mappings:
            known = ", ".join(recipe.mappings)
            raise Refusal("import.wrong_mapping", path=given["recipe"].name, key="class", reason=f"{known} ≠ {wanted}")
    choices = Choices() if recipe is None else Choices.of_recipe(recipe)
    said = {name: given[name] for name in ("encoding", "header_line", "decimal", "layer") if given[name] is not None}
    if given["delimiter"]:
        said["delimiter"] = {"\\t": "\t", "tab": "\t"}.get(given["delimiter"], given["delimiter"])
    shift, fit = _shift(given["shift"], given["control_points"], given["crs"])
    more: dict[str, Any] = {
        "dialect": replace(choices.dialect if recipe is not None else Dialect(), **said),
        "crs": given["crs"], "datum": given["datum"], "shift": shift, "x": given["x"], "y": given["y"],
        "swapped": given["swap"], "track": given["track"], "clock_offset_s": given["clock_offset"],
        "sites": given["sites"],
    }  # fmt: skip
    if given["match"] is not None:
        more["match"] = tuple(way.strip() for way in given["match"].split(",") if way.strip())
    if given["tolerance"] is not None:
        more["tolerance_m"] = given["tolerance"]
    return replace(choices, **more), fit


def _shift(text: str | None, points: Path | None, crs: str | None) -> tuple[Shift | None, Fit | None]:
    """A shift from numbers, a file of them or control points: seven parameters where the source is in degrees."""
    from gis.geometry.control_points import read_control_points
    from gis.geometry.shifts import Helmert7, Similarity4, shift_from_dict

    if text and points:
        raise click.UsageError("--shift or --control-points, not both")
    if points is not None:
        known = read_control_points(points)
        degrees = bool((abs(known.source) <= 360).all())
        if degrees and crs is None:
            raise click.UsageError("--crs says in which system the control points' degrees are")
        fit = known.fit_helmert(str(crs)) if degrees else known.fit_similarity()
        return fit.shift, fit
    if text is None:
        return None, None
    path = Path(text)
    if path.suffix.casefold() == ".json" or path.is_file():
        from gis.exchange.mapping import read_json

        return shift_from_dict(read_json(path)), None
    try:
        numbers = [float(part) for part in text.replace(";", ",").replace(" ", ",").split(",") if part]
    except ValueError:
        numbers = []
    if len(numbers) == 7:
        return (Helmert7(*numbers, source_crs=crs) if crs else Helmert7(*numbers)), None
    if len(numbers) == 4:
        return Similarity4(*numbers), None
    raise Refusal("import.bad_numbers", text=text[:80])


def _decisions(
    session: Session, plan: ImportPlan, mode: Any, keep: tuple[str, ...], action: Any
) -> dict[str, Decisions]:
    """One set of decisions a class: the mode, the fields that stay, and the same for every row in conflict."""
    from gis.exchange.decisions import Decisions, RowDecision
    from gis.exchange.staging import Outcome

    made = {}
    left = set(keep)
    for part in plan.parts:
        staged = part.staged
        named = {word: name for word in keep if (name := _field(session.catalogue[staged.cls], word)) is not None}
        left -= named.keys()
        rows = {}
        if action is not None:
            for index in (staged.outcome == Outcome.CONFLICT).nonzero()[0].tolist():
                if action != "update" or len(staged.candidates.get(index, ())):
                    rows[int(staged.lines[index])] = RowDecision(action)
        made[staged.cls] = Decisions(mode, frozenset(named.values()), rows)
    for word in sorted(left):
        session.catalogue[plan.parts[0].staged.cls].field(word)  # refuses, and names the class
    return made


def _field(kind: FeatureClass, word: str) -> str | None:
    """The field of a class by name or label; "geom" is its place."""
    if word == "geom":
        return word
    names = (f.name for f in kind.fields if word.casefold() in (f.name, f.label.zh.casefold(), f.label.en.casefold()))
    return next(names, None)


def _action(resolve: str | None) -> str | None:
    if resolve is None:
        return None
    what, equals, action = resolve.rpartition("=")
    if (what not in ("", "conflicts")) or (what == "" and equals) or action not in ("skip", "add", "update"):
        raise Refusal("import.unknown_resolve", text=resolve[:80])
    return action


def _check_endings(report_to: Path | None, rejected_to: Path | None) -> None:
    """A name that cannot be written is refused before anything is imported."""
    if report_to is not None and report_to.suffix.casefold() not in (".json", ".html", ".htm", ".xlsx"):
        raise Refusal("import.report_kind", suffix=report_to.suffix)
    if rejected_to is not None and rejected_to.suffix.casefold() not in (".csv", ".xlsx"):
        raise Refusal("import.rejects_kind", suffix=rejected_to.suffix)


def _told(fit: Fit) -> dict[str, Any]:
    names = fit.names or tuple(str(i) for i in range(1, len(fit.residuals) + 1))
    points = [
        {"name": name, "east_m": round(float(east), 4), "north_m": round(float(north), 4)}
        for name, (east, north) in zip(names, fit.residuals, strict=True)
    ]
    return {
        "rms_m": round(fit.rms_m, 4),
        "shift": fit.shift.to_dict(),
        "points": points,
        "suspects": [names[i] for i in fit.suspects],
    }
