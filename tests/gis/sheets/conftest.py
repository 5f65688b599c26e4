from collections.abc import Iterator
from pathlib import Path

import pytest

from gis.project import Session
from gis.project.analysis import run_analysis
from gis.project.runs import Run
from tests.gis.sheets.city import small_city


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Session]:
    """Four counties, two roads, sixty hotspots."""
    with small_city(tmp_path / "city.yantu") as session:
        yield session


@pytest.fixture(scope="session")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Run]]:
    """The same city with a WiFi analysis; read only for all tests together."""
    with small_city(tmp_path_factory.mktemp("analysed") / "city.yantu") as session:
        yield session, run_analysis(session, "wifi")
