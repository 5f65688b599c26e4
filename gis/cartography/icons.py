"""Icons of marks: the pictures of ``resources/symbols/svg``, and SVG texts of the user's made harmless.

In an icon ``currentColor`` stands for the variant's colour and ``var(--halo)`` for the ground's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree

from gis.cartography.palette import rgb
from gis.errors import Refusal
from gis.resources import resource

LARGEST = 64_000  # characters
LEGIBLE_MM = 2.0  # across: below this an icon is a smudge, and the mark's plain shape says more
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = {
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "defs", "linearGradient",
    "radialGradient", "stop", "title", "desc",
}  # fmt: skip
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|@import|javascript:|expression\s*\(", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9_-]{1,64}")


@lru_cache(maxsize=1)
def icon_names() -> tuple[str, ...]:
    """The icons that come with Yantu, by name."""
    return tuple(sorted(path.stem for path in resource("symbols", "svg").glob("*.svg")))


@lru_cache(maxsize=256)
def icon_text(svg: str) -> str:
    """The harmless text of an icon: of the picture of that name, or of an SVG text.

    Only plain drawing is left: no scripts, pictures, texts, links, or anything from outside the file. Raises Refusal
    ``canvas.icon`` (name, reason) for what is no such picture.
    """
    if _NAME.fullmatch(svg):
        path = resource("symbols", "svg") / f"{svg}.svg"
        if not path.is_file():
            raise Refusal("canvas.icon", name=svg, reason="?")
        svg, name = path.read_text("utf-8"), svg
    else:
        name = "SVG"
    if len(svg) > LARGEST:
        raise Refusal("canvas.icon", name=name, reason=f"> {LARGEST // 1000} kB")
    if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
        # Entities may name other files, and grow to any size.
        svg = re.sub(r"<!DOCTYPE[^>\[]*>", "", svg)
        if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
            raise Refusal("canvas.icon", name=name, reason="DOCTYPE")
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise Refusal("canvas.icon", name=name, reason=str(error)) from error
    if _plain(root.tag) != "svg":
        raise Refusal("canvas.icon", name=name, reason=_plain(root.tag))
    _clean(root)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")


def colored(text: str, color: str, halo: str) -> str:
    """An icon's text in a colour "#RRGGBB" on a ground with that halo."""
    rgb(color), rgb(halo)  # both are colours and nothing else
    return text.replace("currentColor", color).replace("var(--halo)", halo)


def _plain(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _clean(element: ElementTree.Element) -> None:
    for child in list(element):
        if not isinstance(child.tag, str) or _plain(child.tag) not in _ELEMENTS:
            element.remove(child)
        else:
            _clean(child)
    for key, value in list(element.attrib.items()):
        name = _plain(key).lower()
        link = name == "href" and not value.startswith("#")
        if name.startswith("on") or link or name == "base" or _OUTSIDE.search(value):
            del element.attrib[key]
