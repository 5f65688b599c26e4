"""A map for black-and-white printers: colours become greys that are told apart, levels a ramp from dark to light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gis.cartography.palette import rgb
from gis.cartography.symbols import LayerStyle
from gis.coverage.classes import LevelClass

_DARKEST, _LIGHTEST = 0x4A, 0xC4  # of what is covered
_BELOW = 0xE9  # levels below the threshold, just told from paper


def grey(color: str) -> str:
    """The grey of the same luminance (ITU-R BT.709); words such as "none" stay."""
    if not color.startswith("#"):
        return color
    red, green, blue = rgb(color)
    shade = round(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return f"#{shade:02X}{shade:02X}{shade:02X}"


def grey_style(style: LayerStyle) -> LayerStyle:
    """A layer's style in greys; marks and lines of infrastructure a little darker, so that they stand out on levels."""
    strong = style.family != "ground"

    def shade(color: str) -> str:
        if not color.startswith("#"):
            return color
        made = int(grey(color)[1:3], 16)
        made = round(made * 0.55) if strong else made
        return f"#{made:02X}{made:02X}{made:02X}"

    variants = tuple(
        replace(
            variant,
            color=shade(variant.color),
            fill=None if variant.fill is None else grey(variant.fill),
            casing=None if variant.casing is None else grey(variant.casing),
        )
        for variant in style.variants
    )
    return replace(style, variants=variants, core=None if style.core is None else grey(style.core))


def grey_classes(classes: Sequence[LevelClass]) -> tuple[LevelClass, ...]:
    """Classes of levels from dark (strongest) to light, those below the threshold lightest."""
    covered = [one for one in classes if one.covered]
    made: list[LevelClass] = []
    for one in classes:
        if one.covered:
            share = covered.index(one) / max(len(covered) - 1, 1)
            tone = round(_DARKEST + (_LIGHTEST - _DARKEST) * share)
        else:
            tone = _BELOW
        made.append(replace(one, color=f"#{tone:02X}{tone:02X}{tone:02X}"))
    return tuple(made)
