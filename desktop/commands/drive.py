"""``drive``: levels measured on the road against a model, and the model calibrated on them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desktop.commands.console import PROJECT, Console, verb
from gis.errors import Refusal

if TYPE_CHECKING:
    from gis.project.drive_tests import Comparison
    from gis.radio.calibration import Calibration
    from gis.radio.drive_test import ErrorFigures

_SHOWN = 20  # cells that are listed on the screen; --json has all


@click.command(short_help="Drive tests: a model's errors, calibration. 路测对比与校准。")
@PROJECT
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default="auto", show_default=True, help="The model compared; tuned = the calibrated one.")
@click.option("--calibrate", is_flag=True, help="Fit a + b lg d to the samples and keep it for the model “tuned”.")
@click.option("--offsets/--no-offsets", default=True, help="With an offset for each cell.  [default: with]")
@click.option("--dry-run", is_flag=True, help="Fit, but keep nothing.")
@click.option("--level", help="The column of levels in dBm.")
@click.option("--cell", "code", help="The column of cells' codes or names.")
@click.option("--pci", help="The column of physical cell ids.")
@click.option("--bssid", help="The column of WiFi stations' BSSIDs.")
@click.option("--ssid", help="The column of WiFi networks' names.")
@click.option(
    "--technology", type=click.Choice(["GSM", "UMTS", "LTE", "NR", "wifi"]), help="Of samples that do not say."
)
@click.option("--encoding", help="utf-8, gb18030 …")
@click.option("--layer", help="The layer, sheet or member of the file.")
@click.option("--crs", help="EPSG:N of the file's coordinates.")
@click.option("--datum", type=click.Choice(["wgs84", "cgcs2000", "gcj02", "bd09"]))
@click.option("--receiver-height", type=click.FloatRange(0.5, 50.0), help="Metres above ground.")
@click.option("--no-buildings", is_flag=True, help="Without the project's buildings.")
@click.option("--terrain", type=click.Path(path_type=Path), help="GeoTIFF of the bare ground.")
@click.option("--surface", type=click.Path(path_type=Path), help="GeoTIFF of the ground with all on it.")
@click.option(
    "--errors", "errors_to", type=click.Path(path_type=Path), help="Write every sample with its error (.csv)."
)
@verb
def drive(
    console: Console,
    project: Path,
    files: tuple[Path, ...],
    model: str,
    calibrate: bool,
    offsets: bool,
    dry_run: bool,
    receiver_height: float | None,
    no_buildings: bool,
    terrain: Path | None,
    surface: Path | None,
    errors_to: Path | None,
    **given: Any,
) -> None:
    """Compare measured levels with a model's, cell by cell; an error is predicted minus measured."""
    from gis.project import Session
    from gis.project.drive_tests import (
        calibrations,
        compare_drive_test,
        keep_calibrations,
        read_drive_test,
        write_errors,
    )
    from gis.radio.analysis import Wish

    readonly = dry_run or not calibrate
    with Session.open(project, readonly=readonly) as session, console.progress() as progress:
        choices = _choices(**given)
        read = [read_drive_test(session, file, choices, progress) for file in files]
        wish = Wish(
            "cells", model=model, receiver_height_m=receiver_height, ground=not no_buildings,
            terrain=None if terrain is None else str(terrain), surface=None if surface is None else str(surface),
        )  # fmt: skip
        comparison = compare_drive_test(session, read, wish, progress)
        document = comparison.summary(console.language)
        document["columns"] = {file.path.name: {"level": list(file.levels), **file.columns} for file in read}
        document["kept"] = False
        made: dict[str, Calibration] = {}
        refused: dict[str, Refusal] = {}
        if calibrate:
            made, refused = calibrations(comparison, offsets=offsets, progress=progress)
            if refused and not made:
                raise next(iter(refused.values()))
            if not dry_run:
                keep_calibrations(session, comparison, made)
            document["calibration"] = {name: _told(one) for name, one in made.items()}
            document["not_calibrated"] = {name: why.message(console.language) for name, why in refused.items()}
            document["kept"] = not dry_run
        if errors_to:
            document["errors"] = str(write_errors(session, comparison, errors_to, console.language))
    console.result(document, *_lines(console, comparison, document, made, refused))


