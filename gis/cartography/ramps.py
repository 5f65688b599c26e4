"""Colour ramps: named rows of colours for classes, categories and density, from ``resources/symbols/ramps.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from gis.cartography.palette import mixed
from gis.catalogue import Label
from gis.resources import resource

RampKind = Literal["sequential", "diverging", "qualitative"]
_FADES = (0.0, 0.35, -0.3, 0.6)  # towards white or black when a qualitative ramp is used up


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours "#RRGGBB"; a sequential ramp goes from little (light) to much (dark)."""

    key: str
    label: Label
    kind: RampKind
    colors: tuple[str, ...]

    def of(self, count: int) -> tuple[str, ...]:
        """``count`` colours: of a qualitative ramp the first ones, then the same lighter and darker; else evenly
        spread over the ramp. One colour alone is a strong one."""
        if self.kind == "qualitative":
            return tuple(self._used_up(i) for i in range(count))
        return spread(self.colors, count)

    def _used_up(self, i: int) -> str:
        color, fade = self.colors[i % len(self.colors)], _FADES[i // len(self.colors) % len(_FADES)]
        return mixed(color, "#FFFFFF" if fade > 0 else "#000000", abs(fade)) if fade else color

    def reversed(self) -> Ramp:
        """The same ramp from the other end."""
        return Ramp(self.key, self.label, self.kind, self.colors[::-1])


def spread(colors: Sequence[str], count: int) -> tuple[str, ...]:
    """``count`` colours evenly spread over a row of colours, mixed between neighbours."""
    if count == 1:
        return (colors[round(0.7 * (len(colors) - 1))],)
    made = []
    for i in range(count):
        at = i * (len(colors) - 1) / (count - 1)
        low = min(int(at), len(colors) - 2) if len(colors) > 1 else 0
        share = at - low
        made.append(mixed(colors[low], colors[min(low + 1, len(colors) - 1)], share) if share else colors[low])
    return tuple(made)


@cache
def ramps() -> dict[str, Ramp]:
    """All ramps by key, in the order of the file."""
    read = tomllib.loads(resource("symbols", "ramps.toml").read_text("utf-8"))["ramp"]
    return {key: Ramp(key, Label(**made["label"]), made["kind"], tuple(made["colors"])) for key, made in read.items()}
