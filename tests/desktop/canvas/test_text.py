from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QImage, QPageSize, QPainter, QPdfWriter

from desktop.canvas.text import FAMILIES, Writer, advances, families, font
from gis.cartography.labels.names import Placed
from gis.cartography.palette import Palette
from gis.cartography.symbols import LabelRule

RULE = LabelRule(max_scale=1e9, size=2.5)
WRITER = Writer(Palette.of(False), 96 / 25.4)
LETTERS = "盐城市亭湖区解放南路鹽〇（一）、AVTyfiffl.,:-/ÄßåéЖ№0123456789 KX-YD"


def label_of(text: str, rule: LabelRule = RULE, letters: tuple[tuple[float, float, float], ...] = ()) -> Placed:
    codes = np.array([ord(c) for c in text], np.int32)
    width = float(advances(codes, rule.bold).sum()) * WRITER.size(rule)
    return Placed(text, rule, 100.0, 40.0, width, 14.0, 0.0, letters, np.zeros((0, 6)))


def ink(label: Placed, paint) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of what is painted."""
    image = QImage(200, 80, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    paint(painter, label)
    painter.end()
    alpha = np.frombuffer(image.constBits(), np.uint32).reshape(80, 200) >> 24 > 40
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(LETTERS, min_size=1, max_size=24), st.booleans(), st.sampled_from([9.0, 12.0, 20.0]))
def test_advances_agree_with_qt_within_half_a_pixel(qapp, text: str, bold: bool, size: float) -> None:
    codes = np.array([ord(c) for c in text], np.int32)
    ours = float(advances(codes, bold).sum(dtype=np.float64)) * size
    theirs = QFontMetricsF(font(bold, 0.0)).horizontalAdvance(text) * size / 64
    assert abs(ours - theirs) <= 0.5


def test_every_letter_has_a_glyph(qapp) -> None:
    """No tofu: what the font lacks Qt must find elsewhere."""
    from PySide6.QtGui import QTextLayout

    layout = QTextLayout(LETTERS, font(False, 0.0))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    assert all(glyph != 0 for run in layout.glyphRuns() for glyph in run.glyphIndexes())


def test_only_fonts_that_are_here_are_asked_for(qapp) -> None:
    assert families()
    assert set(families()) <= set(FAMILIES) or not set(families()) & set(FAMILIES)


@pytest.mark.parametrize("text", ["盐城市", "KX-YD-0001", "光缆48芯"])
def test_screen_and_paper_write_the_same_size(qapp, text: str) -> None:
    stamped, painted = ink(label_of(text), WRITER.stamp), ink(label_of(text), WRITER.paint)
    assert max(abs(a - b) for a, b in zip(stamped, painted, strict=True)) <= 1
    width = label_of(text).width
    assert abs((stamped[2] - stamped[0]) - width - 2 * RULE.halo * WRITER.pixels_per_mm) < 4


def test_letters_stand_where_they_were_placed(qapp) -> None:
    letters = tuple((40.0 + 40 * i, 30.0 + 5 * i, 0.0) for i in range(4))
    label = label_of("解放南路", letters=letters)
    for paint in (WRITER.stamp, WRITER.paint):
        left, top, right, bottom = ink(label, paint)
        assert abs(left - 34) <= 4
        assert abs(right - 166) <= 4
        assert abs(top - 24) <= 4
        assert abs(bottom - 51) <= 4


def test_the_halo_is_as_wide_as_the_rule_says(qapp) -> None:
    narrow = ink(label_of("盐", LabelRule(max_scale=1, halo=0.0)), WRITER.stamp)
    wide = ink(label_of("盐", LabelRule(max_scale=1, halo=1.0)), WRITER.stamp)
    assert abs((wide[2] - wide[0]) - (narrow[2] - narrow[0]) - 2 * WRITER.pixels_per_mm) <= 2


def test_a_line_break_in_a_name_is_a_space(qapp) -> None:
    assert ink(label_of("盐\n城"), WRITER.stamp) == ink(label_of("盐 城"), WRITER.stamp)


def test_a_name_stands_still_while_the_map_moves_by_whole_pixels(qapp) -> None:
    label = label_of("盐城市")
    moved = Placed(label.text, label.rule, label.x + 7, label.y - 3, label.width, label.height, 0.0, (), label.boxes)
    a, b = ink(label, WRITER.stamp), ink(moved, WRITER.stamp)
    assert tuple(np.subtract(b, a)) == (7, -3, 7, -3)


def test_names_on_paper_can_be_searched(qapp) -> None:
    import pikepdf

    assert QGuiApplication.instance() is not None
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QSizeF(100, 60), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(96)
    painter = QPainter(writer)
    WRITER.paint(painter, label_of("盐城"))
    WRITER.paint(painter, label_of("路", letters=((50.0, 50.0, 20.0),)))
    painter.end()
    buffer.close()
    import io

    with pikepdf.open(io.BytesIO(data.data())) as pdf:
        fonts = pdf.pages[0].Resources.Font
        maps = b"".join(f.ToUnicode.read_bytes() for f in fonts.values() if "/ToUnicode" in f)
    for letter in "盐城路":
        assert f"{ord(letter):04X}".encode() in maps.upper()
