"""One file into the project: several classes, parents in the file itself, photos, decisions, and all of it one step."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from gis.editing import Create
from gis.errors import Cancelled, Refusal
from gis.exchange.decisions import Decisions, RowDecision
from gis.exchange.mapping import Mapping, Source
from gis.exchange.recipes import Recipe, read_recipe, write_recipe
from gis.exchange.sorting import Sorting
from gis.progress import Progress
from gis.project import Session, import_applying, import_media
from gis.project.attachments import attachments_of, verify_files
from gis.project.import_rejects import LINE, REASON, save_rejected_rows
from gis.project.import_report import COUNTS, page, report_of, write_report
from gis.project.importing import (
    Applied,
    Choices,
    ImportPlan,
    apply_plan,
    apply_staged,
    read_file,
    read_parts,
    stage_file,
    stage_parts,
)
from gis.project.mappings import remember
from tests.gis.project.conftest import key
from tests.gis.project.contents import contents

HOTSPOTS = """编号,名称,经度,纬度,EIRP
W-1,广场,120.141,33.351,23
W-2,公园,120.142,33.352,20
W-3,坏,,33.353,20
W-4,车站,120.144,33.354,abc
W-1,广场又一次,120.145,33.355,20
"""
MIXED = """类别,编号,名称,经度,纬度,所属基站,频率
基站,J-1,北站,120.14,33.35,,
小区,J-1-1,北站一,120.14,33.35,J-1,2600
小区,J-1-2,北站二,,,J-1,2600
监控点,V-1,路口,120.15,33.36,,
彩票站,Z-1,不是我们的,120.15,33.36,,
小区,J-9-1,没有站,120.14,33.35,J-9,2600
"""


def file_of(folder: Path, text: str, name: str = "w.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def staged(session: Session, path: Path, cls: str | None = None, choices: Choices | None = None) -> ImportPlan:
    return stage_parts(session, read_parts(session, path, cls, choices))


def imported(session: Session, path: Path, cls: str | None = None, **more: Any) -> Applied:
    return apply_plan(session, staged(session, path, cls, more.pop("choices", None)), **more)


def counts_add_up(counts: dict[str, int]) -> bool:
    return counts["read"] == sum(counts[name] for name in COUNTS[1:])


def sorted_recipe() -> Recipe:
    sorting = Sorting("类别", {"基站": "base_station", "小区": "cell", "监控点": "camera"})
    place = {"code": Source("编号"), "name": Source("名称")}
    return Recipe(
        {
            "base_station": Mapping("base_station", place, "经度", "纬度"),
            "cell": Mapping(
                "cell", {**place, "site": Source("所属基站"), "frequency_mhz": Source("频率")}, "经度", "纬度"
            ),
            "camera": Mapping("camera", place, "经度", "纬度"),
        },
        sorting,
    )


# Several classes ------------------------------------------------------------------------------------------------------
def test_several_classes_are_one_step(session: Session, path: Path, tmp_path: Path) -> None:
    before = contents(path)
    plan = staged(session, file_of(tmp_path, MIXED), choices=Choices.of_recipe(sorted_recipe()))
    assert [part.staged.cls for part in plan.parts].index("base_station") == 0  # what others refer to goes first
    assert plan.counts() == {"read": 6, "new": 4, "changed": 0, "same": 0, "conflict": 0, "rejected": 2}
    assert [reject.line for reject in plan.rejects] == [6, 7]
    done = apply_plan(session, plan)
    assert (done.new, done.changed, done.left) == (4, 0, 2)
    site = key(session, "base_station", "J-1")
    for code in ("J-1-1", "J-1-2"):  # the second has no position: it stands where its site stands
        assert session.row("cell", key(session, "cell", code))["site"] == site
    entry = session.history(limit=1)[0]
    assert (entry.seq, entry.label) == (done.seq, "import.file")
    assert entry.label_args == {"file": plan.file, "new": 4, "changed": 0}
    session.undo()
    assert contents(path) == before
    session.redo()
    assert key(session, "base_station", "J-1") == site
    assert session.verify() == []


def test_a_file_sorts_itself(session: Session, tmp_path: Path) -> None:
    plan = staged(session, file_of(tmp_path, MIXED))
    assert {part.staged.cls for part in plan.parts} == {"base_station", "cell", "camera"}
    assert ("class", "类别") in [(e.what, e.value) for e in plan.evidence]
    assert counts_add_up(plan.counts())


def test_again_changes_nothing(session: Session, path: Path, tmp_path: Path) -> None:
    file, choices = file_of(tmp_path, MIXED), Choices.of_recipe(sorted_recipe())
    imported(session, file, choices=choices)
    before = contents(path)
    again = staged(session, file, choices=choices)
    assert again.counts() == {"read": 6, "new": 0, "changed": 0, "same": 4, "conflict": 0, "rejected": 2}
    assert apply_plan(session, again).seq is None
    assert contents(path) == before


def test_no_word_of_the_column_is_a_class(session: Session, tmp_path: Path) -> None:
    recipe = Recipe(sorted_recipe().mappings, Sorting("名称", {"没有": "camera"}))
    with pytest.raises(Refusal, match="no_row_sorted"):
        read_parts(session, file_of(tmp_path, MIXED), None, Choices.of_recipe(recipe))


def test_nothing_says_which_class(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="which_class"):
        read_parts(session, file_of(tmp_path, "a,经度,纬度\n1,120.1,33.3\n", "x.csv"))


def test_a_remembered_source_needs_no_class(session: Session, tmp_path: Path) -> None:
    file = file_of(tmp_path, "a,东,北\n一,120.1,33.3\n", "x.csv")
    mapping = Mapping("camera", {"name": Source("a")}, "东", "北")
    first = read_parts(session, file, "camera", Choices(mapping=mapping, tolerance_m=7))
    remember(session, first.raw, first.recipe)
    again = read_parts(session, file)
    assert again.parts[0].cls == "camera"
    assert again.parts[0].mapping.sources["name"].column == "a"
    assert again.parts[0].choices.tolerance_m == 7
    assert "import.remembered" in [e.reason for e in again.raw.evidence]


def test_a_recipe_holds_what_was_said(session: Session, tmp_path: Path) -> None:
    file = file_of(tmp_path, "编号,甲,乙\n1,33.3,120.1\n")
    said = Choices(x="甲", y="乙", swapped=True, datum="gcj02", crs="EPSG:4326", match=("code",), tolerance_m=3)
    reading = read_parts(session, file, "camera", said)
    write_recipe(reading.recipe, tmp_path / "r.json")
    kept = Choices.of_recipe(read_recipe(tmp_path / "r.json", session.catalogue))
    again = read_parts(session, file, None, kept)
    assert again.parts[0].placement == reading.parts[0].placement
    assert (kept.match, kept.tolerance_m) == (("code",), 3)
    assert stage_parts(session, again).counts() == stage_parts(session, reading).counts()


def test_an_expression_is_computed(session: Session, tmp_path: Path) -> None:
    file = file_of(tmp_path, "编号,经度,纬度,高\nV-1,120.1,33.3,650\nV-2,120.2,33.3,\n")
    mapping = Mapping("camera", {"code": Source("编号"), "height_m": Source(expression="number(高) / 100")})
    imported(session, file, "camera", choices=Choices(mapping=mapping))
    assert session.row("camera", key(session, "camera", "V-1"))["height_m"] == 6.5


def test_a_class_without_places(session: Session, tmp_path: Path) -> None:
    session.perform(Create("area", [{"code": "320902", "name": "亭湖区", "level": "county", "geom": square()}]))
    file = file_of(tmp_path, "区域,时期,指标,数值\n320902,2024,fibre_homes,12\n320999,2024,fibre_homes,9\n")
    mapping = Mapping(
        "statistic",
        {"area": Source("区域"), "period": Source("时期"), "indicator": Source("指标"), "value": Source("数值")},
    )
    plan = staged(session, file, "statistic", Choices(mapping=mapping))
    assert plan.counts() == {"read": 2, "new": 1, "changed": 0, "same": 0, "conflict": 0, "rejected": 1}
    apply_plan(session, plan)
    assert session.count("statistic") == 1


def square() -> Any:
    from shapely import box

    return box(490_000, 3_690_000, 510_000, 3_710_000)


# Decisions ------------------------------------------------------------------------------------------------------------
def test_modes(session: Session, tmp_path: Path) -> None:
    session.perform(Create("wifi_hotspot", [{"code": "W-2", "name": "旧", "geom": place(session, 120.1425, 33.352)}]))
    plan = staged(session, file_of(tmp_path, HOTSPOTS), "wifi_hotspot")
    assert plan.counts() == {"read": 5, "new": 1, "changed": 1, "same": 0, "conflict": 1, "rejected": 2}
    with pytest.raises(Refusal, match="not_all"):
        apply_plan(session, plan, Decisions("all"))
    before = session.row("wifi_hotspot", key(session, "wifi_hotspot", "W-2"))
    apply_plan(session, plan, Decisions("geometry"))
    moved = session.row("wifi_hotspot", key(session, "wifi_hotspot", "W-2"))
    assert moved["name"] == "旧"
    assert not moved["geom"].equals(before["geom"])
    session.undo()
    done = apply_plan(session, plan, Decisions("valid", frozenset({"name"}), {6: RowDecision("add")}))
    assert (done.new, done.changed, done.left) == (1, 1, 3)  # line 6 has the code of line 2, which is new
    assert session.row("wifi_hotspot", key(session, "wifi_hotspot", "W-2"))["name"] == "旧"
    report = report_of(plan, done)
    assert counts_add_up(report)
    assert report["applied"] == {"new": 1, "changed": 1, "left": 3, "photos": 0}


def test_all_or_nothing_counts_rows_of_no_class(session: Session, tmp_path: Path) -> None:
    text = "类别,编号,经度,纬度\n监控点,V-1,120.1,33.3\n基站,B-1,120.1,33.3\n彩票站,Z-1,120.1,33.3\n"
    plan = staged(session, file_of(tmp_path, text), choices=Choices.of_recipe(sorted_recipe_short()))
    with pytest.raises(Refusal, match="not_all"):
        apply_plan(session, plan, Decisions("all"))
    assert apply_plan(session, plan).new == 2


def sorted_recipe_short() -> Recipe:
    code = {"code": Source("编号")}
    return Recipe(
        {"camera": Mapping("camera", code), "base_station": Mapping("base_station", code)},
        Sorting("类别", {"监控点": "camera", "基站": "base_station"}),
    )


def test_decisions_by_class(session: Session, tmp_path: Path) -> None:
    plan = staged(session, file_of(tmp_path, MIXED), choices=Choices.of_recipe(sorted_recipe()))
    done = apply_plan(session, plan, {"camera": Decisions("update")})
    assert done.new == 3  # the camera is new, and only known ones may be updated


def test_nothing_valid(session: Session, tmp_path: Path) -> None:
    file = file_of(tmp_path, "编号,经度,纬度\nV-1,,\nV-2,120.1,x\n")
    plan = staged(session, file, "camera", Choices(x="经度", y="纬度", crs="EPSG:4326"))
    with pytest.raises(Refusal, match="nothing_valid"):
        apply_plan(session, plan)


def test_one_class_by_the_short_way(session: Session, tmp_path: Path) -> None:
    reading = read_file(session, file_of(tmp_path, HOTSPOTS), "wifi_hotspot")
    assert apply_staged(session, reading, stage_file(session, reading)) is not None
    assert session.count("wifi_hotspot") == 2


def place(session: Session, lon: float, lat: float) -> Any:
    import pyproj
    from shapely import Point

    return Point(*pyproj.Transformer.from_crs("EPSG:4326", session.crs, always_xy=True).transform(lon, lat))


# Photos ---------------------------------------------------------------------------------------------------------------
def photo(path: Path, colour: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = io.BytesIO()
    Image.new("RGB", (16, 12), (colour, 20, 40)).save(made, "JPEG")
    path.write_bytes(made.getvalue())


PHOTOS = """编号,经度,纬度,照片
V-1,120.141,33.351,media/a.jpg
V-2,120.142,33.352,media/b.jpg;media/a.jpg
V-3,120.143,33.353,media/gone.jpg
V-4,120.144,33.354,
V-5,,33.355,media/c.jpg
V-6,120.146,33.356,../outside.jpg
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "survey"
    folder.mkdir()
    for at, name in enumerate("abc"):
        photo(folder / "media" / f"{name}.jpg", 50 * at)
    photo(tmp_path / "outside.jpg", 200)
    return file_of(folder, PHOTOS, "cameras.csv")


