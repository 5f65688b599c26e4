import datetime
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from PySide6.QtGui import QImage

from desktop.jobs import JobRunner
from desktop.sheets.export import export_sheet, preview
from gis.errors import Cancelled
from gis.progress import Progress
from gis.project import Session
from tests.gis.sheets.city import load

DATE = datetime.date(2026, 3, 5)


@pytest.fixture
def square(tmp_path: Path):
    """One building of 1,000 × 500 m whose edges can be found in a picture."""
    with Session.create(tmp_path / "square.yantu") as session:
        load(session, "cable", [shapely.LineString([(512_000.0, 3_690_000.0), (513_000.0, 3_690_000.0)])], code=["c"],
             level=["backbone"])  # fmt: skip
        yield session


def test_a_png_has_its_dots_and_its_place(city: Session, tmp_path: Path) -> None:
    out, world, projection = export_sheet(city, "coverage_a4", tmp_path / "sheet.png", date=DATE, dpi=200)
    image = QImage(str(out))
    assert (image.width(), image.height()) == (round(210 / 25.4 * 200), round(297 / 25.4 * 200))
    assert image.dotsPerMeterX() == round(200 / 0.0254)
    assert [world.suffix, projection.suffix] == [".pgw", ".prj"]
    assert pyproj.CRS.from_wkt(projection.read_text("utf-8")).is_projected
    assert len(world.read_text().split()) == 6


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_the_picture_lies_where_it_says(square: Session, tmp_path: Path, ending: str) -> None:
    extent = (511_500.0, 3_689_500.0, 513_500.0, 3_690_500.0)
    out = export_sheet(
        square, "inventory_a3", tmp_path / f"sheet{ending}", extent=extent, denominator=10_000, date=DATE, dpi=150
    )[0]
    with rasterio.open(out) as picture:
        if ending == ".tif":
            assert picture.crs.to_epsg() == 4549
        pixels = picture.read().astype(int)
        # The backbone cable is the dark blue line; its middle lies on the northing it was given.
        blue = (pixels[2] - pixels[0] > 60) & (pixels[0] < 90)
        rows, columns = np.nonzero(blue)
        x, y = picture.xy(rows, columns)
    x, y = np.asarray(x), np.asarray(y)
    inside = (x > 511_600) & (x < 513_400) & (y > 3_689_600) & (y < 3_690_400)
    pixel = 10_000 / 1000 * 25.4 / 150
    assert np.median(y[inside]) == pytest.approx(3_690_000.0, abs=2 * pixel)
    assert x[inside].min() == pytest.approx(512_000.0, abs=8 * pixel)
    assert x[inside].max() == pytest.approx(513_000.0, abs=8 * pixel)


def test_an_svg_is_well_formed_in_millimetres_with_text_as_text(city: Session, tmp_path: Path) -> None:
    [out] = export_sheet(city, "inventory_a3", tmp_path / "sheet.svg", date=DATE)
    root = ElementTree.parse(out).getroot()
    assert (root.get("width"), root.get("height")) == ("420mm", "297mm")
    assert root.get("viewBox") == "0 0 21000 14850"
    said = "".join(root.itertext())
    assert "盐城市数字基础设施分布图" in said
    assert "1:60,000" in said
    [again] = export_sheet(city, "inventory_a3", tmp_path / "again.svg", date=DATE)
    assert out.read_bytes() == again.read_bytes()


def test_a_preview_is_as_wide_as_asked(city: Session) -> None:
    image, spec = preview(city, "coverage_a4", 400, date=DATE)
    assert (image.width(), image.height()) == (400, round(400 * 297 / 210))
    assert spec.template == "coverage_a4"


def test_a_sheet_is_drawn_off_the_ui_thread(qtbot, city: Session, tmp_path: Path) -> None:
    jobs = JobRunner()
    written: list[list[Path]] = []
    here = tmp_path / "here.pdf"
    export_sheet(city, "coverage_a4", here, date=DATE)
    there = tmp_path / "there.pdf"
    jobs.start("map", lambda progress: export_sheet(city, "coverage_a4", there, date=DATE, progress=progress),
               written.append)  # fmt: skip
    qtbot.waitUntil(lambda: bool(written), timeout=20_000)
    assert there.read_bytes() == here.read_bytes()
    assert jobs.close()


def test_a_cancelled_sheet_leaves_nothing_behind(city: Session, tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        export_sheet(city, "coverage_a4", tmp_path / "out" / "sheet.pdf", progress=progress)
    seen: list[str] = []
    late = Progress(lambda _done, _total, label: (seen.append(label), late.cancel())[0])
    with pytest.raises(Cancelled):
        export_sheet(city, "coverage_a4", tmp_path / "out" / "sheet.pdf", progress=late)
    assert seen
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True
