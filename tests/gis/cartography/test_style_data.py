"""Styles as plain data: what is written is read back, and nothing hostile gets through."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cartography import style_data
from gis.cartography.symbols import Heat, LabelRule, LayerStyle, SizeBy, Variant, Wedge
from gis.catalogue import load_catalogue
from gis.errors import Refusal

words = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), max_size=12)
colors = st.integers(0, 0xFFFFFF).map(lambda v: f"#{v:06X}")
scales = st.floats(0, 1e7)
sizes = st.floats(0, 50)


def optional(strategy):
    return st.none() | strategy


variants = st.builds(
    Variant, value=optional(words), color=colors, shape=st.sampled_from(style_data.SHAPES), size=sizes, width=sizes,
    dash=st.lists(sizes, max_size=4).map(tuple), fill=optional(colors), max_scale=scales, label=words, where=words,
    upper=optional(st.floats(-1e9, 1e9)), visible=st.booleans(), svg=optional(st.just("camera")),
    casing=optional(colors), casing_width=sizes, pattern=optional(st.sampled_from(["hatch", "dots"])),
    pattern_spacing=st.floats(0.1, 9),
)  # fmt: skip
styles = st.builds(
    LayerStyle, cls=st.just("camera"), kind=st.sampled_from(["point", "line", "polygon"]), family=st.just("sight"),
    variants=st.lists(variants, min_size=1, max_size=5).map(tuple), by=optional(words), opacity=st.floats(0, 1),
    max_scale=scales, label_field=optional(words), core=optional(colors),
    growth=st.lists(st.floats(1, 1e6), unique=True, max_size=4).map(lambda v: tuple((d, 1.5) for d in sorted(v))),
    labels=st.dictionaries(words, st.builds(LabelRule, max_scale=scales, size=st.floats(0.5, 9)), max_size=3),
    mode=st.sampled_from(["single", "category", "breaks", "rules"]), min_scale=scales, unit=st.sampled_from("m"),
    size_by=optional(st.builds(SizeBy, words, st.floats(-9, 9), st.floats(-9, 9))),
    crowd=st.sampled_from(["thin", "all", "cluster", "heat"]), heat=st.builds(Heat, weight_by=optional(words)),
    wedge=optional(st.builds(Wedge, words, optional(words), optional(words))),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(styles)
def test_a_style_survives_json(style: LayerStyle) -> None:
    assert LayerStyle.from_dict(json.loads(json.dumps(style.to_dict()))) == style


def test_every_field_is_checked() -> None:
    for kind, checks in (
        (Variant, style_data.VARIANT), (SizeBy, style_data.SIZE_BY), (Heat, style_data.HEAT),
        (Wedge, style_data.WEDGE), (LabelRule, style_data.LABEL), (LayerStyle, style_data.STYLE),
    ):  # fmt: skip
        assert set(checks) == {f.name for f in fields(kind)}


junk = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_junk_is_refused_with_its_place_or_drawn(data) -> None:
    body = json.loads(json.dumps(LayerStyle.from_class(load_catalogue()["cell"]).to_dict()))
    target = data.draw(st.sampled_from([body, body["variants"][0], body["heat"]]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(junk)
    refused = None
    try:
        style = LayerStyle.from_dict(body)
    except Refusal as refusal:
        refused = refusal
    if refused is None:
        assert LayerStyle.from_dict(json.loads(json.dumps(style.to_dict(), allow_nan=False))) == style
    else:
        assert refused.code in ("style.wrong", "style.too_many")


@pytest.mark.parametrize("body", [None, 5, [], "x", {}, {"cls": "a", "kind": "point"}, {"kind": "point"}])
def test_what_is_no_style_is_refused(body) -> None:
    with pytest.raises(Refusal, match=r"style\.wrong"):
        LayerStyle.from_dict(body)


def test_unknown_keys_are_passed_over_and_missing_ones_defaulted() -> None:
    style = LayerStyle.from_dict(
        {"cls": "x", "kind": "line", "family": "fibre", "variants": [{"value": None, "color": "#112233", "glow": 3}],
         "shader": "…", "heat": None}
    )  # fmt: skip
    assert style == LayerStyle("x", "line", "fibre", (Variant(None, "#112233"),))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("color", "red"), ("color", "#12"), ("size", float("nan")), ("size", float("inf")), ("size", -1), ("size", "3"),
        ("width", 10**400), ("dash", [1] * 99), ("dash", "1 2"), ("where", "x" * 9999), ("svg", "../../etc/passwd"),
        ("svg", "<svg><path"), ("svg", "<!DOCTYPE x [<!ENTITY a 'b'>]><svg/>"), ("svg", "<html/>"), ("visible", 1),
        ("pattern", "stripes"), ("upper", "9"), ("shape", "blob"), ("svg", "<svg>" + " " * 99_999 + "</svg>"),
    ],
)  # fmt: skip
def test_hostile_values_are_refused_with_their_place(place: str, value) -> None:
    body = {"cls": "x", "kind": "point", "family": "fibre", "variants": [{"value": None, "color": "#112233"}]}
    body["variants"][0][place] = value
    with pytest.raises(Refusal) as caught:
        LayerStyle.from_dict(body)
    assert caught.value.code == "style.wrong"
    assert caught.value.arguments["field"].startswith(f"variants[0].{place}")


SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><path fill="url(#g)" d="M0 0h9" />{}</svg>'


def _svg_of(text: str) -> str | None:
    body = {"cls": "x", "kind": "point", "family": "fibre", "variants": [{"value": None, "color": "#1a2b3C"}]}
    body["variants"][0]["svg"] = text
    return LayerStyle.from_dict(body).variants[0].svg


@pytest.mark.parametrize(
    "harm",
    [
        ("", "<script>x</script>"), ("", "<image href='file:///etc/passwd'/>"), ("onload='x()'", ""),
        ("style='fill:url(http://x/y)'", ""), ("", "<use href='http://x/y#z'/>"),
    ],
)  # fmt: skip
def test_a_drawing_of_ones_own_is_taken_without_what_could_harm(harm: tuple[str, str]) -> None:
    assert _svg_of(SVG.format("", "").replace(" >", ">")) == SVG.format("", "").replace(" >", ">")
    made = _svg_of(SVG.format(*harm))
    assert made is not None
    assert "M0 0h9" in made
    assert not any(word in made for word in ("script", "passwd", "onload", "http://x"))
    assert _svg_of(made) == made


def test_too_many_symbols_are_refused_plainly() -> None:
    base = Variant(None, "#112233")
    with pytest.raises(Refusal, match=r"style\.too_many") as caught:
        LayerStyle("x", "point", "fibre", (base,) * 256)
    assert "255" in caught.value.message("en")
    with pytest.raises(Refusal, match=r"style\.too_many"):
        LayerStyle.from_dict(
            {"cls": "x", "kind": "point", "family": "fibre", "variants": [{"value": None, "color": "#112233"}] * 256}
        )


bounds = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=12, unique=True).map(sorted)
numbers = st.lists(st.floats(-2e6, 2e6, width=32) | st.just(float("nan")), max_size=40)


@settings(max_examples=100, deadline=None)
@given(bounds, numbers, st.booleans())
def test_classes_are_those_of_digitize(uppers: list[float], values: list[float], open_end: bool) -> None:
    made = [Variant(None, "#112233"), *(Variant(None, "#445566", upper=u) for u in uppers)]
    if open_end:
        made.append(Variant(None, "#778899"))
    style = LayerStyle("x", "point", "fibre", tuple(made), by="v", mode="breaks")
    given_values = np.array(values, np.float64)
    expected = np.digitize(given_values, uppers, right=True) + 1
    expected[np.isnan(given_values)] = 0
    if not open_end:
        expected[expected > len(uppers)] = 0
    assert style.index(given_values, len(values)).tolist() == expected.tolist()


def test_categories_of_numbers_and_switches() -> None:
    made = tuple(Variant(v, "#112233") for v in (None, "1", "2.5", "1234567890"))
    style = LayerStyle("x", "point", "fibre", made, by="v")
    assert style.index(np.array([1.0, 2.5, np.nan, 1234567890.0, 7.0]), 5).tolist() == [1, 2, 0, 3, 0]
    assert style.index(np.array([], np.float64), 0).tolist() == []


def test_metres_are_true_to_scale() -> None:
    from gis.cartography.view import View

    style = LayerStyle("x", "line", "fibre", (Variant(None, "#112233", width=7.0),), unit="m")
    view = View(0, 0, 0.5, 100, 100)
    assert style.pixels(7.0, view) == pytest.approx(14.0)
    assert style.factor(view.scale_denominator) * 7.0 * view.pixels_per_mm == pytest.approx(14.0)
    assert style.pixels(7.0, View(0, 0, 2.0, 100, 100, 12.0)) == pytest.approx(3.5)


def test_layers_have_a_least_scale_too() -> None:
    style = LayerStyle("x", "line", "fibre", (Variant(None, "#112233", visible=False),), min_scale=500, max_scale=2000)
    assert [style.shown_at(d) for d in (499, 500, 2000, 2001)] == [False, True, True, False]
    shown = style.shown_variants(1000)
    assert shown is not None
    assert not shown[0]
