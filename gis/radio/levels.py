"""From an antenna's total EIRP to the level a phone reports: RSRP, RSCP or RxLev before path loss.

* LTE and NR report RSRP, the power of one resource element: EIRP − 10 lg(12 · N_RB). N_RB by channel bandwidth: 3GPP TS
  36.101 table 5.6-1 and TS 38.101-1 table 5.3.2-1. NR's traffic beams gain more than its broadcast
  beams, which RSRP is measured on: enter the EIRP of the broadcast beam.
* UMTS reports RSCP, the common pilot's power: 10 % of the total (−10 dB).
* GSM reports RxLev of the BCCH carrier, sent at full power.
* WiFi reports RSSI, the whole channel's power.

The figures are data in ``resources/radio/models.toml``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.errors import Refusal
from gis.radio.constants import constants

SUBCARRIERS = 12  # in a resource block, TS 36.211 clause 6.2.3, TS 38.211 clause 4.4.4.1


def resource_blocks(technology: str, bandwidth_mhz: ArrayLike, frequency_mhz: ArrayLike = 0.0) -> NDArray[np.float64]:
    """N_RB of an LTE or NR channel; broadcasts. A bandwidth no table holds gets the blocks that fit into 90 % of it.

    >>> resource_blocks("LTE", [10.0, 20.0]).tolist(), resource_blocks("NR", 100.0, 3500.0).tolist()
    ([50.0, 100.0], 273.0)
    """
    bandwidth, frequency = np.broadcast_arrays(
        np.asarray(bandwidth_mhz, np.float64), np.asarray(frequency_mhz, np.float64)
    )
    if not (np.isfinite(bandwidth) & (bandwidth > 0.0)).all():
        raise Refusal("radio.bad_bandwidth", value=float(np.min(bandwidth)))
    entry = _entry(technology)
    if technology == "LTE":
        return _looked_up(bandwidth, entry["blocks"], entry["scs_khz"])
    wide = frequency >= entry["scs_border_mhz"]
    return np.where(
        wide, _looked_up(bandwidth, entry["blocks_30"], 30.0), _looked_up(bandwidth, entry["blocks_15"], 15.0)
    )


def reported_eirp_dbm(
    technology: str, eirp_dbm: ArrayLike, bandwidth_mhz: ArrayLike = 20.0, frequency_mhz: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """The part of the total EIRP, in dBm, that the technology's reported level measures; broadcasts.

    >>> round(float(reported_eirp_dbm("LTE", 60.0, 20.0)), 2)
    29.21
    """
    total = np.asarray(eirp_dbm, np.float64)
    if technology in ("LTE", "NR"):
        return np.asarray(
            total - 10.0 * np.log10(SUBCARRIERS * resource_blocks(technology, bandwidth_mhz, frequency_mhz))
        )
    if technology == "wifi":
        return total
    return np.asarray(total + float(_entry(technology)["pilot_share_db"]))


def _looked_up(bandwidth: NDArray[np.float64], table: dict[str, int], scs_khz: float) -> NDArray[np.float64]:
    blocks = np.maximum(1.0, np.floor(0.9 * bandwidth * 1000.0 / (SUBCARRIERS * scs_khz)))
    for mhz, count in table.items():
        blocks = np.where(np.isclose(bandwidth, float(mhz)), float(count), blocks)
    return blocks


def _entry(technology: str) -> dict[str, Any]:
    levels = constants()["levels"]
    if technology not in levels:
        raise Refusal("coverage.no_technology", technology=technology, known=", ".join(levels))
    entry: dict[str, Any] = levels[technology]
    return entry
