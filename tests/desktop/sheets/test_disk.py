"""A disk that is full or a folder that cannot be written leaves nothing behind, whatever the format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.sheets.export import FORMATS, export_coverage, export_sheet
from gis.errors import Refusal
from gis.project import Session

_CHILD = """
import json, resource, signal, sys
from pathlib import Path
from desktop.sheets.export import export_coverage, export_sheet
from gis.errors import Refusal
from gis.project import Session

project, folder, endings = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split()
told = {}
with Session.open(project, readonly=True) as session:
    run = session.runs()[0]
    export_sheet(session, "coverage_a4", folder / "warm.pdf", run=run, dpi=60)
    (folder / "warm.pdf").unlink()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, resource.RLIM_INFINITY))
    for ending in endings:
        target = folder / f"sheet{ending}"
        try:
            if ending == ".cov":
                export_coverage(session, run, folder / "coverage.tif")
            else:
                export_sheet(session, "coverage_a4", target, run=run, dpi=60)
            told[ending] = "written"
        except Refusal as refusal:
            told[ending] = refusal.code
        except BaseException as error:
            told[ending] = repr(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(json.dumps({"told": told, "left": sorted(path.name for path in folder.iterdir())}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX only")
def test_a_full_disk_is_told_and_leaves_nothing(analysed, tmp_path: Path) -> None:
    session, _run = analysed
    folder = tmp_path / "out"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(session.path), str(folder), " ".join([*FORMATS, ".cov"])],
        capture_output=True, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["told"] == dict.fromkeys([*FORMATS, ".cov"], "sheets.cannot_write")
    assert found["left"] == []


@pytest.mark.parametrize("ending", FORMATS)
def test_a_folder_that_is_a_file_is_refused(city: Session, tmp_path: Path, ending: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(Refusal) as refused:
        export_sheet(city, "inventory_a3", blocked / f"sheet{ending}", dpi=40)
    assert refused.value.code == "sheets.cannot_write"


def test_a_picture_too_large_is_refused_before_it_is_drawn(city: Session, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        export_sheet(city, "inventory_a3", tmp_path / "sheet.png", dpi=2400)
    assert refused.value.code == "sheets.too_many_pixels"
    assert "964" in refused.value.hint("zh")
    assert not list(tmp_path.glob("*.png"))


def test_a_coverage_is_a_geotiff_only(analysed, tmp_path: Path) -> None:
    session, run = analysed
    with pytest.raises(Refusal) as refused:
        export_coverage(session, run, tmp_path / "c.png")
    assert refused.value.code == "sheets.unknown_format"
    assert [path.name for path in export_coverage(session, run, tmp_path / "c.tif")] == ["c.tif", "c.tif.aux.xml"]
