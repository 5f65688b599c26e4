"""What is typed while drawing, understood: lengths, bearings, steps from the last vertex, positions in any system."""

from __future__ import annotations

import re
import unicodedata
from math import isfinite

from gis.cartography.snapping import Place
from gis.errors import Refusal
from gis.geometry.angles import parse_angle
from gis.geometry.construction import polar
from gis.geometry.crs import ProjectCrs
from gis.geometry.places import Reading, readings

FARTHEST = 1e6  # metres; nothing of a city is longer
_LENGTH = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(mm|cm|km|m|毫米|厘米|千米|公里|米)?", re.IGNORECASE)
_UNITS = {"mm": 1e-3, "毫米": 1e-3, "cm": 1e-2, "厘米": 1e-2, "m": 1.0, "米": 1.0, "km": 1e3, "千米": 1e3, "公里": 1e3}
_PARTS = re.compile(r"\s*[,;，；、]\s*|\s+")
_TURNED = "<∠"


def plain(text: str) -> str:
    """The text with full-width signs as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def is_place(text: str) -> bool:
    """Whether a text is meant as a place and not as a length."""
    said = plain(text)
    return said.startswith("@") or any(sign in said for sign in _TURNED) or bool(re.search(r"[,;]|\d\s+[\d.+-]", said))


def length_of(text: str) -> float:
    """Metres of "25", "25 m", "1.2km". Raises Refusal ``drawing.not_a_length`` for what is none, or not above 0."""
    found = _LENGTH.fullmatch(plain(text))
    metres = float(found[1]) * _UNITS[(found[2] or "m").lower()] if found else float("nan")
    if not 0.0 < metres <= FARTHEST:  # NaN too
        raise Refusal("drawing.not_a_length", text=text.strip())
    return metres


def bearing_of(text: str) -> float:
    """Degrees, 0 to below 360, of "90", "-45", "12°30′". Raises Refusal ``drawing.not_a_bearing``."""
    said = plain(text)
    negative = said.startswith("-")
    degrees = parse_angle(said.lstrip("+-"))
    if not isfinite(degrees) or abs(degrees) > 360:
        raise Refusal("drawing.not_a_bearing", text=text.strip())
    return (-degrees if negative else degrees) % 360.0


def step_of(text: str, last: Place | None) -> Place | None:
    """The place of "@10,5" (metres east and north of the last vertex) or "25<90" (distance and bearing); None when
    the text is neither. Raises Refusal when it is one of them and wrong, or there is no last vertex."""
    said = plain(text)
    turned = next((sign for sign in _TURNED if sign in said), "")
    if not turned and not said.startswith("@"):
        return None
    if last is None:
        raise Refusal("drawing.no_vertex_yet")
    said = said.lstrip("@").strip()
    if turned:
        distance, _, bearing = said.partition(turned)
        return polar(last, length_of(distance), bearing_of(bearing))
    parts = [part for part in _PARTS.split(said) if part]
    if len(parts) != 2:
        raise Refusal("drawing.not_a_step", text=text.strip())
    dx, dy = (_signed(part, text) for part in parts)
    return last[0] + dx, last[1] + dy


def place_of(text: str, last: Place | None, crs: ProjectCrs) -> tuple[Place, Reading | None]:
    """The place a text means, and how it was read where it is a position of its own.

    Raises Refusal ``drawing.not_a_place``, ``drawing.far_away`` when the project's system does not reach there.
    """
    stepped = step_of(text, last)
    if stepped is not None:
        return stepped, None
    found = readings(text, crs)
    if not found:
        raise Refusal("drawing.not_a_place", text=text.strip())
    first = found[0]
    if not bool(crs.covers(first.x, first.y, 200_000.0)):
        raise Refusal("drawing.far_away", text=text.strip())
    return (first.x, first.y), first


def _signed(part: str, text: str) -> float:
    found = _LENGTH.fullmatch(part)
    metres = float(found[1]) * _UNITS[(found[2] or "m").lower()] if found else float("nan")
    if not abs(metres) <= FARTHEST:
        raise Refusal("drawing.not_a_step", text=text.strip())
    return metres
