"""The pieces a report is made of: plain data, with no Qt and no drawing. Pages, workbooks and tests read the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gis.cartography.sheets.specification import Card, Chart
from gis.errors import Language, say
from gis.geometry.columns import BBox
from gis.project.runs import Run

Cell = str | float | None
Kind = Literal["text", "whole", "number", "fine", "share", "percent"]
Tone = Literal["body", "soft", "advice"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Cells of "whole", "number" and "fine" (always two decimals) are floats, of "share" 0…1, of
    "percent" 0…100; None is not known. "text" cells are words and nothing else."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``total``: the last row is a sum. ``shown``: pages show only so many rows and say how many there are
    elsewhere, 0 = all; a workbook has all. ``key`` names it for a workbook and for tests."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False
    note: str = ""
    shown: int = 0

    def texts(self) -> list[tuple[str, ...]]:
        """The rows as words, every column with equally many decimals."""
        columns = [said(column.kind, [row[i] for row in self.rows]) for i, column in enumerate(self.columns)]
        return list(zip(*columns, strict=True)) if self.rows else []

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns are set right-aligned."""
        return tuple(column.kind != "text" for column in self.columns)


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; "advice" says what is missing and what to do."""

    text: str
    tone: Tone = "body"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with what is said of them, for parameters: ``rows`` of (label, text)."""

    key: str
    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Key figures side by side."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Diagram:
    """A chart of bars, told as the sheets' own charts are."""

    chart: Chart


@dataclass(frozen=True, slots=True)
class MapPage:
    """A page with a map: of a run, or of the inventory without one. ``template``: a file of ``resources/report``;
    ``place`` stands in its title instead of the city."""

    template: str
    run: Run | None = None
    extent: BBox | None = None
    place: str = ""


Part = Grid | Words | Points | Facts | Cards | Diagram | MapPage


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter, or a section of one."""

    id: str
    title: str
    parts: tuple[Part, ...] = ()
    sections: tuple[Section, ...] = ()
    break_before: bool = False

    def walk(self) -> Iterator[Section]:
        """Itself and all within it, in order."""
        yield self
        for section in self.sections:
            yield from section.walk()


@dataclass(frozen=True, slots=True)
class Report:
    """All of a report. ``cover``: labels with words for the first page; dates and words are in ``language``."""

    language: Language
    title: str
    subtitle: str
    mark: str
    maker: str
    date: str
    cover: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)

    def parts(self) -> list[Part]:
        """Every piece, in order."""
        return [part for chapter in self.sections for section in chapter.walk() for part in section.parts]

    def grids(self) -> list[Grid]:
        """Every table, in order."""
        return [part for part in self.parts() if isinstance(part, Grid)]


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of ``resources/messages/report.toml`` in one language."""

    language: Language

    def __call__(self, name: str, /, **args: object) -> str:
        return say(f"report.{name}", self.language, **args)

    @property
    def zh(self) -> bool:
        """Whether that is Chinese."""
        return self.language == "zh"

    @property
    def comma(self) -> str:
        """What stands between the parts of a list."""
        return "、" if self.zh else ", "

    @property
    def colon(self) -> str:
        """What stands between a label and its words."""
        return "：" if self.zh else ": "


def said(kind: Kind, cells: Sequence[Cell]) -> list[str]:
    """A column as words: equally many decimals, thin groups of thousands, a dash for what is not known."""
    if kind == "text":
        return ["" if cell is None else str(cell) for cell in cells]
    numbers = [None if cell is None or cell != cell else float(cell) for cell in cells]
    known = [abs(number) for number in numbers if number is not None]
    largest = max(known, default=0.0)
    if kind in ("share", "percent"):
        scale = 100.0 if kind == "share" else 1.0
        decimals = 2 if 0 < largest * scale < 1 else 1
        return ["–" if n is None else _minus(f"{n * scale:.{decimals}f}%") for n in numbers]
    if kind == "fine":
        return ["–" if n is None else _minus(f"{n:,.2f}") for n in numbers]
    decimals = 0 if kind == "whole" or largest >= 1000 else 1 if largest >= 10 else 2
    return ["–" if n is None else _minus(f"{n:,.{decimals}f}") for n in numbers]


def _minus(text: str) -> str:
    return text.replace("-", "−")
