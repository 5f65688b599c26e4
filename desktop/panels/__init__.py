"""Panels: layers, search, history, analysis."""
