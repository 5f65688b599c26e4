"""Backups and copies: whole, of one moment, and readable by the libraries they are made for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from gis.catalogue import Catalogue
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.storage.store import Store
from tests.gis.storage.content import X, Y, areas, everything, hotspots, rename, roads


@pytest.fixture
def filled(store: Store) -> Store:
    store.load_bulk([hotspots(range(1, 3000)), roads(range(3001, 3100)), areas([4001])])
    rename(store, 1, "新")
    return store


def test_backup_is_a_whole_project(filled: Store, tmp_path: Path, catalogue: Catalogue) -> None:
    target = tmp_path / "copy.yantu"
    seen: list[tuple[float, float, str]] = []
    filled.backup(target, Progress(lambda *report: seen.append(report)))
    assert seen[-1][0] == seen[-1][1] > 0
    assert sorted(p.name for p in tmp_path.iterdir() if "copy" in p.name) == ["copy.yantu"]
    with Store.open(target, catalogue) as copy:
        assert everything(copy) == everything(filled)
        assert copy.verify() == []
        assert copy.undo(author="x").seq == 1  # the history came along
    assert everything(filled)["wifi_hotspot"][0][2] == "新"


def test_backup_while_someone_writes(filled: Store, tmp_path: Path, catalogue: Catalogue) -> None:
    before = everything(filled)
    target = tmp_path / "copy.yantu"
    filled.backup(target, Progress(lambda done, total, label: rename(filled, 2, f"{done}") and None))
    assert everything(filled) != before
    with Store.open(target, catalogue) as copy:
        assert everything(copy) == before
        assert copy.verify() == []


def test_nothing_is_overwritten_and_nothing_half_is_left(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "there.yantu"
    target.write_text("mine")
    for act in (filled.backup, filled.vacuum_copy):
        with pytest.raises(Refusal, match=r"storage\.exists"):
            act(target)
        with pytest.raises(Refusal, match=r"storage\.no_folder"):
            act(tmp_path / "none" / "a.yantu")
    assert target.read_text() == "mine"
    progress = Progress(lambda done, total, label: progress.cancel())
    before = set(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        filled.backup(tmp_path / "other.yantu", progress)
    assert {p.name for p in before} >= {p.name for p in tmp_path.iterdir()}


def test_backup_to_a_full_disk(filled: Store, tmp_path: Path) -> None:
    code = """
import resource, signal, sys
from pathlib import Path
from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.storage.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), load_catalogue(), readonly=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for act in (store.backup, store.vacuum_copy):
    try:
        act(Path(sys.argv[2]))
    except Refusal as refusal:
        print(refusal.code)
"""
    target = tmp_path / "copy.yantu"
    done = subprocess.run(
        [sys.executable, "-c", code, str(filled.path), str(target)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["storage.disk", "storage.disk"], done.stderr
    assert [p.name for p in tmp_path.iterdir() if "copy" in p.name] == []


def test_copy_for_others_is_compact(filled: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite"
    filled.vacuum_copy(target)
    plain = apsw.Connection(str(target))
    assert plain.pragma("journal_mode") == "delete"
    assert plain.pragma("integrity_check") == "ok"
    assert plain.pragma("freelist_count") == 0
    plain.close()


def test_gdal_reads_the_copy(filled: Store, tmp_path: Path) -> None:
    """What QGIS will see: layers with kind, CRS and extent. In a child, because GDAL must never touch our open file."""
    target = tmp_path / "copy.sqlite"
    filled.vacuum_copy(target)
    code = """
import json, sys
import pyogrio
path = sys.argv[1]
layers = {name: kind for name, kind in pyogrio.list_layers(path)}
info = pyogrio.read_info(path, layer="wifi_hotspot", force_feature_count=True, force_total_bounds=True)
frame = pyogrio.read_dataframe(path, layer="wifi_hotspot", where="id = 1")
splices = pyogrio.read_dataframe(path, layer="splice")
near = pyogrio.read_dataframe(path, layer="road", bbox=tuple(map(float, sys.argv[2:6])))
print(json.dumps({
    "layers": layers, "crs": info["crs"], "count": info["features"], "bounds": info["total_bounds"],
    "fields": dict(zip(info["fields"].tolist(), info["dtypes"].tolist())), "name": frame["name"][0],
    "x": frame.geometry.x[0], "roads": len(near), "splices": len(splices),
}))
"""
    window = [str(v) for v in (X, Y + 1.5, X + 10, Y + 3.5)]
    done = subprocess.run(
        [sys.executable, "-c", code, str(target), *window], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    kinds = {"wifi_hotspot": "Point", "road": "LineString", "building": "Polygon", "area": "MultiPolygon"}
    assert {name: seen["layers"][name] for name in kinds} == kinds
    assert "splice" not in seen["layers"]  # GDAL lists tables without geometry on demand only
    assert seen["splices"] == 0
    assert seen["crs"] == "EPSG:4549"
    assert seen["count"] == 2999
    assert seen["bounds"] == pytest.approx([X, Y, X + 9990, Y])
    assert (seen["name"], seen["x"], seen["roads"]) == ("新", X + 10, 2)
    fields = seen["fields"]
    assert fields["eirp_dbm"] == "float64"
    assert fields["channel"].startswith("int")
    assert fields["installed_on"].startswith("datetime64")
