"""What decisions come to, and that a failure to work it out leaves the window able to go on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from desktop.imports.deciding import Deciding
from gis.errors import Refusal
from gis.exchange.decisions import Decisions


class _Jobs:
    """Runs work at once; told to fail, as a worker's error arrives."""

    def quiet(self, work, done, failed, *, of_project):
        job = SimpleNamespace(cancel=lambda: None)
        try:
            self.result = work(None)
        except Exception as raised:
            error = raised
            self.late = lambda: failed(error)
        else:
            self.late = lambda: done(self.result)
        return job


def _prepared(decided):
    return SimpleNamespace(plan=SimpleNamespace(parts=(), decided=decided, made=frozenset()))


def test_a_refusal_is_an_answer(qapp) -> None:
    def refuse(_decisions):
        raise Refusal("import.not_all", rejected=1, conflict=0)

    jobs = _Jobs()
    deciding = Deciding(jobs)
    deciding.take(_prepared(refuse))
    deciding.work_out()
    assert deciding.busy
    jobs.late()
    assert not deciding.busy
    assert deciding.refused is not None
    assert deciding.to_write() == (0, 0)


def test_a_failure_is_told_and_the_window_goes_on(qapp) -> None:
    def fail(_decisions):
        raise ZeroDivisionError

    jobs, told = _Jobs(), []
    deciding = Deciding(jobs)
    deciding.failed.connect(told.append)
    deciding.take(_prepared(fail))
    deciding.work_out()
    jobs.late()
    assert [type(error) for error in told] == [ZeroDivisionError]
    assert not deciding.busy


def test_decisions_of_another_file_are_forgotten(qapp) -> None:
    deciding = Deciding(_Jobs())
    deciding.decisions = {"camera": Decisions("valid")}
    deciding.forget()
    assert deciding.decisions, "the same file read anew keeps what was decided"
    deciding.begin()
    assert deciding.decisions == {}


def test_nothing_is_worked_out_before_there_are_rows(qapp) -> None:
    deciding = Deciding(pytest.fail)  # type: ignore[arg-type] - it must not be asked
    deciding.set({})
    assert not deciding.busy
