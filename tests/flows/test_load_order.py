"""The libraries that carry their own GEOS and PROJ live with the spatial extension in one process, in our order.

Each story runs in a fresh process, where nothing has been imported before the project is opened; the extension comes
first and the rest after, as when a window's panels are opened one by one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OPENED = """
import sys
from pathlib import Path
from gis.project import Session
session = Session.open(Path(sys.argv[1]))
assert session.count("area")
"""
STORIES = {
    "analysis": """
from threading import Thread
found = []
def work():
    from gis.project.analysis import run_analysis
    found.append(run_analysis(session, "wifi", resolution_m=25))
worker = Thread(target=work)
worker.start()
worker.join()
assert found and found[0].summary["areas"]
""",
    "libraries": """
import exactextract, geopandas, pyogrio, pyproj, rasterio.warp, shapely
x, y = pyproj.Transformer.from_crs(4326, 4549, always_xy=True).transform(120.0, 33.4)
assert abs(x - 500000) < 1e-3
assert rasterio.warp.transform("EPSG:4326", "EPSG:4549", [120.0], [33.4])[0][0] - x < 1e-3
frame = session.frame("area")
assert frame.to_crs(4326).geometry.is_valid.all()
assert shapely.area(shapely.Point(0, 0).buffer(1)) > 3
from gis.exchange.features import write_features
write_features(frame, session.catalogue["area"], Path(sys.argv[1]).with_suffix(".gpkg"))
assert len(pyogrio.read_dataframe(Path(sys.argv[1]).with_suffix(".gpkg"))) == len(frame)
""",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from datasets.sample import make

    path = tmp_path_factory.mktemp("order") / "city.yantu"
    make(path, 1_000)
    return path


@pytest.mark.parametrize("story", sorted(STORIES))
def test_whatever_comes_after_the_extension_works(project: Path, story: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", OPENED + STORIES[story] + "session.close()", str(project)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
