"""Stories of the choices inside the assistant: a shifted file, an old datum, several classes, a source met again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PySide6.QtCore import Qt

from desktop.imports.assistant import ImportAssistant
from gis.geometry.crs import project_crs
from gis.geometry.datum import wgs84_to_gcj02
from gis.geometry.shifts import Helmert7

WAIT = 60_000


@pytest.fixture
def assistant(qtbot: Any, window: Any) -> Iterator[ImportAssistant]:
    made = ImportAssistant(window)
    made.show()
    yield made
    made.close()


def ready(assistant: ImportAssistant) -> Callable[[], bool]:
    return lambda: assistant._prepared is not None and not assistant.preparation.busy


def outcome(assistant: ImportAssistant) -> dict[str, int]:
    assert assistant._prepared is not None
    return assistant._prepared.plan.counts()


def hotspots(window: Any) -> tuple[Any, Any, Any]:
    found = window.session.columns("wifi_hotspot", ["code"])
    lon, lat = project_crs().to_lonlat(shapely.get_x(found.geometry), shapely.get_y(found.geometry))
    return found.fields["code"], lon, lat


def test_a_file_in_gcj02_is_noticed_and_read_right_by_one_click(
    qtbot: Any, window: Any, assistant: ImportAssistant, tmp_path: Path
) -> None:
    codes, lon, lat = hotspots(window)
    lon, lat = wgs84_to_gcj02(lon, lat)
    path = tmp_path / "amap.csv"
    rows = (f"{c},{x:.8f},{y:.8f}" for c, x, y in zip(codes, lon, lat, strict=True))
    path.write_text("编号,经度,纬度\n" + "\n".join(rows) + "\n", "utf-8")
    assistant.open_file(path, "wifi_hotspot")
    card = assistant.choices.position.card
    qtbot.waitUntil(lambda: ready(assistant)() and card.isVisibleTo(assistant.choices), timeout=WAIT)
    assert outcome(assistant)["same"] == 0
    assert "GCJ-02" in card.said.text()
    card.take.click()
    qtbot.waitUntil(lambda: ready(assistant)() and outcome(assistant)["same"] == len(codes), timeout=WAIT)
    assert not card.isVisibleTo(assistant.choices)


def test_beijing_1954_waits_for_parameters(qtbot: Any, window: Any, assistant: ImportAssistant, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text(
        "编号,北坐标,东坐标\n" + "".join(f"N{i},{3690000 + i}.5,{501000 + i}.5\n" for i in range(9)), "utf-8"
    )
    assistant.open_file(path, "wifi_hotspot")
    qtbot.waitUntil(ready(assistant), timeout=WAIT)
    place = assistant.choices.position
    place.crs.setCurrentIndex(place.crs.findData("EPSG:2437"))
    qtbot.waitUntil(lambda: assistant.problem.isVisible() and not assistant.preparation.busy, timeout=WAIT)
    assert not assistant.import_button.isEnabled()
    assert place.rows.why_label(place._shift_row).text()  # says what is needed
    place._take_shift(Helmert7(15.8, -154.4, -82.3, source_crs="EPSG:2437"))
    qtbot.waitUntil(lambda: ready(assistant)() and not assistant.problem.isVisible(), timeout=WAIT)
    assert outcome(assistant)["new"] == 9
    assert assistant._prepared.plan.parts[0].reading.placement.shift == place.choices().shift  # type: ignore[union-attr]


def test_several_classes_are_imported_as_one_step_and_remembered(
    qtbot: Any, window: Any, assistant: ImportAssistant, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.csv"
    rows = [f"{kind},M{k}{i},{kind}{i},{120.10 + i / 100:.4f},{33.40 + k / 100:.4f}"
            for k, kind in enumerate(("WiFi热点", "摄像机")) for i in range(5)]  # fmt: skip
    path.write_text("设施类型,编号,名称,经度,纬度\n" + "\n".join(rows) + "\n", "utf-8")
    before = {cls: window.session.count(cls) for cls in ("wifi_hotspot", "camera")}
    assistant.open_file(path)
    choices = assistant.choices
    qtbot.waitUntil(lambda: ready(assistant)() and choices.offer.isVisibleTo(choices), timeout=WAIT)
    choices.offer.take.click()
    qtbot.waitUntil(
        lambda: ready(assistant)() and len(assistant._prepared.plan.parts) == 2,  # type: ignore[union-attr]
        timeout=WAIT,
    )
    assert outcome(assistant)["new"] == 10
    qtbot.waitUntil(assistant.import_button.isEnabled, timeout=WAIT)
    qtbot.mouseClick(assistant.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.count("camera") == before["camera"] + 5, timeout=WAIT)
    assert window.session.count("wifi_hotspot") == before["wifi_hotspot"] + 5
    qtbot.waitUntil(lambda: window.session.documents("mapping") != {}, timeout=WAIT)
    window.session.undo()
    assert {cls: window.session.count(cls) for cls in before} == before

    again = ImportAssistant(window)
    again.show()
    again.open_file(path)
    qtbot.waitUntil(ready(again), timeout=WAIT)
    assert again.choices.one_class is None
    assert len(again._prepared.plan.parts) == 2  # type: ignore[union-attr]
    assert again.choices.recipes.said_by
    again.close()


def test_an_expression_and_a_unit_reach_the_rows(
    qtbot: Any, window: Any, assistant: ImportAssistant, tmp_path: Path
) -> None:
    path = tmp_path / "units.csv"
    path.write_text("编号,经度,纬度,功率(mW),英尺\nU1,120.1,33.4,100,30\nU2,120.2,33.4,200,60\n", "utf-8")
    assistant.open_file(path, "wifi_hotspot")
    qtbot.waitUntil(ready(assistant), timeout=WAIT)
    fields = assistant.choices.fields
    dialog = fields.edit("height_m")
    assert dialog is not None
    qtbot.mouseClick(dialog.way.button("expression"), Qt.MouseButton.LeftButton)
    dialog.expression.set_text("[英尺] * 0.3048")
    qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    box = fields.boxes["eirp_dbm"]
    if box.currentData() != "功率(mW)":
        box.setCurrentIndex(box.findData("功率(mW)"))
    assert fields.sources["eirp_dbm"].unit == "mW"
    qtbot.waitUntil(
        lambda: ready(assistant)() and "height_m" in assistant._prepared.plan.parts[0].reading.mapping.sources,  # type: ignore[union-attr]
        timeout=WAIT,
    )
    columns = assistant._prepared.plan.parts[0].staged.columns  # type: ignore[union-attr]
    assert np.allclose(np.sort(columns.fields["height_m"]), [9.144, 18.288])
    assert np.allclose(np.sort(columns.fields["eirp_dbm"]), [20.0, 23.0103], atol=1e-3)
