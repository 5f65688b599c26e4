"""The map on screen and on paper."""

from __future__ import annotations

from desktop.canvas.layers import GroundState, LayerState, RasterState
from desktop.canvas.vector import MapSpec, paint_map, render_map

__all__ = ["GroundState", "LayerState", "MapCanvas", "MapSpec", "RasterState", "paint_map", "render_map"]


def __getattr__(name: str) -> object:
    # The widget pulls in tools, theme and words; paper needs none of them.
    if name == "MapCanvas":
        from desktop.canvas.map_canvas import MapCanvas

        return MapCanvas
    raise AttributeError(name)
