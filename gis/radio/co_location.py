"""Sites that could be shared 共建共享: those with another operator's within a distance."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.coverage.statistics import Neighbours, Sharing
from gis.geometry.columns import BBox, Columns

MOST_PAIRS = 1000


def sharing(transmitters: Columns, within_m: float, *, together_m: float = 1.0, bbox: BBox | None = None) -> Sharing:
    """The report over all transmitters in service, of any technology, with "status" and "owner"; points in metres.

    Transmitters of one owner at one place (to the centimetre) are one site, named by the least of their ids. Pairs are
    of different owners, each told once, nearest first. Rows without an owner are counted only.
    """
    assert transmitters.geometry is not None
    used = transmitters.fields["status"] == "in_service"
    used &= ~(shapely.is_missing(transmitters.geometry) | shapely.is_empty(transmitters.geometry))
    xy = np.round(shapely.get_coordinates(transmitters.geometry[used]), 2)
    owners = np.array([str(owner or "") for owner in transmitters.fields["owner"][used]], str)
    ids = transmitters.ids[used]
    if bbox is not None:
        here = (xy[:, 0] >= bbox[0]) & (xy[:, 1] >= bbox[1]) & (xy[:, 0] <= bbox[2]) & (xy[:, 1] <= bbox[3])
        xy, owners, ids = xy[here], owners[here], ids[here]
    named = owners != ""
    unknown = len(np.unique(xy[~named], axis=0))
    xy, owners, ids = xy[named], owners[named], ids[named]
    site_xy, site_owner, site_id = _sites(xy, owners, ids)
    if len(site_id) < 2:
        return Sharing(within_m, len(site_id), 0, 0, unknown, ())
    pairs = cKDTree(site_xy).query_pairs(within_m, output_type="ndarray")
    pairs = pairs[site_owner[pairs[:, 0]] != site_owner[pairs[:, 1]]]
    apart = np.hypot(*(site_xy[pairs[:, 0]] - site_xy[pairs[:, 1]]).T)
    order = np.lexsort((site_id[pairs[:, 1]], site_id[pairs[:, 0]], apart))
    pairs, apart = pairs[order], apart[order]
    return Sharing(
        within_m,
        len(site_id),
        len(np.unique(pairs)),
        len(np.unique(pairs[apart < together_m])),
        unknown,
        tuple(
            Neighbours(
                int(site_id[a]),
                str(site_owner[a]),
                int(site_id[b]),
                str(site_owner[b]),
                round(float(distance), 2),
                float(site_xy[a, 0]),
                float(site_xy[a, 1]),
            )
            for (a, b), distance in zip(pairs[:MOST_PAIRS].tolist(), apart[:MOST_PAIRS], strict=True)
        ),
    )


def _sites(
    xy: NDArray[np.float64], owners: NDArray[np.str_], ids: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.int64]]:
    """One row a place and owner, by the least id."""
    order = np.lexsort((ids, owners, xy[:, 1], xy[:, 0]))
    xy, owners, ids = xy[order], owners[order], ids[order]
    first = np.ones(len(ids), bool)
    first[1:] = (xy[1:] != xy[:-1]).any(axis=1) | (owners[1:] != owners[:-1])
    return xy[first], owners[first], ids[first]
