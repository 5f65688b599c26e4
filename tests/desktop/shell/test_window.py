"""The window as a whole: what it shows, what it remembers, what the keyboard reaches."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QToolButton, QWidget

from desktop.shell.notices import notices
from desktop.shell.settings import SettingsStore
from desktop.shell.theme import theme
from desktop.shell.window import MainWindow
from desktop.shell.words import chinese, language
from gis.editing.intents import Update
from gis.project import Session


def hotspot(window, place=0):
    return int(window.session.ids("wifi_hotspot", order="code")[place])


def press(qtbot, window, keys):
    """A shortcut, as the window's action answers it."""
    combination = QKeySequence(keys)[0]
    qtbot.keyClick(window, combination.key(), combination.keyboardModifiers())


def test_it_stands_on_a_small_screen(window):
    window.resize(1280, 720)
    assert (window.width(), window.height()) == (1280, 720)
    hint = window.minimumSizeHint()
    assert hint.width() <= 1280
    assert hint.height() <= 720
    for part in (window.top, window.side, window.canvas, window.inspector, window.status):
        assert part.isVisible()
        assert window.rect().contains(
            part.geometry().translated(part.parentWidget().mapTo(window, part.pos()) - part.pos())
        )


def test_the_map_shows_the_city(window):
    box = window.canvas.view.bbox
    assert box[0] < 499_000 < 503_000 < box[2]
    assert window.status.scale.text().startswith("1:")
    assert window.canvas.grab_picture() is not None


@pytest.mark.parametrize("mode", ["edit", "analyse", "print", "browse"])
def test_modes_bring_their_tools(window, at_rest, mode):
    window.actions_[f"mode.{mode}"].trigger()
    at_rest()
    assert window.workspace.mode == mode
    assert window.top.modes.checkedButton().isVisible()
    assert window.actions_["tool.move"].isEnabled() == (mode == "edit")
    assert not notices().recent


def test_a_selection_is_shown_everywhere(window, at_rest):
    id = hotspot(window)
    window.workspace.select({"wifi_hotspot": [id]})
    at_rest()
    feature = window.inspector.feature
    assert feature.isVisible()
    assert feature.title.text() == window.session.row("wifi_hotspot", id)["name"]
    assert feature.subtitle.text() == "WiFi热点"
    assert feature.form.editors["height_m"].line.isReadOnly()
    assert window.canvas.selection["wifi_hotspot"].tolist() == [id]
    assert window.workspace.current_class == "wifi_hotspot"
    window.workspace.select({})
    assert window.inspector.start.isVisible()


def test_a_click_on_the_map_selects(qtbot, window, at_rest):
    id = hotspot(window)
    place = window.session.row("wifi_hotspot", id)["geom"]
    window.rooms.zoom_to((place.x - 50, place.y - 50, place.x + 50, place.y + 50))
    at_rest()
    x, y = window.canvas.view.to_pixels(place.x, place.y)
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())
    assert window.workspace.selection["wifi_hotspot"].tolist() == [id]


def test_one_edit_from_form_to_history_and_back(qtbot, window, at_rest):
    id = hotspot(window)
    window.workspace.select({"wifi_hotspot": [id]})
    window.actions_["mode.edit"].trigger()
    window.bottom.show_page(window.history)
    at_rest()
    entries = len(window.session.history())
    qtbot.waitUntil(lambda: window.history.model.rowCount() >= entries)
    before = window.history.model.rowCount()
    line = window.inspector.feature.form.editors["height_m"].line
    line.selectAll()
    qtbot.keyClicks(line, "12")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    at_rest()
    assert window.session.row("wifi_hotspot", id)["height_m"] == 12
    assert not window.inspector.feature.form.dirty
    qtbot.waitUntil(lambda: window.history.model.rowCount() == before + 1)
    assert window.actions_["edit.undo"].isEnabled()
    assert "挂高" in window.actions_["edit.undo"].toolTip()  # says what it would take back
    window.actions_["edit.undo"].trigger()
    at_rest()
    assert window.inspector.feature.form.editors["height_m"].line.text() == "3"
    assert window.actions_["edit.redo"].isEnabled()
    window.actions_["edit.redo"].trigger()
    at_rest()
    assert window.session.row("wifi_hotspot", id)["height_m"] == 12


