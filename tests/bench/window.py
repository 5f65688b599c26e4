"""Opening the desktop: from the command to a window that can be used, and to the whole picture; each in a new process.

"Usable": the project stands in the window, its panels answer. ``first_run`` makes the sample city on the way.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench import Report, city

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow

RUNS = 5


def run(report: Report) -> None:
    """Measure with the default sample and with a million features."""
    with tempfile.TemporaryDirectory() as folder:
        usable, _ = _open(None, Path(folder))
        report.add("first_run", usable, "s")
    for name, features, target in (("sample", 20_000, 2.5), ("million", 1_000_000, 3.0)):
        path = city(features)
        with tempfile.TemporaryDirectory() as folder:
            times = [_open(path, Path(folder)) for _ in range(RUNS)]
        report.add(f"{name}.usable", median(usable for usable, _ in times), "s", target=target)
        report.add(f"{name}.picture", median(picture for _, picture in times), "s")


def _open(path: Path | None, folder: Path) -> tuple[float, float]:
    """Seconds to the usable window and to the picture, of one new process with settings and data in ``folder``."""
    places = {"YANTU_CONFIG": str(folder / "config"), "YANTU_DATA": str(folder / "data")}
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **places}
    began = time.time()
    command = [sys.executable, "-m", "tests.bench.window", str(began), *([str(path)] if path else [])]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300).stdout
    usable, picture = said.split()[-2:]
    return float(usable), float(picture)


def _child(began: float, path: Path | None) -> None:
    """Open the desktop as the command does, and print both times."""
    import desktop.cli  # noqa: F401 - the command loads it first
    from desktop.__main__ import run_desktop

    def ready(window: MainWindow) -> None:
        usable = time.time() - began

        def drawn() -> None:
            if not window.canvas.loading and not window.canvas.busy:
                print(usable, time.time() - began, flush=True)
                window.close()

        window.canvas.pictureComplete.connect(drawn)

    run_desktop(path, ready)


if __name__ == "__main__":
    _child(float(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
