"""Every kind of style as QML: its form, a trip there and back, and QGIS itself where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gis.cartography.breaks import style_of_one, style_with_breaks, style_with_categories, style_with_rules
from gis.cartography.icons import icon_names
from gis.cartography.symbols import Heat, LabelRule, LayerStyle, SizeBy, Wedge
from gis.catalogue import load_catalogue
from gis.errors import Refusal
from gis.project.qgis_styles import qml_of, style_of_qml
from gis.project.styles import export_style, export_styles, import_style, read_style, read_styles

CATALOGUE = load_catalogue()
QGIS = "/usr/bin/python3"


def of(cls: str) -> LayerStyle:
    return LayerStyle.from_class(CATALOGUE[cls])


def styles() -> dict[str, LayerStyle]:
    cable, camera, area, road, premises = (of(c) for c in ("cable", "camera", "area", "road", "premises"))
    dashed = replace(cable.variants[0], dash=(2.0, 1.0), casing="#FFFFFF", casing_width=0.4, width=0.8)
    dotted = replace(area.variants[0], pattern="dots", fill="#EEEEEE", pattern_spacing=2.0)
    made = {f"default {c.name}": of(c.name) for c in CATALOGUE if c.spatial}
    made |= {
        "single line": replace(style_of_one(cable), variants=(dashed,)),
        "breaks": style_with_breaks(cable, "fibre_count", (12, 48, 288)),
        "breaks of areas": style_with_breaks(area, "population", (100, 5000), "blues"),
        "categories": style_with_categories(cable, CATALOGUE["cable"], "status"),
        "categories of a switch": style_with_categories(of("wifi_hotspot"), CATALOGUE["wifi_hotspot"], "free"),
        "rules": style_with_rules(
            cable, [("大's", "fibre_count > 48 and code like 'K%'"), ("", "fibre_count between 12 and 48"), ("", "")]
        ),
        "rules alone": style_with_rules(cable, [("", "code = 'K1'")], others=False),
        "icons": replace(
            style_of_one(camera), variants=(replace(camera.variants[0], svg=icon_names()[0], size=4.0),),
            size_by=SizeBy("height_m", 2, 12), wedge=Wedge("azimuth", "hfov", "range_m"), crowd="all",
        ),
        "clusters": replace(style_of_one(camera), crowd="cluster", size_by=SizeBy("height_m", 2, 12, by_area=False)),
        "heat": replace(style_of_one(premises), crowd="heat", heat=Heat(weight_by="households")),
        "patterns": replace(style_of_one(area), variants=(dotted,)),
        "metres": replace(style_of_one(road), unit="m", variants=(replace(road.variants[0], width=7.0),)),
        "labels": replace(
            cable, label_field="{code} {fibre_count}芯", labels={"": LabelRule(5000, size=3.0, halo=0.5, bold=True)}
        ),
        "scales": replace(style_of_one(cable), min_scale=500, max_scale=20_000),
    }  # fmt: skip
    for pattern in ("hatch", "back_hatch", "cross", "horizontal", "vertical"):
        hatched = replace(area.variants[0], pattern=pattern, fill="#DDEEFF", width=0.3, dash=())
        made[f"pattern {pattern}"] = replace(style_of_one(area), variants=(hatched,), opacity=0.5)
    return made


STYLES = styles()
EXPECTED = {"category": "categorizedSymbol", "breaks": "graduatedSymbol"}


def renderer_of(style: LayerStyle) -> tuple[str, int]:
    """The renderer QGIS is to have, and its number of classes or rules (0 for one symbol)."""
    if style.crowd == "heat" and style.kind == "point":
        return "heatmapRenderer", 0
    if style.crowd == "cluster" and style.kind == "point":
        return "pointCluster", 0
    n = len(style.variants)
    if n == 1 or (style.mode != "rules" and style.by is None):
        return "singleSymbol", 0
    if style.mode == "rules" or any(v.max_scale for v in style.variants):
        return "RuleRenderer", n
    return EXPECTED[style.mode], n - 1 if style.mode == "breaks" else n


@pytest.mark.parametrize("name", STYLES)
def test_the_form_is_that_of_qgis(name: str) -> None:
    style = STYLES[name]
    root = ElementTree.fromstring(qml_of(style, CATALOGUE[style.cls]).partition("\n")[2])
    renderer = root.find("renderer-v2")
    assert renderer is not None
    kind, count = renderer_of(style)
    assert renderer.get("type") == kind
    classes = [*renderer.findall("categories/*"), *renderer.findall("ranges/*"), *renderer.findall("rules/*")]
    assert len(classes) == count
    symbols = {symbol.get("name") for symbol in renderer.findall("symbols/symbol")}
    assert {c.get("symbol") for c in classes} <= symbols
    assert (root.get("labelsEnabled") == "1") == bool(style.labels and style.label_field)
    assert root.find("fieldConfiguration") is not None
    assert qml_of(style, CATALOGUE[style.cls]) == qml_of(style, CATALOGUE[style.cls])


def looks(style: LayerStyle) -> list[tuple]:
    """What must survive a trip through QGIS's words."""
    made = []
    for place, v in enumerate(style.variants):
        value = v.value if style.mode == "category" else None
        upper = v.upper if style.mode == "breaks" else None
        fill = v.fill if style.kind == "polygon" else None
        size = v.size if style.kind == "point" else v.width
        shape = v.shape if style.kind == "point" and not v.svg else None
        where = v.where.strip() if style.mode == "rules" and place else ""
        dash = tuple(round(d, 6) for d in v.dash) if style.kind == "line" else bool(v.dash)
        rim = (v.casing, v.casing_width if v.casing else None) if style.unit == "mm" else None
        pattern = (v.pattern, v.pattern_spacing) if v.pattern else None
        made.append((value, upper, v.color.upper(), fill or None, size, shape, where, dash, rim, pattern, bool(v.svg)))
    return made


