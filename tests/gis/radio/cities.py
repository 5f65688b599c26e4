"""Cities of a few rows, built as columns, whose coverage can be worked out by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyproj
import shapely

from gis.geometry.columns import Columns
from gis.radio.analysis import Inputs

WKT = pyproj.CRS.from_epsg(4549).to_wkt()
NUMBERS = {"free", "eirp_dbm", "height_m", "indoor", "urban", "population", "households"} | {
    "frequency_mhz",
    "bandwidth_mhz",
    "azimuth",
    "mechanical_tilt",
    "electrical_tilt",
    "h_beamwidth",
    "v_beamwidth",
    "antenna_height_m",
    "gain_dbi",
    "channel",
    "width_mhz",
}
HOTSPOT = {
    "code": "W",
    "status": "in_service",
    "owner": "mobile",
    "free": 1,
    "band": "2.4",
    "eirp_dbm": 20.0,
    "height_m": 4.0,
    "indoor": 0,
    "channel": 6,
    "width_mhz": 20,
    "standard": None,
}
CELL = {
    "code": "C",
    "status": "in_service",
    "owner": "mobile",
    "technology": "LTE",
    "frequency_mhz": 1800.0,
    "bandwidth_mhz": 20.0,
    "azimuth": 0.0,
    "mechanical_tilt": 0.0,
    "electrical_tilt": 0.0,
    "h_beamwidth": 65.0,
    "v_beamwidth": 8.0,
    "eirp_dbm": 60.0,
    "antenna_height_m": 30.0,
    "gain_dbi": 17.0,
    "pattern_file": None,
}
AREA = {"code": "A", "name": "甲", "level": "town", "parent": 0, "urban": 1, "population": 1000}
PREMISES = {"kind": "home", "households": 1}


def columns(cls: str, base: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Columns:
    """Rows of ``base`` with what each changes; ``geom`` is a shapely geometry, ids count from 1."""
    full = [{**base, **row} for row in rows]
    fields = {}
    for name in base:
        values = [row[name] for row in full]
        if name == "parent":
            fields[name] = np.array(values, np.int64)
        elif name in NUMBERS:
            fields[name] = np.array([np.nan if value is None else value for value in values], float)
        else:
            fields[name] = np.array([*values, None], object)[:-1]
    return Columns(
        cls, np.arange(1, len(full) + 1), fields, np.array([*[row["geom"] for row in full], None], object)[:-1]
    )


def city(
    transmitters: Sequence[dict[str, Any]],
    *,
    cls: str = "wifi_hotspot",
    areas: Sequence[dict[str, Any]] = ({"geom": shapely.box(0, 0, 2000, 2000)},),
    premises: Sequence[dict[str, Any]] = (),
) -> Inputs:
    """The inputs of an analysis; transmitters lie at ``geom``."""
    base = HOTSPOT if cls == "wifi_hotspot" else CELL
    return Inputs(
        columns(cls, base, transmitters), columns("area", AREA, areas), columns("premises", PREMISES, premises), WKT
    )
