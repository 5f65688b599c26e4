"""Runs of a real project file: roads and listed places are read, gaps and the workbook go out."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import python_calamine
import shapely

from gis.coverage.raster import read_levels
from gis.editing.intents import Create
from gis.errors import Refusal
from gis.project import Session
from gis.project.analysis import (
    export_run_book,
    export_run_geopackage,
    run_analysis,
    run_file,
    run_gaps,
    run_layers,
    run_look,
    run_notes,
)
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


def test_zones_of_handover_and_pollution_are_layers_and_figures(session: Session) -> None:
    """The share of ground is that of the raster's pixels, people are those at home there, the workbook has both."""
    site = int(session.columns("base_station", []).ids[0])
    cells = [
        {"code": f"Z{n}", "site": site, "technology": "LTE", "owner": "mobile", "frequency_mhz": 1800.0,
         "azimuth": turn, "h_beamwidth": 65.0, "antenna_height_m": 30.0, "geom": shapely.Point(X + dx, Y + 1000)}
        for n, (dx, turn) in enumerate(((500, 90), (3500, 270), (500, 0), (500, 180), (3500, 0), (3500, 180)))
    ]  # fmt: skip
    session.perform(Create("cell", cells))
    wide = {"handover_db": 6.0, "pollution_servers": 2, "pollution_db": 6.0}
    choices = {"technology": "LTE", "owner": "mobile", "resolution_m": 20.0, "layers": ("handover", "pollution")}
    run = run_analysis(session, "cells", **choices, **wide)
    assert run_layers(run) == ("coverage", "handover", "pollution")
    zones = {case["kind"]: case for case in run.summary["zones"]}
    assert (zones["handover"]["value"], zones["pollution"]["value"]) == (6.0, 2.0)
    margin, pilots = (read_levels(run_file(session, run, name)) for name in ("handover", "pollution"))
    found = np.count_nonzero(margin >= 0.0) * 400.0
    assert found > 0.0
    assert zones["handover"]["whole"]["covered_m2"] == pytest.approx(found, rel=0.02)
    assert zones["pollution"]["whole"]["covered_m2"] == pytest.approx(np.count_nonzero(pilots >= 2) * 400.0, rel=0.02)
    assert set(np.unique(pilots)) <= {-9999.0, 0.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    narrow = run_analysis(session, "cells", **choices, handover_db=1.0)
    less = {case["kind"]: case["whole"]["area_share"] for case in narrow.summary["zones"]}
    assert less["handover"] < zones["handover"]["whole"]["area_share"]
    assert less["pollution"] < zones["pollution"]["whole"]["area_share"]  # four within 5 dB are fewer than two in 6
    told = "\n".join(run_notes(run, "en"))
    assert "at most 6 dB below the best cell" in told
    assert "2 or more cells" in told
    assert run_look(run, "pollution").classes[-2].minimum == 2.0
    plain = run_analysis(session, "cells", technology="LTE")
    assert plain.summary["zones"] == []


@pytest.mark.parametrize(
    ("name", "value"), [("handover_db", -1.0), ("pollution_servers", 1), ("pollution_db", float("nan"))]
)
def test_senseless_figures_of_zones_are_refused(session: Session, name: str, value: float) -> None:
    with pytest.raises(Refusal) as refused:
        run_analysis(session, "cells", technology="LTE", layers=("handover",), **{name: value})
    assert refused.value.code == "radio.bad_choice"


def test_hotspots_have_no_handover(session: Session) -> None:
    run = run_analysis(session, "wifi", layers=("handover", "pollution"))
    assert run_layers(run) == ("coverage",)
    assert run.summary["zones"] == []


def test_an_unknown_land_cover_scheme_is_refused_before_anything_is_read(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        run_analysis(session, "cells", technology="LTE", land_cover="/nowhere.tif", land_cover_scheme="corine")
    assert refused.value.code == "radio.no_cover_scheme"
    assert "globeland30" in refused.value.hint("en")


def test_any_technology_is_predicted_where_only_some_are_calibrated(session: Session) -> None:
    """LTE by its calibration, NR by its usual model, told in a note; with no calibration at all it is refused."""
    site = int(session.columns("base_station", []).ids[0])
    place = shapely.Point(X + 1000, Y + 1000)
    five = {"code": "N", "site": site, "technology": "NR", "owner": "mobile", "frequency_mhz": 3500.0, "geom": place}
    session.perform(Create("cell", [five]))
    choices = {"model": "tuned", "resolution_m": 50.0}
    with pytest.raises(Refusal) as refused:
        run_analysis(session, "cells", **choices)
    assert refused.value.code == "radio.no_tuning"
    session.put_document("tuning", "LTE", {
        "tuning": {"intercept_db": 130.0, "slope_db": 35.0, "sigma_db": 7.0, "offsets_db": {}},
        "sources": [], "made_at": "", "figures": {},
    })  # fmt: skip
    run = run_analysis(session, "cells", **choices)
    told = "\n".join(run_notes(run, "zh"))
    assert "5G NR 尚未按路测校准，改用3GPP" in told
    assert "按路测校准" in told
    assert "稳健最小二乘" in told
    assert "robust least squares" not in told
    assert not run.summary["band"]["calibrated"]
    alone = run_analysis(session, "cells", technology="LTE", **choices)
    assert alone.summary["band"]["calibrated"]
    assert "尚未按路测校准" not in "\n".join(run_notes(alone, "zh"))
