"""What every test of the desktop gets: its own settings, the look and language in force, and no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from desktop.panels import engine
from desktop.shell.notices import notices
from desktop.shell.settings import SettingsStore
from desktop.shell.theme import theme
from desktop.shell.window import MainWindow
from desktop.shell.words import set_language
from desktop.shell.workspace import Workspace
from gis.cartography import kernels
from gis.editing.intents import Create
from gis.project import Session


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """The map's kernels are compiled before the first canvas would begin to, on a thread that outlives its test.

    Those of predictions are compiled by the tests that predict; the window does not begin to in a process of its own.
    """
    kernels.warm_up()
    engine.READY.set()
    engine._begun.acquire(blocking=False)


@pytest.fixture(autouse=True)
def isolated(qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings, data and log lie in the test's folder; Chinese and light; threads of the test end with it."""
    monkeypatch.setenv("YANTU_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("YANTU_DATA", str(tmp_path / "data"))
    set_language("zh")
    theme().apply("light")
    notices().recent.clear()
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while (left := _ours(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left, f"threads left behind: {left}"


def _ours(before: set[threading.Thread]) -> list[threading.Thread]:
    # A pool's thread that has run Python code stays listed as a dummy until it expires.
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and not isinstance(thread, threading._DummyThread)
    ]


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    """Settings with an author of their own."""
    store = SettingsStore(tmp_path / "config")
    store.change(author="测试员", reopen_last=False)
    return store


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A small city: an area, a road, forty hotspots in a row, a station with two cells, a cable between two nodes."""
    made = Session.create(tmp_path / "small.yantu", name="小城", author="测试员")
    area = Polygon([(499_000, 3_689_000), (503_000, 3_689_000), (503_000, 3_692_000), (499_000, 3_692_000)])
    rows = [
        Create("area", [{"code": "320902", "name": "亭湖区", "level": "county", "geom": MultiPolygon([area])}]),
        Create("road", [{"code": "R-1", "name": "建军中路", "geom": LineString([(5e5, 3.69e6), (5.02e5, 3.69e6)])}]),
        Create("wifi_hotspot", [_hotspot(i) for i in range(40)]),
        Create("fibre_node", [_node(i) for i in range(2)]),
    ]
    for intent in rows:
        made.perform(intent)
    station = made.perform(
        Create("base_station", [{"code": "BS-1", "name": "盐城站基站", "geom": Point(501_000, 3_690_500)}])
    ).created["base_station"][0]
    place = Point(501_000, 3_690_500)
    cells = [{"code": f"BS-1-{i}", "site": station, "azimuth": 120.0 * i, "geom": place} for i in (0, 1)]
    made.perform(Create("cell", cells))
    yield made
    made.close()


def _hotspot(i: int) -> dict[str, Any]:
    name = ("人民公园", "盐城站", "大丰医院", "阜宁中学")[i % 4]
    return {
        "code": f"W-{i:03d}", "name": f"{name} {i} 号", "height_m": 3.0 + i % 5, "free": i % 2 == 0,
        "band": ("2.4", "5")[i % 2], "bssid": f"00:00:00:00:00:{i:02x}",
        "geom": Point(500_000 + 40 * i, 3_690_000 + 10 * (i % 3)),
    }  # fmt: skip


def _node(i: int) -> dict[str, Any]:
    return {"code": f"N-{i}", "kind": "cabinet", "geom": Point(500_000 + 500 * i, 3_690_200)}


@pytest.fixture
def workspace(qtbot, store: SettingsStore, session: Session) -> Iterator[Workspace]:
    """A workspace that looks at the small city, without a window."""
    made = Workspace(store)
    made.set_session(session)
    yield made
    made.session = None  # closed by its own fixture
    assert made.close()


@pytest.fixture
def settled(qtbot, workspace: Workspace) -> Callable[[], None]:
    """Waits until all work is done and has been told."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not (workspace.jobs.busy or workspace.writes.busy))
        qtbot.wait(1)  # queued events of the project
        qtbot.waitUntil(lambda: not (workspace.jobs.busy or workspace.writes.busy))

    return wait


@pytest.fixture
def window(qtbot, store: SettingsStore, session: Session) -> Iterator[MainWindow]:
    """The whole window on the small city, its map drawn."""
    made = MainWindow(session, store)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    qtbot.waitUntil(lambda: not made.canvas.busy and not made.canvas.loading)
    yield made
    made.close()


@pytest.fixture
def at_rest(qtbot, window: MainWindow) -> Callable[[], None]:
    """Waits until the window's work is done and its map drawn."""

    def busy() -> bool:
        work = window.workspace
        drawing = window.session is not None and window.canvas.busy
        return bool(work.jobs.busy or work.writes.busy or drawing)

    def wait() -> None:
        for _ in range(2):  # what one end sets off, such as an event that reloads a table
            qtbot.waitUntil(lambda: not busy())
            qtbot.wait(1)
        qtbot.waitUntil(lambda: not busy())

    return wait
