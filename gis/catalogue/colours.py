"""The colours by which a splicer finds a fibre: which tube, which fibre in it (YD/T 901, TIA-598)."""

from __future__ import annotations

from gis.catalogue.model import Label

# One round; in the second round of a tube's fibres the same colours come with a ring.
COLOURS = (
    Label("蓝", "blue"), Label("橙", "orange"), Label("绿", "green"), Label("棕", "brown"), Label("灰", "slate"),
    Label("白", "white"), Label("红", "red"), Label("黑", "black"), Label("黄", "yellow"), Label("紫", "violet"),
    Label("粉红", "rose"), Label("青绿", "aqua"),
)  # fmt: skip
_LEADING = (Label("红", "red"), Label("绿", "green"))
_NATURAL = Label("本色", "natural")


def fibre_colours(
    fibre: int, fibres_per_tube: int, scheme: str | None = "full", fibre_count: int | None = None
) -> tuple[int, Label, Label] | None:
    """Tube number, its colour and the fibre's of fibre ``fibre`` (from 1); None for a number the cable does not have.

    ``scheme``: "full" and "tia598" repeat the twelve colours over the tubes, "leading" has a red first tube, a green
    second one and natural ones after these.
    """
    if fibre < 1 or fibres_per_tube < 1 or (fibre_count is not None and fibre > fibre_count):
        return None
    tube, place = divmod(fibre - 1, fibres_per_tube)
    if scheme == "leading":
        shell = _LEADING[tube] if tube < len(_LEADING) else _NATURAL
    else:
        shell = COLOURS[tube % len(COLOURS)]
    return tube + 1, shell, COLOURS[place % len(COLOURS)]
