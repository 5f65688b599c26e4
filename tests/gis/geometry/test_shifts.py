"""Seven and four parameters, their fit to control points, and blunders among these."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import Refusal
from gis.geometry.control_points import read_control_points
from gis.geometry.shifts import (
    Helmert7,
    Similarity4,
    fit_helmert,
    fit_similarity,
    old_datum,
    shift_from_dict,
)

RNG = np.random.default_rng(7)
LON = RNG.uniform(119.5, 120.9, 12)
LAT = RNG.uniform(32.6, 34.4, 12)
SHIFT = Helmert7(15.8, -154.4, -82.3, 1.12, -0.54, 2.37, 3.6, "position_vector", "EPSG:4214")
BEIJING_PLANE = "EPSG:2437"  # Beijing 1954 / 3-degree Gauss-Kruger CM 120E


def proj_helmert(convention: str) -> pyproj.Transformer:
    """PROJ's own seven parameters between the two ellipsoids, as an independent answer."""
    return pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=krass"
        f" +step +proj=helmert +x=15.8 +y=-154.4 +z=-82.3 +rx=1.12 +ry=-0.54 +rz=2.37 +s=3.6 +convention={convention}"
        " +step +inv +proj=cart +ellps=GRS80 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


@pytest.mark.parametrize("convention", ["position_vector", "coordinate_frame"])
def test_seven_parameters_agree_with_proj(convention: str) -> None:
    shift = Helmert7(15.8, -154.4, -82.3, 1.12, -0.54, 2.37, 3.6, convention, "EPSG:4214")  # type: ignore[arg-type]
    lon, lat = shift.transformed(LON, LAT)
    wanted = proj_helmert(convention).transform(LON, LAT, np.zeros(12))
    assert np.abs(lon - wanted[0]).max() < 1e-10
    assert np.abs(lat - wanted[1]).max() < 1e-10


def test_seven_parameters_between_plane_systems() -> None:
    to_plane = pyproj.Transformer.from_crs("EPSG:4214", BEIJING_PLANE, always_xy=True)
    plane = np.column_stack(to_plane.transform(LON, LAT))
    x, y = SHIFT.transformed(plane[:, 0], plane[:, 1], "EPSG:4549", BEIJING_PLANE)
    lon, lat = SHIFT.transformed(LON, LAT)
    wanted = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True).transform(lon, lat)
    assert np.abs(x - wanted[0]).max() < 1e-5
    assert np.abs(y - wanted[1]).max() < 1e-5


@settings(max_examples=50)
@given(
    st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.5, 2), st.floats(-600_000, 600_000),
    st.integers(2, 30), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_four_parameters_are_found_again(
    dx: float, dy: float, scale: float, rotation: float, count: int, seed: int
) -> None:
    points = np.random.default_rng(seed).uniform(0, 50_000, (count, 2))
    shift = Similarity4(dx, dy, scale, rotation)
    fit = fit_similarity(points, np.column_stack(shift.moved(points[:, 0], points[:, 1])))
    assert fit.rms_m < 1e-5
    made = np.column_stack(fit.shift.moved(points[:, 0], points[:, 1]))  # type: ignore[union-attr]
    back = np.column_stack(shift.inverse().moved(made[:, 0], made[:, 1]))
    assert np.abs(back - points).max() < 1e-4


def test_a_chinese_parameter_sheet_counts_from_north() -> None:
    """X₂ = X₀ + (1 + m)(X cos α − Y sin α), Y₂ = Y₀ + (1 + m)(X sin α + Y cos α), X north."""
    alpha, ppm = 12_345.6, 7.5
    north, east = 3_690_000.0, 500_123.0
    a, k = np.radians(alpha / 3600), 1 + ppm * 1e-6
    wanted_north = 1000.0 + k * (north * np.cos(a) - east * np.sin(a))
    wanted_east = -2000.0 + k * (north * np.sin(a) + east * np.cos(a))
    x, y = Similarity4.of_survey(1000.0, -2000.0, alpha, ppm).moved(east, north)
    assert (float(x), float(y)) == pytest.approx((wanted_east, wanted_north), abs=1e-6)


