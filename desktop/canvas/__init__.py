"""The map canvas: viewport, frames, compositing, overlay."""
