"""An atlas by town of the city of 20,000 features: how long it takes, how much memory, how large it gets."""

from __future__ import annotations

import datetime
import multiprocessing
import os
import tempfile
import threading
import time
from pathlib import Path

from gis.project import Session
from tests.bench import Report, city_copy

SMALL = 20_000
_DAY = datetime.date(2026, 1, 1)


def run(report: Report) -> None:
    """The whole way from the wish to one PDF with contents, index map and links, with two processes and with one."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YANTU_DATA"] = folder
        _by_town(report, Path(folder))


def _by_town(report: Report, folder: Path) -> None:
    from desktop.sheets.atlas import atlas_order, make_atlas
    from gis.cartography.sheets.atlas import AtlasWish

    wish = AtlasWish(level="town")
    with Session.open(city_copy(SMALL, folder), readonly=True) as session:
        out = folder / "towns.pdf"
        start = time.perf_counter()
        order = atlas_order(session, "inventory_a3", wish, out, date=_DAY)
        report.add("planned", time.perf_counter() - start, "s", 2.0)
        report.add("pages", len(order.plan.pages), "pages", 155, better="higher")
        for count in (2, 1):
            with _Memory() as memory:
                start = time.perf_counter()
                make_atlas(session, "inventory_a3", wish, out, date=_DAY, processes=count)
                took = time.perf_counter() - start
            report.add("towns_a3" if count == 2 else "towns_a3_one_process", took, "s", 120.0)
            if count == 2:
                report.add("towns_a3_memory", memory.peak / 1e6, "MB", 1_500)
                report.add("towns_a3_size", out.stat().st_size / 1e6, "MB")
        start = time.perf_counter()
        _threads(session, order, folder)
        report.add("towns_a3_two_threads", time.perf_counter() - start, "s")


def _threads(session: Session, order: object, folder: Path) -> None:
    """The same pages drawn by two threads of this process: the painter's calls hold the interpreter."""
    from desktop.sheets.atlas.drawing import draw_part

    parts = list(order.parts)  # type: ignore[attr-defined]

    def draw(own: list[object]) -> None:
        for part in own:
            draw_part(session, order, part, folder / f"t{part.index}")  # type: ignore[arg-type,attr-defined]

    threads = [threading.Thread(target=draw, args=(parts[i::2],)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class _Memory:
    """The largest sum of what this process and its children hold, shared pages counted once (Linux), bytes."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            pids = [os.getpid(), *(child.pid or 0 for child in multiprocessing.active_children())]
            self.peak = max(self.peak, sum(map(_held, pids)))


def _held(pid: int) -> float:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(float(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))
