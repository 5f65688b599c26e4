"""What hangs on one feature, in small tables, and what is computed from it: for forms, read in a worker.

Everything is read from one `Snapshot`; nothing is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue, FeatureClass, Field
from gis.geometry.crs import ProjectCrs
from gis.geometry.measure import ground_area, ground_length
from gis.storage.snapshots import Snapshot

FIRST = 50  # rows of a small table
_BRIEF = 4  # fields of a small table whose class does not name its own
# The fibres of a cable that a row takes: (class, ref to the cable, first, last); one fibre has the same name twice.
_FIBRES = (
    ("splice", "a_cable", "a_first", "a_last"),
    ("splice", "b_cable", "b_first", "b_last"),
    ("splitter", "input_cable", "input_fibre", "input_fibre"),
    ("olt_port", "cable", "fibre", "fibre"),
    ("camera", "uplink_cable", "uplink_fibre", "uplink_fibre"),
    ("wifi_hotspot", "backhaul_cable", "backhaul_fibre", "backhaul_fibre"),
)


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of class ``cls`` whose ref ``field`` points at the feature; ``fields`` are shown of each.

    ``part``: they are part of it (the cells of a site, the splices of a closure), are made and removed here; others
    only refer to it.
    """

    cls: str
    field: str
    fields: tuple[str, ...]
    part: bool


