"""Writes a sheet of a city to a file; its ending says how."""

from __future__ import annotations

import datetime
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage

from desktop.canvas.layers import GroundState
from desktop.sheets.application import ensure_application
from desktop.sheets.continuation import with_further_pages
from desktop.sheets.pdf import write_pdf
from desktop.sheets.pictures import (
    WORLD,
    check_size,
    projection_file,
    sheet_image,
    world_file,
    write_geotiff,
    write_jpeg,
    write_png,
    write_svg,
)
from desktop.sheets.slides import write_slides
from gis.cartography.coverage_raster import write_coverage
from gis.cartography.legend import level_legend
from gis.cartography.sheets.contents import compose, coverage_shown
from gis.cartography.sheets.specification import SheetLayer, SheetSpec
from gis.cartography.sheets.templates import SheetTemplate, sheet_template
from gis.cartography.web.page import write_webmap
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.project.drawing import DrawingReader
from gis.project.sheet_cards import SheetCards
from gis.project.styles import styles_of
from gis.project.web_grounds import web_grounds

FORMATS = (".pdf", ".png", ".jpg", ".tif", ".svg", ".html", ".pptx")
_SAME = {".tiff": ".tif", ".htm": ".html", ".jpeg": ".jpg"}
_WRITERS = {".tif": write_geotiff, ".png": write_png, ".jpg": write_jpeg}


