"""The antenna of a cell in its form: it follows the selection and the values, and says what it does not know."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage

from desktop.forms.antenna import AntennaSection
from desktop.shell.theme import theme
from gis.project import Session

ROW = {"azimuth": 90.0, "h_beamwidth": 65.0, "v_beamwidth": 8.0, "electrical_tilt": 4.0}


class Workspace:
    """What the section asks of a workspace."""

    def __init__(self, session: Any) -> None:
        self.session = session


@pytest.fixture
def section(qtbot: Any, tmp_path: Any) -> Any:
    with Session.create(tmp_path / "c.yantu") as session:
        made = AntennaSection(Workspace(session))
        qtbot.addWidget(made)
        made.resize(300, 240)
        made.unfold()
        made.show()
        yield made


def shade(section: AntennaSection, x: int, y: int) -> QColor:
    image = QImage(section.plot.size(), QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    section.plot.render(image)
    return image.pixelColor(x, y)


def test_the_beam_is_drawn_where_it_points(section: AntennaSection) -> None:
    section.show_row(ROW)
    plot = section.plot
    middle, up = plot.width() // 4, plot.height() // 2 + 8
    east, west = shade(section, middle + 30, up - 4), shade(section, middle - 30, up - 4)
    assert east != west  # filled to the east only
    accent = theme().color("accent")
    assert abs(east.red() - accent.red()) < abs(west.red() - accent.red())
    assert "4" in section.said
    assert "3GPP 65" in section.said


def test_what_is_not_known_is_said(section: AntennaSection) -> None:
    section.show_row({"pattern_file": "k742.msi"})
    assert "k742.msi" in section.said
    assert section.plot.isVisible()
    section.clear()
    assert not section.plot.isVisible()
    assert section.said == ""
