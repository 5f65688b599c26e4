"""Levels of WiFi measured on the street, and whose they are: by BSSID, else by network name and place.

A network name is given to many hotspots, so the nearest that has it is meant, if it is near and the next one clearly
further; what stays open is barred with its reason, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.geometry.columns import Columns
from gis.radio.drive_test import NO_LEVEL, OUT_OF_RANGE, WIFI, Samples, drive_rules

NO_HOTSPOT: Final = "radio.drive_names_no_hotspot"
UNKNOWN_HOTSPOT: Final = "radio.drive_unknown_hotspot"
AMBIGUOUS_HOTSPOT: Final = "radio.drive_ambiguous_hotspot"
HOTSPOT_TOO_FAR: Final = "radio.drive_hotspot_too_far"
HOTSPOT_FIELDS: Final = ("code", "ssid", "bssid", "band")
_HEX = re.compile(r"[0-9a-f]{12}\Z")
_NEIGHBOURS = 8


def bssid(text: object) -> str | None:
    """A BSSID as its twelve hexadecimal digits; None where it is none.

    >>> bssid("00-1A-2B-3C-4D-5E"), bssid("460_00_1234")
    ('001a2b3c4d5e', None)
    """
    digits = re.sub(r"[\s:.\-]", "", str(text)).casefold() if text is not None else ""
    return digits if _HEX.match(digits) and digits not in ("0" * 12, "f" * 12) else None


def ssid(text: object) -> str | None:
    """A network's name without blanks around it; case counts. None where it has none, as hidden networks."""
    return (str(text).strip() if text is not None else "") or None


def wifi_in_range(samples: Samples) -> Samples:
    """WiFi samples whose level no receiver reports are barred."""
    low, high = drive_rules()["wifi"]["level"]
    free = (samples.why == None) & (samples.technology == WIFI)  # noqa: E711 - elementwise
    why, level = samples.why.copy(), samples.level_dbm
    why[free & np.isnan(level)] = NO_LEVEL
    why[free & ((level < low) | (level > high))] = OUT_OF_RANGE
    return replace(samples, why=why)


def matched_hotspots(samples: Samples, hotspots: Columns) -> Samples:
    """Every WiFi sample with its hotspot; ``hotspots`` with ``HOTSPOT_FIELDS``. Samples of cells are left as they are.

    Where the sample tells its frequency and the hotspot its band, these have to agree for a match by name.
    """
    rows = np.flatnonzero((samples.why == None) & (samples.technology == WIFI))  # noqa: E711 - elementwise
    cell, why = samples.cell.copy(), samples.why.copy()
    by_bssid: dict[str, list[int]] = {}
    for row, text in enumerate(hotspots.fields["bssid"]):
        if (key := bssid(text)) is not None:
            by_bssid.setdefault(key, []).append(row)
    open_ = []
    for i in rows.tolist():
        found = by_bssid.get(samples.code[i], [])
        if len(found) == 1:
            cell[i] = hotspots.ids[found[0]]
        elif samples.ssid[i] is not None:
            open_.append(i)
        else:
            why[i] = NO_HOTSPOT if samples.code[i] is None else AMBIGUOUS_HOTSPOT if found else UNKNOWN_HOTSPOT
    _by_name(samples, hotspots, np.array(open_, np.int64), cell, why)
    return replace(samples, cell=cell, why=why)


def _by_name(
    samples: Samples, hotspots: Columns, rows: NDArray[np.int64], cell: NDArray[np.int64], why: NDArray[np.object_]
) -> None:
    rules = drive_rules()["wifi"]
    assert hotspots.geometry is not None
    there = ~(shapely.is_missing(hotspots.geometry) | shapely.is_empty(hotspots.geometry))
    names = np.array([*(ssid(text) for text in hotspots.fields["ssid"]), None], object)[:-1]
    bands = hotspots.fields["band"]
    for name in sorted(set(samples.ssid[rows].tolist())):
        mine = rows[samples.ssid[rows] == name]
        with_it = np.flatnonzero(there & (names == name))
        if not len(with_it):
            why[mine] = UNKNOWN_HOTSPOT
            continue
        k = min(_NEIGHBOURS, len(with_it))
        tree = cKDTree(shapely.get_coordinates(hotspots.geometry[with_it]))
        away, found = tree.query(np.column_stack([samples.x[mine], samples.y[mine]]), k=k)
        away, found = away.reshape(len(mine), k), with_it[found.reshape(len(mine), k)]
        told = _band(samples.frequency_mhz[mine])[:, None]
        fits = (told == None) | (bands[found] == None) | (bands[found] == told)  # noqa: E711 - elementwise
        away = np.where(fits, away, np.inf)
        order = np.argsort(away, axis=1, kind="stable")
        near = np.take_along_axis(away, order, axis=1)
        best = found[np.arange(len(mine)), order[:, 0]]
        within = near[:, 0] <= rules["reach_m"]
        second = near[:, 1] if k > 1 else np.full(len(mine), np.inf)
        sure = within & (second >= rules["clear"] * np.maximum(near[:, 0], rules["fix_m"]))
        cell[mine[sure]] = hotspots.ids[best[sure]]
        why[mine[~within]] = HOTSPOT_TOO_FAR
        why[mine[within & ~sure]] = AMBIGUOUS_HOTSPOT


def _band(frequency_mhz: NDArray[np.float64]) -> NDArray[np.object_]:
    """The band a frequency lies in, as hotspots name it; None = not told."""
    made = np.full(len(frequency_mhz), None, object)
    for name, (low, high) in drive_rules()["wifi"]["bands_mhz"].items():
        made[(frequency_mhz >= low) & (frequency_mhz <= high)] = name
    return made
