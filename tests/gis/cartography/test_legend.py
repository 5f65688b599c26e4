"""The legend in every mode: only what is seen, with its count, said in both languages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gis.cartography.breaks import style_of_one, style_with_breaks, style_with_rules
from gis.cartography.legend import class_legend, variant_label
from gis.cartography.symbols import Heat, LayerStyle, SizeBy, Wedge
from gis.catalogue import load_catalogue
from gis.geometry.columns import Columns, Shapes

CATALOGUE = load_catalogue()
CABLE = replace(LayerStyle.from_class(CATALOGUE["cable"]), max_scale=0.0)
CAMERA = replace(LayerStyle.from_class(CATALOGUE["camera"]), max_scale=0.0, wedge=None, crowd="thin")


class Town:
    """Twelve cables of 4, 8, … 48 fibres, of which none has a number twice; six cameras."""

    catalogue = CATALOGUE

    def __init__(self) -> None:
        fibres = np.append(np.arange(4.0, 48.0, 4.0), np.nan)
        self.rows = {
            "cable": {"fibre_count": fibres, "status": np.array(["in_service"] * 9 + ["planned"] * 3, object),
                      "level": np.array(["feeder", "drop", "drop"] * 4, object)},
            "camera": {"kind": np.array(["fixed", "ptz", "fixed", "dome", "fixed", None], object),
                       "range_m": np.array([30.0, 60, np.nan, 90, 30, 30]), "height_m": np.arange(6.0)},
        }  # fmt: skip

    def columns(self, cls, fields=None, *, bbox=None, geometry=True):
        rows = self.rows[cls]
        n = len(next(iter(rows.values())))
        keep = slice(0, n if bbox is None else 3)
        return Columns(cls, np.arange(1, n + 1)[keep], {f: rows[f][keep] for f in fields})

    def shapes(self, cls, *, bbox=None, ids=None):
        n = len(next(iter(self.rows[cls].values())))
        at = np.column_stack([np.full(n, 500_000.0), np.full(n, 3_700_000.0)])  # all in one place
        each = np.arange(n + 1)
        return Shapes("point", each[1:], at, each, each, np.hstack([at, at]))

    def matching(self, cls, where, ids=None):
        name, least = where.split(" >= ")
        found = np.flatnonzero(self.rows[cls][name] >= float(least)) + 1
        return found if ids is None else np.intersect1d(found, ids)


def said(style, denominator=5000.0, extent=None, language="zh"):
    return [
        (group.title, [(e.label, e.count) for e in group.entries])
        for group in class_legend(Town(), [style], extent, denominator, language)
    ]


def test_classes_of_values_have_their_spans_and_counts() -> None:
    style = style_with_breaks(CABLE, "fibre_count", (12, 24, 48))
    assert said(style, language="en") == [
        ("Cable · Fibre count", [("≤ 12", 3), ("12 – 24", 3), ("> 24", 5), ("No data", 1)])
    ]  # fmt: skip
    assert said(style, extent=(0, 0, 1, 1)) == [("光缆 · 芯数", [("≤ 12 芯", 3)])]


def test_rules_count_a_feature_once_and_only_what_is_seen() -> None:
    style = style_with_rules(
        CABLE, [("大", "fibre_count >= 40"), ("", "fibre_count >= 24"), ("没有", "fibre_count >= 99")]
    )
    assert said(style) == [("光缆", [("大", 2), ("fibre_count >= 24", 4), ("其他", 6)])]
    assert said(style, extent=(0, 0, 1, 1)) == [("", [("光缆", 3)])]
    hidden = replace(style, variants=(replace(style.variants[0], visible=False), *style.variants[1:]))
    assert said(hidden) == [("光缆", [("大", 2), ("fibre_count >= 24", 4)])]


def test_hidden_codes_and_scales_are_not_named() -> None:
    style = replace(CABLE, variants=tuple(
        replace(v, max_scale=1000.0 if v.value == "drop" else 0.0) for v in CABLE.variants
    ))  # fmt: skip
    codes = {code: n for _, entries in said(style, 500) for code, n in entries}
    assert sum(codes.values()) == 12
    assert sum(n for _, entries in said(style, 5000) for _, n in entries) == 4
    assert said(replace(style, min_scale=9_000), 5_000) == []


def test_one_symbol_is_one_line_named_as_the_class() -> None:
    assert said(style_of_one(CAMERA)) == [("", [("监控点", 6)])]


def test_a_density_says_how_much_its_colours_stand_for() -> None:
    dense = replace(CAMERA, crowd="heat", heat=Heat(radius=10.0))  # mm: 50 m on the ground at 1:5,000
    # Six cameras in one square of 50 m are 2,400 for each km²; the next round number is 3,000, a quarter of it 750.
    assert said(dense, language="en") == [("Camera", [("0 · 750 · ≥ 3000 per km²", 6)])]
    assert said(dense, 50_000) == [("监控点", [("0 · 7.5 · ≥ 30 个/km²", 6)])], "half a kilometre: fewer for each km²"
    assert said(dense, extent=(0, 0, 1, 1)) == [("监控点", [("0 · 750 · ≥ 3000 个/km²", 3)])], "the map's own top"
    weighed = replace(dense, heat=Heat(radius=10.0, weight_by="height_m"))
    assert said(weighed, language="en") == [("Camera", [("Height 0 · 1750 · ≥ 7000 m per km²", 6)])]
    (group,) = class_legend(Town(), [dense], None, 5000, "en")
    assert group.entries[0].style is not None
    assert group.entries[0].style.crowd == "heat"


def test_sizes_clusters_and_fields_of_view_are_told_where_they_are_drawn() -> None:
    style = replace(
        style_of_one(CAMERA),
        size_by=SizeBy("height_m", 0, 12, 1, 2),
        crowd="cluster",
        wedge=Wedge("azimuth", "hfov", "range_m"),
    )
    (group,) = class_legend(Town(), [style], None, 5000, "en")
    assert group.title == "Camera"
    first, *sizes, cluster, wedge = group.entries
    assert first.count == 6
    assert [e.share for e in sizes] == pytest.approx([1.0, np.sqrt(2.5) / 2, 0.5])
    assert [e.label for e in sizes] == ["Height ≥ 12 m", "Height 6 m", "Height ≤ 0 m"]
    assert (cluster.mark, wedge.mark) == ("cluster", "wedge")
    (near,) = class_legend(Town(), [style], None, 900, "en")
    assert [e.mark for e in near.entries].count("cluster") == 0
    (far,) = class_legend(Town(), [style], None, 200_000, "en")
    assert [e.mark for e in far.entries].count("wedge") == 0, "90 m are no pixel at that scale"


def test_labels_of_variants_in_both_languages() -> None:
    cable = CATALOGUE["cable"]
    status = cable.field("status").codes[0]
    style = replace(CABLE, by="status", variants=(CABLE.variants[0], replace(CABLE.variants[0], value=status.value)))
    assert variant_label(cable, style, 1, "zh") == status.label.zh
    assert variant_label(cable, style, 0, "en") == "Other"
    own = replace(style, variants=(style.variants[0], replace(style.variants[1], label="本地叫法")))
    assert variant_label(cable, own, 1, "en") == "本地叫法"
    yes = replace(style, by="free", variants=(CABLE.variants[0], replace(CABLE.variants[0], value="1")))
    assert variant_label(CATALOGUE["wifi_hotspot"], yes, 1, "zh") == "是"
    big = style_with_breaks(CABLE, "fibre_count", (-1_500.5, 1_234_567.0, 2e6))
    assert variant_label(cable, big, 2, "en") == "−1500 – 1,234,567"
