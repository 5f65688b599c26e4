"""Makes an atlas: plans its pages, lets processes draw them, and writes one PDF, a file a group or a file a page."""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from desktop.sheets.application import ensure_application
from desktop.sheets.atlas.binding import Leaf, bind
from desktop.sheets.atlas.crew import Crew
from desktop.sheets.atlas.drafts import Drafts, Made, Manifest, Missed, remove_stale
from desktop.sheets.atlas.front import Contents, IndexMap, Place, contents_rows, group_title
from desktop.sheets.atlas.order import AtlasOrder
from desktop.sheets.atlas.pages import ProjectReading
from desktop.sheets.pdf import PaintedPage, write_pdf
from gis.cartography.sheets.atlas import AtlasWish, PlannedPage
from gis.cartography.sheets.atlas_names import file_names, safe_name
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.items import Box
from gis.cartography.sheets.specification import SheetLayer, SheetSpec, fitting_denominator
from gis.cartography.sheets.templates import SheetTemplate, sheet_template
from gis.errors import Language, Refusal
from gis.progress import Progress
from gis.project.atlas import data_stamp, has_ground, page_words, plan_pages, totals_of
from gis.project.styles import styles_of

SUFFIXES = (".pdf", ".png", ".svg", ".tif")
_PICTURE_FILES = (".pgw", ".prj")  # beside a picture


@dataclass(frozen=True, slots=True)
class AtlasMade:
    """What was written: ``files``, the first the one to open; ``kept``: pages that an earlier start had drawn."""

    files: tuple[Path, ...]
    pages: int
    kept: int
    missed: tuple[Missed, ...]


def make_atlas(
    session: Any, template: str | Path | SheetTemplate, wish: AtlasWish, out: Path, *, language: Language = "zh",
    date: datetime.date | None = None, run: Any | None = None, words: Mapping[str, str] | None = None,
    layers: Sequence[SheetLayer] | None = None, maps: Sequence[Any] = (), settings: Any = None, dpi: float = 300.0,
    processes: int | None = None, progress: Progress | None = None,
    on_missed: Callable[[Missed], None] | None = None,
) -> list[Path]:  # fmt: skip
    """Make an atlas of a project; returns the files written, the first the one to open.

    ``out``: the PDF for one file in all; otherwise the folder for the files, or a name whose ending says what they are
    (.pdf, .png, .svg, .tif) and whose stem names the folder. ``run``: a recorded analysis that is shown. ``words`` as
    ``compose``; ``maps``: base maps below, with the user's ``settings``. ``on_missed`` is told of pages that could not
    be drawn. What was drawn before a cancel, or a crash, is kept and not drawn again. Off the UI thread call
    ``ensure_application`` in the main thread first.
    Raises Refusal ``atlas.*``, ``sheets.*``, ``query.*``, ``catalogue.*``; Cancelled.
    """
    progress = progress or Progress()
    order = atlas_order(
        session, template, wish, out, language=language, date=date, run=run, words=words, layers=layers, maps=maps,
        settings=settings, dpi=dpi, progress=progress,
    )  # fmt: skip
    made = atlas_made(session, order, out, processes=processes, progress=progress)
    for missed in made.missed if on_missed is not None else ():
        on_missed(missed)
    return list(made.files)


