"""The rows of a file as a layer of the map, coloured by what becomes of them; no object per feature."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from desktop.imports.verdicts import TONES
from gis.cartography.arrays import LayerArrays
from gis.cartography.symbols import Kind, LayerStyle, Variant
from gis.exchange.staged import Outcome, Staged
from gis.geometry.columns import Columns, Shapes

NAME = "staged rows"  # the layer's class: no class of a catalogue is called so
_FIELD = "outcome"
#: Shape and size say the outcome too: not everyone sees the colours. Rare and urgent ones are drawn last.
_LOOKS: dict[Outcome, tuple[str, float, float]] = {  # shape, mm across, mm wide
    Outcome.SAME: ("circle", 1.6, 0.5),
    Outcome.NEW: ("circle", 2.5, 0.8),
    Outcome.CHANGED: ("diamond", 3.2, 1.0),
    Outcome.CONFLICT: ("square", 3.3, 1.2),
}


def staged_arrays(staged: Staged, kind: str) -> LayerArrays | None:
    """The layer of staged rows that have a place, the feature of row i with the id i + 1; None for a table.

    ``kind`` is the class's geometry. A million points take about half a second: for a worker.
    """
    if kind == "none" or not len(staged):
        return None
    drawn = cast("Kind", kind.removeprefix("multi"))
    if drawn == "point":
        centres = staged.centres()
        placed = np.flatnonzero(np.isfinite(centres).all(axis=1))
        shapes = points_of(centres[placed], placed + 1)
    else:
        geometry = staged.mine(np.arange(len(staged), dtype=np.int64)).geometry
        assert geometry is not None
        placed = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
        shapes = shapes_of(geometry[placed], placed + 1, drawn)
    outcome = staged.outcome[placed].astype(np.float64)
    return LayerArrays.of(shapes, Columns(NAME, placed + 1, {_FIELD: outcome}), staged_style(drawn, {}))


def points_of(places: NDArray[np.float64], ids: NDArray[np.int64]) -> Shapes:
    """Places (n, 2) as flat arrays of points."""
    each = np.arange(len(places) + 1, dtype=np.int64)
    return Shapes("point", np.ascontiguousarray(ids, np.int64), places, each, each, np.hstack([places, places]))


def shapes_of(geometry: NDArray[np.object_], ids: NDArray[np.int64], kind: Kind) -> Shapes:
    """Shapely geometries, none of them missing or empty, as flat arrays."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    if kind == "polygon":
        parts, ring = shapely.get_rings(parts, return_index=True)
        owner = owner[ring]
    coords, part = shapely.get_coordinates(parts, return_index=True)
    return Shapes(
        kind,
        np.ascontiguousarray(ids, np.int64),
        coords,
        _offsets(np.bincount(part, minlength=len(parts))),
        _offsets(np.bincount(owner, minlength=len(geometry))),
        shapely.bounds(geometry),
    )


def staged_style(kind: Kind, colors: dict[str, str], only: Outcome | None = None) -> LayerStyle:
    """The look of staged rows in the ``colors`` of the light theme, which the map turns on a dark ground.

    ``only``: those that end so.
    """
    variants = [Variant(None, "#808080", visible=only is None)]
    for outcome, (shape, size, width) in _LOOKS.items():
        color = colors.get(TONES[outcome], "#808080")
        variants.append(
            Variant(
                str(int(outcome)), color, shape, size, width,
                fill=color if kind == "polygon" else None, visible=only is None or only is outcome,
            )
        )  # fmt: skip
    return LayerStyle(NAME, kind, "wireless", tuple(variants), by=_FIELD, opacity=0.35 if kind == "polygon" else 1.0)


def _offsets(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    made = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=made[1:])
    return made
