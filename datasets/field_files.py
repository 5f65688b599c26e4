"""Small files as they come from the field, made here: a hotspot list from an office, cameras as GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from datasets.frame import SRID, Frame, load_frame, names
from datasets.settlements import core_position

HEADERS = ("编号", "名称", "场所", "经度", "纬度", "SSID", "是否免费", "频段", "信道", "权属单位", "安装日期", "备注")
_OWNERS = ("移动", "电信", "联通", "政府")


@dataclass(frozen=True, slots=True)
class Written:
    """What a field file holds: ``rows`` in all, and the ``bad`` ones by line of the file (first line 1) or, in
    GeoJSON, by feature from 0, each with its reason."""

    rows: int
    bad: dict[int, str]


def write_hotspot_csv(path: Path, n: int, seed: int, encoding: str = "gb18030") -> Written:
    """A hotspot list of n rows with Chinese headers, in longitude and latitude of CGCS2000.

    From 5 rows on, one has no coordinates, one a latitude of 95 and one its coordinates in the sea off Africa (0, 0).
    """
    rng = np.random.default_rng([seed, n, 1])
    lonlat = _positions(rng, n)
    words = names()
    kinds = [*words["places"]["shops"], *words["places"]["hospitals"], *words["places"]["publics"]]
    stems = words["streets"]["stems"]
    bad = _bad_rows(rng, n)
    rows = []
    for i in range(n):
        venue = stems[int(rng.integers(len(stems)))] + kinds[int(rng.integers(len(kinds)))]
        free, low = bool(rng.random() < 0.8), bool(rng.random() < 0.6)
        lon, lat = f"{lonlat[i, 0]:.6f}", f"{lonlat[i, 1]:.6f}"
        if i in bad:
            lon, lat = {"missing": ("", ""), "latitude": (lon, "95.000000"), "zero": ("0", "0")}[bad[i]]
        day = np.datetime64("2022-01-01") + int(rng.integers(0, 1400))
        rows.append(
            (
                f"WX{seed:02d}-{i + 1:05d}",
                f"{venue}热点",
                venue,
                lon,
                lat,
                "i-Yancheng" if free else "ChinaNet",
                "是" if free else "否",
                "2.4 GHz" if low else "5 GHz",
                int(rng.choice([1, 6, 11])) if low else int(rng.choice([36, 44, 149, 157])),
                _OWNERS[int(rng.integers(len(_OWNERS)))],
                str(day),
                "外业采集，含“引号”与,逗号" if i % 17 == 0 else "",
            )
        )
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(HEADERS)
    writer.writerows(rows)
    Path(path).write_bytes(buffer.getvalue().encode(encoding))
    return Written(n, {i + 2: reason for i, reason in sorted(bad.items())})


def write_camera_geojson(path: Path, n: int, seed: int) -> Written:
    """Cameras as a GeoJSON FeatureCollection in longitude and latitude; from 5 features on, one without geometry,
    one beyond the pole and one at (0, 0)."""
    rng = np.random.default_rng([seed, n, 2])
    frame = load_frame(20_000, 1)
    lonlat = _positions(rng, n)
    to_project = Transformer.from_crs(4490, SRID, always_xy=True)
    county = frame.county_of(np.stack(to_project.transform(*lonlat.T), axis=1))
    stems = names()["streets"]["stems"]
    bad = _bad_rows(rng, n)
    features = []
    for i in range(n):
        at: list[float] | None = [round(float(v), 7) for v in lonlat[i]]
        if i in bad:
            at = {"missing": None, "latitude": [lonlat[i, 0].round(7), 95.0], "zero": [0.0, 0.0]}[bad[i]]
        properties: dict[str, Any] = {
            "code": f"GX{seed:02d}-{i + 1:05d}",
            "name": f"{stems[int(rng.integers(len(stems)))]}路口监控",
            "gb28181_id": f"{frame.county_codes[int(county[i])]}0004132{0}{seed % 100:02d}{i % 10_000:04d}",
            "camera:direction": round(float(rng.uniform(0, 359.9)), 1),
            "camera:angle": float(rng.choice([54.0, 72.0, 90.0])),
            "camera:type": str(rng.choice(["fixed", "ptz", "dome"])),
            "height": round(float(rng.uniform(4, 8)), 1),
            "networked": bool(rng.random() < 0.8),
        }
        geometry = None if at is None else {"type": "Point", "coordinates": at}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    document = {"type": "FeatureCollection", "name": "cameras", "features": features}
    Path(path).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return Written(n, dict(sorted(bad.items())))


def _positions(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Longitudes and latitudes (n, 2) within the city: three in four in its core, the others around county seats."""
    frame = load_frame(20_000, 1)
    centres = np.vstack([core_position()[None], frame.town_xy[frame.county_seats]])
    found = np.empty((0, 2))
    while len(found) < n:
        which = np.where(rng.random(2 * n) < 0.75, 0, rng.integers(1, len(centres), 2 * n))
        spread = np.where(which == 0, 1500.0, 700.0)[:, None]
        near = centres[which] + rng.normal(0, 1, (2 * n, 2)) * spread
        found = np.vstack([found, near[_inside(frame, near)]])
    lon, lat = Transformer.from_crs(SRID, 4490, always_xy=True).transform(*found[:n].T)
    return np.stack([lon, lat], axis=1)


def _inside(frame: Frame, xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(shapely.contains_xy(frame.outline, xy))


def _bad_rows(rng: np.random.Generator, n: int) -> dict[int, str]:
    if n < 5:
        return {}
    rows = rng.choice(n, 3, replace=False).tolist()
    return dict(zip(rows, ("missing", "latitude", "zero"), strict=True))
