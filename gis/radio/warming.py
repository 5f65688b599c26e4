"""Compiles the kernels of predictions, or fetches them from the cache: half a minute at first use on a new machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray

from gis.coverage import roads
from gis.coverage.regions import SUMMED_FIELDS
from gis.geometry.columns import Columns
from gis.radio import network, outlines, sweep, visibility, windows
from gis.radio.analysis import LAYERS, Inputs, Kind, Wish, analyse
from gis.radio.cells import FIELDS as CELL_FIELDS
from gis.radio.hotspots import FIELDS as HOTSPOT_FIELDS

#: One kernel of each kind: where the cache lacks one of them, much has to be compiled.
KERNELS: Final[Sequence[Any]] = (
    network._add, network._rivals, windows._fill, sweep._p1812, sweep._diffraction, visibility._sight, roads._pieces,
    outlines._fill,
)  # fmt: skip
_SIDE_M: Final = 400.0
_WIDE_M: Final = 6000.0
_EPSG: Final = 32651
_RUNS: Final[tuple[tuple[Kind, str], ...]] = (
    ("cells", "auto"), ("cells", "diffraction"), ("cells", "p1812"), ("wifi", "auto"),
)  # fmt: skip
_VALUES: Final[dict[str, Any]] = {
    "code": "A", "status": "in_service", "owner": "mobile", "technology": "LTE", "band": "2.4", "pattern_file": None,
    "standard": None, "free": 1.0, "indoor": 0.0, "channel": 6.0, "width_mhz": 20.0, "height_m": 5.0,
    "frequency_mhz": 1800.0, "bandwidth_mhz": 20.0, "azimuth": 0.0, "mechanical_tilt": 0.0, "electrical_tilt": 4.0,
    "h_beamwidth": 65.0, "v_beamwidth": 8.0, "gain_dbi": 17.0, "antenna_height_m": 30.0, "name": "A", "level": "town",
    "urban": 1.0, "population": 100.0, "kind": "home", "households": 2.0, "road_class": "primary", "floors": np.nan,
}  # fmt: skip


def compile_engine() -> None:
    """Predict a town of a few rows once with every kind of model; nothing is left behind."""
    crs = rasterio.CRS.from_epsg(_EPSG).to_wkt()
    middle = shapely.Point(500_000.0 + _SIDE_M / 2.0, 3_690_000.0 + _SIDE_M / 2.0)
    beside = shapely.Point(middle.x + 60.0, middle.y + 40.0)
    town = shapely.box(500_000.0, 3_690_000.0, 500_000.0 + _SIDE_M, 3_690_000.0 + _SIDE_M)
    house = middle.buffer(20.0, 2)
    way = shapely.LineString([(town.bounds[0], middle.y), (town.bounds[2], middle.y)])
    areas = _rows("area", SUMMED_FIELDS, [town])
    premises = _rows("premises", ("kind", "households"), [beside])
    buildings = _rows("building", ("height_m", "floors"), [house])
    ways = _rows("road", ("road_class",), [way])
    with TemporaryDirectory(prefix="yantu-engine-", ignore_cleanup_errors=True) as folder:
        for kind, model in _RUNS:
            fields = HOTSPOT_FIELDS if kind == "wifi" else CELL_FIELDS
            cls = "wifi_hotspot" if kind == "wifi" else "cell"
            inputs = Inputs(_rows(cls, fields, [middle, beside]), areas, premises, crs, buildings, ways)
            wish = Wish(kind, technology="LTE" if kind == "cells" else None, model=model, resolution_m=10.0,
                        layers=LAYERS, grid_m=100.0)  # fmt: skip
            analyse(inputs, wish, Path(folder) / "coverage.tif")
            if model == "auto":  # windows that end within the picture are arrays of another layout
                wide = replace(inputs, areas=_rows("area", SUMMED_FIELDS, [middle.buffer(_WIDE_M, 8)]))
                for ground in (True, False):
                    analyse(wide, replace(wish, resolution_m=25.0, ground=ground), Path(folder) / "coverage.tif")


def _rows(cls: str, fields: Sequence[str], shapes: Sequence[shapely.Geometry]) -> Columns:
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return Columns(
        cls, np.arange(1, len(shapes) + 1), {name: _column(name, len(shapes)) for name in fields}, made
    )  # fmt: skip


def _column(name: str, count: int) -> NDArray[Any]:
    if name == "parent":
        return np.zeros(count, np.int64)
    value = _VALUES.get(name, np.nan)
    if isinstance(value, float):
        return np.full(count, value)
    column = np.empty(count, object)
    column[:] = value
    return column
