"""All that a process needs to draw the pages of an atlas, and in which parts they are drawn."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gis.cartography.sheets.atlas import AtlasWish, Plan, PlannedPage
from gis.cartography.sheets.atlas_totals import PageTotals
from gis.cartography.sheets.specification import SheetLayer
from gis.cartography.sheets.templates import SheetTemplate
from gis.errors import Language

PART_PAGES = 12  # drawn together: they share their fonts; so many are lost at most when the program is killed
_FORM = "1"  # of the parts that are kept: pages of an older form are drawn again


@dataclass(frozen=True)
class AtlasOrder:
    """What is drawn and how. ``titles``: what all pages are called, also those not made. ``suffix``: of their files.

    ``data`` changes with the project. Everything in ``key`` shapes the pages, nothing else does.
    """

    project: Path
    data: str
    template: SheetTemplate
    wish: AtlasWish
    plan: Plan
    titles: Mapping[int, str]
    totals: tuple[PageTotals, ...]
    language: Language
    date: datetime.date
    run: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[SheetLayer, ...] | None = None
    maps: tuple[Any, ...] = ()
    settings: Any = None
    dpi: float = 300.0
    suffix: str = ".pdf"

    @cached_property
    def key(self) -> str:
        """Names the finished parts: the same order on the same data gives the same pages."""
        digest = hashlib.sha256()
        for said in (
            _FORM, self.data, self.template, self.wish, self.plan, self.totals, self.language, self.date.isoformat(),
            self.run, sorted(self.words.items()), self.layers, self.maps, self.dpi, self.suffix,
        ):  # fmt: skip
            digest.update(repr(said).encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
        return digest.hexdigest()[:24]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts, in order: of one group each where a group is a file."""
        runs = list(self.plan.groups.values()) if self.wish.output == "groups" else [self.plan.pages]
        cut = [pages[i : i + PART_PAGES] for pages in runs for i in range(0, len(pages), PART_PAGES)]
        return tuple(Part(i, pages) for i, pages in enumerate(cut))

    def totals_at(self, number: int) -> PageTotals | None:
        """The running totals of a page; None where they are not asked for."""
        return self._by_number.get(number)

    @cached_property
    def _by_number(self) -> dict[int, PageTotals]:
        return dict(zip((page.number for page in self.plan.pages), self.totals, strict=False))


@dataclass(frozen=True, slots=True)
class Part:
    """Pages that are drawn by one process, one after the other."""

    index: int
    pages: Sequence[PlannedPage]
