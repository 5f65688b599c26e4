"""The sample as a project file: whole, healthy, with its truth beside it."""

import json
from pathlib import Path

import numpy as np
import pytest

from datasets.city import City
from datasets.sample import make, truth_path
from gis.catalogue import load_catalogue
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.storage.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "yancheng.sqlite"
    make(path, features=3_000, seed=5)
    return path


def test_the_file_holds_the_city_and_is_healthy(made: Path, city: City) -> None:
    store = Store.open(made, load_catalogue(), readonly=True)
    try:
        assert store.verify() == []
        with store.reading() as snapshot:
            assert snapshot.counts() == city.truth["counts"] | {"attachment": 0}
            stored = snapshot.columns("cable")
            order = np.argsort(stored.ids)
            assert np.array_equal(stored.ids[order], city.columns["cable"].ids)
            assert stored.fields["code"][order].tolist() == city.columns["cable"].fields["code"].tolist()
            first = snapshot.row("premises", int(city.columns["premises"].ids[0]))
            assert first is not None
            assert first["address"] == city.columns["premises"].fields["address"][0]
            assert snapshot.search("世纪大道")
    finally:
        store.close()


def test_the_truth_lies_beside_it(made: Path, city: City) -> None:
    assert truth_path(made).name == "yancheng.sqlite.truth.json"
    assert json.loads(truth_path(made).read_text("utf-8")) == json.loads(json.dumps(city.truth))


def test_an_existing_file_is_not_overwritten(made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(Refusal):
        make(made, features=1_000)
    assert made.read_bytes() == before


def test_nothing_stays_behind_when_cancelled(tmp_path: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        make(tmp_path / "city.sqlite", features=1_000, progress=progress)
    assert list(tmp_path.iterdir()) == []
