"""What stands on a feature and belongs to it moves along: a station's cells, the ends of cables on their cabinets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.ends import ends_following
from gis.editing.facts import Facts
from gis.editing.intents import Change
from gis.editing.pending import aligned
from gis.editing.shapes import same_shape
from gis.editing.walks import SEGMENT, remade
from gis.geometry.columns import Columns


def following(
    facts: Facts,
    cls: FeatureClass,
    ids: NDArray[np.int64],
    before: NDArray[np.object_],
    after: NDArray[np.object_],
) -> list[Change]:
    """Changes that take along what stands on rows that get new shapes: owned points (the cells of a station), the
    ends of lines on points, cables in their route segments.

    An owned point that does not stand exactly on its owner was placed by hand and stays.
    """
    if cls.name == SEGMENT:
        cables = remade(facts, ids, before, after)
        return [] if cables is None else [cables]
    if cls.geometry != "point":
        return []
    rising = np.argsort(ids)
    ids, before, after = ids[rising], before[rising], after[rising]
    owned = {
        (child.name, field.name)
        for child, field in facts.catalogue.referrers(cls.name)
        if field.owned and child.geometry == "point"
    }
    steps = []
    for name, field, children in facts.referrers(cls.name, ids) if owned else []:
        if (name, field) in owned:
            rows = facts.columns(name, [field], children, geometry=True)
            owner = np.searchsorted(ids, rows.fields[field])
            assert rows.geometry is not None
            on_site = same_shape(rows.geometry, before[owner])
            if on_site.any():
                steps.append(Change(Columns(name, rows.ids[on_site], {}, after[owner[on_site]])))
    return steps + ends_following(facts, cls, ids, before, after)


def standing(facts: Facts, cls: FeatureClass, field: Field, before: Columns, after: Columns) -> list[Change]:
    """Changes that take points which change their owner from the old owner's place to the new one's."""
    old = _places(facts, field.ref or "", before.fields[field.name])
    new = _places(facts, field.ref or "", after.fields[field.name])
    here = aligned(facts.columns(cls.name, (), after.ids, geometry=True), after.ids, facts.catalogue).geometry
    assert here is not None
    moves = same_shape(here, old) & ~same_shape(old, new) & (after.fields[field.name] != 0)
    return [Change(Columns(cls.name, after.ids[moves], {}, new[moves]))] if moves.any() else []


def _places(facts: Facts, cls: str, ids: NDArray[np.int64]) -> NDArray[np.object_]:
    places = aligned(facts.columns(cls, (), np.unique(ids[ids != 0]), geometry=True), ids, facts.catalogue).geometry
    assert places is not None
    return places
