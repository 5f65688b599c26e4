"""Photos and documents in the form: thumbnails, add by button, drop or paste, open, save, remove."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPixmap,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QInputDialog,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.forms.section import Section
from desktop.forms.viewer import PhotoViewer, open_outside, save_as
from desktop.shell.formatting import moment, number
from desktop.shell.icons import icon
from desktop.shell.theme import theme
from desktop.shell.words import tr, worded, words
from desktop.shell.workspace import Workspace
from gis.editing.intents import Delete, Update
from gis.project.attachments import CLASS, Attachment, Source, attach, attachments_of
from gis.project.photos import picture

SIDE = 80  # px of a thumbnail
_KEPT = 256  # thumbnails kept in memory
_IN_SIGHT = 2  # rows of thumbnails before the list scrolls


class AttachmentsSection(Section):
    """The attachments of one feature; everything is read, kept and made small by workers."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._of: tuple[str, int] | None = None
        self._asked = 0
        self._editable = False
        self._thumbnails: OrderedDict[str, QIcon] = OrderedDict()
        self._viewer: PhotoViewer | None = None
        self.found: list[Attachment] = []
        self.list = _Thumbnails()
        self.list.itemActivated.connect(self._open_item)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.dropped.connect(self.add)
        self.list.pasted.connect(self.paste)
        self.list.removed.connect(self.remove_chosen)
        self.empty = QLabel()
        self.empty.setProperty("role", "faint")
        self.empty.setWordWrap(True)
        self.add_button = QPushButton()
        self.add_button.setIcon(icon("mdi6.camera-plus-outline"))
        worded(self.add_button, "setText", "Add photos")
        self.add_button.clicked.connect(self._choose)
        self.paste_button = QToolButton()
        self.paste_button.setIcon(icon("mdi6.content-paste", "text_soft"))
        worded(self.paste_button, "setToolTip", "Paste a picture")
        worded(self.paste_button, "setAccessibleName", "Paste a picture")
        self.paste_button.clicked.connect(self.paste)
        self.tools.addWidget(self.paste_button)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.list, self.empty, self.add_button):
            column.addWidget(widget)
        self.set_body(body)
        self.setAcceptDrops(True)
        workspace.changed.connect(self._changed)
        words().changed.connect(self._say)
        theme().changed.connect(self._retinted)
        self._say()

    def show_feature(self, cls: str, id: int) -> None:
        """Read the attachments of this feature."""
        if self._of != (cls, id):
            self._of, self.found = (cls, id), []
            self._fill()
        self._read()

    def clear(self) -> None:
        """Show nothing."""
        self._asked += 1
        self._of, self.found = None, []
        self._fill()

    def set_editable(self, editable: bool) -> None:
        """Let files be added and removed."""
        self._editable = editable
        self._say()

    def add(self, sources: list[Source]) -> None:
        """Attach files or pictures to the feature, as one undo step."""
        if not (self._editable and self._of and sources):
            return
        session, (cls, id) = self._workspace.session, self._of
        self._workspace.writes.start(
            tr("Keeping files"), lambda progress: attach(session, cls, id, sources, progress), None
        )

    def paste(self) -> None:
        """Attach what lies in the clipboard: files, or a picture."""
        self.add(sources_of(QGuiApplication.clipboard().mimeData()))

    def remove_chosen(self) -> None:
        """Remove the chosen attachments; undo brings them back."""
        ids = [item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]
        if ids and self._editable:
            self._workspace.perform(Delete(CLASS, ids))

    def view(self, id: int) -> None:
        """Show a photo large; open a document outside."""
        one = next((one for one in self.found if one.id == id), None)
        if one is None:
            return
        if not one.picture:
            open_outside(self._workspace, one)
            return
        if self._viewer is None:
            self._viewer = PhotoViewer(self._workspace, self.window())
        self._viewer.show_photos([photo for photo in self.found if photo.picture], one.id)

    # ----------------------------------------------------------------------------------------------------------------
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and pictures."""
        if self._editable and can_take(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Attach what was dropped."""
        self.add(sources_of(event.mimeData()))
        event.acceptProposedAction()

    def _read(self) -> None:
        if self._of is None:
            return
        self._asked += 1
        asked, session, (cls, id) = self._asked, self._workspace.session, self._of
        self._workspace.jobs.quiet(
            lambda _progress: attachments_of(session, cls, id), lambda found: self._arrived(asked, found)
        )

    def _arrived(self, asked: int, found: list[Attachment]) -> None:
        if asked != self._asked:
            return
        self.found = found
        self._fill()
        wanted = [one for one in found if one.picture and one.state == "there" and one.hash not in self._thumbnails]
        for one in wanted:
            ratio = self.devicePixelRatioF()
            box = (round(SIDE * ratio), round(SIDE * ratio))
            self._workspace.jobs.quiet(
                lambda _progress, path=one.path, box=box: picture(path, box),
                lambda pixels, digest=one.hash, ratio=ratio: self._made(digest, pixels, ratio),
            )

    def _made(self, digest: str, pixels: NDArray[np.uint8] | None, ratio: float) -> None:
        if pixels is None:
            self._thumbnails[digest] = icon("mdi6.image-broken-variant", "text_faint")
        else:
            made = QPixmap.fromImage(image_of(pixels))
            made.setDevicePixelRatio(ratio)
            self._thumbnails[digest] = QIcon(made)
        while len(self._thumbnails) > _KEPT:
            self._thumbnails.popitem(last=False)
        self._depict()

    def _fill(self) -> None:
        self.list.clear()
        for one in self.found:
            item = QListWidgetItem(one.name)
            item.setData(Qt.ItemDataRole.UserRole, one.id)
            item.setSizeHint(QSize(SIDE + 12, SIDE + 26))
            self.list.addItem(item)
        self._depict()
        self._say()

    def _depict(self) -> None:
        for at, one in enumerate(self.found):
            item = self.list.item(at)
            if one.state != "there":
                item.setIcon(icon("mdi6.file-alert-outline", "bad"))
            elif one.picture:
                item.setIcon(self._thumbnails.get(one.hash) or icon("mdi6.image-outline", "text_faint"))
            else:
                item.setIcon(icon(_document(one), "text_soft"))
            item.setToolTip(self._told(one))

    def _told(self, one: Attachment) -> str:
        lines = [one.name]
        if one.note:
            lines.append(one.note)
        if one.taken_at:
            lines.append(tr("Taken {when}", when=moment(one.taken_at)))
        lines.append(file_size(one.size))
        if one.state == "missing":
            lines.append(tr("The file is missing from the project's folder of files"))
        elif one.state == "changed":
            lines.append(tr("The file is not the one that was attached"))
        return "\n".join(lines)

    def _say(self) -> None:
        title = tr("Photos and documents")
        self.set_title(f"{title}   {number(len(self.found))}" if self.found else title)
        self.list.setAccessibleName(title)
        self.list.setVisible(bool(self.found))
        across = max(1, (self.width() - 20) // (SIDE + 16)) if self.width() > 200 else 3
        rows = min(_IN_SIGHT, -(-len(self.found) // across))
        self.list.setFixedHeight(rows * (SIDE + 34) + 6)
        self.empty.setVisible(not self.found)
        self.empty.setText(
            tr("None yet. Drop files here, paste a picture, or add photos.") if self._editable else tr("No files")
        )
        self.add_button.setVisible(self._editable)
        self.paste_button.setVisible(self._editable)
        self._depict()

    def _retinted(self) -> None:
        self._depict()

    def _changed(self, changed: Any) -> None:
        if self._of is not None and self._workspace.session is not None and CLASS in changed.classes:
            self._read()

    def _choose(self) -> None:
        pictures = "*.jpg *.jpeg *.png *.webp *.heic *.tif *.tiff *.bmp *.gif"
        kinds = f"{tr('Photos')} ({pictures});;{tr('All files')} (*)"
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add photos"), "", kinds)
        self.add([Path(name) for name in names])

    def _open_item(self, item: QListWidgetItem) -> None:
        self.view(item.data(Qt.ItemDataRole.UserRole))

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        one = next((o for o in self.found if item is not None and o.id == item.data(Qt.ItemDataRole.UserRole)), None)
        if one is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Open"), lambda: self.view(one.id))
        menu.addAction(tr("Open in another program"), lambda: open_outside(self._workspace, one))
        menu.addAction(tr("Save as…"), lambda: save_as(self._workspace, self, one))
        if self._editable:
            menu.addSeparator()
            menu.addAction(tr("Note…"), lambda: self._note(one))
            menu.addAction(tr("Remove"), self.remove_chosen)
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _note(self, one: Attachment) -> None:
        text, given = QInputDialog.getText(self, tr("Note"), one.name, text=one.note)
        if given:
            self._workspace.perform(Update(CLASS, (one.id,), {"note": text}))


class _Thumbnails(QListWidget):
    """Thumbnails side by side; takes drops, Ctrl+V and Delete."""

    dropped = Signal(object)  # list[Source]
    pasted = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setSpacing(2)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and pictures."""
        if can_take(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Anywhere in the list."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand over what was dropped."""
        self.dropped.emit(sources_of(event.mimeData()))
        event.acceptProposedAction()

    def event(self, event: Any) -> bool:
        """Keep Ctrl+V and Delete from the window: there they mean features."""
        asked = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if asked and (event.key() == Qt.Key.Key_Delete or event.matches(QKeySequence.StandardKey.Paste)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+V pastes, Delete removes."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)


def can_take(data: QMimeData) -> bool:
    """Whether files of this computer or a picture are offered."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def sources_of(data: QMimeData | None) -> list[Source]:
    """Files, else a picture as PNG."""
    if data is None:
        return []
    files: list[Source] = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    image = data.imageData() if data.hasImage() and not files else None
    if isinstance(image, QImage) and not image.isNull():
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        files.append((f"{tr('Pasted picture')}.png", bytes(buffer.data().data())))
    return files


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """A picture that owns its pixels."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def file_size(size: int) -> str:
    """2.4 MB."""
    return f"{number(size / 1e6, 1)} MB" if size >= 100_000 else f"{number(max(size / 1e3, 0.1), 1)} KB"


def _document(one: Attachment) -> str:
    kinds = {"application/pdf": "mdi6.file-pdf-box", "text/csv": "mdi6.file-delimited-outline"}
    if "sheet" in one.mime or "excel" in one.mime:
        return "mdi6.file-excel-outline"
    if "word" in one.mime:
        return "mdi6.file-word-outline"
    return kinds.get(one.mime, "mdi6.file-document-outline")
