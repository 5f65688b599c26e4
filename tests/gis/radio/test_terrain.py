"""Terrain from files that the tests make: heights, surface, buildings, land cover, sea; holes and nonsense."""

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import Affine

from gis.coverage.grid import Grid
from gis.errors import Cancelled, Refusal
from gis.geometry.columns import Columns
from gis.geometry.crs import project_crs
from gis.progress import Progress
from gis.radio.p1812 import link
from gis.radio.sweep import sweep_p1812
from gis.radio.terrain import Terrain, building_heights, clutter, cover_losses_db, terrain

WKT = project_crs(4549).crs.to_wkt()
GRID = Grid.over((500_010.0, 3_690_000.0, 501_210.0, 3_690_900.0), 30.0)  # 40 × 30


def write(
    path: Path,
    values: NDArray[np.generic],
    *,
    west: float = 500_010.0,
    north: float = 3_690_900.0,
    size: float = 30.0,
    crs: str | None = WKT,
    nodata: float | None = None,
) -> Path:
    """A GeoTIFF of one band."""
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype=values.dtype,
        crs=crs, transform=Affine(size, 0.0, west, 0.0, -size, north), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def tilted(rows: int = 30, columns: int = 40, pixel: float = 30.0) -> NDArray[np.float32]:
    """0.1 m a metre eastwards, from the grid's west edge."""
    return np.broadcast_to(((np.arange(columns) + 0.5) * pixel * 0.1).astype(np.float32), (rows, columns)).copy()


def houses(*rows: tuple[shapely.Geometry | None, float, float]) -> Columns:
    """Buildings of (polygon, height, floors)."""
    shapes = np.empty(len(rows), object)
    shapes[:] = [row[0] for row in rows]
    fields = {"height_m": np.array([row[1] for row in rows]), "floors": np.array([row[2] for row in rows])}
    return Columns("building", np.arange(len(rows)), fields, shapes)


def codes(found: Terrain) -> list[str]:
    return [note.code for note in found.notes]


def test_without_any_file_the_land_is_level_and_bare() -> None:
    found = terrain(GRID, WKT, level_m=3.0)
    assert (found.relief.ground == 3.0).all()
    assert (found.relief.clutter == 0.0).all()
    assert found.relief.ground.shape == (30, 40)
    assert codes(found) == ["radio.flat_ground"]
    assert "3 m" in found.notes[0].text("en")
    assert found.cover is None


def test_heights_on_the_same_grid_are_taken_as_they_are(tmp_path: Path) -> None:
    found = terrain(GRID, WKT, heights=write(tmp_path / "dem.tif", tilted()))
    assert found.relief.ground == pytest.approx(tilted(), abs=1e-4)
    assert found.notes == ()


def test_heights_of_another_system_are_brought_over(tmp_path: Path) -> None:
    lon, lat = project_crs(4549).to_lonlat(np.array([499_000.0, 502_500.0]), np.array([3_689_000.0, 3_692_000.0]))
    step = 1.0 / 3600.0
    columns, rows = math.ceil((lon[1] - lon[0]) / step), math.ceil((lat[1] - lat[0]) / step)
    lons = lon[0] + (np.arange(columns) + 0.5) * step
    lats = lat[1] - (np.arange(rows) + 0.5) * step
    x, _ = project_crs(4549).from_lonlat(*np.meshgrid(lons, lats))
    path = write(
        tmp_path / "dem.tif",
        ((x - 500_010.0) * 0.1 + 100.0).astype(np.float32),
        west=float(lon[0]),
        north=float(lat[1]),
        size=step,
        crs="EPSG:4326",
    )
    found = terrain(GRID, WKT, heights=path)
    assert found.relief.ground == pytest.approx(tilted() + 100.0, abs=0.3)  # a tenth of a pixel's 3 m


def test_a_finer_file_is_averaged(tmp_path: Path) -> None:
    fine = np.zeros((300, 400), np.float32)
    fine[::2] = 10.0  # a comb that any single sample would miss or hit
    found = terrain(GRID, WKT, heights=write(tmp_path / "dem.tif", fine, size=3.0))
    assert found.relief.ground == pytest.approx(np.full((30, 40), 5.0), abs=0.01)


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "undeclared"])
def test_holes_are_filled_and_told(tmp_path: Path, declared: bool) -> None:
    values = (10.0 * tilted()).astype(np.int16)
    values[5:10, 8:12] = -32768
    path = write(tmp_path / "dem.tif", values, nodata=-32768 if declared else None)
    found = terrain(GRID, WKT, heights=path)
    assert codes(found) == ["radio.holes_filled"]
    assert found.notes[0].args["count"] == 20
    assert np.isfinite(found.relief.ground).all()
    assert found.relief.ground.min() >= values[values > -32768].min()
    assert abs(found.relief.ground[7, 9] - float(values[7, 7])) < 61.0


