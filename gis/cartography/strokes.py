"""How a line or an outline is stroked: rim, casing and core as a list of strokes, the same for kernels and QPainter."""

from __future__ import annotations

from dataclasses import dataclass

from gis.cartography.palette import Palette
from gis.cartography.symbols import DASH_MM, LayerStyle, Variant, core_width, line_colors

SHORTEST = 0.75  # pixels: dashes below this are a fainter line and no dashes


@dataclass(frozen=True, slots=True)
class Stroke:
    """One pass with a pen: ``width`` pixels, ``dash`` pixels on, off, on …, empty = solid."""

    color: str
    width: float
    dash: tuple[float, ...] = ()


def strokes(
    style: LayerStyle, variant: Variant, palette: Palette, width: float, pixels_per_mm: float, rim: float | None = None
) -> list[Stroke]:
    """The strokes of a line ``width`` pixels wide, the lowest first: the first lies below those of all other lines.

    ``rim``: pixels of the variant's own casing on each side where it is not just its millimetres. That casing is solid
    and carries the dashes on top; the style's ``core`` lies on a dashed casing.
    """
    dash = dashes(variant, pixels_per_mm)
    if variant.casing:
        rim = variant.casing_width * pixels_per_mm if rim is None else rim
        below = [Stroke(palette.ink(variant.casing, style.family), width + 2 * rim)] if rim > 0.0 else []
        return [*below, Stroke(palette.ink(variant.color, style.family), width, dash)]
    color, core = line_colors(style, variant, palette, width, pixels_per_mm)
    made = [Stroke(color, width, dash)]
    if core is not None:
        made.append(Stroke(core, core_width(width, pixels_per_mm)))
    return made


def dashes(variant: Variant, pixels_per_mm: float) -> tuple[float, ...]:
    """The variant's dashes in pixels; an odd number of them is run through twice, as on paper."""
    made = tuple(max(d, 0.0) * DASH_MM * pixels_per_mm for d in variant.dash)
    if not made or sum(made) < 2 * SHORTEST:
        return ()
    return made if len(made) % 2 == 0 else made * 2
