"""The full-text index: Chinese phrases, codes, ranking, and input that is no query."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.catalogue import load_catalogue
from gis.editing.intents import Change, Insert, Plan, Remove
from gis.geometry.columns import Columns
from gis.storage import search_index
from gis.storage.search_index import segmented
from gis.storage.snapshots import Snapshot
from gis.storage.store import Store
from tests.gis.storage_reading.conftest import AREA, PREMISES, words


def _names(snapshot: Snapshot, text: str, limit: int = 50) -> list[str]:
    return [hit.name for hit in snapshot.search(text, limit)]


def test_a_part_of_a_name_finds_the_place_first(snapshot: Snapshot) -> None:
    hits = snapshot.search("盐都")
    assert (hits[0].cls, hits[0].id, hits[0].code, hits[0].name) == ("area", AREA, "320903", "盐都区")
    assert hits[0].where == (5e5, 3.7e6, 501100, 3700500)
    assert len(hits) == 50
    assert {hit.cls for hit in hits[1:]} == {"premises"}  # by their address


def test_letters_in_another_order_are_another_word(snapshot: Snapshot) -> None:
    assert snapshot.search("都盐") == []


def test_codes_equal_before_codes_that_begin_so(snapshot: Snapshot) -> None:
    codes = [hit.code for hit in snapshot.search("P0010")]
    assert codes == [f"P{i:05d}" for i in range(100, 110)]
    assert [hit.code for hit in snapshot.search("p00100")] == ["P00100"]
    assert snapshot.search("FDB-01")[0].cls == "fibre_node"
    assert snapshot.search("gl-7")[0].cls == "cable"


def test_names_equal_then_beginning_then_holding(snapshot: Snapshot) -> None:
    assert _names(snapshot, "人民路12", 4) == ["人民路12号", "人民路120号", "人民路121号", "人民路122号"]
    assert _names(snapshot, "人民路")[0] == "人民路"
    assert _names(snapshot, "人民路12号") == ["人民路12号"]


def test_every_word_must_occur(snapshot: Snapshot) -> None:
    assert _names(snapshot, "盐城市 2024号") == ["人民路2024号"]
    assert _names(snapshot, "江苏省  人民路 77号") == ["人民路77号"]
    assert snapshot.search("盐城市 nothing") == []


def test_latin_words_by_their_beginning_and_in_any_case(snapshot: Snapshot) -> None:
    assert _names(snapshot, "jief") == ["Jiefang Road"]
    assert _names(snapshot, "ROAD") == ["Jiefang Road"]
    assert _names(snapshot, "ｊｉｅｆａｎｇ") == ["Jiefang Road"]  # full-width letters


def test_a_feature_without_geometry_is_found_too(snapshot: Snapshot) -> None:
    assert [(hit.name, hit.where) for hit in snapshot.search("开放大道")] == [("开放大道", None)]


@pytest.mark.parametrize("text", ["", "   ", "*", "-", '"', "()", "、。", "\x00"])
def test_no_letters_no_hits(snapshot: Snapshot, text: str) -> None:
    assert snapshot.search(text) == []


@pytest.mark.parametrize(
    "text",
    ['"盐都', '盐都"', "盐都*", "-盐都", "^盐都", "(盐都)", "{盐都}", "盐都:", "+盐都", "盐都'", "盐都\x00", "“盐都”"],
)
def test_marks_of_the_query_language_mean_nothing(snapshot: Snapshot, text: str) -> None:
    assert snapshot.search(text)[0].name == "盐都区"


@pytest.mark.parametrize(
    "text", ["盐都 NOT 人民路", "name : 盐都", "NEAR(盐 都)", '盐都" OR "人民', "'; DROP TABLE search; --"]
)
def test_operators_are_only_words(snapshot: Snapshot, text: str) -> None:
    assert snapshot.search(text) == []


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_wish(store: Store, text: str) -> None:
    with store.reading() as snapshot:
        hits = snapshot.search(text, 5)
    assert len(hits) <= 5


@given(st.lists(st.text(st.characters(exclude_characters="\x1f", codec="utf-8"), max_size=12), max_size=6))
def test_segmenting_adds_only_spaces_and_keeps_texts_apart(texts: list[str]) -> None:
    joined = "\x1f".join(texts)
    made = segmented(joined)
    assert made.replace(" ", "") == joined.replace(" ", "")
    assert [segmented(text) for text in texts] == (made.split("\x1f") if texts else [])


def test_segments() -> None:
    assert segmented("盐城WiFi热点12号") == "盐 城 WiFi 热 点 12 号"
    assert segmented("Kent Ave 5") == "Kent Ave 5"
    assert segmented("𠀀a") == "𠀀 a"  # beyond the basic plane


def test_the_index_follows_every_edit(tmp_path: Path) -> None:
    with Store.create(tmp_path / "p.sqlite", load_catalogue()) as store:

        def found(text: str) -> list[int]:
            with store.reading() as snapshot:
                return [hit.id for hit in snapshot.search(text)]

        def columns(name: str) -> Columns:
            return Columns("area", np.array([5]), {"name": words([name]), "level": words(["town"])})

        store.write(Plan("edit.create", {}, (Insert(columns("大丰")),)), author="t")
        assert found("大丰") == [5]
        store.write(Plan("edit.update", {}, (Change(columns("射阳")),)), author="t")
        assert (found("大丰"), found("射阳")) == ([], [5])
        store.undo(author="t")
        assert (found("大丰"), found("射阳")) == ([5], [])
        store.write(Plan("edit.delete", {}, (Remove("area", np.array([5])),)), author="t")
        assert found("大丰") == []
        store.undo(author="t")
        assert found("大丰") == [5]


def test_rebuilding_gives_the_same(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    with Store.open(project, load_catalogue()) as store:
        store.backup(copy)
    with Store.open(copy, load_catalogue()) as store:
        with store.reading() as snapshot:
            before = snapshot.search("人民路 5"), snapshot.search("P001")
        with store._writing() as connection:
            search_index.rebuild(connection, store.catalogue)
            assert search_index.indexed_count(connection) == PREMISES + 6
            assert search_index.expected_count(connection, store.catalogue) == PREMISES + 6
            connection.execute("INSERT INTO search(search) VALUES ('integrity-check')")
        with store.reading() as snapshot:
            assert (snapshot.search("人民路 5"), snapshot.search("P001")) == before


def test_time_over_gives_what_was_found(store: Store) -> None:
    with store.reading() as snapshot:
        start = time.monotonic()
        hits = search_index.find(snapshot._connection, store.catalogue, "盐都", time_limit_s=0.0)
        assert time.monotonic() - start < 30
        assert len(hits) <= 50
        assert snapshot.search("盐都")[0].id == AREA  # the connection is as good as before
