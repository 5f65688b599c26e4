"""The first page, and the composition root."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.shell.window import MainWindow


@pytest.fixture
def empty(qtbot, store):
    made = MainWindow(None, store)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()


def test_without_a_project_there_are_three_ways_to_begin(qtbot, empty, monkeypatch):
    assert empty.welcome.isVisible()
    assert not empty.actions_["mode.edit"].isEnabled()
    with qtbot.waitSignal(empty.welcome.open_wanted):
        monkeypatch.setattr("desktop.shell.projects.QFileDialog.getOpenFileName", lambda *_: ("", ""))
        qtbot.mouseClick(empty.welcome.open, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(empty.welcome.new_wanted):
        qtbot.keyClick(empty.welcome.new, Qt.Key.Key_Space)


def test_recent_projects_that_are_gone_are_not_offered(qtbot, empty, session, tmp_path):
    empty.store.remember(tmp_path / "gone.yantu")
    empty.store.remember(session.path)
    assert [button.text() for button in empty.welcome._recent] == ["small"]


def test_opening_shows_its_progress_then_the_city(qtbot, empty, session):
    path = session.path
    session.close()
    with qtbot.waitSignal(empty.usable, timeout=10_000):
        empty.projects.open(path)
        assert empty.welcome._bar.isVisible()
        assert not empty.welcome.open.isEnabled()
    assert empty.columns.isVisible()
    assert empty.store.now.recent == (str(path),)
