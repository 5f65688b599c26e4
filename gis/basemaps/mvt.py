"""Mapbox Vector Tiles 2.1: a tile's layers as groups of geometries that are drawn alike.

The protocol buffer is parsed by the package mapbox_vector_tile; its geometries stay command streams, which kernels
unfold (the package's own reader takes a hundred times as long).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.basemaps.decoding import unpacked
from gis.errors import Refusal

POINT, LINE, POLYGON = 1, 2, 3
CLASSES = ("class", "kind", "pmap:kind")  # OpenMapTiles; Protomaps, new and old
DETAILS = ("subclass", "kind_detail", "pmap:kind_detail", "admin_level", "pmap:min_admin_level")
PLACE_LAYERS = ("place", "places")
NAMES = ("name:zh", "name:zh-Hans", "name:zh-hans", "name", "name:latin", "name:en")  # the first that is there
MOST_PLACES = 500
MOST = 3_000_000  # numbers of all geometries of a tile


class Group(NamedTuple):
    """Features of one layer with the same class, detail and kind of geometry."""

    layer: str
    of_class: str
    detail: str
    kind: int


@dataclass(frozen=True)
class Geometries:
    """Command streams one after another; feature f is ``stream[starts[f]:starts[f + 1]]``."""

    stream: NDArray[np.uint32]
    starts: NDArray[np.int64]
    extent: int


@dataclass(frozen=True)
class Place:
    """A named town or village: its position as shares of the tile's sides, its name and its class."""

    x: float
    y: float
    name: str
    of_class: str


@dataclass
class VectorTile:
    """What a tile holds, ready to be drawn at any size."""

    groups: dict[Group, Geometries] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        """Bytes of the geometries."""
        return sum(made.stream.nbytes + made.starts.nbytes for made in self.groups.values())


def vector_tile(body: bytes, layers: frozenset[str]) -> VectorTile:
    """The tile of MVT bytes, plain or packed with gzip; only ``layers`` are kept.

    Raises Refusal ``basemaps.bad_tile``.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from mapbox_vector_tile.Mapbox import vector_tile_pb2

    tile = vector_tile_pb2.tile()
    try:
        tile.ParseFromString(unpacked(body))
    except (DecodeError, ValueError, RecursionError) as error:
        raise Refusal("basemaps.bad_tile", reason="MVT") from error
    made = VectorTile()
    numbers = 0
    for layer in tile.layers:
        if layer.name in PLACE_LAYERS and 1 <= layer.extent <= 1 << 20:
            made.places += _places(layer)
        if layer.name not in layers or not 1 <= layer.extent <= 1 << 20:
            continue
        for group, streams in _groups(layer).items():
            numbers += sum(len(stream) for stream in streams)
            if numbers > MOST:
                raise Refusal("basemaps.bad_tile", reason=f"> {MOST:,}")
            starts = np.zeros(len(streams) + 1, np.int64)
            np.cumsum([len(stream) for stream in streams], out=starts[1:])
            made.groups[group] = Geometries(np.concatenate(streams), starts, layer.extent)
    return made


def _groups(layer: Any) -> dict[Group, list[NDArray[np.uint32]]]:
    """The features' streams by what they are; features whose tags point nowhere have none."""
    name, keys = layer.name, list(layer.keys)
    classes = [keys.index(key) for key in CLASSES if key in keys]
    details = [keys.index(key) for key in DETAILS if key in keys]
    maritime = keys.index("maritime") if "maritime" in keys else -1
    values = [_text(value) for value in layer.values]
    found: dict[Group, list[NDArray[np.uint32]]] = defaultdict(list)
    for feature in layer.features:
        if feature.type not in (LINE, POLYGON):
            continue
        of_class = detail = ""
        if classes or details:
            tags = feature.tags
            told = dict(zip(tags[::2], tags[1::2], strict=False))
            of_class = next((_at(values, told[key]) for key in classes if key in told), "")
            detail = next((_at(values, told[key]) for key in details if key in told), "")
            if maritime in told and _at(values, told[maritime]) in ("1", "True"):
                continue
        stream = np.array(feature.geometry, np.uint32)
        if len(stream):
            found[Group(name, of_class, detail, feature.type)].append(stream)
    return found


def _places(layer: Any) -> list[Place]:
    """The named points of a layer; what is not whole is passed over."""
    keys = list(layer.keys)
    names = [keys.index(key) for key in NAMES if key in keys]
    classes = [keys.index(key) for key in ("kind_detail", "pmap:kind_detail", "class", "kind", "pmap:kind")
               if key in keys]  # fmt: skip
    values = [_text(value) for value in layer.values]
    found = []
    for feature in layer.features[:MOST_PLACES]:
        geometry = feature.geometry
        if feature.type != POINT or len(geometry) < 3 or geometry[0] & 7 != 1:
            continue
        told = dict(zip(feature.tags[::2], feature.tags[1::2], strict=False))
        name = next((text for key in names if key in told and (text := _at(values, told[key]).strip())), "")
        of_class = next((_at(values, told[key]) for key in classes if key in told), "")
        x, y = ((int(number) >> 1) ^ -(int(number) & 1) for number in geometry[1:3])
        if name and 0 <= x < layer.extent and 0 <= y < layer.extent:  # the margin's points are another tile's
            found.append(Place(x / layer.extent, y / layer.extent, name[:40], of_class))
    return found


def _at(values: list[str], index: int) -> str:
    return values[index] if index < len(values) else ""


def _text(value: Any) -> str:
    for name, held in value.ListFields():
        return held if isinstance(held, str) else f"{held:g}" if isinstance(held, float) else str(held) if name else ""
    return ""
