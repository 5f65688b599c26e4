"""Base stations with their cells, and WiFi hotspots at venues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.buildings import INDUSTRY, Buildings
from datasets.city import Draft, days, pick, stream, text, texts
from datasets.frame import Frame
from datasets.premises import K_HOME, Premises
from datasets.roads import Network
from datasets.serving import hilbert
from datasets.settlements import Settlement

TOWER, ROOF, LAMP, INDOOR = range(4)
SITE_KINDS = ("tower", "roof", "lamp", "indoor")
_ROADSIDE_SHARE = 0.22
OPERATORS = ("mobile", "telecom", "unicom", "broadnet")
# technology, band, downlink MHz, bandwidth MHz, gain dBi, EIRP dBm, vertical beamwidth, PCI given, chance by operator
_CARRIERS: tuple[tuple[str, str, float, float, float, float, float, bool, tuple[float, ...]], ...] = (
    ("GSM", "GSM 900", 945.0, 0.2, 15.5, 57.5, 14.0, False, (0.55, 0.0, 0.25, 0.0)),
    ("UMTS", "UMTS 2100", 2140.0, 5.0, 17.5, 60.5, 7.0, False, (0.0, 0.0, 0.40, 0.0)),
    ("LTE", "B3 1800", 1850.0, 20.0, 17.0, 62.0, 8.0, True, (0.45, 0.95, 0.90, 0.0)),
    ("LTE", "B41 2600", 2585.0, 20.0, 17.8, 62.5, 7.0, True, (0.55, 0.0, 0.0, 0.10)),
    ("NR", "n28", 768.0, 30.0, 15.0, 62.0, 15.0, True, (0.22, 0.0, 0.0, 1.0)),
    ("NR", "n41", 2565.0, 100.0, 24.0, 73.0, 6.0, True, (0.60, 0.0, 0.0, 0.15)),
    ("NR", "n78", 3450.0, 100.0, 24.5, 73.5, 6.0, True, (0.0, 0.62, 0.55, 0.0)),
)


@dataclass(frozen=True, slots=True)
class Stations:
    """Sites: ``xy``, ``vertex`` of the street they are reached from, ``kind``, ``height`` m, ``operator``, county."""

    xy: NDArray[np.float64]
    vertex: NDArray[np.int64]
    kind: NDArray[np.int64]
    height: NDArray[np.float64]
    operator: NDArray[np.int64]
    county: NDArray[np.int64]
    address: NDArray[np.object_]


def stations(
    frame: Frame, network: Network, buildings: Buildings, premises: Premises, wanted: int, features: int, seed: int
) -> Stations:
    """Sites where people are, evenly by premises, and some beside country roads."""
    rng = stream(features, seed, "stations")
    roadside = np.unique(network.a[network.link_of >= 0])
    roadside = roadside[network.place[roadside] < 0]
    beside = min(round(wanted * _ROADSIDE_SHARE), len(roadside))
    n = wanted - beside
    order = np.argsort(hilbert(premises.xy, 250.0), kind="stable")
    spot = (np.arange(n) + rng.random(n)) * len(order) / n
    row = premises.building[order[spot.astype(np.int64)]]
    tall = buildings.floors[row] >= 5
    kind = np.where(tall, np.where(rng.random(n) < 0.12, INDOOR, ROOF), np.where(rng.random(n) < 0.2, LAMP, TOWER))
    turn = rng.uniform(0, 2 * np.pi, n)
    away = np.where(kind >= LAMP, 9.0, 16.0) + np.hypot(*buildings.size[row].T) / 2
    off = np.where((kind == ROOF) | (kind == INDOOR), 0.0, away)
    at = buildings.xy[row] + np.stack([np.cos(turn), np.sin(turn)], axis=1) * off[:, None]
    height = np.select(
        [kind == ROOF, kind == INDOOR, kind == LAMP],
        [buildings.height[row] + rng.uniform(2, 5, n), np.full(n, 3.0), rng.uniform(9, 15, n)],
        rng.uniform(28, 50, n),
    )
    vertex = rng.permutation(roadside)[:beside]
    by_road = network.xy[vertex] + rng.choice([-1.0, 1.0], (beside, 2)) * rng.uniform(24, 34, (beside, 2))
    xy = np.concatenate([at, by_road]).round(2)
    towns = np.array([frame.county_names[c] if c >= 0 else "" for c in frame.county_of(xy)], dtype=object)
    return Stations(
        xy=xy,
        vertex=np.concatenate([buildings.vertex[row], vertex]),
        kind=np.concatenate([kind, np.full(beside, TOWER)]),
        height=np.concatenate([height, rng.uniform(35, 55, beside)]).round(1),
        operator=rng.choice(4, wanted, p=[0.46, 0.27, 0.21, 0.06]),
        county=frame.county_of(xy),
        address=np.concatenate([buildings.address[row], texts(f"{name}公路旁" for name in towns[n:])]),
    )


def station_draft(
    made: Stations, cable: NDArray[np.int64], fibre: NDArray[np.int64], features: int, seed: int
) -> Draft:
    """The stations' rows; ``cable`` row numbers (-1 none) and ``fibre`` (0 none) of their backhaul."""
    rng = stream(features, seed, "station rows")
    n = len(made.kind)
    shared = rng.random(n)
    others = {0: "电信、联通", 1: "移动、联通", 2: "移动、电信", 3: "移动"}
    draft = Draft("base_station", n)
    draft.fields = {
        "code": texts(f"JZ-{_letters(c)}-{i:05d}" for i, c in enumerate(made.county.tolist(), 1)),
        "name": texts(f"{address}基站" for address in made.address),
        "status": pick(rng, ["in_service", "out_of_service", "building", "planned"], n, [0.945, 0.015, 0.02, 0.02]),
        "owner": np.where(made.kind == INDOOR, np.array(OPERATORS, dtype=object)[made.operator], "tower"),
        "maintainer": text(n, "铁塔盐城分公司"),
        "installed_on": days(rng, n, "2008-01-01"),
        "source": text(n, "sample"),
        "accuracy_m": np.full(n, 5.0),
        "site_kind": np.array(SITE_KINDS, dtype=object)[made.kind],
        "address": made.address,
        "height_m": made.height,
        "shared_by": texts(
            others[o] if s < 0.55 else None for o, s in zip(made.operator.tolist(), shared, strict=True)
        ),
        "power": pick(rng, ["mains", "transfer", "solar", "hybrid"], n, [0.62, 0.33, 0.01, 0.04]),
        "backhaul_cable": cable,
        "backhaul_fibre": np.where(fibre > 0, fibre, np.nan),
    }
    draft.geometry = shapely.points(made.xy)
    return draft


