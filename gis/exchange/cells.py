"""Values of any reader as the text cells of a RawTable."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def columns_of(records: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], dict[str, NDArray[np.object_]]]:
    """(names in order of appearance, name -> object (n,) of text or None) of n records."""
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
    cells = {str(name): text_column([record.get(name) for record in records]) for name in names}
    return tuple(cells), cells


def text_column(values: Sequence[Any]) -> NDArray[np.object_]:
    """Object (n,) of text, None where there is nothing."""
    column = np.empty(len(values), dtype=object)
    column[:] = [text_of(value) for value in values]
    return column


def text_of(value: Any) -> str | None:
    """One value as text: whole numbers without a point, lists and tables as JSON, empty and NaN as None."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
