"""A base map as the window shows it: it tells how it fares, and may be dimmed where the window is dark."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop.shell.settings import Settings, cache_folder
from gis.basemaps.basemap import BaseMap, BaseMapSpec, GroundPicture, LonLatBox, ViewLike, open_basemap
from gis.basemaps.presets import service_of
from gis.basemaps.recognition import dresses_itself
from gis.geometry.crs import ProjectCrs
from gis.project.basemaps import SavedBaseMap, credit

DIM = 0.62  # of the light of a picture made for a light ground
CALM = ("basemaps.offline", "basemaps.key_missing", "basemaps.zoom_in")  # said beside the name, not as a notice
Heard = Callable[[str, bool, tuple[Exception, ...]], None]  # key, whether complete, problems


class ShownBaseMap:
    """A BaseMap around another; ``heard`` is called from drawing threads after each picture."""

    def __init__(self, inner: BaseMap, made: SavedBaseMap, heard: Heard | None = None) -> None:
        self.inner = inner
        self.key = made.key
        self.attribution = credit(made.spec.attribution or inner.attribution, made.spec)
        self.bounds: LonLatBox | None = inner.bounds
        self.saved = made
        self._heard = heard

    def fits(self, made: SavedBaseMap) -> bool:
        """Whether it shows this entry as it is."""
        return (made.spec, made.dim) == (self.saved.spec, self.saved.dim)

    def again(self, made: SavedBaseMap, heard: Heard | None) -> ShownBaseMap:
        """The same open base map with another look: pictures kept of this one are not taken for those of that."""
        return ShownBaseMap(self.inner, made, heard)

    @property
    def on_news(self) -> Callable[[], None] | None:
        """Called when a picture is worth asking for again."""
        return self.inner.on_news

    @on_news.setter
    def on_news(self, call: Callable[[], None] | None) -> None:
        self.inner.on_news = call

    def picture(
        self, view: ViewLike, crs: ProjectCrs, wanted: Callable[[], bool], *, dark: bool = False
    ) -> GroundPicture:
        """See `BaseMap.picture`."""
        made = self.inner.picture(view, crs, wanted, dark=dark)
        if self._heard is not None and wanted():
            with suppress(RuntimeError):  # the window is gone
                self._heard(self.key, made.complete, made.problems)
        pixels = dimmed(made.pixels, DIM) if dark and self.saved.dim and made.pixels is not None else made.pixels
        return GroundPicture(pixels, made.complete, tuple(p for p in made.problems if p.code not in CALM))

    def retry(self) -> None:
        """Ask again for what failed."""
        self.inner.retry()

    def close(self) -> None:
        """Close the base map."""
        self.inner.close()


def dimmed(pixels: NDArray[np.uint32], light: float) -> NDArray[np.uint32]:
    """Premultiplied ARGB with its colours at that share of their light."""
    times = np.uint32(round(light * 256))
    odd = ((pixels & np.uint32(0x00FF00FF)) * times >> np.uint32(8)) & np.uint32(0x00FF00FF)
    green = ((pixels & np.uint32(0x0000FF00)) * times >> np.uint32(8)) & np.uint32(0x0000FF00)
    return (pixels & np.uint32(0xFF000000)) | odd | green


def key_of(spec: BaseMapSpec, settings: Settings) -> str:
    """The user's key for the service of a base map; empty when there is none."""
    service = service_of(spec)
    return next((kept.key for kept in settings.map_keys if kept.service == service), "")


def opened(made: SavedBaseMap, settings: Settings, heard: Heard | None = None) -> ShownBaseMap:
    """Open a saved base map as the settings say; files may be slow, so in a worker. Raises Refusals ``basemaps.*``."""
    spec = made.spec
    inner = open_basemap(
        spec, cache=cache_folder() if spec.online else None, offline=settings.offline,
        key=key_of(spec, settings) or None, limit=settings.tiles_mb << 20,
    )  # fmt: skip
    return ShownBaseMap(inner, made, heard)


def dims_by_default(spec: BaseMapSpec) -> bool:
    """Whether a new base map is dimmed in the dark: all but those that have a dark look of their own."""
    return not dresses_itself(spec)


def box_of(bounds: Any, crs: ProjectCrs) -> tuple[float, float, float, float] | None:
    """A box of degrees in the project's CRS; None where the projection does not reach."""
    if bounds is None:
        return None
    west, south, east, north = bounds
    t = np.linspace(0.0, 1.0, 9)
    x, y = crs.from_lonlat(
        np.concatenate([west + (east - west) * t] * 2 + [np.full(9, west), np.full(9, east)]),
        np.concatenate([np.full(9, south), np.full(9, north)] + [south + (north - south) * t] * 2),
    )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def cache_size(folder: Path | None = None) -> int:
    """Bytes of the files in which tiles are kept."""
    total = 0
    for path in (folder or cache_folder()).glob("*.tiles*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total