def atlas_order(
    session: Any, template: str | Path | SheetTemplate, wish: AtlasWish, out: Path, *, language: Language = "zh",
    date: datetime.date | None = None, run: Any | None = None, words: Mapping[str, str] | None = None,
    layers: Sequence[SheetLayer] | None = None, maps: Sequence[Any] = (), settings: Any = None, dpi: float = 300.0,
    progress: Progress | None = None,
) -> AtlasOrder:  # fmt: skip
    """All that is to be drawn, settled, nothing drawn yet; arguments and Refusals as ``make_atlas``."""
    suffix = page_suffix(wish, out)
    made = template if isinstance(template, SheetTemplate) else sheet_template(template)
    if made.publication == "public" and not (words or {}).get("approval", "").strip():
        raise Refusal("sheets.approval_needed", template=made.name)
    plan = plan_pages(session, wish, language, progress)
    names = [layer.cls for layer in layers] if layers is not None else list(made.layers)
    totals = totals_of(session, plan, names, progress) if all(map(has_ground, plan.pages)) else []
    titles = {page.number: page.title for page in plan.pages}
    if len(plan.pages) < plan.count and any(page.neighbours for page in plan.pages):
        titles = {page.number: page.title for page in plan_pages(session, replace(wish, pages=""), language).pages}
    if wish.alike and not wish.scale:
        window = made.map_item.inner()
        scales = [fitting_denominator(_airy(page, wish.margin), window) for page in plan.pages]
        wish = replace(wish, scale=max(scales))
    file_names(wish.name, [page_words(page) for page in plan.pages])  # a wrong pattern is told before hours of work
    return AtlasOrder(
        session.path.resolve(), data_stamp(session), made, wish, plan, titles, tuple(totals), language,
        date or datetime.date.today(), None if run is None else run.id, dict(words or {}),
        None if layers is None else tuple(layers), tuple(maps), settings, dpi, suffix,
    )  # fmt: skip


def page_suffix(wish: AtlasWish, out: Path) -> str:
    """The ending of the files; Refusal ``atlas.unknown_format``, ``atlas.only_pdf``."""
    suffix = {".tiff": ".tif"}.get(out.suffix.lower(), out.suffix.lower())
    if wish.output != "one" and suffix not in SUFFIXES:
        return ".pdf"  # a folder, perhaps with a full stop in its name
    if suffix not in SUFFIXES:
        raise Refusal("atlas.unknown_format", suffix=out.suffix, known=" ".join(SUFFIXES))
    if suffix != ".pdf" and wish.output != "files":
        raise Refusal("atlas.only_pdf", suffix=suffix)
    return suffix


def out_folder(wish: AtlasWish, out: Path) -> Path:
    """Where the files go when there are several."""
    return out.with_suffix("") if out.suffix.lower() in (*SUFFIXES, ".tiff") else out


def expected_files(order: AtlasOrder, out: Path) -> list[Path]:
    """The files that the order makes, if all pages can be drawn."""
    wish, pages = order.wish, order.plan.pages
    if wish.output == "one":
        return [out]
    folder = out_folder(wish, out)
    if wish.output == "groups":
        titles = [group_title(group, order.language) for group in order.plan.groups]
        names = file_names("{group}", [{"group": title, "page": str(i)} for i, title in enumerate(titles, 1)])
    else:
        names = file_names(wish.name, [page_words(page) for page in pages])
    return [folder / f"{name}{order.suffix}" for name in names]


def atlas_made(
    session: Any, order: AtlasOrder, out: Path, *, processes: int | None = None, progress: Progress | None = None,
    drafts: Drafts | None = None,
) -> AtlasMade:  # fmt: skip
    """Draw what is not drawn yet and put the files in their place, whole or not at all; Refusals as ``make_atlas``."""
    progress = progress or Progress()
    ensure_application()
    remove_stale()
    drafts = drafts or Drafts(order)
    with drafts.held():
        manifests = {part.index: found for part in order.parts if (found := drafts.finished(part)) is not None}
        kept = sum(len(manifest.made) for manifest in manifests.values())
        todo = [part for part in order.parts if part.index not in manifests]
        if todo:
            count = processes or max(1, min(os.cpu_count() or 2, 8))
            manifests |= Crew(order, drafts, count).draw(todo, progress)
        missed = tuple(page for part in order.parts for page in manifests[part.index].missed)
        if not any(manifest.made for manifest in manifests.values()):
            first = missed[0]
            raise Refusal("atlas.all_failed", page=first.number, name=first.name, reason=first.reason)
        files = _delivered(session, order, drafts, manifests, out, progress)
        if not missed:
            drafts.remove()
    pages = sum(len(manifest.made) for manifest in manifests.values())
    return AtlasMade(tuple(files), pages, kept, missed)


