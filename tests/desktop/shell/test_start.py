"""The first page, the sample city, and the composition root."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

import datasets.sample
from desktop.shell.projects import sample_path
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


def test_the_sample_city_is_made_once(qtbot, empty, monkeypatch):
    monkeypatch.setattr(datasets.sample, "make", partial(datasets.sample.make, features=1500))
    with qtbot.waitSignal(empty.usable, timeout=60_000):
        empty.projects.open_sample()
    assert empty.session.path == sample_path()
    assert empty.session.count("premises") > 0
    assert [path.name for path in sample_path().parent.glob("making-*")] == []
    made_at = sample_path().stat().st_ino
    empty.actions_["project.close"].trigger()
    empty.projects.open_sample()
    qtbot.waitUntil(lambda: empty.session is not None)
    assert sample_path().stat().st_ino == made_at


def test_a_sample_city_half_made_leaves_nothing(qtbot, empty, monkeypatch):
    monkeypatch.setattr(datasets.sample, "make", partial(datasets.sample.make, features=3000))
    empty.projects.open_sample()
    job = empty.jobs.jobs[-1]
    qtbot.waitUntil(lambda: job.done > 0, timeout=30_000)
    job.cancel()
    qtbot.waitUntil(lambda: not job.running, timeout=30_000)
    assert list(sample_path().parent.iterdir()) == []
    assert empty.welcome.sample.isEnabled()
    assert empty.session is None


CHILD = """
import sys
from pathlib import Path
from desktop.__main__ import run_desktop

def ready(window):
    window.canvas.pictureComplete.connect(window.close)
    print(window.session.count("wifi_hotspot"))

sys.exit(run_desktop(Path(sys.argv[1]), ready))
"""


def test_the_command_opens_a_window_and_leaves_quietly(session, tmp_path):
    path = session.path
    session.close()
    root = Path(datasets.sample.__file__).parents[1]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)}
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr.strip()) == (0, "40", "")
    assert (tmp_path / "config" / "settings.json").is_file()
    assert (tmp_path / "config" / "log" / "yantu.log").is_file()