def test_what_was_typed_is_kept_when_the_selection_moves_on(qtbot, window, at_rest):
    first, second = hotspot(window, 0), hotspot(window, 1)
    window.actions_["mode.edit"].trigger()
    window.workspace.select({"wifi_hotspot": [first]})
    line = window.inspector.feature.form.editors["remark"].line
    qtbot.keyClicks(line, "moved")
    window.workspace.select({"wifi_hotspot": [second]})
    at_rest()
    assert window.session.row("wifi_hotspot", first)["remark"] == "moved"
    assert window.session.row("wifi_hotspot", second)["remark"] is None


def test_several_are_edited_as_one_step(window, at_rest):
    ids = window.session.ids("wifi_hotspot")
    window.actions_["mode.edit"].trigger()
    window.workspace.select({"wifi_hotspot": ids})  # more than are read at once: by a worker
    at_rest()
    form = window.inspector.feature.form
    assert window.inspector.feature.title.text() == "已选 40 个要素"
    form.editors["free"].button(True).click()
    form.apply()
    at_rest()
    assert all(window.session.columns("wifi_hotspot", ["free"]).fields["free"] == 1)
    window.actions_["edit.undo"].trigger()
    at_rest()
    assert 0 < window.session.columns("wifi_hotspot", ["free"]).fields["free"].sum() < 40


def test_deleting_asks_nothing_and_is_undone(window, at_rest):
    window.actions_["mode.edit"].trigger()
    window.workspace.select(
        {"wifi_hotspot": window.session.ids("wifi_hotspot")[:3], "road": window.session.ids("road")}
    )
    window.actions_["edit.delete"].trigger()
    at_rest()
    assert window.session.count("wifi_hotspot") == 37
    assert window.session.count("road") == 0
    assert window.workspace.selection == {}
    window.actions_["edit.undo"].trigger()
    at_rest()
    assert window.session.count("wifi_hotspot") == 40
    assert window.session.count("road") == 1


def test_a_refusal_is_a_card_and_nothing_changes(window, at_rest):
    window.actions_["mode.edit"].trigger()
    window.workspace.select({"wifi_hotspot": [hotspot(window)]})
    form = window.inspector.feature.form
    form.editors["code"].line.setText("W-001")  # another's
    form.editors["code"].edited.emit()
    form.apply()
    at_rest()
    assert window.cards.cards()
    assert window.session.row("wifi_hotspot", hotspot(window))["code"] == "W-000"


def test_drawing_makes_a_feature_and_selects_it(qtbot, window, at_rest):
    window.actions_["mode.edit"].trigger()
    window.commands.draw_class("camera")
    middle = window.canvas.rect().center()
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=middle)
    at_rest()
    assert window.session.count("camera") == 1
    assert list(window.workspace.selection) == ["camera"]
    assert window.inspector.feature.isVisible()


def test_the_language_is_switched_while_running(qtbot, window, at_rest):
    assert window.layers.model.item(0).text() == "视频监控"
    press(qtbot, window, "Ctrl+Shift+E")
    assert language() == "en"
    assert SettingsStore(window.store.path.parent).now.language == "en"
    assert window.layers.model.item(0).text() == "Surveillance"
    assert window.actions_["edit.undo"].text() == "Undo"
    assert window.bottom.tabs.tabText(0) == "Table"
    at_rest()
    said = set(chinese().values()) - set(chinese())
    left = [
        label.text()
        for label in window.findChildren(QLabel)
        if label.text() in said and label.text() not in ("EN", "中文")
    ]
    left += [b.text() for b in window.findChildren(QAbstractButton) if b.text() in said - {"中文", "EN"}]
    assert left == []
    press(qtbot, window, "Ctrl+Shift+E")
    assert language() == "zh"


