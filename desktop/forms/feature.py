"""What the inspector shows of the selection: one feature's form, one for several of a class, or the classes chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.forms import antenna
from desktop.forms.attachments import AttachmentsSection
from desktop.forms.beginnings import Beginnings
from desktop.forms.fields import SEVERAL
from desktop.forms.form import FeatureForm
from desktop.forms.lookup import SessionLookup, title_of
from desktop.forms.related import RelatedPanel
from desktop.forms.templates import TemplateMenu
from desktop.shell.formatting import area, length, moment, number
from desktop.shell.icons import icon
from desktop.shell.notices import notify
from desktop.shell.words import language, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.catalogue import FeatureClass
from gis.editing.intents import Update
from gis.errors import Refusal
from gis.project.related import common_values
from gis.project.templates import next_code

_AT_ONCE = 20  # rows read in the UI thread; more are read by a worker


class FeaturePanel(QWidget):
    """Follows the workspace's selection. What was typed is kept when the selection moves on; it can be undone."""

    delete_wanted = Signal()
    timeline_wanted = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._forms: dict[str, FeatureForm] = {}
        self._asked = 0
        self._row: dict[str, Any] = {}
        self.title, self.subtitle, self.foot = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.title.setWordWrap(True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.subtitle.setProperty("role", "soft")
        self.foot.setProperty("role", "faint")
        self.foot.setContentsMargins(16, 6, 16, 6)
        self.beginnings = Beginnings(workspace)
        self.templates = _tool("mdi6.text-box-multiple-outline")
        worded(self.templates, "setToolTip", "Templates")
        worded(self.templates, "setAccessibleName", "Templates")
        self.templates.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.templates.setProperty("menu", "plain")
        self.template_menu = TemplateMenu(workspace, self.beginnings, self._shown_form)
        self.templates.setMenu(self.template_menu)
        self._zoom = _tool("mdi6.crosshairs-gps")
        worded(self._zoom, "setToolTip", "Zoom to the selection")
        worded(self._zoom, "setAccessibleName", "Zoom to the selection")
        self._zoom.clicked.connect(workspace.zoom_to_selection)
        self._timeline = _tool("mdi6.timeline-clock-outline")
        worded(self._timeline, "setToolTip", "Timeline of this feature")
        worded(self._timeline, "setAccessibleName", "Timeline of this feature")
        self._timeline.clicked.connect(self.timeline_wanted)
        self._delete = _tool("mdi6.trash-can-outline")
        worded(self._delete, "setToolTip", "Delete the selection")
        worded(self._delete, "setAccessibleName", "Delete the selection")
        self._delete.clicked.connect(self.delete_wanted)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 8, 8)
        head.addLayout(names, 1)
        head.addWidget(self.templates, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._timeline, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._zoom, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._delete, 0, Qt.AlignmentFlag.AlignTop)
        rule = QFrame()
        rule.setProperty("role", "rule")
        rule.setFixedHeight(1)
        self.related, self.attachments = RelatedPanel(workspace), AttachmentsSection(workspace)
        self.antenna = antenna.AntennaSection(workspace)
        self.related.followed.connect(workspace.go_to)
        self._stack = QStackedWidget()
        self._classes = _ClassList(workspace)
        self._stack.addWidget(self._classes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(rule)
        column.addWidget(self._stack, 1)
        column.addWidget(self.foot)
        workspace.selection_changed.connect(self._selection_changed)
        workspace.changed.connect(self._changed)
        workspace.mode_changed.connect(self._mode_changed)
        workspace.session_leaving.connect(self.keep_typed)
        workspace.session_changed.connect(self._session_changed)
        words().changed.connect(self._say)

    @property
    def form(self) -> FeatureForm | None:
        """The form on show, if one is."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, FeatureForm) else None

    def _shown_form(self) -> FeatureForm | None:
        return self.form

    def keep_typed(self) -> None:
        """Apply what was typed and not applied; what does not fit is dropped, and said."""
        form = self.form
        if form is None or not form.dirty or not self._workspace.editable or not form.isVisibleTo(self):
            return
        try:
            form.changes()
        except Refusal as refusal:
            form.revert()
            notify(refusal)
            return
        form.apply()

    # ----------------------------------------------------------------------------------------------------------------
    def _session_changed(self) -> None:
        self._asked += 1
        self._stack.setCurrentWidget(self._classes)
        for extra in (self.antenna, self.related, self.attachments):
            extra.clear()
            extra.setParent(self)
            extra.hide()
        for form in self._forms.values():
            self._stack.removeWidget(form)
            form.deleteLater()
        self._forms.clear()

    def _selection_changed(self, selection: dict[str, NDArray[np.int64]]) -> None:
        self.keep_typed()
        self._asked += 1
        if len(selection) == 1:
            name, ids = next(iter(selection.items()))
            self._show_class(name, ids)
        elif selection:
            self._classes.show_selection(selection)
            self._stack.setCurrentWidget(self._classes)
        self._say()

    def _form_of(self, name: str) -> FeatureForm:
        if name not in self._forms:
            session = self._workspace.session
            form = FeatureForm(session.catalogue[name], SessionLookup(session))
            form.applied.connect(self._perform)
            form.followed.connect(self._workspace.go_to)
            self._forms[name] = form
            self._stack.addWidget(form)
        return self._forms[name]

    def _perform(self, intent: Update) -> None:
        self._workspace.perform(intent, lambda _done: self._performed(intent))

    def _performed(self, intent: Update) -> None:
        form, ids = self._forms.get(intent.cls), self._workspace.selection.get(intent.cls)
        if form is None or ids is None or form.ids != list(intent.ids):
            return  # the selection has moved on
        form.settle(intent.values)
        if not form.dirty:
            self._asked += 1
            self._show_class(intent.cls, ids)

    def _show_class(self, name: str, ids: NDArray[np.int64]) -> None:
        session, asked = self._workspace.session, self._asked
        cls = session.catalogue[name]
        if len(ids) <= _AT_ONCE:
            rows = [row for row in (session.row(name, int(id)) for id in ids) if row is not None]
            if not rows:
                return
            self._row = rows[0]
            form = self._form_of(name)
            form.show_rows(rows)
            self._bring(form)
            self._show_extras(form, name, ids)
            return
        self._row = {}
        self._workspace.jobs.quiet(
            lambda progress: _common(session, cls, ids), lambda values: self._arrived(asked, name, ids, values)
        )

    def _arrived(self, asked: int, name: str, ids: NDArray[np.int64], values: dict[str, Any]) -> None:
        if asked == self._asked and self._workspace.session is not None:
            form = self._form_of(name)
            form.show_values(ids.tolist(), values)
            self._bring(form)
            self._show_extras(form, name, ids)

    def _show_extras(self, form: FeatureForm, name: str, ids: NDArray[np.int64]) -> None:
        """What hangs on the one feature; nothing for several."""
        single = name == antenna.CLASS and len(ids) == 1
        if single and form.extras.indexOf(self.antenna) < 0:
            form.extras.insertWidget(0, self.antenna)
        self.antenna.show_row(self._row if single else None)
        self.antenna.setVisible(single)
        for extra in (self.related, self.attachments):
            if len(ids) != 1 or name == "attachment":
                extra.clear()
                extra.hide()
                continue
            if form.extras.indexOf(extra) < 0:
                form.extras.addWidget(extra)
            extra.show_feature(name, int(ids[0]))
            extra.show()
        self._propose_code(form, name)

    def _propose_code(self, form: FeatureForm, name: str) -> None:
        """The next free code, where one feature has none."""
        code = form.editors.get("code")
        if code is None or len(form.ids) != 1 or code.original or not self._workspace.editable:
            return
        session, asked = self._workspace.session, self._asked
        self._workspace.jobs.quiet(
            lambda _progress: next_code(session, name),
            lambda proposed: form.propose("code", proposed) if asked == self._asked and proposed else None,
        )

    def _bring(self, form: FeatureForm) -> None:
        self._set_editable(form)
        self._stack.setCurrentWidget(form)
        self._say()

    def _mode_changed(self, mode: str) -> None:
        if mode != "edit":
            self.keep_typed()
        if self.form is not None:
            self._set_editable(self.form)
        self._say()

    def _set_editable(self, form: FeatureForm) -> None:
        editable = self._workspace.mode == "edit" and self._workspace.editable
        for part in (form, self.related, self.attachments):
            part.set_editable(editable)

    def _changed(self, changed: Any) -> None:
        selection = self._workspace.selection
        if len(selection) != 1 or (self.form is not None and self.form.dirty):
            return
        name, ids = next(iter(selection.items()))
        known = changed.ids.get(name)
        if name in changed.classes and (known is None or np.isin(ids, known).any()):
            self._asked += 1
            self._show_class(name, ids)

    def _say(self) -> None:
        session, selection = self._workspace.session, self._workspace.selection
        if session is None or not selection:
            return
        total = sum(len(ids) for ids in selection.values())
        editing = self._workspace.mode == "edit" and self._workspace.editable
        self._delete.setVisible(editing)
        self.templates.setVisible(editing and self.form is not None and len(selection) == 1)
        single = total == 1 and self._row
        if len(selection) > 1:
            self.title.setText(tr("{count} features selected", count=number(total)))
            self.subtitle.setText(tr("{count} classes", count=len(selection)))
            self._classes.show_selection(selection)
        else:
            name, ids = next(iter(selection.items()))
            cls = session.catalogue[name]
            label = cls.label.text(language())
            if single:
                self.title.setText(str(self._row.get("name") or title_of(self._row, int(ids[0]))))
                size = _measure(self._row.get("geom"))
                self.subtitle.setText(f"{label}   {size}" if size else label)
            else:
                self.title.setText(tr("{count} features selected", count=number(total)))
                self.subtitle.setText(label)
        stamp = self._row.get("updated_at") if single else None
        self.foot.setVisible(bool(stamp))
        if stamp:
            who = self._row.get("updated_by")
            when = moment(stamp)
            self.foot.setText(
                tr("Changed {when} by {who}", when=when, who=who) if who else tr("Changed {when}", when=when)
            )


class _ClassList(QWidget):
    """The classes of a mixed selection; a click keeps only that one."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 16, 16, 16)
        self._column.setSpacing(8)
        self._column.addStretch(1)

    def show_selection(self, selection: dict[str, NDArray[np.int64]]) -> None:
        """List these classes with how many of each are selected."""
        while self._column.count() > 1:
            self._column.takeAt(0).widget().deleteLater()
        for name, ids in selection.items():
            cls = self._workspace.session.catalogue[name]
            button = QPushButton(f"{cls.label.text(language())}   {number(len(ids))}")
            image = cls.symbol.icon if cls.symbol is not None and cls.symbol.icon else "mdi6.table"
            button.setIcon(icon(image, "text_soft"))
            button.clicked.connect(lambda _checked=False, name=name, ids=ids: self._workspace.select({name: ids}))
            self._column.insertWidget(self._column.count() - 1, button)


def _tool(image: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(image, "text_soft"))
    button.setIconSize(QSize(20, 20))
    return button


def _measure(shape: Any) -> str:
    """Length of a line or area of a polygon on the map's plane; empty for points."""
    if shape is None:
        return ""
    if shape.geom_type in ("LineString", "MultiLineString"):
        return length(shape.length)
    return area(shape.area) if shape.geom_type in ("Polygon", "MultiPolygon") else ""


def _common(session: Any, cls: FeatureClass, ids: NDArray[np.int64]) -> dict[str, Any]:
    """What many rows have in common, by field; SEVERAL where they differ."""
    with session.reading() as snapshot:
        return common_values(snapshot, cls.name, ids, SEVERAL)
