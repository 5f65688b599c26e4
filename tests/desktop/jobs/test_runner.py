"""Jobs run off the UI thread, report, are cancelled, and speak in the UI thread only."""

from __future__ import annotations

import threading
from functools import partial
from threading import Event

import pytest
from PySide6.QtWidgets import QWidget
from shiboken6 import delete

from desktop.jobs import Job, JobRunner, ProjectEvents, State
from desktop.shell.notices import notices
from gis.errors import Refusal
from gis.progress import Progress


@pytest.fixture
def runner(qapp):
    made = JobRunner()
    yield made
    assert made.close()


def test_work_runs_elsewhere_and_done_runs_here(qtbot, runner):
    seen = {}

    def work(progress: Progress) -> int:
        seen["work"] = threading.get_ident()
        return 7

    def done(result: int) -> None:
        seen["done"], seen["result"] = threading.get_ident(), result

    with qtbot.waitSignal(runner.ended):
        job = runner.start("计算", work, done)
    qtbot.waitUntil(lambda: "result" in seen)
    assert seen["result"] == 7
    assert seen["work"] != seen["done"] == threading.get_ident()
    assert job.state is State.DONE
    assert not runner.busy


def test_a_widget_that_is_gone_is_told_nothing(qtbot, runner):
    told: list[object] = []

    class Panel(QWidget):
        def shown(self, about: str, result: object) -> None:
            told.append((about, result))
            self.update()

    panel, go = Panel(), Event()
    jobs = [
        runner.start("画", lambda _: go.wait(5), partial(panel.shown, "done"), partial(panel.shown, "failed")),
        runner.start(
            "错", lambda _: go.wait(5) and 1 / 0, partial(panel.shown, "done"), partial(panel.shown, "failed")
        ),
    ]
    delete(panel)
    go.set()
    qtbot.waitUntil(lambda: not any(job.running for job in jobs))
    assert [job.state for job in jobs] == [State.DONE, State.FAILED]
    assert told == []


def test_progress_reaches_the_job(qtbot, runner):
    shares: list[float | None] = []
    runner.changed.connect(lambda job: shares.append(job.share))
    go = Event()

    def work(progress: Progress) -> None:
        progress.step(3, 4, "edit.create")
        go.wait(5)

    job = runner.start("计算", work)
    qtbot.waitUntil(lambda: 0.75 in shares)
    assert job.text == "edit.create"
    go.set()
    qtbot.waitUntil(lambda: not job.running)


def test_cancel_stops_at_the_next_step_and_says_nothing(qtbot, runner):
    called: list[str] = []
    started = Event()

    def work(progress: Progress) -> None:
        started.set()
        while True:
            progress.step(1)

    job = runner.start("计算", work, lambda _r: called.append("done"), lambda _e: called.append("failed"))
    assert started.wait(5)
    with qtbot.waitSignal(runner.ended):
        job.cancel()
    assert job.state is State.CANCELLED
    assert called == []


def test_a_job_cancelled_while_it_waits_never_starts(qtbot, qapp):
    runner = JobRunner(threads=1)
    go, ran = Event(), []
    runner.start("一", lambda progress: go.wait(5))
    waiting = runner.start("二", lambda progress: ran.append(1))
    waiting.cancel()
    go.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert waiting.state is State.CANCELLED
    assert ran == []
    assert runner.close()


def test_one_thread_keeps_the_order(qtbot, qapp):
    runner, order = JobRunner(threads=1), []
    for i in range(20):
        runner.start(str(i), lambda progress, i=i: order.append(i))
    qtbot.waitUntil(lambda: not runner.busy)
    assert order == list(range(20))
    assert runner.close()


def test_a_failure_goes_to_its_handler(qtbot, runner):
    errors: list[Exception] = []
    runner.start("计算", lambda progress: 1 / 0, failed=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ZeroDivisionError)
    assert not notices().recent


def test_a_failure_without_handler_is_a_notice(qtbot, runner):
    def work(progress: Progress) -> None:
        raise Refusal("catalogue.no_class", cls="x", known="y")

    job = runner.start("计算", work)
    qtbot.waitUntil(lambda: bool(notices().recent))
    assert "x" in notices().recent[-1].message("zh")
    assert job.state is State.FAILED


def test_quiet_work_is_not_listed(qtbot, runner):
    listed: list[Job] = []
    runner.started.connect(listed.append)
    results: list[int] = []
    runner.quiet(lambda progress: 3, results.append)
    assert runner.busy
    qtbot.waitUntil(lambda: results == [3])
    assert listed == []
    assert not runner.busy


def test_close_waits_for_work_that_is_cancelled(qapp):
    runner, ended = JobRunner(), Event()

    def work(progress: Progress) -> None:
        try:
            while True:
                progress.step(1)
        finally:
            ended.set()

    runner.start("计算", work)
    assert runner.close()
    assert runner._workers.wait(0)


class Source:
    """Something to subscribe to."""

    def __init__(self) -> None:
        self.listeners: list = []

    def subscribe(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


def test_events_of_any_thread_are_heard_in_this_one(qtbot, qapp):
    source, events, heard = Source(), ProjectEvents(), []
    events.changed.connect(lambda changed: heard.append((changed, threading.get_ident())))
    events.attach(source)
    thread = threading.Thread(target=lambda: source.listeners[0]("改"))
    thread.start()
    thread.join()
    assert heard == []  # not before the event loop runs
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [("改", threading.get_ident())]


def test_events_listen_to_one_project_only(qapp):
    first, second, events = Source(), Source(), ProjectEvents()
    events.attach(first)
    events.attach(second)
    assert first.listeners == []
    assert len(second.listeners) == 1
    events.detach()
    events.detach()
    assert second.listeners == []
