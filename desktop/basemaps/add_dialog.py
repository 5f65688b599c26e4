"""Adding a base map: from a file, a folder of tiles, or online. What was found is shown before it is added."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.basemaps.online_page import OnlinePage
from desktop.shell.words import language, mark, tr, worded, words
from gis.errors import Refusal

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow
    from gis.basemaps.basemap import BaseMapSpec

FILES = "*.mbtiles *.pmtiles *.tif *.tiff *.jp2 *.img *.asc *.png *.jpg"
_HINTS = {
    True: mark("A folder with tiles by zoom, column and row: z/x/y.png."),
    False: mark(
        "MBTiles, PMTiles, GeoTIFF and other pictures, height models (DEM). You can also drop a file on the map."
    ),
}
LOOKS = (  # how one band of numbers can be shown: kind, options
    (mark("Relief with height tints"), "hillshade", {"tint": True}),
    (mark("Relief in grey"), "hillshade", {}),
    (mark("Slope"), "hillshade", {"mode": "slope"}),
    (mark("Values as grey picture"), "raster", {}),
)


class AddBaseMapDialog(QDialog):
    """Not modal: the map can be looked at meanwhile."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Add a base map")
        self.files = SourcePage(window, folder=False)
        self.folders = SourcePage(window, folder=True)
        self.online = OnlinePage(window)
        self.tabs = QTabWidget()
        for page in (self.files, self.folders, self.online):
            self.tabs.addTab(page, "")
            page.ready_changed.connect(self._say_ready)
        self.add, self.close_ = QPushButton(), QPushButton()
        self.add.setProperty("role", "primary")
        worded(self.add, "setText", "basemap|Add")
        worded(self.close_, "setText", "Close")
        self.add.clicked.connect(self._add)
        self.close_.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.close_)
        row.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(16)
        column.addWidget(self.tabs, 1)
        column.addLayout(row)
        self.setMinimumSize(580, 620)
        self._room = window.basemaps
        self.tabs.currentChanged.connect(self._say_ready)
        words().changed.connect(self._say)
        self._say()
        self._say_ready()

    def _say(self, *_language: object) -> None:
        for place, text in enumerate((tr("From a file"), tr("A folder of tiles"), tr("Online"))):
            self.tabs.setTabText(place, text)

    def _say_ready(self, *_args: object) -> None:
        page: Any = self.tabs.currentWidget()
        self.add.setEnabled(page.ready)

    def _add(self) -> None:
        page: Any = self.tabs.currentWidget()
        specs, dim = page.chosen()
        self._room.add(specs, dim)
        self.close()


