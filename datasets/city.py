"""What the generator makes: drafts whose references are row numbers, and the City of Columns they become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.geometry.columns import Columns

KEY_LIMIT = 1 << 53


@dataclass(slots=True)
class Draft:
    """n rows of one class. A ref field holds row numbers of its target's draft, -1 for none."""

    cls: str
    n: int
    fields: dict[str, NDArray[Any]] = field(default_factory=dict)
    geometry: NDArray[np.object_] | None = None


@dataclass(frozen=True, slots=True)
class City:
    """One sample city in memory: all classes as Columns with final ids, and its true answers."""

    features: int
    seed: int
    columns: Mapping[str, Columns]
    truth: dict[str, Any]


def stream(features: int, seed: int, room: str) -> np.random.Generator:
    """The random numbers of one part of the city; a change in one part leaves the others' numbers alone."""
    return np.random.default_rng([seed, features, *room.encode()])


def text(n: int, value: str | None) -> NDArray[np.object_]:
    """A text column of one value."""
    return np.full(n, value, dtype=object)


def texts(values: Iterable[str | None]) -> NDArray[np.object_]:
    """A text column of an iterable of values."""
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def pick(rng: np.random.Generator, values: list[Any], n: int, weights: list[float] | None = None) -> NDArray[Any]:
    """n draws of the values as an object column, with the given weights."""
    p = None if weights is None else np.asarray(weights) / np.sum(weights)
    return np.array(values, dtype=object)[rng.choice(len(values), size=n, p=p)]


def days(rng: np.random.Generator, n: int, first: str = "2012-01-01", last: str = "2025-12-31") -> NDArray[np.object_]:
    """n dates "YYYY-MM-DD" within [first, last]."""
    start, end = np.datetime64(first), np.datetime64(last)
    return (start + rng.integers(0, (end - start).astype(int) + 1, n)).astype(str).astype(object)


def keys(drafts: list[Draft], rng: np.random.Generator) -> dict[str, NDArray[np.int64]]:
    """Random 53-bit ids, unique over all classes, rising within each class and from class to class.

    Rising ids let the writer append to its tables instead of inserting into their middle.
    """
    total = sum(draft.n for draft in drafts)
    drawn = np.unique(rng.integers(1, KEY_LIMIT, total))
    while len(drawn) < total:
        drawn = np.unique(np.concatenate([drawn, rng.integers(1, KEY_LIMIT, total - len(drawn))]))
    made, start = {}, 0
    for draft in drafts:
        made[draft.cls] = drawn[start : start + draft.n]
        start += draft.n
    return made


def assemble(drafts: list[Draft], catalogue: Catalogue, ids: Mapping[str, NDArray[np.int64]]) -> dict[str, Columns]:
    """The drafts as Columns in the catalogue's order, row numbers replaced by ids."""
    by_name = {draft.cls: draft for draft in drafts}
    made = {}
    for cls in catalogue:
        draft = by_name.get(cls.name)
        if draft is None:
            continue
        fields: dict[str, NDArray[Any]] = {}
        for f in cls.fields:
            if f.name not in draft.fields:
                continue
            values = draft.fields[f.name]
            if f.type == "ref":
                target = ids[f.ref or ""]
                rows = np.asarray(values, dtype=np.int64)
                fields[f.name] = np.where(rows >= 0, target[rows], 0) if len(target) else np.zeros(draft.n, np.int64)
            elif f.type in ("real", "integer", "boolean"):
                fields[f.name] = np.asarray(values, dtype=np.float64)
            else:
                fields[f.name] = values
        unknown = set(draft.fields) - set(fields)
        if unknown:
            raise KeyError(f"{cls.name} has no field {', '.join(sorted(unknown))}")
        made[cls.name] = Columns(cls.name, ids[cls.name], fields, draft.geometry)
    return made
