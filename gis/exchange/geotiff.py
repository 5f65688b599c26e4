"""A coverage raster as a GeoTIFF for others: the levels as they are, or classes with their colours."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import rasterio
import rasterio.shutil
from rasterio._err import CPLE_BaseError  # what copying raises; the public errors do not cover it

from gis.coverage.classes import LevelClass, classify
from gis.errors import Language, Refusal
from gis.progress import Progress


def export_levels(source: Path, target: Path) -> None:
    """Write the levels (float32, nodata -9999) as a cloud-optimised GeoTIFF: tiled, with overviews, compressed.

    Values are those of ``source``, bit for bit. Refusal ``exchange.cannot_write``; an existing target is replaced whole
    or not at all.
    """
    with _replacing(target) as part, rasterio.Env(GDAL_NUM_THREADS="ALL_CPUS"):
        rasterio.shutil.copy(
            source,
            part,
            driver="COG",
            compress="DEFLATE",
            predictor="FLOATING_POINT",
            sparse_ok=True,
            bigtiff="IF_SAFER",
        )


def export_classes(
    source: Path,
    target: Path,
    classes: Sequence[LevelClass],
    language: Language = "zh",
    progress: Progress | None = None,
) -> None:
    """Write the class of each pixel (uint8, 0 = none, 1 = strongest) with a colour table any program shows at once.

    The bounds and labels stand in the file's tags. Refusal ``exchange.cannot_write``.
    """
    with _replacing(target) as part, rasterio.open(source) as levels:
        profile = {
            "driver": "GTiff",
            "width": levels.width,
            "height": levels.height,
            "count": 1,
            "dtype": "uint8",
            "crs": levels.crs,
            "transform": levels.transform,
            "nodata": 0,
            "tiled": True,
            "blockxsize": levels.profile["blockxsize"],
            "blockysize": levels.profile["blockysize"],
            "compress": "deflate",
            "sparse_ok": True,
        }
        with rasterio.open(part, "w", **profile) as made:
            made.write_colormap(1, {place: _rgb(entry.color) for place, entry in enumerate(classes, 1)})
            windows = [window for _, window in levels.block_windows(1)]
            for done, window in enumerate(windows):
                if progress is not None:
                    progress.step(done, len(windows), "coverage.writing")
                block = levels.read(1, window=window)
                if (block != levels.nodata).any():
                    made.write(classify(block, tuple(classes)), 1, window=window)
            made.update_tags(
                **levels.tags(),
                **{
                    f"class_{place}": f">= {entry.minimum:g}: {entry.label.text(language)}"
                    for place, entry in enumerate(classes, 1)
                },
            )


def _rgb(color: str) -> tuple[int, int, int, int]:
    return (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16), 255)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A temporary name beside ``target`` that takes its place when all went well, and vanishes otherwise."""
    part = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        yield part
        os.replace(part, target)
    except (OSError, rasterio.errors.RasterioError, CPLE_BaseError) as error:
        raise Refusal("exchange.cannot_write", file=str(target), reason=str(error)) from error
    finally:
        part.unlink(missing_ok=True)
