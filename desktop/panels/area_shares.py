"""Coverage by area as a tree: districts, their towns under them, sortable, each share with a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop.shell.formatting import area, number, share
from desktop.shell.theme import theme
from desktop.shell.words import tr, worded, words

_SHARE = Qt.ItemDataRole.UserRole
_AREA = Qt.ItemDataRole.UserRole + 1
_ROW_PX = 30


def share_text(value: float | None) -> str:
    """A share as it is shown: two decimals below one per cent, "–" when unknown."""
    return "–" if value is None else share(value, 2 if 0.0 < value < 0.01 else 1)


class AreaShares(QTreeWidget):
    """One row an area: name, share of area, share of people, sites. ``chosen(id)`` when a row is activated."""

    chosen = Signal(object)  # ids have 53 bits

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Mapping[str, Any]] = ()
        self.setColumnCount(4)
        self.setIndentation(10)
        self.setUniformRowHeights(True)
        self.setSortingEnabled(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_ShareBar(self))
        header = self.header()
        header.setStretchLastSection(False)
        header.setStyleSheet("QHeaderView::section { padding: 0 12px 0 2px; }")  # the panel is narrow
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 66), (2, 66), (3, 46)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        worded(self, "setAccessibleName", "Coverage by area")
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._activated)
        self.itemExpanded.connect(lambda _item: self._fit())
        self.itemCollapsed.connect(lambda _item: self._fit())
        words().changed.connect(self._say)
        self.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        self.show_rows(())

    def show_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show the rows of a run's summary, each area under the one it belongs to."""
        self._rows = rows
        self.setHeaderLabels([tr("District"), tr("share|Ground"), tr("People"), tr("Sites")])
        self.headerItem().setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSortingEnabled(False)
        self.clear()
        items: dict[int, QTreeWidgetItem] = {}
        for row in rows:  # the larger before the smaller
            item = items[row["id"]] = _AreaRow(row)
            owner = items.get(row["parent"])
            if owner is None:
                self.addTopLevelItem(item)
            else:
                owner.addChild(item)
        self.setRootIsDecorated(any(item.parent() is not None for item in items.values()))
        if self.topLevelItemCount() == 1:
            self.topLevelItem(0).setExpanded(True)
        self.setSortingEnabled(True)
        self._fit()

    def _say(self) -> None:
        self.show_rows(self._rows)

    def sizeHint(self) -> QSize:
        """As tall as its open rows, up to twelve; beyond that it scrolls by itself."""
        shown = sum(1 for _ in self._open_rows())
        return QSize(300, self.header().sizeHint().height() + _ROW_PX * min(12, max(1, shown)) + 2)

    def minimumSizeHint(self) -> QSize:
        """The same: the panel around it scrolls."""
        return QSize(200, self.sizeHint().height())

    def _open_rows(self) -> Any:
        item = self.topLevelItem(0)
        while item is not None:
            yield item
            item = self.itemBelow(item)

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())

    def _activated(self, item: QTreeWidgetItem, _column: int) -> None:
        self.chosen.emit(item.data(0, _AREA))


class _AreaRow(QTreeWidgetItem):
    def __init__(self, row: Mapping[str, Any]) -> None:
        people = row["population_share"]
        by_area = row["population_basis"] == "area"
        super().__init__(
            [
                row["name"] or row["code"] or "–",
                share_text(row["area_share"]),
                share_text(people) + ("*" if by_area else ""),
                number(row["sites"]),
            ]
        )
        self.setData(0, _AREA, row["id"])
        self.setData(1, _SHARE, row["area_share"])
        self.setData(2, _SHARE, -1.0 if people is None else people)
        self.setData(3, _SHARE, row["sites"])
        for column in (1, 2, 3):
            self.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip(0, f"{row['name'] or ''} {row['code'] or ''}".strip())
        self.setToolTip(1, tr("{covered} of {whole}", covered=area(row["covered_m2"]), whole=area(row["area_m2"])))
        if by_area:
            self.setToolTip(2, tr("No premises inside: people are taken as spread evenly over the area"))
        elif row["population_covered"] is not None:
            self.setToolTip(
                2,
                tr(
                    "{covered} of {whole} people",
                    covered=number(row["population_covered"]),
                    whole=number(row["population"]),
                ),
            )

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        column = self.treeWidget().sortColumn()
        if column == 0:
            return self.toolTip(0).rpartition(" ")[2] < other.toolTip(0).rpartition(" ")[2]  # by code: stable, official
        return bool(self.data(column, _SHARE) < other.data(column, _SHARE))


class _ShareBar(QStyledItemDelegate):
    """A thin bar under the figure of a share."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.column() not in (1, 2):
            return
        value = index.data(_SHARE)
        if value is None or value < 0.0:
            return
        box = QRectF(option.rect).adjusted(12, 0, -4, -3)
        bar = QRectF(box.left(), box.bottom() - 3, box.width(), 3)
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("line"))
        painter.drawRect(bar)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setBrush(theme().color("accent_press" if selected else "accent"))
        painter.drawRect(QRectF(bar.left(), bar.top(), bar.width() * min(1.0, value), bar.height()))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW_PX)


class ShareBar(QWidget):
    """One share as a bar, for headlines; 0…1 or None."""

    def __init__(self) -> None:
        super().__init__()
        self._value: float | None = None
        self.setFixedHeight(6)

    def show_share(self, value: float | None) -> None:
        """Show this share."""
        self._value = value
        self.update()

    def paintEvent(self, _event: Any) -> None:
        """A rounded track and what is reached of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("line"))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        if self._value:
            painter.setBrush(theme().color("accent"))
            painter.drawRoundedRect(QRectF(0, 0, max(6.0, self.width() * min(1.0, self._value)), self.height()), 3, 3)
