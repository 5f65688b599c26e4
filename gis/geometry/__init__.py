"""Shapes and coordinates: numpy, shapely and pyproj, no storage."""
