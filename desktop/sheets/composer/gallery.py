"""The gallery of templates: those that come with Yantu, the user's own and the project's sheets, seen on this city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Job
from desktop.sheets.export import preview
from desktop.shell.notices import notify
from desktop.shell.theme import theme
from desktop.shell.words import language, tr, worded
from desktop.styling.controls import while_alive
from gis.cartography.sheets.items import MapItem
from gis.cartography.sheets.templates import SheetTemplate, sheet_template, template_names
from gis.errors import Refusal
from gis.progress import Progress
from gis.project.sheets import Sheet, Sheets, open_template, remove_template, user_templates

_CELL, _PICTURE = QSize(232, 200), QSize(208, 150)


@dataclass(frozen=True)
class Entry:
    """One thing to begin with. ``group``: "shipped", "own" or "project"."""

    group: str
    name: str
    template: SheetTemplate
    sheet: Sheet | None = None

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name if self.group == "project" else self.template.label.text(language())

    @property
    def description(self) -> str:
        """What it is for."""
        if self.group == "shipped":
            return self.template.description.text(language())
        return tr("Sheet of this project") if self.group == "project" else tr("Template of your own")


def entries(session: Any) -> tuple[list[Entry], list[Refusal]]:
    """All there is to begin with, and why others cannot be used."""
    made = [Entry("shipped", name, sheet_template(name)) for name in template_names()]
    own, broken = user_templates()
    made += [Entry("own", name, template) for name, template in own.items()]
    refusals = list(broken.values())
    sheets = Sheets(session)
    for name in sheets.names():
        try:
            sheet = sheets.read(name)
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        made.append(Entry("project", name, sheet.template, sheet))
    return made, refusals


class Gallery(QDialog):
    """``chosen``: the entry that was taken. ``asked`` are the words, extent and run that the pictures show."""

    def __init__(self, parent: QWidget, window: Any, asked: Mapping[str, Any]) -> None:
        super().__init__(parent)
        self._window, self._session, self._asked = window, window.session, dict(asked)
        self.chosen: Entry | None = None
        self._entries: list[Entry] = []
        self._job: Job | None = None
        self.resize(1010, 640)
        self.setMinimumSize(560, 400)
        self.setWindowTitle(tr("Templates"))
        self.list = QListWidget()
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setIconSize(_PICTURE)
        self.list.setGridSize(_CELL)
        self.list.setWordWrap(True)
        self.list.setUniformItemSizes(True)
        worded(self.list, "setAccessibleName", "Templates")
        self.about = QLabel()
        self.about.setProperty("role", "soft")
        self.about.setWordWrap(True)
        self.from_file, self.forget, self.cancel, self.take = (QPushButton() for _ in range(4))
        for button, text in (
            (self.from_file, "From a file…"), (self.forget, "Remove"), (self.cancel, "Cancel"),
            (self.take, "Use this template"),
        ):  # fmt: skip
            worded(button, "setText", text)
            button.setAutoDefault(False)
        self.take.setProperty("role", "primary")
        self.take.setDefault(True)
        foot = QHBoxLayout()
        foot.addWidget(self.from_file)
        foot.addWidget(self.forget)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.list, 1)
        column.addWidget(self.about)
        column.addLayout(foot)
        self.list.currentRowChanged.connect(self._describe)
        self.list.itemActivated.connect(lambda _item: self._take())
        self.take.clicked.connect(self._take)
        self.cancel.clicked.connect(self.reject)
        self.from_file.clicked.connect(self._ask_file)
        self.forget.clicked.connect(self._forget)
        self.fill()

    def fill(self) -> None:
        """Read anew what there is."""
        self._entries, broken = entries(self._session)
        self.list.clear()
        for entry in self._entries:
            row = QListWidgetItem(_icon(sketch(entry.template), self.devicePixelRatioF()), entry.label)
            row.setToolTip(entry.description)
            row.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            row.setSizeHint(_CELL - QSize(12, 12))
            self.list.addItem(row)
        self.list.setCurrentRow(0)
        for refusal in broken:
            notify(refusal)
        self._draw(0)

    def _draw(self, place: int) -> None:
        """Pictures of the city, one after the other."""
        if place >= len(self._entries):
            self._job = None
            return
        entry, session = self._entries[place], self._session
        words = {"approval": "–", **dict(self._asked.get("words") or {})}
        asked = {**self._asked, "words": words, "language": language(), "denominator": None}
        if entry.sheet is not None:
            asked |= {"words": {"approval": "–", **entry.sheet.words}, "extent": entry.sheet.extent,
                      "denominator": entry.sheet.denominator}  # fmt: skip

        def work(progress: Progress) -> QImage:
            return preview(session, entry.template, 460, progress, **asked)[0]

        def done(image: QImage) -> None:
            if place < self.list.count() and self._entries[place] is entry:
                self.list.item(place).setIcon(_icon(image, self.devicePixelRatioF()))
                self._draw(place + 1)

        self._job = self._window.jobs.quiet(
            work, while_alive(self, done), while_alive(self, partial(self._undrawn, place + 1))
        )  # fmt: skip

    def _undrawn(self, following: int, error: Exception) -> None:
        if not isinstance(error, Refusal):
            notify(error)
        self._draw(following)  # its sketch stays

    def _describe(self, place: int) -> None:
        there = 0 <= place < len(self._entries)
        entry = self._entries[place] if there else None
        self.take.setEnabled(there)
        self.forget.setVisible(entry is not None and entry.group != "shipped")
        if entry is None:
            self.about.clear()
            return
        paper = entry.template.paper
        size = tr("{paper}, {width:g} × {height:g} mm", paper=paper.name, width=paper.width, height=paper.height)
        self.about.setText(f"{entry.description}  ·  {size}")

    def _take(self) -> None:
        place = self.list.currentRow()
        if 0 <= place < len(self._entries):
            self.chosen = self._entries[place]
            self.accept()

    def _ask_file(self) -> None:
        start = str(Path(self._session.path).parent)
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Open a template file"), start, "*.toml")
        if chosen:
            self.open_file(Path(chosen))

    def open_file(self, path: Path) -> None:
        """Begin with the template of a file; a wrong one is refused with the place."""
        try:
            template = open_template(path)
        except Refusal as refusal:
            notify(refusal)
            return
        self.chosen = Entry("file", template.name, template)
        self.accept()

    def _forget(self) -> None:
        entry = self._entries[self.list.currentRow()]
        try:
            if entry.group == "own":
                remove_template(entry.name)
            elif entry.group == "project":
                Sheets(self._session).remove(entry.name)
        except Refusal as refusal:
            notify(refusal)
        if self._job is not None:
            self._job.forget()
            self._job.cancel()
        self.fill()

    def done(self, result: int) -> None:
        """Pictures that are not yet drawn are no longer wanted."""
        if self._job is not None:
            self._job.forget()
            self._job.cancel()
            self._job = None
        super().done(result)


def sketch(template: SheetTemplate) -> QImage:
    """A template as grey boxes, until its picture is there."""
    paper = template.paper
    ratio = 420.0 / paper.width
    image = QImage(420, max(1, round(paper.height * ratio)), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    painter.setPen(QPen(QColor("#C4CAD2"), 0.6))
    for item in template.items:
        if item.box is not None:
            painter.setBrush(QColor("#E4EAF1" if isinstance(item, MapItem) else "#F3F5F8"))
            painter.drawRect(QRectF(item.box.x, item.box.y, item.box.width, item.box.height))
    painter.end()
    return image


def _icon(image: QImage, density: float) -> QIcon:
    """The picture as an icon that is not tinted when it is chosen."""
    made, framed = QIcon(), _framed(image, density)
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        made.addPixmap(framed, mode)
    return made


def _framed(image: QImage, density: float) -> QPixmap:
    """The picture in the middle of a cell, with the edge of paper."""
    made = QPixmap(_PICTURE * density)
    made.setDevicePixelRatio(density)
    made.fill(Qt.GlobalColor.transparent)
    ratio = min((_PICTURE.width() - 4) / image.width(), (_PICTURE.height() - 4) / image.height())
    width, height = image.width() * ratio, image.height() * ratio
    page = QRectF((_PICTURE.width() - width) / 2, (_PICTURE.height() - height) / 2, width, height)
    small = image.scaled(
        round(width * density), round(height * density), Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )  # fmt: skip
    painter = QPainter(made)
    painter.drawImage(page, small)
    painter.setPen(theme().color("line_strong"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(page)
    painter.end()
    return made
