"""Turns coordinate arrays into painter paths in one call, without touching each vertex in Python."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, Qt
from PySide6.QtGui import QPainterPath

from gis.cartography.arrays import Part, ragged
from gis.cartography.view import View

CHUNK = 200  # features in one path: a wide pen on one huge path is superlinear

# The stream format of QPainterPath: element count, (type, x, y) for each, first element of the last subpath, fill rule.
_ELEMENT = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])


def path_of(points: NDArray[np.float64], starts: NDArray[np.int64], rule: Qt.FillRule) -> QPainterPath:
    """A path through ``points`` (n, 2) with a new subpath at each index of ``starts`` (rising, from 0)."""
    n = len(points)
    path = QPainterPath()
    if n == 0:
        return path
    elements = np.empty(n, _ELEMENT)
    elements["type"] = 1
    elements["type"][starts] = 0
    elements["x"] = points[:, 0]
    elements["y"] = points[:, 1]
    tail = np.array([starts[-1], rule.value], ">i4").tobytes()
    data = QByteArray(np.array([n], ">i4").tobytes() + elements.tobytes() + tail)
    stream = QDataStream(data, QIODevice.OpenModeFlag.ReadOnly)
    stream >> path
    return path


def gathered(part: Part, positions: NDArray[np.int64], view: View) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The pixels of all rings of the features at ``positions``, one after the other, and where each ring starts."""
    rings = ragged(part.first_ring[positions], part.last_ring[positions])
    begin, end = part.ring_offsets[rings], part.ring_offsets[rings + 1]
    kept = end > begin
    begin, end = begin[kept], end[kept]
    starts = np.concatenate([[0], np.cumsum(end - begin)[:-1]]).astype(np.int64) if len(begin) else begin
    return view.pixels(part.coords[ragged(begin, end)]), starts
