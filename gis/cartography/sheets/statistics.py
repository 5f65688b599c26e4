"""Imported statistics by area and period, as a table and as figures for charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gis.cartography.sheets.city import CityFile
from gis.cartography.sheets.pages import AtlasPage
from gis.cartography.sheets.policy import Aim
from gis.cartography.sheets.specification import Table
from gis.errors import Language

_PERIODS = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """Values of indicators: ``values[(indicator, area id, period)]``. ``units`` by indicator; periods rise."""

    values: dict[tuple[str, int, str], float]
    units: dict[str, str]
    periods: tuple[str, ...]

    def indicators(self, known: Iterable[str]) -> tuple[str, ...]:
        """The indicators there are: those ``known`` of the policy in its order, then the others."""
        known = list(known)
        found = {indicator for indicator, _, _ in self.values}
        return (*(name for name in known if name in found), *sorted(found - set(known)))

    def value(self, indicator: str, area: int, period: str) -> float | None:
        """One value, None where there is none."""
        return self.values.get((indicator, area, period))


def figures_of(city: CityFile) -> Figures:
    """All imported statistics of a city."""
    found = city.columns("statistic", ["area", "period", "indicator", "value", "unit"], geometry=False)
    values: dict[tuple[str, int, str], float] = {}
    units: dict[str, str] = {}
    columns = [found.fields[name] for name in ("area", "period", "indicator", "value", "unit")]
    for area, period, indicator, value, unit in zip(*columns, strict=True):
        if value == value and indicator:
            values[(str(indicator), int(area), str(period or ""))] = float(value)
            units[str(indicator)] = str(unit or "")
    periods = tuple(sorted({period for _, _, period in values}))
    return Figures(values, units, periods)


@dataclass(frozen=True, slots=True)
class Areas:
    """The area a sheet is about (``id`` 0 = the project has none) and its parts by code, as (id, name)."""

    id: int
    name: str
    parts: tuple[tuple[int, str], ...]


def areas_of(city: CityFile, page: AtlasPage | None) -> Areas:
    """The page's area, or the city; its parts are the areas that belong to it, else the counties."""
    code = page.code if page is not None else ""
    where, params = ('"code" = ?', (code,)) if code else ("\"level\" = 'city'", ())
    own = city.columns("area", ["code", "name"], where=where, params=params, geometry=False, limit=1)
    id = int(own.ids[0]) if len(own) else 0
    name = str(own.fields["name"][0] or own.fields["code"][0] or "") if len(own) else ""
    parts = city.columns("area", ["code", "name"], where='"parent" = ?', params=(id,), geometry=False)
    if not len(parts) and not code:
        parts = city.columns("area", ["code", "name"], where="\"level\" = 'county'", geometry=False)
    order = np.argsort(np.array([str(value or "") for value in parts.fields["code"]]), kind="stable")
    named = [
        (int(parts.ids[i]), str(parts.fields["name"][i] or parts.fields["code"][i] or "")) for i in order
    ]  # fmt: skip
    return Areas(id, name, tuple(named))


def indicator_label(name: str, language: Language, aims: Mapping[str, Aim]) -> str:
    """What an imported indicator is called; its own name where the policy does not know it."""
    return aims[name].label.text(language) if name in aims else name


def value_words(values: Sequence[float | None]) -> list[str]:
    """Values with equally many decimals: one where all are below a thousand and any is not whole."""
    known = [value for value in values if value is not None]
    fine = bool(known) and max(map(abs, known)) < 1000 and any(value != round(value) for value in known)
    return ["–" if value is None else f"{value:,.{1 if fine else 0}f}" for value in values]


def statistic_table(
    city: CityFile, indicator: str, page: AtlasPage | None, language: Language, aims: Mapping[str, Aim]
) -> Table | None:
    """The indicators of the sheet's area by period, or one indicator by area where it is named."""
    figures = figures_of(city)
    if not figures.values:
        return None
    zh, areas, periods = language == "zh", areas_of(city, page), figures.periods[-_PERIODS:]
    numeric = (False, *(True for _ in periods))
    if indicator:
        unit = figures.units.get(indicator, "")
        listed = [*areas.parts, *([(areas.id, areas.name)] if areas.id else [])]
        rows = [
            (name, *value_words([figures.value(indicator, id, period) for period in periods])) for id, name in listed
        ]
        rows = [row for row in rows if any(cell != "–" for cell in row[1:])]
        total = bool(rows) and bool(areas.id) and rows[-1][0] == areas.name and len(rows) > 1
        label = indicator_label(indicator, language, aims)
        title = f"{label}（{unit}）" if zh and unit else f"{label}, {unit}" if unit else label
        return Table(title, ("区域" if zh else "Area", *periods), tuple(rows), numeric, total) if rows else None
    rows = []
    for name in figures.indicators(aims):
        values = [figures.value(name, areas.id, period) for period in periods]
        if any(value is not None for value in values):
            unit, label = figures.units.get(name, ""), indicator_label(name, language, aims)
            rows.append((f"{label} {unit}".strip(), *value_words(values)))
    title = "统计指标" if zh else "Statistics"
    return Table(title, ("指标" if zh else "Indicator", *periods), tuple(rows), numeric) if rows else None
