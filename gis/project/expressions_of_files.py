"""The calculator's language over the columns of a file, before any of it is in a project.

A column is called by its name; where that is no plain word (``高度 (m)``), by the word made of it (``高度_m``) or in
brackets: ``[高度 (m)] / 100``. Columns whose cells are all numbers are numbers, dates are dates, the rest is text.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Label
from gis.catalogue.model import Field, FieldType
from gis.editing.values import read_column
from gis.errors import Cancelled, Refusal
from gis.exchange.raw import RawTable
from gis.exchange.transforms import Evaluate
from gis.progress import Progress
from gis.query import Expression, compile_value
from gis.query.functions import ValueType

_SAMPLE = 2000
_STEPS = 10_000  # of SQLite's machine, between two looks at the clock
_SECONDS = 120.0
_LONGEST = 1_000_000  # letters of one value
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d{0,14})?(?:\.\d+)?(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}\Z", re.ASCII)
_BRACKETED = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|“[^”]*”)|\[([^\[\]]+)\]""")
_RESERVED = frozenset({"and", "or", "not", "in", "is", "like", "between", "null", "true", "false", "或", "且", "非"})


def calculator(raw: RawTable, progress: Progress | None = None) -> Evaluate:
    """What computes expressions over a file, or over parts of it: the types of its columns are settled once.

    What it gives raises Refusal ``query.*`` for what is wrong in the expression, ``import.cannot_compute`` for what
    cannot be computed, and Cancelled.
    """
    cls = class_of_file(raw)

    def evaluate(part: RawTable, expression: str) -> NDArray[Any]:
        made = _compiled(expression, cls, raw)
        return _column(list(_values(part, cls, made, expression, progress)), made.gives)

    return evaluate


def sample(raw: RawTable, expression: str, limit: int = 20) -> tuple[ValueType, list[Any]]:
    """The type an expression gives and its value in the first rows: what an editor shows while it is typed."""
    cls = class_of_file(raw)
    made = _compiled(expression, cls, raw)
    return made.gives, list(_values(raw, cls, made, expression, None, limit))


def class_of_file(raw: RawTable) -> FeatureClass:
    """A file's columns as a class without a place, for the calculator and its editor: each field is a column, its label
    the column's own name."""
    taken: set[str] = set()
    fields = []
    for column in raw.columns:
        word = re.sub(r"\W+", "_", column).strip("_") or "column"
        if word[0].isdigit() or word.casefold() in _RESERVED:
            word = f"_{word}"
        name, count = word, 2
        while name.casefold() in taken:
            name, count = f"{word}_{count}", count + 1
        taken.add(name.casefold())
        fields.append(Field(name, _kind(raw, column), Label(column, column)))
    label = Label("文件", "File")
    return FeatureClass("file", label, "ground", "none", tuple(fields), 0)


def _kind(raw: RawTable, column: str) -> FieldType:
    cells = [cell for cell in raw.part(0, _SAMPLE).cells[column] if cell is not None]
    if cells and all(_NUMBER.match(cell) and cell[-1].isdigit() for cell in cells):
        return "real"
    if cells and any(mark in cells[0] for mark in "-/年."):
        _, problems = read_column(_DATES, _DATES.fields[0], np.array(cells, dtype=object))
        if not problems:
            return "date"
    return "text"


_DATES = FeatureClass(
    "file", Label("文件", "File"), "ground", "none", (Field("date", "date", Label("日期", "Date")),), 0
)


def _compiled(expression: str, cls: FeatureClass, raw: RawTable) -> Expression:
    """Compiled, with ``[column]`` written as its field; of the same length, so that an error points at the letter."""
    by_column = dict(zip(raw.columns, cls.fields, strict=True))
    extra: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            return found[1]
        field = by_column.get(found[2].strip())
        if field is None:
            raise Refusal(
                "query.no_field", field=found[2], at=found.start() + 1, known=", ".join(f.name for f in cls.fields)
            )
        alias = f"_{len(extra)}".ljust(len(found[0]), "_")
        extra[alias] = field.name
        return alias

    text = _BRACKETED.sub(plain, expression)
    if extra:
        aliases = {name: tuple(a for a, n in extra.items() if n == name) for name in extra.values()}
        fields = tuple(Field(f.name, f.type, f.label, synonyms=aliases.get(f.name, ())) for f in cls.fields)
        cls = FeatureClass(cls.name, cls.label, cls.family, cls.geometry, fields, cls.order)
    return compile_value(text, cls)


def _values(
    raw: RawTable, cls: FeatureClass, made: Expression, expression: str, progress: Progress | None,
    limit: int | None = None,
) -> Iterator[Any]:  # fmt: skip
    used = [
        (column, f) for column, f in zip(raw.columns, cls.fields, strict=True)
        if f"\"{f.name.casefold()}\"" in made.sql.casefold()
    ]  # fmt: skip
    if limit is not None:
        raw = raw.part(0, limit)
    cells = [_cells(raw.cells[column], f) for column, f in used]
    rows: Any = zip(*cells, strict=True) if cells else ((),) * len(raw)
    given = ", ".join(f'? AS "{f.name}"' for _, f in used)
    text = f"SELECT {made.sql} FROM (SELECT {given})" if used else f"SELECT {made.sql}"
    connection = apsw.Connection(":memory:")
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, _LONGEST)
    until = time.monotonic() + _SECONDS
    connection.set_progress_handler(
        lambda: time.monotonic() > until or (progress is not None and progress.cancelled), _STEPS
    )
    try:
        for (value,) in connection.executemany(text, ((*made.parameters, *row) for row in rows)):
            yield value
    except apsw.InterruptError:
        if progress is not None and progress.cancelled:
            raise Cancelled from None
        raise Refusal("import.cannot_compute", expression=expression[:80], reason=f"> {_SECONDS:g} s") from None
    except apsw.Error as error:
        if "no such column" in str(error):  # the language knows every row's id, a file's rows have none
            known = ", ".join(f.name for f in cls.fields)
            raise Refusal("query.no_field", field="id", at=1, known=known) from None
        raise Refusal("import.cannot_compute", expression=expression[:80], reason=str(error)) from None
    finally:
        connection.close()


def _cells(cells: NDArray[Any], f: Field) -> list[Any]:
    """Cells as the calculator's values; what is no number in a column of numbers stays text."""
    if f.type == "date":
        values, _ = read_column(_DATES, _DATES.fields[0], cells)
        return list(values)
    if f.type == "text":
        return list(cells)
    return [_number(cell) for cell in cells]


def _number(cell: str | None) -> Any:
    if cell is None:
        return None
    if _WHOLE.match(cell):
        return int(cell)
    try:
        return float(cell) if cell[-1:].isdigit() else cell
    except ValueError:
        return cell


def _column(values: list[Any], gives: ValueType) -> NDArray[Any]:
    if gives in ("number", "boolean") and all(v is None or isinstance(v, int | float) for v in values):
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
