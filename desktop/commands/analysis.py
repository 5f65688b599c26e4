"""``analyse map``: coverage and its sheets."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from desktop.commands.console import PROJECT, Console, verb


@click.command(short_help="Coverage of hotspots or cells. 覆盖分析。")
@PROJECT
@click.argument("kind", type=click.Choice(["wifi", "cells"]))
@click.option("--area", help="Division code of the area; the whole city without it.")
@click.option("--technology", type=click.Choice(["GSM", "UMTS", "LTE", "NR"]), help="Cells only.")
@click.option("--owner", help="One operator only, for example mobile.")
@click.option("--resolution", type=click.FloatRange(0.5, 5_000), help="Metres; chosen by the area's size without it.")
@click.option("--threshold", type=click.FloatRange(-200, 50), help="dBm; the technology's own without it.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write GeoTIFF, GeoPackage and figures to this folder."
)
@verb
def analyse(
    console: Console,
    project: Path,
    kind: str,
    area: str | None,
    technology: str | None,
    owner: str | None,
    resolution: float | None,
    threshold: float | None,
    out: Path | None,
) -> None:
    """Predict the level everywhere and count area and people above the threshold, by district."""
    from gis.project import Session
    from gis.project.analysis import export_run_geopackage, run_analysis

    with Session.open(project) as session, console.progress() as progress:
        run = run_analysis(
            session,
            kind,
            area=area,
            technology=technology,
            owner=owner,
            resolution_m=resolution,
            threshold_dbm=threshold,
            progress=progress,
        )
        folder = session.attachments_folder()
        files = {name: str(folder / path) for name, path in run.files.items()}
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            files = {name: str(shutil.copy2(path, out / Path(path).name)) for name, path in files.items()}
            areas = export_run_geopackage(session, run, out / "coverage.gpkg", language=console.language)
            files["geopackage"] = str(areas)
    lines = [console.words("   面积     人口    区域", "   area   people   district")]
    for row in run.summary["areas"]:
        people = "   –   " if row["population_share"] is None else f"{row['population_share']:>7.1%}"
        lines.append(f"{row['area_share']:>7.1%} {people}  {row['code']} {row['name']}")
    console.result({"run": run.id, **run.summary, "files": files}, *lines)


@click.command("map", short_help="A map sheet: PDF, PNG, SVG, HTML, TIFF. 出图。")
@PROJECT
@click.option("--sheet", default="coverage_a3", show_default=True, help="The template's name.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Ending .pdf .png .svg .html .tif")
@click.option("--run", "run_id", type=int, help="The analysis to show; the newest without it.")
@click.option("--no-run", is_flag=True, help="Show the inventory only.")
@click.option("--area", help="Show the area with this division code.")
@click.option(
    "--scale", type=click.FloatRange(10, 100_000_000), help="N of 1:N; the next round scale that fits without it."
)
@click.option("--title", help="图名")
@click.option("--maker", help="制图单位")
@click.option("--approval", help="审图号, which public sheets need")
@click.option(
    "--basemap", "basemaps", multiple=True, help="A file, or a base map's name; again for more, topmost first."
)
@click.option("--datum", type=click.Choice(["wgs84", "gcj02"]), help="Of the base maps' coordinates.")
@verb
def draw_map(
    console: Console,
    project: Path,
    sheet: str,
    out: Path,
    run_id: int | None,
    no_run: bool,
    area: str | None,
    scale: float | None,
    title: str | None,
    maker: str | None,
    approval: str | None,
    basemaps: tuple[str, ...],
    datum: str | None,
) -> None:
    """Draw a sheet of the project headless."""
    from desktop.basemaps.paper import grounds_of, named, settings_now
    from desktop.sheets.export import export_sheet
    from gis.project import Session
    from gis.project.asking import area_extent

    with Session.open(project, readonly=True) as session, console.progress() as progress:
        runs = session.runs()
        run = None
        if run_id is not None:
            run = session.run(run_id)
        elif runs and not no_run:
            run = max(runs, key=lambda candidate: candidate.id or 0)
        words = {"title": title, "maker": maker, "approval": approval}
        with grounds_of(named(session, basemaps, datum), settings_now()) as grounds:
            files = export_sheet(
                session,
                sheet,
                out,
                run=run,
                extent=area_extent(session, area) if area else None,
                denominator=scale,
                language=console.language,
                words={key: word for key, word in words.items() if word},
                grounds=grounds,
                progress=progress,
            )
    console.result({"files": [str(f) for f in files]}, *(str(f) for f in files))
