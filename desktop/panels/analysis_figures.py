"""The further figures of a run: how sure, at other levels, by operators, zones, roads, places and squares, gaps where
people live, sites that could be shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.panels.area_shares import share_text
from desktop.shell.formatting import area, length, number, share
from desktop.shell.icons import icon
from desktop.shell.words import language, mark, tr, worded, words
from gis.catalogue import Catalogue

_LISTED = 12  # of gaps, squares and sites
_STEPS = (0.95, 0.8, 0.5, 0.0)  # of squares, by their covered ground
_AROUND_M = 150.0  # what is shown around a site
Row = tuple[str, str, str]
Place = tuple[str, str, str, tuple[float, ...]]


class RunFigures(QWidget):
    """Folded away until asked for. ``place_chosen(bbox)``: a gap, square or site was clicked; project metres."""

    place_chosen = Signal(object)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._summary: dict[str, Any] = {}
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setProperty("role", "fold")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        worded(self.fold, "setText", "Certainty, operators, roads, places")
        self.fold.toggled.connect(self._unfold)
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.fold)
        column.addWidget(self._inside)
        self._unfold(False)
        words().changed.connect(self._fill)

    def show_summary(self, summary: dict[str, Any]) -> None:
        """Show a run's figures; a run of an earlier version, which has none, shows nothing."""
        self._summary = summary
        self.setVisible("confidence" in summary)
        self._fill()

    def _unfold(self, open_: bool) -> None:
        self.fold.setIcon(icon("mdi6.chevron-down" if open_ else "mdi6.chevron-right", "text_soft"))
        self._inside.setVisible(open_)

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        if "confidence" not in self._summary:
            return
        self._table(mark("How sure"), (mark("share|Area"), mark("People")), _sureness(self._summary))
        self._table(mark("At other levels"), (mark("share|Area"), mark("People")), _levels(self._summary))
        operators = self._summary["operators"]
        if operators:
            rows = [
                (tr("operators|{count}", count=entry["number"]), share_text(entry["area_share"]),
                 share_text(entry["population_share"]))
                for entry in operators["exactly"]
            ]  # fmt: skip
            self._table(mark("Operators received"), (mark("share|Area"), mark("People")), rows)
        zones = [
            (_zone(case), share_text(case["whole"]["area_share"]), share_text(case["whole"]["population_share"]))
            for case in self._summary.get("zones") or ()
        ]  # fmt: skip
        self._table(mark("Zones"), (mark("share|Area"), mark("People")), zones)
        roads = [
            (self._label("road", "road_class", entry["road_class"]), share_text(entry["share"]),
             length(entry["length_m"]))
            for entry in sorted(self._summary["roads"] or (), key=self._rank)
        ]  # fmt: skip
        self._table(mark("Roads"), (mark("Covered"), mark("Length")), roads)
        places = [
            (self._label("premises", "kind", entry["kind"]), share_text(entry["share"]),
             f"{number(entry['covered'])} / {number(entry['count'])}")
            for entry in (self._summary["places"] or {}).get("kinds", ())
        ]  # fmt: skip
        self._table(mark("Listed places"), (mark("Covered"), mark("Number")), places)
        self._gaps((self._summary["gaps"] or {}).get("ranked", ()))
        self._squares(self._summary.get("grid"))
        self._sharing(self._summary.get("sharing"))

    def _rank(self, road: dict[str, Any]) -> int:
        """The place of a road's class in the catalogue, which puts the greater roads first."""
        codes = [code.value for code in self._catalogue["road"].field("road_class").codes]
        return codes.index(road["road_class"]) if road["road_class"] in codes else len(codes)

    def _label(self, cls: str, field: str, value: Any) -> str:
        for code in self._catalogue[cls].field(field).codes:
            if code.value == value:
                return code.label.text(language())
        return str(value or tr("unknown"))

    def _table(self, title: str, heads: Sequence[str], rows: Sequence[Row]) -> None:
        if not rows:
            return
        at = self._grid.rowCount()
        said = QLabel(tr(title))
        said.setProperty("role", "section")
        said.setWordWrap(True)
        self._grid.addWidget(said, at, 0)
        for place, head in enumerate(heads, 1):
            self._cell(tr(head), at, place, "faint")
        for down, row in enumerate(rows, at + 1):
            self._cell(row[0], down, 0, "soft")
            for place, text in enumerate(row[1:], 1):
                self._cell(text, down, place)

    def _cell(self, text: str, row: int, column: int, role: str | None = None) -> None:
        cell = QLabel(text)
        if role is not None:
            cell.setProperty("role", role)
        if column:
            cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        else:
            cell.setWordWrap(True)
        self._grid.addWidget(cell, row, column)

    def _gaps(self, gaps: Sequence[dict[str, Any]]) -> None:
        rows = [
            (f"{gap['rank']}. {gap['area_name'] or tr('unknown')}", number(round(gap["people"])), area(gap["area_m2"]),
             tuple(gap["bbox"]))
            for gap in gaps[:_LISTED]
        ]  # fmt: skip
        self._list(mark("Gaps where people live"), (mark("People"), mark("share|Area")), rows)

    def _squares(self, squares: dict[str, Any] | None) -> None:
        """How many squares are covered how well, and those where most households are not."""
        if not squares:
            return
        size = squares["size_m"]
        shares, homes = np.array(squares["area_share"]), np.array(squares["households"])
        rows = []
        for best, least in zip((np.inf, *_STEPS), _STEPS, strict=False):
            here = (shares >= least) & (shares < best)
            text = (
                tr("covered to {least} and more", least=share(least, 0)) if best == np.inf
                else tr("covered to {least} – {most}", least=share(least, 0), most=share(best, 0))
            )  # fmt: skip
            rows.append((text, number(int(here.sum())), number(round(float(homes[here].sum())))))
        self._table(tr("Squares of {side}", side=length(size)), (mark("Number"), mark("Households")), rows)
        covered = np.array([np.nan if part is None else part for part in squares["households_share"]], float)
        missed = homes * (1.0 - np.nan_to_num(covered))
        worst = [int(i) for i in np.argsort(-missed, kind="stable")[:_LISTED] if missed[i] >= 0.5]
        listed = [
            (
                tr("square|{x}, {y}", x=f"{squares['west'][i] / 1000:.2f}", y=f"{squares['south'][i] / 1000:.2f}"),
                number(round(float(missed[i]))),
                share_text(squares["area_share"][i]),
                (squares["west"][i], squares["south"][i], squares["west"][i] + size, squares["south"][i] + size),
            )
            for i in worst
        ]
        self._list(mark("Worst squares"), (mark("Households"), mark("Covered")), listed)

    def _sharing(self, found: dict[str, Any] | None) -> None:
        """How many sites have another operator's near them, and which stand nearest without standing together."""
        if not found or not found["sites"]:
            return
        rows = [
            (tr("another's within {distance}", distance=length(found["within_m"])), number(found["near"]),
             share_text(found["near"] / found["sites"])),
            (tr("at one place already"), number(found["together"]), share_text(found["together"] / found["sites"])),
        ]  # fmt: skip
        self._table(mark("Sites that could be shared"), (mark("figures|Sites"), mark("Share")), rows)
        listed = [
            (
                f"{self._label('cell', 'owner', pair['owner'])} – {self._label('cell', 'owner', pair['other_owner'])}",
                "",
                length(pair["distance_m"]),
                (pair["x"] - _AROUND_M, pair["y"] - _AROUND_M, pair["x"] + _AROUND_M, pair["y"] + _AROUND_M),
            )
            for pair in found["pairs"]
            if pair["distance_m"] >= 1.0
        ]
        self._list(mark("Near, but not together"), ("", mark("Apart")), listed[:_LISTED])

    def _list(self, title: str, heads: tuple[str, str], rows: Sequence[Place]) -> None:
        """Places by name with two figures; a click shows one on the map."""
        if not rows:
            return
        at = self._grid.rowCount()
        said = QLabel(tr(title))
        said.setProperty("role", "section")
        said.setWordWrap(True)
        self._grid.addWidget(said, at, 0)
        for column, head in enumerate(heads, 1):
            self._cell(tr(head) if head else "", at, column, "faint")
        for down, (name, first, second, box) in enumerate(rows, at + 1):
            button = QPushButton(name)
            button.setProperty("role", "link")
            button.setToolTip(tr("Show on the map"))
            button.clicked.connect(lambda _on=False, box=box: self.place_chosen.emit(box))
            self._grid.addWidget(button, down, 0, Qt.AlignmentFlag.AlignLeft)
            self._cell(first, down, 1)
            self._cell(second, down, 2)


