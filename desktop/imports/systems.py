"""A coordinate system chosen by name or typed as a code."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter

from desktop.imports.evidence_rows import automatic
from desktop.shell.words import mark, tr, words
from desktop.styling.controls import CalmBox
from gis.errors import Refusal
from gis.geometry.crs import epsg_code

#: What field data of Jiangsu comes in (DOMAIN §7).
SYSTEMS: dict[str, str] = {
    "EPSG:4326": mark("WGS 84 longitude, latitude"),
    "EPSG:4490": mark("CGCS2000 longitude, latitude"),
    "EPSG:4549": mark("CGCS2000 3° CM 120°E"),
    "EPSG:4528": mark("CGCS2000 3° zone 40"),
    "EPSG:4548": mark("CGCS2000 3° CM 117°E"),
    "EPSG:4527": mark("CGCS2000 3° zone 39"),
    "EPSG:4509": mark("CGCS2000 6° CM 117°E"),
    "EPSG:4498": mark("CGCS2000 6° zone 20"),
    "EPSG:4510": mark("CGCS2000 6° CM 123°E"),
    "EPSG:4499": mark("CGCS2000 6° zone 21"),
    "EPSG:32650": mark("WGS 84 UTM zone 50N"),
    "EPSG:32651": mark("WGS 84 UTM zone 51N"),
    "EPSG:3857": mark("Web Mercator"),
    "EPSG:2437": mark("Beijing 1954 3° CM 120°E"),
    "EPSG:2416": mark("Beijing 1954 3° zone 40"),
    "EPSG:4214": mark("Beijing 1954 longitude, latitude"),
    "EPSG:2385": mark("Xian 1980 3° CM 120°E"),
    "EPSG:2364": mark("Xian 1980 3° zone 40"),
    "EPSG:4610": mark("Xian 1980 longitude, latitude"),
}


def system_name(crs: str) -> str:
    """A system as people call it, with its code: "CGCS2000 3° CM 120°E · EPSG:4549"."""
    return f"{tr(SYSTEMS[crs])} · {crs}" if crs in SYSTEMS else crs


def _short(crs: str) -> str:
    return tr(SYSTEMS[crs]) if crs in SYSTEMS else crs


class SystemBox(CalmBox):
    """``picked`` when another system is chosen, or one typed (as EPSG:4549, 4549 or by its name)."""

    picked = Signal()

    def __init__(self, more: Iterable[str] = (), *, found: bool = True) -> None:
        super().__init__()
        self._offered = list(dict.fromkeys((*SYSTEMS, *more)))
        self._with_found, self._found = found, ""
        self._value: str | None = None
        self.setEditable(True)
        self.setInsertPolicy(CalmBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self._fill()
        self.currentIndexChanged.connect(self._row_chosen)
        line = self.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._typed)
        words().changed.connect(self._fill)

    @property
    def value(self) -> str | None:
        """The chosen system; None where it is left to the evidence."""
        return self._value

    def show_value(self, value: str | None, found: str | None = None) -> None:
        """Show a choice, or (None) what was found, without telling."""
        self._value, self._found = value, found or ""
        if value is not None and value not in self._offered:
            self._offered.append(value)
        self._fill()

    def _fill(self, *_language: object) -> None:
        offered: list[tuple[str, str | None]] = [(system_name(name), name) for name in self._offered]
        if self._with_found:
            offered.insert(0, (automatic(_short(self._found) if self._found else None), None))
        self.fill(offered, self._value)
        line = self.lineEdit()
        assert line is not None
        line.setCursorPosition(0)  # the name's beginning is what tells it
        self.setToolTip(self.currentText())

    def _row_chosen(self, row: int) -> None:
        if row >= 0 and self.itemData(row) != self._value:
            self._value = self.itemData(row)
            self.setToolTip(self.currentText())
            self.picked.emit()

    def _typed(self) -> None:
        text = self.currentText().strip()
        row = self.findText(text)
        if row >= 0:
            self.setCurrentIndex(row)
            return
        value: str | None = text or None
        with suppress(Refusal):  # the reading says that there is no such system
            value = f"EPSG:{epsg_code(text)}" if text else None
        if value != self._value:
            self.show_value(value, self._found)
            self.picked.emit()
