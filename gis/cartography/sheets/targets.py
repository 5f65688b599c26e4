"""The indicators of a city's policy with their targets: data of ``resources/cards``, dated, with their source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from gis.catalogue import Label
from gis.errors import Refusal
from gis.resources import resource

DEFAULT = "yancheng-2015"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure the city reports. ``takes``: where it comes from, see the file; ``run``: the kind of analysis.

    ``target`` None = reported without one. Shares are in per cent.
    """

    name: str
    label: Label
    takes: str
    unit: str
    target: float | None = None
    run: str = ""
    definition: Label | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """The indicators of one policy, in its order; ``dated`` is its year."""

    label: Label
    source: Label
    dated: str
    indicators: tuple[Indicator, ...]

    def find(self, name: str) -> Indicator | None:
        """The indicator of that name."""
        return next((one for one in self.indicators if one.name == name), None)

    def of_run(self, kind: str, takes: str) -> Indicator | None:
        """The indicator that an analysis of that kind answers: ``takes`` "run:area" or "run:people"."""
        return next((one for one in self.indicators if one.run == kind and one.takes == takes), None)


@cache
def targets(name: str = DEFAULT) -> Targets:
    """The targets of that file of ``resources/cards``; Refusal ``sheets.no_targets``."""
    path = resource("cards", f"{name}.toml")
    if not path.is_file():
        raise Refusal("sheets.no_targets", targets=name)
    data = tomllib.loads(path.read_text("utf-8"))
    return Targets(
        _label(data["label"]), _label(data["source"]), str(data["dated"]), tuple(map(_indicator, data["indicator"]))
    )


def _label(entry: dict[str, str]) -> Label:
    return Label(entry["zh"], entry["en"])


def _indicator(entry: dict[str, Any]) -> Indicator:
    return Indicator(
        name=entry["name"],
        label=_label(entry["label"]),
        takes=entry["takes"],
        unit=entry["unit"],
        target=entry.get("target"),
        run=entry.get("run", ""),
        definition=_label(entry["definition"]) if "definition" in entry else None,
    )
