"""What stands on a feature and belongs to it moves along: the cells of a base station."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import FeatureClass, Field
from gis.editing.facts import Facts
from gis.editing.intents import Change
from gis.editing.pending import aligned
from gis.editing.shapes import same_shape
from gis.geometry.columns import Columns


def following(
    facts: Facts,
    cls: FeatureClass,
    ids: NDArray[np.int64],
    before: NDArray[np.object_],
    after: NDArray[np.object_],
) -> list[Change]:
    """Changes that take owned points from the old place of their owners to the new one.

    ``ids`` rise. An owned point that does not stand exactly on its owner was placed by hand and stays.
    """
    if cls.geometry != "point":
        return []
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
    return steps


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
