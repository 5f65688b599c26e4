"""Whole analyses of small cities against plain geometry and arithmetic."""

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from numba import get_num_threads, set_num_threads

from gis.coverage.raster import read_levels
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.analysis import LAYERS, Wish, analyse
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.services import uplink_floor_dbm
from tests.gis.radio.cities import city

MIDDLE = shapely.Point(1000, 1000)
# EIRP 20 dBm, 2442 MHz: 69.75 dB at the breakpoint of 30 m; of the 95 dB allowed, 25.25 are left at 35 dB a decade.
RADIUS_24_M = 30.0 * 10 ** ((95.0 - (32.4478 + 20 * math.log10(2442.0) + 20 * math.log10(0.03))) / 35.0)


def notes_of(result) -> set[str]:
    return {note.code for note in result.notes}


def test_one_hotspot_covers_a_circle(tmp_path: Path) -> None:
    result = analyse(city([{"geom": MIDDLE}]), Wish("wifi", model="tgn", resolution_m=2.0), tmp_path / "c.tif")
    expected = math.pi * RADIUS_24_M**2
    assert pytest.approx(158.0, abs=1.0) == RADIUS_24_M
    assert result.rows[0].covered_m2 == pytest.approx(expected, rel=0.01)
    assert result.rows[0].area_share == pytest.approx(expected / 4e6, rel=0.01)
    assert result.rows[0].sites == 1
    assert {"radio.plain_circle", "radio.median"} <= notes_of(result)


def test_where_sight_is_weighed_levels_are_means_and_the_run_says_so(tmp_path: Path) -> None:
    """Two cases of unlike chance: their mean in dB is not their median, and a fringe counts by its probability."""
    weighed = analyse(city([{"geom": MIDDLE}]), Wish("wifi", resolution_m=5.0), tmp_path / "a.tif")
    median, likely, expected = _shares(weighed)
    assert "radio.sight_weighed" in notes_of(weighed)
    assert median != likely
    assert expected > max(median, likely)
    plain = analyse(city([{"geom": MIDDLE}]), Wish("wifi", model="tgn", resolution_m=5.0), tmp_path / "b.tif")
    median, likely, expected = _shares(plain)
    assert "radio.sight_weighed" not in notes_of(plain)
    assert median == likely
    assert expected > median


def _shares(result) -> tuple[float, float, float]:
    """Area by level, where at least 50 % likely, and expected."""
    found = result.statistics
    (even,) = (case for case in found.confidence if case.value == 0.5)
    return found.main.whole.area_share, even.whole.area_share, found.expected.whole.area_share


def test_free_space_alone_covers_the_circle_of_its_formula(tmp_path: Path) -> None:
    """A threshold so high that the circle ends before the breakpoint: pure P.525, −45 dBm at about 23 m."""
    radius = 1000.0 * 10 ** ((65.0 - 32.4478 - 20 * math.log10(2442.0)) / 20.0)
    flat = math.sqrt(radius**2 - 2.5**2)  # hotspot 4 m, receiver 1.5 m above ground
    result = analyse(
        city([{"geom": MIDDLE}], areas=[{"geom": shapely.box(900, 900, 1100, 1100)}]),
        Wish("wifi", model="tgn", resolution_m=0.5, threshold_dbm=-45.0),
        tmp_path / "c.tif",
    )
    assert radius < 30.0
    assert result.rows[0].covered_m2 == pytest.approx(math.pi * flat**2, rel=0.01)


def test_overlap_counts_once(tmp_path: Path) -> None:
    points = [shapely.Point(900, 1000), shapely.Point(1100, 1000)]
    circles = [point.buffer(RADIUS_24_M, 64) for point in points]
    result = analyse(
        city([{"geom": point} for point in points]), Wish("wifi", model="tgn", resolution_m=2.0), tmp_path / "c.tif"
    )
    assert result.rows[0].covered_m2 == pytest.approx(shapely.union_all(circles).area, rel=0.01)
    assert result.rows[0].covered_m2 < 0.9 * sum(circle.area for circle in circles)


