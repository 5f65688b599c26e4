"""The colours of the map's ground, words and highlights, and how a catalogue colour looks on a dark ground."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from gis.resources import resource

RGB = tuple[int, int, int]

_LIGHT = {"paper": "#F7F5F0", "halo": "#FFFFFF", "map_text": "#27313C", "selection": "#E0007A", "hover": "#FF5CB0"}
_DARK = {"paper": "#1E252C", "halo": "#161C22", "map_text": "#D5DCE3", "selection": "#FF4FA8", "hover": "#FF8CC6"}


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours "#RRGGBB" of one ground. ``paper`` is the ground, ``halo`` surrounds words and marks."""

    dark: bool
    paper: str
    halo: str
    text: str
    selection: str
    hover: str

    @staticmethod
    def of(dark: bool = False) -> Palette:
        """The palette of a light or dark ground, from ``resources/symbols/palette.toml`` where it stands."""
        return _palette(dark)

    @staticmethod
    def for_print() -> Palette:
        """The light palette on white paper."""
        light = _palette(False)
        return Palette(False, "#FFFFFF", light.halo, light.text, light.selection, light.hover)

    def ink(self, color: str, family: str = "ground") -> str:
        """A catalogue colour (made for a light ground) as it is drawn on this one.

        On the dark ground lightness is turned round in OKLab, so what stands out on paper stands out there too; the
        ground family becomes calm greys, the others stay bright enough to read. Hue is kept.
        """
        return _dark_ink(color, family == "ground") if self.dark else color


@cache
def _palette(dark: bool) -> Palette:
    colors = dict(_DARK if dark else _LIGHT)
    path = resource("symbols", "palette.toml")
    if path.is_file():
        given = tomllib.loads(path.read_text("utf-8")).get("dark" if dark else "light", {})
        colors.update({key: given[key] for key in colors if key in given})
    return Palette(dark, colors["paper"], colors["halo"], colors["map_text"], colors["selection"], colors["hover"])


@lru_cache(maxsize=512)
def _dark_ink(color: str, ground: bool) -> str:
    lightness, a, b = _oklab(rgb(color))
    lightness = 0.31 + 0.62 * (1.0 - lightness) if ground else 0.93 - 0.36 * lightness
    shrink = 0.5 if ground else 1.0
    while shrink > 0.05:
        made = _from_oklab(lightness, a * shrink, b * shrink)
        if made is not None:
            return "#{:02X}{:02X}{:02X}".format(*made)
        shrink -= 0.05
    grey = _from_oklab(lightness, 0.0, 0.0) or (128, 128, 128)
    return "#{:02X}{:02X}{:02X}".format(*grey)


def rgb(color: str) -> RGB:
    """The bytes of "#RRGGBB"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mixed(one: str, other: str, share: float) -> str:
    """The colour ``share`` of the way from ``one`` to ``other``."""
    a, b = rgb(one), rgb(other)
    return "#{:02X}{:02X}{:02X}".format(*(round(p + (q - p) * share) for p, q in zip(a, b, strict=True)))


def argb(color: str, alpha: float = 1.0) -> int:
    """``color`` as a 32-bit ARGB word, not premultiplied."""
    r, g, b = rgb(color)
    return (round(alpha * 255) << 24) | (r << 16) | (g << 8) | b


# OKLab after B. Ottosson, "A perceptual color space for image processing" (2020).
_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def _oklab(color: RGB) -> tuple[float, float, float]:
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(color) / 255.0])
    lab = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return float(lab[0]), float(lab[1]), float(lab[2])


def _from_oklab(lightness: float, a: float, b: float) -> RGB | None:
    lms = np.linalg.solve(_TO_LAB, np.array([lightness, a, b])) ** 3
    linear = np.linalg.solve(_TO_LMS, lms)
    if linear.min() < -1e-4 or linear.max() > 1.0001:
        return None
    linear = np.clip(linear, 0.0, 1.0)
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    r, g, b8 = (int(v) for v in np.round(coded * 255))
    return r, g, b8
