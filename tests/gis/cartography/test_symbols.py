from __future__ import annotations

import json

import numpy as np
import pytest

from gis.cartography.palette import Palette, rgb
from gis.cartography.symbols import LayerStyle, core_width, line_colors
from gis.catalogue import load_catalogue

SPATIAL = [cls for cls in load_catalogue() if cls.spatial]


@pytest.mark.parametrize("cls", SPATIAL, ids=lambda cls: cls.name)
def test_every_class_has_a_style_that_survives_json(cls) -> None:
    style = LayerStyle.from_class(cls)
    assert {variant.value for variant in style.variants} >= {None, *cls.symbol.values}
    assert LayerStyle.from_dict(json.loads(json.dumps(style.to_dict()))) == style


@pytest.mark.parametrize("cls", SPATIAL, ids=lambda cls: cls.name)
def test_growth_never_jumps(cls) -> None:
    style = LayerStyle.from_class(cls)
    factors = np.array([style.factor(d) for d in np.geomspace(100, 5e6, 400)])
    assert (np.diff(factors) <= 1e-9).all()
    assert (factors[1:] / factors[:-1] > 0.9).all()


def test_values_find_their_variant() -> None:
    style = LayerStyle.from_class(load_catalogue()["road"])
    values = np.array(["motorway", None, "nonsense", "service"], object)
    index = style.index(values, 4)
    assert [style.variants[i].value for i in index] == ["motorway", None, None, "service"]
    assert style.variant("motorway").width == 1.0
    assert style.variant("nonsense") is style.variants[0]


def test_an_edited_copy_leaves_the_original() -> None:
    style = LayerStyle.from_class(load_catalogue()["road"])
    red = style.changed("motorway", color="#FF0000").changed("track", color="#00FF00").changed(width=2.0)
    assert red.variant("motorway").color == "#FF0000"
    assert red.variant("track").color == "#00FF00"
    assert red.variants[0].width == 2.0
    assert style.variant("motorway").color != "#FF0000"
    assert style.variant("track") is style.variants[0]


def test_important_variants_are_drawn_last() -> None:
    style = LayerStyle.from_class(load_catalogue()["fibre_node"])
    assert style.variants[style.order[-1]].value == "central_office"


def test_a_table_has_no_style() -> None:
    with pytest.raises(ValueError, match="splice"):
        LayerStyle.from_class(load_catalogue()["splice"])


def test_cased_lines_need_room() -> None:
    style = LayerStyle.from_class(load_catalogue()["road"])
    palette = Palette.of(False)
    assert line_colors(style, style.variants[0], palette, 1.0, 3.78)[1] is None
    assert line_colors(style, style.variants[0], palette, 8.0, 3.78)[1] == "#FFFFFF"
    assert 0 < core_width(8.0, 3.78) < 8.0


def _contrast(a: str, b: str) -> float:
    def light(color: str) -> float:
        c = np.array(rgb(color)) / 255
        c = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return float(c @ (0.2126, 0.7152, 0.0722))

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("cls", [c for c in SPATIAL if c.family != "ground"], ids=lambda cls: cls.name)
def test_marks_stand_out_on_a_dark_ground(cls) -> None:
    palette = Palette.of(True)
    for variant in LayerStyle.from_class(cls).variants:
        assert _contrast(palette.ink(variant.color, cls.family), palette.paper) > 3.0


def test_a_light_ground_takes_colours_as_they_are() -> None:
    assert Palette.of(False).ink("#123456", "fibre") == "#123456"


def test_label_rules_follow_the_code() -> None:
    style = LayerStyle.from_class(load_catalogue()["area"])
    county, town = style.label_rule("county"), style.label_rule("town")
    assert county is not None
    assert town is not None
    assert county.priority > town.priority
    assert style.label_rule("nonsense") is None


def test_codes_may_be_hidden_at_small_scales() -> None:
    style = LayerStyle.from_class(load_catalogue()["cable"])
    assert style.shown_variants(1_000) is None
    shown = style.shown_variants(100_000)
    assert shown is not None
    assert {v.value for v, seen in zip(style.variants, shown, strict=False) if not seen} == {"distribution", "drop"}


def test_fields_of_view_are_drawn_where_they_can_be_told_from_their_marks() -> None:
    catalogue = load_catalogue()
    for name in ("cell", "camera", "plate_reader"):
        style = LayerStyle.from_class(catalogue[name])
        assert style.wedge is not None
        for field in (style.wedge.azimuth, style.wedge.width, style.wedge.range):
            assert field is None or catalogue[name].has_field(field)
        assert set(style.numbers) == {style.wedge.azimuth, style.wedge.width, style.wedge.range} - {None}
        assert style.wedge.from_px > 20
    assert all(LayerStyle.from_class(cls).crowd == "thin" for cls in SPATIAL)
