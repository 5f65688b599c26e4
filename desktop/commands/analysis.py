"""``analyse``: coverage of hotspots and cells."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from desktop.commands.channels import tell_channels, wifi_lines
from desktop.commands.console import PROJECT, Console, verb
from desktop.commands.lists import listed


def _numbers(context: click.Context, parameter: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    """The numbers of a list with commas; "75 %" is 0.75."""
    parts = listed(context, parameter, text)
    try:
        return parts and tuple(
            float(part.rstrip("% ")) / 100.0 if part.endswith("%") else float(part) for part in parts
        )
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no list of numbers", param=parameter) from error


def _cases(console: Console, summary: dict[str, Any]) -> list[str]:
    """One line for every way of saying "covered", for the whole."""
    unit, band = summary["unit"], summary["band"]
    named = [(case, f"≥ {case['value']:g} {unit}") for case in summary["thresholds"]]
    named += [
        (case, console.words(f"达标概率 ≥ {case['value']:.0%}", f"probability ≥ {case['value']:.0%}"))
        for case in summary["confidence"]
    ]
    named.append((summary["expected"], console.words("按概率的期望值", "expected, by probability")))
    for key, sign in (("low", "−"), ("high", "+")):
        error = f"{sign}{band['error_db']:g} dB"
        named.append((band[key], console.words(f"中值偏差 {error}", f"median off by {error}")))
    for case in summary["operators"]["at_least"] if summary["operators"] else ():
        named.append((case, console.words(f"至少 {case['value']:g} 家运营商", f"operators ≥ {case['value']:g}")))
    for case in summary["zones"]:
        db, least = f"{case['value']:g} dB", f"{case['value']:g}"
        zone = {
            "handover": console.words(f"切换带（相差 ≤ {db}）", f"handover zone (≤ {db} apart)"),
            "pollution": console.words(f"导频污染（≥ {least} 个）", f"pilot pollution ({least} and more)"),
        }
        named.append((case, zone[case["kind"]]))
    lines = [console.words("   面积     人口    达标方式", "   area   people   counted as covered")]
    for case, name in named:
        whole = case["whole"]
        people = "   –   " if whole["population_share"] is None else f"{whole['population_share']:>7.1%}"
        lines.append(f"{whole['area_share']:>7.1%} {people}  {name}".replace("-", "−"))
    gaps = summary["gaps"]
    if gaps["found"]:
        people = "–" if gaps["people"] is None else f"{gaps['people']:,.0f}"
        area = gaps["area_m2"] / 1e6
        lines.append(
            console.words(
                f"盲区 {gaps['found']} 处，共 {area:,.1f} km²，约 {people} 人",
                f"{gaps['found']} gaps, {area:,.1f} km² in all, about {people} people",
            )
        )
    return [*lines, ""]


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Coverage of hotspots or cells. 覆盖分析。")
@PROJECT
@click.argument("kind", type=click.Choice(["wifi", "cells"]))
@click.option("--area", help="Division code of the area; the whole city without it.")
@click.option("--technology", type=click.Choice(["GSM", "UMTS", "LTE", "NR"]), help="Cells only.")
@click.option("--owner", help="One operator only, for example mobile.")
@click.option("--resolution", "resolution_m", type=click.FloatRange(0.5, 5_000), help="Metres; fitting without it.")
@click.option("--threshold", "threshold_dbm", type=click.FloatRange(-200, 50), help="dBm; the technology's own else.")
@click.option("--model", help="auto, 3gpp, hata, p1411, diffraction, p1812, tuned …; by technology without it. 模型。")
@click.option("--receiver-height", "receiver_height_m", type=float, help="Metres above ground; 1.5 without it.")
@click.option("--load", type=float, help="Share of their power with which others disturb, 0 to 1.")
@click.option("--layers", callback=listed, help="Rasters to write: server,sinr,overlap,handover,pollution …")
@click.option("--handover-db", type=float, help="A handover zone: the next sector so near to the best. 切换带。")
@click.option("--pollution-db", type=float, help="Pilot pollution: cells so near to the best. 导频污染。")
@click.option("--pollution-servers", type=int, help="… and so many of them, the best counted; 4 without it.")
@click.option("--pollution-level", "pollution_dbm", type=float, help="… from this level on; the threshold without it.")
@click.option("--statuses", callback=listed, help="What takes part: in_service,planned … 状态。")
@click.option("--paid/--free-only", "paid", default=None, help="WiFi: hotspots that cost something, too.")
@click.option("--terrain", type=FILE, help="GeoTIFF of the bare ground. 地形。")
@click.option("--surface", type=FILE, help="GeoTIFF of the ground with all that stands on it. 地表。")
@click.option("--land-cover", type=FILE, help="GeoTIFF of land cover codes (ESA WorldCover). 土地覆盖。")
@click.option("--land-cover-scheme", help="Whose codes: worldcover, globeland30, p1812. 土地覆盖分类。")
@click.option("--lapse-rate", type=float, help="P.1812: ΔN in N-units/km; 45 without it. 折射率梯度。")
@click.option("--refractivity", type=float, help="P.1812: N0 in N-units; 325 without it. 海平面折射率。")
@click.option("--no-buildings", is_flag=True, help="Leave the project's buildings out. 不计建筑。")
@click.option("--thresholds", callback=_numbers, help="Further levels to count at: -95,-105. 统计门限。")
@click.option("--confidence", callback=_numbers, help="Probabilities to count at: 0.5,0.75,0.9. 置信度。")
@click.option("--grid", "grid_m", type=float, help="Also count by squares of so many metres. 格网统计。")
@click.option(
    "--sharing", "sharing_m", type=float, help="Sites of two operators so near could be shared, m. 共享距离。"
)
@click.option("--compare", "other", type=int, help="Also compare with this earlier run. 与另一次分析比较。")
@click.option("--scheduler", help="Address of a dask.distributed scheduler that does the work: tcp://host:8786.")
@click.option("--channel-plan", is_flag=True, help="WiFi: suggest channels instead of predicting. 信道建议。")
@click.option("--apply", "take_over", is_flag=True, help="… and take them over as one undo step. 采纳建议。")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write GeoTIFF, GeoPackage, XLSX and figures to this folder."
)
@verb
def analyse(
    console: Console,
    project: Path,
    kind: str,
    paid: bool | None,
    terrain: Path | None,
    surface: Path | None,
    land_cover: Path | None,
    no_buildings: bool,
    other: int | None,
    scheduler: str | None,
    out: Path | None,
    channel_plan: bool,
    take_over: bool,
    **choices: Any,
) -> None:
    """Predict the level everywhere and count area and people above the threshold, by district."""
    from gis.project import Session
    from gis.project.analysis import export_run_book, export_run_geopackage, run_analysis, run_notes
    from gis.project.comparing import compare_runs

    if channel_plan or take_over:
        tell_channels(console, project, kind, take_over, paid=paid, ground=not no_buildings, **choices)
        return
    with Session.open(project) as session, console.progress() as progress:
        earlier = None if other is None else session.run(other)
        run = run_analysis(
            session,
            kind,
            **choices,
            free_only=None if paid is None else not paid,
            ground=not no_buildings,
            **{
                name: None if path is None else str(path.resolve())
                for name, path in (("terrain", terrain), ("surface", surface), ("land_cover", land_cover))
            },
            scheduler=scheduler,
            progress=progress,
        )
        folder = session.attachments_folder()
        files = {name: str(folder / path) for name, path in run.files.items()}
        compared = None
        if earlier is not None:
            difference = Path(files["coverage"]).with_name(f"less_{other}.tif")
            compared = compare_runs(session, earlier, run, difference, progress=progress)
            files["difference"] = str(difference)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            files = {name: str(shutil.copy2(path, out / Path(path).name)) for name, path in files.items()}
            areas = export_run_geopackage(session, run, out / "coverage.gpkg", language=console.language)
            files["geopackage"] = str(areas)
            book = export_run_book(session, run, out / "coverage.xlsx", language=console.language)
            files["workbook"] = str(book)
    for note in run_notes(run, console.language):
        console.remark(note)
    lines = _cases(console, run.summary)
    lines += wifi_lines(console, run.summary.get("wifi"))
    lines.append(console.words("   面积     人口    区域", "   area   people   district"))
    for row in run.summary["areas"]:
        people = "   –   " if row["population_share"] is None else f"{row['population_share']:>7.1%}"
        lines.append(f"{row['area_share']:>7.1%} {people}  {row['code']} {row['name']}")
    document = {"run": run.id, **run.summary, "files": files}
    if compared is not None:
        document["comparison"] = {**compared.as_json(), "path": files["difference"]}
        gained, lost = compared.gained_m2 / 1e6, compared.lost_m2 / 1e6
        lines.append(
            console.words(
                f"与第 {other} 次相比：新增覆盖 {gained:.2f} km²，失去 {lost:.2f} km²",
                f"Against run {other}: {gained:.2f} km² gained, {lost:.2f} km² lost",
            )
        )
    console.result(document, *lines)
