"""Questions to the city: filter expressions compiled to parameterised SQL."""

from gis.query.filters import Condition, compile_filter

__all__ = ["Condition", "compile_filter"]
