from __future__ import annotations

from dataclasses import replace

import pytest

from gis.cartography.symbols import LayerStyle, SizeBy, Wedge
from gis.errors import Refusal
from gis.project import Session
from gis.project.styles import broken_styles, checked, reset_style, save_style, saved_styles, style_of, styles_of


@pytest.fixture
def camera(session) -> LayerStyle:
    return LayerStyle.from_class(session.catalogue["camera"])


def test_a_style_lasts_in_the_project_file(session, camera, path) -> None:
    assert saved_styles(session) == {}
    assert style_of(session, "camera") == camera
    red = camera.changed(color="#FF0000")
    save_style(session, red)
    assert saved_styles(session) == {"camera": red}
    session.close()
    with Session.open(path) as again:
        assert style_of(again, "camera") == red
        assert styles_of(again)["camera"] == red
        assert styles_of(again)["cable"] == LayerStyle.from_class(again.catalogue["cable"])
        reset_style(again, "camera")
        assert style_of(again, "camera") == camera


def test_the_catalogues_own_style_is_not_kept(session, camera) -> None:
    save_style(session, camera.changed(color="#FF0000"))
    save_style(session, camera)
    assert session.documents("style") == {}


def test_a_broken_style_harms_no_other(session, camera, caplog) -> None:
    save_style(session, camera.changed(size=5.0))
    cable = LayerStyle.from_class(session.catalogue["cable"]).to_dict()
    session.put_document("style", "cable", cable | {"opacity": 7})
    session.put_document("style", "road", [])
    session.put_document("style", "no_such_class", {})
    session.put_document("style", "area", camera.to_dict())
    assert set(saved_styles(session)) == {"camera"}
    broken = broken_styles(session)
    assert {cls: refusal.code for cls, refusal in broken.items()} == {
        "cable": "style.wrong", "road": "style.wrong", "area": "style.other_class"
    }  # fmt: skip
    assert "opacity" in broken["cable"].message("en")
    assert style_of(session, "cable") == LayerStyle.from_class(session.catalogue["cable"])


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("style.no_field", {"by": "colour"}),
        ("style.no_field", {"rotate_by": "spin"}),
        ("style.no_field", {"label_field": "{name} {nickname}"}),
        ("style.no_field", {"size_by": SizeBy("weight", 0, 1)}),
        ("style.no_field", {"wedge": Wedge("azimuth", "hfov", "reach")}),
        ("style.other_kind", {"kind": "line"}),
        ("catalogue.no_class", {"cls": "nonsense"}),
    ],
)
def test_what_does_not_fit_the_class_is_refused(session, camera, code, changes) -> None:
    with pytest.raises(Refusal) as caught:
        save_style(session, replace(camera, **changes))
    assert caught.value.code == code
    assert saved_styles(session) == {}


def test_rules_are_checked_too(session, camera) -> None:
    def ruled(where: str) -> LayerStyle:
        return replace(camera, mode="rules", variants=(camera.variants[0], replace(camera.variants[0], where=where)))

    assert checked(ruled("高度 > 3 or kind = '球机'".replace("高度", "height_m")), session.catalogue["camera"])
    assert checked(ruled(""), session.catalogue["camera"])
    with pytest.raises(Refusal, match=r"query\."):
        checked(ruled("height_m >"), session.catalogue["camera"])


def test_a_read_only_project_keeps_its_styles(session, camera, path) -> None:
    save_style(session, camera.changed(size=5.0))
    session.close()
    with Session.open(path, readonly=True) as opened:
        with pytest.raises(Refusal, match=r"storage\."):
            save_style(opened, camera)
        assert style_of(opened, "camera").variants[0].size == 5.0


def _qgis_rows(session: Session, cls: str) -> list[tuple]:
    sql = "SELECT DISTINCT owner, useAsDefault, styleQML LIKE '%255,0,0,255%' FROM layer_styles"
    return session.sql(f"{sql} WHERE f_table_name = ? ORDER BY id", (cls,))[1]


def test_qgis_opens_a_class_in_its_saved_style(session, camera) -> None:
    assert _qgis_rows(session, "camera") == [("yantu", 1, 0)]
    save_style(session, camera.changed(color="#FF0000"))
    save_style(session, camera.changed(color="#FF0000"))
    assert _qgis_rows(session, "camera") == [("yantu", 0, 0), ("yantu.saved", 1, 1)]
    reset_style(session, "camera")
    assert _qgis_rows(session, "camera") == [("yantu", 1, 0)]
    with session._store._writing() as connection:
        connection.execute("UPDATE layer_styles SET useAsDefault = 0 WHERE f_table_name = 'camera'")
        connection.execute(
            "INSERT INTO layer_styles (f_table_name, f_geometry_column, styleQML, useAsDefault, owner)"
            " VALUES ('camera', 'geom', '<qgis/>', 1, 'li')"
        )
    save_style(session, camera.changed(color="#FF0000"))
    assert [row[:2] for row in _qgis_rows(session, "camera")] == [("yantu", 0), ("li", 1), ("yantu.saved", 0)]