class SourcePage(QWidget):
    """A file or a folder: its path, what it was found to be, and how it shall be shown."""

    ready_changed = Signal()

    def __init__(self, window: MainWindow, folder: bool) -> None:
        super().__init__()
        self._window, self._folder = window, folder
        self._found: tuple[BaseMapSpec, bool] | None = None
        self._request = 0
        self.path, self.name, self.crs = QLineEdit(), QLineEdit(), QLineEdit()
        self.browse = QPushButton()
        self.look, self.datum = QComboBox(), QComboBox()
        self.facts, self.problem = QLabel(), QLabel()
        self.facts.setProperty("role", "soft")
        self.problem.setProperty("role", "problem")
        for label in (self.facts, self.problem):
            label.setWordWrap(True)
        self.path.setReadOnly(True)
        self.crs.setPlaceholderText("EPSG:4549")
        worded(self.browse, "setText", "Choose…")
        self._rows: list[tuple[QWidget, QWidget]] = []
        self._lay_out()
        self.browse.clicked.connect(self._ask)
        self.crs.editingFinished.connect(self._crs_typed)
        words().changed.connect(self._say)
        self._say()
        self._show()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        texts = (mark("Folder") if self._folder else mark("File"), mark("Name"), mark("Shown as"), mark("Datum"))
        fields = (self.path, self.name, self.look, self.datum, self.crs)
        for place, (text, field) in enumerate(zip((*texts, mark("Coordinate system")), fields, strict=True)):
            label = QLabel()
            label.setProperty("role", "soft")
            label.setBuddy(field)
            worded(label, "setText", text)
            worded(field, "setAccessibleName", text)
            grid.addWidget(label, place, 0)
            grid.addWidget(field, place, 1)
            self._rows.append((label, field))
        grid.addWidget(self.browse, 0, 2)
        hint = QLabel()
        hint.setWordWrap(True)
        hint.setProperty("role", "soft")
        worded(hint, "setText", _HINTS[self._folder])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(12)
        column.addWidget(hint)
        column.addLayout(grid)
        column.addWidget(self.facts)
        column.addWidget(self.problem)
        column.addStretch(1)

    @property
    def ready(self) -> bool:
        """Whether there is something to add."""
        return self._found is not None

    def open(self, path: Path) -> None:
        """Look at a file or folder, in the background."""
        self.path.setText(str(path))
        self._found = None
        self.problem.clear()
        self._request += 1
        self._show()
        from desktop.basemaps.room import _recognised

        self._window.jobs.quiet(
            lambda _progress: _recognised(path), partial(self._take, self._request),
            partial(self._refused, self._request), of_project=False,
        )  # fmt: skip

    def chosen(self) -> tuple[list[BaseMapSpec], bool]:
        """What shall be added, and whether it is dimmed in the dark."""
        assert self._found is not None
        spec, dim = self._found
        spec = replace(spec, name=self.name.text().strip() or spec.name)
        if spec.kind in ("raster", "hillshade"):
            if self.look.isVisibleTo(self):
                kind, options = self.look.currentData()
                spec = replace(spec, kind=kind, options={**spec.options, **options})
                dim = kind == "raster"
        else:
            spec = replace(spec, datum=self.datum.currentData())
        return [spec], dim

    def _ask(self) -> None:
        chosen = ask_folder(self) if self._folder else ask_map_file(self)
        if chosen is not None:
            self.open(chosen)

    def _take(self, request: int, found: tuple[BaseMapSpec, bool]) -> None:
        if request == self._request:
            self._found = found
            self.name.setText(found[0].name)
            self._show()

    def _refused(self, request: int, error: Exception) -> None:
        if request != self._request:
            return
        if isinstance(error, Refusal):
            self.problem.setText(f"{error.message(language())}\n{error.hint(language())}".strip())
            self._show(needs_crs=error.code == "basemaps.no_crs")
        else:
            self._window.notify(error)

    def _crs_typed(self) -> None:
        """A raster that does not say its system: the user does."""
        if not self.crs.isVisibleTo(self) or not self.crs.text().strip() or self._found is not None:
            return
        path, crs = Path(self.path.text()), self.crs.text().strip()
        self._request += 1
        self.problem.clear()
        self._window.jobs.quiet(
            lambda _progress: _raster_in(path, crs), partial(self._take, self._request),
            partial(self._refused, self._request), of_project=False,
        )  # fmt: skip

    def _show(self, needs_crs: bool = False) -> None:
        spec = self._found[0] if self._found is not None else None
        tiles = spec is not None and spec.kind not in ("raster", "hillshade")
        numbers = spec is not None and spec.kind == "hillshade"
        for (label, field), shown in zip(
            self._rows, (True, spec is not None, numbers, tiles, needs_crs), strict=True
        ):  # fmt: skip
            label.setVisible(shown)
            field.setVisible(shown)
        self.facts.setText(_facts(spec) if spec is not None else "")
        self.ready_changed.emit()

    def _say(self, *_language: object) -> None:
        for box, entries in (
            (self.look, [(tr(text), (kind, options)) for text, kind, options in LOOKS]),
            (self.datum, [("WGS 84 / CGCS2000", "wgs84"), (tr("GCJ-02 (AMap, Tencent)"), "gcj02")]),
        ):
            place = max(box.currentIndex(), 0)
            box.clear()
            for text, value in entries:
                box.addItem(text, value)
            box.setCurrentIndex(place)
        self._show()


def _facts(spec: BaseMapSpec) -> str:
    from desktop.basemaps.section import KINDS

    said = [tr(KINDS[spec.kind][1])]
    if spec.kind not in ("raster", "hillshade"):
        said.append(tr("zoom {low} to {high}", low=spec.min_zoom, high=spec.max_zoom))
    bounds = spec.options.get("bounds")
    if bounds:
        west, south, east, north = bounds
        said.append(f"{west:.3f}°–{east:.3f}° E, {south:.3f}°–{north:.3f}° N")
    if spec.attribution:
        said.append(spec.attribution)
    return "  ·  ".join(said)


def _raster_in(path: Path, crs: str) -> tuple[BaseMapSpec, bool]:
    from gis.basemaps.basemap import BaseMapSpec, spec_key
    from gis.basemaps.raster_file import RasterFile

    options: dict[str, Any] = {"crs": crs}
    raster = RasterFile(path, options)
    raster.close()
    if raster.bounds is not None:
        options["bounds"] = [round(edge, 7) for edge in raster.bounds]
    kind: Any = "hillshade" if raster.is_terrain else "raster"
    spec = BaseMapSpec(spec_key(kind, str(path), options), kind, str(path), path.stem, options=options)
    return spec, kind == "raster"


def ask_map_file(parent: QWidget) -> Path | None:
    """Let the user choose a file."""
    chosen, _ = QFileDialog.getOpenFileName(
        parent, tr("Choose a base map"), "", f"{tr('Base maps')} ({FILES});;{tr('All files')} (*)"
    )
    return Path(chosen) if chosen else None


def ask_folder(parent: QWidget) -> Path | None:
    """Let the user choose a folder of tiles."""
    chosen = QFileDialog.getExistingDirectory(parent, tr("Choose a folder of tiles"))
    return Path(chosen) if chosen else None
