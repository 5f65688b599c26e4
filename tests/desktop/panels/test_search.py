"""Search by code, name and coordinate, from the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.panels.search import SearchBox, places_of
from gis.geometry.places import Reading


@pytest.fixture
def box(qtbot, workspace):
    made = SearchBox(workspace)
    qtbot.addWidget(made)
    made.show()
    return made


def listed(box):
    return [box.list.item(i).text() for i in range(box.list.count())]


def test_typing_a_code_lists_it_and_enter_goes_there(qtbot, box, session):
    qtbot.keyClicks(box, "W-007")
    qtbot.waitUntil(box.popup.isVisible)
    assert listed(box)[0].startswith("W-007")
    with qtbot.waitSignal(box.found) as caught:
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert caught.args[0] == "wifi_hotspot"
    assert session.row(*caught.args)["code"] == "W-007"
    assert not box.popup.isVisible()


def test_names_are_found_by_any_part(qtbot, box):
    box.setText("大丰")
    box._search()
    qtbot.waitUntil(box.popup.isVisible)
    assert len(listed(box)) == 10
    assert all("大丰医院" in text for text in listed(box))


def test_arrows_choose(qtbot, box):
    box.setText("盐城")
    box._search()
    qtbot.waitUntil(lambda: box.list.count() > 2)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert box.list.currentRow() == 1


def test_nothing_found_is_said_and_cannot_be_chosen(qtbot, box):
    qtbot.keyClicks(box, "zzzz")
    qtbot.waitUntil(box.popup.isVisible)
    assert listed(box) == ["没有找到"]
    with qtbot.assertNotEmitted(box.found):
        qtbot.keyClick(box, Qt.Key.Key_Return)


def test_escape_closes_then_empties(qtbot, box):
    qtbot.keyClicks(box, "W-0")
    qtbot.waitUntil(box.popup.isVisible)
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.popup.isVisible()
    assert box.text() == "W-0"
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.text() == ""


@pytest.mark.parametrize("text", ["W-007", "120.1", "100 95", "1 2 3"])
def test_other_texts_are_no_coordinates(session, text):
    assert places_of(text, session) == []


def test_every_reading_of_a_coordinate_is_offered_and_gone_to(qtbot, box):
    qtbot.keyClicks(box, "120.1 33.35")
    qtbot.waitUntil(box.popup.isVisible)
    assert [said.rpartition("   ")[2] for said in listed(box)] == [
        "CGCS2000 / WGS 84", "GCJ-02（高德、腾讯）", "BD-09（百度）"
    ]  # fmt: skip
    qtbot.keyClick(box, Qt.Key.Key_Down)
    with qtbot.waitSignal(box.place) as caught:
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert isinstance(caught.args[0], Reading)
    assert caught.args[0].system == "gcj02"
