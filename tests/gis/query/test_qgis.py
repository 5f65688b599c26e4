from __future__ import annotations

import pytest

from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.query import compile_filter, filter_of_qgis, qgis_expression

CABLE = load_catalogue()["cable"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("fibre_count >= 24", '("fibre_count" >= 24)'),
        ("状态 = '在用' and 芯数 > 2", None),
        ("code like 'K\\%' or code is null", '(("code" ILIKE \'K\\\\%\') OR ("code" IS NULL))'),
        ("fibre_count between 3 and 8", '(("fibre_count" >= 3 AND "fibre_count" <= 8))'),
        ("not (fibre_count not between 3 and 8)", '(NOT (NOT ("fibre_count" >= 3 AND "fibre_count" <= 8)))'),
        ("code in ('A''s', '?')", "(\"code\" IN ('A''s', '?'))"),
        ("fibre_count / 2 < 0.5", '(("fibre_count" * 1.0 / 2) < 0.5)'),
    ],
)
def test_filters_in_the_words_of_qgis(ours: str, theirs: str | None) -> None:
    made = qgis_expression(ours, CABLE)
    if theirs is not None:
        assert made == theirs
    assert "?" not in made.replace("'?'", "")
    back = filter_of_qgis(made, CABLE)
    assert back is not None
    assert compile_filter(back, CABLE).parameters == compile_filter(qgis_back(made), CABLE).parameters


def qgis_back(expression: str) -> str:
    back = filter_of_qgis(expression, CABLE)
    assert back is not None
    return back


def test_codes_are_written_as_stored() -> None:
    status = CABLE.field("status").codes[0]
    assert f"'{status.value}'" in qgis_expression(f"status = '{status.label.zh}'", CABLE)


def test_what_filters_cannot_say_is_none() -> None:
    assert filter_of_qgis('length("code") > 3', CABLE) is None
    assert filter_of_qgis('"nonsense" = 3', CABLE) is None
    assert filter_of_qgis("$area > 3", CABLE) is None
    assert filter_of_qgis('"code" ILIKE \'K%\' AND "fibre_count" > 3', CABLE) == "code like 'K%' AND fibre_count > 3"


def test_wrong_filters_are_refused() -> None:
    with pytest.raises(Refusal, match=r"query\."):
        qgis_expression("fibre_count >", CABLE)
