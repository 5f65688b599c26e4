"""Tiles kept ahead: how many, what is asked for, and when it stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gis.basemaps import keeping
from gis.basemaps.basemap import BaseMapSpec, open_basemap
from gis.basemaps.keeping import Area, Kept, area_of, keep, zooms
from gis.basemaps.presets import presets, service_of
from gis.basemaps.tianditu import tianditu
from gis.basemaps.trying import tried_tile
from gis.basemaps.waiting import settled_picture
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from tests.gis.basemaps.making import CRS, plain, reply, serving, tile_at, view_at

VIEW = view_at(20.0)  # 6.4 by 4 km


def spec_of(host: str, **options: Any) -> BaseMapSpec:
    return BaseMapSpec("x", "xyz", f"{host}/{{z}}/{{x}}/{{y}}.png", "tiles", "wgs84", 0, 14, "", options)


def tile(path: str, handler: Any) -> None:
    reply(handler, plain((10, 20, 30)))


def names(asked: list[str]) -> set[tuple[int, ...]]:
    return {tuple(int(part) for part in path.removesuffix(".png").strip("/").split("/")) for path in asked}


def test_the_area_holds_every_level_and_the_middle():
    area = area_of(spec_of("http://h"), VIEW, CRS, 14)
    assert [zoom for zoom, _ in area.levels] == list(range(15))
    held = {(t.level, t.column, t.row) for t in area.tiles()}
    assert len(held) == area.count
    for zoom in range(15):
        column, row = tile_at(zoom)
        assert (zoom, int(column), int(row)) in held
    assert area_of(spec_of("http://h"), VIEW, CRS, 10).count < area.count


def test_gcj02_asks_for_the_tiles_there():
    spec = replace(spec_of("http://h"), max_zoom=18)  # tiles of some 130 m, and the shift is some 500 m
    assert area_of(spec, view_at(0.5), CRS, 18) != area_of(replace(spec, datum="gcj02"), view_at(0.5), CRS, 18)


def test_tiles_are_kept_once_and_serve_offline(tmp_path: Path):
    steps: list[tuple[float, float]] = []
    progress = Progress(lambda done, total, _label: steps.append((done, total)))
    with serving(tile) as (host, asked):
        spec = spec_of(host)
        area = area_of(spec, VIEW, CRS, 12)
        assert keep(spec, area, tmp_path, None, progress) == Kept(came=area.count)
        assert names(asked) == {(t.level, t.column, t.row) for t in area.tiles()}
        assert keep(spec, area, tmp_path, None, Progress()) == Kept(there=area.count)
        assert len(asked) == area.count
        shown = open_basemap(spec, cache=tmp_path, offline=True)
        made = settled_picture(shown, view_at(40.0, 100, 60), CRS)
        shown.close()
        assert len(asked) == area.count
    assert made.pixels is not None
    assert (made.pixels == 0xFF0A141E).all()
    assert steps[-1] == (area.count, area.count)


def test_too_many_are_refused_before_anything_is_asked(tmp_path: Path):
    with serving(tile) as (host, asked):
        with pytest.raises(Refusal) as refused:
            keep(spec_of(host), Area(((14, (0, 200, 0, 51)),)), tmp_path, None, Progress())
        assert refused.value.code == "ground.too_many_tiles"
        with pytest.raises(Refusal) as refused:
            keep(spec_of(host, bulk=False), Area(((14, (0, 2, 0, 1)),)), tmp_path, None, Progress())
        assert refused.value.code == "ground.no_bulk"
        assert asked == []
    with pytest.raises(Refusal) as refused:
        keep(tianditu("vec"), Area(()), tmp_path, " ", Progress())
    assert refused.value.code == "basemaps.key_missing"


def test_it_can_be_stopped_and_what_came_stays(tmp_path: Path):
    progress = Progress()

    def some(path: str, handler: Any) -> None:
        tile(path, handler)
        progress.cancel()

    with serving(some) as (host, asked):
        spec = spec_of(host)
        area = area_of(spec, VIEW, CRS, 14)
        with pytest.raises(Cancelled):
            keep(spec, area, tmp_path, None, progress)
        assert len(asked) <= 5
        first = len(asked)
        progress = Progress()
        again = keep(spec, area_of(spec, VIEW, CRS, 3), tmp_path, None, Progress())
        assert again.there >= min(first, 4) - 1


def test_a_service_that_refuses_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "_PAUSE", 0.0)

    def no(path: str, handler: Any) -> None:
        reply(handler, b"", 403)

    with serving(no) as (host, asked):
        spec = spec_of(host)
        with pytest.raises(Refusal) as refused:
            keep(spec, area_of(spec, VIEW, CRS, 14), tmp_path, None, Progress())
        assert refused.value.code == "basemaps.refused"
        assert len(asked) < 16


def test_one_tile_is_tried_and_its_reason_said():
    answers = {"good": (plain((1, 2, 3)), 200), "none": (b"", 404), "no": (b"", 401), "odd": (b"<html>", 200)}

    def by_name(path: str, handler: Any) -> None:
        body, code = answers[path.split("/")[1]]
        reply(handler, body, code)

    with serving(by_name) as (host, asked):
        assert (tried_tile(spec_of(f"{host}/good"), None, VIEW, CRS) == 0xFF010203).all()
        assert len(asked) == 1
        for name, code in (
            ("none", "ground.no_tile_here"), ("no", "basemaps.refused"), ("odd", "basemaps.strange_answer"),
        ):  # fmt: skip
            with pytest.raises(Refusal) as refused:
                tried_tile(spec_of(f"{host}/{name}"), None, VIEW, CRS)
            assert refused.value.code == code
    with pytest.raises(Refusal) as refused:
        tried_tile(spec_of(host), None, VIEW, CRS)  # the server is gone
    assert refused.value.code == "basemaps.unreachable"
    with pytest.raises(Refusal) as refused:
        tried_tile(tianditu("img"), None, VIEW, CRS)
    assert refused.value.code == "basemaps.key_missing"


def test_every_preset_can_be_used():
    ids = [made.id for made in presets()]
    assert ids[0].startswith("tianditu")
    assert len(set(ids)) == len(ids)
    for made in presets():
        assert made.name("zh")
        assert made.name("en")
        assert made.terms("zh")
        assert made.terms("en")
        if not made.own:
            for spec in made.specs("zh", labels=True):
                assert zooms(spec)
                assert spec.attribution
    osm = next(made for made in presets() if made.id == "openstreetmap")
    assert osm.specs("en", False)[0].options["bulk"] is False
    map_, labels = reversed(presets()[0].specs("zh", labels=True))
    assert service_of(map_) == service_of(labels) == "tianditu.gov.cn"
