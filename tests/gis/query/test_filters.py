"""Filter expressions: their meaning, checked by asking SQLite itself; and that nothing typed reaches the SQL."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.query import compile_filter

CABLE = load_catalogue()["cable"]
ROWS = [
    # id, code, name, status, level, fibre_count, slack_m
    (1, "G1", "解放南路主干", "in_service", "backbone", 144, 12.5),
    (2, "G2", "世纪大道配线", "planned", "distribution", 24, None),
    (3, "G3", None, "in_service", "drop", 1, 0.0),
    (4, None, "O'Neil", None, "feeder", 48, 3.0),
]


def ids(expression: str) -> list[int]:
    condition = compile_filter(expression, CABLE)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE cable (id, code, name, status, level, fibre_count, slack_m)")
    database.executemany("INSERT INTO cable VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
    rows = database.execute(f"SELECT id FROM cable WHERE {condition.sql} ORDER BY id", condition.parameters)
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("fibre_count >= 24", [1, 2, 4]),
        ("纤芯数 = 24", [2]),
        ("芯数 >= 24 and 状态 = '在用'", [1]),
        ("status = 'In service'", [1, 3]),
        ("status = 'in_service' or level = '馈线'", [1, 3, 4]),
        ("not status = 'in_service'", [2]),
        ("status is null", [4]),
        ("name is not null and slack_m > 0", [1, 4]),
        ("name like '%大道%'", [2]),
        ("code in ('G1', 'G3')", [1, 3]),
        ("level not in ('主干', 'drop')", [2, 4]),
        ("fibre_count between 24 and 48", [2, 4]),
        ("fibre_count / 100 > 0.4", [1, 4]),
        ("fibre_count - 1 = 0", [3]),
        ("name = 'O''Neil'", [4]),
        ("slack_m = -0", [3]),
        ("（芯数 ＞ 100）", [1]),
        ("id = 3", [3]),
        ("code = “G2”", [2]),
    ],
)
def test_meaning(expression: str, wanted: list[int]) -> None:
    assert ids(expression) == wanted


@pytest.mark.parametrize(
    ("expression", "code", "at"),
    [
        ("fibre_count >", "query.unfinished", None),
        ("fibre_count > > 3", "query.wrong", 15),
        ("colour = 3", "query.no_field", 1),
        ("fibre_count = 3; DROP TABLE cable", "query.wrong", 16),
        ("name = 'open", "query.wrong", 8),
        ("(fibre_count = 3", "query.unfinished", None),
        ("", "query.unfinished", None),
        ("fibre_count not 3", "query.wrong", 17),
        ("(" * 500 + "id" + ")" * 500, "query.too_deep", None),
        ("not " * 500 + "id", "query.too_deep", None),
        ("-" * 500 + "id", "query.too_deep", None),
    ],
)
def test_errors_point_at_the_letter(expression: str, code: str, at: int | None) -> None:
    with pytest.raises(Refusal) as refused:
        compile_filter(expression, CABLE)
    assert refused.value.code == code
    if at is not None:
        assert refused.value.arguments["at"] == at


@given(st.text(max_size=40))
def test_typed_text_never_reaches_the_sql(text: str) -> None:
    quoted = text.replace("'", "''")
    condition = compile_filter(f"name = '{quoted}'", CABLE)
    assert condition.sql == '("name" = ?)'
    assert condition.parameters == (text,)


@given(st.text(max_size=60))
def test_any_text_is_compiled_or_refused(text: str) -> None:
    try:
        condition = compile_filter(text, CABLE)
    except Refusal:
        return
    allowed = {f'"{f.name}"' for f in CABLE.fields} | {'"id"', "NULL"}
    words = condition.sql.replace("(", " ").replace(")", " ").replace(",", " ").split()
    operators = {*"?+-*/=<>", "<>", "<=", ">=", "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "1.0"}
    assert all(word.lstrip("-") in allowed | operators | {""} for word in words), condition.sql
