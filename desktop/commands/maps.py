"""``map sheets``: a sheet, or an atlas of sheets, from template and project alone; and what sheets there are."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from desktop.commands.console import PROJECT, Console, verb
from desktop.commands.dates import DATE
from desktop.commands.picture import extent_of
from gis.errors import Language, Refusal

NEWEST, NONE = -1, 0  # which run


def _words(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """KEY=VALUE, any number of times."""
    made = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"{text!r} is not KEY=VALUE", param=parameter)
        made[key.strip()] = value
    return made


@click.command("map", short_help="A map sheet or an atlas: PDF, PNG, SVG, HTML … 出图。")
@PROJECT
@click.option("--sheet", default="coverage_a3", show_default=True,
              help="A shipped template, one of yours, a sheet of the project, or a template's file.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="Ending .pdf .png .jpg .svg .tif .html .pptx; a folder for an atlas of many files.")  # fmt: skip
@click.option("--run", "run_id", type=int, help="The analysis to show; the newest without it.")
@click.option("--no-run", is_flag=True, help="Show the inventory only.")
@click.option("--area", metavar="CODE", help="Show the area with this division code.")
@click.option("--bbox", help="xmin,ymin,xmax,ymax in the project's metres or in degrees.")
@click.option(
    "--scale", type=click.FloatRange(10, 100_000_000), help="N of 1:N; the next round scale that fits without it."
)
@click.option("--title", help="图名")
@click.option("--maker", help="制图单位")
@click.option("--approval", help="审图号, which public sheets need")
@click.option("--word", "words", multiple=True, callback=_words, metavar="KEY=VALUE", help="Another word. 其他文字。")
@click.option("--dpi", default=300.0, show_default=True, type=click.FloatRange(36, 2400), help="Of pictures.")
@click.option(
    "--basemap", "--base-map", "basemaps", multiple=True,
    help="A file, or a base map's name; again for more, topmost first.",
)  # fmt: skip
@click.option("--datum", type=click.Choice(["wgs84", "gcj02"]), help="Of the base maps' coordinates.")
@click.option("--further-pages", is_flag=True, help="Rows of tables that do not fit go on in the PDF. 表格接续页。")
@click.option("--atlas", metavar="LEVEL|grid:M|CLASS[:WHERE]",
              help="A page for each area of a level (town …), square of M metres, or feature. 图集。")  # fmt: skip
@click.option("--pages", default="", metavar="3,5,7-10", help="Only these pages of the atlas.")
@click.option("--files", "output", default="one", show_default=True, type=click.Choice(["one", "pages", "groups"]),
              help="One PDF, a file a page, or a file a group.")  # fmt: skip
@click.option("--group-by", default="", metavar="FIELD", help="Pages in groups by this field. 分组字段。")
@click.option(
    "--name-pattern", default="", metavar="P", help="Of the files of an atlas: {code}_{name}, {page} … 文件名。"
)
@click.option("--where", default="", metavar="EXPR", help="Only areas or features that meet this. 筛选。")
@click.option("--restrict", default="legend", show_default=True, type=click.Choice(["none", "legend", "features"]),
              help="What a page shows of its own only.")  # fmt: skip
@click.option("--no-index", is_flag=True, help="No index map in front. 不附图幅索引。")
@click.option("--no-contents", is_flag=True, help="No list of pages in front. 不附目录。")
@click.option("--margin", default=5.0, show_default=True, type=click.FloatRange(0, 500), metavar="PERCENT",
              help="Air around what a page is about, of its size. 四周留边。")  # fmt: skip
@click.option("--one-scale", is_flag=True, help="All pages at the scale that fits the largest. 统一比例尺。")
@click.option("--coverage", type=click.Choice(["classes", "levels"]),
              help="The coverage itself as GeoTIFF: classes with colours, or levels. 覆盖栅格。")  # fmt: skip
@DATE
@verb
def draw_map(
    console: Console,
    project: Path,
    sheet: str,
    out: Path,
    run_id: int | None,
    no_run: bool,
    area: str | None,
    bbox: str | None,
    scale: float | None,
    title: str | None,
    maker: str | None,
    approval: str | None,
    words: Mapping[str, str],
    dpi: float,
    basemaps: tuple[str, ...],
    datum: str | None,
    further_pages: bool,
    atlas: str | None,
    coverage: str | None,
    date: datetime.date,
    **pages: Any,
) -> None:
    """Draw a sheet of the project headless; the same project, wish and date give the same bytes."""
    from desktop.basemaps.paper import grounds_of, named, settings_now
    from desktop.sheets.application import ensure_application
    from desktop.sheets.export import export_coverage, export_sheet
    from gis.geometry.crs import project_crs
    from gis.project import Session
    from gis.project.asking import area_extent
    from gis.project.sheets import Sheet, found

    with Session.open(project, readonly=True) as session, console.progress() as progress:
        if coverage is not None:
            run = _run(session, run_id, no_run)
            files = export_coverage(
                session, run, out, levels=coverage == "levels", language=console.language, progress=progress
            )  # fmt: skip
            console.result({"files": [str(file) for file in files]}, *map(str, files))
            return
        chosen = found(session, sheet)
        asked: dict[str, Any] = chosen.asked(session) if isinstance(chosen, Sheet) else {"words": {}}
        template = chosen.template if isinstance(chosen, Sheet) else chosen
        if run_id is not None or no_run or not isinstance(chosen, Sheet):
            asked["run"] = _run(session, run_id, no_run)
        if bbox is not None:
            asked["extent"] = extent_of(bbox, project_crs(session.srid))
        elif area is not None:
            asked["extent"] = area_extent(session, area)
        if scale is not None:
            asked["denominator"] = scale
        given = {"title": title, "maker": maker, "approval": approval}
        asked["words"] = {**asked["words"], **words, **{key: word for key, word in given.items() if word}}
        maps, settings = named(session, basemaps, datum), settings_now()
        ensure_application()
        if atlas is not None:
            wish = atlas_wish(session, atlas, scale, console.language, **pages)
            asked.pop("extent", None)
            asked.pop("denominator", None)
            document, lines = _atlas(
                session, template, wish, out, console,
                dpi=dpi, date=date, maps=maps, settings=settings, progress=progress, **asked,
            )  # fmt: skip
        else:
            with grounds_of(maps, settings) as grounds:
                files = export_sheet(
                    session, template, out,
                    dpi=dpi, language=console.language, date=date, grounds=grounds, further=further_pages,
                    progress=progress, **asked,
                )  # fmt: skip
            lines = [str(file) for file in files]
            document = {"files": lines}
    console.result(document, *lines)


def _run(session: Any, run_id: int | None, no_run: bool) -> Any:
    """The analysis of that number, else the newest, else none."""
    if run_id is not None:
        return session.run(run_id)
    runs = [] if no_run else [run for run in session.runs() if run.kind in ("wifi", "cells")]
    return max(runs, key=lambda run: run.id or 0, default=None)


def atlas_wish(session: Any, text: str, scale: float | None, language: Language, **pages: Any) -> Any:
    """What ``--atlas`` asks for: LEVEL, grid:METRES, or CLASS with an expression after a colon.

    Refusal ``report.atlas_wish`` for a grid without metres, and those of the catalogue and of ``AtlasWish``.
    """
    from gis.cartography.sheets.atlas import ROUTES, AtlasWish

    head, _, rest = text.replace("：", ":").partition(":")
    head, rest = head.strip(), rest.strip()
    levels = {code.value: code.value for code in session.catalogue["area"].field("level").codes}
    levels |= {code.label.text(said): code.value for code in session.catalogue["area"].field("level").codes
               for said in ("zh", "en")}  # fmt: skip
    where = " and ".join(f"({part})" for part in (rest, pages["where"]) if part)
    common: dict[str, Any] = {
        "where": where, "pages": pages["pages"], "group_by": pages["group_by"], "scale": scale or 0.0,
        "output": "files" if pages["output"] == "pages" else pages["output"], "restrict": pages["restrict"],
        "index": not pages.get("no_index"), "contents": not pages.get("no_contents"),
        "margin": pages.get("margin", 5.0) / 100.0, "alike": bool(pages.get("one_scale")),
    }  # fmt: skip
    if pages["name_pattern"]:
        common["name"] = pages["name_pattern"]
    if head.lower() in ("grid", "网格图") and rest:
        try:
            return AtlasWish(
                source="grid", grid_m=float(rest.removesuffix("m").strip()), **{**common, "where": pages["where"]}
            )
        except ValueError as error:
            raise Refusal("report.atlas_wish", text=text) from error
    if head in levels or head.lower() in levels:
        return AtlasWish(source="areas", level=levels.get(head) or levels[head.lower()], **common)
    cls = session.catalogue.find(head).name
    return AtlasWish(source="routes" if cls in ROUTES else "query", cls=cls, **common)


def _atlas(
    session: Any, template: Any, wish: Any, out: Path, console: Console, **asked: Any
) -> tuple[dict[str, Any], list[str]]:
    """Draw the pages. A page that could not be drawn is told, and is no failure of the others."""
    from desktop.sheets.atlas import make_atlas

    missed: list[dict[str, Any]] = []

    def tell(page: Any) -> None:
        missed.append({"page": page.number, "reason": page.reason})
        console.remark(
            console.words(
                f"第 {page.number} 页未能绘制：{page.reason}", f"Page {page.number} was not drawn: {page.reason}"
            )
        )

    made = make_atlas(session, template, wish, out, language=console.language, on_missed=tell, **asked)
    return {"files": [str(file) for file in made], "missed": missed}, [str(file) for file in made]


@click.command(short_help="The sheets and templates there are. 图幅列表。")
@PROJECT
@verb
def sheets(console: Console, project: Path) -> None:
    """List the shipped templates, the user's own and the sheets of the project, with paper and label."""
    from gis.cartography.sheets.templates import sheet_template, template_names
    from gis.project import Session
    from gis.project.sheets import Sheets, user_templates

    rows = [_row(name, "template", sheet_template(name), console) for name in template_names()]
    with Session.open(project, readonly=True) as session:
        sound, broken = user_templates()
        rows += [_row(name, "own", template, console) for name, template in sorted(sound.items())]
        kept = Sheets(session)
        for name in kept.names():
            try:
                rows.append({**_row(name, "sheet", kept.read(name).template, console), "label": name})
            except Refusal as refusal:
                broken[name] = refusal
    for name, refusal in sorted(broken.items()):
        console.remark(f"{name}: {refusal.message(console.language)}")
    kinds = {"template": console.words("模板", "template"), "own": console.words("自定义", "own"),
             "sheet": console.words("项目图幅", "sheet")}  # fmt: skip
    wide = max((len(row["name"]) for row in rows), default=0)
    lines = [f"{row['name']:<{wide}}  {row['paper']:<14}  {kinds[row['kind']]}  {row['label']}" for row in rows]
    console.result({"sheets": rows}, *lines)


def _row(name: str, kind: str, template: Any, console: Console) -> dict[str, Any]:
    paper = template.paper
    way = "landscape" if paper.width > paper.height else "portrait"
    return {
        "name": name, "kind": kind, "label": template.label.text(console.language), "paper": f"{paper.name} {way}",
        "width_mm": paper.width, "height_mm": paper.height, "subject": template.subject,
        "publication": template.publication,
    }  # fmt: skip
