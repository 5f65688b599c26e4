"""Processes that draw the parts of an atlas side by side; one that dies takes no more with it than one page."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType
from typing import Any

from desktop.sheets.atlas.drafts import Drafts, Manifest, Missed
from desktop.sheets.atlas.order import AtlasOrder, Part
from gis.errors import Cancelled, Refusal
from gis.progress import Progress

_LOOK_S = 0.1  # how soon a wish to stop is seen
_DEATHS = 3  # of processes in one part, each on a page of its own, before all its pages are given up


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: Connection
    part: Part | None = None
    page: int = 0  # the one being drawn
    begun: set[int] = field(default_factory=set)


class Crew:
    """``count`` processes with one order. ``draw`` may be called once."""

    def __init__(self, order: AtlasOrder, drafts: Drafts, count: int) -> None:
        self._order, self._drafts, self._count = order, drafts, count
        self._context = multiprocessing.get_context("spawn")  # a fork would inherit Qt and open files
        self._workers: list[_Worker] = []
        self._skipped: dict[int, dict[int, Missed]] = {}

    def draw(
        self, parts: Sequence[Part], progress: Progress, page_begun: Callable[[int], None] = lambda _number: None
    ) -> dict[int, Manifest]:
        """The manifests of the parts by index, each kept as soon as it is there. On Cancelled all processes are ended
        at once. Raises Refusal ``atlas.no_worker`` where none comes up, and the Refusal that stopped one."""
        waiting, made = deque(parts), {}
        total = sum(len(part.pages) for part in self._order.parts)
        kept = total - sum(len(part.pages) for part in parts)
        try:
            for _ in range(min(self._count, len(parts))):
                self._hire()
            done = 0  # pages of finished parts
            while len(made) < len(parts):
                progress.step(kept + done + self._under_way(), total, "atlas.drawing")
                for worker in self._workers:
                    if worker.part is None and waiting:
                        self._hand(worker, waiting.popleft())
                channels = {worker.pipe: worker for worker in self._workers}
                for pipe in wait(list(channels), _LOOK_S):
                    worker = channels[pipe]  # type: ignore[index]
                    try:
                        kind, said = worker.pipe.recv()
                    except (EOFError, OSError):
                        self._bury(worker, waiting)
                        continue
                    if kind == "page":
                        worker.page = said
                        worker.begun.add(said)
                        page_begun(said)
                    elif kind == "part":
                        part = worker.part
                        assert part is not None
                        made[part.index] = self._with_skipped(part, said)
                        self._drafts.keep(part, made[part.index])
                        done += len(part.pages)
                        worker.part, worker.begun = None, set()
                    elif kind == "failed":
                        raise said
            progress.step(total, total, "atlas.drawing")
        finally:
            self._dismiss()
        return made

    def _under_way(self) -> int:
        return sum(max(len(worker.begun) - 1, 0) for worker in self._workers)

    def _hire(self) -> None:
        here, there = self._context.Pipe()
        process = self._context.Process(target=work, args=(there, self._order), name="atlas", daemon=True)
        try:
            with _no_main_module():
                process.start()
        except OSError as error:
            raise Refusal("atlas.no_worker", reason=str(error)) from error
        finally:
            there.close()
        self._workers.append(_Worker(process, here))

    def _hand(self, worker: _Worker, part: Part) -> None:
        worker.part, worker.page, worker.begun = part, 0, set()
        skip = frozenset(self._skipped.get(part.index, {}))
        with suppress(OSError):  # it has died: the next look at its pipe tells
            worker.pipe.send((part.index, str(self._drafts.part_folder(part)), skip))

    def _bury(self, worker: _Worker, waiting: deque[Part]) -> None:
        """A process has died: its page is given up, the rest of its part is drawn by another."""
        worker.process.join(1.0)
        self._workers.remove(worker)
        worker.pipe.close()
        part = worker.part
        if part is None or not worker.page:
            raise Refusal("atlas.no_worker", reason=f"exit {worker.process.exitcode}")
        skipped = self._skipped.setdefault(part.index, {})
        reason = f"drawing process ended ({worker.process.exitcode})"
        for page in part.pages:
            if page.number == worker.page or len(skipped) >= _DEATHS:
                skipped.setdefault(page.number, Missed(page.number, page.title, reason))
        waiting.appendleft(part)
        self._hire()

    def _with_skipped(self, part: Part, manifest: Manifest) -> Manifest:
        missed = {page.number: page for page in manifest.missed} | self._skipped.get(part.index, {})
        return Manifest(manifest.made, tuple(missed[number] for number in sorted(missed)))

    def _dismiss(self) -> None:
        for worker in self._workers:
            worker.pipe.close()
            if worker.part is None:
                worker.process.join(0.5)
            if worker.process.is_alive():
                worker.process.kill()
        for worker in self._workers:
            worker.process.join(5.0)
        self._workers.clear()


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Keep a new process from running the program's main module once more, which it does not need.

    WORKAROUND: multiprocessing imports it in every process it spawns; a script without a guard would start all over.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def work(pipe: Connection, order: AtlasOrder) -> None:
    """The life of one process: take a part, draw it, tell; until the pipe is closed."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # it never shows anything
    from desktop.sheets.application import ensure_application
    from desktop.sheets.atlas.drawing import draw_part
    from gis.project import Session

    ensure_application()
    by_index = {part.index: part for part in order.parts}
    with suppress(EOFError, BrokenPipeError, ConnectionResetError, OSError, KeyboardInterrupt):
        try:
            with Session.open(order.project, readonly=True) as session:
                while True:
                    index, folder, skip = pipe.recv()
                    manifest = draw_part(
                        session, order, by_index[index], Path(folder), skip, lambda number: pipe.send(("page", number))
                    )
                    pipe.send(("part", manifest))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return
        except OSError as error:
            pipe.send(("failed", Refusal("sheets.cannot_write", file=str(order.project), reason=str(error))))
        except (Refusal, Cancelled) as refusal:
            pipe.send(("failed", refusal))
