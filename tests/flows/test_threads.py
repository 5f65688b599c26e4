"""Window and jobs use Qt at once: neither crashes the process or waits for ever, from the first import to the exit.

Each story runs in a fresh process; one that hangs is ended with a trace of every thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_USE = """
import faulthandler
import re
import sys
import threading
from pathlib import Path
faulthandler.dump_traceback_later(60, exit=True)
sys.setswitchinterval(1e-4)
import desktop
from PySide6 import QtCore, QtGui, QtWidgets
def classes(module):
    declared = Path(module.__file__).with_name(module.__name__.removeprefix("PySide6.") + ".pyi").read_text()
    return [(module, name) for name in re.findall(r"^class (Q\\w+)\\(", declared, re.MULTILINE)]

names = [*classes(QtWidgets), *classes(QtGui), *classes(QtCore)]
late = [name for module, name in names if name not in vars(module)]
begin = threading.Barrier(2)

def use():
    begin.wait()
    for module, name in names:
        getattr(module, name)

other = threading.Thread(target=use)
other.start()
use()
other.join()
print(len(names) > 500, late)
"""
PRINTING = """
import faulthandler
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from desktop.__main__ import run_desktop
faulthandler.dump_traceback_later(100, exit=True)
project, folder = Path(sys.argv[1]), Path(sys.argv[2])

def story(window):
    window.workspace.set_mode("print")
    yield 0
    panel = window.rooms.panel("print")
    for place in range(panel.template.count()):
        panel.template.setCurrentIndex(place)
        panel.draw()
        yield 20
    panel.open_composer()
    yield 200
    for ending in (".pdf", ".png", ".pptx", ".html"):
        panel.export_to(folder / f"sheet{ending}")
    panel.open_atlas()
    panel.open_report()
    yield 100
    for mode in ("browse", "edit", "analyse", "print"):
        window.workspace.set_mode(mode)
        panel.draw()
        yield 20
    panel.composer.close()
    yield 50
    panel.open_composer()
    panel.extent.setCurrentIndex(1)
    panel.draw()
    print("at work", window.jobs.busy, flush=True)

def ready(window):
    steps = story(window)

    def step():
        pause = next(steps, None)
        if pause is None:
            print("closed", window.close(), flush=True)
        else:
            QTimer.singleShot(pause, window, step)

    step()

print("left", run_desktop(project, ready))
"""
FAILED_PAINTING = """
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
from desktop.shell.notices import catch_everything
app = QApplication([])
catch_everything()

class Torn(QWidget):
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.drawLine(0, 0, 9, 9)
        raise ValueError("torn")

torn = Torn()
torn.show()
again = QTimer(interval=20)
again.timeout.connect(torn.update)
again.start()
QTimer.singleShot(500, app.quit)
app.exec()
print("survived")
"""


def _run(story: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    places = {"YANTU_CONFIG": str(folder / "config"), "YANTU_DATA": str(folder / "data")}
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), **places}
    environment.pop("PYSIDE6_OPTION_LAZY", None)  # what this process was told is not what is tested
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", story, *arguments],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_two_threads_may_use_a_class_of_qt_first(tmp_path: Path) -> None:
    ended = _run(FIRST_USE, folder=tmp_path)
    assert (ended.returncode, ended.stdout.strip()) == (0, "True []"), ended.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from datasets.sample import make

    path = tmp_path_factory.mktemp("threads") / "city.yantu"
    make(path, 1_000)
    return path


def test_a_window_closed_amid_previews_and_exports_ends_quietly(project: Path, tmp_path: Path) -> None:
    ended = _run(PRINTING, str(project), str(tmp_path), folder=tmp_path)
    assert (ended.returncode, ended.stdout.splitlines()) == (0, ["at work True", "closed True", "left 0"]), ended.stderr
    assert ended.stderr == ""
    assert " ERROR " not in (tmp_path / "config" / "log" / "yantu.log").read_text("utf-8")
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]  # nothing half written


def test_a_painting_that_fails_does_not_take_the_program_with_it(tmp_path: Path) -> None:
    ended = _run(FAILED_PAINTING, folder=tmp_path)
    assert (ended.returncode, ended.stdout.strip()) == (0, "survived"), ended.stderr
    assert "being painted" not in ended.stderr
