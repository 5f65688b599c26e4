"""What hangs on the feature in the form: computed figures, and small tables whose cells are edited in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.forms.section import Section
from desktop.shell.formatting import area, length, number, value_text, with_unit
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from desktop.shell.workspace import Workspace
from gis.catalogue import FeatureClass, Field
from gis.editing.intents import Create, Delete, Update
from gis.errors import Refusal, say
from gis.geometry.crs import project_crs
from gis.project.related import Figure, RelatedRows, Relation, figures_of, related_rows, relations_of

_ROWS = 6  # rows of a small table in sight at once
_ID = Qt.ItemDataRole.UserRole
_DRAFT = -1
_WIDEST = 180  # px that a column asks for
_OWN_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Escape)


class RelatedPanel(QWidget):
    """Figures and tables of one feature, read by a worker. Kinds of others of which there are none are left out."""

    followed = Signal(str, object)  # class, id

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._asked = 0
        self._of: tuple[str, int] | None = None
        self._editable = False
        self._found: tuple[RelatedRows, ...] = ()
        self._figures: tuple[Figure, ...] = ()
        self.sections: dict[tuple[str, str], RelatedSection] = {}
        self.figures = Section()
        self._figures_body = QWidget()
        self._figures_grid = QGridLayout(self._figures_body)
        self._figures_grid.setContentsMargins(0, 0, 0, 0)
        self._figures_grid.setHorizontalSpacing(8)
        self._figures_grid.setColumnMinimumWidth(0, 88)
        self._figures_grid.setColumnStretch(1, 1)
        self.figures.set_body(self._figures_body)
        self.figures.hide()
        self._others = QLabel()
        self._others.setProperty("role", "section")
        worded(self._others, "setText", "Referred to by")
        self._others.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.figures)
        self._parts = QVBoxLayout()
        self._column.addLayout(self._parts)
        self._column.addWidget(self._others)
        self._rest = QVBoxLayout()
        self._column.addLayout(self._rest)
        workspace.changed.connect(self._changed)
        words().changed.connect(self._say)

    def show_feature(self, cls: str, id: int) -> None:
        """Read what hangs on this feature."""
        if self._of is None or self._of[0] != cls:
            self._build(cls)
        elif self._of[1] != id:
            for section in self.sections.values():
                section.drop_draft()
        self._of = (cls, id)
        self._read()

    def clear(self) -> None:
        """Show nothing: several features are selected, or none."""
        self._asked += 1
        self._of = None
        self._drop()

    def set_editable(self, editable: bool) -> None:
        """Let rows be added, changed and removed."""
        self._editable = editable
        for section in self.sections.values():
            section.set_editable(editable)
        self._settle()

    # ----------------------------------------------------------------------------------------------------------------
    def _drop(self) -> None:
        for section in self.sections.values():
            section.hide()
            section.deleteLater()
        self.sections.clear()
        self._found, self._figures = (), ()
        self.figures.hide()
        self._others.hide()

    def _build(self, cls: str) -> None:
        self._drop()
        catalogue = self._workspace.session.catalogue
        for relation in relations_of(catalogue, cls):
            section = RelatedSection(catalogue, relation)
            section.changed.connect(self._edit)
            section.followed.connect(self.followed)
            section.set_editable(self._editable)
            section.hide()
            (self._parts if relation.part else self._rest).addWidget(section)
            self.sections[relation.cls, relation.field] = section

    def _read(self) -> None:
        if self._of is None:
            return
        self._asked += 1
        asked, session, (cls, id) = self._asked, self._workspace.session, self._of
        crs = project_crs(session.srid)

        def work(_progress: Any) -> tuple[Any, Any]:
            with session.reading() as snapshot:
                return related_rows(snapshot, cls, id), figures_of(snapshot, cls, id, crs)

        self._workspace.jobs.quiet(work, lambda found: self._arrived(asked, *found))

    def _arrived(self, asked: int, found: tuple[RelatedRows, ...], figures: tuple[Figure, ...]) -> None:
        if asked != self._asked or self._of is None:
            return
        self._found, self._figures = found, figures
        for rows in found:
            section = self.sections.get((rows.relation.cls, rows.relation.field))
            if section is not None:
                section.show_rows(self._of[1], rows)
        self._settle()
        self._say()

    def _settle(self) -> None:
        others = False
        for section in self.sections.values():
            shown = section.count > 0 or (section.relation.part and self._editable and self._of is not None)
            section.setVisible(shown)
            others |= shown and not section.relation.part
        self._others.setVisible(others)

    def _say(self) -> None:
        self.figures.set_title(tr("Computed"))
        self.figures.setVisible(bool(self._figures))
        while self._figures_grid.count():
            self._figures_grid.takeAt(0).widget().deleteLater()
        for at, figure in enumerate(self._figures):
            label, value = QLabel(say(figure.code, language())), QLabel(figure_text(figure))
            label.setProperty("role", "soft")
            label.setWordWrap(True)
            label.setMaximumWidth(104)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            made = Refusal(figure.code, **figure.args).hint(language())
            for one in (label, value):
                one.setToolTip(made)
            value.setAccessibleName(label.text())
            value.setAccessibleDescription(made)
            self._figures_grid.addWidget(label, at, 0)
            self._figures_grid.addWidget(value, at, 1)

    def _edit(self, intent: Any) -> None:
        section = self.sender()
        assert isinstance(section, RelatedSection)
        self._workspace.perform(intent, lambda _done: self._edited(section, intent), section.refuse)

    def _edited(self, section: RelatedSection, intent: Any) -> None:
        if section in self.sections.values():
            section.accept(intent)

    def _changed(self, changed: Any) -> None:
        if self._of is None or self._workspace.session is None:
            return
        concerned = {self._of[0], *(cls for cls, _ in self.sections), "route_segment", "cable_walk"}
        if concerned.intersection(changed.classes):
            self._read()


class RelatedSection(Section):
    """One kind of rows that point at the feature. ``changed`` carries the intents."""

    changed = Signal(object)
    followed = Signal(str, object)

    def __init__(self, catalogue: Any, relation: Relation) -> None:
        super().__init__(folded=not relation.part)
        self.relation = relation
        self.cls: FeatureClass = catalogue[relation.cls]
        self.count = 0
        self._id = 0
        self._editable = self._filling = False
        self._found: RelatedRows | None = None
        self._fields: list[Field] = [self.cls.field(name) for name in relation.fields]
        self.table = _Table(0, len(self._fields))
        self._dress_table()
        self.table.itemChanged.connect(self._typed)
        self.table.itemActivated.connect(self._activated)
        self.add_button = self._tool("mdi6.plus", mark("Add a row"), self.add_draft)
        self.open_button = self._tool("mdi6.arrow-top-right", mark("Open the row"), self.open_row)
        self.remove_button = self._tool("mdi6.trash-can-outline", mark("Remove the row"), self.remove_rows)
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.more = QLabel()
        self.more.setProperty("role", "faint")
        self.more.hide()
        self.create_button = QPushButton()
        worded(self.create_button, "setText", "Create the row")
        self.create_button.clicked.connect(self.create)
        self.create_button.hide()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.table, self.more, self.problem, self.create_button):
            column.addWidget(widget)
        self.set_body(body)
        self.table.deleted.connect(self.remove_rows)
        self.table.escaped.connect(self._escape)
        self._say()
        words().changed.connect(self._say)

    def set_editable(self, editable: bool) -> None:
        """Let cells be changed, and rows that are part of the feature be made and removed."""
        self._editable = editable
        if not editable:
            self.drop_draft()
        self.add_button.setVisible(editable and self.relation.part)
        self._size()
        self._say()
        triggers = QAbstractItemView.EditTrigger
        self.table.setEditTriggers(
            triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed
            if editable
            else triggers.NoEditTriggers
        )

    def show_rows(self, id: int, found: RelatedRows) -> None:
        """Show these rows of the feature ``id``; a row that is being made stays."""
        draft = self._draft_values()
        self._id, self._found, self.count = id, found, found.count
        self._filling = True
        self.table.setRowCount(len(found.rows))
        for at, row in enumerate(found.rows):
            for column, field in enumerate(self._fields):
                self._put(at, column, row["id"], self._text(field, row.get(field.name)))
        self._filling = False
        if draft is not None:
            self._open_draft(draft)
        self._size()
        self._say()

    def _text(self, field: Field, value: Any) -> str:
        if field.type == "ref" and value:
            assert self._found is not None
            return self._found.titles.get((field.ref or "", int(value)), f"#{value}")
        return value_text(field, value)

    # Rows -----------------------------------------------------------------------------------------------------------
    def add_draft(self) -> None:
        """Begin a new row at the end; it is made when asked for."""
        self.unfold()
        if self._draft_at() is None:
            values = {field.name: self._text(field, field.default) for field in self._fields}
            if "position" in values:
                values["position"] = str(self.count)
            self._open_draft(values)
        at = self._draft_at()
        assert at is not None
        self.table.setCurrentCell(at, 0)
        self.table.setFocus()
        QTimer.singleShot(0, self.table.scrollToBottom)  # once it has its new height

    def drop_draft(self) -> None:
        """Forget the row that was begun."""
        at = self._draft_at()
        if at is not None:
            self.table.removeRow(at)
            self._size()
        self.create_button.hide()
        self.problem.hide()

    def _escape(self) -> None:
        if self._draft_at() is None:
            self.table.clearSelection()
        self.drop_draft()

    def create(self) -> None:
        """Make the row that was begun."""
        values = self._draft_values()
        if values is not None:
            given = {name: text for name, text in values.items() if text.strip()}
            self.changed.emit(Create(self.relation.cls, [{**given, self.relation.field: self._id}]))

    def remove_rows(self) -> None:
        """Remove the chosen rows."""
        if not (self._editable and self.relation.part):
            return
        ids = self._chosen()
        if _DRAFT in ids:
            self.drop_draft()
        ids = [id for id in ids if id != _DRAFT]
        if ids:
            self.changed.emit(Delete(self.relation.cls, ids))

    def open_row(self) -> None:
        """Go to the chosen row, else the first."""
        ids = [id for id in self._chosen() if id != _DRAFT]
        if not ids and self._found is not None and self._found.rows:
            ids = [self._found.rows[0]["id"]]
        if ids:
            self.followed.emit(self.relation.cls, ids[0])

    def accept(self, intent: Any) -> None:
        """The edit has been made."""
        self.problem.hide()
        if isinstance(intent, Create):
            self.drop_draft()

    def refuse(self, error: Exception) -> None:
        """The edit was refused: say why here, and show what is stored."""
        lang = language()
        said = "\n".join(p for p in (error.message(lang), error.hint(lang)) if p) if isinstance(error, Refusal) else ""
        if self._found is not None:
            self.show_rows(self._id, self._found)
        self.problem.setText(said or str(error))
        self.problem.show()

    # ----------------------------------------------------------------------------------------------------------------
    def _chosen(self) -> list[int]:
        rows = dict.fromkeys(index.row() for index in self.table.selectedIndexes())
        return [self.table.item(row, 0).data(_ID) for row in rows]

    def _typed(self, item: QTableWidgetItem) -> None:
        id = item.data(_ID)
        if self._filling or id == _DRAFT:
            return
        self.changed.emit(Update(self.relation.cls, (id,), {self._fields[item.column()].name: item.text()}))

    def _activated(self, item: QTableWidgetItem) -> None:
        if not self._editable:
            self.followed.emit(self.relation.cls, item.data(_ID))

    def _draft_at(self) -> int | None:
        last = self.table.rowCount() - 1
        return last if last >= 0 and self.table.item(last, 0).data(_ID) == _DRAFT else None

    def _draft_values(self) -> dict[str, str] | None:
        at = self._draft_at()
        if at is None:
            return None
        return {field.name: self.table.item(at, column).text() for column, field in enumerate(self._fields)}

    def _open_draft(self, values: Mapping[str, str]) -> None:
        at = self.table.rowCount()
        self._filling = True
        self.table.setRowCount(at + 1)
        for column, field in enumerate(self._fields):
            self._put(at, column, _DRAFT, values.get(field.name, ""))
        self._filling = False
        self.create_button.show()
        self._size()

    def _put(self, row: int, column: int, id: int, text: str) -> None:
        item = QTableWidgetItem(text)
        item.setData(_ID, id)
        item.setToolTip(text)
        if id == _DRAFT:
            font = item.font()
            font.setItalic(True)
            item.setFont(font)
        self.table.setItem(row, column, item)

    def _dress_table(self) -> None:
        table = self.table
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.horizontalHeader().setMinimumSectionSize(36)
        table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setStyleSheet("QTableView::item { padding: 0 4px; } QHeaderView::section { padding: 4px; }")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)  # a code is cut in its middle, not at its first dash
        for column, field in enumerate(self._fields):
            if field.type in ("code", "boolean"):
                table.setItemDelegateForColumn(column, _Choice(field, table))

    def _size(self) -> None:
        rows = min(self.table.rowCount(), _ROWS)
        self.table.setVisible(rows > 0)
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + 26 * rows + 2)
        for column, field in enumerate(self._fields):
            empty = all(not self.table.item(row, column).text() for row in range(self.table.rowCount()))
            self.table.setColumnHidden(column, empty and not self._editable and field is not self._fields[0])
        self.table.fit_columns()

    def _tool(self, image: str, text: str, called: Any) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(image, "text_soft"))
        button.setIconSize(QSize(16, 16))
        worded(button, "setToolTip", text)
        worded(button, "setAccessibleName", text)
        button.clicked.connect(called)
        self.tools.addWidget(button)
        return button

    def _say(self) -> None:
        lang = language()
        label = self.cls.label.text(lang)
        if not self.relation.part:
            label = f"{label} · {self.cls.field(self.relation.field).label.text(lang)}"
        self.set_title(f"{label}   {number(self.count)}")
        self.table.setAccessibleName(label)
        self.table.setHorizontalHeaderLabels([field.label.text(lang) for field in self._fields])
        for column, field in enumerate(self._fields):
            self.table.horizontalHeaderItem(column).setToolTip(field.label.text(lang))
        self.open_button.setVisible(self.count > 0)
        self.remove_button.setVisible(self._editable and self.relation.part and self.table.rowCount() > 0)
        shown = len(self._found.rows) if self._found is not None else 0
        self.more.setVisible(self.count > shown)
        self.more.setText(tr("The first {shown} of {count}", shown=shown, count=number(self.count)))
        if self._found is not None:
            self._filling = True
            for at, row in enumerate(self._found.rows):
                for column, field in enumerate(self._fields):
                    if field.type in ("code", "boolean") and self.table.item(at, column) is not None:
                        self.table.item(at, column).setText(self._text(field, row.get(field.name)))
            self._filling = False


class _Table(QTableWidget):
    """A small table in which Delete and Esc mean its own rows, not the feature that the window's shortcuts mean."""

    deleted = Signal()
    escaped = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep Delete and Esc from the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Esc are told, the rest is the table's."""
        if event.key() == Qt.Key.Key_Delete:
            self.deleted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the new width."""
        super().resizeEvent(event)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Share the width out by what stands in the columns."""
        shown = [c for c in range(self.columnCount()) if not self.isColumnHidden(c)]
        metrics, room = self.fontMetrics(), self.viewport().width()
        wants = {}
        for column in shown:
            texts = [self.item(row, column).text() for row in range(self.rowCount()) if self.item(row, column)]
            head = self.horizontalHeaderItem(column)
            texts += [head.text()] if head is not None else []
            wants[column] = min(max((metrics.horizontalAdvance(text) for text in texts), default=0) + 14, _WIDEST)
        for column, width in _shared_out(wants, room).items():
            self.setColumnWidth(column, width)

    def sizeHint(self) -> QSize:
        return QSize(200, 80)


