"""Saved base maps: order, relative paths, missing files, entries that cannot be understood."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gis.basemaps.basemap import BaseMapSpec
from gis.errors import Refusal
from gis.project import Session
from gis.project.basemaps import SavedBaseMap, add, broken, credit, found, own, remove, save, saved


def spec(source: str, kind: str = "mbtiles", **options: object) -> BaseMapSpec:
    return BaseMapSpec("x", kind, source, Path(source).stem, options=options)  # type: ignore[arg-type]


@pytest.fixture
def city(tmp_path: Path):
    (tmp_path / "here" / "tiles").mkdir(parents=True)
    with Session.create(tmp_path / "here" / "city.yantu") as session:
        yield session


def test_the_newest_lies_on_top_and_order_is_kept(city: Session, tmp_path: Path):
    one, two, three = (add(city, SavedBaseMap(spec(str(tmp_path / f"{n}.mbtiles")))) for n in "abc")
    assert [made.spec.name for made in saved(city)] == ["c", "b", "a"]
    save(city, [one, replace(three, visible=False, opacity=0.4, dim=False), two])
    assert saved(city) == [one, replace(three, visible=False, opacity=0.4, dim=False), two]
    remove(city, three.key)
    remove(city, three.key)
    assert saved(city) == [one, two]


def test_the_same_file_drawn_otherwise_is_another_base_map(city: Session, tmp_path: Path):
    dem = str(tmp_path / "dem.tif")
    add(city, SavedBaseMap(spec(dem, "hillshade")))
    add(city, SavedBaseMap(spec(dem, "hillshade", mode="slope")))
    add(city, SavedBaseMap(spec(dem, "hillshade", mode="slope", azimuth=90.0)))
    assert [made.spec.options.get("mode") for made in saved(city)] == ["slope", None]


def test_a_file_beside_the_project_moves_with_it(city: Session, tmp_path: Path):
    inside, outside = tmp_path / "here" / "tiles" / "a.mbtiles", tmp_path / "b.mbtiles"
    for path in (inside, outside):
        path.write_bytes(b"")
        add(city, SavedBaseMap(spec(str(path))))
    sources = {body["basemap"]["source"] for body in city.documents("basemap").values()}
    assert sources == {"./tiles/a.mbtiles", str(outside)}
    city.close()
    shutil.move(tmp_path / "here", tmp_path / "there")
    with Session.open(tmp_path / "there" / "city.yantu") as moved:
        by_name = {made.spec.name: made for made in saved(moved)}
        assert by_name["a"].spec.source == str(tmp_path / "there" / "tiles" / "a.mbtiles")
        assert not by_name["a"].missing
        assert not by_name["b"].missing
        outside.unlink()
        assert by_name["b"].missing
        assert len(saved(moved)) == 2


def test_no_key_gets_into_a_project(city: Session):
    online = replace(spec("https://tiles.example/{z}/{x}/{y}?tk=secret", "xyz"), name="瓦片")
    made = add(city, SavedBaseMap(online))
    assert made.spec.source.endswith("tk={tk}")
    assert "secret" not in str(city.documents("basemap"))
    assert not made.missing


def test_what_cannot_be_understood_is_left_out_and_kept(city: Session, tmp_path: Path):
    city.put_document("basemap", "odd", {"basemap": {"kind": "teapot", "source": "x"}})
    city.put_document("basemap", "older", ["no", "table"])
    one = add(city, SavedBaseMap(spec(str(tmp_path / "a.mbtiles"))))
    assert saved(city) == [one]
    assert {refusal.code for refusal in broken(city).values()} == {"basemaps.broken_entry"}
    assert set(city.documents("basemap")) == {"odd", "older", one.key}


def test_numbers_that_are_none_take_their_default(city: Session, tmp_path: Path):
    one = add(city, SavedBaseMap(spec(str(tmp_path / "a.mbtiles"))))
    body = city.documents("basemap")[one.key]
    city.put_document("basemap", one.key, {**body, "opacity": "much", "place": None, "visible": 1})
    (made,) = saved(city)
    assert (made.opacity, made.visible) == (1.0, True)
    city.put_document("basemap", one.key, {**body, "opacity": 7})
    assert saved(city)[0].opacity == 1.0


def test_it_is_found_by_name_or_key(city: Session, tmp_path: Path):
    one = add(city, SavedBaseMap(spec(str(tmp_path / "a.mbtiles"))))
    assert found(city, "a") == found(city, one.key) == one
    with pytest.raises(Refusal) as refused:
        found(city, "b")
    assert refused.value.code == "ground.no_basemap"
    assert "a" in refused.value.hint("zh")


def test_an_approval_number_is_named_with_the_source():
    numbered = spec("/a.mbtiles", approval="GS（2024）0000号")
    assert credit("© 天地图", numbered) == "© 天地图  审图号：GS（2024）0000号"
    assert credit("", own(spec("/a.mbtiles"))) == ""
