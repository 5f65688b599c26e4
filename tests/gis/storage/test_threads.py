"""Many threads at once, and a process that dies: each reader sees one moment, and no committed edit is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from gis.catalogue import Catalogue
from gis.editing.intents import Change
from gis.geometry.columns import Columns
from gis.storage.store import Store
from tests.gis.storage.content import add, do, hotspots, index_is_exact, texts

ROOT = Path(__file__).resolve().parents[3]


def test_readers_see_one_moment(store: Store) -> None:
    """The writer gives all rows the same name each time: a reader must never see two names."""
    ids = list(range(1, 51))
    add(store, hotspots(ids))

    def name_all(name: str) -> None:
        do(store, Change(Columns("wifi_hotspot", np.array(ids), {"name": texts([name] * len(ids))})))

    name_all("0")
    stop = False

    def read() -> int:
        looks = 0
        while not stop or looks < 5:
            with store.reading() as snapshot:
                first = set(snapshot.columns("wifi_hotspot", ["name"], geometry=False).fields["name"])
                again = set(snapshot.columns("wifi_hotspot", ["name"], geometry=False).fields["name"])
            assert len(first) == 1
            assert first == again
            looks += 1
        return looks

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for i in range(30):
            name_all(str(i + 1))
        stop = True
        assert all(reader.result() >= 5 for reader in readers)
    assert len(store._readers._idle) <= 4


def test_writers_wait_for_each_other(store: Store, catalogue: Catalogue) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda i: add(store, hotspots([i])), range(1, 41)))
    assert sorted(written.seq for written in done) == list(range(1, 41))
    assert sorted(written.version for written in done) == list(range(1, 41))
    assert index_is_exact(store, catalogue)


def test_half_read_cursor_does_not_keep_an_old_moment(store: Store) -> None:
    add(store, hotspots([1, 2, 3]))
    for _ in range(6):
        with store.reading() as snapshot:
            next(snapshot._connection.execute("SELECT id FROM wifi_hotspot"))
    add(store, hotspots([4]))
    with store.reading() as snapshot:
        assert snapshot.count("wifi_hotspot") == 4


WRITER = """
import sys
from pathlib import Path
from gis.catalogue import load_catalogue
from gis.storage.store import Store
from tests.gis.storage.content import add, hotspots
store = Store.open(Path(sys.argv[1]), load_catalogue())
start = int(sys.argv[2])
for i in range(start, start + 100_000):
    add(store, hotspots([i]))
    print(i, flush=True)
"""


def test_killed_writer_loses_nothing_it_had_committed(project: Path, catalogue: Catalogue) -> None:
    start = 1
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(project), str(start)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert child.stdout is not None
        last = start
        for line in child.stdout:
            last = int(line)
            if last >= start + 25:
                break
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().split()
        child.wait(10)
        child.stdout.close()
        told = int(rest[-1]) if rest and int(rest[-1]) >= last else last
        with Store.open(project, catalogue) as store:
            with store.reading() as snapshot:
                ids = snapshot.ids("wifi_hotspot")
            assert told <= len(ids) <= told + 1  # at most the edit that was under way
            assert len(store.journal_entries(limit=10**6)) == len(ids)
            assert store.verify() == []
        start = len(ids) + 1


LOADER = """
import sys
from pathlib import Path
from gis.catalogue import load_catalogue
from gis.progress import Progress
from gis.storage.store import Store
from tests.gis.storage.content import hotspots
store = Store.open(Path(sys.argv[1]), load_catalogue())
store._writer.execute("PRAGMA cache_size = 50; PRAGMA cache_spill = 1")
report = lambda done, total, label: print(done, label, flush=True)
import gis.storage.bulk as bulk
from contextlib import nullcontext
bulk.wide_cache = lambda connection: nullcontext()  # so small a cache that pages reach the file before the end
store.load_bulk((hotspots(range(i, i + 2000)) for i in range(1, 10**6, 2000)), Progress(report))
"""


def test_killed_load_leaves_the_file_empty(project: Path, catalogue: Catalogue) -> None:
    size = project.stat().st_size
    child = subprocess.Popen([sys.executable, "-c", LOADER, str(project)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    for line in child.stdout:
        if int(float(line.split()[0])) >= 20_000:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    assert project.stat().st_size > 2 * size  # it had really begun to write
    with Store.open(project, catalogue) as store:
        with store.reading() as snapshot:
            assert sum(snapshot.counts().values()) == 0
        assert store.verify() == []
        add(store, hotspots([1]))
        assert index_is_exact(store, catalogue)
