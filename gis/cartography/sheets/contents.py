"""Fills a template with a city: extent, layers, legend, words and table of one sheet."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyproj
import rasterio
import shapely

from gis.cartography.legend import City, class_legend, level_legend
from gis.cartography.sheets.items import LegendItem, MapItem, TableItem, all_items
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.specification import (
    CoverageShown,
    MapView,
    SheetLayer,
    SheetSpec,
    Table,
    fitting_denominator,
    frame_extent,
)
from gis.cartography.sheets.templates import SheetTemplate
from gis.cartography.symbols import LayerStyle
from gis.catalogue import Label
from gis.coverage.classes import Technology, level_classes, technology
from gis.coverage.regions import LEVELS
from gis.coverage.results import Note
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox

TRANSMITTERS = {"wifi": "wifi_hotspot", "cells": "base_station"}  # by kind of run: what a map of it shows
_FALLBACK_HALF_M = 5_000.0  # what an empty city shows: ten kilometres around the middle of its projection
_TABLE_CLASSES = 5
_SMALL_PAPER = 250.0  # mm: narrower sheets take smaller letters on the map


class CityFile(City, Protocol):
    """What composing asks of a session beyond the legend."""

    @property
    def crs(self) -> pyproj.CRS:
        """The project's CRS."""

    def extent(self, cls: str | None = None) -> BBox | None:
        """The bounding box of a class, or of everything."""

    def sql(self, text: str, params: Sequence[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Read-only SQL."""


class CoverageRun(Protocol):
    """A recorded coverage analysis (``gis.project.Run``)."""

    @property
    def id(self) -> int | None:
        """Its number."""

    @property
    def kind(self) -> str:
        """ "wifi" or "cells"."""

    @property
    def params(self) -> dict[str, Any]:
        """What was asked."""

    @property
    def started_at(self) -> str:
        """When, ISO."""

    @property
    def summary(self) -> dict[str, Any]:
        """What came out."""

    @property
    def files(self) -> dict[str, str]:
        """Its files, relative to the project's folder of attachments."""


def compose(
    city: CityFile,
    template: SheetTemplate,
    *,
    run: CoverageRun | None = None,
    folder: Path | None = None,
    extent: BBox | None = None,
    denominator: float | None = None,
    language: Language = "zh",
    date: datetime.date | None = None,
    words: Mapping[str, str] | None = None,
    layers: Sequence[SheetLayer] | None = None,
    styles: Mapping[str, LayerStyle] | None = None,
    page: AtlasPage | None = None,
) -> SheetSpec:
    """One settled sheet of a city, or one page of an atlas where ``page`` says which.

    ``extent`` (default: what the run or the city covers) is fitted at the next round scale, or centred at
    ``denominator``. ``folder`` is where a run's files lie. ``words`` set or replace title, subtitle, place, maker,
    approval, data_date, mark and notes. ``run`` is shown where the template is about coverage. ``layers`` replace the
    template's; a public sheet keeps those of the ground. ``styles`` of the project replace the catalogue's.
    Raises Refusal ``sheets.approval_needed``, ``sheets.no_raster``.
    """
    given = {key: value for key, value in (words or {}).items() if value}
    public = template.publication == "public"
    if template.subject != "coverage":
        run = None
    shown = [
        layer
        for layer in (_layers(city, template, run, styles or {}) if layers is None else layers)
        if not public or city.catalogue[layer.cls].family == "ground"
    ]
    coverage, kind = _coverage(run, folder, template) if run is not None else (None, None)
    window = template.map_item.inner()
    wanted = extent or (_raster_extent(coverage.path) if coverage else None) or city_extent(city)
    scale = denominator or fitting_denominator(wanted, window)
    center = ((wanted[0] + wanted[2]) / 2, (wanted[1] + wanted[3]) / 2)
    levels = (
        [] if coverage is None or kind is None else [level_legend(kind, coverage.classes, language, coverage.opacity)]
    )
    outline = page.outline if page is not None else None
    main = MapView(center, scale, tuple(shown), coverage, outline=outline)
    views = {template.map_item.id: main}
    for item in all_items(template.items):
        if isinstance(item, MapItem) and item.role != "main":
            views[item.id] = _further_view(city, item, main)
    # The main map's legend is always made: an empty one tells that there is nothing to show.
    legends = {template.map_item.id} | {item.of for item in all_items(template.items) if isinstance(item, LegendItem)}
    for item in all_items(template.items):
        if isinstance(item, MapItem) and item.id in legends:
            view = views[item.id]
            frame = frame_extent(item.inner(), view.center, view.denominator)
            found = class_legend(city, [layer.style for layer in view.layers], frame, view.denominator, language)
            views[item.id] = replace(view, legend=(*(levels if view.coverage else ()), *found))
    frame = frame_extent(window, center, scale)
    classes = [layer.cls for layer in shown]
    tables: dict[str, Table] = {}
    for item in all_items(template.items):
        if isinstance(item, TableItem):
            table = _table(city, item, template, run, classes, frame, language)
            if table is not None:
                tables[item.id] = table
    fields = _fields(city, template, run, kind, coverage, classes, language, date or datetime.date.today(), given)
    fields["scale"] = f"1:{scale:,.0f}"
    if page is not None:
        fields |= page.words()
    return SheetSpec(
        template=template.name,
        language=language,
        paper=template.paper,
        margins=template.margins,
        publication=template.publication,
        items=template.items,
        crs=city.crs.to_string(),
        views=views,
        tables=tables,
        fields=fields,
    )


def _further_view(city: CityFile, item: MapItem, main: MapView) -> MapView:
    """What an overview or an inset shows: the whole city, or the area it is about."""
    wanted = city_extent(city)
    if item.place:
        found = city.columns("area", ["code"], where='"code" = ?', params=(item.place,))
        if len(found) and found.geometry is not None and found.geometry[0] is not None:
            xmin, ymin, xmax, ymax = found.geometry[0].bounds
            wanted = (float(xmin), float(ymin), float(xmax), float(ymax))
    scale = item.denominator or fitting_denominator(wanted, item.inner())
    center = ((wanted[0] + wanted[2]) / 2, (wanted[1] + wanted[3]) / 2)
    if len(item.center) == 2:
        center = (item.center[0], item.center[1])
    layers = tuple(layer for layer in main.layers if not item.layers or layer.cls in item.layers)
    return MapView(center, scale, layers, main.coverage if item.role == "inset" else None)


def _table(
    city: CityFile, item: TableItem, template: SheetTemplate, run: CoverageRun | None, classes: Sequence[str],
    frame: BBox, language: Language,
) -> Table | None:  # fmt: skip
    if item.content == "counts" or template.subject == "inventory":
        return _counts_table(city, classes, frame, language)
    return _areas_table(run, language) if run is not None else None


def _layers(
    city: CityFile, template: SheetTemplate, run: CoverageRun | None, styles: Mapping[str, LayerStyle]
) -> list[SheetLayer]:
    """The template's layers; beside a run's result only the transmitters which it was computed from."""
    strange = set() if run is None else {cls for kind, cls in TRANSMITTERS.items() if kind != run.kind}
    kinds = sorted((city.catalogue[n] for n in template.layers if n not in strange), key=lambda cls: cls.order)
    small = min(template.paper.width, template.paper.height) < _SMALL_PAPER
    drawn = [styles.get(cls.name) or LayerStyle.from_class(cls) for cls in kinds]
    return [SheetLayer(style.cls, _lettered(style, small)) for style in drawn]


def _lettered(style: LayerStyle, small: bool) -> LayerStyle:
    """The style without the city's own name, which the sheet's title says, in smaller type on small paper."""
    rules = {code: rule for code, rule in style.labels.items() if code != "city"}
    if small:
        rules = {code: replace(rule, size=max(rule.size * 0.8, min(rule.size, 2.0))) for code, rule in rules.items()}
    return replace(style, labels=rules)


def coverage_shown(run: CoverageRun, folder: Path | None) -> tuple[CoverageShown, Technology]:
    """The raster of a run with the classes it is shown in. Raises Refusal ``sheets.no_raster`` when it is gone."""
    name = run.files.get("coverage")
    path = None if name is None else (folder / name if folder is not None else Path(name))
    if path is None or not path.is_file():
        raise Refusal("sheets.no_raster", run=run.id, file=str(path or "coverage.tif"))
    kind = technology(str(run.summary["technology"]))
    return CoverageShown(path, level_classes(kind.name, run.summary["level_threshold"])), kind


def _coverage(run: CoverageRun, folder: Path | None, template: SheetTemplate) -> tuple[CoverageShown, Technology]:
    shown, kind = coverage_shown(run, folder)
    return CoverageShown(shown.path, shown.classes, template.generalise_m), kind


def _raster_extent(path: Path) -> BBox:
    with rasterio.open(path) as raster:
        bounds = raster.bounds
    return float(bounds.left), float(bounds.bottom), float(bounds.right), float(bounds.top)


def city_extent(city: CityFile) -> BBox:
    """What a sheet of the whole city shows: its areas, else all features, else the middle of its projection."""
    found = city.extent("area") or city.extent()
    if found is None:
        to_grid = pyproj.Transformer.from_crs(city.crs.geodetic_crs, city.crs, always_xy=True)
        use = city.crs.area_of_use
        lon, lat = ((use.west + use.east) / 2, (use.south + use.north) / 2) if use else (120.0, 33.5)
        x, y = to_grid.transform(lon, lat)
        found = (x, y, x, y)
    xmin, ymin, xmax, ymax = found
    if xmax - xmin < 1.0 and ymax - ymin < 1.0:
        pad = _FALLBACK_HALF_M
        return xmin - pad, ymin - pad, xmax + pad, ymax + pad
    return found


def sheet_words(
    city: CityFile,
    template: SheetTemplate,
    run: CoverageRun | None,
    folder: Path | None,
    language: Language,
    date: datetime.date,
    given: Mapping[str, str],
) -> dict[str, str]:
    """The words of a sheet alone, for outputs that are not paper; the keys are those of ``SheetSpec.fields``."""
    coverage, kind = coverage_shown(run, folder) if run is not None else (None, None)
    return _fields(city, template, run, kind, coverage, template.layers, language, date, given)


def _fields(
    city: CityFile, template: SheetTemplate, run: CoverageRun | None, kind: Technology | None,
    coverage: CoverageShown | None, classes: Sequence[str], language: Language, date: datetime.date,
    given: Mapping[str, str],
) -> dict[str, str]:  # fmt: skip
    zh = language == "zh"
    data_date = given.get("data_date") or _data_date(city, classes, language)
    made = {
        "place": given.get("place") or _place(city, run),
        "subject": _subject(kind, language),
        "rule": _rule(run, kind, language),
        "crs": crs_words(city.crs, language),
        "printed_on": day(date, language),
        "data_date": data_date,
        "maker": given.get("maker", ""),
        "approval": given.get("approval", ""),
        "mark": "",
        "definition": _definition(run, kind, coverage, language),
    }
    if template.subject == "coverage" and run is None:
        made["rule"] = "尚无分析结果" if zh else "No analysis has been run yet"
        made["definition"] = (
            "本图没有覆盖结果。请先在“分析”中运行一次覆盖分析，再输出本图。"
            if zh
            else "There is no coverage result on this sheet. Run an analysis first, then print again."
        )
    for key in ("title", "subtitle", "mark", "notes"):
        pattern = template.words.get(key)
        made[key] = given.get(key) or (filled(pattern.text(language), made) if pattern else "")
    if not made["place"]:  # an empty city has no name yet
        made["title"] = made["title"].removesuffix(" of ").strip(" ,，")
    if not given.get("title"):  # without a subject or a place the pattern begins in the middle of its sentence
        title = made["title"].strip()
        made["title"] = title[:1].upper() + title[1:]
    parts = [
        ("制图：{}" if zh else "Made by {}", made["maker"]),
        ("数据截至 {}" if zh else "Data as of {}", data_date),
        ("制图日期 {}" if zh else "Printed {}", made["printed_on"]),
        ("审图号 {}" if zh else "Approval no. {}", "" if template.publication == "public" else made["approval"]),
    ]
    made["imprint"] = "  ·  ".join(pattern.format(value) for pattern, value in parts if value)
    return made


def filled(text: str, fields: Mapping[str, str]) -> str:
    """``text`` with its ``{fields}``; an unknown field stays as it is written."""
    return re.sub(r"\{(\w+)\}", lambda found: fields.get(found[1], found[0]), text)


def day(date: datetime.date, language: Language) -> str:
    """2026年3月5日, or 5 March 2026."""
    if language == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    months = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )  # fmt: skip
    return f"{date.day} {months[date.month - 1]} {date.year}"


def crs_words(crs: pyproj.CRS, language: Language) -> str:
    """The CRS as a sheet names it: "CGCS2000 / 3度带 CM 120E，EPSG:4549"."""
    name = crs.name
    if language == "zh":
        name = re.sub(r"3-degree Gauss-Kruger zone (\d+)", r"3度带 第\1带", name)
        name = name.replace("3-degree Gauss-Kruger", "3度带").replace("Gauss-Kruger zone", "高斯-克吕格 6度带 第")
    code = crs.to_epsg()
    if code is None:
        return name
    return f"{name}，EPSG:{code}" if language == "zh" else f"{name}, EPSG:{code}"


def _place(city: CityFile, run: CoverageRun | None) -> str:
    code = run.params.get("area") if run is not None else None
    where, params = ('"code" = ?', (str(code),)) if code else ("\"level\" = 'city'", ())
    found = city.columns("area", ["name"], where=where, params=params, geometry=False, limit=1)
    return str(found.fields["name"][0] or "") if len(found) else ""


def _data_date(city: CityFile, classes: Sequence[str], language: Language) -> str:
    latest = ""
    for cls in classes:
        _, rows = city.sql(f'SELECT max("updated_at") FROM "{city.catalogue[cls].name}"')
        latest = max(latest, str(rows[0][0] or "")) if rows else latest
    try:
        return day(datetime.date.fromisoformat(latest[:10]), language)
    except ValueError:
        return ""


def _subject(kind: Technology | None, language: Language) -> str:
    """What is covered, in a title: "WiFi", "5G NR"."""
    if kind is None:
        return ""
    short = {"wifi": Label("WiFi", "WiFi"), "any": Label("移动网络", "Mobile network")}
    return short.get(kind.name, kind.label).text(language)


def _rule(run: CoverageRun | None, kind: Technology | None, language: Language) -> str:
    """From which level on a place counts as covered."""
    if run is None or kind is None:
        return ""
    threshold = run.summary.get("threshold_dbm")
    if threshold is None:
        return (
            "3G、4G、5G 任一制式达到各自门限即为覆盖"
            if language == "zh"
            else "Covered where any of 3G, 4G and 5G meets its own threshold"
        )
    value = f"{threshold:g}".replace("-", "−")
    quantity = "" if kind.quantity == "margin" else f"{kind.quantity} "
    return f"{quantity}≥ {value} dBm 为覆盖" if language == "zh" else f"Covered where {quantity}≥ {value} dBm"


def _definition(
    run: CoverageRun | None, kind: Technology | None, coverage: CoverageShown | None, language: Language
) -> str:
    """Threshold, model, grid and date of a run, and what its reader has to know."""
    if run is None or kind is None:
        return ""
    zh = language == "zh"
    lines = [_rule(run, kind, language)]
    if model := run.summary.get("model"):
        lines.append(("模型：" if zh else "Model: ") + Note.from_json(model).text(language))
    when = run.started_at[:10]
    with suppress(ValueError):
        when = day(datetime.date.fromisoformat(when), language)
    grid = float(run.summary.get("resolution_m") or 0.0)
    lines.append(
        f"第 {run.id} 次分析，{when}，计算网格 {grid:g} m"
        if zh
        else f"Analysis {run.id} of {when}, on a {grid:g} m grid"
    )
    if coverage is not None and coverage.cell_m:
        said = "图上电平按 {:g} m 格网概括" if zh else "Levels are shown in squares of {:g} m"
        lines.append(said.format(coverage.cell_m))
    lines += [Note.from_json(note).text(language) for note in run.summary.get("notes", [])]
    return "\n".join(f"{line}。" if zh else f"{line}." for line in lines)


def percentages(shares: Sequence[Any]) -> list[str]:
    """A column of shares as percentages of equally many decimals: two where all are below one per cent."""
    known = [float(share) for share in shares if share is not None and share == share]
    decimals = 2 if known and max(known) < 0.01 else 1
    return ["–" if s is None or s != s else f"{100.0 * float(s):.{decimals}f}%" for s in shares]


def area_figures(run: CoverageRun) -> tuple[list[Mapping[str, Any]], Mapping[str, Any] | None]:
    """The rows of a run by area, and the one for the whole.

    Of the levels counted the largest area is the whole and the next level its parts; several largest areas are the
    parts themselves, and the run's headline the whole.
    """
    rows: list[Mapping[str, Any]] = sorted(run.summary.get("areas", []), key=lambda row: str(row.get("code") or ""))
    present = [level for level in (*LEVELS, None) if any(row.get("level") == level for row in rows)]
    if not present:
        return [], None
    largest = [row for row in rows if row.get("level") == present[0]]
    if len(largest) == 1 and len(present) > 1:
        return [row for row in rows if row.get("level") == present[1]], largest[0]
    headline = run.summary.get("headline")
    return largest, headline if len(largest) > 1 and isinstance(headline, Mapping) else None


def _areas_table(run: CoverageRun, language: Language) -> Table | None:
    """Shares by area, the whole as the last row."""
    rows, total = area_figures(run)
    if not rows:
        return None
    zh = language == "zh"
    whole = {"name": "合计" if zh else "Total", **total} if total is not None else None
    largest = max(float(row.get("covered_m2") or 0.0) for row in rows) / 1e6
    decimals = 0 if largest >= 1000 else 1 if largest >= 10 else 2
    listed = [*rows, *([whole] if whole is not None else [])]
    cells = tuple(
        zip(
            [str(row.get("name") or row.get("code") or "") for row in listed],
            [f"{float(row.get('covered_m2') or 0.0) / 1e6:,.{decimals}f}" for row in listed],
            percentages([row.get("area_share") for row in listed]),
            percentages([row.get("population_share") for row in listed]),
            [f"{int(row.get('sites') or 0):,}" for row in listed],
            strict=True,
        )
    )
    head = ("区域", "覆盖 km²", "面积率", "人口率", "站点") if zh else ("Area", "km²", "of area", "of people", "Sites")
    title = "分区覆盖率" if zh else "Coverage by area"
    return Table(title, head, cells, (False, True, True, True, True), total is not None)


def _counts_table(city: CityFile, classes: Sequence[str], frame: BBox, language: Language) -> Table | None:
    """How many features of the most frequent point classes each county has, of what the frame shows."""
    zh = language == "zh"
    kinds = [city.catalogue[name] for name in classes]
    kinds = [cls for cls in kinds if cls.family != "ground" and cls.geometry == "point"]
    counties = city.columns("area", ["name", "code"], where="\"level\" = 'county'", bbox=frame)
    if counties.geometry is None or not len(counties) or not kinds:
        return None
    order = np.argsort(np.array([str(code or "") for code in counties.fields["code"]]), kind="stable")
    outlines = counties.geometry[order]
    names = [str(counties.fields["name"][i] or counties.fields["code"][i] or "") for i in order]
    shapely.prepare(outlines)
    numbers: list[list[int]] = []
    for cls in kinds:
        places = city.columns(cls.name, [], bbox=frame).geometry
        xy = shapely.get_coordinates(places) if places is not None else np.zeros((0, 2))
        numbers.append([_inside(outline, xy) for outline in outlines])
    most = sorted(range(len(kinds)), key=lambda i: -sum(numbers[i]))[:_TABLE_CLASSES]
    most.sort()
    rows = [(name, *(f"{numbers[k][i]:,}" for k in most)) for i, name in enumerate(names)]
    rows.append(("合计" if zh else "Total", *(f"{sum(numbers[k]):,}" for k in most)))
    head = ("区域" if zh else "Area", *(kinds[k].label.text(language) for k in most))
    title = "分区资源数量" if zh else "Counts by area"
    return Table(title, head, tuple(rows), (False, *(True for _ in most)), True)


def _inside(outline: Any, xy: np.ndarray[Any, Any]) -> int:
    xmin, ymin, xmax, ymax = outline.bounds
    near = xy[(xy[:, 0] >= xmin) & (xy[:, 0] <= xmax) & (xy[:, 1] >= ymin) & (xy[:, 1] <= ymax)]
    return int(shapely.contains_xy(outline, near).sum()) if len(near) else 0
