"""The calibrated line: loss = a + b lg(d / 1 km) + 20 lg(f / 1 GHz), and what single cells differ from their data.

Robust least squares (scipy's ``soft_l1``) over squares, not samples: a car that waits at a light would count a hundred
times. The antenna's part is the pattern's, as in every prediction. Each cell's offset is held towards 0 by how far
cells are expected to differ (``cell_spread_db``), so few samples move it little. What the line is worth is told by
blocks of ground that the fit has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.errors import Refusal
from gis.progress import Progress
from gis.radio.drive_test import ErrorFigures, Links, drive_rules, error_figures
from gis.radio.models import Tuning

Floats = NDArray[np.float64]
_SEEN_DB = 92.45  # free space at 1 km and 1 GHz, ITU-R P.525-4 (4)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted line. ``squares`` that took part, between ``nearest_m`` and ``farthest_m`` (their 5 % and 95 %).

    ``before``: the model's errors at the same squares; ``held_out``: the line's errors (with cells' offsets) at squares
    it was not fitted to, ``held_out_plain``: without offsets; None where the ground is too small to hold any back.
    ``at_limit``: "slope", "intercept": what ended at the edge of what is allowed.
    """

    tuning: Tuning
    technology: str
    squares: int
    cells: int
    nearest_m: float
    farthest_m: float
    before: ErrorFigures
    held_out: ErrorFigures | None
    held_out_plain: ErrorFigures | None
    at_limit: tuple[str, ...]


