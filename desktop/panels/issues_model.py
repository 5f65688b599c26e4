"""The issues as a list of any length: what is wanted is chosen in a worker, texts are said for the rows in view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr
from gis.catalogue import Catalogue
from gis.checks import Issue
from gis.errors import Language
from gis.project.checking import Checking, Ignored

Index = QModelIndex | QPersistentModelIndex
SEVERITIES = {
    "error": (mark("Error"), "mdi6.alert-circle", "bad"),
    "warning": (mark("Warning"), "mdi6.alert", "warn"),
    "hint": (mark("Hint"), "mdi6.information-outline", "text_soft"),
}
_GRAVEST = tuple(SEVERITIES)
_COLUMNS = (mark("Issue"), mark("Feature"), mark("Class"))


def severity_icon(severity: str) -> QIcon:
    """The sign of a severity: its shape tells as much as its colour."""
    return icon(SEVERITIES[severity][1], SEVERITIES[severity][2])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which issues to list; "" = any. ``ignored``: those that are ignored instead of the others."""

    rule: str = ""
    severity: str = ""
    cls: str = ""
    text: str = ""
    ignored: bool = False
    language: Language = "zh"


@dataclass(frozen=True, slots=True)
class Listed:
    """What is to be shown: the issues, and how many there are by rule (whatever rule is wanted) and by severity (of all
    that are not ignored); the classes that occur."""

    issues: tuple[Issue, ...] = ()
    rules: dict[str, int] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    ignored: dict[str, Ignored] = field(default_factory=dict)
    count_ignored: int = 0


def listed(checking: Checking, wanted: Wanted) -> Listed:
    """Choose from the list. About 0.1 s for 50,000 issues, more where texts are searched: for a worker."""
    ignored = checking.ignored()
    issues = checking.issues
    open_ = [issue for issue in issues if issue.key not in ignored]
    shown = [issue for issue in issues if issue.key in ignored] if wanted.ignored else open_
    classes = tuple(dict.fromkeys(issue.cls for issue in shown))
    if wanted.severity:
        shown = [issue for issue in shown if issue.severity == wanted.severity]
    if wanted.cls:
        shown = [issue for issue in shown if issue.cls == wanted.cls]
    if wanted.text:
        sought = wanted.text.casefold()
        shown = [issue for issue in shown if sought in _words(checking, issue, wanted.language)]
    rules = Counter(issue.rule for issue in shown)
    if wanted.rule:
        shown = [issue for issue in shown if issue.rule == wanted.rule]
    shown.sort(key=lambda issue: _GRAVEST.index(issue.severity))  # stable: then by rule
    severities = Counter(issue.severity for issue in open_)
    return Listed(tuple(shown), dict(rules), dict(severities), classes, ignored, len(issues) - len(open_))


def _words(checking: Checking, issue: Issue, language: Language) -> str:
    return f"{issue.text(language)}\n{checking.title(issue.cls, issue.ids[0])}".casefold()


class IssuesModel(QAbstractTableModel):
    """Issues in a fixed order; nothing is said of a row before it is looked at."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.issues: Sequence[Issue] = ()
        self._checking: Checking | None = None
        self._catalogue: Catalogue | None = None

    def show(self, checking: Checking | None, issues: Sequence[Issue]) -> None:
        """Show these issues."""
        self.beginResetModel()
        self._checking, self.issues = checking, issues
        self._catalogue = None if checking is None else checking.session.catalogue
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of issues."""
        return 0 if parent.isValid() else len(self.issues)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """What is wrong, with which feature, of which class."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def feature(self, issue: Issue) -> str:
        """What the first feature of an issue is called."""
        said = self._checking.title(issue.cls, issue.ids[0]) if self._checking is not None else ""
        return said or f"#{issue.ids[0]}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell, the sign of its severity before the first."""
        issue = self.issues[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if index.column() == 0:
                return issue.text(language())
            if index.column() == 1:
                return self.feature(issue)
            return self._catalogue[issue.cls].label.text(language()) if self._catalogue is not None else ""
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return severity_icon(issue.severity)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            return f"{tr(SEVERITIES[issue.severity][0])}: {issue.text(language())}"
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a column holds."""
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_COLUMNS[section])
        if way == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None
