"""What a sheet tells of a city's targets: the figures of the report, for the sheet's area and the run it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gis.cartography.sheets.city import CoverageRun
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.policy import Aim
from gis.cartography.sheets.specification import Card
from gis.catalogue import Label
from gis.errors import Language
from gis.project.report_parts import Speech
from gis.project.report_scope import Scope
from gis.project.runs import Run
from gis.project.session import Session
from gis.project.target_cards import card_of
from gis.project.target_values import Assessed, assess_one, by_people
from gis.project.targets import DEFAULT, TargetSet, target_set

PEOPLE = ":people"  # after the id of an indicator of coverage: by the people instead of the ground


class SheetCards:
    """A ``gis.cartography.sheets.policy.Policy``: each indicator is assessed once, when a card asks for it.

    The figures are those of the page's area where the page of an atlas is about one, else of the area that ``run`` was
    limited to, else of the whole city; where the sheet is headed otherwise (``place``, a page about no area) each card
    names the place it tells of. ``run`` (the one the sheet shows) is told of before newer ones. ``city`` is the
    session or a snapshot of it and has to stay open while the sheet is composed. Raises Refusal ``report.no_targets``,
    ``report.wrong_targets`` for ``targets``, a shipped set or a file.
    """

    def __init__(
        self,
        session: Session,
        city: Any,
        *,
        run: Run | None = None,
        language: Language = "zh",
        page: AtlasPage | None = None,
        place: str = "",
        targets: str | Path = DEFAULT,
    ) -> None:
        self._session, self._city, self._run, self._page = session, city, run, page
        self._place = place
        self._say = Speech(language)
        self._targets: TargetSet = target_set(targets)
        self._assessed: dict[str, Assessed] = {}

    @property
    def statistics(self) -> Mapping[str, Aim]:
        """The imported statistics of the policy by name, in its order."""
        aimed = {one.statistic: Aim(one.label, one.target) for one in self._targets.indicators if one.statistic}
        return {**aimed, **{name: Aim(label) for name, label in self._targets.statistics.items() if name not in aimed}}

    def of_run(self, run: CoverageRun) -> float | None:
        """What is aimed at, in per cent, where an analysis answers an indicator."""
        found = self._targets.of_run(run)
        return found.target if found is not None else None

    def card(self, indicator: str) -> Card:
        """The card of an indicator of the targets, with ``PEOPLE`` behind it by people; "" and ``PEOPLE`` alone are
        that of the run shown. One that there is not says so."""
        id, people = indicator.removesuffix(PEOPLE), indicator.endswith(PEOPLE)
        say = self._say
        if id:
            found = self._targets.find(id)
            if found is None or (people and found.people is None):
                known = say("known_in", label=self._targets.label.text(say.language))
                return Card(indicator, "–", gap=say("no_indicator"), source=known)
        else:
            found = self._targets.of_run(self._run) if self._run is not None else None
            if found is None or (people and found.people is None):
                why = say("no_run_shown") if self._run is None else say("no_indicator_of_run")
                return Card(say("of_the_run"), "–", gap=why)
        if found.id not in self._assessed:
            self._assessed[found.id] = assess_one(self._scope, found)
        one = self._assessed[found.id]
        if people and found.people is not None:
            one = replace(by_people(one), indicator=replace(found, label=found.people))
        card = card_of(one, say)
        return replace(card, source=self._source(one)) if one.whole is not None else card

    def _source(self, one: Assessed) -> str:
        """What the figure was counted from and when; which place, where a page is not about an area."""
        say, figure = self._say, one.whole
        assert figure is not None
        told = one.basis.text(say.language) if one.basis is not None else ""
        if figure.numerator is not None and figure.denominator is not None:
            told = say(f"counted_{one.indicator.how}", yes=f"{figure.numerator:,.0f}", all=f"{figure.denominator:,.0f}")
        own = self._scope.place
        elsewhere = self._area != self._page.code if self._page is not None else self._place not in ("", own)
        where = (own or say("whole")) if elsewhere else ""
        date = say("as_of", date=one.as_of) if one.as_of else ""
        return " · ".join(part for part in (where, told, date) if part)

    @cached_property
    def _area(self) -> str | None:
        """The code of the area that is told of; None = the whole city."""
        limited = self._run.params.get("area") if self._run is not None else None
        for code in (self._page.code if self._page is not None else "", limited):
            if code:
                found = self._city.columns("area", [], where='"code" = ?', params=(str(code),), geometry=False, limit=1)
                if len(found):
                    return str(code)
        return None

    @cached_property
    def _scope(self) -> Scope:
        return Scope(self._session, self._city, self._area, shown=self._run, by_parts=False)


def card_indicators(targets: str | Path = DEFAULT) -> list[tuple[str, Label]]:
    """What cards can show, as (id, label): the indicators in their order, those of coverage by people too."""
    made: list[tuple[str, Label]] = []
    for one in target_set(targets).indicators:
        made.append((one.id, one.label))
        if one.people is not None:
            made.append((one.id + PEOPLE, one.people))
    return made
