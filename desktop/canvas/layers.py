"""What is drawn: layers and rasters as the user has arranged them, topmost first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.cartography.rasters import LevelBand
from gis.cartography.symbols import LayerStyle
from gis.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class LayerState:
    """How one feature class is shown. ``style`` None = the catalogue's."""

    name: str
    visible: bool = True
    opacity: float = 1.0
    style: LayerStyle | None = None


@dataclass(frozen=True, slots=True)
class RasterState:
    """A GeoTIFF below the vectors; ``bands`` are its classes of colour."""

    path: Path
    bands: tuple[LevelBand, ...]
    opacity: float = 0.7


@dataclass(frozen=True, slots=True)
class GroundState:
    """A base map below everything else: a ``gis.basemaps`` BaseMap, which its owner opens and closes."""

    basemap: Any
    opacity: float = 1.0
    visible: bool = True


def default_layers(catalogue: Catalogue) -> list[LayerState]:
    """All spatial classes, topmost first."""
    return [LayerState(cls.name, cls.visible) for cls in reversed(catalogue.classes) if cls.spatial]


def styled(
    layers: Iterable[LayerState], catalogue: Catalogue, saved: Mapping[str, LayerStyle] | None = None
) -> list[tuple[LayerState, LayerStyle]]:
    """The layers known to the catalogue with their styles, in drawing order (the ground first).

    ``saved``: the styles of the project (`gis.project.styles.saved_styles`) for layers without one of their own.
    """
    known = saved or {}
    return [
        (state, state.style or known.get(state.name) or LayerStyle.from_class(catalogue[state.name]))
        for state in reversed(list(layers))
        if state.name in catalogue and catalogue[state.name].spatial
    ]


def rasters(given: Sequence[RasterState | tuple[Path, Sequence[LevelBand], float]]) -> list[RasterState]:
    """Raster states from states or (path, bands, opacity)."""
    return [r if isinstance(r, RasterState) else RasterState(Path(r[0]), tuple(r[1]), r[2]) for r in given]