def _choices(
    level: str | None,
    code: str | None,
    pci: str | None,
    bssid: str | None,
    ssid: str | None,
    technology: str | None,
    encoding: str | None,
    layer: str | None,
    crs: str | None,
    datum: str | None,
) -> Any:
    from gis.exchange.raw import Dialect
    from gis.project.drive_tests import DriveChoices

    told = (("level", level), ("code", code), ("pci", pci), ("bssid", bssid), ("ssid", ssid))
    columns = tuple((role, name) for role, name in told if name)
    return DriveChoices(
        Dialect(encoding=encoding, layer=layer), crs=crs, datum=datum, columns=columns, technology=technology
    )


def _told(calibration: Calibration) -> dict[str, Any]:
    document = asdict(calibration)
    document["offsets"] = len(calibration.tuning.offsets_db)
    document["tuning"]["offsets_db"] = {str(key): value for key, value in calibration.tuning.offsets_db.items()}
    return document


def _lines(
    console: Console,
    comparison: Comparison,
    document: dict[str, Any],
    made: dict[str, Calibration],
    refused: dict[str, Refusal],
) -> list[str]:
    say = console.words
    lines = [
        say(
            f"测量点 {document['samples']:,} 个，用上 {document['used']:,} 个（误差 = 预测 − 实测，dB）",
            f"{document['samples']:,} samples, {document['used']:,} used (error = predicted − measured, dB)",
        )
    ]
    lines += [f"  {entry['count']:,}  {entry['reason']}" for entry in document["left_out"]]
    lines.append(say("  点数   平均误差  平均绝对   σ    相关  小区", "samples  mean err  mean abs   σ    corr  cell"))
    lines.append(_row(comparison.overall, say("全部", "all")))
    lines += [_row(figures, name) for name, figures in comparison.by_technology.items()]
    lines += [_row(cell.figures, cell.code) for cell in comparison.cells[:_SHOWN]]
    if len(comparison.cells) > _SHOWN:
        more = len(comparison.cells) - _SHOWN
        lines.append(say(f"  另有 {more:,} 个小区（--json 全列）", f"  {more:,} more cells: see --json"))
    for name, one in made.items():
        line = one.tuning
        lines.append(
            f"{name}  L = {line.intercept_db:.1f} + {line.slope_db:.1f} lg d(km) + 20 lg f(GHz)"
            + say(f"，{len(line.offsets_db)} 个小区有修正", f", {len(line.offsets_db)} cells with an offset")
        )
        held = one.held_out
        if held is None:
            lines.append(say("  范围太小，无法留出检验", "  The ground is too small to hold any of it back"))
        else:
            lines.append(
                say(
                    f"  留出检验：均方根误差 {one.before.rms_db:.1f} → {held.rms_db:.1f} dB，"
                    f"平均误差 {one.before.mean_db:+.1f} → {held.mean_db:+.1f} dB",
                    f"  Held out: rms error {one.before.rms_db:.1f} → {held.rms_db:.1f} dB, "
                    f"mean error {one.before.mean_db:+.1f} → {held.mean_db:+.1f} dB",
                )
            )
        if one.at_limit:
            names = {"slope": say("斜率", "the slope"), "intercept": say("截距", "the intercept")}
            ended = say("、", ", ").join(names[key] for key in one.at_limit)
            lines.append(
                say(
                    f"  注意：{ended}已到允许范围的边界，小区的功率、挂高或位置可能有误",
                    f"  Mind: {ended} ended at its limit; power, height or place of the cells may be wrong",
                )
            )
    lines += [why.message(console.language) for why in refused.values()]
    if document["kept"]:
        lines.append(say("已保存；分析时选“路测校准模型”即可使用", "Kept: analyses use it with the model “tuned”"))
    return lines


def _row(figures: ErrorFigures, name: str) -> str:
    correlation = "  –  " if figures.correlation is None else f"{figures.correlation:5.2f}"
    return (
        f"{figures.count:>7,}  {figures.mean_db:>+7.1f}  {figures.mean_absolute_db:>7.1f}  {figures.sigma_db:>5.1f}  "
        f"{correlation}  {name}"
    )
