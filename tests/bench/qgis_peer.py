"""Draws a project file in QGIS and prints how long it took: the peer of the canvas's benchmarks.

Run by a Python that has ``qgis`` (the system's), as a process of its own on a copy of the file:
``python3 qgis_peer.py FILE '{"width": 1600, "height": 1000, "layers": [...], "views": {"full": [xmin, …]}}'``.
Layers are those of the project, topmost first, in the styles which the file keeps for QGIS. Each view is drawn by the
parallel renderer, labels left out: ``full`` with the styles' scale limits, ``full_everything`` without, the latter in
QGIS's own plain symbols. With ``"sheet": {"pdf": FILE, "extent": [xmin, …]}`` it also exports an A3 layout with map,
legend, scale bar and title as PDF (figure ``sheet``). Prints JSON: milliseconds of the quickest of ``runs`` (2),
``open`` for loading all layers, and QGIS's ``version``.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDataSourceUri,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemScaleBar,
    QgsLayoutSize,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QRectF, QSize
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument


def main(path: str, task: dict) -> dict:
    """The figures of one file."""
    started = time.perf_counter()
    file = sqlite3.connect(path)
    styles = dict(file.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    file.close()
    layers, plain = [], []
    for name in task["layers"]:
        uri = QgsDataSourceUri()
        uri.setDatabase(path)
        uri.setDataSource("", name, "geom", "", "id")
        layer = QgsVectorLayer(uri.uri(), name, "spatialite")
        if not layer.isValid():
            raise SystemExit(f"QGIS cannot open the layer {name}")
        plain.append(layer.clone())
        if name in styles:
            style = QDomDocument()
            style.setContent(styles[name])
            layer.importNamedStyle(style)
        layer.setLabelsEnabled(False)
        layers.append(layer)
    figures = {"open": (time.perf_counter() - started) * 1e3, "version": Qgis.QGIS_VERSION}
    for suffix, shown in (("", layers), ("_everything", plain)):
        for view, extent in task["views"].items():
            settings = QgsMapSettings()
            settings.setLayers(shown)
            settings.setDestinationCrs(shown[0].crs())
            settings.setOutputSize(QSize(task["width"], task["height"]))
            settings.setOutputDpi(96)
            settings.setExtent(QgsRectangle(*extent))
            settings.setBackgroundColor(QColor("white"))
            settings.setFlag(QgsMapSettings.Antialiasing, True)
            took = []
            for _ in range(task.get("runs", 2)):
                started = time.perf_counter()
                job = QgsMapRendererParallelJob(settings)
                job.start()
                job.waitForFinished()
                took.append((time.perf_counter() - started) * 1e3)
            figures[view + suffix] = min(took)
            if task.get("pictures"):
                job.renderedImage().save(f"{task['pictures']}/qgis_{view}{suffix}.png")
    if task.get("sheet"):
        took = [_sheet(shown, task["sheet"]["pdf"], task["sheet"]["extent"]) for _ in range(task.get("runs", 2))]
        figures["sheet"] = min(took)
    return figures


def _sheet(layers: list, pdf: str, extent: list[float]) -> float:
    """Milliseconds to export an A3 layout of these layers as PDF."""
    project = QgsProject.instance()
    project.addMapLayers([layer for layer in layers if layer.id() not in project.mapLayers()])
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.pageCollection().page(0).setPageSize(QgsLayoutSize(420, 297))
    window = QgsLayoutItemMap(layout)
    window.attemptSetSceneRect(QRectF(12, 32, 300, 240))
    window.setLayers(layers)
    window.setExtent(QgsRectangle(*extent))
    title, legend, bar = QgsLayoutItemLabel(layout), QgsLayoutItemLegend(layout), QgsLayoutItemScaleBar(layout)
    title.setText("盐城市数字基础设施分布图")
    title.attemptSetSceneRect(QRectF(12, 10, 300, 15))
    legend.setLinkedMap(window)
    legend.attemptSetSceneRect(QRectF(320, 32, 88, 200))
    bar.setLinkedMap(window)
    bar.applyDefaultSize()
    bar.attemptSetSceneRect(QRectF(320, 262, 88, 12))
    for item in (window, title, legend, bar):
        layout.addLayoutItem(item)
    started = time.perf_counter()
    done = QgsLayoutExporter(layout).exportToPdf(pdf, QgsLayoutExporter.PdfExportSettings())
    if done != QgsLayoutExporter.Success:
        raise SystemExit(f"QGIS could not export the layout: {done}")
    return (time.perf_counter() - started) * 1e3


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))), flush=True)
    application.exitQgis()
