"""Cells of base stations as transmitters: model by technology or choice, antenna by file or beamwidths.

The model's range is checked for every cell; what lies outside is extrapolated with a note in the run, and what is
impossible is left out with a note that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.coverage.classes import technology as technology_of
from gis.coverage.results import Note
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.radio.assumptions import Rows
from gis.radio.constants import constants
from gis.radio.levels import reported_eirp_dbm
from gis.radio.models import (
    AUTO,
    PROFILED,
    TUNED,
    Tuning,
    curves_of,
    limit_m,
    model_for,
    model_label,
    propagation,
    way_of,
)
from gis.radio.network import Rules
from gis.radio.patterns import Pattern, sector
from gis.radio.plan import Plan, by_use, carriers, range_notes
from gis.radio.services import noise_dbm, uplink_floor_dbm
from gis.radio.windows import Transmitter

Floats = NDArray[np.float64]
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
    "pattern_file",
    "gain_dbi",
    "eirp_dbm",
    "antenna_height_m",
)
ANY = "any"  # 3G, 4G or 5G, each against its own threshold
ANY_OF = ("UMTS", "LTE", "NR")


@dataclass(frozen=True, slots=True)
class Choice:
    """How cells are predicted. ``model``: a name of ``gis.radio.models`` or "auto"; ``load``: None = by technology.

    ``pattern``: gives a pattern file's antenna by the name in the row, None where it cannot be read. ``tunings``: the
    calibrated line by technology. ``statuses``: which cells take part. ``sighted``: sight is known by pixel.
    """

    model: str = AUTO
    receiver_height_m: float = 1.5
    load: float | None = None
    sighted: bool = False
    tunings: Mapping[str, Tuning] = field(default_factory=dict)
    statuses: tuple[str, ...] = ("in_service",)
    pattern: Callable[[str], Pattern | None] | None = None


def cell_plan(
    cells: Columns,
    technology: str,
    choice: Choice,
    *,
    floor_dbm: float,
    threshold_dbm: float | None = None,
    owner: str | None = None,
) -> Plan:
    """The cells of one technology (or "any") and operator, with the rules they are judged by.

    Levels are the technology's reported level in dBm; for "any" the margin in dB over each technology's own threshold
    (or over ``threshold_dbm``). Refusals ``radio.no_cells``, ``radio.all_impossible``, ``radio.no_model``,
    ``radio.no_tuning``.
    """
    notes: list[Note] = []
    rows = Rows(cells, constants()["assumed"]["cells"], notes)
    kinds = rows.text("technology")
    wanted = ANY_OF if technology == ANY else (technology_of(technology).name,)
    chosen = np.isin(rows.text("status").astype(str), choice.statuses) & np.isin(kinds.astype(str), wanted)
    if owner is not None:
        chosen &= rows.text("owner") == owner
    rows = rows.take(chosen)
    if not len(rows):
        raise Refusal("radio.no_cells", technology=technology, owner=owner or "*")
    accepted = constants()["cells"]["accepted"]
    rows = rows.within("antenna_height_m", accepted["base_height_m"])
    rows = rows.within("frequency_mhz", accepted["frequency_mhz"], gaps=False)
    rows = rows.within("eirp_dbm", accepted["eirp_dbm"])

    kinds = rows.text("technology").astype(str)
    height, frequency = rows.assumed("antenna_height_m"), rows.number("frequency_mhz")
    bandwidth, eirp = rows.assumed("bandwidth_mhz"), rows.assumed("eirp_dbm")
    gain = rows.assumed("gain_dbi")
    models = _models(kinds, choice, notes)
    for model in by_use(models):
        here = np.array([name == model for name in models])
        notes += range_notes(model, frequency[here], height[here], choice.receiver_height_m)
        notes.append(Note("radio.capped_at", {"radius_km": limit_m(model) / 1000.0}))
    if not choice.sighted and "3gpp" in models:
        notes.append(Note("radio.expected_sight"))
    carrier, overlaps = carriers(frequency, bandwidth)
    own = {str(k): technology_of(str(k)).threshold_dbm if threshold_dbm is None else threshold_dbm for k in set(kinds)}
    limits = np.array([own[str(kind)] for kind in kinds])
    shift = limits if technology == ANY else np.zeros(len(kinds))
    power, noise, uplink = (np.zeros(len(kinds)) for _ in range(3))
    for kind in np.unique(kinds):
        here = kinds == kind
        reported = reported_eirp_dbm(str(kind), eirp[here], bandwidth[here], frequency[here])
        power[here] = reported - shift[here]
        noise[here] = noise_dbm(str(kind), bandwidth[here], frequency[here]) - shift[here]
        uplink[here] = uplink_floor_dbm(str(kind), reported, gain[here], frequency[here]) - shift[here]
        if choice.model == TUNED and str(kind) in choice.tunings:
            line = choice.tunings[str(kind)]
            offsets = [line.offsets_db.get(key, 0.0) for key in rows.ids[here].tolist()]
            power[here] += offsets
            said = {"intercept": line.intercept_db, "slope": line.slope_db, "sigma": line.sigma_db}
            notes.append(
                Note("radio.tuned_line", {"technology": str(kind), "count": int(np.count_nonzero(offsets)), **said})
            )
    antennas = _antennas(rows, choice, notes)
    azimuth = _azimuths(rows, notes)
    mechanical, electrical = (np.nan_to_num(rows.number(f"{name}_tilt")) for name in ("mechanical", "electrical"))
    places = shapely.get_coordinates(rows.points)
    sites = np.unique(places, axis=0, return_inverse=True)[1].ravel()
    loads = propagation()["load"]
    transmitters = tuple(
        Transmitter(
            id=int(rows.ids[i]),
            x=float(places[i, 0]),
            y=float(places[i, 1]),
            height_m=float(height[i]),
            power_dbm=float(power[i]),
            pattern=antennas[i],
            curves=curves_of(
                models[i], float(frequency[i]), float(height[i]), choice.receiver_height_m, choice.tunings.get(kinds[i])
            ),
            azimuth=float(azimuth[i]),
            mechanical_tilt=float(mechanical[i]),
            electrical_tilt=float(electrical[i]),
            floor_dbm=floor_dbm,
            limit_m=limit_m(models[i]),
            carrier=int(carrier[i]),
            load=float(loads[kinds[i]] if choice.load is None else choice.load),
            site=int(sites[i]),
            sighted=choice.sighted or models[i] in PROFILED,
            extras=(float(frequency[i]),) if choice.sighted or models[i] in PROFILED else (),
            way=way_of(models[i]),
        )
        for i in range(len(rows))
    )
    return Plan(
        transmitters,
        Rules(limits - shift, noise, overlaps, family=_families(rows.text("owner"), kinds)),
        rows.text("technology"),
        frequency,
        bandwidth,
        shift,
        uplink,
        by_use(models),
        tuple(notes),
        rows.text("technology"),
    )


def _models(kinds: NDArray[Any], choice: Choice, notes: list[Note]) -> list[str]:
    """The model of each cell. Where several technologies are asked for and not all are calibrated, the others get the
    model they would have without a choice, and a note; Refusal ``radio.no_tuning`` where none is."""
    present = sorted(set(kinds.tolist()))
    chosen = {kind: model_for(choice.model, kind) for kind in present}
    if choice.model == TUNED and any(kind in choice.tunings for kind in present):
        left = [kind for kind in present if kind not in choice.tunings]
        chosen |= {kind: model_for(AUTO, kind) for kind in left}
        if left:
            said = {
                f"{key}_{language}": (", " if language == "en" else "、").join(words)
                for language in ("zh", "en")
                for key, words in (
                    ("left", [technology_of(kind).label.text(language) for kind in left]),
                    ("models", list(dict.fromkeys(model_label(chosen[kind], language) for kind in left))),
                )
            }
            notes.append(Note("radio.partly_calibrated", said))
    return [chosen[kind] for kind in kinds.tolist()]


def _families(owner: NDArray[np.object_], kind: NDArray[Any]) -> NDArray[np.int64]:
    """One number for each operator's network of a technology; those without an owner are one operator."""
    named = np.array([f"{whose or ''}|{what}" for whose, what in zip(owner, kind, strict=True)])
    return np.asarray(np.unique(named, return_inverse=True)[1], np.int64).ravel()


