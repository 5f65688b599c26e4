"""Compiled resampling of pictures, without the GIL. Pictures are uint32 (h, w) of premultiplied ARGB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
U32 = NDArray[np.uint32]
F64 = NDArray[np.float64]

NOWHERE = 1e30  # mesh nodes that have no place in the source lie there
FAR = 1e12
ONE = 1 << 16  # a pixel, in the whole numbers positions are counted with
LANES = np.uint64(0x00FF00FF00FF00FF)  # four channels, 16 bits apart
MOST_SAMPLES = 8  # a side: the sum of a channel must fit 16 bits


def kernel(function: F) -> F:
    """The function compiled without the GIL and kept in numba's cache, where one can be written."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder for the cache: compiled anew in each run
        return cast(F, numba.njit(nogil=True)(function))


@kernel
def resample(out: U32, source: U32, mesh_x: F64, mesh_y: F64, step: int, samples: int) -> None:
    """Fill ``out`` with ``source`` as the mesh says; pixels that lie outside the source stay as they are.

    Node (j, i) of the mesh tells where the corner (i·step, j·step) of ``out`` lies in the source, in its pixels;
    between nodes positions are bilinear. Colours are bilinear too, and with ``samples`` of 2, 4 or 8 the mean of so
    many by so many places within the pixel: area averaging, when the source is finer than the picture.
    """
    h, w = out.shape
    sh, sw = source.shape
    shift = np.uint64(0)
    while (1 << int(shift)) < samples * samples:
        shift += np.uint64(1)
    rounding = np.uint64(samples * samples // 2) * np.uint64(0x0001000100010001)
    for j in range(mesh_x.shape[0] - 1):
        y_end = min((j + 1) * step, h)
        for i in range(mesh_x.shape[1] - 1):
            x_end = min((i + 1) * step, w)
            u00, u01, u10, u11 = mesh_x[j, i], mesh_x[j, i + 1], mesh_x[j + 1, i], mesh_x[j + 1, i + 1]
            v00, v01, v10, v11 = mesh_y[j, i], mesh_y[j, i + 1], mesh_y[j + 1, i], mesh_y[j + 1, i + 1]
            if max(max(abs(u00), abs(u01)), max(abs(u10), abs(u11))) > FAR:
                continue
            if max(max(abs(v00), abs(v01)), max(abs(v10), abs(v11))) > FAR:
                continue
            if max(max(u00, u01), max(u10, u11)) < 0.0 or min(min(u00, u01), min(u10, u11)) >= sw:
                continue
            if max(max(v00, v01), max(v10, v11)) < 0.0 or min(min(v00, v01), min(v10, v11)) >= sh:
                continue
            inside = (
                min(min(u00, u01), min(u10, u11)) >= 1.0 and max(max(u00, u01), max(u10, u11)) < sw - 1
                and min(min(v00, v01), min(v10, v11)) >= 1.0 and max(max(v00, v01), max(v10, v11)) < sh - 1
            )  # fmt: skip
            for y in range(j * step, y_end):
                for x in range(i * step, x_end) if samples > 1 else range(0):
                    total, n = np.uint64(0), 0
                    for b in range(samples):
                        fy = (y + (b + 0.5) / samples) / step - j
                        fx = (x + 0.5 / samples) / step - i
                        u, v = u00 + (u10 - u00) * fy, v00 + (v10 - v00) * fy
                        du, dv = u01 + (u11 - u01) * fy - u, v01 + (v11 - v01) * fy - v
                        p, q = int((u + du * fx) * ONE), int((v + dv * fx) * ONE)
                        dp, dq = int(du * ONE / (step * samples)), int(dv * ONE / (step * samples))
                        for _ in range(samples):
                            if inside or (0 <= p < sw * ONE and 0 <= q < sh * ONE):
                                total += _bilinear(source, p, q, inside)
                                n += 1
                            p += dp
                            q += dq
                    if n > 0:  # places outside count as clear, so that the edge of a source is smooth
                        out[y, x] = _packed(((total + rounding) >> shift) & LANES)
                if samples == 1:
                    fy = (y + 0.5) / step - j
                    u, v = u00 + (u10 - u00) * fy, v00 + (v10 - v00) * fy
                    du, dv = (u01 + (u11 - u01) * fy - u) / step, (v01 + (v11 - v01) * fy - v) / step
                    p, q = int((u + du * 0.5) * ONE), int((v + dv * 0.5) * ONE)
                    dp, dq = int(du * ONE), int(dv * ONE)
                    for x in range(i * step, x_end):
                        if inside or (0 <= p < sw * ONE and 0 <= q < sh * ONE):
                            out[y, x] = _packed(_bilinear(source, p, q, inside))
                        p += dp
                        q += dq


@kernel
def _spread(p: int) -> int:
    """The four channels of a pixel 16 bits apart, so that one multiplication weighs them all."""
    q = np.uint64(p)
    return (q & np.uint64(0x00FF00FF)) | ((q & np.uint64(0xFF00FF00)) << np.uint64(24))  # type: ignore[return-value]


@kernel
def _packed(q: Any) -> int:
    """The pixel of four channels 16 bits apart."""
    p = np.uint64(q)
    return np.uint32((p & np.uint64(0x00FF00FF)) | ((p >> np.uint64(24)) & np.uint64(0xFF00FF00)))  # type: ignore[return-value]


@kernel
def _bilinear(source: U32, p: int, q: int, inside: bool) -> int:
    """The colour at (p, q), in 65536ths of a pixel, with channels 16 bits apart.

    Beyond the outermost centres it is that of the outermost pixel; ``inside`` says that this cannot happen.
    """
    sh, sw = source.shape
    p -= ONE // 2
    q -= ONE // 2
    x0, y0 = p >> 16, q >> 16
    fx, fy = np.uint64((p >> 8) & 255), np.uint64((q >> 8) & 255)
    x1, y1 = x0 + 1, y0 + 1
    if not inside:
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, sw - 1), min(y1, sh - 1)
    left, right, above, below = np.uint64(x0), np.uint64(x1), np.uint64(y0), np.uint64(y1)  # none is below zero
    a, b, c, d = source[above, left], source[above, right], source[below, left], source[below, right]
    if a == b and a == c and a == d:
        return _spread(a)
    whole, half = np.uint64(256), np.uint64(0x0080008000800080)
    eight = np.uint64(8)
    gx = whole - fx
    upper = ((np.uint64(_spread(a)) * gx + np.uint64(_spread(b)) * fx + half) >> eight) & LANES
    lower = ((np.uint64(_spread(c)) * gx + np.uint64(_spread(d)) * fx + half) >> eight) & LANES
    return ((upper * (whole - fy) + lower * fy + half) >> eight) & LANES  # type: ignore[return-value]
