"""Two runs side by side: differences pixel by pixel, shares by area, and what cannot be compared."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.coverage.raster import read_levels
from gis.editing.intents import Create, Update
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.project import Session
from gis.project.analysis import run_analysis, run_file
from gis.project.comparing import compare_runs

X, Y = 500_000.0, 3_690_000.0


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A district of 4 km² with a mast of one sector to the north."""
    with Session.create(tmp_path / "city.sqlite") as made:
        district = shapely.MultiPolygon([shapely.box(X, Y, X + 2000, Y + 2000)])
        made.perform(
            Create("area", [{"code": "320902", "name": "亭湖区", "level": "county", "population": 900,
                             "geom": district}])
        )  # fmt: skip
        place = shapely.Point(X + 1000, Y + 1000)
        site = made.perform(Create("base_station", [{"code": "B1", "geom": place}])).created["base_station"][0]
        made.perform(
            Create("cell", [{"code": "C1", "site": site, "technology": "LTE", "frequency_mhz": 1800.0, "azimuth": 0.0,
                             "eirp_dbm": 40.0, "geom": place}])
        )  # fmt: skip
        yield made


def test_a_turned_sector_gains_on_one_side_and_loses_on_the_other(session: Session, tmp_path: Path) -> None:
    a = run_analysis(session, "cells", technology="LTE", resolution_m=10.0)
    session.perform(Update("cell", session.ids("cell").tolist(), {"azimuth": 180.0}))
    b = run_analysis(session, "cells", technology="LTE", resolution_m=10.0)
    found = compare_runs(session, a, b, tmp_path / "difference.tif")
    first, second = (read_levels(run_file(session, run)) for run in (a, b))
    change = read_levels(found.path)
    both = (first > -9999.0) & (second > -9999.0)
    assert np.array_equal(change[both], second[both] - first[both])
    only = (first == -9999.0) & (second > -9999.0)
    assert only.any()
    assert found.floor is not None
    assert np.array_equal(change[only], second[only] - np.float32(found.floor))
    assert (change[(first == -9999.0) & (second == -9999.0)] == -9999.0).all()
    covered = first >= -105.0, second >= -105.0
    assert found.gained_m2 == 100.0 * np.count_nonzero(covered[1] & ~covered[0]) > 0
    assert found.lost_m2 == 100.0 * np.count_nonzero(covered[0] & ~covered[1]) > 0
    assert found.kept_m2 == 100.0 * np.count_nonzero(covered[0] & covered[1]) > 0
    either = change[change > -9999.0]
    assert found.mean == pytest.approx(float(either.mean(dtype=float)), abs=1e-3)
    assert found.middle == pytest.approx(float(np.median(either)), abs=0.26)
    assert found.inputs_changed
    assert found.settings == {}
    assert [area.code for area in found.areas] == ["320902"]
    assert found.areas[0].area_share_b == b.summary["areas"][0]["area_share"]
    assert found.whole.area_change == pytest.approx(
        b.summary["headline"]["area_share"] - a.summary["headline"]["area_share"], abs=1e-6
    )
    assert found.as_json()["whole"]["area_change"] == found.whole.area_change


def test_a_run_equals_itself(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "cells", technology="LTE", resolution_m=10.0)
    for layer in ("coverage", "sinr", "probability"):
        found = compare_runs(session, run, run, tmp_path / f"{layer}.tif", layer=layer)
        assert found.gained_m2 == found.lost_m2 == 0.0
        assert found.kept_m2 > 0.0
        assert found.mean == 0.0
        assert found.middle == pytest.approx(0.0, abs=0.26)


def test_other_resolutions_and_thresholds_are_compared_and_told(session: Session, tmp_path: Path) -> None:
    a = run_analysis(session, "cells", technology="LTE", resolution_m=20.0)
    b = run_analysis(session, "cells", technology="LTE", resolution_m=10.0, threshold_dbm=-95.0, load=0.9)
    found = compare_runs(session, a, b, tmp_path / "difference.tif")
    assert found.resolution_m == 10.0
    assert found.settings == {"load": (None, 0.9), "resolution_m": (20.0, 10.0), "threshold_dbm": (-105.0, -95.0)}
    assert found.lost_m2 > 0.0
    assert found.gained_m2 < 0.05 * found.lost_m2
    assert not found.inputs_changed
    change = read_levels(found.path)
    fine, coarse = read_levels(run_file(session, b)), read_levels(run_file(session, a))
    spread = np.kron(coarse, np.ones((2, 2), np.float32))[: fine.shape[0], : fine.shape[1]]
    both = (fine > -9999.0) & (spread > -9999.0)
    assert np.array_equal(change[both], (fine - spread)[both])


def test_what_cannot_be_compared_is_refused(session: Session, tmp_path: Path) -> None:
    session.perform(Create("wifi_hotspot", [{"code": "W1", "free": True, "geom": shapely.Point(X + 500, Y + 500)}]))
    cells = run_analysis(session, "cells", technology="LTE", resolution_m=20.0, layers=("coverage",))
    wifi = run_analysis(session, "wifi", resolution_m=20.0)
    with pytest.raises(Refusal) as refused:
        compare_runs(session, cells, wifi, tmp_path / "difference.tif")
    assert refused.value.code == "radio.runs_differ"
    with pytest.raises(Refusal) as refused:
        compare_runs(session, cells, cells, tmp_path / "difference.tif", layer="sinr")
    assert refused.value.code == "radio.no_common_layer"
    assert "{" not in refused.value.message("zh") + refused.value.hint("en")
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        compare_runs(session, cells, cells, tmp_path / "difference.tif", progress=stopped)
