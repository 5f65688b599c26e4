"""What whole analyses count beyond their rows by area."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.gaps import read_gaps
from gis.coverage.raster import read_levels
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.radio.analysis import GAPS_FILE, Result, Wish, analyse
from gis.radio.co_location import sharing
from tests.gis.radio.cities import CELL, city, columns

LAND = [{"geom": shapely.box(0, 0, 8000, 8000)}]
MASTS = [
    {"geom": shapely.Point(2000, 4000), "owner": "mobile", "h_beamwidth": 360.0},
    {"geom": shapely.Point(2060, 4000), "owner": "telecom", "h_beamwidth": 360.0},
    {"geom": shapely.Point(6000, 4000), "owner": None, "h_beamwidth": 360.0},
]


def counted(tmp_path: Path, **wish) -> Result:
    given_wish = {"technology": "LTE", "model": "hata", "resolution_m": 40.0, **wish}
    return analyse(city(MASTS, cls="cell", areas=LAND), Wish("cells", **given_wish), tmp_path / "c.tif")


def test_a_run_counts_the_steps_of_its_legend_and_keeps_them(tmp_path: Path) -> None:
    result = counted(tmp_path)
    found = result.statistics
    assert [case.value for case in found.thresholds] == sorted({case.value for case in found.thresholds}, reverse=True)
    assert found.main.value == -105.0
    assert found.main in found.thresholds
    assert found.main.whole.area_share == pytest.approx(result.rows[0].area_share, abs=1e-6)
    summary = json.loads(json.dumps(result.summary()))
    assert {"main", "thresholds", "confidence", "expected", "band", "totals", "operators", "roads", "places"} <= {
        *summary
    }
    assert {"grid", "gaps", "sharing", "areas", "headline", "layers"} <= {*summary}
    levels = read_levels(tmp_path / "c.tif")
    for case in found.thresholds:
        assert case.whole.area_share == pytest.approx((levels >= case.value).mean(), abs=1e-6)


def test_a_harder_case_never_covers_more(tmp_path: Path) -> None:
    found = counted(tmp_path, thresholds=(-85.0, -115.0), confidence=(0.9, 0.5)).statistics
    for cases in (found.thresholds, tuple(reversed(found.confidence))):
        shares = [case.whole.area_share for case in cases]
        assert shares == sorted(shares)
        assert shares[0] < shares[-1]
    assert [case.value for case in found.thresholds] == [-85.0, -105.0, -115.0]
    low, high = found.band.low.whole.area_share, found.band.high.whole.area_share
    assert low < found.main.whole.area_share < high
    assert found.band.error_db == 6.0
    assert not found.band.calibrated


def test_a_threshold_under_the_usual_floor_is_counted_all_the_same(tmp_path: Path) -> None:
    """Levels are kept as deep as somebody counts: −130 dBm reaches farther than the floor of −120."""
    found = counted(tmp_path, thresholds=(-121.0, -130.0)).statistics
    assert found.thresholds[-1].whole.area_share > found.thresholds[-2].whole.area_share


def test_operators_are_counted_and_who_has_no_name_is_told(tmp_path: Path) -> None:
    result = counted(tmp_path)
    found = result.statistics.operators
    assert found is not None
    assert found.owners == ("mobile", "telecom")
    alone = [counted(tmp_path, owner=owner).statistics.main.whole.area_share for owner in ("mobile", "telecom")]
    assert [case.whole.area_share for case in found.each] == pytest.approx(alone, abs=1e-6)
    assert sum(step.area_share for step in found.exactly) == pytest.approx(1.0, abs=1e-5)
    (note,) = [note for note in result.notes if note.code == "radio.operator_unknown"]
    assert note.args["count"] == 1
    assert counted(tmp_path, owner="mobile").statistics.operators is None
    for note in result.notes:
        assert "{" not in note.text("zh") + note.text("en")


def test_sites_that_could_be_shared_are_told(tmp_path: Path) -> None:
    found = counted(tmp_path).statistics.sharing
    assert found is not None
    assert (found.sites, found.near, found.together, found.unknown) == (2, 2, 0, 1)
    assert [(pair.owner, pair.other_owner, pair.distance_m) for pair in found.pairs] == [("mobile", "telecom", 60.0)]
    nearer = counted(tmp_path, sharing_m=50.0).statistics.sharing
    assert nearer is not None
    assert nearer.pairs == ()


def test_outlines_of_gaps_lie_beside_the_levels(tmp_path: Path) -> None:
    result = counted(tmp_path)
    frame = read_gaps(tmp_path / GAPS_FILE)
    assert len(frame) == result.statistics.gaps.found > 0
    whole = result.statistics.main.whole
    assert frame.geometry.area.sum() == pytest.approx(whole.area_m2 - whole.covered_m2, rel=1e-6)
    assert frame["site"].isin([1, 2, 3]).all()


def test_equal_inputs_give_equal_statistics(tmp_path: Path) -> None:
    first, again = counted(tmp_path, grid_m=500.0), counted(tmp_path, grid_m=500.0)
    assert dataclasses.asdict(first.statistics) == dataclasses.asdict(again.statistics)


def test_hotspots_have_no_operators_and_smaller_gaps(tmp_path: Path) -> None:
    hotspots = city([{"geom": shapely.Point(1000, 1000)}], premises=[{"geom": shapely.Point(1000, 1100)}])
    found = analyse(hotspots, Wish("wifi", resolution_m=5.0), tmp_path / "c.tif").statistics
    assert found.operators is None
    assert found.sharing is None
    assert found.gaps.smallest_m2 == 2500.0
    assert found.main.whole.households == 1.0


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        pytest.param({"confidence": (75.0,)}, "radio.bad_confidence", id="a percentage"),
        pytest.param({"thresholds": (-500.0,)}, "radio.bad_threshold", id="no level"),
        pytest.param({"median_error_db": -1.0}, "radio.bad_median_error", id="a negative error"),
        pytest.param({"smallest_gap_m2": float("nan")}, "radio.bad_distance", id="no number"),
        pytest.param({"sharing_m": -5.0}, "radio.bad_distance", id="a negative distance"),
        pytest.param({"grid_m": 1.0}, "coverage.bad_grid", id="squares under a pixel"),
    ],
)
def test_senseless_wishes_are_refused(tmp_path: Path, wish: dict, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        counted(tmp_path, **wish)
    assert refused.value.code == code
    for language in ("zh", "en"):
        assert "{" not in refused.value.message(language)


def stations(places: list[tuple[float, float, str | None]]) -> Columns:
    rows = [{"geom": shapely.Point(x, y), "owner": owner} for x, y, owner in places]
    return columns("cell", CELL, rows)


def test_a_mast_of_three_sectors_is_one_site() -> None:
    found = sharing(stations([(0, 0, "mobile")] * 3 + [(0, 0, "telecom")] * 3), 100.0)
    assert (found.sites, found.near, found.together) == (2, 2, 2)
    (pair,) = found.pairs
    assert (pair.site, pair.other, pair.distance_m) == (1, 4, 0.0)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(["a", "b", None])), max_size=14))
def test_pairs_are_those_of_a_plain_search(places) -> None:
    found = sharing(stations([(10.0 * x, 10.0 * y, owner) for x, y, owner in places]), 75.0)
    sites = sorted({place for place in places if place[2]})
    near = [
        np.hypot(a[0] - b[0], a[1] - b[1]) * 10.0
        for i, a in enumerate(sites)
        for b in sites[i + 1 :]
        if a[2] != b[2] and np.hypot(a[0] - b[0], a[1] - b[1]) * 10.0 <= 75.0
    ]
    assert found.sites == len(sites)
    assert [pair.distance_m for pair in found.pairs] == pytest.approx(sorted(near), abs=0.006)
