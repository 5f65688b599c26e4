from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from PySide6.QtCore import QObject, Qt, Signal

from desktop.sheets.panel import SheetPanel
from desktop.shell.settings import SettingsStore
from desktop.shell.words import chinese, set_language
from desktop.shell.workspace import Workspace
from gis.cartography.sheets.items import Box, TableItem
from gis.cartography.sheets.templates import sheet_template, user_folder
from gis.errors import Refusal
from gis.project.sheets import Sheet, Sheets, save_template
from tests.gis.sheets.city import COUNTIES


class NoBaseMaps(QObject):
    """A project without base maps."""

    changed = Signal()

    def usable(self) -> list[object]:
        return []


class Map(QObject):
    """A map that shows a corner of the city."""

    viewChanged = Signal()  # noqa: N815 - as the canvas has it
    view = SimpleNamespace(bbox=(516_000.0, 3_681_000.0, 518_000.0, 3_682_000.0))

    def layers(self) -> list[object]:
        return []


@pytest.fixture
def panel(qtbot, store: SettingsStore, analysed) -> Iterator[SheetPanel]:
    """The panel beside a workspace with the analysed city and the map's place."""
    workspace = Workspace(store)
    workspace.set_session(analysed[0])
    window = SimpleNamespace(
        session=analysed[0], workspace=workspace, jobs=workspace.jobs, canvas=Map(), said=[],
        store=store, basemaps=NoBaseMaps(), styles=NoBaseMaps(),
    )  # fmt: skip
    window.notify = lambda subject, level=None: window.said.append((subject, level))
    made = SheetPanel(window)
    qtbot.addWidget(made)
    made.show()
    yield made
    workspace.session = None
    assert workspace.close()


@pytest.fixture
def drawn(qtbot, panel: SheetPanel) -> Callable[[], None]:
    """Waits until the preview shows what is asked for."""

    def wait() -> None:
        jobs = panel._window.jobs
        qtbot.wait(20)
        qtbot.waitUntil(lambda: not (panel._due.isActive() or jobs.busy), timeout=20_000)
        qtbot.wait(20)
        qtbot.waitUntil(lambda: not (panel._due.isActive() or jobs.busy), timeout=20_000)

    return wait


def test_it_opens_on_the_newest_run_with_a_preview(panel: SheetPanel, drawn) -> None:
    drawn()
    assert panel.run.currentText().startswith("WiFi")
    assert not panel.thumbnail.empty
    assert panel.spec is not None
    assert panel.spec.view().coverage is not None
    assert panel.title.placeholderText() == "盐城市WiFi覆盖图"
    assert "A3" in panel.facts.text()
    assert [panel.extent.itemText(i) for i in range(2, panel.extent.count())] == list(COUNTIES)


def test_extent_scale_and_words_reach_the_sheet(panel: SheetPanel, drawn) -> None:
    drawn()
    panel.extent.setCurrentIndex(panel.extent.findText("大丰区"))
    panel.maker.setText("测绘院")
    drawn()
    assert panel.spec is not None
    assert panel.spec.fields["title"] == "大丰区WiFi覆盖图"
    assert "测绘院" in panel.spec.fields["imprint"]
    panel.extent.setCurrentIndex(1)
    panel.scale.setCurrentText("1:7,000")
    drawn()
    assert panel.spec.denominator == 7_000
    assert panel.spec.view().center == (517_000.0, 3_681_500.0)


def test_a_public_sheet_asks_for_its_number(panel: SheetPanel, drawn) -> None:
    drawn()
    panel.template.setCurrentIndex(panel.template.findData("coverage_public_a4"))
    drawn()
    assert panel.approval.isVisible()
    assert panel.problem.isVisible()
    assert "审图号" in panel.problem.text()
    assert not panel.export.isEnabled()
    panel.approval.setText("苏S(2026)012号")
    drawn()
    assert not panel.problem.isVisible()
    assert panel.export.isEnabled()


def test_an_inventory_has_no_run(panel: SheetPanel, drawn) -> None:
    panel.template.setCurrentIndex(panel.template.findData("inventory_a3"))
    drawn()
    assert not panel.run.isVisible()
    assert panel.spec is not None
    assert panel.spec.view().coverage is None


def test_it_writes_the_sheet_and_says_where(qtbot, panel: SheetPanel, drawn, tmp_path: Path) -> None:
    drawn()
    panel.export_to(tmp_path / "盐城.pdf")
    qtbot.waitUntil(lambda: bool(panel._window.said), timeout=20_000)
    assert panel._window.said == [(f"地图已输出：{tmp_path / '盐城.pdf'}", "success")]
    assert panel.open_folder.isVisible()
    with pikepdf.open(tmp_path / "盐城.pdf") as pdf:
        assert str(pdf.docinfo["/Title"]) == "盐城市WiFi覆盖图"


