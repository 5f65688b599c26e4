"""The workbook of a run: every figure of the summary at its place."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import python_calamine
import shapely

from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.exchange.coverage_book import write_coverage_book
from gis.geometry.columns import Columns
from gis.radio.analysis import Wish, analyse
from tests.gis.radio.cities import city, columns
from tests.gis.radio.test_counting import LAND, MASTS


@pytest.fixture(scope="module")
def summary(tmp_path_factory) -> dict:
    inputs = city(
        MASTS, cls="cell", areas=[{**LAND[0], "name": "=1+1"}], premises=[{"geom": shapely.Point(2000, 4100)}]
    )
    road = np.array([shapely.LineString([(0, 4000), (8000, 4000)]), None], object)[:-1]
    place = {"code": "S", "name": "学校", "kind": "school"}
    inputs = dataclasses.replace(
        inputs,
        roads=Columns("road", np.array([1]), {"road_class": np.array(["primary"], object)}, road),
        places=columns("premises", place, [{"geom": shapely.Point(2000, 4100)}]),
    )
    wish = Wish("cells", technology="LTE", model="hata", resolution_m=40.0, grid_m=2000.0)
    return analyse(inputs, wish, tmp_path_factory.mktemp("run") / "c.tif").summary()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sheet_for_every_question(tmp_path: Path, summary: dict, language) -> None:
    target = tmp_path / "book.xlsx"
    write_coverage_book(target, summary, "4G", ["注"], load_catalogue(), language)
    book = python_calamine.CalamineWorkbook.from_path(str(target))
    assert len(book.sheet_names) == 10
    sheets = [book.get_sheet_by_index(i).to_python() for i in range(10)]
    cases, areas, operators, roads, places = sheets[1], sheets[2], sheets[4], sheets[5], sheets[6]
    main = next(row for row in cases if str(row[0]).startswith("≥ −105"))
    assert main[2] == pytest.approx(64.0)
    assert main[4] == pytest.approx(summary["main"]["whole"]["area_share"])
    assert areas[1][1] == "=1+1"  # text, never a formula
    assert operators[1][0] == "0"
    assert {row[0] for row in operators} >= (
        {"移动", "电信"} if language == "zh" else {"China Mobile", "China Telecom"}
    )
    assert roads[1][:2] == [{"zh": "主干路", "en": "Primary road"}[language], pytest.approx(8.0)]
    assert places[1][2] == "学校"
    assert len(sheets[7]) == 1 + 16  # squares
    assert sheets[8][1][0] == 1.0
    assert sheets[9][1][2] == 60.0
    assert not list(tmp_path.glob(".*"))


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, summary: dict) -> None:
    with pytest.raises(Refusal) as refused:
        write_coverage_book(tmp_path / "none" / "book.xlsx", summary, "4G", [], load_catalogue())
    assert refused.value.code == "exchange.cannot_write"


def test_an_old_run_has_its_summary_alone(tmp_path: Path) -> None:
    write_coverage_book(tmp_path / "old.xlsx", {"resolution_m": 20.0}, "4G", [], load_catalogue())
    assert len(python_calamine.CalamineWorkbook.from_path(str(tmp_path / "old.xlsx")).sheet_names) == 1
