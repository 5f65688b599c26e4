"""Plate readers on roads and the issuance of electronic plates; counts only, no plate and no owner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from datasets.city import Draft, days, pick, stream, text, texts
from datasets.frame import Frame
from datasets.roads import LANES, Network
from datasets.streets import HALF_WIDTH_M, SECONDARY

PERIODS = ("2023", "2024", "2025", "2026")
VEHICLES = ("motor", "ebike", "other")
LEAST_APART_M = 50.0  # GB/T 35785: nearer readers disturb each other
_PAIRED_M = 60.0
_FORWARD, _BACKWARD, _BOTH = range(3)


@dataclass(frozen=True, slots=True)
class Readers:
    """Read points: position, ``road`` row, ``direction`` (0 forward, 1 backward, 2 both), ``azimuth``, ``planned``."""

    xy: NDArray[np.float64]
    road: NDArray[np.int64]
    direction: NDArray[np.int64]
    azimuth: NDArray[np.float64]
    planned: NDArray[np.bool_]


def readers(network: Network, wanted: int, features: int, seed: int) -> Readers:
    """Up to ``wanted`` read points on main roads, at most one a road between two crossings."""
    rng = stream(features, seed, "readers")
    weight = np.array([6.0, 8, 6, 4, 0.5, 0.05, 0.0])[network.grade] * rng.random(len(network.grade))
    road = np.argsort(-weight, kind="stable")[:wanted]
    road = np.sort(road[network.grade[road] <= SECONDARY + 1])
    n = len(road)
    direction = rng.choice(3, n, p=[0.38, 0.38, 0.24])
    # Halfway along, on the verge of the side that is watched (right-hand traffic).
    first = network.offsets[road] + (np.diff(network.offsets)[road] - 1) // 2
    start, end = network.coords[first], network.coords[first + 1]
    along = end - start
    along /= np.hypot(*along.T)[:, None]
    right = np.stack([along[:, 1], -along[:, 0]], axis=1)
    side = np.where(direction == _BACKWARD, -1.0, 1.0)
    xy = (start + end) / 2 + right * (side * (HALF_WIDTH_M[network.grade[road]] + 1.0))[:, None]
    look = np.degrees(np.arctan2(along[:, 0], along[:, 1]))
    look = np.where(direction == _FORWARD, look + 180, look)  # antennas face the oncoming traffic
    xy = xy.round(2)
    close = cKDTree(xy).query_pairs(LEAST_APART_M, output_type="ndarray") if n else np.empty((0, 2), dtype=np.int64)
    keep = np.ones(n, dtype=bool)
    keep[close[:, 1]] = False
    planned = rng.random(n) < 0.05
    return Readers(xy[keep], road[keep], direction[keep], np.floor(look[keep] % 360 * 10) / 10, planned[keep])


def reader_draft(
    network: Network,
    made: Readers,
    camera_xy: NDArray[np.float64],
    cable: NDArray[np.int64],
    fibre: NDArray[np.int64],
    features: int,
    seed: int,
) -> Draft:
    """The readers' rows; ``cable`` and ``fibre`` of their uplink, -1 and 0 for none."""
    rng = stream(features, seed, "reader rows")
    n = len(made.road)
    lanes = LANES[network.grade[made.road]]
    watched = np.where(made.direction == _BOTH, lanes, np.maximum(lanes // 2, 1))
    passive = rng.random(n) < 0.72
    paired = np.full(n, -1, dtype=np.int64)
    if len(camera_xy) and n:
        far, near = cKDTree(camera_xy).query(made.xy)
        paired = np.where(far <= _PAIRED_M, near, -1)
    draft = Draft("plate_reader", n)
    draft.fields = {
        "code": texts(f"DP{i:05d}" for i in range(1, n + 1)),
        "name": texts(f"{street}采集点" for street in network.street[made.road]),
        "status": np.where(made.planned, "planned", pick(rng, ["in_service", "out_of_service"], n, [0.96, 0.04])),
        "owner": text(n, "police"),
        "installed_on": days(rng, n, "2019-01-01"),
        "source": text(n, "sample"),
        "accuracy_m": np.full(n, 2.0),
        "road": made.road,
        "direction": np.array(["forward", "backward", "both"], dtype=object)[made.direction],
        "lanes_watched": watched,
        "mount": np.where(lanes >= 4, "gantry", "pole").astype(object),
        "antennas": np.where(passive, watched, 1),
        "height_m": np.where(lanes >= 4, 6.2, 5.5),
        "azimuth": made.azimuth,
        "band": np.where(passive, "920", "2450").astype(object),
        "power_dbm": np.where(passive, 33.0, 13.0),
        "range_m": np.where(passive, 20.0, 60.0),
        "paired_camera": paired,
        "uplink_cable": cable,
        "uplink_fibre": np.where(fibre > 0, fibre, np.nan),
    }
    draft.geometry = shapely.points(made.xy)
    return draft


def issuance(frame: Frame, features: int, seed: int) -> Draft:
    """Plates issued by county, vehicle class and year, as totals at the year's end; counties only, they add up."""
    rng = stream(features, seed, "issuance")
    rows = []
    for county in range(len(frame.county_codes)):
        now = (frame.county_numbers[county, 2], *_nonmotor(int(frame.county_numbers[county, 3])))
        pace = rng.normal(0, 0.03)
        for vehicle, (total, start, end) in enumerate(zip(now, (0.34, 0.56, 0.12), (0.87, 0.95, 0.52), strict=True)):
            for k, period in enumerate(PERIODS):
                registered = round(int(total) * (0.91 + 0.03 * k))
                rate = float(np.clip(start + (end - start) * (k / 3) ** 0.8 + pace + rng.normal(0, 0.01), 0.02, 0.995))
                issued = round(registered * rate)
                rows.append((1 + county, period, VEHICLES[vehicle], registered, issued, issued // 40, issued // 90))
    columns = list(zip(*rows, strict=True))
    draft = Draft("plate_issuance", len(rows))
    draft.fields = {
        "source": text(len(rows), "sample"),
        "area": np.array(columns[0], dtype=np.int64),
        "period": texts(columns[1]),
        "vehicle_class": texts(columns[2]),
        "registered": np.array(columns[3], dtype=float),
        "issued": np.array(columns[4], dtype=float),
        "replaced": np.array(columns[5], dtype=float),
        "cancelled": np.array(columns[6], dtype=float),
    }
    return draft


def _nonmotor(total: int) -> tuple[int, int]:
    ebikes = round(total * 0.82)
    return ebikes, total - ebikes
