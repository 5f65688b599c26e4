"""A history panel beside a workspace, and edits to look at."""

from __future__ import annotations

import apsw
import pytest

from desktop.panels.history import HistoryPanel
from gis.editing.intents import Update


@pytest.fixture
def panel(qtbot, workspace):
    made = HistoryPanel(workspace)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


@pytest.fixture
def rest(qtbot, workspace, panel, settled):
    """Waits until the panel has read what it wants to."""

    def wait():
        settled()
        qtbot.waitUntil(lambda: not panel._due.isActive() and not panel.filter._wait.isActive())
        settled()

    wait()
    return wait


@pytest.fixture
def edited(workspace, rest, panel):
    """One hotspot renamed three times."""
    id = int(workspace.session.ids("wifi_hotspot")[0])
    for name in ("甲", "乙", "丙"):
        workspace.perform(Update("wifi_hotspot", [id], {"name": name}))
    rest()
    return id


@pytest.fixture
def foreign(session):
    """Lets another program, which knows nothing of the journal, write to the file."""

    def write(sql, *params):
        connection = apsw.Connection(str(session.path))
        connection.execute(sql, params)
        connection.close()

    return write
