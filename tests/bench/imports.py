"""Field files of other programs, from the file to the committed undo step.

100,000 features of a GeoPackage and a Shapefile beside the plain reading of the same file with pyogrio; a CSV of a
million points beside ``ogr2ogr`` (pyogrio in a process of its own where that is absent), which makes a SpatiaLite file
of it with no staging, matching, journal, search or undo. The million runs in a process of its own, whose greatest
memory is told.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import shapely

from gis.project import Session
from gis.project.importing import apply_staged, read_file, stage_file
from tests.bench import Report, best, city_copy

FEATURES = 100_000
ROWS = 1_000_000
_MILLION = """
import json, resource, sys, time
from pathlib import Path
from gis.exchange.formats import read_raw
from gis.project import Session
from gis.project.importing import Choices, apply_plan, read_parts, stage_parts, understand

path, file = Path(sys.argv[1]), Path(sys.argv[2])
told = {}

def timed(name, work):
    start = time.perf_counter()
    made = work()
    told[name] = time.perf_counter() - start
    return made

with Session.create(path) as session:
    def sniffed():
        form, raw = read_raw(file, rows=500)
        return understand(session, file, form, raw, "wifi_hotspot", Choices())

    def staged():
        return stage_parts(session, read_parts(session, file, "wifi_hotspot"))

    timed("sniff", sniffed)
    plan = timed("dry_run", staged)
    assert plan.counts()["new"] == int(sys.argv[3]), plan.counts()
    done = timed("apply", lambda: apply_plan(session, plan))
    told["applied"] = told["dry_run"] + told["apply"]
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    del plan, done
    timed("undo", session.undo)
    assert session.count("wifi_hotspot") == 0
    told["peak_undo_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""
_PEER = """
import sys
import numpy, pandas, pyogrio, shapely, geopandas
rows = pandas.read_csv(sys.argv[1])
points = shapely.points(rows["经度"].to_numpy(), rows["纬度"].to_numpy())
frame = geopandas.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
pyogrio.write_dataframe(frame, sys.argv[2], driver="SQLite", dataset_options={"SPATIALITE": "YES"})
"""


def run(report: Report) -> None:
    """From the file to the committed undo step; reading alone, or another program's whole import, beside it."""
    _hundred_thousand(report)
    _million(report)


def _hundred_thousand(report: Report) -> None:
    rng = np.random.default_rng(5)
    points = shapely.points(rng.uniform(480_000, 520_000, FEATURES), rng.uniform(3_670_000, 3_710_000, FEATURES))
    codes = [f"BX-{number:06d}" for number in range(FEATURES)]
    frame = geopandas.GeoDataFrame({"code": codes, "name": ["热点"] * FEATURES}, geometry=points, crs="EPSG:4549")
    for driver, ending in (("GPKG", ".gpkg"), ("ESRI Shapefile", ".shp")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"points{ending}"
            pyogrio.write_dataframe(frame, path, driver=driver, encoding="UTF-8" if ending == ".shp" else None)
            peer = best(lambda path=path: pyogrio.read_dataframe(path), 1)  # type: ignore[misc]
            with Session.open(city_copy(10_000, Path(folder))) as session:

                def applied(session: Session = session, path: Path = path) -> None:
                    reading = read_file(session, path, "wifi_hotspot")
                    apply_staged(session, reading, stage_file(session, reading))

                took = best(applied, 1)
            report.add(f"applied_100k{ending.replace('.', '_')}", took, "s", target=15.0, peer=peer)


def _million(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "points.csv"
        write_csv(file, ROWS)
        peer = _peer(file, Path(folder) / "peer.sqlite")
        told: dict[str, Any] = json.loads(
            subprocess.run(
                [sys.executable, "-c", _MILLION, str(Path(folder) / "city.yantu"), str(file), str(ROWS)],
                check=True, capture_output=True, text=True,
            ).stdout
        )  # fmt: skip
    report.add("sniff_1m_csv", told["sniff"], "s", target=1.0)
    report.add("dry_run_1m_csv", told["dry_run"], "s", target=20.0)
    report.add("applied_1m_csv", told["applied"], "s", target=60.0, peer=peer)
    report.add("applied_1m_csv_over_peer", told["applied"] / peer, "×")
    report.add("memory_1m_csv", told["peak_mb"], "MB", target=1024.0)
    report.add("undo_1m_csv", told["undo"], "s")
    report.add("memory_1m_csv_undo", told["peak_undo_mb"], "MB", target=1024.0)


def write_csv(path: Path, rows: int) -> None:
    """Hotspots as a surveyor's export has them: eight columns, about 80 bytes a row."""
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(119.9, 120.4, rows), rng.uniform(33.2, 33.6, rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("编号,名称,经度,纬度,EIRP,SSID,备注,安装日期\n")
        for i in range(rows):
            file.write(
                f"WH-{i:07d},热点{i},{lon[i]:.7f},{lat[i]:.7f},{20 + i % 10},free-{i % 50},第{i % 1000}批,"
                f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}\n"
            )


def _peer(file: Path, target: Path) -> float:
    command = [sys.executable, "-c", _PEER, str(file), str(target)]
    if shutil.which("ogr2ogr"):
        command = [
            "ogr2ogr", "-f", "SQLite", "-dsco", "SPATIALITE=YES", "-gt", "65536", str(target), str(file),
            "-oo", "X_POSSIBLE_NAMES=经度", "-oo", "Y_POSSIBLE_NAMES=纬度", "-oo", "AUTODETECT_TYPE=YES",
            "-a_srs", "EPSG:4326",
        ]  # fmt: skip
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start
