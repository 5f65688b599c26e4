"""A coverage as a raster for other programs: a cloud-optimised GeoTIFF of classes with colours and names, or of levels.

Class values are those of ``gis.coverage.classes.classify``: 1 = strongest, 0 = nothing (the file's nodata). The names
lie in ``<file>.aux.xml`` beside it, as GDAL keeps them: category names and an attribute table with the bounds, which
QGIS reads as "paletted/unique values" and as labels. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.shutil import copy

from gis.cartography.palette import rgb
from gis.coverage.classes import LevelClass, classify
from gis.errors import Language, Refusal
from gis.progress import Progress

NOTHING = 0  # the class of what has no level
_TILE = 512


def write_coverage(
    levels: Path,
    classes: Sequence[LevelClass],
    names: Sequence[str],
    target: Path,
    *,
    as_levels: bool = False,
    title: str = "",
    language: Language = "zh",
    progress: Progress | None = None,
) -> list[Path]:
    """Write the raster ``levels`` (float32, as a run keeps it) to ``target``; returns the files, ``target`` first.

    ``names`` of the classes as the legend has them; ``as_levels``: the levels themselves (float32) instead of classes.
    Worked through in strips, so memory does not grow with the raster; what was there before is replaced. Raises Refusal
    ``canvas.raster`` when ``levels`` cannot be read, OSError when ``target`` cannot be written, Cancelled.
    """
    progress = progress or Progress()
    with TemporaryDirectory(prefix=".coverage-", dir=target.parent) as folder:
        plain = Path(folder) / "plain.tif"
        try:
            _strips(levels, classes, plain, as_levels, title, progress)
        except RasterioIOError as error:
            raise Refusal("canvas.raster", file=levels.name, reason=str(error)) from error
        made = Path(folder) / "made.tif"
        progress.step(0, 0, "sheets.writing")
        try:
            _read_through(plain)
            copy(
                plain, made, driver="COG", COMPRESS="DEFLATE", BLOCKSIZE=str(_TILE), BIGTIFF="IF_SAFER",
                PREDICTOR="3" if as_levels else "1",
                OVERVIEW_RESAMPLING="AVERAGE" if as_levels else "MODE", NUM_THREADS="1", STATISTICS="NO",
            )  # fmt: skip
            _read_through(made)
        except (RasterioError, CPLE_BaseError) as error:
            raise OSError(str(error)) from error
        progress.step(0, 0, "sheets.writing")
        notes = made.with_name("notes.xml")
        if not as_levels:
            notes.write_text(_notes(classes, names, language), "utf-8")
        beside = target.with_name(target.name + ".aux.xml")
        beside.unlink(missing_ok=True)  # names of another raster would lie
        made.replace(target)
        if as_levels:
            return [target]
        notes.replace(beside)
    return [target, beside]


def _read_through(path: Path) -> None:
    """Read a file whole: GDAL does not tell when a full disk has cut it short."""
    with rasterio.open(path) as made:
        for top in range(0, made.height, _TILE):
            made.read(1, window=rasterio.windows.Window(0, top, made.width, min(_TILE, made.height - top)))


def _strips(
    levels: Path, classes: Sequence[LevelClass], target: Path, as_levels: bool, title: str, progress: Progress
) -> None:
    with rasterio.open(levels) as source:
        shape = {"width": source.width, "height": source.height, "crs": source.crs, "transform": source.transform}
        kind = {"dtype": "float32", "nodata": source.nodata} if as_levels else {"dtype": "uint8", "nodata": NOTHING}
        with rasterio.open(
            target, "w", driver="GTiff", count=1, tiled=True, blockxsize=_TILE, blockysize=_TILE, compress="deflate",
            **shape, **kind,
        ) as written:  # fmt: skip
            for top in range(0, source.height, _TILE):
                progress.step(top, source.height, "sheets.writing")
                window = rasterio.windows.Window(0, top, source.width, min(_TILE, source.height - top))
                values = source.read(1, window=window, masked=True)
                if as_levels:
                    written.write(
                        values.filled(source.nodata if source.nodata is not None else np.nan), 1, window=window
                    )
                else:
                    written.write(classify(values.astype(np.float32).filled(np.nan), tuple(classes)), 1, window=window)
            if not as_levels:
                table = {NOTHING: (0, 0, 0, 0)}
                table |= {i: (*rgb(entry.color), 255) for i, entry in enumerate(classes, start=1)}
                written.write_colormap(1, table)
            if title:
                written.set_band_description(1, title)


def _notes(classes: Sequence[LevelClass], names: Sequence[str], language: Language) -> str:
    """Category names and a raster attribute table, as GDAL's persistent auxiliary metadata."""
    nothing = "无信号" if language == "zh" else "No signal"
    said = [nothing, *names]
    categories = "".join(f"<Category>{escape(name)}</Category>" for name in said)
    fields = (("Value", 0, 5), ("Class", 2, 2), ("Minimum", 1, 0), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8))
    heads = "".join(
        f'<FieldDefn index="{i}"><Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage></FieldDefn>'
        for i, (name, kind, usage) in enumerate(fields)
    )
    rows = []
    for i, (entry, name) in enumerate(zip(classes, names, strict=True), start=1):
        cells = (i, escape(name), f"{entry.minimum:g}", *rgb(entry.color))
        rows.append(f'<Row index="{i - 1}">' + "".join(f"<F>{cell}</F>" for cell in cells) + "</Row>")
    return (
        '<PAMDataset>\n  <PAMRasterBand band="1">\n'
        f"    <CategoryNames>{categories}</CategoryNames>\n"
        f'    <GDALRasterAttributeTable tableType="thematic">{heads}{"".join(rows)}</GDALRasterAttributeTable>\n'
        "  </PAMRasterBand>\n</PAMDataset>\n"
    )
