"""Basic transmission loss of one path after ITU-R P.1812-6: path-specific, point to area, 30 MHz to 6 GHz.

Edition 6 (09/2021). The shared reference logs carry its equation numbers ("Eq (8)", "Eq (69)", Table 5), its slant
free-space distance (8a) with 92.4 dB, 190.1 dB of troposcatter (44), and frequencies up to 6 GHz; the README beside
them names edition 8. They were made with ΔN = 45, N0 = 323.947, p_L = 50 % with σ_L = 0, d_ct = d_cr = 500 km, inland
everywhere, the latitude from both ends on a sphere of 6371 km, and the smooth Bullington loss of the profile's own
points, not of Attachment 4. Their rows L_bulla, L_bulls and L_dsph are those of the last radius computed, a_β, while
L_d50 is of a_e; their row L_bd (43) holds L_bda (61), which had been written over it.

Range: 0.25–3000 km, antennas at 1–3000 m above ground, p 1–50 %, p_L 1–99 %. Beyond it a Note tells of extrapolation;
nonsense is refused (``resources/radio/p1812.toml`` holds ranges and defaults). Clutter stands on the profile as its
representative height, but for the two ends. Building entry is that of ITU-R P.2109, given by the caller as mean and
deviation: means add, deviations add by their squares with those of places.
"""

from __future__ import annotations

import math
import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from gis.coverage.results import Note
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.diffraction import Diffraction, checked_profile, delta_bullington
from gis.radio.p1812_mechanisms import Link, Terms, union
from gis.radio.p1812_path import DUCTING_RADIUS_KM, INLAND, SEA, Path, analyse, median_radius
from gis.radio.profiles import Profiles
from gis.resources import resource

Floats = NDArray[np.float64]
MODEL = "ITU-R P.1812-6"
ZONES = {"sea": 1, "coastal": 3, "inland": 4}
_BATCH = 2048  # profiles a thread takes at a time

