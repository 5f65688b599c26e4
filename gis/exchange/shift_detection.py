"""Finds out that a whole file lies beside what is known by one systematic shift, and which datum would explain it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class DatumProposal:
    """A file's positions lie ``offset_m`` away from known features, ``before_m`` the median distance of ``matched``
    pairs; read in ``datum`` they would lie ``after_m`` away.

    ``datum`` None: no datum explains it, but the constant ``dx_m`` east and ``dy_m`` north, to be added, does.
    """

    datum: Literal["gcj02", "bd09", "wgs84"] | None
    offset_m: float
    matched: int
    before_m: float
    after_m: float
    dx_m: float = 0.0
    dy_m: float = 0.0


def propose_datum(lonlat: ArrayLike, existing: ArrayLike, *, paired: bool = False) -> DatumProposal | None:
    """A better datum for positions ``lonlat`` (n, 2), read as WGS 84, beside known ones ``existing`` (m, 2); degrees.

    ``paired``: row i of both is the same thing (known by its code). None where nothing is clearly better.
    """
    return None
