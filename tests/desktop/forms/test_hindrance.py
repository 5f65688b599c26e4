"""A wrong value is told beside Apply too, where its field may be out of sight, and leads there."""

from __future__ import annotations

from desktop.shell.words import set_language
from tests.desktop.forms.test_form import form, type_into

__all__ = ["form"]


def test_apply_says_what_hinders_it_and_leads_there(qtbot, form):
    form.resize(320, 260)
    assert form.hindrance.isHidden()
    line = form.editors["height_m"].line
    type_into(qtbot, line, "900")
    assert not form.apply_button.isEnabled()
    assert form.hindrance.isVisible()
    label, reason = form._labels["height_m"].text(), form._problems["height_m"].text()
    assert label in form.hindrance.text()
    assert reason in form.hindrance.text()
    set_language("en")
    assert form._labels["height_m"].text() in form.hindrance.text()
    section = form._sections[form.cls.field("height_m").group]
    section.head.click()  # folded away it hinders all the same
    assert not form.apply_button.isEnabled()
    form._scroll.verticalScrollBar().setValue(0)
    form.editors["code"].setFocus()
    form.hindrance.linkActivated.emit("height_m")
    assert form.editors["height_m"].isVisible()
    assert form.editors["height_m"].isAncestorOf(form.focusWidget())
    type_into(qtbot, line, "9")
    assert form.apply_button.isEnabled()
    assert form.hindrance.isHidden()
