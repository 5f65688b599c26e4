"""Adding an online base map: a service that is offered, or an address of the user's own, tried before it is added."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.basemaps.fields import roomy
from desktop.basemaps.shown import key_of
from desktop.shell.words import language, mark, tr, worded, words
from gis.basemaps.addresses import check_address, without_key
from gis.basemaps.presets import Preset, presets, service_of
from gis.errors import Refusal

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow
    from gis.basemaps.basemap import BaseMapSpec

_PICTURE = 128  # pixels of the tile that is shown


class OnlinePage(QWidget):
    """One offer at a time; only the fields it needs are seen."""

    ready_changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._request = 0
        self.offers, self.layers, self.datum = QComboBox(), QComboBox(), QComboBox()
        self.address, self.key, self.name, self.attribution = (QLineEdit() for _ in range(4))
        self.labels, self.offline = QCheckBox(), QCheckBox()
        self.finest = QSpinBox()
        self.finest.setRange(1, 24)
        roomy(self.finest)
        self.key_page, self.test, self.list_layers = QPushButton(), QPushButton(), QPushButton()
        self.terms, self.said, self.picture = QLabel(), QLabel(), QLabel()
        self._rows: dict[QWidget, QLabel] = {}
        self._lay_out()
        self._connect()
        words().changed.connect(self._say)
        self._say()

    def _lay_out(self) -> None:
        self.key_page.setProperty("role", "link")
        for label in (self.terms, self.said):
            label.setWordWrap(True)
            label.setProperty("role", "soft")
        self.picture.setFixedSize(_PICTURE, _PICTURE)
        self.picture.hide()
        worded(self.labels, "setText", "With names of places")
        worded(self.key_page, "setText", "Where to get a key…")
        worded(self.test, "setText", "Test")
        worded(self.list_layers, "setText", "List layers")
        worded(self.offline, "setText", "Work offline: ask nothing of the network")
        self.labels.setChecked(True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for place, (text, field, beside) in enumerate(
            (
                (mark("Service"), self.offers, None),
                (mark("Address"), self.address, self.list_layers),
                (mark("Layer"), self.layers, None),
                (mark("Your key (tk)"), self.key, self.key_page),
                (mark("Name"), self.name, None),
                (mark("Finest zoom"), self.finest, None),
                (mark("Datum"), self.datum, None),
                (mark("Source to be named"), self.attribution, None),
            )
        ):
            label = QLabel()
            label.setProperty("role", "soft")
            label.setBuddy(field)
            worded(label, "setText", text)
            worded(field, "setAccessibleName", text)
            self._rows[field] = label
            grid.addWidget(label, place, 0)
            grid.addWidget(field, place, 1)
            if beside is not None:
                grid.addWidget(beside, place, 2)
        tried = QHBoxLayout()
        tried.addWidget(self.test, 0, Qt.AlignmentFlag.AlignTop)
        tried.addWidget(self.said, 1, Qt.AlignmentFlag.AlignTop)
        tried.addWidget(self.picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(12)
        column.addLayout(grid)
        column.addWidget(self.labels)
        column.addWidget(self.terms)
        column.addWidget(self.offline)
        column.addLayout(tried)
        column.addStretch(1)

    def _connect(self) -> None:
        self.offers.currentIndexChanged.connect(self._offer_changed)
        self.address.textChanged.connect(self._changed)
        self.address.editingFinished.connect(self._key_moved)
        self.key.textChanged.connect(self._changed)
        self.layers.currentIndexChanged.connect(self._changed)
        self.key_page.clicked.connect(self._open_key_page)
        self.test.clicked.connect(self.try_it)
        self.list_layers.clicked.connect(self.ask_layers)
        self.offline.clicked.connect(self._window.basemaps.set_offline)
        self._window.store.changed.connect(self._settings_changed)

    @property
    def offer(self) -> Preset:
        """What is chosen."""
        return next(made for made in presets() if made.id == self.offers.currentData())

    @property
    def ready(self) -> bool:
        """Whether there is something to add."""
        try:
            specs = self._specs()
            for spec in specs:
                check_address(spec.source)
        except Refusal:
            return False
        return bool(specs)

    def chosen(self) -> tuple[list[BaseMapSpec], bool]:
        """What shall be added; the key goes to the settings."""
        specs = self._specs()
        if specs[0].needs_key and self.key.text().strip():
            self._window.basemaps.set_key(service_of(specs[0]), self.key.text())
        return specs, True

    def _specs(self) -> list[BaseMapSpec]:
        offer = self.offer
        if not offer.own:
            return offer.specs(language(), self.labels.isChecked())
        if offer.id == "wmts":
            found = self.layers.currentData()
            made = [] if found is None else [found.spec]
        else:
            address = without_key(self.address.text().strip())[0]
            made = [
                replace(spec, source=address, max_zoom=self.finest.value()) for spec in offer.specs(language(), False)
            ]
        return [
            replace(
                spec, name=self.name.text().strip() or spec.name, datum=self.datum.currentData(),
                attribution=self.attribution.text().strip(),
            )
            for spec in made
        ]  # fmt: skip

    # --------------------------------------------------------------------------------------------------------- trying
    def try_it(self) -> None:
        """Ask for the tile in the middle of the map, and show it or why there is none."""
        self._request += 1
        self.picture.hide()
        if self._refused_offline():
            return
        try:
            spec = self._specs()[-1]
        except IndexError:
            self.said.setText(tr("First list the layers and choose one."))
            return
        canvas, key, request = self._window.canvas, self.key.text().strip(), self._request
        view, crs = canvas.view, canvas.project_crs
        self.said.setText(tr("Asking…"))
        self._window.jobs.quiet(
            lambda progress: _tried(spec, key, view, crs, progress), partial(self._came, request),
            partial(self._refused, request), of_project=False,
        )  # fmt: skip

    def ask_layers(self) -> None:
        """Ask a WMTS service for its layers."""
        self._request += 1
        if self._refused_offline():
            return
        address, key, request = self.address.text().strip(), self.key.text().strip(), self._request
        self.said.setText(tr("Asking…"))
        self._window.jobs.quiet(
            lambda _progress: _layers(address, key), partial(self._layers_came, request),
            partial(self._refused, request), of_project=False,
        )  # fmt: skip

    def _refused_offline(self) -> bool:
        if self._window.basemaps.offline:
            refusal = Refusal("ground.offline")
            self.said.setText(f"{refusal.message(language())}\n{refusal.hint(language())}")
            return True
        return False

    def _came(self, request: int, pixels: Any) -> None:
        if request != self._request:
            return
        from desktop.canvas.highlight import image_on

        picture = QPixmap.fromImage(image_on(pixels).copy())
        self.picture.setPixmap(picture.scaled(_PICTURE, _PICTURE, mode=Qt.TransformationMode.SmoothTransformation))
        self.picture.show()
        self.said.setText(tr("It works: this is the tile in the middle of the map."))

    def _layers_came(self, request: int, found: list[Any]) -> None:
        if request != self._request:
            return
        self.layers.clear()
        for layer in found:
            self.layers.addItem(f"{layer.title}  ({layer.matrix_set})", layer)
        self.said.setText(tr("{count} layers found.", count=len(found)))
        self._changed()

    def _refused(self, request: int, error: Exception) -> None:
        if request != self._request:
            return
        if isinstance(error, Refusal):
            self.said.setText(f"{error.message(language())}\n{error.hint(language())}".strip())
        else:
            self._window.notify(error)

    # --------------------------------------------------------------------------------------------------------- fields
    def _offer_changed(self, *_place: object) -> None:
        if self.offers.currentIndex() < 0:
            return
        offer = self.offer
        self._request += 1
        self.said.clear()
        self.picture.hide()
        self.terms.setText(offer.terms(language()))
        self.labels.setVisible(bool(offer.labels))
        self.finest.setValue(offer.max_zoom)
        keyed = bool(offer.key_page) or offer.own
        for field, shown in (
            (self.address, offer.own), (self.list_layers, offer.id == "wmts"), (self.layers, offer.id == "wmts"),
            (self.key, keyed), (self.key_page, bool(offer.key_page)), (self.name, offer.own),
            (self.finest, offer.id == "xyz"), (self.datum, offer.own), (self.attribution, offer.own),
        ):  # fmt: skip
            field.setVisible(shown)
            if field in self._rows:
                self._rows[field].setVisible(shown)
        self.key.setText("" if offer.own else key_of(offer.specs(language(), False)[0], self._window.store.now))
        self._changed()

    def _key_moved(self) -> None:
        """A key in the address goes to its own field: an address is kept in the project, a key is not."""
        address, key = without_key(self.address.text().strip())
        if key is not None and key != "{tk}":
            self.address.setText(address)
            self.key.setText(key)

    def _open_key_page(self) -> None:
        QDesktopServices.openUrl(QUrl(self.offer.key_page))

    def _changed(self, *_args: object) -> None:
        self.ready_changed.emit()

    def _settings_changed(self, settings: Any) -> None:
        self.offline.setChecked(settings.offline)

    def _say(self, *_language: object) -> None:
        self._settings_changed(self._window.store.now)
        chosen = max(self.offers.currentIndex(), 0)
        self.offers.blockSignals(True)
        self.offers.clear()
        for made in presets():
            self.offers.addItem(made.name(language()), made.id)
        self.offers.setCurrentIndex(chosen)
        self.offers.blockSignals(False)
        place = max(self.datum.currentIndex(), 0)
        self.datum.clear()
        self.datum.addItem("WGS 84 / CGCS2000", "wgs84")
        self.datum.addItem(tr("GCJ-02 (AMap, Tencent)"), "gcj02")
        self.datum.setCurrentIndex(place)
        self._offer_changed()


def _tried(spec: BaseMapSpec, key: str, view: Any, crs: Any, progress: Any) -> Any:
    from gis.basemaps.trying import tried_tile

    return tried_tile(spec, key, view, crs, progress)


def _layers(address: str, key: str) -> Any:
    from gis.basemaps.wmts import wmts_layers

    return wmts_layers(address, key or None)
