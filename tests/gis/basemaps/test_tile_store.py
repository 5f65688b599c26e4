from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gis.basemaps.tile_store import TileStore

SOURCE = "https://example/{z}/{x}/{y}"


def test_what_is_put_comes_back_after_reopening(tmp_path: Path) -> None:
    store = TileStore(tmp_path, SOURCE)
    store.put(12, 5, 7, b"abc")
    store.put(12, 5, 8, b"")
    store.close()
    assert store.get(12, 5, 7) is None
    again = TileStore(tmp_path, SOURCE)
    kept = again.get(12, 5, 7)
    assert kept is not None
    assert kept.body == b"abc"
    assert abs(kept.fetched - time.time()) < 60
    empty = again.get(12, 5, 8)
    assert empty is not None
    assert empty.body == b""
    assert again.get(12, 7, 5) is None
    again.close()


def test_sources_do_not_mix(tmp_path: Path) -> None:
    one, other = TileStore(tmp_path, "a"), TileStore(tmp_path, "b")
    one.put(1, 1, 1, b"a")
    assert other.get(1, 1, 1) is None
    one.clear()
    assert one.get(1, 1, 1) is None
    one.close()
    other.close()


def test_it_stays_within_its_limit(tmp_path: Path) -> None:
    store = TileStore(tmp_path, SOURCE, limit=100_000)
    for number in range(400):
        store.put(12, number, 0, os.urandom(1000))
        assert store.size <= 100_000 + 64 * 1000
    assert store.get(12, 399, 0) is not None
    assert store.get(12, 0, 0) is None
    store.close()
    assert store.path.stat().st_size < 400_000


@pytest.mark.parametrize("damage", ["words", "cut", "middle"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: str) -> None:
    store = TileStore(tmp_path, SOURCE)
    for number in range(200):
        store.put(12, number, 0, os.urandom(2000))
    store.close()
    raw = bytearray(store.path.read_bytes())
    if damage == "words":
        raw = bytearray(b"this is no database" * 50)
    elif damage == "cut":
        raw = raw[: len(raw) // 5]
    else:
        raw[4096:] = os.urandom(len(raw) - 4096)
    store.path.write_bytes(raw)
    again = TileStore(tmp_path, SOURCE)
    for number in range(200):
        again.get(12, number, 0)
        again.put(12, number, 1, b"new")
    kept = again.get(12, 150, 1)
    assert kept is not None
    assert kept.body == b"new"
    again.close()
    assert again.path.with_suffix(".damaged").exists()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = TileStore(tmp_path / "file" / "folder", SOURCE)
    store.put(1, 1, 1, b"a")
    assert store.get(1, 1, 1) is None
    assert store.size == 0
    store.close()


def _fill(folder: str, row: int) -> None:
    store = TileStore(Path(folder), SOURCE)
    for column in range(100):
        store.put(12, column, row, bytes([row]) * 500)
        store.get(12, column, 1 - row)
    store.close()


def test_two_processes_share_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fill, args=(str(tmp_path), row)) for row in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    store = TileStore(tmp_path, SOURCE)
    for row in (0, 1):
        for column in range(100):
            kept = store.get(12, column, row)
            assert kept is not None
            assert kept.body == bytes([row]) * 500
    store.close()


def test_it_survives_a_kill(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from gis.basemaps.tile_store import TileStore\n"
        f"store = TileStore(Path(sys.argv[1]), {SOURCE!r})\n"
        "n = 0\n"
        "while True:\n"
        "    store.put(12, n % 1000, n // 1000, bytes(3000)); n += 1\n"
        "    if n == 50: print('going', flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    store = TileStore(tmp_path, SOURCE)
    kept = store.get(12, 10, 0)
    assert kept is not None
    assert kept.body == bytes(3000)
    store.close()
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert not store.path.with_suffix(".damaged").exists()
