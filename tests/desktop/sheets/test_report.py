"""The report on paper, read back: every row is there, contents lead to their pages, equal wishes give equal bytes."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pikepdf
import pytest
from PySide6.QtCore import Qt

from desktop.sheets.application import ensure_application
from desktop.sheets.report.dialog import ReportDialog
from desktop.sheets.report.layout import BOTTOM, lay_out
from desktop.sheets.report.tables import table
from desktop.sheets.report.writing import write_report
from desktop.shell.settings import SettingsStore
from desktop.shell.workspace import Workspace
from gis.errors import Refusal
from gis.project import Session
from gis.project.analysis import run_analysis
from gis.project.report import SECTIONS, ReportWish, compose_report
from gis.project.report_parts import Column, Facts, Grid, Report, Section, Speech
from tests.desktop.sheets.reading import fonts
from tests.gis.sheets.city import small_city

DATE = datetime.date(2026, 3, 5)
LONG = "盐城市高新技术产业开发区智慧科技城管理委员会新型基础设施建设推进办公室第三工作站"
WISH = ReportWish(since="2020-01-01", maker="盐城市大数据管理局")


def pages_of(path: Path) -> list[str]:
    """The text of each page, without any white space."""
    said = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
    return [re.sub(r"\s+", "", page) for page in said.split("\f")[:-1]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report, Session]:
    """A whole report in Chinese, as paper and as data."""
    folder = tmp_path_factory.mktemp("report")
    with small_city(folder / "city.yantu") as session:
        run_analysis(session, "wifi", thresholds=(-65.0, -85.0), grid_m=2000.0)
        [out] = write_report(session, WISH, folder / "报告.pdf", date=DATE)
        yield out, compose_report(session, WISH, date=DATE), session


def test_every_row_that_is_shown_is_on_paper(written) -> None:
    out, report, _ = written
    text = "".join(pages_of(out))
    seen = 0
    for part in report.parts():
        if isinstance(part, Grid):
            rows = part.texts()[: part.shown or None]
        elif isinstance(part, Facts):
            rows = list(part.rows)
        else:
            continue
        assert re.sub(r"\s+", "", part.title) in text
        for row in rows:
            if all(len(cell) < 12 for cell in row):  # longer cells may be broken between others
                assert re.sub(r"\s+", "", "".join(row)) in text, (part.key, row)
                seen += 1
    assert seen > 100


def test_contents_bookmarks_and_links_lead_to_the_headings(written) -> None:
    out, report, _ = written
    texts = pages_of(out)
    with pikepdf.open(out) as pdf:
        places = {page.obj.objgen: i for i, page in enumerate(pdf.pages, 1)}
        links = [places[note["/Dest"][0].objgen] for note in pdf.pages[1].obj["/Annots"]]
        with pdf.open_outline() as tree:
            marks = [item for top in tree.root for item in (top, *top.children)]
            titles = [str(mark.title) for mark in marks]
            pages = [places[mark.destination[0].objgen] for mark in marks]
    assert titles[0] == "目录"
    assert links == pages[1:]
    headings = [section.title for chapter in report.sections for section in chapter.walk()]
    assert len(titles) == len(headings) + 1
    for title, page, heading in zip(titles[1:], pages[1:], headings, strict=True):
        assert title.endswith(heading)
        assert re.sub(r"\s+", "", title) in texts[page - 1]
        printed = re.search(re.escape(re.sub(r"\s+", "", title)) + r"(\d+)", texts[1])
        assert printed is not None
        assert printed[1].startswith(str(page))


def test_pages_are_numbered_and_fonts_are_embedded_once(written) -> None:
    out, _, _ = written
    texts = pages_of(out)
    for number, text in enumerate(texts[1:], 2):
        assert f"第{number}页共{len(texts)}页" in text
    assert "盐城市大数据管理局" in texts[0]
    assert "2026年3月5日" in texts[0]
    rows = fonts(out)
    assert len({row[0] for row in rows}) == len(rows), "a font is embedded twice"
    assert all((row[-5], row[-3]) == ("yes", "yes") for row in rows), "embedded, with a map to text"


def test_maps_stand_on_pages_across_with_their_place_on_the_earth(written) -> None:
    out, _, _ = written
    with pikepdf.open(out) as pdf:
        across = [page for page in pdf.pages if float(page.mediabox[2]) > float(page.mediabox[3])]
        placed = [page for page in pdf.pages if "/VP" in page.obj]
        assert len(placed) == 2
        assert all(page in across for page in placed)
        assert str(pdf.docinfo["/Title"]) == "盐城市信息基础设施评估报告"


def test_the_same_wish_gives_the_same_bytes_in_another_process(written, tmp_path: Path) -> None:
    out, _, session = written
    target = tmp_path / "again.pdf"
    subprocess.run(
        [
            sys.executable, "-c", "from desktop.cli import main; main()", "report", str(session.path),
            "--out", str(target), "--since", "2020-01-01", "--maker", WISH.maker, "--lang", "zh", "--quiet",
        ],
        check=True, capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1772668800"},
    )  # fmt: skip
    assert target.read_bytes() == out.read_bytes()


def test_english(written, tmp_path: Path) -> None:
    _, _, session = written
    [out] = write_report(session, ReportWish(), tmp_path / "report.pdf", language="en", date=DATE)
    text = "".join(pages_of(out))
    for said in ("Contents", "Stateofthetargets", "Methodandparameters", "Page3of", "5March2026"):
        assert said in text


def report_of(*grids: Grid) -> Report:
    return Report("zh", "题", "", "", "", "", (), (Section("a", "章", grids),))


def test_a_long_table_repeats_its_head_and_loses_no_row() -> None:
    ensure_application()
    rows = tuple((f"区域{i:04d}", float(i)) for i in range(300))
    pages = lay_out(report_of(Grid("long", "长表", (Column("区域"), Column("数量", "whole")), rows, total=True)))
    body = [[piece for piece, _, _ in page.items] for page in pages]
    assert len(pages) > 4
    heads = {id(piece.head) for page in body for piece in page if piece.head is not None}
    assert len(heads) == 1
    for page in body[1:]:
        assert id(page[0]) in heads, "a page that goes on begins with the head"
        assert len(page) > 2, "a sum never stands alone"
    assert sum(piece.head is not None for page in body for piece in page) == 300
    for page in pages:
        piece, _, y = page.items[-1]
        assert y + piece.height <= page.paper.height - BOTTOM + 1e-6


def test_a_cell_longer_than_a_page_goes_on() -> None:
    ensure_application()
    text = "很长的说明" * 2_000
    pages = lay_out(report_of(Grid("one", "表", (Column("编号"), Column("说明")), (("甲", text), ("乙", "短")))))
    assert len(pages) > 3
    for page in pages:
        piece, _, y = page.items[-1]
        assert y + piece.height <= page.paper.height - BOTTOM + 1e-6


def test_a_wide_table_turns_the_page_and_a_wider_one_goes_on_beside_its_first_column() -> None:
    ensure_application()
    for count, landscape in ((5, False), (22, True), (80, True)):
        columns = (Column("区域"), *(Column(f"第{i:02d}项", "whole") for i in range(count)))
        grid = Grid("wide", "宽表", columns, (("亭湖区", *(float(1000 + i) for i in range(count))),))
        pieces = table(grid, "表 1 宽表", Speech("zh"), 166.0, 253.0)
        rows = [piece for piece in pieces if piece.head is not None]
        assert (len(rows) > 1) == (count == 80)
        assert all(piece.landscape == landscape for piece in rows)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_project_and_very_long_names(tmp_path: Path, language) -> None:
    with Session.create(tmp_path / "empty.yantu") as session:
        [out] = write_report(session, WISH, tmp_path / "empty.pdf", language=language, date=DATE)
    text = "".join(pages_of(out))
    assert ("还没有覆盖分析结果" if language == "zh" else "Thereisnocoveragerunyet") in text
    with small_city(tmp_path / "long.yantu", [f"{LONG}{i}" for i in range(3)], first_name=LONG) as session:
        wish = ReportWish(title=LONG * 2, maker=LONG, sections=("inventory", "coverage", "targets"))
        [out] = write_report(session, wish, tmp_path / "long.pdf", language=language, date=DATE)
    pages = pages_of(out)
    assert LONG[:12] in pages[0]
    assert LONG[-6:] in "".join(pages[2:])


def test_refusals_leave_nothing_behind(written, tmp_path: Path) -> None:
    _, _, session = written
    with pytest.raises(Refusal) as refused:
        write_report(session, WISH, tmp_path / "report.docx", date=DATE)
    assert refused.value.code == "report.unknown_format"
    assert ".pdf" in refused.value.hint("zh")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises((Refusal, OSError)):
        write_report(session, WISH, blocked / "report.pdf", date=DATE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_the_dialog_asks_for_what_is_chosen_and_writes_it(qtbot, store: SettingsStore, written, tmp_path: Path) -> None:
    _, _, session = written
    workspace = Workspace(store)
    workspace.set_session(session)
    said: list[object] = []
    window = SimpleNamespace(session=session, jobs=workspace.jobs, notify=lambda text, level=None: said.append(text))
    dialog = ReportDialog(window)
    qtbot.addWidget(dialog)
    assert dialog.wish.sections == tuple(name for name in SECTIONS if name != "changes")
    assert dialog.wish.runs == (1,)
    for name, box in dialog.sections.items():
        box.setChecked(name in ("summary", "changes"))
    dialog.runs.item(0).setCheckState(Qt.CheckState.Unchecked)
    dialog.area.setCurrentIndex(1)
    assert (dialog.wish.area, dialog.wish.runs) == ("320902", ())
    assert dialog.wish.sections == ("summary", "changes")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", dialog.wish.since)
    for box in dialog.sections.values():
        box.setChecked(False)
    assert not dialog.save.isEnabled()
    dialog.sections["summary"].setChecked(True)
    opened: list[object] = []
    monkey = pytest.MonkeyPatch()
    monkey.setattr("desktop.sheets.report.dialog.QDesktopServices.openUrl", opened.append)
    target = tmp_path / "dialog.xlsx"
    dialog.write_to(target)
    qtbot.waitUntil(lambda: bool(opened), timeout=20_000)
    monkey.undo()
    assert target.is_file()
    assert str(target) in str(said[0])
    workspace.session = None
    assert workspace.close()


def test_readers_are_told_the_language_of_a_report_without_a_map(tmp_path: Path) -> None:
    with small_city(tmp_path / "city.yantu") as session:
        for language, said in (("en", "en"), ("zh", "zh-CN")):
            out = tmp_path / f"{language}.pdf"
            write_report(session, ReportWish(sections=("definitions",)), out, language=language, date=DATE)
            with pikepdf.open(out) as pdf:
                assert str(pdf.Root["/Lang"]) == said
