"""A coverage analysis spread over other processes or machines: tiles are tasks, the functions are those of one process.

Every worker prepares the run once from the same rows (plan, grid, ground) and then answers one tile after the other, so
results are equal bit for bit. Ground files are read by the workers: they must find them under the same paths. The
scheduler is one of dask.distributed, which the user provides; without its address nothing of it is imported.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from threading import Lock
from typing import Any, Final

from gis.coverage.grid import Tile
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.radio.analysis import Elsewhere, Inputs, Prepared, prepare, receiver_height_m
from gis.radio.network import Answer, Network, Rules
from gis.radio.windows import Box, box_of

_AHEAD: Final = 64  # tasks handed out before the first result is read: memory here stays small
_CONNECT_S: Final = 10.0
_KEPT: Final = 2  # runs a worker remembers
_ready: OrderedDict[str, tuple[Network, Rules]] = OrderedDict()
_lock = Lock()


def answer_tile(work: bytes, name: str, tile: Tile) -> Answer | None:
    """One tile of a run, in a worker: ``work`` is the pickled (inputs, wish, rules), ``name`` its hash.

    None where nobody is received. Of each window only the tile's part is computed; sweeps of the ground are kept.
    """
    with _lock:
        if name not in _ready:
            inputs, wish, rules = pickle.loads(work)
            made = prepare(inputs, wish)
            network = Network(made.grid, receiver_height_m(wish), made.around, threads=1, kept_bytes=0)
            network.set(made.plan.transmitters)
            while len(_ready) >= _KEPT:
                _ready.popitem(last=False)
            _ready[name] = (network, rules)
        network, rules = _ready[name]
    return next(iter(network.answers(rules, [tile])), None)


def spread_over(executor: Executor, *, put: Callable[[bytes], Any] | None = None) -> Elsewhere:
    """The hook of ``gis.radio.analysis.analyse`` that answers tiles on an executor of processes or machines.

    ``put`` lays the bytes of a run where workers reach them and gives what to pass instead of them. The hook gives the
    tiles in the grid's order; cancelled, it takes back what has not begun.
    """

    def elsewhere(inputs: Inputs, ready: Prepared, rules: Rules, progress: Progress | None) -> Iterator[Answer]:
        work = pickle.dumps((inputs, ready.wish, rules), protocol=5)
        name = hashlib.blake2b(work, digest_size=16).hexdigest()
        passed = work if put is None else put(work)
        boxes = [box_of(one, ready.grid) for one in ready.plan.transmitters]
        tiles = [
            tile
            for tile in ready.grid.tiles()
            if any(Box(tile.top, tile.left, tile.height, tile.width).common(box).pixels for box in boxes)
        ]
        more = iter(tiles)
        waiting = deque(executor.submit(answer_tile, passed, name, tile) for tile in islice(more, _AHEAD))
        done = 0
        try:
            while waiting:
                if progress is not None:
                    progress.step(done, len(tiles), "coverage.predicting")
                answer = _result(waiting.popleft(), progress)
                waiting.extend(executor.submit(answer_tile, passed, name, tile) for tile in islice(more, 1))
                done += 1
                if answer is not None:
                    yield answer
        finally:
            for future in waiting:
                future.cancel()

    return elsewhere


@contextmanager
def scheduler(address: str) -> Iterator[Elsewhere]:
    """The hook for a dask.distributed scheduler, "tcp://host:8786"; the connection ends with the ``with`` block.

    Refusals ``radio.no_dask`` where dask.distributed is not installed, ``radio.no_scheduler`` where nobody answers.
    """
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise Refusal("radio.no_dask") from error
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise Refusal("radio.no_scheduler", address=address, reason=str(error) or type(error).__name__) from error
    try:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise Refusal("radio.no_scheduler", address=address, reason="no workers")
        yield spread_over(client.get_executor(pure=False), put=lambda work: client.scatter(work, broadcast=True))
    finally:
        client.close()


def _result(future: Future[Answer | None], progress: Progress | None) -> Answer | None:
    """A task's result; Cancelled within half a second of the user's wish."""
    while True:
        try:
            return future.result(timeout=0.5)
        except TimeoutError:
            if future.done():
                raise
            if progress is not None and progress.cancelled:
                raise Cancelled from None
