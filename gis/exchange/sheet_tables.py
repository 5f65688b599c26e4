"""The rows of a sheet, handed over as text with marked cells, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.errors import Refusal
from gis.exchange import kernels
from gis.exchange.numerals import numerals
from gis.exchange.raw import Dialect, Evidence, RawTable, Reject
from gis.exchange.spreadsheet_child import PART
from gis.exchange.text_cells import Cutting, TextCells
from gis.progress import Progress

_SAMPLE = 200
_ROW = "\0row"  # the column of row numbers, which no sheet can name


def sheet_table(answer: dict[str, Any], text: bytes, dialect: Dialect, progress: Progress | None) -> RawTable:
    """The table of an answer and its cells, both as `spreadsheet_child` describes them."""
    names = tuple(answer["names"])
    data = np.frombuffer(text, dtype=np.uint8)
    cutting = Cutting(PART.encode())
    bounds = _bounds(data, len(names) + 1, cutting, progress)
    numbers = TextCells((_ROW,), data, bounds, cutting).numbers(_ROW)
    assert numbers is not None
    value, reason = answer["evidence"]
    evidence = [Evidence("header", value, reason)]
    layers = tuple(answer["layers"])
    if len(layers) > 1:
        known = ", ".join(layers[:12])
        evidence.insert(0, Evidence("layer", answer["layer"], "import.one_of_layers", {"known": known}))
    if answer["filled"]:
        evidence.append(Evidence("merged", str(len(answer["filled"])), "import.merged_cells"))
    bounds = np.ascontiguousarray(bounds[:, 1:])
    head = TextCells(names, data, bounds[:_SAMPLE], cutting)
    sample = list(zip(*(head[name].tolist() for name in names), strict=True))
    styles, decimal = numerals(sample, len(names), PART, dialect.decimal, typed=True)
    if decimal is not None:
        evidence.append(decimal)
    return RawTable(
        names,
        TextCells(names, data, bounds, cutting, styles),
        numbers.astype(np.int64),
        evidence=tuple(evidence),
        unreadable=tuple(
            Reject(row, Refusal("import.too_many_cells", cells=cells, header=len(names)))
            for row, cells in answer["wide"]
        ),
        layers=layers,
        layer=answer["layer"],
    )


def _bounds(
    data: np.ndarray[tuple[int], np.dtype[np.uint8]], width: int, cutting: Cutting, progress: Progress | None
) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    state = np.array([0, 1], dtype=np.int64)
    size = 1 << 16
    lines, counts = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    blocks = [np.empty((0, width + 1), dtype=np.uint32)]
    while state[0] < len(data):
        block = np.empty((size, width + 1), dtype=np.uint32)
        made, _ = kernels.cut(
            data, True, 0, np.frombuffer(cutting.delimiter, dtype=np.uint8), False, True, state, block, lines, counts,
            np.empty((1, 3), dtype=np.int64),
        )  # fmt: skip
        blocks.append(block[:made])
        if progress is not None:
            progress.step(int(state[0]), len(data), "import.reading")
    return np.concatenate(blocks)
