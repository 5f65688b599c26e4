"""Cells of base stations as transmitters: Okumura–Hata up to 1500 MHz, COST 231–Hata above, sector antennas.

The model's range is checked for every cell; what lies outside is extrapolated with a note in the run, and what is
impossible is left out with a note that names it.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.classes import technology as technology_of
from gis.coverage.results import Note
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.radio.assumptions import Rows
from gis.radio.constants import constants
from gis.radio.free_space import free_space_loss_db
from gis.radio.hata import hata_line
from gis.radio.levels import reported_eirp_dbm
from gis.radio.prediction import Transmitters, reach_m

FIELDS = (
    "code",
    "status",
    "owner",
    "technology",
    "frequency_mhz",
    "bandwidth_mhz",
    "azimuth",
    "mechanical_tilt",
    "electrical_tilt",
    "h_beamwidth",
    "v_beamwidth",
    "eirp_dbm",
    "antenna_height_m",
)
ANY = "any"  # 3G, 4G or 5G, each against its own threshold
URBAN, ELSEWHERE = 0, 1  # codes of the receiver's environment
_ANY_OF = ("UMTS", "LTE", "NR")


def cell_transmitters(
    cells: Columns,
    technology: str,
    *,
    floor_dbm: float,
    threshold_dbm: float | None = None,
    owner: str | None = None,
) -> tuple[Transmitters, list[Note]]:
    """The in-service cells of one technology (or "any") and operator, with what the reader has to know.

    ``power_dbm`` gives the technology's reported level; for "any" it gives the margin in dB over each technology's own
    threshold (or over ``threshold_dbm``). Environments (columns of ``intercept_db``): URBAN, ELSEWHERE.
    Refusal ``radio.no_cells`` or ``radio.all_impossible``.
    """
    notes: list[Note] = []
    rows = Rows(cells, constants()["assumed"]["cells"], notes)
    kinds = rows.text("technology")
    wanted = _ANY_OF if technology == ANY else (technology_of(technology).name,)
    chosen = (rows.text("status") == "in_service") & np.isin(kinds.astype(str), wanted)
    if owner is not None:
        chosen &= rows.text("owner") == owner
    rows = rows.take(chosen)
    if not len(rows):
        raise Refusal("radio.no_cells", technology=technology, owner=owner or "*")
    model = constants()["hata"]
    rows = rows.within("antenna_height_m", model["accepted"]["base_height_m"])
    rows = rows.within("frequency_mhz", model["accepted"]["frequency_mhz"], gaps=False)

    height, frequency = rows.assumed("antenna_height_m"), rows.number("frequency_mhz")
    notes += _outside(frequency, model["valid"]["frequency_mhz"], "频率", "frequency", "MHz")
    notes += _outside(height, model["valid"]["base_height_m"], "天线挂高", "antenna height", "m")
    power = _power(rows, threshold_dbm if technology == ANY else None, own=technology == ANY)
    free_space = free_space_loss_db(frequency, 1000.0)
    receiver = constants()["receiver_height_m"]
    places = (model["urban"], model["elsewhere"])
    lines = [hata_line(frequency, height, receiver, place, model["large_city"]) for place in places]
    intercept, slope = (np.stack([line[part] for line in lines], axis=1) for part in (0, 1))
    reach = reach_m(power, free_space, intercept, slope, floor_dbm)
    cap = float(model["radius_cap_m"])
    if (reach > cap).any():
        notes.append(Note("radio.capped", {"count": int((reach > cap).sum()), "radius_km": cap / 1000.0}))
    notes.append(Note("radio.near_range"))
    azimuth, beam = rows.number("azimuth"), np.radians(rows.assumed("h_beamwidth"))
    unknown = np.isnan(azimuth) & (beam < 2.0 * np.pi)
    if unknown.any():
        notes.append(Note("radio.no_azimuth", {"count": int(unknown.sum())}))
    return Transmitters(
        x=np.asarray(shapely.get_x(rows.points), np.float64),
        y=np.asarray(shapely.get_y(rows.points), np.float64),
        height_m=height,
        power_dbm=power,
        free_space_db=free_space,
        intercept_db=intercept,
        slope_db=slope,
        radius_m=np.minimum(reach, cap),
        azimuth=np.radians(np.nan_to_num(azimuth)),
        mechanical_tilt=np.radians(np.nan_to_num(rows.number("mechanical_tilt"))),
        electrical_tilt=np.radians(np.nan_to_num(rows.number("electrical_tilt"))),
        h_beamwidth=np.where(unknown, 2.0 * np.pi, beam),
        v_beamwidth=np.radians(rows.assumed("v_beamwidth")),
    ), notes


def hata_model() -> Note:
    """The model's name, for the record of a run."""
    return Note("radio.model_hata", environment_words())


def environment_words() -> dict[str, str]:
    """What the two environments are called, for notes."""
    model = constants()["hata"]
    return {
        f"{place}_{language}": model["words"][model[place]][language]
        for place in ("urban", "elsewhere")
        for language in ("zh", "en")
    }


def _power(rows: Rows, threshold_dbm: float | None, *, own: bool) -> NDArray[np.float64]:
    """The reported level without path loss; less the threshold where a margin is wanted."""
    kinds = rows.text("technology").astype(str)
    eirp, bandwidth, frequency = rows.assumed("eirp_dbm"), rows.assumed("bandwidth_mhz"), rows.number("frequency_mhz")
    power = np.zeros(len(rows))
    for kind in np.unique(kinds):
        here = kinds == kind
        power[here] = reported_eirp_dbm(str(kind), eirp[here], bandwidth[here], frequency[here])
        if own:
            power[here] -= technology_of(str(kind)).threshold_dbm if threshold_dbm is None else threshold_dbm
    return power


def _outside(
    values: NDArray[np.float64], valid: tuple[float, float], field_zh: str, field_en: str, unit: str
) -> list[Note]:
    count = int(((values < valid[0]) | (values > valid[1])).sum())
    if not count:
        return []
    args = {"count": count, "field_zh": field_zh, "field_en": field_en, "unit": unit}
    return [Note("radio.outside_range", {**args, "minimum": valid[0], "maximum": valid[1]})]