def _delivered(
    session: Any, order: AtlasOrder, drafts: Drafts, manifests: Mapping[int, Manifest], out: Path, progress: Progress
) -> list[Path]:
    total = len(order.plan.pages)
    progress.step(total, total, "atlas.joining")
    try:
        if order.wish.output == "one":
            out.parent.mkdir(parents=True, exist_ok=True)
            whole = [(index, page) for index in sorted(manifests) for page in manifests[index].made]
            _bound(session, order, drafts, whole, out, "", progress)
            return [out]
        out_folder(order.wish, out).mkdir(parents=True, exist_ok=True)
        expected = expected_files(order, out)
        if order.wish.output == "groups":
            return _group_files(session, order, drafts, manifests, expected, progress)
        return _page_files(session, order, drafts, manifests, expected, progress)
    except OSError as error:
        raise Refusal("sheets.cannot_write", file=str(out), reason=error.strerror or str(error)) from error


def _group_files(
    session: Any, order: AtlasOrder, drafts: Drafts, manifests: Mapping[int, Manifest], expected: Sequence[Path],
    progress: Progress,
) -> list[Path]:  # fmt: skip
    written = []
    group_of = {page.number: page.group for page in order.plan.pages}
    for target, group in zip(expected, order.plan.groups, strict=True):
        own = [
            (index, page) for index in sorted(manifests) for page in manifests[index].made
            if group_of[page.number] == group
        ]  # fmt: skip
        if own:
            _bound(session, order, drafts, own, target, group_title(group, order.language), progress)
            written.append(target)
    return written


def _page_files(
    session: Any, order: AtlasOrder, drafts: Drafts, manifests: Mapping[int, Manifest], expected: Sequence[Path],
    progress: Progress,
) -> list[Path]:  # fmt: skip
    folder = expected[0].parent
    places = {page.number: target for page, target in zip(order.plan.pages, expected, strict=True)}
    written: list[Path] = []
    made: list[Made] = []
    for part in order.parts:
        source = drafts.part_folder(part)
        for page in manifests[part.index].made:
            made.append(page)
            target = places[page.number]
            written.append(_placed(source / page.file, target))
            beside = {ending: (source / page.file).with_suffix(ending) for ending in _PICTURE_FILES}
            written += [_placed(f, target.with_suffix(ending)) for ending, f in beside.items() if f.is_file()]
            for further in sorted(source.glob(f"{Path(page.file).stem}-*")):
                turn = further.stem.rpartition("-")[2]
                written.append(_placed(further, target.with_name(f"{target.stem}-{turn}{further.suffix}")))
    if order.suffix == ".pdf" and (order.wish.contents or order.wish.index) and len(made) > 1:
        name = "00 目录" if order.language == "zh" else "00 Contents"
        target = folder / f"{safe_name(name)}.pdf"
        front, _, _ = _front(session, order, drafts.folder, made, "", progress)
        if front is not None:
            written.insert(0, _placed(front, target))
    return written


def _placed(source: Path, target: Path) -> Path:
    """A copy at ``target``, whole or not at all."""
    fresh = target.with_name(f".{secrets.token_hex(4)}.part")
    try:
        shutil.copyfile(source, fresh)
        os.replace(fresh, target)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
    return target


