"""WiFi hotspots as transmitters: free space to a breakpoint, then a steeper slope; a plain circle around each.

No buildings are looked at. Indoor hotspots lose the median building entry loss (ITU-R P.2109) on the way to the street.
The figures are data in ``resources/radio/models.toml``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.results import Note
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.radio.assumptions import Rows
from gis.radio.constants import constants
from gis.radio.free_space import free_space_loss_db
from gis.radio.prediction import Transmitters, reach_m

FIELDS = ("code", "status", "owner", "free", "band", "eirp_dbm", "height_m", "indoor")


def hotspot_transmitters(
    hotspots: Columns, *, floor_dbm: float, free_only: bool = True, owner: str | None = None
) -> tuple[Transmitters, list[Note]]:
    """The in-service hotspots, isotropic, with what the reader has to know.

    Refusal ``radio.no_hotspots`` when none is left, ``radio.all_impossible`` when the data of all are nonsense.
    """
    notes: list[Note] = []
    rows = Rows(hotspots, constants()["assumed"]["wifi"], notes)
    chosen = rows.text("status") == "in_service"
    if owner is not None:
        chosen &= rows.text("owner") == owner
    if free_only:
        free = rows.number("free")
        unknown = int((chosen & np.isnan(free)).sum())
        if unknown:
            notes.append(Note("radio.free_unknown", {"count": unknown}))
        chosen &= free == 1.0
    if not chosen.any():
        raise Refusal(
            "radio.no_hotspots",
            free_zh="且注明免费" if free_only else "",
            free_en=" and marked as free" if free_only else "",
        )
    rows = rows.take(chosen)
    accepted = constants()["wifi"]["accepted"]
    rows = rows.within("height_m", accepted["height_m"])
    rows = rows.within("eirp_dbm", accepted["eirp_dbm"])

    model = constants()["wifi"]
    band = rows.assumed_text("band")
    frequency = np.array([model["frequency_mhz"].get(b, model["frequency_mhz"]["2.4"]) for b in band])
    indoor = rows.number("indoor") == 1.0
    entry = np.array([model["entry_loss_db"].get(b, model["entry_loss_db"]["2.4"]) for b in band]) * indoor
    if indoor.any():
        low, high = float(entry[indoor].min()), float(entry[indoor].max())
        loss = f"{low:g}" if low == high else f"{low:g}–{high:g}"
        notes.append(Note("radio.indoor_loss", {"count": int(indoor.sum()), "loss": loss}))
    notes.append(Note("radio.plain_circle"))

    power = rows.assumed("eirp_dbm") - entry
    free_space = free_space_loss_db(frequency, 1000.0)
    intercept, slope = breakpoint_line(frequency, model["breakpoint_m"], model["slope_exponent"])
    zero = np.zeros(len(rows))
    return Transmitters(
        x=np.asarray(shapely.get_x(rows.points), np.float64),
        y=np.asarray(shapely.get_y(rows.points), np.float64),
        height_m=rows.assumed("height_m"),
        power_dbm=power,
        free_space_db=free_space,
        intercept_db=intercept[:, None],
        slope_db=slope[:, None],
        radius_m=reach_m(power, free_space, intercept[:, None], slope[:, None], floor_dbm),
        azimuth=zero,
        mechanical_tilt=zero,
        electrical_tilt=zero,
        h_beamwidth=zero + 2.0 * math.pi,
        v_beamwidth=zero,
    ), notes


def breakpoint_line(
    frequency_mhz: NDArray[np.float64], breakpoint_m: float, exponent: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(loss at 1 km, dB a decade) of the slope beyond a breakpoint up to which free space holds."""
    at_breakpoint = free_space_loss_db(frequency_mhz, breakpoint_m)
    slope = np.full(len(frequency_mhz), 10.0 * exponent)
    return at_breakpoint + slope * math.log10(1000.0 / breakpoint_m), slope


def wifi_model() -> Note:
    """The model's name, for the record of a run."""
    model: dict[str, Any] = constants()["wifi"]
    return Note("radio.model_wifi", {"breakpoint_m": model["breakpoint_m"], "exponent": model["slope_exponent"]})
