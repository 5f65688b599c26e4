from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from gis.cartography import compiling, kernels

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
from gis.cartography import compiling, kernels
print(compiling.missing([kernels.stroke_some, kernels.ink]))
import numpy as np
mask, words = kernels.new_mask(8, 8)
kernels.ink(np.zeros((8, 8), np.uint32), mask, words, 0, 1.0)
print(compiling.missing([kernels.ink]), compiling.missing([kernels.stroke_some, kernels.ink]))
"""


def test_an_empty_cache_lacks_every_kernel(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    made = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert made.stdout.split() == ["True", "False", "True"], made.stderr


def test_a_kernel_that_is_not_kept_is_not_missed() -> None:
    assert not compiling.missing([print])


def test_the_process_fills_the_cache_and_says_so(monkeypatch) -> None:
    kernels.warm_up()  # then there is little to do
    assert compiling.compile_apart()
    monkeypatch.setattr(compiling, "_PROGRAM", "raise SystemExit(3)")
    assert not compiling.compile_apart()
    monkeypatch.setattr(compiling, "TIME_LIMIT", 0.2)
    monkeypatch.setattr(compiling, "_PROGRAM", "import time; time.sleep(60)")
    assert not compiling.compile_apart()
    monkeypatch.setattr(compiling, "TIME_LIMIT", 60.0)
    leaving = Event()
    leaving.set()
    monkeypatch.setattr(compiling, "LEAVING", leaving)
    assert not compiling.compile_apart()  # at once
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert not compiling.compile_apart()


@pytest.mark.parametrize("worked", [True, False])
def test_the_kernels_are_ready_in_either_case(worked: bool, monkeypatch) -> None:
    ready, asked = Event(), []
    monkeypatch.setattr(kernels, "READY", ready)
    monkeypatch.setattr(compiling, "missing", lambda functions: True)
    monkeypatch.setattr(compiling, "compile_apart", lambda: asked.append(1) or worked)
    kernels.warm_up_quietly()
    assert ready.wait(60)
    assert asked == [1]