def _azimuths(rows: Rows, notes: list[Note]) -> Floats:
    azimuth = rows.number("azimuth")
    unknown = np.isnan(azimuth) & (rows.number("h_beamwidth") < 360.0)
    if unknown.any():
        notes.append(Note("radio.no_azimuth", {"count": int(unknown.sum())}))
    return np.nan_to_num(azimuth)


def _antennas(rows: Rows, choice: Choice, notes: list[Note]) -> list[Pattern]:
    """Each cell's antenna: its pattern file where it can be read, else the sector of its beamwidths.

    A sector whose direction is not known is taken as all-round. Equal antennas are one object.
    """
    cap, side = float(constants()["antenna"]["back_lobe_db"]), float(constants()["antenna"]["side_lobe_db"])
    across, upright = rows.assumed("h_beamwidth"), rows.assumed("v_beamwidth")
    across = np.where(np.isnan(rows.number("azimuth")), 360.0, across)
    files = rows.text("pattern_file")
    made: dict[tuple[float, float], Pattern] = {}
    read: dict[str, Pattern | None] = {}
    antennas, missing = [], []
    for i in range(len(rows)):
        name = files[i]
        if name and choice.pattern is not None and name not in read:
            read[name] = choice.pattern(name)
        antenna = read.get(name) if name else None
        if antenna is None:
            if name:
                missing.append(str(name))
            key = (float(across[i]), float(upright[i]))
            if key not in made:
                made[key] = sector(*key, back_lobe_db=cap, side_lobe_db=side)
            antenna = made[key]
        antennas.append(antenna)
    if missing:
        named = ", ".join(sorted(set(missing))[:5])
        notes.append(Note("radio.no_pattern", {"count": len(missing), "files": named}))
    return antennas
