"""What a base map is: a picture of the ground for any view, and the saved line that says where it comes from.

A base map lies below everything drawn from the project. It may be a file (MBTiles, PMTiles, GeoTIFF, a height model),
a folder of tiles, or an online service; whatever its own grid and datum, ``picture`` is in the project CRS.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.geometry.crs import ProjectCrs

Buffer = NDArray[np.uint32]
Kind = Literal["mbtiles", "pmtiles", "xyz_folder", "xyz", "wmts", "raster", "hillshade"]
Datum = Literal["wgs84", "gcj02"]
LonLatBox = tuple[float, float, float, float]  # west, south, east, north
DEEPEST = 24  # zoom levels beyond are finer than any survey
LONGEST = 100_000  # letters of one text in a saved base map


class ViewLike(Protocol):
    """The rectangle wanted: upper left corner in project metres, metres a pixel, pixels."""

    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def resolution(self) -> float: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class GroundPicture:
    """``pixels`` uint32 (h, w) of premultiplied ARGB, None where there is nothing to show; ``complete``: asking again
    without news gives the same. ``problems``: what the user should know, also beside a picture.
    """

    pixels: Buffer | None
    complete: bool = True
    problems: tuple[Refusal, ...] = ()


class BaseMap(Protocol):
    """Thread-safe: pictures are asked for by several workers and views at once. Refusals come as problems."""

    key: str
    attribution: str
    bounds: LonLatBox | None  # where there is anything; None = not known
    on_news: Callable[[], None] | None  # called on a thread of its own when an incomplete picture is worth asking again

    def picture(
        self, view: ViewLike, crs: ProjectCrs, wanted: Callable[[], bool], *, dark: bool = False
    ) -> GroundPicture:
        """The ground of ``view``; an empty, incomplete picture as soon as it is no longer ``wanted()``."""

    def retry(self) -> None:
        """Forget what could not be fetched, so that the next picture tries again."""

    def close(self) -> None:
        """Give back files and threads; pictures asked for later are empty."""


@dataclass(frozen=True)
class BaseMapSpec:
    """One saved base map.

    ``source``: path of the file or folder, or an address with ``{z} {x} {y} {-y} {s} {q} {tk}``. ``datum``: that of
    the tiles. ``options``, by kind: ``tms`` (rows from the south), ``tile_size``, ``bounds`` [west, south, east,
    north], ``grid`` ("w" Web Mercator, "c" longitude/latitude, or the levels of a WMTS), ``subdomains``, ``crs`` (of
    a raster which does not say), ``z_factor``, ``azimuth``, ``altitude``, ``tint``, ``mode`` ("hillshade", "slope").
    A service's key is never part of it.
    """

    key: str
    kind: Kind
    source: str
    name: str
    datum: Datum = "wgs84"
    min_zoom: int = 0
    max_zoom: int = DEEPEST
    attribution: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def online(self) -> bool:
        """Whether tiles come over the network."""
        return self.kind in ("xyz", "wmts")

    @property
    def needs_key(self) -> bool:
        """Whether the address asks for the user's own key."""
        return "{tk}" in self.source

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON has them."""
        return {
            "key": self.key, "kind": self.kind, "source": self.source, "name": self.name, "datum": self.datum,
            "min_zoom": self.min_zoom, "max_zoom": self.max_zoom, "attribution": self.attribution,
            "options": dict(self.options),
        }  # fmt: skip

    @staticmethod
    def from_dict(given: Any) -> BaseMapSpec:
        """The base map of saved values; what is missing or unknown is filled or left out.

        Raises Refusal ``basemaps.broken_entry`` naming the field that cannot be understood.
        """
        if not isinstance(given, Mapping):
            raise Refusal("basemaps.broken_entry", field="basemap", name="")
        name = _text(given, "name", "")
        kind, source = _text(given, "kind", "", name), _text(given, "source", "", name)
        if kind not in get_args(Kind):
            raise Refusal("basemaps.broken_entry", field="kind", name=name)
        if not source:
            raise Refusal("basemaps.broken_entry", field="source", name=name)
        datum = _text(given, "datum", "wgs84", name) or "wgs84"
        if datum not in get_args(Datum):
            raise Refusal("basemaps.broken_entry", field="datum", name=name)
        options = given.get("options") or {}
        if not isinstance(options, Mapping) or not all(isinstance(option, str) for option in options):
            raise Refusal("basemaps.broken_entry", field="options", name=name)
        low, high = _zoom(given, "min_zoom", 0, name), _zoom(given, "max_zoom", DEEPEST, name)
        return BaseMapSpec(
            _text(given, "key", "", name) or spec_key(kind, source, options), cast(Kind, kind), source, name or source,
            cast(Datum, datum), min(low, high), max(low, high), _text(given, "attribution", "", name), dict(options),
        )  # fmt: skip


def spec_key(kind: str, source: str, options: Mapping[str, Any] | None = None) -> str:
    """A short name that is the same for the same kind, source and options."""
    told = json.dumps([kind, source, dict(options or {})], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def open_basemap(
    spec: BaseMapSpec, *, cache: Path | None = None, offline: bool = False, key: str | None = None,
    limit: int | None = None,
) -> BaseMap:  # fmt: skip
    """The base map of a saved entry, ready for pictures. ``cache``: folder in which online tiles are kept;
    ``offline``: nothing is asked of the network; ``key``: the user's own key for the service; ``limit``: bytes of tiles
    that are kept at most.

    Raises Refusals ``basemaps.*`` for a file that is not there, not readable or not a map.
    """
    from gis.basemaps.opening import opened  # what a kind needs is loaded when it is opened

    return opened(spec, cache, offline, key, limit)


def recognise(path: Path | str) -> BaseMapSpec:
    """The entry for a file or folder, by its content; Refusals ``basemaps.*`` say why it cannot be one."""
    from gis.basemaps.recognition import recognised

    return recognised(Path(path))


def _text(given: Mapping[str, Any], name: str, default: str, whose: str = "") -> str:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise Refusal("basemaps.broken_entry", field=name, name=whose)
    return value


def _zoom(given: Mapping[str, Any], name: str, default: int, whose: str) -> int:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refusal("basemaps.broken_entry", field=name, name=whose)
    return min(max(int(value), 0), DEEPEST)
