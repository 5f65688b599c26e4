"""How each layer of a coverage run is shown: its name, unit and classes with colours.

Data: ``resources/radio/layers.toml``. Levels take the technology's own classes; servers get colours that only tell
neighbours apart.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gis.catalogue.model import Label
from gis.coverage.classes import LevelClass, level_classes, technology
from gis.errors import Language
from gis.resources import resource


@dataclass(frozen=True, slots=True)
class LayerLook:
    """A layer's classes, highest first, and how its legend reads. ``keyed``: False where colours mean nothing."""

    name: str
    label: Label
    unit: str
    scale: float
    classes: tuple[LevelClass, ...]
    keyed: bool = True

    def entries(self, language: Language = "zh") -> list[tuple[str, str]]:
        """(colour, text) of each class: "≥ 13 dB 良好"; none where colours mean nothing."""
        if not self.keyed:
            return []
        last = len(self.classes) - 1
        return [
            (entry.color, self._text(entry, language, lowest=place == last)) for place, entry in enumerate(self.classes)
        ]

    def _text(self, entry: LevelClass, language: Language, *, lowest: bool) -> str:
        said = entry.label.text(language)
        if not self.unit or (lowest and entry.minimum * self.scale <= -100.0):
            return said
        bound = f"≥ {entry.minimum * self.scale:g} {self.unit}".replace("-", "−")
        return f"{bound}  {said}".rstrip()


def layer_look(name: str, technology_name: str, threshold: float, servers: int = 0, least_pilots: int = 0) -> LayerLook:
    """The look of one layer of a run; ``threshold`` as its raster counts it, ``servers``: how many transmitters.

    ``least_pilots``: from how many on they pollute; fewer have no class of their own.
    """
    entry = _data()[name]
    label = Label(**entry["label"])
    if entry.get("level"):
        unit = technology(technology_name).unit
        return LayerLook(name, label, unit, 1.0, level_classes(technology_name, threshold))
    if name == "server":
        colors = _data()["ramps"]["servers"]
        classes = tuple(
            LevelClass(place - 0.5, label, colors[place % len(colors)]) for place in reversed(range(servers))
        )
        return LayerLook(name, label, "", 1.0, classes, keyed=False)
    ramp = entry["colors"] if "colors" in entry else _data()["ramps"][entry["ramp"]]
    places = np.linspace(0, len(ramp) - 1, len(entry["classes"])).round().astype(int)
    classes = tuple(
        LevelClass(float(minimum), Label(zh, en), ramp[place])
        for (minimum, zh, en), place in zip(entry["classes"], places, strict=True)
        if name != "pollution" or not 0.0 < minimum < least_pilots
    )
    return LayerLook(name, label, entry["unit"], float(entry.get("scale", 1.0)), classes)


def difference_look() -> LayerLook:
    """The look of one run's levels less another's."""
    return layer_look("difference", "", 0.0)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resource("radio", "layers.toml").read_text("utf-8"))
