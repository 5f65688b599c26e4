"""Between which scales a layer is drawn, and how that is said."""

from __future__ import annotations

from dataclasses import replace

from desktop.shell.formatting import scale
from desktop.shell.words import mark, tr
from desktop.styling.labelling import round_up
from gis.cartography.symbols import LayerStyle

RANGES = (
    ("always", mark("At every scale")),
    ("in", mark("Only when zoomed in to {scale} or nearer")),
    ("out", mark("Only when zoomed out to {scale} or farther")),
)


def with_range(style: LayerStyle, way: str, denominator: float) -> LayerStyle:
    """The style drawn "always", only at 1:denominator and larger scales ("in"), or only at that and smaller ("out")."""
    if way == "always":
        return replace(style, min_scale=0.0, max_scale=0.0)
    if way == "in":
        limit = round_up(denominator)
        return replace(style, max_scale=limit, min_scale=style.min_scale if style.min_scale < limit else 0.0)
    limit = round_down(denominator)
    return replace(style, min_scale=limit, max_scale=style.max_scale if style.max_scale > limit else 0.0)


def limit_text(way: str, denominator: float) -> str:
    """What a range is called when it is set at the present scale 1:denominator."""
    limit = 1.0 if denominator <= 0 else round_up(denominator) if way == "in" else round_down(denominator)
    return tr(next(text for key, text in RANGES if key == way), scale=scale(limit))


def round_down(denominator: float) -> float:
    """The round denominator next below."""
    power = 10.0 ** (len(str(int(denominator))) - 1)
    steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    return max(step * power for step in steps if step * power <= denominator)


def hidden_text(style: LayerStyle, denominator: float) -> str:
    """Why a layer is not drawn at the scale 1:denominator; "" where it is."""
    if denominator <= 0:
        return ""
    if 0 < style.max_scale < denominator:
        return tr("Shows from {scale} on: zoom in.", scale=scale(style.max_scale))
    if style.min_scale > 0 and denominator < style.min_scale:
        return tr("Shows from {scale} on: zoom out.", scale=scale(style.min_scale))
    return ""
