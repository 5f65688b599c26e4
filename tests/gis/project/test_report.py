"""The report as data: figures against hand counts, sums that agree, and what is said where something is missing."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from python_calamine import CalamineWorkbook

from gis.editing.intents import Load
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.project import Session
from gis.project.analysis import run_analysis
from gis.project.report import SECTIONS, ReportWish, compose_report
from gis.project.report_book import write_report_book
from gis.project.report_parts import Cards, Facts, Grid, MapPage, Points, Report, Words, said
from gis.project.report_scope import Scope
from gis.project.target_values import Assessed, assess
from gis.project.targets import target_set, target_sets
from tests.gis.sheets.city import SIDE, SOUTH, WEST, load, small_city

DATE = datetime.date(2026, 3, 5)
HALF = SIDE / 2


def table(session: Session, cls: str, **fields: list[object]) -> None:
    """Add rows of a class without geometry."""
    n = len(next(iter(fields.values())))
    columns = {
        name: np.array(values, np.int64 if name == "area" else float if isinstance(values[0], float) else object)
        for name, values in fields.items()
    }
    session.perform(Load(Columns(cls, np.zeros(n, np.int64), columns)))


def area_id(session: Session, code: str) -> int:
    return int(session.ids("area", '"code" = ?', (code,))[0])


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Session]:
    """Premises, cameras, statistics and plates whose rates are known: see the tests."""
    with small_city(tmp_path / "city.yantu", hotspots=8) as session:
        west = [shapely.Point(WEST + 100 + 10 * i, SOUTH + 100) for i in range(4)]  # in 320902
        east = [shapely.Point(WEST + HALF + 100 + 10 * i, SOUTH + 100) for i in range(4)]  # in 320903
        load(
            session, "premises", [*west, *east],
            code=[f"P{i}" for i in range(8)], kind=["home"] * 6 + ["community", "office"],
            state=["active", "passed", "covered", None, "connected", "none", "active", "passed"],
            households=[10.0, 20.0, 30.0, 40.0, 50.0, 50.0, 0.0, 0.0],
            access_rate_mbps=[100.0, 100.0, np.nan, np.nan, 100.0, np.nan, 1000.0, np.nan],
        )  # fmt: skip
        load(
            session, "camera", [*west, *east, shapely.Point(WEST - 500, SOUTH)],
            code=[f"C{i}" for i in range(9)], status=["in_service"] * 8 + ["planned"],
            networked=[1.0, 1.0, 0.0, np.nan, 1.0, 1.0, 1.0, 1.0, 1.0], site_kind=["campus"] * 4 + ["road"] * 5,
        )  # fmt: skip
        load(
            session, "cable", [shapely.LineString([(WEST + 10, SOUTH + 10), (WEST + 2010, SOUTH + 10)])],
            code=["L0"], level=["backbone"],
        )  # fmt: skip
        whole, west_id, east_id = (area_id(session, code) for code in ("320900", "320902", "320903"))
        table(
            session, "statistic", area=[whole, whole, west_id], period=["2024", "2025", "2025"],
            indicator=["internet_penetration"] * 3, value=[80.0, 96.5, 91.0], unit=["%"] * 3,
        )  # fmt: skip
        table(
            session, "plate_issuance", area=[west_id, east_id, west_id], period=["2025", "2025", "2024"],
            vehicle_class=["motor", "ebike", "motor"], registered=[100.0, 300.0, 100.0], issued=[80.0, 120.0, 10.0],
        )  # fmt: skip
        yield session


def assessed(session: Session, area: str | None = None) -> dict[str, Assessed]:
    with session.reading() as snapshot:
        return {one.indicator.id: one for one in assess(Scope(session, snapshot, area), target_set())}


def grid(report: Report, key: str) -> Grid:
    return next(one for one in report.grids() if one.key == key)


def test_fibre_is_told_with_an_interval_for_what_is_unknown(city: Session) -> None:
    one = assessed(city)["fibre_to_home"]
    assert one.whole is not None
    # passed or better: 10 + 20 + 50 of 200 households; 40 are unknown
    assert (one.whole.numerator, one.whole.denominator) == (80.0, 200.0)
    assert (one.whole.low, one.whole.high) == (40.0, 60.0)
    assert one.met is False
    assert [round(detail.figure.value, 1) for detail in one.details if detail.figure] == [55.0, 40.0, 30.0, 5.0]
    parts = [figure.value if figure else None for figure in one.parts]
    assert parts == [30.0, 50.0, None, None]  # 30 of 100 and 50 of 100


def test_a_rate_that_is_not_recorded_is_unknown_only_where_there_is_fibre(city: Session) -> None:
    one = assessed(city)["community_office_1g"]
    assert one.whole is not None
    assert (one.whole.low, one.whole.high, one.met) == (50.0, 100.0, None)


def test_cameras_that_do_not_say_are_told_apart_and_planned_ones_do_not_count(city: Session) -> None:
    one = assessed(city)["cameras_networked"]
    assert one.whole is not None
    assert (one.whole.numerator, one.whole.denominator) == (6.0, 8.0)
    assert one.whole.high == pytest.approx(87.5)
    campus = one.details[0].figure
    assert campus is not None
    assert (campus.low, campus.high) == (50.0, 75.0)


def test_statistics_take_the_newest_period_and_plates_the_sum_of_the_parts(city: Session) -> None:
    found = assessed(city)
    one = found["internet_penetration"]
    assert one.whole is not None
    assert (one.whole.value, one.as_of, one.met, round(one.gap or 0, 6)) == (96.5, "2025", True, 1.5)
    assert [figure.value if figure else None for figure in one.parts] == [91.0, None, None, None]
    plates = found["electronic_plates"]
    assert plates.whole is not None
    assert (plates.whole.numerator, plates.whole.denominator, plates.as_of) == (200.0, 400.0, "2025")


def test_what_cannot_be_told_says_what_to_do(city: Session) -> None:
    one = assessed(city)["mobile"]
    assert one.whole is None
    assert one.met is None
    assert one.missing is not None
    assert "分析" in one.missing.text("zh")
    assert "Analyse" in one.missing.text("en")


def test_coverage_is_the_newest_run_and_says_that_nothing_is_urban_otherwise(city: Session) -> None:
    run_analysis(city, "wifi")
    run = run_analysis(city, "wifi")
    one = assessed(city)["free_wifi"]
    assert one.whole is not None
    assert one.whole.value == pytest.approx(100 * run.summary["urban"]["area_share"])
    assert one.basis is not None
    assert one.basis.args["run"] == run.id
    local = assessed(city, "320902")["free_wifi"]
    assert local.whole is not None
    row = next(row for row in run.summary["areas"] if row["code"] == "320902")
    assert local.whole.value == pytest.approx(100 * row["area_share"])


def test_an_area_counts_its_own_only(city: Session) -> None:
    one = assessed(city, "320902")["cameras_networked"]
    assert one.whole is not None
    assert (one.whole.numerator, one.whole.denominator) == (2.0, 4.0)
    report = compose_report(city, ReportWish(area="320902", sections=("inventory",)), date=DATE)
    rows = {row[0]: row for row in grid(report, "inventory_state").rows}
    assert rows["监控点"][1] == 4.0
    assert rows["光缆"][1:3] == (1.0, pytest.approx(2.0))


def test_sums_by_area_agree_with_the_whole(city: Session) -> None:
    report = compose_report(city, ReportWish(sections=("inventory",)), date=DATE)
    by_area = grid(report, "inventory_areas")
    names = [column.label for column in by_area.columns]
    total = dict(zip(names, by_area.rows[-1], strict=True))
    state = {row[0]: row[1] for row in grid(report, "inventory_state").rows}
    for name in names[1:]:
        assert total[name] == state[name] == sum(row[names.index(name)] for row in by_area.rows[:-1])  # type: ignore[misc]
    outside = next(row for row in by_area.rows if row[0] == "区域以外")
    assert outside[names.index("监控点")] == 1.0


def test_tables_of_a_run_repeat_its_summary(city: Session) -> None:
    run = run_analysis(city, "wifi", thresholds=(-65.0, -85.0), grid_m=3000.0)
    report = compose_report(city, ReportWish(sections=("coverage", "tables")), language="en", date=DATE)
    rows = grid(report, f"run-{run.id}-areas").rows
    expected = {row["name"]: row["area_share"] for row in run.summary["areas"]}
    assert {row[0]: row[3] for row in rows} == expected
    assert len(grid(report, f"run-{run.id}-squares").rows) == len(run.summary["grid"]["west"])
    assert len(grid(report, f"run-{run.id}-gaps").rows) == len(run.summary["gaps"]["ranked"])
    [page] = [part for part in report.parts() if isinstance(part, MapPage)]
    assert page.run is not None
    assert page.run.id == run.id
    facts = next(part for part in report.parts() if isinstance(part, Facts))
    told = dict(facts.rows)
    assert told["Run"] == str(run.id)
    assert told["Threshold"] == "−75 dBm"
    assert len(told) > 25
    notes = next(part for part in report.parts() if isinstance(part, Points))
    assert any("P.1411" in text for text in notes.items)


def test_a_report_about_an_area_tells_only_its_share_of_a_wider_run(city: Session) -> None:
    run = run_analysis(city, "wifi", thresholds=(-65.0, -85.0), grid_m=3000.0)
    wish = ReportWish(area="320902", sections=("coverage", "tables"))
    report = compose_report(city, wish, date=DATE)
    [row] = [row for row in run.summary["areas"] if row["code"] == "320902"]
    assert grid(report, "runs").rows[0][3] == row["area_share"]
    assert [cells[0] for cells in grid(report, f"run-{run.id}-areas").rows] == ["亭湖区"]
    place = run.summary["areas"].index(row)
    cases = grid(report, f"run-{run.id}-cases").rows
    assert cases[0][1:3] == ("亭湖区", run.summary["thresholds"][0]["areas"]["area_share"][place])
    keys = {one.key for one in report.grids()}
    assert not keys & {f"run-{run.id}-{name}" for name in ("squares", "roads", "operators", "sharing")}
    gaps = [gap for gap in run.summary["gaps"]["ranked"] if gap["area"] == row["id"]]
    assert len(grid(report, f"run-{run.id}-gaps").rows) == len(gaps)
    [page] = [part for part in report.parts() if isinstance(part, MapPage)]
    assert page.place == "亭湖区"
    assert page.extent == (WEST, SOUTH, WEST + HALF, SOUTH + HALF)


def test_a_stale_run_and_one_without_its_raster_are_told(city: Session) -> None:
    run = run_analysis(city, "wifi")
    (city.attachments_folder() / run.files["coverage"]).unlink()
    load(city, "wifi_hotspot", [shapely.Point(WEST + 50, SOUTH + 50)], code=["new"], eirp_dbm=[20.0], free=[1.0])
    report = compose_report(city, ReportWish(sections=("coverage",)), date=DATE)
    advice = [part.text for part in report.parts() if isinstance(part, Words) and part.tone == "advice"]
    assert len(advice) == 2
    assert grid(report, "runs").rows[0][-1] == "已过期"
    assert not [part for part in report.parts() if isinstance(part, MapPage)]


def test_changes_are_told_since_a_day(city: Session) -> None:
    report = compose_report(city, ReportWish(since="2020-01-01", sections=("changes",)), date=DATE)
    assert len(grid(report, "changes").rows) == len(city.history(limit=1000))
    nothing = compose_report(city, ReportWish(since="2999-01-01", sections=("changes",)), date=DATE)
    assert not nothing.grids()
    assert "2999-01-01" in str(nothing.parts())


def test_quality_counts_issues_and_what_is_filled(city: Session) -> None:
    report = compose_report(city, ReportWish(sections=("quality",)), language="en", date=DATE)
    checks = grid(report, "checks")
    assert checks.rows[-1][3] == sum(row[3] for row in checks.rows[:-1])  # type: ignore[misc]
    filled = {(row[0], row[1]): row[2:5] for row in grid(report, "completeness").rows}
    assert filled["Camera", "Networked"] == (9.0, 8.0, 8 / 9)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_project_gives_a_report_that_says_what_is_missing(tmp_path: Path, language) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        report = compose_report(session, ReportWish(since="2020-01-01"), language=language, date=DATE)
    advice = [part.text for part in report.parts() if isinstance(part, Words) and part.tone == "advice"]
    assert len(advice) >= 4
    assert not [part for part in report.parts() if isinstance(part, Cards | MapPage)]
    assert [chapter.id for chapter in report.sections] == [name for name in SECTIONS if name != "tables"]
    assert report.title


def test_the_same_wish_gives_the_same_report(city: Session) -> None:
    wish = ReportWish()
    assert compose_report(city, wish, date=DATE) == compose_report(city, wish, date=DATE)


def test_refusals(city: Session, tmp_path: Path) -> None:
    for make, code in (
        (lambda: ReportWish(sections=("nonsense",)), "report.no_section"),
        (lambda: ReportWish(sections=("changes",)), "report.no_since"),
        (lambda: compose_report(city, ReportWish(area="999999")), "query.no_area"),
        (lambda: compose_report(city, ReportWish(runs=(77,))), "project.no_run"),
        (lambda: compose_report(city, ReportWish(since="yesterday")), "history.bad_date"),
        (lambda: target_set("nonsense"), "report.no_targets"),
    ):
        with pytest.raises(Refusal) as refused:
            make()
        assert refused.value.code == code
        assert refused.value.message("zh")
        assert refused.value.message("en")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        'label = {zh = "甲", en = "A"}\nsource = {zh = "乙", en = "B"}\n[[indicator]]\nid = "x"\nhow = "magic"\n'
    )
    with pytest.raises(Refusal) as refused:
        target_set(wrong)
    assert refused.value.code == "report.wrong_targets"
    assert "magic" in refused.value.message("zh")


def test_targets_of_the_policy_are_data_with_their_source() -> None:
    assert "yancheng-2015" in target_sets()
    targets = {one.id: (one.target, one.unit) for one in target_set().indicators}
    assert targets["fibre_to_home"] == (85.0, "%")
    assert targets["internet_penetration"] == (95.0, "%")
    assert targets["bandwidth_rural"] == (20.0, "Mbit/s")
    assert len(targets) == 13
    assert "2015" in target_set().source.zh


def test_a_workbook_has_every_row_of_every_table_and_no_formula(city: Session, tmp_path: Path) -> None:
    load(city, "camera", [shapely.Point(WEST + 1, SOUTH + 1)], code=["=1+1"], status=["in_service"])
    run_analysis(city, "wifi")
    report = compose_report(city, ReportWish(since="2020-01-01"), date=DATE)
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_report_book(first, report, DATE)
    write_report_book(second, report, DATE)
    assert first.read_bytes() == second.read_bytes()
    book = CalamineWorkbook.from_path(str(first))
    pieces = [part for part in report.parts() if isinstance(part, Grid | Facts)]
    assert len(book.sheet_names) == len(pieces) + 1
    for name, piece in zip(book.sheet_names[1:], pieces, strict=True):
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        assert rows[0][0] == piece.title
        body = rows[2 : 2 + len(piece.rows)]
        assert [row[0] for row in body] == ["" if row[0] is None else row[0] for row in piece.rows]


def test_columns_are_said_with_equally_many_decimals() -> None:
    assert said("share", [0.5, 1.0, None]) == ["50.0%", "100.0%", "–"]
    assert said("share", [0.001, 0.0]) == ["0.10%", "0.00%"]
    assert said("number", [1234.5, 2.0]) == ["1,234", "2"]
    assert said("number", [-12.34]) == ["−12.3"]
    assert said("fine", [1234.5]) == ["1,234.50"]
    assert said("text", [None, "甲"]) == ["", "甲"]
