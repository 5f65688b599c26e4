"""The engine of predictions is made ready once, elsewhere, and whoever needs it waits and is told."""

import threading

import pytest

from desktop.panels import engine
from gis.errors import Cancelled
from gis.progress import Progress


@pytest.fixture
def fresh(monkeypatch) -> list[tuple[str, str]]:
    """As if nothing had been made ready yet; what would be compiled elsewhere is only told."""
    called: list[tuple[str, str]] = []
    monkeypatch.setattr(engine, "READY", threading.Event())
    monkeypatch.setattr(engine, "_begun", threading.Lock())
    monkeypatch.setattr(engine, "compile_apart", lambda call: called.append(call) or True)
    return called


@pytest.mark.parametrize("lacking", [True, False], ids=["empty cache", "full cache"])
def test_only_what_the_cache_lacks_is_compiled_and_only_once(fresh, monkeypatch, lacking) -> None:
    monkeypatch.setattr(engine, "missing", lambda _kernels: lacking)
    for _ in range(3):
        engine.prepare_engine_quietly()
    assert engine.READY.wait(30.0)
    engine.await_engine(Progress())
    assert fresh == ([("gis.radio.warming", "compile_engine")] if lacking else [])


def test_who_waits_is_told_why_and_may_give_up(fresh, monkeypatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(engine, "missing", lambda _kernels: release.wait(30.0) and False)
    told = []

    class Waiting(Progress):
        def step(self, done: float, total: float = 0.0, label: str = "") -> None:
            told.append(label)
            self.cancel()

    with pytest.raises(Cancelled):
        engine.await_engine(Waiting())
    assert told == ["radio.preparing_engine"]
    release.set()
    assert engine.READY.wait(30.0)


def test_the_kernels_named_are_those_that_a_prediction_runs() -> None:
    from gis.radio.warming import KERNELS, compile_engine

    compile_engine()
    assert all(kernel.signatures for kernel in KERNELS)
