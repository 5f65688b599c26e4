"""Bulk changes: what each operation proposes, what it refuses, that undo restores, that nothing typed can hang it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box

from gis.catalogue import load_catalogue
from gis.editing import Create
from gis.errors import Cancelled, Refusal, say
from gis.progress import Progress
from gis.project import Session
from gis.project.bulk import Calculation, Scope, carry_out, propose, sample
from gis.project.bulk_numbers import ORDERS, Numbering, tokens_of
from gis.project.bulk_places import FromPlace
from gis.project.bulk_text import Replacement
from gis.query.patterns import pattern_of

X, Y = 500_000.0, 3_700_000.0


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Session]:
    with Session.create(tmp_path / "c.yantu", author="测试员") as session:
        areas = [
            ("320902", "county", box(X, Y, X + 1000, Y + 1000)),
            ("320902-1", "town", box(X, Y, X + 500, Y + 1000)),
        ]
        session.perform(Create("area", [
            {"code": code, "name": f"区{code}", "level": level, "geom": MultiPolygon([shape])}
            for code, level, shape in areas
        ]))  # fmt: skip
        session.perform(Create("road", [
            {"code": "R1", "name": "建军路", "lanes": 4, "geom": LineString([(X, Y + 100), (X + 1000, Y + 100)])},
            {"code": "R2", "name": "人民路", "lanes": 2, "geom": LineString([(X + 1000, Y + 500), (X, Y + 500)])},
        ]))  # fmt: skip
        session.perform(Create("camera", [
            {"code": f"V{i}", "name": f"{'东西'[i % 2]}门 {i} 号 门", "height_m": 3.0 + i, "azimuth": 10.0 * i,
             "geom": Point(X + 100 * ((i * 3) % 8), Y + (110 if i < 4 else 490))} for i in range(8)
        ]))  # fmt: skip
        session.perform(Create("building", [
            {"code": "B1", "height_m": 12.0, "floors": 4, "geom": box(X + 50, Y + 50, X + 450, Y + 200)},
            {"code": "B2", "height_m": 9.0, "floors": 0, "geom": box(X + 900, Y + 900, X + 950, Y + 950)},
        ]))  # fmt: skip
        yield session


def column(city: Session, cls: str, field: str) -> dict[str, Any]:
    rows = city.columns(cls, ["code", field], geometry=False)
    return dict(zip(rows.fields["code"].tolist(), rows.fields[field].tolist(), strict=True))


def whole(city: Session) -> list[Any]:
    return [city.row(cls.name, int(key)) for cls in city.catalogue for key in city.ids(cls.name)]


def without_stamps(rows: list[Any]) -> list[Any]:
    return [{k: v for k, v in row.items() if not k.startswith("updated_")} for row in rows]


# -- calculate ---------------------------------------------------------------------------------------------------------
def test_calculated_previewed_and_undone(city: Session) -> None:
    before = whole(city)
    scope, wish = Scope("camera", where="height_m >= 5"), Calculation((("height_m", "round(height_m * 1.5, 1)"),))
    made = propose(city, scope, wish)
    assert made.counts() == {"changed": 6, "same": 0, "refused": 0}
    assert [(row.old, row.new) for row in made.rows(100)][:1] == [(made.parts[0].old[0], made.parts[0].new[0])]
    assert whole(city) == before
    _, done = carry_out(city, scope, wish)
    assert done is not None
    assert done.seq is not None
    assert column(city, "camera", "height_m") == {f"V{i}": (3.0 + i) * (1.5 if i >= 2 else 1) for i in range(8)}
    entry = city.history(limit=1)[0]
    assert say(entry.label, "zh", **entry.label_args).startswith("计算")
    city.undo()
    assert without_stamps(whole(city)) == without_stamps(before)


def test_several_fields_see_the_values_before(city: Session) -> None:
    wish = Calculation((("height_m", "azimuth"), ("azimuth", "height_m")))
    carry_out(city, Scope("camera", where="code = 'V3'"), wish)
    row = city.row("camera", int(city.ids("camera", "code = 'V3'")[0]))
    assert row is not None
    assert (row["height_m"], row["azimuth"]) == (30.0, 6.0)


def test_division_by_zero_is_null(city: Session) -> None:
    made, _ = carry_out(city, Scope("building"), Calculation((("height_m", "height_m / floors"),)))
    assert made.changed == 2
    after = column(city, "building", "height_m")
    assert after["B1"] == 3.0
    assert after["B2"] != after["B2"]


@pytest.mark.parametrize(
    ("cls", "field", "expression", "code"),
    [
        ("camera", "height_m", "'三米'", "edit.not_a_number"),
        ("camera", "azimuth", "1000", "edit.out_of_range"),
        ("camera", "height_m", "1e308 * 100", "edit.not_a_number"),
        ("building", "floors", "1.5", "edit.not_whole"),
        ("road", "road_class", "'天路'", "edit.not_in_list"),
        ("road", "road_class", "null", "edit.required"),
        ("camera", "code", "'V'", "edit.duplicate"),
        ("camera", "installed_on", "'昨天'", "edit.not_a_date"),
        ("camera", "uplink_cable", "'没有'", "edit.no_such_target"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    city: Session, cls: str, field: str, expression: str, code: str
) -> None:
    before = whole(city)
    wish = Calculation(((field, expression),))
    made = propose(city, Scope(cls), wish)
    assert made.refused >= 1
    assert made.rows(1)[0].reason.code in (code, "edit.not_a_key")
    with pytest.raises(Refusal) as caught:
        carry_out(city, Scope(cls), wish)
    assert caught.value.code == "bulk.some_refused"
    assert whole(city) == before


def test_only_those_that_fit(city: Session) -> None:
    made, _ = carry_out(city, Scope("camera"), Calculation((("azimuth", "azimuth * 6"),)), only_fitting=True)
    assert (made.changed, made.refused, made.same) == (6, 1, 1)
    assert column(city, "camera", "azimuth")["V7"] == 70.0
    assert column(city, "camera", "azimuth")["V5"] == 300.0


def test_labels_of_code_lists_are_understood(city: Session) -> None:
    carry_out(city, Scope("road"), Calculation((("road_class", "if(lanes > 2, '主干路', 'Tertiary road')"),)))
    assert column(city, "road", "road_class") == {"R1": "primary", "R2": "tertiary"}


def test_nothing_to_do(city: Session) -> None:
    made, done = carry_out(city, Scope("camera", where="code = '?'"), Calculation((("name", "'x'"),)))
    assert (len(made.ids), done, made.rows(5)) == (0, None, [])
    made, done = carry_out(city, Scope("road"), Calculation((("lanes", "lanes"),)))
    assert (made.same, done) == (2, None)
    assert propose(city, Scope("camera", ids=[1, 2]), Calculation((("name", "'x'"),))).counts()["changed"] == 0


def test_codes_are_swapped_in_one_step(city: Session) -> None:
    wish = Calculation((("code", "if(code = 'V0', 'V1', 'V0')"),))
    before = column(city, "camera", "name")
    carry_out(city, Scope("camera", where="code in ('V0', 'V1')"), wish)
    after = column(city, "camera", "name")
    assert (after["V0"], after["V1"]) == (before["V1"], before["V0"])


def test_a_refused_row_keeps_its_code_and_none_may_take_it(city: Session) -> None:
    # V0 -> V1, V1 -> too long and so refused: V0 may not become V1 then, and neither may V2 become V0
    wish = Calculation((("code", "if(code = 'V0', 'V1', if(code = 'V1', concat(" + ", ".join(["'0123456789'"] * 11)
                         + "), 'V0'))"),))  # fmt: skip
    scope = Scope("camera", where="code in ('V0', 'V1', 'V2')")
    made = propose(city, scope, wish)
    assert made.counts() == {"changed": 0, "same": 0, "refused": 3}
    assert {row.reason.code for row in made.rows(9)} == {"edit.too_long", "edit.taken"}
    assert carry_out(city, scope, wish, only_fitting=True)[1] is None


def test_stamps_and_unknown_fields_are_refused(city: Session) -> None:
    for field in ("id", "updated_at", "nothing"):
        with pytest.raises(Refusal):
            propose(city, Scope("camera"), Calculation(((field, "1"),)))


def test_an_expression_that_would_grow_is_cut(city: Session) -> None:
    grown = "name"
    for _ in range(12):
        grown = f"replace({grown}, '门', '{'门' * 50}')"
    started = time.monotonic()
    made = propose(city, Scope("camera"), Calculation((("name", grown),)))
    assert time.monotonic() - started < 20
    assert made.refused == 8
    assert made.rows(1)[0].reason.code == "edit.too_long"


@pytest.mark.parametrize("text", ["1; drop table camera", "name'); delete from camera; --", "(select 1)", "load('x')"])
def test_hostile_expressions(city: Session, text: str) -> None:
    with pytest.raises(Refusal):
        propose(city, Scope("camera"), Calculation((("name", text),)))
    assert city.count("camera") == 8


def test_a_sample_for_the_editor(city: Session) -> None:
    gives, rows = sample(city, Scope("road"), "lanes * 2", 1)
    assert gives == "number"
    assert [value for _, value in rows] in ([8], [4])


def test_cancelled_work_changes_nothing(city: Session) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        carry_out(city, Scope("camera"), Calculation((("name", "'x'"),)), progress=progress)
    assert "x" not in column(city, "camera", "name").values()


# -- find and replace --------------------------------------------------------------------------------------------------
def test_texts_are_replaced(city: Session) -> None:
    carry_out(city, Scope("camera"), Replacement("门", "口", ("name",)))
    assert column(city, "camera", "name")["V1"] == "西口 1 号 口"
    city.undo()
    carry_out(city, Scope("camera"), Replacement("门", "口", ("name",), first=True))
    assert column(city, "camera", "name")["V1"] == "西口 1 号 门"
    carry_out(city, Scope("camera"), Replacement(r"(\d+) 号.*", r"\1#", ("name",), regular=True))
    assert column(city, "camera", "name")["V1"] == "西口 1#"
    made = propose(city, Scope("road"), Replacement("建军路", "解放路", whole=True))
    assert made.changed == 1
    assert propose(city, Scope("road"), Replacement("建军", "解放", whole=True)).changed == 0
    assert propose(city, Scope("camera"), Replacement("v1", "x", ("code",))).changed == 0
    assert propose(city, Scope("camera"), Replacement("v1", "x", ("code",), match_case=False)).changed == 1
    assert propose(city, Scope("camera"), Replacement(".", "x", ("code",))).changed == 0


@pytest.mark.parametrize(
    ("find", "put", "code"),
    [
        ("", "x", "bulk.nothing_to_find"),
        ("(a+)+$", "x", "bulk.pattern_nested"),
        ("(.*)*x", "x", "bulk.pattern_nested"),
        ("(a|ab)+x", "x", "bulk.pattern_nested"),
        ("(?:){100000000}", "x", "bulk.pattern_nested"),
        ("[", "x", "bulk.pattern_wrong"),
        ("a", r"\7", "bulk.pattern_wrong"),
        ("a" * 300, "x", "bulk.pattern_long"),
    ],
)
def test_patterns_that_are_refused(city: Session, find: str, put: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        propose(city, Scope("camera"), Replacement(find, put, ("name",), regular=True))
    assert caught.value.code == code
    assert caught.value.message("zh") != caught.value.message("en")
    assert caught.value.hint("zh")


@pytest.mark.filterwarnings("ignore::FutureWarning")
@given(st.text(alphabet="ab.*+?(){}|[]\\2,^$", max_size=14), st.integers(0, 60))
def test_no_pattern_hangs(pattern: str, length: int) -> None:
    started = time.process_time()
    try:
        pattern_of(pattern, regular=True).replaced("a" * length + "!", "x")
    except Refusal as refusal:
        assert refusal.code.startswith("bulk.")  # noqa: PT017
    assert time.process_time() - started < 5


def test_only_text_fields(city: Session) -> None:
    with pytest.raises(Refusal, match=r"bulk\.not_a_text"):
        propose(city, Scope("camera"), Replacement("1", "2", ("height_m",)))


# -- from the place ----------------------------------------------------------------------------------------------------
def test_the_area_around(city: Session) -> None:
    carry_out(city, Scope("camera"), FromPlace("remark", level="county"))
    assert set(column(city, "camera", "remark").values()) == {"320902"}
    carry_out(city, Scope("camera"), FromPlace("remark", level="town", take="name"))
    towns = column(city, "camera", "remark")
    assert (towns["V0"], towns["V2"]) == ("区320902-1", None)
    carry_out(city, Scope("camera"), FromPlace("remark"))
    assert column(city, "camera", "remark")["V0"] == "320902-1"
    with pytest.raises(Refusal, match=r"bulk\.no_level"):
        propose(city, Scope("camera"), FromPlace("remark", level="galaxy"))


def test_the_nearest_feature(city: Session) -> None:
    carry_out(city, Scope("camera"), FromPlace("remark", "nearest", "road", "name", within=20))
    assert column(city, "camera", "remark") == {f"V{i}": "建军路" if i < 4 else "人民路" for i in range(8)}
    assert propose(city, Scope("camera"), FromPlace("remark", "nearest", "road", "name", within=5)).changed == 8
    for within in (0, -1, float("nan"), 1e9):
        with pytest.raises(Refusal, match=r"bulk\.not_a_distance"):
            propose(city, Scope("camera"), FromPlace("remark", "nearest", "road", "name", within=within))


def test_a_reference_takes_the_feature_itself(city: Session) -> None:
    city.perform(Create("plate_reader", [{"code": "P1", "geom": Point(X + 10, Y + 105)}]))
    carry_out(city, Scope("plate_reader"), FromPlace("road", "nearest", "road", within=50))
    row = city.row("plate_reader", int(city.ids("plate_reader")[0]))
    assert row is not None
    assert row["road"] == city.ids("road", "code = 'R1'")[0]


def test_what_lies_inside(city: Session) -> None:
    carry_out(city, Scope("building"), FromPlace("floors", "count", "camera"))
    inside = sum(1 for i in range(4) if 50 <= 100 * ((i * 3) % 8) <= 450)
    assert column(city, "building", "floors") == {"B1": inside, "B2": 0}
    carry_out(city, Scope("building"), FromPlace("height_m", "sum", "camera", "height_m"))
    total = sum(3.0 + i for i in range(4) if 50 <= 100 * ((i * 3) % 8) <= 450)
    assert column(city, "building", "height_m")["B1"] == total
    with pytest.raises(Refusal, match=r"bulk\.not_polygons"):
        propose(city, Scope("camera"), FromPlace("remark", "count", "road"))
    with pytest.raises(Refusal, match=r"bulk\.not_a_number"):
        propose(city, Scope("building"), FromPlace("height_m", "sum", "camera", "name"))
    with pytest.raises(Refusal, match=r"bulk\.no_place"):
        propose(city, Scope("statistic"), FromPlace("area"))


# -- renumber ----------------------------------------------------------------------------------------------------------
def test_numbers_along_roads(city: Session) -> None:
    wish = Numbering("{road}(西)P{n:003}", order="along")
    before = city.columns("camera", ["code"])
    carry_out(city, Scope("camera"), wish)
    after = city.columns("camera", ["code"])
    xs = {code: shape.x for code, shape in zip(after.fields["code"], after.geometry, strict=True)}
    assert set(xs) == {f"{road}(西)P{n:03}" for road in ("建军路", "人民路") for n in (1, 2, 3, 4)}
    first = [xs[f"建军路(西)P{n:03}"] for n in (1, 2, 3, 4)]
    assert first == sorted(first)
    second = [xs[f"人民路(西)P{n:03}"] for n in (1, 2, 3, 4)]
    assert second == sorted(second, reverse=True)  # this road runs west
    city.undo()
    assert city.columns("camera", ["code"]).fields["code"].tolist() == before.fields["code"].tolist()


def test_codes_move_up_by_one(city: Session) -> None:
    before = column(city, "camera", "name")
    made, _ = carry_out(city, Scope("camera"), Numbering("V{n}", start=1))
    assert made.changed == 8
    assert column(city, "camera", "name") == {f"V{i + 1}": before[f"V{i}"] for i in range(8)}


def test_clashes_with_the_rest_of_the_class(city: Session) -> None:
    scope, wish = Scope("camera", where="height_m < 5"), Numbering("V{n}", start=2)
    made = propose(city, scope, wish)
    assert (made.refused, made.rows(1)[0].reason.code) == (2, "edit.taken")
    free = Numbering("V{n}", start=2, skip_taken=True)
    carry_out(city, scope, free)
    assert sorted(column(city, "camera", "name")) == [f"V{i}" for i in range(2, 10)]
    made = propose(city, scope, Numbering("同号"))
    assert (made.changed, made.refused) == (1, 1)


def test_tokens(city: Session) -> None:
    import datetime as dt

    carry_out(city, Scope("road"), Numbering("{{{area:county}}}-{road_class}-{year}-{n:02}", "remark", start=5, step=5))
    year = dt.date.today().year
    assert column(city, "road", "remark") == {"R1": f"{{320902}}-支路-{year}-05", "R2": f"{{320902}}-支路-{year}-10"}
    made = propose(city, Scope("camera"), Numbering("{area:community}{n}"))
    assert {row.reason.code for row in made.rows(9)} == {"bulk.token_empty"}


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_numbers_each_once(city: Session, order: Any) -> None:
    made = propose(city, Scope("camera"), Numbering("N{n}", order=order, by="height_m", each=False))
    assert sorted(row.new for row in made.rows(99)) == sorted(f"N{n}" for n in range(1, 9))
    assert len(propose(city, Scope("camera", where="id = 0"), Numbering("N{n}", order=order, by="name")).ids) == 0


def test_from_each_to_the_nearest(city: Session) -> None:
    scope = Scope("camera", where="height_m < 7")
    carry_out(city, scope, Numbering("N{n}", order="nearest"))
    rows = city.columns("camera", ["code"], where="height_m < 7")
    xs = dict(zip(rows.fields["code"].tolist(), (shape.x for shape in rows.geometry), strict=True))
    assert [xs[f"N{n}"] for n in range(1, 5)] == sorted(xs.values())


@pytest.mark.parametrize("step", [-1, -3])
def test_numbers_never_fall_below_zero(city: Session, step: int) -> None:
    made = propose(city, Scope("camera"), Numbering("N{n}", start=2, step=step))
    assert made.refused == 8 - (3 if step == -1 else 1)
    with pytest.raises(Refusal, match=r"bulk\.bad_step"):
        propose(city, Scope("camera"), Numbering("N{n}", step=0))


@pytest.mark.parametrize(
    ("template", "code", "at"),
    [("", "bulk.template_empty", None), ("a{n", "bulk.template_brace", 2), ("n}", "bulk.template_brace", 2),
     ("{n:x}", "bulk.template_width", 1), ("{n:99}", "bulk.template_width", 1),
     ("P{nothing}", "bulk.template_token", 2),
     ("{}", "bulk.template_token", 1), ("{name.__class__}", "bulk.template_token", 1),
     ("x" * 101, "bulk.template_long", None)],
)  # fmt: skip
def test_wrong_templates(template: str, code: str, at: int | None) -> None:
    with pytest.raises(Refusal) as caught:
        tokens_of(template, load_catalogue()["camera"])
    assert (caught.value.code, caught.value.arguments.get("at")) == (code, at)
    assert caught.value.message("zh")
    assert caught.value.hint("en")


@given(st.text(alphabet="{}n:03arename道路年JK %", max_size=30))
def test_any_template_is_read_or_refused(template: str) -> None:
    try:
        tokens = tokens_of(template, load_catalogue()["camera"])
    except Refusal as refusal:
        assert refusal.code.startswith("bulk.template")  # noqa: PT017
        return
    if all(token.kind == "text" for token in tokens):
        assert "".join(token.name for token in tokens) == template.replace("{{", "{").replace("}}", "}")


def test_tables_have_no_places(city: Session) -> None:
    with pytest.raises(Refusal, match=r"bulk\.no_place"):
        propose(city, Scope("statistic"), Numbering("{area}{n}", "remark", order="west_east"))
