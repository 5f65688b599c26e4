"""Before and after: the figures of the inventory beside those of the trial."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from desktop.shell.formatting import number, share
from desktop.shell.words import mark, tr, words

_NAMES = (
    mark("Area covered"),
    mark("People covered"),
    mark("Urban people"),
    mark("Ground (km²)"),
    mark("figures|Sites"),
)
_HEADS = ("", mark("Before"), mark("After"), mark("figures|Change"))


class FiguresTable(QWidget):
    """Shows `gis.project.what_if.Figures`; greyed while changes wait to be counted."""

    def __init__(self) -> None:
        super().__init__()
        self._figures: Any = None
        self._waiting = False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        self.cells = [[QLabel() for _ in _HEADS] for _ in range(len(_NAMES) + 1)]
        for i, row in enumerate(self.cells):
            for j, label in enumerate(row):
                if i == 0 or j == 0:
                    label.setProperty("role", "soft")
                label.setAlignment(
                    (Qt.AlignmentFlag.AlignRight if j else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
                )
                grid.addWidget(label, i, j)
        words().changed.connect(self._say)
        self._say()

    def show_figures(self, figures: Any) -> None:
        """Show these; None: none."""
        self._figures, self._waiting = figures, False
        self._say()

    def wait(self) -> None:
        """Changes are made that are not counted yet."""
        if not self._waiting and self._figures is not None:
            self._waiting = True
            self._say()

    def _say(self) -> None:
        for label, head in zip(self.cells[0], _HEADS, strict=True):
            label.setText(tr(head) if head else "")
        if self._figures is None:  # they follow
            for row, name in zip(self.cells[1:], _NAMES, strict=True):
                for label, text in zip(row, (tr(name), "…", "…", ""), strict=True):
                    label.setText(text)
                    label.setVisible(True)
            return
        before, after = (_values(totals) for totals in (self._figures.before, self._figures.after))
        for row, name, old, new in zip(self.cells[1:], _NAMES, before, after, strict=True):
            for label in row:
                label.setVisible(old[0] is not None)
            if old[0] is None:
                continue
            row[0].setText(tr(name))
            row[1].setText(old[1])
            row[2].setText("…" if self._waiting else new[1])
            row[3].setText("" if self._waiting else _difference(name, old[0], new[0] or 0.0))
            font = row[2].font()
            font.setBold(True)
            row[2].setFont(font)


def _values(totals: Any) -> list[tuple[float | None, str]]:
    head, urban = totals.headline, totals.urban
    ground = head["area_share"] if head else None
    people = head["population_share"] if head else None
    city = urban["population_share"] if urban else None
    covered = head["covered_m2"] if head else None
    return [
        (ground, "" if ground is None else share(ground)),
        (people, "" if people is None else share(people)),
        (city, "" if city is None else share(city)),
        (covered, "" if covered is None else _km2(covered)),
        (float(totals.sites), number(totals.sites)),
    ]


def _difference(name: str, old: float, new: float) -> str:
    gap = new - old
    if name == "Ground (km²)":
        said = _km2(abs(gap)) if abs(gap) >= 5_000 else ""
    elif name == "figures|Sites":
        said = number(abs(round(gap))) if round(gap) else ""
    else:
        points = f"{abs(gap) * 100:.2f}"
        said = tr("{points} pp", points=points) if points != "0.00" else ""
    return f"{'+' if gap > 0 else '−'}{said}" if said else "0"


def _km2(square_metres: float) -> str:
    return number(square_metres / 1e6, 2 if square_metres < 1e8 else 1)
