"""Base maps: pictures of the ground from tiles and rasters, brought into the project CRS."""

from gis.basemaps.basemap import BaseMap, BaseMapSpec, GroundPicture, ViewLike, open_basemap, recognise

__all__ = ["BaseMap", "BaseMapSpec", "GroundPicture", "ViewLike", "open_basemap", "recognise"]