def test_seven_parameters_are_found_again_in_a_city() -> None:
    source = np.column_stack([LON, LAT])
    target = np.column_stack(SHIFT.transformed(LON, LAT))
    fit = fit_helmert(source, target, source_crs="EPSG:4214")
    assert fit.rms_m < 0.002  # the shift leaves the ellipsoid by metres, which a file of positions does not tell
    # within the city the found parameters bring every place to where the true ones do
    lon, lat = np.meshgrid(np.linspace(119.46, 120.98, 9), np.linspace(32.57, 34.48, 9))
    made = fit.shift.transformed(lon.ravel(), lat.ravel())  # type: ignore[union-attr]
    wanted = SHIFT.transformed(lon.ravel(), lat.ravel())
    assert np.abs(np.array(made) - np.array(wanted)).max() < 1e-7  # 1 cm


def test_a_fit_tells_its_residuals_and_the_blunder() -> None:
    rng = np.random.default_rng(3)
    points = rng.uniform(0, 20_000, (8, 2)) + np.array([480_000, 3_690_000])
    shift = Similarity4(35.0, -12.0, 1.000004, 1.5)
    target = np.column_stack(shift.moved(points[:, 0], points[:, 1])) + rng.normal(0, 0.03, (8, 2))
    clean = fit_similarity(points, target)
    assert clean.suspects == ()
    assert clean.rms_m < 0.08
    target[5] += [0.0, 2.0]  # a 2 m slip of the pen
    fit = fit_similarity(points, target, [f"K{i}" for i in range(8)])
    assert fit.suspects == (5,)
    assert int(np.argmax(fit.left_out)) == 5
    assert fit.left_out[5] > fit.lengths[5]
    assert fit.rms_m == pytest.approx(float(np.sqrt((fit.residuals**2).sum(axis=1).mean())))


def test_two_blunders_are_both_told() -> None:
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 20_000, (12, 2))
    target = points + np.array([100, 50]) + rng.normal(0, 0.02, (12, 2))
    target[2] += 5
    target[7] -= 3
    assert set(fit_similarity(points, target).suspects) == {2, 7}


def test_a_blunder_among_seven_parameters() -> None:
    target = np.column_stack(SHIFT.transformed(LON, LAT))
    target[4, 1] += 1e-4  # 11 m
    fit = fit_helmert(np.column_stack([LON, LAT]), target, source_crs="EPSG:4214")
    assert fit.suspects == (4,)


@pytest.mark.parametrize(
    ("points", "kind", "code"),
    [
        ([(0, 0)], "similarity", "import.too_few_points"),
        ([(0, 0), (0.1, 0.2)], "similarity", "import.points_in_a_heap"),
        ([(0, 0), (np.nan, 2)], "similarity", "import.wrong_points"),
        ([(120, 33), (120.1, 33)], "helmert", "import.too_few_points"),
        ([(120, 33), (120, 33.0000001), (120, 33.0000002)], "helmert", "import.points_in_a_heap"),
        ([(120, 33), (120, 33.01), (120, 33.02)], "helmert", "import.points_in_a_line"),
    ],
    ids=["one", "heap", "nan", "two", "heap7", "line7"],
)
def test_points_that_do_not_do(points: list[tuple[float, float]], kind: str, code: str) -> None:
    fit = fit_similarity if kind == "similarity" else partial(fit_helmert, source_crs="EPSG:4214")
    with pytest.raises(Refusal) as refusal:
        fit(points, points)
    assert refusal.value.code == code
    assert refusal.value.message("zh")
    assert "{" not in refusal.value.message("en")


@pytest.mark.parametrize(
    "shift", [SHIFT, Similarity4(1, 2, 1.1, 30, "EPSG:4549", "EPSG:4528"), Similarity4(1, 2)], ids=repr
)
def test_a_shift_goes_through_a_file(shift: Helmert7 | Similarity4) -> None:
    assert shift_from_dict(shift.to_dict()) == shift


@pytest.mark.parametrize(
    "data",
    [
        None, {}, {"kind": "affine"},
        {"kind": "similarity4", "dx": 1},
        {"kind": "similarity4", "dx": "1", "dy": 2},
        {"kind": "similarity4", "dx": 1, "dy": 2, "scale": 0},
        {"kind": "similarity4", "dx": 1, "dy": 2, "rx": 3},
        {"kind": "helmert7", "dx": 1, "dy": 2, "dz": float("nan")},
        {"kind": "helmert7", "dx": 1, "dy": 2, "dz": 3, "convention": "left"},
        {"kind": "helmert7", "dx": 1, "dy": 2, "dz": True},
    ],
    ids=range(10),
)  # fmt: skip
def test_a_wrong_shift_is_refused(data: object) -> None:
    with pytest.raises(Refusal, match=r"import\.wrong_shift"):
        shift_from_dict(data)