def cells(made: Stations, features: int, seed: int) -> Draft:
    """Sectors of the stations: three at towers and roofs, two at lamps, one indoors, for each of their carriers."""
    rng = stream(features, seed, "cells")
    n = len(made.kind)
    sectors = np.array([3, 3, 2, 1])[made.kind]
    main = rng.uniform(0, 120, n)
    columns: list[tuple[NDArray, ...]] = []
    carrying = np.zeros((n, len(_CARRIERS)), dtype=bool)
    for number, carrier in enumerate(_CARRIERS):
        carrying[:, number] = rng.random(n) < np.array(carrier[8])[made.operator]
    bare = ~carrying.any(axis=1)
    carrying[bare, np.array([3, 2, 2, 4])[made.operator[bare]]] = True
    for number in range(len(_CARRIERS)):
        site = np.flatnonzero(carrying[:, number])
        row = np.repeat(site, sectors[site])
        sector = np.arange(len(row)) - np.repeat(np.cumsum(sectors[site]) - sectors[site], sectors[site])
        columns.append((row, sector, np.full(len(row), number)))
    site, sector, carrier = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((sector, carrier, site))
    site, sector, carrier = site[order], sector[order], carrier[order]
    m = len(site)
    indoor = made.kind[site] == INDOOR
    small = made.kind[site] >= LAMP
    number = {name: np.array([c[i] for c in _CARRIERS]) for i, name in enumerate(
        ("technology", "band", "mhz", "width", "gain", "eirp", "vertical", "pci"))}  # fmt: skip
    azimuth = (main[site] + sector * np.where(made.kind[site] == LAMP, 180.0, 120.0) + rng.normal(0, 7, m)) % 360
    lower = np.where(small, 14.0, 0.0)
    draft = Draft("cell", m)
    draft.fields = {
        "code": texts(
            f"XQ-{s + 1:05d}-{c}{k + 1}"
            for s, c, k in zip(site.tolist(), carrier.tolist(), sector.tolist(), strict=True)
        ),
        "name": texts(f"{b} {k + 1}扇区" for b, k in zip(number["band"][carrier], sector.tolist(), strict=True)),
        "status": pick(rng, ["in_service", "out_of_service", "planned"], m, [0.965, 0.02, 0.015]),
        "owner": np.array(OPERATORS, dtype=object)[made.operator[site]],
        "installed_on": days(rng, m, "2012-01-01"),
        "source": text(m, "sample"),
        "site": site,
        "technology": number["technology"][carrier].astype(object),
        "band": number["band"][carrier].astype(object),
        "frequency_mhz": number["mhz"][carrier],
        "bandwidth_mhz": number["width"][carrier],
        "pci": np.where(number["pci"][carrier], (site * 3 + sector * 335 + carrier) % 1008, np.nan),
        "azimuth": np.where(indoor, 0.0, np.floor(azimuth * 10) / 10),
        "mechanical_tilt": np.where(indoor, 0.0, rng.integers(0, 5, m)),
        "electrical_tilt": np.where(indoor, 0.0, rng.integers(2, 8, m)),
        "h_beamwidth": np.where(indoor, 360.0, 65.0),
        "v_beamwidth": np.where(indoor, 70.0, number["vertical"][carrier]),
        "gain_dbi": np.where(indoor, 2.0, np.where(small, 12.0, number["gain"][carrier])),
        "eirp_dbm": np.where(indoor, 18.0, number["eirp"][carrier] - lower),
        "antenna_height_m": np.maximum(made.height[site] - np.where(small, 0.0, carrier * 0.8), 2.5).round(1),
    }  # fmt: skip
    draft.geometry = shapely.points(made.xy[site])
    return draft


