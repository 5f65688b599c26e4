"""Runs rules over a project, over all of it or over what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from gis.checks.city import City, Ids, Reader
from gis.checks.issue import SEVERITIES, Issue
from gis.checks.rules import Rule, known_rules
from gis.progress import Progress

__all__ = ["Reader", "run_checks"]


def run_checks(
    reader: Reader,
    rules: Iterable[Rule] | None = None,
    *,
    scope: Mapping[str, Ids] | None = None,
    around: Mapping[str, Ids] | None = None,
    progress: Progress | None = None,
) -> Iterator[Issue]:
    """The issues of the rules (default: all that are enabled), rule by rule, the gravest of each first.

    ``scope``: only these features are looked at (with whatever they must be compared to); an issue found in an earlier
    run is over when its features are in scope and it does not come again. ``around``: the same for the rules that
    have to look further (``Rule.around``). Raises Cancelled through ``progress``.
    """
    chosen = list(rules) if rules is not None else [r for r in known_rules().values() if r.enabled]
    progress = progress or Progress()
    near = City(reader, None if scope is None else {cls: np.unique(ids) for cls, ids in scope.items()})
    wide = near
    if scope is not None and around is not None:
        wide = City(reader, {cls: np.unique(ids) for cls, ids in around.items()})
    for i, rule in enumerate(chosen):
        progress.step(i, len(chosen), f"checks.title_{rule.name}")
        city = wide if rule.around else near
        if rule.reads and not any(city.looks_at(cls) for cls in rule.reads):
            continue
        found = rule.find(city, rule)
        yield from sorted(found, key=lambda issue: (SEVERITIES.index(issue.severity), issue.key))
    progress.step(len(chosen), len(chosen))
