"""The shifted coordinates of Chinese web maps: GCJ-02 (AMap, Tencent) and BD-09 (Baidu) from and to WGS 84, vectorised.

All angles are degrees, longitude first; arrays in, arrays of the same shape out. The forward formulas are the published
reverse engineering of the two systems (the "eviltransform" of the OpenStreetMap community, checked by everybody against
the maps themselves); there is no standard. Each inverse is found by iteration and meets its own forward to well under
0.01 m. Outside the rectangle in which GCJ-02 is defined, positions stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]

_A = 6_378_245.0  # Krassowsky 1940, which the shift is computed on
_E2 = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_BAIDU = np.pi * 3000.0 / 180.0
_CLOSE = 1e-9  # degrees: 0.1 mm
_PIECE = 8192
_ROUNDS = 30  # the shift changes by under a thousandth of the way, so four or five do


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """GCJ-02 of WGS 84 positions."""
    x, y = _arrays(lon, lat)
    dx, dy = _shift(x, y)
    return x + dx, y + dy


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """WGS 84 of GCJ-02 positions, exact to its own forward."""
    return _inverse(wgs84_to_gcj02, *_arrays(lon, lat))


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """BD-09 of GCJ-02 positions."""
    x, y = _arrays(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU)
    inside = _inside(x, y)
    return (
        np.where(inside, radius * np.cos(angle) + 0.0065, x),
        np.where(inside, radius * np.sin(angle) + 0.006, y),
    )


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """GCJ-02 of BD-09 positions, exact to its own forward."""
    return _inverse(gcj02_to_bd09, *_arrays(lon, lat))


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """BD-09 of WGS 84 positions."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """WGS 84 of BD-09 positions, exact to its own forward."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _inverse(
    forward: Callable[[NDArray[np.float64], NDArray[np.float64]], Pair], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Pair:
    """What ``forward`` brings to (x, y): start there and go back by the shift until it is met.

    In pieces that stay in the processor's cache.
    """
    if x.ndim == 1 and x.shape == y.shape and len(x) > _PIECE:
        u, v = np.empty_like(x), np.empty_like(y)
        for start in range(0, len(x), _PIECE):
            piece = slice(start, start + _PIECE)
            u[piece], v[piece] = _inverse(forward, x[piece], y[piece])
        return u, v
    u, v = x.copy(), y.copy()
    for _ in range(_ROUNDS):
        fx, fy = forward(u, v)
        ex, ey = x - fx, y - fy
        u, v = u + ex, v + ey
        if not np.any(np.maximum(np.abs(ex), np.abs(ey)) > _CLOSE):  # NaN compares false and ends here too
            break
    return u, v


def _shift(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x)) * 20.0
    north = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
        + (waves + (np.sin(np.pi * y) + 2.0 * np.sin(np.pi * y / 3.0)) * 20.0) * 2.0 / 3.0
        + (np.sin(np.pi * y / 12.0) * 160.0 + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    east = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
        + (waves + (np.sin(np.pi * x) + 2.0 * np.sin(np.pi * x / 3.0)) * 20.0) * 2.0 / 3.0
        + (np.sin(np.pi * x / 12.0) * 150.0 + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    phi = np.radians(lat)
    w2 = 1.0 - _E2 * np.sin(phi) ** 2
    meridian = _A * (1.0 - _E2) / (w2 * np.sqrt(w2))
    parallel = _A / np.sqrt(w2) * np.cos(phi)
    inside = _inside(lon, lat)
    return np.where(inside, np.degrees(east / parallel), 0.0), np.where(inside, np.degrees(north / meridian), 0.0)


def _inside(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)


def _arrays(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)