def _shared_out(wants: Mapping[int, int], room: int) -> dict[int, int]:
    """Widths by column: who wants less than a fair share gets it, the others share the rest; what is over, all."""
    made: dict[int, int] = {}
    for column, want in sorted(wants.items(), key=lambda pair: pair[1]):
        left = len(wants) - len(made)
        made[column] = min(want, (room - sum(made.values())) // left)
    over = max(0, room - sum(made.values()))
    return {column: width + over // len(made) for column, width in made.items()}


class _Choice(QStyledItemDelegate):
    """Cells of code lists and of yes or no are chosen from a list."""

    def __init__(self, field: Field, parent: QWidget) -> None:
        super().__init__(parent)
        self._field = field

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        box = QComboBox(parent)
        box.addItem("")
        values: list[Any] = [code.value for code in self._field.codes] or [1.0, 0.0]
        box.addItems([value_text(self._field, value) for value in values])
        box.activated.connect(self._chosen)
        return box

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        assert isinstance(editor, QComboBox)
        editor.setCurrentText(str(index.data(Qt.ItemDataRole.EditRole) or ""))

    def setModelData(self, editor: QWidget, model: Any, index: QModelIndex | QPersistentModelIndex) -> None:
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentText())

    def _chosen(self) -> None:
        editor = self.sender()
        assert isinstance(editor, QWidget)
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)


def figure_text(figure: Figure) -> str:
    """A computed number with its unit, as the user reads it."""
    if figure.unit == "m":
        return length(figure.value)
    if figure.unit == "m²":
        return area(figure.value)
    said = with_unit(figure.value, figure.unit)
    return f"{said} / {number(figure.args['count'])}" if "count" in figure.args else said
