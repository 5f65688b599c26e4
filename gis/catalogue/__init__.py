"""The catalogue of feature classes: the one source of truth for tables, forms, imports, symbols and words."""

from gis.catalogue.model import Catalogue, Code, FeatureClass, Field, Label, Symbol
from gis.catalogue.reading import load_catalogue

__all__ = ["Catalogue", "Code", "FeatureClass", "Field", "Label", "Symbol", "load_catalogue"]
