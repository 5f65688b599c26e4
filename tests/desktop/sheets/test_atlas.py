"""Atlases as files: bookmarks, contents and links, groups, resume after a kill, cancel, failing pages, same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import shapely

from desktop.sheets.atlas import atlas_made, atlas_order
from desktop.sheets.atlas import drawing as drawing_module
from desktop.sheets.atlas.drafts import Drafts
from desktop.sheets.atlas.pages import ProjectReading, drawn_page
from gis.cartography.sheets.atlas import AtlasWish
from gis.errors import Refusal
from gis.project import Session
from tests.desktop.sheets.atlases import DAY, data, in_process, made, order_of, text_of
from tests.desktop.sheets.reading import words
from tests.gis.sheets.city import COUNTIES, small_city

__all__ = ["data", "in_process"]
pytestmark = pytest.mark.usefixtures("data")


@pytest.mark.usefixtures("in_process")
def test_contents_index_and_neighbours_lead_to_their_pages(city: Session, tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    made(city, out)
    with pikepdf.open(out) as pdf:
        at = {page.obj.objgen: i for i, page in enumerate(pdf.pages)}
        leads = [
            [at[note.Dest[0].objgen] for note in page.obj.get("/Annots", []) if note.Subtype == "/Link"]
            for page in pdf.pages
        ]
        assert leads[0] == leads[1] == [2, 3, 4, 5]
        assert sorted(leads[2]) == [3, 4]  # east and north of the first county
        width, height = (float(v) for v in pdf.pages[0].mediabox[2:])
        for page in pdf.pages:
            for note in page.obj.get("/Annots", []):
                x0, y0, x1, y1 = (float(v) for v in note.Rect)
                assert 0 <= x0 < x1 <= width
                assert 0 <= y0 < y1 <= height
        assert all("/VP" in page.obj for page in pdf.pages[2:])  # every map has its place on the Earth
        names = [str(group.Name) for group in pdf.Root.OCProperties.OCGs]
        assert len(names) == len(set(names)) > 1  # one switch a layer for the whole document
    contents = words(out)
    for name in COUNTIES:
        assert name in contents


@pytest.mark.usefixtures("in_process")
def test_the_totals_in_the_contents_add_up(city: Session, tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    made(city, out)
    hotspots = city.columns("wifi_hotspot", []).geometry
    areas = city.columns("area", ["name"])
    outlines = dict(zip(areas.fields["name"], areas.geometry, strict=True))
    so_far = 0
    rows = [row.split() for row in text_of(out, 1).splitlines()]
    for number, name in enumerate(COUNTIES, 1):
        here = int(shapely.contains(outlines[name], hotspots).sum())
        so_far += here
        (row,) = [row for row in rows if row[:1] == [str(number)]]
        assert (row[1], row[-2:]) == (name, [str(here), str(so_far)])
    assert so_far == 60


def test_legend_and_tables_tell_of_the_page_only(city: Session, tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    hotspots = city.columns("wifi_hotspot", []).geometry
    for restrict in ("legend", "features", "none"):
        order = order_of(city, out, restrict=restrict)
        for planned in order.plan.pages:
            with city.reading() as snapshot:
                page = drawn_page(city, ProjectReading(city, snapshot), order, planned, None)
                spec, source = page.sheets[0]
                entries = [e for group in spec.view().legend for e in group.entries if e.style]
                counted = sum(e.count or 0 for e in entries if e.style.cls == "wifi_hotspot")
                own = int(shapely.contains(shapely.from_wkb(planned.page.outline), hotspots).sum())
                drawn = len(source.shapes("wifi_hotspot"))
            shown = int(shapely.intersects(shapely.box(*spec.extent), hotspots).sum())
            assert counted == (shown if restrict == "none" else own)
            assert drawn == own if restrict == "features" else drawn >= shown > own
            if restrict != "none":
                rows = {row[0]: row for table in spec.tables.values() for row in table.rows}
                assert rows["WiFi热点"][1] == f"{own:,}"
                assert rows["WiFi热点"][-1] == f"{order.totals_at(planned.number).so_far['wifi_hotspot']:,}"


@pytest.mark.usefixtures("in_process")
def test_a_file_a_page_and_a_file_a_group(city: Session, tmp_path: Path) -> None:
    done = made(city, tmp_path / "files", output="files", pages="1,3-4", contents=False, index=False)
    assert [path.name for path in done.files] == ["320902_亭湖区.pdf", "320904_大丰区.pdf", "320905_射阳县.pdf"]
    assert "大丰区" in words(done.files[1])
    pictures = made(city, tmp_path / "pictures.png", output="files", pages="2", name="{page} {name}")
    assert [path.name for path in pictures.files] == ["2 盐都区.png", "2 盐都区.pgw", "2 盐都区.prj"]
    assert pictures.files[0].parent == tmp_path / "pictures"
    groups = made(city, tmp_path / "groups", output="groups", group_by="population")
    assert [path.name for path in groups.files] == ["100000.pdf"]
    by_parent = made(city, tmp_path / "districts", output="groups")
    assert [path.name for path in by_parent.files] == ["其他.pdf"]  # no county says what it is part of
    with pikepdf.open(by_parent.files[0]) as pdf:
        assert len(pdf.pages) == 6


@pytest.mark.usefixtures("in_process")
def test_groups_stand_under_headings(city: Session, tmp_path: Path) -> None:
    out = tmp_path / "a.pdf"
    made(city, out, source="query", cls="road", group_by="road_class", index=False)
    with pikepdf.open(out) as pdf:
        root = pdf.open_outline().root
        assert [str(item.title) for item in root[1:]] == ["国省干线", "主干路"] or len(root) == 3
        assert [len(item.children) for item in root[1:]] == [1, 1]


@pytest.mark.usefixtures("in_process")
def test_the_same_input_gives_the_same_bytes(city: Session, tmp_path: Path) -> None:
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    made(city, first)
    made(city, second)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.usefixtures("in_process")
def test_a_page_that_fails_is_named_and_the_rest_is_made(
    city: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = drawing_module.drawn_page

    def broken(session, reading, order, planned, run):
        if planned.number == 2:
            raise ValueError("no such ring")
        page = settle(session, reading, order, planned, run)
        if planned.number == 4:  # breaks off while it is painted
            (spec, _source), *_ = page.sheets
            return replace(page, sheets=((spec, None),))
        return page

    monkeypatch.setattr(drawing_module, "drawn_page", broken)
    out = tmp_path / "a.pdf"
    done = made(city, out)
    assert [(m.number, m.name) for m in done.missed] == [(2, "盐都区"), (4, "射阳县")]
    assert done.missed[0].reason == "no such ring"
    assert done.pages == 2
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 4
    # Once it can be drawn the failed part is drawn again, and nothing is left behind.
    monkeypatch.setattr(drawing_module, "drawn_page", settle)
    again = made(city, out)
    assert (again.pages, again.kept, again.missed) == (4, 0, ())


def test_an_atlas_of_which_no_page_can_be_drawn_says_why(city: Session, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="unknown_format"):
        order_of(city, tmp_path / "a.docx")
    with pytest.raises(Refusal, match="only_pdf"):
        order_of(city, tmp_path / "a.png", output="groups")
    with pytest.raises(Refusal, match="approval_needed"):
        atlas_order(city, "coverage_public_a4", AtlasWish(level="county"), tmp_path / "a.pdf", date=DAY)
    with pytest.raises(Refusal, match="no_field_in_name"):
        order_of(city, tmp_path / "a", output="files", name="{nope}")


def test_two_of_the_same_atlas_do_not_draw_into_each_other(city: Session, tmp_path: Path) -> None:
    order = order_of(city, tmp_path / "a.pdf")
    with Drafts(order).held(), pytest.raises(Refusal, match="busy"):
        atlas_made(city, order, tmp_path / "a.pdf")


def test_an_edit_makes_another_order(city: Session, tmp_path: Path) -> None:
    before = order_of(city, tmp_path / "a.pdf")
    assert before.key == order_of(city, tmp_path / "b.pdf").key
    city.undo()
    assert order_of(city, tmp_path / "a.pdf").key != before.key


def test_long_contents_lose_no_row(tmp_path: Path) -> None:
    from desktop.sheets.atlas.front import Contents, contents_rows

    with small_city(tmp_path / "c.yantu", hotspots=700, first_name="很长的名字" * 20) as session:
        order = atlas_order(
            session, "coverage_a4", AtlasWish(source="query", cls="wifi_hotspot"), tmp_path / "a.pdf", date=DAY
        )
        rows = contents_rows(order, order.plan.pages, {})
        contents = Contents(order, rows, "图集", "要素")
        told = [row.page.number for column in contents._cells for row in column if row.page is not None]
    assert told == list(range(1, 701))
    assert contents.sheets > 2


@pytest.fixture
def window(qtbot, store, city: Session) -> Iterator[Callable[[], object]]:
    """What the dialog asks of a window."""
    from types import SimpleNamespace

    from desktop.shell.workspace import Workspace

    workspace = Workspace(store)
    workspace.set_session(city)
    made = SimpleNamespace(session=city, workspace=workspace, jobs=workspace.jobs, said=[])
    made.notify = lambda subject, level=None: made.said.append((subject, level))
    yield made
    workspace.session = None
    assert workspace.close()


@pytest.mark.usefixtures("in_process")
def test_the_dialog_counts_chooses_and_makes(qtbot, window, tmp_path: Path) -> None:
    from desktop.sheets.atlas.dialog import AtlasDialog

    dialog = AtlasDialog(window, "inventory_a3")
    qtbot.addWidget(dialog)
    dialog.show()

    def settle() -> None:
        qtbot.waitUntil(lambda: not (dialog._later.isActive() or window.jobs.busy), timeout=20_000)
        qtbot.wait(20)

    settle()
    assert dialog.source.level.currentData() == "county"
    assert dialog.counts.text() == "共 4 页"
    assert dialog.model.checked == {1, 2, 3, 4}
    dialog.model.setData(dialog.model.index(1, 0), 0, 10)  # CheckStateRole
    settle()
    assert dialog.pages.text() == "1,3,4"
    assert "3 页，共 4 页" in dialog.counts.text()
    dialog.outputs.button(1).click()
    settle()
    assert "320902_亭湖区.pdf" in dialog.files.text()
    dialog.pages.setText("7")
    settle()
    assert not dialog.start.isEnabled()
    assert "没有第 7 页" in dialog.said.text()
    dialog.source.source.setCurrentIndex(1)
    settle()
    assert not dialog.outputs.button(2).isEnabled()
    dialog.source.source.setCurrentIndex(0)
    dialog.outputs.button(0).click()
    dialog.pages.setText("1")
    dialog.contents.setChecked(False)
    dialog.index.setChecked(False)
    settle()
    target = tmp_path / "one.pdf"
    job = dialog.make(target)
    assert job is not None
    qtbot.waitUntil(lambda: not window.jobs.busy, timeout=60_000)
    qtbot.wait(20)
    assert target.exists()
    assert window.said[-1][1] == "success"
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


@pytest.mark.usefixtures("in_process")
def test_the_dialog_takes_layers_and_base_maps_of_the_map(qtbot, window) -> None:
    from types import SimpleNamespace

    from PySide6.QtCore import QObject, Signal

    from desktop.canvas.layers import LayerState
    from desktop.sheets.atlas.dialog import AtlasDialog

    class Room(QObject):
        changed = Signal()
        shown: list[object]

        def usable(self) -> list[object]:
            return self.shown

    room = Room()
    room.shown = []
    window.basemaps, window.store = room, SimpleNamespace(now="settings")
    states = [LayerState("base_station", True, 0.5), LayerState("road", False), LayerState("area", True)]
    window.canvas = SimpleNamespace(layers=lambda: states)
    dialog = AtlasDialog(window, "inventory_a3", own_layers=True)
    qtbot.addWidget(dialog)

    def settle() -> None:
        qtbot.waitUntil(lambda: not (dialog._later.isActive() or window.jobs.busy), timeout=20_000)
        qtbot.wait(20)

    settle()
    assert dialog.base_maps.isHidden()
    assert dialog.order is not None
    assert dialog.order.layers is not None
    assert [(layer.cls, layer.opacity) for layer in dialog.order.layers] == [("area", 1.0), ("base_station", 0.5)]
    assert dialog.order.maps == ()
    before = dialog.order.key
    room.shown = ["imagery"]
    room.changed.emit()
    dialog.own_layers.setChecked(False)
    dialog.source.air.setValue(20)
    settle()
    assert not dialog.base_maps.isHidden()
    assert dialog.order.maps == ("imagery",)
    assert dialog.order.settings == "settings"
    assert dialog.order.layers is None
    assert dialog.order.wish.margin == 0.2
    assert dialog.order.key != before
    dialog.base_maps.setChecked(False)
    settle()
    assert dialog.order.maps == ()


@pytest.mark.usefixtures("in_process")
def test_the_dialog_offers_to_go_on_with_an_unfinished_atlas(qtbot, window, tmp_path: Path) -> None:
    from desktop.sheets.atlas.dialog import AtlasDialog

    dialog = AtlasDialog(window, "inventory_a3")
    qtbot.addWidget(dialog)

    def settle() -> None:
        qtbot.waitUntil(lambda: not (dialog._later.isActive() or window.jobs.busy), timeout=20_000)
        qtbot.wait(20)

    settle()
    assert dialog.over.isHidden()
    order = dialog.order
    assert order is not None
    drafts = Drafts(order)
    (part,) = order.parts
    drafts.folder.mkdir(parents=True)
    drafts.keep(part, drawing_module.draw_part(window.session, order, part, drafts.part_folder(part)))
    dialog.look()
    settle()
    assert dialog.said.text() == "上次已画好 4 页（共 4 页），这次接着画。"
    assert dialog.start.text() == "接着输出…"
    dialog.over.click()
    settle()
    assert dialog.over.isHidden()
    assert not drafts.folder.exists()
