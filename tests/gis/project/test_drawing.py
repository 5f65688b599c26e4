from __future__ import annotations

import numpy as np
import pytest

from gis.errors import Refusal
from gis.project.drawing import DrawingReader
from tests.gis.project.conftest import key


def test_rules_are_filters_over_the_class(session) -> None:
    first, second = key(session, "cable", "K-1"), key(session, "cable", "K-2")
    with session.reading() as snapshot:
        reader = DrawingReader(snapshot, session.catalogue)
        assert set(reader.matching("cable", "code like 'K-%'").tolist()) == {first, second}
        assert reader.matching("cable", "编号 = 'K-2'").tolist() == [second]
        assert reader.matching("cable", "code like 'K-%'", np.array([first, 12345])).tolist() == [first]
        assert reader.matching("cable", "code = 'K-1' or code = 'K-2'", np.array([first])).tolist() == [first]
        assert reader.matching("cable", "code = 'K-1'", []).tolist() == []


def test_nothing_typed_reaches_the_sql(session) -> None:
    with session.reading() as snapshot:
        reader = DrawingReader(snapshot, session.catalogue)
        with pytest.raises(Refusal, match=r"query\."):
            reader.matching("cable", "1) or (1 = 1; drop table cable")
        assert reader.matching("cable", "code = '''; drop table cable --'").tolist() == []


def test_it_reads_what_the_snapshot_reads(session) -> None:
    with session.reading() as snapshot:
        reader = DrawingReader(snapshot, session.catalogue)
        assert len(reader.shapes("cable")) == 2
        assert reader.columns("cable", ["code"], geometry=False).fields["code"].tolist() != []
        assert reader.extent("cable") == snapshot.extent("cable")
        assert reader.extent() == snapshot.extent()
