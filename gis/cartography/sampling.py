"""A layer with a part of its features, evenly spread: for a first picture where all of them would take too long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gis.cartography.arrays import LayerArrays, Part
from gis.cartography.culling import Blocks


def sampled(arrays: LayerArrays, most: int) -> LayerArrays:
    """The layer with about ``most`` of its features; they share the coordinates of the whole layer.

    Features lie sorted by place, so that every n-th of them is an even sample of the ground.
    """
    step = -(-len(arrays) // max(most, 1))
    if step <= 1:
        return arrays
    return replace(
        arrays,
        base=_every(arrays.base, step),
        tail=None if arrays.tail is None else _every(arrays.tail, step),
        dead=None if arrays.dead is None else arrays.dead[::step].copy(),
    )


def _every(part: Part, step: int) -> Part:
    ids = part.ids[::step].copy()
    rising = np.argsort(ids, kind="stable")
    return replace(
        part,
        ids=ids,
        first_ring=part.first_ring[::step].copy(),
        last_ring=part.last_ring[::step].copy(),
        variant=part.variant[::step].copy(),
        turn=None if part.turn is None else part.turn[::step].copy(),
        text=None if part.text is None else part.text[::step].copy(),
        blocks=Blocks.of(part.bounds[::step].copy()),
        sorted_ids=ids[rising],
        places=rising,
        numbers={name: values[::step].copy() for name, values in part.numbers.items()},
    )
