"""Icons: those of the house are all sound, a user's are made harmless."""

from __future__ import annotations

import pytest

from gis.cartography.icons import LARGEST, colored, icon_names, icon_text
from gis.errors import Refusal

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'


@pytest.mark.parametrize("name", icon_names())
def test_icons_of_the_house_take_colours(name: str) -> None:
    text = icon_text(name)
    assert "currentColor" in text
    made = colored(text, "#123456", "#FFFFFF")
    assert "#123456" in made
    assert "var(" not in made


def test_there_is_an_icon_for_every_thing_a_planner_keeps() -> None:
    wanted = {"camera_dome", "camera_bullet", "wifi", "tower", "lamp_pole", "reader", "cabinet", "manhole", "handhole",
              "pole", "odf", "central_office", "splitter", "closure", "school", "hospital", "government", "bus_stop",
              "park", "port"}  # fmt: skip
    assert wanted <= set(icon_names())


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="file:///etc/passwd"/>',
        '<image xlink:href="http://example.org/a.png"/>',
        "<style>@import url(http://example.org/a.css)</style>",
        '<a xlink:href="http://example.org"><path d="M0 0"/></a>',
        '<foreignObject><iframe src="http://example.org"/></foreignObject>',
        '<use xlink:href="http://example.org/a.svg#b"/>',
        '<rect width="3" height="3" onclick="alert(1)"/>',
        '<rect width="3" height="3" style="fill:url(http://example.org/a.svg#b)"/>',
        '<rect width="3" height="3" fill="url( \'http://example.org\' )"/>',
        '<g xml:base="http://example.org/"><path d="M0 0"/></g>',
    ],
)
def test_nothing_from_outside_is_left(inside: str) -> None:
    text = icon_text(f'{HEAD}<circle r="3"/>{inside}</svg>')
    for word in ("example.org", "passwd", "alert", "script", "import"):
        assert word not in text
    assert "circle" in text


def test_gradients_of_its_own_are_kept() -> None:
    text = icon_text(
        f'{HEAD}<defs><linearGradient id="g"><stop offset="0" stop-color="currentColor"/></linearGradient></defs>'
        '<rect width="9" height="9" fill="url(#g)"/></svg>'
    )
    assert "url(#g)" in text
    assert "linearGradient" in text


@pytest.mark.parametrize(
    "svg",
    [
        "no_such_icon",
        "<svg><path",
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        f"{HEAD}<path d='{'M0 0' * LARGEST}'/></svg>",
        '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg"><title>&a;</title></svg>',
    ],
)
def test_what_is_no_picture_is_refused(svg: str) -> None:
    with pytest.raises(Refusal) as caught:
        icon_text(svg)
    assert caught.value.code == "canvas.icon"
    assert caught.value.message("zh")


def test_a_plain_doctype_does_no_harm() -> None:
    assert "circle" in icon_text(
        f'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">{HEAD}<circle/></svg>'
    )
