"""What the user has arranged lives in the file, apart from the journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.storage import engine
from gis.storage.store import Store


def test_documents_are_kept_by_kind_and_name(project: Path, catalogue: Catalogue) -> None:
    with Store.open(project, catalogue) as store:
        store.put_document("style", "camera", {"size": 2.4, "字": None})
        store.put_document("style", "cable", {"size": 1})
        store.put_document("style", "cable", {"size": 2})
        store.put_document("bookmark", "camera", 7)
        assert store.journal_entries() == []
    with Store.open(project, catalogue) as store:
        assert store.documents("style") == {"cable": {"size": 2}, "camera": {"size": 2.4, "字": None}}
        store.remove_document("style", "cable")
        store.remove_document("style", "never there")
        assert list(store.documents("style")) == ["camera"]
        assert store.documents("bookmark") == {"camera": 7}
        assert store.documents("none") == {}


def test_a_broken_document_does_not_hide_the_others(project: Path, catalogue: Catalogue) -> None:
    with Store.open(project, catalogue) as store:
        store.put_document("style", "good", 1)
    connection = engine.connect_writer(project)
    connection.execute("INSERT INTO document VALUES ('style', 'bad', '{')")
    connection.close()
    with Store.open(project, catalogue) as store:
        assert store.documents("style") == {"good": 1}


def test_a_read_only_file_refuses_a_document(project: Path, catalogue: Catalogue) -> None:
    with Store.open(project, catalogue, readonly=True) as store, pytest.raises(Refusal, match=r"storage\."):
        store.put_document("style", "camera", {})
