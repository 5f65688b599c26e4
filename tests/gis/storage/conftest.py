"""A fresh project file for each test, copied from one that is made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gis.catalogue import Catalogue, load_catalogue
from gis.storage.store import Store


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def empty_project(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Path:
    path = tmp_path_factory.mktemp("empty") / "city.yantu"
    Store.create(path, catalogue, name="盐城").close()
    return path


@pytest.fixture
def project(tmp_path: Path, empty_project: Path) -> Path:
    """The path of an empty project that nobody has open."""
    return Path(shutil.copy(empty_project, tmp_path / "city.yantu"))


@pytest.fixture
def store(project: Path, catalogue: Catalogue) -> Iterator[Store]:
    with Store.open(project, catalogue) as opened:
        yield opened
