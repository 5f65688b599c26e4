"""Questions to the city: filter expressions compiled to parameterised SQL."""

from gis.query.filters import compile_filter, compile_value
from gis.query.functions import Function, functions_for
from gis.query.parts import Condition, Expression
from gis.query.qgis import filter_of_qgis, qgis_expression

__all__ = [
    "Condition",
    "Expression",
    "Function",
    "compile_filter",
    "compile_value",
    "filter_of_qgis",
    "functions_for",
    "qgis_expression",
]
