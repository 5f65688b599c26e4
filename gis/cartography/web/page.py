"""A map for the browser in one file that needs no network: scripts, styles, pictures and data are all inside it.

Every feature is in the page with its shape and fields, packed into columns; where there are more than a browser holds
with ease, those of the largest classes are counted in squares instead, and the page says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyproj

from gis.cartography.legend import level_legend
from gis.cartography.sheets.contents import (
    CityFile,
    CoverageRun,
    area_figures,
    city_extent,
    coverage_shown,
    sheet_words,
)
from gis.cartography.sheets.specification import CoverageShown
from gis.cartography.sheets.templates import SheetTemplate, sheet_template
from gis.cartography.symbols import LayerStyle
from gis.cartography.web.document import document
from gis.cartography.web.ground import LIMIT_MB, WebGround, embedded
from gis.cartography.web.layers import default_classes, layer_data, rows_of
from gis.cartography.web.packing import Blocks
from gis.cartography.web.raster import mercator_overlay
from gis.cartography.web.shapes import bounds_of
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress

LIMIT, MOST = 400_000, 1_500_000  # features with their shapes and fields: of a class, of all classes of a page
FOUND = 1_000_000  # features that are only counted and can still be found by name and code


def write_webmap(
    source: Any,
    out: Path,
    *,
    run: CoverageRun | None = None,
    classes: Sequence[str] | None = None,
    area: str | None = None,
    extent: BBox | None = None,
    language: Language = "zh",
    date: datetime.date | None = None,
    template: str | Path | None = None,
    words: Mapping[str, str] | None = None,
    limit: int = LIMIT,
    progress: Progress | None = None,
    styles: Mapping[str, LayerStyle] | None = None,
    most: int = MOST,
    base_maps: Sequence[WebGround] = (),
    base_maps_mb: float = LIMIT_MB,
) -> Path:
    """Write the map of a city to ``out``; both languages are inside, ``language`` comes first.

    ``source``: a session (or a snapshot, when no run is shown). ``classes`` None: the ground and the analysed sites of
    ``run``, or all visible classes. ``area``, ``extent``: only what touches the area with this code, or this rectangle
    of the project's CRS. ``limit``, ``most``: features of a class and of all classes that are carried with shapes and
    fields; the largest classes beyond are counted in squares. ``styles`` of the project replace the catalogue's.
    ``template`` names the sheet whose words, in ``words`` replaced, stand over the map; where it is for the public, no
    device is shown and levels stand in squares, as on paper. ``base_maps``, topmost first: their tiles over the map's
    window, up to ``base_maps_mb`` MB together.
    Restricted fields are left out. CGCS2000 degrees are shown as WGS 84, from which they differ by less than a metre.
    Raises Refusal ``sheets.no_area``, ``sheets.no_raster``, ``sheets.approval_needed``, ``catalogue.no_class``.
    """
    progress = progress or Progress()
    sheet = sheet_template(template or ("coverage_a3" if run is not None else "inventory_a3"))
    if sheet.subject != "coverage":
        run = None
    given = {key: text for key, text in (words or {}).items() if text.strip()}
    public = sheet.publication == "public"
    if public and not given.get("approval"):
        raise Refusal("sheets.approval_needed", template=sheet.name)
    day = date or datetime.date.today()
    folder = source.attachments_folder() if hasattr(source, "attachments_folder") else None
    crs = source.crs if hasattr(source, "crs") else pyproj.CRS(source.srid)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    outline = _outline(source, area) if area is not None else None
    bbox: BBox | None = tuple(outline.bounds) if outline is not None else extent
    names = list(classes) if classes is not None else list(default_classes(source, run.kind if run else None))
    if public:
        names = [name for name in names if source.catalogue[name].family == "ground"]
    drawn = [(styles or {}).get(name) or LayerStyle.from_class(source.catalogue[name]) for name in names]
    blocks = Blocks()
    data: dict[str, Any] = {
        **_words(source, sheet, run, folder, day, given),
        "language": language,
        "layers": _layers(source, drawn, bbox, outline, to_degrees, blocks, limit, most, classes is not None, progress),
        "coverage": None,
        "areas": _areas(source, run, to_degrees) if run is not None else [],
        "bounds": bounds_of(bbox or city_extent(source), to_degrees),
    }
    if run is not None:
        coverage, kind = coverage_shown(run, folder)
        data["coverage"] = _coverage(replace(coverage, cell_m=sheet.generalise_m), kind)
        if bbox is None:
            data["bounds"] = data["coverage"]["bounds"]
    progress.step(len(names), len(names) + 1, "sheets.writing")
    data["grounds"], tiles = _grounds(base_maps, data["bounds"], base_maps_mb * 1e6)
    out.write_text(document(data, blocks.texts, tiles, language), "utf-8")
    return out


def _layers(
    source: CityFile, styles: Sequence[LayerStyle], bbox: BBox | None, outline: Any | None,
    to_degrees: pyproj.Transformer, blocks: Blocks, limit: int, most: int, asked: bool, progress: Progress,
) -> list[dict[str, Any]]:  # fmt: skip
    """The classes in drawing order, the ground first. Small classes are carried whole before large ones."""
    sizes = {style.cls: source.sql(f'SELECT count(*) FROM "{style.cls}"')[1][0][0] for style in styles}
    made, carried, found = [], 0, 0
    for i, style in enumerate(sorted(styles, key=lambda style: (sizes[style.cls], style.cls))):
        progress.step(i, len(styles) + 1, "sheets.composing")
        rows = rows_of(source, style, bbox=bbox, outline=outline)
        if rows is None:
            continue
        whole = len(rows) <= limit and carried + len(rows) <= most
        sought = whole or found + len(rows) <= FOUND
        carried += len(rows) if whole else 0
        found += len(rows) if sought and not whole else 0
        shown = asked or source.catalogue[style.cls].visible
        made.append(layer_data(rows, to_degrees, blocks, whole=whole, sought=sought, visible=shown))
    return sorted(made, key=lambda layer: source.catalogue[layer["cls"]].order)


def _grounds(
    base_maps: Sequence[WebGround], bounds: list[list[float]], limit: float
) -> tuple[list[dict[str, Any]], list[str]]:
    """What the page says about its base maps, topmost first, and their tiles; each gets its share of what is left."""
    facts, tiles = [], []
    for i, ground in enumerate(base_maps):
        made = embedded(ground, bounds, limit / (len(base_maps) - i))
        if made is not None:
            limit -= made.size
            facts.append(made.facts)
            tiles.append(made.tiles)
    return facts, tiles


def _words(
    source: CityFile, sheet: SheetTemplate, run: CoverageRun | None, folder: Path | None, date: datetime.date,
    given: Mapping[str, str],
) -> dict[str, dict[str, str]]:  # fmt: skip
    made: dict[str, dict[str, str]] = {key: {} for key in ("title", "subtitle", "mark", "definition", "imprint")}
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        fields = sheet_words(source, sheet, run, folder, language, date, given)
        for key, texts in made.items():
            texts[language] = fields[key]
        if sheet.publication == "public":
            said = "审图号：{}" if language == "zh" else "Approval no. {}"
            made["mark"][language] = said.format(fields["approval"])
    return made


def _coverage(coverage: CoverageShown, kind: Any) -> dict[str, Any]:
    image, bounds = mercator_overlay(coverage)
    zh, en = (level_legend(kind, coverage.classes, language) for language in ("zh", "en"))
    return {
        "image": image,
        "bounds": bounds,
        "title": {"zh": zh.title, "en": en.title},
        "legend": [
            {"color": a.color, "label": {"zh": a.label, "en": b.label}}
            for a, b in zip(zh.entries, en.entries, strict=True)
        ],
    }


def _areas(source: CityFile, run: CoverageRun, to_degrees: pyproj.Transformer) -> list[dict[str, Any]]:
    rows, total = area_figures(run)
    outlines = source.columns("area", ["code"])
    found = dict(zip(outlines.fields["code"], outlines.geometry if outlines.geometry is not None else [], strict=False))
    made = []
    for row in [*rows, *([total] if total is not None else [])]:
        outline = found.get(row.get("code"))
        made.append(
            {
                "name": str(row.get("name") or row.get("code") or "∑"),
                "area_share": _share(row.get("area_share")),
                "population_share": _share(row.get("population_share")),
                "sites": int(row.get("sites") or 0),
                "total": row is total,
                "bounds": None if outline is None else bounds_of(tuple(outline.bounds), to_degrees),
            }
        )
    return made


def _share(value: Any) -> float | None:
    return None if value is None or value != value else round(float(value), 6)


def _outline(source: CityFile, code: str) -> Any:
    found = source.columns("area", ["code"], where='"code" = ?', params=(code,))
    if not len(found) or found.geometry is None or found.geometry[0] is None:
        raise Refusal("sheets.no_area", area=code)
    return found.geometry[0]
