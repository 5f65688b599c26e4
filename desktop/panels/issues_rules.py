"""The rules of the checks: which are in force in this project, and with which limits."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.panels.issues_detail import numbers_of, unit
from desktop.panels.issues_model import severity_icon
from desktop.panels.issues_watch import IssueWatch
from desktop.shell.words import language, tr
from gis.checks import Rule

_NAME = Qt.ItemDataRole.UserRole


class RulesDialog(QDialog):
    """A tick for each rule, a field for each of its numbers. OK keeps them in the project; the next run uses them."""

    def __init__(self, watch: IssueWatch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Rules and limits"))
        self.resize(760, 560)
        self._watch = watch
        self._rules = watch.checking.rules() if watch.checking is not None else {}
        self.fields: dict[tuple[str, str], QDoubleSpinBox] = {}
        self.tree = QTreeWidget()
        self.tree.setColumnCount(3)
        self.tree.setHeaderLabels([tr("Rule"), tr("Limits"), tr("Source")])
        self.tree.setRootIsDecorated(False)
        self.tree.setAccessibleName(tr("Rules"))
        for name, rule in self._rules.items():
            self._add(name, rule)
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        for button in buttons.buttons():
            button.setIcon(QIcon())
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.tree, 1)
        column.addWidget(buttons)

    def accept(self) -> None:
        """Keep what differs."""
        for i in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(i)
            name = item.data(0, _NAME)
            rule, ticked = self._rules[name], item.checkState(0) == Qt.CheckState.Checked
            given = {limit: field.value() for (of, limit), field in self.fields.items() if of == name}
            limits = {limit: v for limit, v in given.items() if v != round(numbers_of(rule)[limit], 3)}
            if ticked != rule.enabled or limits:
                self._watch.set_rule(name, enabled=ticked, limits=limits)
        super().accept()

    def _add(self, name: str, rule: Rule) -> None:
        item = QTreeWidgetItem([rule.title(language()), "", rule.source])
        item.setIcon(0, severity_icon(rule.severity))
        item.setCheckState(0, Qt.CheckState.Checked if rule.enabled else Qt.CheckState.Unchecked)
        item.setData(0, _NAME, name)
        item.setToolTip(2, rule.source)
        self.tree.addTopLevelItem(item)
        numbers = numbers_of(rule)
        if not numbers:
            return
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 1, 0, 1)
        row.setSpacing(6)
        for limit, value in numbers.items():
            field = QDoubleSpinBox()
            field.setRange(0, 1e7)
            field.setDecimals(0 if value >= 10 else 3)
            field.setValue(value)
            field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            field.setFixedWidth(88)
            field.setAccessibleName(f"{rule.title(language())} {unit(limit)}")
            self.fields[name, limit] = field
            row.addWidget(field)
            row.addWidget(QLabel(unit(limit)))
        row.addStretch(1)
        self.tree.setItemWidget(item, 1, holder)
