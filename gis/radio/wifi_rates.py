"""Rates of WiFi by SINR: the modulation and coding schemes of IEEE 802.11n, ac, ax and be with their widths.

Rate = N_SD · N_BPSCS · R · N_SS / (T_symbol + T_guard), the clauses stand with the tables in ``wifi.toml``. A scheme is
used from the SINR that a receiver of the standard's minimum sensitivity has, less the standard's implementation margin
and plus that of real receivers. dB, MHz, Mbit/s.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.radio.walls import wifi

Floats = NDArray[np.float64]
STANDARDS: Final = ("wifi4", "wifi5", "wifi6", "wifi7")
_NOISE_20_DBM: Final = -174.0 + 10.0 * np.log10(20e6)  # as the standard rounds it: 290 K


def standard_of(told: str | None) -> str:
    """The standard of a hotspot, the assumed one where none is told."""
    return told if told is not None and told in STANDARDS else str(wifi()["rates"]["unknown"])


def standards(told: NDArray[np.object_]) -> NDArray[np.object_]:
    """The standards of n hotspots, as of ``standard_of``."""
    return np.array([*(standard_of(one) for one in told), None], object)[:-1]


def phy_rate_mbps(standard: str, width_mhz: float, scheme: int, streams: int = 1) -> float:
    """The rate on the air. A width the standard does not know counts as the next lower one it knows.

    >>> round(phy_rate_mbps("wifi4", 20.0, 7), 1), round(phy_rate_mbps("wifi6", 80.0, 11), 1)
    (65.0, 600.5)
    """
    table: dict[str, Any] = wifi()["rates"][standard]
    bits, coding, _ = wifi()["rates"]["schemes"][scheme]
    used = table["subcarriers"][f"{_width(standard, width_mhz)}"]
    return float(used * bits * coding * streams / (table["symbol_us"] + table["guard_us"]))


def needed_db(streams: int = 1) -> Floats:
    """The SINR in the whole width from which each scheme is used; the power is shared between the streams."""
    rates = wifi()["rates"]
    sensitivity = np.array([scheme[2] for scheme in rates["schemes"]])
    ideal = sensitivity - (_NOISE_20_DBM + rates["noise_figure_db"]) - rates["margin_db"]
    return np.asarray(ideal + rates["implementation_db"] + 10.0 * np.log10(streams))


def wifi_throughput_mbps(standard: str, sinr_db: ArrayLike, width_mhz: ArrayLike) -> Floats:
    """What a hotspot alone with one user carries of payload; 0 below the first scheme. Broadcasts."""
    sinr, width = np.broadcast_arrays(np.asarray(sinr_db, np.float64), np.asarray(width_mhz, np.float64))
    carried = np.zeros(sinr.shape)
    for one in np.unique(width[~np.isnan(width)]):
        here = width == one
        needed, rates = _steps(standard, float(one))
        carried[here] = rates[np.searchsorted(needed, sinr[here], side="right")]
    return carried


@cache
def _steps(standard: str, width_mhz: float) -> tuple[Floats, Floats]:
    """(SINR from which each step holds (n,), payload under and from each (n + 1,))."""
    rates, table = wifi()["rates"], wifi()["rates"][standard]
    streams = int(rates["streams"])
    best = table.get(f"best_{_width(standard, width_mhz)}", table["best"])
    air = [phy_rate_mbps(standard, width_mhz, scheme, streams) for scheme in range(best + 1)]
    return needed_db(streams)[: best + 1], np.array([0.0, *air]) * float(rates["efficiency"])


def _width(standard: str, width_mhz: float) -> int:
    known = sorted(int(width) for width in wifi()["rates"][standard]["subcarriers"])
    return max((width for width in known if width <= width_mhz), default=known[0])