def _bound(
    session: Any, order: AtlasOrder, drafts: Drafts, pages: Sequence[tuple[int, Made]], target: Path, group: str,
    progress: Progress,
) -> None:  # fmt: skip
    """One PDF of pages that lie in the parts' files: front pages, bookmarks, links."""
    made = [page for _, page in pages]
    front, places, title = _front(session, order, drafts.folder, made, group, progress)
    files = [] if front is None else [front]
    indexes = list(dict.fromkeys(index for index, _ in pages))
    files += [drafts.folder / f"{index:04d}" / "pages.pdf" for index in indexes]
    planned = {page.number: page for page in order.plan.pages}
    first_leaf: dict[int, int] = {}
    at = len(places)
    for page in made:
        first_leaf[page.number] = at
        at += page.sheets
    leaves = []
    for i, (word, found) in enumerate(places):
        links = tuple((place.box, first_leaf[place.number]) for place in found if place.number in first_leaf)
        first = i == 0 or places[i - 1][0] != word
        leaves.append(Leaf(_roman(i + 1), word if first else "", 0, links))
    headings: dict[int, str] = {}
    rows = contents_rows(order, [planned[page.number] for page in made], {})
    heading = ""
    for row in rows:
        if row.page is None:
            heading = row.heading
        elif heading:
            headings[first_leaf[row.page.number]], heading = heading, ""
    for page in made:
        links = tuple(
            (Box(x, y, width, height), first_leaf[to]) for x, y, width, height, to in page.pointers if to in first_leaf
        )
        title_of = f"{page.number}  {planned[page.number].title}"
        leaves.append(Leaf(str(page.number), title_of, 1 if headings else 0, links))
        leaves += [Leaf(f"{page.number}-{turn}") for turn in range(2, page.sheets + 1)]
    fresh = target.with_name(f".{target.stem[:40]}-{secrets.token_hex(4)}.pdf")
    try:
        bind(files, leaves, fresh, title=title, headings=headings)
        os.replace(fresh, target)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _front(
    session: Any, order: AtlasOrder, folder: Path, made: Sequence[Made], group: str, progress: Progress
) -> tuple[Path | None, list[tuple[str, list[Place]]], str]:
    """The pages in front as a PDF, for each its bookmark and where it leads, and what the atlas is called."""
    wish, zh = order.wish, order.language == "zh"
    planned = {page.number: page for page in order.plan.pages}
    pages = [planned[page.number] for page in made]
    with session.reading() as snapshot:
        reading = ProjectReading(session, snapshot)
        whole = _whole_sheet(session, reading, order, group)
        title = atlas_title(whole, order.language)
        painted: list[PaintedPage] = []
        places: list[tuple[str, list[Place]]] = []

        def add(word: str, paper: Any, paint: Callable[[Any], list[Place]]) -> None:
            found: list[Place] = []
            places.append((word, found))
            painted.append(PaintedPage(paper, lambda painter: found.extend(paint(painter))))

        if wish.contents:
            rows = contents_rows(order, pages, {page.number: page.denominator for page in made})
            contents = Contents(order, rows, title, "要素" if zh else "Features")
            for sheet in range(contents.sheets):
                add("目录" if zh else "Contents", contents.paper,
                    lambda painter, sheet=sheet: contents.paint(painter, sheet))  # fmt: skip
        if wish.index and len(pages) > 1:
            overview = IndexMap(whole, order, pages, title)
            add("图幅索引" if zh else "Index map", whole.paper, lambda painter: overview.paint(painter, reading))
        if not painted:
            return None, [], title
        target = folder / "front.pdf"
        about = {"title": title, "maker": whole.fields.get("maker", "")}
        # Without layers: the overview is one picture with its frames.
        write_pdf(painted, reading, target, order.date, progress, words=about, layers=False, language=order.language)
    return target, places, title


def _whole_sheet(session: Any, reading: ProjectReading, order: AtlasOrder, group: str) -> SheetSpec:
    """The template filled with the whole city, whose words the front pages take; its map is not drawn."""
    run = None if order.run is None else session.run(order.run)
    words = {**order.words, **({"place": group} if group else {})}
    bare = replace(order.template, items=tuple(i for i in order.template.items if i.id == order.template.map_item.id))
    return compose(
        reading, bare, run=run, folder=session.attachments_folder(), language=order.language, date=order.date,
        words=words, layers=order.layers, styles=styles_of(session),
    )  # fmt: skip


def atlas_title(whole: SheetSpec, language: Language) -> str:
    """What an atlas is called after the title of a sheet of the whole: "…图" becomes "…图集"."""
    title = whole.fields.get("title", "")
    if language == "zh":
        return f"{title.removesuffix('集').removesuffix('图')}图集" if title else "图集"
    return f"{title} – Atlas" if title else "Atlas"


def _airy(page: PlannedPage, margin: float) -> tuple[float, float, float, float]:
    xmin, ymin, xmax, ymax = page.extent
    dx, dy = (xmax - xmin) * margin, (ymax - ymin) * margin
    return xmin - dx, ymin - dy, xmax + dx, ymax + dy


def _roman(number: int) -> str:
    made = ""
    for value, letters in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        while number >= value:
            made, number = made + letters, number - value
    return made
