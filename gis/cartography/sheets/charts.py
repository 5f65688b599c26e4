"""The charts of a sheet, settled as figures: what a table of the same content tells, to be seen at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import floor, log10

from gis.cartography.sheets.items import ChartForm
from gis.cartography.sheets.specification import Chart, Series
from gis.cartography.sheets.statistics import areas_of, figures_of, indicator_label
from gis.cartography.sheets.tables import Sources, gaps_of, page_figures
from gis.catalogue import FeatureClass, Field
from gis.errors import Language

#: Told apart by those who see colours differently, and by their lightness in grey (Okabe and Ito 2008).
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A7A7A", "#F0E442")
_MOST_CATEGORIES = 24
_MOST_SLICES = 7
_MOST_LINES = 5


def chart_of(content: str, form: ChartForm, sources: Sources) -> Chart | None:
    """The chart of that content ("areas", "counts", "gaps", "features:CLASS", "statistic", "statistic:NAME").

    None where there is nothing to show.
    """
    what, _, of = content.partition(":")
    if what == "areas" and sources.inventory:
        what = "counts"
    match what:
        case "areas":
            return _areas(form, sources)
        case "counts":
            return _counts(form, sources)
        case "gaps":
            return _gaps(sources)
        case "features":
            return _features(of, sources)
        case "statistic":
            return _statistic(of, form, sources)
    return None


def axis_steps(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """The round values of an axis that holds ``low`` … ``high``, at most ``most`` of them, at 1, 2, 2.5 or 5 × 10ⁿ."""
    span = max(high - low, 1e-9)
    rough = span / max(most - 1, 1)
    power = 10.0 ** floor(log10(rough))
    for step in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0):
        wide = step * power
        first, last = floor(low / wide + 1e-9), -floor(-high / wide + 1e-9)
        if last - first + 1 <= most:
            return tuple(i * wide for i in range(first, max(last, first + 1) + 1))
    return (low, high)  # pragma: no cover - the widest step always fits


def _areas(form: ChartForm, sources: Sources) -> Chart | None:
    """Covered ground and people by area in per cent, the target of the policy across."""
    run, zh = sources.run, sources.zh
    if run is None:
        return None
    rows, _ = page_figures(run, sources.page)
    rows = rows[:_MOST_CATEGORIES]
    if not rows:
        return None
    names = tuple(str(row.get("name") or row.get("code") or "") for row in rows)
    if form == "pie":
        covered = tuple(float(row.get("covered_m2") or 0.0) / 1e6 for row in rows)
        return _sliced("覆盖面积构成" if zh else "Covered ground", names, covered, "km²", zh)
    series = []
    for key, label, color in (
        ("area_share", "面积率" if zh else "of area", COLORS[0]),
        ("population_share", "人口率" if zh else "of people", COLORS[1]),
    ):
        shares = tuple(_percent(row.get(key)) for row in rows)
        if any(share is not None for share in shares):
            series.append(Series(label, shares, color))
    if not series:
        return None
    target = sources.policy.of_run(run) if sources.policy is not None else None
    return Chart("分区覆盖率" if zh else "Coverage by area", names, tuple(series), "%", target)


def _percent(share: object) -> float | None:
    return 100.0 * float(share) if isinstance(share, int | float) and share == share else None


def _counts(form: ChartForm, sources: Sources) -> Chart | None:
    counts, zh = sources.counts, sources.zh
    if counts is None or not counts.numbers.sum():
        return None
    language = sources.language
    labels = tuple(cls.label.text(language) for cls in counts.kinds)
    colors = tuple(cls.symbol.color if cls.symbol else COLORS[i] for i, cls in enumerate(counts.kinds))
    title, unit = ("分区资源数量", "个") if zh else ("Features by area", "")
    if form == "pie":
        totals = tuple(float(total) for total in counts.numbers.sum(axis=0))
        return _sliced("资源构成" if zh else "Features by class", labels, totals, unit, zh, colors)
    numbers = counts.numbers[:_MOST_CATEGORIES]
    series = tuple(
        Series(label, tuple(float(number) for number in numbers[:, k]), colors[k]) for k, label in enumerate(labels)
    )
    return Chart(title, counts.areas[:_MOST_CATEGORIES], series, unit)


def _gaps(sources: Sources) -> Chart | None:
    """The people in the ten gaps where most live."""
    if sources.run is None:
        return None
    gaps, zh = gaps_of(sources)[:10], sources.zh
    if not gaps:
        return None
    names = tuple(f"{gap['rank']} {gap.get('area_name') or ''}".strip() for gap in gaps)
    people = tuple(float(gap["people"] or 0.0) for gap in gaps)
    label = "人口" if zh else "People"
    title = "覆盖空洞中的人口" if zh else "People in the largest gaps"
    return Chart(title, names, (Series(label, people, COLORS[5]),), "人" if zh else "")


def _features(asked: str, sources: Sources) -> Chart | None:
    """How many features of a class have each code of a field: ``CLASS`` (by its symbols) or ``CLASS:FIELD``."""
    name, _, wanted = asked.partition(":")
    if name not in sources.city.catalogue:
        return None
    cls, language, zh = sources.city.catalogue[name], sources.language, sources.zh
    by = wanted or (cls.symbol.by if cls.symbol and cls.symbol.by else "status")
    if not cls.has_field(by) or cls.field(by).restricted:
        return None
    field = cls.field(by)
    narrowed = {"bbox": sources.frame} if cls.spatial else {}
    values = sources.city.columns(name, [by], geometry=False, **narrowed).fields[by]
    if field.type == "boolean":
        words = {1.0: "是" if zh else "yes", 0.0: "否" if zh else "no"}
        found = Counter(words.get(float(value), "未知" if zh else "unknown") for value in values)
        order = [label for label in (*words.values(), "未知" if zh else "unknown") if label in found]
    else:
        found = Counter(field.code_label(value, language) or ("未填" if zh else "not stated") for value in values)
        order = [code.label.text(language) for code in field.codes if code.label.text(language) in found]
        order += [label for label in found if label not in order]
    if not found:
        return None
    colors = tuple(_code_color(cls, field, label, language) for label in order)
    label = cls.label.text(language)
    asked = field.label.text(language)
    by_words = "：" if field.type == "boolean" else "：按"
    title = f"{label}{by_words}{asked}" if zh else f"{label} by {asked.lower()}"
    return _sliced(title, order, [float(found[label]) for label in order], "个" if zh else "", zh, colors)


def _code_color(cls: FeatureClass, field: Field, label: str, language: Language) -> str:
    """The colour in which the map draws a code; "" where it has none of its own."""
    if cls.symbol is None or cls.symbol.by != field.name:
        return ""
    for code in field.codes:
        if code.label.text(language) == label:
            return str(cls.symbol.values.get(code.value, {}).get("color", ""))
    return ""


def _sliced(
    title: str, names: Sequence[str], values: Sequence[float], unit: str, zh: bool, colors: Sequence[str] = ()
) -> Chart | None:
    """Parts of a whole: one series; the smallest parts are joined where there are too many to tell apart."""
    shades = colors or [""] * len(names)
    parts = list(zip(names, values, shades, strict=True))
    parts = [part for part in parts if part[1] > 0]
    if not parts:
        return None
    if len(parts) > _MOST_SLICES:
        parts.sort(key=lambda part: -part[1])
        rest = sum(part[1] for part in parts[_MOST_SLICES - 1 :])
        parts = [*parts[: _MOST_SLICES - 1], ("其他" if zh else "Other", rest, "#B5BBC1")]
    series = Series(title, tuple(value for _, value, _ in parts))
    drawn = tuple(color for _, _, color in parts)
    return Chart(title, tuple(name for name, _, _ in parts), (series,), unit, colors=drawn)


def _statistic(indicator: str, form: ChartForm, sources: Sources) -> Chart | None:
    """One indicator over its periods: the sheet's area and its parts as lines, or the latest period by area as bars."""
    figures = figures_of(sources.city)
    if not figures.values:
        return None
    name = indicator or figures.indicators(sources.aims)[0]
    areas, language = areas_of(sources.city, sources.page), sources.language
    aim = sources.aims.get(name)
    unit, target = figures.units.get(name, ""), aim.target if aim else None
    title = indicator_label(name, language, sources.aims)
    if form == "line":
        listed = [*([(areas.id, areas.name)] if areas.id else []), *areas.parts]
        series = []
        for id, label in listed:
            values = tuple(figures.value(name, id, period) for period in figures.periods)
            if any(value is not None for value in values):
                series.append(Series(label, values))
        # The whole first, then the parts that ended highest and lowest: more lines cannot be told apart.
        if len(series) > _MOST_LINES:
            parts = sorted(series[1:], key=lambda one: -(one.values[-1] or 0.0))
            series = [series[0], *parts[:2], *parts[-2:]]
        return Chart(title, figures.periods, tuple(series), unit, target) if series else None
    latest = figures.periods[-1]
    bars = [(label, figures.value(name, id, latest)) for id, label in areas.parts]
    bars = [(label, value) for label, value in bars if value is not None] or (
        [(areas.name, figures.value(name, areas.id, latest))] if areas.id else []
    )
    if not any(value is not None for _, value in bars):
        return None
    shown = bars[:_MOST_CATEGORIES]
    series = [Series(latest, tuple(value for _, value in shown), COLORS[0])]
    return Chart(f"{title} {latest}", tuple(label for label, _ in shown), tuple(series), unit, target)
