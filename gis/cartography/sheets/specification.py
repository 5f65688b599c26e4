"""One sheet with all its words, numbers and layers settled: plain data, with no Qt and no drawing.

A template says which items a kind of sheet has; a SheetSpec is one sheet of a city, so that the same spec always gives
the same page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, log10
from pathlib import Path

from gis.cartography.legend import LegendGroup
from gis.cartography.sheets.items import Box, Item, MapItem, Margins, Paper, Publication
from gis.cartography.symbols import LayerStyle
from gis.coverage.classes import LevelClass
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
SMALLEST_SCALE, LARGEST_SCALE = 50_000_000.0, 10.0  # denominators a sheet may have


@dataclass(frozen=True, slots=True)
class SheetLayer:
    """One class of the map as this sheet draws it."""

    cls: str
    style: LayerStyle
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class CoverageShown:
    """A coverage raster under the map: float32 levels in the project's CRS, with the classes they are shown in.

    ``cell_m``: levels are generalised to squares of this side for a public sheet; 0 = as computed.
    """

    path: Path
    classes: tuple[LevelClass, ...]
    cell_m: float = 0.0
    opacity: float = 0.85


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words. ``numeric[i]``: column i is set right-aligned; ``total``: the last row is a sum.

    ``left_out``: so many further rows there are which nobody settled; the page says so. ``goes_on``: what does not fit
    stands on a further page, and the page says that.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    total: bool = False
    note: str = ""
    left_out: int = 0
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures of a chart, as many as it has categories; None where there is none."""

    name: str
    values: tuple[float | None, ...]
    color: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures by category. ``target``: a line across, in ``unit``. ``colors``: by category, for parts of a whole."""

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    target: float | None = None
    note: str = ""
    colors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A figure against its target, as words: "87.2 %", "目标 85 %", "超过 2.2 个百分点"; ``met`` None = not known."""

    title: str
    value: str
    target: str = ""
    gap: str = ""
    met: bool | None = None
    source: str = ""
    share: float | None = None  # of the target, for a bar


@dataclass(frozen=True, slots=True)
class Station:
    """A named distance along a route, marked across it. ``bearing``: where the route goes there, grid degrees."""

    x: float
    y: float
    bearing: float
    label: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class MapView:
    """What one map of a sheet shows. ``center`` in the project's CRS, ``denominator`` of its scale on paper.

    ``outline``: WKB of the area that a page of an atlas is about, drawn over the layers; what lies outside is veiled.
    An outline that is a line or a point is only marked. ``route``: WKB of the line that ``stations`` stand along.
    """

    center: tuple[float, float]
    denominator: float
    layers: tuple[SheetLayer, ...] = ()
    coverage: CoverageShown | None = None
    legend: tuple[LegendGroup, ...] = ()
    outline: bytes | None = None
    route: bytes | None = None
    stations: tuple[Station, ...] = ()

    @property
    def metres_per_mm(self) -> float:
        """Metres in the project's CRS on one millimetre of paper."""
        return self.denominator / 1000.0


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One sheet, settled: ``views`` by map id, ``tables``, ``charts``, ``cards`` and ``pictures`` by item id.

    ``fields`` are what texts name in braces: title, subtitle, maker, printed_on, data_date, approval, mark, crs,
    definition, notes, scale, convergence, place, subject, rule, imprint, route, route_length; page, pages, page_name,
    page_code and the feature's own on the pages of an atlas; count:CLASS and length:CLASS where a text asks for them.
    ``grey``: for black-and-white printers: greys only, charts and levels told apart by patterns and lightness.
    Raises Refusal ``sheets.approval_needed`` for a public sheet without approval number.
    """

    template: str
    language: Language
    paper: Paper
    margins: Margins
    publication: Publication
    items: tuple[Item, ...]
    crs: str  # anything pyproj reads
    views: Mapping[str, MapView]
    tables: Mapping[str, Table] = field(default_factory=dict)
    charts: Mapping[str, Chart] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    pictures: Mapping[str, Path] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    grey: bool = False

    def __post_init__(self) -> None:
        if self.publication == "public" and not self.fields.get("approval", "").strip():
            raise Refusal("sheets.approval_needed", template=self.template)

    @property
    def maps(self) -> tuple[MapItem, ...]:
        """The maps, the main one first."""
        found = [item for item in self.items if isinstance(item, MapItem)]
        return tuple(sorted(found, key=lambda item: item.role != "main"))

    @property
    def map_item(self) -> MapItem:
        """The main map."""
        return self.maps[0]

    def view(self, id: str = "") -> MapView:
        """What the map of that id shows; "" = the main one."""
        return self.views[id or self.map_item.id]

    def extent_of(self, item: MapItem) -> BBox:
        """The ground within a map, in the project's CRS."""
        view = self.views[item.id]
        return frame_extent(item.inner(), view.center, view.denominator)

    @property
    def extent(self) -> BBox:
        """What the main map shows, in the project's CRS."""
        return self.extent_of(self.map_item)

    @property
    def denominator(self) -> float:
        """The scale of the main map."""
        return self.view().denominator


def frame_extent(inner: Box, center: tuple[float, float], denominator: float) -> BBox:
    """The ground within a map window of that size and scale."""
    half_width, half_height = inner.width * denominator / 2000.0, inner.height * denominator / 2000.0
    x, y = center
    return x - half_width, y - half_height, x + half_width, y + half_height


def nice_denominator(denominator: float) -> float:
    """The next round scale that shows at least as much: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8 times a power of ten."""
    wanted = min(max(denominator, LARGEST_SCALE), SMALLEST_SCALE)
    power: float = 10.0 ** floor(log10(wanted))
    for step in _STEPS:
        if step * power >= wanted * (1 - 1e-9):
            return min(step * power, SMALLEST_SCALE)
    return wanted  # pragma: no cover - the last step is ten


def fitting_denominator(extent: BBox, inner: Box, margin: float = 0.02) -> float:
    """The round scale at which ``extent`` fits a map window with a little air (``margin``, a share) around it."""
    room = 1.0 - 2.0 * margin
    xmin, ymin, xmax, ymax = extent
    wanted = max((xmax - xmin) / (inner.width * room), (ymax - ymin) / (inner.height * room)) * 1000.0
    return nice_denominator(max(wanted, 500.0))