@dataclass(frozen=True, slots=True)
class RelatedRows:
    """How many rows there are, and the first of them: ``rows`` with "id", stored values and, for refs, ``titles``."""

    relation: Relation
    count: int
    rows: tuple[dict[str, Any], ...] = ()
    titles: dict[tuple[str, int], str] = field(default_factory=dict)  # (class, id) -> how it is called


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``code`` names its label in ``resources/messages/form.toml``; the hint says how it is made."""

    code: str
    value: float
    unit: str = ""
    args: dict[str, Any] = field(default_factory=dict)


def relations_of(catalogue: Catalogue, cls: str) -> tuple[Relation, ...]:
    """Everything that can point at a feature of a class, what is part of it first."""
    found = []
    for source, ref in catalogue.referrers(cls):
        first = next((f for f in source.refs if f.required), None)  # where a row is: a splice at its node
        part = ref.owned or (not source.spatial and ref is first)
        found.append(Relation(source.name, ref.name, brief(source, ref), part))
    return tuple(sorted(found, key=lambda relation: not relation.part))


def brief(cls: FeatureClass, without: Field | None = None) -> tuple[str, ...]:
    """The fields that stand for a row in a small table."""
    names = cls.brief or [f.name for f in cls.fields if not (f.stamp or f.restricted) and f.group in ("main", "links")]
    kept = tuple(name for name in names if without is None or name != without.name)
    return kept if cls.brief else kept[:_BRIEF]


def related_rows(snapshot: Snapshot, cls: str, id: int, limit: int = FIRST) -> tuple[RelatedRows, ...]:
    """What points at a feature, one entry for each of `relations_of`, empty ones too."""
    return tuple(_rows(snapshot, relation, id, limit) for relation in relations_of(snapshot.catalogue, cls))


def _rows(snapshot: Snapshot, relation: Relation, id: int, limit: int) -> RelatedRows:
    cls = snapshot.catalogue[relation.cls]
    order = next((f'"{name}"' for name in ("position", "code", "a_first", "name") if cls.has_field(name)), "id")
    ids = snapshot.ids(cls.name, f'"{relation.field}" = ?', (int(id),), order)
    if not len(ids):
        return RelatedRows(relation, 0)
    columns = snapshot.columns(cls.name, relation.fields, ids=ids[:limit], geometry=False)
    at = {key: row for row, key in enumerate(columns.ids.tolist())}
    rows = tuple(
        {"id": key} | {name: _plain(cls.field(name), columns.fields[name][at[key]]) for name in relation.fields}
        for key in ids[:limit].tolist()
        if key in at
    )
    return RelatedRows(relation, len(ids), rows, _titles(snapshot, cls, rows))


def _plain(kind: Field, value: Any) -> Any:
    if kind.type == "ref":
        return int(value) or None
    if kind.type in ("real", "integer", "boolean"):
        return None if value is None or value != value else float(value)
    return value


def _titles(snapshot: Snapshot, cls: FeatureClass, rows: Iterable[dict[str, Any]]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for name, value in row.items():
            if name != "id" and value and (target := cls.field(name).ref):
                wanted.setdefault(target, set()).add(int(value))
    return {(name, key): said for name, keys in wanted.items() for key, said in titles(snapshot, name, keys).items()}


def titles(snapshot: Snapshot, cls: str, ids: Iterable[int]) -> dict[int, str]:
    """How rows are called: by code, else name, else key; rows that are gone are left out."""
    kind = snapshot.catalogue[cls]
    names = [name for name in ("code", "name") if kind.has_field(name)]
    columns = snapshot.columns(cls, names, ids=sorted(ids), geometry=False)
    return {
        key: next((str(columns.fields[name][at]) for name in names if columns.fields[name][at]), f"#{key}")
        for at, key in enumerate(columns.ids.tolist())
    }


def common_values(snapshot: Snapshot, cls: str, ids: NDArray[np.int64], several: Any) -> dict[str, Any]:
    """What rows have in common, by field: their one value (None: all are empty) or ``several``.

    Found by SQL in one pass; 10,000 rows take some 20 ms.
    """
    kind = snapshot.catalogue[cls]
    if not len(ids) or not kind.fields:
        return {}
    asked = ", ".join(f'count("{f.name}"), min("{f.name}"), max("{f.name}")' for f in kind.fields)
    there = f'SELECT count(*), {asked} FROM "{cls}" WHERE id IN (SELECT value FROM json_each(?))'
    _, ((total, *found),) = snapshot.sql(there, (json.dumps(ids.tolist()),))
    made = {}
    for at, f in enumerate(kind.fields):
        given, low, high = found[3 * at : 3 * at + 3]
        same = not given or (given == total and low == high)
        made[f.name] = (float(low) if f.type in ("integer", "real", "boolean") and given else low) if same else several
    return made


def figures_of(snapshot: Snapshot, cls: str, id: int, crs: ProjectCrs) -> tuple[Figure, ...]:
    """What is computed of a feature: lengths and areas on the ground, fibres and ports used, households served."""
    kind = snapshot.catalogue[cls]
    row = snapshot.columns(cls, None, ids=[id])
    if not len(row):
        return ()
    shape = row.geometry[0] if row.geometry is not None else None
    made: list[Figure] = []
    if shape is not None and kind.geometry == "line":
        made.append(Figure("form.figure_length", float(ground_length([shape], crs)[0]), "m"))
    elif shape is not None and kind.geometry in ("polygon", "multipolygon"):
        made.append(Figure("form.figure_area", float(ground_area([shape], crs)[0]), "m²"))
        made.append(Figure("form.figure_perimeter", float(ground_length([shape], crs)[0]), "m"))
    values = {name: _plain(kind.field(name), column[0]) for name, column in row.fields.items()}
    if cls == "cable":
        made += _cable(snapshot, id, values, made[0].value if made else 0.0, crs)
    elif cls == "fibre_node":
        made += _node(snapshot, id, values)
    elif cls == "splitter":
        made += _splitter(snapshot, id, values)
    return tuple(made)


def _cable(snapshot: Snapshot, id: int, row: dict[str, Any], own: float, crs: ProjectCrs) -> list[Figure]:
    steps = snapshot.columns("cable_walk", ["segment"], where='"cable" = ?', params=(id,), geometry=False)
    walked, slack = own, row.get("slack_m") or 0.0
    if len(steps):
        segments = snapshot.columns("route_segment", [], ids=np.unique(steps.fields["segment"]))
        assert segments.geometry is not None
        lengths = dict(zip(segments.ids.tolist(), ground_length(segments.geometry, crs).tolist(), strict=True))
        walked = sum(lengths.get(segment, 0.0) for segment in steps.fields["segment"].tolist())
    code = "form.figure_cable_walk" if len(steps) else "form.figure_cable_drawn"
    args = {"segments": len(steps), "along": f"{walked:,.1f}", "slack": f"{slack:,.1f}"}
    made = [Figure(code, walked + slack, "m", args)]
    if row.get("fibre_count"):
        count = int(row["fibre_count"])
        used = len([fibre for fibre in used_fibres(snapshot, id) if fibre <= count])
        made += [
            Figure("form.figure_fibres_used", used, "", {"count": count}),
            Figure("form.figure_fibres_free", count - used, "", {"count": count}),
        ]
    return made


def used_fibres(snapshot: Snapshot, cable: int) -> set[int]:
    """The fibres of a cable that are spliced, feed a splitter, a camera or a hotspot, or hang on an OLT port."""
    used: set[int] = set()
    for cls, ref, first, last in _FIBRES:
        if cls not in snapshot.catalogue:
            continue
        rows = snapshot.columns(cls, [first, last], where=f'"{ref}" = ?', params=(int(cable),), geometry=False)
        for low, high in zip(rows.fields[first].tolist(), rows.fields[last].tolist(), strict=True):
            if low == low and high == high:
                used.update(range(int(low), min(int(high), int(low) + 3456) + 1))
    return used


def _outputs(snapshot: Snapshot, splitters: list[int]) -> int:
    """How many outputs of splitters are taken, by splices and by splitters behind them."""
    among = "IN (SELECT value FROM json_each(?))"
    keys = (json.dumps(splitters),)
    spliced = snapshot.columns(
        "splice", ["a_first", "a_last"], where=f'"a_splitter" {among}', params=keys, geometry=False
    )
    taken = np.nansum(spliced.fields["a_last"] - spliced.fields["a_first"] + 1) if len(spliced) else 0
    return int(taken) + len(snapshot.ids("splitter", f'"input_splitter" {among}', keys))


def _splitter(snapshot: Snapshot, id: int, row: dict[str, Any]) -> list[Figure]:
    ratio, used = int(row.get("ratio") or 0), _outputs(snapshot, [id])
    return [
        Figure("form.figure_outputs_used", used, "", {"count": ratio}),
        Figure("form.figure_outputs_free", ratio - used, "", {"count": ratio}),
    ]


def _node(snapshot: Snapshot, id: int, row: dict[str, Any]) -> list[Figure]:
    made = []
    splitters = snapshot.columns("splitter", ["ratio"], where='"node" = ?', params=(id,), geometry=False)
    if len(splitters):
        count = int(np.nansum(splitters.fields["ratio"]))
        used = _outputs(snapshot, splitters.ids.tolist())
        made.append(Figure("form.figure_outputs_used", used, "", {"count": count}))
    if row.get("capacity") and row.get("ports_used") is not None:
        capacity, ports = int(row["capacity"]), int(row["ports_used"])
        args = {"capacity": capacity, "used": ports}
        made.append(Figure("form.figure_ports_free", capacity - ports, "", args))
    served = snapshot.columns("premises", ["households"], where='"served_by" = ?', params=(id,), geometry=False)
    if len(served):
        households = float(np.nansum(served.fields["households"]))
        made.append(Figure("form.figure_households", households, "户", {"premises": len(served)}))
    return made
