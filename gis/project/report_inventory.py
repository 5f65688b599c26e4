"""What a report says of the inventory: how many of everything, in which state, whose, and where."""

from __future__ import annotations

import numpy as np

from gis.catalogue import FeatureClass
from gis.project.report_parts import Cell, Column, Grid, MapPage, Part, Section, Speech, Words
from gis.project.report_scope import OUTSIDE, Scope, known_codes

_UNKNOWN = ""


def inventory(scope: Scope, say: Speech) -> Section:
    """The chapter on the inventory."""
    kinds = scope.kinds()
    total = sum(len(scope.columns(cls.name)) for cls in kinds)
    parts: list[Part] = []
    if not total:
        parts.append(Words(say("no_inventory"), "advice"))
    else:
        parts.append(Words(say("inventory_told", total=f"{total:,}", classes=sum(1 for c in kinds if _n(scope, c)))))
        parts.append(MapPage("inventory", None, scope.extent, scope.place))
        parts.append(_by_state(scope, say, kinds))
        parts.append(_by_owner(scope, say, kinds))
    if not len(scope.parts):
        parts.append(Words(say("no_areas"), "advice"))
    elif total:
        parts += _by_area(scope, say, [cls for cls in kinds if _n(scope, cls)])
    return Section("inventory", say("inventory"), tuple(parts))


def _n(scope: Scope, cls: FeatureClass) -> int:
    return len(scope.columns(cls.name))


def _by_state(scope: Scope, say: Speech, kinds: list[FeatureClass]) -> Grid:
    """Every class with its states: rows are told also where there is nothing, so that what is missing is seen."""
    language = say.language
    states = known_codes(scope.catalogue, "camera", "status")
    labels = [scope.catalogue["camera"].field("status").code_label(state, language) for state in states]
    rows: list[tuple[Cell, ...]] = []
    for cls in kinds:
        length: Cell = None
        if cls.geometry == "line":
            length = float(scope.lengths(cls.name).sum()) / 1000.0
        counts: list[Cell] = [None] * (len(states) + 1)
        if cls.has_field("status"):
            found = scope.columns(cls.name, ("status",)).fields["status"].astype(str)
            own = [float((found == state).sum()) for state in states]
            counts = [*own, float(len(found)) - sum(own)]
        rows.append((cls.label.text(language), float(_n(scope, cls)), length, *counts))
    columns = (
        Column(say("class")), Column(say("count"), "whole"), Column(say("length_km"), "number"),
        *(Column(label, "whole") for label in labels), Column(say("not_said"), "whole"),
    )  # fmt: skip
    return Grid("inventory_state", say("inventory_state"), columns, tuple(rows), note=say("inventory_state_note"))


def _by_owner(scope: Scope, say: Speech, kinds: list[FeatureClass]) -> Grid:
    """Classes by owner; owners nobody has are left out, features without one have a column."""
    found: dict[str, dict[str, int]] = {}
    for cls in kinds:
        if cls.has_field("owner") and _n(scope, cls):
            values, counts = np.unique(
                scope.columns(cls.name, ("owner",)).fields["owner"].astype(str), return_counts=True
            )
            found[cls.name] = dict(zip(values.tolist(), counts.tolist(), strict=True))
    owners = [o for o in known_codes(scope.catalogue, "camera", "owner") if any(o in row for row in found.values())]
    label = scope.catalogue["camera"].field("owner").code_label
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            scope.catalogue[name].label.text(say.language),
            *(float(row.get(owner, 0)) for owner in owners),
            float(sum(row.values()) - sum(row.get(owner, 0) for owner in owners)),
            float(sum(row.values())),
        )
        for name, row in found.items()
    )
    columns = (
        Column(say("class")), *(Column(label(owner, say.language), "whole") for owner in owners),
        Column(say("not_said"), "whole"), Column(say("sum"), "whole"),
    )  # fmt: skip
    return Grid("inventory_owner", say("inventory_owner"), columns, rows)


def _by_area(scope: Scope, say: Speech, kinds: list[FeatureClass]) -> list[Part]:
    """Counts, and kilometres of lines, of each part; what lies in none of them has a row, so that sums agree."""
    n = len(scope.parts)
    names = scope.part_names
    counts, lengths = [], []
    for cls in kinds:
        part = scope.part_of(cls.name)
        index = np.where(part == OUTSIDE, n, part)
        counts.append(np.bincount(index, minlength=n + 1))
        if cls.geometry == "line":
            lengths.append((cls, np.bincount(index, scope.lengths(cls.name), minlength=n + 1) / 1000.0))
    made: list[Part] = [
        Grid(
            "inventory_areas",
            say("inventory_areas"),
            (Column(say("area")), *(Column(cls.label.text(say.language), "whole") for cls in kinds)),
            _rows([*names, say("outside")], [column.astype(float) for column in counts], say),
            total=True,
            note=say("by_middle") if lengths else "",
        )
    ]
    if lengths:
        made.append(
            Grid(
                "inventory_lengths",
                say("inventory_lengths"),
                (Column(say("area")), *(Column(cls.label.text(say.language), "number") for cls, _ in lengths)),
                _rows([*names, say("outside")], [column for _, column in lengths], say),
                total=True,
                note=say("by_middle"),
            )
        )
    return made


def _rows(names: list[str], columns: list[np.ndarray], say: Speech) -> tuple[tuple[Cell, ...], ...]:
    rows: list[tuple[Cell, ...]] = [
        (name, *(float(column[i]) for column in columns))
        for i, name in enumerate(names)
        if i < len(names) - 1 or any(column[i] for column in columns)
    ]
    rows.append((say("sum"), *(float(column.sum()) for column in columns)))
    return tuple(rows)
