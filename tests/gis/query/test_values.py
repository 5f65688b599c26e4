"""Value expressions: their meaning in SpatiaLite itself, their types, and what is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gis.catalogue import load_catalogue
from gis.editing import Create
from gis.errors import Refusal
from gis.project import Session
from gis.query import compile_filter, compile_value, functions_for
from gis.query.functions import FUNCTIONS

X, Y = 500_000.0, 3_700_000.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory):
    with Session.create(tmp_path_factory.mktemp("values") / "c.sqlite") as session:
        line = LineString([(X, Y), (X + 30, Y + 40)])
        session.perform(
            Create("road", [{"code": "R1", "name": "建军路", "road_class": "primary", "lanes": 4, "geom": line}])
        )
        square = box(X, Y, X + 10, Y + 20)
        house = {
            "code": "H1",
            "height_m": 12.4,
            "floors": 4,
            "use": None,
            "installed_on": "2020-02-29",
            "geom": square,
        }
        session.perform(Create("building", [house]))
        session.perform(
            Create("camera", [{"code": "V1", "name": None, "networked": True, "geom": Point(X + 1, Y + 2)}])
        )
        yield session


def value(city: Session, cls: str, text: str) -> Any:
    made = compile_value(text, city.catalogue[cls])
    (row,) = city.sql(f'SELECT {made.sql} FROM "{cls}"', made.parameters)[1]
    return row[0]


@pytest.mark.parametrize(
    ("cls", "text", "wanted"),
    [
        ("road", "lanes * 2 + 1", 9),
        ("road", "lanes / 3", pytest.approx(4 / 3)),
        ("road", "name || '-' || code", "建军路-R1"),
        ("road", "name + '（' + code + '）'", "建军路（R1）"),
        ("road", "concat(name, lanes, null, '车道')", "建军路4车道"),
        ("road", "连接(名称, '#')", "建军路#"),
        ("road", "upper(substr(code, 1, 1))", "R"),
        ("road", "label(road_class)", "主干路"),
        ("road", "label_en(road_class)", "Primary road"),
        ("road", "round(length(), 1)", 50.0),
        ("road", "round(azimuth())", 37),
        ("road", "vertices()", 2),
        ("road", "x()", X + 15),
        ("road", "length() > 49 and lanes >= 4", 1),
        ("road", "if(lanes > 2, '宽', '窄')", "宽"),
        ("road", "如果(lanes > 9, 1)", None),
        ("road", "coalesce(remark, name)", "建军路"),
        ("road", "replace(name, '路', '街')", "建军街"),
        ("road", "size(name)", 3),
        ("road", "least(lanes, 2, 7) * greatest(1, lanes)", 8),
        ("building", "area()", 200.0),
        ("building", "perimeter()", 60.0),
        ("building", "round(height_m / floors, 2)", 3.1),
        ("building", "year(installed_on) + month(installed_on)", 2022),
        ("building", "days('2020-03-01', installed_on)", 1.0),
        ("building", "number('12.5') + abs(-1) + floor(1.9) + ceil(1.1)", 16.5),
        ("building", "text(floors) || '层'", "4层"),
        ("building", "trim('  a ') || lower('B')", "ab"),
        ("camera", "coalesce(name, code, '?')", "V1"),
        ("camera", "y() - 3700000", 2.0),
        ("camera", "networked = 是", 1),
    ],
)
def test_meaning(city: Session, cls: str, text: str, wanted: Any) -> None:
    assert value(city, cls, text) == wanted


def test_today(city: Session) -> None:
    assert len(value(city, "road", "today()")) == 10


@pytest.mark.parametrize(
    ("text", "gives"),
    [("lanes", "number"), ("name", "text"), ("road_class", "text"), ("lanes + 1", "number"), ("name + 1", "text"),
     ("lanes > 1", "boolean"), ("oneway", "boolean"), ("installed_on", "date"), ("upper(name)", "text"),
     ("length()", "number"), ("today()", "date"), ("if(oneway, 1, 'x')", "any"), ("not oneway", "boolean")],
)  # fmt: skip
def test_types(text: str, gives: str) -> None:
    assert compile_value(text, load_catalogue()["road"]).gives == gives


@pytest.mark.parametrize(
    ("cls", "text", "code", "at"),
    [
        ("road", "lanes + area()", "query.no_function", 9),
        ("camera", "length()", "query.no_function", 1),
        ("road", "load_extension('x')", "query.no_function", 1),
        ("road", "upper()", "query.arguments", 1),
        ("road", "1 + today(3)", "query.arguments", 5),
        ("road", "label(lanes)", "query.label", 1),
        ("road", "label('x')", "query.label", 1),
        ("road", "upper(name", "query.unfinished", None),
        ("road", "upper(name,)", "query.wrong", 12),
        ("road", "upper(name name)", "query.wrong", 12),
        ("road", "name ||", "query.unfinished", None),
        ("road", "abs(" * 90 + "1" + ")" * 90, "query.too_deep", None),
        ("road", "nothing", "query.no_field", 1),
    ],
)
def test_refusals(cls: str, text: str, code: str, at: int | None) -> None:
    with pytest.raises(Refusal) as caught:
        compile_value(text, load_catalogue()[cls])
    assert (caught.value.code, caught.value.arguments.get("at")) == (code, at)
    for language in ("zh", "en"):
        assert "{" not in caught.value.message(language) + caught.value.hint(language)


def test_functions_serve_filters_too(city: Session) -> None:
    condition = compile_filter("length() between 49 and 51 and substr(name, 1, 1) = '建'", city.catalogue["road"])
    assert len(city.ids("road", condition.sql, condition.parameters)) == 1


@given(st.text(max_size=40))
def test_nothing_typed_reaches_the_sql(text: str) -> None:
    road = load_catalogue()["road"]
    try:
        made = compile_value(f"concat(name, '{text.replace(chr(39), chr(39) * 2)}')", road)
    except Refusal:
        return
    assert made.parameters == (text,)
    assert made.sql == compile_value("concat(name, 'x')", road).sql


@given(st.text(alphabet="abcxyz()+-*/|,'\"0123456789 <>=._长度名称", max_size=60))
def test_garbage_is_compiled_or_refused(text: str) -> None:
    road = load_catalogue()["road"]
    try:
        made = compile_value(text, road)
    except Refusal as refusal:
        assert refusal.code.startswith("query.")  # noqa: PT017 - any other error would be the failure
        return
    assert made.sql.count("?") == len(made.parameters)


def test_every_function_is_explained_and_named_once() -> None:
    words = [word for f in FUNCTIONS for word in (f.name, *f.synonyms)]
    assert len(words) == len(set(words))
    assert all(f.zh and f.en and f.zh != f.en for f in FUNCTIONS)
    assert "length" not in {f.name for f in functions_for("point")}
