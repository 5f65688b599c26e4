"""Stories of the inspector's form: many features at once, rows in place, computed figures, photos."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractItemView, QPushButton
from shapely.geometry import LineString, Point

from desktop.forms.attachments import sources_of
from desktop.forms.feature import FeaturePanel
from desktop.shell.words import set_language
from gis.editing.intents import Create
from gis.project.attachments import attachments_of
from tests.desktop.forms.test_form import type_into


@pytest.fixture
def panel(qtbot, workspace):
    made = FeaturePanel(workspace)
    qtbot.addWidget(made)
    made.resize(320, 900)
    made.show()
    workspace.set_mode("edit")
    return made


def only(session, cls: str, code: str) -> int:
    return int(session.ids(cls, '"code" = ?', (code,))[0])


def jpeg(path: Path, color: str = "red") -> Path:
    Image.new("RGB", (400, 200), color).save(path, "JPEG")
    return path


def table_texts(section) -> list[list[str]]:
    table = section.table
    return [[table.item(r, c).text() for c in range(table.columnCount())] for r in range(table.rowCount())]


# Many at once -------------------------------------------------------------------------------------------------------
def test_ten_thousand_features_are_edited_as_one_step(qtbot, panel, workspace, session, settled):
    rows = [{"code": f"M-{i:05d}", "height_m": 4.0, "geom": Point(5e5 + i % 100, 3.69e6 + i // 100)} for i in
            range(10_000)]  # fmt: skip
    ids = session.perform(Create("wifi_hotspot", rows)).created["wifi_hotspot"]
    settled()
    workspace.select({"wifi_hotspot": ids})
    assert panel.form is None  # read by a worker, not here
    settled()
    form = panel.form
    assert form.editors["height_m"].line.text() == "4"
    assert form.editors["code"].line.placeholderText() == "多个值"
    assert form.editors["code"].line.isReadOnly()
    type_into(qtbot, form.editors["height_m"].line, "7.5")
    form.apply()
    settled()
    columns = session.columns("wifi_hotspot", ["height_m", "code"], ids=ids, geometry=False)
    assert set(columns.fields["height_m"].tolist()) == {7.5}
    assert len(set(columns.fields["code"].tolist())) == 10_000  # untouched
    session.undo()
    assert set(session.columns("wifi_hotspot", ["height_m"], ids=ids).fields["height_m"].tolist()) == {4.0}


def test_several_show_neither_photos_nor_rows(panel, workspace, session, settled):
    workspace.select({"base_station": session.ids("base_station")})
    settled()
    assert panel.attachments.isVisible()
    workspace.select({"wifi_hotspot": session.ids("wifi_hotspot")[:2]})
    settled()
    assert not panel.attachments.isVisible()
    assert not panel.related.isVisible()


def test_of_mixed_classes_one_is_chosen(qtbot, panel, workspace, session, settled):
    workspace.select({"wifi_hotspot": session.ids("wifi_hotspot")[:3], "road": session.ids("road")})
    buttons = panel._classes.findChildren(QPushButton)
    assert {b.text().split()[-1] for b in buttons} == {"3", "1"}
    qtbot.mouseClick(next(b for b in buttons if b.text().endswith("3")), Qt.MouseButton.LeftButton)
    settled()
    assert panel.form.cls.name == "wifi_hotspot"
    assert len(panel.form.ids) == 3


# Rows in place ------------------------------------------------------------------------------------------------------
@pytest.fixture
def station(panel, workspace, session, settled):
    workspace.select({"base_station": session.ids("base_station")})
    settled()
    return panel.related.sections["cell", "site"]


def test_the_cells_of_a_site_stand_in_its_form(station):
    assert station.isVisible()
    assert station.head.text() == "小区   2"
    assert [row[0] for row in table_texts(station)] == ["BS-1-0", "BS-1-1"]
    set_language("en")
    assert station.head.text() == "Cell   2"


def test_a_cell_is_changed_in_place(station, session, settled):
    station.table.item(0, 3).setText("45")
    settled()
    assert session.row("cell", only(session, "cell", "BS-1-0"))["azimuth"] == 45
    assert table_texts(station)[0][3] == "45°"
    station.table.item(0, 1).setText("5G NR")  # a label of the list
    settled()
    assert session.row("cell", only(session, "cell", "BS-1-0"))["technology"] == "NR"


def test_a_wrong_value_is_told_below_the_table_and_taken_back(station, session, settled):
    station.table.item(0, 3).setText("400")
    settled()
    assert "360" in station.problem.text()
    assert table_texts(station)[0][3] == "0°"
    station.table.item(0, 3).setText("90")
    settled()
    assert station.problem.isHidden()


def test_a_row_is_made_and_removed(qtbot, station, session, settled):
    qtbot.mouseClick(station.add_button, Qt.MouseButton.LeftButton)
    assert station.table.rowCount() == 3
    station.table.item(2, 0).setText("BS-1-9")
    station.table.item(2, 2).setText("n78")
    assert session.count("cell") == 2  # not yet
    qtbot.mouseClick(station.create_button, Qt.MouseButton.LeftButton)
    settled()
    made = session.row("cell", only(session, "cell", "BS-1-9"))
    assert (made["band"], made["technology"]) == ("n78", "LTE")
    assert made["geom"].equals(Point(501_000, 3_690_500))  # it stands on its site
    assert station.create_button.isHidden()
    station.table.selectRow(2)
    qtbot.mouseClick(station.remove_button, Qt.MouseButton.LeftButton)
    settled()
    assert session.count("cell") == 2
    assert station.count == 2


def test_a_row_that_lacks_something_stays_to_be_completed(qtbot, panel, workspace, session, settled):
    workspace.select({"fibre_node": [only(session, "fibre_node", "N-0")]})
    settled()
    splices = panel.related.sections["splice", "node"]
    splices.add_draft()
    splices.create()
    settled()
    assert splices.problem.text()
    assert splices.table.rowCount() == 1
    qtbot.keyClick(splices.table, Qt.Key.Key_Escape)
    assert splices.table.rowCount() == 0
    assert splices.problem.isHidden()


def test_splices_name_cables_by_their_codes(panel, workspace, session, settled):
    line = LineString([(500_000, 3_690_200), (500_500, 3_690_200)])
    session.perform(Create("cable", [{"code": f"GL-{i}", "geom": line} for i in (1, 2)]))
    node = only(session, "fibre_node", "N-0")
    workspace.select({"fibre_node": [node]})
    settled()
    splices = panel.related.sections["splice", "node"]
    splices.add_draft()
    for column, text in enumerate(("GL-1", "", "1", "12", "GL-2", "1", "12")):
        splices.table.item(0, column).setText(text)
    splices.create()
    settled()
    assert splices.count == 1
    assert table_texts(splices)[0] == ["GL-1", "", "1", "12", "GL-2", "1", "12"]
    row = session.row("splice", int(session.ids("splice")[0]))
    assert (row["node"], row["b_cable"]) == (node, only(session, "cable", "GL-2"))


def test_what_refers_to_a_feature_is_listed_and_followed(qtbot, panel, workspace, session, settled):
    node = only(session, "fibre_node", "N-0")
    homes = [{"code": f"P-{i}", "served_by": node, "households": 2, "geom": Point(5e5, 3.69e6)} for i in range(60)]
    session.perform(Create("premises", homes))
    workspace.select({"fibre_node": [node]})
    settled()
    served = panel.related.sections["premises", "served_by"]
    assert served.head.text() == "接入点 · 所属分纤箱   60"
    assert panel.related._others.isVisible()
    assert served.table.rowCount() == 50
    assert served.more.text() == "前 50 行，共 60 行"
    assert not served.remove_button.isVisible()  # they are no part of the node
    served.table.selectRow(2)
    qtbot.mouseClick(served.open_button, Qt.MouseButton.LeftButton)
    settled()
    assert panel.form.cls.name == "premises"


def test_reading_changes_nothing(station, workspace):
    workspace.set_mode("browse")
    assert station.table.editTriggers() == QAbstractItemView.EditTrigger.NoEditTriggers
    assert not station.add_button.isVisible()
    assert station.open_button.isVisible()


def test_figures_say_how_they_are_made(panel, workspace, session, settled):
    line = LineString([(500_000, 3_690_200), (500_500, 3_690_200)])
    session.perform(Create("cable", [{"code": "GL-1", "slack_m": 20, "fibre_count": 24, "geom": line}]))
    workspace.select({"cable": [only(session, "cable", "GL-1")]})
    settled()
    grid = panel.related._figures_grid
    said = {grid.itemAtPosition(r, 0).widget().text(): grid.itemAtPosition(r, 1).widget() for r in range(4)}
    assert said["光缆长度"].text() == "520\u202fm"
    assert "预留 20.0 米" in said["光缆长度"].toolTip()
    assert said["空闲纤芯"].text() == "24 / 24"
    set_language("en")
    assert grid.itemAtPosition(1, 0).widget().text() == "Cable length"


# Photos -------------------------------------------------------------------------------------------------------------
def photos(panel) -> list[str]:
    return [one.name for one in panel.attachments.found]


def test_dropped_files_become_attachments(qtbot, panel, station, session, settled, tmp_path):
    data = QMimeData()
    (tmp_path / "说明.pdf").write_bytes(b"%PDF-1.7")
    data.setUrls([QUrl.fromLocalFile(str(jpeg(tmp_path / "铁塔.jpg"))), QUrl.fromLocalFile(str(tmp_path / "说明.pdf"))])
    section = panel.attachments
    assert section.empty.isVisible()
    section.list.dropped.emit(sources_of(data))
    settled()
    assert sorted(photos(panel)) == ["说明.pdf", "铁塔.jpg"]
    assert section.head.text() == "照片和文件   2"
    qtbot.waitUntil(lambda: any(one.hash in section._thumbnails for one in section.found))
    assert session.can_undo.label == "edit.create"
    section.list.selectAll()
    assert len(section.list.selectedItems()) == 2
    qtbot.keyClick(section.list, Qt.Key.Key_Delete)
    settled()
    assert photos(panel) == []
    session.undo()
    settled()
    assert len(photos(panel)) == 2


def test_a_picture_is_pasted(panel, station, settled):
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    QGuiApplication.clipboard().setImage(image)
    panel.attachments.paste()
    settled()
    assert photos(panel) == ["粘贴的图片.png"]


def test_what_is_gone_or_damaged_is_shown_so(panel, station, session, settled, tmp_path):
    site = int(session.ids("base_station")[0])
    (tmp_path / "half.jpg").write_bytes(_half())
    panel.attachments.add([jpeg(tmp_path / "a.jpg"), tmp_path / "half.jpg"])
    settled()
    a = next(one for one in attachments_of(session, "base_station", site) if one.name == "a.jpg")
    a.path.unlink()
    panel.attachments.show_feature("base_station", site)
    settled()
    tips = [panel.attachments.list.item(i).toolTip() for i in range(2)]
    assert any("已不在" in tip for tip in tips)
    panel.attachments.view(a.id)
    settled()
    viewer = panel.attachments._viewer
    assert "已不在" in viewer.place.text()
    viewer.next()
    settled()
    assert "已损坏" in viewer.place.text()
    viewer.close()


def test_photos_are_looked_through(qtbot, panel, station, settled, tmp_path):
    panel.attachments.add([jpeg(tmp_path / f"{c}.jpg", c) for c in ("red", "green", "blue")])
    settled()
    section = panel.attachments
    section.view(section.found[1].id)
    settled()
    viewer = section._viewer
    assert viewer.told.text().startswith("2 / 3   green.jpg")
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    settled()
    assert viewer.told.text().startswith("1 / 3")
    qtbot.keyClick(viewer, Qt.Key.Key_1)
    assert viewer.place.pixmap().width() == 400
    viewer.resize(240, 200)
    qtbot.keyClick(viewer, Qt.Key.Key_F)
    assert viewer.place.pixmap().width() < 400
    qtbot.keyClick(viewer, Qt.Key.Key_Escape)
    assert not viewer.isVisible()


def test_browsing_takes_no_files(panel, station, workspace, session, settled, tmp_path):
    workspace.set_mode("browse")
    panel.attachments.add([jpeg(tmp_path / "a.jpg")])
    settled()
    assert session.count("attachment") == 0
    assert not panel.attachments.add_button.isVisible()


def _half() -> bytes:
    out = BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)).save(out, "JPEG")
    return out.getvalue()[:9000]
