"""Fills a template with a city: extents, layers, legends, words, tables, charts, cards and pictures of one sheet."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import rasterio
import shapely

from gis.cartography.legend import class_legend, level_legend
from gis.cartography.sheets.chainage import Route, route_of, stations
from gis.cartography.sheets.charts import chart_of
from gis.cartography.sheets.city import CityFile, CoverageRun, area_figures, city_extent
from gis.cartography.sheets.fields import convergence_words, counted_fields, crs_words, day, filled, sheet_fields
from gis.cartography.sheets.greys import grey_classes, grey_style
from gis.cartography.sheets.items import CardItem, ChartItem, LegendItem, MapItem, PictureItem, TableItem, all_items
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.policy import Policy
from gis.cartography.sheets.restriction import Restricted
from gis.cartography.sheets.specification import (
    Card,
    Chart,
    CoverageShown,
    MapView,
    SheetLayer,
    SheetSpec,
    Table,
    fitting_denominator,
    frame_extent,
)
from gis.cartography.sheets.tables import Sources, percentages, table_of
from gis.cartography.sheets.templates import SheetTemplate
from gis.cartography.symbols import LayerStyle
from gis.coverage.classes import Technology, level_classes, technology
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox

__all__ = [
    "CityFile", "CoverageRun", "area_figures", "city_extent", "compose", "coverage_shown", "crs_words", "day", "filled",
    "percentages", "sheet_words",
]  # fmt: skip

TRANSMITTERS = {"wifi": "wifi_hotspot", "cells": "base_station"}  # by kind of run: what a map of it shows
_SMALL_PAPER = 250.0  # mm: narrower sheets take smaller letters on the map
_OVERVIEW_LAYERS = ("area", "road")  # an overview tells where one is, unless its template wants more
_ROUTE_AIR = 0.08  # of the length of a route, around it


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
    policy: Policy | None = None,
) -> SheetSpec:
    """One settled sheet of a city, or one page of an atlas where ``page`` says which.

    ``extent`` (default: what the run or the city covers) is fitted at the next round scale, or centred at
    ``denominator``. ``folder`` is where a run's files and pictures lie. ``words`` set or replace title, subtitle,
    place, maker, approval, data_date, mark and notes; ``logo`` is a picture's file, ``route`` the code of a route.
    ``run`` is shown where the template is about coverage. ``layers`` replace the template's; a public sheet keeps those
    of the ground. ``styles`` of the project replace the catalogue's. ``policy`` fills the cards and gives charts their
    targets; without one there are none.
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
    if template.grey:
        shown = [replace(layer, style=grey_style(layer.style)) for layer in shown]
    coverage, kind = _coverage(run, folder, template) if run is not None else (None, None)
    items = all_items(template.items)
    route = _route(city, items, given, page, extent, language)
    window = template.map_item.inner()
    wanted = extent or (_around(route) if route else None) or (_raster_extent(coverage.path) if coverage else None)
    wanted = wanted or city_extent(city)
    scale = denominator or template.map_item.denominator or fitting_denominator(wanted, window)
    center = ((wanted[0] + wanted[2]) / 2, (wanted[1] + wanted[3]) / 2)
    frame = frame_extent(window, center, scale)
    main = MapView(center, scale, tuple(shown), coverage, outline=page.outline if page is not None else None)
    if route is not None:
        main = replace(main, route=shapely.to_wkb(route.geometry), stations=stations(route, frame, scale))
    levels = (
        () if coverage is None or kind is None else (level_legend(kind, coverage.classes, language, coverage.opacity),)
    )
    views = {template.map_item.id: main}
    for item in items:
        if isinstance(item, MapItem) and item.role != "main":
            views[item.id] = _further_view(city, item, main)
    # The main map's legend is always made: an empty one tells that there is nothing to show.
    legends = {template.map_item.id} | {item.of for item in items if isinstance(item, LegendItem)}
    for item in items:
        if isinstance(item, MapItem) and item.id in legends:
            view = views[item.id]
            shows = frame_extent(item.inner(), view.center, view.denominator)
            found = class_legend(city, [layer.style for layer in view.layers], shows, view.denominator, language)
            views[item.id] = replace(view, legend=(*(levels if view.coverage else ()), *found))
    classes = tuple(layer.cls for layer in shown)
    sources = Sources(city, run, classes, frame, language, page, route, template.subject == "inventory", policy)
    tables: dict[str, Table] = {}
    charts: dict[str, Chart] = {}
    cards: dict[str, Card] = {}
    for item in items:
        if isinstance(item, TableItem) and (table := table_of(item.content, sources, item.rows)) is not None:
            tables[item.id] = table
        elif isinstance(item, ChartItem) and (chart := chart_of(item.content, item.form, sources)) is not None:
            charts[item.id] = chart
        elif isinstance(item, CardItem) and policy is not None:
            cards[item.id] = policy.card(item.indicator)
    day_made = date or datetime.date.today()
    cell_m = coverage.cell_m if coverage is not None else 0.0
    # Titles name figures of the map too, so those are counted first.
    patterns = [label.text(language) for label in template.words.values()]
    told = counted_fields(city, items, (*patterns, *given.values()), frame)
    told |= {"scale": f"1:{scale:,.0f}", "route": "", "route_length": ""}
    told["convergence"] = convergence_words(city.crs, center, language)
    if route is not None:
        told |= {"route": route.name, "route_length": f"{route.length_m / 1000.0:,.3f} km"}
    fields = sheet_fields(city, template, run, kind, cell_m, classes, language, day_made, given, page, told)
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
        charts=charts,
        cards=cards,
        pictures=_pictures(items, template, folder, given),
        fields=fields,
        grey=template.grey,
    )


