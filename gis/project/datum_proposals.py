"""Whether the rows of a file lie beside the project's features as if they were read in the wrong datum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.exchange.landing import centres
from gis.exchange.shift_detection import DatumProposal, propose_datum
from gis.exchange.staged import Outcome, Staged
from gis.geometry.columns import Columns
from gis.geometry.crs import project_crs
from gis.project.importing import ImportPlan, Part
from gis.project.session import Session

MOST = 5000  # rows looked at
MOST_KNOWN = 100_000  # features: in a big city the few nearest are not enough
LEAST_PAIRS = 6  # rows known by their code, below which places alone are compared
LEAST_MATCHED = 40  # places that must fit before a shift which no datum explains is proposed from places alone
REACH_M = 2500.0  # BD-09 lies about 1,180 m away here
_EARTH = ("wgs84", "cgcs2000")


def proposed_datum(session: Session, part: Part) -> DatumProposal | None:
    """The datum under which a file's rows meet the features of their class; None where they do, or nothing is clear.

    Nothing is proposed where the user has chosen a datum or a shift. Reads at most ``MOST_KNOWN`` features.
    """
    staged, choices, placement = part.staged, part.reading.choices, part.reading.placement
    told = choices.datum is not None or choices.shift is not None
    if told or placement is None or placement.datum not in _EARTH or placement.shift is not None or not len(staged):
        return None
    xy = staged.centres()
    there = np.asarray(np.isfinite(xy).all(axis=1), dtype=bool)
    rows, targets = _pairs(staged, there)
    if len(rows) >= LEAST_PAIRS:
        known = session.columns(part.reading.cls, [], ids=np.unique(targets))
        order = np.argsort(known.ids)
        found = _places(known)[order][np.searchsorted(known.ids[order], targets)]
        return propose_datum(_lonlat(session, xy[rows]), _lonlat(session, found), paired=True)
    some = _thinned(np.flatnonzero(there))
    if not len(some) or staged.kind.geometry != "point":  # the middle of a line says little about where it lies
        return None
    low, high = xy[some].min(axis=0) - REACH_M, xy[some].max(axis=0) + REACH_M
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    near = _places(session.columns(part.reading.cls, [], bbox=box, limit=MOST_KNOWN))
    made = propose_datum(_lonlat(session, xy[some]), _lonlat(session, near)) if len(near) else None
    return made if made is not None and (made.datum is not None or made.matched >= LEAST_MATCHED) else None


def proposed_datum_of(session: Session, plan: ImportPlan) -> DatumProposal | None:
    """The first proposal that a part of a plan gives rise to."""
    found = (proposed_datum(session, part) for part in plan.parts if not part.made)
    return next((one for one in found if one is not None), None)


def _pairs(staged: Staged, there: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows known by their code, also those in conflict because they lie too far away, and their features."""
    by_code = np.flatnonzero(there & (staged.by == "code") & (staged.targets != 0))
    rows, targets = by_code.tolist(), staged.targets[by_code].tolist()
    for index in np.flatnonzero(there & (staged.outcome == Outcome.CONFLICT))[:MOST].tolist():
        possible = np.asarray(staged.candidates.get(index, ()), np.int64)
        if len(possible) == 1 and staged.by[index] in ("code", None) and not staged.targets[index]:
            rows.append(index)
            targets.append(int(possible[0]))
    kept = _thinned(np.arange(len(rows)))
    return np.array(rows, np.int64)[kept], np.array(targets, np.int64)[kept]


def _thinned(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[:: max(1, len(rows) // MOST)][:MOST]


def _places(columns: Columns) -> NDArray[np.float64]:
    assert columns.geometry is not None
    return centres(columns.geometry)


def _lonlat(session: Session, places: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = project_crs(session.srid).to_lonlat(places[:, 0], places[:, 1])
    return np.column_stack([lon, lat])
