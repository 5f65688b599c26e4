"""kill -9 in the middle of edits loses at most the edit that was under way."""

import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from gis.project import Session

KILLS = 15
WORK = """
import sys
import numpy as np, shapely
from gis.editing import Create, Delete, Load, Move, Update
from gis.geometry.columns import Columns
from gis.project import Session
from random import Random

path, seed = sys.argv[1], int(sys.argv[2])
random = Random(seed)
session = Session.open(path, author=f"child {seed}")
print("ready", flush=True)
while True:
    ids = session.ids("camera").tolist()
    x, y = 500_000 + random.random() * 5000, 3_700_000 + random.random() * 5000
    kind = random.random()
    if kind < 0.3 or len(ids) < 20:
        done = session.perform(Create("camera", [{"name": f"摄像机 {random.random()}", "geom": shapely.Point(x, y)}]))
    elif kind < 0.4:
        n = random.randrange(200, 2000)
        shapes = shapely.points(x + np.arange(n), np.full(n, y))
        done = session.perform(Load(Columns("camera", np.zeros(n, np.int64), {}, shapes)))
    elif kind < 0.6:
        done = session.perform(Update("camera", random.sample(ids, 10), {"remark": str(random.random())}))
    elif kind < 0.8:
        done = session.perform(Move("camera", random.sample(ids, len(ids) // 2), 3, 4))
    elif kind < 0.9:
        session.undo()
        session.redo()
        continue
    else:
        done = session.perform(Delete("camera", random.sample(ids, len(ids) // 3)))
    print(done.seq, flush=True)
"""


@pytest.fixture(scope="module")
def empty_city(tmp_path_factory):
    path = tmp_path_factory.mktemp("kill") / "city.sqlite"
    Session.create(path).close()
    return path


def killed_while_editing(path, seed, moment):
    """Let a child edit for ``moment`` seconds, kill it, and give the numbers of the edits it was told are safe."""
    child = subprocess.Popen([sys.executable, "-c", WORK, str(path), str(seed)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    time.sleep(moment)
    child.send_signal(signal.SIGKILL)
    told = child.stdout.read().splitlines(keepends=True)
    assert child.wait() == -signal.SIGKILL
    return [int(line) for line in told if line.endswith("\n")]


def test_killing_the_program_loses_at_most_the_edit_under_way(empty_city, tmp_path):
    path = shutil.copyfile(empty_city, tmp_path / "city.sqlite")
    moments = random.Random(7)
    acknowledged = 0
    for round_ in range(KILLS):
        safe = killed_while_editing(path, round_, 0.1 + moments.random() * 0.7)
        with Session.open(path, author="after") as session:
            assert session.verify() == [], f"kill {round_}"
            found = [entry for entry in session.history(limit=100_000) if entry.author == f"child {round_}"]
            seqs = sorted(entry.seq for entry in found)
            assert set(safe) <= set(seqs)
            extra = set(seqs) - set(safe)
            assert len(extra) <= 1, "at most the edit that was committed but not yet told"
            assert all(seq > max(safe, default=0) for seq in extra)
            # Undo and redo are not told: the newest entry may be undone when the kill fell between the two.
            assert [entry.seq for entry in found if entry.undone] in ([], [seqs[-1]] if seqs else [])
            acknowledged += len(safe)
            if session.can_undo:  # the journal still fits the rows
                session.undo()
                session.redo()
    assert acknowledged > KILLS, "the kills fell into real work"
    with Session.open(path) as session:
        session.undo(100_000)
        assert sum(session.counts().values()) == 0
        assert session.verify() == []
