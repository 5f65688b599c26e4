"""Lists of what receivers heard: WiGLE gives one row an access point, OpenCelliD and MLS the cells of China."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.placement import fold
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.geometry.angles import parse_angles

CHINA_MCC = "460"
_WIGLE = ("mac", "ssid", "currentlatitude", "currentlongitude", "rssi", "type")
_CELLS = ("radio", "mcc", "lon", "lat")


def understood(raw: RawTable) -> RawTable:
    """The table as its header asks for, or as it is where the header is nobody's."""
    columns = {fold(name): name for name in raw.columns}
    if all(name in columns for name in _WIGLE):
        return _wigle(raw, columns)
    if all(name in columns for name in _CELLS) and ("cell" in columns or "cid" in columns):
        return _cells(raw, columns)
    return raw


def _cells(raw: RawTable, columns: dict[str, str]) -> RawTable:
    mcc = raw.cells[columns["mcc"]]
    keep = np.array([value == CHINA_MCC for value in mcc], dtype=bool)
    rejects = [
        Reject(int(raw.lines[row]), Refusal("import.foreign_network", mcc=mcc[row] or "–"))
        for row in np.flatnonzero(~keep)
    ]
    return _kept(raw, keep, rejects, Evidence("kind", "OpenCelliD / MLS", "import.known_header"))


def _wigle(raw: RawTable, columns: dict[str, str]) -> RawTable:
    """One row an access point, at the mean of its sightings weighted by received power (dBm as milliwatts)."""
    kinds = raw.cells[columns["type"]]
    macs = raw.cells[columns["mac"]]
    lon, lat = (parse_angles(raw.cells[columns[f"current{name}"]]) for name in ("longitude", "latitude"))
    power = parse_angles(raw.cells[columns["rssi"]])
    weight = 10 ** (np.where(np.isfinite(power), np.clip(power, -120, 0), -100) / 10)
    wifi = np.array([str(kind).upper() in ("WIFI", "W") for kind in kinds], dtype=bool)
    placed = np.isfinite(lon) & np.isfinite(lat) & ~((lon == 0) & (lat == 0))
    rejects = [
        Reject(int(raw.lines[row]), Refusal("import.not_wifi", kind=kinds[row] or "–")) for row in np.flatnonzero(~wifi)
    ]
    first: dict[str, int] = {}
    group = np.arange(len(raw))
    for row in np.flatnonzero(wifi & placed).tolist():
        if macs[row] is not None:
            group[row] = first.setdefault(macs[row].casefold(), row)
    keep = wifi & (group == np.arange(len(raw)))
    rejects += [
        Reject(int(raw.lines[row]), Refusal("import.merged_sighting", line=int(raw.lines[group[row]])))
        for row in np.flatnonzero(wifi & ~keep)
    ]
    used = wifi & placed
    sums = [np.bincount(group[used], weight[used] * values[used], len(raw)) for values in (lon, lat)]
    total = np.bincount(group[used], weight[used], len(raw))
    cells = dict(raw.cells)
    for name, values in (("longitude", sums[0]), ("latitude", sums[1])):
        column = cells[columns[f"current{name}"]].copy()
        for row in np.flatnonzero(keep & placed).tolist():
            column[row] = f"{values[row] / total[row]:.8f}"
        cells[columns[f"current{name}"]] = column
    return _kept(replace(raw, cells=cells), keep, rejects, Evidence("kind", "WiGLE", "import.known_header"))


def _kept(raw: RawTable, keep: NDArray[np.bool_], rejects: list[Reject], evidence: Evidence) -> RawTable:
    return replace(
        raw,
        cells={name: column[keep] for name, column in raw.cells.items()},
        lines=raw.lines[keep],
        evidence=(*raw.evidence, evidence),
        unreadable=(*raw.unreadable, *rejects),
    )
