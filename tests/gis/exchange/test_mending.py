"""Polygons a little wrong are put right and told; those nobody can understand are refused as before."""

import json
from pathlib import Path

import numpy as np
import shapely

from gis.catalogue import load_catalogue
from gis.exchange.formats import read_raw
from gis.exchange.mapping import guess_mapping
from gis.exchange.mending import mended
from gis.exchange.placement import guess_placement
from gis.exchange.staging import stage
from gis.geometry.columns import Columns

CRS = "EPSG:4549"
WHOLE = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]
#: A border that doubles back on itself for 20 m, as digitisers leave it.
SPUR = [(0, 0), (1000, 0), (1000, 500), (1020, 500), (1000, 500), (1000, 1000), (0, 1000), (0, 0)]
#: A loop of a square metre where the border crosses itself.
LOOP = [(0, 0), (1000, 0), (1000, 1000), (500, 1000), (499, 1001), (499, 999), (500, 1000.5), (0, 1000), (0, 0)]
EIGHT = [(0, 0), (1000, 1000), (1000, 0), (0, 1000), (0, 0)]


def shapes(*rings) -> np.ndarray:
    made = np.empty(len(rings), dtype=object)
    made[:] = [None if ring is None else shapely.Polygon(ring) for ring in rings]
    return made


def test_little_faults_go_and_the_rest_stays() -> None:
    given = shapes(WHOLE, SPUR, LOOP, EIGHT, None)
    made, rows = mended(given)
    assert rows.tolist() == [1, 2]
    assert shapely.is_valid(made[:3]).all()
    assert np.abs(shapely.area(made[:3]) - 1e6).max() < 1000.0
    assert not shapely.is_valid(made[3])
    assert made[4] is None
    assert not shapely.is_valid(given[1]), "what was given is not changed"


def test_other_shapes_pass_through() -> None:
    given = np.array([shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon()], dtype=object)
    made, rows = mended(given)
    assert made is given
    assert not len(rows)


def test_a_file_of_borders_comes_in_with_a_word_about_it(tmp_path: Path) -> None:
    base = np.array([500_000.0, 3_690_000.0])
    features = [
        {"type": "Feature", "properties": {"code": f"A{i}", "name": "区", "level": "town"},
         "geometry": {"type": "Polygon", "coordinates": [(np.array(ring) + base).tolist()]}}
        for i, ring in enumerate((WHOLE, SPUR, EIGHT))
    ]  # fmt: skip
    path = tmp_path / "a.geojson"
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    _, raw = read_raw(path)
    cls = load_catalogue()["area"]
    mapping = guess_mapping(raw, cls)
    names = sorted({*mapping.sources, "code"})
    nothing = Columns("area", np.empty(0, np.int64), {n: np.empty(0, object) for n in names}, np.empty(0, object))
    staged = stage(raw, cls, mapping, guess_placement(raw, CRS), CRS, nothing, bounds=(3e5, 3e6, 7e5, 4e6))
    assert staged.counts()["new"] == 2
    assert [reject.why.code for reject in staged.rejects] == ["edit.invalid_geometry"]
    told = {e.what: e for e in staged.evidence}["mended"]
    assert told.value == "1"
    assert told.args["lines"] == str(raw.lines[1])
