"""Lists of what receivers heard: WiGLE gives one row a sighting, OpenCelliD and MLS the cells of the world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.exchange.placement import fold
from gis.exchange.raw import Evidence, RawTable, Reject
from gis.exchange.text_cells import MendedCells
from gis.exchange.transforms import Source, cells_of
from gis.geometry.angles import parse_angles

#: Mobile country codes of the mainland, Hong Kong and Macau: ITU-T E.212.
CHINA_MCC = ("460", "461", "454", "455")
#: What the evidence "kind" calls a WiGLE file.
SIGHTINGS = "WiGLE"
#: What the evidence "kind" calls a list of the world's cells.
CELL_LIST = "OpenCelliD / MLS"
#: Network of the mainland -> whose it is (entries of the code list "owner").
_NETWORKS = {
    "mobile": (0, 2, 4, 7, 8, 13), "unicom": (1, 6, 9, 10), "telecom": (3, 5, 11, 12), "broadnet": (15,),
}  # fmt: skip
_WIGLE = ("mac", "ssid", "currentlatitude", "currentlongitude", "rssi", "type")
_CELLS = ("radio", "mcc", "lon", "lat")
_RADIOS = frozenset({"GSM", "UMTS", "LTE", "CDMA", "NR", "NBIOT"})
#: The order of OpenCelliD's files of one country, which have no header: https://wiki.opencellid.org/wiki/Menu_map_view.
_UNNAMED = ("radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range", "samples", "changeable", "created",
            "updated", "averageSignal")  # fmt: skip
#: WiGLE's kinds of sender and the letters of its older files; access points are what is taken unless said otherwise.
_KINDS = {
    "WIFI": "WIFI", "W": "WIFI", "NR": "NR", "N": "NR", "LTE": "LTE", "L": "LTE", "WCDMA": "WCDMA", "D": "WCDMA",
    "GSM": "GSM", "G": "GSM", "CDMA": "CDMA", "C": "CDMA", "BLE": "BLE", "E": "BLE", "BT": "BT", "B": "BT",
}  # fmt: skip


def understood(raw: RawTable, kind: str | None = None) -> RawTable:
    """The table as its header asks for, or as it is where the header is nobody's.

    ``kind``: which senders of a WiGLE file, one of its ``layers``; "*": every sighting of all, as it was. Raises
    Refusal ``import.no_layer``.
    """
    columns = {fold(name): name for name in raw.columns}
    if all(name in columns for name in _WIGLE):
        if kind == "*":
            return replace(raw, evidence=(*raw.evidence, Evidence("kind", SIGHTINGS, "import.known_header")))
        return _wigle(raw, columns, kind)
    if all(name in columns for name in _CELLS) and ("cell" in columns or "cid" in columns):
        return _cells(raw)
    if len(raw.columns) == len(_UNNAMED) and raw.columns[0] == "column 1" and _lists_cells(raw.part(0, 100)):
        names = dict(zip(_UNNAMED, raw.columns, strict=True))
        return _cells(replace(raw, columns=_UNNAMED, cells=MendedCells(raw.cells, names, {})))
    return raw


def _lists_cells(head: RawTable) -> bool:
    radio, mcc = (head.cells[name] for name in head.columns[:2])
    return bool(len(head)) and all(cell in _RADIOS for cell in radio) and all(
        cell is not None and len(cell) == 3 and cell.isdigit() for cell in mcc
    )  # fmt: skip


def _cells(raw: RawTable) -> RawTable:
    return replace(raw, evidence=(*raw.evidence, Evidence("kind", CELL_LIST, "import.known_header")))


def lists_cells(raw: RawTable) -> bool:
    """Whether a table is a list of the world's cells, as it was understood."""
    return any(told.what == "kind" and told.value == CELL_LIST for told in raw.evidence)


def of_china(raw: RawTable) -> RawTable:
    """A list of cells without those of networks elsewhere, each of which is told; any other table as it is."""
    columns = {fold(name): name for name in raw.columns}
    if not lists_cells(raw):
        return raw
    mcc = raw.cells[columns["mcc"]]
    keep = np.isin(mcc.astype(str), CHINA_MCC)
    reasons: dict[str, Refusal] = {}
    rejects = []
    for row in np.flatnonzero(~keep).tolist():
        code = mcc[row] or "–"
        reason = reasons.setdefault(code, Refusal("import.foreign_network", mcc=code))
        rejects.append(Reject(int(raw.lines[row]), reason))
    return _kept(raw, keep, rejects)