PLAIN = [n for n, s in STYLES.items() if s.core is None and s.crowd != "heat" and "alone" not in n]


@pytest.mark.parametrize("name", PLAIN)
def test_there_and_back(name: str) -> None:
    style = STYLES[name]
    if style.mode == "rules":  # a rule that is not yet written fits nothing and is not kept
        style = replace(style, variants=tuple(v for i, v in enumerate(style.variants) if not i or v.where))
    read, passed_over = style_of_qml(qml_of(style, CATALOGUE[style.cls]), CATALOGUE[style.cls], Path("x.qml"))
    assert set(passed_over) <= {"GeometryGenerator", "FontMarker"}
    assert read.mode == style.mode or (len(style.variants) == 1 and read.mode == "single") or style.by is None
    mine, theirs = looks(style), looks(read)
    if style.mode == "breaks":  # QGIS has no symbol for "no value"
        mine, theirs = mine[1:], theirs[1:]
    assert theirs == mine
    assert (read.min_scale, read.max_scale, read.unit) == (style.min_scale, style.max_scale, style.unit)
    if style.size_by and style.crowd == "all":
        assert read.size_by is not None
        assert read.size_by.largest == pytest.approx(style.size_by.largest)
    assert read.rotate_by == style.rotate_by
    if style.label_field and style.labels:
        assert read.label_field == style.label_field
        assert {k: (r.size, r.max_scale, r.min_scale, r.bold) for k, r in read.labels.items()} == {
            k: (r.size, r.max_scale, r.min_scale, r.bold) for k, r in style.labels.items()
        }


def test_a_density_there_and_back() -> None:
    read, passed_over = style_of_qml(qml_of(STYLES["heat"], CATALOGUE["premises"]), CATALOGUE["premises"], Path("x"))
    assert read.crowd == "heat"
    assert read.heat.weight_by == "households"
    assert read.heat.ramp == STYLES["heat"].heat.ramp
    assert passed_over == ()


FOREIGN = """<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.34" labelsEnabled="1" hasScaleBasedVisibilityFlag="0">
 <renderer-v2 type="categorizedSymbol" attr="status">
  <categories><category value="planned" symbol="0" label="Plan"/><category value="" symbol="1" label="" render="false"/>
  </categories>
  <symbols>
   <symbol type="line" name="0" alpha="0.5"><layer class="SimpleLine" enabled="1">
     <prop k="line_color" v="10,20,30,255"/><prop k="line_width" v="2"/><prop k="line_width_unit" v="Point"/>
     <prop k="line_style" v="dash"/></layer>
     <layer class="MarkerLine" enabled="1"/><layer class="ArrowLine" enabled="0"/></symbol>
   <symbol type="line" name="1"><layer class="SimpleLine"><Option type="Map">
     <Option name="line_color" value="1,2,3,255,rgb:0,0,0,1"/></Option></layer></symbol>
  </symbols>
 </renderer-v2>
 <labeling type="simple"><settings><text-style fieldName="'K' || length(code)" isExpression="1" fontSize="10"/>
 </settings></labeling>
</qgis>"""