def test_a_file_that_covers_a_part_is_told(tmp_path: Path) -> None:
    found = terrain(GRID, WKT, heights=write(tmp_path / "dem.tif", tilted(30, 20)))
    assert codes(found) == ["radio.holes_filled"]
    assert found.notes[0].args["percent"] == pytest.approx(50.0, abs=1.5)


def test_a_surface_stands_on_the_ground(tmp_path: Path) -> None:
    ground, top = tilted(), tilted()
    top[10:12, 20:25] += 18.0
    top[0, 0] -= 5.0  # a surface below the ground is noise
    found = terrain(GRID, WKT, heights=write(tmp_path / "dem.tif", ground), surface=write(tmp_path / "dsm.tif", top))
    assert found.relief.clutter.max() == pytest.approx(18.0, abs=1e-3)
    assert (found.relief.clutter[10:12, 20:25] > 17.9).all()
    assert found.relief.clutter.sum() == pytest.approx(180.0, abs=0.1)
    alone = terrain(GRID, WKT, surface=tmp_path / "dsm.tif")
    assert (alone.relief.clutter == 0.0).all()
    assert alone.relief.ground == pytest.approx(top, abs=1e-3)


def test_buildings_stand_where_they_fill_a_quarter() -> None:
    west, north = GRID.west, GRID.north
    notes: list = []
    found = building_heights(
        GRID,
        houses(
            (shapely.box(west + 30, north - 60, west + 60, north - 30), 24.0, math.nan),  # pixel (1, 1), whole
            (shapely.box(west + 90, north - 45, west + 105, north - 30), 30.0, math.nan),  # a quarter of (1, 3)
            (shapely.box(west + 150, north - 40, west + 160, north - 30), 90.0, math.nan),  # a ninth of (1, 5)
            (shapely.box(west + 210, north - 60, west + 240, north - 30), math.nan, 6.0),  # six floors at (1, 7)
            (shapely.box(west + 270, north - 60, west + 300, north - 30), math.nan, math.nan),  # nothing known, (1, 9)
            (shapely.box(west + 330, north - 60, west + 360, north - 30), 10.0, math.nan),  # half of (1, 11) is taller
            (shapely.box(west + 330, north - 60, west + 345, north - 30), 20.0, math.nan),
            (None, 50.0, math.nan),
            (shapely.box(west + 390, north - 60, west + 420, north - 30), -3.0, 2.0),  # below zero is unknown
        ),
        notes,
    )
    row = found[1]
    assert (row[1], row[3], row[5], row[7], row[9]) == (24.0, 30.0, 0.0, 18.0, clutter()["buildings"]["assumed_m"])
    assert row[11] == pytest.approx(15.0)
    assert row[13] == 6.0
    assert found[[0, *range(2, 30)]].sum() == 0.0
    assert [(note.code, note.args["count"]) for note in notes] == [("radio.buildings_without_height", 3)]


def test_buildings_are_the_same_across_tiles() -> None:
    grid = Grid.over((500_000.0, 3_690_000.0, 506_000.0, 3_696_000.0), 10.0)  # 600 × 600: four tiles
    block = shapely.box(505_000.0, 3_690_800.0, 505_300.0, 3_691_100.0)
    found = building_heights(grid, houses((block, 12.0, math.nan)))
    assert found.sum() == pytest.approx(12.0 * 900)
    assert (found[490:520, 500:530] == 12.0).all()


def test_land_cover_has_heights_of_its_kinds(tmp_path: Path) -> None:
    cover = np.full((30, 40), 40, np.uint8)
    cover[:, 10:20], cover[:, 20:30], cover[:, 30:] = 10, 50, 80
    cover[0, 0] = 77
    path = write(tmp_path / "cover.tif", cover, nodata=0)
    found = terrain(GRID, WKT, cover=path)
    assert found.relief.clutter[5, [5, 15, 25, 35]].tolist() == [0.0, 15.0, 15.0, 0.0]
    assert codes(found) == ["radio.flat_ground", "radio.unlisted_cover"]
    assert found.notes[1].args == {"count": 1, "codes": "77"}
    assert found.cover is not None
    assert np.array_equal(found.cover, cover)
    # Where buildings are known, a built class says nothing of its own.
    with_houses = terrain(
        GRID, WKT, cover=path, buildings=houses((shapely.box(500_640, 3_690_870, 500_670, 3_690_900), 40.0, math.nan))
    )
    assert with_houses.relief.clutter[5, [5, 15, 25, 35]].tolist() == [0.0, 15.0, 0.0, 0.0]
    assert with_houses.relief.clutter[0, 21] == 40.0


