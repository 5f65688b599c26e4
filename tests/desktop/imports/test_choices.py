"""The sections of the assistant's left side: what is shown, why, and what choosing otherwise gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import QPoint, Qt

from desktop.imports.choices import ChoicesPanel
from desktop.imports.shift_dialog import ShiftDialog
from desktop.imports.sorting_dialog import SortingDialog
from desktop.shell.words import set_language
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Mapping, Source
from gis.exchange.placement import place_points
from gis.exchange.raw import Dialect, RawTable
from gis.exchange.recipes import read_recipe
from gis.exchange.shift_detection import DatumProposal
from gis.exchange.sorting import Sorting
from gis.geometry.shifts import Helmert7, Similarity4
from gis.project.importing import Reading, understand

LINES = [
    "编号,热点名称,经度,纬度,功率(mW),场所,备注,没人要",
    "N1,车站,120.010,33.355,200,学校,甲,1",
    "N2,公园,120.012,33.356,100,医院,乙,2",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "field.csv"
    path.write_bytes("\n".join(LINES).encode("gb18030"))
    return path


@pytest.fixture
def panel(qtbot: Any, session: Any) -> ChoicesPanel:
    made = ChoicesPanel(session.catalogue, session.crs.to_string(), session)
    qtbot.addWidget(made)
    made.resize(380, 640)
    made.show()
    return made


def read(session: Any, panel: ChoicesPanel, path: Path) -> Reading:
    """What the assistant does: read the file as chosen, understand it, show it."""
    form, raw = read_raw(path, panel.dialect)
    reading = understand(session, path, form, raw, panel.cls, panel.choices())
    panel.show_sniffed(raw)
    panel.show_reading(reading)
    return reading


def opened(session: Any, panel: ChoicesPanel, path: Path) -> Reading:
    panel.reset(path)
    return read(session, panel, path)


def choose(box: Any, data: object) -> None:
    box.setCurrentIndex(box.findData(data))


def test_what_was_found_is_shown_with_its_reason(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    assert panel.file.encoding.currentText() == "gb18030（自动）"
    assert panel.file.delimiter.currentText() == "逗号（自动）"
    assert panel.file.header.currentText() == "第 1 行（自动）"
    assert panel.file.summary.text() == "gb18030 · 逗号 · 标题在第 1 行"
    assert (panel.x.currentData(), panel.y.currentData()) == ("经度", "纬度")
    panel.file.button.click()
    for row in (panel.file._encoding_row, panel.file._delimiter_row, panel.file._header_row):
        assert panel.file.rows.why_label(row).text()
        assert panel.file.rows.why_label(row).isVisible()
    place = panel.position
    for row in (place._x_row, place._crs_row, place._datum_row):
        assert place.rows.why_label(row).text()


def test_nothing_chosen_leaves_all_to_the_evidence(session: Any, panel: ChoicesPanel, file: Path) -> None:
    reading = opened(session, panel, file)
    choices = panel.choices()
    assert choices.dialect == Dialect()
    assert (choices.x, choices.y, choices.swapped, choices.crs, choices.datum) == (None,) * 5
    assert choices.mapping is None
    again = understand(session, file, reading.format, reading.raw, panel.cls, choices)
    assert again.placement == reading.placement


def test_the_dialect_is_chosen(qtbot: Any, session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    for box, data, wanted in (
        (panel.file.encoding, "big5", Dialect("big5")),
        (panel.file.delimiter, ";", Dialect("big5", ";")),
        (panel.file.header, 2, Dialect("big5", ";", 2)),
        (panel.file.decimal, ",", Dialect("big5", ";", 2, ",")),
        (panel.file.encoding, None, Dialect(None, ";", 2, ",")),
    ):
        with qtbot.waitSignal(panel.dialect_changed, timeout=1000):
            choose(box, data)
        assert panel.dialect == wanted
    panel.reset(file)
    assert panel.dialect == Dialect()


def test_a_wheel_that_passes_changes_nothing(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    assert panel.file.encoding.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert panel.fields.boxes["name"].focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_a_file_with_no_choice_of_delimiter_asks_none(session: Any, panel: ChoicesPanel, tmp_path: Path) -> None:
    path = tmp_path / "p.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"甲"},'
        '"geometry":{"type":"Point","coordinates":[120.01,33.35]}}]}',
        "utf-8",
    )
    opened(session, panel, path)
    panel.file.button.click()
    assert not panel.file.delimiter.isVisible()
    assert not panel.file.header.isVisible()
    assert not panel.x.isVisible()
    assert panel.position.order.isVisible()


def test_columns_are_chosen_and_exchanged(qtbot: Any, session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    with qtbot.waitSignal(panel.changed, timeout=1000):
        qtbot.mouseClick(panel.position.swap, Qt.MouseButton.LeftButton)
    choices = panel.choices()
    assert (choices.x, choices.y, choices.swapped) == ("纬度", "经度", False)
    with qtbot.waitSignal(panel.changed, timeout=1000):
        choose(panel.x, "没人要")
    assert (panel.choices().x, panel.choices().y) == ("没人要", "经度")
    choose(panel.x, None)  # one alone says nothing
    choose(panel.y, None)
    assert (panel.choices().x, panel.choices().y, panel.choices().swapped) == (None, None, None)


def test_one_column_may_hold_the_whole_position(qtbot: Any, session: Any, panel: ChoicesPanel, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("code,where\nA,33.355 120.01\nB,33.356 120.02\n", "utf-8")
    panel.reset(path)
    _, raw = read_raw(path)
    panel.show_sniffed(raw)
    choose(panel.x, "where")
    choose(panel.y, "")
    assert (panel.choices().x, panel.choices().y) == ("where", None)
    reading = read(session, panel, path)
    assert reading.placement.kind == "pair"
    assert panel.position.order.isVisible()
    assert panel.position.order.currentText() == "纬度或北坐标在前（自动）"
    with qtbot.waitSignal(panel.changed, timeout=1000):
        choose(panel.position.order, False)
    assert panel.choices().swapped is False


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("4528", "EPSG:4528"), ("epsg:32651", "EPSG:32651"), ("nonsense", "nonsense"), ("", None)],
    ids=["code", "name", "unknown", "empty"],
)
def test_a_system_is_typed(panel: ChoicesPanel, typed: str, wanted: str | None) -> None:
    line = panel.position.crs.lineEdit()
    line.setText(typed)
    line.editingFinished.emit()
    assert panel.choices().crs == wanted


def test_a_system_and_a_datum_are_chosen(qtbot: Any, session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    with qtbot.waitSignal(panel.changed, timeout=1000):
        choose(panel.position.datum, "gcj02")
    with qtbot.waitSignal(panel.changed, timeout=1000):
        choose(panel.position.crs, "EPSG:4490")
    assert (panel.choices().crs, panel.choices().datum) == ("EPSG:4490", "gcj02")
    reading = read(session, panel, file)
    assert (reading.placement.crs, reading.placement.datum) == ("EPSG:4490", "gcj02")
    assert panel.position.crs.currentText() == "CGCS2000 经纬度 · EPSG:4490"


def test_a_proposed_datum_is_taken_by_one_click(qtbot: Any, session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    panel.show_proposal(DatumProposal("gcj02", 489.6, 37, 487.2, 0.6))
    assert panel.position.card.isVisible()
    assert "490" in panel.position.card.said.text()
    assert "37" in panel.position.card.said.text()
    assert panel.choices().datum is None  # proposed is not decided
    with qtbot.waitSignal(panel.changed, timeout=1000):
        qtbot.mouseClick(panel.position.card.take, Qt.MouseButton.LeftButton)
    assert panel.choices().datum == "gcj02"
    assert not panel.position.card.isVisible()


def test_fields_show_samples_and_what_is_left(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    box = panel.fields.boxes["name"]
    assert box.currentData() == "热点名称"
    assert "车站, 公园" in box.currentText()
    assert "没人要" in panel.fields.unused.text()
    assert "经度" not in panel.fields.unused.text()
    assert panel.fields.boxes["name"].isVisible()
    hidden = [name for name, box in panel.fields.boxes.items() if not box.isVisible()]
    assert hidden
    panel.fields.more.click()
    assert all(box.isVisible() for box in panel.fields.boxes.values())


def test_a_column_is_given_to_a_field_with_its_unit(qtbot: Any, session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    panel.fields.set_source("eirp_dbm", None)
    with qtbot.waitSignal(panel.changed, timeout=1000):
        choose(panel.fields.boxes["eirp_dbm"], "功率(mW)")
    mapping = panel.choices().mapping
    assert mapping is not None
    assert mapping.sources["eirp_dbm"] == Source("功率(mW)", unit="mW")
    assert "mW" in panel.fields.rows.why_label(panel.fields._holders["eirp_dbm"]).text()
    choose(panel.fields.boxes["eirp_dbm"], None)
    assert "eirp_dbm" not in panel.choices().mapping.sources  # type: ignore[union-attr]
    assert mapping.sources["name"].column == "热点名称"  # the others stay


def test_another_class_forgets_the_mapping(qtbot: Any, session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    panel.fields.set_source("name", Source("备注"))
    with qtbot.waitSignal(panel.changed, timeout=1000):
        panel.set_class("camera")
    assert panel.choices().mapping is None
    assert panel.cls == "camera"
    reading = read(session, panel, file)
    assert reading.cls == "camera"


def test_matching(qtbot: Any, panel: ChoicesPanel) -> None:
    assert panel.choices().match == ("code", "distance", "attributes")
    with qtbot.waitSignal(panel.changed, timeout=1000):
        panel.matching.by_code.click()
    panel.matching.tolerance.setValue(12.5)
    choices = panel.choices()
    assert (choices.match, choices.tolerance_m) == (("distance", "attributes"), 12.5)
    assert "12.5" in panel.matching.summary.text()
    panel.matching.by_distance.click()
    assert not panel.matching.tolerance.isEnabled()


def test_a_recipe_is_saved_and_opened(session: Any, panel: ChoicesPanel, file: Path, tmp_path: Path) -> None:
    opened(session, panel, file)
    choose(panel.position.datum, "bd09")
    panel.fields.set_source("remark", Source("备注", split="-", part=2))
    panel.matching.tolerance.setValue(5)
    kept = tmp_path / "kept.json"
    panel.write(kept)
    recipe = read_recipe(kept, session.catalogue)
    assert recipe == panel.recipe()
    assert recipe.mappings["wifi_hotspot"].datum == "bd09"
    panel.reset(file)
    assert panel.choices().datum is None
    panel.read(kept)
    choices = panel.choices()
    assert (choices.datum, choices.tolerance_m) == ("bd09", 5.0)
    assert choices.mapping is not None
    assert choices.mapping.sources["remark"] == Source("备注", split="-", part=2)
    assert "kept.json" in panel.recipes.origin.text()
    panel.recipes.again.click()
    assert panel.choices().mapping is None
    assert panel.choices().datum is None


def test_a_broken_recipe_is_told_and_changes_nothing(session: Any, panel: ChoicesPanel, tmp_path: Path) -> None:
    from desktop.shell.notices import notices

    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "yantu-import-recipe", "version": 99}', "utf-8")
    before = panel.choices()
    panel.read(bad)
    assert panel.choices() == before
    assert notices().recent[-1].level == "warning"


def test_a_recipe_that_cannot_be_written_is_told(session: Any, panel: ChoicesPanel, file: Path, tmp_path: Path) -> None:
    from desktop.shell.notices import notices

    opened(session, panel, file)
    panel.write(tmp_path / "no" / "such" / "folder.json")
    assert "folder.json" in notices().recent[-1].message("zh")


def test_a_mapping_with_a_shift_is_taken_whole(panel: ChoicesPanel) -> None:
    shift = Helmert7(1, 2, 3, source_crs="EPSG:2437")
    panel.set_mapping(Mapping("camera", {}, x="E", y="N", crs="EPSG:2437", swapped=False, shift=shift))
    choices = panel.choices()
    assert panel.cls == "camera"
    assert (choices.x, choices.y, choices.crs, choices.shift) == ("E", "N", "EPSG:2437", shift)


# Several classes ------------------------------------------------------------------------------------------------------
@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.csv"
    path.write_text(
        "类型,编号,名称,经度,纬度\nWiFi热点,A1,甲,120.01,33.35\n摄像机,B1,乙,120.02,33.35\n摄像机,B2,丙,120.03,33.35\n"
        "树,C1,丁,120.04,33.35\n",
        "utf-8",
    )
    return path


def raw_of(path: Path) -> RawTable:
    return read_raw(path)[1]


def test_rows_are_sorted_into_classes(qtbot: Any, session: Any, panel: ChoicesPanel, mixed: Path) -> None:
    panel.reset(mixed)
    panel.show_sniffed(raw_of(mixed))
    dialog = SortingDialog(raw_of(mixed), session.catalogue, None, panel)
    dialog.taken.connect(panel.set_sorting)
    choose(dialog.column, "类型")
    choose(dialog.boxes["WiFi热点"], "wifi_hotspot")
    choose(dialog.boxes["摄像机"], "camera")
    choose(dialog.boxes["树"], None)
    assert "1" in dialog.said.text()  # the tree belongs to none
    with qtbot.waitSignal(panel.changed, timeout=1000):
        qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    assert panel.one_class is None
    choices = panel.choices()
    assert choices.mapping is None
    assert choices.recipe.sorting == Sorting("类型", {"WiFi热点": "wifi_hotspot", "摄像机": "camera"})
    assert [panel.kind.itemData(i) for i in range(panel.kind.count())] == ["wifi_hotspot", "camera"]


def test_each_class_has_its_own_mapping(session: Any, panel: ChoicesPanel, mixed: Path) -> None:
    panel.reset(mixed)
    raw = raw_of(mixed)
    panel.show_sniffed(raw)
    panel.set_sorting(Sorting("类型", {"WiFi热点": "wifi_hotspot", "摄像机": "camera"}))
    parts = [understand(session, mixed, "delimited", raw, cls, panel.choices()) for cls in ("wifi_hotspot", "camera")]
    panel.show_parts(parts)
    panel.fields.set_source("name", Source("编号"))
    panel.set_class("camera")
    assert panel.fields.sources["name"] == Source("名称")
    mappings = panel.choices().recipe.mappings
    assert mappings["wifi_hotspot"].sources["name"] == Source("编号")
    assert set(panel.recipe().mappings) == {"wifi_hotspot", "camera"}
    panel.set_sorting(None)
    assert panel.one_class == panel.cls


def test_looking_at_another_class_is_no_change(qtbot: Any, session: Any, panel: ChoicesPanel, mixed: Path) -> None:
    raw = raw_of(mixed)
    panel.reset(mixed)
    panel.show_sniffed(raw)
    panel.set_sorting(Sorting("类型", {"WiFi热点": "wifi_hotspot", "摄像机": "camera"}))
    panel.show_parts(
        [understand(session, mixed, "delimited", raw, c, panel.choices()) for c in ("wifi_hotspot", "camera")]
    )
    with qtbot.assertNotEmitted(panel.changed, wait=50):
        panel.set_class("camera")


def test_a_language_switch_keeps_every_choice(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    choose(panel.position.datum, "gcj02")
    panel.fields.set_source("remark", Source("备注", split="-"))
    choose(panel.file.encoding, "gb18030")
    before = panel.choices()
    set_language("en")
    try:
        assert panel.choices() == before
        assert panel.file.summary.text() == "gb18030 · comma · header in line 1"
        assert panel.kind.currentText() == session.catalogue["wifi_hotspot"].label.en
    finally:
        set_language("zh")
    assert panel.choices() == before


@pytest.mark.parametrize("wanted", ["zh", "en"])
def test_no_section_is_wider_than_the_panel(session: Any, panel: ChoicesPanel, file: Path, wanted: Any) -> None:
    set_language(wanted)
    try:
        opened(session, panel, file)
        panel.fields.set_source("remark", Source("备注", split="-", join=("没人要", "场所"), values={"甲": "乙"}))
        for section in (panel.file, panel.position, panel.fields, panel.matching, panel.recipes):
            section.button.setChecked(True)
        panel.fields.more.click()
        panel.recipes.show_origin("remembered")
        panel.position.show_proposal(DatumProposal("gcj02", 489.6, 37, 487.2, 0.6))
        panel.offer.show_texts("…", "Import each of the many rows as its own class")
        panel.offer.show()
        for shift in (Helmert7(1, 2, 3, source_crs="EPSG:2416"), Similarity4(-39_500_000.1, 3_000_000.2)):
            panel.position._take_shift(shift)
        page = panel.widget()
        assert page.minimumSizeHint().width() <= panel.minimumWidth() - 12  # beside the scroll bar
    finally:
        set_language("zh")


# What is remembered ---------------------------------------------------------------------------------------------------
def test_the_next_file_with_the_same_columns_is_read_alike(
    qtbot: Any, session: Any, panel: ChoicesPanel, file: Path, tmp_path: Path
) -> None:
    opened(session, panel, file)
    choose(panel.position.datum, "gcj02")
    choose(panel.file.decimal, ",")
    panel.fields.set_source("remark", Source("备注", split="-"))
    panel.remember()
    again = tmp_path / "again.csv"
    again.write_bytes("\n".join(LINES[:2]).encode("gb18030"))
    panel.reset(again)
    with qtbot.waitSignal(panel.dialect_changed, timeout=1000):  # the decimal mark asks for another reading
        panel.show_sniffed(raw_of(again))
    choices = panel.choices()
    assert (choices.datum, choices.dialect.decimal) == ("gcj02", ",")
    assert choices.mapping is not None
    assert choices.mapping.sources["remark"] == Source("备注", split="-")
    assert panel.recipes.origin.text() in panel._rows.why_label(panel._kind_row).text()
    assert panel.recipes.summary.text()
    panel.show_sniffed(raw_of(again))  # read again: what is changed meanwhile stays
    choose(panel.position.datum, None)
    panel.show_sniffed(raw_of(again))
    assert panel.choices().datum is None


def test_what_is_forgotten_is_found_anew(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    choose(panel.position.datum, "bd09")
    panel.remember()
    panel.reset(file)
    panel.show_sniffed(raw_of(file))
    assert panel.choices().datum == "bd09"
    panel.recipes.forget.click()
    assert panel.choices().datum is None
    panel.reset(file)
    panel.show_sniffed(raw_of(file))
    assert panel.choices().datum is None


def test_nothing_is_remembered_unasked(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    panel.recipes.remember.setChecked(False)
    panel.remember()
    assert session.documents("mapping") == {}


def test_a_class_that_was_asked_for_is_not_taken_away_by_memory(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    panel.remember()
    panel.set_class("camera")
    panel.reset(file)
    panel.show_sniffed(raw_of(file))
    assert panel.cls == "camera"
    assert panel.choices().mapping is None


def test_a_constant_step_is_taken_for_degrees_and_metres(
    qtbot: Any, session: Any, panel: ChoicesPanel, file: Path, tmp_path: Path
) -> None:
    step = DatumProposal(None, 126.0, 20, 126.0, 0.4, dx_m=-110.0, dy_m=62.0)
    opened(session, panel, file)
    panel.show_proposal(step)
    assert "+110" in panel.position.card.said.text()
    with qtbot.waitSignal(panel.changed, timeout=1000):
        qtbot.mouseClick(panel.position.card.take, Qt.MouseButton.LeftButton)
    taken = panel.choices().shift
    assert taken == Similarity4(-110.0, 62.0, target_crs="EPSG:4549", source_crs="EPSG:4549")
    reading = read(session, panel, file)
    assert reading.placement is not None
    x, y, _ = place_points(reading.raw, reading.placement, "EPSG:4549")
    before_x, before_y, _ = place_points(reading.raw, replace(reading.placement, shift=None), "EPSG:4549")
    assert np.allclose((x - before_x, y - before_y), [[-110.0] * 2, [62.0] * 2], atol=1e-6)
    dialog = ShiftDialog(taken, "EPSG:4490", "EPSG:4549", panel)
    assert dialog.shift() == taken
    panel.reset()
    metres = tmp_path / "metres.csv"
    metres.write_text("code,E,N\nA,501000.5,3690000.5\nB,501100.5,3690100.5\n", "utf-8")
    opened(session, panel, metres)
    panel.show_proposal(step)
    with qtbot.waitSignal(panel.changed, timeout=1000):
        qtbot.mouseClick(panel.position.card.take, Qt.MouseButton.LeftButton)
    shift = panel.choices().shift
    assert isinstance(shift, Similarity4)
    assert (shift.dx, shift.dy, shift.target_crs) == (-110.0, 62.0, "EPSG:4549")


def test_a_table_without_a_place_asks_for_none(session: Any, panel: ChoicesPanel, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("区划,期间,指标,数值\n320902,2025,hotspots,12\n", "utf-8")
    panel.set_class("statistic")
    reading = opened(session, panel, path)
    assert reading.placement is None
    assert not panel.position.isVisible()
    panel.set_class("camera")
    assert panel.position.isVisible()


def test_an_offer_to_sort_is_one_click(qtbot: Any, session: Any, panel: ChoicesPanel, mixed: Path) -> None:
    panel.reset(mixed)
    panel.show_sniffed(raw_of(mixed))
    assert panel.offer.isVisible()
    assert panel.one_class is not None  # offered is not decided
    with qtbot.waitSignal(panel.changed, timeout=1000):
        qtbot.mouseClick(panel.offer.take, Qt.MouseButton.LeftButton)
    assert panel.one_class is None
    assert not panel.offer.isVisible()
    assert "类型" in panel._rows.why_label(panel._kind_row).text()


def test_a_column_found_by_itself_says_why(session: Any, panel: ChoicesPanel, file: Path) -> None:
    opened(session, panel, file)
    assert "按字段名" in panel.fields.boxes["name"].toolTip()
    assert "文本" in panel.fields.boxes["remark"].toolTip()
    panel.fields.set_source("name", Source("备注"))
    assert "按" not in panel.fields.boxes["name"].toolTip()  # chosen by the user


def test_photos_ask_for_a_track_and_the_clock(qtbot: Any, session: Any, panel: ChoicesPanel, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: (33.0, 21.0, 0.0), 3: "E", 4: (120.0, 8.0, 24.0)}
    )  # fmt: skip
    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg", exif=exif)
    panel.set_class("camera")
    opened(session, panel, tmp_path / "a.jpg")
    panel.file.button.setChecked(True)
    section = panel.file
    assert section.track_button.isVisible()
    assert not section.drop_track.isVisible()
    with qtbot.waitSignal(panel.dialect_changed):
        section.set_track(tmp_path / "walk.gpx")
    with qtbot.waitSignal(panel.dialect_changed):
        qtbot.keyClicks(section.clock, "-37")
        qtbot.keyClick(section.clock, Qt.Key.Key_Return)
    assert (panel.choices().track, panel.choices().clock_offset_s) == (tmp_path / "walk.gpx", -37.0)
    with qtbot.waitSignal(panel.dialect_changed):
        qtbot.mouseClick(section.drop_track, Qt.MouseButton.LeftButton)
    assert panel.choices().track is None


def test_a_table_asks_for_no_track_and_cells_for_sites(
    qtbot: Any, session: Any, panel: ChoicesPanel, file: Path, tmp_path: Path
) -> None:
    opened(session, panel, file)
    panel.file.button.setChecked(True)
    panel.matching.button.setChecked(True)
    assert not panel.file.track_button.isVisible()
    assert not panel.matching.sites.isVisible()
    cells = tmp_path / "cells.csv"
    cells.write_text("radio,mcc,net,area,cell,unit,lon,lat\nLTE,460,0,1,2,0,120.1,33.3\n", "utf-8")
    panel.set_class("cell")
    opened(session, panel, cells)
    assert panel.matching.sites.isVisible()
    assert panel.matching.sites.isChecked()
    assert panel.choices().sites is None
    with qtbot.waitSignal(panel.changed):
        qtbot.mouseClick(
            panel.matching.sites, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.matching.sites.height() // 2)
        )
    assert panel.choices().sites is False
