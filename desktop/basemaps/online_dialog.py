"""What concerns all online base maps: whether they may ask the network, the user's keys, and the tiles kept on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
)

from desktop.basemaps.fields import roomy
from desktop.basemaps.shown import cache_size
from desktop.shell.settings import cache_folder
from desktop.shell.words import mark, tr, worded, words
from gis.basemaps.presets import TIANDITU, service_of

if TYPE_CHECKING:
    from desktop.shell.window import MainWindow


class OnlineDialog(QDialog):
    """Each choice is in force at once; nothing to confirm. Not modal."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._room, self._store = window, window.basemaps, window.store
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        worded(self, "setWindowTitle", "Online base maps")
        now = self._store.now
        self.offline = QCheckBox()
        self.offline.setChecked(now.offline)
        worded(self.offline, "setText", "Work offline: ask nothing of the network")
        services = [TIANDITU]
        services += [service_of(made.spec) for made in self._room.maps if made.spec.online and made.spec.needs_key]
        services += [kept.service for kept in now.map_keys]
        kept = {made.service: made.key for made in now.map_keys}
        self.keys = {service: QLineEdit(kept.get(service, "")) for service in dict.fromkeys(services)}
        self.limit = QSpinBox()
        self.limit.setRange(16, 100_000)
        self.limit.setSingleStep(128)
        self.limit.setSuffix(" MB")
        self.limit.setValue(now.tiles_mb)
        roomy(self.limit)
        self.folder, self.size = QLabel(str(cache_folder())), QLabel()
        self.clear, self.show_folder, close = QPushButton(), QPushButton(), QPushButton()
        worded(self.clear, "setText", "Clear the kept tiles")
        worded(self.show_folder, "setText", "Open folder")
        worded(close, "setText", "Close")
        self.show_folder.setProperty("role", "link")
        self.folder.setProperty("role", "soft")
        self.folder.setWordWrap(True)
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(12)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(_label(mark("Network")), self.offline)
        for service, field in self.keys.items():
            field.setPlaceholderText("tk")
            label = QLabel()
            worded(label, "setText", mark("Key for Tianditu") if service == TIANDITU else mark("Key for {host}"),
                   host=service)  # fmt: skip
            form.addRow(label, field)
            field.editingFinished.connect(self._keys_typed)
        form.addRow(_label(mark("Kept tiles")), self.size)
        form.addRow(_label(mark("Folder")), self.folder)
        form.addRow(_label(mark("Limit for each base map")), self.limit)
        row = QHBoxLayout()
        row.addWidget(self.clear)
        row.addWidget(self.show_folder)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(20)
        column.addLayout(form)
        column.addStretch(1)
        column.addLayout(row)
        self.setMinimumWidth(520)
        self.offline.clicked.connect(self._room.set_offline)
        self.limit.editingFinished.connect(self._limit_typed)
        self.clear.clicked.connect(self._clear)
        self.show_folder.clicked.connect(self._open_folder)
        close.clicked.connect(self.accept)
        self._store.changed.connect(self._settings_changed)
        self._window.jobs.ended.connect(self._measure)
        words().changed.connect(self._measure)
        self._measure()

    def _keys_typed(self) -> None:
        for service, field in self.keys.items():
            kept = next((made.key for made in self._store.now.map_keys if made.service == service), "")
            if field.text().strip() != kept:
                self._room.set_key(service, field.text())

    def _limit_typed(self) -> None:
        if self.limit.value() != self._store.now.tiles_mb:
            self._store.change(tiles_mb=self.limit.value())

    def _settings_changed(self, settings: object) -> None:
        self.offline.setChecked(self._store.now.offline)

    def _clear(self) -> None:
        self._room.clear_cache()

    def _open_folder(self) -> None:
        cache_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(cache_folder())))

    def _measure(self, *_args: object) -> None:
        self._window.jobs.quiet(lambda _progress: cache_size(), self._say_size, of_project=False)

    def _say_size(self, size: int) -> None:
        self.size.setText(tr("{size} MB on this computer", size=f"{size / 2**20:.1f}"))
        self.clear.setEnabled(size > 0)

    def done(self, result: int) -> None:
        """What was typed is kept, however the dialog is closed."""
        self._keys_typed()
        self._limit_typed()
        super().done(result)


def _label(text: str) -> QLabel:
    label = QLabel()
    worded(label, "setText", text)
    return label