def test_what_is_not_understood_is_named(tmp_path: Path) -> None:
    path = tmp_path / "foreign.qml"
    path.write_text(FOREIGN, "utf-8")
    read = read_style(path, CATALOGUE["cable"])
    assert read.passed_over == ("MarkerLine", "symbol: alpha", "fieldName: 'K' || length(code)")
    base, planned = read.style.variants
    assert (planned.value, planned.label, planned.color) == ("planned", "Plan", "#0A141E")
    assert planned.width == pytest.approx(2 * 25.4 / 72, abs=1e-5)
    assert planned.dash
    assert not base.visible
    assert base.color == "#010203"
    assert read.style.opacity == 0.5
    assert read.style.max_scale == 0


def test_fields_which_a_class_does_not_have_are_named_and_left_away() -> None:
    cls = CATALOGUE["cable"]
    foreign = replace(
        STYLES["breaks"], by="strands", label_field="nickname", labels={"": LabelRule(5000)},
        size_by=SizeBy("weight", 0, 1), heat=Heat(weight_by="mass"),
    )  # fmt: skip
    style, passed_over = style_of_qml(qml_of(foreign, cls), cls, Path("x.qml"))
    assert set(passed_over) == {"“strands”", "“nickname”", "“weight”"}
    assert (style.mode, style.by, style.size_by, style.labels) == ("single", None, None, {})
    assert style.variants[0].color == foreign.variants[1].color.upper()
    assert style.variants[0].visible


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "style.no_style_file"), ("{}", "style.no_style_file"), ("[" * 100_000, "style.no_style_file"),
        ("<qgis", "style.no_style_file"), ("<svg/>", "style.no_style_file"),
        ('<!DOCTYPE qgis [<!ENTITY a "b">]><qgis>&a;</qgis>', "style.no_style_file"),
        ('{"format": "yantu-style", "version": 9, "styles": []}', "style.newer_file"),
        ('{"format": "yantu-style", "version": 1, "styles": []}', "style.not_inside"),
        ('{"format": "yantu-style", "version": 1, "styles": [7]}', "style.wrong"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "x.yantu-style.json"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal) as caught:
        read_style(path, CATALOGUE["cable"])
    assert caught.value.code == code


def test_files_there_and_back(tmp_path: Path) -> None:
    one = tmp_path / "cable.yantu-style.json"
    export_style(STYLES["rules"], one)
    assert import_style(one, CATALOGUE["cable"]) == STYLES["rules"]
    with pytest.raises(Refusal, match=r"style\.other_kind"):
        import_style(one, CATALOGUE["camera"])
    everything = tmp_path / "all.yantu-style.json"
    export_styles([of("cable"), of("camera"), replace(of("road"), by="colour")], everything)
    sound, broken = read_styles(everything, CATALOGUE)
    assert sound == {"cable": of("cable"), "camera": of("camera")}
    assert broken["road"].code == "style.no_field"
    assert import_style(everything, CATALOGUE["camera"]) == of("camera")
    with pytest.raises(Refusal, match=r"style\.not_inside"):
        import_style(everything, CATALOGUE["building"])
    qml = tmp_path / "cable.qml"
    export_style(STYLES["breaks"], qml)
    assert import_style(qml, CATALOGUE["cable"]).mode == "breaks"
    with pytest.raises(Refusal, match=r"style\.cannot_write"):
        export_style(of("cable"), tmp_path / "nowhere" / "x.json")
    with pytest.raises(Refusal, match=r"style\.cannot_read"):
        import_style(tmp_path / "none.json", CATALOGUE["cable"])


