"""Several sheets in one PDF: fonts once, a georeference for every map, bookmarks, links, layers to be switched."""

from __future__ import annotations

import dataclasses
import datetime
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pyproj
import pytest
from PySide6.QtCore import QPointF

from desktop.sheets.export import Reading, export_sheet
from desktop.sheets.pdf import PaintedPage, write_pdf
from desktop.sheets.pdf_repairs import Link
from desktop.sheets.typography import paint_line
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.items import Box, MapItem, Paper
from gis.cartography.sheets.specification import MapView, SheetSpec
from gis.cartography.sheets.templates import sheet_template
from gis.errors import Cancelled
from gis.progress import Progress
from gis.project import Session
from tests.desktop.sheets.reading import POINTS_MM, fonts, picture, words

DATE = datetime.date(2026, 3, 5)


@pytest.fixture
def sheet(city: Session) -> SheetSpec:
    return compose(city, sheet_template("inventory_a3"), date=DATE)


def with_overview(sheet: SheetSpec) -> SheetSpec:
    """The sheet with a second map of the whole city in its corner, four times smaller."""
    item = MapItem(id="overview", role="overview", box=Box(20, 200, 60, 60), band=1.0, grid="none")
    view = sheet.view()
    small = MapView(view.center, view.denominator * 4, view.layers)
    return dataclasses.replace(sheet, items=(*sheet.items, item), views={**sheet.views, "overview": small})


def titled(sheet: SheetSpec, title: str) -> SheetSpec:
    return dataclasses.replace(sheet, fields={**sheet.fields, "title": title})


def layer_named(pdf: pikepdf.Pdf, name: str) -> pikepdf.Object:
    [found] = [group for group in pdf.Root.OCProperties.OCGs if str(group.Name) == name]
    return found


def without_layer(path: Path, *names: str) -> Path:
    """A copy in which the layers of those names are switched off."""
    target = path.with_name(f"{path.stem}-off.pdf")
    with pikepdf.open(path) as pdf:
        pdf.Root.OCProperties.D.OFF = pikepdf.Array([layer_named(pdf, name) for name in names])
        pdf.save(target)
    return target


def texts(path: Path) -> list[str]:
    """The words of every page."""
    return words(path).split("\f")[:-1]


