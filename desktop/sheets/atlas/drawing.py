"""Draws the pages of one part of an atlas into its folder; a page that fails does not stop the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.basemaps.paper import grounds_of
from desktop.sheets.atlas.drafts import Made, Manifest, Missed
from desktop.sheets.atlas.order import AtlasOrder, Part
from desktop.sheets.atlas.pages import DrawnPage, ProjectReading, drawn_page
from desktop.sheets.pdf import write_pdf
from desktop.sheets.pictures import projection_file, world_file, write_geotiff, write_png, write_svg
from gis.cartography.sheets.atlas import PlannedPage
from gis.errors import Cancelled, Refusal
from gis.progress import Progress

Told = Callable[[int], None]  # the number of a page that is begun


def draw_part(
    session: Any, order: AtlasOrder, part: Part, folder: Path, skip: frozenset[int] = frozenset(),
    told: Told | None = None, progress: Progress | None = None,
) -> Manifest:  # fmt: skip
    """Draw the pages of a part into ``folder``, which is made anew; those of ``skip`` are left out unsaid.

    What is wrong with single pages is told in the manifest. Raises Cancelled, and OSError where nothing can be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    progress = progress or Progress()
    run = None if order.run is None else session.run(order.run)
    missed: dict[int, Missed] = {}
    with session.reading() as snapshot, grounds_of(order.maps, order.settings) as grounds:
        reading = ProjectReading(session, snapshot, grounds)

        def settled(planned: PlannedPage) -> DrawnPage | None:
            if told is not None:
                told(planned.number)
            progress.step(0, 0, "atlas.drawing")
            try:
                return drawn_page(session, reading, order, planned, run)
            except Cancelled:
                raise
            except Exception as error:
                missed[planned.number] = Missed(planned.number, planned.title, reason_of(error, order))
                return None

        wanted = [page for page in part.pages if page.number not in skip]
        if order.suffix == ".pdf" and order.wish.output != "files":
            made = _bound(order, wanted, settled, missed, folder, progress)
        else:
            made = _single(order, wanted, settled, missed, folder, progress)
    return Manifest(tuple(made), tuple(missed[number] for number in sorted(missed)))


def _bound(
    order: AtlasOrder, wanted: list[PlannedPage], settled: Callable[[PlannedPage], DrawnPage | None],
    missed: dict[int, Missed], folder: Path, progress: Progress,
) -> list[Made]:  # fmt: skip
    """All pages in one file, which share their fonts; one page is held at a time."""
    target = folder / "pages.pdf"
    made: list[Made] = []

    def sheets(pages: list[PlannedPage]) -> Any:
        for planned in pages:
            page = settled(planned)
            if page is not None:
                made.append(_told(page, target.name))
                yield from page.sheets

    try:
        _write(sheets(wanted), target, order, progress)
    except (Cancelled, OSError):
        raise
    except Exception:
        # A page broke off while it was painted, and with it the file: find out which ones do, and leave them out.
        sound = [page for page in wanted if _paints(page, settled, missed, folder, order, progress)]
        made.clear()
        _write(sheets(sound), target, order, progress)
    return made


def _write(sheets: Any, target: Path, order: AtlasOrder, progress: Progress) -> None:
    first = next(sheets, None)
    if first is None:  # nothing to draw: a PDF has at least one page
        return

    def all_sheets() -> Any:
        yield first
        yield from sheets

    write_pdf(all_sheets(), None, target, order.date, progress)


def _paints(
    planned: PlannedPage, settled: Callable[[PlannedPage], DrawnPage | None], missed: dict[int, Missed], folder: Path,
    order: AtlasOrder, progress: Progress,
) -> bool:  # fmt: skip
    if planned.number in missed:
        return False
    page, trial = settled(planned), folder / "trial.pdf"
    if page is None:
        return False
    try:
        write_pdf(list(page.sheets), None, trial, order.date, progress)
    except (Cancelled, OSError):
        raise
    except Exception as error:
        missed[planned.number] = Missed(planned.number, planned.title, reason_of(error, order))
        return False
    finally:
        trial.unlink(missing_ok=True)
    return True


def _single(
    order: AtlasOrder, wanted: list[PlannedPage], settled: Callable[[PlannedPage], DrawnPage | None],
    missed: dict[int, Missed], folder: Path, progress: Progress,
) -> list[Made]:  # fmt: skip
    """A file for each page."""
    made: list[Made] = []
    for planned in wanted:
        page = settled(planned)
        if page is None:
            continue
        target = folder / f"{planned.number:05d}{order.suffix}"
        try:
            _write_single(page, target, order, progress)
        except (Cancelled, OSError):
            raise
        except Exception as error:
            target.unlink(missing_ok=True)
            missed[planned.number] = Missed(planned.number, planned.title, reason_of(error, order))
            continue
        made.append(_told(page, target.name))
    return made


def _write_single(page: DrawnPage, target: Path, order: AtlasOrder, progress: Progress) -> None:
    if order.suffix == ".pdf":
        write_pdf(list(page.sheets), None, target, order.date, progress)
        return
    spec, source = page.sheets[0]
    if order.suffix == ".svg":
        write_svg(spec, source, target, order.date, progress)
    elif order.suffix == ".tif":
        write_geotiff(spec, source, target, order.dpi, progress)
    else:
        write_png(spec, source, target, order.dpi, progress)
        target.with_suffix(".pgw").write_text(world_file(spec, order.dpi), "ascii")
        target.with_suffix(".prj").write_text(projection_file(spec), "utf-8")
    for turn, (spec, source) in enumerate(page.sheets[1:], 2):  # tables without a place on the Earth
        further = target.with_name(f"{target.stem}-{turn}{'.svg' if order.suffix == '.svg' else '.png'}")
        if order.suffix == ".svg":
            write_svg(spec, source, further, order.date, progress)
        else:
            write_png(spec, source, further, order.dpi, progress)


def _told(page: DrawnPage, file: str) -> Made:
    spec = page.sheets[0][0]
    places = tuple((p.box.x, p.box.y, p.box.width, p.box.height, p.page) for p in page.pointers)
    return Made(
        page.planned.number, file, len(page.sheets), page.denominator, spec.fields.get("title", ""), places
    )  # fmt: skip


def reason_of(error: Exception, order: AtlasOrder) -> str:
    """Why a page was not drawn, in the words of the user."""
    if isinstance(error, Refusal):
        return error.message(order.language)
    return str(error) or type(error).__name__
