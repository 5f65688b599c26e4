"""Stories with mouse and keyboard: a sheet laid out by hand, taken back, kept, and written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from desktop.sheets.composer.gallery import Entry, Gallery
from desktop.sheets.composer.item_page import ItemPage
from desktop.sheets.composer.window import Composer
from desktop.shell.notices import notices
from desktop.shell.settings import SettingsStore
from desktop.shell.words import chinese, set_language
from desktop.shell.workspace import Workspace
from gis.cartography.sheets.editing import added, item_of
from gis.cartography.sheets.items import KINDS, Box, ChartItem, MapItem, TextItem, all_items
from gis.cartography.sheets.templates import sheet_template, user_template_names
from gis.errors import Refusal
from gis.project.sheets import Sheet, Sheets, write_template
from tests.desktop.sheets.reading import words
from tests.desktop.sheets.test_panel import NoBaseMaps

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


def test_the_composer_opens_at_nine_tenths_of_the_window(qtbot, store: SettingsStore, city) -> None:
    workspace = Workspace(store)
    workspace.set_session(city)

    class Window(QWidget):
        session = city
        basemaps, styles = NoBaseMaps(), NoBaseMaps()
        notify = staticmethod(lambda *_said: None)

    window = Window()
    window.workspace, window.jobs, window.store = workspace, workspace.jobs, store
    qtbot.addWidget(window)
    window.setGeometry(100, 50, 1400, 900)
    window.show()
    made = Composer(window, Sheet("", sheet_template("inventory_a3")))
    around = window.frameGeometry()
    assert (made.width(), made.height()) == (round(around.width() * 0.9), round(around.height() * 0.9))
    assert made.geometry().center() == around.center()
    window.resize(800, 600)
    small = Composer(window, Sheet("", sheet_template("inventory_a3")))
    assert (small.width(), small.height()) == (960, 560)
    made.close()
    small.close()
    workspace.session = None
    assert workspace.close()


@pytest.fixture
def composer(qtbot, store: SettingsStore, city) -> Iterator[Composer]:
    """The composer on the inventory sheet of the small city, drawn."""
    workspace = Workspace(store)
    workspace.set_session(city)
    window = SimpleNamespace(
        session=city,
        workspace=workspace,
        jobs=workspace.jobs,
        store=store,
        basemaps=NoBaseMaps(),
        styles=NoBaseMaps(),
        said=[],
    )
    window.notify = lambda subject, level=None: window.said.append((subject, level))
    made = Composer(window, Sheet("", sheet_template("inventory_a3")))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made, before_close_func=lambda left: left.draft.kept(left.draft.sheet))  # nobody is asked
    made.resize(1280, 720)
    made.show()
    made.activateWindow()
    made.page.setFocus()
    Composer._copied = ()
    yield made
    made.close()
    workspace.session = None
    assert workspace.close()


@pytest.fixture
def drawn(qtbot, composer: Composer) -> Callable[[], None]:
    """Waits until the page shows what is asked for."""

    def wait() -> None:
        for _ in range(2):
            qtbot.wait(20)
            qtbot.waitUntil(lambda: not (composer.busy or composer._window.jobs.busy), timeout=20_000)

    wait()
    return wait


def spot(composer: Composer, x: float, y: float) -> QPoint:
    """Where a place of the paper is on the screen."""
    return (composer.page.origin + QPointF(x, y) * composer.page.zoom).toPoint()


def middle(composer: Composer, id: str) -> tuple[float, float]:
    box = composer.page.box_of(id)
    assert box is not None
    return box.x + box.width / 2, box.y + box.height / 2


def drag(
    composer: Composer, start: tuple[float, float], by: tuple[float, float], keys: Qt.KeyboardModifier = PLAIN
) -> None:
    """Press at a place of the paper, move by so many mm in steps, let go."""
    page = composer.page
    first, last = spot(composer, *start), spot(composer, start[0] + by[0], start[1] + by[1])
    QTest.mousePress(page, LEFT, keys, first)
    for step in range(1, 7):
        QTest.mouseMove(page, first + (last - first) * step / 6)
        QApplication.processEvents()
    QTest.mouseRelease(page, LEFT, keys, last)


def box(composer: Composer, id: str) -> Box:
    found = item_of(composer.draft.template, id).box
    assert found is not None
    return found


def same(one: object, other: object) -> bool:
    """Whether two are equal; a difference of whole templates would take a minute to spell out."""
    return one == other


def three_charts(composer: Composer) -> list[str]:
    template, ids = composer.draft.template, []
    for x, y in ((30, 60), (90.5, 75), (163, 91)):
        template, id = added(template, ChartItem(content="counts", box=Box(x, y, 40, 30)))
        ids.append(id)
    composer.draft.put(replace(composer.draft.sheet, template=template), select=())
    return ids


def test_it_opens_with_the_page_as_it_will_be_printed(composer: Composer, drawn) -> None:
    painted = composer.page.painted
    assert painted is not None
    assert set(painted.pieces) == {item.id for item in composer.draft.template.items}
    assert "A3" in composer.facts.text()
    assert composer.list.topLevelItemCount() == len(composer.draft.template.items)
    assert composer.inspector.sheet.isVisibleTo(composer)
    assert composer.inspector.sheet.words["title"].placeholderText() == "盐城市数字基础设施分布图"


def test_drag_snap_align_and_undo_with_the_mouse(composer: Composer, drawn) -> None:
    first, second, third = three_charts(composer)
    drawn()
    before = composer.draft.sheet
    QTest.mouseClick(composer.page, LEFT, PLAIN, spot(composer, *middle(composer, first)))
    assert composer.draft.selection == (first,)
    # 0.7 mm beside the other's left edge: it is drawn onto it
    drag(composer, middle(composer, first), (61.2, 60))
    assert box(composer, first).x == pytest.approx(box(composer, second).x, abs=0.01)
    drawn()
    QTest.keyClick(composer, Qt.Key.Key_Z, CONTROL)
    assert composer.draft.sheet is before
    assert composer.draft.selection == (first,)
    for id in (second, third):
        QTest.mouseClick(composer.page, LEFT, SHIFT, spot(composer, *middle(composer, id)))
    assert set(composer.draft.selection) == {first, second, third}
    composer.actions_["align_top"].trigger()
    assert {box(composer, id).y for id in (first, second, third)} == {60.0}
    composer.actions_["distribute_horizontal"].trigger()
    gaps = [
        box(composer, second).x - box(composer, first).right,
        box(composer, third).x - box(composer, second).right,
    ]
    assert gaps[0] == pytest.approx(gaps[1], abs=0.01)
    QTest.keyClick(composer, Qt.Key.Key_Z, CONTROL)
    QTest.keyClick(composer, Qt.Key.Key_Z, CONTROL)
    assert composer.draft.sheet is before
    QTest.keyClick(composer, Qt.Key.Key_Y, CONTROL)
    assert {box(composer, id).y for id in (first, second, third)} == {60.0}


def test_alt_holds_on_to_nothing_and_the_rubber_band_follows_at_once(composer: Composer, drawn) -> None:
    first = three_charts(composer)[0]
    drawn()
    composer.draft.select([first])
    x, y = middle(composer, first)
    page = composer.page
    QTest.mousePress(page, LEFT, PLAIN, spot(composer, x, y))
    QTest.mouseMove(page, spot(composer, x + 25, y + 14))
    live = page.live_box(first)
    assert live is not None
    assert live.x > 50
    assert box(composer, first).x == 30  # nothing is decided before the mouse lets go
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert page.live_box(first) == Box(30, 60, 40, 30)
    QTest.mouseRelease(page, LEFT, PLAIN, spot(composer, x + 25, y + 14))
    assert box(composer, first) == Box(30, 60, 40, 30)


def test_handles_resize_and_the_rubber_band_selects(composer: Composer, drawn) -> None:
    first, second, third = three_charts(composer)
    drawn()
    composer.draft.select([third])
    corner = box(composer, third)
    drag(composer, (corner.right, corner.bottom), (20, 23))
    assert box(composer, third).width == pytest.approx(60, abs=4)
    assert box(composer, third).height == pytest.approx(53, abs=4)
    composer.draft.select([])
    page = composer.page  # a band begins where no item is: in the rim
    paper = composer.draft.template.paper
    drag(composer, (paper.width - 4, 29), (-(paper.width - 4) + 4, 200))
    assert {first, second, third} <= set(composer.draft.selection)
    assert composer.draft.template.map_item.id not in composer.draft.selection
    assert page.hand is None


def test_arrows_move_by_a_millimetre_and_a_tenth(composer: Composer, drawn) -> None:
    first = three_charts(composer)[0]
    composer.draft.select([first])
    page = composer.page
    page.setFocus()
    for _ in range(3):
        QTest.keyClick(page, Qt.Key.Key_Right)
    QTest.keyClick(page, Qt.Key.Key_Down, ALT)
    QTest.keyClick(page, Qt.Key.Key_Down, SHIFT)
    assert box(composer, first).x == 33
    assert box(composer, first).y == pytest.approx(70.1)
    QTest.keyClick(composer, Qt.Key.Key_Z, CONTROL)
    assert box(composer, first) == Box(30, 60, 40, 30)  # one gesture, one step


def test_tab_walks_the_items_and_leaves_behind_the_last(composer: Composer, drawn) -> None:
    page = composer.page
    page.setFocus()
    ids = [item.id for item in composer.draft.items]
    seen = []
    for _ in ids:
        QTest.keyClick(page, Qt.Key.Key_Tab)
        seen.append(composer.draft.selection[0])
    assert seen == ids
    assert page.accessibleDescription()
    QTest.keyClick(page, Qt.Key.Key_Tab)
    assert composer.draft.selection == ()
    assert not page.hasFocus()


def test_every_kind_is_added_shown_and_has_its_properties(composer: Composer, drawn) -> None:
    for kind in KINDS:
        composer.add_item(kind)
        (id,) = composer.draft.selection
        page = composer.inspector.page
        assert isinstance(page, ItemPage)
        fields = {name for name in KINDS[kind].__dataclass_fields__ if name not in ("box", "items", "center")}
        assert set(page.editors) == fields
        assert "" not in {editor.accessibleName() or "text" for editor in page.editors.values()}
        assert item_of(composer.draft.template, id).box is not None
    drawn()
    assert composer.page.painted is not None
    assert set(composer.page.painted.pieces) == {item.id for item in composer.draft.template.items}
    composer.activateWindow()
    composer.page.setFocus()
    for _ in KINDS:
        composer.draft.select([composer.draft.template.items[-1].id])
        QTest.keyClick(composer.page, Qt.Key.Key_Delete)
    assert [item.id for item in composer.draft.items] == [
        item.id for item in all_items(sheet_template("inventory_a3").items)
    ]
    assert same(composer.draft.template, sheet_template("inventory_a3"))


def test_words_are_edited_in_both_languages(composer: Composer, drawn) -> None:
    QTest.mouseDClick(composer.page, LEFT, PLAIN, spot(composer, *_on_text(composer, "text")))
    page = composer.inspector.page
    assert page is not None
    editor = page.editors["text"].editors["zh"]
    QTest.keyClick(editor, Qt.Key.Key_A, CONTROL)
    editor.insertPlainText("盐城市通信设施")
    page.editors["text"].fields["zh"].menu().aboutToShow.emit()
    field = next(a for a in page.editors["text"].fields["zh"].menu().actions() if a.data()[1] == "scale")
    field.trigger()
    text = item_of(composer.draft.template, "text")
    assert isinstance(text, TextItem)
    assert text.text == {"zh": "盐城市通信设施{scale}", "en": "{title}"}
    drawn()
    painted = composer.page.painted
    assert painted is not None
    assert "盐城市通信设施1:" in painted.pieces["text"].key[1].text
    QTest.keyClick(composer, Qt.Key.Key_Z, CONTROL)
    assert item_of(composer.draft.template, "text").text["zh"] == "{title}"  # type: ignore[attr-defined]


def _on_text(composer: Composer, id: str) -> tuple[float, float]:
    found = box(composer, id)
    return found.x + 5, found.y + found.height / 2


def test_only_what_changed_is_painted_anew(composer: Composer, drawn) -> None:
    composer.add_item("chart")
    drawn()
    assert composer.page.painted is not None
    before = dict(composer.page.painted.pieces)
    composer.draft.select(["chart"])
    QTest.keyClick(composer.page, Qt.Key.Key_Left)
    drawn()
    after = composer.page.painted.pieces
    assert all(after[id].image is before[id].image for id in after)  # moving paints nothing
    composer.inspector.pages["chart"].editors["form"].edited.emit("pie")
    drawn()
    again = composer.page.painted.pieces
    assert {id for id in again if again[id].image is not after[id].image} == {"chart"}


def test_a_map_is_moved_and_scaled_in_its_frame(composer: Composer, drawn) -> None:
    main = composer.draft.template.map_item
    painted = composer.page.painted
    assert painted is not None
    (x, y), denominator = painted.spec.view().center, painted.spec.denominator
    page = composer.page
    QTest.mouseDClick(page, LEFT, PLAIN, spot(composer, *middle(composer, main.id)))
    assert page.content == main.id
    at = middle(composer, main.id)
    drag(composer, at, (30, 10))
    drawn()
    assert composer.page.painted is not None
    view = composer.page.painted.spec.view()
    assert view.denominator == denominator
    assert view.center[0] == pytest.approx(x - 30 * denominator / 1000, abs=denominator / 500)
    assert view.center[1] == pytest.approx(y + 10 * denominator / 1000, abs=denominator / 500)
    place = QPointF(spot(composer, *at))
    turn = QWheelEvent(
        place, page.mapToGlobal(place), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, PLAIN,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(page, turn)
    drawn()
    assert composer.draft.sheet.denominator is not None
    assert composer.draft.sheet.denominator < denominator * 0.8
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert page.content == ""
    composer.inspector.refresh()
    composer.draft.select([main.id])
    composer.inspector.pages["map"].recenter.click()
    assert composer.draft.sheet.denominator is None
    assert composer.draft.sheet.extent is None


def test_an_inset_keeps_its_own_place(composer: Composer, drawn) -> None:
    composer.add_item("map")
    (id,) = composer.draft.selection
    page = composer.inspector.page
    assert page is not None
    page.editors["role"].edited.emit("inset")
    page.editors["denominator"].edited.emit(20_000.0)
    drawn()
    composer.page._open(id)
    drag(composer, middle(composer, id), (12, 0))
    drawn()
    item = item_of(composer.draft.template, id)
    assert isinstance(item, MapItem)
    assert item.denominator == 20_000
    painted = composer.page.painted
    assert painted is not None
    assert painted.spec.view(id).center == pytest.approx(item.center)
    assert painted.spec.view().denominator != 20_000


def test_copies_go_to_another_place(composer: Composer, drawn) -> None:
    composer.draft.select(["north"])
    composer.page.setFocus()
    QTest.keyClick(composer.page, Qt.Key.Key_C, CONTROL)
    QTest.keyClick(composer.page, Qt.Key.Key_V, CONTROL)
    assert composer.draft.selection == ("north-2",)
    QTest.keyClick(composer.page, Qt.Key.Key_X, CONTROL)
    assert "north-2" not in {item.id for item in composer.draft.items}
    QTest.keyClick(composer.page, Qt.Key.Key_V, CONTROL)
    assert composer.draft.selection == ("north-2",)
    QTest.keyClick(composer, Qt.Key.Key_D, CONTROL)
    assert composer.draft.selection == ("north-3",)


def test_what_cannot_be_is_told_and_nothing_changes(composer: Composer, drawn) -> None:
    before = composer.draft.sheet
    composer.draft.select([composer.draft.template.map_item.id])
    assert not composer.actions_["delete"].isEnabled()
    composer.draft.select([composer.draft.template.map_item.id, "north"])
    composer._delete()
    assert composer.draft.sheet is before
    assert isinstance(notices().recent[-1].subject, Refusal)
    composer.draft.select(["north"])
    page = composer.inspector.page
    assert page is not None
    page.sides["width"].setValue(900.0)
    assert composer.draft.sheet is before
    assert page.sides["width"].value() == pytest.approx(box(composer, "north").width)


def test_paper_margins_and_words_of_the_sheet(composer: Composer, drawn) -> None:
    sheet = composer.inspector.sheet
    sheet.words["title"].insert("通信一张图")
    assert composer.draft.sheet.words == {"title": "通信一张图"}
    QTest.keyClick(sheet.words["title"], Qt.Key.Key_Return)
    assert QApplication.activePopupWidget() is None
    assert QApplication.activeModalWidget() is None  # Enter presses no button
    sheet.paper.edited.emit("A1")
    sheet.way.edited.emit("portrait")
    drawn()
    paper = composer.draft.template.paper
    assert (paper.name, paper.width, paper.height) == ("A1", 594.0, 841.0)
    sheet.rims["left"].setValue(40.0)
    assert composer.draft.template.margins.left == 40.0
    assert composer.draft.template.map_item.box is not None
    assert composer.draft.template.map_item.box.x == pytest.approx(40.0)
    sheet.publication.edited.emit("public")
    drawn()
    assert "审图号" in composer.problem.text()
    assert not composer.export.isEnabled()
    sheet.words["approval"].insert("苏S(2026)001号")
    drawn()
    assert composer.export.isEnabled()
    assert not composer.problem.isVisibleTo(composer)


def test_it_is_kept_in_the_project_and_as_a_template(composer: Composer, drawn, monkeypatch) -> None:
    names = iter(["会议用图", "我的模板"])
    monkeypatch.setattr(
        "desktop.sheets.composer.saving.QInputDialog.getText", lambda *_a, **_k: (next(names), True)
    )  # fmt: skip
    composer.add_item("chart")
    kept: list[str] = []
    composer.kept.connect(kept.append)
    QTest.keyClick(composer, Qt.Key.Key_S, CONTROL)
    assert kept == ["会议用图"]
    session = composer._session
    assert same(Sheets(session).read("会议用图").template, composer.draft.template)
    assert not composer.draft.dirty
    assert "会议用图" in composer.windowTitle()
    composer._as_template()
    assert user_template_names() == ("我的模板",)
    assert same(sheet_template("我的模板").items, composer.draft.template.items)


def test_it_is_written_as_pdf_with_its_words(qtbot, composer: Composer, drawn, tmp_path: Path) -> None:
    composer.draft.select(["text"])
    page = composer.inspector.page
    assert page is not None
    page.editors["text"].editors["zh"].setPlainText("盐城市弱电与通信资源")
    composer.add_item("chart")
    composer.export_to(tmp_path / "图.pdf")
    qtbot.waitUntil(lambda: bool(composer._window.said), timeout=20_000)
    with pikepdf.open(tmp_path / "图.pdf") as pdf:
        assert len(pdf.pages) == 1
    text = words(tmp_path / "图.pdf")
    assert "盐城市弱电与通信资源" in text
    assert "分区资源数量" in text


def test_the_gallery_and_a_wrong_file(qtbot, composer: Composer, drawn, tmp_path: Path) -> None:
    gallery = Gallery(composer, composer._window, composer.asked(composer.draft.sheet))
    qtbot.addWidget(gallery)
    assert gallery.list.count() >= 4
    assert all(gallery.list.item(i).text() for i in range(gallery.list.count()))
    write_template(sheet_template("coverage_a4"), tmp_path / "好.toml")
    wrong = tmp_path / "坏.toml"
    wrong.write_text((tmp_path / "好.toml").read_text("utf-8").replace('"north"', '"nord"'), "utf-8")
    gallery.open_file(wrong)
    refusal = notices().recent[-1].subject
    assert isinstance(refusal, Refusal)
    assert refusal.arguments["file"] == "坏.toml"
    assert "item[" in refusal.message("zh")
    assert gallery.chosen is None
    gallery.open_file(tmp_path / "好.toml")
    assert gallery.chosen is not None
    composer.begin_with(gallery.chosen)
    drawn()
    assert composer.draft.template.paper.name == "A4"
    assert isinstance(gallery.chosen, Entry)
    gallery.reject()


def test_closing_asks_where_something_was_not_kept(composer: Composer, drawn, monkeypatch) -> None:
    asked: list[str] = []

    def answer(box: QMessageBox) -> int:
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", answer)
    composer.add_item("line")
    composer.close()
    assert composer.isVisible()
    assert asked == ["把图幅保存到项目中？"]
    composer.draft.undo()
    composer.close()
    assert not composer.isVisible()
    assert len(asked) == 1


def test_every_word_is_there_in_both_languages_and_everything_has_a_name(composer: Composer, drawn) -> None:
    for kind in KINDS:
        composer.add_item(kind)
    set_language("en")
    drawn()
    assert composer.windowTitle().endswith("Sheet composer")
    known = {key.rpartition("|")[2] for key in chinese()}
    for action in composer.actions_.values():
        assert action.text() in known
    unnamed = [
        type(widget).__name__
        for widget in composer.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not (widget.accessibleName() or getattr(widget, "text", lambda: "")() or widget.objectName())
    ]
    assert [name for name in unnamed if name not in ("QSplitter", "ScrollPage", "QScrollBar")] == []


def test_the_main_window_and_the_project_do_not_leave_without_asking(qtbot, window, at_rest, monkeypatch) -> None:
    window.workspace.set_mode("print")
    panel = window.rooms.panel("print")
    panel.template.setCurrentIndex(panel.template.findData("inventory_a3"))
    panel.open_composer()
    composer = panel.composer
    composer.add_item("line")
    asked: list[int] = []

    def answer(box: QMessageBox) -> int:
        asked.append(int(box.standardButtons().value))
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not window.close()
    assert window.isVisible()
    assert composer.isVisible()
    assert len(asked) == 1
    composer.draft.kept(composer.draft.sheet)
    qtbot.waitUntil(lambda: not composer.busy)
    at_rest()
    assert window.close()
    qtbot.waitUntil(lambda: panel.composer is None)


def test_the_city_of_twenty_thousand_is_composed_and_written(qtbot, store: SettingsStore, tmp_path: Path) -> None:
    from datasets.sample import make
    from gis.project import Session

    make(tmp_path / "city.yantu", 20_000, 1)
    workspace = Workspace(store)
    with Session.open(tmp_path / "city.yantu") as session:
        workspace.set_session(session)
        window = SimpleNamespace(
            session=session, workspace=workspace, jobs=workspace.jobs, store=store, basemaps=NoBaseMaps(),
            styles=NoBaseMaps(), said=[],
        )  # fmt: skip
        window.notify = lambda subject, level=None: window.said.append((subject, level))
        composer = Composer(window, Sheet("", sheet_template("inventory_a3")))
        composer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(composer, before_close_func=lambda left: left.draft.kept(left.draft.sheet))
        composer.show()
        qtbot.waitUntil(lambda: not composer.busy and composer.page.painted is not None, timeout=30_000)
        main = composer.draft.template.map_item.id
        composer.page._open(main)
        drag(composer, middle(composer, main), (40, -25))
        composer.add_item("chart")
        qtbot.waitUntil(lambda: not composer.busy, timeout=30_000)
        assert set(composer.page.painted.pieces) == {item.id for item in composer.draft.template.items}
        assert not composer.page.painted.pieces["chart"].empty
        composer.export_to(tmp_path / "city.pdf")
        qtbot.waitUntil(lambda: bool(window.said), timeout=30_000)
        assert "盐城市数字基础设施分布图" in words(tmp_path / "city.pdf")
        composer.draft.kept(composer.draft.sheet)
        composer.close()
        workspace.session = None
        assert workspace.close()