def test_dark_and_light(qtbot, window, at_rest):
    assert not theme().dark
    press(qtbot, window, "Ctrl+Shift+D")
    at_rest()
    assert theme().dark
    assert window.canvas.dark
    assert window.grab().toImage().pixelColor(4, window.height() - 4).lightness() < 80


def test_every_control_has_a_name(window, at_rest):
    for mode in ("browse", "edit"):
        window.actions_[f"mode.{mode}"].trigger()
        window.workspace.select({"wifi_hotspot": [hotspot(window)]})
        at_rest()
        nameless = [
            f"{type(w).__name__} in {type(w.parentWidget()).__name__}"
            for w in window.findChildren(QWidget)
            if isinstance(w, QAbstractButton | QLineEdit | QComboBox)
            and w.isVisible()
            and not (w.accessibleName() or (isinstance(w, QAbstractButton) and (w.text() or w.toolTip())))
            and not isinstance(w.parentWidget(), QComboBox | QLineEdit)
        ]
        assert nameless == []


def test_tab_walks_from_the_search_through_the_window(qtbot, window):
    window.search.setFocus()
    seen = set()
    for _ in range(80):
        widget = QApplication.focusWidget()
        seen.add(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    assert {window.layers.tree, window.canvas, window.status.scale} <= seen
    assert any(isinstance(widget, QToolButton) for widget in seen)


def test_shortcuts_are_unique(window):
    keys = [action.shortcut().toString() for action in window.actions_ if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))


def test_ctrl_k_runs_a_command_finds_a_code_and_a_class(qtbot, window, at_rest):
    palette = window.palette_
    press(qtbot, window, "Ctrl+K")
    assert palette.isVisible()
    qtbot.keyClicks(palette.line, "W-007")
    at_rest()
    qtbot.waitUntil(lambda: palette.list.count() > 0 and not palette._wait.isActive())
    at_rest()
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert list(window.workspace.selection) == ["wifi_hotspot"]
    palette.open_over()
    palette.line.setText("光缆")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.workspace.current_class == "cable"
    assert window.table.isVisible()
    palette.open_over()
    palette.line.setText("edit")  # commands answer to both languages
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.workspace.mode == "edit"


def test_the_palette_lists_every_command_that_can_be_done(window):
    window.palette_.open_over()
    listed = {window.palette_.list.item(i).text() for i in range(window.palette_.list.count())}
    wanted = {a.text() for a in window.actions_ if a.isEnabled() and a.objectName() != "palette"}
    window.palette_.hide()
    assert listed == wanted


def test_the_doors_lead_into_their_modes(window, at_rest):
    window.inspector.door.emit("plan")
    at_rest()
    assert window.workspace.mode == "analyse"
    window.inspector.door.emit("report")
    at_rest()
    assert window.workspace.mode == "print"


def test_panels_fold_and_their_sizes_are_remembered(qtbot, window, at_rest):
    press(qtbot, window, "Ctrl+T")
    assert window.bottom.open
    assert window.table.isVisible()
    press(qtbot, window, "Ctrl+T")
    assert not window.bottom.open
    press(qtbot, window, "Ctrl+Shift+L")
    assert not window.side.isVisible()
    press(qtbot, window, "Ctrl+H")
    window.rooms.zoom_to((500_000, 3_689_500, 501_000, 3_690_500))
    at_rest()
    window.layers.show_only("road")
    at_rest()
    center, path = window.canvas.center, window.session.path
    window.close()
    state = SettingsStore(window.store.path.parent).now
    assert state.window.bottom_open
    assert not state.window.left_open
    view = SettingsStore(window.store.path.parent).view(path)
    assert view.center == pytest.approx(center)
    assert [layer.name for layer in view.layers if layer.visible] == ["road"]


