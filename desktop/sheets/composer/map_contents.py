"""What the maps of a sheet show: moved and scaled by hand inside their frames."""

from __future__ import annotations

from dataclasses import replace

from desktop.sheets.composer.draft import Draft
from desktop.sheets.composer.rendering import Painted
from gis.cartography.sheets import editing
from gis.cartography.sheets.items import MapItem
from gis.cartography.sheets.specification import LARGEST_SCALE, SMALLEST_SCALE, frame_extent

Place = tuple[tuple[float, float], float]  # centre in the project's CRS, and the scale's denominator


def place_of(draft: Draft, painted: Painted | None, id: str) -> Place | None:
    """What a map is to show, as far as it is known: what was set by hand, else what was painted last."""
    item = next((one for one in draft.template.items if one.id == id and isinstance(one, MapItem)), None)
    if not isinstance(item, MapItem):
        return None
    seen = None if painted is None else painted.spec.views.get(id)
    center = None if seen is None else seen.center
    denominator = None if seen is None else seen.denominator
    if item.role == "main":
        sheet = draft.sheet
        if sheet.denominator:
            denominator = sheet.denominator
            if sheet.extent is not None:
                xmin, ymin, xmax, ymax = sheet.extent
                center = ((xmin + xmax) / 2, (ymin + ymax) / 2)
    else:
        if item.denominator:
            denominator = item.denominator
        if len(item.center) == 2:
            center = (item.center[0], item.center[1])
    return None if center is None or denominator is None else (center, denominator)


def show_place(draft: Draft, id: str, place: Place) -> None:
    """Let a map show this place from now on."""
    item = editing.item_of(draft.template, id)
    if not isinstance(item, MapItem):
        return
    center, denominator = place
    denominator = min(max(denominator, LARGEST_SCALE), SMALLEST_SCALE)
    if item.role == "main":
        extent = frame_extent(item.inner(), center, denominator)
        draft.put(replace(draft.sheet, extent=extent, denominator=denominator), f"content {id}")
    else:
        draft.edit(editing.changed, id, center=center, denominator=denominator, gesture=f"content {id}")


def moved(place: Place, dx: float, dy: float) -> Place:
    """The place with its content moved by so many mm of paper."""
    (x, y), denominator = place
    per_mm = denominator / 1000.0
    return (x - dx * per_mm, y + dy * per_mm), denominator


def scaled(item: MapItem, place: Place, factor: float, x: float, y: float) -> Place:
    """The place ``factor`` times as large, with the ground at (x, y) mm of paper where it was."""
    (cx, cy), old = place
    wanted = old / factor
    digits = 10.0 ** (len(str(int(max(wanted, 10.0)))) - 3)
    made = round(wanted / digits) * digits if digits >= 1 else round(wanted)
    if made == round(old):
        made = old / factor
    inner = item.inner()
    ox, oy = x - (inner.x + inner.width / 2), y - (inner.y + inner.height / 2)
    gx, gy = cx + ox * old / 1000.0, cy - oy * old / 1000.0
    return (gx - ox * made / 1000.0, gy + oy * made / 1000.0), made


def centred_anew(draft: Draft, id: str) -> None:
    """A map shows all it is about again, at the scale that fits."""
    item = editing.item_of(draft.template, id)
    if isinstance(item, MapItem) and item.role == "main":
        draft.put(replace(draft.sheet, extent=None, denominator=None))
    elif isinstance(item, MapItem):
        draft.edit(editing.changed, id, center=(), denominator=0.0)
