"""Statistics of rasters drawn by hand, against counting on fingers."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.coverage.gaps import Sites, read_gaps, write_gaps
from gis.coverage.grid import Grid, Tile
from gis.coverage.people import Premises
from gis.coverage.regions import Regions
from gis.coverage.roads import road_pieces
from gis.coverage.squares import SquareSums
from gis.coverage.survey import Questions, Survey
from gis.coverage.zonal import ZonalSums
from gis.errors import Refusal
from gis.geometry.columns import Columns
from tests.gis.coverage.test_people import regions
from tests.gis.radio.cities import WKT

GRID = Grid.over((0.0, 0.0, 100.0, 100.0), 10.0)
WHOLE = Tile(0, 0, 10, 10)
NOWHERE = Sites(np.zeros(0, np.int64), np.zeros((0, 2)))
SITES = Sites(np.array([7, 8]), np.array([[5.0, 95.0], [95.0, 45.0]]))


def area(**changes) -> dict:
    return {"code": "A", "level": "town", "population": 100.0, "geom": shapely.box(0, 0, 100, 100), **changes}


def homes(*rows: tuple[float, float, float]) -> Premises:
    x, y, households = np.array(rows, float).reshape(-1, 3).T
    return Premises(x, y, households)


def roads(*lines: list[tuple[float, float]], kind: str = "primary") -> Columns:
    shapes = np.array([*[shapely.LineString(line) for line in lines], None], object)[:-1]
    return Columns("road", np.arange(1, len(lines) + 1), {"road_class": np.array([kind] * len(lines), object)}, shapes)


def places(*rows: tuple[str, float, float]) -> Columns:
    fields = {
        "code": np.array([f"P{i}" for i in range(len(rows))], object),
        "name": np.array([f"校{i}" for i in range(len(rows))], object),
        "kind": np.array([row[0] for row in rows], object),
    }
    return Columns("premises", np.arange(1, len(rows) + 1), fields, shapely.points([row[1:] for row in rows]))


def by_column(*, owners: int = 0):
    """A tile whose levels fall from −60 dBm in the west by 10 dB a column; nobody is heard in the last two."""
    level = np.broadcast_to(-60.0 - 10.0 * np.arange(10), (10, 10)).astype(np.float32).copy()
    probability = np.broadcast_to(1.0 - np.arange(10) / 10.0, (10, 10)).astype(np.float32).copy()
    server = np.zeros((10, 10), np.int32)
    level[:, 8:], probability[:, 8:], server[:, 8:] = -9999.0, 0.0, -1
    operators = None
    if owners:
        operators = np.zeros((10, 10), np.uint32)
        for owner in range(owners):
            operators[:, : 5 - 2 * owner] |= np.uint32(1 << owner)
    return WHOLE, level, probability, server, operators


def surveyed(where: Regions, premises=None, questions=None, sites=NOWHERE, owners=0, **more):
    questions = questions or Questions(-100.0, (-80.0, -100.0), (0.5, 0.9), 10.0, smallest_gap_m2=100.0)
    survey = Survey(GRID, where, homes() if premises is None else premises, questions, **more)
    survey.add(*by_column(owners=owners))
    return survey.statistics((42,), sites, None)


def test_every_case_counts_its_columns() -> None:
    found, _ = surveyed(regions([area()]))
    assert found.main.whole.covered_m2 == 5000.0  # −60 … −100
    assert [(case.value, case.whole.area_share) for case in found.thresholds] == [(-80.0, 0.3), (-100.0, 0.5)]
    assert [case.whole.area_share for case in found.confidence] == [0.6, 0.2]  # 1 … 0.5 and 1, 0.9
    assert found.expected.whole.area_share == pytest.approx((1 + 0.9 + 0.8 + 0.7 + 0.6 + 0.5 + 0.4 + 0.3) / 10)
    assert (found.band.low.whole.area_share, found.band.high.whole.area_share) == (0.4, 0.6)  # 10 dB = one column
    assert found.main.areas.area_share == (0.5,)
    assert found.totals.area_m2 == (10_000.0,)


def test_people_households_and_premises_are_told_apart() -> None:
    found, _ = surveyed(regions([area()]), homes((5, 5, 30), (95, 5, 10), (15, 5, 0), (25, 5, 0)))
    whole = found.main.whole
    assert (whole.population, whole.population_covered, whole.population_share) == (100.0, 75.0, 0.75)
    assert (whole.households, whole.households_covered) == (40.0, 30.0)
    assert (whole.premises, whole.premises_covered, whole.premises_share) == (4, 3, 0.75)
    assert found.expected.whole.population_covered == pytest.approx(75.0)  # certain at 5 m, none at 95 m
    assert found.expected.whole.premises_covered == pytest.approx(1 + 0.9 + 0.8, abs=0.06)


def test_the_urban_area_and_each_area_have_their_own_figures() -> None:
    rows = [
        area(code="L", urban=1, population=30.0, geom=shapely.box(0, 0, 50, 100)),
        area(code="R", population=70.0, geom=shapely.box(50, 0, 100, 100)),
    ]
    found, _ = surveyed(regions(rows), homes((5, 5, 1), (95, 5, 1)), roads=roads([(0, 5), (100, 5)]))
    assert found.main.areas.area_share == (1.0, 0.0)
    assert found.main.areas.population_share == (1.0, 0.0)
    assert found.main.areas.road_share == (1.0, 0.0)
    assert found.main.urban is not None
    assert found.main.urban.area_share == 1.0
    assert found.main.whole.population_share == 0.3


def test_without_areas_the_grid_is_the_whole() -> None:
    found, outlines = surveyed(regions([]), homes((5, 5, 2)))
    assert found.main.whole.area_share == 0.5
    assert found.main.whole.households_share == 1.0
    assert found.main.areas.id == ()
    assert found.gaps.found == 0  # beyond what is heard nobody knows where the city ends
    assert not len(outlines)


def test_road_length_is_exact_by_class() -> None:
    lines = roads([(5, 5), (95, 5)], [(0, 0), (100, 100)])
    found, _ = surveyed(regions([area()]), roads=lines)
    (row,) = found.roads
    assert row.road_class == "primary"
    assert row.length_m == pytest.approx(90 + 100 * np.sqrt(2), abs=0.1)
    assert row.covered_m == pytest.approx(45 + 50 * np.sqrt(2), abs=0.1)
    assert found.main.whole.road_share == row.share


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-40, 140), st.floats(-40, 140)), min_size=2, max_size=6))
def test_pieces_of_a_road_add_up_and_stay_in_their_pixels(line) -> None:
    shape = shapely.LineString(line)
    pieces = road_pieces(GRID, roads(line))
    assert pieces.length_m.sum() == pytest.approx(shapely.clip_by_rect(shape, *GRID.bbox).length, abs=1e-6)
    assert (pieces.length_m <= 10.0 * np.sqrt(2) + 1e-9).all()
    assert (shapely.distance(shape, shapely.points(pieces.x, pieces.y)) < 1e-6).all()


def test_operators_from_none_to_three() -> None:
    questions = Questions(-100.0, (), (), 6.0, owners=("mobile", "telecom", "unicom"))
    found, _ = surveyed(regions([area()]), questions=questions, owners=3)
    assert found.operators is not None
    assert [step.area_share for step in found.operators.exactly] == pytest.approx([0.5, 0.2, 0.2, 0.1])
    assert [case.whole.area_share for case in found.operators.at_least] == [0.5, 0.3, 0.1]
    assert [(case.owner, case.whole.area_share) for case in found.operators.each] == [
        ("mobile", 0.5),
        ("telecom", 0.3),
        ("unicom", 0.1),
    ]
    assert surveyed(regions([area()]))[0].operators is None


def test_listed_places_are_judged_at_their_door() -> None:
    listed = places(("school", 5, 5), ("school", 75, 5), ("hospital", 95, 5), ("school", 500, 5))
    found, _ = surveyed(regions([area()]), places=listed)
    assert [(kind.kind, kind.count, kind.covered) for kind in found.places.kinds] == [
        ("hospital", 1, 0),
        ("school", 2, 1),
    ]
    worst, weak, good = found.places.listed
    assert (worst.code, worst.level, worst.server, worst.covered) == ("P2", None, None, False)
    assert (weak.code, weak.level, weak.server, weak.covered) == ("P1", -130.0, 42, False)
    assert (good.code, good.level, good.probability, good.covered) == ("P0", -60.0, 1.0, True)
    assert good.area == 1
    assert surveyed(regions([]), places=listed)[0].places.listed[-1].area is None


def test_squares_hold_what_the_areas_hold() -> None:
    triangle = shapely.Polygon([(0, 0), (100, 0), (0, 100)])
    questions = Questions(-100.0, (), (), 6.0, grid_m=48.0)  # 50 m: whole pixels
    found, _ = surveyed(regions([area(geom=triangle)]), homes((5, 5, 4), (65, 5, 1)), questions)
    squares = found.grid
    assert squares is not None
    assert squares.size_m == 50.0
    at = {(x, y): i for i, (x, y) in enumerate(zip(squares.west, squares.south, strict=True))}
    assert set(at) == {(0.0, 0.0), (50.0, 0.0), (0.0, 50.0)}  # the fourth does not touch the triangle
    assert squares.area_share[at[0.0, 0.0]] == 1.0
    assert squares.area_share[at[50.0, 0.0]] == 0.0
    assert squares.households_share[at[0.0, 0.0]] == 1.0
    assert squares.households_share[at[50.0, 0.0]] == 0.0
    assert squares.households_share[at[0.0, 50.0]] is None


def test_squares_count_tiles_nobody_reaches() -> None:
    questions = Questions(-100.0, (), (), 6.0, grid_m=50.0)
    survey = Survey(GRID, regions([area()]), homes(), questions)
    found, _ = survey.statistics((), NOWHERE, None)
    assert found.grid is not None
    assert found.grid.area_m2 == (2500.0,) * 4
    assert found.grid.area_share == (0.0,) * 4
    assert found.gaps.found == 1


@pytest.mark.parametrize("size", [5.0, -100.0, float("nan")])
def test_senseless_squares_are_refused(size: float) -> None:
    with pytest.raises(Refusal) as refused:
        SquareSums(GRID, size)
    assert refused.value.code == "coverage.bad_grid"
    with pytest.raises(Refusal, match="too_many"):
        SquareSums(Grid.over((0, 0, 10_000, 10_000), 10.0), 10.0)


def test_gaps_are_ranked_by_people_and_know_their_nearest_site() -> None:
    level = np.full((10, 10), -60.0, np.float32)
    level[2:4, 2:4] = -120.0  # 400 m² with 1 of 4 households
    level[6:9, 6:9] = -9999.0  # 900 m² where nobody lives
    level[0, 9] = -9999.0  # 100 m², under the smallest
    server = np.where(level < -9000, -1, 0).astype(np.int32)
    questions = Questions(-100.0, (), (), 6.0, smallest_gap_m2=200.0)
    survey = Survey(
        GRID, regions([area()]), homes((25, 75, 1), (5, 5, 3)), questions, roads=roads([(0, 75), (100, 75)])
    )
    survey.add(WHOLE, level, np.zeros((10, 10), np.float32), server)
    found, outlines = survey.statistics((42,), SITES, None)
    first, second = found.gaps.ranked
    assert (found.gaps.found, found.gaps.area_m2, found.gaps.people) == (2, 1300.0, 25.0)
    assert (first.rank, first.people, first.households, first.premises, first.area_m2) == (1, 25.0, 1.0, 1, 400.0)
    assert first.road_m == pytest.approx(20.0)
    assert first.bbox == (20.0, 60.0, 40.0, 80.0)
    assert (first.site, first.site_m) == (7, pytest.approx(np.hypot(15, 15), abs=0.05))
    assert (second.site, second.site_m, second.people) == (8, pytest.approx(np.hypot(5, 5), abs=0.1), 0.0)
    assert (second.area, second.area_name) == (1, "A")
    for gap, outline in zip(found.gaps.ranked, outlines, strict=True):
        assert outline.area == gap.area_m2
        assert outline.contains(shapely.Point(gap.x, gap.y))


def test_where_no_premises_are_known_people_are_spread_over_the_area() -> None:
    found, _ = surveyed(regions([area()]))
    (gap,) = found.gaps.ranked
    assert (gap.area_m2, gap.people) == (5000.0, 50.0)


def test_gaps_end_at_the_border_of_the_areas() -> None:
    found, outlines = surveyed(regions([area(geom=shapely.box(0, 0, 70, 100))]))
    assert outlines[0].bounds == (50.0, 0.0, 70.0, 100.0)
    assert found.gaps.area_m2 == 2000.0


def test_a_gap_ends_where_the_smallest_area_ends() -> None:
    rows = [
        area(population=float("nan")),
        area(code="S", level="community", parent=1, population=40.0, geom=shapely.box(0, 0, 100, 30)),
        area(code="N", level="community", parent=1, population=60.0, geom=shapely.box(0, 30, 100, 100)),
    ]
    found, outlines = surveyed(regions(rows))
    assert [(gap.area_name, gap.area_m2, gap.people) for gap in found.gaps.ranked] == [
        ("N", 3500.0, 30.0),
        ("S", 1500.0, 20.0),
    ]
    assert outlines[1].bounds == (50.0, 0.0, 100.0, 30.0)


def test_gaps_of_a_large_grid_are_found_on_a_coarser_one(monkeypatch) -> None:
    monkeypatch.setattr("gis.coverage.gaps._MOST_PIXELS", 30)
    found, outlines = surveyed(regions([area()]))
    assert found.gaps.found == 1
    assert outlines[0].bounds[0] in (40.0, 60.0)  # a pixel of 20 m, half of it covered, counts as covered
    assert found.gaps.area_m2 == pytest.approx(4000.0)
    assert found.gaps.pixel_m == 20.0


def test_gaps_are_written_and_read(tmp_path) -> None:
    found, outlines = surveyed(regions([area()]), sites=SITES)
    write_gaps(tmp_path / "gaps.gpkg", found.gaps, outlines, WKT)
    frame = read_gaps(tmp_path / "gaps.gpkg")
    assert frame["rank"].tolist() == [1]
    assert frame.geometry[0].equals(outlines[0])
    nothing, none = surveyed(regions([]))
    write_gaps(tmp_path / "none.gpkg", nothing.gaps, none, WKT)
    assert len(read_gaps(tmp_path / "none.gpkg")) == 0
    with pytest.raises(Refusal):
        read_gaps(tmp_path / "missing.gpkg")


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_sums_by_area_are_those_of_exact_pieces(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 1, (2, 10, 10)).astype(np.float32)
    triangle = shapely.Polygon(rng.uniform(-20, 120, (3, 2)))
    sums = ZonalSums(GRID, np.array([triangle, shapely.box(0, 0, 100, 100)], object), 2)
    sums.add(WHOLE, values)
    for raster in range(2):
        exact = sum(
            triangle.intersection(shapely.box(j * 10, 90 - i * 10, j * 10 + 10, 100 - i * 10)).area
            * float(values[raster, i, j])
            for i in range(10)
            for j in range(10)
        )
        assert sums.sums_m2[raster] == pytest.approx([exact, values[raster].sum(dtype=float) * 100], rel=1e-4, abs=0.01)