def cell_sources(raw: RawTable) -> dict[str, Source]:
    """Of a list of cells, what names each and whose it is: field -> Source; nothing of any other table.

    The code is radio-mcc-net-area-cell, which is a cell's name in the world (3GPP TS 23.003, 4.3 and 19.6).
    """
    if not lists_cells(raw):
        return {}
    columns = {fold(name): name for name in raw.columns}
    parts = [
        next((columns[n] for n in names if n in columns), None)
        for names in (("radio",), ("mcc",), ("net", "mnc"), ("area", "lac", "tac"), ("cell", "cid"))
    ]
    if any(part is None for part in parts):
        return {}
    first, mcc, net, *rest = (part for part in parts if part is not None)
    sources = {"code": Source(first, join=(mcc, net, *rest), glue="-")}
    owner = Source(mcc, join=(net,), glue="-")
    words = set(cells_of(raw, owner)) - {None}
    if any(str(word).startswith(CHINA_MCC) for word in words):
        sources["owner"] = replace(owner, values={word: _owner(str(word)) for word in sorted(words)})
    return sources


def _owner(word: str) -> str:
    mcc, _, net = word.partition("-")
    known = mcc == "460" and net.isdigit()
    return next((owner for owner, nets in _NETWORKS.items() if known and int(net) in nets), "other")


def _wigle(raw: RawTable, columns: dict[str, str], wanted: str | None) -> RawTable:
    """One row a sender, at the mean of its sightings weighted by received power (dBm as milliwatts)."""
    import pandas as pd

    given, first = pd.factorize(raw.cells[columns["type"]])
    known = np.array([*(_KINDS.get(str(kind).upper(), str(kind)) for kind in first), "–"], dtype=object)
    kinds = known[given]
    layers = tuple(dict.fromkeys(kind for kind in (*_KINDS.values(), *known[:-1]) if kind in set(known[:-1])))
    if wanted is not None and wanted not in layers:
        raise Refusal("import.no_layer", layer=wanted, known=", ".join(layers))
    layer = wanted or "WIFI"
    chosen = np.asarray(kinds == layer, dtype=bool)
    reasons = {kind: Refusal("import.not_wifi" if layer == "WIFI" else "import.other_sender", kind=kind, layer=layer)
               for kind in dict.fromkeys(known)}  # fmt: skip
    rejects = [Reject(int(raw.lines[row]), reasons[kinds[row]]) for row in np.flatnonzero(~chosen).tolist()]
    lon, lat = (_numbers(raw, columns[f"current{name}"]) for name in ("longitude", "latitude"))
    power = _numbers(raw, columns["rssi"])
    weight = 10 ** (np.where(np.isfinite(power), np.clip(power, -120, 0), -100) / 10)
    placed = np.isfinite(lon) & np.isfinite(lat) & ~((lon == 0) & (lat == 0))
    group = np.arange(len(raw))
    used = np.flatnonzero(chosen & placed)
    senders = np.array([None if mac is None else mac.casefold() for mac in raw.cells[columns["mac"]][used]], object)
    number, _ = pd.factorize(senders)
    _, at = np.unique(number, return_index=True)
    heads = used[at]
    named = number >= 0
    group[used[named]] = heads[number[named] + (1 if (number < 0).any() else 0)]
    keep = chosen & (group == np.arange(len(raw)))
    rejects += [
        Reject(int(raw.lines[row]), Refusal("import.merged_sighting", line=int(raw.lines[group[row]])))
        for row in np.flatnonzero(chosen & ~keep).tolist()
    ]
    total = np.bincount(group[used], weight[used], len(raw))
    shown = np.flatnonzero(keep & placed)
    own = {}
    for name, values in (("longitude", lon), ("latitude", lat)):
        column = raw.cells[columns[f"current{name}"]].copy()
        mean = np.bincount(group[used], weight[used] * values[used], len(raw))[shown] / total[shown]
        column[shown] = [f"{value:.8f}" for value in mean]
        own[columns[f"current{name}"]] = column
    mended = MendedCells(raw.cells, {name: name for name in raw.columns}, own)
    evidence = Evidence("kind", SIGHTINGS, "import.known_header")
    several = len(layers) > 1
    table = replace(raw, cells=mended, layers=layers if several else (), layer=layer if several else None)
    return _kept(table, keep, rejects, evidence)


def _numbers(raw: RawTable, column: str) -> NDArray[np.float64]:
    numbers = raw.numbers(column)
    return parse_angles(raw.cells[column]) if numbers is None else numbers


def _kept(raw: RawTable, keep: NDArray[np.bool_], rejects: list[Reject], *evidence: Evidence) -> RawTable:
    table = raw if keep.all() else raw.taken(np.flatnonzero(keep))
    return replace(table, evidence=(*raw.evidence, *evidence), unreadable=(*raw.unreadable, *rejects))
