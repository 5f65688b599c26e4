"""Cameras at crossings, campuses, hospitals, compounds and squares, with direction and GB/T 28181 ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.buildings import HOME, HOSPITAL, PUBLIC, SCHOOL, SHOP, Buildings
from datasets.city import Draft, days, pick, stream, text, texts
from datasets.frame import Frame
from datasets.roads import Network

SITES = ("road", "campus", "hospital", "community", "square", "commercial")
_MIX = np.array([0.44, 0.15, 0.06, 0.20, 0.06, 0.09])
_USE_OF_SITE = {1: SCHOOL, 2: HOSPITAL, 3: HOME, 4: PUBLIC, 5: SHOP}
_INDUSTRY = {0: "04", 1: "02", 2: "02", 3: "01", 4: "00", 5: "01"}  # GB/T 28181-2016 annex D: road traffic, inside, …


@dataclass(frozen=True, slots=True)
class Cameras:
    """Positions, ``azimuth`` degrees from north, ``site`` number of SITES, ``place_name``, county, ``planned``."""

    xy: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    site: NDArray[np.int64]
    place_name: NDArray[np.object_]
    county: NDArray[np.int64]
    planned: NDArray[np.bool_]


def cameras(frame: Frame, network: Network, buildings: Buildings, wanted: int, features: int, seed: int) -> Cameras:
    """Where the cameras stand and which way they look."""
    rng = stream(features, seed, "cameras")
    site = np.sort(rng.choice(len(SITES), wanted, p=_MIX))
    xy = np.empty((wanted, 2))
    azimuth = np.empty(wanted)
    named = np.empty(wanted, dtype=object)
    for number in range(len(SITES)):
        rows = np.flatnonzero(site == number)
        here = np.flatnonzero(buildings.use == _USE_OF_SITE.get(number, -1))
        if number == 0 or len(here) == 0:
            site[rows] = 0
            xy[rows], azimuth[rows], named[rows] = _at_crossings(rng, network, len(rows))
        else:
            building = np.resize(rng.permutation(here), len(rows))
            xy[rows], azimuth[rows] = _at_buildings(rng, buildings, building)
            named[rows] = buildings.venue[building]
    xy = xy.round(2)
    return Cameras(xy, np.floor(azimuth * 10) / 10, site, named, frame.county_of(xy), rng.random(wanted) < 0.025)


def _at_crossings(
    rng: np.random.Generator, network: Network, n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """On a pole at a corner, looking down one of the crossing's streets; greater streets first."""
    edges = np.flatnonzero((network.place[network.a] >= 0) & (network.place[network.b] >= 0))
    weight = np.array([0, 9, 8, 5, 1.5, 0.5, 0.2])[network.grade[edges]] * rng.random(len(edges))
    chosen = np.resize(edges[np.argsort(-weight, kind="stable")][: max(1, n)], n)
    turned = rng.random(n) < 0.5
    start = np.where(turned, network.b[chosen], network.a[chosen])
    end = np.where(turned, network.a[chosen], network.b[chosen])
    along = network.xy[end] - network.xy[start]
    along /= np.hypot(*along.T)[:, None]
    across = np.stack([along[:, 1], -along[:, 0]], axis=1)
    xy = network.xy[start] + along * rng.uniform(11, 17, (n, 1)) + across * rng.uniform(9, 13, (n, 1))
    look = np.degrees(np.arctan2(along[:, 0], along[:, 1])) + rng.normal(0, 6, n)
    return xy, look % 360, texts(f"{name}路口" for name in network.street[chosen])


