"""The layout of a project file: what the catalogue asks for, what QGIS expects, and what protects it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import apsw
import numpy as np
import pytest
import shapely

from gis.catalogue import Catalogue, Field, Label
from gis.errors import Refusal
from gis.geometry.columns import Columns
from gis.storage import schema
from gis.storage.header import APPLICATION_ID, read_header
from gis.storage.store import Store
from tests.gis.storage.content import add, everything, hotspots, index_is_exact, outside, texts


def with_field(catalogue: Catalogue, cls: str, field: Field) -> Catalogue:
    """The catalogue after a class has gained a field."""
    return replace(
        catalogue,
        classes=tuple(replace(c, fields=(*c.fields, field)) if c.name == cls else c for c in catalogue.classes),
    )


def test_every_class_has_its_table(store: Store, catalogue: Catalogue) -> None:
    with store.reading() as snapshot:
        connection: apsw.Connection = snapshot._connection
        for cls in catalogue:
            names = schema.column_names(connection, cls.name)
            wanted = ["id", *(f.name for f in cls.fields), "updated_at", "updated_by"]
            assert names == [*wanted, "geom"] if cls.spatial else wanted
        registered = dict(connection.execute("SELECT f_table_name, spatial_index_enabled FROM geometry_columns"))
        assert registered == {cls.name: 1 for cls in catalogue if cls.spatial}
        assert set(connection.execute("SELECT srid FROM spatial_ref_sys")) >= {(4549,), (4490,), (4326,)}
        styled = {row[0] for row in connection.execute("SELECT f_table_name FROM layer_styles")}
        assert styled >= {cls.name for cls in catalogue if cls.spatial}


def test_references_have_indexes_and_no_actions(store: Store, catalogue: Catalogue) -> None:
    """An action would need FKNOACTION during undo, which is left out for its cost."""
    with store.reading() as snapshot:
        connection: apsw.Connection = snapshot._connection
        for cls in catalogue:
            keys = connection.execute(f"PRAGMA foreign_key_list({cls.name})").fetchall()
            assert {row[3] for row in keys} == {f.name for f in cls.refs}
            assert all(row[5:7] == ("NO ACTION", "NO ACTION") for row in keys)
            for f in cls.refs:
                assert connection.execute(f"PRAGMA index_info(ix_{cls.name}_{f.name})").fetchall() == [
                    (0, schema.column_names(connection, cls.name).index(f.name), f.name)
                ]


def test_header_says_whose_file_it_is(project: Path) -> None:
    header = read_header(project)
    assert header.application_id == APPLICATION_ID
    assert header.user_version == schema.SCHEMA_VERSION
    assert header.page_size * header.pages == project.stat().st_size


def test_writer_settings(store: Store) -> None:
    assert store._writer is not None
    assert store._writer.pragma("journal_mode") == "wal"
    assert store._writer.pragma("synchronous") == 2
    assert store._writer.pragma("foreign_keys") == 1


def test_key_never_changes(store: Store) -> None:
    add(store, hotspots([7]))
    with pytest.raises(apsw.ConstraintError, match="never changes"):
        outside(store, "UPDATE wifi_hotspot SET id = 8 WHERE id = 7")
    outside(store, "UPDATE wifi_hotspot SET id = 7, name = '同' WHERE id = 7")
    with store.reading() as snapshot:
        assert snapshot.row("wifi_hotspot", 7)["name"] == "同"


def test_defaults_come_from_the_catalogue(store: Store) -> None:
    add(store, hotspots([7], code=texts(["W7"])))
    with store.reading() as snapshot:
        row = snapshot.row("wifi_hotspot", 7)
    assert (row["status"], row["free"], row["eirp_dbm"], row["venue"]) == ("in_service", True, 20.0, None)


def test_gained_field_is_added_and_old_edits_can_still_be_undone(project: Path, catalogue: Catalogue) -> None:
    with Store.open(project, catalogue) as store:
        before = everything(store)
        add(store, hotspots([7, 8]))
    colour = Field("colour", "text", Label("颜色", "Colour"), default="red", unique=False, search=True)
    wider = with_field(catalogue, "wifi_hotspot", colour)
    with pytest.raises(Refusal, match=r"storage\.needs_upgrade"):
        Store.open(project, wider, readonly=True)
    with Store.open(project, wider) as store:
        with store.reading() as snapshot:
            assert snapshot.row("wifi_hotspot", 7)["colour"] == "red"
        assert store.undo(author="x").touched["wifi_hotspot"].tolist() == [7, 8]
        assert everything(store) == before
        store.redo(author="x")
        values = {"name": texts(["九"]), "colour": texts(["绿"])}
        add(store, Columns("wifi_hotspot", np.array([9]), values, shapely.points([[5e5, 3.69e6]])))
        assert index_is_exact(store, wider)
        assert store.verify() == []
        with store.reading() as snapshot:
            assert snapshot.row("wifi_hotspot", 9)["colour"] == "绿"
            assert {hit.id for hit in snapshot.search("red")} == {7, 8}
    with Store.open(project, catalogue) as store:  # an older catalogue leaves the column alone
        assert store.verify() == []


def test_gained_class_is_added(project: Path, catalogue: Catalogue) -> None:
    lamp = replace(catalogue["camera"], name="lamp", label=Label("路灯", "Lamp"), order=999)
    wider = replace(catalogue, classes=(*catalogue.classes, lamp))
    with Store.open(project, wider) as store:
        add(store, Columns("lamp", np.array([5]), {"code": texts(["L1"])}, shapely.points([[5e5, 3.69e6]])))
        assert store.verify() == []
        store.undo(author="x")
        with store.reading() as snapshot:
            assert snapshot.count("lamp") == 0


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4528", "EPSG:32651"])
def test_projected_systems_in_metres(tmp_path: Path, catalogue: Catalogue, crs: str) -> None:
    with Store.create(tmp_path / "a.yantu", catalogue, crs=crs, name="东台") as store:
        assert f"EPSG:{store.srid}" == crs
        assert store.meta()["name"] == "东台"
        add(store, hotspots([1]))
        assert store.verify() == []


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "nonsense", "EPSG:2263", "+proj=tmerc +lon_0=121.3"])
def test_other_systems_are_refused(tmp_path: Path, catalogue: Catalogue, crs: str) -> None:
    with pytest.raises(Refusal, match=r"storage\.crs"):
        Store.create(tmp_path / "a.yantu", catalogue, crs=crs)
    assert list(tmp_path.iterdir()) == []