def test_people_are_those_of_the_premises_in_reach(tmp_path: Path) -> None:
    homes = [
        {"geom": shapely.Point(1000, 1100), "households": 3},
        {"geom": shapely.Point(1000, 1150), "households": 5},
        {"geom": shapely.Point(1000, 1170), "households": 8},
        {"geom": shapely.Point(100, 100), "households": None},  # a home without a figure counts one
        {"geom": shapely.Point(1000, 1000), "households": None, "kind": "school"},  # nobody lives there
    ]
    result = analyse(
        city([{"geom": MIDDLE}], premises=homes), Wish("wifi", model="tgn", resolution_m=2.0), tmp_path / "c.tif"
    )
    row = result.rows[0]
    assert row.population_share == pytest.approx(8 / 17, abs=1e-6)
    assert row.population_covered == round(1000 * 8 / 17)
    assert row.population_basis == "premises"


def test_only_free_hotspots_in_service_count(tmp_path: Path) -> None:
    rows = [
        {"geom": MIDDLE},
        {"geom": shapely.Point(200, 200), "free": 0},
        {"geom": shapely.Point(1800, 200), "free": None},
        {"geom": shapely.Point(200, 1800), "status": "planned"},
    ]
    free = analyse(city(rows), Wish("wifi", model="tgn", resolution_m=5.0), tmp_path / "a.tif")
    every = analyse(city(rows), Wish("wifi", model="tgn", resolution_m=5.0, free_only=False), tmp_path / "b.tif")
    assert (free.sites, every.sites) == (1, 3)
    assert "radio.free_unknown" in notes_of(free)
    assert every.rows[0].covered_m2 == pytest.approx(3 * free.rows[0].covered_m2, rel=0.01)


def test_an_indoor_hotspot_loses_the_wall(tmp_path: Path) -> None:
    out = analyse(city([{"geom": MIDDLE}]), Wish("wifi", model="tgn", resolution_m=2.0), tmp_path / "a.tif")
    inside = analyse(
        city([{"geom": MIDDLE, "indoor": 1}]), Wish("wifi", model="tgn", resolution_m=2.0), tmp_path / "b.tif"
    )
    assert "radio.indoor_loss" in notes_of(inside)
    # ITU-R P.2109, traditional, 2437 MHz: 15.21 dB; at 35 dB a decade
    assert inside.rows[0].covered_m2 == pytest.approx(out.rows[0].covered_m2 / 10 ** (2 * 15.21 / 35), rel=0.02)


def test_gaps_in_the_data_are_filled_and_told(tmp_path: Path) -> None:
    result = analyse(
        city([{"geom": MIDDLE, "eirp_dbm": None, "band": None}]),
        Wish("wifi", model="tgn", resolution_m=5.0),
        tmp_path / "c.tif",
    )
    told = {note.args["field_en"]: note.args["value"] for note in result.notes if note.code == "radio.assumed"}
    assert told == {"EIRP": 20.0, "Band": "2.4"}


def test_a_mast_of_three_sectors_covers_more_than_one(tmp_path: Path) -> None:
    land = [{"geom": shapely.box(0, 0, 8000, 8000)}]
    mast = shapely.Point(4000, 4000)
    one = analyse(
        city([{"geom": mast}], cls="cell", areas=land),
        Wish("cells", technology="LTE", model="hata", resolution_m=20.0),
        tmp_path / "a.tif",
    )
    three = analyse(
        city([{"geom": mast, "azimuth": a} for a in (0.0, 120.0, 240.0)], cls="cell", areas=land),
        Wish("cells", technology="LTE", model="hata", resolution_m=20.0),
        tmp_path / "b.tif",
    )
    assert one.rows[0].covered_m2 * 1.5 < three.rows[0].covered_m2 < one.rows[0].covered_m2 * 3.0
    assert three.rows[0].sites == 1
    assert three.sites == 3
    levels = read_levels(tmp_path / "a.tif")
    assert (levels[:200] >= -105).sum() > 5 * (levels[200:] >= -105).sum()  # it looks north


def test_fields_let_through_more_than_towns(tmp_path: Path) -> None:
    mast = [{"geom": shapely.Point(5000, 5000), "v_beamwidth": 180.0, "h_beamwidth": 360.0}]
    covered = []
    for urban in (1, 0):
        land = [{"geom": shapely.box(0, 0, 10_000, 10_000), "urban": urban}]
        result = analyse(
            city(mast, cls="cell", areas=land),
            Wish("cells", technology="LTE", model="hata", resolution_m=25.0),
            tmp_path / f"{urban}.tif",
        )
        covered.append(result.rows[0].covered_m2)
        assert ("radio.no_urban_areas" in notes_of(result)) is (urban == 0)
    assert covered[1] > 2 * covered[0]


