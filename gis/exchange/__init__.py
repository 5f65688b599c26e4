"""Staged imports and exports; one module a format."""
