"""A coverage result as a GeoPackage: areas with their figures, and the covered ground as polygons by class."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from rasterio.enums import Resampling
from rasterio.features import shapes
from shapely.geometry import shape

from gis.coverage.classes import LevelClass, classify
from gis.errors import Language, Refusal
from gis.progress import Progress

_MOST_PIXELS = 16_000_000  # a raster larger than this is outlined from a coarser reading


def export_coverage(
    target: Path,
    areas: gpd.GeoDataFrame,
    raster: Path,
    classes: Sequence[LevelClass],
    language: Language = "zh",
    progress: Progress | None = None,
    gaps: gpd.GeoDataFrame | None = None,
) -> None:
    """Write layers ``areas`` (as given), ``gaps`` (as given, if any) and ``coverage`` (polygons by class: place,
    minimum, label, covered, area_m2).

    Polygons follow pixel edges; column ``pixel_m`` says how large those are, for a very large raster is outlined from a
    coarser reading. ``target`` must not be a project file. Refusal ``exchange.cannot_write``; an existing target is
    replaced whole or not at all.
    """
    part = target.with_name(f".{target.stem}.{os.getpid()}.part.gpkg")
    try:
        outlines = coverage_polygons(raster, classes, language, progress)
        if len(areas):
            pyogrio.write_dataframe(areas, part, layer="areas", driver="GPKG")
        pyogrio.write_dataframe(outlines, part, layer="coverage", driver="GPKG", append=len(areas) > 0)
        if gaps is not None and len(gaps):
            pyogrio.write_dataframe(gaps, part, layer="gaps", driver="GPKG", append=True)
        os.replace(part, target)
    except (OSError, pyogrio.errors.DataSourceError, rasterio.errors.RasterioError) as error:
        raise Refusal("exchange.cannot_write", file=str(target), reason=str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def coverage_polygons(
    raster: Path, classes: Sequence[LevelClass], language: Language = "zh", progress: Progress | None = None
) -> gpd.GeoDataFrame:
    """The raster's connected patches of one class, strongest class first."""
    with rasterio.open(raster) as file:
        step = max(1.0, math.sqrt(file.width * file.height / _MOST_PIXELS))
        size = (math.ceil(file.height / step), math.ceil(file.width / step))
        levels = file.read(1, out_shape=size, resampling=Resampling.nearest)
        transform = file.transform @ rasterio.Affine.scale(file.width / size[1], file.height / size[0])
        crs = file.crs.to_wkt()
    found = classify(levels, tuple(classes))
    rows: list[dict[str, Any]] = []
    patches: list[Any] = []
    for place, entry in enumerate(classes, 1):
        if progress is not None:
            progress.step(place - 1, len(classes), "exchange.outlining")
        here = found == place
        if not here.any():
            continue
        for outline, _ in shapes(here.astype(np.uint8), mask=here, transform=transform):
            patch = shape(outline)
            patches.append(patch)
            rows.append(
                {
                    "class": place,
                    "minimum": entry.minimum,
                    "label": entry.label.text(language),
                    "covered": entry.covered,
                    "area_m2": float(patch.area),
                    "pixel_m": float(transform.a),
                }
            )
    columns = ["class", "minimum", "label", "covered", "area_m2", "pixel_m"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry=gpd.GeoSeries(patches, crs=crs), crs=crs)
