"""What stands on a map sheet, and where: plain data in millimetres of paper, with no Qt and no drawing.

A template says which items a kind of sheet has; a SheetSpec is one sheet with all its words, numbers and layers
settled, so that the same spec always gives the same page. Boxes are measured from the paper's upper left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, log10
from pathlib import Path
from typing import Literal

from gis.cartography.legend import LegendGroup
from gis.cartography.symbols import LayerStyle
from gis.coverage.classes import LevelClass
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox

Orientation = Literal["portrait", "landscape"]
Publication = Literal["internal", "public"]
Grid = Literal["none", "ticks", "crosses", "lines"]
Align = Literal["left", "center", "right"]
Ink = Literal["ink", "soft", "mark"]

# ISO 216, millimetres, portrait.
PAPERS: Mapping[str, tuple[float, float]] = {
    "A0": (841.0, 1189.0),
    "A1": (594.0, 841.0),
    "A2": (420.0, 594.0),
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
}
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
SMALLEST_SCALE, LARGEST_SCALE = 50_000_000.0, 10.0  # denominators a sheet may have


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet of paper, millimetres."""

    name: str
    width: float
    height: float

    @staticmethod
    def of(name: str, orientation: Orientation) -> Paper:
        """The paper of that ISO name; Refusal ``sheets.no_paper``."""
        size = PAPERS.get(name.upper())
        if size is None:
            raise Refusal("sheets.no_paper", paper=name, known=", ".join(PAPERS))
        short, long = size
        return Paper(name.upper(), *((long, short) if orientation == "landscape" else (short, long)))


@dataclass(frozen=True, slots=True)
class Margins:
    """Unprinted rim, millimetres."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the paper: ``x`` to the right and ``y`` down from the upper left corner, millimetres."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """x of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """y of the lower edge."""
        return self.y + self.height

    def inset(self, by: float) -> Box:
        """The box made smaller by ``by`` on every side."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing on the sheet. ``box`` is None for what stands in a column, which gives it its place."""

    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapItem(Item):
    """The map: ``box`` is the outer neat line, the inner one lies ``band`` mm inside, the grid's labels between."""

    grid: Grid = "ticks"
    band: float = 6.0

    def inner(self) -> Box:
        """The window onto the map."""
        if self.box is None:
            raise ValueError("a map needs its own box")
        return self.box.inset(self.band)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextItem(Item):
    """Words with ``{fields}``; drawn only where the fields it names are not all empty.

    ``size`` is the height of the type in mm (the em), ``lines`` how many lines it may take before it is elided.
    """

    text: Mapping[str, str]
    size: float = 3.2
    bold: bool = False
    align: Align = "left"
    ink: Ink = "ink"
    lines: int = 1
    heading: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendItem(Item):
    """What the map's symbols mean, with how many of each are in the frame."""

    columns: int = 1
    size: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleItem(Item):
    """The scale as a number and as a bar of at most ``width`` mm."""

    width: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NorthItem(Item):
    """The north arrow."""

    size: float = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableItem(Item):
    """The statistics table of the sheet."""

    size: float = 2.9


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkItem(Item):
    """The classification mark, in a frame."""

    size: float = 3.4


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnItem(Item):
    """Items below one another; those after ``split`` stand at the foot. Long ones give way so that nothing is cut."""

    items: tuple[Item, ...] = ()
    split: int = 0
    gap: float = 5.0


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
    """Rows by district. ``numeric[i]``: column i is set right-aligned; ``total``: the last row is a sum."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    total: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One sheet, settled. ``center`` of the main map in the project's CRS, ``denominator`` of its scale on paper.

    ``fields`` are what texts name in braces: title, subtitle, maker, printed_on, data_date, approval, mark, crs,
    definition, notes, scale. Raises Refusal ``sheets.approval_needed`` for a public sheet without approval number.
    """

    template: str
    language: Language
    paper: Paper
    margins: Margins
    publication: Publication
    items: tuple[Item, ...]
    crs: str  # anything pyproj reads
    center: tuple[float, float]
    denominator: float
    layers: tuple[SheetLayer, ...] = ()
    coverage: CoverageShown | None = None
    legend: tuple[LegendGroup, ...] = ()
    table: Table | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.publication == "public" and not self.fields.get("approval", "").strip():
            raise Refusal("sheets.approval_needed", template=self.template)

    @property
    def map_item(self) -> MapItem:
        """The main map."""
        for item in self.items:
            if isinstance(item, MapItem):
                return item
        raise ValueError("a sheet needs a map")

    @property
    def metres_per_mm(self) -> float:
        """Metres in the project's CRS on one millimetre of paper."""
        return self.denominator / 1000.0

    @property
    def extent(self) -> BBox:
        """What the main map shows, in the project's CRS."""
        return frame_extent(self.map_item.inner(), self.center, self.denominator)


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
