"""Styles which users made reach sheets and web maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gis.cartography.breaks import style_with_breaks, style_with_categories, style_with_rules
from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.templates import sheet_template
from gis.cartography.symbols import LayerStyle
from gis.cartography.web.page import write_webmap
from gis.project import Session
from gis.project.styles import save_style, style_of, styles_of
from tests.gis.web.pages import Page


def _rules(session: Session, **others: bool) -> LayerStyle:
    rules = [("人民公园", "code = 'WIFI-0000'"), ("前十", "code < 'WIFI-0010'")]
    return style_with_rules(style_of(session, "wifi_hotspot"), rules, **others)


def test_a_sheet_is_drawn_in_the_projects_styles(city: Session) -> None:
    save_style(city, _rules(city))
    save_style(city, style_with_breaks(style_of(city, "area"), "population", (100_000, 400_000), "blues"))
    spec = compose(city, sheet_template("inventory_a3"), styles=styles_of(city))
    drawn = {layer.cls: layer.style for layer in spec.view().layers}
    assert drawn["wifi_hotspot"] == style_of(city, "wifi_hotspot")
    groups = {group.title: {e.label: e.count for e in group.entries} for group in spec.view().legend}
    assert groups["WiFi热点"] == {"人民公园": 1, "前十": 9, "其他": 50}
    assert groups["区域 · 常住人口"] == {"≤ 100,000 人": 4, "> 100,000 人": 1}


def test_a_web_map_shows_rules_and_leaves_out_what_is_hidden(city: Session, tmp_path: Path) -> None:
    save_style(city, _rules(city, others=False))
    page = Page(write_webmap(city, tmp_path / "m.html", styles=styles_of(city)))
    hotspots = page.layer("wifi_hotspot")
    assert hotspots["total"] == 10
    assert [(v["label"] or {}).get("zh") for v in hotspots["variants"]] == [None, "人民公园", "前十"]
    assert [v["count"] for v in hotspots["variants"]] == [0, 1, 9]
    assert set(page.points("wifi_hotspot")[0].tolist()) == {1, 2}


def test_a_web_map_never_tells_a_restricted_field_by_its_symbols(city: Session, tmp_path: Path) -> None:
    cls = city.catalogue["wifi_hotspot"]
    assert cls.field("bssid").restricted
    plain = style_of(city, "wifi_hotspot")
    told = style_with_categories(plain, cls, "bssid", counts={"02:00:00:aa:bb:cc": 60})
    ruled = style_with_rules(plain, [("", "BSSID = '02:00:00:aa:bb:cc'")])
    shown = replace(ruled, variants=(ruled.variants[0], replace(ruled.variants[1], where="bssid is not null")))
    for style in (told, ruled, shown):
        page = Page(write_webmap(city, tmp_path / "m.html", styles={"wifi_hotspot": style}))
        assert len(page.layer("wifi_hotspot")["variants"]) == 1
        assert b"02:00:00" not in page.everything()
