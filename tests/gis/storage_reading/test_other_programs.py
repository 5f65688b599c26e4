"""QGIS, GDAL and their like open the file: read by GDAL in a fresh process, styled by ``layer_styles``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gis.catalogue import FeatureClass, load_catalogue
from gis.storage import styles
from gis.storage.snapshots import Snapshot
from gis.storage.store import Store
from tests.gis.storage_reading.conftest import AREA, NODE, PREMISES

_CATALOGUE = load_catalogue()
_READ = """
import json, sys
import pyogrio
path = sys.argv[1]
layers = {name: kind for name, kind in pyogrio.list_layers(path)}
told = {}
for name in layers:
    if layers[name] is not None:
        frame = pyogrio.read_dataframe(path, layer=name, fid_as_index=True)
        told[name] = {
            "kind": layers[name], "count": len(frame), "epsg": frame.crs.to_epsg(),
            "types": sorted(set(frame.geometry.geom_type.dropna())), "ids": [int(i) for i in frame.index[:3]],
            "bounds": [] if frame.empty else [float(b) for b in frame.total_bounds],
        }
homes = pyogrio.read_dataframe(path, layer="premises", where="households = 6", bbox=(5e5, 3.7e6, 500100, 3700100))
styled = pyogrio.read_dataframe(path, layer="layer_styles")
told["homes"] = homes["code"].tolist()
told["styles"] = styled[styled["useasdefault"] == 1]["f_table_name"].tolist() if "useasdefault" in styled else \\
    styled[styled["useAsDefault"] == 1]["f_table_name"].tolist()
