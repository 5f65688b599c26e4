"""Where the channels of WiFi lie, how much of one falls into another, and which ones a plan may choose.

A channel is named by its first or any other 20 MHz channel of its block ("36" at 80 MHz is 36 to 48), or by the
number of the block's middle ("42"). MHz. IEEE 802.11-2020, clauses 15.4, 17.3, 19.3 and 21.3; 802.11ax-2021, 27.3.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gis.radio.walls import wifi

Floats = NDArray[np.float64]
#: band -> (MHz of channel 0, MHz a channel).
_CHANNELS: Final = {"2.4": (2407.0, 5.0), "5": (5000.0, 5.0), "6": (5950.0, 5.0)}
_CHANNEL_14_MHZ: Final = 2484.0
_FIRSTS: Final = {"5": (36.0, 100.0, 149.0), "6": (1.0,)}  # where blocks begin to be counted
_UPWARDS: Final = 7.0  # at 2.4 GHz the second half of 40 MHz lies above this channel and those below, else beneath


def channel_mhz(band: NDArray[np.object_], channel: Floats) -> Floats:
    """The middle of a 20 MHz channel, NaN where none is told; broadcasts.

    >>> channel_mhz(np.array(["2.4", "5", "6"], object), np.array([6.0, 36.0, 5.0])).tolist()
    [2437.0, 5180.0, 5975.0]
    """
    start = np.array([_CHANNELS.get(b, (np.nan, np.nan))[0] for b in band])
    step = np.array([_CHANNELS.get(b, (np.nan, np.nan))[1] for b in band])
    fourteen = (band == "2.4") & (channel == 14.0)
    return np.where(fourteen, _CHANNEL_14_MHZ, start + step * channel)


def block_mhz(band: NDArray[np.object_], channel: Floats, width_mhz: Floats) -> Floats:
    """The middle of the whole block that a hotspot of this width fills, (n,); NaN where no channel is told.

    >>> block_mhz(np.array(["5", "2.4"], object), np.array([44.0, 6.0]), np.array([80.0, 40.0])).tolist()
    [5210.0, 2447.0]
    """
    middle = channel_mhz(band, channel)
    low, wide = band == "2.4", width_mhz > 20.0
    middle = middle + np.where(low & wide, np.where(channel <= _UPWARDS, 10.0, -10.0), 0.0)
    for name, firsts in _FIRSTS.items():
        begun = np.array(firsts)[np.maximum(np.searchsorted(firsts, np.nan_to_num(channel), side="right") - 1, 0)]
        parts = np.maximum(np.round(width_mhz / 20.0), 1.0)
        first = begun + np.floor((channel - begun) / 4.0 / parts) * parts * 4.0
        whole = (channel - begun) % 4.0 == 0.0  # else the number of a block's middle
        here = (band == name) & wide & whole
        middle = np.where(here, channel_mhz(band, first) + (parts - 1.0) * 10.0, middle)
    return middle


def spectral_share(offset_mhz: ArrayLike, sender_mhz: ArrayLike, receiver_mhz: ArrayLike) -> Floats:
    """The share of a sender's power that falls into a receiver's width, ``offset_mhz`` away; 1 where it is all of it.

    The sender's spectrum is the mask of IEEE 802.11-2020, 21.3.17.1, the receiver's filter its width: the most a
    device of the standard may leak. Broadcasts; NaN where the offset is unknown.
    """
    offset, sender, receiver = np.broadcast_arrays(
        *(np.asarray(value, np.float64) for value in (offset_mhz, sender_mhz, receiver_mhz))
    )
    apart = np.abs(offset)
    inside = _power(apart + receiver / 2.0, sender) - _power(apart - receiver / 2.0, sender)
    own = 2.0 * _power(sender / 2.0, sender)
    return np.asarray(np.minimum(inside / own, 1.0))


def candidates(band: str, width_mhz: float, indoor: bool, *, preferred: bool = True) -> Floats:
    """The channels a plan may choose, the first among equals first; none where the band or the width has none.

    ``preferred``: only those that do not overlap, where there are such. A block counts if all of it may be used.
    """
    table: dict[str, Any] | None = wifi()["channels"]["band"].get(band)
    if table is None:
        return np.empty(0)
    barred = set() if indoor else set(table.get("indoor_only", ()))
    allowed = [float(channel) for channel in table["allowed"] if channel not in barred]
    if width_mhz <= 20.0:
        kept = [channel for channel in allowed if not preferred or channel in table["preferred"]]
        return np.array(kept)
    if band == "2.4":
        return np.array(table.get(f"width_{width_mhz:g}", ()), np.float64)
    parts = round(width_mhz / 20.0)
    names, middle = np.full(len(allowed), band, object), np.full(len(allowed), width_mhz)
    blocks = block_mhz(names, np.array(allowed), middle)
    firsts = []
    for block in dict.fromkeys(blocks.tolist()):
        inside = [channel for channel, at in zip(allowed, blocks.tolist(), strict=True) if at == block]
        if len(inside) == parts:
            firsts.append(min(inside))
    return np.array(firsts)


def permitted(band: str, channel: float, width_mhz: float, indoor: bool) -> bool:
    """Whether the rules let a hotspot use its channel there; True where no rules are known."""
    table = wifi()["channels"]["band"].get(band)
    if table is None or np.isnan(channel):
        return True
    names, widths = np.full(1, band, object), np.full(1, width_mhz)
    known = candidates(band, width_mhz, indoor, preferred=False)
    if band == "2.4" and width_mhz > 20.0:
        return channel in table["allowed"]
    at = block_mhz(names, np.array([channel]), widths)[0]
    blocks = block_mhz(np.full(len(known), band, object), known, np.full(len(known), width_mhz))
    return bool(np.any(blocks == at))


def _power(at_mhz: Floats, width: Floats) -> Floats:
    """The mask's power from the sender's middle to ``at_mhz`` (odd in it), in units of its full density times MHz."""
    mask = wifi()["channels"]["mask"]
    reach = np.abs(at_mhz)
    edge = float(mask["edge_mhz"])
    places = (width / 2.0 - edge, width / 2.0 + edge, width, 1.5 * width)
    levels = (0.0, float(mask["edge_dbr"]), float(mask["width_dbr"]), float(mask["far_dbr"]))
    total = np.minimum(reach, places[0])
    for (low, high), (above, below) in zip(pairwise(places), pairwise(levels), strict=True):
        slope = (below - above) / np.maximum(high - low, 1e-9)  # dB a MHz, under 0
        run = np.clip(reach, low, high) - low
        bend = slope * np.log(10.0) / 10.0
        total = total + 10.0 ** (above / 10.0) * (np.exp(bend * run) - 1.0) / bend
    beyond = np.minimum(reach, float(mask["last_widths"]) * width) - places[-1]
    total = total + 10.0 ** (levels[-1] / 10.0) * np.maximum(beyond, 0.0)
    return np.asarray(np.sign(at_mhz) * total)
