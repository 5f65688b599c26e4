"""Rows of the assistant's left side: what is asked, the answer, and below it why that answer was found."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded
from gis.errors import say
from gis.exchange.raw import Evidence

LABEL_PX = 92
_TITLES = {
    "angles": mark("Angles"), "attributes": mark("Attributes"), "clock": mark("Clock"), "curves": mark("Curves"),
    "documents": mark("Documents"), "file": mark("evidence|File"), "filter": mark("Filter"),
    "heights": mark("Heights"), "kind": mark("Kind of list"), "length": mark("Fibre lengths"),
    "links": mark("Links"), "sites": mark("Sites"), "mended": mark("Mended shapes"),
    "merged": mark("Merged cells"), "missing": mark("Missing files"),
    "names": mark("Names of columns"), "points": mark("Points"), "project": mark("evidence|Project"),
    "sentences": mark("Other sentences"), "track": mark("Track"), "types": mark("Kinds of columns"),
    "sorting": mark("evidence|Classes"),
}  # fmt: skip


class EvidenceRows(QGridLayout):
    """Label, control and, where there is a reason, a line that tells it."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 4)
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(4)
        self.setColumnMinimumWidth(0, LABEL_PX)
        self.setColumnStretch(1, 1)
        self._labels: dict[QWidget, QLabel] = {}
        self._whys: dict[QWidget, QLabel] = {}

    def row(self, label: str, control: QWidget, *beside: QWidget) -> QWidget:
        """Add a row; what stands ``beside`` the control keeps its own width. The widget `reveal` and `why` go by."""
        said = QLabel()
        said.setProperty("role", "soft")
        said.setWordWrap(True)
        said.setFixedWidth(LABEL_PX)
        worded(said, "setText", label)
        said.setBuddy(control)
        if not control.accessibleName():
            worded(control, "setAccessibleName", label)
        holder: QWidget = control
        if beside:
            holder = QWidget()
            inside = QHBoxLayout(holder)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(4)
            inside.addWidget(control, 1)
            for widget in beside:
                inside.addWidget(widget)
        why = QLabel()
        why.setProperty("role", "faint")
        why.setWordWrap(True)
        why.setTextFormat(Qt.TextFormat.PlainText)
        why.hide()
        place = self.rowCount()
        self.addWidget(said, place, 0)
        self.addWidget(holder, place, 1)
        self.addWidget(why, place + 1, 1)
        self._labels[holder], self._whys[holder] = said, why
        return holder

    def wide(self, widget: QWidget) -> None:
        """Add a widget over the whole width."""
        self.addWidget(widget, self.rowCount(), 0, 1, 2)

    def why(self, holder: QWidget, text: str) -> None:
        """Tell the reason of a row's answer; nothing where there is none."""
        label = self._whys[holder]
        label.setText(text)
        label.setVisible(bool(text) and not holder.isHidden())

    def why_label(self, holder: QWidget) -> QLabel:
        """The label that tells the reason."""
        return self._whys[holder]

    def reveal(self, holder: QWidget, shown: bool) -> None:
        """Show or hide a row with its label and reason."""
        holder.setVisible(shown)
        self._labels[holder].setVisible(shown)
        why = self._whys[holder]
        why.setVisible(shown and bool(why.text()))


class OfferCard(QFrame):
    """What was noticed, and one button that takes it up."""

    accepted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.take = QPushButton()
        self.take.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.take.clicked.connect(self.accepted)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addWidget(self.said)
        column.addWidget(self.take)

    def show_texts(self, said: str, offered: str) -> None:
        """Tell what was noticed and what is offered."""
        self.said.setText(said)
        self.take.setText(offered)
        self.take.setVisible(bool(offered))


def small_button(picture: str, tip: str, *, checkable: bool = False) -> QToolButton:
    """A button of one picture beside a field; ``tip`` says what it does."""
    button = QToolButton()
    button.setIcon(icon(picture, "text_soft"))
    button.setCheckable(checkable)
    button.setFixedSize(30, 30)
    for setter in ("setToolTip", "setAccessibleName"):
        worded(button, setter, tip)
    return button


def reason(evidence: Evidence | None) -> str:
    """Why something was found, in the user's language; nothing for what is not known."""
    if evidence is None or evidence.reason == "import.by_user":  # what one chose oneself needs no reason
        return ""
    return say(evidence.reason, language(), **evidence.args)


def notes(evidence: Iterable[Evidence]) -> str:
    """What else was noticed, a line each: title, value, reason."""
    lines = []
    for e in evidence:
        title = tr(_TITLES[e.what]) if e.what in _TITLES else e.what
        lines.append(f"{title}: {e.value} · {reason(e)}".removesuffix(" · "))
    return "\n".join(lines)


def automatic(found: str | None) -> str:
    """The text of the answer that is left to the evidence: what was found, or that it will be."""
    return tr("{found} (automatic)", found=found) if found else tr("found by itself")


def latest(*groups: tuple[Evidence, ...]) -> dict[str, Evidence]:
    """Evidence by what it is about, the last word of each."""
    return {e.what: e for group in groups for e in group}
