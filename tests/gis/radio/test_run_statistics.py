"""Runs of a real project file: roads and listed places are read, gaps and the workbook go out."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import python_calamine
import shapely

from gis.editing.intents import Create
from gis.errors import Refusal
from gis.project import Session
from gis.project.analysis import export_run_book, export_run_geopackage, run_analysis, run_gaps
from tests.gis.radio.test_runs import X, Y, session

__all__ = ["session"]


def test_roads_and_places_of_the_project_are_counted(session: Session) -> None:
    road = shapely.LineString([(X, Y + 1000), (X + 4000, Y + 1000)])
    session.perform(Create("road", [{"road_class": "primary", "geom": road}]))
    places = [
        {"kind": "school", "name": "一小", "code": "S1", "geom": shapely.Point(X + 1000, Y + 1010)},
        {"kind": "hospital", "name": "一院", "code": "H1", "geom": shapely.Point(X + 3900, Y + 1900)},
        {"kind": "school", "name": "他处", "code": "S9", "geom": shapely.Point(X + 9000, Y)},
    ]
    session.perform(Create("premises", places))
    run = run_analysis(session, "wifi")
    (row,) = run.summary["roads"]
    assert row["road_class"] == "primary"
    assert row["length_m"] == pytest.approx(4000.0)
    assert 0.0 < row["covered_m"] < 1000.0
    assert [(place["code"], place["covered"]) for place in run.summary["places"]["listed"]] == [
        ("H1", False),
        ("S1", True),
    ]
    assert run.summary["places"]["listed"][1]["server"] == int(session.columns("wifi_hotspot", []).ids[0])
    assert run.summary["operators"] is None


def test_gaps_of_a_run_go_out_with_its_areas(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "wifi")
    gaps = run_gaps(session, run)
    assert gaps is not None
    ranked = run.summary["gaps"]["ranked"]
    assert gaps["people"].tolist() == [gap["people"] for gap in ranked]
    assert gaps["area_name"].tolist() == ["盐都区", "亭湖区"]  # 100 people against none: both homes of 亭湖 are near
    out = export_run_geopackage(session, run, tmp_path / "run.gpkg")
    assert pyogrio.list_layers(out)[:, 0].tolist() == ["areas", "coverage", "gaps"]
    assert np.allclose(pyogrio.read_dataframe(out, layer="gaps").geometry.area, gaps["area_m2"])


def test_the_workbook_of_a_run(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "cells", technology="LTE")
    book = export_run_book(session, run, tmp_path / "run.xlsx", language="zh")
    assert "按运营商" in python_calamine.CalamineWorkbook.from_path(str(book)).sheet_names
    with pytest.raises(Refusal) as refused:
        export_run_book(session, run, session.path)
    assert refused.value.code == "exchange.cannot_write"
