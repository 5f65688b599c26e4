"""Layers of a PDF that a reader switches on and off: optional content, ISO 32000-2 §8.11.

Qt writes none. So every layer of a sheet is painted on a page of its own, with state and fonts of its own that Qt sees
to, and the pages of a sheet are laid over one another afterwards, each as optional content of its layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Page, Pdf, String

from desktop.canvas.paper_layers import COVERAGE, GRID, GROUND, LABELS, SHEET, class_layer
from gis.cartography.sheets.specification import SheetSpec
from gis.errors import Language

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {SHEET: "图廓整饰", GRID: "坐标格网", LABELS: "注记", COVERAGE: "覆盖", GROUND: "底图"},
    "en": {SHEET: "Sheet", GRID: "Grid", LABELS: "Labels", COVERAGE: "Coverage", GROUND: "Base map"},
}
_SHORT = 400  # bytes: longer streams paint something, shorter ones are looked at
_PAINTING = (b"f", b"f*", b"B", b"B*", b"S", b"s", b"b", b"b*", b"sh", b"Do", b"Tj", b"TJ")


@dataclass(slots=True)
class Groups:
    """The layers of a document; ``names``: what readers call them by key, in the order in which they list them."""

    names: Mapping[str, str]
    made: dict[str, pikepdf.Object] = field(default_factory=dict)

    def of(self, pdf: Pdf, key: str) -> pikepdf.Object:
        """The layer of that key, one for the whole document."""
        if key not in self.made:
            self.made[key] = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(self.names.get(key, key))))
        return self.made[key]

    def declare(self, pdf: Pdf) -> None:
        """Tell the document of its layers, all visible, in the order of ``names``; what lies lowest comes last."""
        lowest = (COVERAGE, GROUND)
        order = [*(key for key in self.names if key not in lowest), *lowest]
        found = [self.made[key] for key in order if key in self.made]
        found += [group for key, group in self.made.items() if key not in order]
        if found:
            pdf.Root["/OCProperties"] = Dictionary(
                OCGs=Array(found),
                D=Dictionary(Name=String("Yantu"), BaseState=Name.ON, Order=Array(found), ON=Array(found)),
            )


def layer_names(spec: SheetSpec, source: Any) -> dict[str, str]:
    """What readers call the layers of a sheet, by key and topmost first; ``source`` knows the catalogue."""
    words = _WORDS[spec.language]
    made = {key: words[key] for key in (SHEET, GRID, LABELS)}
    for item in spec.maps:
        for layer in reversed(spec.views[item.id].layers):
            made.setdefault(class_layer(layer.cls), source.catalogue[layer.cls].label.text(spec.language))
    return {**made, COVERAGE: words[COVERAGE], GROUND: words[GROUND]}


def compose_page(pdf: Pdf, parts: Sequence[tuple[str, Page]], groups: Groups) -> None:
    """Lay the pages of a sheet's parts over the first of them, each as the optional content of its key's layer.

    Parts that paint nothing are left out. The other pages are not removed from the document.
    """
    first = parts[0][1]
    resources = Dictionary()
    properties = Dictionary()
    contents: list[pikepdf.Object] = []
    closing = b""
    for key, page in parts:
        stream = page.obj.Contents
        if not _paints(stream):
            continue
        merge_resources(resources, page.obj.Resources)
        group = groups.of(pdf, key)
        name = f"/L{list(groups.made).index(key)}"
        properties[name] = group
        contents.append(pdf.make_stream(closing + f"/OC {name} BDC\nq\n".encode()))
        contents.append(stream)
        closing = b"\nQ\nEMC\n"
    contents.append(pdf.make_stream(closing))
    resources["/Properties"] = properties
    first.obj["/Resources"] = resources
    first.obj["/Contents"] = Array(contents)


def merge_resources(into: Dictionary, given: Dictionary) -> None:
    """Add the resources of one of Qt's pages; Qt names them by object numbers, the same name is the same thing."""
    for kind, entries in given.items():
        if not isinstance(entries, Dictionary):
            into[kind] = entries
            continue
        if kind not in into:
            into[kind] = Dictionary()
        for name, thing in entries.items():
            into[kind][name] = thing


def _paints(stream: pikepdf.Object) -> bool:
    """Whether a content stream leaves anything on the page."""
    if int(stream.get("/Length", _SHORT)) >= _SHORT:
        return True
    return any(word in _PAINTING for row in stream.read_bytes().split(b"\n") for word in row.split()[-1:])
