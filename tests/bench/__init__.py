"""Benchmarks: figures beside their targets and, where there is one, beside a peer measured in the same run.

``python -m tests.bench [NAME …] [--json]`` runs the modules of this package that are named (all by default). A module
``tests/bench/<name>.py`` exposes ``run(report)`` and calls ``report.add("open", 12.3, "ms", target=50)``; its figures
appear as ``<name>.open``. Shared by all: ``city(n)``, a sample city of n features made once and kept; ``city_copy``,
one that may be changed; ``best``, the shortest of several runs of a function. Targets are shown, never asserted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

NAMES = (
    "storage",
    "canvas",
    "labels",
    "symbols",
    "snapping",
    "basemaps",
    "window",
    "editing",
    "checks",
    "bulk",
    "reading",
    "matching",
    "imports",
    "queries",
    "fibre",
    "radio",
    "radio_diffraction",
    "wifi",
    "sight",
    "siting",
    "sheets",
    "atlas",
    "web",
)
_ROOT = Path(__file__).resolve().parents[2]
_SOURCES = ("datasets", "resources/catalogue", "resources/sql", "resources/cities")
_LAYOUT = ("schema.py", "bulk.py", "rows.py", "blob_writing.py", "spatial_index.py", "search_index.py", "styles.py")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. ``target`` and ``peer`` have its unit; ``better`` says which way is good."""

    value: float
    unit: str
    target: float | None = None
    better: Literal["lower", "higher"] = "lower"
    peer: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "lower" else self.value >= self.target


@dataclass(slots=True)
class Report:
    """What one module measured."""

    module: str
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        target: float | None = None,
        better: Literal["lower", "higher"] = "lower",
        peer: float | None = None,
    ) -> None:
        """Keep a figure, and show it at once: benchmarks take a while."""
        made = Figure(float(value), unit, target, better, peer)
        self.figures[f"{self.module}.{name}"] = made
        print(f"  {self.module}.{name}: {made.value:,.4g} {unit}", file=sys.stderr, flush=True)

    def as_json(self) -> dict[str, dict[str, Any]]:
        """The figures as plain values."""
        return {name: asdict(figure) for name, figure in self.figures.items()}


def best(work: Callable[[], Any], runs: int = 3) -> float:
    """Seconds of the shortest of several runs: what the work takes when nothing else disturbs it."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def median(work: Callable[[], Any], runs: int = 21) -> float:
    """Seconds of the middle one of several runs: what a user will usually wait."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def city(features: int) -> Path:
    """A sample city of about so many features, to be read only. Kept in the temporary folder between runs, and made
    anew when the code that makes it has changed."""
    from datasets.sample import make

    cache = Path(os.environ.get("YANTU_BENCH_CACHE", Path(tempfile.gettempdir()) / "yantu-bench"))
    folder = cache / _fingerprint()
    path = folder / f"city-{features}.sqlite"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for other in cache.iterdir():  # a city of a million takes 600 MB: those of older sources go
            if other != folder and time.time() - other.stat().st_mtime > 3600:
                shutil.rmtree(other, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder) as workshop:
            print(f"  making a city of {features:,} features …", file=sys.stderr, flush=True)
            made = Path(workshop) / path.name
            make(made, features=features, seed=1)
            for part in sorted(Path(workshop).iterdir(), key=lambda p: p.name == path.name):  # the city itself last
                os.replace(part, folder / part.name)
    return path


def city_copy(features: int, folder: Path) -> Path:
    """A copy of ``city`` in ``folder`` that the benchmark may change."""
    source = city(features)
    copy = folder / source.name
    shutil.copyfile(source, copy)
    return copy


def _fingerprint() -> str:
    """Changes whenever the sources that shape a sample city change."""
    digest = hashlib.sha256()
    found = [path for source in _SOURCES for path in sorted((_ROOT / source).rglob("*"))]
    for path in [*found, *(_ROOT / "gis" / "storage" / name for name in _LAYOUT)]:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(_ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
