"""Cells of a list that names no sites get one a place and operator, made in the same step and never twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from gis.project import Session
from gis.project.import_report import COUNTS, report_of
from gis.project.importing import Applied, Choices, ImportPlan, apply_plan, read_parts, stage_parts
from tests.gis.project.contents import contents

HEAD = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
#: Two sectors at one spot and one 20 m beside it, another operator there, one 300 m away, one of a radio that cells do
#: not have, one far outside.
GERMAN = (
    HEAD
    + """GSM,262,2,852,1,0,10.9486,50.1703,1000,9,1,1294561074,1662692508,0
GSM,262,2,852,2,0,10.9486,50.1703,1000,9,1,1294561074,1662692508,0
LTE,262,2,852,3,0,10.94888,50.1703,1000,9,1,1294561074,1662692508,0
LTE,262,1,852,4,0,10.9486,50.1703,1000,9,1,1294561074,1662692508,0
LTE,262,2,852,5,0,10.9528,50.1703,1000,9,1,1294561074,1662692508,0
CDMA,262,2,852,6,0,10.9700,50.1703,1000,9,1,1294561074,1662692508,0
LTE,310,410,852,7,0,-80.1,30.1,1000,9,1,1294561074,1662692508,0
"""
)


@pytest.fixture
def german(tmp_path: Path) -> Session:
    return Session.create(tmp_path / "de.yantu", crs="EPSG:25832")


def brought(session: Session, file: Path, choices: Choices | None = None) -> tuple[ImportPlan, Applied]:
    plan = stage_parts(session, read_parts(session, file, "cell", choices))
    return plan, apply_plan(session, plan)


def sites(session: Session) -> dict[str, str]:
    """Code of a cell -> code of its site."""
    stations = session.columns("base_station", ["code"])
    named = dict(zip(stations.ids.tolist(), stations.fields["code"].tolist(), strict=True))
    cells = session.columns("cell", ["code", "site"])
    return {c: named[s] for c, s in zip(cells.fields["code"].tolist(), cells.fields["site"].tolist(), strict=True)}


def test_one_station_for_each_place_of_an_operator_in_one_step(german: Session, tmp_path: Path) -> None:
    file = tmp_path / "ocid.csv"
    file.write_text(GERMAN)
    before = contents(german.path)
    plan, applied = brought(german, file)
    assert [plan.counts()[name] for name in COUNTS] == [7, 5, 0, 0, 0, 2]
    assert (applied.new, applied.left, applied.made) == (5, 2, {"base_station": 3})
    assert sites(german) == {
        "GSM-262-2-852-1": "GSM-262-2-852-1", "GSM-262-2-852-2": "GSM-262-2-852-1",
        "LTE-262-2-852-3": "GSM-262-2-852-1", "LTE-262-1-852-4": "LTE-262-1-852-4",
        "LTE-262-2-852-5": "LTE-262-2-852-5",
    }  # fmt: skip
    told = report_of(plan, applied)
    assert (told["made"], told["class"]) == ({"base_station": 3}, "cell")
    assert told["evidence"]["sites"]["value"] == "3"  # none for the CDMA row
    assert report_of(plan)["made"] == {"base_station": 3}
    german.undo()
    assert contents(german.path) == before


def test_again_nothing_and_later_cells_find_the_stations(german: Session, tmp_path: Path) -> None:
    file = tmp_path / "ocid.csv"
    file.write_text(GERMAN)
    brought(german, file)
    plan, applied = brought(german, file)
    assert (applied.seq, applied.made, plan.counts()["same"]) == (None, {}, 5)
    file.write_text(HEAD + "NR,262,2,9,9,0,10.94870,50.1703,1000,9,1,1294561074,1662692508,0\n")
    _, applied = brought(german, file)
    assert (applied.new, applied.made) == (1, {})
    assert sites(german)["NR-262-2-9-9"] == "GSM-262-2-852-1"


def test_without_sites_cells_are_refused_as_before(german: Session, tmp_path: Path) -> None:
    file = tmp_path / "ocid.csv"
    file.write_text(GERMAN)
    plan = stage_parts(german, read_parts(german, file, "cell", Choices(sites=False)))
    assert (plan.counts()["rejected"], plan.made) == (7, frozenset())


def test_networks_elsewhere_are_told_only_in_china(tmp_path: Path) -> None:
    file = tmp_path / "ocid.csv"
    file.write_text(HEAD + "LTE,460,0,1,2,0,120.1,33.3,9,9,1,,,\nLTE,262,1,1,9,0,120.1,33.3,9,9,1,,,\n")
    china = Session.create(tmp_path / "cn.yantu")
    plan, applied = brought(china, file)
    assert [(r.line, r.why.code) for r in plan.rejects] == [(3, "import.foreign_network")]
    assert (applied.new, applied.made) == (1, {"base_station": 1})
    assert china.columns("base_station", ["owner"]).fields["owner"].tolist() == ["mobile"]
