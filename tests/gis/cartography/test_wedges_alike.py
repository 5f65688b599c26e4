"""Sectors that lie exactly over each other are told apart by their radius; all others keep theirs."""

from __future__ import annotations

import numpy as np

from gis.cartography.wedges import SHRUNK, _told_apart


def test_sectors_alike_are_drawn_smaller_one_by_one_and_others_as_they_are() -> None:
    at = np.array([[5.0, 5.0]] * 4 + [[9.0, 5.0]])
    azimuth = np.array([120.0, 120, 120, 240, 120])
    width, radius = np.full(5, 65.0), np.full(5, 100.0)
    variant, ids = np.array([2, 1, 1, 1, 1]), np.array([1, 3, 2, 4, 5])
    made = _told_apart(at, azimuth, width, radius, variant, ids, 3.0)
    assert made.tolist() == [94.0, 97.0, 100.0, 100.0, 100.0], "by variant, then by id"
    back = slice(None, None, -1)
    turned = _told_apart(at[back], azimuth[back], width[back], radius[back], variant[back], ids[back], 3.0)
    assert turned.tolist() == made[back].tolist(), "whatever order they come in"


def test_many_alike_share_the_room_and_none_vanishes() -> None:
    n = 200
    same = np.full(n, 50.0)
    made = _told_apart(np.zeros((n, 2)), same, same, same, np.zeros(n, np.int64), np.arange(n), 3.0)
    assert len(np.unique(made)) == n
    assert made.min() >= 50.0 * (1 - SHRUNK)
