"""Projects that were left are let go of: their reads stop, nobody hears of them, nothing holds them."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path

import pytest
from shapely.geometry import Point

from desktop.shell import workspace as workspaces
from desktop.shell.window import MainWindow
from gis.editing.intents import Create
from gis.errors import Cancelled
from gis.project import Session
from gis.project.checking import Checking


@pytest.fixture
def cities(tmp_path: Path) -> list[Path]:
    """Two project files with a few hotspots each."""
    made = []
    for name in ("east", "west"):
        path = tmp_path / f"{name}.yantu"
        with Session.create(path, name=name, author="测试员") as session:
            rows = [{"code": f"{name}-{i}", "geom": Point(500_000 + 40 * i, 3_690_000)} for i in range(20)]
            session.perform(Create("wifi_hotspot", rows))
        made.append(path)
    return made


@pytest.fixture
def window(qtbot, store):
    """The window without a project."""
    made = MainWindow(None, store)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()


@pytest.fixture
def bring(qtbot, window):
    """Opens a file and waits until its map is drawn."""

    def wait(path: Path) -> Session:
        window.projects.open(path)
        qtbot.waitUntil(lambda: window.session is not None and window.session.path == path)
        qtbot.waitUntil(lambda: not window.canvas.loading and not window.canvas.busy)
        return window.session

    return wait


@pytest.fixture
def endless(monkeypatch):
    """Checks that work until they are stopped; tells how many began and how many were stopped."""
    told = {"begun": 0, "stopped": 0}

    def run(self, progress, **_rules):
        told["begun"] += 1
        with self.session.reading() as snapshot:
            while True:
                snapshot.count("wifi_hotspot")
                try:
                    progress.step(0)
                except Cancelled:
                    told["stopped"] += 1
                    raise

    monkeypatch.setattr(Checking, "run", run)
    return told


def gone(ref) -> bool:
    gc.collect()
    return ref() is None


def jobs_at_work() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "job"]


def test_projects_left_while_they_are_checked_are_let_go(qtbot, window, bring, cities, endless):
    left = []
    for turn in range(3):
        bring(cities[turn % 2])
        left.append(weakref.ref(window.session))
        window.issues.watch.run()
        qtbot.waitUntil(lambda turn=turn: endless["begun"] == turn + 1)
        map_threads = sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("map-"))
    window.projects.close()
    for ref in left:
        qtbot.waitUntil(lambda ref=ref: gone(ref))
    qtbot.waitUntil(lambda: not jobs_at_work())
    assert endless["stopped"] == 3
    # The map has one set of threads, whatever number of projects it has shown.
    assert {"map-frames", "map-loader"} <= set(map_threads)
    assert len(map_threads) == len(set(map_threads))


def test_a_project_is_closed_though_its_successor_is_at_work(qtbot, window, bring, cities, endless):
    old = bring(cities[0])
    bring(cities[1])
    window.issues.watch.run()
    qtbot.waitUntil(lambda: endless["begun"] == 1)
    qtbot.waitUntil(lambda: old._store._closed)
    assert window.issues.watch.running
    assert window.session.count("wifi_hotspot") == 20


def test_what_was_read_of_the_project_left_is_told_nobody(qtbot, workspace, cities):
    may_end, told = threading.Event(), []
    workspace.jobs.quiet(lambda _progress: may_end.wait(5), told.append, told.append)
    kept = workspace.jobs.quiet(lambda _progress: may_end.wait(5), lambda _done: told.append("kept"), of_project=False)
    first = workspace.set_session(None)
    assert kept in workspace.left_work
    may_end.set()
    qtbot.waitUntil(lambda: not workspace.jobs.busy)
    assert told == ["kept"]
    workspace.set_session(first)


def test_what_the_user_asked_for_goes_on_and_keeps_its_project_open(qtbot, window, bring, cities):
    old, may_end, counted = bring(cities[0]), threading.Event(), []

    def work(_progress):
        may_end.wait(5)
        return old.count("wifi_hotspot")

    window.jobs.start("backup", work, counted.append)
    bring(cities[1])
    assert old.count("wifi_hotspot") == 20
    may_end.set()
    qtbot.waitUntil(lambda: counted == [20])
    qtbot.waitUntil(lambda: old._store._closed)


def test_what_can_wait_begins_once_with_the_first_picture(qtbot, window, bring, cities, monkeypatch):
    begun, mended, was_loading = [], [], []
    monkeypatch.setattr(Checking, "load", lambda self: begun.append(self.session.path))
    monkeypatch.setattr(Session, "mend", lambda self, progress: mended.append(self.path) or [])
    window.workspace.at_leisure.connect(lambda: was_loading.append(window.canvas.loading or window.canvas.busy))
    for path in cities:
        bring(path)
        qtbot.waitUntil(lambda path=path: path in begun and path in mended)
    window.canvas.zoom_full()
    qtbot.waitUntil(lambda: not window.canvas.busy)
    assert begun == mended == cities
    assert was_loading == [False, False]


def test_without_a_picture_it_is_not_waited_for_ever(qtbot, store, cities, monkeypatch):
    monkeypatch.setattr(workspaces, "PATIENCE_MS", 20)
    work = workspaces.Workspace(store)
    with Session.open(cities[0]) as session, qtbot.waitSignal(work.at_leisure):
        work.set_session(session)
    work.session = None
    assert work.close()