def test_any_technology_is_measured_against_its_own_threshold(tmp_path: Path) -> None:
    """A 3G and a 4G mast far apart: "any" covers the union of what each covers alone."""
    land = [{"geom": shapely.box(0, 0, 16_000, 8000)}]
    masts = [
        {"geom": shapely.Point(4000, 4000), "technology": "UMTS", "frequency_mhz": 2100.0, "bandwidth_mhz": 5.0},
        {"geom": shapely.Point(12_000, 4000)},
        {"geom": shapely.Point(8000, 1000), "technology": "GSM"},  # 2G does not count
    ]
    inputs = city(masts, cls="cell", areas=land)
    alone = [
        analyse(inputs, Wish("cells", technology=kind, resolution_m=20.0), tmp_path / f"{kind}.tif").rows[0].covered_m2
        for kind in ("UMTS", "LTE")
    ]
    together = analyse(inputs, Wish("cells", resolution_m=20.0), tmp_path / "any.tif")
    assert together.technology == "any"
    assert together.unit == "dB"
    assert together.level_threshold == 0.0
    assert together.rows[0].covered_m2 == pytest.approx(sum(alone), rel=1e-3)


def test_operators_are_told_apart(tmp_path: Path) -> None:
    masts = [{"geom": MIDDLE}, {"geom": MIDDLE, "owner": "telecom"}]
    result = analyse(
        city(masts, cls="cell"),
        Wish("cells", technology="LTE", model="hata", owner="telecom", resolution_m=20.0),
        tmp_path / "c.tif",
    )
    assert result.sites == 1


def test_what_lies_outside_the_model_is_said(tmp_path: Path) -> None:
    masts = [
        {"geom": MIDDLE, "technology": "NR", "frequency_mhz": 3500.0, "bandwidth_mhz": 100.0},
        {"geom": MIDDLE, "technology": "NR", "frequency_mhz": 1900.0, "antenna_height_m": 15.0, "azimuth": None},
        {"geom": MIDDLE, "technology": "NR", "frequency_mhz": 100_000.0, "code": "MM"},
        {"geom": MIDDLE, "technology": "NR", "antenna_height_m": 0.0, "code": "FLAT"},
    ]
    result = analyse(
        city(masts, cls="cell"), Wish("cells", technology="NR", model="hata", resolution_m=20.0), tmp_path / "c.tif"
    )
    outside = [note.args["field_en"] for note in result.notes if note.code == "radio.outside_model_range"]
    left_out = {note.args["codes"] for note in result.notes if note.code == "radio.left_out"}
    assert outside == ["frequency", "antenna height"]
    assert left_out == {"MM", "FLAT"}
    assert result.sites == 2
    assert "radio.no_azimuth" in notes_of(result)
    for note in (*result.notes, result.model):
        for language in ("zh", "en"):
            assert note.text(language)
            assert "{" not in note.text(language)


def test_without_areas_the_map_still_comes(tmp_path: Path) -> None:
    result = analyse(city([{"geom": MIDDLE}], areas=[]), Wish("wifi", model="tgn"), tmp_path / "c.tif")
    assert result.rows == ()
    assert result.headline is None
    assert (read_levels(tmp_path / "c.tif") >= -75.0).any()


def test_headline_sums_the_largest_level_and_the_urban_area_apart(tmp_path: Path) -> None:
    left, right = shapely.box(0, 0, 1000, 2000), shapely.box(1000, 0, 2000, 2000)
    areas = [
        {"code": "1", "level": "county", "geom": left, "urban": 0, "population": 300},
        {"code": "2", "level": "county", "geom": right, "urban": 1, "population": 100},
    ]
    homes = [{"geom": shapely.Point(500, 500)}, {"geom": shapely.Point(1500, 1000)}]
    result = analyse(
        city([{"geom": shapely.Point(1500, 1000)}], areas=areas, premises=homes),
        Wish("wifi", model="tgn", resolution_m=5.0),
        tmp_path / "c.tif",
    )
    assert result.headline is not None
    assert result.urban is not None
    assert result.headline["population_share"] == pytest.approx(100 / 400)
    assert result.urban["population_share"] == 1.0
    assert result.headline["area_share"] == pytest.approx(result.urban["area_share"] / 2, rel=1e-3)


