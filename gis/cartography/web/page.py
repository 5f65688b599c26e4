"""A map for the browser in one file that needs no network: scripts, styles, pictures and data are all inside it.

folium makes the page and the Leaflet map; its ten addresses on the Internet are replaced by what lies in
``resources/web``, and a content policy in the page forbids the browser to load anything from anywhere.
"""

from __future__ import annotations

import datetime
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import folium
import pyproj
from branca.element import Element, MacroElement
from folium.template import Template

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
from gis.cartography.web.layers import bounds_of, default_classes, layer_data
from gis.cartography.web.raster import mercator_overlay
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.resources import resource

LIMIT = 20_000  # features of one class
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_BODY = """
<header class="yt-head"><div class="yt-titles"><h1 id="yt-title"></h1><p id="yt-subtitle"></p></div>
<div class="yt-mark" id="yt-mark"></div><button id="yt-language" type="button"></button></header>
<div class="yt-body"><div class="yt-map" id="yt-map"></div><aside class="yt-side" id="yt-side"></aside></div>
"""


class _CityMap(folium.Map):
    """folium's map with none of its scripts and styles from the Internet, and the same name in every file."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _Drawing(MacroElement):
    """The call that draws the city's data."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        document.getElementById("yt-map").appendChild(document.getElementById({{ this._parent.get_name()|tojson }}));
        {{ this._parent.get_name() }}.invalidateSize();
        yantuMap({{ this._parent.get_name() }}, JSON.parse(document.getElementById("yt-data").textContent));
        {% endmacro %}
        """
    )


def write_webmap(
    source: Any,
    out: Path,
    *,
    run: CoverageRun | None = None,
    classes: Sequence[str] | None = None,
    area: str | None = None,
    language: Language = "zh",
    date: datetime.date | None = None,
    template: str | Path | None = None,
    words: Mapping[str, str] | None = None,
    limit: int = LIMIT,
    progress: Progress | None = None,
    styles: Mapping[str, LayerStyle] | None = None,
) -> Path:
    """Write the map of a city to ``out``; both languages are inside, ``language`` comes first.

    ``source``: a session (or a snapshot, when no run is shown). ``classes`` None: the ground and the analysed sites of
    ``run``, or all visible classes. ``area``: only what touches the area with this code. ``limit``: features of a
    class. ``styles`` of the project replace the catalogue's. ``template`` names the sheet whose words, in ``words``
    replaced, stand over the map; where it is for the public, no device is shown and levels stand in squares, as on
    paper. Restricted fields are left out. CGCS2000 degrees are shown as WGS 84, from which they differ by less than a
    metre. Raises Refusal ``sheets.no_area``, ``sheets.no_raster``, ``sheets.approval_needed``, ``catalogue.no_class``.
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
    bbox: BBox | None = tuple(outline.bounds) if outline is not None else None
    names = list(classes) if classes is not None else list(default_classes(source, run.kind if run else None))
    if public:
        names = [name for name in names if source.catalogue[name].family == "ground"]
    names.sort(key=lambda name: source.catalogue[name].order)
    layers = []
    for i, name in enumerate(names):
        progress.step(i, len(names) + 1, "sheets.composing")
        shown = classes is not None or source.catalogue[name].visible
        style = (styles or {}).get(name) or LayerStyle.from_class(source.catalogue[name])
        made = layer_data(source, style, to_degrees, bbox=bbox, outline=outline, limit=limit, visible=shown)
        if made is not None:
            layers.append(made)
    data: dict[str, Any] = {
        **_words(source, sheet, run, folder, day, given),
        "language": language,
        "layers": layers,
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
    out.write_text(_page(data, language), "utf-8")
    return out


def _page(data: dict[str, Any], language: Language) -> str:
    (south, west), (north, east) = data["bounds"]
    page = _CityMap(
        location=[(south + north) / 2, (west + east) / 2], zoom_start=10, tiles=None, prefer_canvas=True, zoom_snap=0.25
    )
    page._id = "yantu"
    page.global_switches._id = "yantu_switches"
    drawing = _Drawing()
    drawing._id = "yantu_data"
    page.add_child(drawing, name="data")
    root: Any = page.get_root()
    root._id = "yantu_page"
    root.title = None
    for name, text in (
        ("policy", f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'),
        ("title", f"<title>{_escaped(data['title'][language])}</title>"),
        ("leaflet_style", f"<style>{_leaflet_style()}</style>"),
        ("map_style", f"<style>{resource('web', 'map', 'map.css').read_text('utf-8')}</style>"),
        ("leaflet_licence", f"<!--\n{resource('web', 'leaflet', 'LICENSE').read_text('utf-8')}\n-->"),
        ("leaflet", f"<script>{resource('web', 'leaflet', 'leaflet.js').read_text('utf-8')}</script>"),
        ("map", f"<script>{resource('web', 'map', 'map.js').read_text('utf-8')}</script>"),
    ):
        root.header.add_child(_Literal(text), name=name)
    root.html.add_child(_Literal(_BODY), name="body", index=0)
    root.html.add_child(
        _Literal(f'<script type="application/json" id="yt-data">{_script_json(data)}</script>'), name="json"
    )
    return str(root.render())


class _Literal(Element):
    """Text put into the page as it is; nothing in it is taken for a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:
        """The text."""
        return self._text


def _leaflet_style() -> str:
    """Leaflet's style with its pictures inside."""
    folder = resource("web", "leaflet")

    def inside(found: re.Match[str]) -> str:
        picture = folder / found[1]
        if not picture.is_file():  # behaviours of browsers long gone
            return "none"
        return f"url(data:image/png;base64,{b64encode(picture.read_bytes()).decode('ascii')})"

    return re.sub(r"url\(([^)]*)\)", inside, (folder / "leaflet.css").read_text("utf-8"))


def _script_json(data: Any) -> str:
    """JSON that no text inside can turn into markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
