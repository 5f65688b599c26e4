"""What a level is good for: noise, throughput, level indoors, and how far a phone can answer.

Planning figures (noise figures, implementation gap, overheads, the uplink's power) are data in
``resources/radio/propagation.toml``, with their sources. dB, dBm, MHz; Mbit/s; everything broadcasts.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.radio.constants import constants
from gis.radio.levels import SUBCARRIERS, resource_blocks
from gis.radio.models import propagation
from gis.radio.p2109 import Building, building_entry_loss_db
from gis.radio.wifi_rates import STANDARDS, standard_of, wifi_throughput_mbps

Floats = NDArray[np.float64]
WIFI: Final = "wifi"
THERMAL_DBM_HZ: Final = -173.975  # kT at 290 K
_CHANNEL_HZ: Final = {"GSM": 200e3, "UMTS": 3.84e6}


def noise_dbm(technology: str, bandwidth_mhz: ArrayLike = 20.0, frequency_mhz: ArrayLike = 0.0) -> Floats:
    """Thermal noise with the receiver's noise figure, in the bandwidth in which the technology reports its level.

    LTE and NR report a resource element (one subcarrier), UMTS and GSM a channel, WiFi the whole bandwidth.

    >>> round(float(noise_dbm("LTE")), 2)
    -125.21
    """
    bandwidth, frequency = np.broadcast_arrays(
        np.asarray(bandwidth_mhz, np.float64), np.asarray(frequency_mhz, np.float64)
    )
    if technology == "LTE":
        hertz: Floats = np.full(bandwidth.shape, 15e3)
    elif technology == "NR":
        hertz = np.where(frequency >= float(constants()["levels"]["NR"]["scs_border_mhz"]), 30e3, 15e3)
    elif technology in _CHANNEL_HZ:
        hertz = np.full(bandwidth.shape, _CHANNEL_HZ[technology])
    else:
        hertz = bandwidth * 1e6
    return np.asarray(THERMAL_DBM_HZ + 10.0 * np.log10(hertz) + float(propagation()["receiver"]["noise_figure_db"]))


def has_throughput(technology: str) -> bool:
    """Whether a table of throughput steps is known for this technology, "wifi" or a standard of it."""
    return technology in propagation()["throughput"] or technology in (WIFI, *STANDARDS)


def throughput_mbps(
    technology: str, sinr_db: ArrayLike, bandwidth_mhz: ArrayLike, frequency_mhz: ArrayLike = 0.0
) -> Floats:
    """Downlink of a whole cell to one phone on one layer: the table's steps, 0 below the first, NaN without a table.

    A standard of WiFi ("wifi4" … "wifi7") is a technology of its own here; "wifi" is the one that is assumed.
    """
    if technology == WIFI or technology in STANDARDS:
        return wifi_throughput_mbps(standard_of(technology), sinr_db, bandwidth_mhz)
    if not has_throughput(technology):
        return np.full(np.broadcast(sinr_db, bandwidth_mhz).shape, np.nan)
    table: dict[str, Any] = propagation()["throughput"][technology]
    steps = np.array([0.0, *table["efficiency"]])
    sinr = 10.0 ** ((np.asarray(sinr_db, np.float64) - float(table["gap_db"])) / 10.0)
    carried = steps[np.searchsorted(steps, np.log2(1.0 + sinr), side="right") - 1]
    frequency = np.asarray(frequency_mhz, np.float64)
    blocks = resource_blocks(technology, bandwidth_mhz, frequency)
    spacing: Any = 15e3
    if technology == "NR":
        spacing = np.where(frequency >= float(constants()["levels"]["NR"]["scs_border_mhz"]), 30e3, 15e3)
    used_hz = blocks * SUBCARRIERS * spacing
    return np.asarray(carried * used_hz * (1.0 - float(table["overhead"])) * float(table["downlink"]) / 1e6)


def indoor_dbm(level_dbm: ArrayLike, frequency_mhz: ArrayLike, building: Building = "traditional") -> Floats:
    """The median level behind an outer wall, ITU-R P.2109."""
    return np.asarray(np.asarray(level_dbm, np.float64) - building_entry_loss_db(frequency_mhz, building))


def uplink_floor_dbm(
    technology: str,
    reported_eirp_dbm: ArrayLike,
    antenna_gain_dbi: ArrayLike,
    frequency_mhz: ArrayLike = 0.0,
) -> Floats:
    """The downlink level under which the answer of a phone no longer arrives.

    The path is the same both ways: level = reported EIRP + pattern − loss, arriving answer = phone's power + base gain
    + pattern − loss. Its sensitivity: noise in the blocks a cell-edge phone is given (a channel for UMTS and GSM), the
    base station's noise figure, and the SINR needed.
    """
    table = propagation()["uplink"]
    frequency = np.asarray(frequency_mhz, np.float64)
    if technology in _CHANNEL_HZ:
        hertz = np.full(frequency.shape, _CHANNEL_HZ[technology])
    else:
        spacing = np.full(frequency.shape, 15e3)
        if technology == "NR":
            spacing = np.where(frequency >= float(constants()["levels"]["NR"]["scs_border_mhz"]), 30e3, 15e3)
        hertz = float(table["blocks"]) * SUBCARRIERS * spacing
    sensitivity = THERMAL_DBM_HZ + 10.0 * np.log10(hertz) + float(table["noise_figure_db"]) + float(table["sinr_db"])
    answered = float(table["power_dbm"]) + np.asarray(antenna_gain_dbi, np.float64) - sensitivity
    return np.asarray(np.asarray(reported_eirp_dbm, np.float64) - answered)