def test_every_sheet_is_a_page_and_fonts_are_embedded_once(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    small = compose(city, sheet_template("coverage_a4"), date=DATE)
    made = (page for page in (sheet, small, titled(sheet, "第三张图")))
    assert write_pdf(made, city, tmp_path / "three.pdf", DATE) == 3
    assert write_pdf(sheet, city, tmp_path / "one.pdf", DATE) == 1
    with pikepdf.open(tmp_path / "three.pdf") as pdf:
        sizes = [[float(v) / POINTS_MM for v in page.mediabox[2:]] for page in pdf.pages]
        kept = [page.objgen for page in pdf.pages]
        pages = [o.objgen for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Page"]
    assert np.allclose(sizes, [[420, 297], [210, 297], [420, 297]], atol=0.001)
    assert sorted(pages) == sorted(kept), "pages that were laid over others do not stay in the file"
    said = texts(tmp_path / "three.pdf")
    assert ["第三张图" in page for page in said] == [False, False, True]
    assert "盐城市数字基础设施分布图" in said[0]
    assert len(fonts(tmp_path / "three.pdf")) == len(fonts(tmp_path / "one.pdf")) == 2


def test_every_map_of_a_page_has_its_place_the_main_one_first(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    spec = with_overview(sheet)
    write_pdf([sheet, spec], city, tmp_path / "maps.pdf", DATE)
    to_grid = pyproj.Transformer.from_crs(4490, 4549, always_xy=True)
    with pikepdf.open(tmp_path / "maps.pdf") as pdf:
        assert len(pdf.pages[0].obj["/VP"]) == 1
        found = pdf.pages[1].obj["/VP"]
        assert len(found) == 2
        for viewport, item in zip(found, spec.maps, strict=True):
            degrees = np.array([float(v) for v in viewport.Measure.GPTS]).reshape(4, 2)
            x, y = to_grid.transform(degrees[:, 1], degrees[:, 0])
            xmin, ymin, xmax, ymax = spec.extent_of(item)
            assert np.allclose([x.min(), y.min(), x.max(), y.max()], [xmin, ymin, xmax, ymax], atol=0.01)
            inner = item.inner()
            box = [float(v) / POINTS_MM for v in viewport.BBox]
            assert np.allclose(box, [inner.x, 297 - inner.bottom, inner.right, 297 - inner.y], atol=0.01)


@pytest.mark.skipif(not shutil.which("gdalinfo"), reason="GDAL's tools are not installed")
def test_gdal_finds_the_main_map(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    spec = with_overview(sheet)
    out = tmp_path / "maps.pdf"
    write_pdf(spec, city, out, DATE)
    done = subprocess.run(["gdalinfo", "-json", "-mdd", "LAYERS", str(out)], capture_output=True, check=False)
    if b"Geospatial PDF" not in done.stdout:
        pytest.skip("this GDAL does not read PDF")

    said = json.loads(done.stdout)
    (x, dx, _, y, _, dy), (width, height) = said["geoTransform"], said["size"]
    per_pixel = 420 / width  # mm
    inner = spec.map_item.inner()
    xmin, ymin, _, ymax = spec.extent
    assert x + inner.x / per_pixel * dx == pytest.approx(xmin, abs=dx)
    assert y + inner.y / per_pixel * dy == pytest.approx(ymax, abs=dx)
    assert y + inner.bottom / per_pixel * dy == pytest.approx(ymin, abs=dx)
    assert height == pytest.approx(297 / per_pixel, abs=1)
    assert "CGCS2000" in said["coordinateSystem"]["wkt"]
    assert {"图廓整饰", "道路", "WiFi热点"} <= set(said["metadata"]["LAYERS"].values())


def test_a_layer_can_be_switched_off_on_all_pages(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    out = tmp_path / "layers.pdf"
    write_pdf([sheet, titled(sheet, "第二张图")], city, out, DATE)
    flat = tmp_path / "flat.pdf"
    write_pdf([sheet, titled(sheet, "第二张图")], city, flat, DATE, layers=False)
    with pikepdf.open(out) as pdf:
        names = [str(group.Name) for group in pdf.Root.OCProperties.D.Order]
    assert names == ["图廓整饰", "坐标格网", "注记", "WiFi热点", "道路", "区域"]
    with pikepdf.open(flat) as pdf:
        assert "/OCProperties" not in pdf.Root
    shown, merged = picture(out, 72), picture(flat, 72)
    assert (shown == merged).all(), "layers paint the same page"
    hidden = without_layer(out, "注记", "图廓整饰")
    for page in texts(hidden):
        assert "亭湖区" not in page
        assert "图例" not in page
        assert "520 km" in page, "the grid is a layer of its own"
    # Without the hotspots their orange is gone from the map, and nothing else moves.
    bare = picture(without_layer(out, "WiFi热点"), 72).astype(int)
    inner = sheet.map_item.inner()
    mm = 72 / 25.4
    window = np.zeros(bare.shape, bool)
    window[int(inner.y * mm) : int(inner.bottom * mm) + 2, int(inner.x * mm) : int(inner.right * mm) + 2] = True
    changed = np.abs(bare - shown) > 8
    assert changed[window].sum() > 100
    assert not changed[~window].any()


def test_layers_are_called_in_the_language_of_the_sheet(city: Session, tmp_path: Path) -> None:
    spec = compose(city, sheet_template("inventory_a3"), date=DATE, language="en")
    write_pdf(spec, city, tmp_path / "en.pdf", DATE)
    with pikepdf.open(tmp_path / "en.pdf") as pdf:
        names = {str(group.Name) for group in pdf.Root.OCProperties.OCGs}
    assert names == {"Sheet", "Grid", "Labels", "WiFi hotspot", "Road", "Area"}


def test_a_coverage_is_a_layer_and_only_what_is_there_is_listed(analysed, tmp_path: Path) -> None:
    session, run = analysed
    [out] = export_sheet(session, "coverage_a4", tmp_path / "c.pdf", run=run, date=DATE)
    with pikepdf.open(out) as pdf:
        names = [str(group.Name) for group in pdf.Root.OCProperties.D.Order]
        assert names[-1] == "覆盖"
        assert "底图" not in names
        resources = pdf.pages[0].obj.Resources
        assert len(resources.Properties) == len(names)
        stream = b"".join(part.read_bytes() for part in pdf.pages[0].obj.Contents)
    assert stream.count(b" BDC\n") == stream.count(b"EMC\n") > len(names) - 1


def test_bookmarks_and_links_lead_to_their_pages(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    out = tmp_path / "atlas.pdf"
    outline = [("第一部分", 1, 0), ("亭湖区", 2, 1), ("盐都区", 3, 1), ("附录", 3, 0)]
    write_pdf([sheet] * 3, city, out, DATE, outline=outline, links=[Link(1, Box(10, 20, 50, 8), 3)])
    with pikepdf.open(out) as pdf:
        with pdf.open_outline() as tree:
            read = [(item.title, [child.title for child in item.children]) for item in tree.root]
            place = tree.root[0].children[1].destination[0]
        assert read == [("第一部分", ["亭湖区", "盐都区"]), ("附录", [])]
        assert place.objgen == pdf.pages[2].objgen
        [note] = pdf.pages[0].obj.Annots
        assert note.Dest[0].objgen == pdf.pages[2].objgen
        assert [float(v) / POINTS_MM for v in note.Rect] == pytest.approx([10, 297 - 28, 60, 297 - 20], abs=0.01)


def test_a_page_of_another_kind_stands_between_sheets(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    cover = PaintedPage(Paper.of("A4", "portrait"), lambda painter: paint_line(painter, "目录", 20, 30, 6, bold=True))
    write_pdf([cover, sheet], city, tmp_path / "book.pdf", DATE, words={"title": "图集", "maker": "测绘院"})
    first, second = texts(tmp_path / "book.pdf")
    assert "目录" in first
    assert "比例尺" in second
    with pikepdf.open(tmp_path / "book.pdf") as pdf:
        assert "/VP" not in pdf.pages[0].obj
        assert "/VP" in pdf.pages[1].obj
        assert (str(pdf.docinfo["/Title"]), str(pdf.docinfo["/Author"])) == ("图集", "测绘院")


def test_a_page_may_read_from_a_source_of_its_own(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    with city.reading() as snapshot:
        own = Reading(city, snapshot)
        write_pdf([(sheet, own)], None, tmp_path / "own.pdf", DATE)
    write_pdf([sheet], city, tmp_path / "plain.pdf", DATE)
    assert (tmp_path / "own.pdf").read_bytes() == (tmp_path / "plain.pdf").read_bytes()


def test_pages_are_taken_one_at_a_time(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    alive: list[int] = []

    def pages() -> Iterator[PaintedPage]:
        for i in range(4):
            yield PaintedPage(sheet.paper, lambda painter, i=i: painter.drawPoint(QPointF(i, i)) or alive.append(i))
            assert alive == list(range(i + 1)), "a page is painted before the next one is asked for"

    assert write_pdf(pages(), city, tmp_path / "lazy.pdf", DATE) == 4


def test_cancelled_between_pages_nothing_is_left(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    seen: list[float] = []

    def listener(done: float, total: float, _label: str) -> None:
        seen.append(done)
        if done == 2:
            progress.cancel()

    progress = Progress(listener)
    with pytest.raises(Cancelled):
        write_pdf([sheet] * 5, city, tmp_path / "five.pdf", DATE, progress)
    assert max(seen) == 2
    assert not [p for p in tmp_path.iterdir() if "five" in p.name]


def test_many_pages_give_the_same_bytes_again(city: Session, sheet: SheetSpec, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_pdf([sheet, with_overview(sheet)], city, tmp_path / f"{name}.pdf", DATE, outline=[("图", 2, 0)])
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
