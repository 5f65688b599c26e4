"""What the sheets ask of a city and of an analysis: the few calls of a session, a snapshot, or a part of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyproj

from gis.cartography.legend import City
from gis.coverage.regions import LEVELS
from gis.geometry.columns import BBox

_FALLBACK_HALF_M = 5_000.0  # what an empty city shows: ten kilometres around the middle of its projection


class CityFile(City, Protocol):
    """What composing asks of a session beyond the legend."""

    @property
    def crs(self) -> pyproj.CRS:
        """The project's CRS."""

    def extent(self, cls: str | None = None) -> BBox | None:
        """The bounding box of a class, or of everything."""

    def sql(self, text: str, params: Sequence[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Read-only SQL."""


class CoverageRun(Protocol):
    """A recorded coverage analysis (``gis.project.Run``)."""

    @property
    def id(self) -> int | None:
        """Its number."""

    @property
    def kind(self) -> str:
        """ "wifi" or "cells"."""

    @property
    def params(self) -> dict[str, Any]:
        """What was asked."""

    @property
    def started_at(self) -> str:
        """When, ISO."""

    @property
    def summary(self) -> dict[str, Any]:
        """What came out."""

    @property
    def files(self) -> dict[str, str]:
        """Its files, relative to the project's folder of attachments."""


def city_extent(city: CityFile) -> BBox:
    """What a sheet of the whole city shows: its areas, else all features, else the middle of its projection."""
    found = city.extent("area") or city.extent()
    if found is None:
        to_grid = pyproj.Transformer.from_crs(city.crs.geodetic_crs, city.crs, always_xy=True)
        use = city.crs.area_of_use
        lon, lat = ((use.west + use.east) / 2, (use.south + use.north) / 2) if use else (120.0, 33.5)
        x, y = to_grid.transform(lon, lat)
        found = (x, y, x, y)
    xmin, ymin, xmax, ymax = found
    if xmax - xmin < 1.0 and ymax - ymin < 1.0:
        pad = _FALLBACK_HALF_M
        return xmin - pad, ymin - pad, xmax + pad, ymax + pad
    return found


def area_figures(run: CoverageRun) -> tuple[list[Mapping[str, Any]], Mapping[str, Any] | None]:
    """The rows of a run by area, and the one for the whole.

    Of the levels counted the largest area is the whole and the next level its parts; several largest areas are the
    parts themselves, and the run's headline the whole.
    """
    rows: list[Mapping[str, Any]] = sorted(run.summary.get("areas", []), key=lambda row: str(row.get("code") or ""))
    present = [level for level in (*LEVELS, None) if any(row.get("level") == level for row in rows)]
    if not present:
        return [], None
    largest = [row for row in rows if row.get("level") == present[0]]
    if len(largest) == 1 and len(present) > 1:
        return [row for row in rows if row.get("level") == present[1]], largest[0]
    headline = run.summary.get("headline")
    return largest, headline if len(largest) > 1 and isinstance(headline, Mapping) else None
