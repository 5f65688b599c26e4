"""How vector tiles look: the rules of ``resources/basemaps/vector.toml``, and the picture they make of a tile."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.basemaps.mvt import LINE, POLYGON, Geometries, Group, VectorTile
from gis.basemaps.vector_kernels import cover, ink, pour, stroke, unfold
from gis.resources import resource

CASED = 1.5  # pixels: narrower roads are a line in the colour of their casing


@dataclass(frozen=True)
class Rule:
    """One class of things drawn alike. Colours 0xRRGGBB, by day and by night; widths in pixels."""

    name: str
    fill: bool
    colors: tuple[int, int]
    layers: dict[str, frozenset[str]]
    min_zoom: int = 0
    widths: tuple[tuple[float, float], ...] = ()
    dash: tuple[float, float] = (0.0, 0.0)
    casing: float = 0.0
    casing_colors: tuple[int, int] = (0, 0)
    edge_colors: tuple[int, int] | None = None
    edge_zoom: int = 99

    def holds(self, group: Group) -> bool:
        """Whether a group is drawn by this rule."""
        values = self.layers.get(group.layer)
        if values is None or group.kind != (POLYGON if self.fill else LINE):
            return False
        return not values or group.of_class in values or group.detail in values

    def width(self, zoom: float) -> float:
        """Pixels at a zoom."""
        (z0, w0), *rest = self.widths
        if zoom <= z0:
            return w0
        for z1, w1 in rest:
            if zoom <= z1:
                return exp(log(w0) + (log(w1) - log(w0)) * (zoom - z0) / (z1 - z0))
            z0, w0 = z1, w1
        return w0


@dataclass(frozen=True)
class VectorStyle:
    """The ground's colour by day and by night, and the rules in the order of drawing."""

    ground: tuple[int, int]
    rules: tuple[Rule, ...]

    @property
    def layers(self) -> frozenset[str]:
        """The source layers anything is drawn of."""
        return frozenset(layer for rule in self.rules for layer in rule.layers)


@cache
def vector_style() -> VectorStyle:
    """The built-in style."""
    told = tomllib.loads(resource("basemaps", "vector.toml").read_text("utf-8"))
    return VectorStyle(_colors(told["ground"]), tuple(_rule(rule) for rule in told["rule"]))


@dataclass(frozen=True)
class Part:
    """Which part of a tile is drawn: its left upper corner in shares of the side, and how often it is enlarged."""

    left: float = 0.0
    top: float = 0.0
    times: int = 1


def picture(tile: VectorTile, part: Part, zoom: int, size: int, dark: bool) -> NDArray[np.uint32]:
    """``size`` by ``size`` opaque pixels of a part of a tile, as drawn at ``zoom``."""
    style = vector_style()
    out = np.full((size, size), 0xFF000000 | style.ground[dark], np.uint32)
    covered = np.zeros((size, size + 2), np.float32)
    mask = np.zeros((size, size), np.uint8)
    drawn = [
        (rule, [_unfolded(geometries, rule.fill, part, size) for group, geometries in tile.groups.items()
                if rule.holds(group)])
        for rule in style.rules if zoom >= rule.min_zoom
    ]  # fmt: skip
    for rule, shapes in drawn:
        if rule.fill and shapes:
            for coords, ends in shapes:
                cover(covered, coords, ends, len(ends))
            pour(out, covered, rule.colors[dark])
            if rule.edge_colors is not None and zoom >= rule.edge_zoom:
                _line(out, mask, shapes, 0.8, (0.0, 0.0), rule.edge_colors[dark])
    lines = [(rule, shapes) for rule, shapes in drawn if shapes and not rule.fill]
    for rule, shapes in lines:  # all casings below all roads, so that crossings are open
        if rule.casing and rule.width(zoom) >= CASED:
            _line(out, mask, shapes, rule.width(zoom) + 2 * rule.casing, (0.0, 0.0), rule.casing_colors[dark])
    for rule, shapes in lines:
        thin = rule.casing > 0.0 and rule.width(zoom) < CASED  # a white hair would not be seen on a light ground
        _line(out, mask, shapes, rule.width(zoom), rule.dash, (rule.casing_colors if thin else rule.colors)[dark])
    return out


Shape = tuple[NDArray[np.float64], NDArray[np.int64]]


def _line(
    out: NDArray[np.uint32], mask: NDArray[np.uint8], shapes: list[Shape], width: float, dash: tuple[float, float],
    color: int,
) -> None:  # fmt: skip
    for coords, ends in shapes:
        stroke(mask, coords, ends, len(ends), width, *dash)
    ink(out, mask, color)


def _unfolded(geometries: Geometries, polygon: bool, part: Part, size: int) -> Shape:
    coords = np.empty((len(geometries.stream) + 2, 2))
    ends = np.empty(len(geometries.stream) + 2, np.int64)
    side = size * part.times
    n, rings = unfold(
        geometries.stream, geometries.starts, polygon, side / geometries.extent, part.left * side, part.top * side,
        coords, ends,
    )  # fmt: skip
    return coords[:n], ends[:rings]


def _rule(told: dict[str, Any]) -> Rule:
    edge = (told["edge_light"], told["edge_dark"]) if "edge_light" in told else None
    return Rule(
        told["name"], told["kind"] == "fill", _colors(told),
        {layer: frozenset(values) for layer, values in told["from"].items()},
        told.get("min_zoom", 0), tuple((float(z), float(w)) for z, w in told.get("width", ())),
        tuple(float(length) for length in told["dash"]) if "dash" in told else (0.0, 0.0),  # type: ignore[arg-type]
        float(told.get("casing", 0.0)),
        (_color(told["casing_light"]), _color(told["casing_dark"])) if "casing" in told else (0, 0),
        (_color(edge[0]), _color(edge[1])) if edge else None, told.get("edge_zoom", 99),
    )  # fmt: skip


def _colors(told: dict[str, Any]) -> tuple[int, int]:
    return _color(told["light"]), _color(told["dark"])


def _color(text: str) -> int:
    return int(text.removeprefix("#"), 16)
