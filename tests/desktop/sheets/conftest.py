from tests.gis.sheets.conftest import analysed, city

__all__ = ["analysed", "city"]