def test_one_area_by_code(tmp_path: Path) -> None:
    areas = [
        {"code": "1", "geom": shapely.box(0, 0, 1000, 2000)},
        {"code": "2", "geom": shapely.box(1000, 0, 2000, 2000)},
    ]
    result = analyse(
        city([{"geom": MIDDLE}], areas=areas), Wish("wifi", model="tgn", area="2", resolution_m=5.0), tmp_path / "c.tif"
    )
    assert [row.code for row in result.rows] == ["2"]
    assert result.grid.bbox == (1000.0, 0.0, 2000.0, 2000.0)


def test_the_picture_of_one_area_ends_at_its_border(tmp_path: Path) -> None:
    triangle = shapely.Polygon([(0, 0), (2000, 0), (0, 2000)])
    hotspots = [{"geom": shapely.Point(900, 900)}, {"geom": shapely.Point(1700, 1700)}]
    inputs = city(hotspots, areas=[{"code": "1", "geom": triangle}])
    whole = analyse(inputs, Wish("wifi", model="tgn", resolution_m=5.0), tmp_path / "a.tif")
    result = analyse(inputs, Wish("wifi", model="tgn", area="1", resolution_m=5.0), tmp_path / "b.tif")
    assert result.rows == whole.rows
    with rasterio.open(tmp_path / "b.tif") as file:
        levels = file.read(1, masked=True)
        rows, columns = np.nonzero(~np.ma.getmaskarray(levels))
        x, y = rasterio.transform.xy(file.transform, rows, columns)
    assert len(rows)
    assert (np.asarray(x) + np.asarray(y)).max() < 2000 + 5.0 * 2


