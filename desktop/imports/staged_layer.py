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
    Outcome.REJECTED: ("cross", 3.0, 1.2),
}
_MARK_M = 5.0  # half a side of what stands for a rejected line or area


def staged_arrays(staged: Staged, kind: str) -> LayerArrays | None:
    """The layer of staged rows that have a place, the feature of row i with the id i + 1; None for a table.

    Behind them the rejected rows whose place is known, as points or small squares: the k-th with the id n + k + 1.

    ``kind`` is the class's geometry. A million points take about half a second: for a worker.
    """
    count, lost = len(staged), len(staged.lost)
    if kind == "none" or not count + lost:
        return None
    drawn = cast("Kind", kind.removeprefix("multi"))
    if drawn == "point":
        centres = np.concatenate([staged.centres(), staged.lost_places])
        placed = np.flatnonzero(np.isfinite(centres).all(axis=1))
        shapes = points_of(centres[placed], placed + 1)
    else:
        geometry = staged.mine(np.arange(count, dtype=np.int64)).geometry
        assert geometry is not None
        geometry = np.concatenate([geometry, _marks(staged.lost_places, drawn)])
        placed = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
        shapes = shapes_of(geometry[placed], placed + 1, drawn)
    outcome = np.concatenate([staged.outcome, np.full(lost, Outcome.REJECTED, np.uint8)])[placed].astype(np.float64)
    return LayerArrays.of(shapes, Columns(NAME, placed + 1, {_FIELD: outcome}), staged_style(drawn, {}))


def _marks(places: NDArray[np.float64], kind: Kind) -> NDArray[np.object_]:
    """Small squares around places, or their outlines."""
    low, high = places - _MARK_M, places + _MARK_M
    boxes = np.asarray(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]), dtype=object).reshape(-1)
    return boxes if kind == "polygon" else np.asarray(shapely.get_exterior_ring(boxes), dtype=object)


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
