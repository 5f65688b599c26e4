"""Base maps for a map in the browser: any base map, in whatever grid and datum, as tiles of Web Mercator in WGS 84."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyproj
from numpy.typing import NDArray
from PIL import Image

from gis.basemaps.basemap import BaseMap, LonLatBox
from gis.cartography.web.ground import WebGround
from gis.geometry.crs import ProjectCrs

_MERCATOR = ProjectCrs(3857, pyproj.CRS(3857))
_HALF = 20037508.342789244  # metres from the middle of the square of Web Mercator to its edge
_SIDE = 256
_QUALITY = 80  # of WebP: text stays legible, a level of a city takes a third of its PNG


@dataclass(frozen=True, slots=True)
class _TileView:
    left: float
    top: float
    resolution: float
    width: float = _SIDE
    height: float = _SIDE


class GroundLike(Protocol):
    """A base map of a map or sheet; its ``basemap`` may know the entry it was ``saved`` as."""

    @property
    def basemap(self) -> Any: ...
    @property
    def opacity(self) -> float: ...
    @property
    def visible(self) -> bool: ...


def web_grounds(grounds: Sequence[GroundLike]) -> list[WebGround]:
    """The visible base maps of a map, topmost first; services whose terms forbid to keep many tiles are left out."""
    made = []
    for ground in grounds:
        spec = getattr(getattr(ground.basemap, "saved", None), "spec", None)
        if not ground.visible or (spec is not None and spec.options.get("bulk") is False):
            continue
        name = spec.name if spec is not None else ground.basemap.attribution
        made.append(
            web_ground(ground.basemap, name, ground.opacity, min(spec.max_zoom, 20) if spec is not None else 18)
        )
    return made


def web_ground(basemap: BaseMap, name: str, opacity: float = 1.0, max_zoom: int = 18) -> WebGround:
    """``basemap`` as a page carries it. A map in GCJ-02 is drawn where its ground truly lies, as everywhere in Yantu.

    A tile that cannot be had (a damaged file, a service that is not asked because work is offline) is left out.
    """

    def tile(zoom: int, column: int, row: int) -> bytes | None:
        span = 2 * _HALF / (1 << zoom)
        view = _TileView(column * span - _HALF, _HALF - row * span, span / _SIDE)
        if basemap.bounds is not None and not _meets(basemap.bounds, view):
            return None
        made = basemap.picture(view, _MERCATOR, lambda: True)
        if made.pixels is None or not made.complete or not made.pixels.any():
            return None
        return _encoded(made.pixels)

    return WebGround(name, basemap.attribution, tile, max_zoom=max_zoom, opacity=opacity)


def _meets(bounds: LonLatBox, view: _TileView) -> bool:
    west, south, east, north = bounds
    (left, right), (top, bottom) = _MERCATOR.to_lonlat(
        [view.left, view.left + view.resolution * view.width], [view.top, view.top - view.resolution * view.height]
    )
    return bool(left <= east and right >= west and bottom <= north and top >= south)


def _encoded(pixels: NDArray[np.uint32]) -> bytes:
    """WebP of premultiplied ARGB."""
    words = np.ascontiguousarray(pixels)
    alpha = (words >> 24).astype(np.uint8)
    bands = np.dstack([((words >> shift) & 255).astype(np.uint8) for shift in (16, 8, 0)])
    held = io.BytesIO()
    if (alpha == 255).all():
        Image.fromarray(bands, "RGB").save(held, "WEBP", quality=_QUALITY, method=4)
    else:
        share = np.maximum(alpha, 1)[..., None] / 255.0
        plain = np.minimum(np.rint(bands / share), 255).astype(np.uint8)
        Image.fromarray(np.dstack([plain, alpha]), "RGBA").save(held, "WEBP", quality=_QUALITY, method=4)
    return held.getvalue()