LOADED = """
import json, sys
from qgis.core import *
from qgis.PyQt.QtXml import QDomDocument
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage
app = QgsApplication([], False)
app.initQgis()
told = {}
for name, (qml, shape, fields, rows) in json.load(sys.stdin).items():
    layer = QgsVectorLayer(shape + "?crs=EPSG:4549&" + "&".join("field=" + f for f in fields), name, "memory")
    for wkt, values in rows:
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromWkt(wkt))
        feature.setAttributes(values)
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    document = QDomDocument()
    document.setContent(qml)
    done, error = layer.importNamedStyle(document)
    renderer = layer.renderer()
    count = 0
    for part in ("categories", "ranges"):
        if hasattr(renderer, part):
            count = len(getattr(renderer, part)())
    bad = []
    if renderer.type() == "RuleRenderer":
        rules = renderer.rootRule().children()
        count = len(rules)
        filters = [r.filterExpression() for r in rules if r.filterExpression() != "ELSE"]
        bad = [f for f in filters if QgsExpression(f).hasParserError()]
    labeling = layer.labeling()
    settings = [] if labeling is None else [labeling.settings(key) for key in labeling.subProviders()]
    for s in settings:
        if s.isExpression and QgsExpression(s.fieldName).hasParserError():
            bad.append(s.fieldName)
    render = QgsMapSettings()
    layer.setScaleBasedVisibility(False)
    render.setLayers([layer])
    render.setDestinationCrs(layer.crs())
    render.setOutputSize(QSize(200, 200))
    render.setOutputDpi(96)
    render.setExtent(QgsRectangle(500000, 3700000, 500040, 3700040))
    render.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(render)
    job.start()
    job.waitForFinished()
    image = job.renderedImage().convertToFormat(QImage.Format_Grayscale8)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    inked = sum(v < 250 for v in bytes(bits))
    told[name] = {
        "done": done, "type": renderer.type(), "count": count, "bad": bad, "inked": inked,
        "labels": layer.labelsEnabled(), "fonts": [s.format().size() for s in settings],
        "scales": [layer.minimumScale(), layer.maximumScale()],
    }
print("TOLD" + json.dumps(told))
"""
_TYPES = {"real": "double", "integer": "integer", "boolean": "integer", "ref": "integer"}
_SAMPLES = {"real": 40.0, "integer": 40, "boolean": 1, "ref": 1}
_SHAPES = {
    "point": ("Point", "POINT(500020 3700020)"),
    "line": ("LineString", "LINESTRING(500002 3700002, 500038 3700038)"),
    "polygon": ("MultiPolygon", "MULTIPOLYGON(((500005 3700005, 500035 3700005, 500035 3700035, 500005 3700005)))"),
}


def _asked(style: LayerStyle) -> tuple:
    cls = CATALOGUE[style.cls]
    shape, wkt = _SHAPES[style.kind]
    fields = [f"{f.name}:{_TYPES.get(f.type, 'string(80)')}" for f in cls.fields]
    codes = [v.value for v in style.variants[1:]] if style.mode == "category" else [None]
    rows = []
    for code in codes or [None]:
        values = [_SAMPLES.get(f.type, f.codes[0].value if f.codes else "K1") for f in cls.fields]
        if code is not None and style.by:
            values[[f.name for f in cls.fields].index(style.by)] = code
        rows.append((wkt, values))
    return qml_of(style, cls), shape, fields, rows


def has_qgis() -> bool:
    if not shutil.which(QGIS):
        return False
    return subprocess.run([QGIS, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


def test_qgis_reads_and_draws_every_style() -> None:
    if not has_qgis():
        pytest.skip("QGIS is not installed: the form of the QML was checked, its drawing was not")
    asked = json.dumps({name: _asked(style) for name, style in STYLES.items()})
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([QGIS, "-c", LOADED], input=asked, capture_output=True, text=True, env=env, check=False)
    assert "TOLD" in done.stdout, done.stderr[-2000:]
    told = json.loads(done.stdout.partition("TOLD")[2])
    for name, style in STYLES.items():
        said = told[name]
        kind, count = renderer_of(style)
        assert said["done"], name
        assert (said["type"], said["bad"]) == (kind, []), name
        if count:
            assert said["count"] == count, name
        assert said["inked"] > 3, f"{name}: nothing drawn"
        assert said["labels"] == bool(style.labels and style.label_field), name
        if said["labels"]:
            assert sorted(said["fonts"]) == pytest.approx(sorted(r.size for r in style.labels.values())), name
        assert said["scales"] == [style.max_scale, style.min_scale] or not (style.max_scale or style.min_scale), name


ADDED = """
import json, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsDataSourceUri, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
path = sys.argv[1]
place = QgsDataSourceUri()
place.setDatabase(path)
place.setDataSource("", "camera", "geom", "", "id")
made = {}
for provider, source in (("spatialite", place.uri()), ("ogr", path + "|layername=camera")):
    layer = QgsVectorLayer(source, "camera", provider)
    found = layer.loadDefaultStyle()[1]
    made[provider] = [layer.isValid(), found, layer.renderer().type(), layer.attributeAlias(1)]
print("FOUND" + json.dumps(made))
"""


def test_qgis_adds_layers_in_their_style_by_either_provider(path) -> None:
    if not has_qgis():
        pytest.skip("QGIS is not installed: that it finds the styles of a project was not tried")
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(path.parent)}
    done = subprocess.run([QGIS, "-c", ADDED, str(path)], capture_output=True, text=True, env=env, check=False)
    found = json.loads(done.stdout.partition("FOUND")[2] or done.stderr)
    assert found["spatialite"] == [True, True, "categorizedSymbol", "编号"]
    assert found["ogr"] == found["spatialite"]
