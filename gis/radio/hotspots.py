"""WiFi hotspots as transmitters: isotropic, on their channels, behind their walls.

Model by choice, ITU-R P.1411 below the roofs unless told otherwise. An indoor hotspot loses the median building entry
loss of ITU-R P.2109 on its way to the street.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.catalogue import load_catalogue
from gis.coverage.classes import technology as technology_of
from gis.coverage.results import Note
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.radio.assumptions import Rows
from gis.radio.cells import Choice
from gis.radio.constants import constants
from gis.radio.models import PROFILED, curves_of, limit_m, model_for, propagation, way_of
from gis.radio.network import Rules
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.patterns import isotropic
from gis.radio.plan import Plan, range_notes
from gis.radio.services import noise_dbm
from gis.radio.wifi_bands import block_mhz, spectral_share
from gis.radio.wifi_rates import standard_of, standards
from gis.radio.windows import Transmitter

Floats = NDArray[np.float64]
WIFI = "wifi"
FIELDS = (
    "code",
    "status",
    "owner",
    "free",
    "band",
    "channel",
    "width_mhz",
    "eirp_dbm",
    "height_m",
    "indoor",
    "standard",
)


def hotspot_plan(
    hotspots: Columns,
    choice: Choice,
    *,
    floor_dbm: float,
    threshold_dbm: float | None = None,
    free_only: bool = True,
    owner: str | None = None,
) -> Plan:
    """The hotspots that take part, with the rules they are judged by.

    Refusal ``radio.no_hotspots`` when none is left, ``radio.all_impossible`` when the data of all are nonsense.
    """
    notes: list[Note] = []
    rows = Rows(hotspots, constants()["assumed"]["wifi"], notes)
    chosen = np.isin(rows.text("status").astype(str), choice.statuses)
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

    model = model_for(choice.model, WIFI)
    band, width, height = rows.assumed_text("band"), rows.assumed("width_mhz"), rows.assumed("height_m")
    middle = np.array([constants()["wifi"]["frequency_mhz"].get(b, 2442.0) for b in band])
    channel = block_mhz(band, rows.number("channel"), width)
    silent = int(np.isnan(channel).sum())
    if silent:
        notes.append(Note("radio.no_channel", {"count": silent}))
    told = rows.text("standard")
    unknown_standard = int(sum(one is None for one in told))
    if unknown_standard:
        codes = load_catalogue()[hotspots.cls].field("standard").codes
        named = next(code.label for code in codes if code.value == standard_of(None))
        words = {"standard_zh": named.zh, "standard_en": named.en}
        notes.append(Note("radio.standard_assumed", {"count": unknown_standard, **words}))
    carrier, overlaps = wifi_carriers(channel, width)
    frequency = np.where(np.isnan(channel), middle, channel)
    notes += range_notes(model, frequency, height, choice.receiver_height_m)
    indoor = rows.number("indoor") == 1.0
    entry = building_entry_loss_db(frequency) * indoor
    if indoor.any():
        low, high = round(float(entry[indoor].min()), 1), round(float(entry[indoor].max()), 1)
        loss = f"{low:g}" if low == high else f"{low:g}–{high:g}"
        notes.append(Note("radio.indoor_loss", {"count": int(indoor.sum()), "loss": loss}))
    if not choice.sighted:
        notes.append(Note("radio.plain_circle"))
    threshold = technology_of(WIFI).threshold_dbm if threshold_dbm is None else threshold_dbm
    antenna, places = isotropic(), shapely.get_coordinates(rows.points)
    sites = np.unique(places, axis=0, return_inverse=True)[1].ravel()
    eirp = rows.assumed("eirp_dbm")
    count = len(rows)
    transmitters = tuple(
        Transmitter(
            id=int(rows.ids[i]),
            x=float(places[i, 0]),
            y=float(places[i, 1]),
            height_m=float(height[i]),
            power_dbm=float(eirp[i] - entry[i]),
            pattern=antenna,
            curves=curves_of(model, float(middle[i]), float(height[i]), choice.receiver_height_m),
            floor_dbm=floor_dbm,
            limit_m=limit_m(model),
            carrier=int(carrier[i]),
            load=float(propagation()["load"][WIFI] if choice.load is None else choice.load),
            site=int(sites[i]),
            sighted=choice.sighted or model in PROFILED,
            extras=(float(middle[i]),) if choice.sighted or model in PROFILED else (),
            way=way_of(model),
        )
        for i in range(count)
    )
    return Plan(
        transmitters,
        Rules(np.full(count, threshold), noise_dbm(WIFI, width), overlaps),
        np.full(count, WIFI, dtype=object),
        frequency,
        width,
        np.zeros(count),
        np.full(count, -np.inf),
        (model,),
        tuple(notes),
        standards(told),
    )


def wifi_carriers(middle_mhz: Floats, width_mhz: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(carrier of each hotspot (n,), overlaps (carriers, carriers)): which share of b's power falls into a's channel.

    Blocks of equal middle and width are one carrier. A hotspot that does not say its channel is on one of its own that
    disturbs nobody: a guess would make or hide interference.
    """
    known = ~np.isnan(middle_mhz)
    blocks, place = np.unique(np.stack([middle_mhz, width_mhz], axis=1)[known], axis=0, return_inverse=True)
    carrier = np.zeros(len(middle_mhz), np.int64)
    carrier[known] = np.asarray(place, np.int64).ravel()
    carrier[~known] = len(blocks) + np.arange(int((~known).sum()))
    overlaps = np.eye(len(blocks) + int((~known).sum()))
    middle, width = blocks[:, 0], blocks[:, 1]
    overlaps[: len(blocks), : len(blocks)] = spectral_share(middle[:, None] - middle, width, width[:, None])
    return carrier, overlaps