def with_photos(session: Session, photos: Path) -> ImportPlan:
    return staged(session, photos, "camera")


def test_photos_come_along_in_the_same_step(session: Session, path: Path, photos: Path) -> None:
    before = contents(path)
    done = apply_plan(session, with_photos(session, photos))
    assert (done.new, done.photos) == (5, 3)
    assert [(r.line, r.why.code) for r in done.photo_rejects] == [(4, "import.no_photo"), (7, "import.no_photo")]
    second = attachments_of(session, "camera", key(session, "camera", "V-2"))
    assert sorted(one.name for one in second) == ["a.jpg", "b.jpg"]
    assert all(one.state == "there" for one in second)
    assert verify_files(session).orphans == ()  # the photo of the rejected row was not kept
    report = report_of(with_photos(session, photos), done)
    assert [entry["line"] for entry in report["photo_rejects"]] == [4, 7]
    session.undo()
    assert contents(path) == before
    session.redo()
    assert len(attachments_of(session, "camera", key(session, "camera", "V-2"))) == 2


def test_photos_that_are_there_come_no_second_time(session: Session, path: Path, photos: Path) -> None:
    apply_plan(session, with_photos(session, photos))
    before = contents(path)
    again = apply_plan(session, with_photos(session, photos))
    assert (again.seq, again.photos) == (None, 0)
    assert contents(path) == before
    photo(photos.parent / "media" / "gone.jpg", 99)  # the missing one is found at last
    late = apply_plan(session, with_photos(session, photos))
    assert (late.new, late.changed, late.photos) == (0, 0, 1)
    assert attachments_of(session, "camera", key(session, "camera", "V-3"))[0].name == "gone.jpg"


