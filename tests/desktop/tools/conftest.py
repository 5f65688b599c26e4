"""Tools are tried on the canvas of the test town."""

from tests.desktop.canvas.conftest import _compiled, at_rest, canvas, drag, pixel, scroll, town, town_file, wishes

__all__ = ["_compiled", "at_rest", "canvas", "drag", "pixel", "scroll", "town", "town_file", "wishes"]
