"""The benchmark harness itself: what it prints, and what it says when a module fails."""

from __future__ import annotations

import json
import sys
import types

import pytest

from tests.bench import Figure, Report, best, median
from tests.bench.__main__ import main


def _module(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    made = types.ModuleType("tests.bench.storage")
    made.run = run
    monkeypatch.setitem(sys.modules, "tests.bench.storage", made)
    made.__spec__ = types.SimpleNamespace(name="tests.bench.storage")


def test_json_is_one_document_of_figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(report: Report) -> None:
        report.add("open", 12.5, "ms", target=50)
        report.add("speed", 3, "x", better="higher", peer=1.5)

    _module(monkeypatch, run)
    assert main(["storage", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "storage.open": {"value": 12.5, "unit": "ms", "target": 50, "better": "lower", "peer": None},
        "storage.speed": {"value": 3.0, "unit": "x", "target": None, "better": "higher", "peer": 1.5},
    }


def test_table_shows_ratios(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    _module(monkeypatch, lambda report: report.add("open", 12.5, "ms", target=50, peer=25))
    assert main(["storage"]) == 0
    shown = capsys.readouterr().out
    assert "12.5 ms" in shown
    assert "0.25" in shown
    assert "0.50" in shown


def test_a_module_that_fails_keeps_what_it_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(report: Report) -> None:
        report.add("open", 1, "ms")
        raise RuntimeError("no such city")

    _module(monkeypatch, run)
    assert main(["storage", "--json"]) == 1
    told = capsys.readouterr()
    assert list(json.loads(told.out)) == ["storage.open"]
    assert "no such city" in told.err


def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["nonsense"])
    assert stopped.value.code == 2
    assert "nonsense" in capsys.readouterr().err


def test_targets() -> None:
    assert Figure(5, "ms", target=5).met
    assert not Figure(6, "ms", target=5).met
    assert Figure(6, "x", target=5, better="higher").met
    assert Figure(6, "x").met is None


def test_timing_runs_as_often_as_asked() -> None:
    calls: list[int] = []
    assert best(lambda: calls.append(1), 3) >= 0
    assert median(lambda: calls.append(1), 5) >= 0
    assert len(calls) == 8
