"""The jobs panel and the status line show how far work is, and stop it."""

from __future__ import annotations

from threading import Event

import pytest
from PySide6.QtCore import Qt

from desktop.jobs import State
from desktop.panels.jobs import JobsPanel, state_text
from desktop.shell.status_bar import StatusBar


@pytest.fixture
def panel(qtbot, workspace):
    made = JobsPanel(workspace.jobs)
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def work_until(event):
    def work(progress):
        while not event.wait(0.01):
            progress.step(1, 4)

    return work


def test_a_job_is_listed_with_its_progress_and_cancelled_there(qtbot, workspace, panel):
    job = workspace.jobs.start("分析覆盖", work_until(Event()))
    row = panel._rows[job]
    qtbot.waitUntil(lambda: row._bar.value() == 250)
    assert row._label.text() == "分析覆盖"
    assert "25%" in row._step.text()
    qtbot.mouseClick(row._cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: job.state is State.CANCELLED)
    assert row._step.text().startswith("已取消")
    assert not row._cancel.isVisible()


def test_the_status_line_shows_the_newest_job_and_stops_it(qtbot, workspace):
    bar = StatusBar(workspace)
    qtbot.addWidget(bar)
    bar.resize(1280, 32)
    bar.show()
    assert not bar._work.isVisible()
    first, second = (workspace.jobs.start(text, work_until(Event())) for text in ("一", "二"))
    qtbot.waitUntil(bar._work.isVisible)
    assert bar.job_text.text() == "二（另有 1 项）"
    qtbot.mouseClick(bar.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: second.state is State.CANCELLED)
    assert bar.job_text.text() == "一"
    first.cancel()
    qtbot.waitUntil(lambda: not bar._work.isVisible())


def test_the_status_line_reads_places_and_takes_a_scale(qtbot, workspace):
    bar = StatusBar(workspace)
    qtbot.addWidget(bar)
    bar.show()
    bar.show_place(500_000, 3_690_000)
    assert bar.coordinate.text() == "东 500,000.0  北 3,690,000.0"
    assert bar.lonlat.text().startswith("120.00000°E 33.3")
    assert bar.crs.text() == "EPSG:4549"
    bar.show_scale(25_000.4)
    assert bar.scale.text() == "1:25,000"
    bar.scale.setFocus()
    bar.scale.selectAll()
    qtbot.keyClicks(bar.scale, "1:5000")
    bar.show_scale(30_000)  # the map moves while one types
    assert bar.scale.text() == "1:5000"
    with qtbot.waitSignal(bar.scale_wanted) as caught:
        qtbot.keyClick(bar.scale, Qt.Key.Key_Return)
    assert caught.args == [5000.0]


def test_a_failure_is_told_in_words(qtbot, workspace, panel):
    errors = []
    job = workspace.jobs.start("坏", lambda progress: 1 / 0, failed=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert state_text(job).startswith("失败")
