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
from desktop.sheets.pdf import write_pdf
from desktop.sheets.pictures import projection_file, sheet_image, world_file, write_geotiff, write_png, write_svg
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.specification import SheetLayer, SheetSpec
from gis.cartography.sheets.templates import SheetTemplate, sheet_template
from gis.cartography.web.page import write_webmap
from gis.errors import Language, Refusal
from gis.geometry.columns import BBox
from gis.progress import Progress
from gis.project.drawing import DrawingReader
from gis.project.styles import styles_of

FORMATS = (".pdf", ".png", ".svg", ".html", ".tif")
_SAME = {".tiff": ".tif", ".htm": ".html"}


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
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``sheet``, a settled spec or a template's name, to ``out``; returns the files written, ``out`` first.

    .pdf, .png (with .pgw and .prj), .svg, .tif (GeoTIFF picture of the sheet) or .html (a map for the browser with the
    same run). The other arguments settle a template, see ``gis.cartography.sheets.contents.compose``; ``grounds``: base
    maps below the map, topmost first. Files appear whole or not at all. Works without a window; off the UI thread, call
    ``ensure_application`` in the main thread first.
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
        _whole(out, lambda path: write_webmap(
            session, path, run=run, template=template, words=words, language=language, date=day, progress=progress,
            styles=styles_of(session),
        ))  # fmt: skip
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
                _whole(out, lambda path: write_pdf(spec, source, path, day, progress))
            case ".svg":
                _whole(out, lambda path: write_svg(spec, source, path, day, progress))
            case ".tif":
                _whole(out, lambda path: write_geotiff(spec, source, path, dpi, progress))
            case _:
                _whole(out, lambda path: write_png(spec, source, path, dpi, progress))
    progress.step(3, 3, "sheets.writing")
    if suffix != ".png":
        return [out]
    world, projection = out.with_suffix(".pgw"), out.with_suffix(".prj")
    _whole(world, lambda path: path.write_text(world_file(spec, dpi), "ascii"))
    _whole(projection, lambda path: path.write_text(projection_file(spec), "utf-8"))
    return [out, world, projection]


def settled(session: Any, snapshot: Any, template: SheetTemplate | str | Path, **asked: Any) -> SheetSpec:
    """The spec of one sheet of a session as ``snapshot`` sees it; ``asked`` are the arguments of ``compose``."""
    return compose(
        Reading(session, snapshot), sheet_template(template), folder=session.attachments_folder(),
        styles=styles_of(session), **asked,
    )  # fmt: skip


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


def _whole(target: Path, write: Callable[[Path], Any]) -> None:
    """Let ``write`` fill a file beside ``target``, then put it in its place; on failure nothing is left behind."""
    made = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write(made)
        os.replace(made, target)
    except OSError as error:
        raise Refusal("sheets.cannot_write", file=str(target), reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)
