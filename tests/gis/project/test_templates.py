"""Presets of classes and the next free code."""

from __future__ import annotations

import pytest

from gis.catalogue import load_catalogue
from gis.editing import Create
from gis.errors import Refusal
from gis.project.templates import fitting, next_code, remove_template, save_template, shipped, templates_of
from gis.resources import resource
from tests.gis.project.conftest import key, point

CATALOGUE = load_catalogue()
FILES = sorted(path.stem for path in resource("templates").glob("*.toml"))


@pytest.mark.parametrize("name", FILES)
def test_every_value_of_a_shipped_template_fits(name):
    import tomllib

    cls = CATALOGUE[name]
    entries = tomllib.loads(resource("templates", f"{name}.toml").read_text("utf-8"))["template"]
    for entry, template in zip(entries, shipped(cls), strict=True):
        assert set(template.values) == set(entry["values"]), template.label.zh
        for field, value in template.values.items():
            usual = cls.field(field).usual(template.values)
            assert not usual or value in usual or field == "fibre_count", (template.label.zh, field, value)
        for field in cls.fields:
            suggested = field.suggested(template.values)
            assert suggested is None or suggested == template.values[field.name]


def test_the_usual_kinds_of_things_have_templates():
    assert {"camera", "cell", "cable", "wifi_hotspot"} <= set(FILES)
    assert [t.label.zh for t in shipped(CATALOGUE["cable"])][:4] == [
        "24芯 GYTA",
        "48芯 GYTA",
        "96芯 GYTA",
        "144芯 GYTA",
    ]
    assert shipped(CATALOGUE["splice"]) == ()


def test_own_templates_are_kept_in_the_project(session):
    made = save_template(session, "camera", "  北门   枪机 ", {"kind": "fixed", "hfov": "45", "code": "X", "id": 3})
    assert made.values == {"kind": "fixed", "hfov": 45.0}
    (own,) = [t for t in templates_of(session, "camera") if t.own]
    assert own == made
    assert own.label.zh == "北门 枪机"
    assert not [t for t in templates_of(session, "cell") if t.own]
    remove_template(session, own)
    assert not [t for t in templates_of(session, "camera") if t.own]


@pytest.mark.parametrize("name", ["", "   ", "长" * 61])
def test_a_template_needs_a_name(session, name):
    with pytest.raises(Refusal) as refused:
        save_template(session, "camera", name, {})
    assert refused.value.code == "form.template_name"


def test_what_does_not_fit_any_more_is_left_out(session):
    session.put_document("template", "camera/alt", {"values": {"hfov": 900, "kind": "balloon", "tilt": 10, "gone": 1}})
    session.put_document("template", "camera/broken", ["no", "values"])
    session.put_document("template", "camera/empty", {"values": "text"})
    own = {t.label.zh: t.values for t in templates_of(session, "camera") if t.own}
    assert own == {"alt": {"tilt": 10.0}, "empty": {}}


def test_codes_names_and_ends_are_not_repeated():
    given = {"code": "A", "name": "B", "from_node": 1, "fibre_count": 12, "status": "planned"}
    assert fitting(CATALOGUE["cable"], given) == {"fibre_count": 12.0, "status": "planned"}
    assert fitting(CATALOGUE["cell"], {"site": 5, "pci": 3}) == {"pci": 3.0}


@pytest.mark.parametrize(
    ("after", "following"),
    [
        ("JK000010", "JK000011"),
        ("JK000099", "JK000100"),
        ("P9", "P10"),
        ("XX路(西)P003", "XX路(西)P004"),
        ("A-7-北", "A-8-北"),
        ("无号", None),
        ("", None),
    ],
)
def test_the_next_code_follows_the_pattern(session, after, following):
    assert next_code(session, "camera", after) == following


def test_codes_that_are_taken_are_passed_over(session):
    rows = [{"code": f"JK{i:06d}", "geom": point(i)} for i in (10, 11, 12, 14)]
    session.perform(Create("camera", rows))
    assert next_code(session, "camera", "JK000010") == "JK000013"
    assert next_code(session, "camera") == "JK000015"  # after the last
    assert next_code(session, "splice") is None  # has no code
    assert next_code(session, "road") is None  # has none yet
    assert key(session, "camera", "JK000010")


def test_a_long_run_of_taken_codes(session):
    session.perform(Create("camera", [{"code": f"K{i}", "geom": point(i)} for i in range(1, 450)]))
    assert next_code(session, "camera", "K1") == "K450"
