"""Forms built from the catalogue."""
