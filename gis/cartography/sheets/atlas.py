"""What makes the pages of an atlas, which of them are wanted, and how their files are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from gis.cartography.sheets.pages import AtlasPage
from gis.errors import Refusal
from gis.geometry.columns import BBox

Source = Literal["areas", "grid", "routes", "query"]
Output = Literal["one", "files", "groups"]
Restrict = Literal["none", "legend", "features"]
Per = Literal["feature", "group"]
Way = Literal["north", "south", "east", "west"]

WAYS: tuple[Way, ...] = get_args(Way)
MOST_PAGES = 5_000  # an atlas of more is a wish gone wrong: it would take hours and nobody prints it
ROUTES = ("route_segment", "cable")
POINT_HALF_M = 250.0  # around a feature without an extent of its own


@dataclass(frozen=True, slots=True)
class AtlasWish:
    """What makes the pages and what is made of them.

    ``source``: "areas" of a ``level``; "grid" cells of ``grid_m`` metres that hold anything (with ``empty`` all of
    them); "routes" and "query", features of ``cls``. ``where`` (a filter expression over the class) keeps some of
    them. ``group_by``, a field of the class: its values make the groups; with ``per`` "group" one page shows all of a
    value. ``order``: a field, or "place" (rows from north to south). ``pages``: a list as "3,5,7-10", "" = all.
    ``name``: how files are called, with the fields of the page in braces, see ``AtlasPage.words``.

    ``margin``: air around a page's feature, a share of its size. ``scale``: N of 1:N for all pages, 0 = each page at
    the round scale that fits it; ``alike``: all pages at the smallest of those. ``restrict``: "legend" = legend and
    tables count only what is the page's own, "features" = the map shows nothing else either. ``index``, ``contents``:
    an overview of the pages and a list of them in front. ``output``: one PDF, a file a page, a file a group.
    """

    source: Source = "areas"
    level: str = "town"
    cls: str = ""
    where: str = ""
    grid_m: float = 2_000.0
    empty: bool = False
    group_by: str = ""
    per: Per = "feature"
    order: str = "code"
    pages: str = ""
    name: str = "{code}_{name}"
    margin: float = 0.05
    scale: float = 0.0
    alike: bool = False
    restrict: Restrict = "legend"
    index: bool = True
    contents: bool = True
    output: Output = "one"

    def __post_init__(self) -> None:
        for value, known in (
            (self.source, get_args(Source)),
            (self.output, get_args(Output)),
            (self.restrict, get_args(Restrict)),
            (self.per, get_args(Per)),
        ):
            if value not in known:
                raise Refusal("atlas.wrong_choice", value=value, known=", ".join(known))
        if self.source == "grid" and not self.grid_m > 0:
            raise Refusal("atlas.wrong_grid", metres=f"{self.grid_m:g}")
        if not 0 <= self.margin <= 5:
            raise Refusal("atlas.wrong_margin", margin=f"{self.margin:g}")
        if self.output == "groups" and not self.group_by and self.source != "areas":
            raise Refusal("atlas.no_groups")

    @property
    def about(self) -> str:
        """The class whose features make the pages; "" for a grid."""
        return "area" if self.source == "areas" else "" if self.source == "grid" else self.cls


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """One page before it is drawn, about the features ``ids`` of ``cls``; ``extent`` in the project's CRS, no margin.

    ``group``: the file it goes to, as words. ``neighbours``: numbers of the pages beside it.
    """

    page: AtlasPage
    extent: BBox
    group: str = ""
    cls: str = ""
    ids: tuple[int, ...] = ()
    neighbours: Mapping[Way, int] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """From 1, among all pages that the source makes."""
        return self.page.number

    @property
    def title(self) -> str:
        """What lists call it."""
        return self.page.name or self.page.code or str(self.page.number)


@dataclass(frozen=True, slots=True)
class Plan:
    """The pages to make, in order; ``count`` is how many the source makes before a list of pages is applied.

    ``unplaced``: how many features could not become a page, having no geometry.
    """

    pages: tuple[PlannedPage, ...]
    count: int
    unplaced: int = 0

    @property
    def groups(self) -> dict[str, tuple[PlannedPage, ...]]:
        """The pages of each group, in order of the first page."""
        made: dict[str, list[PlannedPage]] = {}
        for page in self.pages:
            made.setdefault(page.group, []).append(page)
        return {group: tuple(pages) for group, pages in made.items()}

    @property
    def extents(self) -> tuple[BBox, ...]:
        """The extent of each page, without margin."""
        return tuple(page.extent for page in self.pages)


_SEPARATORS = str.maketrans(dict.fromkeys("，、；; \t\n", ",") | dict.fromkeys("–—－~～至", "-"))
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_PART = re.compile(r"(\d*)(-?)(\d*)")


def page_list(text: str, count: int) -> tuple[int, ...]:
    """The page numbers that a list as "3, 5, 7-10", "-4" or "12-" means, rising, each once; "" = all of ``count``.

    Chinese punctuation and full-width digits are read too. Raises Refusal ``atlas.wrong_pages``, ``atlas.no_page``.
    """
    plain = re.sub(r"\s*([-–—－~～至])\s*", r"\1", text.strip()).translate(_DIGITS).translate(_SEPARATORS)
    found: set[int] = set()
    for part in filter(None, plain.split(",")):
        match = _PART.fullmatch(part)
        if match is None or part == "-" or len(part) > 20:
            raise Refusal("atlas.wrong_pages", part=part[:40], pages=text[:80])
        first, dash, last = match.groups()
        low = int(first) if first else 1
        high = (int(last) if last else count) if dash else low
        for number in (low, high):
            if not 1 <= number <= count:
                raise Refusal("atlas.no_page", page=number, count=count)
        if low > high:
            raise Refusal("atlas.wrong_pages", part=part, pages=text[:80])
        found.update(range(low, high + 1))
    return tuple(sorted(found)) if found else tuple(range(1, count + 1))


def pages_text(numbers: tuple[int, ...]) -> str:
    """Page numbers as the shortest list that ``page_list`` reads back: "3,5,7-10"."""
    parts: list[str] = []
    start = 0
    for i in range(1, len(numbers) + 1):
        if i == len(numbers) or numbers[i] != numbers[i - 1] + 1:
            first, last = numbers[start], numbers[i - 1]
            parts.append(str(first) if first == last else f"{first},{last}" if last == first + 1 else f"{first}-{last}")
            start = i
    return ",".join(parts)
