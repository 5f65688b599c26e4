"""``yantu import`` has the window's power: every choice has an option, and nothing is imported that cannot be told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desktop.cli import yantu

CSV = "编号,名称,经度,纬度,功率\nH1,广场,120.14,33.35,23\nH2,公园,120.15,33.36,20\nH3,坏,,33,20\n"
MIXED = """类别,编号,名称,经度,纬度
WiFi热点,H1,广场,120.14,33.35
监控点,V1,路口,120.15,33.36
彩票站,Z1,别家,120.15,33.36
"""


def run(*words: object) -> Result:
    return CliRunner().invoke(yantu, [str(word) for word in words])


def answer(*words: object) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(*words: object) -> str:
    result = run(*words, "--json")
    assert result.exit_code == 1, result.output
    return str(json.loads(result.stdout)["refusal"])


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.yantu"
    answer("new", path, "--name", "盐城")
    return path


def file_of(city: Path, text: str, name: str = "h.csv", encoding: str = "utf-8") -> Path:
    path = city.parent / name
    path.write_bytes(text.encode(encoding))
    return path


def count(city: Path, cls: str) -> int:
    return int(answer("query", city, "--class", cls, "--count")["count"])


def test_a_file_of_several_classes_needs_none_named(city: Path) -> None:
    document = answer("import", city, file_of(city, MIXED))
    assert (document["read"], document["new"], document["rejected"]) == (3, 2, 1)
    assert document["class"] is None
    assert {cls: one["new"] for cls, one in document["classes"].items()} == {"wifi_hotspot": 1, "camera": 1}
    assert [(entry["line"], entry["code"]) for entry in document["rejects"]] == [(4, "import.no_class_for")]
    assert answer("undo", city) == {"undone": [document["seq"]]}
    assert count(city, "camera") == count(city, "wifi_hotspot") == 0


def test_a_recipe_is_kept_and_used(city: Path) -> None:
    recipe, file = city.parent / "r.json", file_of(city, MIXED)
    answer("import", city, file, "--dry-run", "--save-recipe", recipe)
    saved = json.loads(recipe.read_text("utf-8"))
    assert saved["sorting"]["column"] == "类别"
    saved["sorting"]["classes"]["彩票站"] = "camera"
    recipe.write_text(json.dumps(saved, ensure_ascii=False), "utf-8")
    assert answer("import", city, file, "--recipe", recipe)["new"] == 3
    assert refusal("import", city, file, "--recipe", recipe, "--class", "cable") == "import.wrong_mapping"
    assert refusal("import", city, file, "--dry-run", "--save-mapping", city.parent / "m.json") == (
        "import.several_mappings"
    )


def test_a_mapping_file_says_nothing_about_matching(city: Path) -> None:
    mapping = city.parent / "m.json"
    mapping.write_text('{"class": "wifi_hotspot", "fields": {"name": "名称", "eirp_dbm": "功率"}}', "utf-8")
    answer("import", city, file_of(city, "名称,经度,纬度,功率\n广场,120.14,33.35,23\n"), "--mapping", mapping)
    moved = file_of(city, "名称,经度,纬度,功率\n广场,120.141,33.35,20\n", "again.csv")
    document = answer("import", city, moved, "--mapping", mapping, "--dry-run")
    assert (document["new"], document["changed"]) == (0, 1)
    document = answer("import", city, moved, "--mapping", mapping, "--match", "code,distance", "--dry-run")
    assert (document["new"], document["changed"]) == (1, 0)


def test_a_source_is_remembered(city: Path) -> None:
    strange = file_of(city, "甲,东,北\n一,120.14,33.35\n", "s.csv")
    assert refusal("import", city, strange) == "import.which_class"
    answer("import", city, strange, "--class", "camera", "--x", "东", "--y", "北", "--remember")
    again = file_of(city, "甲,东,北\n二,120.15,33.36\n", "t.csv")
    document = answer("import", city, again)
    assert (document["class"], document["new"]) == ("camera", 1)
    assert document["evidence"]["recipe"]["reason"] == "import.remembered"


def test_how_the_file_is_cut(city: Path) -> None:
    text = "调查表\n编号|经度|纬度|功率\nH1|120,14|33,35|23,5\n"
    document = answer(
        "import", city, file_of(city, text, encoding="gb18030"), "--class", "wifi_hotspot", "--encoding", "gb18030",
        "--delimiter", "|", "--header-line", 2, "--decimal", ",",
    )  # fmt: skip
    assert document["new"] == 1
    row = answer("query", city, "--class", "wifi_hotspot")["features"][0]
    assert row["properties"]["eirp_dbm"] == 23.5
    assert row["geometry"]["coordinates"] == pytest.approx([120.14, 33.35], abs=1e-6)


def test_the_order_of_coordinates(city: Path) -> None:
    file = file_of(city, "编号,甲,乙\nH1,33.35,120.14\n")
    document = answer("import", city, file, "--class", "camera", "--x", "甲", "--y", "乙", "--swap")
    place = answer("query", city, "--class", "camera")["features"][0]["geometry"]["coordinates"]
    assert document["new"] == 1
    assert place == pytest.approx([120.14, 33.35], abs=1e-6)


def place_of(city: Path) -> list[float]:
    return list(answer("query", city, "--class", "camera")["features"][0]["geometry"]["coordinates"])


OLD = "编号,北,东\nV1,3691000.0,500100.0\n"


@pytest.mark.parametrize("given", ["numbers", "file", "points"])
def test_a_shift(city: Path, given: str) -> None:
    file = file_of(city, OLD)
    words: tuple[object, ...] = ("--shift", "100,-50,1,0")
    if given == "file":
        kept = city.parent / "shift.json"
        kept.write_text(json.dumps({"kind": "similarity4", "dx": 100.0, "dy": -50.0}), "utf-8")
        words = ("--shift", kept)
    elif given == "points":
        points = "点名,源北,源东,新北,新东\n"
        for at, (north, east) in enumerate(((3_690_000, 500_000), (3_692_000, 500_500), (3_691_000, 502_000))):
            points += f"G{at},{north},{east},{north - 50},{east + 100}\n"
        words = ("--control-points", file_of(city, points, "points.csv"))
    plain = answer("import", city, file, "--class", "camera", "--crs", "EPSG:4549")
    before = place_of(city)
    answer("undo", city)
    document = answer("import", city, file, "--class", "camera", "--crs", "EPSG:4549", *words)
    assert plain["new"] == document["new"] == 1
    after = place_of(city)
    assert (after[0] - before[0]) * 92_950 == pytest.approx(100, abs=1)
    assert (after[1] - before[1]) * 110_900 == pytest.approx(-50, abs=1)
    if given == "points":
        assert document["fit"]["rms_m"] == pytest.approx(0, abs=1e-6)
        assert [point["name"] for point in document["fit"]["points"]] == ["G0", "G1", "G2"]


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", ""], ids=["three", "letters", "none"])
def test_no_shift(city: Path, text: str) -> None:
    file = file_of(city, OLD)
    assert refusal("import", city, file, "--class", "camera", "--shift", text or "nothing.txt") == "import.bad_numbers"


def test_modes_and_fields_that_stay(city: Path) -> None:
    file = file_of(city, CSV)
    assert refusal("import", city, file, "--class", "wifi_hotspot", "--mode", "all") == "import.not_all"
    assert answer("import", city, file, "--class", "wifi_hotspot", "--mode", "update")["seq"] is None
    answer("import", city, file, "--class", "wifi_hotspot")
    other = file_of(city, CSV.replace("广场", "大广场").replace("23\n", "25\n"), "o.csv")
    document = answer("import", city, other, "--class", "wifi_hotspot", "--keep", "名称", "--mode", "update")
    assert document["applied"] == {"new": 0, "changed": 1, "left": 2, "photos": 0}
    rows = {
        f["properties"]["code"]: f["properties"] for f in answer("query", city, "--class", "wifi_hotspot")["features"]
    }
    assert (rows["H1"]["name"], rows["H1"]["eirp_dbm"]) == ("广场", 25)
    assert refusal("import", city, other, "--class", "wifi_hotspot", "--keep", "没有") == "catalogue.no_field"


def test_conflicts_are_resolved_alike(city: Path) -> None:
    answer("import", city, file_of(city, "编号,经度,纬度\nV1,120.14,33.35\n"), "--class", "camera")
    far = file_of(city, "编号,经度,纬度\nV1,120.34,33.35\n", "far.csv")
    words = ("import", city, far, "--class", "camera")
    assert answer(*words)["conflict"] == 1
    assert answer(*words, "--resolve", "conflicts=skip")["seq"] is None
    assert answer(*words, "--resolve", "conflicts=update")["applied"]["changed"] == 1
    assert place_of(city)[0] == pytest.approx(120.34, abs=1e-6)
    assert refusal(*words, "--resolve", "conflicts=perhaps") == "import.unknown_resolve"


def test_reports_and_rejected_rows(city: Path) -> None:
    file, folder = file_of(city, CSV), city.parent
    for kind in ("json", "html", "xlsx"):
        words = ("import", city, file, "--class", "wifi_hotspot", "--report", folder / f"r.{kind}")
        document = answer(*words, "--rejected", folder / "lost.csv")
        assert (folder / f"r.{kind}").stat().st_size > 100
        assert document["rejected_rows"] == document["rejected"] == 1
    lost = (folder / "lost.csv").read_text("utf-8-sig")
    mended = file_of(city, lost.replace("H3,坏,,33", "H3,好,120.2,33.4"), "mended.csv")
    assert answer("import", city, mended, "--class", "wifi_hotspot")["new"] == 1


@pytest.mark.parametrize(
    ("option", "name", "code"),
    [
        ("--report", "r.doc", "import.report_kind"),
        ("--rejected", "r.doc", "import.rejects_kind"),
        ("--report", "no/r.json", "import.not_written"),
        ("--rejected", "no/r.csv", "import.not_written"),
    ],
    ids=["report", "rejected", "report nowhere", "rejected nowhere"],
)
def test_what_cannot_be_written_is_refused_before_anything_is_imported(
    city: Path, option: str, name: str, code: str
) -> None:
    file = file_of(city, CSV)
    assert refusal("import", city, file, "--class", "wifi_hotspot", option, city.parent / name) == code
    assert count(city, "wifi_hotspot") == 0


def test_a_folder_with_photos(city: Path) -> None:
    from PIL import Image

    folder = city.parent / "survey"
    (folder / "media").mkdir(parents=True)
    Image.new("RGB", (8, 8), (200, 10, 10)).save(folder / "media" / "a.jpg")
    file_of(city, "编号,经度,纬度,照片\nV1,120.14,33.35,a.jpg\nV2,120.15,33.36,gone.jpg\n", "survey/v.csv")
    document = answer("import", city, folder, "--class", "camera")
    assert (document["new"], document["applied"]["photos"]) == (2, 1)
    assert [entry["line"] for entry in document["photo_rejects"]] == [3]
    assert count(city, "attachment") == 1
    said = run("import", city, folder, "--class", "camera", "--lang", "en").stdout
    assert "line 3: the photo or document" in said


def test_in_words(city: Path) -> None:
    said = run("import", city, file_of(city, MIXED), "--lang", "zh").stdout
    assert "读取 3：新增 2" in said
    assert "监控点  读取 1" in said
    assert "第 4 行" in said
    assert "yantu undo" in said
