"""Runs of a real project file: recorded, repeatable, stale when their inputs change, and gone when cancelled."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from gis.coverage.raster import read_levels
from gis.editing.intents import Create, Update
from gis.errors import Cancelled, Refusal
from gis.progress import Progress
from gis.project import Session
from gis.project.analysis import (
    export_run_geopackage,
    export_run_geotiff,
    run_analysis,
    run_areas,
    run_classes,
    run_file,
    run_notes,
    run_title,
)

X, Y = 500_000.0, 3_690_000.0


def square(x: float, y: float, side: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(X + x, Y + y, X + x + side, Y + y + side)])


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Two districts of 4 km², a hotspot and a three-sector mast in the first, two homes."""
    with Session.create(tmp_path / "city.sqlite") as made:
        made.perform(
            Create(
                "area",
                [
                    {"code": "320902", "name": "亭湖区", "level": "county", "urban": True, "population": 900,
                     "geom": square(0, 0, 2000)},
                    {"code": "320903", "name": "盐都区", "level": "county", "urban": False, "population": 100,
                     "geom": square(2000, 0, 2000)},
                ],
            )
        )  # fmt: skip
        homes = [shapely.Point(X + 1000, Y + 1100), shapely.Point(X + 3000, Y + 1000)]
        made.perform(Create("premises", [{"kind": "home", "households": 2, "geom": home} for home in homes]))
        middle = shapely.Point(X + 1000, Y + 1000)
        made.perform(Create("wifi_hotspot", [{"code": "W1", "free": True, "geom": middle}]))
        site = made.perform(Create("base_station", [{"code": "B1", "geom": middle}])).created["base_station"][0]
        made.perform(
            Create(
                "cell",
                [
                    {"code": f"C{azimuth}", "site": site, "technology": "LTE", "owner": "mobile",
                     "frequency_mhz": 1800.0, "azimuth": float(azimuth), "geom": middle}
                    for azimuth in (0, 120, 240)
                ],
            )
        )  # fmt: skip
        yield made


def left_over(session: Session) -> list[Path]:
    return [path for path in session.attachments_folder().rglob("*") if path.is_file()]


def test_a_run_is_recorded_with_all_it_rests_on(session: Session) -> None:
    run = run_analysis(session, "wifi")
    assert run.id is not None
    kept = session.run(run.id)
    assert kept == run
    assert kept.input_version == session.version
    assert kept.params["threshold_dbm"] is None
    assert kept.summary["threshold_dbm"] == -75.0
    assert kept.summary["headline"]["population_share"] == pytest.approx(0.9)
    assert kept.summary["urban"]["population_share"] == 1.0
    assert [row["code"] for row in kept.summary["areas"]] == ["320902", "320903"]
    assert json.loads(run_file(session, run, "areas").read_text("utf-8")) == run.summary
    with rasterio.open(run_file(session, run)) as file:
        assert file.crs.to_epsg() == session.srid
    assert not session.is_stale(run)


def test_a_run_is_stale_once_its_inputs_change_and_only_then(session: Session) -> None:
    wifi, cells = run_analysis(session, "wifi"), run_analysis(session, "cells")
    hotspot = session.ids("wifi_hotspot")
    session.perform(Update("wifi_hotspot", hotspot.tolist(), {"eirp_dbm": 10.0}))
    assert session.is_stale(wifi)
    assert not session.is_stale(cells)
    weaker = run_analysis(session, "wifi")
    assert weaker.summary["headline"]["covered_m2"] < wifi.summary["headline"]["covered_m2"]
    assert not session.is_stale(weaker)


def test_equal_inputs_give_equal_arrays(session: Session) -> None:
    first, again = (run_analysis(session, "cells", technology="LTE", resolution_m=20.0) for _ in range(2))
    assert first.summary == again.summary
    assert np.array_equal(read_levels(run_file(session, first)), read_levels(run_file(session, again)))
    assert first.files != again.files


