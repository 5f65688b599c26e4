"""The dialogs of the choices: the beginning of a file, a field's source, a shift, control points."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.imports.control_points import ControlPoints
from desktop.imports.look_dialog import LookDialog
from desktop.imports.shift_dialog import ShiftDialog
from desktop.imports.source_dialog import SourceDialog
from gis.exchange.formats import read_raw
from gis.exchange.mapping import Source
from gis.exchange.raw import RawTable
from gis.geometry.shifts import Helmert7, Similarity4
from gis.project.expressions_of_files import calculator


@pytest.fixture
def raw(tmp_path: Path) -> RawTable:
    path = tmp_path / "f.csv"
    rows = [
        f"N{i},{name},{20 + i},{power},{place},{'是' if i % 2 else '也许'},亭湖-{i:02d}"
        for i, (name, power, place) in enumerate(
            [("甲", "100", "学校"), ("乙", "500 mW", "医院"), ("丙", "很大", "乱写"), ("丁", "1", "乱写")]
        )
    ]
    path.write_text("编号,名称,挂高_ft,功率(mW),场所,免费,片区\n" + "\n".join(rows) + "\n", "utf-8")
    return read_raw(path)[1]


@pytest.fixture(autouse=True)
def owner(qtbot: Any) -> QWidget:
    """What the dialogs belong to: they delete themselves when they are closed."""
    made = QWidget()
    qtbot.addWidget(made)
    _owner[:] = [made]
    return made


_owner: list[QWidget] = []


def dialog_of(qtbot: Any, session: Any, raw: RawTable, field: str, source: Source | None) -> SourceDialog:
    cls = session.catalogue["wifi_hotspot"]
    made = SourceDialog(raw, cls, cls.field(field), source, calculator(raw), _owner[0])
    made.show()
    return made


def choose(box: Any, data: object) -> None:
    box.setCurrentIndex(box.findData(data))


def taken(qtbot: Any, dialog: SourceDialog) -> Source | None:
    with qtbot.waitSignal(dialog.taken, timeout=2000) as caught:
        qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    return caught.args[1]


def results(dialog: SourceDialog) -> list[str]:
    dialog._show_result()
    return [dialog.result.item(row, 2).text() for row in range(dialog.result.rowCount())]


# A field's source -----------------------------------------------------------------------------------------------------
def test_a_unit_is_seen_told_and_converted(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "eirp_dbm", None)
    choose(dialog.column.column, "功率(mW)")
    assert dialog.column.unit.currentData() == "mW"  # as the column's name says
    said = results(dialog)
    assert said[0].startswith("20")
    assert said[1].startswith("26.99") or said[1].startswith("26.98")
    assert said[3].startswith("0")
    assert "1" in dialog.said.text()
    assert dialog.said.property("role") == "problem"
    choose(dialog.column.unit, None)
    assert "mW" in dialog.column.rows.why_label(dialog.column.unit_row).text()
    choose(dialog.column.unit, "W")
    assert results(dialog)[0].startswith("50")
    assert taken(qtbot, dialog) == Source("功率(mW)", unit="W")


def test_a_part_of_a_cell(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "remark", Source("片区"))
    assert not dialog.column.part.isEnabled()
    dialog.column.split.setText("-")
    assert results(dialog) == ["亭湖"] * 4
    dialog.column.part.setValue(0)  # stepping down from the first part
    assert dialog.column.part.value() == -1
    assert results(dialog) == ["00", "01", "02", "03"]
    assert taken(qtbot, dialog) == Source("片区", split="-", part=-1)


def test_columns_are_glued(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "name", Source("片区"))
    assert not dialog.column.glue.isVisible()
    choose(dialog.column.joined[0], "名称")
    dialog.column.glue.setText("/")
    dialog.column.join_more.click()
    choose(dialog.column.joined[1], "编号")
    assert results(dialog)[0] == "亭湖-00/甲/N0"
    assert taken(qtbot, dialog) == Source("片区", join=("名称", "编号"), glue="/")


def test_words_of_a_code_list_are_met(qtbot: Any, session: Any, raw: RawTable) -> None:
    coded = next(f for f in session.catalogue["wifi_hotspot"].fields if f.codes)
    dialog = dialog_of(qtbot, session, raw, coded.name, Source("场所"))
    dialog._show_names()
    wrong = [word for word, box in dialog.names.editors.items() if box.property("wrong")]
    assert "乱写" in wrong
    assert next(iter(dialog.names.editors)) in wrong  # what cannot be read stands first
    value = coded.codes[0].value
    choose(dialog.names.editors["乱写"], value)
    assert not dialog.names.editors["乱写"].property("wrong")
    source = taken(qtbot, dialog)
    assert source is not None
    assert source.values == {"乱写": value}


def test_a_word_can_become_empty(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "free", Source("免费"))
    dialog._show_names()
    choose(dialog.names.editors["也许"], "")
    assert results(dialog)[0] == "—"
    assert dialog.said.property("role") == "soft"
    assert taken(qtbot, dialog).values == {"也许": ""}  # type: ignore[union-attr]


def test_names_that_all_differ_are_no_list_of_words(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "name", Source("名称"))
    assert not dialog.names.editors


def test_one_value_for_all(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "eirp_dbm", Source("挂高_ft"))
    qtbot.mouseClick(dialog.way.button("constant"), Qt.MouseButton.LeftButton)
    dialog.constant.line.setText("a lot")
    dialog._show_result()
    assert not dialog.take.isEnabled()
    assert dialog.said.property("role") == "problem"
    dialog.constant.line.setText("20")
    assert len(results(dialog)) == 4
    assert taken(qtbot, dialog) == Source(constant="20")


def test_an_expression(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "eirp_dbm", None)
    qtbot.mouseClick(dialog.way.button("expression"), Qt.MouseButton.LeftButton)
    dialog.expression.set_text("round([挂高_ft] * 2, 0) + ")
    dialog._show_result()
    assert not dialog.take.isEnabled()
    dialog.expression.set_text("[挂高_ft] * 2")
    assert results(dialog)[0].startswith("40")
    assert taken(qtbot, dialog) == Source(expression="[挂高_ft] * 2")


def test_nothing_is_taken_for_a_field(qtbot: Any, session: Any, raw: RawTable) -> None:
    dialog = dialog_of(qtbot, session, raw, "name", Source("名称"))
    qtbot.mouseClick(dialog.way.button("nothing"), Qt.MouseButton.LeftButton)
    assert results(dialog) == []
    assert taken(qtbot, dialog) is None


SOURCES = {
    "column": Source("名称"),
    "split": Source("片区", split="-", part=2),
    "join": Source("片区", join=("编号",), glue=""),
    "unit": Source("功率(mW)", unit="W"),
    "values": Source("场所", values={"乱写": "学校"}),
    "constant": Source(constant="20"),
    "expression": Source(expression="[挂高_ft] + 1"),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_is_opened_and_agreed_to_is_unchanged(qtbot: Any, session: Any, raw: RawTable, source: Source) -> None:
    field = "eirp_dbm" if source.unit or source.constant or source.expression else "remark"
    assert taken(qtbot, dialog_of(qtbot, session, raw, field, source)) == source


def test_a_wrong_row_far_down_is_shown(qtbot: Any, session: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "".join(f"x{i},{i % 30 if i != 1500 else 'bad'}\n" for i in range(1800)), "utf-8")
    dialog = dialog_of(qtbot, session, read_raw(path)[1], "eirp_dbm", Source("b"))
    dialog._show_result()
    lines = [dialog.result.item(row, 0).text() for row in range(dialog.result.rowCount())]
    assert "1502" in lines


def test_a_parent_is_named_by_its_code(qtbot: Any, session: Any, raw: RawTable) -> None:
    cls = session.catalogue["cell"]
    ref = next(f for f in cls.fields if f.type == "ref")
    dialog = SourceDialog(raw, cls, ref, Source("编号"), None, _owner[0])
    dialog.show()
    assert results(dialog) == ["N0", "N1", "N2", "N3"]
    assert dialog.said.property("role") == "soft"
    assert taken(qtbot, dialog) == Source("编号")


# The beginning of a file ----------------------------------------------------------------------------------------------
def test_the_encoding_is_chosen_by_eye(qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(("某局导出\n" + "编号,名称\n" + "".join(f"N{i},盐城车站\n" for i in range(30))).encode("gb18030"))
    dialog = LookDialog(path, "utf-8", None, _owner[0])
    dialog.show()
    assert dialog.encoding == "utf-8"
    assert "盐城" not in dialog.lines.item(2).text()
    names = [dialog.names.item(row).data(Qt.ItemDataRole.UserRole) for row in range(dialog.names.count())]
    dialog.names.setCurrentRow(names.index("gb18030"))
    assert "盐城车站" in dialog.lines.item(2).text()
    dialog.lines.setCurrentRow(1)
    assert "2" in dialog.header_said.text()
    with qtbot.waitSignal(dialog.taken, timeout=1000) as caught:
        qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    assert caught.args == ["gb18030", 2]


def test_what_tells_encodings_apart_is_shown_however_late_it_comes(qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(("id,name\n" + "".join(f"{i},plain\n" for i in range(300)) + "9,盐城\n").encode("gb18030"))
    dialog = LookDialog(path, "gb18030", 1, _owner[0])
    shown = [dialog.lines.item(row).text() for row in range(dialog.lines.count())]
    assert any("盐城" in line for line in shown)


# A shift --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def shift_dialog(qtbot: Any) -> ShiftDialog:
    made = ShiftDialog(None, "EPSG:2437", "EPSG:4549", _owner[0])
    made.show()
    return made


def agreed(qtbot: Any, dialog: ShiftDialog) -> object:
    with qtbot.waitSignal(dialog.taken, timeout=2000) as caught:
        qtbot.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    return caught.args[0]


def test_seven_parameters_are_typed_or_pasted(qtbot: Any, shift_dialog: ShiftDialog) -> None:
    assert not shift_dialog.take.isEnabled()
    QGuiApplication.clipboard().setText("15.8, -154.4, -82.3, 0.5, -0.3, 1.2, 3.1")
    shift_dialog.activateWindow()
    shift_dialog.seven.lines["dx"].setFocus()
    shift_dialog.seven.lines["dx"].paste()
    assert shift_dialog.take.isEnabled()
    assert "m" in shift_dialog.said.text()
    choose(shift_dialog.seven.convention, "coordinate_frame")
    wanted = Helmert7(15.8, -154.4, -82.3, 0.5, -0.3, 1.2, 3.1, "coordinate_frame", "EPSG:2437")
    assert agreed(qtbot, shift_dialog) == wanted


def test_translations_are_needed_rotations_are_not(qtbot: Any, shift_dialog: ShiftDialog) -> None:
    for name in ("dx", "dy"):
        QTest.keyClicks(shift_dialog.seven.lines[name], "1.5")
    assert not shift_dialog.take.isEnabled()
    QTest.keyClicks(shift_dialog.seven.lines["dz"], "-2")
    assert shift_dialog.take.isEnabled()
    QTest.keyClicks(shift_dialog.seven.lines["rx"], "x")
    assert not shift_dialog.take.isEnabled()
    assert shift_dialog.seven.lines["rx"].property("wrong")


def test_four_parameters_stand_as_on_a_chinese_sheet(qtbot: Any, shift_dialog: ShiftDialog) -> None:
    qtbot.mouseClick(shift_dialog.way.button("four"), Qt.MouseButton.LeftButton)
    assert not shift_dialog.source.isEnabled()  # any plane grid will do
    for name, value in zip(shift_dialog.four.lines, (-50.123, 110.456, 1.25, 3.0), strict=True):
        shift_dialog.four.lines[name].show_value(value)
    shift = agreed(qtbot, shift_dialog)
    assert shift == Similarity4.of_survey(-50.123, 110.456, 1.25, 3.0, target_crs="EPSG:4549")


@pytest.mark.parametrize(
    "shift",
    [Helmert7(1.25, -2.5, 3, 0.125, source_crs="EPSG:2385"), Similarity4(110.5, -50.25, 1.000003, -1.25, "EPSG:4549")],
    ids=["seven", "four"],
)
def test_a_shift_is_opened_as_it_stands(qtbot: Any, shift: Any) -> None:
    dialog = ShiftDialog(shift, "EPSG:4326", "EPSG:4549", _owner[0])
    made: Any = agreed(qtbot, dialog)
    assert type(made) is type(shift)
    for key, value in shift.to_dict().items():
        if isinstance(value, float):
            assert made.to_dict()[key] == pytest.approx(value, rel=1e-9)
        else:
            assert made.to_dict()[key] == value


def test_a_shift_is_taken_away(qtbot: Any, shift_dialog: ShiftDialog) -> None:
    with qtbot.waitSignal(shift_dialog.taken, timeout=1000) as caught:
        qtbot.mouseClick(shift_dialog.none, Qt.MouseButton.LeftButton)
    assert caught.args == [None]


# Control points -------------------------------------------------------------------------------------------------------
TRUE = Similarity4(110.4, -50.1, 1.000003, 1.2)


def points_text(blunder: int | None = None, count: int = 8) -> str:
    rng = np.random.default_rng(7)
    lines = []
    for i in range(count):
        e, n = 500_000 + rng.uniform(-20_000, 20_000), 3_690_000 + rng.uniform(-20_000, 20_000)
        te, tn = (float(v) for v in TRUE.moved(e, n))
        te += 2.0 if i == blunder else 0.0
        lines.append(f"G{i:02d},{n:.4f},{e:.4f},{tn:.4f},{te:.4f}")  # northing first, as surveyors write
    return "\n".join(lines) + "\n"


@pytest.fixture
def points(qtbot: Any) -> ControlPoints:
    made = ControlPoints()
    qtbot.addWidget(made)
    made.show()
    return made


def test_points_are_read_from_a_file_and_fitted(points: ControlPoints, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(points_text(), "utf-8")
    points.read(path)
    shift = points.shift()
    assert isinstance(shift, Similarity4)
    assert shift.target_crs == "EPSG:4549"
    east, north = shift.moved(501_000, 3_691_000)
    wanted = TRUE.moved(501_000, 3_691_000)
    assert math.hypot(float(east - wanted[0]), float(north - wanted[1])) < 0.001
    assert points.fit is not None
    assert points.fit.rms_m < 0.001
    assert float(points._text(0, 5)) == pytest.approx(0, abs=0.001)


def test_a_blunder_is_named_and_left_out_by_a_tick(points: ControlPoints) -> None:
    points.paste(points_text(blunder=5))
    assert "G05" in points.quality.text()
    before = points.fit.rms_m  # type: ignore[union-attr]
    points._item(5, 0).setCheckState(Qt.CheckState.Unchecked)
    assert points.fit.rms_m < 0.001 < before  # type: ignore[union-attr]
    assert "G05" not in points.quality.text()
    assert points._text(5, 5) == ""


def test_a_number_is_mended_in_its_cell(points: ControlPoints) -> None:
    points.paste(points_text(blunder=5))
    wrong = float(points._text(5, 3))
    points._item(5, 3).setText(f"{wrong - 2.0:.4f}")
    assert points.fit.rms_m < 0.001  # type: ignore[union-attr]


def test_too_few_points_say_how_many_are_needed(points: ControlPoints) -> None:
    points.paste(points_text(count=1))
    assert points.shift() is None
    assert "2" in points.quality.text()
    points.paste(points_text(count=2))
    choose(points.kind, "seven")
    assert points._used()[0] == [0, 1, 2]


def test_seven_parameters_are_fitted(points: ControlPoints) -> None:
    points.set_systems("EPSG:2437", "EPSG:4549")
    points.paste(points_text())
    choose(points.kind, "seven")
    shift = points.shift()
    assert isinstance(shift, Helmert7)
    assert shift.source_crs == "EPSG:2437"
    assert points.fit.rms_m < 0.05  # type: ignore[union-attr]


def test_points_are_added_and_removed_by_hand(qtbot: Any, points: ControlPoints) -> None:
    qtbot.mouseClick(points.add, Qt.MouseButton.LeftButton)
    assert points.table.rowCount() == 1
    points.table.selectRow(0)
    qtbot.mouseClick(points.remove, Qt.MouseButton.LeftButton)
    assert points.table.rowCount() == 0


def test_text_that_holds_no_points_is_told(qtbot: Any, shift_dialog: ShiftDialog) -> None:
    qtbot.mouseClick(shift_dialog.way.button("points"), Qt.MouseButton.LeftButton)
    shift_dialog.points.paste("nothing of use")
    assert shift_dialog.said.property("role") == "problem"
    assert not shift_dialog.take.isEnabled()
    shift_dialog.points.paste(points_text())
    assert isinstance(agreed(qtbot, shift_dialog), Similarity4)
