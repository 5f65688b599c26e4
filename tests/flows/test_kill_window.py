"""kill -9 while the window is being worked in: opened again, everything is there, at the same place of the map."""

import json
import os
import signal
import subprocess
import sys

from gis.project import Session

STORY = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from shapely.geometry import Point
app = QApplication([])
from desktop.shell.settings import SettingsStore
from desktop.shell.window import MainWindow
from gis.editing.intents import Create
from gis.project import Session

path, folder, part = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
window = MainWindow(None, SettingsStore(folder))
window.workspace.set_session(Session.open(path, author="kill"))
window.show()

def work():
    if window.canvas.busy or window.canvas.loading:
        QTimer.singleShot(50, work)
        return
    if part == "look":
        (x, y), scale = window.rooms.place()
        print("looks at", x, y, scale, window.drafts.bar.isVisibleTo(window.inspector), flush=True)
        return
    window.rooms.begin_at((500_321.0, 3_690_123.0), 2500.0)
    id = int(window.session.ids("wifi_hotspot")[0])
    window.workspace.select({"wifi_hotspot": [id]})
    window.actions_["mode.edit"].trigger()
    line = window.inspector.feature.form.editors["name"].line
    line.setText("没打完")
    line.textEdited.emit("没打完")
    QTimer.singleShot(200, edit)

def edit():
    window._look_outside()
    window.drafts.keep()
    done = window.session.perform(Create("camera", [{"geom": Point(500_000, 3_690_000)}]))
    print("edited", done.seq, flush=True)
    QTimer.singleShot(0, edit)

QTimer.singleShot(0, work)
app.exec()
"""


def start(path, folder, part):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "YANTU_CONFIG": str(folder), "YANTU_DATA": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", STORY, str(path), str(folder), part], stdout=subprocess.PIPE, text=True, env=environment
    )


def test_a_killed_window_comes_back_as_it_was(tmp_path):
    from shapely.geometry import Point

    from gis.editing.intents import Create

    path, folder = tmp_path / "city.yantu", tmp_path / "config"
    with Session.create(path) as session:
        session.perform(Create("wifi_hotspot", [{"code": f"W-{i}", "geom": Point(5e5 + i, 3.69e6)} for i in range(5)]))
    child = start(path, folder, "edit")
    safe = [child.stdout.readline().split() for _ in range(6)]
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert all(word == "edited" for word, _ in safe)
    with Session.open(path, author="after") as session:
        found = {entry.seq for entry in session.history(limit=10_000)}
        assert {int(seq) for _, seq in safe} <= found
        assert session.verify() == []
    assert "没打完" in (folder / "drafts.json").read_text("utf-8")
    views = json.loads((folder / "settings.json").read_text("utf-8"))["views"]
    assert views[0]["path"] == str(path.resolve())
    child = start(path, folder, "look")
    said = child.stdout.readline().split()
    child.kill()
    child.wait()
    assert said[:2] == ["looks", "at"]
    x, y, scale = map(float, said[2:5])
    assert abs(x - 500_321) < 1
    assert abs(y - 3_690_123) < 1
    assert abs(scale - 2500) < 25
    assert said[5] == "True", "what was typed is offered"
