"""A surveyor's story: choose a file, see what Yantu made of it, change a choice, import, undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent

from desktop.imports.assistant import ImportAssistant

ROWS = [
    "编号,热点名称,经度,纬度,功率,是否免费",
    "N1,车站,120.010,33.355,23,是",
    "N2,公园,120.012,33.356,20,否",
    "N3,坏,abc,33.356,20,否",
    "N1,重复,120.013,33.356,20,是",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "field.csv"
    path.write_bytes("\n".join(ROWS).encode("gb18030"))
    return path


@pytest.fixture
def assistant(qtbot: Any, window: Any) -> ImportAssistant:
    made = ImportAssistant(window)
    made.show()
    return made


def staged(assistant: ImportAssistant) -> Callable[[], bool]:
    return lambda: assistant._staged is not None and assistant._job is None


def test_the_story(qtbot: Any, window: Any, assistant: ImportAssistant, file: Path) -> None:
    assert not assistant.import_button.isEnabled()
    assistant.open_file(file)
    qtbot.waitUntil(staged(assistant), timeout=20_000)
    assert assistant.choices.x.currentData() == "经度"
    assert assistant.choices.y.currentData() == "纬度"
    assert "gb18030" in assistant.choices.evidence.text()
    assert assistant.choices._fields["eirp_dbm"].currentData() == "功率"
    assert "新增 2" in assistant.counts.text()
    assert "拒绝 1" in assistant.counts.text()
    assert assistant.model.rowCount() == 4

    qtbot.mouseClick(assistant.problem_rows, Qt.MouseButton.LeftButton)
    assert assistant.model.rowCount() == 2
    lines = [assistant.model.index(row, 0).data() for row in range(2)]
    assert lines == ["4", "5"]
    assert "重复" in assistant.model.index(1, 2).data()

    before = window.session.count("wifi_hotspot")
    qtbot.mouseClick(assistant.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.count("wifi_hotspot") == before + 2, timeout=20_000)
    window.session.undo()
    assert window.session.count("wifi_hotspot") == before


def test_a_changed_mapping_is_staged_again(qtbot: Any, assistant: ImportAssistant, file: Path) -> None:
    assistant.open_file(file)
    qtbot.waitUntil(staged(assistant), timeout=20_000)
    box = assistant.choices._fields["eirp_dbm"]
    box.setCurrentIndex(0)
    qtbot.waitUntil(
        lambda: staged(assistant)() and "eirp_dbm" not in assistant._staged.mapping.sources,  # type: ignore[union-attr]
        timeout=20_000,
    )
    assert assistant.import_button.isEnabled()


def test_a_wrong_encoding_says_what_to_do(qtbot: Any, assistant: ImportAssistant, file: Path) -> None:
    assistant.open_file(file)
    qtbot.waitUntil(staged(assistant), timeout=20_000)
    box = assistant.choices.encoding_box
    box.setCurrentIndex(box.findData("utf-8"))
    qtbot.waitUntil(lambda: assistant.problem.isVisible(), timeout=20_000)
    assert "编码" in assistant.problem.text()
    assert not assistant.import_button.isEnabled()


def test_a_file_with_no_position_offers_its_columns(qtbot: Any, assistant: ImportAssistant, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("code,p,q\nA,120.01,33.35\nB,121,33.4\nC,120,33\n", "utf-8")
    (tmp_path / "r.csv").write_text("code,p,q\nA,red,blue\n", "utf-8")
    assistant.open_file(tmp_path / "r.csv")
    qtbot.waitUntil(lambda: assistant.problem.isVisible(), timeout=20_000)
    assert assistant.choices.x.findData("p") > 0
    assistant.open_file(path)
    qtbot.waitUntil(staged(assistant), timeout=20_000)
    assert not assistant.problem.isVisible()


def test_a_dropped_file_is_read(qtbot: Any, assistant: ImportAssistant, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPoint(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    assistant.dropEvent(event)
    qtbot.waitUntil(staged(assistant), timeout=20_000)
    assert assistant.file_label.text() == "field.csv"
