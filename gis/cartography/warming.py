"""Compiles the kernels of clusters, surfaces, shades, patterns and wedges, or fetches them from the cache."""

from __future__ import annotations

import numpy as np

from gis.cartography import clusters, heat, kernels, patterns, shading, wedges


def compile_symbols() -> None:
    """Call each kernel once with the types it is drawn with."""
    coords = np.array([[1.0, 7.0], [6.0, 7.0], [6.0, 2.0], [1.0, 7.0]])
    offsets = np.array([0, 4], np.int64)
    first, last, positions = np.zeros(1, np.int64), np.ones(1, np.int64), np.zeros(1, np.int64)
    bounds = np.array([[1.0, 2.0, 6.0, 7.0]])
    buffer = np.zeros((8, 8), np.uint32)
    whole = (np.zeros(4, np.int64), np.zeros((4, 2)), np.zeros(4, np.int64), np.zeros(4, np.int64))
    clusters.gather(bounds, positions, 0.1, 0, -1, 2, 2, *whole, 0)
    grid, weight = np.zeros((8, 8), np.float32), np.ones(1, np.float32)
    heat.spread_places(grid, coords, offsets, first, bounds, positions, weight, 1.0, 0, -8, False)
    heat.spread_lines(grid, coords, offsets, first, last, positions, weight, 1.0, 0, -8)
    heat.lengths(coords, offsets, first, last, positions)
    heat.blur(grid, grid.copy(), heat.blur_weights(2.0))
    heat.color(buffer, np.zeros((12, 12), np.float32), 1, -2, -2, 1.0, np.zeros(256, np.uint32))
    shading.sum_lengths(grid, coords, offsets, first, last, positions, 0.0, 8.0, 1.0, 1.0)
    ink = np.zeros(64, np.float32)
    shading.cover(buffer.reshape(-1), ink, ink.view(np.uint64), 0x336699, 1.0)
    mask, words = kernels.new_mask(8, 8)
    patterns.lay_pattern(np.zeros((8, 8), np.uint8), 0.0, 0.0, 3.0, 1.0, np.array([[1.0, 0.0]]))
    patterns.cut(mask, words, np.zeros((8, 8), np.uint8))
    one = np.ones(1)
    wedges.paint(buffer, np.ones((1, 2)), one, one, one, first, np.zeros(1, np.int64), 0.3, 1.0, 0.7)
