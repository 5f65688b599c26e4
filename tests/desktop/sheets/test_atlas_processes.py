"""The processes that draw an atlas: bound files, a kill, a cancel."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest

from desktop.sheets.atlas import atlas_made, atlas_order, make_atlas
from desktop.sheets.atlas.crew import Crew
from desktop.sheets.atlas.drafts import Drafts
from gis.cartography.sheets.atlas import AtlasWish
from gis.errors import Cancelled
from gis.progress import Progress
from gis.project import Session
from tests.desktop.sheets.atlases import DAY, data, draw_here, order_of, text_of
from tests.gis.sheets.city import COUNTIES, small_city

__all__ = ["data"]
pytestmark = pytest.mark.usefixtures("data")
ROOT = Path(__file__).resolve().parents[3]


def test_two_processes_bind_one_pdf(city: Session, tmp_path: Path) -> None:
    out = tmp_path / "图集 🚲.pdf"
    files = make_atlas(city, "inventory_a3", AtlasWish(level="county"), out, date=DAY, processes=2)
    assert files == [out]
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 6  # contents, index map, four counties
        titles = [str(item.title) for item in pdf.open_outline().root]
        assert titles == ["目录", "图幅索引", *(f"{i}  {name}" for i, name in enumerate(COUNTIES, 1))]
        labels = pdf.Root.PageLabels.Nums
        assert [str(label.P) for label in list(labels)[1::2]] == ["i", "ii", "1", "2", "3", "4"]
        assert str(pdf.docinfo.Title) == "盐城市数字基础设施分布图集"
    assert "亭湖区数字基础设施分布图" in text_of(out, 3)
    assert "第 1 页，共 4 页" in text_of(out, 3)
    assert "接第 2 页 盐都区" in text_of(out, 3)
    assert not (tmp_path / "data" / "atlases").exists() or not list((tmp_path / "data" / "atlases").iterdir())


CHILD = """
import datetime, sys
from pathlib import Path
from desktop.sheets.atlas import make_atlas
from desktop.sheets.atlas import order
from gis.cartography.sheets.atlas import AtlasWish
from gis.project import Session
order.PART_PAGES = 1

# Without a guard: the drawing processes must not run this script again.
with Session.open(sys.argv[1], readonly=True) as session:
    wish = AtlasWish(source="query", cls="wifi_hotspot", pages="1-6")
    made = make_atlas(session, "inventory_a3", wish, Path(sys.argv[2]), date=datetime.date(2026, 3, 5), processes=1)
"""


def test_a_killed_atlas_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop.sheets.atlas import order as order_module

    monkeypatch.setattr(order_module, "PART_PAGES", 1)
    project, script = tmp_path / "city.yantu", tmp_path / "child.py"
    small_city(project).close()
    script.write_text(CHILD, "utf-8")
    environment = {**os.environ, "YANTU_DATA": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    killed = tmp_path / "killed.pdf"
    child = subprocess.Popen([sys.executable, str(script), str(project), str(killed)], env=environment)
    root = tmp_path / "data" / "atlases"
    deadline = time.monotonic() + 60
    while len(list(root.glob("*/*/manifest.json"))) < 1 and time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not killed.exists()
    with Session.open(project, readonly=True) as session:
        wish = AtlasWish(source="query", cls="wifi_hotspot", pages="1-6")
        order = atlas_order(session, "inventory_a3", wish, killed, date=DAY)
        kept = Drafts(order).kept_pages()
        assert 1 <= kept < 6
        done = atlas_made(session, order, killed, processes=1)
        assert done.kept >= kept
        assert done.pages == 6
        whole = tmp_path / "whole.pdf"
        monkeypatch.setattr(Crew, "draw", draw_here)  # all in one go and in this process
        atlas_made(session, order, whole)
    assert whole.read_bytes() == killed.read_bytes()


def test_a_cancelled_atlas_stops_at_once_and_keeps_what_is_drawn(
    city: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.sheets.atlas import order as order_module

    monkeypatch.setattr(order_module, "PART_PAGES", 1)
    order = order_of(city, tmp_path / "a.pdf")
    begun: list[float] = []
    cancelled_at: list[float] = []

    def listen(done: float, total: float, label: str) -> None:
        if label == "atlas.drawing" and done >= 1:
            cancelled_at.append(time.monotonic())
            progress.cancel()
        begun.append(done)

    progress = Progress(listen)
    with pytest.raises(Cancelled):
        atlas_made(city, order, tmp_path / "a.pdf", processes=1, progress=progress)
    assert time.monotonic() - cancelled_at[0] < 5
    assert not (tmp_path / "a.pdf").exists()
    kept = Drafts(order).kept_pages()
    assert 1 <= kept < 4
    monkeypatch.setattr(Crew, "draw", draw_here)
    done = atlas_made(city, order, tmp_path / "a.pdf")
    assert (done.kept, done.pages) == (kept, 4)
