"""Names on the map: what could be written, where it could stand, and what fits."""
