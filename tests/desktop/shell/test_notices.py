"""One route for every message: refusals in the user's language, faults logged with a report."""

from __future__ import annotations

import logging
import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.panels.notices import NoticeCards, NoticesPanel
from desktop.shell import notices as room
from desktop.shell.notices import Notice, notices, notify, start_log
from desktop.shell.words import set_language
from gis.errors import Cancelled, Refusal

WRONG = Refusal("catalogue.no_field", cls="road", field="colour")


@pytest.fixture
def host(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def test_a_refusal_is_said_in_the_language_in_force(qtbot):
    notify(WRONG)
    qtbot.waitUntil(lambda: bool(notices().recent))
    notice = notices().recent[-1]
    assert notice.level == "warning"
    assert "没有字段" in notice.message()
    assert notice.hint() == "请检查字段名。"
    set_language("en")
    assert "has no field" in notice.message()


def test_any_thread_may_speak(qtbot):
    thread = threading.Thread(target=lambda: notify("完成", "success"))
    with qtbot.waitSignal(notices().posted) as caught:
        thread.start()
    thread.join()
    assert caught.args[0].message() == "完成"


def test_a_fault_is_logged_and_has_a_report(qtbot, tmp_path, caplog):
    start_log(tmp_path / "log")
    try:
        try:
            raise KeyError("lost")
        except KeyError as error:
            notify(error)
    finally:
        handler = room.log.handlers[-1]
        room.log.removeHandler(handler)
        handler.close()
    notice = notices().recent[-1]
    assert notice.level == "error"
    assert "KeyError" in notice.message()
    assert "Traceback" in notice.report
    assert "Traceback" in (tmp_path / "log" / "yantu.log").read_text("utf-8")


def test_cancelling_is_no_news():
    notify(Cancelled())
    assert not notices().recent


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    start_log(tmp_path / "file" / "log")
    assert not [h for h in room.log.handlers if isinstance(h, logging.FileHandler)]


def test_what_nobody_caught_becomes_a_notice(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    room._uncaught(ValueError, ValueError("x"), None)
    assert notices().recent[-1].level == "error"


def test_cards_appear_fit_and_close(qtbot, host):
    cards = NoticeCards(host)
    notify(WRONG)
    qtbot.waitUntil(cards.isVisible)
    card = cards.cards()[0]
    assert host.rect().contains(cards.geometry())
    assert "没有字段" in card._message.text()
    set_language("en")
    assert "has no field" in card._message.text()
    card.close_card()
    assert not cards.isVisible()


def test_the_same_thing_said_twice_is_one_card_and_at_most_three_stay(qtbot, host):
    cards = NoticeCards(host)
    for _ in range(2):
        notify("一样")
    assert len(cards.cards()) == 1
    for text in "甲乙丙丁":
        notify(text)
    assert [card.notice.message() for card in cards.cards()] == ["乙", "丙", "丁"]


def test_a_report_is_copied(qtbot, host):
    cards = NoticeCards(host)
    cards.show_notice(Notice(ValueError("x"), "error", report="the report"))
    button = next(b for b in cards.findChildren(QPushButton))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "the report"


def test_the_panel_lists_newest_first(qtbot):
    panel = NoticesPanel()
    qtbot.addWidget(panel)
    notify("先")
    notify("后")
    assert panel.list.item(0).text().endswith("后")
    set_language("en")
    assert panel.list.count() == 2


def test_a_card_that_is_closed_twice_is_gone_once(qtbot, host):
    cards = NoticeCards(host)
    notify("完成", "success")
    qtbot.waitUntil(lambda: len(cards.cards()) == 1)
    [card] = cards.cards()
    card.close_card()
    card.close_card()  # a second click, or the timer that was due already
    assert cards.cards() == []