def calibrate(links: Links, technology: str, *, offsets: bool = True, progress: Progress | None = None) -> Calibration:
    """Fit the line of one technology; of very many squares every second, third … takes part.

    Refusals ``radio.drive_too_few`` and ``radio.drive_one_distance``: a line needs many places at different distances.
    """
    rules = drive_rules()["fit"]
    squares = averaged(links.take(links.distance_m >= rules["nearest_m"]), rules["square_m"])
    squares = squares.take(np.s_[:: -(-len(squares) // int(rules["most"])) or 1])
    if len(squares) < rules["fewest"]:
        raise Refusal(
            "radio.drive_too_few", technology=technology, count=len(squares), fewest=rules["fewest"],
            square_m=rules["square_m"], nearest_m=rules["nearest_m"],
        )  # fmt: skip
    near, far = (float(value) for value in np.quantile(squares.distance_m, [0.05, 0.95]))
    if far < rules["spread"] * near:
        raise Refusal(
            "radio.drive_one_distance", technology=technology, near_m=round(near), far_m=round(far),
            spread=rules["spread"],
        )  # fmt: skip
    line = _line(squares, offsets, rules)
    held, plain = _held_out(squares, offsets, rules, progress)
    before = error_figures(squares.level_dbm, squares.predicted_dbm)
    here = error_figures(squares.level_dbm, predicted_by(line, squares))
    assert before is not None
    assert here is not None
    sigma = here.rms_db if held is None else held.rms_db
    at_limit = tuple(
        name
        for name, value in (("slope", line.slope_db), ("intercept", line.intercept_db))
        if min(abs(value - edge) for edge in rules[f"{name}_db"]) < 0.05
    )
    return Calibration(
        Tuning(round(line.intercept_db, 2), round(line.slope_db, 2), round(sigma, 2), line.offsets_db),
        technology,
        len(squares),
        len(np.unique(squares.cell)),
        near,
        far,
        before,
        held,
        plain,
        at_limit,
    )


def averaged(links: Links, square_m: float) -> Links:
    """One link for each cell and square: places and dB are means."""
    if not len(links):
        return links
    keys = np.column_stack([links.cell, np.floor(links.x / square_m), np.floor(links.y / square_m)])
    first, place, counts = np.unique(keys, axis=0, return_index=True, return_inverse=True, return_counts=True)[1:]

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(place.ravel(), values, len(counts)) / counts)

    return Links(
        links.rows[first], links.cell[first], mean(links.x), mean(links.y), mean(links.level_dbm),
        mean(links.predicted_dbm), mean(links.distance_m), mean(links.antenna_db), links.power_dbm[first],
        links.frequency_mhz[first],
    )  # fmt: skip


def predicted_by(tuning: Tuning, links: Links) -> Floats:
    """The levels of a calibrated line, never better than free space, in dBm."""
    lg_km = np.log10(np.maximum(links.distance_m, 1.0) / 1000.0)
    loss = np.maximum(tuning.intercept_db + tuning.slope_db * lg_km, _SEEN_DB + 20.0 * lg_km)
    cells, place = np.unique(links.cell, return_inverse=True)
    offset = np.array([tuning.offsets_db.get(int(key), 0.0) for key in cells])[place.ravel()]
    return np.asarray(_sent(links) + offset - loss)


def _sent(links: Links) -> Floats:
    """What is left of power and antenna at 1 GHz."""
    return np.asarray(links.power_dbm + links.antenna_db - 20.0 * np.log10(links.frequency_mhz / 1000.0))


def _fit(links: Links, offsets: bool, rules: dict[str, Any]) -> tuple[float, float, dict[int, float]]:
    """Intercept, slope, offsets by cell id of those cells that are seen often enough."""
    n = len(links)
    loss = _sent(links) - links.level_dbm
    lg_km = np.log10(links.distance_m / 1000.0)
    cells, place, counts = np.unique(links.cell, return_inverse=True, return_counts=True)
    own = np.flatnonzero(counts >= rules["fewest_of_cell"]) if offsets else np.zeros(0, np.int64)
    if len(own) == 1 and len(cells) == 1:
        own = own[:0]  # the one cell's offset is the intercept
    column = np.full(len(cells), -1)
    column[own] = np.arange(len(own))
    of_link = column[place.ravel()]
    held = np.flatnonzero(of_link >= 0)
    weight = float(rules["soft_db"]) / float(rules["cell_spread_db"])
    row = np.concatenate([np.arange(n), np.arange(n), held, n + np.arange(len(own))])
    col = np.concatenate([np.zeros(n), np.ones(n), 2 + of_link[held], 2 + np.arange(len(own))]).astype(np.int64)
    value = np.concatenate([np.ones(n), lg_km, -np.ones(len(held)), np.full(len(own), weight)])
    # Takes a third of a second to import, and every window that knows calibrations would wait for it.
    from scipy.optimize import least_squares
    from scipy.sparse import csr_matrix

    jacobian = csr_matrix((value, (row, col)), shape=(n + len(own), 2 + len(own)))
    target = np.concatenate([loss, np.zeros(len(own))])
    lowest = np.array([rules["intercept_db"][0], rules["slope_db"][0], *[-60.0] * len(own)])
    highest = np.array([rules["intercept_db"][1], rules["slope_db"][1], *[60.0] * len(own)])
    start = np.clip(np.array([130.0, 35.0, *[0.0] * len(own)]), lowest, highest)
    found = least_squares(
        lambda p: jacobian @ p - target, start, jac=lambda _p: jacobian, bounds=(lowest, highest), loss="soft_l1",
        f_scale=float(rules["soft_db"]), tr_solver="lsmr", max_nfev=200, xtol=1e-8, ftol=1e-8, gtol=1e-8,
    )  # fmt: skip
    by_cell = {int(cells[key]): round(float(found.x[2 + i]), 2) for i, key in enumerate(own.tolist())}
    return float(found.x[0]), float(found.x[1]), by_cell


def _line(links: Links, offsets: bool, rules: dict[str, Any]) -> Tuning:
    intercept, slope, by_cell = _fit(links, offsets, rules)
    return Tuning(intercept, slope, 0.0, by_cell)


def _held_out(
    links: Links, offsets: bool, rules: dict[str, Any], progress: Progress | None
) -> tuple[ErrorFigures | None, ErrorFigures | None]:
    """Errors at blocks of ground left out in turn: with the cells' offsets, and by the line alone."""
    block = np.column_stack([np.floor(links.x / rules["block_m"]), np.floor(links.y / rules["block_m"])])
    place = np.unique(block, axis=0, return_inverse=True)[1].ravel()
    folds = int(rules["folds"])
    fold = place % folds
    if len(np.unique(fold)) < folds:
        return None, None
    with_offsets, alone = np.empty(len(links)), np.empty(len(links))
    for k in range(folds):
        if progress is not None:
            progress.step(k, folds, "radio.drive_fitting")
        out = fold == k
        rest, held = links.take(~out), links.take(out)
        if len(rest) < rules["fewest"] / 2:
            return None, None
        bare = _line(rest, False, rules)
        alone[out] = predicted_by(bare, held)
        with_offsets[out] = predicted_by(_line(rest, True, rules) if offsets else bare, held)
    return error_figures(links.level_dbm, with_offsets), error_figures(links.level_dbm, alone)