def _zone(case: dict[str, Any]) -> str:
    """What a zone is, in a few words."""
    if case["kind"] == "handover":
        return tr("handover, ≤ {db} dB apart", db=f"{case['value']:g}")
    return tr("pilot pollution, {count} and more", count=f"{case['value']:g}")


def _levels(summary: dict[str, Any]) -> list[Row]:
    """Shares at the further levels counted, strongest first."""
    return [
        (
            f"≥ {case['value']:g} {summary['unit']}".replace("-", "−"),
            share_text(case["whole"]["area_share"]),
            share_text(case["whole"]["population_share"]),
        )
        for case in summary.get("thresholds", ())
    ]


def _sureness(summary: dict[str, Any]) -> list[Row]:
    """Shares at each confidence, expected, and if the median were off either way."""

    def row(text: str, case: dict[str, Any]) -> Row:
        whole = case["whole"]
        return (text, share_text(whole["area_share"]), share_text(whole["population_share"]))

    rows = [
        row(tr("at least {percent} % likely", percent=f"{case['value'] * 100:g}"), case)
        for case in summary["confidence"]
    ]
    if summary["expected"]:
        rows.append(row(tr("expected"), summary["expected"]))
    band = summary["band"]
    if band:
        off = f"{band['error_db']:g}"
        rows.append(row(tr("if all levels are {db} dB weaker", db=off), band["low"]))
        rows.append(row(tr("if all levels are {db} dB stronger", db=off), band["high"]))
    return rows
