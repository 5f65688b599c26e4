"""The field files are what they say: encoding, rows, and which rows are bad."""

import csv
import json
from pathlib import Path

import pytest

from datasets.field_files import write_camera_geojson, write_hotspot_csv


def inside(lon: float, lat: float) -> bool:
    return 119.4 < lon < 121.0 and 32.5 < lat < 34.5


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_hotspot_list(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "hotspots.csv"
    written = write_hotspot_csv(path, 60, seed=7, encoding=encoding)
    if encoding == "gb18030":
        with pytest.raises(UnicodeDecodeError):
            path.read_text("utf-8")
    with path.open(encoding=encoding, newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == written.rows == 60
    assert sorted(written.bad.values()) == ["latitude", "missing", "zero"]
    for line, row in enumerate(table, start=2):
        reason = written.bad.get(line)
        if reason == "missing":
            assert row["经度"] == row["纬度"] == ""
        else:
            assert inside(float(row["经度"]), float(row["纬度"])) == (reason is None)
    assert len({row["编号"] for row in table}) == 60


def test_camera_geojson(tmp_path: Path) -> None:
    path = tmp_path / "cameras.geojson"
    written = write_camera_geojson(path, 30, seed=3)
    features = json.loads(path.read_text("utf-8"))["features"]
    assert len(features) == written.rows == 30
    for i, feature in enumerate(features):
        good = feature["geometry"] is not None and inside(*feature["geometry"]["coordinates"])
        assert good == (i not in written.bad)
        gb28181 = feature["properties"]["gb28181_id"]
        assert len(gb28181) == 20
        assert gb28181[10:13] == "132"


def test_same_seed_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_hotspot_csv(tmp_path / f"{name}.csv", 20, seed=1)
        write_camera_geojson(tmp_path / f"{name}.geojson", 20, seed=1)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.geojson").read_bytes() == (tmp_path / "b.geojson").read_bytes()
    write_hotspot_csv(tmp_path / "c.csv", 20, seed=2)
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()