def export_sheet(
    session: Any,
    sheet: SheetSpec | SheetTemplate | str | Path,
    out: Path,
    *,
    run: Any | None = None,
    extent: BBox | None = None,
    denominator: float | None = None,
    language: Language = "zh",
    date: datetime.date | None = None,
    words: Mapping[str, str] | None = None,
    layers: Sequence[SheetLayer] | None = None,
    dpi: float = 300.0,
    grounds: Sequence[GroundState] = (),
    further: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``sheet``, a settled spec or a template's name, to ``out``; returns the files written, ``out`` first.

    .pdf, .png or .jpg (with world file and .prj), .tif (GeoTIFF picture of the sheet, with world file), .svg, .pptx (a
    page for meetings) or .html (a map for the browser with the same run); ``dpi`` is that of pictures. The other
    arguments settle a template, see ``gis.cartography.sheets.contents.compose``; ``grounds``: base maps below the map,
    topmost first. ``further``: rows of tables that do not fit stand on further pages of a PDF. Files appear whole or
    not at all. Works without a window; off the UI thread, call ``ensure_application`` in the main thread first.
    Raises Refusal ``sheets.…``.
    """
    suffix = _SAME.get(out.suffix.lower(), out.suffix.lower())
    if suffix not in FORMATS:
        raise Refusal("sheets.unknown_format", suffix=out.suffix, known=" ".join(FORMATS))
    progress = progress or Progress()
    day = date or datetime.date.today()
    progress.step(0, 3, "sheets.composing")
    if suffix == ".html":
        template = sheet.template if isinstance(sheet, SheetSpec) else sheet
        whole({out: lambda path: write_webmap(
            session, path, run=run, template=template, words=words, language=language, date=day, progress=progress,
            styles=styles_of(session), extent=extent, base_maps=web_grounds(grounds),
        )})  # fmt: skip
        return [out]
    ensure_application()
    with session.reading() as snapshot:
        source = Reading(session, snapshot, grounds)
        spec = (
            sheet
            if isinstance(sheet, SheetSpec)
            else settled(
                session,
                snapshot,
                sheet,
                run=run,
                extent=extent,
                denominator=denominator,
                language=language,
                date=day,
                words=words,
                layers=layers,
            )
        )
        match suffix:
            case ".pdf":
                pages = with_further_pages(spec) if further else [spec]
                whole({out: lambda path: write_pdf(pages, source, path, day, progress)})
            case ".svg":
                whole({out: lambda path: write_svg(spec, source, path, day, progress)})
            case ".pptx":
                whole({out: lambda path: write_slides(spec, source, path, day, progress)})
            case _:
                made = _picture(spec, source, out, suffix, dpi, progress)
    progress.step(3, 3, "sheets.writing")
    return [out] if suffix not in _WRITERS else made


def _picture(spec: SheetSpec, source: Any, out: Path, suffix: str, dpi: float, progress: Progress) -> list[Path]:
    """Write a picture with its world file, and its CRS where the picture cannot hold it."""
    check_size(spec, dpi)
    files: dict[Path, Callable[[Path], Any]] = {
        out: lambda path: _WRITERS[suffix](spec, source, path, dpi, progress),
        out.with_suffix(WORLD[suffix]): lambda path: path.write_text(world_file(spec, dpi), "ascii"),
    }
    if suffix != ".tif":
        files[out.with_suffix(".prj")] = lambda path: path.write_text(projection_file(spec), "utf-8")
    whole(files)
    return list(files)


def export_coverage(
    session: Any, run: Any, out: Path, *, levels: bool = False, language: Language = "zh",
    progress: Progress | None = None,
) -> list[Path]:  # fmt: skip
    """Write the coverage of a run to ``out`` (.tif) for other programs; returns the files, ``out`` first.

    A cloud-optimised GeoTIFF of the classes with their colours and names, or of the ``levels`` themselves; see
    ``gis.cartography.coverage_raster``. Raises Refusal ``sheets.no_run`` where ``run`` is None,
    ``sheets.no_raster``, ``sheets.unknown_format``, ``sheets.cannot_write``.
    """
    if _SAME.get(out.suffix.lower(), out.suffix.lower()) != ".tif":
        raise Refusal("sheets.unknown_format", suffix=out.suffix, known=".tif")
    if run is None:
        raise Refusal("sheets.no_run")
    shown, kind = coverage_shown(run, session.attachments_folder())
    legend = level_legend(kind, shown.classes, language)
    names = [entry.label for entry in legend.entries]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return write_coverage(
            shown.path, shown.classes, names, out, as_levels=levels, title=legend.title, language=language,
            progress=progress,
        )  # fmt: skip
    except OSError as error:
        raise Refusal("sheets.cannot_write", file=str(out), reason=error.strerror or str(error)) from error


def settled(session: Any, snapshot: Any, template: SheetTemplate | str | Path, **asked: Any) -> SheetSpec:
    """The spec of one sheet of a session as ``snapshot`` sees it; ``asked`` are the arguments of ``compose``."""
    chosen, reading = sheet_template(template), Reading(session, snapshot)
    run = asked.get("run") if chosen.subject == "coverage" else None
    policy = SheetCards(
        session, reading, run=run, language=asked.get("language", "zh"), page=asked.get("page"),
        place=(asked.get("words") or {}).get("place", ""),
    )  # fmt: skip
    return compose(
        reading, chosen, folder=session.attachments_folder(), styles=styles_of(session), policy=policy, **asked
    )


def preview(
    session: Any,
    template: SheetTemplate | str | Path,
    width: int,
    progress: Progress | None = None,
    grounds: Sequence[GroundState] = (),
    **asked: Any,
) -> tuple[QImage, SheetSpec]:
    """The sheet as a picture ``width`` pixels wide, and its spec."""
    with session.reading() as snapshot:
        spec = settled(session, snapshot, template, **asked)
        source = Reading(session, snapshot, grounds)
        return sheet_image(spec, source, width / spec.paper.width, progress), spec


class Reading:
    """A snapshot that also knows its session's CRS, the base maps, and which features meet a style's rules."""

    def __init__(self, session: Any, snapshot: Any, grounds: Sequence[GroundState] = ()) -> None:
        self.crs, self.srid = session.crs, session.srid
        self.grounds = grounds
        self._snapshot = snapshot
        self.matching = DrawingReader(snapshot, session.catalogue).matching

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)


def whole(files: Mapping[Path, Callable[[Path], Any]]) -> None:
    """Let each writer fill a file beside its target, then put all in place; on failure nothing is left behind.

    Raises Refusal ``sheets.cannot_write``.
    """
    made = {target: target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}") for target in files}
    target = next(iter(files))
    try:
        for target, write in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            write(made[target])
        for target, path in made.items():
            os.replace(path, target)
    except OSError as error:
        raise Refusal("sheets.cannot_write", file=str(target), reason=error.strerror or str(error)) from error
    finally:
        for path in made.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)