def test_every_word_is_in_both_languages(panel: SheetPanel, drawn) -> None:
    drawn()
    set_language("en")
    drawn()
    assert panel.template.itemText(0) == "Coverage sheet, A3 landscape"
    assert panel.extent.itemText(0) == "Whole city"
    assert panel.title.placeholderText() == "WiFi coverage, 盐城市"
    for label in panel._labels.values():
        assert label.text() in {key.rpartition("|")[2] for key in chinese()}
    for action in panel._menu.actions():
        assert action.isSeparator() or action.text() in chinese()
    for widget in (panel.template, panel.run, panel.extent, panel.scale, panel.title, panel.maker, panel.approval):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_rows_that_do_not_fit_are_told_and_go_on_in_the_pdf(qtbot, panel: SheetPanel, drawn, tmp_path: Path) -> None:
    drawn()
    assert panel.further.isHidden()
    base = sheet_template("inventory_a4")
    table = TableItem(id="list", box=Box(12, 200, 80, 30), content="features:wifi_hotspot:code", size=3.0)
    save_template(replace(base, items=(base.map_item, table)), "清单")
    panel._say()
    try:
        panel.template.setCurrentIndex(panel.template.findText("清单"))
        drawn()
        assert panel.further.isVisible()
        shown = 60 - int("".join(letter for letter in panel.further.text() if letter.isdigit()))
        assert 0 < shown < 12
        for further in (False, True):
            panel.further.setChecked(further)
            target = tmp_path / f"{further}.pdf"
            panel.export_to(target)
            qtbot.waitUntil(lambda: not panel._window.jobs.busy, timeout=30_000)
            with pikepdf.open(target) as pdf:
                assert (len(pdf.pages) > 1) == further
    finally:
        for path in user_folder().glob("*.toml"):
            path.unlink()


def test_own_templates_and_sheets_of_the_project_are_offered(panel: SheetPanel, drawn) -> None:
    drawn()
    template = sheet_template("inventory_a3")
    save_template(template, "我的模板")
    sheet = Sheet(
        "会议用图", template, {"title": "一张图", "notes": "备注一"},
        (516_000.0, 3_681_000.0, 518_000.0, 3_682_000.0), 8_000.0,
    )  # fmt: skip
    panel._kept(Sheets(panel._session).save(sheet).name)
    drawn()
    try:
        assert panel.template.findText("我的模板") > 0
        assert panel.template.currentText() == "会议用图"
        assert panel.title.text() == "一张图"
        assert panel.extent.currentText() == "编排时的范围"
        assert panel.spec is not None
        assert panel.spec.denominator == 8_000
        assert panel.spec.view().center == (517_000.0, 3_681_500.0)
        assert panel.spec.fields["notes"] == "备注一"
        panel.template.setCurrentIndex(panel.template.findData("inventory_a3"))
        drawn()
        assert panel.title.text() == ""
        assert panel.spec.denominator != 8_000
        assert panel.spec.fields["notes"] == ""
    finally:
        Sheets(panel._session).remove("会议用图")


def test_the_composer_opens_with_what_is_asked_and_comes_back(qtbot, panel: SheetPanel, drawn) -> None:
    drawn()
    panel.template.setCurrentIndex(panel.template.findData("inventory_a3"))
    panel.maker.setText("测绘院")
    panel.compose.click()
    composer = panel.composer
    assert composer is not None
    assert composer.draft.sheet.words["maker"] == "测绘院"
    panel.open_composer()
    assert panel.composer is composer  # the one that is open comes to the front
    composer.add_item("chart")
    try:
        assert composer.saving.keep("拼图") is not None
        composer.kept.emit("拼图")
        drawn()
        assert panel.template.currentText() == "拼图"
        assert panel.chosen is not None
        assert any(item.id == "chart" for item in panel.chosen.items)
        qtbot.waitUntil(lambda: not composer.busy)
        composer.close()
        qtbot.waitUntil(lambda: panel.composer is None)
    finally:
        Sheets(panel._session).remove("拼图")


def test_a_wrong_template_of_the_user_is_told_once_with_its_place(panel: SheetPanel, drawn) -> None:
    drawn()
    user_folder().mkdir(parents=True, exist_ok=True)
    (user_folder() / "坏.toml").write_text('label = {zh = "坏", en = "bad"}\npaper = "A9"', "utf-8")
    panel._say()
    panel._say()
    told = [subject for subject, _ in panel._window.said if isinstance(subject, Refusal)]
    assert len(told) == 1
    assert told[0].arguments["file"] == "坏.toml"
    assert panel.template.findText("坏") < 0
