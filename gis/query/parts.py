"""What expressions become: SQL with ``?`` marks and what fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gis.catalogue import Field
from gis.query.functions import ValueType

Given = Literal["selection", "drawn"]
Relation = Literal["within", "intersects", "near"]
Measure = Literal["distance", "count", "sum", "mean", "min", "max"]


@dataclass(frozen=True, slots=True)
class Others:
    """The features that a spatial question is about: areas by code or name, what is selected or drawn, or a class.

    ``where`` narrows the class ``cls``; exactly one of ``areas``, ``given`` and ``cls`` is set.
    """

    areas: tuple[str, ...] = ()
    given: Given | None = None
    cls: str = ""
    where: Condition | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """Stands for the ids of those rows that are ``relation`` to ``others``; ``distance_m`` where it is near.

    Whoever asks puts an array of ids in its place (``gis.project.conditions``): its SQL is ``id IN carray(?)``.
    """

    relation: Relation
    others: Others
    distance_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Stands for a number of each row: the distance to the nearest of ``others``, or how many of them lie in it, or
    the sum, mean, least or greatest of ``value`` over those. Its SQL is ``number_at(?, id)``.
    """

    measure: Measure
    others: Others
    value: Expression | None = None


Parameter = str | float | int | None | Related | Measured


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled filter: an SQL condition with ``?`` marks, and what fills them."""

    sql: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled value: SQL with ``?`` marks, what fills them, and the type of what it gives."""

    sql: str
    parameters: tuple[Parameter, ...]
    gives: ValueType
    field: Field | None = None  # where it is nothing but a field


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an expression on its way to SQL. ``literal``: it is written out; ``field``: it is that field."""

    sql: str
    parameters: tuple[Parameter, ...] = ()
    field: Field | None = None
    literal: bool = False
    gives: ValueType = "boolean"
