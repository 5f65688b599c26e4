"""What was typed and not applied when the program was killed is offered when the project is opened again."""

from __future__ import annotations

import json

import pytest

from desktop.forms.drafts import drafts_file
from desktop.shell.settings import SettingsStore
from desktop.shell.window import MainWindow


@pytest.fixture
def typed(qtbot, window, at_rest):
    """Typed into a hotspot's form: a name, and a height that is no number; the draft is written."""
    id = int(window.session.ids("wifi_hotspot", order="code")[0])
    window.workspace.select({"wifi_hotspot": [id]})
    window.actions_["mode.edit"].trigger()
    at_rest()
    form = window.inspector.feature.form
    for field, text in (("name", "没打完的名"), ("height_m", "十二"), ("bssid", "aa:bb")):
        form.editors[field].line.setText(text)
        form.editors[field].line.textEdited.emit(text)
    window.drafts.keep()
    return id


def file_of(window):
    return drafts_file(window.store.path.parent)


def again(qtbot, window):
    """A window opened after a crash: the settings as they lie on disk, the same project."""
    made = MainWindow(None, SettingsStore(window.store.path.parent))
    qtbot.addWidget(made)
    made.workspace.set_session(window.session)
    made.show()
    return made


def test_a_draft_lies_on_disk_without_restricted_values(window, typed):
    (draft,) = json.loads(file_of(window).read_text("utf-8")).values()
    assert draft == {"cls": "wifi_hotspot", "id": typed, "values": {"name": "没打完的名", "height_m": "十二"}}


def test_it_is_offered_and_taken_up(qtbot, window, typed):
    other = again(qtbot, window)
    assert other.drafts.bar.isVisible()
    other.drafts.bar.take.click()
    form = other.inspector.feature.form
    assert form.ids == [typed]
    assert form.editors["name"].line.text() == "没打完的名"
    assert form.editors["height_m"].line.text() == "十二"
    assert form.dirty
    assert not form.apply_button.isEnabled(), "what does not fit is said"
    assert not other.drafts.bar.isVisible()
    form.revert()
    other.workspace.set_session(None)
    other.close()


def test_it_is_dropped_when_not_wanted(qtbot, window, typed):
    other = again(qtbot, window)
    other.drafts.bar.drop.click()
    assert json.loads(file_of(window).read_text("utf-8")) == {}
    assert not other.drafts.bar.isVisible()
    other.workspace.set_session(None)
    other.close()


def test_what_was_applied_or_discarded_leaves_no_draft(window, typed, at_rest):
    window.inspector.feature.form.revert()
    window.drafts.keep()
    assert json.loads(file_of(window).read_text("utf-8")) == {}


def test_an_orderly_end_leaves_no_draft(qtbot, window, typed):
    window.close()
    assert json.loads(file_of(window).read_text("utf-8")) == {}


def test_a_broken_file_of_drafts_is_no_harm(qtbot, window):
    file_of(window).write_text("[1, 2", "utf-8")
    other = again(qtbot, window)
    assert not other.drafts.bar.isVisible()
    other.workspace.set_session(None)
    other.close()
