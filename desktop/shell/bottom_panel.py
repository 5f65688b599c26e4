"""The tabs under the map: table, history, jobs, notices; folded to their tab bar when not needed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.icons import icon
from desktop.shell.words import tr, words

FOLDED = 36


class BottomPanel(QFrame):
    """``open_changed(bool)`` when it is folded or opened; a click on the open tab folds it."""

    open_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("BottomPanel")
        self._texts: list[str] = []
        self._badges: dict[int, str] = {}
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.tabBarClicked.connect(self._clicked)
        self.tabs.currentChanged.connect(self._chosen)
        self.pages = QStackedWidget()
        self.pages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.fold = QToolButton()
        self.fold.setIconSize(QSize(18, 18))
        self.fold.clicked.connect(lambda: self.set_open(not self.open))
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.fold)
        head = QWidget()
        head.setFixedHeight(FOLDED)
        head.setLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self.pages, 1)
        self.open = True
        words().changed.connect(self._say)
        self.set_open(False)

    def add(self, page: QWidget, text: str, icon_name: str) -> None:
        """Append a tab; ``text`` is the English text."""
        self._texts.append(text)
        self.pages.addWidget(page)
        self.tabs.addTab(icon(icon_name, "text_soft"), tr(text))

    def set_badge(self, page: QWidget, badge: str, icon_name: str, color: str) -> None:
        """Say something beside a tab's text, such as how many errors there are."""
        place = self.pages.indexOf(page)
        self._badges[place] = badge
        self.tabs.setTabIcon(place, icon(icon_name, color))
        self._say()

    def show_page(self, page: QWidget) -> None:
        """Open the panel at this page."""
        self.tabs.setCurrentIndex(self.pages.indexOf(page))
        self.set_open(True)

    def set_open(self, wanted: bool) -> None:
        """Open or fold."""
        if wanted == self.open:
            return
        self.open = wanted
        self.pages.setVisible(wanted)
        self.setMinimumHeight(160 if wanted else FOLDED)
        self.setMaximumHeight(16_777_215 if wanted else FOLDED)
        self._say()
        self.open_changed.emit(wanted)

    def _clicked(self, place: int) -> None:
        if place >= 0:
            self.set_open(not self.open if place == self.tabs.currentIndex() else True)

    def _chosen(self, place: int) -> None:
        self.pages.setCurrentIndex(place)

    def _say(self) -> None:
        for place, text in enumerate(self._texts):
            badge = self._badges.get(place, "")
            self.tabs.setTabText(place, f"{tr(text)}  {badge}" if badge else tr(text))
        said = tr("Fold the panel") if self.open else tr("Open the panel")
        self.fold.setIcon(icon("mdi6.chevron-down" if self.open else "mdi6.chevron-up", "text_soft"))
        self.fold.setToolTip(said)
        self.fold.setAccessibleName(said)
        self.tabs.setAccessibleName(tr("Bottom panel"))
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
