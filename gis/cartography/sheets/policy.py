"""What a sheet is told of the policy a city assesses itself by; ``gis.project.sheet_cards`` computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gis.cartography.sheets.city import CoverageRun
from gis.cartography.sheets.specification import Card
from gis.catalogue import Label


@dataclass(frozen=True, slots=True)
class Aim:
    """What an imported statistic is called, and what is aimed at in its unit; None = reported without a target."""

    label: Label
    target: float | None = None


class Policy(Protocol):
    """The indicators of one sheet: of its area, its run and in its language."""

    @property
    def statistics(self) -> Mapping[str, Aim]:
        """The imported statistics that the policy knows, by name, in its order."""

    def card(self, indicator: str) -> Card:
        """The card of an indicator, "" = that of the run shown; one that is unknown or cannot be told says so."""

    def of_run(self, run: CoverageRun) -> float | None:
        """The share of the ground in per cent that is aimed at where an analysis answers an indicator."""
