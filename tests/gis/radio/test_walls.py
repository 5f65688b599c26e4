"""Levels behind buildings: through the walls or round them, whichever is stronger."""

from __future__ import annotations

import numpy as np
import pytest

from gis.radio.p2109 import building_entry_loss_db
from gis.radio.profiles import Relief, ready
from gis.radio.walls import buildings_crossed, wall_loss_db


def _street(*roofs: tuple[int, int, float]) -> Relief:
    """A level strip of 100 pixels of 5 m, with roofs over the columns from … to."""
    clutter = np.zeros((5, 100), np.float32)
    for first, last, height in roofs:
        clutter[:, first:last] = height
    return ready(Relief(0.0, 25.0, 5.0, np.zeros((5, 100), np.float32), clutter, np.zeros((1, 1), np.uint8)))


@pytest.mark.parametrize(
    ("roofs", "expected"),
    [
        ((), 0),
        (((20, 24, 12.0),), 1),
        (((20, 24, 12.0), (40, 44, 12.0), (60, 64, 12.0)), 3),
        (((20, 24, 2.0),), 0),
        (((0, 4, 12.0), (40, 44, 12.0)), 1),
        (((40, 44, 12.0), (90, 100, 12.0)), 1),
    ],
    ids=["open", "one", "three", "under_the_line", "around_the_antenna", "over_the_receiver"],
)
def test_buildings_on_the_line_are_counted(roofs: tuple[tuple[int, int, float], ...], expected: int) -> None:
    assert buildings_crossed(_street(*roofs), 7.5, 12.5, 4.0, 492.5, 12.5, 3.0, 9) == expected
    assert buildings_crossed(_street(*roofs), 492.5, 12.5, 3.0, 7.5, 12.5, 4.0, 9) == expected


def test_counting_ends_where_going_round_is_stronger_anyway() -> None:
    roofs = ((20, 24, 12.0), (40, 44, 12.0), (60, 64, 12.0))
    assert buildings_crossed(_street(*roofs), 7.5, 12.5, 4.0, 492.5, 12.5, 3.0, 2) == 2


def test_a_building_is_entered_and_left() -> None:
    assert wall_loss_db(2442.0) == pytest.approx(2.0 * float(building_entry_loss_db(2442.0)))
