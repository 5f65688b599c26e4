"""Levels behind buildings: through the walls or round them, whichever is stronger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from gis.coverage.grid import Grid
from gis.geometry.columns import Columns
from gis.radio.analysis import Prepared, Wish, prepare
from gis.radio.curves import HIDDEN, SIGHT, on_curve
from gis.radio.network import Network
from gis.radio.p2109 import building_entry_loss_db
from gis.radio.profiles import Relief, out_of_building, ready
from gis.radio.visibility import HIDDEN as UNSEEN
from gis.radio.visibility import SEEN, sweep_sight
from gis.radio.walls import wall_loss_db, wifi
from gis.radio.windows import NOTHING, SCALE, window_of
from tests.gis.radio.cities import city

WISH = Wish("wifi", resolution_m=5.0)


def _street(*roofs: tuple[int, int, float]) -> Relief:
    """A level strip of 100 pixels of 5 m, with roofs over the columns from … to."""
    clutter = np.zeros((5, 100), np.float32)
    for first, last, height in roofs:
        clutter[:, first:last] = height
    return ready(Relief(0.0, 25.0, 5.0, np.zeros((5, 100), np.float32), clutter, np.zeros((1, 1), np.uint8)))


def _crossed(street: Relief, x: float, height: float, to_x: float, to_height: float, most: int) -> int:
    street, _ = out_of_building(street, x, 12.5, height)
    return int(sweep_sight(street, (x, 12.5), height, to_height, most=most)[2, int(to_x / 5.0)])


@pytest.mark.parametrize(
    ("roofs", "expected"),
    [
        ((), 0),
        (((20, 24, 12.0),), 1),
        (((20, 24, 12.0), (40, 44, 12.0), (60, 64, 12.0)), 3),
        (((20, 24, 12.0), (25, 29, 12.0)), 2),
        (((94, 97, 12.0),), 1),
        (((20, 24, 2.0),), 0),
        (((0, 4, 12.0), (40, 44, 12.0)), 1),
        (((40, 44, 12.0), (90, 100, 12.0)), 1),
    ],
    ids=["open", "one", "three", "alley", "just_left", "under_the_line", "around_the_antenna", "over_the_receiver"],
)
def test_buildings_on_the_line_are_counted(roofs: tuple[tuple[int, int, float], ...], expected: int) -> None:
    assert _crossed(_street(*roofs), 7.5, 4.0, 487.5, 3.0, 9) == SEEN + expected
    assert _crossed(_street(*roofs), 487.5, 3.0, 7.5, 4.0, 9) == SEEN + expected


def test_more_buildings_than_asked_for_hide_as_the_ground_does() -> None:
    street = _street((20, 24, 12.0), (40, 44, 12.0), (60, 64, 12.0))
    assert _crossed(street, 7.5, 4.0, 492.5, 3.0, 3) == SEEN + 3
    assert _crossed(street, 7.5, 4.0, 492.5, 3.0, 2) == UNSEEN
    assert _crossed(street, 7.5, 4.0, 492.5, 3.0, 0) == UNSEEN
    ridge = street._replace(ground=np.where(np.arange(100) == 30, 20.0, 0.0).astype(np.float32)[None].repeat(5, 0))
    assert _crossed(ridge, 7.5, 4.0, 147.5, 3.0, 9) == SEEN + 1
    assert _crossed(ridge, 7.5, 4.0, 492.5, 3.0, 9) == UNSEEN


def test_crossings_agree_with_lines_through_polygons() -> None:
    rng = np.random.default_rng(3)
    west, south = np.meshgrid(np.arange(100.0, 900.0, 100.0), np.arange(100.0, 900.0, 100.0))
    size = rng.integers(4, 12, (2, 64)) * 5.0
    blocks = shapely.box(west.ravel(), south.ravel(), west.ravel() + size[0], south.ravel() + size[1])
    clutter = np.zeros((200, 200), np.float32)
    x, y = np.meshgrid(np.arange(200) * 5.0 + 2.5, 1000.0 - np.arange(200) * 5.0 - 2.5)
    inside = np.array([shapely.contains_xy(block, x, y) for block in blocks])
    clutter[inside.any(axis=0)] = 30.0
    land = ready(Relief(0.0, 1000.0, 5.0, np.zeros((200, 200), np.float32), clutter, np.zeros((1, 1), np.uint8)))
    tx = (492.5, 487.5)
    found = sweep_sight(land, tx, 4.0, 1.5, most=9).astype(int) - SEEN
    lines = shapely.linestrings(np.stack([np.broadcast_to(tx, (*x.shape, 2)), np.stack([x, y], -1)], axis=2))
    crossed = (shapely.intersects(blocks[:, None, None], lines) & ~inside).sum(axis=0)
    assert np.mean(found == crossed) > 0.9
    # A ray passes half a pixel beside the line at most, and its points lie in pixels half a pixel away at most.
    for reach, surely in ((-5.0, True), (5.0, False)):
        touched = shapely.intersects(
            shapely.buffer(blocks, reach, cap_style="square", join_style="mitre")[:, None, None], lines
        )
        count = (touched & ~inside).sum(axis=0)
        assert (found >= count if surely else found <= count).all()


def test_a_building_is_entered_and_left() -> None:
    assert wall_loss_db(2442.0) == pytest.approx(2.0 * float(building_entry_loss_db(2442.0)))


def _town(*boxes: tuple[float, float, float, float]) -> Prepared:
    """A hotspot 4 m high at (52.5, 502.5), in the middle of a pixel, heard down to -115 dBm; buildings of 12 m."""
    inputs = city([{"geom": shapely.Point(52.5, 502.5)}], areas=[{"geom": shapely.box(0, 0, 1000, 1000)}])
    fields = {"height_m": np.full(len(boxes), 12.0), "floors": np.full(len(boxes), np.nan)}
    shapes = np.array([shapely.box(*one) for one in boxes], object)
    inputs = replace(inputs, buildings=Columns("building", np.arange(1, len(boxes) + 1), fields, shapes))
    return prepare(inputs, replace(WISH, threshold_dbm=-100.0))


def _levels(town: Prepared) -> NDArray[np.float64]:
    """dBm over the whole area, (200, 200), rows from the north."""
    window = window_of(town.plan.transmitters[0], town.grid, 1.5, town.around)
    assert (window.box.height, window.box.width) == (200, 200)
    return window.levels / SCALE


def test_the_level_behind_buildings_is_that_through_them_or_round_them() -> None:
    """Eastwards from the hotspot: buildings 40–60 m and 700–720 m away and far to both sides; each level by hand."""
    town = _town((90.0, 100.0, 110.0, 900.0), (750.0, 0.0, 770.0, 1000.0))
    assert [note.code for note in town.plan.notes].count("radio.walls") == 1
    transmitter, wall, row = town.plan.transmitters[0], wall_loss_db(2442.0), _levels(town)[99]
    ways = set()
    for column in range(12, 200):
        metres = (column - 10) * 5.0
        behind = int(column >= 22) + int(column >= 154)  # the building over the receiver does not count
        seen, hidden = (20.0 - float(on_curve(transmitter.curves.loss[k], metres**2)) for k in (SIGHT, HIDDEN))
        level = max(seen - behind * wall, hidden) if behind else seen
        if level < transmitter.floor_dbm:
            assert row[column] == NOTHING / SCALE
        else:
            assert row[column] == pytest.approx(level, abs=0.006)
            ways.add((behind, level > hidden))
    assert ways == {(0, False), (0, True), (1, False), (1, True), (2, False)}


def test_where_buildings_are_never_too_much_the_second_one_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = ((90.0, 100.0, 110.0, 900.0), (130.0, 0.0, 150.0, 1000.0))
    monkeypatch.setitem(wifi()["walls"], "entries_a_building", 0.2)
    transmitter, wall, row = _town(*boxes).plan.transmitters[0], wall_loss_db(2442.0), _levels(_town(*boxes))[99]
    assert 3.0 < wall < 3.1
    for column, behind in ((15, 0), (20, 0), (24, 1), (28, 1), (32, 2), (150, 2)):
        seen = 20.0 - float(on_curve(transmitter.curves.loss[SIGHT], ((column - 10) * 5.0) ** 2))
        assert row[column] == pytest.approx(seen - behind * wall, abs=0.006)


def test_equal_bits_at_any_number_of_threads_and_whether_or_not_windows_are_kept() -> None:
    rng = np.random.default_rng(4)
    spots = [{"geom": shapely.Point(x, y)} for x, y in rng.uniform(100.0, 900.0, (5, 2))]
    inputs = city(spots, areas=[{"geom": shapely.box(0, 0, 1000, 1000)}])
    corners = rng.uniform(0.0, 950.0, (80, 2))
    fields = {"height_m": rng.uniform(3.0, 30.0, 80), "floors": np.full(80, np.nan)}
    inputs = replace(
        inputs, buildings=Columns("building", np.arange(80), fields, shapely.box(*corners.T, *(corners + 30.0).T))
    )
    answers = []
    for threads, kept in ((1, 10**9), (3, 10**9), (2, 0)):
        town = prepare(inputs, WISH)
        assert isinstance(town.grid, Grid)
        network = Network(town.grid, 1.5, town.around, threads=threads, kept_bytes=kept)
        network.set(town.plan.transmitters)
        answers.append([(a.best_dbm, a.sinr_db, a.probability) for a in network.answers(town.plan.rules)])
    for other in answers[1:]:
        for mine, theirs in zip(answers[0], other, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))
