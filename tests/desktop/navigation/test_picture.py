"""Pictures of the view: they lie where they should in any GIS, are as fine as asked for, and reach the clipboard."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from PySide6.QtGui import QGuiApplication, QImage

from desktop.canvas import GroundState
from desktop.navigation.picture import MOST_PIXELS, check_size, picture_of, write_picture
from desktop.navigation.picture_dialog import SIZES, PictureDialog
from desktop.shell.notices import notices
from gis.basemaps.basemap import GroundPicture
from gis.errors import Refusal


@pytest.fixture
def closer(window, at_rest):
    window.canvas.show_place(500_700.0, 3_690_200.0, 4000.0)
    at_rest()
    return window.canvas


@pytest.mark.parametrize(("ratio", "ending"), [(1.0, ".png"), (2.0, ".png"), (1.5, ".jpg")])
def test_gdal_lays_it_in_its_place(closer, tmp_path, ratio, ending):
    picture = picture_of(closer, ratio)
    view = picture.request.view
    files = write_picture(picture.draw().image, view, closer.project_crs, tmp_path / f"map{ending}")
    assert sorted(file.suffix for file in files) == sorted([ending, {".png": ".pgw", ".jpg": ".jgw"}[ending], ".xml"])
    with rasterio.open(files[0]) as read:
        assert (read.width, read.height) == picture.size
        assert read.crs.to_epsg() == 4549
        for column, row in ((0, 0), (read.width, 0), (0, read.height), (read.width, read.height)):
            x, y = read.transform * (column, row)
            px, py = view.to_pixels(x, y)
            assert (px, py) == pytest.approx((column, row), abs=0.01)
    assert not list(tmp_path.glob("*.new"))


def test_it_is_the_map_that_is_seen(closer):
    picture = picture_of(closer, closer.devicePixelRatioF(), furniture=False)
    drawn, seen = picture.draw().image, closer.grab_picture()
    assert drawn.size() == seen.size()
    pixels = [(x, y) for x in range(0, drawn.width(), 5) for y in range(0, drawn.height(), 5)]
    same = sum(drawn.pixel(x, y) == seen.pixel(x, y) for x, y in pixels)
    assert same > 0.98 * len(pixels)  # labels may find another place


def test_furniture_is_drawn_or_left_out(closer):
    plain, furnished = picture_of(closer, 1.0, furniture=False).draw().image, picture_of(closer, 1.0).draw().image
    width, height = plain.width(), plain.height()
    corner = [(x, y) for x in range(10, 170) for y in range(height - 40, height - 10)]
    assert any(plain.pixel(*at) != furnished.pixel(*at) for at in corner)
    middle = [(x, height // 2) for x in range(width)]
    assert all(plain.pixel(*at) == furnished.pixel(*at) for at in middle)


class Meadow:
    """A base map that is green all over."""

    key, attribution, on_news = "meadow", "© Surveyors of the meadow", None

    def picture(self, view, crs, wanted, *, dark=False):
        return GroundPicture(np.full((int(view.height), int(view.width)), 0xFF20C020, np.uint32), True)

    def close(self):
        """Nothing is held."""


def test_base_maps_are_drawn_and_their_source_named(window, closer, at_rest):
    closer.set_grounds([GroundState(Meadow())])
    closer.set_layers([])
    at_rest()
    assert closer.attribution == "© Surveyors of the meadow"
    named, silent = picture_of(closer, 1.0).draw().image, picture_of(closer, 1.0, attribution=False).draw().image
    middle = (closer.width() // 2, closer.height() // 2)
    assert silent.pixel(*middle) == named.pixel(*middle) == 0xFF20C020
    foot = [(x, closer.height() - y) for x in range(closer.width() - 150, closer.width()) for y in range(3, 20)]
    assert all(silent.pixel(*at) == 0xFF20C020 for at in foot)
    assert sum(named.pixel(*at) != 0xFF20C020 for at in foot) > 100
    seen = closer.grab().toImage()
    assert sum(seen.pixel(*at) != 0xFF20C020 for at in foot) > 100
    closer.set_grounds([])
    at_rest()


def test_the_dialog_saves_what_is_in_view(qtbot, window, closer, tmp_path, at_rest):
    dialog = PictureDialog(window, closer)
    dialog.show()
    dialog.sizes.setCurrentIndex(next(i for i, size in enumerate(SIZES) if size[2] == 300))
    assert "每像素" in dialog.facts.text()
    with qtbot.waitSignal(window.jobs.changed):
        dialog.save_to(tmp_path / "view")
    at_rest()
    image = QImage(str(tmp_path / "view.png"))
    assert image.width() == pytest.approx(closer.width() * 300 / 96, abs=1)
    assert image.dotsPerMeterX() == pytest.approx(300 / 0.0254, rel=0.001)
    assert "view.png" in notices().recent[-1].message()


def test_the_map_is_copied(qtbot, window, closer, at_rest):
    QGuiApplication.clipboard().clear()
    window.actions_["picture.copy"].trigger()
    at_rest()
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (closer.width(), closer.height())


def test_what_cannot_be_written_is_refused(closer, tmp_path):
    image, view = QImage(8, 8, QImage.Format.Format_RGB32), closer.view
    with pytest.raises(Refusal, match=r"picture\.format"):
        write_picture(image, view, closer.project_crs, tmp_path / "map.bmp")
    with pytest.raises(Refusal, match=r"picture\.not_written"):
        write_picture(image, view, closer.project_crs, tmp_path / "nowhere" / "map.png")
    with pytest.raises(Refusal, match=r"picture\.too_large"):
        check_size(MOST_PIXELS, 2)
