"""Where a file's rows lie: columns, their order, system, datum and shift; each as found, or as the user says."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.imports.evidence_rows import EvidenceRows, OfferCard, automatic, latest, notes, reason, small_button
from desktop.imports.shift_dialog import ShiftDialog, is_old
from desktop.imports.systems import SystemBox, system_name
from desktop.shell.words import mark, tr, words
from desktop.styling.controls import CalmBox, Fold
from gis.exchange.placement import Placement
from gis.exchange.raw import Evidence, RawTable
from gis.exchange.shift_detection import DatumProposal
from gis.geometry.shifts import Helmert7, Shift

DATUMS = (
    ("wgs84", mark("WGS84")), ("cgcs2000", mark("CGCS2000")), ("gcj02", mark("GCJ-02 (AMap, Tencent)")),
    ("bd09", mark("BD-09 (Baidu)")),
)  # fmt: skip
_DATUM_NAMES = dict(DATUMS)
_OWN = frozenset({"columns", "order", "crs", "datum", "shift"})
ORDERS = {False: mark("longitude or easting first"), True: mark("latitude or northing first")}
SAME = ""  # the latitude stands in the same column as the longitude


@dataclass(frozen=True, slots=True)
class PositionChoices:
    """What the user says about the position; None leaves it to the evidence."""

    x: str | None = None
    y: str | None = None
    swapped: bool | None = None
    crs: str | None = None
    datum: str | None = None
    shift: Shift | None = None


class PositionSection(Fold):
    """Emits ``changed`` when the rows must be placed anew."""

    changed = Signal()

    def __init__(self, project_crs: str) -> None:
        body = QWidget()
        self._project_crs = project_crs
        self._raw: RawTable | None = None
        self._placement: Placement | None = None
        self._found: dict[str, Evidence] = {}
        self._swapped: bool | None = None
        self._shift: Shift | None = None
        self._given = False  # the user named the columns
        self._proposal: DatumProposal | None = None
        self.rows = EvidenceRows()
        self.x, self.y, self.datum = CalmBox(), CalmBox(), CalmBox()
        self.order = CalmBox()
        self.swap = small_button("mdi6.swap-vertical", "Exchange the two columns")
        self.crs = SystemBox((project_crs,))
        self.shift = QPushButton()
        self.shift.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._x_row = self.rows.row("Longitude or easting", self.x)
        self._y_row = self.rows.row("Latitude or northing", self.y, self.swap)
        self._order_row = self.rows.row("Order", self.order)
        self._crs_row = self.rows.row("Coordinate system", self.crs)
        self._datum_row = self.rows.row("Datum", self.datum)
        self._shift_row = self.rows.row("Shift", self.shift)
        self.notes = QLabel()
        self.notes.setProperty("role", "faint")
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.card = OfferCard()
        self.card.accepted.connect(self._accept)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        column.addLayout(self.rows)
        column.addWidget(self.notes)
        column.addWidget(self.card)
        super().__init__("import|Position", body, open_=True)
        self.x.currentIndexChanged.connect(self._column_chosen)
        self.y.currentIndexChanged.connect(self._column_chosen)
        self.order.currentIndexChanged.connect(self._order_chosen)
        self.datum.currentIndexChanged.connect(self._chosen)
        self.crs.picked.connect(self._chosen)
        self.swap.clicked.connect(self._swap)
        self.shift.clicked.connect(self.edit_shift)
        words().changed.connect(self._say)
        self.reset()

    # What is chosen -------------------------------------------------------------------------------------------------
    def choices(self) -> PositionChoices:
        """What is chosen."""
        x, y = (self.x.currentData(), self.y.currentData()) if self._given else (None, None)
        return PositionChoices(
            x, y or None, self._swapped, self.crs.value, self.datum.currentData(), self._shift
        )  # fmt: skip

    def set_choices(self, chosen: PositionChoices) -> None:
        """Take what a recipe says, without telling."""
        self._swapped, self._shift, self._given = chosen.swapped, chosen.shift, chosen.x is not None
        self._fill(chosen)

    def reset(self) -> None:
        """Another file: everything is found anew."""
        self._raw = self._placement = self._proposal = None
        self._found = {}
        self._swapped, self._shift, self._given = None, None, False
        self.card.hide()
        self._fill(PositionChoices())

    # What was found -------------------------------------------------------------------------------------------------
    def show_raw(self, raw: RawTable) -> None:
        """Offer a file's columns, when its position has yet to be found."""
        chosen = self.choices()
        self._raw, self._placement, self._found = raw, None, {}
        self._fill(chosen)

    def show_placement(self, raw: RawTable, placement: Placement) -> None:
        """Show what was found, and why."""
        chosen = self.choices()
        self._raw, self._placement = raw, placement
        self._found = latest(raw.evidence, placement.evidence)
        self._fill(chosen)

    def show_proposal(self, proposal: DatumProposal | None) -> None:
        """Offer a datum by which the rows meet known features (`gis.exchange.shift_detection`); None takes it away."""
        self._proposal = proposal
        self._say_proposal()

    # The face -------------------------------------------------------------------------------------------------------
    def _fill(self, chosen: PositionChoices) -> None:
        raw, placed = self._raw, self._placement
        own = raw is not None and raw.geometry is not None
        names = raw.columns if raw is not None else ()
        alone = placed is not None and placed.kind in ("pair", "wkt")
        x, y = (chosen.x, chosen.y or SAME) if self._given else (None, None)
        if not self._given and placed is not None and not own:
            x, y = placed.x, SAME if alone else placed.y
        text = tr("from the geometry") if own else tr("found by itself")
        gone = [name for name in (x, y) if name and name not in names]  # of a recipe for another file
        columns = [(name, name) for name in (*names, *gone)]
        self.x.fill([(text, None), *columns], None if own else x)
        self.y.fill([(text, None), (tr("in the same column"), SAME), *columns], None if own else y)
        self.rows.reveal(self._x_row, not own)
        self.rows.reveal(self._y_row, not own)
        self.swap.setVisible(bool(x and y))
        found = None if placed is None else ORDERS[placed.swapped]
        self.order.fill(
            [(automatic(tr(found) if found and chosen.swapped is None else None), None),
             *((tr(said), swapped) for swapped, said in ORDERS.items())],
            chosen.swapped,
        )  # fmt: skip
        self.rows.reveal(self._order_row, own or (placed.kind == "pair" if placed is not None else y == SAME))
        self.crs.show_value(chosen.crs, placed.crs if placed and not chosen.crs else None)
        found_datum = placed.datum if placed and not chosen.datum else None
        self.datum.fill(
            [(automatic(tr(_DATUM_NAMES[found_datum]) if found_datum else None), None),
             *((tr(said), name) for name, said in DATUMS)],
            chosen.datum,
        )  # fmt: skip
        self._say_reasons()

    def _say_reasons(self) -> None:
        placed = self._placement
        columns, order = reason(self._found.get("columns")), reason(self._found.get("order"))
        self.rows.why(self._x_row, columns)
        self.rows.why(self._y_row, order if self.order.isHidden() else "")
        self.rows.why(self._order_row, order)
        crs = self._found.get("crs")
        if crs is None and placed is not None and placed.kind == "own" and self.crs.value is None:
            self.rows.why(self._crs_row, tr("as the file itself says"))
        else:
            self.rows.why(self._crs_row, reason(crs))
        self.rows.why(self._datum_row, reason(self._found.get("datum")))
        own = placed.evidence if placed is not None else ()
        self.notes.setText(notes(e for e in own if e.what not in _OWN))
        self.notes.setVisible(bool(self.notes.text()))
        self.shift.setText(shift_text(self._shift))
        self.rows.why(self._shift_row, self._shift_reason())
        said = [", ".join(box.currentText() for box in (self.x, self.y) if box.currentData())]
        if placed is not None:
            said += [placed.crs, tr(_DATUM_NAMES[placed.datum]).split(" (")[0]]
        self.say(" · ".join(s for s in said if s))

    def _shift_reason(self) -> str:
        if isinstance(self._shift, Helmert7):
            return tr("from {crs}", crs=system_name(self._shift.source_crs))
        if self._shift is not None:
            return tr("from a plane grid to {crs}", crs=system_name(self._shift.target_crs or self._project_crs))
        crs = self.crs.value or (self._placement.crs if self._placement is not None else None)
        if crs is None and self._raw is not None:
            crs = self._raw.crs
        return tr("This datum leads to CGCS2000 only by parameters or control points.") if is_old(crs) else ""

    def _say_proposal(self) -> None:
        p = self._proposal
        self.card.setVisible(p is not None)
        if p is None:
            return
        given = {
            "offset": f"{p.offset_m:,.0f}", "matched": f"{p.matched:,}", "before": f"{p.before_m:,.0f}",
            "after": f"{p.after_m:,.1f}",
        }  # fmt: skip
        if p.datum is not None:
            name = tr(_DATUM_NAMES[p.datum])
            self.card.show_texts(
                tr("All rows lie about {offset} m beside known features. Read as {datum}, {matched} of them fit: "
                   "{before} m becomes {after} m.", datum=name, **given),
                tr("Read as {datum}", datum=name),
            )  # fmt: skip
            return
        self.card.show_texts(
            tr("All rows lie {east} m east and {north} m north of known features. Moved back, {matched} of them fit: "
               "{before} m becomes {after} m. No datum explains it: look at the coordinate system first.",
               east=f"{-p.dx_m:+,.1f}", north=f"{-p.dy_m:+,.1f}", **given),
            tr("Move all rows") if self._constant(p) is not None else "",
        )  # fmt: skip

    def _constant(self, proposal: DatumProposal) -> Shift | None:
        """The proposed step as a shift in the project's plane; None where another shift is at work already."""
        placed = self._placement
        return None if placed is None or placed.shift is not None else proposal.step(self._project_crs)

    # What the user does ---------------------------------------------------------------------------------------------
    def _chosen(self, *_row: int) -> None:
        self._say_reasons()
        self.changed.emit()

    def _column_chosen(self, _row: int) -> None:
        x, y = self.x.currentData(), self.y.currentData()
        if x is None and y is None and self._given:
            self._given, self._swapped = False, None
            self._chosen()
        elif x is not None and y is not None:
            self._given = True
            self._swapped = False if y else None  # columns named one by one are taken as they are named
            self._chosen()

    def _order_chosen(self, _row: int) -> None:
        self._swapped = self.order.currentData()
        self._chosen()

    def _swap(self) -> None:
        x, y = self.x.currentData(), self.y.currentData()
        self._given, self._swapped = True, False
        self._fill(PositionChoices(y, x, False, self.crs.value, self.datum.currentData(), self._shift))
        self._chosen()

    def _accept(self) -> None:
        proposal = self._proposal
        self.show_proposal(None)
        if proposal is None:
            return
        if proposal.datum is not None:
            self.datum.setCurrentIndex(self.datum.findData(proposal.datum))
        else:
            self._take_shift(self._constant(proposal))

    def edit_shift(self) -> None:
        """Ask for parameters or control points."""
        crs = self.crs.value or (self._placement.crs if self._placement is not None else None)
        if crs is None and self._raw is not None:
            crs = self._raw.crs
        dialog = ShiftDialog(self._shift, crs, self._project_crs, self)
        dialog.taken.connect(self._take_shift)
        dialog.show()

    def _take_shift(self, shift: Shift | None) -> None:
        if shift == self._shift:
            return
        self._shift = shift
        if isinstance(shift, Helmert7) and self.crs.value != shift.source_crs:
            self.crs.show_value(shift.source_crs)  # seven parameters begin at their own datum
        self._chosen()

    def _say(self, *_language: object) -> None:
        self._fill(self.choices())
        self._say_proposal()


def shift_text(shift: Shift | None) -> str:
    """A shift in few words."""
    if shift is None:
        return tr("shift|None…")
    if isinstance(shift, Helmert7):
        return tr("7 parameters…")
    return tr("4 parameters: {dx} m, {dy} m…", dx=f"{shift.dx:,.1f}", dy=f"{shift.dy:,.1f}")
