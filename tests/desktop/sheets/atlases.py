"""What the tests of atlases share: small orders, and drawing in this process."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop.sheets.atlas import AtlasMade, atlas_made, atlas_order
from desktop.sheets.atlas import drawing as drawing_module
from desktop.sheets.atlas.crew import Crew
from desktop.sheets.atlas.drafts import Manifest
from desktop.sheets.atlas.order import AtlasOrder, Part
from gis.cartography.sheets.atlas import AtlasWish
from gis.progress import Progress
from gis.project import Session

DAY = datetime.date(2026, 3, 5)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unfinished atlases lie in the test's folder."""
    monkeypatch.setenv("YANTU_DATA", str(tmp_path / "data"))


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The crew's work is done here, by the same code, for tests of what is drawn and not of who draws it."""

    monkeypatch.setattr(Crew, "draw", draw_here)


def draw_here(crew: Crew, parts: Sequence[Part], progress: Progress, _begun: object = None) -> dict[int, Manifest]:
    """What ``Crew.draw`` does, in this process."""
    made = {}
    with Session.open(crew._order.project, readonly=True) as session:
        for part in parts:
            folder = crew._drafts.part_folder(part)
            made[part.index] = drawing_module.draw_part(session, crew._order, part, folder, progress=progress)
            crew._drafts.keep(part, made[part.index])
    return made


def order_of(session: Session, out: Path, **wish: object) -> AtlasOrder:
    wanted = AtlasWish(**{"level": "county", **wish})  # type: ignore[arg-type]
    return atlas_order(session, "inventory_a3", wanted, out, date=DAY)


def made(session: Session, out: Path, **wish: object) -> AtlasMade:
    return atlas_made(session, order_of(session, out, **wish), out)


def text_of(path: Path, page: int) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", "-f", str(page), "-l", str(page), str(path), "-"], capture_output=True, check=True
    )
    return done.stdout.decode()
