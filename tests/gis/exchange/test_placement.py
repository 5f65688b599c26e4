"""Every trap of coordinates in DOMAIN §7: order, zones, dress, datum, shift; each with its reason and its override."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import Refusal, messages
from gis.exchange.grids import numbered_zone, zone_numbers, zone_of, zones_beside
from gis.exchange.placement import Placement, guess_placement, place, place_points
from gis.exchange.raw import RawTable
from gis.exchange.shift_detection import DatumProposal
from gis.geometry.datum import wgs84_to_bd09, wgs84_to_gcj02
from gis.geometry.shifts import Helmert7, Similarity4, fit_similarity

CRS = "EPSG:4549"
LONLAT = [(119.6, 33.3), (119.9, 33.8), (120.14, 33.35), (120.6, 32.9), (120.9, 34.1)]
SHIFT = Helmert7(15.8, -154.4, -82.3, 1.1, -0.5, 2.4, 3.6, "position_vector", "EPSG:4214")


def table(**columns: Sequence[str | None]) -> RawTable:
    cells = {}
    for name, column in columns.items():
        cells[name] = np.empty(len(column), dtype=object)
        cells[name][:] = column
    count = len(next(iter(columns.values())))
    return RawTable(tuple(columns), cells, np.arange(2, count + 2))


def projected(crs: str, lonlat: Sequence[tuple[float, float]] = LONLAT, source: str = "EPSG:4490") -> np.ndarray:
    lon, lat = np.array(lonlat).T
    return np.column_stack(pyproj.Transformer.from_crs(source, crs, always_xy=True).transform(lon, lat))


def texts(values: np.ndarray, digits: int = 4) -> list[str]:
    return [f"{value:.{digits}f}" for value in values]


def assert_placed(raw: RawTable, placement: Placement, wanted: np.ndarray | None = None, metres: float = 0.05) -> None:
    x, y, reasons = place_points(raw, placement, CRS)
    wanted = projected(CRS) if wanted is None else wanted
    assert reasons.tolist() == [None] * len(raw)
    assert np.hypot(x - wanted[:, 0], y - wanted[:, 1]).max() < metres
    geometries, again = place(raw, placement, CRS)
    assert again.tolist() == reasons.tolist()
    assert np.array_equal(shapely.get_x(geometries), x)


def reason(placement: Placement, what: str) -> str:
    return {e.what: e.reason for e in placement.evidence}[what]


# The order ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("names", [("x", "y"), ("X坐标", "Y坐标"), ("经度", "纬度"), ("a", "b")], ids="-".join)
@pytest.mark.parametrize("swapped", [False, True], ids=["x-first", "y-first"])
def test_order_of_degrees_is_told_by_the_numbers(names: tuple[str, str], swapped: bool) -> None:
    lon, lat = (texts(column, 7) for column in np.array(LONLAT).T)
    raw = table(**dict(zip(names, (lat, lon) if swapped else (lon, lat), strict=True)))
    assert_placed(raw, guess_placement(raw, CRS))


@pytest.mark.parametrize("names", [("x", "y"), ("东坐标", "北坐标"), ("e", "n"), ("a", "b")], ids="-".join)
def test_northing_first_as_survey_files_have_it(names: tuple[str, str]) -> None:
    east, north = projected(CRS).T
    raw = table(**dict(zip(names, (texts(north), texts(east)), strict=True)))
    found = guess_placement(raw, CRS)
    assert (found.x, found.y) == (names[1], names[0])
    assert names == ("a", "b") or reason(found, "order") == "import.second_number_is_x"  # by range the order is known
    assert_placed(raw, found)


def test_the_user_says_the_order() -> None:
    raw = table(x=["10.5", "20.25"], y=["30.5", "40.25"])
    assert (guess_placement(raw, CRS, swapped=True).x, guess_placement(raw, CRS, swapped=False).x) == ("y", "x")
    assert reason(guess_placement(raw, CRS, swapped=False), "order") == "import.by_user"
    pair = table(坐标=["33.35 120.14", "33.4 120.2"])
    assert guess_placement(pair, CRS).swapped
    assert not guess_placement(pair, CRS, swapped=False).swapped


@pytest.mark.parametrize(
    "cells",
    [
        ["33.35,120.14", "33.4,120.2"], ["120.14 33.35", "120.2 33.4"], ["(33.35, 120.14)", "(33.4, 120.2)"],
        ["33.35 120.14 4.2 5.0", "33.4 120.2 0 3"], ["33°21′00″N, 120°08′24″E", "33°24′00″N, 120°12′00″E"],
        ["东经120°08′24″，北纬33°21′00″", "东经120°12′00″，北纬33°24′00″"],
        ["N33°21′00″ E120°08′24″", "N33°24′00″ E120°12′00″"], ["３３．３５，１２０．１４", "３３．４，１２０．２"],
    ],
    ids=["lat-lon", "lon-lat", "brackets", "geopoint", "dms", "chinese", "letters", "full-width"],
)  # fmt: skip
def test_two_numbers_in_one_cell(cells: list[str]) -> None:
    raw = table(**{"编号": ["1", "2"], "survey/location": cells})
    found = guess_placement(raw, CRS)
    assert (found.kind, found.x) == ("pair", "survey/location")
    assert_placed(raw, found, projected(CRS, [(120.14, 33.35), (120.2, 33.4)]))


def test_pairs_without_a_telling_name_are_believed_where_all_are_places() -> None:
    raw = table(谁="甲乙丙", 在哪=["33.35,120.14", "33.4,120.2", "33.5,120.3"], 比分=["3,2", "1,1", "0,4"])
    assert guess_placement(raw, CRS).x == "在哪"


# Columns --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("names", "datum"),
    [
        (("wgs84_lng", "wgs84_lat"), "wgs84"),
        (("起点经度", "起点纬度"), "wgs84"),
        (("point-Longitude", "point-Latitude"), "wgs84"),
        (("gcj02_lng", "gcj02_lat"), "gcj02"),
        (("高德lon", "高德lat"), "gcj02"),
        (("百度经度", "百度纬度"), "bd09"),
        (("bd_lng", "bd_lat"), "bd09"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)  # fmt: skip
def test_parts_of_names_tell_columns_and_datum(names: tuple[str, str], datum: str) -> None:
    lon, lat = np.array(LONLAT).T
    forward = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09, "wgs84": lambda a, b: (a, b)}[datum]
    shown = forward(lon, lat)
    raw = table(**{names[0]: texts(shown[0], 8), names[1]: texts(shown[1], 8)})
    found = guess_placement(raw, CRS)
    assert found.datum == datum
    assert_placed(raw, found)
    assert guess_placement(raw, CRS, datum="cgcs2000").datum == "cgcs2000"


def test_of_two_positions_the_one_that_is_not_shifted() -> None:
    lon, lat = np.array(LONLAT).T
    shown = wgs84_to_gcj02(lon, lat)
    raw = table(
        火星经度=texts(shown[0], 8), 火星纬度=texts(shown[1], 8), 国家经度=texts(lon, 8), 国家纬度=texts(lat, 8)
    )
    found = guess_placement(raw, CRS)
    assert (found.x, found.datum) == ("国家经度", "wgs84")


def test_the_user_names_the_columns() -> None:
    lon, lat = (texts(column, 7) for column in np.array(LONLAT).T)
    raw = table(经度=["0"] * 5, 纬度=["0"] * 5, p=lon, q=lat)
    assert_placed(raw, guess_placement(raw, CRS, x="p", y="q"))
    with pytest.raises(Refusal, match=r"import\.no_column"):
        guess_placement(raw, CRS, x="nope", y="q")
    one = table(p=[f"{a} {b}" for a, b in zip(lat, lon, strict=True)])
    assert_placed(one, guess_placement(one, CRS, x="p"))


def test_a_file_without_positions() -> None:
    with pytest.raises(Refusal, match=r"import\.no_position"):
        guess_placement(table(名称=["甲", "乙"], 数量=["1", "2"]), CRS)


# Zones ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("crs", "rows", "code"),
    [
        ("EPSG:4549", LONLAT, "import.project_metres"), ("EPSG:4528", LONLAT, "import.zone_prefix_40"),
        ("EPSG:4498", LONLAT[:2], "import.zone_prefix"), ("EPSG:4499", LONLAT[2:], "import.zone_prefix"),
        ("EPSG:4509", LONLAT[:2], "import.zone_by_area"), ("EPSG:4510", LONLAT[2:], "import.zone_by_area"),
        ("EPSG:4527", LONLAT[:1], "import.zone_prefix"),
    ],
    ids=["project", "zone-40", "zone-20", "zone-21", "cm-117", "cm-123", "zone-39"],
)  # fmt: skip
@pytest.mark.parametrize("northing_first", [False, True], ids=["e-n", "n-e"])
def test_zones(crs: str, rows: list[tuple[float, float]], code: str, northing_first: bool) -> None:
    east, north = (texts(column) for column in projected(crs, rows).T)
    raw = table(x=north, y=east) if northing_first else table(x=east, y=north)
    found = guess_placement(raw, CRS)
    assert reason(found, "crs") == code
    # a meridian of 117 or 123 is the middle of a zone of 3 degrees and of one of 6: the same numbers
    assert zone_of(found.crs).middle == zone_of(crs).middle  # type: ignore[union-attr]
    assert_placed(raw, found, projected(CRS, rows))
    assert_placed(raw, guess_placement(raw, CRS, crs=crs), projected(CRS, rows))


@pytest.mark.parametrize("codes", [("EPSG:4498", "EPSG:4499"), ("EPSG:4509", "EPSG:4510")], ids=["numbered", "bare"])
def test_a_file_that_lies_in_both_zones_of_six_degrees(codes: tuple[str, str]) -> None:
    rows = np.vstack([projected(codes[0], LONLAT[:2]), projected(codes[1], LONLAT[2:])])
    raw = table(东坐标=texts(rows[:, 0]), 北坐标=texts(rows[:, 1]))
    found = guess_placement(raw, CRS)
    assert len(found.others) == 1
    assert reason(found, "crs") in ("import.zone_prefixes", "import.zones_of_both")
    assert_placed(raw, found)


def test_lines_stay_whole_in_one_zone() -> None:
    flat = projected("EPSG:4510", LONLAT[2:])
    west = projected("EPSG:4509", LONLAT[:2])
    lines = [shapely.LineString(flat), shapely.LineString(west)]
    raw = RawTable(("a",), {"a": np.array(["1", "2"], dtype=object)}, np.array([1, 2]), np.array(lines, dtype=object))
    found = guess_placement(raw, CRS)
    assert found.others
    geometries, reasons = place(raw, found, CRS)
    assert reasons.tolist() == [None, None]
    assert shapely.get_coordinates(geometries) == pytest.approx(projected(CRS, [*LONLAT[2:], *LONLAT[:2]]), abs=0.05)


def test_eastings_with_a_number_in_a_system_without() -> None:
    east, north = projected("EPSG:4528").T
    raw = table(x=texts(east), y=texts(north))
    found = guess_placement(raw, CRS, crs="EPSG:4549")
    assert found.crs == "EPSG:4528"
    assert_placed(raw, found)


def test_zones_by_number() -> None:
    assert zone_numbers(np.array([40_500_000.0, 20_750_000.0, 500_000.0, 24_000_000.0, np.nan, -4e7])).tolist() == [
        40, 20, 0, 0, 0, 0,
    ]  # fmt: skip
    assert numbered_zone(24, "cgcs2000") is None
    assert [zone.middle for zone in zones_beside("cgcs2000", 120.0)] == [120, 117, 123]
    for family in ("cgcs2000", "beijing54", "xian80"):
        for number in (13, 20, 21, 23, 25, 39, 40, 45):
            zone = numbered_zone(number, family)  # type: ignore[arg-type]
            assert zone is not None
            crs = pyproj.CRS(zone.crs)
            words = {"cgcs2000": "CGCS2000", "beijing54": "Beijing 1954", "xian80": "Xian 1980"}[family]
            assert crs.name.startswith(words)
            assert crs.name.endswith(f"zone {number}")
            assert zone_of(zone.crs) == zone


# Dress ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("120°08′24.0″E", "33°21′00.0″N"), ("120:08:24", "33:21:00"), ("120 08.4 E", "33 21.0 N"),
        ("１２０°０８′２４″", "３３°２１′００″"), ("东经120度8分24秒", "北纬33度21分"), ("120,14", "33,35"),
        ("120.14°", "33.35°"), ("E120°08'24''", "N33°21'"), ("12008.4", "3321.0"),
    ],
    ids=["dms", "colons", "minutes", "full-width", "chinese", "comma", "degrees", "quotes", "ddmm"],
)  # fmt: skip
@pytest.mark.parametrize("count", [3, 1500], ids=["few", "many"])
def test_every_dress_of_degrees(lon: str, lat: str, count: int) -> None:
    raw = table(经度=[lon] * count, 纬度=[lat] * count)
    found = guess_placement(raw, CRS)
    assert found.minutes == (lon == "12008.4")
    assert_placed(raw, found, np.repeat(projected(CRS, [(120.14, 33.35)]), count, axis=0))


def test_rows_without_a_position_say_why() -> None:
    bad = ["461.993.881", None, "abc", "200.5", "0", "1.2E+02", "-"]
    raw = table(经度=["120.14", *bad], 纬度=["33.35", "33.4", "33.4", "33.4", "33.4", "0", "33.4", "33.4"])
    wanted = [
        None, "import.mangled_number", "import.no_geometry", "import.no_number", "import.out_of_range",
        "import.zero_position", "import.rounded_number", "import.no_number",
    ]  # fmt: skip
    geometries, reasons = place(raw, guess_placement(raw, CRS), CRS)
    assert reasons.tolist() == wanted
    assert [g is None for g in geometries] == [r is not None for r in wanted]
    for code in wanted:
        assert code is None or messages()[code]["zh"]


def test_a_file_mangled_throughout_still_finds_its_columns() -> None:
    raw = table(lat=["461.993.881", "462.289.778"], lon=["61.418.784", "61.225.376"])
    _, reasons = place(raw, guess_placement(raw, CRS), CRS)
    assert set(reasons) == {"import.mangled_number"}


def test_metres_rounded_by_a_spreadsheet() -> None:
    raw = table(x=["500123.45", "5.01E+05", "5.0012345E+05"], y=["3690000.1", "3690000.1", "3.6900001E+06"])
    _, reasons = place(raw, guess_placement(raw, CRS), CRS)
    assert reasons.tolist() == [None, "import.rounded_number", None]


def test_a_file_without_rows_has_columns_still() -> None:
    raw = table(lon=["120.1"], lat=["33.3"])
    found = guess_placement(raw, CRS)
    geometries, reasons = place(raw.part(0, 0), found, CRS)
    assert (len(geometries), len(reasons)) == (0, 0)


def test_local_numbers_are_told() -> None:
    raw = table(x=["1200.5", "1300.5"], y=["800.25", "900.25"])
    assert reason(guess_placement(raw, CRS), "crs") == "import.numbers_of_no_grid"


@pytest.mark.parametrize("kind", ["wkt", "own"])
@pytest.mark.parametrize("swapped", [False, True], ids=["x-y", "y-x"])
def test_shapes_northing_first(kind: str, swapped: bool) -> None:
    flat = projected(CRS)
    line = shapely.LineString(flat[:, ::-1] if swapped else flat)
    cells = np.array([line.wkt if kind == "wkt" else "1"], dtype=object)
    own = np.array([line], dtype=object) if kind == "own" else None
    raw = RawTable(("wkt",), {"wkt": cells}, np.array([2]), own)
    found = guess_placement(raw, CRS)
    assert found.swapped == swapped
    geometries, _ = place(raw, found, CRS)
    assert shapely.get_coordinates(geometries) == pytest.approx(flat, abs=1e-6)


# Datums and shifts ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "crs", ["EPSG:4214", "EPSG:2437", "EPSG:2416", "EPSG:4610", "EPSG:2385"], ids=lambda crs: crs[5:]
)
def test_former_datums_need_parameters(crs: str) -> None:
    raw = table(x=["120.1", "120.2"], y=["33.3", "33.4"])
    with pytest.raises(Refusal) as refusal:
        guess_placement(raw, CRS, crs=crs)
    assert refusal.value.code == "import.needs_shift"
    assert refusal.value.hint("zh")


@pytest.mark.parametrize(
    ("plane", "wanted"),
    [("EPSG:4214", "EPSG:4214"), ("EPSG:2437", "EPSG:2437"), ("EPSG:2416", "EPSG:2416")],
    ids=["degrees", "middle-120", "zone-40"],
)
@pytest.mark.parametrize("told", [False, True], ids=["found", "told"])
def test_seven_parameters_bring_a_file_of_beijing_1954_home(plane: str, wanted: str, told: bool) -> None:
    lon, lat = np.array(LONLAT).T
    old = projected(plane, LONLAT, "EPSG:4214")
    raw = table(x=texts(old[:, 0], 9), y=texts(old[:, 1], 9))
    found = guess_placement(raw, CRS, shift=SHIFT, crs=plane if told else None)
    assert found.crs == wanted
    home = projected(CRS, list(zip(*SHIFT.transformed(lon, lat), strict=True)))
    assert_placed(raw, found, home, 1e-3)
    assert np.hypot(*(home - projected(CRS)).T).min() > 20  # it does move


def test_four_parameters_bring_a_local_grid_home() -> None:
    shift = Similarity4(499_000.0, 3_689_000.0, 1.00001, 7200.0)
    home = projected(CRS)
    local = np.column_stack(shift.inverse().moved(home[:, 0], home[:, 1]))
    raw = table(x=texts(local[:, 0]), y=texts(local[:, 1]))
    assert_placed(raw, guess_placement(raw, CRS, shift=shift), home, 1e-3)
    turned = table(x=texts(local[:, 1]), y=texts(local[:, 0]))
    assert_placed(turned, guess_placement(turned, CRS, shift=shift, swapped=True), home, 1e-3)


@pytest.mark.parametrize("file", [0, 40], ids=["bare-file", "numbered-file"])
@pytest.mark.parametrize("old", [0, 40], ids=["bare-old", "numbered-old"])
@pytest.mark.parametrize("new", [0, 40], ids=["bare-new", "numbered-new"])
def test_control_points_in_another_dress_than_the_file(file: int, old: int, new: int) -> None:
    home = projected(CRS)
    shift = fit_similarity(home + np.array([old * 1e6 + 40, -25]), home + np.array([new * 1e6, 0])).shift
    raw = table(x=texts(home[:, 0] + file * 1e6 + 40), y=texts(home[:, 1] - 25))
    found = guess_placement(raw, CRS, shift=shift)
    if file == old and not new:
        assert (found.shift, reason(found, "shift")) == (shift, "import.by_user")
    assert_placed(raw, found, home, 1e-3)


def test_four_parameters_into_another_plane() -> None:
    shift = Similarity4(10.0, -20.0, 1.0, 0.0, "EPSG:4528")
    there = projected("EPSG:4528") - [10, -20]
    raw = table(x=texts(there[:, 0]), y=texts(there[:, 1]))
    assert_placed(raw, guess_placement(raw, CRS, shift=shift))


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4549", "EPSG:4528"], ids=["degrees", "plane", "zone"])
def test_a_constant_step_in_the_plane_of_the_project(system: str) -> None:
    proposal = DatumProposal(None, 186.0, 9, 186.0, 2.0, -150.0, 110.0)
    there = projected(system, LONLAT, "EPSG:4326")
    raw = table(x=texts(there[:, 0], 9), y=texts(there[:, 1], 9))
    found = guess_placement(raw, CRS, shift=proposal.step(CRS))
    assert_placed(raw, found, projected(CRS, LONLAT, "EPSG:4326") + np.array([-150.0, 110.0]))
    assert DatumProposal("gcj02", 490, 9, 490, 2).step(CRS) is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"datum": "gcj02", "crs": CRS}, "import.datum_needs_degrees"), ({"crs": "EPSG:1"}, "import.unknown_crs"),
        ({"datum": "gcj02", "shift": SHIFT}, "import.shift_and_datum"),
        ({"shift": Similarity4(1, 2)}, "import.shift_needs_metres"),
    ],
    ids=["datum-of-metres", "no-such-crs", "both", "four-of-degrees"],
)  # fmt: skip
def test_choices_that_contradict_each_other(given: dict[str, object], code: str) -> None:
    raw = table(x=["120.1", "120.2"], y=["33.3", "33.4"])
    with pytest.raises(Refusal) as refusal:
        guess_placement(raw, CRS, **given)  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_every_reason_has_its_words() -> None:
    east, north = projected("EPSG:4498", LONLAT[:2]).T
    found = guess_placement(table(x=texts(east), y=texts(north)), CRS)
    for evidence in found.evidence:
        for language in ("zh", "en"):
            text = messages()[evidence.reason][language]
            assert "{" not in text.format(**evidence.args)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=14) | st.none(), st.text(max_size=14) | st.none()), max_size=12))
def test_any_cells_are_placed_or_say_why(cells: list[tuple[str | None, str | None]]) -> None:
    raw = table(经度=["120.1", *(a for a, _ in cells)], 纬度=["33.3", *(b for _, b in cells)])
    geometries, reasons = place(raw, guess_placement(raw, CRS), CRS)
    assert [g is None for g in geometries] == [r is not None for r in reasons]
    assert all(r is None or r in messages() for r in reasons)
