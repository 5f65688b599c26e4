"""The layers of the map window, for sheets that show the same."""

from __future__ import annotations

from typing import Any

from gis.cartography.sheets.specification import SheetLayer
from gis.project.styles import styles_of


def map_layers(window: Any) -> list[SheetLayer] | None:
    """The visible layers of the window's map, from the ground up, as they are drawn there; None without a map."""
    canvas = getattr(window, "canvas", None)
    if canvas is None:
        return None
    styles = styles_of(window.session)
    return [
        SheetLayer(state.name, state.style or styles[state.name], state.opacity)
        for state in reversed(canvas.layers())
        if state.visible
    ]
