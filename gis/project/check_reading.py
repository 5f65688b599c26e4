"""What checking reads of a project: the rows rules ask for, and what hangs together with rows that were edited."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.catalogue import Catalogue
from gis.checks import Issue
from gis.checks.codes import WIDE, folded
from gis.errors import Refusal
from gis.geometry.columns import BBox, Columns
from gis.project.history import RowChange
from gis.storage.snapshots import Snapshot

Scope = Mapping[str, NDArray[np.int64]]
_SPLICED = "fibre_node"  # the splices at a node are looked at together


class CheckReader:
    """A `gis.checks.Reader` over one snapshot; for one thread, as long as the snapshot is open."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @property
    def catalogue(self) -> Catalogue:
        """The feature classes."""
        return self._snapshot.catalogue

    def columns(
        self, cls: str, fields: Sequence[str] | None = None, *, ids: Any = None, geometry: bool = True
    ) -> Columns:
        """Rows as columns, in the order of their ids; a geometry that is damaged beyond reading is None."""
        try:
            return self._snapshot.columns(cls, fields, ids=ids, geometry=geometry)
        except Refusal as refusal:
            if refusal.code != "reading.bad_geometry":
                raise
        rows = self._snapshot.columns(cls, fields, ids=ids, geometry=False)
        return Columns(cls, rows.ids, rows.fields, self._readable(cls, rows.ids))

    def _readable(self, cls: str, ids: NDArray[np.int64]) -> NDArray[np.object_]:
        """The geometries of these rows, in halves until each damaged one stands alone."""
        try:
            shapes = self._snapshot.columns(cls, [], ids=ids, geometry=True).geometry
            assert shapes is not None
            return shapes
        except Refusal:
            if len(ids) == 1:
                return np.array([None], object)
            half = len(ids) // 2
            return np.concatenate([self._readable(cls, part) for part in (ids[:half], ids[half:])])

    def ids_in(self, cls: str, bbox: BBox) -> NDArray[np.int64]:
        """The features whose box touches a rectangle."""
        return self._snapshot.ids_in(cls, bbox)

    def holding(self, cls: str, field: str, values: Sequence[Any], *, loosely: bool = False) -> NDArray[np.int64]:
        """The rows, by rising id, that hold one of ``values``; ``loosely``: whatever the case and width of letters."""
        return holding(self._snapshot, cls, field, values, loosely=loosely)


def holding(
    snapshot: Snapshot, cls: str, field: str, values: Sequence[Any], *, loosely: bool = False
) -> NDArray[np.int64]:
    """The ids, rising, of rows whose field holds one of ``values``."""
    name = snapshot.catalogue[cls].field(field).name
    if not values:
        return np.zeros(0, np.int64)
    if loosely:  # SQLite's lower() folds the letters of ASCII as we do; those with a wide letter are looked at here
        wanted = {folded(value) for value in values}
        alike = f'lower("{name}") IN (SELECT value FROM json_each(?)) OR "{name}" GLOB ?'
        where = f'"{name}" IS NOT NULL AND ({alike})'  # so that the index of the codes serves, which is much smaller
        found = snapshot.ids(cls, where, (json.dumps(sorted(wanted)), f"*[{WIDE[0]}{WIDE[1]}-{WIDE[2]}]*"))
        rows = snapshot.columns(cls, [name], ids=found, geometry=False)
        same: NDArray[np.int64] = rows.ids[
            np.fromiter((folded(v) in wanted for v in rows.fields[name]), bool, len(rows))
        ]
        return same
    return np.sort(snapshot.ids(cls, f'"{name}" IN (SELECT value FROM json_each(?))', (json.dumps(list(values)),)))


def gathered(scopes: Iterable[Scope]) -> dict[str, NDArray[np.int64]]:
    """All rows of several scopes, by class, rising."""
    parts: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
    for scope in scopes:
        for cls, ids in scope.items():
            parts[cls].append(ids)
    return {cls: np.unique(np.concatenate(ids)) for cls, ids in parts.items()}


def surroundings(snapshot: Snapshot, changed: Scope, details: Sequence[RowChange]) -> dict[str, NDArray[np.int64]]:
    """What the changed rows refer to or referred to before, what refers to them and what that refers to, and the
    splices at the nodes among these. ``details``: what the edits did, so that old references are known."""
    up = gathered([_targets(snapshot, changed), _told(snapshot.catalogue, details)])
    down: list[Scope] = []
    for cls, ids in changed.items():
        for source, field in snapshot.catalogue.referrers(cls):
            found = holding(snapshot, source.name, field.name, ids.tolist())
            if len(found):
                down.append({source.name: found})
    beside = _targets(snapshot, gathered(down))
    nodes = gathered([{_SPLICED: scope[_SPLICED]} for scope in (changed, up) if _SPLICED in scope]).get(_SPLICED)
    if nodes is not None and "splice" in snapshot.catalogue:
        down.append({"splice": holding(snapshot, "splice", "node", nodes.tolist())})
    return gathered([changed, up, *down, beside])


def _targets(snapshot: Snapshot, scope: Scope) -> dict[str, NDArray[np.int64]]:
    """What rows refer to."""
    found: list[Scope] = []
    for cls, ids in scope.items():
        refs = snapshot.catalogue[cls].refs
        if refs and len(ids):
            rows = snapshot.columns(cls, [f.name for f in refs], ids=ids, geometry=False)
            found += [{f.ref: rows.fields[f.name][rows.fields[f.name] != 0]} for f in refs if f.ref]
    return {cls: ids for cls, ids in gathered(found).items() if len(ids)}


def _told(catalogue: Catalogue, details: Sequence[RowChange]) -> dict[str, NDArray[np.int64]]:
    """What rows referred to before and after edits, as the journal tells."""
    found: dict[str, set[int]] = defaultdict(set)
    for row in details:
        for f in catalogue[row.cls].refs:
            for values in (row.old, row.new):
                if f.ref and values.get(f.name):
                    found[f.ref].add(int(values[f.name]))
    return {cls: np.array(sorted(ids), np.int64) for cls, ids in found.items()}


def titles_of(snapshot: Snapshot, issues: Sequence[Issue]) -> dict[tuple[str, int], str]:
    """The code, else the name, of every feature that issues are about; those without either are left out."""
    titles: dict[tuple[str, int], str] = {}
    for cls, ids in gathered({issue.cls: np.array(issue.ids, np.int64)} for issue in issues).items():
        names = [name for name in ("name", "code") if snapshot.catalogue[cls].has_field(name)]
        if names:
            rows = snapshot.columns(cls, names, ids=ids, geometry=False)
            for name in names:  # the code last: it wins
                said = zip(rows.ids.tolist(), rows.fields[name].tolist(), strict=True)
                titles |= {(cls, id): str(text) for id, text in said if text}
    return titles
