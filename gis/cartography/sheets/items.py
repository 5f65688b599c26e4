"""What may stand on a sheet of paper: maps, legends, words, tables, charts, cards, pictures and lines.

Boxes are measured in millimetres from the paper's upper left corner, ``x`` to the right and ``y`` down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gis.errors import Refusal

Orientation = Literal["portrait", "landscape"]
Publication = Literal["internal", "public"]
Grid = Literal["none", "ticks", "crosses", "lines", "graticule"]
Align = Literal["left", "center", "right"]
Ink = Literal["ink", "soft", "mark"]
Role = Literal["main", "overview", "inset"]
ChartForm = Literal["bar", "stacked", "line", "pie"]
Fit = Literal["inside", "fill"]

# ISO 216, millimetres, portrait.
PAPERS: Mapping[str, tuple[float, float]] = {
    "A0": (841.0, 1189.0),
    "A1": (594.0, 841.0),
    "A2": (420.0, 594.0),
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
}


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
    """One thing on the sheet. ``box`` is None for what stands in a column, which gives it its place.

    ``id`` names it among the items of its sheet; one without is named by its kind, see ``identified``.
    """

    id: str = ""
    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapItem(Item):
    """A map: ``box`` is the outer neat line, the inner one lies ``band`` mm inside, the grid's labels between.

    One map of a sheet is the ``main`` one; an ``overview`` shows the whole city, an ``inset`` a place (the area with
    the code ``place``) larger. ``denominator``: a fixed scale, 0 = what fits. ``frame_of``: the id of a map whose
    extent is drawn as a rectangle on this one. ``layers``: classes, () = those of the sheet. ``center``: where a map
    other than the main one was moved to, in the project's CRS; () = the middle of what it shows.
    """

    role: Role = "main"
    grid: Grid = "ticks"
    band: float = 6.0
    frame_of: str = ""
    place: str = ""
    denominator: float = 0.0
    layers: tuple[str, ...] = ()
    center: tuple[float, ...] = ()

    def inner(self) -> Box:
        """The window onto the map: all of its box where no grid stands around it."""
        if self.box is None:
            raise ValueError("a map needs its own box")
        return self.box.inset(0.0 if self.grid == "none" else self.band)


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
    """What the symbols of a map (``of``: its id, "" = the main one) mean, with how many of each are in the frame."""

    of: str = ""
    columns: int = 1
    size: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleItem(Item):
    """The scale of a map as a number and as a bar of at most ``width`` mm."""

    of: str = ""
    width: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NorthItem(Item):
    """The north arrow of a map."""

    of: str = ""
    size: float = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableItem(Item):
    """A table. ``content``: "areas" (a run by area), "counts" (features by area), "gaps", "chainage",
    "features:CLASS" or "statistic"; ``rows``: at most so many, 0 = all that fit.
    """

    content: str = "areas"
    size: float = 2.9
    rows: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartItem(Item):
    """A chart of what a table of the same ``content`` tells, ``size`` mm the em of its letters."""

    content: str = "areas"
    form: ChartForm = "bar"
    size: float = 2.7


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureItem(Item):
    """A picture: ``file`` beside the template or the project, or "logo" for the logo of the one who makes the map."""

    file: str = "logo"
    fit: Fit = "inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardItem(Item):
    """A figure against its target: value, target and gap of ``indicator``."""

    indicator: str = ""
    size: float = 9.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem(Item):
    """A rule along the longer side of its box, ``width`` mm thick."""

    width: float = 0.3
    ink: Ink = "ink"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameItem(Item):
    """A rectangle behind other items: ``fill`` a colour (#rrggbb) or "" for none, ``width`` 0 = without a border."""

    fill: str = ""
    width: float = 0.3


#: How templates call the items.
KINDS: Mapping[str, type[Item]] = {
    "map": MapItem,
    "text": TextItem,
    "legend": LegendItem,
    "scale": ScaleItem,
    "north": NorthItem,
    "table": TableItem,
    "chart": ChartItem,
    "card": CardItem,
    "picture": PictureItem,
    "mark": MarkItem,
    "line": LineItem,
    "frame": FrameItem,
    "column": ColumnItem,
}
_NAMES: Mapping[type[Item], str] = {kind: name for name, kind in KINDS.items()}


def kind_of(item: Item) -> str:
    """How templates call that kind of item."""
    return _NAMES[type(item)]


def all_items(items: Iterable[Item]) -> list[Item]:
    """The items and those in their columns, in order."""
    made: list[Item] = []
    for item in items:
        made.append(item)
        if isinstance(item, ColumnItem):
            made += all_items(item.items)
    return made


def identified(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items, each with an id of its own: "map", "text", "text-2" … for those without one."""
    taken = {item.id for item in all_items(items) if item.id}

    def named(item: Item) -> Item:
        name = item.id
        if not name:
            kind, number = kind_of(item), 1
            name = kind
            while name in taken:
                number += 1
                name = f"{kind}-{number}"
            taken.add(name)
        if isinstance(item, ColumnItem):
            return replace(item, id=name, items=tuple(named(child) for child in item.items))
        return item if name == item.id else replace(item, id=name)

    return tuple(named(item) for item in items)


def painting_order(items: Sequence[Item]) -> list[Item]:
    """The items as they are painted, the lowest first: maps lie under everything else."""
    return sorted(items, key=lambda item: not isinstance(item, MapItem))
