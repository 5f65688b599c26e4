"""A surveyor's story: drop a file, see what becomes of each row, decide, import, keep the report, take it back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

import desktop.imports.assistant as preparing
from desktop.imports.assistant import ImportAssistant
from desktop.imports.rows_model import CELLS, FATE, NOTE
from desktop.shell.notices import notices
from desktop.shell.theme import theme
from desktop.shell.window import MainWindow
from desktop.shell.words import set_language
from gis.exchange.sorting import Sorting
from gis.exchange.staged import Outcome
from tests.desktop.imports.conftest import HEAD, place

LEFT = Qt.MouseButton.LeftButton
Wait = Callable[[], None]


def counts(assistant: ImportAssistant) -> dict[str, str]:
    return {str(outcome): button.text() for outcome, button in assistant.workbench.filter.buttons.items()}


def shown(assistant: ImportAssistant, section: int) -> list[str]:
    model = assistant.workbench.model
    return [model.index(row, section).data() for row in range(model.rowCount())]


def drop(widget: Any, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPoint(10, 10), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    )  # fmt: skip
    widget.dropEvent(event)


def heights(window: MainWindow) -> dict[str, float]:
    rows = window.session.columns("wifi_hotspot", ["code", "height_m"], geometry=False)
    return dict(zip(rows.fields["code"], rows.fields["height_m"].tolist(), strict=True))


def test_the_whole_story(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, survey: Path
) -> None:
    assert not assistant.import_button.isEnabled()
    assert assistant.pages.currentWidget() is assistant.empty
    drop(assistant, survey)
    ready()

    # What became of it: the class by the file's name, each row with its outcome.
    assert assistant.choices.cls == "wifi_hotspot"
    assert list(counts(assistant).values()) == ["全部 8", "新增 2", "更新 2", "相同 2", "冲突 1", "拒绝 1"]
    assert shown(assistant, FATE) == ["相同", "相同", "更新", "更新", "冲突", "新增", "新增", "拒绝"]
    assert assistant.counts.text() == "将新增 2，更新 2，其余 4 行不动。"
    assert assistant.import_button.text() == "导入 4 个"
    assert not assistant.workbench.card.isVisible()  # at first all rows are looked at, none alone
    header = [assistant.workbench.model.headerData(s, Qt.Orientation.Horizontal) for s in range(CELLS, CELLS + 6)]
    assert header[0] == "编号\n编号"
    assert header[4] == "挂高\n挂高"
    assert header[2] == "经度\n—"

    # A changed row: what it changes, old beside new; on the map too.
    bench = assistant.workbench
    qtbot.mouseClick(bench.filter.buttons[Outcome.CHANGED], LEFT)
    assert shown(assistant, CELLS + 4) == ["9.5 ← 5\u202fm", "6"]
    assert shown(assistant, NOTE)[1] == "名称、移动 10.0\u202fm"
    rect = bench.table.visualRect(bench.model.index(1, FATE))
    qtbot.mouseClick(bench.table.viewport(), LEFT, pos=rect.center())
    assert bench.card.isVisible()
    facing = bench.card.facing()
    assert [(side.field, side.differs) for side in facing[:2]] == [("name", True), ("geom", True)]
    assert bench.map.selection["staged rows"].tolist() == [4]
    target = bench.card.target
    assert bench.map.selection["wifi_hotspot"].tolist() == [target]

    # Its name stays as the project has it: a click on the project's value.
    item = bench.card.fields.topLevelItem(0)
    assert item.text(1) == "✓ 新名"
    box = bench.card.fields.visualItemRect(item)
    column = bench.card.fields.header().sectionViewportPosition(2)
    qtbot.mouseClick(bench.card.fields.viewport(), LEFT, pos=QPoint(column + 12, box.center().y()))
    ready()
    assert bench.card.fields.topLevelItem(0).text(2).startswith("✓")
    assert shown(assistant, NOTE)[1] == "移动 10.0\u202fm"

    # The conflict: the same code two kilometres away is added as a feature of its own? No: left out first.
    qtbot.mouseClick(assistant.conflicts, LEFT)
    assert shown(assistant, FATE) == ["冲突"]
    assert bench.card.isVisible()
    qtbot.mouseClick(bench.card.ways["update"], LEFT)
    ready()
    assert shown(assistant, FATE) == ["冲突 → 更新"]
    assert not assistant.conflicts.isVisible()
    assert assistant.import_button.text() == "导入 5 个"

    # Written as one step.
    before = window.session.count("wifi_hotspot")
    name = window.session.row("wifi_hotspot", target)["name"]
    qtbot.mouseClick(assistant.import_button, LEFT)
    ready()
    at_rest()
    assert window.session.count("wifi_hotspot") == before + 2
    row = window.session.row("wifi_hotspot", target)
    assert row["name"] == name
    assert row["geom"].x == pytest.approx(500_000 + 40 * 3 + 8, abs=0.02)
    assert heights(window)["W-002"] == 9.5
    assert window.session.history(limit=1)[0].label == "import.file"

    # The finish: counts that add up, and undo.
    assert assistant.pages.currentWidget() is assistant.finish
    said = {key: int(label.text()) for key, label in assistant.finish.counts.items()}
    assert said == {"read": 8, "new": 2, "changed": 3, "same": 2, "left": 0, "conflict": 0, "rejected": 1}
    assert said["read"] == sum(said.values()) - said["read"]
    qtbot.mouseClick(assistant.finish.undo, LEFT)
    at_rest()
    assert "已撤销" in assistant.finish.title.text()
    assert window.session.count("wifi_hotspot") == before
    assert heights(window)["W-002"] == 5.0


def test_by_keyboard_alone(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, survey: Path
) -> None:
    assistant.open_file(survey)
    ready()
    bench = assistant.workbench
    assistant.activateWindow()
    qtbot.keyClick(bench, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(bench.line, "8")
    qtbot.keyClick(bench.line, Qt.Key.Key_Return)
    assert bench.card.title.text() == "第 8 行：新增"
    qtbot.keyClick(bench.table, Qt.Key.Key_Delete)
    ready()
    assert shown(assistant, FATE)[6] == "新增 → 不导入"
    assert assistant.import_button.text() == "导入 3 个"
    qtbot.keyClick(bench.table, Qt.Key.Key_Delete)
    ready()
    assert shown(assistant, FATE)[6] == "新增"
    qtbot.keyClick(bench.table, Qt.Key.Key_Up)
    assert bench.card.title.text() == "第 7 行：新增"
    bench.show_line(5)
    qtbot.keyClick(bench.table, Qt.Key.Key_Return)
    assert bench.card.ways["skip"].hasFocus()
    bench.card.fields.setFocus()
    bench.card.fields.setCurrentItem(bench.card.fields.topLevelItem(0))
    qtbot.keyClick(bench.card.fields, Qt.Key.Key_Space)
    ready()
    assert bench.card.fields.topLevelItem(0).text(2).startswith("✓")
    qtbot.keyClick(assistant, Qt.Key.Key_Escape)
    assert not bench.card.isVisible()
    bench.table.setFocus()
    assert not bench.card.isVisible()
    qtbot.keyClick(bench.table, Qt.Key.Key_Return)
    assert bench.card.isVisible()
    qtbot.keyClick(assistant, Qt.Key.Key_Escape)
    assert not bench.card.isVisible()
    before = window.session.count("wifi_hotspot")
    qtbot.keyClick(assistant, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    ready()
    at_rest()
    assert window.session.count("wifi_hotspot") == before + 2
    qtbot.keyClick(assistant, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(assistant))


MODES = [
    ("valid", "将新增 2，更新 2，其余 4 行不动。"),
    ("add", "将新增 2，更新 0，其余 6 行不动。"),
    ("update", "将新增 0，更新 2，其余 6 行不动。"),
    ("geometry", "将新增 0，更新 1，其余 7 行不动。"),
    ("attributes", "将新增 0，更新 2，其余 6 行不动。"),
]


@pytest.mark.parametrize(("mode", "said"), MODES, ids=[mode for mode, _ in MODES])
def test_modes(qtbot: Any, assistant: ImportAssistant, ready: Wait, survey: Path, mode: str, said: str) -> None:
    assistant.open_file(survey)
    ready()
    assistant.mode.setCurrentIndex(assistant.mode.findData(mode))
    assistant.mode.activated.emit(assistant.mode.currentIndex())
    ready()
    assert assistant.counts.text() == said


def test_all_or_nothing_says_what_stands_against_it(assistant: ImportAssistant, ready: Wait, survey: Path) -> None:
    assistant.open_file(survey)
    ready()
    assistant.mode.setCurrentIndex(assistant.mode.findData("all"))
    assistant.mode.activated.emit(0)
    ready()
    assert not assistant.import_button.isEnabled()
    assert assistant.counts.property("role") == "problem"
    assert "1" in assistant.counts.text()


def test_a_whole_column_may_be_kept(qtbot: Any, assistant: ImportAssistant, ready: Wait, survey: Path) -> None:
    assistant.open_file(survey)
    ready()
    bench = assistant.workbench
    bench._fill_columns()
    actions = {action.data(): action for action in bench.columns.menu().actions() if action.data()}
    assert set(actions) == {"name", "height_m", "geom"}
    actions["height_m"].trigger()
    ready()
    assert assistant.counts.text() == "将新增 2，更新 1，其余 5 行不动。"
    bench.filter.choose(Outcome.CHANGED)
    assert shown(assistant, CELLS + 4)[0] == "9.5"


def test_one_decision_for_all_alike(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, tmp_path: Path
) -> None:
    far = [f"W-{i:03d},,{place(500_000 + 40 * i, 3_693_000)},{i},是" for i in range(10, 15)]
    twice = [f"T-1,,{place(500_900, 3_691_000 + 100 * i)},4,是" for i in range(2)]
    path = tmp_path / "far.csv"
    path.write_text("\n".join([HEAD, *far, *twice]), "utf-8")
    assistant.open_file(path, "wifi_hotspot")
    ready()
    bench = assistant.workbench
    assert bench.filter.buttons[Outcome.CONFLICT].text() == "冲突 6"
    qtbot.mouseClick(assistant.conflicts, LEFT)
    assert not bench.card.alike.isVisible()
    qtbot.mouseClick(bench.card.ways["update"], LEFT)
    ready()
    assert bench.card.alike.text() == "同类 5 行都这样处理"
    qtbot.mouseClick(bench.card.alike, LEFT)
    ready()
    assert shown(assistant, FATE) == ["冲突 → 更新"] * 5 + ["冲突"]
    assert assistant.conflicts.text() == "处理 1 个冲突…"
    qtbot.mouseClick(bench.card.back, LEFT)
    ready()
    assert shown(assistant, FATE)[0] == "冲突"
    assert assistant.conflicts.text() == "处理 2 个冲突…"


def test_a_click_on_the_map_finds_the_row(qtbot: Any, assistant: ImportAssistant, ready: Wait, survey: Path) -> None:
    assistant.open_file(survey)
    ready()
    bench = assistant.workbench
    bench.map.show_place(501_000, 3_690_700, 2000)
    qtbot.waitUntil(lambda: not bench.map.busy)
    px, py = bench.map.view.to_pixels(501_000, 3_690_700)
    qtbot.mouseClick(bench.map, LEFT, pos=QPoint(round(float(px)), round(float(py))))
    assert bench.card.title.text() == "第 7 行：新增"
    bench.filter.choose(Outcome.REJECTED)
    assert bench.map.scene.drawn_layers()[-1].style.shown_variants(1000) is not None
    qtbot.mouseClick(bench.with_map, LEFT)
    assert not bench.map.isVisible()


def test_choices_are_staged_again_and_decisions_stay(
    qtbot: Any, assistant: ImportAssistant, ready: Wait, survey: Path
) -> None:
    assistant.open_file(survey)
    ready()
    bench = assistant.workbench
    bench.show_line(7)
    bench.table.setFocus()
    qtbot.keyClick(bench.table, Qt.Key.Key_Delete)
    ready()
    box = assistant.choices.fields.boxes["height_m"]
    box.setCurrentIndex(0)
    box.chosen.emit(box.currentData())
    qtbot.waitUntil(lambda: assistant.working)
    ready()
    assert counts(assistant)[str(Outcome.CHANGED)] == "更新 1"
    assert shown(assistant, FATE)[5] == "新增 → 不导入"
    assert bench.card.title.text() == "第 7 行：新增 → 不导入"


def test_a_refused_file_says_what_to_do(assistant: ImportAssistant, ready: Wait, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("code,p,q\nA,red,blue\n", "utf-8")
    assistant.open_file(path)
    ready()
    assert assistant.problem.isVisible()
    assert not assistant.import_button.isEnabled()
    assert assistant.workbench.model.rowCount() == 1  # its cells are seen all the same
    nothing = tmp_path / "empty.csv"
    nothing.write_bytes(b"")
    assistant.open_file(nothing)
    ready()
    assert assistant.problem.isVisible()
    assert assistant.workbench.model.rowCount() == 0


def test_several_files_and_folders(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, survey: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "brought"
    folder.mkdir()
    (folder / "摄像头.csv").write_text(f"编号,经度,纬度\nC-1,{place(500_500, 3_690_500)}\n", "utf-8")
    (folder / "notes.pdf").write_bytes(b"%PDF")
    drop(assistant, survey, folder)
    ready()
    assert assistant.queue.isVisible()
    assert [path.name for path in assistant.queue.paths] == ["wifi热点.csv", "摄像头.csv"]
    assert assistant.choices.cls == "wifi_hotspot"
    qtbot.mouseClick(assistant.import_button, LEFT)
    ready()
    assert assistant.finish.next.text() == "下一个：摄像头.csv"
    qtbot.mouseClick(assistant.finish.next, LEFT)
    ready()
    assert assistant.choices.cls == "camera"
    assert counts(assistant)[str(Outcome.NEW)] == "新增 1"
    qtbot.mouseClick(assistant.import_button, LEFT)
    ready()
    at_rest()
    assert window.session.count("camera") == 1
    assert not assistant.finish.next.isVisible()


def test_the_window_takes_what_is_dropped(qtbot: Any, window: MainWindow, survey: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.csv"
    other.write_text(f"编号,经度,纬度\nC-1,{place(500_500, 3_690_500)}\n", "utf-8")
    drop(window, survey, other)
    made = window.findChild(ImportAssistant)
    qtbot.waitUntil(lambda: not made.working)
    assert len(made.queue.paths) == 2
    drop(window, tmp_path / "brought.csv")
    assert len(made.queue.paths) == 3
    assert len(window.findChildren(ImportAssistant)) == 1
    made.close()


def test_stop_while_reading(qtbot: Any, assistant: ImportAssistant, ready: Wait, survey: Path) -> None:
    assistant.open_file(survey)
    assert assistant.stop.isVisible()
    qtbot.mouseClick(assistant.stop, LEFT)
    assert assistant.problem.isVisible()
    ready()
    assert assistant.workbench.model.outcomes is None or assistant._prepared is None
    assistant.open_file(survey)
    ready()
    assert assistant.import_button.isEnabled()


def test_undo_is_refused_where_other_edits_came_after(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, survey: Path
) -> None:
    from gis.editing import Delete

    assistant.open_file(survey)
    ready()
    assistant.carry_out()
    ready()
    at_rest()
    window.workspace.perform(Delete("wifi_hotspot", [int(window.session.ids("wifi_hotspot")[0])]))
    at_rest()
    count = window.session.count("wifi_hotspot")
    qtbot.mouseClick(assistant.finish.undo, LEFT)
    at_rest()
    assert window.session.count("wifi_hotspot") == count
    assert "已导入" in assistant.finish.title.text()
    window.session.undo(2)
    qtbot.mouseClick(assistant.finish.undo, LEFT)
    assert "已撤销" in assistant.finish.title.text()


def test_in_english_and_dark(assistant: ImportAssistant, ready: Wait, survey: Path) -> None:
    assistant.open_file(survey)
    ready()
    assistant.workbench.show_line(6)
    set_language("en")
    theme().apply("dark")
    ready()
    assert assistant.windowTitle() == "Import"
    assert list(counts(assistant).values())[:2] == ["All 8", "New 2"]
    assert assistant.workbench.card.title.text() == "Line 6: Conflict"
    assert assistant.mode.currentText() == "Everything valid"


def test_a_project_that_is_left_closes_it(qtbot: Any, window: MainWindow, assistant: ImportAssistant) -> None:
    window.workspace.set_session(None)
    qtbot.waitUntil(lambda: not isValid(assistant))
    QTest.qWait(0)


def test_a_file_of_several_classes_is_one_step(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    rows = [
        f"A-1,热点一,{place(500_300, 3_690_300)},WiFi热点",
        f"A-2,监控一,{place(500_400, 3_690_400)},监控点",
        f"A-3,监控二,{place(500_500, 3_690_500)},监控点",
        f"A-4,何物,{place(500_500, 3_690_600)},飞船",
    ]
    path.write_text("\n".join(["编号,名称,经度,纬度,类型", *rows]), "utf-8")
    assistant.open_file(path)
    ready()
    assistant.choices.set_sorting(Sorting("类型", {"WiFi热点": "wifi_hotspot", "监控点": "camera"}))
    qtbot.waitUntil(lambda: assistant.working)
    ready()
    bench = assistant.workbench
    texts = [bench.part.itemText(row) for row in range(bench.part.count())]
    assert sorted(texts) == sorted(["WiFi热点 1", "监控点 2", "未归类 1"])
    assert assistant.counts.text() == "将新增 3，更新 0，其余 1 行不动。"
    bench.part.setCurrentIndex(texts.index("监控点 2"))
    assert shown(assistant, CELLS) == ["A-2", "A-3"]
    bench.show_line(4)
    bench.table.setFocus()
    qtbot.keyClick(bench.table, Qt.Key.Key_Delete)
    ready()
    bench.part.setCurrentIndex(texts.index("未归类 1"))
    assert shown(assistant, FATE) == ["拒绝"]
    before = window.session.counts()
    qtbot.mouseClick(assistant.import_button, LEFT)
    ready()
    at_rest()
    assert window.session.count("camera") == before["camera"] + 1
    assert window.session.count("wifi_hotspot") == before["wifi_hotspot"] + 1
    said = {key: int(label.text()) for key, label in assistant.finish.counts.items()}
    assert said == {"read": 4, "new": 2, "changed": 0, "same": 0, "left": 1, "conflict": 0, "rejected": 1}
    window.session.undo()
    assert window.session.counts() == before


def test_report_and_rows_not_taken_are_saved_and_come_back(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, survey: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assistant.open_file(survey)
    ready()
    assistant.carry_out()
    ready()
    asked: list[str] = []

    def answer(_parent: Any, _title: str, name: str, kinds: str) -> tuple[str, str]:
        asked.append(name)
        return str(tmp_path / target), kinds.split(";;")[0]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    for target in ("r.html", "r.xlsx", "r.json"):
        qtbot.mouseClick(assistant.finish.report, LEFT)
        at_rest()
        assert (tmp_path / target).stat().st_size > 500
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["read"] == 8
    target = "left"  # without an ending: that of the kind chosen
    qtbot.mouseClick(assistant.finish.rejected, LEFT)
    at_rest()
    assert asked[-1] == "wifi热点-未导入的行.csv"
    kept = (tmp_path / "left.csv").read_text("utf-8-sig").splitlines()
    assert len(kept) == 3
    mended = [kept[0], *(line.replace("abc,33.3", place(501_200, 3_690_900)) for line in kept if "N-3" in line)]
    again = tmp_path / "mended.csv"
    again.write_text("\n".join(mended), "utf-8")
    assistant.open_file(again)
    ready()
    assert assistant.choices.cls == "wifi_hotspot"
    assert assistant.counts.text() == "将新增 1，更新 0，其余 0 行不动。"


def test_a_cancelled_import_leaves_the_project_as_it_was(
    qtbot: Any, window: MainWindow, assistant: ImportAssistant, ready: Wait, at_rest: Wait, survey: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assistant.open_file(survey)
    ready()
    held = threading.Event()
    real = preparing.apply_plan

    def slow(session: Any, plan: Any, decisions: Any, progress: Any) -> Any:
        held.wait(10)
        return real(session, plan, decisions, progress)

    monkeypatch.setattr(preparing, "apply_plan", slow)
    before = window.session.count("wifi_hotspot")
    qtbot.mouseClick(assistant.import_button, LEFT)
    assert not assistant.choices.isEnabled()
    assert not assistant.import_button.isEnabled()
    assert assistant.stop.isVisible()
    qtbot.mouseClick(assistant.stop, LEFT)
    held.set()
    ready()
    at_rest()
    assert window.session.count("wifi_hotspot") == before
    assert assistant.problem.text() == "已停止：工程保持原样。"
    assert assistant.import_button.isEnabled()

    # Closed while it is under way, the import goes on and a notice tells its end.
    held.clear()
    qtbot.mouseClick(assistant.import_button, LEFT)
    assistant.close()
    held.set()
    at_rest()
    assert window.session.count("wifi_hotspot") == before + 2
    assert any("已导入" in notice.message() for notice in notices().recent)