@dataclass(frozen=True, slots=True)
class Venues:
    """Positions of n hotspots with the premises they belong to; ``indoor``."""

    xy: NDArray[np.float64]
    premises: NDArray[np.int64]
    indoor: NDArray[np.bool_]
    planned: NDArray[np.bool_]


def venues(premises: Premises, buildings: Buildings, wanted: int, features: int, seed: int) -> Venues:
    """Where the hotspots are: offices, shops, schools, hospitals, halls and community centres."""
    rng = stream(features, seed, "venues")
    open_to = np.flatnonzero((premises.kind != K_HOME) & (buildings.use[premises.building] != INDUSTRY))
    order = rng.permutation(open_to)
    row = np.sort(np.resize(order, wanted))
    building = premises.building[row]
    indoor = rng.random(wanted) < 0.62
    turn = rng.uniform(0, 2 * np.pi, wanted)
    inside = buildings.size[building].min(axis=1) * 0.12 * rng.random(wanted)
    outside = np.hypot(*buildings.size[building].T) / 2 + rng.uniform(1, 7, wanted)
    middle = np.where(indoor[:, None], premises.xy[row], buildings.xy[building])
    xy = middle + np.stack([np.cos(turn), np.sin(turn)], axis=1) * np.where(indoor, inside, outside)[:, None]
    return Venues(xy.round(2), row, indoor, rng.random(wanted) < 0.03)


def hotspots(
    made: Venues,
    premises: Premises,
    buildings: Buildings,
    cable: NDArray[np.int64],
    fibre: NDArray[np.int64],
    features: int,
    seed: int,
) -> Draft:
    """The hotspots' rows; ``cable`` and ``fibre`` of their backhaul, -1 and 0 for none."""
    rng = stream(features, seed, "hotspots")
    n = len(made.premises)
    venue = buildings.venue[premises.building[made.premises]]
    low = rng.random(n) < 0.55
    free = rng.random(n) < 0.72
    standard = pick(rng, ["wifi4", "wifi5", "wifi6", "wifi7"], n, [0.18, 0.34, 0.42, 0.06])
    mac = rng.integers(0, 1 << 40, n)
    draft = Draft("wifi_hotspot", n)
    draft.fields = {
        "code": texts(f"RD{i:06d}" for i in range(1, n + 1)),
        "name": texts(f"{v}热点{i % 7 + 1}" for i, v in enumerate(venue)),
        "status": np.where(made.planned, "planned", pick(rng, ["in_service", "out_of_service"], n, [0.95, 0.05])),
        "owner": pick(rng, ["telecom", "mobile", "unicom", "government"], n, [0.35, 0.33, 0.17, 0.15]),
        "installed_on": days(rng, n, "2015-01-01"),
        "source": text(n, "sample"),
        "accuracy_m": np.where(made.indoor, 8.0, 3.0),
        "venue": venue,
        "ssid": np.where(free, "i-Yancheng", pick(rng, ["ChinaNet", "CMCC", "Office", "Guest"], n)),
        "free": free.astype(float),
        "auth": np.where(free, pick(rng, ["portal", "sms", "open"], n), pick(rng, ["psk", "802.1x"], n)),
        "band": np.where(low, "2.4", "5").astype(object),
        "channel": np.where(low, rng.choice([1, 6, 11], n), rng.choice([36, 44, 52, 60, 149, 157, 165], n)),
        "width_mhz": np.where(low, 20, rng.choice([20, 40, 80], n)),
        "eirp_dbm": np.where(low, 20.0, np.where(made.indoor, 23.0, 27.0)),
        "antenna_gain_dbi": np.where(made.indoor, 3.0, 8.0),
        "height_m": np.where(made.indoor, 3.0, rng.uniform(4, 9, n)).round(1),
        "indoor": made.indoor.astype(float),
        "standard": standard,
        "backhaul_cable": cable,
        "backhaul_fibre": np.where(fibre > 0, fibre, np.nan),
        "bssid": texts(f"02:{':'.join(f'{m:010x}'[k : k + 2] for k in range(0, 10, 2))}" for m in mac.tolist()),
    }  # fmt: skip
    draft.geometry = shapely.points(made.xy)
    return draft


def _letters(county: int) -> str:
    return COUNTY_LETTERS[county] if county >= 0 else "YC"


COUNTY_LETTERS = ("TH", "YD", "DF", "XS", "BH", "FN", "SY", "JH", "DT")


def place_letters(places: list[Settlement]) -> NDArray[np.object_]:
    """The two letters of each settlement's county, for codes."""
    return texts(_letters(place.county) for place in places)
