"""Recipes remembered for sources, and the calculator over a file's columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gis.errors import Cancelled, Refusal
from gis.exchange.mapping import Mapping
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.recipes import Recipe
from gis.exchange.sorting import Sorting
from gis.exchange.transforms import Source, values_of
from gis.progress import Progress
from gis.project import Session
from gis.project import mappings as memory
from gis.project.expressions_of_files import calculator, class_of_file, sample


def table(**columns: Sequence[str | None]) -> RawTable:
    cells = {}
    for name, column in columns.items():
        cells[name] = np.empty(len(column), dtype=object)
        cells[name][:] = column
    return RawTable(tuple(columns), cells, np.arange(2, 2 + len(next(iter(columns.values())))))


RAW = table(编号=["1"], 名称=["甲"], lon=["120"], lat=["33"])
RECIPE = Recipe(
    {
        "camera": Mapping(
            "camera", {"code": Source("编号"), "name": Source("名称", join=("编号",))}, "lon", "lat", datum="gcj02"
        )
    },
    Sorting("名称", {"甲": "camera"}),
    Dialect("gb18030"),
    ("distance",),
    3.0,
)


# Memory ---------------------------------------------------------------------------------------------------------------
def test_a_file_with_the_same_columns_is_read_as_the_last_one(session: Session) -> None:
    assert memory.remembered(session, RAW) is None
    memory.remember(session, RAW, RECIPE, "一月.csv")
    assert memory.remembered(session, table(编号=["7"], 名称=["乙"], lon=["121"], lat=["34"])) == RECIPE
    assert memory.remembered(session, table(lat=["7"], lon=["1"], 名称=["乙"], 编号=["34"])) == RECIPE
    assert memory.remembered(session, table(编号=["7"], 名称=["乙"])) is None
    (kept,) = memory.remembered_sources(session)
    assert (kept.title, kept.columns, kept.classes) == ("一月.csv", RAW.columns, ("camera",))


def test_it_survives_the_project_being_closed(path: Path) -> None:
    with Session.open(path, author="a") as session:
        memory.remember(session, RAW, RECIPE)
    with Session.open(path, author="b") as session:
        assert memory.remembered(session, RAW) == RECIPE


def test_a_recipe_speaks_in_the_spelling_of_the_file(session: Session) -> None:
    memory.remember(session, RAW, RECIPE)
    found = memory.remembered(session, table(**{" 编号": ["7"], "名 称": ["乙"], "Lon": ["1"], "LAT": ["2"]}))
    assert found is not None
    mapping = found.mappings["camera"]
    assert (mapping.x, mapping.y) == ("Lon", "LAT")
    assert mapping.sources["name"] == Source("名 称", join=(" 编号",))
    assert found.sorting == Sorting("名 称", {"甲": "camera"})


def test_a_table_and_shapes_with_the_same_columns_are_two_sources(session: Session) -> None:
    memory.remember(session, RAW, RECIPE)
    assert memory.remembered(session, replace(RAW, geometry=np.array([None], dtype=object))) is None


def test_what_is_forgotten_and_what_no_longer_fits(session: Session) -> None:
    memory.remember(session, RAW, RECIPE)
    memory.forget(session, RAW)
    assert memory.remembered(session, RAW) is None
    memory.remember(session, RAW, RECIPE)
    memory.forget(session, memory.remembered_sources(session)[0].signature)
    assert memory.remembered_sources(session) == ()
    session.put_document(memory.KIND, memory.signature(RAW), {"recipe": {"format": "x"}})
    assert memory.remembered(session, RAW) is None
    session.put_document(memory.KIND, memory.signature(RAW), "nonsense")
    assert memory.remembered(session, RAW) is None


def test_the_oldest_goes_when_there_are_too_many(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 3)
    for i in range(5):
        raw = table(**{f"c{i}": ["1"]})
        memory.remember(session, raw, RECIPE, str(i))
        body = session.documents(memory.KIND)[memory.signature(raw)]
        session.put_document(memory.KIND, memory.signature(raw), {**body, "used_at": f"2026-01-0{i + 1}"})
    assert [source.title for source in memory.remembered_sources(session)] == ["4", "3", "2"]


def test_a_project_that_may_only_be_read_remembers_nothing(path: Path) -> None:
    path.chmod(0o444)
    with Session.open(path, author="a", readonly=True) as session, pytest.raises(Refusal):
        memory.remember(session, RAW, RECIPE)


# The calculator -------------------------------------------------------------------------------------------------------
FILE = table(
    **{
        "编号": ["001", "002", None], "高度 (cm)": ["250", "1.5e2", None], "日期": ["2024/3/5", "2024-12-01", None],
        "ID": ["7", "8", "9"], "name": ["a", "b'c", None], "in": ["x", "y", "z"], "混": ["1", "x", "3"],
    }
)  # fmt: skip


def test_columns_have_types() -> None:
    assert [(f.name, f.type) for f in class_of_file(FILE).fields] == [
        ("编号", "text"), ("高度_cm", "real"), ("日期", "date"), ("ID", "real"), ("name", "text"), ("_in", "text"),
        ("混", "text"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("[高度 (cm)] / 100", [2.5, 1.5, None]), ("高度_cm / 100 + 1", [3.5, 2.5, None]),
        ("year(日期)", [2024, 2024, None]),
        ("编号 || '-' || name", ["001-a", "002-b'c", None]), ("id + 1", [8, 9, 10]),
        ("if(ID > 7, '大', '小')", ["小", "大", "大"]),
        ("'x'", ["x", "x", "x"]), ("upper(name)", ["A", "B'C", None]), ("[in]", ["x", "y", "z"]),
        ("number(混)", [1, 0, 3]),
        ("'[ID]'", ["[ID]"] * 3), ("concat(ID, '号')", ["7号", "8号", "9号"]), ("1 / 0", [None] * 3),
        ("null", [None] * 3),
        ("ID > 7 and name is null", [0, 0, 1]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_expressions(expression: str, values: list[object]) -> None:
    found = calculator(FILE)(FILE, expression)
    assert [None if v is None or v != v else v for v in found.tolist()] == values
    assert sample(FILE, expression, 2)[1] == found.tolist()[:2] or None in values


@pytest.mark.parametrize(
    ("expression", "code"),
    [("nope", "query.no_field"), ("[no such] + 1", "query.no_field"), ("1 +", "query.unfinished"),
     ("f(1)", "query.no_function"),
     ("length()", "query.no_function"), ("1; drop table x", "query.wrong"), ("abs(-9223372036854775807 - 1)", None)],
    ids=lambda value: str(value),
)  # fmt: skip
def test_wrong_expressions(expression: str, code: str | None) -> None:
    if code is None:
        assert calculator(FILE)(FILE, expression).shape == (3,)
        return
    with pytest.raises(Refusal) as refusal:
        calculator(FILE)(FILE, expression)
    assert refusal.value.code == code


def test_a_file_without_ids_has_none() -> None:
    with pytest.raises(Refusal) as refusal:
        calculator(RAW)(RAW, "id + 1")
    assert refusal.value.code == "query.no_field"
    assert "编号" in refusal.value.hint("zh") or "编号" in refusal.value.message("zh")


def test_an_error_points_at_the_letter_as_it_was_typed() -> None:
    with pytest.raises(Refusal) as refusal:
        calculator(FILE)(FILE, "[高度 (cm)] / nope")
    assert refusal.value.arguments["at"] == 13


def test_types_are_those_of_the_whole_file() -> None:
    evaluate = calculator(FILE)
    assert evaluate(FILE.part(0, 1), "混 || ''").tolist() == ["1"]
    assert evaluate(FILE.part(1, 3), "高度_cm * 2")[0] == 300


def test_cancelled_work_stops() -> None:
    progress = Progress()
    progress.cancel()
    big = table(a=["1"] * 20_000)
    with pytest.raises(Cancelled):
        calculator(big, progress)(big, "a + 1")


def test_an_expression_fills_a_field(session: Session) -> None:
    cls = session.catalogue["camera"]
    source = Source(expression="[高度 (cm)]", unit="cm")
    values, problems = values_of(FILE, cls, cls.field("height_m"), source, calculator(FILE))
    assert problems == {}
    assert values[:2].tolist() == [2.5, 1.5]
