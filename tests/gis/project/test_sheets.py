"""Sheets of a project and the user's own templates."""

from dataclasses import replace
from pathlib import Path

import pytest

from gis.cartography.sheets.contents import compose
from gis.cartography.sheets.editing import added, changed
from gis.cartography.sheets.items import Box, PictureItem
from gis.cartography.sheets.templates import sheet_template, user_folder
from gis.catalogue import Label
from gis.errors import Refusal
from gis.project import Session
from gis.project.sheets import (
    LayerChoice,
    Sheet,
    Sheets,
    found,
    open_template,
    remove_template,
    save_template,
    user_templates,
    write_template,
)
from tests.gis.sheets.city import small_city


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANTU_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def city(tmp_path: Path):
    with small_city(tmp_path / "city.yantu") as session:
        yield session


def test_a_sheet_is_kept_with_all_it_was_asked(city: Session) -> None:
    template = changed(sheet_template("inventory_a3"), "scale", width=40.0)
    sheet = Sheet(
        "  亭湖区  分布图 ", template, {"maker": "测绘院", "title": ""},
        (516_000.0, 3_681_000.0, 518_000.0, 3_682_000.0), 25_000.0, None,
        (LayerChoice("area"), LayerChoice("wifi_hotspot", 0.5), LayerChoice("gone")),
    )  # fmt: skip
    kept = Sheets(city).save(sheet)
    assert kept.name == "亭湖区 分布图"
    again = Sheets(city).read("亭湖区 分布图")
    assert again == replace(kept, words={"maker": "测绘院"})
    path = city.path
    city.close()
    with Session.open(path) as reopened:
        assert Sheets(reopened).names() == ("亭湖区 分布图",)
        again = Sheets(reopened).read("亭湖区 分布图")
        spec = compose(reopened, again.template, **again.asked(reopened))
        assert spec.denominator == 25_000
        assert [(layer.cls, layer.opacity) for layer in spec.view().layers] == [("area", 1.0), ("wifi_hotspot", 0.5)]
        assert spec.view().center == (517_000.0, 3_681_500.0)
        assert "测绘院" in spec.fields["imprint"]


def test_names(city: Session) -> None:
    sheets = Sheets(city)
    for name in ("一", "二"):
        sheets.save(Sheet(name, sheet_template("inventory_a3")))
    assert "一" in sheets
    assert sheets.free_name("一") == "一 2"
    assert sheets.rename("一", "三").name == "三"
    assert sheets.names() == ("三", "二")
    for call, code in (
        (lambda: sheets.rename("三", "二"), "sheets.name_taken"),
        (lambda: sheets.save(Sheet(" ", sheet_template("inventory_a3"))), "sheets.sheet_name"),
        (lambda: sheets.save(Sheet("长" * 61, sheet_template("inventory_a3"))), "sheets.sheet_name"),
        (lambda: sheets.read("四"), "sheets.no_sheet"),
    ):
        with pytest.raises(Refusal) as refused:
            call()
        assert refused.value.code == code
    sheets.remove("三")
    sheets.remove("三")
    assert sheets.names() == ("二",)


def test_it_is_no_step_of_the_data(city: Session) -> None:
    before = city.can_undo
    Sheets(city).save(Sheet("一", sheet_template("inventory_a3")))
    assert city.can_undo == before


def test_a_hurt_document_is_refused_by_name(city: Session) -> None:
    city.put_document("sheet", "坏", {"text": "label = 3"})
    city.put_document("sheet", "怪", {**_body(city), "extent": [1, 2]})
    for name in ("坏", "怪"):
        with pytest.raises(Refusal) as refused:
            Sheets(city).read(name)
        assert refused.value.code == "sheets.wrong_template"
        assert refused.value.arguments["file"] == name


def _body(city: Session) -> dict[str, object]:
    Sheets(city).save(Sheet("好", sheet_template("inventory_a3")))
    return dict(city.documents("sheet")["好"])


def test_the_users_templates(tmp_path: Path) -> None:
    made = save_template(sheet_template("coverage_a4"), "局里的覆盖图", Label("局里的覆盖图", "Our coverage sheet"))
    assert sheet_template("局里的覆盖图") == made
    assert user_templates() == ({"局里的覆盖图": made}, {})
    for wrong in ("", "a/b", "coverage_a4", "coverage-a4", ".x", "x" * 61):
        with pytest.raises(Refusal) as refused:
            save_template(made, wrong)
        assert refused.value.code == "sheets.template_name"
    remove_template("局里的覆盖图")
    with pytest.raises(Refusal) as refused:
        sheet_template("局里的覆盖图")
    assert refused.value.code == "sheets.no_template"


def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path) -> None:
    write_template(sheet_template("coverage_a4"), tmp_path / "t.toml")
    text = (tmp_path / "t.toml").read_text("utf-8").replace('kind = "north"', 'kind = "nord"')
    (tmp_path / "t.toml").write_text(text, "utf-8")
    with pytest.raises(Refusal) as refused:
        open_template(tmp_path / "t.toml")
    assert refused.value.arguments["file"] == "t.toml"
    assert refused.value.arguments["key"].startswith("item[")
    assert "kind" in refused.value.message("zh")
    (tmp_path / "u.toml").write_bytes(b"\xff\xfe\x00label")
    with pytest.raises(Refusal) as refused:
        open_template(tmp_path / "u.toml")
    assert refused.value.code == "sheets.wrong_template"
    with pytest.raises(Refusal) as refused:
        open_template(tmp_path / "none.toml")
    assert refused.value.code == "sheets.cannot_read"
    user_folder().mkdir(parents=True)
    (user_folder() / "坏.toml").write_text("label = 1", "utf-8")
    sound, broken = user_templates()
    assert not sound
    assert list(broken) == ["坏"]


def test_pictures_beside_a_file_are_found_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "seal.png").write_bytes(b"png")
    made, id = added(sheet_template("coverage_a4"), PictureItem(file="seal.png", box=Box(10, 10, 20, 20)))
    write_template(made, tmp_path / "t.toml")
    opened = open_template(tmp_path / "t.toml")
    picture = next(item for item in opened.items if item.id == id)
    assert isinstance(picture, PictureItem)
    assert Path(picture.file) == (tmp_path / "seal.png").resolve()


def test_what_a_name_means(city: Session, tmp_path: Path) -> None:
    save_template(sheet_template("coverage_a4"), "模板")
    Sheets(city).save(Sheet("图幅", sheet_template("inventory_a3")))
    write_template(sheet_template("inventory_a3"), tmp_path / "file.toml")
    assert found(city, "coverage-a3") == sheet_template("coverage_a3")
    assert found(city, "模板").name == "模板"
    assert isinstance(found(city, "图幅"), Sheet)
    assert found(None, tmp_path / "file.toml").name == "file"
    with pytest.raises(Refusal):
        found(city, "没有")
