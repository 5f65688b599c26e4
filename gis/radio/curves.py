"""Loss over distance as tables: every model that knows only distance becomes one row that a kernel reads without a
logarithm.

A row holds the loss at ``STEPS`` places an octave of the squared ground distance, from 1 m to 92 km, linear in between:
the place is the leading bits of the float32 that holds d². The table differs from its model by under 0.001 dB, at a
breakpoint by under 0.01 dB.

Rows of one transmitter come in threes: expected (sight unknown), in sight, hidden. The expected loss is
P·L_los + (1 − P)·L_nlos in dB, with the model's LOS probability P; a model without sight has three equal rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BITS: Final = 7
STEPS: Final = 1 << BITS
OCTAVES: Final = 33
SIZE: Final = OCTAVES * STEPS + 1
_SHIFT: Final = 23 - BITS
_ONE: Final = 127 << 23  # the bits of 1.0
_BELOW: Final = (1 << _SHIFT) - 1
EXPECTED, SIGHT, HIDDEN = 0, 1, 2
ROWS: Final = 3  # of one environment


@cache
def places_m() -> Floats:
    """The ground distances in metres that a row's entries stand for, (SIZE,); not to be changed by its readers."""
    octave, step = np.divmod(np.arange(SIZE), STEPS)
    places = np.sqrt(2.0**octave * (1.0 + step / STEPS))
    places.flags.writeable = False
    return places


@dataclass(frozen=True, slots=True)
class Curves:
    """Rows of a kind of transmitter, float32: ``loss``, ``sigma`` (rows, SIZE); ``share`` in sight (rows / 3, SIZE)."""

    loss: NDArray[np.float32]
    sigma: NDArray[np.float32]
    share: NDArray[np.float32]


def curves(
    in_sight: Callable[[Floats], Floats],
    hidden: Callable[[Floats], Floats] | None = None,
    share: Callable[[Floats], Floats] | None = None,
    *,
    sigma_in_sight: Callable[[Floats], Floats] | float = 0.0,
    sigma_hidden: float = 0.0,
) -> Curves:
    """Three rows from functions of ground distance in metres; without ``hidden`` sight makes no difference.

    The hidden loss is never less than that in sight. ``sigma`` of the expected row is that of the mixture of both.
    """
    at = places_m()
    seen = np.asarray(in_sight(at), np.float64)
    spread_seen = sigma_in_sight(at) if callable(sigma_in_sight) else np.full(SIZE, sigma_in_sight)
    if hidden is None or share is None:
        dark, chance, spread_dark = seen, np.ones(SIZE), spread_seen
    else:
        dark = np.maximum(hidden(at), seen)
        chance, spread_dark = np.clip(share(at), 0.0, 1.0), np.full(SIZE, sigma_hidden)
    mixed = chance * seen + (1.0 - chance) * dark
    spread = np.sqrt(
        chance * spread_seen**2 + (1.0 - chance) * spread_dark**2 + chance * (1.0 - chance) * (dark - seen) ** 2
    )
    return Curves(
        np.stack([mixed, seen, dark]).astype(np.float32),
        np.stack([spread, spread_seen, spread_dark]).astype(np.float32),
        chance[None].astype(np.float32),
    )


def stacked(parts: list[Curves]) -> Curves:
    """The rows of several environments one below the other."""
    return Curves(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("loss", "sigma", "share")))


@njit(cache=True, nogil=True, inline="always")
def on_curve(row: NDArray[np.float32], squared_m2: float) -> float:
    """A row's value at a squared ground distance in m²; held at the ends."""
    bits = np.float32(squared_m2).view(np.int32) - _ONE
    if bits <= 0:
        return float(row[0])
    place = bits >> _SHIFT
    if place >= SIZE - 1:
        return float(row[SIZE - 1])
    part = (bits & _BELOW) * (1.0 / (_BELOW + 1))
    return float(row[place]) + (float(row[place + 1]) - float(row[place])) * part


def reach_m(row: NDArray[np.float32], allowed_db: float) -> float:
    """The greatest distance in metres at which the loss is still ``allowed_db``; 0 where it never is, 92 km at most."""
    near = np.flatnonzero(row <= allowed_db)
    return float(places_m()[min(int(near[-1]) + 1, SIZE - 1)]) if len(near) else 0.0
