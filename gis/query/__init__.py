"""Questions to the city: filter expressions compiled to parameterised SQL."""

from gis.query.filters import Condition, compile_filter
from gis.query.qgis import filter_of_qgis, qgis_expression

__all__ = ["Condition", "compile_filter", "filter_of_qgis", "qgis_expression"]
