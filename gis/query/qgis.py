"""Filter expressions in the words of QGIS, and back as far as they go."""

from __future__ import annotations

import re

from gis.catalogue import FeatureClass
from gis.errors import Refusal
from gis.query.filters import Parser, compile_filter
from gis.query.functions import Function
from gis.query.parts import Parameter, Part

_FIELD = re.compile(r'"(\w+)"')
_NAMES = {"size": "length", "least": "min", "greatest": "max", "number": "to_real", "text": "to_string"}
_SHAPES = {
    "length": "$length", "area": "$area", "perimeter": "$perimeter", "x": "x(centroid($geometry))",
    "y": "y(centroid($geometry))", "vertices": "num_points($geometry)", "today": "to_date(now())",
    "azimuth": "degrees(azimuth(start_point($geometry), end_point($geometry)))",
}  # fmt: skip
_TEXT = re.compile(r"'(?:[^']|'')*'")


def qgis_expression(where: str, cls: FeatureClass) -> str:
    """A filter over ``cls`` as a QGIS expression that holds for the same features. Raises Refusal ``query.*``."""
    parser = _QgisParser(where, cls)
    part = parser.any_of(0)
    parser.end()
    pieces = part.sql.split("?")
    written = [_literal(value) for value in part.parameters]
    return "".join(piece + value for piece, value in zip(pieces, [*written, ""], strict=True))


def filter_of_qgis(expression: str, cls: FeatureClass) -> str | None:
    """A QGIS expression as a filter over ``cls``; None where it says what filters cannot."""
    words: list[str] = []
    at = 0
    for text in _TEXT.finditer(expression):
        words += [_plain(expression[at : text.start()]), text[0].replace("\\\\", "\\")]
        at = text.end()
    made = "".join([*words, _plain(expression[at:])]).strip()
    try:
        compile_filter(made, cls)
    except Refusal:
        return None
    return made


class _QgisParser(Parser):
    """QGIS has no BETWEEN before 3.30, and its LIKE minds capitals where SQLite's does not."""

    like = "ILIKE"

    def written(self, function: Function, arguments: list[str]) -> str:
        """A call in QGIS's names; lengths and areas there are by the project's ellipsoid setting."""
        if function.name in _SHAPES:
            return _SHAPES[function.name]
        if function.name == "if":
            return function.sql(arguments)
        return f"{_NAMES.get(function.name, function.name)}({', '.join(arguments)})"

    def between(self, left: Part, word: str, low: Part, high: Part) -> Part:
        parameters = left.parameters + low.parameters + left.parameters + high.parameters
        return Part(f"({word}({left.sql} >= {low.sql} AND {left.sql} <= {high.sql}))", parameters)


def _literal(value: Parameter) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return "NULL" if value is None else repr(value)


def _plain(piece: str) -> str:
    """Outside of texts: fields without their quotes, QGIS's words as ours."""
    return re.sub(r"\bILIKE\b", "like", _FIELD.sub(r"\1", piece), flags=re.IGNORECASE)