def _at_buildings(
    rng: np.random.Generator, buildings: Buildings, building: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At a corner of the building, looking outward."""
    n = len(building)
    corner = rng.choice([-1.0, 1.0], (n, 2))
    local = corner * (buildings.size[building] / 2 + 0.6)
    heading = buildings.heading[building]
    cos, sin = np.cos(heading), np.sin(heading)
    out = np.stack([local[:, 0] * cos - local[:, 1] * sin, local[:, 0] * sin + local[:, 1] * cos], axis=1)
    look = np.degrees(np.arctan2(out[:, 0], out[:, 1])) + rng.normal(0, 25, n)
    return buildings.xy[building] + out, look % 360


def draft(
    frame: Frame,
    made: Cameras,
    cable: NDArray[np.int64],
    fibre: NDArray[np.int64],
    networked: NDArray[np.bool_],
    features: int,
    seed: int,
) -> Draft:
    """The cameras' rows; ``cable`` and ``fibre`` of their uplink, -1 and 0 for none."""
    rng = stream(features, seed, "camera rows")
    n = len(made.site)
    kind = pick(rng, ["fixed", "ptz", "dome", "panoramic"], n, [0.62, 0.2, 0.13, 0.05])
    wide = kind == "panoramic"
    serial = np.arange(1, n + 1)
    county = np.where(made.county >= 0, made.county, 0)
    codes = [frame.county_codes[c] for c in county.tolist()]
    ids = [
        f"{code}00{_INDUSTRY[site]}{'131' if k == 'fixed' else '132'}0{number:06d}"
        for code, site, k, number in zip(codes, made.site.tolist(), kind, serial.tolist(), strict=True)
    ]
    police = np.isin(made.site, (0, 4))
    hosts = rng.integers(1, 254, (n, 3))
    mac = rng.integers(0, 1 << 40, n)
    rows = Draft("camera", n)
    rows.fields = {
        "code": texts(f"JK{number:06d}" for number in serial.tolist()),
        "name": texts(f"{name}监控{i % 9 + 1}" for i, name in enumerate(made.place_name)),
        "status": np.where(made.planned, "planned", pick(rng, ["in_service", "out_of_service"], n, [0.972, 0.028])),
        "owner": np.where(police, "police", pick(rng, ["government", "other"], n, [0.4, 0.6])),
        "installed_on": days(rng, n, "2014-01-01"),
        "source": text(n, "sample"),
        "accuracy_m": np.full(n, 3.0),
        "gb28181_id": texts(ids),
        "camera_class": np.where(police, "1", pick(rng, ["2", "3"], n, [0.7, 0.3])),
        "site_kind": np.array(SITES, dtype=object)[made.site],
        "kind": kind,
        "azimuth": made.azimuth,
        "hfov": np.where(wide, 180.0, rng.choice([38.0, 54.0, 72.0, 90.0], n)),
        "vfov": np.where(wide, 80.0, rng.choice([22.0, 31.0, 42.0], n)),
        "tilt": rng.uniform(8, 24, n).round(1),
        "height_m": np.where(made.site == 0, rng.uniform(5.5, 7.5, n), rng.uniform(3.2, 6.0, n)).round(1),
        "resolution_px": rng.choice([1920, 2560, 3840], n, p=[0.35, 0.4, 0.25]),
        "night_range_m": rng.choice([30.0, 50.0, 80.0, 150.0], n),
        "networked": networked.astype(float),
        "storage_days": rng.choice([30, 60, 90], n, p=[0.5, 0.1, 0.4]),
        "sign_posted": (rng.random(n) < 0.94).astype(float),
        "filing_number": texts(
            f"盐公图备{code}{number:06d}" if filed else None
            for code, number, filed in zip(codes, serial.tolist(), rng.random(n) < 0.9, strict=True)
        ),
        "uplink_cable": cable,
        "uplink_fibre": np.where(fibre > 0, fibre, np.nan),
        "ip_address": texts(f"10.{a}.{b}.{c}" for a, b, c in hosts.tolist()),
        "mac_address": texts(f"02:{':'.join(f'{m:010x}'[k : k + 2] for k in range(0, 10, 2))}" for m in mac.tolist()),
    }  # fmt: skip
    rows.geometry = shapely.points(made.xy)
    return rows
