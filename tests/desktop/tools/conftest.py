"""Tools are tried on the canvas of the test town."""

from tests.desktop.canvas.conftest import at_rest, canvas, drag, pixel, scroll, town, town_file, wishes

__all__ = ["at_rest", "canvas", "drag", "pixel", "scroll", "town", "town_file", "wishes"]
