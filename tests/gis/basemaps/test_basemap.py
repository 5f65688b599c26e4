from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.basemaps import BaseMapSpec, open_basemap, recognise
from gis.basemaps.basemap import spec_key
from gis.basemaps.files import APPLICATION_ID
from gis.errors import Refusal
from gis.storage.header import APPLICATION_ID as PROJECT_ID
from tests.gis.basemaps.making import CRS, always, plain, tiles_of, view_at, write_folder, write_mbtiles

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("key", "kind", "source", "name", "datum", "min_zoom", "max_zoom", "attribution", "options")


def test_an_entry_survives_json() -> None:
    spec = BaseMapSpec(
        "k", "wmts", "https://a/{z}/{x}/{y}?tk={tk}", "天地图", "gcj02", 3, 17, "© 某", {"grid": "c", "tile_size": 512}
    )
    assert BaseMapSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert spec.online
    assert spec.needs_key


def test_what_is_missing_is_filled() -> None:
    spec = BaseMapSpec.from_dict({"kind": "raster", "source": "a.tif", "later": 1, "min_zoom": 30, "max_zoom": -4})
    assert (spec.name, spec.datum, spec.min_zoom, spec.max_zoom) == ("a.tif", "wgs84", 0, 24)
    assert spec.key == spec_key("raster", "a.tif", {})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "shp"}, "kind"),
        ({"kind": None}, "kind"),
        ({"source": ""}, "source"),
        ({"source": "a\0b"}, "source"),
        ({"datum": "bd09"}, "datum"),
        ({"min_zoom": "3"}, "min_zoom"),
        ({"max_zoom": float("nan")}, "max_zoom"),
        ({"options": [1]}, "options"),
        ({"name": 5}, "name"),
    ],
)
def test_a_broken_entry_names_the_field(change: dict[str, Any], field: str) -> None:
    given = {"kind": "raster", "source": "a.tif"} | change
    with pytest.raises(Refusal) as refused:
        BaseMapSpec.from_dict(given)
    assert refused.value.code == "basemaps.broken_entry"
    assert refused.value.arguments["field"] == field


@given(st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON)
def test_no_entry_breaks_the_reader(given: Any) -> None:
    refused = ""
    try:
        made = BaseMapSpec.from_dict(given)
        assert BaseMapSpec.from_dict(made.to_dict()) == made
    except Refusal as refusal:
        refused = refusal.code
    assert refused in ("", "basemaps.broken_entry")


def test_a_project_is_never_touched(tmp_path: Path) -> None:
    """By its name, by the log beside it, or by its application id."""
    assert APPLICATION_ID == PROJECT_ID
    named = tmp_path / "city.yantu"
    named.write_bytes(b"")
    renamed = write_mbtiles(tmp_path / "city.db", {(0, 0, 0): plain((1, 2, 3))})
    raw = bytearray(renamed.read_bytes())
    raw[68:72] = APPLICATION_ID.to_bytes(4, "big")
    renamed.write_bytes(raw)
    busy = tmp_path / "busy.mbtiles"
    busy.write_bytes(b"x")
    (tmp_path / "busy.mbtiles-wal").write_bytes(b"")
    for path, code in ((named, "is_project"), (renamed, "is_project"), (busy, "in_use")):
        with pytest.raises(Refusal) as refused:
            recognise(path)
        assert refused.value.code == f"basemaps.{code}"
        for kind in ("mbtiles", "pmtiles", "raster", "hillshade"):
            with pytest.raises(Refusal) as refused:
                open_basemap(BaseMapSpec("k", kind, str(path), "n"))
            assert refused.value.code == f"basemaps.{code}"


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("gone.mbtiles", None, "no_file"),
        ("empty.mbtiles", b"", "empty"),
        ("words.mbtiles", b"not a map at all", "unknown_format"),
        ("page.tif", b"<html>", "unknown_format"),
    ],
)
def test_what_is_no_base_map_is_refused(tmp_path: Path, name: str, body: bytes | None, code: str) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)
    with pytest.raises(Refusal) as refused:
        recognise(tmp_path / name)
    assert refused.value.code == f"basemaps.{code}"
    assert name in refused.value.message("zh")


def test_kinds_are_recognised_and_open(tmp_path: Path) -> None:
    tiles = tiles_of((12,))
    for spec in (
        recognise(write_mbtiles(tmp_path / "a.mbtiles", tiles, name="a", bounds="119,32,121,35")),
        recognise(write_folder(tmp_path / "f", tiles)),
    ):
        basemap = open_basemap(BaseMapSpec.from_dict(spec.to_dict()))
        assert basemap.key == spec.key
        assert basemap.bounds is not None
        assert basemap.picture(view_at(30), CRS, always).pixels is not None
        basemap.close()
