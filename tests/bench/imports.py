"""Field files of other programs: 100,000 features of a GeoPackage and a Shapefile, read, staged and written.

The peer is the plain reading of the same file with pyogrio in this process, with no staging, matching or journal.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import shapely

from gis.project import Session
from gis.project.importing import apply_staged, read_file, stage_file
from tests.bench import Report, best, city_copy

FEATURES = 100_000


def run(report: Report) -> None:
    """From the file to the committed undo step, into a small city; reading alone beside its peer."""
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