def _route(
    city: CityFile, items: Iterable[object], given: Mapping[str, str], page: AtlasPage | None, extent: BBox | None,
    language: Language,
) -> Route | None:  # fmt: skip
    """The line of a route sheet: the one asked for, the page's, else the longest there is."""
    if not any(isinstance(item, TableItem) and item.content == "chainage" for item in items):
        return None
    asked = given.get("route", "")
    if not asked and page is not None and page.code:
        found = route_of(city, page.code, extent, language)
        if found is not None:
            return found
    return route_of(city, asked, extent, language)


def _around(route: Route) -> BBox:
    """A route with air around it; a short one gets fifty metres."""
    xmin, ymin, xmax, ymax = (float(value) for value in route.geometry.bounds)
    air = max(max(xmax - xmin, ymax - ymin) * _ROUTE_AIR, 50.0)
    return xmin - air, ymin - air, xmax + air, ymax + air


def _pictures(
    items: Iterable[object], template: SheetTemplate, folder: Path | None, given: Mapping[str, str]
) -> dict[str, Path]:
    """Where the pictures lie, by item; one that is nowhere keeps the name that was asked for, and the page says so.

    They are looked for beside the template, in the project's folder of attachments and beside the project. The logo is
    the file given as ``logo`` among the words, or a file called logo in one of these places; without one there is none.
    """
    places = [place for place in (template.folder, folder, folder.parent if folder is not None else None) if place]
    made: dict[str, Path] = {}
    for item in items:
        if not isinstance(item, PictureItem):
            continue
        name = given.get("logo", "") if item.file == "logo" else item.file
        if name:
            tried = [Path(name), *(place / name for place in places)]
            made[item.id] = next((path for path in tried if path.is_file()), Path(name))
        elif item.file == "logo":
            logos = (place / f"logo{suffix}" for place in places for suffix in (".svg", ".png", ".jpg", ".jpeg"))
            found = next((path for path in logos if path.is_file()), None)
            if found is not None:
                made[item.id] = found
    return made


def _further_view(city: CityFile, item: MapItem, main: MapView) -> MapView:
    """What an overview or an inset shows: the whole city, or the area it is about, of whatever page the sheet is."""
    city = city.whole if isinstance(city, Restricted) else city
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
    usual = _OVERVIEW_LAYERS if item.role == "overview" else ()
    names = item.layers or usual
    layers = tuple(layer for layer in main.layers if not names or layer.cls in names)
    coverage = main.coverage if item.role == "inset" else None
    return MapView(center, scale, layers, coverage, outline=main.outline if item.role == "inset" else None)


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
    classes = grey_classes(shown.classes) if template.grey else shown.classes
    return CoverageShown(shown.path, classes, template.generalise_m, 1.0 if template.grey else shown.opacity), kind


def _raster_extent(path: Path) -> BBox:
    with rasterio.open(path) as raster:
        bounds = raster.bounds
    return float(bounds.left), float(bounds.bottom), float(bounds.right), float(bounds.top)


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
    cell_m = coverage.cell_m if coverage is not None else 0.0
    return sheet_fields(city, template, run, kind, cell_m, template.layers, language, date, given)
