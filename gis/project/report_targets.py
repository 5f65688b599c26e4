"""What a report says first: key figures against the targets, each with numerator, denominator, date and doubt."""

from __future__ import annotations

from collections.abc import Sequence

from gis.cartography.sheets.specification import Chart, Series
from gis.project.report_parts import Cards, Cell, Column, Diagram, Grid, Part, Points, Section, Speech, Words
from gis.project.report_scope import Scope
from gis.project.target_cards import card_of, gap_words, target_words
from gis.project.target_values import Assessed, Figure, amount
from gis.project.targets import TargetSet


def summary(scope: Scope, say: Speech, assessed: Sequence[Assessed], targets: TargetSet) -> Section:
    """Cards of what can be told today, and what cannot with what is to be done."""
    known = [one for one in assessed if one.whole is not None]
    parts: list[Part] = []
    if known:
        met = [one for one in known if one.met]
        open_ = [one for one in known if one.met is None]
        text = say(
            "summary_told",
            count=len(assessed),
            known=len(known),
            met=len(met),
            below=len(known) - len(met) - len(open_),
        )
        if open_:
            text += say("summary_open", open=len(open_))
        parts.append(Words(text + ("。" if say.zh else ".")))
        parts.append(Cards(tuple(card_of(one, say) for one in known)))
        worst = sorted(
            (one for one in known if one.met is False), key=lambda one: (one.gap or 0) / one.indicator.target
        )
        if worst:
            parts.append(Words(say("furthest")))
            parts.append(Points(tuple(_behind(one, say, scope) for one in worst[:5])))
    missing = [one for one in assessed if one.missing is not None and one.whole is None]
    if missing:
        parts.append(Words(say("cannot_tell"), "advice"))
        parts.append(
            Points(
                tuple(
                    f"{one.indicator.label.text(say.language)}{say.colon}{one.missing.text(say.language)}"
                    for one in missing
                    if one.missing
                )
            )
        )
    parts.append(
        Words(
            say("targets_source", label=targets.label.text(say.language), source=targets.source.text(say.language)),
            "soft",
        )
    )
    return Section("summary", say("summary"), tuple(parts))


def _behind(one: Assessed, say: Speech, scope: Scope) -> str:
    """One sentence: how far, and which part is farthest."""
    said = say(
        "behind",
        label=one.indicator.label.text(say.language),
        value=amount(one.whole.value if one.whole else None, one.indicator.unit, say.language),
        target=target_words(one, say),
        gap=gap_words(one, say),
    )
    values = [(figure.value, name) for figure, name in zip(one.parts, scope.part_names, strict=True) if figure]
    if len(values) > 1:
        value, name = min(values)
        said += say("lowest", name=name, value=amount(value, one.indicator.unit, say.language))
    return said


def targets_chapter(scope: Scope, say: Speech, assessed: Sequence[Assessed]) -> Section:
    """All indicators in one table, those by area in another, what they were counted from in a third."""
    language = say.language
    rows: list[tuple[Cell, ...]] = []
    counted: list[tuple[Cell, ...]] = []
    for one in assessed:
        label, unit = one.indicator.label.text(language), one.indicator.unit
        state = say({True: "met", False: "not_met", None: "untold"}[one.met])
        rows.append(
            (
                label,
                _value(one.whole, unit, say),
                target_words(one, say),
                gap_words(one, say) or "–",
                state,
                one.as_of or "–",
            )
        )
        basis = one.basis.text(language) if one.basis else ""
        missing = one.missing.text(language) if one.missing else ""
        counted.append((label, *_counts(one.whole), f"{basis} {missing}".strip()))
        counted += [
            (
                f"    {detail.label.text(language)}{say.colon}{_value(detail.figure, unit, say)}",
                *_counts(detail.figure),
                "",
            )
            for detail in one.details
        ]
    parts: list[Part] = [
        Grid(
            "targets", say("targets_table"),
            tuple(Column(say(key)) for key in ("indicator", "value", "target", "gap", "verdict", "date")),
            tuple(rows), note=say("interval_note"),
        ),
        Grid(
            "targets_basis", say("targets_basis"),
            (
                Column(say("indicator")), Column(say("numerator"), "whole"), Column(say("denominator"), "whole"),
                Column(say("basis")),
            ),
            tuple(counted),
        ),
    ]  # fmt: skip
    if len(scope.parts):
        parts.append(_by_area(scope, say, assessed))
        parts += _charts(scope, say, assessed)
    return Section("targets", say("targets"), tuple(parts))


def _value(figure: Figure | None, unit: str, say: Speech) -> str:
    if figure is None:
        return "–"
    if figure.high - figure.low > 0.05:
        return f"{amount(figure.low, unit, say.language)} – {amount(figure.high, unit, say.language)}"
    return amount(figure.value, unit, say.language)


def _counts(figure: Figure | None) -> tuple[Cell, Cell]:
    return (None, None) if figure is None else (figure.numerator, figure.denominator)


def _by_area(scope: Scope, say: Speech, assessed: Sequence[Assessed]) -> Grid:
    """Areas as rows, indicators as columns; the whole is the last row."""
    told = [one for one in assessed if any(one.parts)]
    columns = [
        Column(
            one.indicator.label.text(say.language) + ("" if one.indicator.unit == "%" else f" {one.indicator.unit}"),
            "percent" if one.indicator.unit == "%" else "number",
        )
        for one in told
    ]
    rows: list[tuple[Cell, ...]] = [
        (name, *((figure.value if (figure := one.parts[i]) else None) for one in told))
        for i, name in enumerate(scope.part_names)
    ]
    rows.append((scope.place or say("whole"), *((one.whole.value if one.whole else None) for one in told)))
    rows.append((say("target"), *(one.indicator.target for one in told)))
    return Grid(
        "targets_areas",
        say("targets_areas"),
        (Column(say("area")), *columns),
        tuple(rows),
        note=say("targets_areas_note"),
    )


def _charts(scope: Scope, say: Speech, assessed: Sequence[Assessed]) -> list[Part]:
    """A chart of every indicator that is known of two parts or more and that some part does not reach."""
    made: list[Part] = []
    for one in assessed:
        values = tuple(figure.value if figure else None for figure in one.parts)
        known = [value for value in values if value is not None]
        if len(known) > 1 and min(known) < one.indicator.target and one.indicator.how != "coverage":
            title = say("by_area_of", label=one.indicator.label.text(say.language))
            series = (Series(one.indicator.label.text(say.language), values),)
            made.append(
                Diagram(Chart(title, tuple(scope.part_names), series, one.indicator.unit, one.indicator.target))
            )
    return made
