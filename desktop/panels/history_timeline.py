"""履历 Timeline: every version of one feature, its values and shape then and now, and the way back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.history_details import field_label, value_said
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace, step_text
from gis.editing.merge import same_value
from gis.project.history_versions import STAMPS, Restoring, Version, restoring, versions
from gis.project.history_words import local_time

_VERSION = Qt.ItemDataRole.UserRole


class TimelinePage(QWidget):
    """Stands in the inspector. Choosing a version compares it with what the feature is now, on the map too."""

    shapes_wanted = Signal(object)  # [(then, now)], for the map

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._feature: tuple[str, int] | None = None
        self._asked = 0
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.title.setProperty("role", "soft")
        self.versions = QListWidget()
        self.versions.setWordWrap(True)
        self.versions.setSpacing(1)
        worded(self.versions, "setAccessibleName", "Versions, the newest first")
        self.versions.currentItemChanged.connect(self._chosen)
        self.values = QTreeWidget()
        self.values.setColumnCount(3)
        self.values.setRootIsDecorated(False)
        self.values.setUniformRowHeights(True)
        self.values.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.values.header().setMinimumSectionSize(48)
        worded(self.values, "setAccessibleName", "Values of this version")
        self.restore = QPushButton()
        self.restore.setProperty("role", "primary")
        worded(self.restore, "setText", "Restore this version")
        self.restore.clicked.connect(self._restore)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.versions)
        split.addWidget(self.values)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(split, 1)
        column.addWidget(self.restore)
        workspace.changed.connect(self._changed)
        workspace.session_changed.connect(self._forget)
        words().changed.connect(self._say)
        self._say()

    def show_feature(self, cls: str, id: int) -> None:
        """Read the versions of a feature, there or deleted, and list them."""
        self._feature = (cls, id)
        session = self._workspace.session
        self._asked += 1
        asked = self._asked
        self._workspace.jobs.quiet(
            lambda progress: versions(session, cls, id), lambda found: self._arrived(asked, found)
        )

    def _arrived(self, asked: int, found: list[Version]) -> None:
        session = self._workspace.session
        if asked != self._asked or session is None or self._feature is None:
            return
        cls = session.catalogue[self._feature[0]]
        known = next((v.row for v in found if v.row), None) or {}
        self.title.setText(f"{cls.label.text(language())}   {known.get('code') or known.get('name') or ''}")
        row = max(0, self.versions.currentRow())
        self.versions.clear()
        for version in found:
            item = QListWidgetItem(_version_text(cls, version))
            item.setData(_VERSION, version)
            self.versions.addItem(item)
        self.versions.setCurrentRow(min(row, len(found) - 1))

    def _current(self) -> Version | None:
        item = self.versions.currentItem()
        return item.data(_VERSION) if item is not None else None

    def _chosen(self, *_items: Any) -> None:
        self.values.clear()
        version, session = self._current(), self._workspace.session
        if version is None or session is None or self._feature is None or not self.versions.count():
            self.restore.setEnabled(False)
            return
        cls = session.catalogue[self._feature[0]]
        now: Version = self.versions.item(0).data(_VERSION)
        then, today = version.row or {}, now.row or {}
        names = [n for n in dict.fromkeys([*then, *today]) if n not in STAMPS and (n == "geom" or cls.has_field(n))]
        differing = [name for name in names if not same_value(then.get(name), today.get(name))]
        for name in (*differing, *(name for name in names if name not in differing)):
            texts = [value_said(cls, name, side.get(name)) for side in (then, today)]
            if any(texts):
                item = QTreeWidgetItem([field_label(cls, name), *(text or "—" for text in texts)])
                font = item.font(0)
                font.setBold(name in differing)
                for column in range(3):
                    item.setFont(column, font)
                    item.setToolTip(column, item.text(column))
                self.values.addTopLevelItem(item)
        gone = now.row is None
        self.restore.setEnabled(self._workspace.editable and (bool(differing) or gone) and version.row is not None)
        if cls.spatial:
            self.shapes_wanted.emit([(then.get("geom"), today.get("geom"))])

    def _restore(self) -> None:
        version = self._current()
        if version is not None and self._feature is not None:
            cls, id = self._feature
            perform_restoring(self._workspace, cls, id, lambda session: restoring(session, cls, id, version))

    def _changed(self, changed: Any) -> None:
        if self._feature is not None and self.isVisible() and self._feature[0] in changed.classes:
            self.show_feature(*self._feature)

    def _forget(self) -> None:
        self._feature = None
        self._asked += 1
        self.versions.clear()

    def _say(self) -> None:
        self.values.setHeaderLabels([tr("Field"), tr("Then"), tr("Now")])
        for column in range(3):
            self.values.header().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        if self._feature is not None and self._workspace.session is not None:
            self.show_feature(*self._feature)


def _version_text(cls: Any, version: Version) -> str:
    if version.entry is None:
        return tr("Before the first edit")
    what = "、".join(field_label(cls, name) for name in version.changed if name == "geom" or cls.has_field(name))
    if version.op != "update":
        what = step_text(version.entry)
    return f"{local_time(version.entry.at)}   {version.entry.author}\n{what}"


def perform_restoring(workspace: Workspace, cls: str, id: int, make: Callable[[Any], Restoring]) -> None:
    """Make the restoring edit and carry it out; show the feature, and say what could not come back."""
    session = workspace.session
    if session is None:
        return

    def work(progress: Any) -> Restoring:
        made = make(session)
        if made.intent is not None:
            session.perform(made.intent, progress)
        return made

    def done(made: Restoring) -> None:
        if made.intent is None:
            notify(tr("It is like this already."), "info")
            return
        workspace.select({cls: [id]})
        kinds = session.catalogue
        if made.along:
            along = "、".join(f"{kinds[name].label.text(language())} {count}" for name, count in made.along.items())
            notify(tr("Restored along with it: {what}", what=along), "success")
        if made.lost:
            fields = "、".join(kinds[lost.cls].field(lost.field).label.text(language()) for lost in made.lost)
            notify(tr("No longer there, so left empty: {fields}", fields=fields), "warning")

    workspace.writes.start(tr("Restoring"), work, done)
