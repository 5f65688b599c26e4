"""Rules about values: what is required, out of range, in no code list, and impossible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gis.catalogue import FeatureClass, Field
from gis.checks.city import City, place_of
from gis.checks.issue import Fix, Issue
from gis.checks.rules import Rule, rule
from gis.editing.intents import Update
from gis.editing.values import nulls
from gis.geometry.columns import Columns


def _classes(city: City) -> list[FeatureClass]:
    return [cls for cls in city.catalogue if city.looks_at(cls.name)]


def _issue(city: City, it: Rule, cls: FeatureClass, f: Field, id: int, fixes: tuple[Fix, ...], **args: object) -> Issue:
    shape = None
    if cls.spatial:
        row = city.rows(cls.name, np.array([id], np.int64), geometry=True)
        shape = row.geometry[0] if row.geometry is not None and len(row) else None
    words = {"field_zh": f.label.zh, "field_en": f.label.en, **args}
    return Issue(it.name, it.severity, cls.name, (id,), place_of(shape), words, fixes, part=f.name)


@rule("required_empty")
def required_empty(city: City, it: Rule) -> Iterator[Issue]:
    """Required fields without a value, from files older than the requirement."""
    for cls in _classes(city):
        for f in cls.fields:
            if f.required:
                rows = city.subjects(cls.name, [f.name])
                fixes: tuple[Fix, ...] = ()
                for id in rows.ids[nulls(f, rows.fields[f.name])].tolist():
                    if f.default is not None:
                        fixes = (Fix("checks.fix_default", Update(cls.name, [id], {f.name: f.default})),)
                    yield _issue(city, it, cls, f, id, fixes)


@rule("out_of_range")
def out_of_range(city: City, it: Rule) -> Iterator[Issue]:
    """Numbers outside the catalogue's range for their field: azimuths beyond 360, impossible heights."""
    for cls in _classes(city):
        for f in cls.fields:
            if f.minimum is None and f.maximum is None:
                continue
            rows = city.subjects(cls.name, [f.name])
            values = rows.fields[f.name]
            low = -np.inf if f.minimum is None else f.minimum
            high = np.inf if f.maximum is None else f.maximum
            for i in np.flatnonzero((values < low) | (values > high)).tolist():
                id = int(rows.ids[i])
                fixes = _emptied(cls, f, id)
                said = f"{values[i]:g}"
                yield _issue(city, it, cls, f, id, fixes, value=said, low=f"{low:g}", high=f"{high:g}", unit=f.unit)


@rule("unknown_code")
def unknown_code(city: City, it: Rule) -> Iterator[Issue]:
    """Values that are in no code list: they have no label, no symbol and no place in a statistic."""
    for cls in _classes(city):
        for f in cls.fields:
            if f.type != "code":
                continue
            rows = city.subjects(cls.name, [f.name])
            known = {code.value for code in f.codes} | {None}
            strange = np.fromiter((v not in known for v in rows.fields[f.name]), bool, len(rows))
            for i in np.flatnonzero(strange).tolist():
                id = int(rows.ids[i])
                yield _issue(city, it, cls, f, id, _emptied(cls, f, id), value=str(rows.fields[f.name][i]))


@rule("odd_storeys", "building")
def odd_storeys(city: City, it: Rule) -> Iterator[Issue]:
    """Buildings whose height does not fit their number of floors."""
    low, high = it.limits.number("lowest_metres"), it.limits.number("highest_metres")
    rows = city.subjects("building", ["height_m", "floors"], geometry=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        storey = rows.fields["height_m"] / rows.fields["floors"]
    odd = (rows.fields["floors"] > 0) & (rows.fields["height_m"] > 0) & ((storey < low) | (storey > high))
    yield from _odd(it, rows, odd, storey)


def _odd(it: Rule, rows: Columns, odd: np.ndarray, storey: np.ndarray) -> Iterator[Issue]:
    assert rows.geometry is not None
    for i in np.flatnonzero(odd).tolist():
        args = {"floors": int(rows.fields["floors"][i]), "height": f"{rows.fields['height_m'][i]:g}",
                "storey": f"{storey[i]:.1f}"}  # fmt: skip
        yield Issue(it.name, it.severity, rows.cls, (int(rows.ids[i]),), place_of(rows.geometry[i]), args)


def _emptied(cls: FeatureClass, f: Field, id: int) -> tuple[Fix, ...]:
    if f.required:
        return ()
    return (Fix("checks.fix_empty", Update(cls.name, [id], {f.name: None})),)