told["table"] = pyogrio.read_dataframe(path, layer="statistic")["value"].tolist()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What GDAL, in a process of its own, says of a copy."""
    copy = tmp_path_factory.mktemp("others") / "copy.sqlite"
    store.vacuum_copy(copy)
    done = subprocess.run([sys.executable, "-c", _READ, str(copy)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_layer_has_its_crs_and_kind(told: dict) -> None:
    kinds = {"point": "Point", "line": "LineString", "polygon": "Polygon", "multipolygon": "MultiPolygon"}
    for cls in _CATALOGUE:
        if cls.spatial:
            assert told[cls.name]["kind"] == kinds[cls.geometry], cls.name
            assert told[cls.name]["epsg"] == 4549, cls.name


def test_features_come_whole(told: dict) -> None:
    assert told["premises"]["count"] == PREMISES
    assert told["premises"]["ids"] == [1, 2, 3]
    assert told["area"]["ids"] == [AREA]
    assert told["area"]["types"] == ["MultiPolygon"]
    assert told["area"]["bounds"] == [5e5, 3.7e6, 501100, 3700500]
    assert told["fibre_node"]["ids"] == [NODE]
    assert told["road"]["count"] == 3


def test_filters_and_spatial_index_work_there(told: dict) -> None:
    inside = [i for i in range(PREMISES) if i % 50 <= 10 and i // 50 <= 10 and i % 7 == 6]
    assert told["homes"] == [f"P{i:05d}" for i in inside]


def test_tables_and_styles_are_listed(told: dict) -> None:
    assert told["table"] == [96.5]
    assert sorted(told["styles"]) == sorted(2 * [cls.name for cls in _CATALOGUE])


def _document(cls: FeatureClass, language: str = "zh") -> ElementTree.Element:
    return ElementTree.fromstring(styles.qml(cls, language))


@pytest.mark.parametrize("cls", list(_CATALOGUE), ids=lambda cls: cls.name)
def test_style_says_what_the_catalogue_says(cls: FeatureClass) -> None:
    root = _document(cls)
    assert root.tag == "qgis"
    aliases = {alias.get("field"): alias.get("name") for alias in root.iterfind("aliases/alias")}
    assert set(aliases) == {f.name for f in cls.fields} | {"id", "updated_at", "updated_by"}
    for f in cls.fields:
        assert aliases[f.name].startswith(f.label.zh)
        widget = root.find(f"fieldConfiguration/field[@name='{f.name}']/editWidget")
        if f.type == "code":
            options = widget.findall(".//Option[@name='map']/Option/Option")
            assert [(o.get("value"), o.get("name")) for o in options] == [(c.value, c.label.zh) for c in f.codes]
    locked = {f.get("field", f.get("name")) for f in root.iterfind("editable/field") if f.get("editable") == "0"}
    assert {"id", "updated_at", "updated_by"} <= locked
    renderer = root.find("renderer-v2")
    if not cls.spatial:
        assert renderer is None
        return
    symbols = {symbol.get("name") for symbol in renderer.iterfind("symbols/symbol")}
    kind = {"point": "marker", "line": "line"}.get(cls.geometry, "fill")
    assert {symbol.get("type") for symbol in renderer.iterfind("symbols/symbol")} == {kind}
    if cls.symbol.by and cls.symbol.values:
        values = [category.get("value") for category in renderer.iterfind("categories/category")]
        assert values == [code.value for code in cls.field(cls.symbol.by).codes] + [""]
        assert {category.get("symbol") for category in renderer.iterfind("categories/category")} == symbols
    else:
        assert (renderer.get("type"), symbols) == ("singleSymbol", {"0"})


def test_symbols_in_millimetres_and_colours() -> None:
    road = _document(_CATALOGUE["road"])
    place = next(c.get("symbol") for c in road.iterfind(".//category") if c.get("value") == "motorway")
    options = {
        o.get("name"): o.get("value")
        for o in road.iterfind(f"renderer-v2/symbols/symbol[@name='{place}']/layer/Option/Option")
    }
    assert options["line_width"] == "1"
    assert options["line_width_unit"] == "MM"
    assert options["line_color"] == "141,149,163,255"
    area = _document(_CATALOGUE["area"])
    fill = area.find("renderer-v2/symbols/symbol/layer/Option/Option[@name='color']").get("value")
    assert fill == f"156,163,175,{round(0.06 * 255)}"


def test_scales_and_direction() -> None:
    homes = _document(_CATALOGUE["premises"])
    assert (homes.get("hasScaleBasedVisibilityFlag"), homes.get("minScale")) == ("1", "40000")
    assert _document(_CATALOGUE["area"]).get("hasScaleBasedVisibilityFlag") == "0"
    camera = _document(_CATALOGUE["camera"])
    followed = camera.find(".//data_defined_properties//Option[@name='angle']/Option[@name='field']")
    assert followed.get("value") == "azimuth"


def test_words_in_english() -> None:
    english = _document(_CATALOGUE["premises"], "en")
    assert english.find("aliases/alias[@field='address']").get("name") == "Address"


def test_what_users_saved_in_qgis_stays(tmp_path: Path) -> None:
    with Store.create(tmp_path / "p.sqlite", _CATALOGUE) as store:
        with store._writing() as connection:
            connection.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, useAsDefault, owner) VALUES ('', '', 'road', 'geom', '夜间', '<qgis/>', 1, 'li')"
            )
            styles.write(connection, _CATALOGUE)
            rows = connection.execute(
                "SELECT styleName, useAsDefault FROM layer_styles WHERE f_table_name = 'road' ORDER BY id"
            ).fetchall()
            others = connection.execute("SELECT count(*) FROM layer_styles WHERE useAsDefault").fetchall()
        assert rows == [("夜间", 1), ("道路", 0), ("道路", 0)]
        assert others == [(2 * len(_CATALOGUE) - 1,)]


@pytest.mark.parametrize("schema", ["IS NULL", "= ''"], ids=["SpatiaLite", "OGR"])
def test_default_style_is_found_by_the_query_qgis_asks(snapshot: Snapshot, schema: str) -> None:
    _, rows = snapshot.sql(
        f"SELECT styleQML FROM layer_styles WHERE f_table_schema {schema} AND f_table_name = 'cable'"
        " AND f_geometry_column = 'geom' ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END, update_time DESC LIMIT 1"
    )
    assert rows == [(styles.qml(_CATALOGUE["cable"]),)]
