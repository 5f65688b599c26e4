"""Threads that take work in turn, and on which pyproj survives."""

from __future__ import annotations

import subprocess
import sys
import threading

from desktop.jobs.workers import Workers

_PROJ_AGAIN_AND_AGAIN = """
import pyproj
from PySide6.QtCore import QCoreApplication
from desktop.jobs import JobRunner
app = QCoreApplication([])
crs = pyproj.CRS.from_epsg(4549)
runner, done = JobRunner(), []
for _ in range(60):
    runner.quiet(lambda progress: crs.to_wkt(), done.append)
while runner.busy:
    app.processEvents()
assert len(done) == 60
assert runner.close()
"""


def test_oldest_first_on_one_thread():
    workers, order = Workers(1), []
    for i in range(50):
        workers.start(lambda i=i: order.append(i))
    assert workers.wait(5)
    assert order == list(range(50))


def test_never_more_threads_than_asked_for_and_none_left_over():
    workers, seen, go = Workers(3), set(), threading.Event()

    def work():
        seen.add(threading.get_ident())
        go.wait(5)

    for _ in range(9):
        workers.start(work)
    assert not workers.wait(0.05)
    assert len(seen) == 3
    go.set()
    assert workers.wait(5)
    before = [thread for thread in threading.enumerate() if thread.name == "job" and thread.ident in seen]
    for thread in before:
        thread.join(5)
        assert not thread.is_alive()


def test_coordinate_systems_can_be_used_in_jobs():
    """Qt's own pool crashes the process here, so it is tried in a process of its own."""
    run = subprocess.run([sys.executable, "-c", _PROJ_AGAIN_AND_AGAIN], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
