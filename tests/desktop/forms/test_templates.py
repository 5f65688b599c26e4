"""New features begin with a template, the last one's values and the next code; the form applies and keeps templates."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from shapely.geometry import Point

from desktop.forms.beginnings import Beginnings
from desktop.forms.feature import FeaturePanel
from desktop.forms.templates import DrawCard
from desktop.shell.words import set_language
from gis.editing.intents import Create, Move
from gis.project.templates import save_template, templates_of
from tests.desktop.forms.test_form import type_into

PLACE = Point(500_100, 3_690_100)


@pytest.fixture
def beginnings(workspace):
    return Beginnings(workspace)


@pytest.fixture
def panel(qtbot, workspace):
    made = FeaturePanel(workspace)
    qtbot.addWidget(made)
    made.resize(320, 900)
    made.show()
    workspace.set_mode("edit")
    return made


def drawn(beginnings, session, **row):
    intent = beginnings.begun(Create("camera", [{**row, "geom": PLACE}]))
    done = session.perform(intent)
    beginnings.made(done.created)
    return session.row("camera", done.created["camera"][0])


def test_without_a_wish_a_drawn_feature_stays_as_it_is(beginnings):
    intent = Create("camera", [{"geom": PLACE}])
    assert beginnings.begun(intent) is intent
    move = Move("camera", (1,), 1.0, 1.0)
    assert beginnings.begun(move) is move


def test_a_template_is_begun_with(beginnings, session):
    template = templates_of(session, "camera")[0]
    beginnings.choose("camera", template)
    row = drawn(beginnings, session, azimuth=33.0)
    assert (row["kind"], row["height_m"], row["azimuth"]) == ("ptz", 6.5, 33.0)
    beginnings.choose("camera", None)
    assert drawn(beginnings, session)["kind"] == "fixed"


def test_what_the_tool_guessed_gives_way_and_what_it_found_stays(beginnings, session):
    save_template(session, "area", "街道", {"level": "town"})
    beginnings.choose("area", templates_of(session, "area")[-1])
    begun = beginnings.begun(Create("area", [{"level": "grid", "population": 5}]))
    assert begun.rows[0] == {"level": "town", "population": 5}


def test_the_last_ones_values_are_repeated_but_for_code_and_name(beginnings, session):
    cls = session.catalogue["camera"]
    beginnings.repeat(cls, True)
    drawn(beginnings, session, code="JK000010", name="北门", height_m=9.0, kind="dome")
    row = drawn(beginnings, session)
    assert (row["height_m"], row["kind"], row["name"]) == (9.0, "dome", None)
    assert row["code"] == "JK000011"  # who gives codes is numbering
    assert beginnings.repeats_all(cls)
    beginnings.repeat(cls, False)
    assert drawn(beginnings, session)["height_m"] == 6.0


def test_single_fields_are_repeated_refs_too(beginnings, session):
    cls = session.catalogue["camera"]
    beginnings.repeat(cls, True, "height_m")
    beginnings.repeat(cls, True, "uplink_cable")
    assert beginnings.repeated("camera") == {"height_m", "uplink_cable"}
    assert not beginnings.repeats_all(cls)
    drawn(beginnings, session, height_m=8.0, kind="dome")
    row = drawn(beginnings, session)
    assert (row["height_m"], row["kind"]) == (8.0, "fixed")


def test_what_was_changed_in_the_form_since_is_repeated(beginnings, session):
    beginnings.repeat(session.catalogue["camera"], True)
    first = drawn(beginnings, session)
    from gis.editing.intents import Delete, Update

    session.perform(Update("camera", (first["id"],), {"height_m": 12.0}))
    second = drawn(beginnings, session)
    assert second["height_m"] == 12.0
    session.perform(Delete("camera", (second["id"],)))  # the last one is gone: nothing to repeat
    assert drawn(beginnings, session)["height_m"] == 6.0


def test_the_card_chooses_for_the_current_class(qtbot, workspace, beginnings):
    card = DrawCard(workspace, beginnings)
    qtbot.addWidget(card)
    workspace.set_class("camera")
    assert card.isHidden()
    workspace.set_mode("edit")
    assert not card.isHidden()
    assert card.heading.text() == "新增监控点"
    assert card.box.itemText(1) == "球机 路口"
    card.box.setCurrentIndex(1)
    card.box.activated.emit(1)
    assert beginnings.template("camera").label.en == "PTZ, crossroads"
    qtbot.mouseClick(card.same, Qt.MouseButton.LeftButton, pos=card.same.rect().center() / 4)
    card.same.click() if not card.same.isChecked() else None
    assert beginnings.repeats_all(workspace.session.catalogue["camera"])
    set_language("en")
    assert card.box.currentText() == "PTZ, crossroads"
    workspace.set_class("road")
    assert not card.box.isEnabled()


def test_the_form_applies_a_template_to_many_as_one_step(qtbot, panel, workspace, session, settled):
    ids = session.ids("wifi_hotspot")[:3]
    workspace.select({"wifi_hotspot": ids})
    settled()
    panel.template_menu.fill()
    next(a for a in panel.template_menu.actions() if a.text() == "室外 WiFi 6").trigger()
    assert panel.form.dirty
    before = session.can_undo.seq
    panel.form.apply()
    settled()
    columns = session.columns("wifi_hotspot", ["band", "eirp_dbm", "indoor"], ids=ids, geometry=False)
    assert set(columns.fields["band"]) == {"5"}
    assert set(columns.fields["eirp_dbm"].tolist()) == {27.0}
    assert session.can_undo.seq == before + 1


def test_the_form_keeps_and_forgets_templates(panel, workspace, session, settled):
    workspace.select({"wifi_hotspot": session.ids("wifi_hotspot")[:1]})
    settled()
    panel.template_menu.keep(panel.form, "公园")
    own = [t for t in templates_of(session, "wifi_hotspot") if t.own]
    assert [t.label.zh for t in own] == ["公园"]
    assert own[0].values["height_m"] == panel.form.editors["height_m"].current()
    assert not {"code", "name"} & set(own[0].values)
    panel.template_menu.fill()
    removal = next(a for a in panel.template_menu.actions() if a.text() == "删除模板").menu()
    removal.actions()[0].trigger()
    assert not [t for t in templates_of(session, "wifi_hotspot") if t.own]


def test_a_feature_without_code_is_offered_the_next(qtbot, panel, workspace, session, settled):
    session.perform(Create("wifi_hotspot", [{"geom": PLACE}]))
    workspace.select({"wifi_hotspot": session.ids("wifi_hotspot", '"code" IS NULL')})
    settled()
    note = panel.form._notes["code"]
    assert "W-040" in note.text()
    note.linkActivated.emit("code=W-040")
    assert panel.form.changes() == {"code": "W-040"}
    type_into(qtbot, panel.form.editors["code"].line, "")
    assert "W-040" in note.text()
