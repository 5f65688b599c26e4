"""How a file is read: encoding, delimiter, header line, decimal mark, layer; each as found, or as the user says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.imports.evidence_rows import EvidenceRows, automatic, latest, notes, reason, small_button
from desktop.imports.look_dialog import LookDialog
from desktop.shell.words import mark, tr, worded, words
from desktop.styling.controls import CalmBox, Fold
from gis.exchange.formats import TRACKS
from gis.exchange.raw import Dialect, Evidence, RawTable

ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "shift_jis", "cp1252")
DELIMITERS = {
    ",": ("comma", mark("comma")), "\t": ("tab", mark("tab")), ";": ("semicolon", mark("semicolon")),
    "|": ("bar", mark("vertical bar")), " ": ("space", mark("blank")),
}  # fmt: skip
HEADERS = 12
_MOST_OFFSET_S = 54_000  # a clock is set to another zone, not to another day
_OWN = frozenset({"layer", "encoding", "delimiter", "header", "decimal", "track", "clock"})
_TEXT = frozenset({".csv", ".tsv", ".txt"})
_SHEETS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".et"})
_ENCODED = _TEXT | {".dat", ".log", ".nmea", ".nma", ".shp", ".dbf", ".tab", ".mif", ".dxf", ".geojson", ".json"}


class FileSection(Fold):
    """Emits ``changed`` when the file must be read anew."""

    changed = Signal()

    def __init__(self) -> None:
        body = QWidget()
        self.rows = EvidenceRows()
        self.layer, self.encoding, self.delimiter, self.header, self.decimal = (CalmBox() for _ in range(5))
        self.look = small_button("mdi6.file-eye-outline", "Look at the beginning of the file in several encodings…")
        self.track_button = QPushButton()
        self.drop_track = small_button("mdi6.close", "Use no track")
        self.clock = QLineEdit()
        self.clock.setValidator(_seconds(self.clock))
        worded(self.clock, "setPlaceholderText", "found by itself")
        worded(self.clock, "setToolTip", "Seconds the camera's clock was ahead of China's time")
        self._track: Path | None = None
        self._path: Path | None = None
        self._raw: RawTable | None = None
        self._found: dict[str, Evidence] = {}
        self._layer_row = self.rows.row("Layer", self.layer)
        self._encoding_row = self.rows.row("Encoding", self.encoding, self.look)
        self._delimiter_row = self.rows.row("Delimiter", self.delimiter)
        self._header_row = self.rows.row("Header line", self.header)
        self._decimal_row = self.rows.row("Decimal mark", self.decimal)
        self._track_row = self.rows.row("Track", self.track_button, self.drop_track)
        self._clock_row = self.rows.row("Camera clock ahead (s)", self.clock)
        self.notes = QLabel()
        self.notes.setProperty("role", "faint")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(self.rows)
        column.addWidget(self.notes)
        super().__init__("import|File", body, open_=False)
        for box in (self.layer, self.encoding, self.delimiter, self.header, self.decimal):
            box.currentIndexChanged.connect(self._chosen)
        self.track_button.clicked.connect(self._choose_track)
        self.drop_track.clicked.connect(self._no_track)
        self.clock.editingFinished.connect(self._clock_said)
        self._clock_before: float | None = None
        self.look.clicked.connect(self.look_at)
        words().changed.connect(self._say)
        self.reset()

    # What is chosen -------------------------------------------------------------------------------------------------
    @property
    def dialect(self) -> Dialect:
        """How the file is to be read, as far as that is chosen."""
        return Dialect(
            self.encoding.currentData(),
            self.delimiter.currentData(),
            self.header.currentData(),
            self.decimal.currentData(),
            self.layer.currentData(),
        )

    @property
    def track(self) -> Path | None:
        """The track on which photos without a position are looked for; None: one beside them, if any."""
        return self._track

    @property
    def clock_offset_s(self) -> float | None:
        """How far the camera's clock was ahead; None: as the photos themselves say."""
        text = self.clock.text().strip()
        return float(text) if text and self.clock.hasAcceptableInput() else None

    def set_track(self, path: Path | None) -> None:
        """Look for photos on a track, and tell."""
        if path != self._track:
            self._track = path
            self._say_track()
            self.changed.emit()

    def _choose_track(self) -> None:
        kinds = " ".join(f"*{ending}" for ending in sorted(TRACKS))
        start = str(self._path.parent) if self._path is not None else ""
        name, _ = QFileDialog.getOpenFileName(self, tr("Track"), start, f"{tr('Track')} ({kinds})")
        if name:
            self.set_track(Path(name))

    def _no_track(self) -> None:
        self.set_track(None)

    def _clock_said(self) -> None:
        if self.clock_offset_s != self._clock_before:
            self._clock_before = self.clock_offset_s
            self.changed.emit()

    def _say_track(self) -> None:
        found = self._value("track")
        self.track_button.setText(self._track.name if self._track is not None else automatic(found))
        self.drop_track.setVisible(self._track is not None)

    def set_dialect(self, dialect: Dialect) -> None:
        """Take what a recipe says, without telling."""
        self._fill(dialect)

    def reset(self, path: Path | None = None) -> None:
        """Another file: everything is found anew."""
        self._path, self._raw, self._found, self._track = path, None, {}, None
        self.clock.clear()
        self._clock_before = None
        self.layer.clear()
        self._fill(Dialect())

    @property
    def name(self) -> str:
        """The file's name; empty while there is none."""
        return self._path.name if self._path is not None else ""

    def set_path(self, path: Path) -> None:
        """The file that can be looked at."""
        self._path = path

    # What was found -------------------------------------------------------------------------------------------------
    def show_raw(self, raw: RawTable) -> None:
        """Show how a file was read, and why so."""
        self._raw = raw
        self._found = latest(raw.evidence)
        self._fill(self.dialect)

    def look_at(self) -> None:
        """Show the beginning of the file as each encoding reads it, to choose by eye."""
        if self._path is None:
            return
        chosen = self.encoding.currentData() or self._value("encoding")
        dialog = LookDialog(self._path, chosen, self.header.currentData() or self._line(), self)
        dialog.taken.connect(self._take)
        dialog.show()

    def _take(self, encoding: str, header: object) -> None:
        kept = self.dialect
        line = int(header) if isinstance(header, int) and header != self._line() else kept.header_line
        taken = Dialect(encoding, kept.delimiter, line, kept.decimal, kept.layer)
        if taken != kept:
            self._fill(taken)
            self.changed.emit()

    def _value(self, what: str) -> str | None:
        return self._found[what].value if what in self._found else None

    def _line(self) -> int | None:
        value = self._value("header")
        return int(value) if value is not None and value.isdecimal() else None

    # The face -------------------------------------------------------------------------------------------------------
    def _fill(self, dialect: Dialect) -> None:
        found = self._value
        names = dict(DELIMITERS.values())
        delimiter = found("delimiter")
        encodings: list[tuple[str, Any]] = [(name, name) for name in ENCODINGS]
        if dialect.encoding is not None and dialect.encoding not in ENCODINGS:
            encodings.append((dialect.encoding, dialect.encoding))
        self._offer(self.encoding, "encoding", found("encoding"), encodings, dialect.encoding)
        delimiters: list[tuple[str, Any]] = [(tr(said), sign) for sign, (_, said) in DELIMITERS.items()]
        if dialect.delimiter is not None and dialect.delimiter not in DELIMITERS:
            delimiters.append((dialect.delimiter, dialect.delimiter))
        said = tr(names[delimiter]) if delimiter in names else delimiter
        self._offer(self.delimiter, "delimiter", said, delimiters, dialect.delimiter)
        line = self._line()
        lines: list[tuple[str, Any]] = [(tr("there is none"), 0)]
        count = max(HEADERS, dialect.header_line or 0)
        lines += [(tr("line {line}", line=n), n) for n in range(1, count + 1)]
        shown = tr("line {line}", line=line) if line else tr("there is none") if line == 0 else found("header")
        self._offer(self.header, "header", shown, lines, dialect.header_line)
        marks: list[tuple[str, Any]] = [(tr("point: 12.5"), "."), (tr("comma: 12,5"), ",")]
        decimal = {".": marks[0][0], ",": marks[1][0]}.get(found("decimal") or "")
        self._offer(self.decimal, "decimal", decimal, marks, dialect.decimal)
        self._fill_layers(dialect.layer)
        self._reveal()
        self._say_reasons()

    def _offer(
        self, box: CalmBox, what: str, found: str | None, choices: Sequence[tuple[str, Any]], chosen: Any
    ) -> None:
        given = what in self._found and self._found[what].reason == "import.by_user"
        box.fill([(automatic(None if given else found), None), *choices], chosen)

    def _fill_layers(self, chosen: str | None) -> None:
        raw = self._raw
        if raw is None:
            self.layer.fill([(chosen, chosen)] if chosen else [], chosen)
            return
        offered: list[tuple[str, Any]] = [(name, name) for name in raw.layers]
        if raw.layer == "*" or chosen == "*":
            offered.insert(0, (tr("all layers"), "*"))
        self.layer.fill(offered, chosen if chosen in {d: t for t, d in offered} else raw.layer)

    def _reveal(self) -> None:
        ending = self._path.suffix.casefold() if self._path is not None else ""
        text = "delimiter" in self._found or ending in _TEXT
        sheet = "header" in self._found or ending in _SHEETS
        self.rows.reveal(self._layer_row, self.layer.count() > 1)  # a file of one layer asks nothing
        encoded = "encoding" in self._found or ending in _ENCODED or self.encoding.currentData() is not None
        self.rows.reveal(self._encoding_row, encoded)
        self.look.setVisible(self._path is not None and self._path.is_file() and ending not in _SHEETS)
        self.rows.reveal(self._delimiter_row, text)
        self.rows.reveal(self._header_row, text or sheet)
        self.rows.reveal(self._decimal_row, text)

        photos = raw_of_photos(self._raw)
        self.rows.reveal(self._track_row, photos)
        self.rows.reveal(self._clock_row, photos)
        self._say_track()

    def _say_reasons(self) -> None:
        for what, row in (
            ("layer", self._layer_row), ("encoding", self._encoding_row), ("delimiter", self._delimiter_row),
            ("header", self._header_row), ("decimal", self._decimal_row),
            ("track", self._track_row), ("clock", self._clock_row),
        ):  # fmt: skip
            self.rows.why(row, reason(self._found.get(what)))
        self.notes.setText(notes(e for e in self._found.values() if e.what not in _OWN))
        self.notes.setVisible(bool(self.notes.text()))
        parts = [self.layer.currentText() if self.layer.count() > 1 else "", self._value("encoding") or ""]
        delimiter = self._value("delimiter")
        if delimiter is not None:
            parts.append(tr(dict(DELIMITERS.values()).get(delimiter, delimiter)))
        line = self._line()
        if line is not None:
            parts.append(tr("header in line {line}", line=line) if line else tr("no header"))
        self.say(" · ".join(part for part in parts if part))

    def _chosen(self, _row: int) -> None:
        self._say_reasons()
        self.changed.emit()

    def _say(self, *_language: object) -> None:
        self._fill(self.dialect)


def raw_of_photos(raw: RawTable | None) -> bool:
    """Whether rows are photos, also where none of them has a place."""
    return raw is not None and (
        raw.layer == "photos"
        or raw.media == ("photo",)
        or any(reject.why.code.startswith("import.photo_") for reject in raw.unreadable[:100])
    )


def _seconds(parent: QLineEdit) -> QDoubleValidator:
    made = QDoubleValidator(-_MOST_OFFSET_S, _MOST_OFFSET_S, 1, parent)
    made.setNotation(QDoubleValidator.Notation.StandardNotation)
    made.setLocale(QLocale.c())
    return made
