"""The palette is complete in light and dark, and every text on every ground can be read."""

from __future__ import annotations

import re
from string import Template

import pytest
from PySide6.QtGui import QColor, QIcon, QPalette

from desktop.shell.icons import icon, logo
from desktop.shell.stylesheet import STYLESHEET
from desktop.shell.theme import contrast, palettes, theme

GROUNDS = ("window", "surface", "sunken", "raised", "accent_soft")
TEXTS = ("text", "text_soft", "text_faint")


def test_contrast_of_black_on_white():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("tone", ["light", "dark"])
def test_text_can_be_read_on_every_ground(tone):
    colors = palettes()[tone]
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [("accent", ground) for ground in ("window", "surface", "sunken", "accent_soft")]
    pairs += [("on_accent", name) for name in ("accent", "accent_hover", "accent_press")]
    pairs += [(name, ground) for name in ("good", "warn", "bad") for ground in ("surface", "raised", f"{name}_soft")]
    pairs += [("map_text", "paper"), ("map_text", "halo")]
    low = {f"{a} on {b}": round(contrast(colors[a], colors[b]), 2) for a, b in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    assert contrast(colors["line_strong"], colors["surface"]) >= 3  # outlines of fields


def test_light_and_dark_have_the_same_names():
    assert palettes()["light"].keys() == palettes()["dark"].keys()
    assert palettes()["families"].keys() == palettes()["families_dark"].keys()
    for name, colors in palettes().items():
        for color in colors.values():
            assert re.fullmatch("#[0-9A-F]{6}", color), (name, color)


def test_the_style_sheet_knows_only_colours_of_the_palette():
    named = {match[1] or match[2] for match in re.finditer(r"\$(?:(\w+)|\{(\w+)\})", STYLESHEET)}
    assert named <= palettes()["light"].keys() | {"body", "title", "tone"}
    assert not re.search("#[0-9A-Fa-f]{6}", Template(STYLESHEET).template)


def test_switching_repaints_icons_and_palette(qapp, qtbot):
    look = theme()
    image = icon("mdi6.wifi")
    before = image.pixmap(16, 16).toImage()
    with qtbot.waitSignal(look.changed):
        look.apply("dark")
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(palettes()["dark"]["window"])
    after = image.pixmap(16, 16).toImage()
    assert before != after


def test_icons_draw_something_and_are_sharp(qapp):
    for name in ("mdi6.wifi", "cctv"):
        image = icon(name).pixmap(32, 32).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32)), name
    assert icon("wifi").pixmap(16, QIcon.Mode.Disabled).toImage() != icon("wifi").pixmap(16).toImage()
    assert logo(24, 2.0).size().width() == 48
