"""The form is built from the catalogue, checks as one types, and commits only what was changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.forms.choices import BooleanEditor, CodeEditor
from desktop.forms.form import FeatureForm
from desktop.forms.references import RefEditor
from desktop.shell.words import set_language
from gis.catalogue import load_catalogue
from gis.editing.intents import Update

ROW = {
    "id": 7, "code": "W-1", "name": "人民公园热点", "status": "in_service", "free": 1.0, "band": "2.4",
    "eirp_dbm": 20.0, "height_m": 4.0, "backhaul_cable": 3, "bssid": "00:11:22:33:44:55",
    "installed_on": "2024-05-01", "channel": 6.0,
}  # fmt: skip


class Cables:
    """Two cables to refer to."""

    def __init__(self) -> None:
        self.known = {3: "GL-003", 4: "GL-004"}

    def title(self, cls: str, id: int) -> str:
        assert cls == "cable"
        return self.known.get(id, "")

    def find(self, cls: str, text: str) -> list[tuple[int, str]]:
        return [(id, f"{code}  支线") for id, code in self.known.items() if text in code]

    def values(self, cls: str, id: int) -> dict[str, object]:
        count = {"fibre_count": 24, "fibres_per_tube": 12, "colour_scheme": "full"}
        return count if cls == "cable" and id in self.known else {}


@pytest.fixture
def form(qtbot):
    made = FeatureForm(load_catalogue()["wifi_hotspot"], Cables())
    qtbot.addWidget(made)
    made.resize(320, 900)
    made.show_rows([ROW])
    made.set_editable(True)
    made.show()
    return made


def type_into(qtbot, line: QLineEdit, text: str) -> None:
    """Replace the text as a user does: keys, or the input method for Chinese."""
    line.setFocus()
    line.selectAll()
    if not text:
        qtbot.keyClick(line, Qt.Key.Key_Delete)
    elif text.isascii():
        qtbot.keyClicks(line, text)
    else:
        committed = QInputMethodEvent()
        committed.setCommitString(text)
        QApplication.sendEvent(line, committed)


@pytest.mark.parametrize("cls", [cls.name for cls in load_catalogue()])
def test_every_class_gets_a_form(qtbot, cls):
    feature_class = load_catalogue()[cls]
    form = FeatureForm(feature_class, Cables())
    qtbot.addWidget(form)
    assert list(form.editors) == [
        f.name for key in feature_class.groups for f in feature_class.fields if f.group == key and not f.stamp
    ]
    assert all(editor.focusProxy().accessibleName() for editor in form.editors.values())


def test_values_are_shown_and_nothing_is_dirty(form):
    assert form.editors["name"].line.text() == "人民公园热点"
    assert form.editors["status"].box.currentText() == "在用"
    assert form.editors["free"].button(True).isChecked()
    assert form.editors["eirp_dbm"].line.text() == "20"
    assert form.editors["backhaul_cable"].line.text() == "GL-003"
    assert not form.dirty
    assert form.changes() == {}


def test_enter_commits_only_what_was_changed(qtbot, form):
    line = form.editors["height_m"].line
    type_into(qtbot, line, "6.5")
    assert form.dirty
    assert form.apply_button.isVisible()
    with qtbot.waitSignal(form.applied) as caught:
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert caught.args[0] == Update("wifi_hotspot", (7,), {"height_m": 6.5})


def test_a_wrong_value_is_told_beside_the_field_and_not_committed(qtbot, form):
    line = form.editors["height_m"].line
    type_into(qtbot, line, "900")
    assert form._problems["height_m"].isVisible()
    assert "500" in form._problems["height_m"].text()
    assert not form.apply_button.isEnabled()
    with qtbot.assertNotEmitted(form.applied):
        qtbot.keyClick(line, Qt.Key.Key_Return)
    type_into(qtbot, line, "9")
    assert not form._problems["height_m"].isVisible()
    assert form.apply_button.isEnabled()


def test_a_problem_is_told_in_the_language_in_force(qtbot, form):
    type_into(qtbot, form.editors["channel"].line, "six")
    before = form._problems["channel"].text()
    set_language("en")
    assert form._problems["channel"].text() != before
    assert form._labels["channel"].text() == "Channel"
    assert form.editors["status"].box.currentText() == "In service"


def test_escape_takes_back_what_was_typed(qtbot, form):
    line = form.editors["name"].line
    type_into(qtbot, line, "别名")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "人民公园热点"
    assert not form.dirty


def test_the_unit_and_full_width_digits_may_be_typed(qtbot, form):
    type_into(qtbot, form.editors["eirp_dbm"].line, "２３ dBm")
    assert form.changes() == {"eirp_dbm": 23.0}


def test_emptying_a_field_means_unknown(qtbot, form):
    type_into(qtbot, form.editors["height_m"].line, "")
    form.editors["free"].button(None).click()
    assert form.changes() == {"height_m": None, "free": None}


def test_a_code_is_found_by_its_label(qtbot, form):
    editor = form.editors["status"]
    assert isinstance(editor, CodeEditor)
    type_into(qtbot, editor.box.lineEdit(), "规划")
    assert form.changes() == {"status": "planned"}


def test_the_wheel_does_not_change_a_code(form):
    box = form.editors["status"].box
    where = QPointF(box.rect().center())
    wheel = QWheelEvent(
        where, box.mapToGlobal(where), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    assert not form.dirty


def test_a_code_the_list_does_not_know_stays(form):
    form.show_rows([{**ROW, "status": "burnt"}])
    assert form.editors["status"].box.currentText() == "burnt"
    assert not form.dirty


def test_a_reference_is_chosen_by_its_code(qtbot, form):
    editor = form.editors["backhaul_cable"]
    assert isinstance(editor, RefEditor)
    type_into(qtbot, editor.line, "GL-004")
    assert form.changes() == {"backhaul_cable": 4}


def test_a_reference_to_nothing_is_a_problem(qtbot, form):
    editor = form.editors["backhaul_cable"]
    type_into(qtbot, editor.line, "GL-999")
    assert "GL-999" in editor.problem()
    type_into(qtbot, editor.line, "")
    assert form.changes() == {"backhaul_cable": None}


def test_a_reference_is_followed(qtbot, form):
    with qtbot.waitSignal(form.followed) as caught:
        qtbot.mouseClick(form.editors["backhaul_cable"]._go, Qt.MouseButton.LeftButton)
    assert caught.args == ["cable", 3]


def test_restricted_values_are_masked_until_asked_for(qtbot, form):
    editor = form.editors["bssid"]
    assert editor.line.echoMode() == QLineEdit.EchoMode.Password
    qtbot.mouseClick(editor._eye, Qt.MouseButton.LeftButton)
    assert editor.line.echoMode() == QLineEdit.EchoMode.Normal


def test_a_date_is_typed_or_picked(qtbot, form):
    editor = form.editors["installed_on"]
    type_into(qtbot, editor.line, "2023年3月9日")
    assert form.changes() == {"installed_on": "2023-03-09"}
    editor._open()
    assert editor._calendar.selectedDate().toString("yyyy-MM-dd") == "2023-03-09"
    editor._pick(editor._calendar.selectedDate().addDays(1))
    assert form.changes() == {"installed_on": "2023-03-10"}


def test_several_rows_show_what_they_share(qtbot, form):
    form.show_rows([ROW, {**ROW, "id": 8, "code": "W-2", "height_m": 9.0, "free": 0.0}])
    assert form.editors["name"].line.text() == "人民公园热点"
    assert form.editors["height_m"].line.text() == ""
    assert form.editors["height_m"].line.placeholderText() == "多个值"
    assert form.editors["code"].line.isReadOnly()  # a unique field is not set on several
    assert not form.dirty
    form.editors["free"].button(True).click()
    with qtbot.waitSignal(form.applied) as caught:
        form.apply()
    assert caught.args[0] == Update("wifi_hotspot", (7, 8), {"free": 1.0})


def test_reading_shows_values_with_units_and_changes_nothing(qtbot, form):
    form.set_editable(False)
    assert form.editors["eirp_dbm"].line.text() == "20\u202fdBm"
    boolean = form.editors["free"]
    assert isinstance(boolean, BooleanEditor)
    assert boolean._answer.text() == "是"
    qtbot.keyClicks(form.editors["name"].line, "x")
    assert not form.dirty
    with qtbot.assertNotEmitted(form.applied):
        form.apply()
    form.set_editable(True)
    assert form.editors["eirp_dbm"].line.text() == "20"


def test_tab_reaches_the_next_field(qtbot, form):
    form.editors["code"].line.setFocus()
    qtbot.keyClick(form.editors["code"].line, Qt.Key.Key_Tab)
    assert form.editors["name"].line.hasFocus()


def test_a_number_dressed_for_reading_is_not_taken_for_typed(form):
    made = []
    form.applied.connect(made.append)
    form.set_editable(False)
    form.show_rows([{**ROW, "backhaul_fibre": 1200}])
    assert form.editors["backhaul_fibre"].line.text().startswith("1,200")
    form.set_editable(True)
    assert form.editors["backhaul_fibre"].line.text() == "1200"
    form.set_editable(False)
    form.apply()
    assert made == []


def menu_of(form, name):
    return [action.data() for action in form.editors[name].button.menu().actions()]


def test_usual_answers_follow_the_field_they_depend_on(qtbot, form):
    assert menu_of(form, "channel")[:3] == [1, 6, 11]
    type_into(qtbot, form.editors["band"].box.lineEdit(), "5 GHz")
    assert menu_of(form, "channel")[0] == 36
    assert form._notes["channel"].text() == "不在常用值之列"
    form.editors["channel"].button.menu().actions()[1].trigger()
    assert form.changes() == {"band": "5", "channel": 40.0}
    assert form._notes["channel"].isHidden()


def test_an_unusual_answer_is_remarked_and_may_be_kept(qtbot, form):
    type_into(qtbot, form.editors["width_mhz"].line, "22")
    assert not form._notes["width_mhz"].isHidden()
    assert form.apply_button.isEnabled()
    assert form.changes() == {"width_mhz": 22.0}


def test_the_colours_of_a_fibre_stand_beside_its_number(qtbot, form):
    type_into(qtbot, form.editors["backhaul_fibre"].line, "14")
    assert form._notes["backhaul_fibre"].text() == "第 2 管（橙），橙芯"
    set_language("en")
    assert form._notes["backhaul_fibre"].text() == "Tube 2 orange, fibre orange"
    type_into(qtbot, form.editors["backhaul_fibre"].line, "25")
    assert "24" in form._notes["backhaul_fibre"].text()
    type_into(qtbot, form.editors["backhaul_cable"].line, "")
    assert form._notes["backhaul_fibre"].text() == ""


def test_a_calculated_value_is_taken_with_a_click(qtbot):
    form = FeatureForm(load_catalogue()["cable"], Cables())
    qtbot.addWidget(form)
    form.show_rows([{"id": 1, "fibre_count": 48.0, "tubes": 4.0, "fibres_per_tube": 6.0}])
    form.set_editable(True)
    note = form._notes["fibres_per_tube"]
    assert "12" in note.text()
    note.linkActivated.emit("fibres_per_tube=12")
    assert form.changes() == {"fibres_per_tube": 12.0}
    assert note.text() == ""
    form.set_editable(False)
    form.revert()
    assert note.isHidden()


def test_values_are_entered_as_if_typed(form):
    form.enter({"height_m": 6.0, "status": "planned", "free": False, "unknown": 1})
    assert form.changes() == {"height_m": 6.0, "status": "planned", "free": 0.0}