def kept_files(path: Path) -> list[str]:
    folder = path.with_name(path.name + ".files")
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("error", [Cancelled(), Refusal("storage.full", file="x"), RuntimeError("bug")], ids=repr)
def test_what_fails_after_the_photos_leaves_none(
    session: Session, path: Path, photos: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.perform(Create("camera", [{"code": "X", "geom": place(session, 120.3, 33.3)}]))
    before = contents(path)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(import_media.KeptMedia, "attachments", fail)
    with pytest.raises(type(error)):
        apply_plan(session, with_photos(session, photos))
    assert contents(path) == before
    assert kept_files(path) == []


def test_a_full_disk_stops_the_photos(
    session: Session, path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = import_media.keep
    calls = 0

    def full(folder: Path, source: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Refusal("attachments.not_kept", name="b.jpg", reason=import_media._FULL)
        return kept(folder, source)

    monkeypatch.setattr(import_media, "keep", full)
    before = contents(path)
    with pytest.raises(Refusal, match="not_kept"):
        apply_plan(session, with_photos(session, photos))
    assert contents(path) == before
    assert kept_files(path) == []


# Nothing half-way -----------------------------------------------------------------------------------------------------
def test_cancelled_at_any_moment(session: Session, path: Path, photos: Path) -> None:
    before = contents(path)
    steps: list[str] = []
    apply_plan(session, with_photos(session, photos), progress=Progress(lambda *args: steps.append(args[2])))
    session.undo()
    assert len(steps) > 3
    for path_ in path.with_name(path.name + ".files").iterdir():
        path_.unlink()
    for stop in range(1, len(steps)):
        progress, left = Progress(), stop

        def tell(*_: object, progress: Progress = progress) -> None:
            nonlocal left
            left -= 1
            if not left:
                progress.cancel()

        progress._listener = tell
        plan = with_photos(session, photos)
        with pytest.raises(Cancelled):
            apply_plan(session, plan, progress=progress)
        assert contents(path) == before, steps[stop - 1]
        assert kept_files(path) == []


def test_a_disk_that_is_full_leaves_the_project_as_it_was(session: Session, path: Path, tmp_path: Path) -> None:
    rows = "".join(f"V-{i},摄像机{i},{120 + i / 1e5:.6f},33.3\n" for i in range(4000))
    plan = staged(session, file_of(tmp_path, "编号,名称,经度,纬度\n" + rows), "camera")
    before = contents(path)
    writer = session._store._writer
    assert writer is not None
    pages = writer.pragma("page_count")
    writer.pragma("max_page_count", pages + 20)
    with pytest.raises(Refusal, match="full"):
        apply_plan(session, plan)
    writer.pragma("max_page_count", 1_000_000)
    assert contents(path) == before
    assert session.verify() == []
    assert apply_plan(session, plan).new == 4000


def test_a_read_only_project(path: Path, photos: Path) -> None:
    with Session.open(path, readonly=True) as session, pytest.raises(Refusal, match="opened_readonly"):
        apply_plan(session, with_photos(session, photos))
    assert kept_files(path) == []


def test_many_rows_in_pieces(session: Session, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_applying, "PIECE", 300)
    rows = "".join(f"V-{i},摄像机{i},{120 + i / 1e5:.6f},33.3\n" for i in range(2000))
    file = file_of(tmp_path, "编号,名称,经度,纬度\n" + rows)
    before = contents(path)
    entries = len(session.history())
    imported(session, file, "camera")
    assert len(session.history()) == entries + 1
    changed = file_of(tmp_path, "编号,名称,经度,纬度\n" + rows.replace("摄像机", "球机"), "changed.csv")
    done = imported(session, changed, "camera")
    assert (done.new, done.changed) == (0, 2000)
    assert session.row("camera", key(session, "camera", "V-7"))["name"] == "球机7"
    assert session.undo(2) == [done.seq, (done.seq or 0) - 1]
    assert contents(path) == before
    session.redo(2)
    assert session.verify() == []


# Reports and rows that come back --------------------------------------------------------------------------------------
def test_reports(session: Session, tmp_path: Path) -> None:
    text = HOTSPOTS.replace("坏", "<b>坏</b>") + "W-8,=1+1,120.15,33.36,=cmd\n"
    plan = staged(session, file_of(tmp_path, text, "<w>.csv"), "wifi_hotspot")
    document = report_of(plan, apply_plan(session, plan))
    assert counts_add_up(document)
    assert len(document["rejects"]) == document["rejected"] == 3
    assert [entry["line"] for entry in document["rejects"]] == [4, 5, 7]
    for kind in ("json", "html", "xlsx"):
        write_report(document, session.catalogue, tmp_path / f"r.{kind}")
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["rejected"] == 3
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "&lt;w&gt;.csv" in page
    assert "<w>" not in page
    assert "W-8" not in page or "=cmd" in page
    book = CalamineWorkbook.from_path(tmp_path / "r.xlsx")
    assert book.sheet_names == ["导入报告", "未导入的行", "读取依据", "字段对应"]
    lost = book.get_sheet_by_name("未导入的行").to_python()[1:]
    assert [row[1] for row in lost] == [4, 5, 7, 6]
    write_report(document, session.catalogue, tmp_path / "en.html", "en")
    assert "Import report" in (tmp_path / "en.html").read_text("utf-8")


def test_what_two_classes_of_one_file_tell_stands_in_the_report(session: Session, tmp_path: Path) -> None:
    def spurred(west: float) -> list[list[list[float]]]:
        east = west + 0.01
        return [
            [
                [west, 33.3],
                [east, 33.3],
                [east, 33.31],
                [east + 0.002, 33.31],
                [east, 33.31],
                [west, 33.31],
                [west, 33.3],
            ]
        ]

    kinds = ["建筑", "区域", "建筑", "区域"]
    shapes = [
        {
            "type": "Feature", "properties": {"类别": kind, "级别": "网格", "名称": f"{kind}{row}"},
            "geometry": {"type": "Polygon", "coordinates": spurred(120 + 0.05 * row)},
        } for row, kind in enumerate(kinds)
    ]  # fmt: skip
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), "utf-8")
    plan = staged(session, file)
    assert plan.counts()["new"] == 4, [str(reject.why) for reject in plan.rejects]
    mended = report_of(plan, None, "en")["evidence"]["mended"]
    assert mended["value"] == "2, 2"
    assert all(lines in mended["text"] for lines in ("(lines 1, 3)", "(lines 2, 4)"))


@pytest.mark.parametrize("name", ["r.doc", "r"])
def test_a_report_of_no_kind(session: Session, tmp_path: Path, name: str) -> None:
    plan = staged(session, file_of(tmp_path, HOTSPOTS), "wifi_hotspot")
    with pytest.raises(Refusal, match="report_kind"):
        write_report(report_of(plan), session.catalogue, tmp_path / name)
    with pytest.raises(Refusal, match="rejects_kind"):
        save_rejected_rows(plan, tmp_path / name)


@pytest.mark.parametrize("kind", ["json", "html", "xlsx"])
def test_a_report_that_cannot_be_written(session: Session, tmp_path: Path, kind: str) -> None:
    plan = staged(session, file_of(tmp_path, HOTSPOTS), "wifi_hotspot")
    target = tmp_path / "no folder" / f"r.{kind}"
    document = report_of(plan)
    with pytest.raises(Refusal, match="not_written"):
        write_report(document, session.catalogue, target)
    lost = target.with_suffix(".csv" if kind == "json" else ".xlsx")
    with pytest.raises(Refusal, match="not_written"):
        save_rejected_rows(plan, lost)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rejected_rows_are_mended_and_brought_again(session: Session, tmp_path: Path, kind: str) -> None:
    plan = staged(session, file_of(tmp_path, HOTSPOTS + 'W-9,"a\n'), "wifi_hotspot")
    done = apply_plan(session, plan)
    lost = tmp_path / f"lost.{kind}"
    count = save_rejected_rows(plan, lost, parts=done.decided)
    document = report_of(plan, done)
    assert count == document["rejected"] + document["conflict"]
    again = read_parts(session, lost, "wifi_hotspot")
    assert again.raw.columns == ("编号", "名称", "经度", "纬度", "EIRP", LINE, REASON)
    assert again.parts[0].mapping.sources.keys() == plan.parts[0].reading.mapping.sources.keys()
    first = again.raw.cells[LINE].tolist()
    assert [int(float(cell)) for cell in first] == sorted(
        entry["line"] for entry in [*document["rejects"], *document["conflicts"]]
    )
    assert all(again.raw.cells[REASON])
    # nothing is mended yet: the same rows are lost for the same reasons
    assert stage_parts(session, again).counts()["new"] == 0
    mended = tmp_path / "mended.csv"
    lines = ["编号,名称,经度,纬度,EIRP," + f"{LINE},{REASON}"]
    cells = {name: again.raw.cells[name] for name in again.raw.columns}
    for at, code in enumerate(cells["编号"].tolist()):
        if code in ("W-3", "W-4"):
            values = [code, cells["名称"][at], cells["经度"][at] or "120.149", cells["纬度"][at], "21", "1", "x"]
            lines.append(",".join(str(value) for value in values))
    file_of(tmp_path, "\n".join(lines) + "\n", mended.name)
    assert imported(session, mended, "wifi_hotspot").new == 2
    assert session.count("wifi_hotspot") == 4


def test_rejected_places_of_a_format_come_back(session: Session, tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"编号": f"V-{i}", "俯角": tilt},
         "geometry": {"type": "Point", "coordinates": [120 + i / 100, 33.3]}}
        for i, tilt in enumerate((10, "陡", 12))
    ]  # fmt: skip
    file = tmp_path / "c.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    plan = staged(session, file, "camera")
    assert plan.counts()["rejected"] == 1
    save_rejected_rows(plan, tmp_path / "lost.csv")
    recipe = Choices.of_recipe(plan.source.recipe)
    again = read_parts(session, tmp_path / "lost.csv", choices=recipe)
    assert again.parts[0].placement is not None
    assert again.parts[0].placement.kind == "wkt"
    assert stage_parts(session, again).counts()["rejected"] == 1
    text = (tmp_path / "lost.csv").read_text("utf-8-sig").replace("陡", "20")
    assert imported(session, file_of(tmp_path, text, "mended.csv"), choices=recipe).new == 1
    row = session.row("camera", key(session, "camera", "V-1"))
    assert math.isclose(row["geom"].distance(place(session, 120.01, 33.3)), 0, abs_tol=0.01)


