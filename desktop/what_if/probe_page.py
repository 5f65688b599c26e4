"""Point probe: which antennas are received at a place, how strongly, and the way from the chosen one."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.shell.formatting import length, projected
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from desktop.tools.tool import Tool
from desktop.what_if.profile_plot import ProfilePlot, verdict
from desktop.what_if.trial import Trial
from gis.cartography.palette import Palette
from gis.coverage.classes import technology

_SIGHT = {"seen": mark("seen"), "hidden": mark("hidden"), "unknown": ""}
_COLUMNS = (mark("Antenna"), "dBm", mark("Distance"), mark("Sight"))
_ROW_PX, _ROWS = 26, 6
_KEY = Qt.ItemDataRole.UserRole
_SHOWN = 40


class ProbePage(QWidget):
    """A page of the what-if panel."""

    def __init__(self, window: Any, trial: Trial) -> None:
        super().__init__()
        self._window, self._trial = window, trial
        self._found: Any = None
        self._asked: tuple[float, float] | None = None
        self._facts: Any = None
        self.place, self.facts = QLabel(), QLabel()
        self.place.setProperty("role", "soft")
        self.place.setWordWrap(True)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts.setProperty("role", "soft")
        self.facts.setWordWrap(True)
        self.copy = QPushButton()
        self.copy.setIcon(icon("mdi6.content-copy", "text"))
        worded(self.copy, "setText", "Copy")
        self.copy.clicked.connect(self.copy_text)
        self.list = QTreeWidget()
        self.list.setColumnCount(len(_COLUMNS))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._row_chosen)
        worded(self.list, "setAccessibleName", "Antennas received here, the best first")
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setMinimumSectionSize(36)
        head.setStyleSheet("QHeaderView::section { padding: 0 4px 0 2px; }")  # the panel is narrow
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(_COLUMNS)):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.plot = ProfilePlot()
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.list)
        column.addWidget(self.plot)
        column.addWidget(self.facts)
        trial.figured.connect(self._again)
        trial.state_changed.connect(self._trial_changed)
        words().changed.connect(self._say)
        self._say()

    def probe(self, x: float, y: float) -> None:
        """Find out what is received at a place."""
        self._asked = (x, y)
        prospect = self._trial.prospect
        if prospect is not None:
            self._window.jobs.quiet(lambda _progress: prospect.probe(x, y), partial(self._take, prospect))

    @property
    def chosen(self) -> Any:
        """The antenna in the list that is chosen (`gis.radio.probing.Heard`), or None."""
        item = self.list.currentItem()
        return item.data(0, _KEY) if item is not None else None

    @property
    def text(self) -> str:
        """The list as tab-separated text, with a line of titles; empty without one."""
        if self._found is None:
            return ""
        names = (tr("Antenna"), tr("Technology"), tr("Level (dBm)"), tr("Over the threshold (dB)"), tr("Distance (m)"),
                 tr("Bearing (°)"), tr("Loss (dB)"), tr("Sight"))  # fmt: skip
        lines = [f"{self._found.x:.2f}\t{self._found.y:.2f}", "\t".join(names)]
        lines += [
            "\t".join(
                (self._trial.name(one.id), one.technology, f"{one.level_dbm:.1f}", f"{one.margin_db:.1f}",
                 f"{one.distance_m:.0f}", f"{one.bearing:.0f}", f"{one.loss_db:.1f}", _sight(one))
            )
            for one in self._found.heard
        ]  # fmt: skip
        return "\n".join(lines)

    def copy_text(self) -> None:
        """Put the list on the clipboard."""
        if self.text:
            self._window.canvas.copy_text(self.text)

    def paint(self, painter: QPainter, tool: Tool, palette: Palette) -> None:
        """Draw the place and the ways to it on the map."""
        if self._asked is None:
            return
        at = tool.to_pixels(*self._asked)
        heard = self._found.heard[:_SHOWN] if self._found is not None else ()
        chosen = self.chosen
        for one in reversed(heard):
            state = self._trial.state(one.id)
            if state is None:
                continue
            strong = chosen is not None and one.id == chosen.id
            end = tool.to_pixels(state["x"], state["y"])
            color = QColor(palette.selection if strong else palette.text)
            color.setAlphaF(1.0 if strong else 0.35)
            if strong:
                painter.setPen(QPen(QColor(palette.halo), 5.0))
                painter.drawLine(at, end)
            painter.setPen(
                QPen(color, 2.2 if strong else 1.0, Qt.PenStyle.SolidLine if strong else Qt.PenStyle.DotLine)
            )
            painter.drawLine(at, end)
        painter.setBrush(QColor(palette.halo))
        painter.setPen(QPen(QColor(palette.selection), 2.0))
        painter.drawEllipse(at, 5.5, 5.5)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(at + QPointF(8 * dx, 8 * dy), at + QPointF(13 * dx, 13 * dy))

    # ----------------------------------------------------------------------------------------------------------------
    def _take(self, prospect: Any, found: Any) -> None:
        if prospect is not self._trial.prospect or (found.x, found.y) != self._asked:
            return
        before = self.chosen
        self._found = found
        self.list.blockSignals(True)
        self.list.clear()
        for one in found.heard:
            item = QTreeWidgetItem()
            item.setData(0, _KEY, one)
            for column in (1, 2):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.list.addTopLevelItem(item)
        keep = next((i for i, one in enumerate(found.heard) if before is not None and one.id == before.id), 0)
        self.list.setCurrentItem(self.list.topLevelItem(keep))
        self.list.blockSignals(False)
        self._say()
        self._row_chosen()

    def _row_chosen(self, *_items: Any) -> None:
        one, prospect = self.chosen, self._trial.prospect
        self._window.canvas.update()
        if one is None or prospect is None:
            self._facts = None
            self.plot.show_profile(None)
            self._say_facts()
            return
        x, y = self._found.x, self._found.y
        self._window.jobs.quiet(
            lambda _progress: prospect.profile(one.id, x, y), partial(self._take_profile, one), self._no_profile
        )

    def _take_profile(self, one: Any, profile: Any) -> None:
        if self.chosen is one:
            self._facts = (one, profile)
            self.plot.show_profile(profile)
            self._say_facts()

    def _no_profile(self, _error: Exception) -> None:
        """The place is under the mast itself: there is no way to draw."""
        self._facts = None
        self.plot.show_profile(None)
        self._say_facts()

    def _again(self, _figures: Any) -> None:
        if self._asked is not None and self.isVisible():
            self.probe(*self._asked)

    def _trial_changed(self) -> None:
        if not self._trial.stands and self._found is not None:
            self._found = self._asked = None
            self.list.clear()
            self._row_chosen()
            self._say()

    def _say(self) -> None:
        self.list.setHeaderLabels([name if name == "dBm" else tr(name) for name in _COLUMNS])
        head = self.list.headerItem()
        head.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (1, 2):
            head.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        found = self._found
        self.copy.setVisible(found is not None and bool(found.heard))
        there = found is not None and bool(found.heard)
        for widget in (self.list, self.plot):
            widget.setVisible(there)
        if found is None:
            self.place.setText(tr("Click a place on the map: the antennas received there are listed, the best first."))
        elif not found.heard:
            self.place.setText(f"{projected(found.x, found.y, 0)}\n{tr('Nothing is received here.')}")
        else:
            count = tr("{count} antennas received", count=len(found.heard))
            self.place.setText(f"{projected(found.x, found.y, 0)}\n{count}")
        for i in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(i)
            one = item.data(0, _KEY)
            item.setText(0, self._trial.name(one.id))
            item.setText(1, f"{one.level_dbm:.1f}".replace("-", "−"))
            item.setText(2, length(one.distance_m))
            item.setText(3, _sight(one))
            item.setToolTip(0, f"{item.text(0)} · {technology(one.technology).label.text(language())}")
            font = item.font(0)
            font.setBold(one.serves)
            for column in range(2):
                item.setFont(column, font)
        sighted = found is not None and any(one.sight != "unknown" for one in found.heard)
        self.list.setColumnHidden(3, not sighted)  # a model that knows of no sight
        rows = min(max(self.list.topLevelItemCount(), 2), _ROWS)
        self.list.setFixedHeight(30 + _ROW_PX * rows)
        self._say_facts()

    def _say_facts(self) -> None:
        if self._facts is None:
            self.facts.setText("")
            return
        one, profile = self._facts
        over = f"{one.margin_db:+.1f}".replace("-", "−")
        lines = [
            tr("{level} dB against the threshold · bearing {bearing}°", level=over, bearing=f"{one.bearing:.0f}"),
            tr("Loss on the way {loss} dB · antenna {antenna} dB", loss=f"{one.loss_db:.1f}",
               antenna=f"{one.antenna_db:.1f}".replace("-", "−")),
        ]  # fmt: skip
        if profile.known:
            lines.append(verdict(profile))
            clearance = f"{profile.clearance:.1f}".replace("-", "−")
            lines[-1] += " · " + tr("least clearance {radii} Fresnel radii", radii=clearance)
        else:
            lines.append(tr("Neither terrain nor buildings took part, so the ground is drawn level and bare."))
        self.facts.setText("\n".join(lines))


def _sight(one: Any) -> str:
    return tr(_SIGHT[one.sight]) if _SIGHT[one.sight] else ""
