"""An indicator as a card, in the same words in a report and on a sheet."""

from __future__ import annotations

from gis.cartography.sheets.specification import Card
from gis.project.report_parts import Speech
from gis.project.target_values import Assessed, amount


def card_of(one: Assessed, say: Speech) -> Card:
    """Value or interval, target, gap and date of an indicator; a dash where it cannot be told."""
    unit, language = one.indicator.unit, say.language
    title, target = one.indicator.label.text(language), say("target_is", target=target_words(one, say))
    if one.whole is None:
        missing = one.missing.text(language) if one.missing else ""
        return Card(title, "–", target, say("not_known"), source=missing)
    value = amount(one.whole.value, unit, language)
    if one.whole.high - one.whole.low > 0.05:
        value = f"{amount(one.whole.low, unit, language).removesuffix(' %')}–{amount(one.whole.high, unit, language)}"
    return Card(
        title=title,
        value=value,
        target=target,
        gap=gap_words(one, say),
        met=one.met,
        source=say("as_of", date=one.as_of) if one.as_of else "",
        share=one.whole.value / one.indicator.target if one.indicator.target else None,
    )


def target_words(one: Assessed, say: Speech) -> str:
    """What is aimed at: "≥ 85 %"."""
    return f"≥ {one.indicator.target:g} {one.indicator.unit}"


def gap_words(one: Assessed, say: Speech) -> str:
    """How far the figure is from its target; "" where there is none."""
    if one.gap is None:
        return ""
    unit = say("points") if one.indicator.unit == "%" else f" {one.indicator.unit}"
    if one.met:
        return say("above_by", gap=f"{one.gap:.1f}{unit}") if one.gap >= 0.05 else say("just_met")
    if one.met is None:
        return say("too_unknown")
    return say("below_by", gap=f"{-one.gap:.1f}{unit}")
