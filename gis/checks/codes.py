"""Rules that hold for every class: codes that look alike, dates that are to come, places far from the city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.checks.city import City, place_of
from gis.checks.issue import Fix, Issue
from gis.checks.rules import Rule, rule
from gis.editing.intents import Update
from gis.geometry.columns import Columns

_FEW = 50  # up to so many codes are looked for one by one
_FURTHEST = 1e8  # metres: no projected coordinate on this earth is larger, with the number of its zone in front
_WIDE = 0xFF01 - 0x21  # from a letter of ASCII to its wide form
WIDE = "".join(chr(code) for code in (0x3000, 0xFF01, 0xFF5E))  # a space, and the first and last wide letter
_FOLD = {
    **{code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)},
    **{code + _WIDE: chr(code).lower() for code in range(0x21, 0x7F)},
    0x3000: " ",
}


def folded(code: str) -> str:
    """A code without the differences that readers overlook: the case of Latin letters, the width of all of ASCII."""
    return code.lower() if code.isascii() else code.translate(_FOLD)


@rule("same_code", fields=("code",))
def same_code(city: City, it: Rule) -> Iterator[Issue]:
    """Two codes of one class that differ only in case or width: people take them for one."""
    for cls in city.catalogue:
        if not cls.has_field("code") or not city.looks_at(cls.name):
            continue
        rows = city.subjects(cls.name, ["code"])
        if not city.whole:
            codes = [code for code in rows.fields["code"].tolist() if code]
            if not codes:
                continue
            rows = (
                city.rows(cls.name, np.union1d(rows.ids, city.like(cls.name, "code", codes)), ["code"])
                if len(codes) <= _FEW
                else city.all_of(cls.name, ["code"])
            )
        first: dict[str, int] = {}
        for id, code in zip(rows.ids.tolist(), rows.fields["code"].tolist(), strict=True):
            if not code:
                continue
            other = first.setdefault(folded(code), id)
            if other != id:
                place = _place(city, cls.name, id) if cls.spatial else None
                yield Issue(it.name, it.severity, cls.name, (other, id), place, {"said": code})


@rule("future_install")
def future_install(city: City, it: Rule) -> Iterator[Issue]:
    """Features in service that, by their date, are not installed yet."""
    today = date.today().isoformat()
    for cls in city.catalogue:
        if not (cls.has_field("installed_on") and cls.has_field("status")) or not city.looks_at(cls.name):
            continue
        rows = city.subjects(cls.name, ["installed_on", "status"])
        live = np.flatnonzero(rows.fields["status"] == "in_service")
        for i in live.tolist():
            on = rows.fields["installed_on"][i]
            if on is not None and str(on)[:10] > today:
                id = int(rows.ids[i])
                fixes = (Fix("checks.fix_planned", Update(cls.name, [id], {"status": "planned"})),)
                place = _place(city, cls.name, id) if cls.spatial else None
                yield Issue(it.name, it.severity, cls.name, (id,), place, {"date": str(on)[:10]}, fixes)


@rule("far_off", whole_on=("area",))
def far_off(city: City, it: Rule) -> Iterator[Issue]:
    """Features far from every area of the city, at the origin, or with degrees where metres should stand."""
    within = it.limits.number("kilometres") * 1000
    frame = _frame(city.all_of("area", geometry=True))
    for cls in city.spatial():
        rows = city.subjects(cls.name, geometry=True)
        assert rows.geometry is not None
        boxes = shapely.bounds(rows.geometry)
        with np.errstate(invalid="ignore"):
            origin = (np.abs(boxes[:, [0, 2]]).max(axis=1) <= 180) & (np.abs(boxes[:, [1, 3]]).max(axis=1) <= 180)
            away = np.zeros(len(rows))
            if frame is not None:
                sides = [frame[0] - boxes[:, 0], frame[1] - boxes[:, 1], boxes[:, 2] - frame[2], boxes[:, 3] - frame[3]]
                away = np.max(sides, axis=0)
            far = origin | (away > within) | (np.abs(boxes).max(axis=1) > _FURTHEST)
        for i in np.flatnonzero(far).tolist():
            x, y = boxes[i, :2].tolist()
            args = {"x": f"{x:.0f}", "y": f"{y:.0f}"}
            yield Issue(it.name, it.severity, cls.name, (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


def _frame(areas: Columns) -> NDArray[np.float64] | None:
    """The box of the areas that lie together: of those near the middle one, so that one stray area widens nothing."""
    assert areas.geometry is not None
    boxes = shapely.bounds(areas.geometry)
    boxes = boxes[np.isfinite(boxes).all(axis=1) & (np.abs(boxes) > 180).any(axis=1)]
    if not len(boxes):
        return None
    middle = np.median((boxes[:, :2] + boxes[:, 2:]) / 2, axis=0)
    near = (np.abs((boxes[:, :2] + boxes[:, 2:]) / 2 - middle) < 300_000).all(axis=1)
    boxes = boxes[near]
    frame: NDArray[np.float64] = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
    return frame


def _place(city: City, cls: str, id: int) -> tuple[float, float] | None:
    shapes = city.rows(cls, np.array([id], np.int64), geometry=True).geometry
    return place_of(shapes[0]) if shapes is not None and len(shapes) else None