class CancelAtWork(Progress):
    """Cancels as soon as a step of that name begins."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label

    def step(self, done: float, total: float = 0.0, label: str = "") -> None:
        if label == self._label:
            self.cancel()
        super().step(done, total, label)


@pytest.mark.parametrize("when", ["coverage.reading", "coverage.predicting", "coverage.writing", "coverage.summing"])
def test_a_cancelled_run_leaves_nothing_behind(session: Session, when: str) -> None:
    with pytest.raises(Cancelled):
        run_analysis(session, "wifi", progress=CancelAtWork(when))
    assert session.runs() == []
    assert left_over(session) == []


def test_a_run_that_cannot_be_recorded_leaves_nothing_behind(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Session, _run: Any) -> int:
        raise Refusal("storage.full", file="x")

    monkeypatch.setattr(Session, "save_run", full)
    with pytest.raises(Refusal):
        run_analysis(session, "wifi")
    assert left_over(session) == []


def test_a_read_only_project_is_refused_before_the_work(session: Session) -> None:
    with Session.open(session.path, readonly=True) as reader, pytest.raises(Refusal) as refused:
        run_analysis(reader, "wifi")
    assert refused.value.code == "storage.opened_readonly"


def test_unknown_kinds_are_refused(session: Session) -> None:
    with pytest.raises(Refusal) as refused:
        run_analysis(session, "pigeons")
    assert refused.value.code == "radio.no_kind"
    assert "wifi" in refused.value.hint("zh")


def test_a_run_speaks_both_languages(session: Session) -> None:
    run = run_analysis(session, "cells", technology="LTE", threshold_dbm=-95.0)
    assert run_title(run, "zh") == "4G LTE ≥ −95 dBm"
    for language in ("zh", "en"):
        said = run_notes(run, language)
        assert "TR 38.901 V19" in said[0]
        assert all("{" not in text for text in said)
    assert run_classes(run)[-2].minimum == -95.0


def test_levels_go_out_bit_for_bit(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "wifi")
    out = export_run_geotiff(session, run, tmp_path / "levels.tif")
    assert np.array_equal(read_levels(out), read_levels(run_file(session, run)))
    with rasterio.open(out) as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.crs.to_epsg() == session.srid


def test_classes_go_out_with_their_colours(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "wifi")
    out = export_run_geotiff(session, run, tmp_path / "classes.tif", colored=True, language="en")
    classes = run_classes(run)
    with rasterio.open(out) as file:
        values = file.read(1)
        assert file.nodata == 0
        assert "#{:02X}{:02X}{:02X}".format(*file.colormap(1)[1][:3]) == classes[0].color
        assert "Excellent" in file.tags()["class_1"]
    covered = read_levels(run_file(session, run)) >= -75.0
    assert np.array_equal((values > 0) & (values < len(classes)), covered)


def test_a_geopackage_holds_areas_with_figures_and_the_covered_ground(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "wifi")
    out = export_run_geopackage(session, run, tmp_path / "run.gpkg", language="zh")
    areas = pyogrio.read_dataframe(out, layer="areas")
    ground = pyogrio.read_dataframe(out, layer="coverage")
    assert areas["code"].tolist() == ["320902", "320903"]
    assert areas.crs.to_epsg() == session.srid
    assert areas["area_share"].tolist() == [row["area_share"] for row in run.summary["areas"]]
    covered = ground[ground["covered"].astype(bool)]
    assert covered.geometry.area.sum() == pytest.approx(run.summary["headline"]["covered_m2"], rel=1e-6)
    assert set(ground["label"]) <= {entry.label.zh for entry in run_classes(run)}
    assert [path.name for path in tmp_path.glob(".*part*")] == []


def test_an_export_never_touches_the_project_file(session: Session) -> None:
    run = run_analysis(session, "wifi")
    with pytest.raises(Refusal) as refused:
        export_run_geopackage(session, run, session.path)
    assert refused.value.code == "exchange.cannot_write"
    assert session.count("area") == 2


def test_exports_into_a_missing_folder_are_refused(session: Session, tmp_path: Path) -> None:
    run = run_analysis(session, "wifi")
    for export in (export_run_geotiff, export_run_geopackage):
        with pytest.raises(Refusal) as refused:
            export(session, run, tmp_path / "nowhere" / "out.gpkg")
        assert refused.value.code == "exchange.cannot_write"


def test_areas_deleted_since_are_left_out_of_the_frame(session: Session) -> None:
    from gis.editing.intents import Delete

    run = run_analysis(session, "wifi")
    session.perform(Delete("area", [run.summary["areas"][0]["id"]]))
    assert run_areas(session, run)["code"].tolist() == ["320903"]


def test_a_lost_file_is_said_plainly(session: Session) -> None:
    run = run_analysis(session, "wifi")
    run_file(session, run).unlink()
    with pytest.raises(Refusal) as refused:
        run_file(session, run)
    assert refused.value.code == "coverage.no_raster"
    assert refused.value.hint("zh")


def test_antennas_are_read_from_files_beside_the_project(session: Session) -> None:
    ids = session.ids("cell").tolist()
    bare = run_analysis(session, "cells", technology="LTE", resolution_m=20.0)
    session.perform(Update("cell", ids, {"pattern_file": "../narrow.msi"}))
    missing = run_analysis(session, "cells", technology="LTE", resolution_m=20.0)
    assert any(note["code"] == "radio.no_pattern" for note in missing.summary["notes"])
    assert missing.summary["headline"] == bare.summary["headline"]
    folder = session.attachments_folder() / "patterns"
    folder.mkdir()
    cut = "\n".join(f"{turn}.0 {min(turn, 360 - turn) / 2.0:.1f}" for turn in range(360))
    (folder / "narrow.msi").write_text(f"NAME narrow\nGAIN 15 dBi\nHORIZONTAL 360\n{cut}\nVERTICAL 360\n{cut}\n")
    narrow = run_analysis(session, "cells", technology="LTE", resolution_m=20.0)
    assert not any(note["code"] == "radio.no_pattern" for note in narrow.summary["notes"])
    assert narrow.summary["headline"] != bare.summary["headline"]


def test_choices_of_a_wish_are_kept_and_senseless_ones_refused(session: Session) -> None:
    run = run_analysis(
        session, "cells", technology="LTE", resolution_m=20.0, load=0.9, statuses=["planned", "in_service"]
    )
    assert run.params["load"] == 0.9
    assert run.params["statuses"] == ["planned", "in_service"]
    assert session.run(run.id or 0).params == run.params
    for choices, code in (
        ({"load": 1.5}, "radio.bad_choice"),
        ({"receiver_height_m": float("nan")}, "radio.bad_choice"),
        ({"confidence": (0.5, 1.0)}, "radio.bad_choice"),
        ({"statuses": ("gone",)}, "radio.no_status"),
        ({"model": "tuned"}, "radio.no_tuning"),
    ):
        with pytest.raises(Refusal) as refused:
            run_analysis(session, "cells", technology="LTE", **choices)
        assert refused.value.code == code
        assert "{" not in refused.value.message("zh") + refused.value.hint("en")
