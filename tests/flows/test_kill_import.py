"""kill -9 in the middle of an import leaves the project as it was, or with the whole import; never with part of it."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gis.project import Session
from gis.project.attachments import verify_files
from tests.gis.project.contents import contents

ROWS = 12_000
WORK = """
import sys
from pathlib import Path
from gis.progress import Progress
from gis.project import Session
from gis.project.importing import apply_plan, read_parts, stage_parts

path, file = Path(sys.argv[1]), Path(sys.argv[2])
with Session.open(path) as session:
    plan = stage_parts(session, read_parts(session, file, "camera"))
    said = set()

    def tell(done, total, label):
        if label not in said:
            said.add(label)
            print(label, flush=True)

    apply_plan(session, plan, progress=Progress(tell))
    print("done", flush=True)
"""


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from PIL import Image

    folder = tmp_path_factory.mktemp("survey")
    (folder / "media").mkdir()
    for at in range(8):
        Image.new("RGB", (8, 8), (at * 20, 10, 10)).save(folder / "media" / f"{at}.jpg")
    rows = "".join(f"V-{i},摄像机{i},{120 + i / 1e5:.6f},33.3,{f'{i}.jpg' if i < 8 else ''}\n" for i in range(ROWS))
    (folder / "v.csv").write_text("编号,名称,经度,纬度,照片\n" + rows, "utf-8")
    return folder / "v.csv"


@pytest.mark.parametrize("stage", ["attachments.keeping", "storage.loading", "storage.indexing"])
def test_killed_while_importing(survey: Path, tmp_path: Path, stage: str) -> None:
    path = tmp_path / "city.yantu"
    with Session.create(path):
        pass
    before = contents(path)
    moments = random.Random(3)
    for round_ in range(3):
        copy = tmp_path / f"{round_}.yantu"
        shutil.copyfile(path, copy)
        child = subprocess.Popen(
            [sys.executable, "-c", WORK, str(copy), str(survey)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() in (stage, "done"):
                break
        else:
            pytest.fail(f"the child ended before {stage}")
        time.sleep(moments.random() * 0.15)
        child.send_signal(signal.SIGKILL)
        told = "done" in child.stdout.read()
        child.wait()
        with Session.open(copy) as session:
            assert session.verify() == []
            count = session.count("camera")
            assert count in (0, ROWS)
            assert not told or count == ROWS
            assert session.count("attachment") == (8 if count else 0)
            assert verify_files(session).missing == ()
            if count:
                session.undo()
        assert contents(copy) == before
        with Session.open(copy) as session:  # and the same file can be brought again
            from gis.project.importing import apply_plan, read_parts, stage_parts

            done = apply_plan(session, stage_parts(session, read_parts(session, survey, "camera")))
            assert (done.new, done.photos) == (ROWS, 8)
            # A file that was half copied when the program died is told as one of no row, and cleaned up on demand.
            assert all(part.suffix == ".part" for part in verify_files(session).orphans)
