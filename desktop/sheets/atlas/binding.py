"""Binds finished PDFs to one: bookmarks, page labels and links, and each layer of the maps switched once for all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, String

from gis.cartography.sheets.items import Box

_POINTS_MM = 72.0 / 25.4


@dataclass(frozen=True, slots=True)
class Leaf:
    """One physical page: ``label`` is what viewers call it, ``bookmark`` its title in the outline, "" = none.

    ``links``: places on it (mm from the upper left corner) that lead to the leaf of that index.
    """

    label: str
    bookmark: str = ""
    depth: int = 0
    links: tuple[tuple[Box, int], ...] = ()


def bind(
    files: Sequence[Path], leaves: Sequence[Leaf], target: Path, *, title: str, headings: dict[int, str] | None = None
) -> None:
    """Write the pages of ``files``, which ``leaves`` tell of one by one, to ``target``.

    ``headings``: by index of its first leaf, what stands above several bookmarks. The same files give the same bytes.
    """
    with ExitStack() as stack:
        # The sources stay open until all is saved: pages are copied then, and so are never all in memory.
        sources = [stack.enter_context(pikepdf.open(path)) for path in files]
        pdf = stack.enter_context(Pdf.new())
        for source in sources:
            pdf.pages.extend(source.pages)
        if len(pdf.pages) != len(leaves):
            raise ValueError(f"{len(pdf.pages)} pages, {len(leaves)} leaves")
        _share_layers(pdf, sources)
        _share_streams(pdf)
        _label(pdf, leaves)
        _link(pdf, leaves)
        _outline(pdf, leaves, headings or {})
        _describe(pdf, sources[0], title)
        pdf.save(
            target, min_version="1.7", deterministic_id=True, compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )  # fmt: skip


def _share_layers(pdf: Pdf, sources: Sequence[Pdf]) -> None:
    """Layers of the same name become one, listed in the order in which the first file with them lists them."""
    names: list[str] = []
    for source in sources:
        listed = source.Root.get("/OCProperties")
        for group in listed.D.Order if listed is not None else ():
            if str(group.Name) not in names:
                names.append(str(group.Name))
    one: dict[str, pikepdf.Object] = {}
    for page in pdf.pages:
        properties = page.obj.get("/Resources", Dictionary()).get("/Properties")
        for key in list(properties.keys()) if properties is not None else ():
            group = properties[key]
            if group.get("/Type") == Name.OCG:
                properties[key] = one.setdefault(str(group.Name), group)
    found = [one[name] for name in names if name in one]
    if found:
        pdf.Root["/OCProperties"] = pdf.make_indirect(
            Dictionary(
                OCGs=Array(found),
                D=Dictionary(Name=String("Yantu"), BaseState=Name.ON, Order=Array(found), ON=Array(found)),
            )
        )


def _share_streams(pdf: Pdf) -> None:
    """Pictures that stand on many pages, a logo or a fill pattern, are kept once."""
    one: dict[tuple[bytes, str], pikepdf.Object] = {}
    for page in pdf.pages:
        things = page.obj.get("/Resources", Dictionary()).get("/XObject")
        for key in list(things.keys()) if things is not None else ():
            stream = things[key]
            if not isinstance(stream, pikepdf.Stream) or stream.get("/SMask") is not None:
                continue
            said = (stream.read_raw_bytes(), repr(sorted((k, repr(v)) for k, v in stream.stream_dict.items())))
            if len(said[0]) < 2_000_000:
                things[key] = one.setdefault(said, stream)


def _label(pdf: Pdf, leaves: Sequence[Leaf]) -> None:
    """What viewers show beside the thumbnails: the page's number in the atlas, not the place in the file."""
    numbers: list[object] = []
    for i, leaf in enumerate(leaves):
        numbers += [i, Dictionary(P=String(leaf.label))]
    pdf.Root["/PageLabels"] = Dictionary(Nums=Array(numbers))


def _link(pdf: Pdf, leaves: Sequence[Leaf]) -> None:
    for page, leaf in zip(pdf.pages, leaves, strict=True):
        height = float(page.mediabox[3])
        notes = []
        for box, to in leaf.links:
            rect = [box.x * _POINTS_MM, height - box.bottom * _POINTS_MM, box.right * _POINTS_MM,
                    height - box.y * _POINTS_MM]  # fmt: skip
            note = Dictionary(
                Type=Name.Annot, Subtype=Name.Link, Rect=Array([round(v, 3) for v in rect]), Border=Array([0, 0, 0]),
                Dest=Array([pdf.pages[to].obj, Name.Fit]),
            )  # fmt: skip
            notes.append(pdf.make_indirect(note))
        if notes:
            page.obj["/Annots"] = Array([*page.obj.get("/Annots", Array()), *notes])


def _outline(pdf: Pdf, leaves: Sequence[Leaf], headings: dict[int, str]) -> None:
    with pdf.open_outline() as tree:
        above: OutlineItem | None = None
        for i, leaf in enumerate(leaves):
            if i in headings:
                above = OutlineItem(headings[i], i, "Fit")
                tree.root.append(above)
            if not leaf.bookmark:
                continue
            item = OutlineItem(leaf.bookmark, i, "Fit")
            (above.children if above is not None and leaf.depth else tree.root).append(item)
    pdf.Root["/PageMode"] = Name.UseOutlines


def _describe(pdf: Pdf, first: Pdf, title: str) -> None:
    """As the first file describes itself, but for the title."""
    about = Dictionary({key: value for key, value in first.docinfo.items() if key != "/Title"})
    about["/Title"] = String(title)
    pdf.docinfo = pdf.make_indirect(about)
    for key in ("/Lang", "/ViewerPreferences"):
        if key in first.Root:
            pdf.Root[key] = first.Root[key] if key == "/Lang" else Dictionary(DisplayDocTitle=True)