def test_rows_of_no_class_are_saved_too(session: Session, tmp_path: Path) -> None:
    plan = staged(session, file_of(tmp_path, MIXED), choices=Choices.of_recipe(sorted_recipe()))
    assert save_rejected_rows(plan, tmp_path / "lost.csv", "en") == 2
    text = (tmp_path / "lost.csv").read_text("utf-8-sig")
    assert "彩票站" in text
    assert "J-9-1" in text


def test_lines_are_found_among_many() -> None:
    from gis.project.import_rejects import _rows_of_lines

    lines = np.array([2, 3, 3, 5, 4])
    assert _rows_of_lines(lines, np.array([1, 3, 3, 3, 4, 5, 9])).tolist() == [-1, 1, 2, -1, 4, 3, -1]


def test_the_page_names_formats_and_marks_in_words(session: Session, tmp_path: Path) -> None:
    plan = stage_parts(session, read_parts(session, file_of(tmp_path, HOTSPOTS), "wifi_hotspot"))
    for language, words in (("zh", ("文本表格", "逗号")), ("en", ("Text table", "comma"))):
        text = page(report_of(plan, None, language), session.catalogue, language)
        assert all(word in text for word in words)
        assert "delimited" not in text
    assert "comma" not in page(report_of(plan, None, "zh"), session.catalogue, "zh")
