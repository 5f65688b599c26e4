"""What stories of the import assistant share: a surveyor's table against the small city, and waiting for the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.imports.assistant import ImportAssistant
from desktop.shell.window import MainWindow
from gis.geometry.crs import project_crs
from gis.project import Session

HEAD = "编号,热点名称,经度,纬度,挂高,是否免费"


def place(x: float, y: float) -> str:
    """Longitude and latitude of project coordinates, as cells."""
    lon, lat = project_crs(4549).to_lonlat(x, y)
    return f"{float(lon):.8f},{float(lat):.8f}"


def rows_of(session: Session) -> list[str]:
    """Lines 2 to 9: the same twice, changed twice (height; moved), too far away, new twice, of no place."""
    hot = session.columns("wifi_hotspot", ["code", "name", "height_m", "free"])
    at = {code: i for i, code in enumerate(hot.fields["code"])}

    def row(code: str, dx: float = 0.0, dy: float = 0.0, **other: str) -> str:
        i = at[code]
        shape = hot.geometry[i]
        name, height = hot.fields["name"][i], f"{hot.fields['height_m'][i]:g}"
        free = "是" if hot.fields["free"][i] else "否"
        where = place(shape.x + dx, shape.y + dy)
        return f"{other.get('code', code)},{other.get('name', name)},{where},{other.get('height', height)},{free}"

    return [
        row("W-000"),
        row("W-001"),
        row("W-002", height="9.5"),
        row("W-003", 8.0, 6.0, name="新名"),
        row("W-004", 0.0, 2000.0),
        f"N-1,车站东,{place(501_000, 3_690_700)},4,是",
        f"N-2,车站西,{place(501_100, 3_690_800)},5,否",
        "N-3,坏行,abc,33.3,5,否",
    ]


@pytest.fixture
def survey(session: Session, tmp_path: Path) -> Path:
    """Such a table in GB 18030."""
    path = tmp_path / "wifi热点.csv"
    path.write_bytes("\n".join([HEAD, *rows_of(session)]).encode("gb18030"))
    return path


@pytest.fixture
def assistant(qtbot: Any, window: MainWindow) -> Iterator[ImportAssistant]:
    """An assistant on the small city."""
    made = ImportAssistant(window)
    made.resize(1240, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    from shiboken6 import isValid

    if isValid(made):
        made.close()


@pytest.fixture
def ready(qtbot: Any, assistant: ImportAssistant) -> Callable[[], None]:
    """Waits until the assistant has nothing more to work out."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not assistant.working, timeout=30_000)

    return wait
