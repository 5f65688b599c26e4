"""How much of each class the pages of an atlas have, and how much all pages so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cartography.sheets.restriction import RIM_M, lies_within
from gis.cartography.sheets.specification import Table
from gis.catalogue import Catalogue, FeatureClass
from gis.errors import Language


@dataclass(frozen=True, slots=True)
class PageTotals:
    """Features of each class on one page, and on it and the pages before it: each feature counted once."""

    here: Mapping[str, int]
    so_far: Mapping[str, int]


def page_totals(
    regions: Sequence[Any], layers: Sequence[tuple[FeatureClass, NDArray[np.int64], NDArray[np.object_]]]
) -> list[PageTotals]:
    """The totals of pages that are about ``regions`` (polygons), in order; ``layers``: class, ids and geometries.

    What belongs to a page is what ``Restricted`` says. What lies on two pages counts for both, and once so far.
    """
    here: list[dict[str, int]] = [{} for _ in regions]
    so_far: list[dict[str, int]] = [{} for _ in regions]
    places = np.empty(len(regions), object)
    places[:] = list(regions)
    cores = shapely.buffer(places, -RIM_M)
    cores = np.where(shapely.is_empty(cores), places, cores)
    for kind, _ids, geometry in layers:
        tree = shapely.STRtree(geometry)
        asked = places if kind.geometry == "point" else cores
        seen = np.zeros(len(geometry), np.bool_)
        page_of, feature_of = tree.query(asked, predicate="intersects")
        if kind.name == "area":
            whole = lies_within(places[page_of], geometry[feature_of])
            page_of, feature_of = page_of[whole], feature_of[whole]
        starts = np.searchsorted(page_of, np.arange(len(regions) + 1))
        total = 0
        for i in range(len(regions)):
            found = feature_of[starts[i] : starts[i + 1]]
            total += int((~seen[found]).sum())
            seen[found] = True
            here[i][kind.name] = len(found)
            so_far[i][kind.name] = total
    return [PageTotals(a, b) for a, b in zip(here, so_far, strict=True)]


def totals_table(totals: PageTotals, catalogue: Catalogue, language: Language, title: str = "") -> Table | None:
    """What of each class the page has and what all pages have so far; None where it has nothing."""
    zh = language == "zh"
    rows = [
        (catalogue[name].label.text(language), f"{count:,}", f"{totals.so_far.get(name, 0):,}")
        for name, count in totals.here.items()
        if count and name != "area"  # the page's own outline says nothing
    ]
    if not rows:
        return None
    head = ("类别", "本页", "累计至本页") if zh else ("Class", "This page", "So far")
    return Table(title or ("本页资源数量" if zh else "On this page"), head, tuple(rows), (False, True, True))
