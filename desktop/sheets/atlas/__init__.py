"""Atlases: a sheet for each area, square, route or query result, drawn by several processes and bound together."""

from desktop.sheets.atlas.making import AtlasMade, atlas_made, atlas_order, make_atlas

__all__ = ["AtlasMade", "atlas_made", "atlas_order", "make_atlas"]