def test_equal_inputs_give_equal_files_at_any_number_of_threads(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    masts = [
        {"geom": shapely.Point(*rng.uniform(0, 30_000, 2)), "azimuth": float(rng.uniform(0, 360))} for _ in range(40)
    ]
    inputs = city(masts, cls="cell", areas=[{"geom": shapely.box(0, 0, 30_000, 30_000)}])
    wish = Wish("cells", technology="LTE", model="hata", resolution_m=25.0)
    first = analyse(inputs, wish, tmp_path / "a.tif")
    before = get_num_threads()
    set_num_threads(1)
    try:
        again = analyse(inputs, wish, tmp_path / "b.tif")
    finally:
        set_num_threads(before)
    assert again == first
    assert read_levels(tmp_path / "a.tif").tobytes() == read_levels(tmp_path / "b.tif").tobytes()


def test_the_file_is_a_geotiff_in_the_projects_crs(tmp_path: Path) -> None:
    result = analyse(city([{"geom": MIDDLE}]), Wish("wifi", model="tgn", resolution_m=2.0), tmp_path / "c.tif")
    with rasterio.open(tmp_path / "c.tif") as file:
        assert file.crs.to_epsg() == 4549
        assert file.dtypes == ("float32",)
        assert file.nodata == -9999.0
        assert file.block_shapes == [(512, 512)]
        assert file.overviews(1)
        assert tuple(file.bounds) == result.grid.bbox
        assert file.tags()["yantu_threshold"] == "-75"


@pytest.mark.parametrize(
    ("rows", "cls", "wish", "code"),
    [
        ([], "wifi_hotspot", Wish("wifi", model="tgn"), "radio.no_hotspots"),
        ([{"geom": MIDDLE, "status": "retired"}], "wifi_hotspot", Wish("wifi", model="tgn"), "radio.no_hotspots"),
        ([{"geom": MIDDLE, "height_m": 0.0}], "wifi_hotspot", Wish("wifi", model="tgn"), "radio.all_impossible"),
        ([], "cell", Wish("cells"), "radio.no_cells"),
        ([{"geom": MIDDLE}], "cell", Wish("cells", owner="unicom"), "radio.no_cells"),
        ([{"geom": MIDDLE, "antenna_height_m": 0.0}], "cell", Wish("cells"), "radio.all_impossible"),
        ([{"geom": MIDDLE, "frequency_mhz": 100_000.0}], "cell", Wish("cells"), "radio.all_impossible"),
        ([{"geom": MIDDLE, "eirp_dbm": 500.0}], "cell", Wish("cells"), "radio.all_impossible"),
        ([{"geom": MIDDLE, "frequency_mhz": None}], "cell", Wish("cells"), "radio.all_impossible"),
        ([{"geom": MIDDLE}], "wifi_hotspot", Wish("wifi", model="tgn", threshold_dbm=75.0), "radio.bad_threshold"),
        ([{"geom": MIDDLE}], "wifi_hotspot", Wish("wifi", model="tgn", resolution_m=0.0), "coverage.bad_resolution"),
        ([{"geom": MIDDLE}], "wifi_hotspot", Wish("wifi", model="tgn", area="nowhere"), "coverage.no_area"),
        ([{"geom": MIDDLE}], "cell", Wish("cells", technology="6G"), "coverage.no_technology"),
    ],
)
def test_nonsense_is_refused_with_a_hint(tmp_path: Path, rows: list[dict], cls: str, wish: Wish, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        analyse(city(rows, cls=cls), wish, tmp_path / "c.tif")
    assert refused.value.code == code
    for language in ("zh", "en"):
        assert refused.value.message(language)
        assert refused.value.hint(language)
        assert "{" not in refused.value.message(language) + refused.value.hint(language)


def test_cancel_is_heard(tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        analyse(city([{"geom": MIDDLE}]), Wish("wifi", model="tgn"), tmp_path / "c.tif", progress)


def test_every_layer_is_written_and_fits_the_levels(tmp_path: Path) -> None:
    """A mast of three sectors: who serves, how surely, how fast, and whether the phone can answer."""
    masts = [{"geom": shapely.Point(3000, 3000), "azimuth": a} for a in (0.0, 120.0, 240.0)]
    inputs = city(masts, cls="cell", areas=[{"geom": shapely.box(0, 0, 6000, 6000)}])
    result = analyse(
        inputs, Wish("cells", technology="LTE", resolution_m=20.0, layers=LAYERS), tmp_path / "coverage.tif"
    )
    assert result.layers == LAYERS
    made = {name: read_levels(tmp_path / f"{name}.tif") for name in LAYERS}
    level, heard = made["coverage"], made["coverage"] > -9999.0
    assert heard.any()
    assert set(np.unique(made["server"][heard])) == {0.0, 1.0, 2.0}
    assert [result.servers[int(number)] for number in (0, 1, 2)] == [1, 2, 3]
    assert made["server"][100, 150] == 0.0  # north of the mast
    assert ((made["probability"] >= 0.0) & (made["probability"] <= 1.0))[heard].all()
    assert (made["probability"][level > -70.0] > 0.95).all()
    assert (made["second"] == -9999.0).all(), "one mast is one site"
    assert made["indoor"][heard] == pytest.approx(level[heard] - float(building_entry_loss_db(1800.0)), abs=1e-3)
    assert made["throughput"][heard].max() <= 5.5547 * 18.0 * 0.75 + 1e-3
    assert made["uplink"][heard] == pytest.approx(
        level[heard] - float(uplink_floor_dbm("LTE", 60.0 - 30.7918, 17.0)), abs=0.01
    )
    assert (made["sinr"][heard] <= level[heard] + 125.3).all()


def test_a_layer_that_means_nothing_is_left_out(tmp_path: Path) -> None:
    masts = [{"geom": MIDDLE}, {"geom": MIDDLE, "technology": "UMTS", "bandwidth_mhz": 5.0}]
    together = analyse(
        city(masts, cls="cell"),
        Wish("cells", resolution_m=20.0, layers=("indoor", "throughput", "sinr")),
        tmp_path / "c.tif",
    )
    assert together.layers == ("coverage", "sinr")
    with pytest.raises(Refusal, match=r"radio\.no_layer"):
        analyse(city(masts, cls="cell"), Wish("cells", layers=("beauty",)), tmp_path / "d.tif")


def test_the_wifi_of_the_standard_tells_that_it_is_a_circle(tmp_path: Path) -> None:
    result = analyse(city([{"geom": MIDDLE}]), Wish("wifi", resolution_m=2.0), tmp_path / "c.tif")
    assert "P.1411" in result.model.text("en")
    assert "radio.plain_circle" in notes_of(result)
    assert 1000.0 < result.rows[0].covered_m2 < 60_000.0


def test_interference_comes_from_the_same_channel_only(tmp_path: Path) -> None:
    worst = []
    for channel in (6, 11, None):
        pair = [{"geom": shapely.Point(980, 1000)}, {"geom": shapely.Point(1060, 1000), "channel": channel}]
        result = analyse(city(pair), Wish("wifi", resolution_m=2.0, load=1.0), tmp_path / f"{channel}.tif")
        sinr = read_levels(tmp_path / "sinr.tif")
        worst.append(float(sinr[sinr > -9999.0].mean()))
        assert ("radio.no_channel" in notes_of(result)) is (channel is None)
    assert worst[0] < worst[1] - 3.0
    assert worst[1] == pytest.approx(worst[2], abs=0.2)
