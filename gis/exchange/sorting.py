"""A file of several classes: which column says what each row is, and which class each of its words means."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.errors import Refusal
from gis.exchange.raw import RawTable


@dataclass(frozen=True, slots=True)
class Sorting:
    """``classes``: cell of ``column`` -> name of the class; rows with another cell belong to none."""

    column: str
    classes: Map[str, str]

    def rows(self, raw: RawTable) -> dict[str, NDArray[np.int64]]:
        """Class -> its row numbers; under "" those of no class. Raises Refusal ``import.no_column``."""
        if self.column not in raw.cells:
            raise Refusal("import.no_column", column=self.column, known=", ".join(raw.columns))
        found: dict[str, list[int]] = {}
        for row, cell in enumerate(raw.cells[self.column]):
            found.setdefault("" if cell is None else self.classes.get(cell, ""), []).append(row)
        return {cls: np.array(rows, dtype=np.int64) for cls, rows in found.items()}


def guess_sorting(raw: RawTable, catalogue: Catalogue) -> Sorting | None:
    """The column whose words mostly name classes of the catalogue, at least two of them; None where there is none."""
    return None
