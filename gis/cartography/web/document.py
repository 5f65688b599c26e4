"""The page itself: folium's map with Leaflet, the page's own scripts and styles and all data folded into one file.

folium makes the page and the Leaflet map; its addresses on the Internet are replaced by what lies in
``resources/web``, and a content policy in the page forbids the browser to load anything from anywhere.
"""

from __future__ import annotations

import re
import tomllib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template

from gis.cartography.web.packing import script_json
from gis.errors import Language
from gis.resources import resource

SCRIPTS = (  # in this order: each uses only what stands before it
    "base", "blocks", "marks", "layers", "crowds", "drawing", "picking", "popup", "geodesy", "measure", "search",
    "ground", "legend", "panel", "link", "paper", "start",
)  # fmt: skip
STYLES = ("page", "parts", "paper")
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


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
        yantu.start({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )


class _Literal(Element):
    """Text put into the page as it is; nothing in it is taken for a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:
        """The text."""
        return self._text


def document(data: Mapping[str, Any], blocks: Sequence[str], grounds: Sequence[str], language: Language) -> str:
    """The text of the page. ``data``: what its scripts read; ``blocks``: packed columns; ``grounds``: tiles as JSON."""
    (south, west), (north, east) = data["bounds"]
    page = _CityMap(
        location=[(south + north) / 2, (west + east) / 2], zoom_start=10, tiles=None, zoom_control=False,
        zoom_snap=0.25, attributionControl=True,
    )  # fmt: skip
    page._id = "yantu"
    page.global_switches._id = "yantu_switches"
    drawing = _Drawing()
    drawing._id = "yantu_data"
    page.add_child(drawing, name="data")
    root: Any = page.get_root()
    root._id = "yantu_page"
    root.title = None
    for name, text in _head(escape(data["title"][language], quote=False)).items():
        root.header.add_child(_Literal(text), name=name)
    root.html.add_child(_Literal(_text("map", "body.html")), name="body", index=0)
    held = [f'<script type="application/json" id="yt-data">{script_json({**data, "words": words()})}</script>']
    held += [f'<script type="text/plain" id="yt-block-{i}">{text}</script>' for i, text in enumerate(blocks)]
    held += [f'<script type="text/plain" id="yt-ground-{i}">{text}</script>' for i, text in enumerate(grounds)]
    root.html.add_child(_Literal("\n".join(held)), name="json")
    return str(root.render())


@cache
def words() -> dict[str, dict[str, str]]:
    """The words of the page in both languages."""
    made: dict[str, dict[str, str]] = tomllib.loads(_text("map", "words.toml"))
    return made


def _head(title: str) -> dict[str, str]:
    scripts = "\n".join(_text("map", f"{name}.js") for name in SCRIPTS)
    styles = "\n".join(_text("map", f"{name}.css") for name in STYLES)
    return {
        "policy": f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        "scheme": '<meta name="color-scheme" content="light dark">',
        "title": f"<title>{title}</title>",
        "leaflet_style": f"<style>{_leaflet_style()}</style>",
        "map_style": f"<style>{styles}</style>",
        "leaflet_licence": f"<!--\n{_text('leaflet', 'LICENSE')}\n-->",
        "leaflet": f"<script>{_text('leaflet', 'leaflet.js')}</script>",
        "map": f"<script>{scripts}</script>",
    }


def _text(*path: str) -> str:
    return resource("web", *path).read_text("utf-8")


def _leaflet_style() -> str:
    """Leaflet's style with its pictures inside."""
    folder = resource("web", "leaflet")

    def inside(found: re.Match[str]) -> str:
        picture = folder / found[1]
        if not picture.is_file():  # behaviours of browsers long gone
            return "none"
        return f"url(data:image/png;base64,{b64encode(picture.read_bytes()).decode('ascii')})"

    return re.sub(r"url\(([^)]*)\)", inside, _text("leaflet", "leaflet.css"))