def test_a_project_is_looked_at_again_as_it_was_left(qtbot, window, store, at_rest):
    window.rooms.zoom_to((500_000, 3_689_500, 501_000, 3_690_500))
    at_rest()
    center, scale, path = window.canvas.center, window.canvas.scale_denominator, window.session.path
    window.close()
    again = MainWindow(Session.open(path), store)
    qtbot.addWidget(again)
    again.resize(1280, 720)
    again.show()
    qtbot.waitUntil(lambda: not again.canvas.busy and not again.canvas.loading)
    assert again.canvas.center == pytest.approx(center, abs=2)
    assert again.canvas.scale_denominator == pytest.approx(scale, rel=0.01)
    again.close()


def test_closing_the_project_leads_to_the_first_page(qtbot, window, at_rest):
    window.bottom.show_page(window.table)
    at_rest()
    window.actions_["project.close"].trigger()
    at_rest()
    assert window.welcome.isVisible()
    assert window.session is None
    assert not window.actions_["mode.edit"].isEnabled()
    assert not window.actions_["edit.undo"].isEnabled()


def test_a_file_that_is_no_project_is_refused_and_the_window_stays(qtbot, window, at_rest, tmp_path):
    wrong = tmp_path / "wrong.yantu"
    wrong.write_text("no database")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(wrong))])
    drop = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(drop)
    at_rest()
    assert window.cards.cards()
    assert window.session is not None


def test_an_empty_project_is_made_and_opened(qtbot, window, at_rest, tmp_path):
    old = window.session
    window.projects.create(tmp_path / "new.yantu", "新城", "EPSG:4549")
    qtbot.waitUntil(lambda: window.session is not old)
    at_rest()
    assert window.session.path == tmp_path / "new.yantu"
    assert window.top.project.text().startswith("新城")
    assert window.store.now.recent[0] == str(tmp_path / "new.yantu")
    assert window.session.count("road") == 0


def test_back_up_and_check(qtbot, window, at_rest, tmp_path, monkeypatch):
    target = tmp_path / "copy.yantu"
    monkeypatch.setattr("desktop.shell.projects.QFileDialog.getSaveFileName", lambda *_: (str(target), ""))
    window.actions_["project.backup"].trigger()
    at_rest()
    with Session.open(target) as copy:
        assert copy.count("wifi_hotspot") == 40
    window.actions_["project.verify"].trigger()
    at_rest()
    assert [notice.level for notice in notices().recent] == ["success", "success"]


def test_closing_stops_the_work(qtbot, window):
    started = []

    def endless(progress):
        started.append(1)
        while True:
            progress.step(1)

    job = window.jobs.start("无尽", endless)
    qtbot.waitUntil(lambda: bool(started))
    window.close()
    assert job.progress.cancelled
    assert not [thread for thread in threading.enumerate() if thread.name in ("job", "map-frames", "map-loader")]


def test_what_was_typed_is_kept_when_the_window_closes(qtbot, window, at_rest):
    id, path = hotspot(window), window.session.path
    window.actions_["mode.edit"].trigger()
    window.workspace.select({"wifi_hotspot": [id]})
    qtbot.keyClicks(window.inspector.feature.form.editors["remark"].line, "last words")
    window.close()
    with Session.open(path) as again:
        assert again.row("wifi_hotspot", id)["remark"] == "last words"


def test_projects_change_places_while_the_map_is_read(qtbot, window, at_rest, tmp_path):
    first = window.session.path
    with Session.create(tmp_path / "second.yantu", name="第二城"):
        pass
    for path in (tmp_path / "second.yantu", first) * 3:
        window.projects.open(path)
        qtbot.waitUntil(lambda path=path: window.session.path == path)
    at_rest()
    assert window.session.count("wifi_hotspot") == 40
    assert not notices().recent


def test_what_another_process_wrote_is_shown(qtbot, window, at_rest):
    with Session.open(window.session.path, author="旁人") as other:
        other.perform(Update("wifi_hotspot", [hotspot(window)], {"name": "旁人改的"}))
    window.workspace.select({"wifi_hotspot": [hotspot(window)]})
    window.open_table("wifi_hotspot")
    at_rest()
    with qtbot.waitSignal(window.workspace.changed) as caught:
        window._look_outside()
    assert caught.args[0].origin == "outside"
    at_rest()
    assert window.inspector.feature.title.text() == "旁人改的"
