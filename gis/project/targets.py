"""The indicators by which a city assesses itself: what is aimed at, and how each is computed; data, not code.

They are read from ``resources/targets/*.toml``; a city's own file has the same form and is named by its path. The
values are in ``gis.project.target_values``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from gis.cartography.sheets.city import CoverageRun
from gis.catalogue import Label
from gis.errors import Refusal
from gis.resources import resource

How = Literal["fibre", "rate", "coverage", "statistic", "plates", "networked"]
DEFAULT = "yancheng-2015"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One target: ``target`` and values in ``unit`` ("%" is 0…100), more is better.

    ``kinds`` and ``states`` of premises, ``mbps`` their least rate; ``run`` the kind of analysis and ``technologies``
    in the order of preference; ``people`` what coverage is called when it is told by people (None: it is not);
    ``statistic`` the name of the imported values.
    """

    id: str
    label: Label
    unit: str
    target: float
    how: How
    definition: Label
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    mbps: float = 0.0
    run: str = ""
    technologies: tuple[str, ...] = ()
    statistic: str = ""
    people: Label | None = None

    def answered_by(self, run: CoverageRun) -> bool:
        """Whether an analysis tells this indicator's figure."""
        if self.how != "coverage" or run.kind != self.run:
            return False
        return not self.technologies or str(run.summary.get("technology")) in self.technologies


@dataclass(frozen=True, slots=True)
class TargetSet:
    """The targets of one policy document. ``published``: the year or date, as the document has it. ``statistics``: what
    imported values that have no target are called, by name."""

    name: str
    label: Label
    source: Label
    published: str
    indicators: tuple[Indicator, ...]
    statistics: Mapping[str, Label] = field(default_factory=dict)

    def find(self, id: str) -> Indicator | None:
        """The indicator of that id."""
        return next((one for one in self.indicators if one.id == id), None)

    def of_run(self, run: CoverageRun) -> Indicator | None:
        """The indicator that an analysis answers."""
        return next((one for one in self.indicators if one.answered_by(run)), None)


def target_sets() -> tuple[str, ...]:
    """The names of the shipped sets, sorted."""
    return tuple(sorted(path.stem for path in resource("targets").glob("*.toml")))


def target_set(name: str | Path = DEFAULT) -> TargetSet:
    """The shipped set of that name, or the one in the file of that path.

    Raises Refusal ``report.no_targets``, ``report.wrong_targets``.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = resource("targets", f"{name}.toml")
    if not path.is_file():
        raise Refusal("report.no_targets", name=str(name), known=", ".join(target_sets()))
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, stamp: int) -> TargetSet:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        return TargetSet(
            path.stem,
            _label(data["label"]),
            _label(data["source"]),
            str(data.get("published", "")),
            tuple(_indicator(entry) for entry in data["indicator"]),
            {str(entry["name"]): _label(entry["label"]) for entry in data.get("statistic", ())},
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise Refusal("report.wrong_targets", file=path.name, reason=str(error)) from error


def _label(entry: Any) -> Label:
    return Label(str(entry["zh"]), str(entry["en"]))


def _indicator(entry: dict[str, Any]) -> Indicator:
    if entry["how"] not in get_args(How):
        raise ValueError(f"{entry.get('id')}: how = {entry['how']!r}")
    return Indicator(
        id=str(entry["id"]),
        label=_label(entry["label"]),
        unit=str(entry["unit"]),
        target=float(entry["target"]),
        how=entry["how"],
        definition=_label(entry["definition"]),
        kinds=tuple(entry.get("kinds", ())),
        states=tuple(entry.get("states", ())),
        mbps=float(entry.get("mbps", 0.0)),
        run=str(entry.get("run", "")),
        technologies=tuple(entry.get("technologies", ())),
        statistic=str(entry.get("statistic", "")),
        people=_label(entry["people"]) if "people" in entry else None,
    )
