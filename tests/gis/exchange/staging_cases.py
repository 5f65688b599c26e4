"""Small files and projects in memory for the tests of staging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from gis.catalogue import load_catalogue
from gis.editing import Load, UpdateMany
from gis.editing.values import stored
from gis.exchange.decisions import Decided, decided
from gis.exchange.existing import Existing, InMemory
from gis.exchange.mapping import Mapping
from gis.exchange.placement import Placement
from gis.exchange.raw import RawTable
from gis.exchange.staging import Staged, stage
from gis.exchange.transforms import Source
from gis.geometry.columns import Columns

CATALOGUE = load_catalogue()
CRS = "EPSG:4549"
BOUNDS = (300_000.0, 3_400_000.0, 700_000.0, 4_000_000.0)
X, Y = 500_000.0, 3_700_000.0


def table(*rows: Sequence[object], header: str) -> RawTable:
    """A file with these columns; its first row stands in line 2."""
    names = tuple(header.split())
    cells = {}
    for at, name in enumerate(names):
        column = np.empty(len(rows), dtype=object)
        column[:] = [None if row[at] is None else str(row[at]) for row in rows]
        cells[name] = column
    return RawTable(names, cells, np.arange(2, 2 + len(rows), dtype=np.int64))


def features(cls: str, *rows: dict[str, Any]) -> Columns:
    """Features with "id" and "at" = (dx, dy) metres from the corner of these tests, or "geom"."""
    kind = CATALOGUE[cls]
    fields = {f.name: stored(f, [row.get(f.name) for row in rows]) for f in kind.fields}
    geometry = None
    if kind.spatial:
        geometry = np.full(len(rows), None, dtype=object)
        geometry[:] = [row["geom"] if "geom" in row else shapely.Point(X + row["at"][0], Y + row["at"][1])
                       for row in rows]  # fmt: skip
    return Columns(cls, np.array([row["id"] for row in rows], np.int64), fields, geometry)


def staged(cls: str, raw: RawTable, *existing: Columns, **options: Any) -> Staged:
    """The file staged: columns are fields of their own name, x and y (metres from the corner) the position."""
    kind = CATALOGUE[cls]
    placement = None
    if "x" in raw.columns:
        cells = dict(raw.cells)
        for name, origin in (("x", X), ("y", Y)):
            cells[name] = np.array([None if v is None else f"{float(v) + origin:.4f}" for v in cells[name]], object)
        raw = RawTable(raw.columns, cells, raw.lines)
        placement = Placement("columns", "x", "y", crs=CRS)
    mapping = Mapping(cls, {name: Source(name) for name in raw.columns if kind.has_field(name)})
    there: Existing = InMemory(*existing, catalogue=CATALOGUE)
    return stage(raw, kind, mapping, placement, CRS, there, bounds=BOUNDS, **options)


def outcomes(found: Staged) -> dict[int, str]:
    """Line -> outcome in words, of rows that are not rejected."""
    from gis.exchange.staging import Outcome

    return {int(line): Outcome(value).name.casefold() for line, value in zip(found.lines, found.outcome, strict=True)}


def written(found: Staged | Decided) -> list[Load | UpdateMany]:
    """What would be written, in its order."""
    done = found if isinstance(found, Decided) else decided(found)
    return list(done.parts())  # type: ignore[arg-type]