# What a range is about, in both languages, with its unit.
_WORDS = {
    "frequency_mhz": ("频率", "frequency", "MHz"),
    "height_m": ("天线高度", "antenna height", "m"),
    "distance_m": ("距离", "distance", "m"),
    "area_width_m": ("区域边长", "area width", "m"),
    "latitude_deg": ("纬度", "latitude", "°"),
    "time_percent": ("时间百分比", "time percentage", "%"),
    "location_percent": ("地点百分比", "location percentage", "%"),
    "lapse_rate": ("折射率梯度 ΔN", "refractivity lapse rate", "N/km"),
    "refractivity": ("折射率 N0", "refractivity", "N"),
    "coast_km": ("离海岸的距离", "distance to the coast", "km"),
    "loss_db": ("损耗或标准差", "loss or deviation", "dB"),
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """The loss of one path with all that led to it. ``median``, ``ducted``: diffraction for a_e and for a_β."""

    terms: Terms
    path: Path
    median: Diffraction
    ducted: Diffraction
    notes: tuple[Note, ...]

    @property
    def loss_db(self) -> float:
        """L_b, the basic transmission loss in dB."""
        return self.terms.loss


@cache
def settings() -> dict[str, Any]:
    """Defaults and ranges of ``resources/radio/p1812.toml``; not to be changed by its readers."""
    return tomllib.loads(resource("radio", "p1812.toml").read_text("utf-8"))


def link(
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    *,
    time_percent: float | None = None,
    location_percent: float | None = None,
    vertical: bool = True,
    latitude_deg: float | None = None,
    lapse_rate: float | None = None,
    refractivity: float | None = None,
    coast_tx_km: float | None = None,
    coast_rx_km: float | None = None,
    area_width_m: float | None = None,
    location_sigma_db: float | None = None,
    entry_loss_db: float = 0.0,
    entry_sigma_db: float = 0.0,
    closed_smooth: bool = False,
) -> Link:
    """The settings of a run; None takes the default of ``resources/radio/p1812.toml``, and of σ_L its equation (64).

    Refusals ``radio.out_of_range``, ``radio.antenna_below_ground``.
    """
    defaults = settings()["defaults"]

    def accepted(name: str, value: float | None, default: str | None = None) -> float:
        number = float(defaults[default or name] if value is None else value)
        low, high = settings()["accepted"][name]
        if name == "height_m" and number <= 0.0:
            raise Refusal("radio.antenna_below_ground", value=number)
        if not low <= number <= high:  # NaN fails too
            zh, en, unit = _WORDS[name]
            raise Refusal(
                "radio.out_of_range", what_zh=zh, what_en=en, unit=unit, value=number, minimum=low, maximum=high
            )
        return number

    return Link(
        accepted("frequency_mhz", frequency_mhz) / 1000.0,
        accepted("time_percent", time_percent),
        accepted("location_percent", location_percent),
        accepted("height_m", tx_height_m),
        accepted("height_m", rx_height_m),
        bool(vertical),
        accepted("latitude_deg", latitude_deg),
        accepted("lapse_rate", lapse_rate),
        accepted("refractivity", refractivity),
        accepted("coast_km", coast_tx_km),
        accepted("coast_km", coast_rx_km),
        accepted("area_width_m", area_width_m),
        math.nan if location_sigma_db is None else accepted("loss_db", location_sigma_db),
        accepted("loss_db", entry_loss_db),
        accepted("loss_db", entry_sigma_db),
        bool(closed_smooth),
    )


def middle_latitude(tx_lonlat: tuple[float, float], rx_lonlat: tuple[float, float], length_m: float) -> float:
    """Latitude in degrees half of ``length_m`` along the great circle from the transmitter (P.2001 Attachment H)."""
    lon_t, lat_t, lon_r, lat_r = map(math.radians, (*tx_lonlat, *rx_lonlat))
    east = math.cos(lat_r) * math.sin(lon_r - lon_t)
    north = math.cos(lat_t) * math.sin(lat_r) - math.sin(lat_t) * math.cos(lat_r) * math.cos(lon_r - lon_t)
    bearing = math.atan2(east, north)
    arc = 0.5 * length_m / 6_371_000.0
    sine = math.sin(lat_t) * math.cos(arc) + math.cos(lat_t) * math.sin(arc) * math.cos(bearing)
    return math.degrees(math.asin(min(1.0, max(-1.0, sine))))


def range_notes(chosen: Link, lengths_m: ArrayLike = ()) -> tuple[Note, ...]:
    """What of a run lies beyond the Recommendation's range: one Note each, with the value farthest out."""
    lengths = np.asarray(lengths_m, np.float64).ravel()
    values = {
        "frequency_mhz": np.array([chosen.frequency * 1000.0]),
        "height_m": np.array([chosen.tx_height, chosen.rx_height]),
        "distance_m": lengths,
        "latitude_deg": np.array([chosen.latitude]),
    }
    if math.isnan(chosen.location_sigma) and chosen.location_percent != 50.0:
        values["area_width_m"] = np.array([chosen.area_width])
    notes = []
    for name, numbers in values.items():
        low, high = settings()["valid"][name]
        zh, en, unit = _WORDS[name]
        ends = (float(numbers.min()), float(numbers.max())) if len(numbers) else (low, low)
        # A hair of tolerance: 6 GHz given as 6000.000000000001 MHz is no extrapolation.
        for number, beyond in ((ends[0], ends[0] < low * (1 - 1e-9) - 1e-9), (ends[1], ends[1] > high * (1 + 1e-9))):
            if beyond and not (low * (1 - 1e-9) <= number <= high * (1 + 1e-9)):
                args = {"what_zh": zh, "what_en": en, "what_en_capital": en.capitalize(), "unit": unit}
                rounded = float(f"{number:.6g}")
                notes.append(
                    Note(
                        "radio.beyond_range",
                        {**args, "value": rounded, "model": MODEL, "minimum": low, "maximum": high},
                    )
                )
    return tuple(notes)


def predict_path(
    chosen: Link,
    distance_m: ArrayLike,
    height_m: ArrayLike,
    clutter_m: ArrayLike | None = None,
    zone: ArrayLike | str | None = None,
) -> Prediction:
    """The loss over one profile: (n,) distances in m rising from the transmitter, ground in m above sea, clutter in m.

    ``zone``: codes (n,) of 1 sea, 3 coastal land, 4 inland, or one name for all. Refusals ``radio.short_profile``,
    ``.unsorted_profile``, ``.unknown_heights``, ``.uneven_profile``, ``.bad_clutter``, ``.bad_zone``.
    """
    d, h = checked_profile(distance_m, height_m)
    r = _checked_clutter(clutter_m, len(d))
    zones = _checked_zones(zone, len(d))
    path, median, ducted, terms = evaluate(d, h, r, zones, 0, len(d), chosen)
    notes = range_notes(chosen, [float(d[-1]) * 1000.0])
    return Prediction(Terms(*terms), Path(*path), Diffraction(*median), Diffraction(*ducted), notes)


def losses_db(
    profiles: Profiles, chosen: Link, *, threads: int | None = None, progress: Progress | None = None
) -> Floats:
    """L_b in dB of m profiles, (m,); the same bit for bit at any number of threads. Raises Cancelled between batches.

    A profile of less than three points has nothing between its ends: it gets its free-space loss.
    """
    count = len(profiles.offsets) - 1
    out = np.empty(count)
    starts = range(0, count, _BATCH)

    def work(start: int) -> None:
        if progress is not None and progress.cancelled:
            raise Cancelled
        _losses(profiles, chosen, start, min(count, start + _BATCH), out)

    with ThreadPoolExecutor(threads or max(1, os.cpu_count() or 1), thread_name_prefix="p1812") as pool:
        for done, _ in enumerate(pool.map(work, starts)):
            if progress is not None:
                progress.step(done + 1, len(starts), "radio.sweeping")
    return out


@njit(cache=True, nogil=True)
def evaluate(
    d: Floats, h: Floats, r: Floats, zone: NDArray[np.uint8], first: int, last: int, chosen: Link
) -> tuple[Path, Diffraction, Diffraction, Terms]:
    """Kernel: path, diffraction for both Earth radii, and terms of the points ``first … last - 1``, three at least."""
    radius = median_radius(chosen.lapse_rate)
    path = analyse(d, h, zone, first, last, chosen.tx_height, chosen.rx_height, radius)
    median = delta_bullington(
        d,
        h,
        r,
        first,
        last,
        path.tx,
        path.rx,
        path.diffraction_tx,
        path.diffraction_rx,
        radius,
        chosen.frequency,
        path.sea_share,
        chosen.vertical,
        chosen.closed_smooth,
    )
    ducted = delta_bullington(
        d,
        h,
        r,
        first,
        last,
        path.tx,
        path.rx,
        path.diffraction_tx,
        path.diffraction_rx,
        DUCTING_RADIUS_KM,
        chosen.frequency,
        path.sea_share,
        chosen.vertical,
        chosen.closed_smooth,
    )
    terms = union(path, chosen, median.loss, ducted.loss, r[last - 1], zone[first], zone[last - 1])
    return path, median, ducted, terms


@njit(cache=True, nogil=True)
def clear_loss(chosen: Link, length: float, rise: float) -> float:
    """Free-space loss in dB over ``length`` km and ``rise`` m of height between the antennas; a metre at least."""
    slant2 = max(1e-6, length * length + 1e-6 * rise * rise)
    return 92.4 + 20.0 * math.log10(chosen.frequency) + 10.0 * math.log10(slant2)


@njit(cache=True, nogil=True)
def _losses(profiles: Profiles, chosen: Link, start: int, stop: int, out: Floats) -> None:
    d, h, r, zone = profiles.distance_km, profiles.ground_m, profiles.clutter_m, profiles.zone
    for k in range(start, stop):
        first, last = profiles.offsets[k], profiles.offsets[k + 1]
        if last - first >= 3:
            out[k] = evaluate(d, h, r, zone, first, last, chosen)[3].loss
        else:
            rise = h[last - 1] + chosen.rx_height - h[first] - chosen.tx_height
            out[k] = clear_loss(chosen, d[last - 1] - d[first], rise)


def _checked_clutter(clutter_m: ArrayLike | None, count: int) -> Floats:
    if clutter_m is None:
        return np.zeros(count)
    r = np.ascontiguousarray(np.asarray(clutter_m, np.float64))
    if r.shape != (count,):
        raise Refusal("radio.uneven_profile", column="clutter", count=count, other=int(r.size))
    bad = ~(np.isfinite(r) & (r >= 0.0))
    if bad.any():
        raise Refusal("radio.bad_clutter", value=float(r[bad][0]))
    return r


def _checked_zones(zone: ArrayLike | str | None, count: int) -> NDArray[np.uint8]:
    if zone is None:
        zone = str(settings()["defaults"]["zone"])
    if isinstance(zone, str):
        if zone not in ZONES:
            raise Refusal("radio.bad_zone", value=zone)
        return np.full(count, ZONES[zone], np.uint8)
    codes = np.asarray(zone)
    if codes.shape != (count,):
        raise Refusal("radio.uneven_profile", column="zone", count=count, other=int(codes.size))
    bad = ~np.isin(codes, (SEA, 3, INLAND))
    if bad.any():
        raise Refusal("radio.bad_zone", value=codes[bad][0].item())
    return np.ascontiguousarray(codes.astype(np.uint8))
