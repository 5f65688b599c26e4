"""The shipped catalogue holds what DOMAIN.md asks for; a wrong file is refused with file, key and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.resources import resource

COMMON = {"code", "name", "status", "owner", "maintainer", "installed_on", "source", "accuracy_m", "remark"}
CLASSES = {
    "area": "multipolygon", "building": "polygon", "road": "line", "route_segment": "line", "cable": "line",
    "premises": "point", "fibre_node": "point", "wifi_hotspot": "point", "base_station": "point", "cell": "point",
    "plate_reader": "point", "camera": "point", "cable_walk": "none", "splice": "none", "splitter": "none",
    "olt_port": "none", "plate_issuance": "none", "statistic": "none",
    "attachment": "none",
}  # fmt: skip


def test_all_classes_are_there() -> None:
    assert {cls.name: cls.geometry for cls in load_catalogue()} == CLASSES


def test_every_spatial_class_has_the_common_fields_and_a_symbol() -> None:
    for cls in load_catalogue():
        if cls.spatial:
            assert {f.name for f in cls.fields} >= COMMON, cls.name
            assert cls.symbol is not None


def test_device_addresses_are_restricted() -> None:
    catalogue = load_catalogue()
    assert catalogue["camera"].field("ip_address").restricted
    assert catalogue["camera"].field("mac_address").restricted
    assert catalogue["wifi_hotspot"].field("bssid").restricted


def test_symbol_variants_are_codes_of_their_field() -> None:
    for cls in load_catalogue():
        if cls.symbol is not None and cls.symbol.by is not None:
            codes = {code.value for code in cls.field(cls.symbol.by).codes}
            assert set(cls.symbol.values) <= codes, cls.name


def test_classes_are_found_by_label_and_synonym() -> None:
    catalogue = load_catalogue()
    assert catalogue.find("监控点").name == "camera"
    assert catalogue.find("Base Station").name == "base_station"
    assert catalogue.find("摄像头").name == "camera"
    with pytest.raises(Refusal) as refused:
        catalogue.find("spaceship")
    assert refused.value.code == "catalogue.no_class"
    assert "camera" in refused.value.hint("en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(resource("catalogue"), tmp_path / "catalogue")
    return tmp_path / "catalogue"


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("road.toml", 'geometry = "line"', 'geometry = "spline"', "geometry"),
        ("road.toml", 'name = "road"', 'name = "street"', "name"),
        ("road.toml", 'name = "lanes"', 'name = "Lanes"', "field[1].name"),
        ("road.toml", 'name = "lanes"', 'name = "code"', "field"),
        ("road.toml", 'type = "integer"', 'type = "number"', "field.lanes.type"),
        ("road.toml", "range = [1, 20]", "range = [20, 1]", "field.lanes.range"),
        ("road.toml", 'default = "tertiary"', 'default = "lane"', "field.road_class.default"),
        ("road.toml", 'unit = "条"', 'units = "条"', "field.lanes.units"),
        ("road.toml", 'color = "#A9AFBA"', 'color = "grey"', "symbol.color"),
        ("road.toml", 'by = "road_class"', 'by = "class"', "symbol.by"),
        ("road.toml", 'label = {zh = "道路", en = "Road"}', 'label = {zh = "道路"}', "label"),
        ("cell.toml", 'ref = "base_station"', 'ref = "mast"', "field.site.ref"),
        ("camera.toml", 'group = "duty"', 'group = "nowhere"', "field.sign_posted.group"),
        ("road.toml", "range = [1, 20]", "range = [1, 20]\nchoices = ['two']", "field.lanes.choices"),
        ("road.toml", "range = [1, 20]", "range = [1, 20]\nsuggest = 'lanes + lanes'", "field.lanes.suggest"),
        ("cable.toml", 'suggest = "fibre_count / tubes"', 'suggest = "cores / tubes"', "field.fibres_per_tube.suggest"),
        ("cell.toml", 'field = "technology", allowed', 'field = "radio", allowed', "field.band.depends.field"),
        ("cell.toml", "allowed = {GSM = [", "allowed = {GPRS = [", "field.band.depends.allowed"),
        ("cell.toml", 'GSM = ["900", "1800"]', "GSM = [900]", "field.band.depends.allowed.GSM"),
        ("cell.toml", 'brief = ["code"', 'brief = ["codes"', "brief"),
        ("splice.toml", 'fibre_of = "a_cable"', 'fibre_of = "node"', "field.a_first.fibre_of"),
        ("attachment.toml", 'cls = "owner_class"', 'cls = "owner_id"', "owner"),
        ("camera.toml", 'name = "id_', 'name = "id', ""),
    ],
)
def test_a_wrong_file_is_refused_with_file_key_and_reason(
    folder: Path, file: str, old: str, new: str, key: str
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    if old not in text:  # the last case breaks the file's syntax instead
        text += "\n[[field"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Refusal) as refused:
        load_catalogue(folder)
    assert refused.value.code == "catalogue.wrong"
    assert refused.value.arguments["file"] == file
    assert refused.value.arguments["key"] == key
    assert refused.value.arguments["reason"]
    assert file in refused.value.message("zh")


def test_a_reserved_name_is_refused(folder: Path) -> None:
    path = folder / "road.toml"
    path.write_text(path.read_text("utf-8").replace('name = "lanes"', 'name = "geom"'), "utf-8")
    with pytest.raises(Refusal, match="reserved"):
        load_catalogue(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        load_catalogue(tmp_path / "nowhere")
    assert refused.value.code == "catalogue.missing"


def test_usual_answers_follow_another_field() -> None:
    catalogue = load_catalogue()
    band = catalogue["cell"].field("band")
    assert "n78" in band.usual({"technology": "NR"})
    assert "n78" not in band.usual({"technology": "LTE"})
    assert band.usual({"technology": None}) == ()
    channel = catalogue["wifi_hotspot"].field("channel")
    assert channel.usual({"band": "2.4"})[:3] == (1, 6, 11)
    tubes = catalogue["cable"].field("tubes")
    assert tubes.usual({"fibre_count": 144.0}) == (12,)  # numbers are stored as floats
    assert catalogue["splitter"].field("ratio").usual({})[:3] == (2, 4, 8)


def test_a_value_that_follows_from_two_others_is_suggested_where_it_comes_out_even() -> None:
    per_tube = load_catalogue()["cable"].field("fibres_per_tube")
    assert per_tube.suggested({"fibre_count": 48.0, "tubes": 4.0}) == 12
    assert per_tube.suggested({"fibre_count": 50.0, "tubes": 4.0}) is None
    assert per_tube.suggested({"fibre_count": 48.0, "tubes": 0.0}) is None
    assert per_tube.suggested({"fibre_count": 48.0, "tubes": float("nan")}) is None
    assert per_tube.suggested({"fibre_count": 48.0}) is None


def test_usual_answers_lie_within_the_range() -> None:
    for cls in load_catalogue():
        for field in cls.fields:
            answers = {*field.choices, *(a for each in field.depends.allowed.values() for a in each)} if (
                field.depends) else set(field.choices)  # fmt: skip
            for answer in answers:
                assert field.minimum is None or field.minimum <= answer <= field.maximum, (cls.name, field.name, answer)