def test_the_sea_makes_a_coast(tmp_path: Path) -> None:
    grid = Grid.over((0.0, 3_600_000.0, 100_000.0, 3_610_000.0), 1000.0)
    heights = np.full((10, 100), 4.0, np.float32)
    heights[:, 30:40] = 250.0
    path = write(tmp_path / "dem.tif", heights, west=0.0, north=3_610_000.0, size=1000.0)
    sea = [shapely.box(0.0, 3_600_000.0, 10_000.0, 3_610_000.0)]
    zone = terrain(grid, WKT, heights=path, sea=sea).relief.zone
    assert zone[4, [0, 9, 10, 35, 59, 61, 99]].tolist() == [1, 1, 3, 4, 3, 4, 4]
    assert terrain(grid, WKT, heights=path, sea=[]).relief.zone.tolist() == [[4]]
    assert terrain(grid, WKT, heights=path, zone=3).relief.zone.tolist() == [[3]]


def test_every_class_names_a_kind_and_a_source() -> None:
    tree = clutter()
    for scheme in tree["schemes"].values():
        assert scheme["source"]
        assert set(scheme["classes"].values()) <= set(tree["kinds"])
    for kind in tree["kinds"].values():
        assert kind["height_m"] >= 0.0
        assert set(kind["label"]) == {"zh", "en"}


def test_losses_of_classes_are_those_of_p2108() -> None:
    losses, notes = cover_losses_db(900.0, 1.5, "p1812")
    assert notes == ()
    # P.2108-1 (2b): -(21.8 + 6.2 lg 0.9) lg(1.5/10) = 21.516 · 0.82391
    assert losses[2] == pytest.approx(17.73, abs=0.01)
    assert losses[5] > losses[4] > losses[3] > 10.0
    held, notes = cover_losses_db(3500.0, 1.5, "p1812")
    assert held == cover_losses_db(3000.0, 1.5, "p1812")[0]
    assert [note.code for note in notes] == ["radio.beyond_range"]
    with pytest.raises(Refusal, match=r"radio\.no_cover_scheme"):
        cover_losses_db(900.0, 1.5, "no such")


def test_nonsense_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("no raster")
    nowhere = write(tmp_path / "nowhere.tif", tilted(), crs=None)
    empty = write(tmp_path / "empty.tif", np.full((30, 40), -9999.0, np.float32), nodata=-9999.0)
    elsewhere = write(tmp_path / "elsewhere.tif", tilted(), west=900_000.0)
    halves = write(tmp_path / "halves.tif", tilted())
    for wishes, code in (
        ({"heights": tmp_path / "none.tif"}, "radio.no_height_file"),
        ({"heights": tmp_path / "text.tif"}, "radio.bad_height_file"),
        ({"heights": nowhere}, "radio.bad_height_file"),
        ({"heights": empty}, "radio.no_heights"),
        ({"heights": elsewhere}, "radio.no_heights"),
        ({"cover": halves}, "radio.bad_cover_file"),
        ({"cover": tmp_path / "none.tif"}, "radio.bad_cover_file"),
        ({"scheme": "no such"}, "radio.no_cover_scheme"),
    ):
        with pytest.raises(Refusal) as caught:
            terrain(GRID, WKT, **wishes)  # type: ignore[arg-type]
        assert caught.value.code == code
        assert caught.value.message("zh")


def test_reading_is_cancelled(tmp_path: Path) -> None:
    token = Progress()
    token.cancel()
    with pytest.raises(Cancelled):
        terrain(GRID, WKT, heights=write(tmp_path / "dem.tif", tilted()), progress=token)


def test_from_files_to_a_map_of_losses(tmp_path: Path) -> None:
    """The whole way: a height file with a hole, houses, land cover, and a map of losses that feels all of them."""
    heights = tilted() * 0.1
    heights[3, 3] = -9999.0
    cover = np.full((30, 40), 40, np.uint8)
    cover[:, :12] = 10
    found = terrain(
        GRID,
        WKT,
        heights=write(tmp_path / "dem.tif", heights.astype(np.float32), nodata=-9999.0),
        buildings=houses((shapely.box(500_790.0, 3_690_300.0, 500_850.0, 3_690_600.0), 45.0, 15.0)),
        cover=write(tmp_path / "cover.tif", cover),
    )
    tx, chosen = (500_625.0, 3_690_450.0), link(1800.0, 25.0, 1.5)
    loss = sweep_p1812(found.relief, tx, chosen)
    bare = sweep_p1812(found.relief._replace(clutter=np.zeros_like(found.relief.clutter)), tx, chosen)
    assert codes(found) == ["radio.holes_filled"]
    assert np.isfinite(loss).all()
    assert (loss[12:18, 29:] > bare[12:18, 29:] + 10.0).all()  # in the houses' shade
    assert (loss[:, :10] > bare[:, :10] + 3.0).mean() > 0.8  # in the wood
    assert loss[15, 22] == bare[15, 22]
