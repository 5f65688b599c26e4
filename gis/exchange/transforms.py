"""How the cells of a file become the values of a field: column, constant, unit, split, join, renamed, computed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.values import Problems, read_column
from gis.errors import Refusal
from gis.exchange.cells import text_of
from gis.exchange.raw import RawTable
from gis.exchange.units import converted

#: Computes an expression over a file's columns, one value a row: ``evaluate(raw, "number(高度) / 100")``.
Evaluate = Callable[[RawTable, str], "NDArray[Any]"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field's values come from.

    A ``column``, one ``constant`` for all rows, or an ``expression`` over the file's columns; ``values`` renames cells
    last. ``split`` cuts a cell and takes its ``part`` (1-based, negative from the end); ``join`` names further columns
    whose filled cells are glued on; ``unit`` is the cells' own where it is not the field's.
    """

    column: str | None = None
    constant: Any = None
    values: Map[str, str] = field(default_factory=dict)
    unit: str | None = None
    split: str | None = None
    part: int = 1
    join: tuple[str, ...] = ()
    glue: str = " "
    expression: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's columns it names."""
        first = () if self.column is None else (self.column,)
        return tuple(dict.fromkeys((*first, *self.join)))

    @property
    def plain(self) -> bool:
        """Whether it is a column or a constant and nothing else."""
        return not (self.values or self.unit or self.split or self.join or self.expression)


def cells_of(raw: RawTable, source: Source, evaluate: Evaluate | None = None) -> NDArray[Any]:
    """The cells one Source stands for, (n,), before their unit: text, None where empty; an expression's may be numbers.

    Raises Refusal ``import.no_column``, ``import.no_part`` for part 0, and what ``evaluate`` raises.
    """
    if source.expression is not None:
        if evaluate is None:
            raise Refusal("import.no_calculator", expression=source.expression[:80])
        cells = evaluate(raw, source.expression)
    elif source.column is None and not source.join:
        return np.full(len(raw), source.constant, dtype=object)
    else:
        for name in source.columns:
            if name not in raw.cells:
                raise Refusal("import.no_column", column=name, known=", ".join(raw.columns))
        cells = raw.cells[source.columns[0]]
    if source.split:
        cells = _part(cells, source.split, source.part)
    others = source.join if source.column is not None or source.expression is not None else source.join[1:]
    if others:
        cells = _joined([cells, *(raw.cells[name] for name in others)], source.glue)
    return _renamed(cells, source.values) if source.values else cells


def values_of(
    raw: RawTable, cls: FeatureClass, f: Field, source: Source, evaluate: Evaluate | None = None
) -> tuple[NDArray[Any], Problems]:
    """A field's stored column (n,) and, by row, why a cell does not fit. Raises as `cells_of` and `units.factor_of`."""
    cells = cells_of(raw, source, evaluate)
    if source.unit is not None:
        cells, unread = converted(cells, f, source.unit)
        values, problems = read_column(cls, f, cells)
        return values, {**problems, **unread}
    return read_column(cls, f, cells)


def _part(cells: NDArray[Any], mark: str, part: int) -> NDArray[np.object_]:
    """One piece of each cell, None where it has fewer."""
    if part == 0:
        raise Refusal("import.no_part")
    at = part - 1 if part > 0 else part
    made: list[str | None] = []
    for text in _texts(cells):
        pieces = () if text is None else text.split(mark)
        made.append((pieces[at].strip() or None) if -len(pieces) <= at < len(pieces) else None)
    return _objects(made)


def _joined(columns: list[NDArray[Any]], glue: str) -> NDArray[np.object_]:
    """The filled cells of each row in one text, None where none is."""
    texts = [_texts(column) for column in columns]
    return _objects([glue.join(c for c in row if c is not None) or None for row in zip(*texts, strict=True)])


def _renamed(cells: NDArray[Any], values: Map[str, str]) -> NDArray[np.object_]:
    """Cells that stand in ``values`` as what it says; one that becomes "" is empty."""
    return _objects([None if text is None else values.get(text, text) or None for text in _texts(cells)])


def _texts(cells: NDArray[Any]) -> list[str | None]:
    """Cells as text: an expression's whole numbers without a point."""
    return [cell if cell is None or isinstance(cell, str) else text_of(cell) for cell in cells.tolist()]


def _objects(values: list[Any]) -> NDArray[np.object_]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
