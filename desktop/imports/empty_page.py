"""Before there is a file: what can be brought, and how."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.shell.icons import icon
from desktop.shell.words import worded

_ICON = 64
_WIDTH = 600


class EmptyPage(QWidget):
    """Asks for files or a folder."""

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        picture, title, said = QLabel(), QLabel(), QLabel()
        picture.setPixmap(icon("mdi6.tray-arrow-down", "accent").pixmap(_ICON, _ICON))
        title.setProperty("role", "title")
        said.setProperty("role", "soft")
        said.setWordWrap(True)
        worded(title, "setText", "Drop files or a folder here")
        worded(
            said, "setText",
            "Tables (CSV, Excel, ODS), ODK and Kobo forms with photos, GPX and NMEA tracks, Shapefile, GeoPackage,"
            " GeoJSON, KML, DXF, CASS, MapInfo, OSM, QField and Mergin folders, photos, WiGLE, OpenCelliD, OFDS."
            " Nothing is written before you press Import, and every import can be undone.",
        )  # fmt: skip
        self.files = QPushButton(icon("mdi6.file-plus-outline", "on_accent"), "")
        self.folder = QPushButton(icon("mdi6.folder-open-outline"), "")
        self.files.setProperty("role", "primary")
        worded(self.files, "setText", "Choose files…")
        worded(self.folder, "setText", "Choose a folder…")
        self.buttons = (self.files, self.folder)
        self.files.clicked.connect(self.files_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self.files)
        buttons.addWidget(self.folder)
        buttons.addStretch(1)
        middle = QWidget()
        middle.setFixedWidth(_WIDTH)
        column = QVBoxLayout(middle)
        column.setSpacing(16)
        for label in (picture, title, said):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(middle)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)
