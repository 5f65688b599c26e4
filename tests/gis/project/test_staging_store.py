"""Files beside a project: what Yantu writes itself, brought again, changes nothing, whatever the class and format."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from datasets import sample
from gis.catalogue import load_catalogue
from gis.editing import Batch, Delete
from gis.errors import Cancelled
from gis.exchange.decisions import decided
from gis.exchange.features import exported_fields, write_features
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Mapping, guess_mapping
from gis.exchange.placement import guess_placement
from gis.exchange.staging import Outcome, Staged
from gis.exchange.transforms import Source
from gis.progress import Progress
from gis.project import Session
from gis.project.staging_store import stage_rows, staging_order

CATALOGUE = load_catalogue()
SPATIAL = [cls.name for cls in CATALOGUE if cls.spatial]
TABLES = [cls.name for cls in CATALOGUE if not cls.spatial and cls.name != "attachment"]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    path = tmp_path_factory.mktemp("city") / "city.yantu"
    sample.make(path, 1500, 7)
    with Session.open(path) as session:
        yield session


def exported(session: Session, cls: str, path: Path, without: tuple[str, ...] = ()) -> Path:
    """The whole class as Yantu exports it, but for some columns, its rows in another order."""
    kind = session.catalogue[cls]
    frame = session.frame(cls, exported_fields(kind)).drop(columns=list(without), errors="ignore")
    order = list(range(len(frame)))
    random.Random(1).shuffle(order)
    return write_features(frame.iloc[order], kind, path)


def brought(session: Session, cls: str, path: Path, **options: object) -> Staged:
    kind = session.catalogue[cls]
    _, raw = read_raw(path)
    placement = guess_placement(raw, session.crs.to_string()) if kind.spatial else None
    mapping = guess_mapping(raw, kind, placement.columns if placement else frozenset())
    refs = {f.name: Source(f.name) for f in kind.refs if f.name in raw.columns}
    return stage_rows(session, raw, kind, Mapping(cls, {**mapping.sources, **refs}), placement, **options)  # type: ignore[arg-type]


def assert_nothing_changes(found: Staged, count: int) -> None:
    assert found.counts() == {"read": count, "new": 0, "changed": 0, "same": count, "conflict": 0, "rejected": 0}, (
        found.change_counts(),
        [(r.line, str(r.why)) for r in (*found.rejects, *found.conflicts)][:5],
    )
    assert list(decided(found).parts()) == []


@pytest.mark.parametrize("ending", [".csv", ".geojson", ".gpkg", ".shp", ".fgb"])
@pytest.mark.parametrize("cls", ["area", "cable", "cell", "fibre_node"])
def test_every_format_brought_again_changes_nothing(city: Session, cls: str, ending: str, tmp_path: Path) -> None:
    path = exported(city, cls, tmp_path / f"{cls}{ending}")
    assert_nothing_changes(brought(city, cls, path), city.count(cls))


@pytest.mark.parametrize("cls", [*SPATIAL, *TABLES])
@pytest.mark.parametrize("without", [(), ("code",), ("code", "id")], ids=["coded", "by-id", "bare"])
def test_every_class_brought_again_changes_nothing(
    city: Session, cls: str, without: tuple[str, ...], tmp_path: Path
) -> None:
    assert city.count(cls) > 0
    path = exported(city, cls, tmp_path / f"{cls}.csv", without)
    assert_nothing_changes(brought(city, cls, path), city.count(cls))


@pytest.mark.parametrize("cls", ["wifi_hotspot", "cell", "splice", "statistic", "camera"])
def test_what_was_imported_into_an_emptied_class_is_the_same_when_brought_again(
    cls: str, city: Session, tmp_path: Path
) -> None:
    """Without codes and ids: rows are told by place, key and what they say alone."""
    path = exported(city, cls, tmp_path / f"{cls}.csv", ("code", "id"))
    count = city.count(cls)
    undo = 1
    city.perform(Delete(cls, city.ids(cls).tolist(), attached="detach"))
    try:
        found = brought(city, cls, path)
        assert found.counts()["new"] == count, [str(r.why) for r in (*found.rejects, *found.conflicts)][:3]
        city.perform(Batch("import.file", {}, list(decided(found).parts())))
        undo = 2
        assert_nothing_changes(brought(city, cls, path), count)
    finally:
        city.undo(undo)
    assert city.count(cls) == count


def test_a_changed_copy_changes_what_was_changed(city: Session, tmp_path: Path) -> None:
    path = exported(city, "camera", tmp_path / "camera.csv")
    lines = path.read_text("utf-8-sig").splitlines()
    at = lines[0].split(",").index("remark")
    for row in (3, 5):
        cells = lines[row].split(",")
        cells[at] = "重测"
        lines[row] = ",".join(cells)
    path.write_text("\n".join(lines), "utf-8")
    found = brought(city, "camera", path)
    assert found.change_counts() == {"remark": 2}
    changed = np.flatnonzero(found.outcome == Outcome.CHANGED)
    assert found.lines[changed].tolist() == [4, 6]
    assert [change.mine for index in changed.tolist() for change in found.changes(index)] == ["重测"] * 2
    seq = city.perform(Batch("import.file", {}, list(decided(found).parts()))).seq
    try:
        assert seq is not None
        assert {row.id for row in city.entry_details(seq)} == set(found.targets[changed].tolist())
        assert_nothing_changes(brought(city, "camera", path), city.count("camera"))
    finally:
        city.undo()


@pytest.mark.parametrize("label", ["import.checking", "import.matching", "import.comparing"])
def test_staging_is_cancelled_at_any_step(city: Session, tmp_path: Path, label: str) -> None:
    path = exported(city, "building", tmp_path / "b.csv")
    told: list[float] = []

    def listen(done: float, total: float, said: str) -> None:
        told.append(done / total)
        if said == label:
            progress.cancel()

    progress = Progress(listen)
    with pytest.raises(Cancelled):
        brought(city, "building", path, progress=progress)
    assert told == sorted(told)


def test_few_rows_ask_for_their_codes_only(city: Session, tmp_path: Path) -> None:
    path = exported(city, "building", tmp_path / "b.csv")
    few = tmp_path / "few.csv"
    few.write_text("\n".join(path.read_text("utf-8-sig").splitlines()[:4]), "utf-8")
    assert_nothing_changes(brought(city, "building", few), 3)


def test_classes_are_staged_after_those_they_refer_to() -> None:
    names = ["splice", "cell", "fibre_node", "cable", "base_station", "area", "splitter"]
    order = [cls.name for cls in staging_order([CATALOGUE[name] for name in names])]
    pairs = "cell>base_station splice>splitter splice>cable cable>fibre_node splitter>cable base_station>cable"
    for child, parent in (pair.split(">") for pair in pairs.split()):
        assert order.index(parent) < order.index(child)
    assert sorted(order) == sorted(names)
