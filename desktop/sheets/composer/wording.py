"""How the composer calls kinds of items, their properties and what can be chosen for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.shell.words import language, mark, tr
from gis.cartography.sheets.items import Item, MapItem, TextItem, kind_of
from gis.catalogue import Catalogue

# kind -> (name, icon), in the order of the menu
KINDS: Mapping[str, tuple[str, str]] = {
    "map": (mark("item|Map"), "mdi6.map-outline"),
    "text": (mark("item|Text"), "mdi6.format-text"),
    "legend": (mark("item|Legend"), "mdi6.format-list-bulleted-type"),
    "scale": (mark("item|Scale"), "mdi6.ruler"),
    "north": (mark("item|North arrow"), "mdi6.navigation-outline"),
    "table": (mark("item|Table"), "mdi6.table"),
    "chart": (mark("item|Chart"), "mdi6.chart-bar"),
    "card": (mark("item|Target card"), "mdi6.target"),
    "picture": (mark("item|Picture"), "mdi6.image-outline"),
    "mark": (mark("item|Classification mark"), "mdi6.shield-lock-outline"),
    "line": (mark("item|Line"), "mdi6.minus"),
    "frame": (mark("item|Frame"), "mdi6.rectangle-outline"),
    "column": (mark("item|Column"), "mdi6.view-sequential-outline"),
}

ROLES = (
    ("main", mark("role|Main map")),
    ("overview", mark("role|Overview of the city")),
    ("inset", mark("role|Inset of a place")),
)

CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "grid": (
        ("none", mark("grid|None")),
        ("ticks", mark("grid|Ticks")),
        ("crosses", mark("grid|Crosses")),
        ("lines", mark("grid|Kilometre lines")),
        ("graticule", mark("grid|Longitude and latitude")),
    ),
    "align": (("left", mark("align|Left")), ("center", mark("align|Centre")), ("right", mark("align|Right"))),
    "ink": (("ink", mark("ink|Black")), ("soft", mark("ink|Grey")), ("mark", mark("ink|Red"))),
    "role": ROLES,
    "form": (
        ("bar", mark("form|Bars")),
        ("stacked", mark("form|Stacked bars")),
        ("line", mark("form|Line")),
        ("pie", mark("form|Pie")),
    ),
    "fit": (("inside", mark("fit|Whole picture")), ("fill", mark("fit|Fill the box"))),
}

CONTENTS = (
    ("areas", mark("content|Coverage by area")),
    ("counts", mark("content|Counts by area")),
    ("gaps", mark("content|Coverage gaps")),
    ("chainage", mark("content|Chainage of routes")),
    ("statistic", mark("content|Statistics")),
)

# field of an item -> its name
LABELS: Mapping[str, str] = {
    "id": mark("property|Name"),
    "role": mark("property|Role"),
    "grid": mark("property|Grid"),
    "band": mark("property|Label band"),
    "frame_of": mark("property|Shows frame of"),
    "place": mark("property|Area"),
    "denominator": mark("property|Scale"),
    "layers": mark("property|Layers"),
    "center": mark("property|Centre"),
    "text": mark("property|Text"),
    "heading": mark("property|Heading"),
    "size": mark("property|Type size"),
    "bold": mark("property|Bold"),
    "align": mark("property|Alignment"),
    "ink": mark("property|Ink"),
    "lines": mark("property|Lines at most"),
    "of": mark("property|Of the map"),
    "columns": mark("property|Columns"),
    "width": mark("property|Width"),
    "content": mark("property|Content"),
    "rows": mark("property|Rows at most"),
    "split": mark("property|At the top"),
    "gap": mark("property|Gap"),
    "form": mark("property|Form"),
    "file": mark("property|File"),
    "fit": mark("property|Fit"),
    "indicator": mark("property|Indicator"),
    "fill": mark("property|Fill"),
}

# What the words of a sheet may name in braces.
FIELDS = (
    ("title", mark("field|Title")),
    ("subtitle", mark("field|Subtitle")),
    ("place", mark("field|Place")),
    ("subject", mark("field|Subject of the analysis")),
    ("rule", mark("field|When covered")),
    ("definition", mark("field|Method of the analysis")),
    ("scale", mark("field|Scale")),
    ("crs", mark("field|Coordinate system")),
    ("maker", mark("field|Made by")),
    ("printed_on", mark("field|Date printed")),
    ("data_date", mark("field|Date of the data")),
    ("imprint", mark("field|Imprint")),
    ("approval", mark("field|Approval number")),
    ("mark", mark("field|Classification mark")),
    ("notes", mark("field|Notes")),
    ("page", mark("field|Page number")),
    ("pages", mark("field|Number of pages")),
    ("page_name", mark("field|Name of the page")),
    ("page_code", mark("field|Code of the page")),
)


def kind_name(item: Item) -> str:
    """What kind of item it is: "Legend"."""
    return tr(KINDS[kind_of(item)][0])


def kind_icon(item: Item) -> str:
    """The icon of its kind."""
    return KINDS[kind_of(item)][1]


def item_name(item: Item) -> str:
    """What an item is called in lists: its kind, and what tells it from others of the kind."""
    kind = kind_name(item)
    if isinstance(item, TextItem):
        said = " ".join(_named(item.text.get(language(), "")).split())
        return f"{kind}  {said[:28]}{'…' if len(said) > 28 else ''}" if said else kind
    if isinstance(item, MapItem):
        return tr(dict(ROLES)[item.role])
    number = item.id.rpartition("-")[2]
    if item.id == kind_of(item):
        return kind
    return f"{kind} {number}" if number.isdigit() else f"{kind}  {item.id}"


def _named(text: str) -> str:
    """The words with the names of their fields: "{title}" is "Title", "CRS: {crs}" is "CRS"."""
    head, colon, field = text.strip().partition("：" if "：" in text else ":")
    if colon and head and field.strip().startswith("{"):
        return head
    for key, label in FIELDS:
        text = text.replace(f"{{{key}}}", tr(label))
    return text


def content_choices(catalogue: Catalogue) -> list[tuple[str, Any]]:
    """What tables and charts can tell, as (name, value)."""
    made: list[tuple[str, Any]] = [(tr(name), key) for key, name in CONTENTS]
    for cls in catalogue:
        label = cls.label.text(language())
        made.append((tr("List: {name}", name=label), f"features:{cls.name}"))
    return made