def test_an_unknown_system_of_a_shift_is_refused() -> None:
    with pytest.raises(Refusal, match=r"import\.unknown_crs"):
        shift_from_dict({"kind": "helmert7", "dx": 1, "dy": 2, "dz": 3, "source_crs": "EPSG:99"})


@pytest.mark.parametrize(
    ("crs", "datum"),
    [("EPSG:4214", "beijing54"), ("EPSG:2437", "beijing54"), ("EPSG:4610", "xian80"), ("EPSG:2385", "xian80"),
     ("EPSG:4490", None), ("EPSG:4549", None), ("EPSG:4326", None), ("EPSG:4555", "beijing54")],
)  # fmt: skip
def test_former_datums(crs: str, datum: str | None) -> None:
    assert old_datum(crs) == datum


POINTS = [("G1", 500_100.5, 3_690_200.25), ("G2", 512_000.0, 3_701_000.0), ("G3", 488_000.0, 3_699_500.5)]


def written(path: Path, template: str, header: str = "", encoding: str = "utf-8") -> Path:
    rows = [template.format(name=name, x=x - 40.0, y=y + 25.0, u=x, v=y, h=3.5) for name, x, y in POINTS]
    path.write_bytes("\n".join([*([header] if header else []), *rows]).encode(encoding))
    return path


@pytest.mark.parametrize(
    ("template", "header", "encoding"),
    [
        ("{name},{x},{y},{u},{v}", "", "utf-8"),
        ("{name},{y},{x},{v},{u}", "", "utf-8"),
        ("{name}\t{x}\t{y}\t{u}\t{v}", "点名\t源X\t源Y\t目标X\t目标Y", "gb18030"),
        ("{name}，{y}，{x}，{v}，{u}", "点名，旧X，旧Y，新X，新Y", "utf-8-sig"),
        ("{v};{u};{name};{y};{x}", "新北;新东;点名;旧北;旧东", "utf-8"),
        ("{name}  {x} {y} {h} {u} {v} {h}", "", "utf-8"),
        ("{x} {y} {u} {v}", "", "utf-8"),
        ("{name},40{u},{v},{u},{v}", "", "utf-8"),
    ],
    ids=["plain", "north-first", "header", "full-width", "header-orders", "heights", "no-name", "zone"],
)
def test_control_points_of_every_dress(tmp_path: Path, template: str, header: str, encoding: str) -> None:
    points = read_control_points(written(tmp_path / "p.txt", template, header, encoding))
    assert len(points) == 3
    assert points.target[0].tolist() == [500_100.5, 3_690_200.25]
    if "{x}" in template:
        assert points.source[0].tolist() == [500_060.5, 3_690_225.25]
        assert points.fit_similarity().shift.dx == pytest.approx(40, abs=1e-3)  # type: ignore[union-attr]


def test_a_local_grid_follows_the_order_of_the_other_pair(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("A,1200.5,300.25,3690000,500000\nB,1900,350,3690700,500050\n", "utf-8")
    points = read_control_points(path)
    assert points.swapped == (True, True)
    assert points.source[0].tolist() == [300.25, 1200.5]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "import.too_few_points"), ("点名,x,y,X,Y\n", "import.too_few_points"), ("A,1,2,3\n", "import.wrong_points"),
     ("A,1,2,3,4\nB,1,2,x,4\n", "import.wrong_points"), ("\x00\x01\x02", "import.too_few_points")],
    ids=["empty", "header-only", "three", "word", "binary"],
)  # fmt: skip
def test_control_points_that_cannot_be_read(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal) as refusal:
        read_control_points(path)
    assert refusal.value.code == code


def test_a_missing_file_of_control_points(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"import\.no_file"):
        read_control_points(tmp_path / "none.csv")


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_no_file_of_control_points_crashes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("cp") / "p.csv"
    path.write_bytes(data)
    with suppress(Refusal):
        assert len(read_control_points(path)) > 0


def test_a_point_left_out(tmp_path: Path) -> None:
    points = read_control_points(written(tmp_path / "p.csv", "{name},{x},{y},{u},{v}"))
    assert points.without([1]).names == ("G1", "G3")
