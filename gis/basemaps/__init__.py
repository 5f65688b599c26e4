"""Base maps: pictures of the ground from tiles and rasters, brought into the project CRS."""
