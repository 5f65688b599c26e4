"""One photo large: fitted or pixel for pixel, next and previous, opened elsewhere or saved."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.formatting import moment
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import mark, tr, worded
from desktop.shell.workspace import Workspace
from gis.errors import Refusal
from gis.project.attachments import Attachment
from gis.project.photos import picture

# What other programs show; anything else, such as a program, is only saved.
_SHOWN = ("image/", "text/plain", "text/csv", "application/pdf", "application/msword", "application/vnd.")


class PhotoViewer(QDialog):
    """Photos of one feature, one at a time; beside the window, never in its way."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.photos: list[Attachment] = []
        self.at = 0
        self._asked = 0
        self._image = QImage()
        self.fitted = True
        self.place = QLabel()
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area = QScrollArea()
        self._area.setWidget(self.place)
        self._area.setWidgetResizable(True)
        self._area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.told = QLabel()
        self.told.setProperty("role", "soft")
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 8)
        self.previous_button = self._tool("mdi6.chevron-left", mark("Previous photo"), self.previous)
        self.next_button = self._tool("mdi6.chevron-right", mark("Next photo"), self.next)
        self.fit_button = self._tool("mdi6.fit-to-page-outline", mark("Fit the window"), self.fit)
        self.whole_button = self._tool("mdi6.magnify-plus-outline", mark("100 %"), self.whole)
        outside = self._tool("mdi6.open-in-new", mark("Open in another program"), self._outside)
        save = self._tool("mdi6.content-save-outline", mark("Save as…"), self._save)
        row.addWidget(self.previous_button)
        row.addWidget(self.next_button)
        row.addWidget(self.told, 1)
        for button in (self.fit_button, self.whole_button, outside, save):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addLayout(row)
        self.resize(960, 680)

    def show_photos(self, photos: Sequence[Attachment], id: int) -> None:
        """Show the one with this id; the others are next and previous."""
        self.photos = list(photos)
        self.at = next((at for at, one in enumerate(self.photos) if one.id == id), 0)
        self._load()
        self.show()
        self.raise_()

    def next(self) -> None:
        """The next photo; after the last the first."""
        self.at = (self.at + 1) % len(self.photos)
        self._load()

    def previous(self) -> None:
        """The photo before; before the first the last."""
        self.at = (self.at - 1) % len(self.photos)
        self._load()

    def fit(self) -> None:
        """As large as the window."""
        self.fitted = True
        self._paint()

    def whole(self) -> None:
        """Pixel for pixel."""
        self.fitted = False
        self._paint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go through the photos, 1 and F choose the size, Esc closes."""
        keys = {Qt.Key.Key_Right: self.next, Qt.Key.Key_Left: self.previous, Qt.Key.Key_F: self.fit,
                Qt.Key.Key_1: self.whole, Qt.Key.Key_Space: self.next}  # fmt: skip
        called = keys.get(Qt.Key(event.key()))
        if called is not None:
            called()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the photo fitted."""
        super().resizeEvent(event)
        if self.fitted:
            self._paint()

    # ----------------------------------------------------------------------------------------------------------------
    def _load(self) -> None:
        one = self.photos[self.at]
        self._asked += 1
        asked = self._asked
        self.setWindowTitle(one.name)
        self.told.setText("   ".join(part for part in (
            f"{self.at + 1} / {len(self.photos)}", one.name, moment(one.taken_at) if one.taken_at else "", one.note
        ) if part))  # fmt: skip
        for button in (self.previous_button, self.next_button):
            button.setEnabled(len(self.photos) > 1)
        self._workspace.jobs.quiet(lambda _progress: picture(one.path), lambda pixels: self._loaded(asked, one, pixels))

    def _loaded(self, asked: int, one: Attachment, pixels: NDArray[np.uint8] | None) -> None:
        if asked != self._asked:
            return
        if pixels is None:
            self._image = QImage()
            missing = one.state == "missing"
            self.place.setText(
                tr("The file is missing from the project's folder of files")
                if missing
                else tr("The photo is damaged or too large to be shown")
            )
            return
        height, width = pixels.shape[:2]
        self._image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
        self._paint()

    def _paint(self) -> None:
        if self._image.isNull():
            return
        ratio = self.devicePixelRatioF()
        if self.fitted:
            room = QSize(round(self._area.width() * ratio) - 8, round(self._area.height() * ratio) - 8)
            size = self._image.size()
            if size.width() > room.width() or size.height() > room.height():
                size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
            shown = self._image.scaled(
                size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        else:
            shown = self._image
        made = QPixmap.fromImage(shown)
        made.setDevicePixelRatio(ratio)
        self._area.setWidgetResizable(self.fitted)
        self.place.setPixmap(made)
        if not self.fitted:
            self.place.resize(made.deviceIndependentSize().toSize())

    def _outside(self) -> None:
        open_outside(self._workspace, self.photos[self.at])

    def _save(self) -> None:
        save_as(self._workspace, self, self.photos[self.at])

    def _tool(self, image: str, text: str, called: Any) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(image, "text_soft"))
        worded(button, "setToolTip", text)
        worded(button, "setAccessibleName", text)
        button.clicked.connect(called)
        return button


def open_outside(workspace: Workspace, one: Attachment) -> None:
    """Open a copy under its own name in the program made for it; programs and scripts are never opened."""
    if not one.mime.startswith(_SHOWN):
        notify(Refusal("attachments.not_opened", name=one.name))
        return

    def copied(_progress: Any) -> Path:
        target = Path(tempfile.mkdtemp(prefix="yantu-")) / one.name
        _copy(one, target)
        return target

    workspace.jobs.quiet(copied, lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))


def save_as(workspace: Workspace, parent: QWidget, one: Attachment) -> None:
    """Write a copy where the user wants it."""
    name, _ = QFileDialog.getSaveFileName(parent, tr("Save as…"), one.name)
    if name:
        workspace.jobs.quiet(lambda _progress: _copy(one, Path(name)), of_project=False)


def _copy(one: Attachment, target: Path) -> None:
    try:
        shutil.copyfile(one.path, target)
    except OSError as error:
        raise Refusal("attachments.unreadable", name=one.name, reason=error.strerror or str(error)) from error
