"""A wrong value is told beside Apply too, where its field may be out of sight, and leads there."""

from __future__ import annotations

from tests.desktop.forms.test_form import form, type_into

__all__ = ["form"]


def test_apply_says_what_hinders_it_and_leads_there(qtbot, form):
    form.resize(320, 260)
    assert form.hindrance.isHidden()
    line = form.editors["bssid"].line
    type_into(qtbot, line, "no address")
    assert not form.apply_button.isEnabled()
    assert form.hindrance.isVisible()
    label, reason = form._labels["bssid"].text(), form._problems["bssid"].text()
    assert label in form.hindrance.text()
    assert reason in form.hindrance.text()
    section = form._sections[form.cls.field("bssid").group]
    section._head.click()  # folded away it hinders all the same
    assert not form.apply_button.isEnabled()
    form._scroll.verticalScrollBar().setValue(0)
    form.editors["code"].setFocus()
    form.hindrance.linkActivated.emit("bssid")
    assert form.editors["bssid"].isVisible()
    assert form.editors["bssid"].isAncestorOf(form.focusWidget())
    type_into(qtbot, line, "00:11:22:33:44:66")
    assert form.apply_button.isEnabled()
    assert form.hindrance.isHidden()
