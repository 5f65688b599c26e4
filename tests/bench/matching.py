"""A file beside a large project: a dry run of a million rows, and rows matched with a million features.

The dry run is made in a process of its own, from reading the CSV to every row's outcome, so that its memory is its own.
The peer of matching by place is geopandas' nearest join of the same points, which says nothing of attributes, changes
or conflicts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas
import numpy as np
import shapely

from gis.catalogue import load_catalogue
from gis.editing.values import stored
from gis.exchange.formats import read_raw
from gis.exchange.mapping import guess_mapping
from gis.exchange.placement import guess_placement
from gis.geometry.columns import Columns
from gis.project import Session
from gis.project.staging_store import stage_rows
from gis.storage.store import Store
from tests.bench import Report, best

FEATURES = 1_000_000
ROWS = 100_000
_HEADER = "编号,名称,东坐标,北坐标,状态,权属单位,EIRP,是否免费"
_DRY = """
import json, re, sys, time
from pathlib import Path
from gis.project import Session
from gis.project.importing import Choices, read_file, stage_file
with Session.open(sys.argv[1]) as session:
    start = time.perf_counter()
    choices = Choices(match=("code", "distance", "attributes"))
    staged = stage_file(session, read_file(session, Path(sys.argv[2]), "wifi_hotspot", choices))
    took = time.perf_counter() - start
# Of this program alone: what the kernel counts for children begins with their parent's.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"s": took, "mb": peak, **staged.counts()}))
"""


def run(report: Report) -> None:
    """Dry runs into an empty project and one that has it all, then a tenth of the rows by code and by place."""
    with tempfile.TemporaryDirectory() as folder:
        columns = _hotspots()
        empty, full = Path(folder) / "empty.yantu", Path(folder) / "full.yantu"
        Session.create(empty).close()
        store = Store.create(full, load_catalogue(), "EPSG:4549", "")
        store.load_bulk([columns])
        store.close()
        whole = _write(columns, np.arange(FEATURES), Path(folder) / "whole.csv")
        for name, project, outcome in (("dry_run_1m", empty, "new"), ("again_1m_in_1m", full, "same")):
            found = json.loads(_child(project, whole))
            if found[outcome] != FEATURES:
                raise ValueError(f"{name}: {found}")
            report.add(name, found["s"], "s", target=20.0)
            report.add(f"{name}_memory", found["mb"], "MB", target=1024.0)
        some = np.sort(np.random.default_rng(2).choice(FEATURES, ROWS, replace=False))
        mine, theirs = (geopandas.GeoSeries(columns.geometry[which]) for which in (some, slice(None)))
        peer = best(lambda: theirs.sindex.nearest(mine, max_distance=1.0), 1)
        for way, codes in (("code", True), ("place", False)):
            path = _write(columns, some, Path(folder) / f"{way}.csv", codes=codes)
            with Session.open(full) as session:
                took = best(lambda session=session, path=path: _match(session, path), 2)  # type: ignore[misc]
            report.add(f"100k_in_1m_by_{way}", took, "s", target=20.0, peer=None if codes else peer)


def _match(session: Session, path: Path) -> None:
    kind = session.catalogue["wifi_hotspot"]
    _, raw = read_raw(path)
    placement = guess_placement(raw, session.crs.to_string())
    found = stage_rows(session, raw, kind, guess_mapping(raw, kind, placement.columns), placement)
    if found.counts()["same"] != ROWS:
        raise ValueError(f"{path.name}: {found.counts()}")


def _child(project: Path, file: Path) -> str:
    command = [sys.executable, "-c", _DRY, str(project), str(file)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _hotspots() -> Columns:
    rng = np.random.default_rng(1)
    cls = load_catalogue()["wifi_hotspot"]
    fields = {f.name: stored(f, [f.default])[np.zeros(FEATURES, int)] for f in cls.fields}
    fields["code"] = np.array([f"RD-{number:07d}" for number in range(FEATURES)], dtype=object)
    fields["name"] = np.array([f"热点{number}" for number in range(FEATURES)], dtype=object)
    fields["owner"] = np.array(["mobile", "telecom", "unicom"], dtype=object)[rng.integers(0, 3, FEATURES)]
    fields["eirp_dbm"] = rng.integers(10, 30, FEATURES).astype(np.float64)
    points = shapely.points(rng.uniform(470_000, 540_000, FEATURES), rng.uniform(3_640_000, 3_740_000, FEATURES))
    return Columns(cls.name, np.arange(1, FEATURES + 1, dtype=np.int64), fields, points)


def _write(columns: Columns, which: np.ndarray, path: Path, *, codes: bool = True) -> Path:
    fields = {name: column[which] for name, column in columns.fields.items()}
    assert columns.geometry is not None
    xy = shapely.get_coordinates(columns.geometry[which])
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER + "\n")
        rows = zip(fields["code"], fields["name"], xy, fields["status"], fields["owner"], fields["eirp_dbm"],
                   fields["free"], strict=True)  # fmt: skip
        for code, name, (x, y), status, owner, eirp, free in rows:
            file.write(f"{code if codes else ''},{name},{x:.3f},{y:.3f},{status},{owner},{eirp:g},{free:g}\n")
    return path
